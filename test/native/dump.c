/*
 * Prints what the C reader reads, a line a file: for test/image/c-reader.test.js.
 *
 *     dump FILE ...      {"status":"QB_IMAGE_OK","sound":"QB_IMAGE_OK","value":[...]}
 *
 * value is the form of test/golden/values.json (packed values) and images.json (images).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/blob.h"
#include "support/describe.h"

#define BUDGET 10000000

static qb_image_status_t read_all(const blob_t *blob, qb_image_t *image, text_t *text) {
    int is_file = blob->size > 0 && blob->bytes[0] == 'Q';
    qb_image_status_t status = is_file ? qb_image_open(image, blob->bytes, blob->size)
                                       : qb_image_open_packed(image, blob->bytes, blob->size);
    if (status == QB_IMAGE_OK && is_file) status = qb_image_check(image);
    if (status != QB_IMAGE_OK) return status;
    if (is_file) return describe_image(image, BUDGET, text);
    qb_value_t root;
    status = qb_image_root(image, &root);
    return status == QB_IMAGE_OK ? describe(&root, NULL, BUDGET, text) : status;
}

static qb_image_status_t prove(const qb_image_t *image) {
    if (image->bytes == NULL) return QB_IMAGE_E_FORMAT;
    uint64_t bytes = qb_image_scratch(image, NULL);
    void *scratch = malloc(bytes);
    if (scratch == NULL) abort();
    qb_image_status_t status = qb_image_verify(image, NULL, scratch, bytes, NULL);
    free(scratch);
    return status;
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        blob_t blob = blob_read(argv[i]);
        qb_image_t image = {0};
        text_t text = {0};
        qb_image_status_t status = read_all(&blob, &image, &text);
        printf("{\"status\":\"%s\",\"sound\":\"%s\",\"value\":%s}\n", qb_image_status_name(status),
               qb_image_status_name(prove(&image)), status == QB_IMAGE_OK ? text.bytes : "null");
        text_free(&text);
        free(blob.bytes);
    }
    return 0;
}
