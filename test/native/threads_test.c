/*
 * Real threads, as many as nothing in the core would like: blocks that travel between 32 threads,
 * growth under contention, threads that come, go and die, arenas that are pinned while they close,
 * roots that all want. For ASan, UBSan and TSan.
 */
#include "support.h"

#include <pthread.h>
#include <sched.h>

#define THREAD_COUNT 32u
#define ROUNDS 50u
#define TABLE_COUNT 1000u
#define OPERATIONS 120u /* a round */

static uint32_t table[TABLE_COUNT]; /* addresses of {bytes, tag, pattern} blocks; 0 = empty */
static uint32_t failures;

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            say("%s:%d: %s\n", __FILE__, __LINE__, #condition);                                    \
            (void)__atomic_add_fetch(&failures, 1, __ATOMIC_SEQ_CST);                              \
        }                                                                                          \
    } while (0)

static void in_threads(void *(*body)(void *)) {
    pthread_t threads[THREAD_COUNT];
    failures = 0;
    for (uint32_t i = 0; i < THREAD_COUNT; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, body, (void *)(uintptr_t)(i + 1)), 0);
    }
    for (uint32_t i = 0; i < THREAD_COUNT; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(failures, 0);
}

static qb_thread_t *join_heap(void) {
    uint32_t slot = qb_thread_attach();
    EXPECT(slot >= QB_ADDRESS_MIN);
    return qb_thread_at(slot);
}

/* ---- travelling blocks ----------------------------------------------------------------------- */

#define HEAD_BYTES 8u

/* Size and tag stand in the block itself: whoever receives it can tell whether it is whole. */
static uint32_t make(qb_thread_t *self, rng_t *rng) {
    uint32_t bytes = HEAD_BYTES + rng_bytes(rng, 200000);
    uint32_t address = rng_below(rng, 4) == 0 ? qb_calloc(self, 1, bytes) : qb_alloc(self, bytes);
    if (address < QB_ADDRESS_MIN) {
        EXPECT(address == QB_E_OUT_OF_MEMORY);
        return 0;
    }
    uint32_t head[2] = {bytes - HEAD_BYTES, rng_next(rng)};
    memcpy(bytes_at(address), head, HEAD_BYTES);
    pattern_write(address + HEAD_BYTES, head[0], head[1]);
    return address;
}

static void verify(uint32_t address) {
    uint32_t head[2];
    memcpy(head, bytes_at(address), HEAD_BYTES);
    EXPECT(qb_usable_bytes(address) >= head[0] + HEAD_BYTES);
    EXPECT(pattern_holds(address + HEAD_BYTES, head[0], head[0], head[1]));
}

static uint32_t resize(qb_thread_t *self, uint32_t address, rng_t *rng) {
    uint32_t head[2];
    memcpy(head, bytes_at(address), HEAD_BYTES);
    uint32_t bytes = rng_bytes(rng, 200000);
    uint32_t moved = qb_realloc(self, address, HEAD_BYTES + bytes);
    if (moved < QB_ADDRESS_MIN) {
        EXPECT(moved == QB_E_OUT_OF_MEMORY);
        return address;
    }
    uint32_t kept = bytes < head[0] ? bytes : head[0];
    EXPECT(pattern_holds(moved + HEAD_BYTES, head[0], kept, head[1]));
    head[0] = bytes;
    memcpy(bytes_at(moved), head, HEAD_BYTES);
    pattern_write(moved + HEAD_BYTES, bytes, head[1]);
    return moved;
}

static void travel(qb_thread_t *self, rng_t *rng, uint32_t operations) {
    for (uint32_t i = 0; i < operations; i++) {
        uint32_t mine = rng_below(rng, 5) != 0 ? make(self, rng) : 0;
        uint32_t *slot = &table[rng_below(rng, TABLE_COUNT)];
        uint32_t theirs = __atomic_exchange_n(slot, mine, __ATOMIC_ACQ_REL);
        if (theirs == 0) continue;
        verify(theirs);
        if (rng_below(rng, 4) == 0) theirs = resize(self, theirs, rng);
        EXPECT(qb_free(self, theirs) == QB_OK);
    }
}

static void *travel_body(void *argument) {
    rng_t rng = {(uintptr_t)argument};
    qb_thread_t *self = join_heap();
    for (uint32_t round = 0; round < ROUNDS; round++) travel(self, &rng, OPERATIONS);
    EXPECT(qb_thread_detach(self, QB_POLICY_KEEP) == QB_OK);
    return NULL;
}

static void clear_table(qb_thread_t *self) {
    assert_sound(self);
    for (uint32_t i = 0; i < TABLE_COUNT; i++) {
        if (table[i] == 0) continue;
        verify(table[i]);
        assert_status(qb_free(self, table[i]), QB_OK);
        table[i] = 0;
    }
    assert_heap_empty(self);
}

static void blocks_travel_between_32_threads(void **unused) {
    (void)unused;
    heap_open(1, 4000, 0); /* grows under contention */
    qb_thread_t *self = attach();
    in_threads(travel_body);
    clear_table(self);
    heap_close();
}

static void blocks_travel_in_a_tight_heap(void **unused) {
    (void)unused;
    heap_open(100, 60, 0);
    qb_thread_t *self = attach();
    in_threads(travel_body);
    clear_table(self);
    heap_close();
}

/* ---- threads that come and go ---------------------------------------------------------------- */

static void *churn_body(void *argument) {
    rng_t rng = {(uintptr_t)argument};
    for (uint32_t round = 0; round < ROUNDS; round++) {
        qb_thread_t *self = join_heap();
        travel(self, &rng, 20);
        uint32_t left =
            make(self, &rng); /* what it leaves behind by FREE, everything else by KEEP */
        if (left != 0 && round % 2 == 0) {
            EXPECT(qb_free(self, left) == QB_OK);
        } else if (left != 0) {
            uint32_t theirs =
                __atomic_exchange_n(&table[rng_below(&rng, TABLE_COUNT)], left, __ATOMIC_ACQ_REL);
            if (theirs != 0) EXPECT(qb_free(self, theirs) == QB_OK);
        }
        if (rng_below(&rng, 8) == 0) qb_trim(self);
        EXPECT(qb_thread_detach(self, QB_POLICY_KEEP) == QB_OK);
    }
    return NULL;
}

static void threads_come_and_go(void **unused) {
    (void)unused;
    heap_open(10, 3000, 0);
    qb_thread_t *self = attach();
    in_threads(churn_body);
    assert_int_equal(stats_of(self).threads_live, 1);
    clear_table(self);
    heap_close();
}

/* Every thread that ends does so without a word; the next one reaps it. */
static uint32_t graves[TABLE_COUNT];
static uint32_t grave_count;

static void bury_one(qb_thread_t *self, rng_t *rng) {
    uint32_t count = __atomic_load_n(&grave_count, __ATOMIC_ACQUIRE);
    if (count == 0) return;
    uint32_t *grave = &graves[rng_below(rng, count < TABLE_COUNT ? count : TABLE_COUNT)];
    uint32_t number = __atomic_exchange_n(grave, 0, __ATOMIC_ACQ_REL);
    if (number == 0) return;
    EXPECT(qb_reap_begin(self, number, 0) == QB_OK);
    uint32_t seen = 0;
    for (uint32_t at = 0; (at = qb_reap_next(self, number, at)) != 0 && seen < 100000;) seen++;
    EXPECT(qb_reap_end(self, number, QB_POLICY_KEEP) == QB_OK);
}

static void *die_body(void *argument) {
    rng_t rng = {(uintptr_t)argument};
    for (uint32_t round = 0; round < 8; round++) {
        uint32_t slot = qb_thread_attach();
        if (slot == QB_E_TOO_MANY_THREADS) { /* all slots hold the dead: the others bury them */
            (void)sched_yield();
            continue;
        }
        qb_thread_t *self = qb_thread_at(slot);
        travel(self, &rng, 40);
        bury_one(self, &rng);
        travel(self, &rng, 10);
        bury_one(self, &rng);
        uint32_t index = __atomic_fetch_add(&grave_count, 1, __ATOMIC_ACQ_REL);
        __atomic_store_n(&graves[index], qb_thread_number(self), __ATOMIC_RELEASE);
    }
    return NULL;
}

static void the_dead_are_reaped_while_others_work(void **unused) {
    (void)unused;
    heap_open(10, 3000, 0);
    qb_thread_t *self = attach();
    memset(graves, 0, sizeof graves);
    grave_count = 0;
    in_threads(die_body);
    for (uint32_t i = 0; i < grave_count; i++) {
        if (graves[i] == 0) continue;
        assert_status(qb_reap_begin(self, graves[i], 0), QB_OK);
        assert_status(qb_reap_end(self, graves[i], QB_POLICY_KEEP), QB_OK);
    }
    assert_int_equal(stats_of(self).threads_live, 1);
    clear_table(self);
    heap_close();
}

/* ---- arenas ---------------------------------------------------------------------------------- */

static uint64_t arenas[16]; /* address | serial << 32 */

static void *arena_body(void *argument) {
    rng_t rng = {(uintptr_t)argument};
    qb_thread_t *self = join_heap();
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint32_t arena = qb_arena_open(self, 1000);
        EXPECT(arena >= QB_ADDRESS_MIN);
        uint32_t serial = qb_region_record_of(arena)->serial;
        uint32_t object = qb_arena_alloc(self, arena, 3000, 8);
        EXPECT(object ==
               arena + (uint32_t)sizeof(
                           qb_arena_t)); /* the first object: others find it without being told */
        pattern_write(object, 3000, serial);
        for (uint32_t i = 0; i < 20; i++) {
            uint32_t more = qb_arena_alloc(self, arena, rng_below(&rng, 9000), 16);
            EXPECT(more >= QB_ADDRESS_MIN);
            bytes_at(more)[0] = 1;
        }
        uint64_t handle = arena | (uint64_t)serial << 32;
        __atomic_store_n(&arenas[rng_below(&rng, 16)], handle, __ATOMIC_RELEASE);
        for (uint32_t i = 0; i < 8; i++) {
            handle = __atomic_load_n(&arenas[rng_below(&rng, 16)], __ATOMIC_ACQUIRE);
            uint32_t theirs = (uint32_t)handle;
            uint32_t their_serial = (uint32_t)(handle >> 32);
            if (theirs == 0 || theirs == arena) continue;
            qb_status_t status = qb_arena_pin(self, theirs, their_serial);
            if (status != QB_OK) {
                EXPECT(status == QB_E_STALE || status == QB_E_REGION);
                continue;
            }
            EXPECT(pattern_holds(theirs + (uint32_t)sizeof(qb_arena_t), 3000, 3000, their_serial));
            EXPECT(qb_arena_unpin(self, theirs, their_serial) == QB_OK);
        }
        uint32_t retain = rng_below(&rng, 2);
        EXPECT(qb_arena_close(self, arena, serial, retain) == QB_OK);
        if (retain != 0) {
            EXPECT(pattern_holds(object, 3000, 3000, serial));
            EXPECT(qb_arena_unpin(self, arena, serial) == QB_OK);
        }
    }
    EXPECT(qb_thread_detach(self, QB_POLICY_FREE) == QB_OK);
    return NULL;
}

static void arenas_are_pinned_while_they_close(void **unused) {
    (void)unused;
    heap_open(10, 2000, 0);
    qb_thread_t *self = attach();
    memset(arenas, 0, sizeof arenas);
    in_threads(arena_body);
    assert_heap_empty(self);
    heap_close();
}

/* ---- roots ----------------------------------------------------------------------------------- */

static void *root_body(void *argument) {
    rng_t rng = {(uintptr_t)argument};
    qb_thread_t *self = join_heap();
    uint32_t name = QB_ADDRESS_OF(self) + (uint32_t)offsetof(qb_thread_t, scratch);
    for (uint32_t round = 0; round < ROUNDS * 4; round++) {
        char text[16];
        uint32_t bytes = (uint32_t)snprintf(text, sizeof text, "root %u", rng_below(&rng, 40));
        memcpy(bytes_at(name), text, bytes);
        uint32_t number = qb_thread_number(self);
        uint32_t kind = rng_below(&rng, 4);
        if (kind == 0) {
            uint32_t status = qb_root_remove(name, bytes);
            EXPECT(status == QB_OK || status == QB_E_NOT_FOUND);
        } else if (kind == 1) {
            uint32_t entry = qb_root_find(name, bytes);
            EXPECT(entry >= QB_ADDRESS_MIN || entry == QB_E_NOT_FOUND);
            if (entry >= QB_ADDRESS_MIN) {
                uint64_t value = __atomic_load_n(QB_AT(uint64_t, entry), __ATOMIC_ACQUIRE);
                EXPECT(value == 0 || (value >> 32 == (value & 0xffffffffu)));
            }
        } else {
            uint32_t status = qb_root_set(self, name, bytes, number, number, kind == 2);
            EXPECT(status == QB_OK || (status == QB_E_EXISTS && kind == 3));
        }
    }
    EXPECT(qb_thread_detach(self, (uint32_t)((uintptr_t)argument & 1)) == QB_OK);
    return NULL;
}

static void all_want_the_same_roots(void **unused) {
    (void)unused;
    heap_open(80, 100, 0);
    qb_thread_t *self = attach();
    in_threads(root_body);
    uint32_t names = 0;
    for (uint32_t i = 0; i < QB_ROOTS_MAX; i++) names += qb_root_of(i)->name_address != 0;
    assert_true(names <= 40);
    assert_sound(self);
    assert_true(heap_is_empty(self, names));
    heap_close();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_travel_between_32_threads),
        cmocka_unit_test(blocks_travel_in_a_tight_heap),
        cmocka_unit_test(threads_come_and_go),
        cmocka_unit_test(the_dead_are_reaped_while_others_work),
        cmocka_unit_test(arenas_are_pinned_while_they_close),
        cmocka_unit_test(all_want_the_same_roots),
    };
    return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
