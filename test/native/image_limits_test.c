/*
 * Versions, wide containers, and what verification asks of its caller.
 */
#include "image.h"

/* ---- versions -------------------------------------------------------------------------------- */

static void newer_bytes_are_read_when_their_oldest_reader_is_old_enough(void **unused) {
    (void)unused;
    qb_image_t image;
    qb_value_t root;
    builder_t b = build_packed();
    size_t body = build_int(&b, 7);
    b.bytes[QB_HEAD_VERSION] = 9;
    build_packed_end(&b, body);
    assert_image(qb_image_open_packed(&image, b.bytes, b.size), OK);
    assert_int_equal(image.version, 9);
    assert_image(verify_with(&image, NULL, NULL), OK);
    assert_image(qb_image_root(&image, &root), OK);
    assert_int_equal(root.number.i64, 7);
    b.bytes[QB_HEAD_OLDEST] = QB_IMAGE_VERSION + 1;
    assert_image(qb_image_open_packed(&image, b.bytes, b.size), E_VERSION);
    assert_null(image.bytes);
    free(b.bytes);

    b = build_image();
    body = build_int(&b, 7);
    build_u16(&b, QB_FILE_VERSION, 900);
    build_image_end(&b, body);
    assert_image(qb_image_open(&image, b.bytes, b.size), OK);
    assert_int_equal(image.version, 900);
    assert_image(qb_image_check(&image), OK);
    assert_image(verify_with(&image, NULL, NULL), OK);
    build_u16(&b, QB_FILE_OLDEST, QB_IMAGE_VERSION + 1);
    build_sums(&b);
    assert_image(qb_image_open(&image, b.bytes, b.size), E_VERSION);
    assert_null(image.bytes);
    free(b.bytes);
}

/* ---- wide ------------------------------------------------------------------------------------ */

/* The string map { a: [10, 20], bc: [30] }, all starts and references of 64 bits. */
static builder_t build_wide(size_t *values_at, size_t *starts_at) {
    static const uint64_t keys[] = {0, 1, 3};
    static const uint64_t starts[] = {0, 2, 3};
    builder_t b = build_image();
    size_t map = build_body(&b, QB_TAG_MAP, QB_MAP_MULTI | QB_CONTAINER_WIDE, 0, QB_KEYS_STRINGS,
                            QB_MAP_BODY_BYTES - 8);
    build_u64(&b, map + QB_MAP_COUNT, 2);
    build_u32(&b, map + QB_MAP_STRIDE, 8);
    build_bytes(&b, build_part(&b, map, QB_MAP_KEYS, sizeof keys), keys, sizeof keys);
    build_bytes(&b, build_part(&b, map, QB_MAP_TEXT, 3), "abc", 3);
    *starts_at = build_part(&b, map, QB_MAP_STARTS, sizeof starts);
    build_bytes(&b, *starts_at, starts, sizeof starts);
    *values_at = build_part(&b, map, QB_MAP_VALUES, 3 * sizeof(uint64_t));
    size_t data = build_part(&b, map, QB_MAP_DATA, 0);
    for (int32_t i = 0; i < 3; i++) {
        size_t body = build_int(&b, (i + 1) * 10);
        build_u64(&b, *values_at + 8 * (size_t)i, (body - data) / QB_REFERENCE_UNIT);
    }
    build_image_end(&b, map);
    return b;
}

static void wide_maps_are_read_and_proved(void **unused) {
    (void)unused;
    size_t values_at = 0;
    size_t starts_at = 0;
    builder_t b = build_wide(&values_at, &starts_at);
    qb_image_t image;
    qb_value_t root;
    qb_value_t list;
    qb_value_t value;
    qb_map_t map;
    assert_image(qb_image_open(&image, b.bytes, b.size), OK);
    assert_image(verify_with(&image, NULL, NULL), OK);
    assert_image(qb_image_root(&image, &root), OK);
    assert_image(qb_map_open(&root, &map), OK);
    assert_true(map.is_wide);
    assert_image(qb_map_get(&map, qb_value_of_text("a"), &list), OK);
    assert_int_equal(list.count, 2);
    assert_image(qb_value_at(&list, 1, &value), OK);
    assert_int_equal(value.number.i64, 20);
    assert_image(qb_map_get(&map, qb_value_of_text("bc"), &list), OK);
    assert_int_equal(list.count, 1);
    assert_image(qb_value_at(&list, 0, &value), OK);
    assert_int_equal(value.number.i64, 30);
    assert_image(qb_map_get(&map, qb_value_of_text("b"), &list), E_NOT_FOUND);

    build_u64(&b, values_at, UINT64_MAX); /* undefined */
    assert_image(verify_with(&image, NULL, NULL), OK);
    assert_image(qb_value_at(&map.values, 0, &value), OK);
    assert_int_equal(value.kind, QB_KIND_UNDEFINED);
    build_u64(&b, values_at, UINT64_MAX - 1);
    assert_image(verify_with(&image, NULL, NULL), E_CORRUPT);
    assert_image(qb_value_at(&map.values, 0, &value), E_CORRUPT);
    build_u64(&b, values_at, 0);
    build_u64(&b, starts_at + 8, 4); /* beyond the next one */
    assert_image(verify_with(&image, NULL, NULL), E_CORRUPT);
    assert_image(qb_map_get(&map, qb_value_of_text("bc"), &list), E_CORRUPT);
    free(b.bytes);
}

static void wide_texts_are_read_and_proved(void **unused) {
    (void)unused;
    static const uint64_t starts[] = {0, 2, 2, 3};
    builder_t b = build_image();
    size_t array =
        build_body(&b, QB_TAG_ARRAY, QB_CONTAINER_WIDE, QB_AUX_TEXTS, 0, QB_ARRAY_BODY_BYTES - 8);
    build_u64(&b, array + QB_ARRAY_COUNT, 3);
    size_t at = build_part(&b, array, QB_ARRAY_STARTS, sizeof starts);
    build_bytes(&b, at, starts, sizeof starts);
    build_bytes(&b, build_part(&b, array, QB_ARRAY_DATA, 3), "abc", 3);
    build_image_end(&b, array);
    qb_image_t image;
    qb_value_t root;
    qb_value_t text;
    assert_image(qb_image_open(&image, b.bytes, b.size), OK);
    assert_image(verify_with(&image, NULL, NULL), OK);
    assert_image(qb_image_root(&image, &root), OK);
    for (uint64_t i = 0; i < 3; i++) {
        assert_image(qb_value_at(&root, i, &text), OK);
        assert_int_equal(text.count, starts[i + 1] - starts[i]);
        assert_memory_equal(text.data, &"abc"[starts[i]], text.count);
    }
    build_u64(&b, at + 24, UINT64_MAX);
    assert_image(verify_with(&image, NULL, NULL), E_CORRUPT);
    assert_image(qb_value_at(&root, 2, &text), E_CORRUPT);
    free(b.bytes);
}

/* ---- limits ---------------------------------------------------------------------------------- */

/* [[1], [1]] with a layout that nobody uses. */
static builder_t build_lists(void) {
    static const char text[] =
        "{\"name\":\"A\",\"bytes\":8,\"align\":8,\"fields\":[[\"a\",\"f64\",0]]}";
    builder_t b = build_packed();
    qb_type_t layout;
    assert_image(qb_type_open(&layout, text, sizeof text - 1), OK);
    size_t at = build_string(&b, text);
    size_t types = build_body(&b, QB_TAG_TYPES, 0, 0, 1, QB_TYPE_ENTRY_BYTES);
    build_u32(&b, types + 12, 8);
    build_u32(&b, types + 16, layout.print);
    build_point(&b, types + 20, at);
    build_point(&b, QB_HEAD_TYPES, types);
    size_t outer = build_body(&b, QB_TAG_LIST, 0, 0, 2, 8);
    for (size_t i = 0; i < 2; i++) {
        size_t inner = build_body(&b, QB_TAG_LIST, 0, 0, 1, 4);
        build_point(&b, outer + 8 + 4 * i, inner);
        build_point(&b, inner + 8, build_int(&b, 1));
    }
    build_packed_end(&b, outer);
    return b;
}

static void each_limit_is_what_the_report_tells_and_no_less(void **unused) {
    (void)unused;
    builder_t b = build_lists();
    qb_image_t image;
    qb_report_t report;
    assert_image(qb_image_open_packed(&image, b.bytes, b.size), OK);
    assert_image(verify_with(&image, NULL, &report), OK);
    assert_int_equal(report.depth, 2);
    assert_int_equal(report.nodes, 7);
    assert_int_equal(report.bytes, b.size - QB_HEAD_BYTES);
    qb_limits_t exact = {report.depth, report.nodes, report.bytes};
    assert_image(verify_with(&image, &exact, NULL), OK);
    uint64_t *const limits[] = {&exact.depth, &exact.nodes, &exact.bytes};
    for (size_t i = 0; i < 3; i++) {
        --*limits[i];
        assert_image(verify_with(&image, &exact, NULL), E_LIMIT);
        ++*limits[i];
    }
    free(b.bytes);
}

static void scratch_that_is_too_small_or_at_an_odd_address_is_refused(void **unused) {
    (void)unused;
    builder_t b = build_lists();
    qb_image_t image;
    assert_image(qb_image_open_packed(&image, b.bytes, b.size), OK);
    uint64_t bytes = qb_image_scratch(&image, NULL);
    uint8_t *scratch = malloc(bytes + 8);
    assert_non_null(scratch);
    assert_image(qb_image_verify(&image, NULL, scratch, bytes, NULL), OK);
    assert_image(qb_image_verify(&image, NULL, scratch, bytes - 1, NULL), E_ROOM);
    assert_image(qb_image_verify(&image, NULL, scratch, 0, NULL), E_ROOM);
    assert_image(qb_image_verify(&image, NULL, scratch + 4, bytes, NULL), E_ALIGN);
    qb_limits_t few = {8, 8, 4096};
    assert_true(qb_image_scratch(&image, &few) <= bytes);
    free(scratch);
    free(b.bytes);
}

static void packed_values_have_no_checksum(void **unused) {
    (void)unused;
    builder_t b = build_lists();
    qb_image_t image;
    assert_image(qb_image_open_packed(&image, b.bytes, b.size), OK);
    assert_image(qb_image_check(&image), E_KIND);
    free(b.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(newer_bytes_are_read_when_their_oldest_reader_is_old_enough),
        cmocka_unit_test(wide_maps_are_read_and_proved),
        cmocka_unit_test(wide_texts_are_read_and_proved),
        cmocka_unit_test(each_limit_is_what_the_report_tells_and_no_less),
        cmocka_unit_test(scratch_that_is_too_small_or_at_an_odd_address_is_refused),
        cmocka_unit_test(packed_values_have_no_checksum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
