/*
 * Contract of blocks and spans: sizes, alignments, zeroing, resizing, freeing, owners, and what every
 * function answers to arguments that make no sense.
 */
#include "support.h"

/* ---- sizes ----------------------------------------------------------------------------------- */

static void every_size_is_usable_aligned_and_not_wasteful(void **unused) {
    (void)unused;
    heap_open(64, 0, 0);
    qb_thread_t *self = attach();
    for (uint32_t bytes = 1; bytes <= 70000; bytes++) {
        uint32_t address = must(qb_alloc(self, bytes));
        uint32_t usable = qb_usable_bytes(address);
        uint32_t align = bytes > QB_BLOCK_BYTES_MAX ? QB_PAGE_BYTES : 16;
        if (address % align != 0 || usable < bytes ||
            (bytes <= QB_BLOCK_BYTES_MAX && usable > bytes + bytes / 4 + 16) ||
            (bytes > QB_BLOCK_BYTES_MAX && usable - bytes >= QB_PAGE_BYTES)) {
            fail_msg("%u bytes at 0x%x, usable %u", bytes, address, usable);
        }
        assert_int_equal(qb_block_owner(address), qb_thread_number(self));
        bytes_at(address)[0] = 1;
        bytes_at(address)[usable - 1] = 1;
        assert_status(qb_free(self, address), QB_OK);
        assert_int_equal(qb_usable_bytes(address), 0);
        assert_int_equal(qb_block_owner(address), 0);
    }
    assert_heap_empty(self);
    heap_close();
}

static void blocks_of_all_sizes_live_side_by_side(void **unused) {
    (void)unused;
    heap_open(2000, 0, 0);
    qb_thread_t *self = attach();
    enum { STEP = 29, COUNT = 70000 / STEP };
    static uint32_t addresses[COUNT];
    for (uint32_t i = 0; i < COUNT; i++) {
        addresses[i] = must(qb_alloc(self, i * STEP));
        pattern_write(addresses[i], i * STEP, i);
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_true(pattern_holds(addresses[i], i * STEP, i * STEP, i));
    }
    assert_sound(self);
    qb_stats_t stats = stats_of(self);
    assert_int_equal(stats.blocks_live + stats.spans_live, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t j = (i * 7919u) % COUNT;
        assert_status(qb_free(self, addresses[j]), QB_OK);
    }
    assert_heap_empty(self);
    heap_close();
}

static void zero_bytes_count_as_one(void **unused) {
    (void)unused;
    heap_open(8, 0, 0);
    qb_thread_t *self = attach();
    uint32_t a = must(qb_alloc(self, 0));
    uint32_t b = must(qb_alloc_aligned(self, 0, 1));
    uint32_t c = must(qb_calloc(self, 0, 100));
    uint32_t d = must(qb_calloc(self, 100, 0));
    uint32_t e = must(qb_realloc(self, 0, 0));
    uint32_t all[] = {a, b, c, d, e};
    for (int i = 0; i < 5; i++) {
        assert_true(qb_usable_bytes(all[i]) >= 1);
        for (int j = 0; j < i; j++) {
            assert_int_not_equal(all[i], all[j]);
        }
    }
    e = must(qb_realloc(self, e, 0)); /* a block of 0 bytes is a block still */
    all[4] = e;
    for (int i = 0; i < 5; i++) {
        assert_status(qb_free(self, all[i]), QB_OK);
    }
    assert_heap_empty(self);
    heap_close();
}

static void absurd_sizes_are_errors_that_change_nothing(void **unused) {
    (void)unused;
    heap_open(8, 8, 0);
    qb_thread_t *self = attach();
    uint32_t block = must(qb_alloc(self, 100));
    pattern_write(block, 100, 1);
    qb_stats_t before = stats_of(self);
    static const uint32_t sizes[] = {17u << 16,   0x7fffffffu, 0x80000000u, 0xfffe0000u,
                                     0xffff0000u, 0xffff0001u, 0xfffffff0u, 0xffffffffu};
    for (uint32_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_either(qb_alloc(self, sizes[i]), QB_E_SIZE, QB_E_OUT_OF_MEMORY);
        assert_either(qb_alloc_aligned(self, sizes[i], 65536), QB_E_SIZE, QB_E_OUT_OF_MEMORY);
        assert_either(qb_calloc(self, 1, sizes[i]), QB_E_SIZE, QB_E_OUT_OF_MEMORY);
        assert_either(qb_calloc(self, sizes[i], 1), QB_E_SIZE, QB_E_OUT_OF_MEMORY);
        assert_either(qb_realloc(self, block, sizes[i]), QB_E_SIZE, QB_E_OUT_OF_MEMORY);
        assert_either(qb_realloc(self, 0, sizes[i]), QB_E_SIZE, QB_E_OUT_OF_MEMORY);
    }
    assert_status(qb_calloc(self, 65536, 65536), QB_E_SIZE);
    assert_status(qb_calloc(self, 0xffffffffu, 0xffffffffu), QB_E_SIZE);
    assert_status(qb_calloc(self, 0x80000000u, 2), QB_E_SIZE);
    assert_status(qb_calloc(self, 3, 0x55555556u), QB_E_SIZE);
    assert_true(pattern_holds(block, 100, 100, 1));
    qb_stats_t after = stats_of(self);
    assert_int_equal(after.blocks_live, before.blocks_live);
    assert_int_equal(after.bytes_live, before.bytes_live);
    assert_sound(self);
    assert_status(qb_free(self, block), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

/* ---- alignment ------------------------------------------------------------------------------- */

static void every_alignment_up_to_64_kib(void **unused) {
    (void)unused;
    heap_open(300, 0, 0);
    qb_thread_t *self = attach();
    static const uint32_t sizes[] = {0,     1,     15,    16,    17,    48,    100,
                                     128,   129,   1000,  4095,  4096,  4097,  16384,
                                     20000, 32768, 32769, 65536, 65537, 200000};
    enum { SIZES = sizeof sizes / sizeof *sizes, ALIGNS = 17 };
    uint32_t addresses[SIZES][ALIGNS];
    for (uint32_t s = 0; s < SIZES; s++) {
        for (uint32_t a = 0; a < ALIGNS; a++) {
            uint32_t address = must(qb_alloc_aligned(self, sizes[s], 1u << a));
            assert_int_equal(address % (1u << a), 0);
            assert_int_equal(address % 16, 0);
            assert_true(qb_usable_bytes(address) >= sizes[s]);
            pattern_write(address, sizes[s], s * 100 + a);
            addresses[s][a] = address;
        }
    }
    assert_sound(self);
    for (uint32_t s = 0; s < SIZES; s++) {
        for (uint32_t a = 0; a < ALIGNS; a++) {
            assert_true(pattern_holds(addresses[s][a], sizes[s], sizes[s], s * 100 + a));
            assert_status(qb_free(self, addresses[s][a]), QB_OK);
        }
    }
    assert_heap_empty(self);
    heap_close();
}

static void other_alignments_are_errors(void **unused) {
    (void)unused;
    heap_open(8, 0, 0);
    qb_thread_t *self = attach();
    static const uint32_t aligns[] = {
        0, 3, 6, 17, 65535, 65537, 131072, 0x7fffffffu, 0x80000000u, 0xffff0000u, 0xffffffffu};
    for (uint32_t i = 0; i < sizeof aligns / sizeof *aligns; i++) {
        assert_status(qb_alloc_aligned(self, 16, aligns[i]), QB_E_ALIGN);
    }
    assert_heap_empty(self);
    heap_close();
}

/* ---- zeroing --------------------------------------------------------------------------------- */

static void calloc_gives_zeros_also_in_used_memory(void **unused) {
    (void)unused;
    heap_open(24, 0, 0);
    qb_thread_t *self = attach();
    static const uint32_t sizes[] = {1, 16, 40, 128, 500, 4096, 10000, 32768, 32769, 65536, 300000};
    for (uint32_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        uint32_t dirty[8];
        for (int round = 0; round < 3; round++) {
            int count = sizes[s] > 70000 ? 2 : 8;
            for (int i = 0; i < count; i++) {
                dirty[i] = must(qb_calloc(self, 1, sizes[s]));
                assert_true(all_bytes(dirty[i], sizes[s], 0));
                memset(bytes_at(dirty[i]), 0xdb, qb_usable_bytes(dirty[i]));
            }
            for (int i = round == 1 ? 1 : 0; i < count; i++) {
                assert_status(qb_free(self, dirty[i]), QB_OK);
            }
            if (round == 1) { /* one neighbour stays: the page is not given back */
                uint32_t again = must(qb_calloc(self, sizes[s], 1));
                assert_true(all_bytes(again, sizes[s], 0));
                assert_status(qb_free(self, again), QB_OK);
                assert_status(qb_free(self, dirty[0]), QB_OK);
            }
        }
    }
    assert_heap_empty(self);
    heap_close();
}

static void calloc_gives_zeros_where_another_class_was(void **unused) {
    (void)unused;
    heap_open(6, 0, 0);
    qb_thread_t *self = attach();
    for (uint32_t bytes = 16; bytes <= 131072; bytes = (bytes * 3 / 2 + 15) & ~15u) {
        uint32_t addresses[600];
        uint32_t count = 0;
        while (count < 600) {
            uint32_t address = qb_calloc(self, 1, bytes);
            if (address < QB_ADDRESS_MIN) {
                assert_status(address, QB_E_OUT_OF_MEMORY);
                break;
            }
            assert_true(all_bytes(address, bytes, 0));
            memset(bytes_at(address), 0xee, qb_usable_bytes(address));
            addresses[count++] = address;
        }
        while (count > 0) {
            assert_status(qb_free(self, addresses[--count]), QB_OK);
        }
        qb_trim(self);
    }
    assert_heap_empty(self);
    heap_close();
}

/* ---- realloc --------------------------------------------------------------------------------- */

static void realloc_keeps_the_smaller_of_both_contents(void **unused) {
    (void)unused;
    heap_open(200, 0, 0);
    qb_thread_t *self = attach();
    static const uint32_t sizes[] = {1,     16,    17,    100,   1000,  5000,
                                     32768, 32769, 65536, 65537, 500000};
    enum { SIZES = sizeof sizes / sizeof *sizes };
    for (uint32_t from = 0; from < SIZES; from++) {
        for (uint32_t to = 0; to < SIZES; to++) {
            uint32_t wall_before = must(qb_alloc(self, sizes[from]));
            uint32_t address = must(qb_alloc(self, sizes[from]));
            pattern_write(wall_before, sizes[from], 77);
            pattern_write(address, sizes[from], from * 16 + to);
            uint32_t moved = must(qb_realloc(self, address, sizes[to]));
            uint32_t kept = sizes[from] < sizes[to] ? sizes[from] : sizes[to];
            assert_true(qb_usable_bytes(moved) >= sizes[to]);
            assert_true(pattern_holds(moved, sizes[from], kept, from * 16 + to));
            if (moved != address) {
                assert_int_equal(qb_usable_bytes(address), 0);
            }
            assert_true(pattern_holds(wall_before, sizes[from], sizes[from], 77));
            assert_status(qb_free(self, moved), QB_OK);
            assert_status(qb_free(self, wall_before), QB_OK);
        }
    }
    assert_heap_empty(self);
    heap_close();
}

static void realloc_stays_in_place_where_it_can(void **unused) {
    (void)unused;
    heap_open(16, 0, 0);
    qb_thread_t *self = attach();
    uint32_t block = must(qb_alloc(self, 100));
    assert_int_equal(qb_realloc(self, block, qb_usable_bytes(block)), block);
    assert_int_equal(qb_realloc(self, block, 100), block);
    assert_status(qb_free(self, block), QB_OK);
    qb_trim(self);

    uint32_t span = must(qb_alloc(self, 2 * QB_PAGE_BYTES));
    pattern_write(span, 2 * QB_PAGE_BYTES, 5);
    assert_int_equal(qb_realloc(self, span, 2 * QB_PAGE_BYTES - 70), span);
    assert_int_equal(qb_realloc(self, span, 9 * QB_PAGE_BYTES),
                     span); /* the pages behind are free */
    assert_true(qb_usable_bytes(span) >= 9 * QB_PAGE_BYTES);
    assert_true(pattern_holds(span, 2 * QB_PAGE_BYTES, 2 * QB_PAGE_BYTES, 5));
    qb_stats_t large = stats_of(self);
    assert_int_equal(large.pages_span, 9);
    assert_int_equal(qb_realloc(self, span, 3 * QB_PAGE_BYTES), span);
    qb_stats_t small = stats_of(self);
    assert_int_equal(small.pages_span, 3); /* the rest came back */
    assert_sound(self);
    assert_true(pattern_holds(span, 2 * QB_PAGE_BYTES, 2 * QB_PAGE_BYTES, 5));
    assert_status(qb_free(self, span), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

static void a_failed_realloc_leaves_the_block(void **unused) {
    (void)unused;
    heap_open(4, 0, 0);
    qb_thread_t *self = attach();
    static const uint32_t sizes[] = {20, 3000, 32768, 65536, 100000};
    for (uint32_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        uint32_t address = must(qb_alloc(self, sizes[s]));
        pattern_write(address, sizes[s], s);
        uint32_t usable = qb_usable_bytes(address);
        assert_status(qb_realloc(self, address, 5 * QB_PAGE_BYTES), QB_E_OUT_OF_MEMORY);
        assert_either(qb_realloc(self, address, 0xffffffffu), QB_E_SIZE, QB_E_OUT_OF_MEMORY);
        assert_true(pattern_holds(address, sizes[s], sizes[s], s));
        assert_int_equal(qb_usable_bytes(address), usable);
        assert_sound(self);
        assert_status(qb_free(self, address), QB_OK);
        assert_heap_empty(self);
    }
    heap_close();
}

static void realloc_of_what_is_no_block_is_an_error(void **unused) {
    (void)unused;
    heap_open(16, 0, 0);
    qb_thread_t *self = attach();
    uint32_t block = must(qb_alloc(self, 64));
    uint32_t freed = must(qb_alloc(self, 64));
    uint32_t span = must(qb_alloc(self, 3 * QB_PAGE_BYTES));
    assert_status(qb_free(self, freed), QB_OK);
    qb_stats_t before = stats_of(self);
    assert_either(qb_realloc(self, freed, 10), QB_E_DOUBLE_FREE, QB_E_ADDRESS);
    assert_either(qb_realloc(self, freed, 1000), QB_E_DOUBLE_FREE, QB_E_ADDRESS);
    assert_status(qb_realloc(self, block + 16, 10), QB_E_ADDRESS);
    assert_status(qb_realloc(self, block + 1, 10), QB_E_ADDRESS);
    assert_status(qb_realloc(self, span + 16, 10), QB_E_ADDRESS);
    assert_status(qb_realloc(self, span + QB_PAGE_BYTES, 10), QB_E_ADDRESS);
    assert_status(qb_realloc(self, QB_HEADER_ADDRESS, 10), QB_E_ADDRESS);
    assert_status(qb_realloc(self, 0xffff0000u, 10), QB_E_ADDRESS);
    assert_status(qb_realloc(self, 0xffffffffu, 0xffffffffu), QB_E_ADDRESS);
    qb_stats_t after = stats_of(self);
    assert_memory_equal(&before, &after, sizeof before);
    assert_status(qb_free(self, block), QB_OK);
    assert_status(qb_free(self, span), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_is_usable_aligned_and_not_wasteful),
        cmocka_unit_test(blocks_of_all_sizes_live_side_by_side),
        cmocka_unit_test(zero_bytes_count_as_one),
        cmocka_unit_test(absurd_sizes_are_errors_that_change_nothing),
        cmocka_unit_test(every_alignment_up_to_64_kib),
        cmocka_unit_test(other_alignments_are_errors),
        cmocka_unit_test(calloc_gives_zeros_also_in_used_memory),
        cmocka_unit_test(calloc_gives_zeros_where_another_class_was),
        cmocka_unit_test(realloc_keeps_the_smaller_of_both_contents),
        cmocka_unit_test(realloc_stays_in_place_where_it_can),
        cmocka_unit_test(a_failed_realloc_leaves_the_block),
        cmocka_unit_test(realloc_of_what_is_no_block_is_an_error),
    };
    return cmocka_run_group_tests_name("block", tests, NULL, NULL);
}
