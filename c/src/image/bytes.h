/*
 * Bytes and ranges: the only place that reads the bytes of others.
 *
 * A number is read once, into a local, checked there and used from there: bytes that another thread writes
 * meanwhile change what is read, not where.
 */
#ifndef QB_IMAGE_BYTES_H
#define QB_IMAGE_BYTES_H

#include <stdint.h>
#include <string.h>

#include "image/format.h"
#include "qbwasm_image.h"

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "qbwasm_image reads little-endian bytes in place: it needs a little-endian host"
#endif

#define QB_TRY(call)                                                                               \
    do {                                                                                           \
        qb_image_status_t try_status = (call);                                                     \
        if (try_status != QB_IMAGE_OK) return try_status;                                          \
    } while (0)

static inline uint16_t qb_u16(const uint8_t *at) {
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return value;
}
static inline uint32_t qb_u32(const uint8_t *at) {
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}
static inline int32_t qb_i32(const uint8_t *at) {
    int32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}
static inline uint64_t qb_u64(const uint8_t *at) {
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}
static inline double qb_f64(const uint8_t *at) {
    double value;
    memcpy(&value, at, sizeof value);
    return value;
}
/* u32 or u64. */
static inline uint64_t qb_word(const uint8_t *at, uint32_t bytes) {
    return bytes == 8 ? qb_u64(at) : qb_u32(at);
}

static inline uint64_t qb_padded(uint64_t bytes) {
    return (bytes + 7u) & ~(uint64_t)7;
}

/* Whether `bytes` bytes lie in the image from `offset` on. */
static inline int qb_has(const qb_image_t *image, uint64_t offset, uint64_t bytes) {
    return offset <= image->size && bytes <= image->size - offset;
}

/* Whether `count` times `stride` (> 0) bytes do. */
static inline int qb_has_many(const qb_image_t *image, uint64_t offset, uint64_t count,
                              uint64_t stride) {
    return offset <= image->size && count <= (image->size - offset) / stride;
}

static inline uint64_t qb_offset_of(const qb_image_t *image, const uint8_t *at) {
    return (uint64_t)(at - image->bytes);
}

#endif
