/* Bytes on the heap, exactly so many: the sanitizer sees the first one behind. free(blob.bytes). */
#ifndef QB_TEST_BLOB_H
#define QB_TEST_BLOB_H

#include <stddef.h>
#include <stdint.h>

typedef struct blob {
    uint8_t *bytes;
    size_t size;
} blob_t;

#define BLOB_BYTES_MAX (4u << 20)

blob_t blob_of(const void *bytes, size_t size);

/* A whole file, and a 0 behind it that does not count. Ends the process when it cannot be read. */
blob_t blob_read(const char *path);

#endif
