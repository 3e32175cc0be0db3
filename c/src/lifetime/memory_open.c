/*
 * Memory pools: opening, and growing by chunks (chunk.h). See memory_pool.c.
 *
 * A chunk is made whole, then named in the pool by one CAS: who is too late gives his back. A thread that dies
 * before that leaves a span of the region, which is freed with it.
 *
 * Threads: any.
 */
#include "heap/span.h"
#include "lifetime/memory_entry.h"

#define UNIT_BYTES_MIN 8u
#define UNIT_BYTES_MAX 65536u
#define ENTRIES_MAX (1u << 24)
#define INDEX_MAX (1u << 31)
#define DATA_BYTES_MAX (1u << 31)

/* Adds the chunk if it is missing. QB_OK also when another thread was faster. */
static qb_status_t chunk_make(qb_thread_t *self, qb_memory_t *pool, uint32_t chunk) {
    /* The indices of all entries fit into a result. */
    if ((uint64_t)pool->chunk_entries << chunk > INDEX_MAX) return QB_E_OUT_OF_MEMORY;
    uint64_t bytes =
        sizeof(qb_region_span_t) + QB_MEMORY_DATA_ALIGN +
        (uint64_t)qb_chunk_count(pool->chunk_entries, chunk) * sizeof(qb_memory_entry_t) +
        ((uint64_t)qb_chunk_count(pool->chunk_units, chunk) * (4 + (1u << pool->unit_log2)));
    if (bytes > DATA_BYTES_MAX + (1u << 30)) return QB_E_OUT_OF_MEMORY;
    uint32_t address = qb_region_grow(self, &pool->region, qb_span_pages_for((uint32_t)bytes));
    if (address < QB_ADDRESS_MIN) return (qb_status_t)address;
    uint32_t entries = address + (uint32_t)sizeof(qb_region_span_t);
    qb_fill(QB_AT(uint8_t, entries), 0, qb_memory_data_of(pool, chunk, entries) - entries);
    if (!qb_cas32(&pool->chunks[chunk], 0, entries)) {
        qb_region_shrink(self, &pool->region, address);
    } else if (chunk > 0) {
        (void)qb_add32(&pool->growth_count, 1);
    }
    return QB_OK;
}

qb_status_t qb_memory_grow(qb_thread_t *self, qb_memory_t *pool, uint32_t order) {
    if ((pool->flags & QB_MEMORY_GROWS) == 0) return QB_E_NO_ROOM;
    uint64_t units = pool->chunk_units;
    for (uint32_t chunk = 1; chunk < QB_MEMORY_CHUNKS_MAX && 2 * units <= QB_MEMORY_UNITS_MAX;
         chunk++) {
        /* A run must stand at a multiple of its size, which the chunk itself does, being as large. */
        if (units >= 1u << order && qb_load32(&pool->chunks[chunk]) == 0) {
            return chunk_make(self, pool, chunk);
        }
        units *= 2;
    }
    return QB_E_NO_ROOM;
}

uint32_t qb_memory_open(qb_thread_t *self, uint32_t data_bytes, uint32_t unit_bytes,
                        uint32_t allocations_max, uint32_t flags) {
    int is_power = unit_bytes != 0 && (unit_bytes & (unit_bytes - 1)) == 0;
    if (!is_power || unit_bytes < UNIT_BYTES_MIN || unit_bytes > UNIT_BYTES_MAX || flags > 1 ||
        allocations_max == 0 || allocations_max > ENTRIES_MAX) {
        return QB_E_ARGUMENT;
    }
    if (data_bytes == 0 || data_bytes > DATA_BYTES_MAX) return QB_E_SIZE;
    uint32_t units = (data_bytes - 1) / unit_bytes + 1;
    /* A power of two, so that the chunks of a growing pool begin at multiples of their size. */
    if (flags != 0 && units > 1) units = 1u << (32 - __builtin_clz(units - 1));
    if (units > QB_MEMORY_UNITS_MAX) return QB_E_SIZE;
    uint32_t address = qb_region_make(self);
    if (address < QB_ADDRESS_MIN) return address;
    qb_memory_t *pool = QB_AT(qb_memory_t, address);
    qb_fill((uint8_t *)pool + sizeof(qb_region_t), 0, sizeof(qb_memory_t) - sizeof(qb_region_t));
    qb_put32(&pool->region.rescan, 1); /* several threads add spans: there is no list */
    qb_put32(&pool->unit_log2, (uint32_t)__builtin_ctz(unit_bytes));
    qb_put32(&pool->chunk_units, units);
    qb_put32(&pool->chunk_entries, allocations_max);
    qb_put32(&pool->flags, flags);
    if (chunk_make(self, pool, 0) != QB_OK) {
        qb_region_discard(self, &pool->region);
        return QB_E_OUT_OF_MEMORY;
    }
    qb_region_open(&pool->region, QB_REGION_MEMORY);
    return address;
}
