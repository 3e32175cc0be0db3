/* Packed values and images, made by hand. Offsets are what everything is called by. */
#ifndef QB_TEST_BUILD_H
#define QB_TEST_BUILD_H

#include <stddef.h>
#include <stdint.h>

#include "image/format.h"

/* Bytes that grow, zeros at first; free(builder.bytes). */
typedef struct builder {
    uint8_t *bytes;
    size_t size;
} builder_t;

/* Room of so many bytes; the size stays a multiple of 8. */
size_t build_room(builder_t *b, size_t bytes, size_t align);

void build_u16(builder_t *b, size_t at, uint16_t value);
void build_u32(builder_t *b, size_t at, uint32_t value);
void build_u64(builder_t *b, size_t at, uint64_t value);
void build_f64(builder_t *b, size_t at, double value);
void build_bytes(builder_t *b, size_t at, const void *bytes, size_t size);
void build_point(builder_t *b, size_t at, size_t body);

/* A body of a tag with `bytes` bytes of content. */
size_t build_body(builder_t *b, uint32_t tag, uint32_t flags, uint32_t aux, uint32_t count,
                  size_t bytes);
size_t build_int(builder_t *b, int32_t value);
size_t build_string(builder_t *b, const char *text);

/* The head of a packed value; the bodies follow. */
builder_t build_packed(void);
void build_packed_end(builder_t *b, size_t root);

/* The header of an image; the bodies follow. */
builder_t build_image(void);
void build_image_end(builder_t *b, size_t root);
void build_sums(builder_t *b);

/* A part of a container, at a multiple of 64: tells its distance. */
size_t build_part(builder_t *b, size_t body, size_t field, size_t bytes);

#endif
