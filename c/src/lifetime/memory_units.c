/*
 * Taking and giving units: see memory_units.h.
 *
 * A search looks at aligned candidates from a hint on. When it meets a unit that is taken it goes on behind the
 * block that the unit belongs to, so large blocks cost one look each. What it then claims it claims from low to
 * high, two units at a time; when another thread was faster it gives back what it has and goes on.
 *
 * Bound: a look at each unit's word, those of one chunk twice, for each time that another thread was faster. Threads: any; an entry is its maker's alone.
 */
#include "lifetime/memory_units.h"

#include "base/sync.h"
#include "wait/waiters.h"

uint32_t qb_memory_words_at(const qb_memory_t *pool, uint32_t range) {
    uint32_t unit = qb_memory_unit(range);
    uint32_t chunk = qb_chunk_of(pool->chunk_units, unit);
    uint32_t address = chunk < QB_MEMORY_CHUNKS_MAX ? qb_load32(&pool->chunks[chunk]) : 0;
    uint32_t offset = unit - qb_chunk_first(pool->chunk_units, chunk);
    uint64_t end = offset + (1ull << qb_memory_order(range));
    if (address == 0 || end > qb_chunk_count(pool->chunk_units, chunk)) return 0;
    return qb_memory_words_of(pool, chunk, address) + offset * 4;
}

/* Sets those of `count` words to 0 that are `mine`: they were claimed as they are cleared, in pairs. */
static void clear(uint32_t *words, uint32_t count, uint32_t mine) {
    if (count == 1 && qb_load32(words) == mine) qb_store32(words, 0);
    uint64_t pair = (uint64_t)mine << 32 | mine;
    for (uint32_t i = 0; i + 1 < count; i += 2) {
        uint64_t *both = (uint64_t *)(void *)(words + i);
        if (qb_load64(both) == pair) qb_store64(both, 0);
    }
}

/* Claims `count` words, a power of two, aligned. Returns how many it has got. */
static uint32_t claim(uint32_t *words, uint32_t count, uint32_t mine) {
    if (count == 1) return qb_cas32(words, 0, mine);
    uint64_t pair = (uint64_t)mine << 32 | mine;
    uint32_t got = 0;
    while (got < count && qb_cas64((uint64_t *)(void *)(words + got), 0, pair)) got += 2;
    return got;
}

/* First unit at or behind `from` of a free run of 2^order units in [from, end), or end. from is aligned. */
static uint32_t find_run(const uint32_t *words, uint32_t from, uint32_t end, uint32_t order) {
    uint32_t count = 1u << order;
    uint32_t at = from;
    while (at < end && end - at >= count) {
        uint32_t taken = 0;
        while (taken < count && qb_load32(words + at + taken) == 0) taken++;
        if (taken == count) return at;
        /* Blocks are aligned to their size: no larger run begins before the next multiple. Behind the last
         * unit of the block that is in the way there may be one. */
        uint32_t mine = qb_load32(words + at + taken);
        uint32_t next = at + taken + 1;
        while (next < end && mine != 0 && qb_load32(words + next) == mine) next++;
        at = (next + count - 1) & ~(count - 1);
    }
    return end;
}

uint32_t qb_memory_seek(const qb_memory_t *pool, uint32_t order, uint32_t from) {
    uint32_t count = 1u << order;
    uint32_t chunk = qb_chunk_of(pool->chunk_units, from);
    /* Round all chunks, to the beginning of the one of `from`. */
    for (uint32_t i = 0; i <= QB_MEMORY_CHUNKS_MAX; i++, chunk++) {
        if (chunk >= QB_MEMORY_CHUNKS_MAX) chunk = 0;
        uint32_t address = qb_load32(&pool->chunks[chunk]);
        if (address == 0) continue;
        uint32_t first = qb_chunk_first(pool->chunk_units, chunk);
        uint32_t end = qb_chunk_count(pool->chunk_units, chunk);
        const uint32_t *words = QB_AT(uint32_t, qb_memory_words_of(pool, chunk, address));
        uint32_t at = i == 0 && from - first < end ? (from - first + count - 1) & ~(count - 1) : 0;
        at = find_run(words, at, end, order);
        if (at < end) return first + at;
    }
    return QB_MEMORY_UNIT_NONE;
}

qb_status_t qb_memory_take(qb_memory_t *pool, qb_memory_entry_t *entry, uint32_t index,
                           uint32_t order, uint32_t unit) {
    uint32_t count = 1u << order;
    for (; unit != QB_MEMORY_UNIT_NONE; unit = qb_memory_seek(pool, order, unit + count)) {
        /* The range before the words: whoever reaps the maker looks there for them. */
        uint32_t range = order << 27 | unit;
        qb_put32(&entry->range, range);
        uint32_t *words = QB_AT(uint32_t, qb_memory_words_at(pool, range));
        uint32_t got = claim(words, count, index + 1);
        if (got == count) {
            qb_put32(&pool->unit_hint, unit + count);
            return QB_OK;
        }
        clear(words, got, index + 1);
        /* Another search may have taken that for full. */
        if (got > 0) qb_waiters_wake(&pool->waiters);
    }
    qb_put32(&entry->range, QB_MEMORY_RANGE_NONE);
    return QB_E_NO_ROOM;
}

void qb_memory_give(qb_memory_t *pool, const qb_memory_entry_t *entry, uint32_t index) {
    uint32_t range = qb_load32(&entry->range);
    uint32_t words = qb_memory_words_at(pool, range);
    if (words == 0) return;
    clear(QB_AT(uint32_t, words), 1u << qb_memory_order(range), index + 1);
    qb_put32(&pool->unit_hint, qb_memory_unit(range));
}
