/*
 * Limits of memory pools: how many, how large, what is left after long use, growth that fails, numbers that would
 * wrap; and random histories of all operations, also while the pool grows, against a model of who has which bytes.
 *
 * Environment: QB_SEED=n replays one history.
 */
#include "support.h"

#include "lifetime/memory_entry.h"

#define POOL_BYTES 32768u
#define LIVE_MAX 96u
#define HISTORIES 60u
#define STEPS 1500u
#define TYPE 1u

typedef struct live {
    uint32_t index, generation, bytes, room, tag, key, owner;
} live_t;

static struct {
    qb_thread_t *threads[2];
    uint32_t pool, flags, capacity;
    uint32_t base; /* address of the first unit of a fixed pool */
    live_t live[LIVE_MAX];
    uint32_t count, next_tag;
    rng_t rng;
} work;

static uint32_t generation_of(uint32_t pool, uint32_t index) {
    const qb_memory_entry_t *entry = QB_AT(qb_memory_entry_t, must(qb_memory_entry(pool, index)));
    return qb_memory_generation_of(__atomic_load_n(&entry->state, __ATOMIC_SEQ_CST));
}
static uint32_t live_count(uint32_t pool) {
    uint32_t count = 0;
    uint32_t at = 0;
    while ((at = qb_memory_next(pool, at, 0, 0)) >= QB_ADDRESS_MIN) {
        count++;
        at = at - QB_ADDRESS_MIN + 1;
    }
    return count;
}
static void end_pool(qb_thread_t *self, uint32_t pool) {
    assert_int_equal(qb_memory_check(pool), 0);
    assert_status(qb_memory_close(self, pool, qb_region_serial(pool), 0), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

/* ---- limits ---------------------------------------------------------------------------------- */

static void a_maximum_of_ten_gives_ten(void **unused) {
    (void)unused;
    heap_open(20, 0, 0);
    qb_thread_t *self = attach();
    uint32_t pool = must(qb_memory_open(self, POOL_BYTES, 64, 10, 0));
    uint32_t given = 0;
    for (uint32_t i = 0; i < 20; i++) {
        uint32_t result = qb_memory_alloc(self, pool, 100, TYPE, 0, 0);
        given += result >= QB_ADDRESS_MIN;
        if (i >= 10) assert_status(result, QB_E_FULL);
    }
    assert_int_equal(given, 10);
    assert_int_equal(live_count(pool), 10);
    end_pool(self, pool);
}

static void a_size_that_can_never_fit_is_told_from_one_that_does_not_now(void **unused) {
    (void)unused;
    heap_open(20, 0, 0);
    qb_thread_t *self = attach();
    uint32_t pool = must(qb_memory_open(self, 1000, 64, 4, 0)); /* 16 units */
    assert_status(qb_memory_alloc(self, pool, 1025, TYPE, 0, 0), QB_E_SIZE);
    uint32_t all = must(qb_memory_alloc(self, pool, 1024, TYPE, 0, 0)) - QB_ADDRESS_MIN;
    assert_status(qb_memory_alloc(self, pool, 1025, TYPE, 0, 0), QB_E_SIZE);
    assert_status(qb_memory_alloc(self, pool, 1, TYPE, 0, 0), QB_E_NO_ROOM);
    for (uint32_t i = 0; i < ABSURD_COUNT; i++) {
        uint32_t result = qb_memory_alloc(self, pool, absurd_numbers[i], TYPE, 0, 0);
        assert_true(result >= QB_ADDRESS_MIN || result == QB_E_NO_ROOM || result == QB_E_SIZE);
        if (result < QB_ADDRESS_MIN) continue;
        assert_int_equal(absurd_numbers[i], 0); /* which needs no room */
        uint32_t index = result - QB_ADDRESS_MIN;
        assert_status(qb_memory_free(self, pool, index, generation_of(pool, index)), QB_OK);
    }
    assert_status(qb_memory_free(self, pool, all, generation_of(pool, all)), QB_OK);
    end_pool(self, pool);
}

static void nothing_is_resized_to_nothing_in_a_full_manifest(void **unused) {
    (void)unused;
    heap_open(20, 0, 0);
    qb_thread_t *self = attach();
    uint32_t pool = must(qb_memory_open(self, 1024, 64, 1, 0));
    uint32_t index = must(qb_memory_alloc(self, pool, 0, TYPE, 0, 0)) - QB_ADDRESS_MIN;
    uint32_t generation = generation_of(pool, index);
    assert_int_equal(must(qb_memory_realloc(self, pool, index, generation, 0)),
                     QB_ADDRESS_MIN + index);
    assert_status(qb_memory_realloc(self, pool, index, generation, 1), QB_E_FULL);
    assert_int_equal(generation_of(pool, index), generation);
    assert_int_equal(live_count(pool), 1);
    end_pool(self, pool);
}

static void a_thousand_rounds_leave_one_block(void **unused) {
    (void)unused;
    heap_open(20, 0, 0);
    qb_thread_t *self = attach();
    rng_t rng = {seed_from_environment("a_thousand_rounds_leave_one_block")};
    uint32_t pool = must(qb_memory_open(self, POOL_BYTES, 64, 200, 0));
    for (uint32_t round = 0; round < 1000; round++) {
        uint32_t indices[200];
        uint32_t count = 0;
        uint32_t result;
        while ((result = qb_memory_alloc(self, pool, 1 + rng_below(&rng, 2000), TYPE, 0, 0)) >=
               QB_ADDRESS_MIN) {
            indices[count++] = result - QB_ADDRESS_MIN;
        }
        assert_true(result == QB_E_NO_ROOM || result == QB_E_FULL);
        while (count > 0) {
            uint32_t pick = rng_below(&rng, count);
            uint32_t index = indices[pick];
            indices[pick] = indices[--count];
            assert_status(qb_memory_free(self, pool, index, generation_of(pool, index)), QB_OK);
        }
    }
    assert_int_equal(live_count(pool), 0);
    must(qb_memory_alloc(self, pool, POOL_BYTES, TYPE, 0, 0));
    end_pool(self, pool);
}

/* Chunk k has 2^(k - 1) times the entries of the first: their number must not wrap. */
static void a_large_block_does_not_break_a_large_manifest(void **unused) {
    (void)unused;
    heap_open(700, 0, 0);
    qb_thread_t *self = attach();
    uint32_t pool = must(qb_memory_open(self, 8, 8, 1u << 20, QB_MEMORY_GROWS));
    uint32_t first = must(qb_memory_alloc(self, pool, 8, TYPE, 0, 0)) - QB_ADDRESS_MIN;
    for (uint32_t bytes = 1u << 14; bytes != 0; bytes <<= 1) {
        assert_either(qb_memory_alloc(self, pool, bytes, TYPE, 0, 0), QB_E_OUT_OF_MEMORY,
                      QB_E_SIZE);
    }
    assert_int_equal(qb_memory_next(pool, 0, 0, 0), QB_ADDRESS_MIN + first);
    assert_int_equal(live_count(pool), 1);
    assert_status(qb_memory_free(self, pool, first, generation_of(pool, first)), QB_OK);
    end_pool(self, pool);
}

static void growth_that_fails_changes_nothing(void **unused) {
    (void)unused;
    uint32_t failures = 0;
    for (uint32_t nth = 1; nth < 12; nth++) {
        heap_open(2, 60, 0);
        qb_thread_t *self = attach();
        qb_native_fail_growth(nth);
        uint32_t pool = qb_memory_open(self, 40000, 64, 100, QB_MEMORY_GROWS);
        if (pool < QB_ADDRESS_MIN) {
            assert_status(pool, QB_E_OUT_OF_MEMORY);
            assert_heap_empty(self);
            qb_native_fail_growth(0);
            pool = must(qb_memory_open(self, 40000, 64, 100, QB_MEMORY_GROWS));
        }
        uint32_t given = 0;
        for (uint32_t i = 0; i < 40; i++) {
            uint32_t result = qb_memory_alloc(self, pool, 20000 * (1 + i % 3), TYPE, 0, 1);
            given += result >= QB_ADDRESS_MIN;
            if (result >= QB_ADDRESS_MIN) continue;
            assert_status(result, QB_E_OUT_OF_MEMORY);
            assert_int_equal(live_count(pool), given);
            assert_int_equal(qb_memory_check(pool), 0);
            failures++;
            qb_native_fail_growth(0); /* now it can */
        }
        end_pool(self, pool);
    }
    assert_true(failures > 0);
}

/* ---- a model --------------------------------------------------------------------------------- */

static uint8_t *data_of(const live_t *live) {
    return bytes_at(must(qb_memory_data(work.pool, live->index)));
}
static qb_thread_t *someone(void) {
    return work.threads[rng_below(&work.rng, 2)];
}
static uint32_t random_size(void) {
    uint32_t kind = rng_below(&work.rng, 10);
    return kind == 0 ? 0 : 1 + rng_below(&work.rng, kind < 8 ? 300 : 6000);
}
static uint32_t room_of(uint32_t bytes) {
    uint32_t rounded = 16;
    while (rounded < bytes) rounded *= 2;
    return bytes == 0 ? 0 : rounded;
}

/* No two blocks overlap, and each is aligned to its size from the start of the data. */
static int overlaps(const uint8_t *at, uint32_t bytes, const live_t *except) {
    for (uint32_t i = 0; i < work.count; i++) {
        const live_t *other = &work.live[i];
        uint32_t room = other->room;
        if (other == except || room == 0 || bytes == 0) continue;
        const uint8_t *there = data_of(other);
        if (at < there + room && there < at + bytes) return 1;
    }
    return 0;
}

/* Whether some place for that many bytes has nothing in it, in a fixed pool. */
static int has_room_for(uint32_t bytes) {
    for (uint32_t at = 0; at + room_of(bytes) <= POOL_BYTES; at += room_of(bytes)) {
        if (!overlaps(bytes_at(work.base + at), room_of(bytes), NULL)) return 1;
    }
    return 0;
}

static void note(uint32_t index, uint32_t bytes, uint32_t room, uint32_t key, uint32_t owner) {
    uint32_t generation = generation_of(work.pool, index);
    live_t *live = &work.live[work.count];
    *live = (live_t){index, generation, bytes, room, ++work.next_tag, key, owner};
    assert_false(overlaps(data_of(live), room, live));
    work.count++;
    pattern_write(must(qb_memory_data(work.pool, index)), bytes, live->tag);
}

static void do_alloc(void) {
    qb_thread_t *self = someone();
    uint32_t bytes = random_size();
    uint32_t key = rng_below(&work.rng, 3) == 0 ? 1 + rng_below(&work.rng, 20) : 0;
    int is_taken = 0;
    for (uint32_t i = 0; i < work.count; i++) is_taken |= key != 0 && work.live[i].key == key;
    uint32_t zeroed = rng_below(&work.rng, 2);
    uint32_t result = qb_memory_alloc(self, work.pool, bytes, TYPE, key, zeroed);
    if (result < QB_ADDRESS_MIN) {
        if (result == QB_E_FULL) assert_int_equal(work.count, work.capacity);
        if (result == QB_E_EXISTS) assert_true(is_taken);
        if (result == QB_E_NO_ROOM) assert_false(has_room_for(bytes));
        int is_known = result == QB_E_FULL || result == QB_E_EXISTS ||
                       (result == QB_E_NO_ROOM && bytes != 0 && work.flags == 0);
        if (!is_known) fail_msg("alloc(%u): %s", bytes, result_name(result));
        return;
    }
    assert_false(is_taken);
    uint32_t index = result - QB_ADDRESS_MIN;
    if (zeroed) assert_true(all_bytes(must(qb_memory_data(work.pool, index)), bytes, 0));
    note(index, bytes, room_of(bytes), key, self->number);
}

static void do_free(live_t *live) {
    assert_true(pattern_holds(must(qb_memory_data(work.pool, live->index)), live->bytes,
                              live->bytes, live->tag));
    assert_status(qb_memory_free(someone(), work.pool, live->index, live->generation), QB_OK);
    assert_status(qb_memory_free(someone(), work.pool, live->index, live->generation),
                  QB_E_DOUBLE_FREE);
    *live = work.live[--work.count];
}

static void do_realloc(live_t *live) {
    qb_thread_t *self = someone();
    uint32_t bytes = random_size();
    uint32_t result = qb_memory_realloc(self, work.pool, live->index, live->generation, bytes);
    live_t old = *live;
    if (result < QB_ADDRESS_MIN) {
        assert_true(result == QB_E_FULL || (result == QB_E_NO_ROOM && work.flags == 0));
        assert_int_equal(generation_of(work.pool, old.index), old.generation);
        assert_true(pattern_holds(must(qb_memory_data(work.pool, old.index)), old.bytes, old.bytes,
                                  old.tag));
        return;
    }
    uint32_t index = result - QB_ADDRESS_MIN;
    uint32_t kept = bytes < old.bytes ? bytes : old.bytes;
    uint32_t data = must(qb_memory_data(work.pool, index));
    assert_true(pattern_holds(data, old.bytes, kept, old.tag));
    if (bytes > kept) assert_true(all_bytes(data + kept, bytes - kept, 0));
    int has_moved = index != old.index;
    *live = work.live[--work.count];
    note(index, bytes, has_moved ? room_of(bytes) : old.room, has_moved ? 0 : old.key,
         has_moved ? self->number : old.owner);
}

static void do_own(live_t *live) {
    qb_thread_t *self = someone();
    uint32_t owner = rng_below(&work.rng, 2) == 0 ? self->number : QB_OWNER_SHARED;
    assert_status(qb_memory_own(self, work.pool, live->index, live->generation, owner), QB_OK);
    live->owner = owner;
}

static void verify(void) {
    assert_int_equal(qb_memory_check(work.pool), 0);
    assert_int_equal(live_count(work.pool), work.count);
    for (uint32_t i = 0; i < work.count; i++) {
        const live_t *live = &work.live[i];
        uint32_t from = qb_memory_next(work.pool, live->index, TYPE, live->owner);
        assert_int_equal(from, QB_ADDRESS_MIN + live->index);
        if (live->key != 0) {
            assert_int_equal(qb_memory_find(work.pool, TYPE, live->key), from);
        }
        uint32_t data = must(qb_memory_data(work.pool, live->index));
        if (live->bytes != 0) assert_int_equal(qb_memory_at(work.pool, data), from);
    }
}

static void history(uint64_t seed) {
    memset(&work, 0, sizeof work);
    work.rng.state = seed;
    heap_open(200, 0, 0);
    for (uint32_t i = 0; i < 2; i++) work.threads[i] = attach();
    work.flags = rng_below(&work.rng, 2) == 0 ? 0 : QB_MEMORY_GROWS;
    work.capacity = work.flags == 0 ? 1 + rng_below(&work.rng, LIVE_MAX) : LIVE_MAX;
    uint32_t bytes = work.flags == 0 ? POOL_BYTES : 500;
    uint32_t entries = work.flags == 0 ? work.capacity : 4;
    work.pool = must(qb_memory_open(work.threads[0], bytes, 16, entries, work.flags));
    uint32_t none = must(qb_memory_alloc(work.threads[0], work.pool, 0, TYPE, 0, 0));
    work.base = must(qb_memory_data(work.pool, none - QB_ADDRESS_MIN));
    note(none - QB_ADDRESS_MIN, 0, 0, 0, work.threads[0]->number);
    for (uint32_t step = 0; step < STEPS; step++) {
        uint32_t dice = rng_below(&work.rng, 10);
        live_t *live = work.count > 0 ? &work.live[rng_below(&work.rng, work.count)] : NULL;
        if (dice < 5 || live == NULL) {
            if (work.count < LIVE_MAX) do_alloc();
        } else if (dice < 8) {
            do_free(live);
        } else if (dice == 8) {
            do_realloc(live);
        } else {
            do_own(live);
        }
        if (step % 50 == 0) verify();
    }
    verify();
    while (work.count > 0) do_free(&work.live[rng_below(&work.rng, work.count)]);
    must(qb_memory_alloc(work.threads[0], work.pool, bytes, TYPE, 0, 0));
    assert_status(qb_thread_detach(work.threads[1], QB_POLICY_FREE), QB_OK);
    end_pool(work.threads[0], work.pool);
}

static void random_histories_follow_a_model(void **unused) {
    (void)unused;
    const char *only = getenv("QB_SEED");
    uint64_t first = seed_from_environment("random_histories_follow_a_model");
    for (uint32_t i = 0; i < (only != NULL ? 1 : HISTORIES); i++) {
        history(first + i);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_maximum_of_ten_gives_ten),
        cmocka_unit_test(a_size_that_can_never_fit_is_told_from_one_that_does_not_now),
        cmocka_unit_test(nothing_is_resized_to_nothing_in_a_full_manifest),
        cmocka_unit_test(a_thousand_rounds_leave_one_block),
        cmocka_unit_test(a_large_block_does_not_break_a_large_manifest),
        cmocka_unit_test(growth_that_fails_changes_nothing),
        cmocka_unit_test(random_histories_follow_a_model),
    };
    return cmocka_run_group_tests_name("memory_limits", tests, NULL, NULL);
}
