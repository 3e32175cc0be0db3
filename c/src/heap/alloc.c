/*
 * alloc, free and their kin: from sizes and addresses to blocks and spans.
 *
 * Threads: any, at once. Nothing a caller passes is trusted: an address is looked up in the page
 * table and the owner map before anything is changed.
 */
#include "heap/alloc.h"

#include "heap/debug.h"
#include "heap/thread.h"

#define NATURAL_ALIGN 16u
/* A block is shrunk in place while it stays at least half full, or is this small anyway. */
#define SHRINK_BYTES_MIN 64u

static int is_power_of_two(uint32_t value) {
    return value != 0 && (value & (value - 1)) == 0;
}

static uint32_t span_alloc(qb_thread_t *self, uint32_t bytes, int zeroed) {
    uint32_t page_count = qb_span_pages_for(bytes);
    uint32_t run = qb_span_take(self, page_count);
    if (run == QB_RUN_NONE) return QB_E_OUT_OF_MEMORY;
    uint32_t head = run & QB_RUN_PAGE;
    uint32_t address = head * QB_PAGE_BYTES;
    if (zeroed && (run & QB_RUN_VIRGIN) == 0) {
        uint32_t span_bytes = page_count * QB_PAGE_BYTES;
        qb_fill(QB_AT(uint8_t, address), 0, span_bytes);
    }
    qb_span_commit(head, self->number, 0);
    return address;
}

uint64_t qb_place_packed(uint32_t address) {
    qb_place_t place = qb_place_of_inline(address);
    return (uint64_t)place.word << 32 | place.block_index << 8 | place.owner;
}

uint32_t qb_raw_alloc(qb_thread_t *self, uint32_t bytes, uint32_t align_bytes, int zeroed) {
    if (bytes < align_bytes && align_bytes > NATURAL_ALIGN) bytes = align_bytes;
    if (bytes > QB_BLOCK_BYTES_MAX) return span_alloc(self, bytes, zeroed);
    uint32_t class_index = qb_class_for(bytes);
    /* A power of two stands at the end of each doubling: at most three steps. */
    while ((qb_class_bytes(class_index) & (align_bytes - 1)) != 0) class_index++;
    return zeroed ? qb_block_take_zeroed(self, class_index) : qb_block_take(self, class_index);
}

int qb_raw_own(uint32_t address, uint32_t from, uint32_t to) {
    qb_place_t place = qb_place_of(address);
    return place.owner == from && qb_place_own(place, to);
}

uint32_t qb_alloc_slow(qb_thread_t *self, uint32_t bytes) {
    if (qb_is_debug()) return qb_debug_alloc(self, bytes, NATURAL_ALIGN, 0);
    if (bytes > QB_BLOCK_BYTES_MAX) return span_alloc(self, bytes, 0);
    return qb_block_take(self, qb_class_for(bytes));
}

uint32_t qb_alloc(qb_thread_t *self, uint32_t bytes) {
    return qb_alloc_inline(self, bytes);
}

uint32_t qb_alloc_aligned(qb_thread_t *self, uint32_t bytes, uint32_t align_bytes) {
    if (!is_power_of_two(align_bytes) || align_bytes > QB_ALIGN_MAX) return QB_E_ALIGN;
    if (align_bytes < NATURAL_ALIGN) align_bytes = NATURAL_ALIGN;
    if (qb_is_debug()) return qb_debug_alloc(self, bytes, align_bytes, 0);
    return qb_raw_alloc(self, bytes | (bytes == 0), align_bytes, 0);
}

uint32_t qb_calloc(qb_thread_t *self, uint32_t count, uint32_t element_bytes) {
    uint64_t product = (uint64_t)count * element_bytes;
    if (product > UINT32_MAX) return QB_E_SIZE;
    uint32_t bytes = (uint32_t)product;
    if (qb_is_debug()) return qb_debug_alloc(self, bytes, NATURAL_ALIGN, 1);
    return qb_raw_alloc(self, bytes | (bytes == 0), NATURAL_ALIGN, 1);
}

/* Allocates anew, copies what fits, frees the old. */
static uint32_t move(qb_thread_t *self, uint32_t address, uint32_t old_bytes, uint32_t bytes) {
    uint32_t to = qb_alloc(self, bytes);
    if (to < QB_ADDRESS_MIN) return to;
    uint32_t copied = old_bytes < bytes ? old_bytes : bytes;
    qb_copy(QB_AT(uint8_t, to), QB_AT(uint8_t, address), copied);
    (void)qb_free(self, address);
    return to;
}

uint32_t qb_realloc(qb_thread_t *self, uint32_t address, uint32_t bytes) {
    if (address == 0) return qb_alloc(self, bytes);
    qb_place_t place = qb_place_of(address);
    if (!qb_place_is_user(place)) return qb_place_refusal(place);
    if (qb_is_debug()) {
        qb_status_t status = qb_debug_verify(address);
        if (status != QB_OK) return status;
        return move(self, address, qb_debug_bytes(address), bytes);
    }
    if (!qb_place_is_block(place) && bytes > QB_BLOCK_BYTES_MAX) {
        uint32_t page_count = qb_span_pages_for(bytes);
        qb_status_t status = qb_span_resize(self, place.page_index, place.word, page_count);
        while (status == QB_E_BUSY) { /* another owner, or in other hands */
            place = qb_place_of(address);
            if (!qb_place_is_user(place)) return qb_place_refusal(place);
            status = qb_span_resize(self, place.page_index, place.word, page_count);
        }
        if (status == QB_OK) return address;
        if (status != QB_E_OUT_OF_MEMORY) return status;
    }
    uint32_t have = qb_place_bytes(place);
    int shrinks = bytes <= have;
    if (shrinks && (bytes > have / 2 || have <= SHRINK_BYTES_MIN)) return address;
    uint32_t to = move(self, address, have, bytes);
    return to < QB_ADDRESS_MIN && shrinks ? address : to;
}

qb_status_t qb_free_slow(qb_thread_t *self, uint32_t address) {
    for (;;) {
        qb_place_t place = qb_place_of_inline(address);
        if (__builtin_expect(!qb_place_is_user(place), 0)) return qb_place_refusal(place);
        if (__builtin_expect(qb_is_debug(), 0)) return qb_debug_free(self, address);
        /* A refusal here means that it was freed, or got another owner, this moment: look again. */
        if (__builtin_expect(qb_place_free(self, place) == QB_OK, 1)) return QB_OK;
    }
}

qb_status_t qb_free(qb_thread_t *self, uint32_t address) {
    return qb_free_inline(self, address);
}

uint32_t qb_usable_bytes(uint32_t address) {
    qb_place_t place = qb_place_of(address);
    if (!qb_place_is_user(place)) return 0;
    return qb_is_debug() ? qb_debug_bytes(address) : qb_place_bytes(place);
}
