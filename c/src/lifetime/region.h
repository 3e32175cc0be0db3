/* Regions: what arenas, pools and channels have in common. */
#ifndef QB_REGION_H
#define QB_REGION_H

#include "base/layout.h"
#include "heap/alloc.h"

QB_INLINE uint32_t qb_region_word(uint32_t state, uint32_t kind) {
    return state | kind << 12;
}
QB_INLINE qb_region_record_t *qb_record_of(const qb_region_t *region) {
    return qb_region_record_of(QB_ADDRESS_OF(region));
}
QB_INLINE uint32_t qb_region_kind(const qb_region_t *region) {
    return qb_load32(&qb_record_of(region)->state) >> 12;
}
QB_INLINE uint32_t qb_region_state(const qb_region_t *region) {
    return qb_load32(&qb_record_of(region)->state) & 15u;
}

/* The region of this kind at any 32-bit address, or NULL. Inline for hot paths. */
qb_region_t *qb_region_at(uint32_t address, uint32_t kind);
QB_INLINE qb_region_t *qb_region_at_inline(uint32_t address, uint32_t kind) {
    qb_place_t place = qb_place_of_inline(address);
    if (!qb_place_is_region(place) || place.owner == QB_OWNER_NONE) return NULL;
    qb_region_t *region = QB_AT(qb_region_t, address);
    return qb_region_kind(region) == kind ? region : NULL;
}

/* Takes a block for a region owned by self. Not open yet: the caller fills it, then opens it. */
uint32_t qb_region_make(qb_thread_t *self);
void qb_region_open(qb_region_t *region, uint32_t kind);

/* Adds a span. Returns its address (qb_region_span_t first), or QB_E_OUT_OF_MEMORY. */
uint32_t qb_region_grow(qb_thread_t *self, qb_region_t *region, uint32_t page_count);

/* Gives a span back that is in use by nobody yet. */
void qb_region_shrink(qb_thread_t *self, qb_region_t *region, uint32_t address);

/* Undoes qb_region_make, spans included. */
void qb_region_discard(qb_thread_t *self, qb_region_t *region);

/* Closes: no pins left means released. `retain` pins it for self first. Wakes who waits for a pool. */
qb_status_t qb_region_close(qb_thread_t *self, uint32_t address, uint32_t kind, uint32_t serial,
                            uint32_t retain);
qb_status_t qb_region_pin(qb_thread_t *self, uint32_t address, uint32_t kind, uint32_t serial);
qb_status_t qb_region_unpin(qb_thread_t *self, uint32_t address, uint32_t kind, uint32_t serial);

/* The same as qb_region_pin, but E_EXISTS when self pinned it already. */
qb_status_t qb_region_hold(qb_thread_t *self, uint32_t address, uint32_t kind, uint32_t serial);

/* Handles one region after the death (or detach) of thread `number`: drops its pin, finishes a release
 * it began, closes or keeps by policy what it owned. May be repeated. */
void qb_region_reap(qb_thread_t *self, uint32_t address, uint32_t number, uint32_t policy);

#endif
