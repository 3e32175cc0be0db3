/*
 * Contract of object pools: exact capacity, growth, generations, death of threads, absurd arguments;
 * and threads that acquire and release at once (run under TSan as well).
 */
#include "support.h"

#include <pthread.h>
#include <stdatomic.h>

#define THREAD_COUNT 4u
#define FACTOR(n) ((n) * 65536u)

static qb_pool_t *pool_of(uint32_t pool) {
    return QB_AT(qb_pool_t, pool);
}
static uint32_t serial_of(uint32_t pool) {
    return qb_region_serial(pool);
}
static uint32_t word_of(uint32_t pool, uint32_t index) {
    return __atomic_load_n(QB_AT(uint32_t, must(qb_pool_state(pool, index))), __ATOMIC_SEQ_CST);
}
static uint32_t generation_of(uint32_t pool, uint32_t index) {
    return word_of(pool, index) >> 8;
}
static uint32_t acquire(qb_thread_t *self, uint32_t pool, uint32_t hint) {
    return must(qb_pool_acquire(self, pool, hint)) - QB_ADDRESS_MIN;
}
static void release(qb_thread_t *self, uint32_t pool, uint32_t index) {
    assert_status(qb_pool_release(self, pool, index, generation_of(pool, index)), QB_OK);
}

static void the_hint_comes_first_and_empty_is_exact(void **unused) {
    (void)unused;
    heap_open(20, 0, 0);
    qb_thread_t *self = attach();
    uint32_t pool = must(qb_pool_open(self, 24, 2, 2, 0, 0));
    assert_int_equal(acquire(self, pool, 1), 1);
    assert_int_equal(acquire(self, pool, 1), 0);
    assert_status(qb_pool_acquire(self, pool, 0), QB_E_EMPTY);
    release(self, pool, 1);
    assert_int_equal(acquire(self, pool, 77), 1);
    assert_int_equal(stats_of(self).pools_live, 1);
    assert_sound(self);
    assert_status(qb_pool_close(self, pool, serial_of(pool), 0), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

static void slots_are_zero_aligned_and_disjoint(void **unused) {
    (void)unused;
    heap_open(400, 0, 0);
    qb_thread_t *self = attach();
    static const uint32_t sizes[] = {1, 16, 17, 100, 4096, 70000};
    for (uint32_t round = 0; round < 12; round++) {
        uint32_t bytes = sizes[round % 6];
        uint32_t pool = must(qb_pool_open(self, bytes, 3, 40, round % 2 == 0 ? 7 : 0,
                                          round % 2 == 0 ? 0 : FACTOR(2)));
        if (round % 2 == 0) assert_int_equal(pool_of(pool)->growth_slots, 7);
        for (uint32_t i = 0; i < 40; i++) {
            uint32_t index = acquire(self, pool, i);
            uint32_t slot = must(qb_pool_slot(pool, index));
            assert_int_equal(slot % 16, 0);
            assert_true(all_bytes(slot, bytes, 0));
            pattern_write(slot, bytes, index);
        }
        for (uint32_t i = 0; i < 40; i++) {
            assert_true(pattern_holds(must(qb_pool_slot(pool, i)), bytes, bytes, i));
        }
        assert_status(qb_pool_acquire(self, pool, 0), QB_E_EMPTY);
        assert_sound(self);
        assert_status(qb_pool_close(self, pool, serial_of(pool), 0), QB_OK);
        assert_heap_empty(self);
    }
    heap_close();
}

static void growth_is_as_asked(void **unused) {
    (void)unused;
    heap_open(200, 0, 0);
    qb_thread_t *self = attach();
    uint32_t linear = must(qb_pool_open(self, 16, 5, 12, 5, 0));
    uint32_t doubling = must(qb_pool_open(self, 16, 5, 100, 0, FACTOR(2)));
    uint32_t slow = must(qb_pool_open(self, 16, 1, 4, 0, 65537));
    for (uint32_t i = 0; i < 6; i++) {
        (void)acquire(self, linear, i);
        (void)acquire(self, doubling, i);
    }
    assert_int_equal(pool_of(linear)->capacity, 10);
    assert_int_equal(pool_of(doubling)->capacity, 10);
    for (uint32_t i = 6; i < 12; i++) (void)acquire(self, linear, i);
    assert_int_equal(pool_of(linear)->capacity, 12);
    assert_int_equal(pool_of(linear)->growth_count, 2);
    for (uint32_t i = 0; i < 4; i++) {
        (void)acquire(self, slow, i);
        assert_int_equal(pool_of(slow)->capacity, i + 1);
    }
    assert_sound(self);
    assert_status(qb_thread_detach(self, QB_POLICY_FREE), QB_OK);
    assert_heap_empty(attach());
    heap_close();
}

static void a_double_release_and_a_stale_one_are_told(void **unused) {
    (void)unused;
    heap_open(20, 0, 0);
    qb_thread_t *self = attach();
    uint32_t pool = must(qb_pool_open(self, 16, 1, 1, 0, 0));
    assert_int_equal(acquire(self, pool, 0), 0);
    uint32_t generation = generation_of(pool, 0);
    assert_status(qb_pool_release(self, pool, 0, generation), QB_OK);
    assert_status(qb_pool_release(self, pool, 0, generation), QB_E_DOUBLE_FREE);
    for (uint32_t uses = 0; uses < 100000; uses++) {
        assert_int_equal(acquire(self, pool, 0), 0);
        assert_status(qb_pool_release(self, pool, 0, generation), QB_E_STALE);
        release(self, pool, 0);
        assert_status(qb_pool_release(self, pool, 0, generation), QB_E_STALE);
    }
    /* The generation wraps, and never to 0: that is a slot that was never used. */
    *QB_AT(uint32_t, must(qb_pool_state(pool, 0))) = 0xffffff00u;
    (void)acquire(self, pool, 0);
    release(self, pool, 0);
    assert_int_equal(generation_of(pool, 0), 1);
    heap_close();
}

static void absurd_arguments_are_refused(void **unused) {
    (void)unused;
    heap_open(60, 0, 0);
    qb_thread_t *self = attach();
    assert_status(qb_pool_open(self, 0, 1, 1, 0, 0), QB_E_SIZE);
    assert_status(qb_pool_open(self, (1u << 20) + 1, 1, 1, 0, 0), QB_E_SIZE);
    assert_status(qb_pool_open(self, 16, 0, 1, 0, 0), QB_E_ARGUMENT);
    assert_status(qb_pool_open(self, 16, 2, 1, 0, 0), QB_E_ARGUMENT);
    assert_status(qb_pool_open(self, 16, 1, (1u << 24) + 1, 1, 0), QB_E_ARGUMENT);
    assert_status(qb_pool_open(self, 16, 1, 2, 0, 0), QB_E_ARGUMENT);
    assert_status(qb_pool_open(self, 16, 1, 2, 0, 65536), QB_E_ARGUMENT);
    assert_status(qb_pool_open(self, 16, 1, 2, 1, 65537), QB_E_ARGUMENT);
    assert_status(qb_pool_open(self, 1u << 20, 1u << 24, 1u << 24, 0, 0), QB_E_OUT_OF_MEMORY);
    assert_heap_empty(self);
    uint32_t pool = must(qb_pool_open(self, 16, 3, 3, 0, 0));
    uint32_t arena = must(qb_arena_open(self, 1));
    for (uint32_t i = 0; i < ABSURD_COUNT; i++) {
        uint32_t absurd = absurd_numbers[i];
        assert_status(qb_pool_acquire(self, absurd, absurd), QB_E_REGION);
        assert_status(qb_pool_release(self, absurd, 0, 0), QB_E_REGION);
        assert_status(qb_pool_slot(absurd, 0), QB_E_REGION);
        assert_status(qb_pool_state(absurd, 0), QB_E_REGION);
        assert_status(qb_pool_wait(self, absurd, 1), QB_E_REGION);
        assert_status(qb_pool_next(absurd, 0, 0), QB_E_REGION);
        assert_status(qb_pool_close(self, absurd, 0, 0), QB_E_REGION);
        assert_status(qb_pool_pin(self, absurd, 0), QB_E_REGION);
        if (absurd > 2) {
            assert_status(qb_pool_release(self, pool, absurd, 0), QB_E_ARGUMENT);
            assert_status(qb_pool_slot(pool, absurd), QB_E_ARGUMENT);
            assert_status(qb_pool_state(pool, absurd), QB_E_ARGUMENT);
            assert_status(qb_pool_next(pool, 0, absurd), QB_E_NOT_FOUND);
        }
        if (absurd != 0) assert_status(qb_pool_release(self, pool, 0, absurd), QB_E_STALE);
    }
    assert_status(qb_pool_acquire(self, arena, 0), QB_E_REGION);
    assert_status(qb_arena_alloc(self, pool, 8, 8), QB_E_REGION);
    assert_status(qb_pool_close(self, pool, serial_of(pool) + 1, 0), QB_E_STALE);
    assert_status(qb_free(self, pool), QB_E_ADDRESS);
    assert_sound(self);
    heap_close();
}

static void a_closed_pool_stays_while_it_is_pinned(void **unused) {
    (void)unused;
    heap_open(20, 0, 0);
    qb_thread_t *self = attach();
    qb_thread_t *other = attach();
    uint32_t pool = must(qb_pool_open(self, 16, 2, 2, 0, 0));
    uint32_t serial = serial_of(pool);
    (void)acquire(other, pool, 0);
    assert_status(qb_pool_pin(other, pool, serial), QB_OK);
    assert_status(qb_pool_close(self, pool, serial, 0), QB_OK);
    assert_status(qb_pool_acquire(other, pool, 0), QB_E_CLOSED);
    assert_status(qb_pool_close(other, pool, serial, 0), QB_E_REGION);
    release(other, pool, 0);
    assert_status(qb_pool_unpin(other, pool, serial), QB_OK);
    assert_status(qb_pool_acquire(other, pool, 0), QB_E_REGION);
    assert_heap_empty(self);
    heap_close();
}

static void slots_of_a_dead_thread_come_back(void **unused) {
    (void)unused;
    heap_open(20, 0, 0);
    qb_thread_t *self = attach();
    for (uint32_t policy = QB_POLICY_FREE; policy <= QB_POLICY_KEEP; policy++) {
        uint32_t pool = must(qb_pool_open(self, 16, 6, 6, 0, 0));
        qb_thread_t *dead = attach();
        uint32_t number = dead->number;
        for (uint32_t i = 0; i < 6; i++) (void)acquire(i % 2 == 0 ? dead : self, pool, i);
        assert_int_equal(must(qb_pool_next(pool, number, 1)) - QB_ADDRESS_MIN, 2);
        assert_status(qb_pool_wait(dead, pool, 1), QB_OK);
        assert_status(qb_pool_wait(self, pool, 1), QB_OK);
        uint32_t epoch = pool_of(pool)->waiters.epoch;
        uint32_t generation = generation_of(pool, 0);
        assert_status(qb_reap_begin(self, number, 0), QB_OK);
        assert_status(qb_reap_end(self, number, policy), QB_OK);
        assert_int_not_equal(pool_of(pool)->waiters.epoch, epoch); /* self is woken */
        assert_status(qb_pool_wait(self, pool, 0), QB_OK);
        for (uint32_t i = 0; i < QB_THREADS_MAX / 32; i++) {
            assert_int_equal(pool_of(pool)->waiters.marks[i], 0);
        }
        assert_status(qb_pool_next(pool, number, 0), QB_E_NOT_FOUND);
        if (policy == QB_POLICY_FREE) {
            assert_status(qb_pool_release(self, pool, 0, generation), QB_E_DOUBLE_FREE);
            for (uint32_t i = 0; i < 6; i += 2) assert_int_equal(acquire(self, pool, i), i);
        } else {
            assert_status(qb_pool_acquire(self, pool, 0), QB_E_EMPTY);
            assert_status(qb_pool_release(self, pool, 0, generation), QB_OK);
        }
        assert_sound(self);
        assert_status(qb_pool_close(self, pool, serial_of(pool), 0), QB_OK);
        assert_heap_empty(self);
    }
    heap_close();
}

static void a_pool_goes_with_its_owner_unless_it_is_shared(void **unused) {
    (void)unused;
    heap_open(40, 0, 0);
    qb_thread_t *self = attach();
    qb_thread_t *dead = attach();
    uint32_t number = dead->number;
    uint32_t own = must(qb_pool_open(dead, 5000, 5, 5, 0, 0));
    uint32_t shared = must(qb_pool_open(dead, 5000, 5, 5, 0, 0));
    assert_status(qb_block_own(dead, shared, QB_OWNER_SHARED), QB_OK);
    (void)acquire(dead, shared, 0);
    (void)acquire(dead, own, 0);
    assert_status(qb_reap_begin(self, number, 0), QB_OK);
    assert_status(qb_reap_end(self, number, QB_POLICY_FREE), QB_OK);
    assert_status(qb_pool_acquire(self, own, 0), QB_E_REGION);
    assert_int_equal(acquire(self, shared, 0), 0);
    assert_int_equal(stats_of(self).pools_live, 1);
    assert_sound(self);
    assert_status(qb_pool_close(self, shared, serial_of(shared), 0), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

static void a_pool_that_cannot_grow_stays_as_it_is(void **unused) {
    (void)unused;
    heap_open(6, 0, 0);
    qb_thread_t *self = attach();
    assert_status(qb_pool_open(self, 70000, 10, 10, 0, 0), QB_E_OUT_OF_MEMORY);
    assert_heap_empty(self);
    uint32_t pool = must(qb_pool_open(self, 30000, 1, 100, 0, FACTOR(2)));
    uint32_t count = 0;
    uint32_t result = qb_pool_acquire(self, pool, 0);
    for (; result >= QB_ADDRESS_MIN; result = qb_pool_acquire(self, pool, count)) count++;
    assert_status(result, QB_E_OUT_OF_MEMORY);
    assert_int_equal(pool_of(pool)->capacity, count);
    assert_true(count >= 4);
    assert_status(qb_pool_acquire(self, pool, 0), QB_E_OUT_OF_MEMORY);
    assert_sound(self);
    release(self, pool, 2);
    assert_int_equal(acquire(self, pool, 0), 2);
    assert_status(qb_pool_close(self, pool, serial_of(pool), 0), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

/* ---- threads --------------------------------------------------------------------------------- */

typedef struct job {
    uint32_t pool;
    uint32_t seed;
    uint32_t rounds;
    uint32_t taken; /* slots held at the end */
    atomic_uint *gate;
} job_t;

static void gate_pass(atomic_uint *gate) {
    atomic_fetch_sub(gate, 1);
    while (atomic_load(gate) > 0) sched_yield();
}

static void *take_all(void *argument) {
    job_t *job = argument;
    qb_thread_t *self = attach();
    gate_pass(job->gate);
    uint32_t result = qb_pool_acquire(self, job->pool, job->seed);
    for (; result >= QB_ADDRESS_MIN; result = qb_pool_acquire(self, job->pool, 0)) job->taken++;
    return (void *)(uintptr_t)result;
}

/* Marks each slot as its own while it has it: plain writes, which only exclusion makes race-free. */
static void *churn(void *argument) {
    job_t *job = argument;
    rng_t rng = {job->seed};
    qb_thread_t *self = attach();
    uint32_t held[8], count = 0;
    gate_pass(job->gate);
    for (uint32_t i = 0; i < job->rounds; i++) {
        if (count < 8 && rng_below(&rng, 2) == 0) {
            uint32_t result = qb_pool_acquire(self, job->pool, rng_below(&rng, 20));
            if (result == QB_E_EMPTY) continue;
            uint32_t *slot =
                QB_AT(uint32_t, must(qb_pool_slot(job->pool, result - QB_ADDRESS_MIN)));
            assert_int_equal(*slot, 0);
            *slot = self->number;
            held[count++] = result - QB_ADDRESS_MIN;
        } else if (count > 0) {
            uint32_t at = rng_below(&rng, count);
            uint32_t index = held[at];
            uint32_t *slot = QB_AT(uint32_t, must(qb_pool_slot(job->pool, index)));
            assert_int_equal(*slot, self->number);
            *slot = 0;
            release(self, job->pool, index);
            held[at] = held[--count];
        }
    }
    job->taken = count;
    return NULL;
}

static uint32_t run_threads(uint32_t pool, void *(*run)(void *), uint32_t rounds, job_t *jobs) {
    pthread_t threads[THREAD_COUNT];
    atomic_uint gate = THREAD_COUNT;
    uint32_t taken = 0;
    for (uint32_t i = 0; i < THREAD_COUNT; i++) {
        jobs[i] = (job_t){.pool = pool, .seed = i * 7 + 1, .rounds = rounds, .gate = &gate};
        assert_int_equal(pthread_create(&threads[i], NULL, run, &jobs[i]), 0);
    }
    for (uint32_t i = 0; i < THREAD_COUNT; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        taken += jobs[i].taken;
    }
    return taken;
}

static void reap_others(qb_thread_t *self) {
    for (uint32_t number = 1; number <= THREAD_COUNT + 1; number++) {
        if (number == self->number) continue;
        assert_status(qb_reap_begin(self, number, 0), QB_OK);
        assert_status(qb_reap_end(self, number, QB_POLICY_FREE), QB_OK);
    }
}

static void capacity_is_exact_when_threads_race(void **unused) {
    (void)unused;
    heap_open(100, 0, 0);
    qb_thread_t *self = attach();
    for (uint32_t round = 0; round < 20; round++) {
        uint32_t first = round % 2 == 0 ? 50 : 1;
        uint32_t pool = must(qb_pool_open(self, 40, first, 50, round % 4 < 2 ? 3 : 0,
                                          round % 4 < 2 ? 0 : FACTOR(2)));
        job_t jobs[THREAD_COUNT];
        assert_int_equal(run_threads(pool, take_all, 0, jobs), 50);
        assert_status(qb_pool_acquire(self, pool, 0), QB_E_EMPTY);
        reap_others(self);
        assert_int_equal(pool_of(pool)->capacity, 50);
        assert_status(qb_pool_next(pool, QB_OWNER_NONE, 0), QB_ADDRESS_MIN);
        for (uint32_t i = 0; i < 50; i++) (void)acquire(self, pool, i);
        assert_status(qb_pool_acquire(self, pool, 0), QB_E_EMPTY);
        assert_sound(self);
        assert_status(qb_pool_close(self, pool, serial_of(pool), 0), QB_OK);
        assert_heap_empty(self);
    }
    heap_close();
}

static void no_slot_is_had_by_two_threads(void **unused) {
    (void)unused;
    heap_open(100, 0, 0);
    qb_thread_t *self = attach();
    uint32_t pool = must(qb_pool_open(self, 16, 3, 20, 4, 0));
    job_t jobs[THREAD_COUNT];
    uint32_t taken = run_threads(pool, churn, 20000, jobs);
    uint32_t used = 0;
    for (uint32_t i = 0; i < pool_of(pool)->capacity; i++) used += (word_of(pool, i) & 255) != 0;
    assert_int_equal(used, taken);
    reap_others(self);
    for (uint32_t i = 0; i < 20; i++) (void)acquire(self, pool, i);
    assert_sound(self);
    heap_close();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hint_comes_first_and_empty_is_exact),
        cmocka_unit_test(slots_are_zero_aligned_and_disjoint),
        cmocka_unit_test(growth_is_as_asked),
        cmocka_unit_test(a_double_release_and_a_stale_one_are_told),
        cmocka_unit_test(absurd_arguments_are_refused),
        cmocka_unit_test(a_closed_pool_stays_while_it_is_pinned),
        cmocka_unit_test(slots_of_a_dead_thread_come_back),
        cmocka_unit_test(a_pool_goes_with_its_owner_unless_it_is_shared),
        cmocka_unit_test(a_pool_that_cannot_grow_stays_as_it_is),
        cmocka_unit_test(capacity_is_exact_when_threads_race),
        cmocka_unit_test(no_slot_is_had_by_two_threads),
    };
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
