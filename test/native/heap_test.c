/*
 * Contract of the heap as a whole: making and recognising one, limits of its size, growth, addresses
 * above 2 GiB, and the walk that checks it.
 */
#include "support.h"

/* ---- making a heap --------------------------------------------------------------------------- */

static void page_min_is_zero_or_fits(void **unused) {
    (void)unused;
    uint32_t last = 0;
    uint32_t smallest = 0;
    for (uint32_t page_max = 0; page_max <= QB_PAGES_MAX; page_max++) {
        uint32_t page_min = qb_heap_page_min(page_max);
        assert_true(page_min <= page_max);
        assert_true(page_min >=
                    last); /* tables never shrink, and once possible it stays possible */
        last = page_min;
        if (page_min != 0 && smallest == 0) {
            smallest = page_max;
        }
    }
    assert_true(smallest > 0 && smallest < 16);
    assert_true(last > 0 && last < QB_PAGES_MAX / 8);
    assert_int_equal(qb_heap_page_min(QB_PAGES_MAX + 1), 0);
    assert_int_equal(qb_heap_page_min(0x80000000u), 0);
    assert_int_equal(qb_heap_page_min(0xffffffffu), 0);
}

static void every_page_max_makes_a_heap_that_works(void **unused) {
    (void)unused;
    uint32_t tried = 0;
    for (uint32_t page_max = 1; page_max <= QB_PAGES_MAX; page_max += 1 + page_max / 3) {
        uint32_t page_min = qb_heap_page_min(page_max);
        if (page_min == 0) {
            assert_int_equal(qb_native_open(page_max, page_max), QB_OK);
            assert_status(qb_heap_init(page_max, 0), QB_E_ARGUMENT);
            qb_native_close();
            continue;
        }
        assert_int_equal(qb_native_open(page_min, page_max), QB_OK);
        assert_status(qb_heap_init(page_max, 0), QB_OK);
        qb_thread_t *self = attach();
        uint32_t block = must(qb_alloc(self, 100)); /* page_min has room for one page of blocks */
        assert_status(qb_free(self, block), QB_OK);
        assert_heap_empty(self);
        qb_stats_t stats = stats_of(self);
        assert_int_equal(stats.page_max, page_max);
        uint32_t all = must(qb_alloc(self, (page_max - stats.pages_meta) * QB_PAGE_BYTES));
        assert_status(qb_alloc(self, 1), QB_E_OUT_OF_MEMORY);
        bytes_at(all)[0] = 1;
        bytes_at(all)[(page_max - stats.pages_meta) * QB_PAGE_BYTES - 1] = 1;
        assert_status(qb_free(self, all), QB_OK);
        assert_status(qb_alloc(self, (page_max - stats.pages_meta) * QB_PAGE_BYTES + 1),
                      QB_E_OUT_OF_MEMORY);
        assert_heap_empty(self);
        qb_native_close();
        tried++;
    }
    assert_true(tried > 20);
}

static void init_refuses_what_is_out_of_range(void **unused) {
    (void)unused;
    assert_int_equal(qb_native_open(100, 100), QB_OK);
    for (uint32_t i = 0; i < ABSURD_COUNT; i++) {
        if (qb_heap_page_min(absurd_numbers[i]) == 0) {
            assert_status(qb_heap_init(absurd_numbers[i], 0), QB_E_ARGUMENT);
        }
        if (absurd_numbers[i] > QB_HEAP_DEBUG) {
            assert_status(qb_heap_init(100, absurd_numbers[i]), QB_E_ARGUMENT);
        }
    }
    assert_status(qb_heap_init(QB_PAGES_MAX, 0), QB_E_OUT_OF_MEMORY); /* tables alone are larger */
    assert_true(all_bytes(0, 100 * QB_PAGE_BYTES, 0));                /* errors wrote nothing */
    assert_status(qb_heap_init(100, 0), QB_OK);
    assert_status(qb_heap_init(100, 0), QB_E_EXISTS);
    assert_status(qb_heap_init(100, QB_HEAP_DEBUG), QB_E_EXISTS);
    heap_close();
}

static void init_asks_for_enough_memory(void **unused) {
    (void)unused;
    uint32_t page_min = qb_heap_page_min(1000);
    for (uint32_t page_count = 1; page_count < page_min; page_count++) {
        assert_int_equal(qb_native_open(page_count, 1000), QB_OK);
        assert_status(qb_heap_init(1000, 0), QB_E_OUT_OF_MEMORY);
        assert_true(all_bytes(0, page_count * QB_PAGE_BYTES, 0));
        qb_native_close();
    }
    assert_int_equal(qb_native_open(page_min, 1000), QB_OK);
    assert_status(qb_heap_init(1000, 0), QB_OK);
    heap_close();
}

static void a_memory_larger_than_page_max_is_used_up_to_page_max(void **unused) {
    (void)unused;
    assert_int_equal(qb_native_open(200, 300), QB_OK);
    uint32_t status = qb_heap_init(100, 0);
    assert_either(status, QB_OK, QB_E_ARGUMENT); /* the contract asks for pages <= page_max */
    if (status == QB_OK) {
        qb_thread_t *self = attach();
        assert_true(stats_of(self).page_count <= 100);
        while (qb_alloc(self, QB_PAGE_BYTES) >= QB_ADDRESS_MIN) {
        }
        assert_true(stats_of(self).page_count <= 100);
        assert_sound(self);
    }
    heap_close();
}

static void open_and_attach_know_a_heap_of_this_layout(void **unused) {
    (void)unused;
    assert_int_equal(qb_native_open(100, 100), QB_OK);
    assert_status(qb_heap_open(), QB_E_LAYOUT);
    assert_status(qb_thread_attach(), QB_E_LAYOUT);
    assert_status(qb_heap_init(100, 0), QB_OK);
    assert_status(qb_heap_open(), QB_OK);
    static const size_t words[] = {offsetof(qb_header_t, magic),
                                   offsetof(qb_header_t, layout_version)};
    for (int i = 0; i < 2; i++) {
        uint32_t *word = (uint32_t *)(void *)(bytes_at(QB_HEADER_ADDRESS) + words[i]);
        *word ^= 1u << 9;
        assert_status(qb_heap_open(), QB_E_LAYOUT);
        assert_status(qb_thread_attach(), QB_E_LAYOUT);
        *word ^= 1u << 9;
    }
    assert_status(qb_heap_open(), QB_OK);
    assert_int_not_equal(qb_layout_hash(), 0);
    assert_int_equal(qb_layout_hash(), qb_layout_hash());
    heap_close();
}

/* ---- growth ---------------------------------------------------------------------------------- */

static void the_heap_grows_to_page_max_and_not_beyond(void **unused) {
    (void)unused;
    heap_open(1, 300, 0);
    qb_thread_t *self = attach();
    uint32_t usable_pages = stats_of(self).page_max - stats_of(self).pages_meta;
    static uint32_t addresses[400];
    uint32_t count = 0;
    for (;;) {
        uint32_t address = qb_alloc(self, QB_PAGE_BYTES);
        if (address < QB_ADDRESS_MIN) {
            assert_status(address, QB_E_OUT_OF_MEMORY);
            break;
        }
        pattern_write(address, QB_PAGE_BYTES, count);
        addresses[count++] = address;
        qb_stats_t stats = stats_of(self);
        assert_true(stats_conserve(&stats));
    }
    assert_int_equal(count, usable_pages);
    assert_int_equal(stats_of(self).page_count, stats_of(self).page_max);
    for (uint32_t i = 0; i < count; i++) {
        assert_true(pattern_holds(addresses[i], QB_PAGE_BYTES, QB_PAGE_BYTES, i));
        assert_status(qb_free(self, addresses[i]), QB_OK);
    }
    assert_int_equal(qb_alloc(self, (usable_pages + 1) * QB_PAGE_BYTES), QB_E_OUT_OF_MEMORY);
    assert_heap_empty(self);
    heap_close();
}

static void a_span_uses_the_free_end_when_the_heap_grows(void **unused) {
    (void)unused;
    heap_open(40, 10, 0);
    qb_thread_t *self = attach();
    uint32_t usable_pages = stats_of(self).page_max - stats_of(self).pages_meta;
    uint32_t all = must(qb_alloc(self, usable_pages * QB_PAGE_BYTES)); /* needs old and new pages */
    assert_status(qb_free(self, all), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

static void a_heap_that_may_not_grow_is_full_in_peace(void **unused) {
    (void)unused;
    heap_open(3, 100, 0);
    qb_thread_t *self = attach();
    qb_native_fail_growth(1);
    uint32_t span = must(qb_alloc(self, 3 * QB_PAGE_BYTES));
    assert_status(qb_alloc(self, 1), QB_E_OUT_OF_MEMORY);
    assert_status(qb_calloc(self, 1, 1), QB_E_OUT_OF_MEMORY);
    assert_status(qb_alloc_aligned(self, 1, 4096), QB_E_OUT_OF_MEMORY);
    assert_status(qb_realloc(self, span, 4 * QB_PAGE_BYTES), QB_E_OUT_OF_MEMORY);
    assert_status(qb_arena_open(self, 1), QB_E_OUT_OF_MEMORY);
    assert_status(qb_root_set(self, span, 4, 1, 0, 0), QB_E_OUT_OF_MEMORY);
    assert_sound(self);
    qb_native_fail_growth(0);
    uint32_t block = must(qb_alloc(self, 1));
    assert_status(qb_free(self, block), QB_OK);
    assert_status(qb_free(self, span), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

/* ---- 4 GiB ----------------------------------------------------------------------------------- */

static void addresses_up_to_four_gib_work(void **unused) {
    (void)unused;
    uint32_t page_min = qb_heap_page_min(QB_PAGES_MAX);
    assert_int_equal(qb_native_open(page_min, QB_PAGES_MAX), QB_OK);
    assert_status(qb_heap_init(QB_PAGES_MAX, 0), QB_OK);
    qb_thread_t *self = attach();
    qb_thread_t *other = attach();
    uint32_t usable_pages = QB_PAGES_MAX - stats_of(self).pages_meta;
    uint32_t half = must(qb_alloc(self, 0x7fff0000u)); /* a span of nearly 2 GiB */
    bytes_at(half)[0x7fff0000u - 1] = 1;
    assert_int_equal(qb_usable_bytes(half), 0x7fff0000u);
    uint32_t rest_pages = usable_pages - 0x7fff;
    uint32_t low_pages = rest_pages - 64;
    uint32_t low = must(qb_alloc(self, low_pages * QB_PAGE_BYTES));
    static uint32_t spans[8];
    for (uint32_t i = 0; i < 8; i++) { /* the last 64 pages: everything there is above 2 GiB */
        spans[i] = must(qb_alloc(self, 4 * QB_PAGE_BYTES));
        assert_true(spans[i] > 0x80000000u);
        pattern_write(spans[i], 4 * QB_PAGE_BYTES, i);
    }
    for (uint32_t bytes = 1; bytes <= 32768; bytes = bytes * 2 + 7) {
        uint32_t block = must(qb_calloc(self, 1, bytes));
        assert_true(block > 0x80000000u);
        assert_true(all_bytes(block, bytes, 0));
        uint32_t moved = must(qb_realloc(self, block, bytes * 3));
        assert_status(qb_block_own(self, moved, QB_OWNER_SHARED), QB_OK);
        assert_status(qb_free(bytes & 8 ? self : other, moved), QB_OK);
    }
    uint32_t arena = must(qb_arena_open(self, 100));
    assert_true(arena > 0x80000000u);
    for (uint32_t i = 0; i < 100; i++) {
        uint32_t address = must(qb_arena_alloc(self, arena, 5000, 64));
        assert_true(address > 0x80000000u && address % 64 == 0);
        memset(bytes_at(address), 0xaa, 5000);
    }
    assert_sound(self);
    assert_status(qb_arena_close(self, arena, QB_AT(qb_arena_t, arena)->serial, 0), QB_OK);
    for (uint32_t i = 0; i < 8; i++) {
        assert_true(pattern_holds(spans[i], 4 * QB_PAGE_BYTES, 4 * QB_PAGE_BYTES, i));
        assert_status(qb_free(other, spans[i]), QB_OK);
    }
    qb_trim(self);
    qb_trim(other);
    uint32_t last = must(qb_alloc(self, 64 * QB_PAGE_BYTES)); /* ends at 2^32 */
    assert_true(last == 0u - 64 * QB_PAGE_BYTES);
    bytes_at(last)[64 * QB_PAGE_BYTES - 1] = 7;
    assert_int_equal(qb_usable_bytes(last), 64 * QB_PAGE_BYTES);
    assert_int_equal(qb_usable_bytes(0xffff0000u), 0);
    assert_status(qb_free(self, 0xffff0000u), QB_E_ADDRESS);
    assert_status(qb_realloc(self, last, 65 * QB_PAGE_BYTES), QB_E_OUT_OF_MEMORY);
    assert_int_equal(must(qb_realloc(self, last, 63 * QB_PAGE_BYTES)), last);
    uint32_t top = must(qb_alloc(self, 32768)); /* a page of blocks at the very end */
    assert_int_equal(top, 0xffff0000u);
    uint32_t top2 = must(qb_alloc(self, 32768));
    assert_int_equal(top2, 0xffff8000u);
    for (uint32_t offset = 1; offset < 32768; offset += 61) {
        assert_status(qb_free(self, top2 + offset), QB_E_ADDRESS);
    }
    memset(bytes_at(top2), 0x55, 32768);
    assert_status(qb_alloc(self, 1), QB_E_OUT_OF_MEMORY);
    assert_sound(self);
    uint32_t live[] = {top, top2, last, low, half};
    for (int i = 0; i < 5; i++) {
        assert_status(qb_free(other, live[i]), QB_OK);
    }
    assert_status(qb_thread_detach(other, QB_POLICY_FREE), QB_OK);
    assert_heap_empty(self);
    uint32_t everything = must(qb_alloc(self, usable_pages * QB_PAGE_BYTES));
    assert_int_equal(qb_usable_bytes(everything), usable_pages * QB_PAGE_BYTES);
    assert_status(qb_alloc(self, 1), QB_E_OUT_OF_MEMORY);
    assert_status(qb_free(self, everything), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

/* ---- check ----------------------------------------------------------------------------------- */

/* Whatever is written over the tables, the walk ends and says so or not; it must not crash. */
static void check_survives_a_corrupt_heap(void **unused) {
    (void)unused;
    rng_t rng = {seed_from_environment("check_survives_a_corrupt_heap")};
    heap_open(20, 2, 0);
    qb_thread_t *self = attach();
    for (uint32_t i = 0; i < 60; i++) {
        must(qb_alloc(self, i % 5 * 97));
    }
    uint32_t arena = must(qb_arena_open(self, 4096));
    must(qb_arena_alloc(self, arena, 70000, 16));
    uint32_t name = must(qb_alloc(self, 16));
    memcpy(bytes_at(name), "root", 4);
    assert_status(qb_root_set(self, name, 4, name, 1, 0), QB_OK);
    assert_sound(self);
    uint32_t bytes = stats_of(self).page_count * QB_PAGE_BYTES;
    uint8_t *image = malloc(bytes);
    memcpy(image, bytes_at(0), bytes);
    uint32_t noticed = 0;
    uint32_t table_end = QB_TABLES_ADDRESS + stats_of(self).page_max * 70;
    for (uint32_t round = 0; round < 1500; round++) {
        uint32_t hits = 1 + rng_below(&rng, 6);
        for (uint32_t i = 0; i < hits; i++) {
            /* not the header: that holds the addresses of the tables, written once */
            uint32_t from = QB_ROOTS_ADDRESS;
            uint32_t at = round % 3 == 0
                              ? QB_TABLES_ADDRESS + rng_below(&rng, table_end - QB_TABLES_ADDRESS)
                              : from + rng_below(&rng, bytes - from);
            bytes_at(at)[0] = (uint8_t)rng_next(&rng);
        }
        uint32_t count = qb_check(self);
        noticed += count != 0;
        memcpy(bytes_at(0), image, bytes);
    }
    assert_sound(self);
    assert_true(noticed > 0);
    free(image);
    heap_close();
}

static void check_notices_each_kind_of_damage(void **unused) {
    (void)unused;
    heap_open(12, 2, 0);
    qb_thread_t *self = attach();
    uint32_t block = must(qb_alloc(self, 1000));
    uint32_t span = must(qb_alloc(self, 3 * QB_PAGE_BYTES));
    uint32_t page = block / QB_PAGE_BYTES;
    struct {
        void *at;
        uint32_t bytes;
        uint32_t value;
    } damages[] = {
        {qb_map_of(page), 1, 100},                                  /* owned by no thread */
        {qb_map_of(page) + QB_MAP_BYTES - 1, 1, 1},                 /* beyond the last block */
        {qb_state_of(span / QB_PAGE_BYTES), 4, 0},                  /* a span without head */
        {qb_state_of(span / QB_PAGE_BYTES + 1), 4, 0},              /* a gap in a span */
        {qb_state_of(span / QB_PAGE_BYTES), 4, 15},                 /* no such kind */
        {qb_state_of(page), 4, QB_PAGE_BLOCKS | 1 << 4 | 63 << 12}, /* no such class */
        {qb_state_of(0), 4, 0},                                     /* the tables given away */
        {&qb_page_of(page)->next_page, 4, 0x7fffffff},              /* a broken ring */
        {&qb_page_of(page)->used_count, 4, 0},                      /* counts too few */
        {&qb_page_of(page)->window, 4, 0xffffffff},                 /* a live block in the window */
        {&self->current[20], 4, 0x10000},                           /* a ring that is nowhere */
        {&qb_header()->page_count, 4, 0x7fffffff},
    };
    for (uint32_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        uint32_t saved = 0;
        memcpy(&saved, damages[i].at, damages[i].bytes);
        memcpy(damages[i].at, &damages[i].value, damages[i].bytes);
        uint32_t count = qb_check(self);
        memcpy(damages[i].at, &saved, damages[i].bytes);
        if (count == 0) {
            fail_msg("damage %u was not noticed", i);
        }
        assert_int_equal(qb_check(self), 0);
    }
    heap_close();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(page_min_is_zero_or_fits),
        cmocka_unit_test(every_page_max_makes_a_heap_that_works),
        cmocka_unit_test(init_refuses_what_is_out_of_range),
        cmocka_unit_test(init_asks_for_enough_memory),
        cmocka_unit_test(a_memory_larger_than_page_max_is_used_up_to_page_max),
        cmocka_unit_test(open_and_attach_know_a_heap_of_this_layout),
        cmocka_unit_test(the_heap_grows_to_page_max_and_not_beyond),
        cmocka_unit_test(a_span_uses_the_free_end_when_the_heap_grows),
        cmocka_unit_test(a_heap_that_may_not_grow_is_full_in_peace),
        cmocka_unit_test(addresses_up_to_four_gib_work),
        cmocka_unit_test(check_survives_a_corrupt_heap),
        cmocka_unit_test(check_notices_each_kind_of_damage),
    };
    return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
