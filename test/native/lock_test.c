/*
 * Mutex, semaphore and condition of the core: one thread after the other here, and real threads that
 * all want. A native user brings the sleeping; here they yield.
 */
#include "support.h"

#include <pthread.h>
#include <sched.h>

#define THREAD_COUNT 8u
#define ROUNDS 3000u
#define PERMITS 3u

static uint32_t id_of(uint32_t address) {
    return (uint32_t)(QB_AT(qb_lock_t, address)->name >> 32);
}
static uint32_t index_of(uint32_t result) {
    return (result & ~QB_LOCK_ABANDONED) - QB_ADDRESS_MIN;
}

static void a_mutex_is_held_by_one_thread(void **unused) {
    (void)unused;
    heap_open(10, 0, 0);
    qb_thread_t *a = attach();
    qb_thread_t *b = attach();
    uint32_t lock = must(qb_lock_open(a, QB_LOCK_MUTEX, 1));
    uint32_t id = id_of(lock);
    assert_int_equal(qb_lock_take(a, lock, id), QB_ADDRESS_MIN);
    assert_status(qb_lock_take(a, lock, id), QB_E_DEADLOCK);
    assert_status(qb_lock_take(b, lock, id), QB_E_BUSY);
    assert_status(qb_lock_release(b, lock, id, 0), QB_E_OWNER);
    assert_status(qb_lock_release(a, lock, id, 1), QB_E_ARGUMENT);
    assert_status(qb_lock_close(b, lock, id), QB_E_BUSY);
    assert_status(qb_lock_close(a, lock, id), QB_E_BUSY);
    assert_status(qb_lock_release(a, lock, id, 0), QB_OK);
    assert_status(qb_lock_release(a, lock, id, 0), QB_E_OWNER);
    assert_int_equal(qb_lock_take(b, lock, id), QB_ADDRESS_MIN);
    assert_status(qb_lock_release(b, lock, id, 0), QB_OK);
    assert_status(qb_lock_close(b, lock, id), QB_OK);
    assert_status(qb_lock_take(a, lock, id), QB_E_STALE);
    assert_status(qb_thread_detach(b, QB_POLICY_FREE), QB_OK);
    assert_heap_empty(a);
    heap_close();
}

static void a_lock_at_the_same_address_is_another_one(void **unused) {
    (void)unused;
    heap_open(10, 0, 0);
    qb_thread_t *self = attach();
    uint32_t lock = must(qb_lock_open(self, QB_LOCK_MUTEX, 1));
    uint32_t id = id_of(lock);
    assert_status(qb_lock_close(self, lock, id), QB_OK);
    uint32_t again = must(qb_lock_open(self, QB_LOCK_MUTEX, 1));
    assert_int_equal(again, lock);
    assert_int_not_equal(id_of(again), id);
    assert_status(qb_lock_take(self, again, id), QB_E_STALE);
    assert_status(qb_lock_close(self, again, id), QB_E_STALE);
    assert_status(qb_lock_close(self, again, id_of(again)), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

static void a_semaphore_has_its_permits(void **unused) {
    (void)unused;
    heap_open(10, 0, QB_HEAP_DEBUG);
    qb_thread_t *a = attach();
    qb_thread_t *b = attach();
    uint32_t lock = must(qb_lock_open(a, QB_LOCK_SEMAPHORE, QB_PERMITS_MAX));
    uint32_t id = id_of(lock);
    for (uint32_t i = 0; i < QB_PERMITS_MAX; i++) {
        assert_int_equal(qb_lock_take(i % 2 == 0 ? a : b, lock, id), QB_ADDRESS_MIN + i);
    }
    assert_status(qb_lock_take(a, lock, id), QB_E_BUSY);
    assert_status(qb_lock_release(a, lock, id, 1), QB_E_OWNER);
    assert_status(qb_lock_release(b, lock, id, 1), QB_OK);
    assert_int_equal(qb_lock_take(a, lock, id), QB_ADDRESS_MIN + 1);
    assert_status(qb_thread_detach(b, QB_POLICY_FREE), QB_OK); /* the others of b come back */
    for (uint32_t i = 3; i < QB_PERMITS_MAX; i += 2) {
        assert_int_equal(qb_lock_take(a, lock, id), (QB_ADDRESS_MIN + i) | QB_LOCK_ABANDONED);
    }
    assert_status(qb_lock_take(a, lock, id), QB_E_BUSY);
    for (uint32_t i = 0; i < QB_PERMITS_MAX; i++) {
        assert_status(qb_lock_release(a, lock, id, i), QB_OK);
    }
    assert_status(qb_lock_close(a, lock, id), QB_OK);
    assert_sound(a);
    heap_close();
}

static void a_dead_holder_is_told_once(void **unused) {
    (void)unused;
    heap_open(10, 0, 0);
    qb_thread_t *self = attach();
    uint32_t lock = must(qb_lock_open(self, QB_LOCK_MUTEX, 1));
    uint32_t id = id_of(lock);
    for (uint32_t round = 0; round < 3; round++) { /* one slot, another generation each time */
        qb_thread_t *other = attach();
        must(qb_lock_take(other, lock, id));
        assert_status(qb_lock_take(self, lock, id), QB_E_BUSY);
        uint32_t number = qb_thread_number(other);
        if (round == 0) {
            assert_status(qb_thread_detach(other, QB_POLICY_KEEP), QB_OK);
        } else { /* whoever reaps it is not needed */
            assert_status(qb_reap_begin(self, number, 0), QB_OK);
        }
        assert_int_equal(qb_lock_take(self, lock, id), QB_ADDRESS_MIN | QB_LOCK_ABANDONED);
        assert_status(qb_lock_release(self, lock, id, 0), QB_OK);
        assert_int_equal(qb_lock_take(self, lock, id), QB_ADDRESS_MIN);
        assert_status(qb_lock_release(self, lock, id, 0), QB_OK);
        if (round > 0) assert_status(qb_reap_end(self, number, QB_POLICY_FREE), QB_OK);
    }
    assert_status(qb_lock_close(self, lock, id), QB_OK);
    heap_close();
}

static void an_epoch_changes_for_those_who_wait_alone(void **unused) {
    (void)unused;
    heap_open(10, 0, 0);
    qb_thread_t *self = attach();
    uint32_t lock = must(qb_lock_open(self, QB_LOCK_CONDITION, 0));
    uint32_t id = id_of(lock);
    uint32_t *epoch = &QB_AT(qb_lock_t, lock)->epoch;
    uint32_t before = *epoch;
    assert_status(qb_lock_wake(lock, id, 1), QB_OK);
    assert_int_equal(*epoch, before);
    for (uint32_t i = 0; i < 5000; i++) {
        uint32_t noted = must(qb_lock_wait(lock, id));
        assert_int_equal(qb_lock_wait(lock, id), noted);
        assert_status(qb_lock_wake(lock, id, i % 3 == 0 ? QB_LOCK_ALL : i % 3), QB_OK);
        assert_int_not_equal(*epoch, noted);
        assert_true(*epoch >= QB_ADDRESS_MIN);
    }
    *epoch = 0xffffffffu; /* the last one: the next is no status either */
    assert_status(qb_lock_wake(lock, id, QB_LOCK_ALL), QB_OK);
    assert_true(*epoch >= QB_ADDRESS_MIN && *epoch != 0xffffffffu);
    assert_status(qb_lock_close(self, lock, id), QB_OK);
    heap_close();
}

static void absurd_arguments_are_refused(void **unused) {
    (void)unused;
    heap_open(10, 0, 0);
    qb_thread_t *self = attach();
    uint32_t lock = must(qb_lock_open(self, QB_LOCK_MUTEX, 1));
    uint32_t pool = must(qb_pool_open(self, 16, 4, 4, 0, 0));
    uint32_t block = must(qb_alloc(self, 100));
    assert_status(qb_block_own(self, pool, QB_OWNER_SHARED), QB_OK);
    assert_status(qb_block_own(self, block, QB_OWNER_SHARED), QB_OK);
    for (uint32_t i = 0; i < ABSURD_COUNT + 3; i++) {
        uint32_t address = i < ABSURD_COUNT
                               ? absurd_numbers[i]
                               : (const uint32_t[]){pool, block, lock + 16}[i - ABSURD_COUNT];
        for (uint32_t n = 0; n < ABSURD_COUNT; n++) {
            uint32_t id = n == 0 ? id_of(lock) : absurd_numbers[n];
            assert_status(qb_lock_take(self, address, id), QB_E_STALE);
            assert_status(qb_lock_release(self, address, id, n), QB_E_STALE);
            assert_status(qb_lock_wait(address, id), QB_E_STALE);
            assert_status(qb_lock_wake(address, id, n), QB_E_STALE);
            assert_status(qb_lock_close(self, address, id), QB_E_STALE);
            uint32_t made = qb_lock_open(self, address, absurd_numbers[n]);
            int is_one = (address == QB_LOCK_MUTEX && absurd_numbers[n] == 1) ||
                         (address == QB_LOCK_SEMAPHORE && absurd_numbers[n] - 1 < QB_PERMITS_MAX) ||
                         (address == QB_LOCK_CONDITION && absurd_numbers[n] == 0);
            if (is_one) {
                assert_status(qb_lock_close(self, must(made), id_of(made)), QB_OK);
            } else {
                assert_status(made, QB_E_ARGUMENT);
            }
        }
    }
    for (uint32_t i = 0; i < ABSURD_COUNT; i++) {
        assert_true(qb_lock_release(self, lock, id_of(lock), absurd_numbers[i]) != QB_OK);
    }
    assert_int_equal(qb_lock_take(self, lock, id_of(lock)), QB_ADDRESS_MIN);
    assert_sound(self);
    heap_close();
}

/* ---- threads --------------------------------------------------------------------------------- */

static struct {
    uint32_t lock, id;
    uint32_t counter; /* plain: TSan sees whether the mutex orders it */
    uint32_t inside, most;
    uint32_t failures;
} shared;

static uint32_t take_yielding(qb_thread_t *self) {
    uint32_t result;
    while ((result = qb_lock_take(self, shared.lock, shared.id)) == QB_E_BUSY) (void)sched_yield();
    return result;
}

static void *increment_body(void *argument) {
    (void)argument;
    qb_thread_t *self = qb_thread_at(qb_thread_attach());
    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint32_t result = take_yielding(self);
        shared.counter++;
        qb_status_t status = qb_lock_release(self, shared.lock, shared.id, index_of(result));
        if (status != QB_OK) (void)__atomic_add_fetch(&shared.failures, 1, __ATOMIC_SEQ_CST);
    }
    must(take_yielding(self)); /* and leaves with it */
    shared.counter++;
    (void)qb_thread_detach(self, QB_POLICY_FREE);
    return NULL;
}

static void *permit_body(void *argument) {
    (void)argument;
    qb_thread_t *self = qb_thread_at(qb_thread_attach());
    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint32_t result = take_yielding(self);
        uint32_t inside = __atomic_add_fetch(&shared.inside, 1, __ATOMIC_SEQ_CST);
        if (inside > PERMITS) (void)__atomic_add_fetch(&shared.failures, 1, __ATOMIC_SEQ_CST);
        (void)__atomic_sub_fetch(&shared.inside, 1, __ATOMIC_SEQ_CST);
        qb_status_t status = qb_lock_release(self, shared.lock, shared.id, index_of(result));
        if (status != QB_OK) (void)__atomic_add_fetch(&shared.failures, 1, __ATOMIC_SEQ_CST);
    }
    (void)qb_thread_detach(self, QB_POLICY_FREE);
    return NULL;
}

static void in_threads(void *(*body)(void *), uint32_t kind, uint32_t permit_count) {
    heap_open(10, 0, 0);
    qb_thread_t *self = attach();
    memset(&shared, 0, sizeof shared);
    shared.lock = must(qb_lock_open(self, kind, permit_count));
    shared.id = id_of(shared.lock);
    pthread_t threads[THREAD_COUNT];
    for (uint32_t i = 0; i < THREAD_COUNT; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, body, NULL), 0);
    }
    for (uint32_t i = 0; i < THREAD_COUNT; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(shared.failures, 0);
    assert_status(qb_lock_close(self, shared.lock, shared.id), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

static void threads_count_under_a_mutex(void **unused) {
    (void)unused;
    in_threads(increment_body, QB_LOCK_MUTEX, 1);
    assert_int_equal(shared.counter, THREAD_COUNT * (ROUNDS + 1));
}

static void no_more_threads_are_inside_than_there_are_permits(void **unused) {
    (void)unused;
    in_threads(permit_body, QB_LOCK_SEMAPHORE, PERMITS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mutex_is_held_by_one_thread),
        cmocka_unit_test(a_lock_at_the_same_address_is_another_one),
        cmocka_unit_test(a_semaphore_has_its_permits),
        cmocka_unit_test(a_dead_holder_is_told_once),
        cmocka_unit_test(an_epoch_changes_for_those_who_wait_alone),
        cmocka_unit_test(absurd_arguments_are_refused),
        cmocka_unit_test(threads_count_under_a_mutex),
        cmocka_unit_test(no_more_threads_are_inside_than_there_are_permits),
    };
    return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
