/*
 * The full walk: every invariant that can be seen from outside.
 *
 * Bounded: each page, block, root and slot is looked at a fixed number of times, and rings are
 * followed for at most the number of pages, however corrupt the heap is. Expects that no other thread
 * works, or that the faults it finds in pages being worked on are ignored.
 */
#include "base/check.h"

#include "heap/alloc.h"
#include "heap/debug.h"
#include "heap/thread.h"

static void fault(qb_thread_t *self, uint32_t code, uint32_t page, uint32_t detail) {
    uint32_t index = self->fault_count;
    qb_put32(&self->fault_count, index + 1);
    if (index >= QB_FAULTS_MAX) return;
    qb_put32(&self->faults[index].code, code);
    qb_put32(&self->faults[index].page_index, page);
    qb_put32(&self->faults[index].detail, detail);
}

static int owner_is_sound(uint32_t owner) {
    return owner == QB_OWNER_SHARED || owner == QB_OWNER_ROOT || owner == QB_OWNER_MOVING ||
           qb_thread_is_live(owner);
}

/* Owner at an address, also on a page whose state is spoilt. */
static uint32_t owner_at(uint32_t address) {
    uint32_t page = address / QB_PAGE_BYTES;
    if (page >= qb_load32(&qb_header()->page_count)) return QB_OWNER_NONE;
    uint32_t word = qb_load32(qb_state_of(page));
    int is_spoilt = qb_word_kind(word) == QB_PAGE_BLOCKS && qb_word_payload(word) >= QB_CLASS_COUNT;
    return is_spoilt ? QB_OWNER_NONE : qb_place_of(address).owner;
}

static void check_region(qb_thread_t *self, uint32_t page, uint32_t index, uint32_t owner) {
    uint32_t address = page * QB_PAGE_BYTES + index * QB_REGION_BYTES;
    uint32_t word = qb_load32(&qb_region_record_of(address)->state);
    uint32_t state = word & 15u;
    uint32_t kind = word >> 12;
    int is_sound = owner == QB_OWNER_NONE
                       ? word == QB_REGION_NONE
                       : (state == QB_REGION_OPEN || state == QB_REGION_CLOSED) &&
                             kind >= QB_REGION_ARENA && kind <= QB_REGION_CHANNEL;
    if (!is_sound) fault(self, QB_FAULT_REGION_STATE, page, address);
}

/* Owner bytes, window and count of a page of blocks. */
static void check_map(qb_thread_t *self, uint32_t page, uint32_t class_index, int has_owner) {
    const qb_header_t *header = qb_header();
    const qb_page_t *record = qb_page_of(page);
    uint32_t count = header->classes[class_index].block_count;
    uint32_t used = 0;
    for (uint32_t i = 0; i < QB_MAP_BYTES; i++) {
        uint32_t owner = qb_get8(qb_map_of(page) + i);
        if (i >= count) {
            if (owner != 0) fault(self, QB_FAULT_MAP_NOT_EMPTY, page, i);
            continue;
        }
        used += owner != QB_OWNER_NONE;
        if (class_index == QB_CLASS_REGION) check_region(self, page, i, owner);
        uint32_t bit = i - record->window_base;
        if (has_owner && owner != 0 && bit < 64 && (record->window >> bit & 1) != 0) {
            fault(self, QB_FAULT_WINDOW, page, i);
        }
        if (owner == QB_OWNER_NONE || owner == QB_OWNER_QUARANTINE) continue;
        if (!owner_is_sound(owner)) fault(self, QB_FAULT_BLOCK_OWNER, page, i);
        uint32_t address = page * QB_PAGE_BYTES + i * header->classes[class_index].block_bytes;
        if ((header->options & QB_HEAP_DEBUG) != 0 && class_index != QB_CLASS_REGION &&
            owner != QB_OWNER_ROOT && qb_debug_verify(address) != QB_OK) {
            fault(self, QB_FAULT_OVERRUN, page, i);
        }
    }
    if (has_owner && used > record->used_count) fault(self, QB_FAULT_USED_COUNT, page, used);
}

static uint32_t count_pages(uint32_t word) {
    uint32_t page_count = qb_load32(&qb_header()->page_count);
    uint32_t found = 0;
    for (uint32_t page = 0; page < page_count; page++) {
        found += qb_load32(qb_state_of(page)) == word;
    }
    return found;
}

/* The page's neighbours in the ring are of its kind and point back; from the current page, the ring
 * reaches all of its kind. */
static void check_ring(qb_thread_t *self, uint32_t page, uint32_t word) {
    uint32_t page_count = qb_load32(&qb_header()->page_count);
    uint32_t next = qb_get32(&qb_page_of(page)->next_page);
    uint32_t current = qb_get32(&qb_thread_of(qb_word_owner(word))->current[qb_word_payload(word)]);
    int is_linked = current != 0 && next < page_count && qb_load32(qb_state_of(next)) == word &&
                    qb_get32(&qb_page_of(next)->prev_page) == page;
    if (!is_linked) {
        fault(self, QB_FAULT_RING, page, next);
        return;
    }
    if (current != page) return;
    uint32_t reached = 1;
    while (next != page && next < page_count && reached <= page_count) {
        next = qb_get32(&qb_page_of(next)->next_page);
        reached++;
    }
    if (next != page || reached != count_pages(word)) fault(self, QB_FAULT_RING, page, reached);
}

static void check_blocks(qb_thread_t *self, uint32_t page, uint32_t word) {
    uint32_t class_index = qb_word_payload(word);
    uint32_t owner = qb_word_owner(word);
    if (class_index >= QB_CLASS_COUNT) {
        fault(self, QB_FAULT_PAGE_STATE, page, word);
        return;
    }
    if (owner != 0 && !qb_thread_is_live(owner)) fault(self, QB_FAULT_PAGE_OWNER, page, owner);
    const qb_page_t *record = qb_page_of(page);
    const qb_class_t *class = &qb_header()->classes[class_index];
    int is_attached = owner != 0 && qb_thread_is_live(owner);
    if (is_attached) {
        int fits = record->block_bytes == class->block_bytes &&
                   record->block_count == class->block_count &&
                   record->reciprocal == class->reciprocal;
        if (!fits) fault(self, QB_FAULT_RECORD, page, record->block_bytes);
        check_ring(self, page, word);
    }
    check_map(self, page, class_index, is_attached);
}

static void check_span(qb_thread_t *self, uint32_t page, uint32_t word) {
    uint32_t owner = qb_word_owner(word);
    if (owner != QB_OWNER_REGION) {
        if (!owner_is_sound(owner)) fault(self, QB_FAULT_PAGE_OWNER, page, owner);
        int is_debug = (qb_header()->options & QB_HEAP_DEBUG) != 0;
        if (is_debug && qb_debug_verify(page * QB_PAGE_BYTES) != QB_OK) {
            fault(self, QB_FAULT_OVERRUN, page, 0);
        }
        return;
    }
    uint32_t address = qb_word_payload(word) * QB_REGION_BYTES;
    int is_region =
        owner_at(address) != QB_OWNER_NONE &&
        qb_word_payload(qb_load32(qb_state_of(address / QB_PAGE_BYTES))) == QB_CLASS_REGION;
    if (!is_region) fault(self, QB_FAULT_SLAB_OWNER, page, word);
}

/* A tail follows the tail before it, or its head. */
static void check_tail(qb_thread_t *self, uint32_t page, uint32_t word) {
    uint32_t distance = qb_word_payload(word);
    uint32_t before = qb_load32(qb_state_of(page - 1));
    uint32_t kind = qb_word_kind(before);
    int follows = distance == 1
                      ? kind == QB_PAGE_SPAN || kind == QB_PAGE_PENDING || kind == QB_PAGE_FREEING
                      : before == qb_word(QB_PAGE_TAIL, 0, distance - 1);
    if (!follows) fault(self, QB_FAULT_TAIL_LOST, page, distance);
}

static void check_page(qb_thread_t *self, uint32_t page) {
    uint32_t word = qb_load32(qb_state_of(page));
    uint32_t kind = qb_word_kind(word);
    int is_table = page < qb_header()->page_first;
    if (is_table != (kind == QB_PAGE_META)) fault(self, QB_FAULT_PAGE_META, page, word);
    if (is_table) return;
    if (kind != QB_PAGE_BLOCKS && !qb_block_map_is_empty(page)) {
        fault(self, QB_FAULT_MAP_NOT_EMPTY, page, word);
    }
    switch ((qb_page_kind_t)kind) {
    case QB_PAGE_VIRGIN:
    case QB_PAGE_FREE:
        if (qb_word_owner(word) != 0 || qb_word_payload(word) != 0) {
            fault(self, QB_FAULT_PAGE_STATE, page, word);
        }
        break;
    case QB_PAGE_META: break;
    case QB_PAGE_PENDING:
    case QB_PAGE_FREEING: fault(self, QB_FAULT_PAGE_UNFINISHED, page, word); break;
    case QB_PAGE_BLOCKS: check_blocks(self, page, word); break;
    case QB_PAGE_SPAN: check_span(self, page, word); break;
    case QB_PAGE_TAIL: check_tail(self, page, word); break;
    default: fault(self, QB_FAULT_PAGE_STATE, page, word); break;
    }
}

/* The current page of each live thread and class is a page of that thread and class. */
static void check_slots(qb_thread_t *self) {
    uint32_t page_count = qb_load32(&qb_header()->page_count);
    for (uint32_t number = 1; number <= QB_THREADS_MAX; number++) {
        if (!qb_thread_is_live(number)) continue;
        for (uint32_t class_index = 0; class_index < QB_CLASS_COUNT; class_index++) {
            uint32_t page = qb_get32(&qb_thread_of(number)->current[class_index]);
            if (page == 0) continue;
            int is_sound = page < page_count && qb_load32(qb_state_of(page)) ==
                                                    qb_word(QB_PAGE_BLOCKS, number, class_index);
            if (!is_sound) fault(self, QB_FAULT_RING, page, number);
        }
    }
}

static void check_roots(qb_thread_t *self) {
    for (uint32_t i = 0; i < QB_ROOTS_MAX; i++) {
        const qb_root_t *root = qb_root_of(i);
        uint32_t name_address = qb_load32(&root->name_address);
        if (name_address == 0) {
            if (qb_load64(&root->value) != 0) fault(self, QB_FAULT_ROOT, 0, i);
        } else if (owner_at(name_address) != QB_OWNER_ROOT) {
            fault(self, QB_FAULT_ROOT, 0, i);
        }
    }
}

uint32_t qb_check(qb_thread_t *self) {
    const qb_header_t *header = qb_header();
    qb_put32(&self->fault_count, 0);
    uint32_t page_count = qb_load32(&header->page_count);
    if (qb_heap_open() != QB_OK || header->page_first >= header->page_max) {
        fault(self, QB_FAULT_HEADER, 0, header->magic);
        return self->fault_count;
    }
    if (page_count > qb_host_page_count() || page_count > header->page_max) {
        fault(self, QB_FAULT_PAGE_COUNT, 0, page_count);
        return self->fault_count;
    }
    for (uint32_t page = 0; page < page_count; page++) check_page(self, page);
    check_slots(self);
    check_roots(self);
    return self->fault_count;
}
