/*
 * Contract of roots: names of 1 .. 255 bytes, at most QB_ROOTS_MAX of them, values that come and go.
 */
#include "support.h"

static qb_thread_t *self;
static uint32_t buffer; /* a block to hold names */

static void begin(uint32_t options) {
    heap_open(24, 0, options);
    self = attach();
    buffer = must(qb_alloc(self, 1024));
}
static uint32_t name_of(const char *text) {
    memcpy(bytes_at(buffer), text, strlen(text));
    return (uint32_t)strlen(text);
}
static uint32_t set(const char *name, uint32_t value, uint32_t kind, uint32_t replace) {
    uint32_t bytes = name_of(name);
    return qb_root_set(self, buffer, bytes, value, kind, replace);
}
static uint32_t find(const char *name) {
    uint32_t bytes = name_of(name);
    return qb_root_find(buffer, bytes);
}
static uint32_t remove_root(const char *name) {
    uint32_t bytes = name_of(name);
    return qb_root_remove(buffer, bytes);
}
static uint64_t value_of(uint32_t entry) {
    uint64_t value;
    memcpy(&value, bytes_at(entry), 8);
    return value;
}

static void a_value_is_found_under_its_name(void **unused) {
    (void)unused;
    begin(0);
    assert_status(find("a"), QB_E_NOT_FOUND);
    assert_status(remove_root("a"), QB_E_NOT_FOUND);
    assert_status(set("a", 5, 7, 0), QB_OK);
    assert_true(value_of(must(find("a"))) == (5 | 7ull << 32));
    assert_status(find("ab"), QB_E_NOT_FOUND); /* neither prefix nor extension */
    assert_status(set("ab", 6, 0, 0), QB_OK);
    assert_true(value_of(must(find("a"))) == (5 | 7ull << 32));
    assert_true(value_of(must(find("ab"))) == 6);
    assert_status(set("a", 9, 9, 0), QB_E_EXISTS);
    assert_true(value_of(must(find("a"))) == (5 | 7ull << 32));
    assert_status(set("a", 0, 1, 1), QB_OK);
    assert_true(value_of(must(find("a"))) == 1ull << 32);
    assert_status(set("a", 0xffffffffu, 0xffffffffu, 0xffffffffu), QB_OK);
    assert_true(value_of(must(find("a"))) == ~0ull);
    assert_int_equal(stats_of(self).roots_live, 2);
    assert_status(remove_root("a"), QB_OK);
    assert_status(remove_root("a"), QB_E_NOT_FOUND);
    assert_status(find("a"), QB_E_NOT_FOUND);
    assert_status(set("a", 1, 0, 0), QB_OK); /* a removed name is free again */
    assert_true(value_of(must(find("a"))) == 1);
    assert_sound(self);
    heap_close();
}

static void zero_is_no_value(void **unused) {
    (void)unused;
    begin(0);
    assert_status(set("a", 0, 0, 0), QB_E_ARGUMENT);
    assert_status(set("a", 0, 0, 1), QB_E_ARGUMENT);
    assert_status(find("a"), QB_E_NOT_FOUND);
    assert_status(qb_free(self, buffer), QB_OK);
    assert_heap_empty(self); /* the refused name took nothing */
    heap_close();
}

static void bad_names_are_refused(void **unused) {
    (void)unused;
    begin(0);
    static const uint32_t lengths[] = {0, 256, 257, 65536, 0x7fffffffu, 0x80000000u, 0xffffffffu};
    for (uint32_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        assert_status(qb_root_set(self, buffer, lengths[i], 1, 1, 0), QB_E_NAME);
        assert_status(qb_root_find(buffer, lengths[i]), QB_E_NAME);
        assert_status(qb_root_remove(buffer, lengths[i]), QB_E_NAME);
    }
    uint32_t end = stats_of(self).page_count * QB_PAGE_BYTES;
    uint32_t addresses[] = {end, end - 3, 0x80000000u, 0xfffffff0u, 0xfffffffcu, 0xffffffffu};
    for (uint32_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        assert_status(qb_root_set(self, addresses[i], 4, 1, 1, 0), QB_E_NAME);
        assert_status(qb_root_find(addresses[i], 4), QB_E_NAME);
        assert_status(qb_root_remove(addresses[i], 4), QB_E_NAME);
    }
    assert_status(qb_root_set(self, end - 4, 4, 1, 1, 0),
                  QB_OK); /* the last four bytes are a name */
    assert_true(value_of(must(qb_root_find(end - 4, 4))) == (1 | 1ull << 32));
    assert_sound(self);
    heap_close();
}

static void names_are_bytes(void **unused) {
    (void)unused;
    begin(0);
    for (uint32_t bytes = 1; bytes <= QB_ROOT_NAME_BYTES_MAX;
         bytes++) { /* zeros, differing in length only */
        memset(bytes_at(buffer), 0, bytes);
        assert_status(qb_root_set(self, buffer, bytes, bytes, 0, 0), QB_OK);
    }
    memset(bytes_at(buffer), 0xff, 255);
    assert_status(qb_root_set(self, buffer, 255, 1000, 0, 0), QB_OK);
    assert_true(value_of(must(qb_root_find(buffer, 255))) == 1000);
    memset(bytes_at(buffer), 0, 255);
    for (uint32_t bytes = 1; bytes <= QB_ROOT_NAME_BYTES_MAX; bytes++) {
        assert_true(value_of(must(qb_root_find(buffer, bytes))) == bytes);
    }
    assert_sound(self);
    heap_close();
}

static void the_directory_holds_1024_names_for_ever(void **unused) {
    (void)unused;
    begin(0);
    char name[32];
    for (uint32_t i = 0; i < QB_ROOTS_MAX; i++) {
        snprintf(name, sizeof name, "name %u", i);
        assert_status(set(name, i + 1, i, 0), QB_OK);
    }
    assert_int_equal(stats_of(self).roots_live, QB_ROOTS_MAX);
    assert_sound(self);
    uint32_t blocks = stats_of(self).blocks_live;
    assert_status(set("one more", 1, 1, 0), QB_E_ROOTS_FULL);
    assert_status(set("one more", 1, 1, 1), QB_E_ROOTS_FULL);
    assert_status(find("one more"), QB_E_NOT_FOUND);
    assert_status(remove_root("one more"), QB_E_NOT_FOUND);
    for (uint32_t i = 0; i < QB_ROOTS_MAX; i++) {
        snprintf(name, sizeof name, "name %u", i);
        assert_true(value_of(must(find(name))) == (((uint64_t)i << 32) | (i + 1)));
        assert_status(remove_root(name), QB_OK);
    }
    assert_status(set("one more", 1, 1, 0), QB_E_ROOTS_FULL); /* names are for ever */
    assert_status(set("name 77", 1, 1, 0), QB_OK);
    assert_int_equal(stats_of(self).blocks_live, blocks); /* the refused names left nothing */
    assert_sound(self);
    heap_close();
}

static void a_published_block_survives_its_thread(void **unused) {
    (void)unused;
    for (uint32_t policy = 0; policy <= 1; policy++) {
        begin(0);
        qb_thread_t *dying = attach();
        uint32_t block = must(qb_alloc(dying, 100));
        uint32_t span = must(qb_alloc(dying, 100000));
        uint32_t others = must(qb_alloc(self, 100));
        uint32_t lost = must(qb_alloc(dying, 100));
        pattern_write(block, 100, 3);
        uint32_t bytes = name_of("block");
        assert_status(qb_root_set(dying, buffer, bytes, block, 1, 0), QB_OK);
        bytes = name_of("span");
        assert_status(qb_root_set(dying, buffer, bytes, span, 2, 0), QB_OK);
        bytes = name_of("others");
        assert_status(qb_root_set(dying, buffer, bytes, others, 3, 0), QB_OK);
        bytes = name_of("lost"); /* an interior address: any value may be published */
        assert_status(qb_root_set(dying, buffer, bytes, lost + 1, 3, 0), QB_OK);
        assert_int_equal(qb_block_owner(block), QB_OWNER_SHARED);
        assert_int_equal(qb_block_owner(span), QB_OWNER_SHARED);
        assert_int_equal(qb_block_owner(others), qb_thread_number(self));
        assert_int_equal(qb_block_owner(lost), qb_thread_number(dying));
        assert_status(qb_thread_detach(dying, policy), QB_OK);
        assert_true((uint32_t)value_of(must(find("block"))) == block);
        assert_true(pattern_holds(block, 100, 100, 3));
        assert_int_equal(qb_block_owner(block), QB_OWNER_SHARED);
        assert_int_equal(qb_block_owner(span), QB_OWNER_SHARED);
        assert_int_equal(qb_block_owner(lost), policy == QB_POLICY_KEEP ? QB_OWNER_SHARED : 0);
        assert_status(qb_free(self, block), QB_OK); /* the block may go before its name */
        assert_true((uint32_t)value_of(must(find("block"))) == block);
        assert_sound(self);
        assert_status(qb_free(self, span), QB_OK);
        assert_status(qb_free(self, others), QB_OK);
        if (policy == QB_POLICY_KEEP) {
            assert_status(qb_free(self, lost), QB_OK);
        }
        assert_status(qb_free(self, buffer), QB_OK);
        assert_true(heap_is_empty(self, 4));
        assert_sound(self);
        heap_close();
    }
}

static void a_name_block_cannot_be_freed_by_a_caller(void **unused) {
    (void)unused;
    begin(0);
    assert_status(set("treasure", 1, 1, 0), QB_OK);
    uint32_t entry = must(find("treasure"));
    uint32_t name = QB_AT(qb_root_t, entry)->name_address;
    assert_status(qb_free(self, name), QB_E_ADDRESS);
    assert_status(qb_realloc(self, name, 1), QB_E_ADDRESS);
    assert_status(qb_block_own(self, name, QB_OWNER_SHARED), QB_E_ADDRESS);
    assert_int_equal(qb_usable_bytes(name), 0);
    assert_int_equal(must(find("treasure")), entry);
    assert_sound(self);
    heap_close();
}

static void roots_work_in_a_debug_heap(void **unused) {
    (void)unused;
    begin(QB_HEAP_DEBUG);
    uint32_t block = must(qb_alloc(self, 100));
    assert_status(set("a", block, 1, 0), QB_OK);
    assert_int_equal(qb_block_owner(block), QB_OWNER_SHARED);
    assert_sound(self);
    assert_status(set("a", block, 2, 0), QB_E_EXISTS);
    assert_status(remove_root("a"), QB_OK);
    assert_sound(self);
    heap_close();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_found_under_its_name),
        cmocka_unit_test(zero_is_no_value),
        cmocka_unit_test(bad_names_are_refused),
        cmocka_unit_test(names_are_bytes),
        cmocka_unit_test(the_directory_holds_1024_names_for_ever),
        cmocka_unit_test(a_published_block_survives_its_thread),
        cmocka_unit_test(a_name_block_cannot_be_freed_by_a_caller),
        cmocka_unit_test(roots_work_in_a_debug_heap),
    };
    return cmocka_run_group_tests_name("roots", tests, NULL, NULL);
}
