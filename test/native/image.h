/* What the tests of the reader of images share. */
#ifndef QB_TEST_IMAGE_H
#define QB_TEST_IMAGE_H

#include "qbwasm_image.h"
#include "support/blob.h"
#include "support/build.h"
#include "support/describe.h"

#include "support.h"

#define GOLDEN "test/golden/"

static inline void image_status_or_fail(qb_image_status_t got, qb_image_status_t wanted,
                                        const char *file, int line) {
    if (got == wanted) return;
    say("expected %s, got %s\n", qb_image_status_name(wanted), qb_image_status_name(got));
    _fail(file, line);
}
#define assert_image(call, status)                                                                 \
    image_status_or_fail((call), QB_IMAGE_##status, __FILE__, __LINE__)

/* ---- reading --------------------------------------------------------------------------------- */

/* An image or a packed value, by what it begins with. */
static inline qb_image_status_t open_any(qb_image_t *image, const uint8_t *bytes, size_t size) {
    int is_file =
        size >= QB_FILE_MAGIC_BYTES && memcmp(bytes, QB_FILE_MAGIC, QB_FILE_MAGIC_BYTES) == 0;
    return is_file ? qb_image_open(image, bytes, size) : qb_image_open_packed(image, bytes, size);
}

/* Reads all that can be reached, up to `budget` values, and says what the reader says. */
static inline qb_image_status_t read_all(const qb_image_t *image, size_t budget) {
    qb_value_t root;
    text_t text = {0};
    qb_image_status_t status = qb_image_root(image, &root);
    if (status == QB_IMAGE_OK) {
        status = image->is_file ? describe_image(image, budget, &text)
                                : describe(&root, NULL, budget, &text);
    }
    text_free(&text);
    return status;
}

static inline qb_image_status_t verify_with(const qb_image_t *image, const qb_limits_t *limits,
                                            qb_report_t *report) {
    uint64_t bytes = qb_image_scratch(image, limits);
    void *scratch = malloc(bytes);
    assert_non_null(scratch);
    qb_image_status_t status = qb_image_verify(image, limits, scratch, bytes, report);
    free(scratch);
    return status;
}

#endif
