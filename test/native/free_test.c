/*
 * Contract of qb_free, qb_usable_bytes, qb_block_owner and qb_block_own: the right address works once,
 * every other address is an error that changes nothing.
 */
#include "support.h"

static void every_interior_address_is_refused(void **unused) {
    (void)unused;
    heap_open(40, 0, 0);
    qb_thread_t *self = attach();
    static const uint32_t sizes[] = {16,  32,  48,  80,  112,  128,   160,
                                     192, 224, 320, 448, 1792, 28672, 32768};
    for (uint32_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        uint32_t neighbours[3];
        for (int i = 0; i < 3; i++) {
            neighbours[i] = must(qb_alloc(self, sizes[s]));
        }
        uint32_t block = neighbours[1];
        uint32_t usable = qb_usable_bytes(block);
        for (uint32_t offset = 1; offset < usable; offset++) {
            if (qb_usable_bytes(block + offset) != 0 || qb_block_owner(block + offset) != 0 ||
                qb_free(self, block + offset) != QB_E_ADDRESS ||
                qb_block_own(self, block + offset, QB_OWNER_SHARED) != QB_E_ADDRESS) {
                fail_msg("block of %u bytes: offset %u is taken for a block", usable, offset);
            }
        }
        for (int i = 0; i < 3; i++) {
            assert_status(qb_free(self, neighbours[i]), QB_OK);
        }
    }
    assert_heap_empty(self);
    heap_close();
}

static void no_address_of_the_whole_memory_but_the_live_ones_can_be_freed(void **unused) {
    (void)unused;
    heap_open(12, 4, 0);
    qb_thread_t *self = attach();
    uint32_t live[] = {must(qb_alloc(self, 24)), must(qb_alloc(self, 5000)),
                       must(qb_alloc(self, 100000)), must(qb_alloc(self, 32768))};
    uint32_t arena = must(qb_arena_open(self, 100000));
    must(qb_arena_alloc(self, arena, 90000, 16));
    qb_stats_t before = stats_of(self);
    uint32_t end = (before.page_max + 2) * QB_PAGE_BYTES;
    uint32_t found = 0;
    for (uint32_t address = 0; address < end; address += 8) {
        if (address == live[0] || address == live[1] || address == live[2] || address == live[3]) {
            found++;
            assert_true(qb_usable_bytes(address) != 0);
            continue;
        }
        uint32_t status = qb_free(self, address);
        if (status != QB_E_ADDRESS && status != QB_E_DOUBLE_FREE) {
            fail_msg("free(0x%x) = %s", address, result_name(status));
        }
        if ((address != arena && qb_block_own(self, address, QB_OWNER_SHARED) == QB_OK) ||
            qb_realloc(self, address | 1, 10) != QB_E_ADDRESS) {
            fail_msg("0x%x is taken for a block", address);
        }
    }
    assert_int_equal(found, 4);
    qb_stats_t after = stats_of(self);
    assert_memory_equal(&before, &after, sizeof before);
    assert_sound(self);
    for (int i = 0; i < 4; i++) {
        assert_status(qb_free(self, live[i]), QB_OK);
    }
    assert_status(qb_arena_close(self, arena, QB_AT(qb_arena_t, arena)->serial, 0), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

static void absurd_addresses_are_refused(void **unused) {
    (void)unused;
    heap_open(4, 0, 0);
    qb_thread_t *self = attach();
    for (uint32_t i = 0; i < ABSURD_COUNT; i++) {
        uint32_t address = absurd_numbers[i];
        assert_status(qb_free(self, address), QB_E_ADDRESS);
        assert_status(qb_block_own(self, address, QB_OWNER_SHARED), QB_E_ADDRESS);
        assert_int_equal(qb_usable_bytes(address), 0);
        assert_int_equal(qb_block_owner(address), 0);
        if (address != 0) {
            assert_status(qb_realloc(self, address, 16), QB_E_ADDRESS);
        }
    }
    assert_heap_empty(self);
    heap_close();
}

static void a_second_free_is_noticed(void **unused) {
    (void)unused;
    heap_open(16, 0, 0);
    qb_thread_t *self = attach();
    qb_thread_t *other = attach();
    static const uint32_t sizes[] = {16, 100, 4096, 20000};
    for (uint32_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        uint32_t keeper =
            must(qb_alloc(self, sizes[s])); /* so that the page stays a page of blocks */
        uint32_t block = must(qb_alloc(self, sizes[s]));
        assert_status(qb_free(s & 1 ? self : other, block), QB_OK);
        assert_status(qb_free(self, block), QB_E_DOUBLE_FREE);
        assert_status(qb_free(other, block), QB_E_DOUBLE_FREE);
        assert_sound(self);
        assert_status(qb_free(self, keeper), QB_OK);
    }
    uint32_t span = must(qb_alloc(self, 200000));
    assert_status(qb_free(other, span), QB_OK);
    assert_either(qb_free(self, span), QB_E_DOUBLE_FREE, QB_E_ADDRESS);
    assert_either(qb_free(other, span), QB_E_DOUBLE_FREE, QB_E_ADDRESS);
    qb_trim(other);
    assert_heap_empty(self);
    heap_close();
}

/* ---- reuse ----------------------------------------------------------------------------------- */

static uint32_t fill_up(qb_thread_t *self, uint32_t bytes, uint32_t *addresses, uint32_t limit) {
    uint32_t count = 0;
    for (;;) {
        uint32_t address = qb_alloc(self, bytes);
        if (address < QB_ADDRESS_MIN) {
            assert_status(address, QB_E_OUT_OF_MEMORY);
            return count;
        }
        assert_true(count < limit);
        addresses[count++] = address;
    }
}

static void all_memory_can_be_used_again_in_every_class(void **unused) {
    (void)unused;
    heap_open(5, 0, 0);
    qb_thread_t *self = attach();
    qb_thread_t *other = attach();
    enum { LIMIT = 6 * 4096 };
    static uint32_t addresses[LIMIT];
    uint32_t capacity = 5 * QB_PAGE_BYTES;
    for (uint32_t bytes = 16; bytes <= 200000; bytes += bytes < 256 ? 16 : bytes / 4) {
        uint32_t first_count = 0;
        for (int round = 0; round < 3; round++) {
            uint32_t count = fill_up(self, bytes, addresses, LIMIT);
            if (round == 0) {
                first_count = count;
                assert_true(count * (uint64_t)bytes <= capacity);
                assert_true(count > 0);
            }
            assert_int_equal(count, first_count);
            assert_sound(self);
            for (uint32_t i = 0; i < count;
                 i++) { /* round 1: all of them freed by another thread */
                uint32_t j = (uint32_t)((uint64_t)i * 7919u % count);
                if (count % 7919u == 0) {
                    j = i;
                }
                assert_status(qb_free(round == 1 ? other : self, addresses[j]), QB_OK);
            }
        }
        qb_trim(self);
        qb_trim(other);
    }
    assert_heap_empty(self);
    heap_close();
}

static void half_of_a_full_heap_freed_remotely_is_found_by_its_owner(void **unused) {
    (void)unused;
    heap_open(5, 0, 0);
    qb_thread_t *self = attach();
    qb_thread_t *other = attach();
    static uint32_t addresses[8192];
    uint32_t count = fill_up(self, 64, addresses, 8192);
    for (uint32_t i = 0; i < count; i += 2) {
        assert_status(qb_free(other, addresses[i]), QB_OK);
    }
    assert_sound(self);
    for (uint32_t i = 0; i < count; i += 2) {
        addresses[i] = must(qb_alloc(self, 64));
    }
    assert_status(qb_alloc(self, 64), QB_E_OUT_OF_MEMORY);
    for (uint32_t i = 0; i < count; i++) {
        assert_status(qb_free(self, addresses[i]), QB_OK);
    }
    assert_heap_empty(self);
    heap_close();
}

/* ---- owners ---------------------------------------------------------------------------------- */

static void a_block_can_be_given_to_a_live_thread_or_to_all(void **unused) {
    (void)unused;
    heap_open(16, 0, 0);
    qb_thread_t *self = attach();
    qb_thread_t *other = attach();
    static const uint32_t sizes[] = {10, 3000, 32768, 65536, 300000};
    for (uint32_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        uint32_t block = must(qb_alloc(self, sizes[s]));
        pattern_write(block, sizes[s], s);
        static const uint32_t bad[] = {0,
                                       3,
                                       4,
                                       QB_THREADS_MAX,
                                       QB_THREADS_MAX + 1,
                                       200,
                                       253,
                                       254,
                                       256,
                                       0x101,
                                       0x1ff,
                                       0x10000,
                                       0x7fffffffu,
                                       0x80000001u,
                                       0xffffff01u,
                                       0xffffffffu};
        for (uint32_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            assert_status(qb_block_own(self, block, bad[i]), QB_E_OWNER);
        }
        assert_int_equal(qb_block_owner(block), qb_thread_number(self));
        assert_status(qb_block_own(self, block, QB_OWNER_SHARED), QB_OK);
        assert_int_equal(qb_block_owner(block), QB_OWNER_SHARED);
        assert_status(qb_block_own(other, block, qb_thread_number(other)), QB_OK);
        assert_int_equal(qb_block_owner(block), qb_thread_number(other));
        assert_status(qb_block_own(self, block, qb_thread_number(self)), QB_OK);
        assert_status(qb_block_own(self, block, qb_thread_number(other)), QB_OK);
        assert_true(pattern_holds(block, sizes[s], sizes[s], s));
        assert_sound(self);
        assert_status(qb_free(self, block), QB_OK);
        assert_either(qb_block_own(self, block, QB_OWNER_SHARED), QB_E_ADDRESS, QB_E_DOUBLE_FREE);
    }
    qb_trim(other);
    assert_heap_empty(self);
    heap_close();
}

static void stats_count_shared_blocks_and_bytes(void **unused) {
    (void)unused;
    heap_open(32, 0, 0);
    qb_thread_t *self = attach();
    qb_stats_t empty = stats_of(self);
    assert_int_equal(empty.blocks_live, 0);
    assert_int_equal(empty.bytes_live, 0);
    assert_int_equal(empty.threads_live, 1);
    uint32_t a = must(qb_alloc(self, 64));
    uint32_t b = must(qb_alloc(self, 4096));
    uint32_t c = must(qb_alloc(self, 3 * QB_PAGE_BYTES));
    qb_stats_t full = stats_of(self);
    assert_int_equal(full.blocks_live, 2);
    assert_int_equal(full.spans_live, 1);
    assert_int_equal(full.pages_span, 3);
    assert_int_equal(full.bytes_live, qb_usable_bytes(a) + qb_usable_bytes(b) + qb_usable_bytes(c));
    assert_int_equal(full.blocks_shared, 0);
    assert_status(qb_block_own(self, a, QB_OWNER_SHARED), QB_OK);
    assert_int_equal(stats_of(self).blocks_shared, 1);
    assert_true(stats_conserve(&full));
    assert_status(qb_free(self, a), QB_OK);
    assert_status(qb_free(self, b), QB_OK);
    assert_status(qb_free(self, c), QB_OK);
    assert_int_equal(stats_of(self).bytes_live, 0);
    assert_heap_empty(self);
    heap_close();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_interior_address_is_refused),
        cmocka_unit_test(no_address_of_the_whole_memory_but_the_live_ones_can_be_freed),
        cmocka_unit_test(absurd_addresses_are_refused),
        cmocka_unit_test(a_second_free_is_noticed),
        cmocka_unit_test(all_memory_can_be_used_again_in_every_class),
        cmocka_unit_test(half_of_a_full_heap_freed_remotely_is_found_by_its_owner),
        cmocka_unit_test(a_block_can_be_given_to_a_live_thread_or_to_all),
        cmocka_unit_test(stats_count_shared_blocks_and_bytes),
    };
    return cmocka_run_group_tests_name("free", tests, NULL, NULL);
}
