/* Readers of images: any bytes behind a header that is right give values from within them, or a status. */
#include "fuzz.h"

static const char *const seeds[] = {"test/golden/images", NULL};
const fuzz_target_t fuzz_target = {"image", seeds, 60000};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    qb_image_t image;
    if (qb_image_open(&image, bytes, size) != QB_IMAGE_OK) return 0;
    (void)qb_image_check(&image);
    fuzz_walk(&image, 0);
    return 0;
}
