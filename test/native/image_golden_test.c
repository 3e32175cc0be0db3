/*
 * The golden files: what JS wrote is what C reads, and what damage does to them.
 */
#include "image.h"

#define BUDGET 100000
#define IMAGES_MIN 28

/* The layout of Point in test/support/packed.js, for the one file that does not tell it. */
static const char point[] =
    "{\"name\":\"Point\",\"bytes\":8,\"align\":4,\"fields\":[[\"x\",\"f32\",0],[\"y\",\"f32\",4]]}";

typedef void golden_visit_t(const char *name, const char *expected, blob_t blob);

/* Calls for each line of a list: "name": [...], */
static uint32_t each_of(const char *list, const char *folder, const char *ending,
                        golden_visit_t *visit) {
    blob_t json = blob_read(list);
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
        (void)snprintf(path, sizeof path, "%s%s%s", folder, line + 1, ending);
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

static uint32_t each_golden(golden_visit_t *visit) {
    return each_of(GOLDEN "values.json", GOLDEN "values/", ".bin", visit);
}

static uint32_t each_image(golden_visit_t *visit) {
    return each_of(GOLDEN "images.json", GOLDEN "images/", ".qbi", visit);
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

static void compare_image(const char *name, const char *expected, blob_t blob) {
    qb_image_t image;
    text_t text = {0};
    assert_image(qb_image_open(&image, blob.bytes, blob.size), OK);
    assert_image(qb_image_check(&image), OK);
    qb_image_status_t status = describe_image(&image, BUDGET, &text);
    if (status != QB_IMAGE_OK || strcmp(text.bytes, expected) != 0) {
        fail_msg("%s: %s\n  read     %s\n  expected %s", name, qb_image_status_name(status),
                 text.bytes, expected);
    }
    text_free(&text);
}

static void every_golden_image_is_read_as_JS_reads_it(void **unused) {
    (void)unused;
    assert_true(each_image(compare_image) >= IMAGES_MIN);
}

static void verify_sound(const char *name, const char *expected, blob_t blob) {
    qb_image_t image;
    qb_report_t report;
    (void)expected;
    assert_image(open_any(&image, blob.bytes, blob.size), OK);
    qb_image_status_t status = verify_with(&image, NULL, &report);
    int has_no_layout = strcmp(name, "struct-no-layout") == 0;
    qb_image_status_t wanted = has_no_layout ? QB_IMAGE_E_SCHEMA : QB_IMAGE_OK;
    if (status != wanted) {
        fail_msg("%s: %s at %llu", name, qb_image_status_name(status),
                 (unsigned long long)report.fault_at);
    }
    if (!has_no_layout) assert_true(report.bytes + image.first <= image.size);
}

static void everything_golden_is_sound(void **unused) {
    (void)unused;
    assert_int_equal(each_golden(verify_sound), 200);
    assert_true(each_image(verify_sound) >= IMAGES_MIN);
}

/* ---- damaged --------------------------------------------------------------------------------- */

static struct {
    uint64_t all;
    uint64_t refused;
    uint64_t sound;
} damaged;

/* Checksums that fit again, so that what stands behind them is read. */
static void reseal(uint8_t *bytes, size_t size) {
    builder_t b = {bytes, size};
    build_sums(&b);
}

/* Reads all that can be read; what verification has proved must then be readable. */
static void read_damaged(const char *name, const blob_t *blob, const char *how, size_t where) {
    qb_image_t image;
    qb_value_t root;
    qb_type_t layout;
    damaged.all++;
    assert_image(qb_type_open(&layout, point, sizeof point - 1), OK);
    if (open_any(&image, blob->bytes, blob->size) != QB_IMAGE_OK) {
        damaged.refused++;
        return;
    }
    text_t text = {0};
    qb_image_status_t status = qb_image_root(&image, &root);
    if (status == QB_IMAGE_OK) {
        status = image.is_file ? describe_image(&image, BUDGET, &text)
                               : describe(&root, &layout, BUDGET, &text);
    }
    text_free(&text);
    damaged.refused += status != QB_IMAGE_OK;
    qb_image_status_t proof = verify_with(&image, NULL, NULL);
    damaged.sound += proof == QB_IMAGE_OK;
    if (proof == QB_IMAGE_OK && status != QB_IMAGE_OK) {
        fail_msg("%s, %s %zu: sound, and yet %s", name, how, where, qb_image_status_name(status));
    }
}

/* With some bits of one byte changed, once with the old checksums and once with new ones. */
static void change(const char *name, const blob_t *blob, size_t at, uint8_t bits) {
    uint8_t *bytes = blob->bytes;
    int is_image = bytes[0] == 'Q';
    bytes[at] ^= bits;
    if (is_image) {
        qb_image_t image;
        if (qb_image_open(&image, bytes, blob->size) == QB_IMAGE_OK) {
            assert_image(qb_image_check(&image), E_CHECKSUM);
        }
        reseal(bytes, blob->size);
    }
    read_damaged(name, blob, "byte", at);
    bytes[at] ^= bits;
    if (is_image) reseal(bytes, blob->size);
}

static void flip_every_bit(const char *name, const char *expected, blob_t blob) {
    (void)expected;
    for (size_t i = 0; i < blob.size * 8; i++) {
        change(name, &blob, i / 8, (uint8_t)(1u << i % 8));
    }
}

static void invert_every_byte(const char *name, const char *expected, blob_t blob) {
    (void)expected;
    for (size_t i = 0; i < blob.size; i++) {
        change(name, &blob, i, 0xff);
    }
}

/* Cut at every byte; at multiples of 8 also with a head that says so. */
static void cut_everywhere(const char *name, const char *expected, blob_t blob) {
    (void)expected;
    int is_image = blob.bytes[0] == 'Q';
    size_t head = is_image ? QB_FILE_BYTES : QB_HEAD_BYTES;
    for (size_t size = 0; size < blob.size; size++) {
        blob_t cut = blob_of(blob.bytes, size);
        read_damaged(name, &cut, "cut at", size);
        if (size >= head && size % 8 == 0) {
            uint64_t bytes = size;
            memcpy(cut.bytes + (is_image ? QB_FILE_SIZE : 0), &bytes, is_image ? 8 : 4);
            if (is_image) reseal(cut.bytes, size);
            read_damaged(name, &cut, "ends at", size);
        }
        free(cut.bytes);
    }
}

static void damage_all(const char *what, golden_visit_t *damage) {
    memset(&damaged, 0, sizeof damaged);
    assert_int_equal(each_golden(damage), 200);
    assert_true(each_image(damage) >= IMAGES_MIN);
    say("%s: %llu, of which reading refuses %llu, and verification finds %llu sound\n", what,
        (unsigned long long)damaged.all, (unsigned long long)damaged.refused,
        (unsigned long long)damaged.sound);
}

static void any_single_bit_may_be_wrong(void **unused) {
    (void)unused;
    damage_all("flipped bits", flip_every_bit);
}

static void any_single_byte_may_be_inverted(void **unused) {
    (void)unused;
    damage_all("inverted bytes", invert_every_byte);
}

static void everything_may_end_anywhere(void **unused) {
    (void)unused;
    damage_all("cut", cut_everywhere);
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
        cmocka_unit_test(every_golden_image_is_read_as_JS_reads_it),
        cmocka_unit_test(everything_golden_is_sound),
        cmocka_unit_test(any_single_bit_may_be_wrong),
        cmocka_unit_test(any_single_byte_may_be_inverted),
        cmocka_unit_test(everything_may_end_anywhere),
        cmocka_unit_test(a_base_that_is_no_multiple_of_8_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
