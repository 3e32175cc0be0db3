/*
 * Spans.
 *
 * Making: PENDING(self) + tails, then one store of SPAN(owner). Freeing: one CAS of SPAN to
 * FREEING(self), then the tails from high to low, then the head. Resizing holds the head as FREEING
 * with the owner in the payload, so that nobody frees the span meanwhile and a reaper can put it back.
 * The reaper of the span's owner changes the payload: shared, or 0, which is "free it".
 *
 * Threads: any, at once. The CAS of the head decides who frees.
 */
#include "heap/span.h"

#include "heap/block.h"
#include "heap/debug.h"
#include "heap/page.h"

uint32_t qb_span_pages_for(uint32_t bytes) {
    return bytes / QB_PAGE_BYTES + (bytes % QB_PAGE_BYTES != 0);
}

uint32_t qb_span_bytes(uint32_t head) {
    /* At most 65535 pages: the first pages hold the tables. So this fits 32 bits. */
    return qb_pages_in_run(head) * QB_PAGE_BYTES;
}

uint32_t qb_span_take(qb_thread_t *self, uint32_t page_count) {
    uint32_t run = qb_pages_take(self, page_count);
    if (run == QB_RUN_NONE && qb_block_trim(self) > 0) run = qb_pages_take(self, page_count);
    return run;
}

void qb_span_commit(uint32_t head, uint32_t owner, uint32_t payload) {
    qb_store32(qb_state_of(head), qb_word(QB_PAGE_SPAN, owner, payload));
}

qb_status_t qb_span_give(const qb_thread_t *self, uint32_t head, uint32_t word) {
    uint32_t freeing = qb_word(QB_PAGE_FREEING, self->number, 0);
    if (!qb_cas32(qb_state_of(head), word, freeing)) return QB_E_DOUBLE_FREE;
    if ((qb_header()->options & QB_HEAP_DEBUG) != 0) {
        qb_fill(QB_AT(uint8_t, head *QB_PAGE_BYTES), QB_FILL_FREED, qb_span_bytes(head));
    }
    qb_pages_release(head);
    return QB_OK;
}

uint32_t qb_span_recover(uint32_t head, uint32_t word) {
    /* It was being resized: back to the owner in the payload, which a reaper may change this moment. */
    while (qb_word_kind(word) == QB_PAGE_FREEING && qb_word_payload(word) != QB_OWNER_NONE) {
        uint32_t span = qb_word(QB_PAGE_SPAN, qb_word_payload(word), 0);
        if (qb_cas32(qb_state_of(head), word, span)) return span;
        word = qb_load32(qb_state_of(head));
    }
    qb_pages_release(head);
    return qb_word(QB_PAGE_FREE, 0, 0);
}

qb_status_t qb_span_resize(const qb_thread_t *self, uint32_t head, uint32_t word,
                           uint32_t page_count) {
    uint32_t held = qb_word(QB_PAGE_FREEING, self->number, qb_word_owner(word));
    if (!qb_cas32(qb_state_of(head), word, held)) return QB_E_BUSY;
    uint32_t have = qb_pages_in_run(head); /* only now: nobody else resizes it */
    qb_status_t status = QB_OK;
    if (page_count < have) {
        qb_pages_trim(head, page_count);
    } else if (page_count > have && !qb_pages_extend(head, have, page_count)) {
        status = QB_E_OUT_OF_MEMORY;
    }
    if (qb_cas32(qb_state_of(head), held, word)) return status;
    /* Its owner was reaped meanwhile; the reaper has left in the payload what shall become of it. */
    uint32_t left = qb_span_recover(head, qb_load32(qb_state_of(head)));
    return qb_word_kind(left) == QB_PAGE_SPAN ? status : QB_E_ADDRESS;
}
