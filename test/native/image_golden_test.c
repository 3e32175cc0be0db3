/*
 * The golden files: what JS wrote is what C reads, and what damage does to them.
 */
#include "image.h"

#define BUDGET 100000

/* The layout of Point in test/support/packed.js, for the one file that does not tell it. */
static const char point[] =
    "{\"name\":\"Point\",\"bytes\":8,\"align\":4,\"fields\":[[\"x\",\"f32\",0],[\"y\",\"f32\",4]]}";

typedef void golden_visit_t(const char *name, const char *expected, blob_t blob);

/* Calls for each line of values.json: "name": [...], */
static uint32_t each_golden(golden_visit_t *visit) {
    blob_t json = blob_read(GOLDEN "values.json");
    uint32_t count = 0;
    char *line = (char *)json.bytes;
    for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        if (*line != '"') continue;
        char *quote = strchr(line + 1, '"');
        *end = 0;
        *quote = 0;
        char *expected = quote + 3;
        size_t bytes = strlen(expected);
        if (expected[bytes - 1] == ',') expected[bytes - 1] = 0;
        char path[300];
        (void)snprintf(path, sizeof path, GOLDEN "values/%s.bin", line + 1);
        blob_t file = blob_read(path);
        blob_t exact = blob_of(file.bytes, file.size);
        visit(line + 1, expected, exact);
        free(file.bytes);
        free(exact.bytes);
        count++;
    }
    free(json.bytes);
    return count;
}

/* ---- whole ----------------------------------------------------------------------------------- */

static void compare(const char *name, const char *expected, blob_t blob) {
    qb_image_t image;
    qb_value_t root;
    qb_type_t layout;
    text_t text = {0};
    assert_image(qb_type_open(&layout, point, sizeof point - 1), OK);
    assert_image(qb_image_open_packed(&image, blob.bytes, blob.size), OK);
    assert_int_equal(image.size, blob.size);
    assert_image(qb_image_root(&image, &root), OK);
    qb_image_status_t status = describe(&root, &layout, BUDGET, &text);
    if (status != QB_IMAGE_OK || strcmp(text.bytes, expected) != 0) {
        fail_msg("%s: %s\n  read     %s\n  expected %s", name, qb_image_status_name(status),
                 text.bytes, expected);
    }
    text_free(&text);
}

static void every_golden_value_is_read_as_JS_reads_it(void **unused) {
    (void)unused;
    assert_int_equal(each_golden(compare), 200);
}

static void verify_sound(const char *name, const char *expected, blob_t blob) {
    qb_image_t image;
    qb_report_t report;
    (void)expected;
    assert_image(qb_image_open_packed(&image, blob.bytes, blob.size), OK);
    qb_image_status_t status = verify_with(&image, NULL, &report);
    int has_no_layout = strcmp(name, "struct-no-layout") == 0;
    qb_image_status_t wanted = has_no_layout ? QB_IMAGE_E_SCHEMA : QB_IMAGE_OK;
    if (status != wanted) {
        fail_msg("%s: %s at %llu", name, qb_image_status_name(status),
                 (unsigned long long)report.fault_at);
    }
    if (!has_no_layout) assert_true(report.bytes + QB_HEAD_BYTES <= image.size);
}

static void every_golden_value_is_sound(void **unused) {
    (void)unused;
    assert_int_equal(each_golden(verify_sound), 200);
}

/* ---- damaged --------------------------------------------------------------------------------- */

static uint64_t damaged_count;
static uint64_t refused_count;

/* Reads all that can be read; what verification has proved must then be readable. */
static void read_damaged(const char *name, const blob_t *blob, const char *how, size_t where) {
    qb_image_t image;
    qb_value_t root;
    qb_type_t layout;
    damaged_count++;
    assert_image(qb_type_open(&layout, point, sizeof point - 1), OK);
    if (open_any(&image, blob->bytes, blob->size) != QB_IMAGE_OK) {
        refused_count++;
        return;
    }
    text_t text = {0};
    qb_image_status_t status = qb_image_root(&image, &root);
    if (status == QB_IMAGE_OK) status = describe(&root, &layout, BUDGET, &text);
    text_free(&text);
    if (status != QB_IMAGE_OK) refused_count++;
    qb_image_status_t proof = verify_with(&image, NULL, NULL);
    if (proof == QB_IMAGE_OK && status != QB_IMAGE_OK) {
        fail_msg("%s, %s %zu: sound, and yet %s", name, how, where, qb_image_status_name(status));
    }
}

static void flip_every_bit(const char *name, const char *expected, blob_t blob) {
    (void)expected;
    for (size_t i = 0; i < blob.size * 8; i++) {
        blob.bytes[i / 8] ^= (uint8_t)(1u << i % 8);
        read_damaged(name, &blob, "bit", i);
        blob.bytes[i / 8] ^= (uint8_t)(1u << i % 8);
    }
}

static void invert_every_byte(const char *name, const char *expected, blob_t blob) {
    (void)expected;
    for (size_t i = 0; i < blob.size; i++) {
        blob.bytes[i] ^= 0xffu;
        read_damaged(name, &blob, "byte", i);
        blob.bytes[i] ^= 0xffu;
    }
}

static void cut_everywhere(const char *name, const char *expected, blob_t blob) {
    (void)expected;
    for (size_t size = 0; size < blob.size; size++) {
        blob_t cut = blob_of(blob.bytes, size);
        read_damaged(name, &cut, "cut at", size);
        /* The same with a head that says so. */
        if (size >= QB_HEAD_BYTES && size % 8 == 0) {
            uint32_t bytes = (uint32_t)size;
            memcpy(cut.bytes, &bytes, sizeof bytes);
            read_damaged(name, &cut, "ends at", size);
        }
        free(cut.bytes);
    }
}

static void every_single_bit_of_every_golden_value_may_be_wrong(void **unused) {
    (void)unused;
    damaged_count = refused_count = 0;
    assert_int_equal(each_golden(flip_every_bit), 200);
    say("flipped bits: %llu, of which %llu are refused\n", (unsigned long long)damaged_count,
        (unsigned long long)refused_count);
}

static void every_single_byte_of_every_golden_value_may_be_inverted(void **unused) {
    (void)unused;
    assert_int_equal(each_golden(invert_every_byte), 200);
}

static void every_golden_value_may_end_anywhere(void **unused) {
    (void)unused;
    damaged_count = refused_count = 0;
    assert_int_equal(each_golden(cut_everywhere), 200);
    say("cut: %llu, of which %llu are refused\n", (unsigned long long)damaged_count,
        (unsigned long long)refused_count);
}

/* ---- alignment ------------------------------------------------------------------------------- */

static void a_base_that_is_no_multiple_of_8_is_refused(void **unused) {
    (void)unused;
    blob_t blob = blob_read(GOLDEN "values/list-mixed.bin");
    _Alignas(8) uint8_t room[1024];
    assert_true(blob.size + 8 <= sizeof room);
    for (size_t shift = 1; shift < 8; shift++) {
        qb_image_t image;
        memcpy(room + shift, blob.bytes, blob.size);
        assert_image(qb_image_open_packed(&image, room + shift, blob.size), E_ALIGN);
        assert_image(qb_image_open(&image, room + shift, blob.size), E_ALIGN);
        assert_null(image.bytes);
    }
    free(blob.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_golden_value_is_read_as_JS_reads_it),
        cmocka_unit_test(every_golden_value_is_sound),
        cmocka_unit_test(every_single_bit_of_every_golden_value_may_be_wrong),
        cmocka_unit_test(every_single_byte_of_every_golden_value_may_be_inverted),
        cmocka_unit_test(every_golden_value_may_end_anywhere),
        cmocka_unit_test(a_base_that_is_no_multiple_of_8_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
