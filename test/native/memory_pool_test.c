/*
 * Contract of memory pools: buddies that join again, exact limits, handles, keys, growth, death, absurd arguments;
 * and threads that allocate and free at once (run under TSan as well).
 */
#include "support.h"

#include <pthread.h>
#include <stdatomic.h>

#include "lifetime/memory_entry.h"

#define POOL_BYTES 32768u
#define THREAD_COUNT 4u
#define ROUNDS 20000u

static uint32_t serial_of(uint32_t pool) {
    return qb_region_serial(pool);
}
static uint32_t generation_of(uint32_t pool, uint32_t index) {
    const qb_memory_entry_t *entry = QB_AT(qb_memory_entry_t, must(qb_memory_entry(pool, index)));
    return qb_memory_generation_of(__atomic_load_n(&entry->state, __ATOMIC_SEQ_CST));
}
static uint32_t alloc(qb_thread_t *self, uint32_t pool, uint32_t bytes) {
    return must(qb_memory_alloc(self, pool, bytes, 1, 0, 0)) - QB_ADDRESS_MIN;
}
static void release(qb_thread_t *self, uint32_t pool, uint32_t index) {
    assert_status(qb_memory_free(self, pool, index, generation_of(pool, index)), QB_OK);
}
static uint32_t live_count(uint32_t pool) {
    uint32_t count = 0;
    uint32_t at = qb_memory_next(pool, 0, 0, 0);
    while (at >= QB_ADDRESS_MIN) {
        count++;
        at = qb_memory_next(pool, at - QB_ADDRESS_MIN + 1, 0, 0);
    }
    return count;
}
static void assert_pool_sound(uint32_t pool) {
    assert_int_equal(qb_memory_check(pool), 0);
}

static void blocks_are_buddies_and_join_again(void **unused) {
    (void)unused;
    heap_open(20, 0, 0);
    qb_thread_t *self = attach();
    uint32_t pool = must(qb_memory_open(self, POOL_BYTES, 64, 100, 0));
    uint32_t a = alloc(self, pool, 10000);
    uint32_t b = alloc(self, pool, 10000);
    assert_status(qb_memory_alloc(self, pool, 5000, 1, 0, 0), QB_E_NO_ROOM);
    assert_int_equal(live_count(pool), 2);
    assert_pool_sound(pool);
    release(self, pool, a);
    uint32_t c = alloc(self, pool, 5000);
    release(self, pool, b);
    release(self, pool, c);
    uint32_t all = alloc(self, pool, POOL_BYTES);
    assert_status(qb_memory_alloc(self, pool, 1, 1, 0, 0), QB_E_NO_ROOM);
    assert_status(qb_memory_alloc(self, pool, POOL_BYTES + 1, 1, 0, 0), QB_E_SIZE);
    release(self, pool, all);
    assert_pool_sound(pool);
    assert_int_equal(stats_of(self).memory_pools_live, 1);
    assert_status(qb_memory_close(self, pool, serial_of(pool), 0), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

static void the_manifest_is_exact_and_nothing_takes_no_room(void **unused) {
    (void)unused;
    heap_open(20, 0, 0);
    qb_thread_t *self = attach();
    uint32_t pool = must(qb_memory_open(self, 64, 64, 3, 0));
    uint32_t none = alloc(self, pool, 0);
    uint32_t all = alloc(self, pool, 64);
    assert_status(qb_memory_alloc(self, pool, 64, 1, 0, 0), QB_E_NO_ROOM);
    (void)alloc(self, pool, 0);
    assert_status(qb_memory_alloc(self, pool, 0, 1, 0, 0), QB_E_FULL);
    release(self, pool, none);
    assert_status(qb_memory_alloc(self, pool, 1, 1, 0, 0), QB_E_NO_ROOM);
    release(self, pool, all);
    assert_int_equal(alloc(self, pool, 1), all);
    assert_pool_sound(pool);
    assert_status(qb_memory_close(self, pool, serial_of(pool), 0), QB_OK);
    heap_close();
}

static void a_handle_names_one_use(void **unused) {
    (void)unused;
    heap_open(20, 0, 0);
    qb_thread_t *self = attach();
    uint32_t pool = must(qb_memory_open(self, 4096, 8, 16, 0));
    uint32_t index = alloc(self, pool, 20);
    uint32_t generation = generation_of(pool, index);
    assert_status(qb_memory_free(self, pool, index, generation + 1), QB_E_STALE);
    release(self, pool, index);
    assert_status(qb_memory_free(self, pool, index, generation), QB_E_DOUBLE_FREE);
    for (uint32_t i = 0; i < 1000; i++) release(self, pool, alloc(self, pool, 20));
    uint32_t again = alloc(self, pool, 20);
    assert_int_equal(again, index);
    assert_status(qb_memory_free(self, pool, index, generation), QB_E_STALE);
    assert_status(qb_memory_realloc(self, pool, index, generation, 8), QB_E_STALE);
    assert_status(qb_memory_own(self, pool, index, generation, QB_OWNER_SHARED), QB_E_STALE);
    assert_int_equal(live_count(pool), 1);
    heap_close();
}

static void a_key_is_there_once(void **unused) {
    (void)unused;
    heap_open(20, 0, 0);
    qb_thread_t *self = attach();
    uint32_t pool = must(qb_memory_open(self, 4096, 64, 16, 0));
    uint32_t a = must(qb_memory_alloc(self, pool, 8, 5, 77, 0)) - QB_ADDRESS_MIN;
    assert_status(qb_memory_alloc(self, pool, 8, 5, 77, 0), QB_E_EXISTS);
    uint32_t b = must(qb_memory_alloc(self, pool, 8, 6, 77, 0)) - QB_ADDRESS_MIN;
    assert_int_equal(must(qb_memory_find(pool, 5, 77)), QB_ADDRESS_MIN + a);
    assert_int_equal(must(qb_memory_find(pool, 6, 77)), QB_ADDRESS_MIN + b);
    assert_status(qb_memory_find(pool, 7, 77), QB_E_NOT_FOUND);
    assert_int_equal(must(qb_memory_next(pool, 0, 6, 0)), QB_ADDRESS_MIN + b);
    release(self, pool, a);
    assert_status(qb_memory_find(pool, 5, 77), QB_E_NOT_FOUND);
    (void)must(qb_memory_alloc(self, pool, 8, 5, 77, 0));
    assert_pool_sound(pool);
    heap_close();
}

static void realloc_keeps_the_content_and_zeroes_the_tail(void **unused) {
    (void)unused;
    heap_open(20, 0, 0);
    qb_thread_t *self = attach();
    uint32_t pool = must(qb_memory_open(self, 4096, 64, 16, 0));
    uint32_t index = must(qb_memory_alloc(self, pool, 10, 1, 0, 1)) - QB_ADDRESS_MIN;
    uint32_t generation = generation_of(pool, index);
    uint8_t *data = QB_AT(uint8_t, must(qb_memory_data(pool, index)));
    for (uint32_t i = 0; i < 10; i++) assert_int_equal(data[i], 0);
    memset(data, 7, 64);
    uint32_t same = must(qb_memory_realloc(self, pool, index, generation, 60)) - QB_ADDRESS_MIN;
    assert_int_equal(same, index);
    for (uint32_t i = 0; i < 60; i++) assert_int_equal(data[i], i < 10 ? 7 : 0);
    uint32_t to = must(qb_memory_realloc(self, pool, index, generation, 300)) - QB_ADDRESS_MIN;
    assert_int_not_equal(to, index);
    data = QB_AT(uint8_t, must(qb_memory_data(pool, to)));
    for (uint32_t i = 0; i < 300; i++) assert_int_equal(data[i], i < 10 ? 7 : 0);
    assert_int_equal(live_count(pool), 1);
    assert_int_equal(must(qb_memory_at(pool, must(qb_memory_data(pool, to)))), QB_ADDRESS_MIN + to);
    assert_status(qb_memory_at(pool, must(qb_memory_data(pool, to)) + 64), QB_E_ADDRESS);
    assert_status(qb_memory_realloc(self, pool, to, generation_of(pool, to), 9000), QB_E_SIZE);
    assert_status(qb_memory_realloc(self, pool, to, generation_of(pool, to), 4096), QB_E_NO_ROOM);
    assert_int_equal(live_count(pool), 1);
    assert_pool_sound(pool);
    heap_close();
}

static void a_growing_pool_adds_chunks(void **unused) {
    (void)unused;
    heap_open(400, 0, 0);
    qb_thread_t *self = attach();
    uint32_t pool = must(qb_memory_open(self, 1000, 16, 8, QB_MEMORY_GROWS));
    uint32_t total = 0;
    for (uint32_t i = 0; i < 300; i++) {
        uint32_t index =
            must(qb_memory_alloc(self, pool, 1 + i * 7 % 900, 1, 0, 1)) - QB_ADDRESS_MIN;
        memset(QB_AT(uint8_t, must(qb_memory_data(pool, index))), (int)(i % 251), 1 + i * 7 % 900);
        total++;
    }
    (void)alloc(self, pool, 1000000);
    assert_int_equal(live_count(pool), total + 1);
    assert_pool_sound(pool);
    assert_sound(self);
    assert_status(qb_memory_alloc(self, pool, 1u << 28, 1, 0, 0), QB_E_OUT_OF_MEMORY);
    assert_pool_sound(pool);
    assert_status(qb_memory_close(self, pool, serial_of(pool), 0), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

/* Random histories against a map of who has which bytes. */
static void random_histories_follow_a_model(void **unused) {
    (void)unused;
    static uint8_t owner[POOL_BYTES];
    struct held {
        uint32_t index, at, bytes;
    } held[64];
    for (uint32_t seed = 1; seed <= 20; seed++) {
        heap_open(20, 0, 0);
        qb_thread_t *self = attach();
        uint32_t pool = must(qb_memory_open(self, POOL_BYTES, 16, 64, 0));
        uint32_t base = must(qb_memory_data(pool, alloc(self, pool, 0)));
        uint32_t random = seed * 2654435761u;
        uint32_t count = 0;
        memset(owner, 0, sizeof owner);
        for (uint32_t step = 0; step < 2000; step++) {
            random = random * 1664525u + 1013904223u;
            uint32_t pick = random >> 8;
            if (count > 0 && pick % 2 == 0) {
                struct held *one = &held[pick / 2 % count];
                release(self, pool, one->index);
                memset(owner + one->at, 0, one->bytes);
                *one = held[--count];
                continue;
            }
            if (count == 63) continue;
            uint32_t bytes = 1 + pick / 2 % 3000;
            uint32_t result = qb_memory_alloc(self, pool, bytes, 1, 0, 0);
            uint32_t rounded = 16;
            while (rounded < bytes) rounded *= 2;
            if (result < QB_ADDRESS_MIN) {
                assert_int_equal(result, QB_E_NO_ROOM);
                for (uint32_t at = 0; at < POOL_BYTES; at += rounded) {
                    uint32_t used = 0;
                    for (uint32_t i = 0; i < rounded; i++) used += owner[at + i];
                    assert_int_not_equal(used, 0);
                }
                continue;
            }
            struct held one = {result - QB_ADDRESS_MIN, 0, rounded};
            one.at = must(qb_memory_data(pool, one.index)) - base;
            assert_int_equal(one.at % rounded, 0);
            for (uint32_t i = 0; i < rounded; i++) {
                assert_int_equal(owner[one.at + i], 0);
                owner[one.at + i] = 1;
            }
            held[count++] = one;
        }
        assert_pool_sound(pool);
        while (count > 0) release(self, pool, held[--count].index);
        (void)alloc(self, pool, POOL_BYTES);
        heap_close();
    }
}

static void death_frees_or_keeps(void **unused) {
    (void)unused;
    for (uint32_t policy = QB_POLICY_FREE; policy <= QB_POLICY_KEEP; policy++) {
        heap_open(20, 0, 0);
        qb_thread_t *self = attach();
        qb_thread_t *dying = attach();
        uint32_t pool = must(qb_memory_open(self, 4096, 64, 16, 0));
        uint32_t mine = alloc(self, pool, 100);
        (void)alloc(dying, pool, 100);
        uint32_t shared = alloc(dying, pool, 100);
        assert_status(
            qb_memory_own(dying, pool, shared, generation_of(pool, shared), QB_OWNER_SHARED),
            QB_OK);
        uint32_t number = qb_thread_number(dying);
        assert_status(qb_reap_begin(self, number, 0), QB_OK);
        assert_status(qb_reap_end(self, number, policy), QB_OK);
        assert_int_equal(live_count(pool), policy == QB_POLICY_FREE ? 2 : 3);
        release(self, pool, mine);
        release(self, pool, shared);
        assert_pool_sound(pool);
        heap_close();
    }
}

static void closing_leaves_the_pins_that_were_there(void **unused) {
    (void)unused;
    heap_open(20, 0, 0);
    qb_thread_t *self = attach();
    uint32_t pool = must(qb_memory_open(self, 4096, 64, 16, 0));
    uint32_t serial = serial_of(pool);
    assert_status(qb_memory_pin(self, pool, serial), QB_OK);
    assert_status(qb_memory_close(self, pool, serial, 0), QB_OK);
    assert_status(qb_memory_alloc(self, pool, 8, 1, 0, 0), QB_E_CLOSED);
    assert_int_equal(stats_of(self).memory_pools_live, 1);
    assert_status(qb_memory_unpin(self, pool, serial), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

static void absurd_arguments_are_refused(void **unused) {
    (void)unused;
    heap_open(20, 0, 0);
    qb_thread_t *self = attach();
    assert_status(qb_memory_open(self, 0, 64, 1, 0), QB_E_SIZE);
    assert_status(qb_memory_open(self, UINT32_MAX, 64, 1, 0), QB_E_SIZE);
    assert_status(qb_memory_open(self, 64, 0, 1, 0), QB_E_ARGUMENT);
    assert_status(qb_memory_open(self, 64, 48, 1, 0), QB_E_ARGUMENT);
    assert_status(qb_memory_open(self, 64, 4, 1, 0), QB_E_ARGUMENT);
    assert_status(qb_memory_open(self, 64, 64, 0, 0), QB_E_ARGUMENT);
    assert_status(qb_memory_open(self, 64, 64, UINT32_MAX, 0), QB_E_ARGUMENT);
    assert_status(qb_memory_open(self, 64, 64, 1, 2), QB_E_ARGUMENT);
    assert_status(qb_memory_open(self, 1u << 30, 64, 1, 0), QB_E_OUT_OF_MEMORY);
    uint32_t pool = must(qb_memory_open(self, 4096, 64, 4, 0));
    uint32_t arena = must(qb_arena_open(self, 1));
    static const uint32_t values[] = {0, 1, 3, 4, 5, 1024, 65536, 1u << 26, 1u << 31, UINT32_MAX};
    for (uint32_t i = 0; i < 10; i++) {
        uint32_t address = i == 9 ? arena : values[i];
        assert_status(qb_memory_alloc(self, address, 8, 1, 0, 0), QB_E_REGION);
        assert_status(qb_memory_free(self, address, 0, 0), QB_E_REGION);
        assert_status(qb_memory_close(self, address, 1, 0), QB_E_REGION);
        assert_status(qb_memory_entry(address, 0), QB_E_REGION);
        for (uint32_t j = 0; j < 10; j++) {
            uint32_t status = qb_memory_free(self, pool, values[i], values[j]);
            assert_true(status == QB_E_ARGUMENT || status == QB_E_STALE ||
                        status == QB_E_DOUBLE_FREE);
            assert_true(qb_memory_realloc(self, pool, values[i], values[j], 8) < QB_ADDRESS_MIN);
        }
        assert_status(qb_memory_at(pool, values[i]), QB_E_ADDRESS);
    }
    assert_status(qb_memory_alloc(self, pool, UINT32_MAX, 1, 0, 0), QB_E_SIZE);
    assert_status(qb_memory_own(self, pool, 0, 0, 77), QB_E_OWNER);
    assert_pool_sound(pool);
    assert_sound(self);
    heap_close();
}

struct team {
    uint32_t pool;
    atomic_uint live, most;
};

static void *allocate_and_free(void *argument) {
    struct team *team = argument;
    qb_thread_t *self = attach();
    uint32_t random = qb_thread_number(self) * 2654435761u;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        random = random * 1664525u + 1013904223u;
        uint32_t bytes = random >> 8 & 511;
        uint32_t result = qb_memory_alloc(self, team->pool, bytes, 1, 0, 0);
        if (result < QB_ADDRESS_MIN) {
            assert_true(result == QB_E_NO_ROOM || result == QB_E_FULL);
            continue;
        }
        unsigned live = atomic_fetch_add(&team->live, 1) + 1;
        if (live > atomic_load(&team->most)) atomic_store(&team->most, live);
        uint32_t index = result - QB_ADDRESS_MIN;
        memset(QB_AT(uint8_t, must(qb_memory_data(team->pool, index))), (int)i, bytes);
        atomic_fetch_sub(&team->live, 1);
        release(self, team->pool, index);
    }
    assert_status(qb_thread_detach(self, QB_POLICY_FREE), QB_OK);
    return NULL;
}

static void threads_share_it(void **unused) {
    (void)unused;
    heap_open(40, 0, 0);
    qb_thread_t *self = attach();
    struct team team = {must(qb_memory_open(self, 1024, 64, 3, 0)), 0, 0};
    pthread_t threads[THREAD_COUNT];
    for (uint32_t i = 0; i < THREAD_COUNT; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, allocate_and_free, &team), 0);
    }
    for (uint32_t i = 0; i < THREAD_COUNT; i++) pthread_join(threads[i], NULL);
    assert_int_equal(live_count(team.pool), 0);
    assert_in_range(atomic_load(&team.most), 1, 3);
    assert_pool_sound(team.pool);
    (void)alloc(self, team.pool, 1024);
    heap_close();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_buddies_and_join_again),
        cmocka_unit_test(the_manifest_is_exact_and_nothing_takes_no_room),
        cmocka_unit_test(a_handle_names_one_use),
        cmocka_unit_test(a_key_is_there_once),
        cmocka_unit_test(realloc_keeps_the_content_and_zeroes_the_tail),
        cmocka_unit_test(a_growing_pool_adds_chunks),
        cmocka_unit_test(random_histories_follow_a_model),
        cmocka_unit_test(death_frees_or_keeps),
        cmocka_unit_test(closing_leaves_the_pins_that_were_there),
        cmocka_unit_test(absurd_arguments_are_refused),
        cmocka_unit_test(threads_share_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
