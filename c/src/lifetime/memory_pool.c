/*
 * Memory pools: regions with a budget of their own and a manifest of what was given out of it.
 *
 *   region (4 KiB block)      chunk (a span)
 *   | qb_memory_t, chunks --> | prev | entries ... | a word a unit ... | data ...................... |
 *                                      |              ^ 1 + index          ^
 *                                      `- range -----------------------------'
 *
 *   state of an entry (one 64-bit word: owner, generation, phase, actor):
 *
 *   free(g) --cas--> MAKING(by) --units claimed--> LIVE(owner) --cas--> FREEING(by) --units given--> free(g + 1)
 *                        `-- no room, a key that is taken -- units given -->--'
 *
 * The entry is claimed first and freed last, and says in one word what is going on and who does it. While
 * it is MAKING or FREEING it is that thread's alone, and its units carry its index. So whoever reaps that
 * thread clears the words of the range that carry the index, and frees the entry: there is no moment at which
 * it could be anything else. Writes by others into words that the dead one cleared already are told by the index.
 *
 * NO_ROOM and FULL: whoever found nothing marks itself as waiting and looks again until the epoch stays the same;
 * all who free, or give back what they claimed in vain, count it up. So all that was looked at was taken when
 * it was looked at, and nothing has been given back since. Room is looked for before an entry is claimed: so a
 * claim is in vain only where another thread was faster, and those who wait do not wake each other for ever.
 *
 * Keys: an entry shows its key before its maker looks for others of it. Of two makers at least one sees the other;
 * the one with the lower index marks the other as late, and the one with the higher gives up.
 *
 * Invariants (qb_memory_check): all units of a live entry's range carry its index; each word that is not 0 is
 * in the range of an entry that is not free.
 *
 * Threads: any.
 */
#include "lifetime/memory_pool.h"

#include "heap/thread.h"
#include "lifetime/memory_entry.h"
#include "wait/waiters.h"

#define NONE UINT32_MAX
#define LATE (1ull << 48)
/* ---- entries --------------------------------------------------------------------------------- */

/* Claims a free entry of [from, to). Its index, or NONE. */
static uint32_t claim_between(qb_thread_t *self, qb_memory_t *pool, uint32_t from, uint32_t to) {
    for (uint32_t index = from; index < to; index++) {
        qb_memory_entry_t *entry = qb_memory_entry_at(pool, index);
        if (entry == NULL) continue;
        uint64_t word = qb_load64(&entry->state);
        while (qb_memory_phase_of(word) == QB_MEMORY_NONE) {
            uint64_t making = qb_memory_entry_word(self->number, qb_memory_generation_of(word),
                                                   QB_MEMORY_MAKING, self->number);
            if (qb_cas64(&entry->state, word, making)) {
                qb_put32(&pool->entry_hint, index + 1);
                return index;
            }
            word = qb_load64(&entry->state);
        }
    }
    return NONE;
}

static uint32_t claim(qb_thread_t *self, qb_memory_t *pool) {
    uint32_t hint = qb_load32(&pool->entry_hint);
    uint32_t index = claim_between(self, pool, hint, hint + 1); /* what was freed last, mostly */
    if (index != NONE) return index;
    uint32_t end = qb_memory_entry_end(pool);
    if (hint >= end) hint = 0;
    index = claim_between(self, pool, hint, end);
    return index != NONE ? index : claim_between(self, pool, 0, hint);
}

/* Frees an entry that self is the actor of, or that its dead actor left. */
static void retire(qb_memory_t *pool, qb_memory_entry_t *entry, uint32_t index) {
    qb_memory_give(pool, entry, index);
    qb_put32(&entry->key, 0); /* whoever claims it next is not taken for one who makes this key */
    qb_put32(&pool->entry_hint, index);
    (void)qb_swap64(&entry->state, qb_memory_free_word(qb_load64(&entry->state)));
}

/* The same, and tells those who wait for room or an entry. */
static void retire_and_wake(qb_memory_t *pool, qb_memory_entry_t *entry, uint32_t index) {
    retire(pool, entry, index);
    qb_waiters_wake(&pool->waiters);
}

/* False when another entry of this type and key is there, or comes first. */
static int key_is_free(const qb_memory_t *pool, const qb_memory_entry_t *mine, uint32_t index) {
    uint32_t end = qb_memory_entry_end(pool);
    for (uint32_t i = 0; i < end; i++) {
        qb_memory_entry_t *other = i == index ? NULL : qb_memory_entry_at(pool, i);
        for (uint64_t word = 0; other != NULL;) {
            word = qb_load64(&other->state);
            uint32_t phase = qb_memory_phase_of(word);
            if ((phase != QB_MEMORY_LIVE && phase != QB_MEMORY_MAKING) ||
                qb_load32(&other->key) != qb_load32(&mine->key) ||
                qb_load32(&other->type) != qb_load32(&mine->type)) {
                break;
            }
            if (qb_load64(&other->state) != word) continue; /* that key may be of another use */
            /* Makers know of each other's key: one of the two must go. */
            if (phase == QB_MEMORY_LIVE || i < index) return 0;
            if ((word & LATE) != 0 || qb_cas64(&other->state, word, word | LATE)) break;
        }
    }
    return 1;
}

/* ---- allocation ------------------------------------------------------------------------------ */

/* Order of a block of so many bytes; QB_MEMORY_ORDER_NONE for 0. */
static uint32_t order_for(const qb_memory_t *pool, uint32_t bytes) {
    if (bytes == 0) return QB_MEMORY_ORDER_NONE;
    uint32_t units = ((bytes - 1) >> pool->unit_log2) + 1;
    return units == 1 ? 0 : 32u - (uint32_t)__builtin_clz(units - 1);
}

/* Whether the pool could ever have a run of that order. */
static int fits(const qb_memory_t *pool, uint32_t order) {
    int grows = (pool->flags & QB_MEMORY_GROWS) != 0;
    return order == QB_MEMORY_ORDER_NONE ||
           (order < 27 && 1u << order <= (grows ? QB_MEMORY_UNITS_MAX / 2 : pool->chunk_units));
}

/* One attempt. Index of the entry, MAKING still, or a status below QB_ADDRESS_MIN. */
static uint32_t attempt(qb_thread_t *self, qb_memory_t *pool, uint32_t order, uint32_t type,
                        uint32_t key) {
    /* Room first: who claimed an entry only to find none would have those who wait for an entry look again,
     * and these him, for ever. */
    uint32_t unit = 0;
    if (order != QB_MEMORY_ORDER_NONE) {
        unit = qb_memory_seek(pool, order, qb_load32(&pool->unit_hint));
        if (unit == QB_MEMORY_UNIT_NONE) return QB_E_NO_ROOM;
    }
    uint32_t index = claim(self, pool);
    if (index == NONE) return QB_E_FULL;
    qb_memory_entry_t *entry = qb_memory_entry_at(pool, index);
    qb_put32(&entry->range, QB_MEMORY_RANGE_NONE);
    qb_put32(&entry->type, type);
    if (key != 0) qb_store32(&entry->key, key); /* that of a free entry is 0; and the type first */
    qb_status_t status = QB_OK;
    if (key != 0 && !key_is_free(pool, entry, index)) status = QB_E_EXISTS;
    if (status == QB_OK && order != QB_MEMORY_ORDER_NONE) {
        status = qb_memory_take(pool, entry, index, order, unit);
    }
    if (status == QB_OK) return QB_ADDRESS_MIN + index;
    retire_and_wake(pool, entry, index);
    return status;
}

/* attempt, or a status that was true at one moment. */
static uint32_t attempt_exactly(qb_thread_t *self, qb_memory_t *pool, uint32_t order, uint32_t type,
                                uint32_t key) {
    int was_waiting = qb_waiters_mark(&pool->waiters, self->number);
    uint32_t result = 0;
    for (;;) {
        uint32_t epoch = qb_load32(&pool->waiters.epoch);
        uint32_t growths = qb_load32(&pool->growth_count);
        result = attempt(self, pool, order, type, key);
        if (result >= QB_ADDRESS_MIN || result == QB_E_EXISTS) break;
        if (epoch == qb_load32(&pool->waiters.epoch) && growths == qb_load32(&pool->growth_count)) {
            break;
        }
    }
    if (!was_waiting) qb_waiters_unmark(&pool->waiters, self->number);
    return result;
}

uint32_t qb_memory_alloc(qb_thread_t *self, uint32_t address, uint32_t bytes, uint32_t type,
                         uint32_t key, uint32_t zeroed) {
    qb_memory_t *pool = qb_memory_pool_at(address);
    if (pool == NULL) return QB_E_REGION;
    uint32_t order = order_for(pool, bytes);
    if (!fits(pool, order)) return QB_E_SIZE;
    uint32_t result = QB_E_CLOSED;
    for (;;) {
        if (qb_region_state(&pool->region) != QB_REGION_OPEN) return QB_E_CLOSED;
        result = attempt(self, pool, order, type, key);
        if (result >= QB_ADDRESS_MIN || result == QB_E_EXISTS) break;
        qb_status_t status = qb_memory_grow(self, pool, order == QB_MEMORY_ORDER_NONE ? 0 : order);
        if (status == QB_OK) continue;
        result = attempt_exactly(self, pool, order, type, key);
        if (status == QB_E_OUT_OF_MEMORY && result < QB_ADDRESS_MIN && result != QB_E_EXISTS) {
            result = status;
        }
        break;
    }
    if (result < QB_ADDRESS_MIN) return result;
    uint32_t index = result - QB_ADDRESS_MIN;
    qb_memory_entry_t *entry = qb_memory_entry_at(pool, index);
    qb_put32(&entry->bytes, bytes);
    if (zeroed != 0 && bytes != 0) {
        qb_fill(QB_AT(uint8_t, qb_memory_data(address, index)), 0, 1u << order << pool->unit_log2);
    }
    uint64_t word = qb_load64(&entry->state);
    uint64_t live =
        qb_memory_entry_word(self->number, qb_memory_generation_of(word), QB_MEMORY_LIVE, 0);
    if ((word & LATE) == 0 && qb_cas64(&entry->state, word, live)) return result;
    retire_and_wake(pool, entry, index); /* another one of its key came first */
    return QB_E_EXISTS;
}

/* Whether an entry in this state is what a handle names, live and in no channel. */
static int is_named(uint64_t word, uint32_t generation) {
    return qb_memory_generation_of(word) == generation &&
           qb_memory_phase_of(word) == QB_MEMORY_LIVE &&
           qb_memory_owner_of(word) != QB_OWNER_MOVING;
}

/* Address of the live entry that a handle names, or a status. */
static uint32_t live_entry(const qb_memory_t *pool, uint32_t index, uint32_t generation) {
    if (pool == NULL) return QB_E_REGION;
    const qb_memory_entry_t *entry = qb_memory_entry_at(pool, index);
    if (entry == NULL) return QB_E_ARGUMENT;
    uint64_t word = qb_load64(&entry->state);
    if (is_named(word, generation)) return QB_ADDRESS_OF(entry);
    uint64_t live = qb_memory_entry_word(QB_OWNER_NONE, generation, QB_MEMORY_LIVE, 0);
    if (word == qb_memory_free_word(live)) return QB_E_DOUBLE_FREE;
    if (qb_memory_generation_of(word) != generation) return QB_E_STALE;
    if (qb_memory_phase_of(word) == QB_MEMORY_FREEING) return QB_E_DOUBLE_FREE;
    return qb_memory_phase_of(word) == QB_MEMORY_LIVE ? QB_E_OWNER : QB_E_STALE;
}

/* From LIVE, which `word` says, to FREEING by self. */
static int begin_free(const qb_thread_t *self, qb_memory_entry_t *entry, uint64_t word) {
    uint64_t freeing = qb_memory_entry_word(qb_memory_owner_of(word), qb_memory_generation_of(word),
                                            QB_MEMORY_FREEING, self->number);
    return qb_cas64(&entry->state, word, freeing);
}

qb_status_t qb_memory_free(qb_thread_t *self, uint32_t address, uint32_t index,
                           uint32_t generation) {
    qb_memory_t *pool = qb_memory_pool_at(address);
    for (;;) {
        uint32_t found = live_entry(pool, index, generation);
        if (found < QB_ADDRESS_MIN) return (qb_status_t)found;
        qb_memory_entry_t *entry = QB_AT(qb_memory_entry_t, found);
        uint64_t word = qb_load64(&entry->state);
        if (!is_named(word, generation)) continue; /* since the look before */
        if (!begin_free(self, entry, word)) continue;
        retire_and_wake(pool, entry, index);
        return QB_OK;
    }
}

uint32_t qb_memory_realloc(qb_thread_t *self, uint32_t address, uint32_t index, uint32_t generation,
                           uint32_t bytes) {
    qb_memory_t *pool = qb_memory_pool_at(address);
    uint32_t found = live_entry(pool, index, generation);
    if (found < QB_ADDRESS_MIN) return found;
    qb_memory_entry_t *entry = QB_AT(qb_memory_entry_t, found);
    uint32_t order = qb_memory_order(qb_load32(&entry->range));
    uint32_t had_bytes = qb_get32(&entry->bytes);
    uint32_t to_index = index;
    uint32_t room = order == QB_MEMORY_ORDER_NONE ? 0 : 1u << order << pool->unit_log2;
    if (bytes > room) {
        uint32_t result = qb_memory_alloc(self, address, bytes, qb_load32(&entry->type), 0, 0);
        if (result < QB_ADDRESS_MIN) return result;
        to_index = result - QB_ADDRESS_MIN;
    }
    uint8_t *to = QB_AT(uint8_t, qb_memory_data(address, to_index));
    if (to_index != index) {
        uint32_t kept = had_bytes < bytes ? had_bytes : bytes;
        if (kept > 0) qb_copy(to, QB_AT(uint8_t, qb_memory_data(address, index)), kept);
    }
    if (bytes > had_bytes) qb_fill(to + had_bytes, 0, bytes - had_bytes);
    if (to_index == index) {
        qb_put32(&entry->bytes, bytes);
    } else {
        (void)qb_memory_free(self, address, index, generation);
    }
    return QB_ADDRESS_MIN + to_index;
}

qb_status_t qb_memory_own(qb_thread_t *self, uint32_t address, uint32_t index, uint32_t generation,
                          uint32_t owner) {
    if (owner != self->number && owner != QB_OWNER_SHARED) return QB_E_OWNER;
    for (;;) {
        uint32_t found = live_entry(qb_memory_pool_at(address), index, generation);
        if (found < QB_ADDRESS_MIN) return (qb_status_t)found;
        qb_memory_entry_t *entry = QB_AT(qb_memory_entry_t, found);
        uint64_t word = qb_load64(&entry->state);
        if (!is_named(word, generation)) continue; /* since the look before */
        uint64_t owned = qb_memory_entry_word(owner, generation, QB_MEMORY_LIVE, 0);
        if (qb_cas64(&entry->state, word, owned)) return QB_OK;
    }
}

int qb_memory_pass(uint32_t address, uint32_t index, uint32_t from, uint32_t to) {
    const qb_memory_t *pool = qb_memory_pool_at(address);
    qb_memory_entry_t *entry = pool == NULL ? NULL : qb_memory_entry_at(pool, index);
    if (entry == NULL) return 0;
    uint64_t word = qb_load64(&entry->state);
    return qb_memory_phase_of(word) == QB_MEMORY_LIVE && qb_memory_owner_of(word) == from &&
           qb_cas64(&entry->state, word, word - from + to);
}

/* ---- the region ------------------------------------------------------------------------------- */

qb_status_t qb_memory_wait(qb_thread_t *self, uint32_t address, uint32_t waits) {
    qb_memory_t *pool = qb_memory_pool_at(address);
    if (pool == NULL) return QB_E_REGION;
    qb_waiters_set(&pool->waiters, self->number, waits);
    return QB_OK;
}

qb_status_t qb_memory_close(qb_thread_t *self, uint32_t address, uint32_t serial, uint32_t retain) {
    return qb_region_close(self, address, QB_REGION_MEMORY, serial, retain);
}

qb_status_t qb_memory_pin(qb_thread_t *self, uint32_t address, uint32_t serial) {
    return qb_region_pin(self, address, QB_REGION_MEMORY, serial);
}

qb_status_t qb_memory_unpin(qb_thread_t *self, uint32_t address, uint32_t serial) {
    return qb_region_unpin(self, address, QB_REGION_MEMORY, serial);
}

/* ---- reaping ---------------------------------------------------------------------------------- */

static void reap_entry(qb_thread_t *self, qb_memory_t *pool, qb_memory_entry_t *entry,
                       uint32_t index, uint32_t number, uint32_t policy) {
    for (;;) {
        uint64_t word = qb_load64(&entry->state);
        uint32_t phase = qb_memory_phase_of(word);
        if (phase == QB_MEMORY_LIVE) {
            if (qb_memory_owner_of(word) != number) return;
            /* By this word only: whoever takes it over meanwhile has it. */
            if (policy == QB_POLICY_KEEP) {
                if (qb_cas64(&entry->state, word, word | QB_OWNER_SHARED))
                    return; /* 255: all bits */
                continue;
            }
            if (!begin_free(self, entry, word)) continue;
        } else if (phase == QB_MEMORY_NONE || qb_memory_actor_of(word) != number) {
            return;
        }
        retire(pool, entry, index);
        return;
    }
}

void qb_memory_reap(qb_thread_t *self, qb_region_t *region, uint32_t number, uint32_t policy) {
    qb_memory_t *pool = (qb_memory_t *)(void *)region;
    uint32_t end = qb_memory_entry_end(pool);
    for (uint32_t index = 0; index < end; index++) {
        qb_memory_entry_t *entry = qb_memory_entry_at(pool, index);
        if (entry != NULL) reap_entry(self, pool, entry, index, number, policy);
    }
    qb_waiters_unmark(&pool->waiters, number);
    qb_waiters_wake(&pool->waiters);
}
