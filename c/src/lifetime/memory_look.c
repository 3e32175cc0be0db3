/*
 * Looking into memory pools: entries, blocks, what there is of a type, and the check of all invariants.
 *
 * Nothing here writes. What is found may have changed by the time it is returned.
 *
 * Threads: any.
 */
#include "lifetime/memory_entry.h"

qb_memory_t *qb_memory_pool_at(uint32_t address) {
    return (qb_memory_t *)(void *)qb_region_at(address, QB_REGION_MEMORY);
}

qb_memory_entry_t *qb_memory_entry_at(const qb_memory_t *pool, uint32_t index) {
    uint32_t chunk = qb_chunk_of(pool->chunk_entries, index);
    uint32_t address = chunk < QB_MEMORY_CHUNKS_MAX ? qb_load32(&pool->chunks[chunk]) : 0;
    if (address == 0) return NULL;
    return QB_AT(qb_memory_entry_t, address) + (index - qb_chunk_first(pool->chunk_entries, chunk));
}

uint32_t qb_memory_entry_end(const qb_memory_t *pool) {
    uint32_t chunk = QB_MEMORY_CHUNKS_MAX;
    while (chunk > 0 && qb_load32(&pool->chunks[chunk - 1]) == 0) chunk--;
    return chunk == 0 ? 0 : qb_chunk_first(pool->chunk_entries, chunk);
}

/* ---- looking --------------------------------------------------------------------------------- */

uint32_t qb_memory_entry(uint32_t address, uint32_t index) {
    const qb_memory_t *pool = qb_memory_pool_at(address);
    if (pool == NULL) return QB_E_REGION;
    const qb_memory_entry_t *entry = qb_memory_entry_at(pool, index);
    return entry == NULL ? (uint32_t)QB_E_ARGUMENT : QB_ADDRESS_OF(entry);
}

uint32_t qb_memory_data(uint32_t address, uint32_t index) {
    const qb_memory_t *pool = qb_memory_pool_at(address);
    if (pool == NULL) return QB_E_REGION;
    const qb_memory_entry_t *entry = qb_memory_entry_at(pool, index);
    if (entry == NULL) return QB_E_ARGUMENT;
    uint32_t range = qb_load32(&entry->range);
    uint32_t unit = qb_memory_order(range) == QB_MEMORY_ORDER_NONE ? 0 : qb_memory_unit(range);
    uint32_t chunk = qb_chunk_of(pool->chunk_units, unit);
    uint32_t entries = chunk < QB_MEMORY_CHUNKS_MAX ? qb_load32(&pool->chunks[chunk]) : 0;
    if (entries == 0) return QB_E_ARGUMENT;
    uint32_t offset = unit - qb_chunk_first(pool->chunk_units, chunk);
    return qb_memory_data_of(pool, chunk, entries) + (offset << pool->unit_log2);
}

uint32_t qb_memory_at(uint32_t address, uint32_t block) {
    const qb_memory_t *pool = qb_memory_pool_at(address);
    if (pool == NULL) return QB_E_REGION;
    for (uint32_t chunk = 0; chunk < QB_MEMORY_CHUNKS_MAX; chunk++) {
        uint32_t entries = qb_load32(&pool->chunks[chunk]);
        if (entries == 0) continue;
        uint32_t offset = block - qb_memory_data_of(pool, chunk, entries);
        uint32_t unit = offset >> pool->unit_log2;
        if (unit >= qb_chunk_count(pool->chunk_units, chunk)) continue;
        uint32_t word = qb_load32(QB_AT(uint32_t, qb_memory_words_of(pool, chunk, entries)) + unit);
        const qb_memory_entry_t *entry = word == 0 ? NULL : qb_memory_entry_at(pool, word - 1);
        if (entry == NULL || qb_memory_phase_of(qb_load64(&entry->state)) != QB_MEMORY_LIVE) break;
        int is_start = qb_memory_data(address, word - 1) == block;
        return is_start ? QB_ADDRESS_MIN + word - 1 : (uint32_t)QB_E_ADDRESS;
    }
    return QB_E_ADDRESS;
}

/* The first live entry at or behind `from` of that type, owner and key. A type (without a key), owner or key
 * of 0 is any. */
static uint32_t next(uint32_t address, uint32_t from, uint32_t type, uint32_t owner, uint32_t key) {
    const qb_memory_t *pool = qb_memory_pool_at(address);
    if (pool == NULL) return QB_E_REGION;
    uint32_t end = qb_memory_entry_end(pool);
    for (uint32_t index = from; index < end; index++) {
        const qb_memory_entry_t *entry = qb_memory_entry_at(pool, index);
        if (entry == NULL) continue;
        uint64_t word = qb_load64(&entry->state);
        int is_wanted = qb_memory_phase_of(word) == QB_MEMORY_LIVE &&
                        ((type | key) == 0 || qb_load32(&entry->type) == type) &&
                        (key == 0 || qb_load32(&entry->key) == key) &&
                        (owner == 0 || qb_memory_owner_of(word) == owner);
        if (!is_wanted) continue;
        if (qb_load64(&entry->state) == word) return QB_ADDRESS_MIN + index;
        index--; /* another use of the entry, or another owner: once more */
    }
    return QB_E_NOT_FOUND;
}

uint32_t qb_memory_next(uint32_t address, uint32_t from, uint32_t type, uint32_t owner) {
    return next(address, from, type, owner, 0);
}

uint32_t qb_memory_find(uint32_t address, uint32_t type, uint32_t key) {
    return key == 0 ? (uint32_t)QB_E_NOT_FOUND : next(address, 0, type, 0, key);
}

/* ---- checking --------------------------------------------------------------------------------- */

uint32_t qb_memory_check(uint32_t address) {
    const qb_memory_t *pool = qb_memory_pool_at(address);
    if (pool == NULL) return 1;
    uint32_t end = qb_memory_entry_end(pool);
    uint32_t faults = 0;
    uint32_t owned = 0;
    for (uint32_t index = 0; index < end; index++) {
        const qb_memory_entry_t *entry = qb_memory_entry_at(pool, index);
        if (entry == NULL || qb_memory_phase_of(qb_load64(&entry->state)) == QB_MEMORY_NONE)
            continue;
        uint32_t range = qb_load32(&entry->range);
        uint32_t order = qb_memory_order(range);
        if (order == QB_MEMORY_ORDER_NONE) continue;
        uint32_t words = qb_memory_words_at(pool, range);
        if (words == 0) {
            faults++;
            continue;
        }
        uint32_t mine = 0;
        for (uint32_t i = 0; i < 1u << order; i++) {
            mine += qb_load32(QB_AT(uint32_t, words) + i) == index + 1;
        }
        owned += mine;
        int is_live = qb_memory_phase_of(qb_load64(&entry->state)) == QB_MEMORY_LIVE;
        if (is_live && mine != 1u << order) faults++;
    }
    for (uint32_t chunk = 0; chunk < QB_MEMORY_CHUNKS_MAX; chunk++) {
        uint32_t entries = qb_load32(&pool->chunks[chunk]);
        uint32_t units = entries == 0 ? 0 : qb_chunk_count(pool->chunk_units, chunk);
        const uint32_t *words = QB_AT(uint32_t, qb_memory_words_of(pool, chunk, entries));
        for (uint32_t unit = 0; unit < units; unit++) owned -= qb_load32(words + unit) != 0;
    }
    return faults + (owned != 0);
}
