/*
 * Bytes that were made to do harm: to the reader they are values within them or an error, and the work has an end;
 * verification refuses them, or tells how large they are.
 */
#include "image.h"

#define BUDGET 100000u
#define COUNT_MAX 0xffffffffu

static qb_image_t open_or_fail(const builder_t *b) {
    qb_image_t image;
    assert_image(open_any(&image, b->bytes, b->size), OK);
    return image;
}

/* Ends the value, proves it, reads it, frees it. */
static void judge(builder_t *b, size_t root, qb_image_status_t verdict) {
    qb_report_t report;
    if (b->bytes[0] == 'Q') {
        build_image_end(b, root);
    } else {
        build_packed_end(b, root);
    }
    qb_image_t image = open_or_fail(b);
    image_status_or_fail(verify_with(&image, NULL, &report), verdict, __FILE__, __LINE__);
    qb_image_status_t read = read_all(&image, BUDGET);
    if (verdict == QB_IMAGE_OK && read != QB_IMAGE_E_LIMIT) assert_image(read, OK);
    free(b->bytes);
}

/* ---- counts ---------------------------------------------------------------------------------- */

static int has_count(uint32_t tag) {
    return tag >= QB_TAG_BIG && tag != QB_TAG_DATE;
}

static void counts_of_all_ones_are_refused(void **unused) {
    (void)unused;
    static const uint32_t extras[] = {0, 1, 7, 9, 0x0101, 0x2009, 0xffff};
    for (uint32_t tag = QB_TAG_BIG; tag <= QB_TAG_TYPES; tag++) {
        for (size_t i = 0; has_count(tag) && i < sizeof extras / sizeof extras[0]; i++) {
            builder_t b = build_packed();
            size_t body = build_body(&b, tag, 0, extras[i], COUNT_MAX, 64);
            judge(&b, body, QB_IMAGE_E_CORRUPT);
        }
    }
}

static void all_ones_in_a_set_or_array_are_refused(void **unused) {
    (void)unused;
    static const uint32_t tags[] = {QB_TAG_SET, QB_TAG_DICT, QB_TAG_BITS};
    for (size_t i = 0; i < 3; i++) {
        for (size_t word = 0; word < 2; word++) {
            if (tags[i] != QB_TAG_BITS && word == 1) continue; /* reserved */
            builder_t b = build_packed();
            size_t body = build_body(&b, tags[i], 0, 0, 1, 64);
            build_u32(&b, body + 8 + word * 4, COUNT_MAX);
            judge(&b, body, QB_IMAGE_E_CORRUPT);
        }
    }
    builder_t b = build_packed();
    size_t array = build_body(&b, QB_TAG_NDARRAY, 0, 3u << 8, 1, 64);
    for (size_t i = 0; i < 3; i++) {
        build_u32(&b, array + 8 + i * 4, COUNT_MAX);
    }
    judge(&b, array, QB_IMAGE_E_CORRUPT);
}

/* What stands in the body of a container, all ones one after the other. */
static void all_ones_in_a_container_are_refused(void **unused) {
    (void)unused;
    static const size_t of_array[] = {QB_ARRAY_COUNT, QB_ARRAY_STRIDE, QB_ARRAY_DATA,
                                      QB_ARRAY_STARTS};
    for (size_t i = 0; i < sizeof of_array / sizeof of_array[0]; i++) {
        builder_t b = build_image();
        size_t array = build_body(&b, QB_TAG_ARRAY, 0, 0, 0, QB_ARRAY_BODY_BYTES - 8);
        build_u64(&b, array + QB_ARRAY_COUNT, 1);
        build_u32(&b, array + QB_ARRAY_STRIDE, 4);
        (void)build_part(&b, array, QB_ARRAY_STARTS, 4);
        size_t data = build_part(&b, array, QB_ARRAY_DATA, 8);
        b.bytes[data] = QB_TAG_NULL;
        if (of_array[i] == QB_ARRAY_STRIDE) {
            build_u32(&b, array + of_array[i], COUNT_MAX);
        } else {
            build_u64(&b, array + of_array[i], UINT64_MAX);
        }
        judge(&b, array, QB_IMAGE_E_CORRUPT);
    }
    static const size_t of_map[] = {QB_MAP_KIND, QB_MAP_COUNT, QB_MAP_SLOTS, QB_MAP_KEYS,
                                    QB_MAP_VALUES};
    for (size_t i = 0; i < sizeof of_map / sizeof of_map[0]; i++) {
        builder_t b = build_image();
        size_t map = build_body(&b, QB_TAG_MAP, QB_CONTAINER_NUMBERS, QB_U8,
                                QB_KEYS_NUMBERS + QB_U8, QB_MAP_BODY_BYTES - 8);
        build_u64(&b, map + QB_MAP_COUNT, 1);
        build_u32(&b, map + QB_MAP_STRIDE, 1);
        (void)build_part(&b, map, QB_MAP_KEYS, 8);
        (void)build_part(&b, map, QB_MAP_VALUES, 8);
        build_u32(&b, map + of_map[i], COUNT_MAX);
        judge(&b, map, QB_IMAGE_E_CORRUPT);
    }
}

/* ---- where pointers lead --------------------------------------------------------------------- */

static void a_pointer_to_the_head_to_itself_or_into_its_body_is_refused(void **unused) {
    (void)unused;
    static const size_t targets[] = {0, 8, 20, 24, 32, 4096};
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        builder_t b = build_packed();
        size_t list = build_body(&b, QB_TAG_LIST, 0, 0, 4, 16);
        build_point(&b, list + 12, targets[i]);
        judge(&b, list, QB_IMAGE_E_CORRUPT);
    }
}

static void a_list_in_itself_is_a_value(void **unused) {
    (void)unused;
    builder_t b = build_packed();
    size_t list = build_body(&b, QB_TAG_LIST, 0, 0, 2, 8);
    build_point(&b, list + 8, list);
    build_point(&b, list + 12, list);
    judge(&b, list, QB_IMAGE_OK);
}

static void a_dict_is_not_its_own_key_and_a_set_that_is_ends_the_search(void **unused) {
    (void)unused;
    builder_t b = build_packed();
    size_t dict = build_body(&b, QB_TAG_DICT, 0, 0, 1, 8 + QB_DICT_ENTRY_BYTES);
    build_point(&b, dict + 20, dict);
    judge(&b, dict, QB_IMAGE_E_CORRUPT);

    b = build_packed();
    size_t set = build_body(&b, QB_TAG_SET, 0, 0, 1, 8 + QB_SET_ENTRY_BYTES);
    build_point(&b, set + 20, set);
    build_packed_end(&b, set);
    qb_image_t image = open_or_fail(&b);
    qb_value_t value;
    uint32_t hash = 0;
    assert_image(verify_with(&image, NULL, NULL), OK);
    assert_image(qb_image_root(&image, &value), OK);
    assert_image(qb_value_hash(&value, &hash), E_LIMIT);
    assert_image(qb_value_find(&value, value, NULL), E_LIMIT);
    free(b.bytes);
}

static void the_type_table_is_no_value_and_a_value_no_type_table(void **unused) {
    (void)unused;
    builder_t b = build_packed();
    size_t types = build_body(&b, QB_TAG_TYPES, 0, 0, 0, 0);
    build_point(&b, QB_HEAD_TYPES, types);
    judge(&b, types, QB_IMAGE_E_CORRUPT);

    b = build_packed();
    size_t list = build_body(&b, QB_TAG_LIST, 0, 0, 0, 0);
    build_point(&b, QB_HEAD_TYPES, list);
    build_packed_end(&b, list);
    qb_image_t image;
    assert_image(qb_image_open_packed(&image, b.bytes, b.size), E_CORRUPT);
    free(b.bytes);
}

/* ---- overlaps -------------------------------------------------------------------------------- */

static void bodies_that_overlap_are_refused(void **unused) {
    (void)unused;
    builder_t b = build_packed();
    size_t inner = build_body(&b, QB_TAG_LIST, 0, 0, 8, 32);
    b.bytes[inner + 16] = QB_TAG_LIST; /* a header that is two elements of the other */
    size_t outer = build_body(&b, QB_TAG_LIST, 0, 0, 2, 8);
    build_point(&b, outer + 8, inner);
    build_point(&b, outer + 12, inner + 16);
    judge(&b, outer, QB_IMAGE_E_CORRUPT);

    b = build_packed();
    size_t text = build_body(&b, QB_TAG_BYTES, 0, 0, 64, 64);
    b.bytes[text + 24] = QB_TAG_NULL;
    outer = build_body(&b, QB_TAG_LIST, 0, 0, 2, 8);
    build_point(&b, outer + 8, text + 24);
    build_point(&b, outer + 12, text);
    judge(&b, outer, QB_IMAGE_E_CORRUPT);
}

/* An array of the numbers of a part that is also its body, the header, or another one's. */
static void parts_that_overlap_are_refused(void **unused) {
    (void)unused;
    builder_t b = build_image();
    size_t map = build_body(&b, QB_TAG_MAP, QB_CONTAINER_NUMBERS, QB_U8, QB_KEYS_NUMBERS + QB_U8,
                            QB_MAP_BODY_BYTES - 8);
    build_u64(&b, map + QB_MAP_COUNT, 4);
    build_u32(&b, map + QB_MAP_STRIDE, 1);
    size_t keys = build_part(&b, map, QB_MAP_KEYS, 64);
    build_u64(&b, map + QB_MAP_VALUES, keys - map);
    judge(&b, map, QB_IMAGE_E_CORRUPT);

    b = build_image();
    size_t array =
        build_body(&b, QB_TAG_ARRAY, QB_CONTAINER_NUMBERS, QB_U8, 0, QB_ARRAY_BODY_BYTES + 64);
    build_u64(&b, array + QB_ARRAY_COUNT, 4);
    build_u32(&b, array + QB_ARRAY_STRIDE, 1);
    assert_int_equal(array, QB_PART_ALIGN);
    build_u64(&b, array + QB_ARRAY_DATA, 0 - (uint64_t)QB_PART_ALIGN); /* the header */
    judge(&b, array, QB_IMAGE_E_CORRUPT);
}

/* Each header is two elements of all lists before it: a million values in 8 kB, if that were allowed. */
static void a_thousand_lists_in_one_make_no_million_values(void **unused) {
    (void)unused;
    enum { LISTS = 1000 };
    builder_t b = build_packed();
    size_t first = build_body(&b, QB_TAG_LIST, 0, 0, 2 * LISTS, (size_t)8 * LISTS);
    size_t all = build_body(&b, QB_TAG_LIST, 0, 0, LISTS, (size_t)4 * LISTS);
    for (uint32_t i = 0; i < LISTS; i++) {
        b.bytes[first + 8 * (size_t)i] = QB_TAG_LIST;
        build_u32(&b, first + 8 * (size_t)i + 4, 2 * (LISTS - i));
        build_point(&b, all + 8 + 4 * (size_t)i, first + 8 * (size_t)i);
    }
    judge(&b, all, QB_IMAGE_E_CORRUPT);
}

/* ---- bombs ----------------------------------------------------------------------------------- */

/* Lists in lists, each with its element `width` times. */
static builder_t build_nested(uint32_t levels, uint32_t width, size_t *top) {
    builder_t b = build_packed();
    *top = build_body(&b, QB_TAG_LIST, 0, 0, 0, 0);
    for (uint32_t i = 0; i < levels; i++) {
        size_t list = build_body(&b, QB_TAG_LIST, 0, 0, width, (size_t)4 * width);
        for (size_t k = 0; k < width; k++) {
            build_point(&b, list + 8 + 4 * k, *top);
        }
        *top = list;
    }
    return b;
}

static void depth_bombs_are_deeper_than_allowed(void **unused) {
    (void)unused;
    size_t top = 0;
    builder_t b = build_nested(64, 1, &top);
    judge(&b, top, QB_IMAGE_OK);
    b = build_nested(65, 1, &top);
    judge(&b, top, QB_IMAGE_E_LIMIT);
    b = build_nested(20000, 1, &top);
    build_packed_end(&b, top);
    qb_image_t image = open_or_fail(&b);
    qb_value_t value;
    uint32_t hash = 0;
    const qb_limits_t deep = {20000, 1u << 20, 1u << 20};
    assert_image(verify_with(&image, &deep, NULL), OK);
    assert_image(qb_image_root(&image, &value), OK);
    assert_image(qb_value_hash(&value, &hash), E_LIMIT);
    free(b.bytes);
}

static void shared_values_that_are_2_to_60_when_written_out_are_61(void **unused) {
    (void)unused;
    size_t top = 0;
    builder_t b = build_nested(60, 2, &top);
    build_packed_end(&b, top);
    qb_image_t image = open_or_fail(&b);
    qb_report_t report;
    qb_value_t value;
    uint32_t hash = 0;
    int is_equal = 0;
    assert_image(verify_with(&image, NULL, &report), OK);
    assert_int_equal(report.nodes, 61);
    assert_image(qb_image_root(&image, &value), OK);
    assert_image(qb_value_hash(&value, &hash), E_LIMIT);
    assert_image(qb_value_equal(&value, &value, &is_equal), E_LIMIT);
    free(b.bytes);
}

/* A set of many large decimals, all with the hash of the one that is asked for. */
static void a_search_compares_each_key_of_one_hash_once(void **unused) {
    (void)unused;
    enum { KEYS = 512, BYTES = 65536 };
    builder_t b = build_packed();
    size_t decimal = build_body(&b, QB_TAG_DECIMAL, 0, 0, BYTES, 8 + BYTES);
    memset(b.bytes + decimal + 16, 0x55, BYTES);
    size_t set = build_body(&b, QB_TAG_SET, 0, 0, KEYS, 8 + (size_t)KEYS * QB_SET_ENTRY_BYTES);
    for (size_t i = 0; i < KEYS; i++) {
        build_point(&b, set + 20 + i * QB_SET_ENTRY_BYTES, decimal);
    }
    size_t other = build_body(&b, QB_TAG_DECIMAL, 0, 0, BYTES, 8 + BYTES);
    build_u32(&b, other + 8, 100000); /* the exponent: equal ones have many zeros at their end */
    memset(b.bytes + other + 16, 0x33, BYTES);
    size_t pair = build_body(&b, QB_TAG_LIST, 0, 0, 2, 8);
    build_point(&b, pair + 8, set);
    build_point(&b, pair + 12, other);
    build_packed_end(&b, pair);

    qb_image_t image = open_or_fail(&b);
    qb_value_t root;
    qb_value_t index;
    qb_value_t key;
    uint32_t hash = 0;
    assert_image(verify_with(&image, NULL, NULL), OK);
    assert_image(qb_image_root(&image, &root), OK);
    assert_image(qb_value_at(&root, 1, &key), OK);
    assert_image(qb_value_hash(&key, &hash), OK);
    for (size_t i = 0; i < KEYS; i++) {
        build_u32(&b, set + 16 + i * QB_SET_ENTRY_BYTES, hash);
    }
    assert_image(qb_value_at(&root, 0, &index), OK);
    assert_image(qb_value_find(&index, key, NULL), E_NOT_FOUND);
    free(b.bytes);
}

/* As many keys as there is room for, each with the next one in it: more than can wait to be looked into. */
static void lists_in_each_other_that_are_all_keys_are_refused(void **unused) {
    (void)unused;
    enum { LISTS = 256 };
    builder_t b = build_image();
    size_t map =
        build_body(&b, QB_TAG_MAP, QB_MAP_NO_VALUES, 0, QB_KEYS_ANY, QB_MAP_BODY_BYTES - 8);
    build_u64(&b, map + QB_MAP_COUNT, LISTS);
    size_t keys = build_part(&b, map, QB_MAP_KEYS, (size_t)4 * LISTS);
    size_t data = build_part(&b, map, QB_MAP_DATA, (size_t)8 * LISTS);
    for (uint32_t i = 0; i < LISTS; i++) {
        b.bytes[data + 8 * (size_t)i] = QB_TAG_LIST;
        build_u32(&b, data + 8 * (size_t)i + 4, 1);
        build_u32(&b, keys + 4 * (size_t)i, i);
    }
    judge(&b, map, QB_IMAGE_E_CORRUPT);
}

/* A layout whose names have one hash: each is compared with some of the others, not with all. */
static void names_of_one_hash_are_more_than_allowed(void **unused) {
    (void)unused;
    enum { NAMES = 200 };
    text_t text = {0};
    text_put(&text, "{\"name\":\"A\",\"bytes\":%d,\"align\":1,\"fields\":[", NAMES);
    for (uint32_t found = 0, i = 0; found < NAMES; i++) {
        char name[16];
        uint32_t hash = 0;
        (void)snprintf(name, sizeof name, "%x", i);
        qb_value_t key = qb_value_of_text(name);
        assert_image(qb_value_hash(&key, &hash), OK);
        if (hash % 4096 != 0) continue;
        text_put(&text, "%s[\"%s\",\"u8\",%u]", found > 0 ? "," : "", name, found);
        found++;
    }
    text_put(&text, "]}");
    qb_type_t layout;
    assert_image(qb_type_open(&layout, text.bytes, (uint32_t)text.size), OK);
    builder_t b = build_packed();
    size_t at = build_string(&b, text.bytes);
    size_t types = build_body(&b, QB_TAG_TYPES, 0, 0, 1, QB_TYPE_ENTRY_BYTES);
    build_u32(&b, types + 12, NAMES);
    build_u32(&b, types + 16, layout.print);
    build_point(&b, types + 20, at);
    build_point(&b, QB_HEAD_TYPES, types);
    size_t list = build_body(&b, QB_TAG_LIST, 0, 0, 0, 0);
    text_free(&text);
    judge(&b, list, QB_IMAGE_E_LIMIT);
}

static void types_that_nest_without_end_are_refused(void **unused) {
    (void)unused;
    enum { LEVELS = 20000 };
    static char text[LEVELS * 9 + 100];
    char *at = text + sprintf(text, "{\"name\":\"A\",\"bytes\":4,\"align\":4,\"fields\":[[\"a\",");
    for (int i = 0; i < LEVELS; i++) {
        memcpy(at, "[\"list\",", 8);
        at += 8;
    }
    *at++ = '"';
    qb_type_t type;
    qb_field_t field;
    uint64_t cursor = 0;
    assert_image(qb_type_open(&type, text, (uint32_t)(at - text)), OK);
    assert_image(qb_type_next(&type, &cursor, &field), E_CORRUPT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_of_all_ones_are_refused),
        cmocka_unit_test(all_ones_in_a_set_or_array_are_refused),
        cmocka_unit_test(all_ones_in_a_container_are_refused),
        cmocka_unit_test(a_pointer_to_the_head_to_itself_or_into_its_body_is_refused),
        cmocka_unit_test(a_list_in_itself_is_a_value),
        cmocka_unit_test(a_dict_is_not_its_own_key_and_a_set_that_is_ends_the_search),
        cmocka_unit_test(the_type_table_is_no_value_and_a_value_no_type_table),
        cmocka_unit_test(bodies_that_overlap_are_refused),
        cmocka_unit_test(parts_that_overlap_are_refused),
        cmocka_unit_test(a_thousand_lists_in_one_make_no_million_values),
        cmocka_unit_test(depth_bombs_are_deeper_than_allowed),
        cmocka_unit_test(shared_values_that_are_2_to_60_when_written_out_are_61),
        cmocka_unit_test(a_search_compares_each_key_of_one_hash_once),
        cmocka_unit_test(lists_in_each_other_that_are_all_keys_are_refused),
        cmocka_unit_test(names_of_one_hash_are_more_than_allowed),
        cmocka_unit_test(types_that_nest_without_end_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
