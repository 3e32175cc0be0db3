/* Blocks: the inside of a page. See layout.h for the owner map. */
#ifndef QB_BLOCK_H
#define QB_BLOCK_H

#include "base/layout.h"

#define QB_WINDOW_BLOCKS 64u

/* Takes the lowest free block of a window that has one. */
QB_INLINE uint32_t qb_window_pop(qb_thread_t *self, uint32_t page, qb_page_t *record) {
    uint64_t bits = record->window;
    uint32_t index = record->window_base + (uint32_t)__builtin_ctzll(bits);
    qb_put64(&record->window, bits & (bits - 1));
    qb_put32(&record->used_count, record->used_count + 1);
    qb_put8(qb_map_of(page) + index, self->number);
    return page * QB_PAGE_BYTES + index * record->block_bytes;
}

/* One block of a class from the window of its current page; 0: that window is empty. (An empty ring is
 * page 0, which holds the tables and whose window is empty.) */
QB_INLINE uint32_t qb_block_take_at_once(qb_thread_t *self, uint32_t class_index) {
    uint32_t page = self->current[class_index];
    qb_page_t *record = qb_page_of(page);
    return record->window != 0 ? qb_window_pop(self, page, record) : 0;
}

/* One block of a class, owned by self, or QB_E_OUT_OF_MEMORY. */
uint32_t qb_block_take(qb_thread_t *self, uint32_t class_index);

/* The same; the block is zero. */
uint32_t qb_block_take_zeroed(qb_thread_t *self, uint32_t class_index);

/* Index of the block that starts at this offset in a page of the class, or QB_MAP_BYTES. */
uint32_t qb_block_index(uint32_t class_index, uint32_t offset);

/* Frees the block whose owner byte is `owner` now. Works from any thread, also on abandoned pages.
 * QB_E_DOUBLE_FREE when the byte is another one by then. */
qb_status_t qb_block_give(qb_thread_t *self, uint32_t page, uint32_t block_index, uint32_t owner);

/* The same by CAS, also on self's own page: for who has no right to the block, as a reaper, and races
 * with a thread that takes it over. */
qb_status_t qb_block_take_back(qb_thread_t *self, uint32_t page, uint32_t block_index,
                               uint32_t owner);

/* Gives back a page of self without a live block, unless it is the current one of its class. */
void qb_block_retire(qb_thread_t *self, uint32_t page, uint32_t class_index);

/* Frees a block in a page of self. Whether it lies in the window is chance, so that is computed and
 * not branched on. */
QB_INLINE void qb_block_give_local(qb_thread_t *self, uint32_t page, uint32_t class_index,
                                   uint32_t index) {
    qb_page_t *record = qb_page_of(page);
    uint32_t bit = index - record->window_base;
    uint32_t in_window = bit < QB_WINDOW_BLOCKS;
    uint32_t used = record->used_count - 1;
    qb_put8(qb_map_of(page) + index, 0);
    qb_put32(&record->used_count, used);
    qb_put32(&record->window_virgin, record->window_virgin & (in_window ^ 1u));
    qb_put64(&record->window, record->window | (uint64_t)in_window << bit % QB_WINDOW_BLOCKS);
    if (__builtin_expect(used == 0, 0)) qb_block_retire(self, page, class_index);
}

/* True when no block of the page is owned. */
int qb_block_map_is_empty(uint32_t page);

/* Gives back the pages without a live block that are self's or nobody's; returns their number. */
uint32_t qb_block_trim(qb_thread_t *self);

/* Marks page, owned by a gone thread, as nobody's; or gives it back, when it is empty, and returns 1. */
int qb_block_abandon(uint32_t page, uint32_t word);

#endif
