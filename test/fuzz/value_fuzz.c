/* Readers of packed values: any bytes give values from within them, or a status. */
#include "fuzz.h"

static const char *const seeds[] = {"test/golden/values", NULL};
const fuzz_target_t fuzz_target = {"value", seeds, 60000};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    qb_image_t image;
    uint64_t done = 0;
    /* Several may stand one behind the other. */
    while (qb_image_open_packed(&image, bytes + done, size - done) == QB_IMAGE_OK) {
        fuzz_walk(&image, 0);
        done += image.size;
    }
    return 0;
}
