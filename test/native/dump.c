/*
 * Prints what the C reader reads, a line a file, and what it thinks of many, a line each: for test/image.
 *
 *     dump FILE ...           {"status":"QB_IMAGE_OK","sound":"QB_IMAGE_OK","value":[...]}
 *     dump --verdicts FILE    QB_IMAGE_OK depth nodes bytes
 *
 * value is the form of test/golden/values.json (packed values) and images.json (images). The file of verdicts has for
 * each of its inputs a u32 with its size, and the bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/blob.h"
#include "support/describe.h"

#define BUDGET 10000000

static qb_image_status_t open_all(const blob_t *blob, qb_image_t *image) {
    int is_file = blob->size > 0 && blob->bytes[0] == 'Q';
    if (!is_file) return qb_image_open_packed(image, blob->bytes, blob->size);
    qb_image_status_t status = qb_image_open(image, blob->bytes, blob->size);
    return status == QB_IMAGE_OK ? qb_image_check(image) : status;
}

static qb_image_status_t read_all(const blob_t *blob, qb_image_t *image, text_t *text) {
    qb_image_status_t status = open_all(blob, image);
    if (status != QB_IMAGE_OK) return status;
    if (image->is_file) return describe_image(image, BUDGET, text);
    qb_value_t root;
    status = qb_image_root(image, &root);
    return status == QB_IMAGE_OK ? describe(&root, NULL, BUDGET, text) : status;
}

static qb_image_status_t prove(const qb_image_t *image, qb_report_t *report) {
    if (image->bytes == NULL) return QB_IMAGE_E_FORMAT;
    uint64_t bytes = qb_image_scratch(image, NULL);
    void *scratch = malloc(bytes);
    if (scratch == NULL) abort();
    qb_image_status_t status = qb_image_verify(image, NULL, scratch, bytes, report);
    free(scratch);
    return status;
}

static int judge_all(FILE *file) {
    uint32_t size = 0;
    while (fread(&size, sizeof size, 1, file) == 1) {
        qb_image_t image = {0};
        qb_report_t report = {0};
        blob_t blob = {malloc(size + 1u), size};
        if (blob.bytes == NULL || fread(blob.bytes, 1, size, file) != size) abort();
        qb_image_status_t status = open_all(&blob, &image);
        if (status == QB_IMAGE_OK) status = prove(&image, &report);
        printf("%s %llu %llu %llu\n", qb_image_status_name(status),
               (unsigned long long)report.depth, (unsigned long long)report.nodes,
               (unsigned long long)report.bytes);
        free(blob.bytes);
    }
    (void)fclose(file);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "--verdicts") == 0) {
        FILE *file = fopen(argv[2], "rb");
        return file == NULL ? 2 : judge_all(file);
    }
    for (int i = 1; i < argc; i++) {
        blob_t blob = blob_read(argv[i]);
        qb_image_t image = {0};
        text_t text = {0};
        qb_image_status_t status = read_all(&blob, &image, &text);
        printf("{\"status\":\"%s\",\"sound\":\"%s\",\"value\":%s}\n", qb_image_status_name(status),
               qb_image_status_name(prove(&image, NULL)),
               status == QB_IMAGE_OK ? text.bytes : "null");
        text_free(&text);
        free(blob.bytes);
    }
    return 0;
}
