/*
 * Contract of a debug heap (QB_HEAP_DEBUG): what it notices that a plain heap does not.
 */
#include "support.h"

static const uint32_t sizes[] = {0,   1,    7,    8,     15,    16,    17,
                                 100, 1000, 4096, 32768, 32769, 65536, 200000};
enum { SIZES = sizeof sizes / sizeof *sizes };

static void usable_bytes_are_what_was_asked_for(void **unused) {
    (void)unused;
    heap_open(40, 0, QB_HEAP_DEBUG);
    qb_thread_t *self = attach();
    for (uint32_t s = 1; s < SIZES; s++) {
        uint32_t block = must(qb_alloc(self, sizes[s]));
        assert_int_equal(qb_usable_bytes(block), sizes[s]);
        assert_true(all_bytes(block, sizes[s], bytes_at(block)[0])); /* a fill, not old content */
        assert_true(bytes_at(block)[0] != 0);
        assert_status(qb_free(self, block), QB_OK);
        block = must(qb_calloc(self, sizes[s], 1));
        assert_true(all_bytes(block, sizes[s], 0));
        assert_int_equal(qb_usable_bytes(block), sizes[s]);
        assert_status(qb_free(self, block), QB_OK);
        block = must(qb_alloc_aligned(self, sizes[s], 65536));
        assert_int_equal(block % 65536, 0);
        assert_int_equal(qb_usable_bytes(block), sizes[s]);
        assert_status(qb_free(self, block), QB_OK);
    }
    assert_heap_empty(self);
    heap_close();
}

static void one_byte_beyond_the_end_is_noticed(void **unused) {
    (void)unused;
    heap_open(40, 0, QB_HEAP_DEBUG);
    qb_thread_t *self = attach();
    for (uint32_t s = 0; s < SIZES; s++) {
        uint32_t block = must(qb_alloc(self, sizes[s]));
        pattern_write(block, sizes[s], s);
        uint8_t *behind = bytes_at(block) + sizes[s];
        for (uint32_t i = 0; i < 16; i++) {
            uint8_t saved = behind[i];
            behind[i] ^= 0x40;
            assert_status(qb_free(self, block), QB_E_OVERRUN);
            assert_status(qb_realloc(self, block, 10), QB_E_OVERRUN);
            assert_int_not_equal(qb_check(self), 0); /* the walk sees it as well */
            behind[i] = saved;
            assert_sound(self);
        }
        assert_true(pattern_holds(block, sizes[s], sizes[s], s)); /* the block stayed */
        assert_int_equal(qb_block_owner(block), qb_thread_number(self));
        assert_status(qb_free(self, block), QB_OK);
    }
    assert_heap_empty(self);
    heap_close();
}

static void a_freed_block_waits_in_quarantine(void **unused) {
    (void)unused;
    heap_open(40, 0, QB_HEAP_DEBUG);
    qb_thread_t *self = attach();
    uint32_t keeper = must(qb_alloc(self, 100));
    uint32_t block = must(qb_alloc(self, 100));
    pattern_write(block, 100, 1);
    assert_status(qb_free(self, block), QB_OK);
    assert_int_equal(stats_of(self).blocks_quarantine, 1);
    assert_true(
        all_bytes(block, 100, bytes_at(block)[0])); /* filled: a use after free meets no data */
    for (uint32_t i = 0; i < QB_QUARANTINE_COUNT; i++) {
        assert_status(qb_free(self, block), QB_E_DOUBLE_FREE);
        assert_status(qb_realloc(self, block, 1), QB_E_DOUBLE_FREE);
        assert_int_equal(qb_usable_bytes(block), 0);
        assert_int_equal(qb_block_owner(block), 0);
        uint32_t other = must(qb_alloc(self, 100));
        assert_int_not_equal(other, block);
        assert_sound(self);
        if (i + 1 < QB_QUARANTINE_COUNT) {
            assert_status(qb_free(self, other), QB_OK);
        } else {
            keeper = other;
        }
    }
    assert_int_equal(stats_of(self).blocks_quarantine, QB_QUARANTINE_COUNT);
    assert_status(qb_free(self, keeper), QB_OK);
    uint32_t seen = 0;
    for (uint32_t i = 0; i < 1100; i++) { /* in the end it is used again */
        seen += must(qb_alloc(self, 100)) == block;
    }
    assert_int_equal(seen, 1);
    assert_sound(self);
    heap_close();
}

static void blocks_in_quarantine_come_back_with_trim_and_detach(void **unused) {
    (void)unused;
    heap_open(40, 0, QB_HEAP_DEBUG);
    qb_thread_t *self = attach();
    qb_thread_t *other = attach();
    for (uint32_t i = 0; i < 100; i++) {
        uint32_t block = must(qb_alloc(self, i * 10));
        assert_status(qb_free(i & 1 ? self : other, block), QB_OK); /* remote frees, too */
    }
    assert_sound(self);
    assert_int_equal(stats_of(self).blocks_quarantine, 100);
    assert_status(qb_thread_detach(other, QB_POLICY_KEEP), QB_OK);
    assert_int_equal(stats_of(self).blocks_quarantine, 50);
    assert_heap_empty(self);
    heap_close();
}

static void realloc_moves_content_and_frees_the_old(void **unused) {
    (void)unused;
    heap_open(60, 0, QB_HEAP_DEBUG);
    qb_thread_t *self = attach();
    for (uint32_t from = 0; from < SIZES; from++) {
        for (uint32_t to = 0; to < SIZES; to++) {
            uint32_t block = must(qb_alloc(self, sizes[from]));
            pattern_write(block, sizes[from], from);
            uint32_t moved = must(qb_realloc(self, block, sizes[to]));
            uint32_t kept = sizes[from] < sizes[to] ? sizes[from] : sizes[to];
            assert_true(pattern_holds(moved, sizes[from], kept, from));
            assert_int_equal(qb_usable_bytes(moved), sizes[to]);
            assert_status(qb_free(self, moved), QB_OK);
        }
    }
    assert_heap_empty(self);
    heap_close();
}

static void absurd_sizes_are_errors(void **unused) {
    (void)unused;
    heap_open(10, 0, QB_HEAP_DEBUG);
    qb_thread_t *self = attach();
    uint32_t block = must(qb_alloc(self, 100));
    pattern_write(block, 100, 1);
    for (uint32_t back = 0; back < 40; back++) { /* the trailer must not make the sum wrap */
        uint32_t bytes = 0xffffffffu - back;
        assert_either(qb_alloc(self, bytes), QB_E_OUT_OF_MEMORY, QB_E_SIZE);
        assert_either(qb_calloc(self, 1, bytes), QB_E_OUT_OF_MEMORY, QB_E_SIZE);
        assert_either(qb_alloc_aligned(self, bytes, 65536), QB_E_OUT_OF_MEMORY, QB_E_SIZE);
        assert_either(qb_realloc(self, block, bytes), QB_E_OUT_OF_MEMORY, QB_E_SIZE);
    }
    assert_true(pattern_holds(block, 100, 100, 1));
    assert_status(qb_free(self, block), QB_OK);
    for (uint32_t i = 0; i < ABSURD_COUNT; i++) {
        assert_either(qb_free(self, absurd_numbers[i]), QB_E_ADDRESS, QB_E_ADDRESS);
        assert_int_equal(qb_usable_bytes(absurd_numbers[i]), 0);
    }
    assert_heap_empty(self);
    heap_close();
}

static void arenas_work_in_a_debug_heap(void **unused) {
    (void)unused;
    heap_open(20, 0, QB_HEAP_DEBUG);
    qb_thread_t *self = attach();
    uint32_t arena = must(qb_arena_open(self, 1000));
    for (uint32_t i = 0; i < 1000; i++) {
        uint32_t address = must(qb_arena_alloc(self, arena, 100, 16));
        memset(bytes_at(address), 0x11, 100);
    }
    assert_sound(self);
    uint32_t serial = QB_AT(qb_arena_t, arena)->serial;
    assert_status(qb_arena_close(self, arena, serial, 0), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

static void quarantine_gives_way_when_memory_is_short(void **unused) {
    (void)unused;
    heap_open(4, 0, QB_HEAP_DEBUG);
    qb_thread_t *self = attach();
    for (uint32_t round = 0; round < 20;
         round++) { /* freed blocks fill the heap; the next needs them */
        uint32_t blocks[8];
        for (uint32_t i = 0; i < 6; i++) {
            blocks[i] = qb_alloc(self, 30000);
            if (blocks[i] < QB_ADDRESS_MIN) {
                fail_msg("round %u, block %u: %s though %u blocks are only in quarantine", round, i,
                         result_name(blocks[i]), stats_of(self).blocks_quarantine);
            }
        }
        for (uint32_t i = 0; i < 6; i++) {
            assert_status(qb_free(self, blocks[i]), QB_OK);
        }
    }
    assert_heap_empty(self);
    heap_close();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usable_bytes_are_what_was_asked_for),
        cmocka_unit_test(one_byte_beyond_the_end_is_noticed),
        cmocka_unit_test(a_freed_block_waits_in_quarantine),
        cmocka_unit_test(blocks_in_quarantine_come_back_with_trim_and_detach),
        cmocka_unit_test(realloc_moves_content_and_frees_the_old),
        cmocka_unit_test(absurd_sizes_are_errors),
        cmocka_unit_test(arenas_work_in_a_debug_heap),
        cmocka_unit_test(quarantine_gives_way_when_memory_is_short),
    };
    return cmocka_run_group_tests_name("debug", tests, NULL, NULL);
}
