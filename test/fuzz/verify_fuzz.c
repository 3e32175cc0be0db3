/*
 * Verification, of packed values and images: it ends within its limits, and what it accepts can be read to the last
 * byte without a refusal. With room for less than it asks for it says so.
 */
#include <stdlib.h>

#include "fuzz.h"

static const char *const seeds[] = {"test/golden/values", "test/golden/images", NULL};
const fuzz_target_t fuzz_target = {"verify", seeds, 150000};

static qb_image_status_t verify(const qb_image_t *image, const qb_limits_t *limits) {
    qb_report_t report;
    uint64_t bytes = qb_image_scratch(image, limits);
    void *scratch = malloc(bytes);
    if (scratch == NULL) abort();
    qb_image_status_t status = qb_image_verify(image, limits, scratch, bytes, &report);
    if (status == QB_IMAGE_OK && report.bytes > image->size) abort(); /* some bytes count twice */
    if (status != QB_IMAGE_E_CORRUPT && report.fault_at != 0) abort();
    if (report.fault_at > image->size) abort();
    free(scratch);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const qb_limits_t tight = {3, 12, 512};
    qb_image_t image;
    if (fuzz_open(&image, bytes, size) != QB_IMAGE_OK) return 0;
    qb_image_status_t status = verify(&image, NULL);
    if (status == QB_IMAGE_OK) fuzz_walk(&image, 1);
    if (verify(&image, &tight) == QB_IMAGE_OK && status != QB_IMAGE_OK) abort();
    return 0;
}
