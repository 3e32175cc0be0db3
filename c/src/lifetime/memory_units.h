/*
 * The units of a memory pool: which entry has which of them.
 *
 * Each unit has a word: 0 = free, else 1 + the index of the entry whose block it is part of. So each unit says
 * itself whose it is; a thread that dies while it takes or gives units leaves nothing in doubt. A block of
 * order k is 2^k units that begin at a multiple of 2^k: neighbours that are free are one larger free block, and
 * there is no list of free blocks to keep.
 *
 * A word becomes another entry's only by CAS from 0, and 0 only by a store of the entry's maker, of the one who
 * frees it, or of the reaper of either: the entry's state says who that is.
 */
#ifndef QB_MEMORY_UNITS_H
#define QB_MEMORY_UNITS_H

#include "base/layout.h"
#include "lifetime/chunk.h"

#define QB_MEMORY_ORDER_NONE 31u /* no units at all */
#define QB_MEMORY_UNIT_MASK 0x7ffffffu
#define QB_MEMORY_RANGE_NONE (QB_MEMORY_ORDER_NONE << 27)

QB_INLINE uint32_t qb_memory_order(uint32_t range) {
    return range >> 27;
}
QB_INLINE uint32_t qb_memory_unit(uint32_t range) {
    return range & QB_MEMORY_UNIT_MASK;
}

/* Where the parts of a chunk stand; address != 0. */
QB_INLINE uint32_t qb_memory_words_of(const qb_memory_t *pool, uint32_t chunk, uint32_t address) {
    return address +
           qb_chunk_count(pool->chunk_entries, chunk) * (uint32_t)sizeof(qb_memory_entry_t);
}
/* Data is aligned to this: to a cache line. */
#define QB_MEMORY_DATA_ALIGN 64u
QB_INLINE uint32_t qb_memory_data_of(const qb_memory_t *pool, uint32_t chunk, uint32_t address) {
    uint32_t end =
        qb_memory_words_of(pool, chunk, address) + qb_chunk_count(pool->chunk_units, chunk) * 4;
    return (end + QB_MEMORY_DATA_ALIGN - 1) & ~(QB_MEMORY_DATA_ALIGN - 1);
}

/* Address of the words of a range; 0: it has none, or does not lie in a chunk that is there. */
uint32_t qb_memory_words_at(const qb_memory_t *pool, uint32_t range);

/* First unit of a free run of 2^order units, searched from unit `from` on and round; or NONE. */
#define QB_MEMORY_UNIT_NONE UINT32_MAX
uint32_t qb_memory_seek(const qb_memory_t *pool, uint32_t order, uint32_t from);

/* Takes a free run of 2^order units for the entry, whose maker self is: the one at `unit`, where it was seen,
 * or another. QB_OK or QB_E_NO_ROOM. */
qb_status_t qb_memory_take(qb_memory_t *pool, qb_memory_entry_t *entry, uint32_t index,
                           uint32_t order, uint32_t unit);

/* Gives back what the entry has of its range. */
void qb_memory_give(qb_memory_t *pool, const qb_memory_entry_t *entry, uint32_t index);

#endif
