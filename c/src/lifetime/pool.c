/*
 * Object pools: fixed-size slots in a region, acquired and released by any thread.
 *
 *   state word of a slot:  bits 0..7 owner byte (0 = free), bits 8..31 generation
 *
 *   free(g)  --cas, acquire-->  owner(g)  --cas, release-->  free(g + 1)
 *
 * One word says both who has the slot and which use of it this is, so a double release, a stale handle
 * and a dead owner are all told by it, and acquiring and releasing are one CAS each. There is no list:
 * a caller passes the index it released last as a hint (that makes a pool LIFO for its thread), from
 * there the words are searched. So nothing is stranded anywhere, and nothing needs repair when a
 * thread dies but its own words.
 *
 * EMPTY is exact. A searcher that found nothing reads all words twice more. If each time all slots are in
 * use and the sum of the generations is the same, none was released between its two readings, so
 * between the two rounds all of them were in use. Else some thread has released: it got on, and the
 * searcher tries again.
 *
 * Slots stand in chunks (chunk.h), so growing never moves one. `capacity` says how many of them may be used.
 *
 *   chunk  | state words, 4 B each | slots, 16-aligned ... |      chunk 0 stands in the region's
 *                                                                  own block when it fits
 *
 * Threads: any, at once.
 */
#include "lifetime/pool.h"
#include "heap/span.h"
#include "heap/thread.h"
#include "lifetime/chunk.h"
#include "lifetime/region.h"
#include "wait/waiters.h"

#define SLOT_ALIGN 16u
#define SLOTS_MAX (1u << 24)
#define SLOT_BYTES_MAX (1u << 20)
#define FACTOR_ONE 65536u /* growth factors are 16.16 fixed point */
#define GENERATION_MASK 0xffffffu

static uint32_t round_up(uint32_t value, uint32_t unit) {
    return (value + unit - 1) / unit * unit;
}

static uint32_t slot_word(uint32_t owner, uint32_t generation) {
    return owner | generation << 8;
}

/* 0 is the generation of a slot that was never used: JS then runs its factory. */
static uint32_t next_generation(uint32_t generation) {
    uint32_t next = (generation + 1) & GENERATION_MASK;
    return next == 0 ? 1 : next;
}

static uint32_t chunk_of(const qb_pool_t *pool, uint32_t index) {
    return qb_chunk_of(pool->chunk_slots, index);
}
static uint32_t chunk_first(const qb_pool_t *pool, uint32_t chunk) {
    return qb_chunk_first(pool->chunk_slots, chunk);
}
static uint32_t chunk_count(const qb_pool_t *pool, uint32_t chunk) {
    return qb_chunk_count(pool->chunk_slots, chunk);
}

/* Address of a slot's state word; index < capacity. */
static uint32_t state_address(const qb_pool_t *pool, uint32_t index) {
    uint32_t chunk = chunk_of(pool, index);
    return qb_load32(&pool->chunks[chunk]) + (index - chunk_first(pool, chunk)) * 4;
}

static uint32_t slot_address(const qb_pool_t *pool, uint32_t index) {
    uint32_t chunk = chunk_of(pool, index);
    uint32_t slots = qb_load32(&pool->chunks[chunk]) + round_up(chunk_count(pool, chunk) * 4, 16);
    return slots + (index - chunk_first(pool, chunk)) * pool->slot_bytes;
}

static qb_pool_t *pool_at(uint32_t address) {
    return (qb_pool_t *)(void *)qb_region_at_inline(address, QB_REGION_POOL);
}

/* ---- growth ---------------------------------------------------------------------------------- */

static uint64_t chunk_bytes(const qb_pool_t *pool, uint32_t count) {
    return (uint64_t)count * pool->slot_bytes + round_up(count * 4, SLOT_ALIGN);
}

/* Adds the chunk if it is missing. QB_OK also when another thread was faster. */
static qb_status_t chunk_make(qb_thread_t *self, qb_pool_t *pool, uint32_t chunk) {
    if (qb_load32(&pool->chunks[chunk]) != 0) return QB_OK;
    uint32_t count = chunk_count(pool, chunk);
    uint64_t bytes = chunk_bytes(pool, count) + sizeof(qb_region_span_t);
    if (bytes > UINT32_MAX) return QB_E_OUT_OF_MEMORY;
    uint32_t address = qb_region_grow(self, &pool->region, qb_span_pages_for((uint32_t)bytes));
    if (address < QB_ADDRESS_MIN) return (qb_status_t)address;
    uint32_t states = address + (uint32_t)sizeof(qb_region_span_t);
    /* Slots as well: a struct that was never used is zero. */
    qb_fill(QB_AT(uint8_t, states), 0, (uint32_t)chunk_bytes(pool, count));
    if (!qb_cas32(&pool->chunks[chunk], 0, states)) qb_region_shrink(self, &pool->region, address);
    return QB_OK;
}

/* Raises the capacity by one step. E_EMPTY: it is at its maximum. */
static qb_status_t grow(qb_thread_t *self, qb_pool_t *pool, uint32_t capacity) {
    if (capacity >= pool->capacity_max) return QB_E_EMPTY;
    uint64_t next = (uint64_t)capacity + pool->growth_slots;
    uint64_t scaled = (uint64_t)capacity * pool->growth_factor / FACTOR_ONE;
    if (pool->growth_slots == 0) next = scaled > capacity ? scaled : capacity + 1ull;
    if (next > pool->capacity_max) next = pool->capacity_max;
    uint32_t last = chunk_of(pool, (uint32_t)next - 1);
    for (uint32_t chunk = 0; chunk <= last; chunk++) {
        qb_status_t status = chunk_make(self, pool, chunk);
        if (status != QB_OK) return status;
    }
    if (qb_cas32(&pool->capacity, capacity, (uint32_t)next)) (void)qb_add32(&pool->growth_count, 1);
    return QB_OK;
}

/* ---- making ---------------------------------------------------------------------------------- */

uint32_t qb_pool_open(qb_thread_t *self, uint32_t slot_bytes, uint32_t capacity,
                      uint32_t capacity_max, uint32_t growth_slots, uint32_t growth_factor) {
    if (slot_bytes == 0 || slot_bytes > SLOT_BYTES_MAX) return QB_E_SIZE;
    if (capacity == 0 || capacity > capacity_max || capacity_max > SLOTS_MAX) return QB_E_ARGUMENT;
    int grows = capacity < capacity_max;
    int has_one_growth = (growth_slots != 0) != (growth_factor > FACTOR_ONE);
    if (grows && !has_one_growth) return QB_E_ARGUMENT;
    uint32_t address = qb_region_make(self);
    if (address < QB_ADDRESS_MIN) return address;
    qb_pool_t *pool = QB_AT(qb_pool_t, address);
    qb_fill((uint8_t *)pool + sizeof(qb_region_t), 0, sizeof(qb_pool_t) - sizeof(qb_region_t));
    qb_put32(&pool->region.rescan, 1); /* several threads add spans: there is no list */
    qb_put32(&pool->slot_bytes, round_up(slot_bytes, SLOT_ALIGN));
    qb_put32(&pool->capacity, capacity);
    qb_put32(&pool->capacity_max, capacity_max);
    qb_put32(&pool->chunk_slots, capacity);
    qb_put32(&pool->growth_slots, growth_slots);
    qb_put32(&pool->growth_factor, growth_factor);
    uint32_t inline_address = address + (uint32_t)sizeof(qb_pool_t);
    if (chunk_bytes(pool, capacity) <= QB_REGION_BYTES - sizeof(qb_pool_t)) {
        qb_fill(QB_AT(uint8_t, inline_address), 0, QB_REGION_BYTES - (uint32_t)sizeof(qb_pool_t));
        qb_put32(&pool->chunks[0], inline_address);
    } else if (chunk_make(self, pool, 0) != QB_OK) {
        qb_region_discard(self, &pool->region);
        return QB_E_OUT_OF_MEMORY;
    }
    qb_region_open(&pool->region, QB_REGION_POOL);
    return address;
}

/* ---- acquire and release --------------------------------------------------------------------- */

/* Takes a free slot of [from, to) by CAS. Returns its index or `to`. */
static uint32_t take_between(qb_thread_t *self, const qb_pool_t *pool, uint32_t from, uint32_t to) {
    uint32_t index = from;
    while (index < to) {
        uint32_t chunk = chunk_of(pool, index);
        uint32_t end = chunk_first(pool, chunk) + chunk_count(pool, chunk);
        if (end > to) end = to;
        uint32_t *state = QB_AT(uint32_t, state_address(pool, index));
        for (; index < end; index++, state++) {
            uint32_t word = qb_load32(state);
            while ((word & 255u) == QB_OWNER_NONE) {
                if (qb_cas32(state, word, word | self->number)) return index;
                word = qb_load32(state);
            }
        }
    }
    return to;
}

/* Takes the slot if it is free. */
static int take_one(qb_thread_t *self, const qb_pool_t *pool, uint32_t index) {
    uint32_t *state = QB_AT(uint32_t, state_address(pool, index));
    uint32_t word = qb_load32(state);
    return (word & 255u) == QB_OWNER_NONE && qb_cas32(state, word, word | self->number);
}

static uint32_t take(qb_thread_t *self, const qb_pool_t *pool, uint32_t hint) {
    uint32_t capacity = qb_load32(&pool->capacity);
    uint32_t from = hint < capacity ? hint : 0;
    if (take_one(self, pool, from)) return from;
    uint32_t index = take_between(self, pool, from, capacity);
    if (index < capacity) return index;
    index = take_between(self, pool, 0, from);
    return index < from ? index : SLOTS_MAX;
}

/* 0: a slot is free. Else an odd number, another one after each release, which counts a generation up.
 * (The same one after 2^24 of them; so many do not fit into a search.) */
static uint32_t full_sum(const qb_pool_t *pool, uint32_t capacity) {
    uint32_t sum = 1;
    uint32_t index = 0;
    while (index < capacity) {
        uint32_t chunk = chunk_of(pool, index);
        uint32_t end = chunk_first(pool, chunk) + chunk_count(pool, chunk);
        if (end > capacity) end = capacity;
        const uint32_t *state = QB_AT(uint32_t, state_address(pool, index));
        for (; index < end; index++, state++) {
            uint32_t word = qb_load32(state);
            if ((word & 255u) == QB_OWNER_NONE) return 0;
            sum += word >> 8 << 1;
        }
    }
    return sum;
}

uint32_t qb_pool_acquire(qb_thread_t *self, uint32_t address, uint32_t hint) {
    qb_pool_t *pool = pool_at(address);
    if (pool == NULL) return QB_E_REGION;
    for (;;) {
        if (qb_region_state(&pool->region) != QB_REGION_OPEN) return QB_E_CLOSED;
        uint32_t capacity = qb_load32(&pool->capacity);
        uint32_t index = take(self, pool, hint);
        if (index < SLOTS_MAX) return QB_ADDRESS_MIN + index;
        qb_status_t status = grow(self, pool, capacity);
        if (status == QB_OK) continue;
        uint32_t sum = full_sum(pool, capacity);
        if (capacity != qb_load32(&pool->capacity)) continue;
        if (sum != 0 && sum == full_sum(pool, capacity)) return (uint32_t)status;
    }
}

qb_status_t qb_pool_release(qb_thread_t *self, uint32_t address, uint32_t index,
                            uint32_t generation) {
    (void)self;
    qb_pool_t *pool = pool_at(address);
    if (pool == NULL) return QB_E_REGION;
    if (index >= qb_load32(&pool->capacity)) return QB_E_ARGUMENT;
    uint32_t *state = QB_AT(uint32_t, state_address(pool, index));
    uint32_t next = next_generation(generation);
    for (;;) {
        uint32_t word = qb_load32(state);
        if (word == slot_word(QB_OWNER_NONE, next)) return QB_E_DOUBLE_FREE;
        if (word >> 8 != generation) return QB_E_STALE;
        uint32_t owner = word & 255u;
        if (owner == QB_OWNER_NONE || owner == QB_OWNER_MOVING) return QB_E_STALE;
        if (qb_cas32(state, word, slot_word(QB_OWNER_NONE, next))) break;
    }
    qb_waiters_wake(&pool->waiters);
    return QB_OK;
}

uint32_t qb_pool_slot(uint32_t address, uint32_t index) {
    const qb_pool_t *pool = pool_at(address);
    if (pool == NULL) return QB_E_REGION;
    if (index >= qb_load32(&pool->capacity)) return QB_E_ARGUMENT;
    return slot_address(pool, index);
}

uint32_t qb_pool_state(uint32_t address, uint32_t index) {
    const qb_pool_t *pool = pool_at(address);
    if (pool == NULL) return QB_E_REGION;
    if (index >= qb_load32(&pool->capacity)) return QB_E_ARGUMENT;
    return state_address(pool, index);
}

qb_status_t qb_pool_wait(qb_thread_t *self, uint32_t address, uint32_t waits) {
    qb_pool_t *pool = pool_at(address);
    if (pool == NULL) return QB_E_REGION;
    qb_waiters_set(&pool->waiters, self->number, waits);
    return QB_OK;
}

qb_status_t qb_pool_close(qb_thread_t *self, uint32_t address, uint32_t serial, uint32_t retain) {
    return qb_region_close(self, address, QB_REGION_POOL, serial, retain);
}

qb_status_t qb_pool_pin(qb_thread_t *self, uint32_t address, uint32_t serial) {
    return qb_region_pin(self, address, QB_REGION_POOL, serial);
}

qb_status_t qb_pool_unpin(qb_thread_t *self, uint32_t address, uint32_t serial) {
    return qb_region_unpin(self, address, QB_REGION_POOL, serial);
}

uint32_t qb_pool_next(uint32_t address, uint32_t owner, uint32_t from) {
    const qb_pool_t *pool = pool_at(address);
    if (pool == NULL) return QB_E_REGION;
    uint32_t capacity = qb_load32(&pool->capacity);
    for (uint32_t index = from; index < capacity; index++) {
        if ((qb_load32(QB_AT(uint32_t, state_address(pool, index))) & 255u) == owner) {
            return QB_ADDRESS_MIN + index;
        }
    }
    return QB_E_NOT_FOUND;
}

/* ---- reaping --------------------------------------------------------------------------------- */

void qb_pool_reap(qb_region_t *region, uint32_t number, uint32_t policy) {
    qb_pool_t *pool = (qb_pool_t *)(void *)region;
    uint32_t capacity = qb_load32(&pool->capacity);
    uint32_t freed_count = 0;
    for (uint32_t index = 0; index < capacity; index++) {
        uint32_t *state = QB_AT(uint32_t, state_address(pool, index));
        uint32_t word = qb_load32(state);
        if ((word & 255u) != number) continue;
        uint32_t next = next_generation(word >> 8);
        uint32_t freed = policy == QB_POLICY_KEEP ? slot_word(QB_OWNER_SHARED, word >> 8)
                                                  : slot_word(QB_OWNER_NONE, next);
        if (qb_cas32(state, word, freed) && policy != QB_POLICY_KEEP) freed_count++;
    }
    if (freed_count > 0) (void)qb_add32(&pool->user[QB_POOL_USER_IN_USE], 0u - freed_count);
    qb_waiters_unmark(&pool->waiters, number);
    qb_waiters_wake(&pool->waiters);
}
