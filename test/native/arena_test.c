/*
 * Contract of arenas: bump allocation at every alignment, slabs that grow, release in one step, pins
 * that keep a closed arena, serials that tell an old handle.
 */
#include "support.h"

#include <unistd.h>

static uint32_t serial_of(uint32_t arena) {
    return qb_region_record_of(arena)->serial;
}

static void objects_are_aligned_disjoint_and_released_together(void **unused) {
    (void)unused;
    rng_t rng = {42};
    heap_open(200, 0, 0);
    qb_thread_t *self = attach();
    static const uint32_t slabs[] = {1, 100, 4096, 65536, 65537, 1000000};
    for (uint32_t s = 0; s < sizeof slabs / sizeof *slabs; s++) {
        uint32_t arena = must(qb_arena_open(self, slabs[s]));
        static uint32_t addresses[3000], sizes[3000];
        uint32_t count = 0;
        uint32_t total = 0;
        while (count < 3000 && total < 4000000) {
            uint32_t align = 1u << rng_below(&rng, rng_below(&rng, 50) == 0 ? 17 : 8);
            uint32_t bytes =
                rng_below(&rng, 100) == 0 ? rng_below(&rng, 200000) : rng_below(&rng, 300);
            uint32_t address = must(qb_arena_alloc(self, arena, bytes, align));
            assert_int_equal(address % align, 0);
            pattern_write(address, bytes, count);
            addresses[count] = address;
            sizes[count] = bytes;
            total += bytes + (align > 4096 ? align : 0);
            count++;
        }
        assert_sound(self);
        qb_stats_t stats = stats_of(self);
        assert_int_equal(stats.arenas_live, 1);
        assert_true(stats.bytes_arena == stats.bytes_live && stats.bytes_live >= total / 2);
        for (uint32_t i = 0; i < count; i++) {
            assert_true(pattern_holds(addresses[i], sizes[i], sizes[i], i));
            assert_status(qb_free(self, addresses[i]), QB_E_ADDRESS);
            assert_int_equal(qb_usable_bytes(addresses[i]), 0);
            if (addresses[i] % 16 == 0) {
                assert_status(qb_realloc(self, addresses[i], 10), QB_E_ADDRESS);
                assert_status(qb_block_own(self, addresses[i], QB_OWNER_SHARED), QB_E_ADDRESS);
            }
        }
        assert_status(qb_arena_close(self, arena, serial_of(arena), 0), QB_OK);
        assert_heap_empty(self);
    }
    heap_close();
}

static void zero_bytes_count_as_one(void **unused) {
    (void)unused;
    heap_open(20, 0, 0);
    qb_thread_t *self = attach();
    uint32_t arena = must(qb_arena_open(self, 1));
    uint32_t last = 0;
    for (uint32_t i = 0; i < 10000; i++) {
        uint32_t address = must(qb_arena_alloc(self, arena, 0, 1));
        assert_int_not_equal(address, last);
        last = address;
    }
    assert_status(qb_arena_close(self, arena, serial_of(arena), 0), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

static void small_arenas_need_no_slab_and_large_ones_few(void **unused) {
    (void)unused;
    heap_open(2000, 0, 0);
    qb_thread_t *self = attach();
    uint32_t arena = must(qb_arena_open(self, 1));
    uint32_t bytes = 0;
    while (bytes < 3900) {
        must(qb_arena_alloc(self, arena, 100, 4));
        bytes += 100;
    }
    assert_int_equal(stats_of(self).pages_span, 0); /* the first 4 KiB come with the arena */
    uint32_t heads = 0;
    for (uint32_t i = 0; i < 100000; i++) {
        must(qb_arena_alloc(self, arena, 1000, 8));
    }
    qb_stats_t stats = stats_of(self);
    for (uint32_t page = stats.pages_meta; page < stats.page_count; page++) {
        heads += qb_word_kind(*qb_state_of(page)) == QB_PAGE_SPAN;
    }
    assert_true(heads < 150); /* 100 MB: slabs grow */
    assert_true(stats.pages_span * (uint64_t)QB_PAGE_BYTES < 130000000);
    assert_status(qb_arena_close(self, arena, serial_of(arena), 0), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

static void absurd_sizes_and_alignments_are_errors(void **unused) {
    (void)unused;
    heap_open(20, 0, 0);
    qb_thread_t *self = attach();
    assert_status(qb_arena_open(self, 0x80000001u), QB_E_SIZE);
    assert_status(qb_arena_open(self, 0xffffffffu), QB_E_SIZE);
    uint32_t large =
        must(qb_arena_open(self, 0x80000000u)); /* legal; its slabs shrink to what fits */
    must(qb_arena_alloc(self, large, 16, 16));
    must(qb_arena_alloc(self, large, 100000, 16));
    assert_status(qb_arena_close(self, large, serial_of(large), 0), QB_OK);
    assert_heap_empty(self);
    uint32_t arena = must(qb_arena_open(self, 4096));
    uint32_t kept = must(qb_arena_alloc(self, arena, 1000, 8));
    pattern_write(kept, 1000, 1);
    for (uint32_t i = 0; i < ABSURD_COUNT; i++) {
        uint32_t n = absurd_numbers[i];
        if (n >= 0x7fffffffu) {
            assert_either(qb_arena_alloc(self, arena, n, 16), QB_E_OUT_OF_MEMORY, QB_E_SIZE);
            assert_either(qb_arena_alloc(self, arena, n, 65536), QB_E_OUT_OF_MEMORY, QB_E_SIZE);
        }
        if (n == 0 || (n & (n - 1)) != 0 || n > QB_ALIGN_MAX) {
            assert_status(qb_arena_alloc(self, arena, 16, n), QB_E_ALIGN);
        }
    }
    assert_true(pattern_holds(kept, 1000, 1000, 1));
    must(qb_arena_alloc(self, arena, 16, 16)); /* it works on */
    assert_sound(self);
    assert_status(qb_arena_close(self, arena, serial_of(arena), 0), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

static void what_is_no_arena_is_refused(void **unused) {
    (void)unused;
    heap_open(20, 0, 0);
    qb_thread_t *self = attach();
    uint32_t block = must(qb_alloc(self, 4096));
    uint32_t span = must(qb_alloc(self, 100000));
    uint32_t arena = must(qb_arena_open(self, 4096));
    uint32_t inside = must(qb_arena_alloc(self, arena, 16, 16));
    uint32_t serial = serial_of(arena);
    uint32_t others[] = {
        block,     span,       span + QB_PAGE_BYTES, inside,
        arena + 1, arena + 16, arena + 4096,         arena - arena % QB_PAGE_BYTES + 15 * 4096};
    for (uint32_t i = 0; i < sizeof others / sizeof *others + ABSURD_COUNT; i++) {
        uint32_t address = i < ABSURD_COUNT ? absurd_numbers[i] : others[i - ABSURD_COUNT];
        assert_status(qb_arena_alloc(self, address, 16, 16), QB_E_REGION);
        assert_status(qb_arena_close(self, address, serial, 0), QB_E_REGION);
        assert_status(qb_arena_pin(self, address, serial), QB_E_REGION);
        assert_status(qb_arena_unpin(self, address, serial), QB_E_REGION);
    }
    for (uint32_t i = 0; i < ABSURD_COUNT; i++) {
        if (absurd_numbers[i] != serial) {
            assert_status(qb_arena_close(self, arena, absurd_numbers[i], 0), QB_E_STALE);
            assert_status(qb_arena_pin(self, arena, absurd_numbers[i]), QB_E_STALE);
            assert_status(qb_arena_unpin(self, arena, absurd_numbers[i]), QB_E_STALE);
        }
    }
    assert_status(qb_free(self, arena), QB_E_ADDRESS);
    assert_status(qb_realloc(self, arena, 16), QB_E_ADDRESS);
    assert_sound(self);
    assert_status(qb_arena_close(self, arena, serial, 0), QB_OK);
    assert_status(qb_free(self, block), QB_OK);
    assert_status(qb_free(self, span), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

static void a_closed_arena_is_gone(void **unused) {
    (void)unused;
    heap_open(20, 0, 0);
    qb_thread_t *self = attach();
    uint32_t neighbour = must(qb_arena_open(self, 1));
    uint32_t arena = must(qb_arena_open(self, 1));
    uint32_t serial = serial_of(arena);
    assert_status(qb_arena_close(self, arena, serial, 0), QB_OK);
    assert_either(qb_arena_close(self, arena, serial, 0), QB_E_REGION, QB_E_STALE);
    assert_either(qb_arena_alloc(self, arena, 1, 1), QB_E_REGION, QB_E_STALE);
    assert_either(qb_arena_pin(self, arena, serial), QB_E_REGION, QB_E_STALE);
    assert_either(qb_arena_unpin(self, arena, serial), QB_E_REGION, QB_E_STALE);
    uint32_t next = must(qb_arena_open(self, 1));
    assert_int_equal(next, arena);                 /* the same place, */
    assert_int_not_equal(serial_of(next), serial); /* and an old handle does not reach it */
    assert_status(qb_arena_close(self, arena, serial, 0), QB_E_STALE);
    assert_status(qb_arena_pin(self, arena, serial), QB_E_STALE);
    assert_status(qb_arena_unpin(self, arena, serial), QB_E_STALE);
    must(qb_arena_alloc(self, next, 100, 16));
    assert_status(qb_arena_close(self, next, serial_of(next), 0), QB_OK);
    assert_status(qb_arena_close(self, neighbour, serial_of(neighbour), 0), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

static void arenas_close_in_any_order(void **unused) {
    (void)unused;
    heap_open(300, 0, 0);
    qb_thread_t *self = attach();
    uint32_t arenas[40];
    for (uint32_t i = 0; i < 40; i++) {
        arenas[i] = must(qb_arena_open(self, 1000));
        uint32_t address = must(qb_arena_alloc(self, arenas[i], 90000, 16));
        pattern_write(address, 90000, i);
        pattern_write(arenas[i] + 64, 1000, i);
    }
    for (uint32_t i = 0; i < 40; i++) {
        uint32_t j = i * 27 % 40;
        assert_true(pattern_holds(arenas[j] + 64, 1000, 1000, j));
        assert_status(qb_arena_close(self, arenas[j], serial_of(arenas[j]), 0), QB_OK);
        assert_int_equal(stats_of(self).arenas_live, 39 - i);
        assert_sound(self);
    }
    assert_heap_empty(self);
    heap_close();
}

/* ---- pins ------------------------------------------------------------------------------------ */

static void pins_keep_a_closed_arena(void **unused) {
    (void)unused;
    heap_open(40, 0, 0);
    qb_thread_t *self = attach();
    qb_thread_t *a = attach();
    qb_thread_t *b = attach();
    uint32_t arena = must(qb_arena_open(self, 1000));
    uint32_t serial = serial_of(arena);
    uint32_t object = must(qb_arena_alloc(self, arena, 90000, 16));
    pattern_write(object, 90000, 8);
    assert_status(qb_arena_pin(a, arena, serial), QB_OK);
    assert_status(qb_arena_pin(a, arena, serial), QB_OK); /* one pin a thread, however often */
    assert_status(qb_arena_pin(b, arena, serial), QB_OK);
    assert_status(qb_arena_close(self, arena, serial, 1), QB_OK); /* retained by self, too */
    assert_status(qb_arena_alloc(self, arena, 1, 1), QB_E_REGION);
    assert_either(qb_arena_close(self, arena, serial, 0), QB_E_REGION, QB_E_STALE);
    assert_status(qb_arena_unpin(a, arena, serial), QB_OK);
    assert_true(qb_arena_unpin(a, arena, serial) != QB_OK);
    assert_status(qb_arena_unpin(self, arena, serial), QB_OK);
    assert_true(pattern_holds(object, 90000, 90000, 8));
    assert_sound(self);
    assert_status(qb_arena_pin(a, arena, serial), QB_OK); /* while one pin holds, others may join */
    assert_status(qb_arena_unpin(b, arena, serial), QB_OK);
    assert_true(pattern_holds(object, 90000, 90000, 8));
    assert_status(qb_arena_unpin(a, arena, serial), QB_OK);
    assert_true(qb_arena_pin(a, arena, serial) != QB_OK); /* the last one took it away */
    assert_true(qb_arena_unpin(b, arena, serial) != QB_OK);
    qb_trim(a);
    assert_heap_empty(self);
    heap_close();
}

static void all_128_threads_may_pin(void **unused) {
    (void)unused;
    heap_open(40, 0, 0);
    qb_thread_t *threads[QB_THREADS_MAX];
    for (uint32_t i = 0; i < QB_THREADS_MAX; i++) {
        threads[i] = attach();
    }
    uint32_t arena = must(qb_arena_open(threads[3], 1000));
    uint32_t serial = serial_of(arena);
    uint32_t object = must(qb_arena_alloc(threads[3], arena, 100, 16));
    pattern_write(object, 100, 8);
    for (uint32_t i = 0; i < QB_THREADS_MAX; i++) {
        assert_status(qb_arena_pin(threads[i], arena, serial), QB_OK);
    }
    assert_status(qb_arena_close(threads[3], arena, serial, 0), QB_OK);
    for (uint32_t i = 0; i < QB_THREADS_MAX; i++) {
        assert_true(pattern_holds(object, 100, 100, 8));
        assert_status(qb_arena_unpin(threads[(i * 37 + 5) % QB_THREADS_MAX], arena, serial), QB_OK);
    }
    assert_true(qb_arena_pin(threads[0], arena, serial) != QB_OK);
    assert_heap_empty(threads[3]);
    heap_close();
}

static void a_pin_goes_with_its_thread(void **unused) {
    (void)unused;
    for (uint32_t variant = 0; variant < 4; variant++) {
        heap_open(40, 0, 0);
        qb_thread_t *self = attach();
        qb_thread_t *dying = attach();
        uint32_t number = qb_thread_number(dying);
        uint32_t arena = must(qb_arena_open(self, 1000));
        uint32_t serial = serial_of(arena);
        must(qb_arena_alloc(self, arena, 90000, 16));
        assert_status(qb_arena_pin(dying, arena, serial), QB_OK);
        if (variant & 1) {
            assert_status(qb_arena_close(self, arena, serial, 0), QB_OK);
        }
        if (variant & 2) {
            assert_status(qb_thread_detach(dying, QB_POLICY_FREE), QB_OK);
        } else {
            assert_status(qb_reap_begin(self, number, 0), QB_OK);
            assert_status(qb_reap_end(self, number, QB_POLICY_KEEP), QB_OK);
        }
        assert_sound(self);
        if (variant & 1) {
            assert_int_equal(stats_of(self).arenas_live, 0);
        } else { /* a new thread in that slot has no pin */
            qb_thread_t *next = attach();
            assert_int_equal(qb_thread_number(next), number);
            assert_true(qb_arena_unpin(next, arena, serial) != QB_OK);
            assert_status(qb_arena_close(self, arena, serial, 0), QB_OK);
            assert_int_equal(stats_of(self).arenas_live, 0);
        }
        assert_heap_empty(self);
        heap_close();
    }
}

static void a_dead_owners_arena_stays_while_others_pin_it(void **unused) {
    (void)unused;
    for (uint32_t variant = 0; variant < 4; variant++) {
        heap_open(40, 0, 0);
        qb_thread_t *self = attach();
        qb_thread_t *dying = attach();
        uint32_t arena = must(qb_arena_open(dying, 1000));
        uint32_t serial = serial_of(arena);
        uint32_t object = must(qb_arena_alloc(dying, arena, 90000, 16));
        pattern_write(object, 90000, 8);
        assert_status(qb_arena_pin(self, arena, serial), QB_OK);
        if (variant & 1) {
            assert_status(qb_arena_close(dying, arena, serial, 1), QB_OK);
        }
        assert_status(qb_thread_detach(dying, variant >> 1), QB_OK);
        assert_sound(self);
        assert_true(pattern_holds(object, 90000, 90000, 8));
        assert_int_equal(stats_of(self).arenas_live, 1);
        if (variant >> 1 == QB_POLICY_KEEP) { /* kept: someone must close it */
            (void)qb_arena_close(self, arena, serial, 0);
        }
        assert_status(qb_arena_unpin(self, arena, serial), QB_OK);
        assert_int_equal(stats_of(self).arenas_live, 0);
        assert_heap_empty(self);
        heap_close();
    }
}

static void an_arena_that_cannot_grow_stays_as_it_is(void **unused) {
    (void)unused;
    heap_open(4, 0, 0);
    qb_thread_t *self = attach();
    uint32_t arena = must(qb_arena_open(self, 1));
    uint32_t count = 0;
    uint32_t addresses[400];
    for (;;) {
        uint32_t address = qb_arena_alloc(self, arena, 1000, 8);
        if (address < QB_ADDRESS_MIN) {
            assert_status(address, QB_E_OUT_OF_MEMORY);
            break;
        }
        pattern_write(address, 1000, count);
        addresses[count++] = address;
    }
    assert_true(count > 3 * 60);
    assert_status(qb_arena_alloc(self, arena, 200000, 8), QB_E_OUT_OF_MEMORY);
    assert_sound(self);
    for (uint32_t i = 0; i < count; i++) {
        assert_true(pattern_holds(addresses[i], 1000, 1000, i));
    }
    assert_status(qb_arena_close(self, arena, serial_of(arena), 0), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

/* The first object of a slab was written before its start: what stands there is a cache. */
static void a_spoilt_slab_list_neither_hangs_nor_loses_anything(void **unused) {
    (void)unused;
    for (uint32_t variant = 0; variant < 6; variant++) {
        heap_open(60, 0, 0);
        qb_thread_t *self = attach();
        uint32_t span = must(qb_alloc(self, 100000));
        uint32_t arena = must(qb_arena_open(self, 1));
        uint32_t objects[4];
        for (uint32_t i = 0; i < 4; i++) objects[i] = must(qb_arena_alloc(self, arena, 100000, 16));
        uint32_t slab = objects[2] & ~(QB_PAGE_BYTES - 1);
        uint32_t end = stats_of(self).page_count * QB_PAGE_BYTES;
        uint32_t values[] = {slab, 0xffffffffu, slab + 1, span, end - 2, 0};
        QB_AT(qb_region_span_t, slab)->prev_address = values[variant];
        alarm(20); /* a hang would end the test */
        assert_status(qb_arena_close(self, arena, serial_of(arena), 0), QB_OK);
        alarm(0);
        assert_int_equal(qb_block_owner(span), qb_thread_number(self));
        assert_status(qb_free(self, span), QB_OK);
        assert_heap_empty(self);
        heap_close();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_aligned_disjoint_and_released_together),
        cmocka_unit_test(zero_bytes_count_as_one),
        cmocka_unit_test(small_arenas_need_no_slab_and_large_ones_few),
        cmocka_unit_test(absurd_sizes_and_alignments_are_errors),
        cmocka_unit_test(what_is_no_arena_is_refused),
        cmocka_unit_test(a_closed_arena_is_gone),
        cmocka_unit_test(arenas_close_in_any_order),
        cmocka_unit_test(pins_keep_a_closed_arena),
        cmocka_unit_test(all_128_threads_may_pin),
        cmocka_unit_test(a_pin_goes_with_its_thread),
        cmocka_unit_test(a_dead_owners_arena_stays_while_others_pin_it),
        cmocka_unit_test(a_spoilt_slab_list_neither_hangs_nor_loses_anything),
        cmocka_unit_test(an_arena_that_cannot_grow_stays_as_it_is),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
