/*
 * Arenas: bump allocation in a region that is released in one step.
 *
 *   arena (4 KiB block)                    slabs (spans of the region)
 *   | header 64 B | first slab ...... |    | prev | ............ top -> free ... end |
 *
 * Slabs double until SLAB_BYTES_MAX, so a release frees few spans, whatever the number of objects.
 * JS bumps top_address itself and calls qb_arena_alloc when a slab is full.
 *
 * Threads: alloc by the owner; see region.c for the rest.
 */
#include "lifetime/region.h"

#include "heap/span.h"

#define SLAB_BYTES_DEFAULT QB_PAGE_BYTES
#define SLAB_BYTES_MAX (1u << 20) /* of geometric growth; a larger slab_bytes is honoured */
#define SLAB_BYTES_LIMIT (1u << 31)
/* Stay unused at the end of each slab, so that its end fits 32 bits at the top of 4 GiB as well. */
#define END_GAP_BYTES 16u

/* Adds a slab with room for bytes at an alignment. Returns the address of that room, or a status. The
 * slab becomes the current one when it has more left than the current one. */
static uint32_t grow(qb_thread_t *self, qb_arena_t *arena, uint32_t bytes, uint32_t align_bytes) {
    uint32_t span_header = (uint32_t)sizeof(qb_region_span_t);
    uint32_t pad = align_bytes > span_header ? align_bytes : span_header;
    if (bytes > UINT32_MAX - pad - END_GAP_BYTES) return QB_E_OUT_OF_MEMORY;
    uint32_t slab_bytes = qb_get32(&arena->slab_bytes);
    uint32_t need = bytes + pad + END_GAP_BYTES;
    uint32_t page_count = qb_span_pages_for(need > slab_bytes ? need : slab_bytes);
    uint32_t slab = qb_region_grow(self, &arena->region, page_count);
    if (slab < QB_ADDRESS_MIN && need < slab_bytes) {
        page_count = qb_span_pages_for(need); /* nearly full: no more than needed */
        slab = qb_region_grow(self, &arena->region, page_count);
    }
    if (slab < QB_ADDRESS_MIN) return slab;
    if (slab_bytes < SLAB_BYTES_MAX) qb_put32(&arena->slab_bytes, slab_bytes * 2);
    uint32_t address = slab + pad;
    uint32_t top = address + bytes;
    uint32_t end = slab + (page_count * QB_PAGE_BYTES - END_GAP_BYTES);
    if (end - top > qb_get32(&arena->end_address) - qb_get32(&arena->top_address)) {
        qb_put32(&arena->end_address, end);
        qb_put32(&arena->top_address, top);
    }
    return address;
}

uint32_t qb_arena_open(qb_thread_t *self, uint32_t slab_bytes) {
    if (slab_bytes > SLAB_BYTES_LIMIT) return QB_E_SIZE;
    uint32_t address = qb_region_make(self);
    if (address < QB_ADDRESS_MIN) return address;
    qb_arena_t *arena = QB_AT(qb_arena_t, address);
    qb_put32(&arena->top_address, address + (uint32_t)sizeof(qb_arena_t));
    qb_put32(&arena->end_address, address + (QB_REGION_BYTES - END_GAP_BYTES));
    qb_put32(&arena->slab_bytes, slab_bytes == 0 ? SLAB_BYTES_DEFAULT : slab_bytes);
    qb_region_open(&arena->region, QB_REGION_ARENA);
    return address;
}

uint32_t qb_arena_alloc(qb_thread_t *self, uint32_t address, uint32_t bytes, uint32_t align_bytes) {
    qb_region_t *region = qb_region_at_inline(address, QB_REGION_ARENA);
    if (region == NULL || qb_region_state(region) != QB_REGION_OPEN) return QB_E_REGION;
    if (align_bytes == 0 || (align_bytes & (align_bytes - 1)) != 0) return QB_E_ALIGN;
    if (align_bytes > QB_ALIGN_MAX) return QB_E_ALIGN;
    qb_arena_t *arena = QB_AT(qb_arena_t, address);
    bytes |= bytes == 0;
    uint32_t top = qb_get32(&arena->top_address);
    uint32_t end = qb_get32(&arena->end_address);
    uint32_t room = end - top;
    uint32_t gap = (0u - top) & (align_bytes - 1);
    if (top > end || gap > room || bytes > room - gap) {
        return grow(self, arena, bytes, align_bytes);
    }
    qb_put32(&arena->top_address, top + gap + bytes);
    return top + gap;
}

qb_status_t qb_arena_close(qb_thread_t *self, uint32_t address, uint32_t serial, uint32_t retain) {
    return qb_region_close(self, address, QB_REGION_ARENA, serial, retain);
}

qb_status_t qb_arena_pin(qb_thread_t *self, uint32_t address, uint32_t serial) {
    return qb_region_pin(self, address, QB_REGION_ARENA, serial);
}

qb_status_t qb_arena_unpin(qb_thread_t *self, uint32_t address, uint32_t serial) {
    return qb_region_unpin(self, address, QB_REGION_ARENA, serial);
}
