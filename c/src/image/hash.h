/* MurmurHash3_x86_32 (Austin Appleby's, in the public domain), in one go and word by word. */
#ifndef QB_IMAGE_HASH_H
#define QB_IMAGE_HASH_H

#include <stdint.h>

#include "image/bytes.h"

static inline uint32_t qb_hash_rotate(uint32_t word, uint32_t bits) {
    return word << bits | word >> (32 - bits);
}

static inline uint32_t qb_hash_scramble(uint32_t word) {
    return qb_hash_rotate(word * 0xcc9e2d51u, 15) * 0x1b873593u;
}

/* Four bytes more. */
static inline uint32_t qb_hash_word(uint32_t hash, uint32_t word) {
    return qb_hash_rotate(hash ^ qb_hash_scramble(word), 13) * 5u + 0xe6546b64u;
}

/* The end, after `bytes` bytes in all. */
static inline uint32_t qb_hash_end(uint32_t hash, uint32_t bytes) {
    hash ^= bytes;
    hash = (hash ^ hash >> 16) * 0x85ebca6bu;
    hash = (hash ^ hash >> 13) * 0xc2b2ae35u;
    return hash ^ hash >> 16;
}

static inline uint32_t qb_hash_bytes(uint32_t seed, const uint8_t *bytes, uint32_t size) {
    uint32_t hash = seed;
    uint32_t i = 0;
    for (; i + 4 <= size; i += 4) {
        hash = qb_hash_word(hash, qb_u32(bytes + i));
    }
    uint32_t tail = 0;
    for (uint32_t shift = 0; i < size; i++, shift += 8) {
        tail |= (uint32_t)bytes[i] << shift;
    }
    return qb_hash_end(hash ^ qb_hash_scramble(tail), size);
}

/* Byte by byte. */
typedef struct qb_hasher {
    uint32_t hash;
    uint32_t tail;
    uint32_t bytes;
} qb_hasher_t;

static inline void qb_hasher_byte(qb_hasher_t *hasher, uint32_t byte) {
    hasher->tail |= byte << hasher->bytes % 4 * 8;
    if (++hasher->bytes % 4 != 0) return;
    hasher->hash = qb_hash_word(hasher->hash, hasher->tail);
    hasher->tail = 0;
}

static inline uint32_t qb_hasher_end(const qb_hasher_t *hasher) {
    return qb_hash_end(hasher->hash ^ qb_hash_scramble(hasher->tail), hasher->bytes);
}

#endif
