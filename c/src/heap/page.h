/* Pages: taking and giving back whole pages, growth, size classes. See layout.h for the states. */
#ifndef QB_PAGE_H
#define QB_PAGE_H

#include "base/layout.h"

#define QB_RUN_NONE 0u
#define QB_RUN_VIRGIN 0x80000000u /* flag of a run: all its pages are zero */
#define QB_RUN_PAGE 0x0001ffffu

/* Size class for 0 (counts as 1) .. QB_BLOCK_BYTES_MAX bytes: steps of 16 to 128, then four a doubling.
 * The leading bit and the two behind it number the classes; below 64 the steps stay 16. */
QB_INLINE uint32_t qb_class_for(uint32_t bytes) {
    uint32_t last = bytes - (bytes != 0);
    uint32_t log2 = 31u - (uint32_t)__builtin_clz(last | 64u);
    return (log2 - 6) * 4 + (last >> (log2 - 2));
}

/* Block size of a class. */
uint32_t qb_class_bytes(uint32_t class_index);

/* Takes `count` free pages in a row; grows the memory when there are none. The first is PENDING(self),
 * the others are its tails. Returns its index, with QB_RUN_VIRGIN, or QB_RUN_NONE. */
uint32_t qb_pages_take(const qb_thread_t *self, uint32_t count);

/* Extends the span at `head` from `have` to `want` pages in place. 0: a page behind it is taken. */
int qb_pages_extend(uint32_t head, uint32_t have, uint32_t want);

/* Gives back the tails of `head` beyond `keep` (>= 1) pages, from high to low. */
void qb_pages_trim(uint32_t head, uint32_t keep);

/* Gives back a head and its tails. The head belongs to the caller (PENDING, FREEING or BLOCKS). */
void qb_pages_release(uint32_t head);

/* Pages of the run at head: 1 + its tails. */
uint32_t qb_pages_in_run(uint32_t head);

/* Publishes pages that the memory has but the heap does not know of (their grower died). */
void qb_pages_publish(void);

#endif
