/*
 * Chunks: how a pool grows without moving anything.
 *
 *   chunk 0        chunk 1        chunk 2                chunk 3 ...
 *   | first_count | first_count | 2 * first_count      | 4 * first_count
 *   0             f             2f                     4f              index
 *
 * An index finds its chunk without a search, and what stands in a chunk stays where it is.
 */
#ifndef QB_CHUNK_H
#define QB_CHUNK_H

#include "base/layout.h"

/* Chunk of an index: 0, or 1 + log2 of how many chunks of the first size lie below it. */
QB_INLINE uint32_t qb_chunk_of(uint32_t first_count, uint32_t index) {
    /* A division costs more than all the rest. (0: it was spoilt; and that must not trap.) */
    if (index < first_count || first_count == 0) return 0;
    return 32u - (uint32_t)__builtin_clz(index / first_count);
}
QB_INLINE uint32_t qb_chunk_first(uint32_t first_count, uint32_t chunk) {
    return chunk == 0 ? 0 : first_count << (chunk - 1);
}
QB_INLINE uint32_t qb_chunk_count(uint32_t first_count, uint32_t chunk) {
    return chunk == 0 ? first_count : first_count << (chunk - 1);
}

#endif
