/*
 * Allocation below the debug level: what the layers above build on.
 *
 * qb_place_t goes by value through always-inline functions only, so that it lives in registers: the
 * wasm build has no shadow stack to pass it on.
 */
#ifndef QB_ALLOC_H
#define QB_ALLOC_H

#include "base/layout.h"
#include "heap/block.h"
#include "heap/page.h"
#include "heap/span.h"

/* Where an address is. owner 0: no live block or span starts there. */
typedef struct qb_place {
    uint32_t page_index;
    uint32_t word; /* page state when it was looked up */
    uint32_t block_index;
    uint32_t owner;
} qb_place_t;

QB_INLINE int qb_place_is_block(qb_place_t place) {
    return qb_word_kind(place.word) == QB_PAGE_BLOCKS;
}

/* Looks any 32-bit address up. For hot paths: in each place where it stands it is 100 bytes of wasm. */
QB_INLINE qb_place_t qb_place_of_inline(uint32_t address) {
    qb_place_t place = {address / QB_PAGE_BYTES, qb_word(QB_PAGE_META, 0, 0), QB_MAP_BYTES, 0};
    const qb_header_t *header = qb_header();
    if (place.page_index >= qb_get32(&header->page_count)) return place;
    place.word = qb_get32(qb_state_of(place.page_index));
    uint32_t offset = address % QB_PAGE_BYTES;
    if (qb_place_is_block(place)) {
        place.block_index = qb_block_index(qb_word_payload(place.word), offset);
        if (place.block_index < QB_MAP_BYTES) {
            place.owner = qb_get8(qb_map_of(place.page_index) + place.block_index);
        }
    } else if (qb_word_kind(place.word) == QB_PAGE_SPAN && offset == 0) {
        place.owner = qb_word_owner(place.word);
    }
    return place;
}

/* The same by a call, packed because a struct cannot be returned in registers: owner in the bits from 0 on,
 * block_index from 8 on, word from 32 on. */
uint64_t qb_place_packed(uint32_t address);
QB_INLINE qb_place_t qb_place_of(uint32_t address) {
    uint64_t packed = qb_place_packed(address);
    qb_place_t place = {address / QB_PAGE_BYTES, (uint32_t)(packed >> 32), (uint32_t)packed >> 8,
                        (uint32_t)packed & 255u};
    return place;
}

QB_INLINE int qb_place_is_region(qb_place_t place) {
    return qb_place_is_block(place) && qb_word_payload(place.word) == QB_CLASS_REGION;
}

/* A block or span that a caller of the public functions may name: owned by a thread or shared. */
QB_INLINE int qb_place_is_user(qb_place_t place) {
    int is_inner = place.owner >= QB_OWNER_MOVING && place.owner != QB_OWNER_SHARED;
    return place.owner != QB_OWNER_NONE && !is_inner && !qb_place_is_region(place);
}

/* What to say of an address that is no user block. */
QB_INLINE qb_status_t qb_place_refusal(qb_place_t place) {
    if (qb_word_kind(place.word) == QB_PAGE_FREE) return QB_E_DOUBLE_FREE;
    if (qb_word_kind(place.word) == QB_PAGE_FREEING) {
        return qb_word_payload(place.word) == 0 ? QB_E_DOUBLE_FREE : QB_E_BUSY;
    }
    int is_start = place.block_index < QB_MAP_BYTES;
    int is_gone = place.owner == QB_OWNER_NONE || place.owner == QB_OWNER_QUARANTINE;
    return is_start && is_gone && !qb_place_is_region(place) ? QB_E_DOUBLE_FREE : QB_E_ADDRESS;
}

/* Bytes of the block or span at a place with an owner. */
QB_INLINE uint32_t qb_place_bytes(qb_place_t place) {
    if (qb_place_is_block(place)) {
        return qb_header()->classes[qb_word_payload(place.word)].block_bytes;
    }
    return qb_span_bytes(place.page_index);
}

/* Frees the block or span at a place with an owner. */
QB_INLINE qb_status_t qb_place_free(qb_thread_t *self, qb_place_t place) {
    if (qb_place_is_block(place)) {
        return qb_block_give(self, place.page_index, place.block_index, place.owner);
    }
    return qb_span_give(self, place.page_index, place.word);
}

/* Changes the owner from place.owner. 0: it had changed meanwhile. */
QB_INLINE int qb_place_own(qb_place_t place, uint32_t owner) {
    if (qb_place_is_block(place)) {
        return qb_cas8(qb_map_of(place.page_index) + place.block_index, place.owner, owner);
    }
    uint32_t word = qb_word(QB_PAGE_SPAN, owner, qb_word_payload(place.word));
    return qb_cas32(qb_state_of(place.page_index), place.word, word);
}

/* Allocates bytes (>= 1) at an alignment (power of two up to QB_ALIGN_MAX). */
uint32_t qb_raw_alloc(qb_thread_t *self, uint32_t bytes, uint32_t align_bytes, int zeroed);

/* Gives what `from` owns to `to`. 0, and nothing happens, when the address is not a block or span of `from`. */
int qb_raw_own(uint32_t address, uint32_t from, uint32_t to);

/* ---- the hot path ---------------------------------------------------------------------------- */

/* What qb_alloc and qb_free do when it is not done at once. */
uint32_t qb_alloc_slow(qb_thread_t *self, uint32_t bytes);
qb_status_t qb_free_slow(qb_thread_t *self, uint32_t address);

QB_INLINE int qb_is_debug(void) {
    return (qb_header()->options & QB_HEAP_DEBUG) != 0;
}

/* qb_alloc. Inline, because the export of the same name is made of it too. */
QB_INLINE uint32_t qb_alloc_inline(qb_thread_t *self, uint32_t bytes) {
    if (bytes <= QB_BLOCK_BYTES_MAX && !qb_is_debug()) {
        uint32_t address = qb_block_take_at_once(self, qb_class_for(bytes));
        if (address != 0) return address;
    }
    return qb_alloc_slow(self, bytes);
}

/* qb_free. At once goes what self owns in a page that self owns. Where a block starts is taken from the
 * page's record and not from its class, so that no load waits for the page state. The fraction of
 * offset / block_bytes is below the reciprocal just when there is no remainder, because a page is far
 * smaller than 2^32 / QB_BLOCK_BYTES_MAX. Behind the last block of a page the map is 0. */
QB_INLINE qb_status_t qb_free_inline(qb_thread_t *self, uint32_t address) {
    uint32_t page = address / QB_PAGE_BYTES;
    if (page < qb_get32(&qb_header()->page_count) && !qb_is_debug()) {
        uint32_t reciprocal = qb_get32(&qb_page_of(page)->reciprocal);
        uint64_t product = (uint64_t)(address % QB_PAGE_BYTES) * reciprocal;
        uint32_t index = (uint32_t)(product >> 32);
        uint32_t word = qb_get32(qb_state_of(page));
        int is_own_page = (word & 0xfffu) == qb_word(QB_PAGE_BLOCKS, self->number, 0) &&
                          word < qb_word(0, 0, QB_CLASS_REGION);
        if (is_own_page && (uint32_t)product < reciprocal &&
            qb_get8(qb_map_of(page) + index) == self->number) {
            qb_block_give_local(self, page, qb_word_payload(word), index);
            return QB_OK;
        }
    }
    return qb_free_slow(self, address);
}

#endif
