/* Spans: allocations of whole pages. See layout.h for the states. */
#ifndef QB_SPAN_H
#define QB_SPAN_H

#include "base/layout.h"

/* Pages needed for `bytes` bytes (>= 1). */
uint32_t qb_span_pages_for(uint32_t bytes);

/* Bytes of the span at head. */
uint32_t qb_span_bytes(uint32_t head);

/* Takes a run, PENDING(self), as a run of qb_pages_take; gives empty pages back when there is none. */
uint32_t qb_span_take(qb_thread_t *self, uint32_t page_count);

/* Makes the pending run at head a span. */
void qb_span_commit(uint32_t head, uint32_t owner, uint32_t payload);

/* Frees the span whose state is `word`. QB_E_DOUBLE_FREE when it has another one by then. */
qb_status_t qb_span_give(const qb_thread_t *self, uint32_t head, uint32_t word);

/* Finishes what a dead thread left at head: PENDING or FREEING. Returns the state it has then. */
uint32_t qb_span_recover(uint32_t head, uint32_t word);

/* Resizes in place. QB_E_OUT_OF_MEMORY: the pages behind are taken; QB_E_BUSY: it is in other hands. */
qb_status_t qb_span_resize(const qb_thread_t *self, uint32_t head, uint32_t word,
                           uint32_t page_count);

#endif
