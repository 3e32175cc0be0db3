/* Packed values and images, made by hand. */
#include "build.h"

#include <stdlib.h>
#include <string.h>

#include "image/crc.h"

size_t build_room(builder_t *b, size_t bytes, size_t align) {
    size_t at = (b->size + align - 1) / align * align;
    size_t size = (at + bytes + 7) / 8 * 8;
    uint8_t *grown = realloc(b->bytes, size);
    if (grown == NULL) abort();
    b->bytes = grown;
    memset(b->bytes + b->size, 0, size - b->size);
    b->size = size;
    return at;
}

void build_u16(builder_t *b, size_t at, uint16_t value) {
    memcpy(b->bytes + at, &value, sizeof value);
}
void build_u32(builder_t *b, size_t at, uint32_t value) {
    memcpy(b->bytes + at, &value, sizeof value);
}
void build_u64(builder_t *b, size_t at, uint64_t value) {
    memcpy(b->bytes + at, &value, sizeof value);
}
void build_f64(builder_t *b, size_t at, double value) {
    memcpy(b->bytes + at, &value, sizeof value);
}
void build_bytes(builder_t *b, size_t at, const void *bytes, size_t size) {
    if (size > 0) memcpy(b->bytes + at, bytes, size);
}
void build_point(builder_t *b, size_t at, size_t body) {
    build_u32(b, at, (uint32_t)(((int64_t)body - (int64_t)at) / 4));
}

size_t build_body(builder_t *b, uint32_t tag, uint32_t flags, uint32_t aux, uint32_t count,
                  size_t bytes) {
    size_t at = build_room(b, QB_BODY_BYTES + bytes, 8);
    b->bytes[at] = (uint8_t)tag;
    b->bytes[at + 1] = (uint8_t)flags;
    build_u16(b, at + 2, (uint16_t)aux);
    build_u32(b, at + 4, count);
    return at;
}

size_t build_int(builder_t *b, int32_t value) {
    return build_body(b, QB_TAG_INT32, 0, 0, (uint32_t)value, 0);
}

size_t build_string(builder_t *b, const char *text) {
    size_t bytes = strlen(text);
    size_t at = build_body(b, QB_TAG_STRING, 0, 0, (uint32_t)bytes, bytes);
    build_bytes(b, at + QB_BODY_BYTES, text, bytes);
    return at;
}

builder_t build_packed(void) {
    builder_t b = {0};
    build_room(&b, QB_HEAD_BYTES, 8);
    b.bytes[QB_HEAD_VERSION] = 1;
    b.bytes[QB_HEAD_OLDEST] = 1;
    build_u16(&b, QB_HEAD_MAGIC_AT, QB_HEAD_MAGIC);
    return b;
}

void build_packed_end(builder_t *b, size_t root) {
    build_u32(b, 0, (uint32_t)b->size);
    if (root != 0) build_point(b, QB_HEAD_ROOT, root);
}

builder_t build_image(void) {
    builder_t b = {0};
    build_room(&b, QB_FILE_BYTES, 8);
    build_bytes(&b, 0, QB_FILE_MAGIC, QB_FILE_MAGIC_BYTES);
    build_u16(&b, QB_FILE_VERSION, 1);
    build_u16(&b, QB_FILE_OLDEST, 1);
    return b;
}

void build_sums(builder_t *b) {
    uint8_t *bytes = b->bytes;
    build_u32(b, QB_FILE_CHECKSUM, qb_crc32c(bytes + QB_FILE_BYTES, b->size - QB_FILE_BYTES));
    build_u32(b, QB_FILE_OWN_CHECKSUM, qb_crc32c(bytes, QB_FILE_OWN_CHECKSUM));
}

void build_image_end(builder_t *b, size_t root) {
    build_u64(b, QB_FILE_SIZE, b->size);
    build_u64(b, QB_FILE_ROOT, root);
    build_sums(b);
}

size_t build_part(builder_t *b, size_t body, size_t field, size_t bytes) {
    size_t at = build_room(b, bytes, QB_PART_ALIGN);
    build_u64(b, body + field, at - body);
    return at;
}
