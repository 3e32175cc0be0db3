/*
 * The entries of a memory pool: what their state words say, and where they stand. See memory_pool.c.
 */
#ifndef QB_MEMORY_ENTRY_H
#define QB_MEMORY_ENTRY_H

#include "lifetime/chunk.h"
#include "lifetime/memory_units.h"
#include "lifetime/region.h"

#define QB_MEMORY_GENERATION_MASK 0xffffffu

QB_INLINE uint64_t qb_memory_entry_word(uint32_t owner, uint32_t generation, uint32_t phase,
                                        uint32_t actor) {
    return owner | (uint64_t)generation << 8 | (uint64_t)phase << 32 | (uint64_t)actor << 40;
}
QB_INLINE uint32_t qb_memory_owner_of(uint64_t word) {
    return (uint32_t)word & 255u;
}
QB_INLINE uint32_t qb_memory_generation_of(uint64_t word) {
    return (uint32_t)word >> 8;
}
QB_INLINE uint32_t qb_memory_phase_of(uint64_t word) {
    return (uint32_t)(word >> 32) & 15u;
}
QB_INLINE uint32_t qb_memory_actor_of(uint64_t word) {
    return (uint32_t)(word >> 40) & 255u;
}
QB_INLINE uint64_t qb_memory_free_word(uint64_t word) {
    uint32_t next = (qb_memory_generation_of(word) + 1) & QB_MEMORY_GENERATION_MASK;
    return qb_memory_entry_word(QB_OWNER_NONE, next == 0 ? 1 : next, QB_MEMORY_NONE, 0);
}

/* The pool at any 32-bit address, or NULL. */
qb_memory_t *qb_memory_pool_at(uint32_t address);

/* The entry, or NULL: its chunk is not there. */
qb_memory_entry_t *qb_memory_entry_at(const qb_memory_t *pool, uint32_t index);

/* Behind the last entry of the last chunk that is there. */
uint32_t qb_memory_entry_end(const qb_memory_t *pool);

/* Adds a chunk with room for 2^order units. QB_E_NO_ROOM: the pool is as large as it may be. */
#define QB_MEMORY_UNITS_MAX (1u << 26)
qb_status_t qb_memory_grow(qb_thread_t *self, qb_memory_t *pool, uint32_t order);

#endif
