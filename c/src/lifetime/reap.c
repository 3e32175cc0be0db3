/*
 * Detaching and reaping: what becomes of everything that a thread owned.
 *
 *   slot  LIVE --cas--> REAPING(by) --> roots, pages, quarantine --> FREE, next generation
 *
 * Every step can be repeated, so a reaper may die as well: its own reaper finds the slot in the state
 * REAPING(dead reaper) and starts over. Detaching is a thread reaping itself.
 *
 * Nothing here reads the dead thread's caches (windows, rings): the page states and the owner map are
 * the truth. Order matters in one place only: blocks before pages, so that a page is given back or
 * abandoned when no byte of the dead thread is left in it.
 *
 * Bound: one pass over the page table and the map of every page of blocks.
 *
 * Threads: others allocate and free meanwhile. Only one thread reaps a slot.
 */
#include "heap/alloc.h"
#include "heap/debug.h"
#include "heap/own.h"
#include "heap/page.h"
#include "heap/roots.h"
#include "heap/thread.h"
#include "lifetime/channel.h"
#include "lifetime/region.h"

/* First block at or behind `from` whose owner byte is `owner`, or block_count. */
static uint32_t find_owned(uint32_t page, uint32_t from, uint32_t block_count, uint32_t owner) {
    const uint8_t *map = qb_map_of(page);
    uint64_t pattern = owner * 0x0101010101010101ull;
    uint32_t index = from;
    while (index < block_count) {
        uint64_t mixed = index % 8 == 0 ? qb_get_owners(map + index) ^ pattern : 0;
        /* No zero byte in mixed (this test may err only to the safe side): skip eight. */
        if (index % 8 == 0 &&
            ((mixed - 0x0101010101010101ull) & ~mixed & 0x8080808080808080ull) == 0) {
            index += 8;
        } else if (qb_get8(map + index) == owner) {
            return index;
        } else {
            index++;
        }
    }
    return block_count;
}

static void reap_block(qb_thread_t *self, uint32_t page, uint32_t index, uint32_t number,
                       uint32_t policy) {
    if (policy == QB_POLICY_KEEP) {
        (void)qb_cas8(qb_map_of(page) + index, number, QB_OWNER_SHARED);
    } else {
        (void)qb_block_take_back(self, page, index, number);
    }
}

/* Every region is looked at: a dead thread may have pinned it, or died while it released it. */
static void reap_region_page(qb_thread_t *self, uint32_t page, uint32_t number, uint32_t policy) {
    for (uint32_t at = 0; at < QB_PAGE_BYTES; at += QB_REGION_BYTES) {
        qb_region_reap(self, page * QB_PAGE_BYTES + at, number, policy);
    }
}

/* Another thread may resize the span, which hides its owner in the payload meanwhile. */
static void reap_span(qb_thread_t *self, uint32_t page, uint32_t number, uint32_t policy) {
    uint32_t owner = policy == QB_POLICY_KEEP ? QB_OWNER_SHARED : QB_OWNER_NONE;
    for (;;) {
        uint32_t word = qb_load32(qb_state_of(page));
        uint32_t next = qb_word(QB_PAGE_SPAN, owner, 0);
        if (qb_word_kind(word) == QB_PAGE_FREEING && qb_word_payload(word) == number) {
            /* The resizer will find here what to do then. */
            next = qb_word(QB_PAGE_FREEING, qb_word_owner(word), owner);
        } else if (word != qb_word(QB_PAGE_SPAN, number, 0)) {
            return;
        } else if (policy != QB_POLICY_KEEP) {
            if (qb_span_give(self, page, word) == QB_OK) return;
            continue;
        }
        if (qb_cas32(qb_state_of(page), word, next)) return;
    }
}

static void reap_page(qb_thread_t *self, uint32_t page, uint32_t number, uint32_t policy) {
    uint32_t word = qb_load32(qb_state_of(page));
    uint32_t kind = qb_word_kind(word);
    if (kind == QB_PAGE_BLOCKS) {
        /* It may have freed a block of the page and not told its owner: the owner counts anew. */
        qb_store8(qb_dirty_of(page), 1);
        uint32_t class_index = qb_word_payload(word);
        if (class_index == QB_CLASS_REGION) {
            reap_region_page(self, page, number, policy);
            return;
        }
        uint32_t count = qb_header()->classes[class_index].block_count;
        for (uint32_t i = 0; (i = find_owned(page, i, count, number)) < count; i++) {
            reap_block(self, page, i, number, policy);
        }
        return;
    }
    if (kind == QB_PAGE_SPAN || kind == QB_PAGE_FREEING) reap_span(self, page, number, policy);
}

/* False for a region that the dead thread was making or releasing: nobody knows it. */
static int is_whole(uint32_t word, uint32_t address) {
    if (qb_word_payload(word) != QB_CLASS_REGION) return 1;
    uint32_t state = qb_region_state(QB_AT(qb_region_t, address));
    return state == QB_REGION_OPEN || state == QB_REGION_CLOSED;
}

/* The first block, span or region behind `after` that the thread owns, or 0. */
static uint32_t next_owned(uint32_t number, uint32_t after) {
    const qb_header_t *header = qb_header();
    uint32_t page_count = qb_load32(&header->page_count);
    uint32_t first = header->page_first;
    uint32_t page = after / QB_PAGE_BYTES < first ? first : after / QB_PAGE_BYTES;
    for (; page < page_count; page++) {
        uint32_t word = qb_load32(qb_state_of(page));
        uint32_t start = page * QB_PAGE_BYTES;
        if (qb_word_kind(word) == QB_PAGE_SPAN && qb_word_owner(word) == number && start > after) {
            return start;
        }
        if (qb_word_kind(word) != QB_PAGE_BLOCKS) continue;
        const qb_class_t *class = &header->classes[qb_word_payload(word)];
        uint32_t from = start > after ? 0 : (after - start) / class->block_bytes + 1;
        uint32_t index = find_owned(page, from, class->block_count, number);
        while (index < class->block_count && !is_whole(word, start + index * class->block_bytes)) {
            index = find_owned(page, index + 1, class->block_count, number);
        }
        if (index < class->block_count) return start + index * class->block_bytes;
    }
    return 0;
}

/* Finishes what the thread had begun, so that what it owns can be told. May be repeated. */
static void settle(uint32_t number) {
    const qb_header_t *header = qb_header();
    qb_pages_publish();
    uint32_t page_count = qb_load32(&header->page_count);
    for (uint32_t page = header->page_first; page < page_count; page++) {
        uint32_t word = qb_load32(qb_state_of(page));
        int is_begun =
            qb_word_kind(word) == QB_PAGE_PENDING || qb_word_kind(word) == QB_PAGE_FREEING;
        if (is_begun && qb_word_owner(word) == number) (void)qb_span_recover(page, word);
    }
    qb_own_settle(qb_thread_of(number));
    qb_channel_settle(qb_thread_of(number));
    qb_roots_keep(number);
    if ((header->options & QB_HEAP_DEBUG) == 0) return;
    for (uint32_t at = 0; (at = next_owned(number, at)) != 0;) {
        if (qb_place_is_user(qb_place_of(at))) qb_debug_repair(at);
    }
}

/* All that the thread owned. May be repeated. */
static void reap_all(qb_thread_t *self, uint32_t number, uint32_t policy) {
    qb_header_t *header = qb_header();
    settle(number);
    qb_debug_flush(self, qb_thread_of(number));
    uint32_t page_count = qb_load32(&header->page_count);
    for (uint32_t page = header->page_first; page < page_count; page++) {
        reap_page(self, page, number, policy);
    }
    for (uint32_t page = header->page_first; page < page_count; page++) {
        uint32_t word = qb_load32(qb_state_of(page));
        if (qb_word_kind(word) == QB_PAGE_BLOCKS && qb_word_owner(word) == number) {
            (void)qb_block_abandon(page, word);
        }
    }
    /* The dead thread, or an earlier reaper, may have abandoned a page and not counted it. */
    (void)qb_add32(&header->abandoned, 1);
}

static void free_slot(uint32_t number) {
    qb_thread_t *thread = qb_thread_of(number);
    uint32_t generation = qb_slot_generation(qb_load32(&thread->state));
    qb_put32(&thread->quarantine_next, 0);
    qb_put64(&thread->claim, 0);
    qb_store32(&thread->state, qb_slot_word(QB_THREAD_FREE, 0, generation));
}

qb_status_t qb_reap_begin(qb_thread_t *self, uint32_t number, uint32_t generation) {
    if (number < 1 || number > QB_THREADS_MAX || number == self->number) return QB_E_THREAD;
    qb_thread_t *thread = qb_thread_of(number);
    for (;;) {
        uint32_t word = qb_load32(&thread->state);
        if (qb_slot_status(word) == QB_THREAD_FREE) return QB_E_STALE;
        if (generation != 0 && qb_slot_generation(word) != generation) return QB_E_STALE;
        uint32_t reaper = qb_slot_reaper(word);
        if (qb_slot_status(word) == QB_THREAD_REAPING && reaper == self->number) break;
        /* REAPING by itself: it died while it detached. By another: that one must be reaped first. */
        if (qb_slot_status(word) == QB_THREAD_REAPING && reaper != number) return QB_E_BUSY;
        uint32_t reaping = qb_slot_word(QB_THREAD_REAPING, self->number, qb_slot_generation(word));
        if (qb_cas32(&thread->state, word, reaping)) break;
    }
    settle(number);
    return QB_OK;
}

static int is_reaping(const qb_thread_t *self, uint32_t number) {
    if (number < 1 || number > QB_THREADS_MAX) return 0;
    uint32_t word = qb_load32(&qb_thread_of(number)->state);
    return qb_slot_status(word) == QB_THREAD_REAPING && qb_slot_reaper(word) == self->number;
}

uint32_t qb_reap_next(qb_thread_t *self, uint32_t number, uint32_t after) {
    return is_reaping(self, number) ? next_owned(number, after) : 0;
}

/* A slot that thread `number` was reaping, or 0. */
static uint32_t slot_reaped_by(const qb_thread_t *self, uint32_t number) {
    for (uint32_t other = 1; other <= QB_THREADS_MAX; other++) {
        uint32_t word = qb_load32(&qb_thread_of(other)->state);
        if (other == number || other == self->number) continue;
        if (qb_slot_status(word) == QB_THREAD_REAPING && qb_slot_reaper(word) == number) {
            return other;
        }
    }
    return 0;
}

/* Finishes, by the same policy, the slots that the dead thread was reaping, and those that these were, leaves first. The
 * chain of reapers stays as it is meanwhile, so whoever reaps self finds all of it. */
static void finish_slots(qb_thread_t *self, uint32_t number, uint32_t policy) {
    for (uint32_t i = 0; i < QB_THREADS_MAX; i++) {
        uint32_t leaf = number;
        for (uint32_t depth = 0; depth < QB_THREADS_MAX; depth++) {
            uint32_t next = slot_reaped_by(self, leaf);
            if (next == 0) break;
            leaf = next;
        }
        if (leaf == number) return;
        reap_all(self, leaf, policy);
        free_slot(leaf);
    }
}

qb_status_t qb_reap_end(qb_thread_t *self, uint32_t number, uint32_t policy) {
    if (policy > QB_POLICY_KEEP) return QB_E_ARGUMENT;
    if (!is_reaping(self, number)) return QB_E_THREAD;
    finish_slots(self, number, policy);
    reap_all(self, number, policy);
    free_slot(number);
    return QB_OK;
}

qb_status_t qb_thread_detach(qb_thread_t *self, uint32_t policy) {
    if (policy > QB_POLICY_KEEP) return QB_E_ARGUMENT;
    uint32_t word = qb_load32(&self->state);
    uint32_t reaping = qb_slot_word(QB_THREAD_REAPING, self->number, qb_slot_generation(word));
    if (qb_slot_status(word) != QB_THREAD_LIVE || !qb_cas32(&self->state, word, reaping)) {
        return QB_E_NOT_ATTACHED;
    }
    finish_slots(self, self->number, policy); /* those that it began to reap and did not end */
    reap_all(self, self->number, policy);
    free_slot(self->number);
    return QB_OK;
}
