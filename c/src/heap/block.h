/* Blocks: the inside of a page. See layout.h for the owner map. */
#ifndef QB_BLOCK_H
#define QB_BLOCK_H

#include "base/layout.h"

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

/* True when no block of the page is owned. */
int qb_block_map_is_empty(uint32_t page);

/* Gives back self's pages without a live block; returns their number. */
uint32_t qb_block_trim(qb_thread_t *self);

/* Marks page, owned by a gone thread, as nobody's; gives it back when it is empty. */
void qb_block_abandon(uint32_t page, uint32_t word);

#endif
