/* Bytes on the heap. */
#include "blob.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

blob_t blob_of(const void *bytes, size_t size) {
    if (size > BLOB_BYTES_MAX) abort();
    blob_t blob = {malloc(size > 0 ? size : 1), size};
    if (blob.bytes == NULL) abort();
    if (size > 0) memcpy(blob.bytes, bytes, size);
    return blob;
}

blob_t blob_read(const char *path) {
    FILE *file = fopen(path, "rb");
    uint8_t *room = malloc(BLOB_BYTES_MAX);
    if (file == NULL || room == NULL) {
        (void)fprintf(stderr, "cannot read %s (tests run in the root of the repository)\n", path);
        abort();
    }
    size_t size = fread(room, 1, BLOB_BYTES_MAX - 1, file);
    (void)fclose(file);
    room[size] = 0;
    blob_t blob = blob_of(room, size + 1);
    blob.size = size;
    free(room);
    return blob;
}
