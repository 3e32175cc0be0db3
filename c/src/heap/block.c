/*
 * Blocks inside of pages.
 *
 *   page   | block 0 | block 1 | block 2 | block 3 | ...          64 KiB, one size class
 *   map    |    0    |    7    |    0    |   255   | ...          one owner byte a block (the truth)
 *   window |    1    |    0    |    1    |    0    | 64 bits      free blocks the owner thread may take
 *
 * take:  pop the lowest bit of the window of the class's current page, write the owner byte. When the
 *        window is empty the map is read on, 64 bytes at a time; after the last one the owner looks at
 *        the next pages of its ring, and takes a fresh page when POLL_PAGES of them had nothing.
 * give:  clear the owner byte. That is all another thread does; it also marks the page dirty, so that
 *        the owner reads the map again. The owner itself puts the bit back when it is in the window.
 *
 * There is no link inside of a free block and no list between threads: nothing that a stray write, or
 * a thread that stops half-way, could break. What it costs is the search, bounded as follows. A page
 * that was freed remotely is found after at most ring_length / POLL_PAGES fresh pages, so at most
 * 1 / POLL_PAGES of a class's memory is idle while fresh pages are taken. Before a thread reports that
 * the memory is full it looks at every page it owns.
 *
 * Invariants (qb_check): window is a subset of the map's zeros; used_count >= blocks in use; a page
 * that is free has an empty map; rings are circular and hold exactly the owner's pages of the class.
 *
 * Threads: a page's record is its owner's. The map is written by its owner with plain stores and by
 * others with CAS.
 */
#include "heap/block.h"

#include "heap/page.h"

#define POLL_PAGES 8u
#define WINDOW_BLOCKS QB_WINDOW_BLOCKS
#define LOW_BITS 0x7f7f7f7f7f7f7f7full

/* Bit 7 of each byte of the result is set where the byte of word is 0. Exact (no carries). */
QB_INLINE uint64_t zero_bytes(uint64_t word) {
    return ~(((word & LOW_BITS) + LOW_BITS) | word | LOW_BITS);
}

/* One bit for each of 64 map bytes: 1 = free. Whether a word has any is chance in a page that is nearly
 * full, so nothing branches on it. */
QB_INLINE uint64_t free_bits(const uint8_t *map, uint32_t block_count) {
    uint64_t bits = 0;
    for (uint32_t i = 0; i < WINDOW_BLOCKS; i += 8) {
        /* gathers bit 7 of byte k into bit k */
        bits |= (zero_bytes(qb_get_owners(map + i)) * 0x0002040810204081ull >> 56) << i;
    }
    if (block_count < WINDOW_BLOCKS) bits &= (1ull << block_count) - 1;
    return bits;
}

static uint32_t count_used(const uint8_t *map, uint32_t block_count) {
    uint32_t used = 0;
    for (uint32_t i = 0; i < block_count; i += WINDOW_BLOCKS) {
        uint32_t rest = block_count - i;
        uint32_t in_window = rest < WINDOW_BLOCKS ? rest : WINDOW_BLOCKS;
        used += in_window - (uint32_t)__builtin_popcountll(free_bits(map + i, rest));
    }
    return used;
}

int qb_block_map_is_empty(uint32_t page) {
    const uint8_t *map = qb_map_of(page);
    for (uint32_t i = 0; i < QB_MAP_BYTES; i += 8) {
        if (qb_get_owners(map + i) != 0) return 0;
    }
    return 1;
}

uint32_t qb_block_index(uint32_t class_index, uint32_t offset) {
    const qb_class_t *class = &qb_header()->classes[class_index];
    uint32_t index = (uint32_t)((uint64_t)offset * class->reciprocal >> 32);
    int starts = index * class->block_bytes == offset && index < class->block_count;
    return starts ? index : QB_MAP_BYTES;
}

/* ---- rings ----------------------------------------------------------------------------------- */

/* Inserts at the tail: it is looked at last. */
static void ring_insert(qb_thread_t *self, uint32_t class_index, uint32_t page) {
    qb_page_t *record = qb_page_of(page);
    uint32_t current = self->current[class_index];
    uint32_t next = current != 0 ? current : page;
    uint32_t prev = current != 0 ? qb_page_of(current)->prev_page : page;
    qb_put32(&record->next_page, next);
    qb_put32(&record->prev_page, prev);
    qb_put32(&qb_page_of(prev)->next_page, page);
    qb_put32(&qb_page_of(next)->prev_page, page);
    if (current == 0) qb_put32(&self->current[class_index], page);
}

static void ring_remove(qb_thread_t *self, uint32_t class_index, uint32_t page) {
    qb_page_t *record = qb_page_of(page);
    uint32_t next = record->next_page;
    uint32_t prev = record->prev_page;
    if (self->current[class_index] == page) {
        qb_put32(&self->current[class_index], next == page ? 0 : next);
    }
    qb_put32(&qb_page_of(prev)->next_page, next);
    qb_put32(&qb_page_of(next)->prev_page, prev);
}

/* ---- pages of blocks ------------------------------------------------------------------------- */

static void record_init(uint32_t page, uint32_t class_index, uint32_t used, int virgin) {
    const qb_class_t *class = &qb_header()->classes[class_index];
    qb_page_t *record = qb_page_of(page);
    qb_put64(&record->window, 0);
    qb_put32(&record->window_base, 0);
    qb_put32(&record->window_virgin, 0);
    qb_put32(&record->used_count, used);
    qb_put32(&record->virgin_from, virgin ? 0 : class->block_count);
    qb_put32(&record->block_bytes, class->block_bytes);
    qb_put32(&record->block_count, class->block_count);
    qb_put32(&record->reciprocal, class->reciprocal);
}

static uint32_t page_make(qb_thread_t *self, uint32_t class_index) {
    uint32_t run = qb_pages_take(self, 1);
    if (run == QB_RUN_NONE) return 0;
    uint32_t page = run & QB_RUN_PAGE;
    qb_store8(qb_dirty_of(page), 0);
    record_init(page, class_index, 0, (run & QB_RUN_VIRGIN) != 0);
    qb_store32(qb_state_of(page), qb_word(QB_PAGE_BLOCKS, self->number, class_index));
    ring_insert(self, class_index, page);
    return page;
}

/* Takes the abandoned page into self's ring. 0: another thread was faster. */
static int page_adopt(qb_thread_t *self, uint32_t page, uint32_t word) {
    uint32_t class_index = qb_word_payload(word);
    uint32_t mine = qb_word(QB_PAGE_BLOCKS, self->number, class_index);
    if (!qb_cas32(qb_state_of(page), word, mine)) return 0;
    qb_store8(qb_dirty_of(page), 0);
    uint32_t block_count = qb_header()->classes[class_index].block_count;
    record_init(page, class_index, count_used(qb_map_of(page), block_count), 0);
    ring_insert(self, class_index, page);
    return 1;
}

/* Gives an empty page of self back. Looks at the map, not at the count. 0: it is not empty. */
static int page_retire(qb_thread_t *self, uint32_t page) {
    if (!qb_block_map_is_empty(page)) return 0;
    ring_remove(self, qb_word_payload(qb_get32(qb_state_of(page))), page);
    qb_pages_release(page);
    return 1;
}

int qb_block_abandon(uint32_t page, uint32_t word) {
    if (qb_block_map_is_empty(page)) {
        qb_pages_release(page);
        return 1;
    }
    qb_store32(qb_state_of(page), qb_word(QB_PAGE_BLOCKS, 0, qb_word_payload(word)));
    (void)qb_add32(&qb_header()->abandoned, 1);
    return 0;
}

/* Finds work in pages that no thread owns: adopts one of this class with a free block, gives the
 * empty ones back. Returns the adopted page or 0. With QB_CLASS_COUNT, which is no class, it adopts
 * none and returns how many it gave back. */
static uint32_t adopt_any(qb_thread_t *self, uint32_t class_index) {
    qb_header_t *header = qb_header();
    uint32_t abandoned = qb_load32(&header->abandoned);
    if (abandoned == 0) return 0;
    uint32_t adopted = 0;
    uint32_t more = 0;
    uint32_t page_count = qb_load32(&header->page_count);
    for (uint32_t page = header->page_first; page < page_count; page++) {
        uint32_t word = qb_load32(qb_state_of(page));
        if (qb_word_kind(word) != QB_PAGE_BLOCKS || qb_word_owner(word) != 0) continue;
        if (qb_block_map_is_empty(page)) {
            /* It may have been used and abandoned again by now: claim it, then look once more. */
            uint32_t mine = qb_word(QB_PAGE_BLOCKS, self->number, qb_word_payload(word));
            int gives = qb_cas32(qb_state_of(page), word, mine) && qb_block_abandon(page, word);
            if (gives && class_index == QB_CLASS_COUNT) adopted++;
            continue;
        }
        uint32_t block_count = header->classes[qb_word_payload(word)].block_count;
        int fits = adopted == 0 && qb_word_payload(word) == class_index &&
                   count_used(qb_map_of(page), block_count) < block_count;
        if (fits && page_adopt(self, page, word)) {
            adopted = page;
        } else {
            more = 1;
        }
    }
    /* Nothing is left, unless a page was abandoned since: then the count is another one. */
    if (!more) (void)qb_cas32(&header->abandoned, abandoned, 0);
    return adopted;
}

/* ---- windows --------------------------------------------------------------------------------- */

/* Loads the first window at or behind block `from` with a free block. 0: there is none. */
static int window_load(uint32_t page, qb_page_t *record, uint32_t from) {
    const uint8_t *map = qb_map_of(page);
    for (uint32_t base = from; base < record->block_count; base += WINDOW_BLOCKS) {
        uint64_t bits = free_bits(map + base, record->block_count - base);
        if (bits == 0) continue;
        int virgin = base >= record->virgin_from;
        qb_put32(&record->window_base, base);
        qb_put32(&record->window_virgin, virgin);
        if (virgin) qb_put32(&record->virgin_from, base + WINDOW_BLOCKS);
        qb_put64(&record->window, bits);
        return 1;
    }
    return 0;
}

/* Starts a page from its first block. 0: it is full. */
static int page_visit(uint32_t page) {
    qb_page_t *record = qb_page_of(page);
    if (qb_load8(qb_dirty_of(page)) != 0) {
        /* First the mark, then the map: a free in between marks it again. */
        qb_store8(qb_dirty_of(page), 0);
        qb_put32(&record->used_count, count_used(qb_map_of(page), record->block_count));
    }
    if (record->used_count >= record->block_count) return 0;
    return window_load(page, record, 0);
}

/* Looks at up to `limit` pages of the ring behind the current one, and at that too. Returns the page
 * whose window has a free block, and makes it current; or 0. */
static uint32_t ring_poll(qb_thread_t *self, uint32_t class_index, uint32_t limit) {
    uint32_t first = self->current[class_index];
    if (first == 0) return 0;
    uint32_t page = first;
    for (uint32_t i = 0; i < limit; i++) {
        page = qb_page_of(page)->next_page;
        if (page_visit(page)) {
            qb_put32(&self->current[class_index], page);
            return page;
        }
        if (page == first) break;
    }
    return 0;
}

/* The current page of the class with a loaded window, or 0: out of memory. */
static uint32_t page_with_window(qb_thread_t *self, uint32_t class_index) {
    uint32_t page = self->current[class_index];
    qb_page_t *record = qb_page_of(page);
    if (record->window != 0) return page;
    if (page != 0 && window_load(page, record, record->window_base + WINDOW_BLOCKS)) return page;
    page = ring_poll(self, class_index, POLL_PAGES);
    if (page != 0) return page;
    page = adopt_any(self, class_index);
    if (page == 0) page = page_make(self, class_index);
    if (page == 0) page = ring_poll(self, class_index, QB_PAGES_MAX);
    if (page == 0 && qb_block_trim(self) > 0) page = page_make(self, class_index);
    if (page == 0 || (qb_page_of(page)->window == 0 && !page_visit(page))) return 0;
    qb_put32(&self->current[class_index], page);
    return page;
}

/* ---- take and give --------------------------------------------------------------------------- */

uint32_t qb_block_take(qb_thread_t *self, uint32_t class_index) {
    uint32_t page = page_with_window(self, class_index);
    if (page == 0) return QB_E_OUT_OF_MEMORY;
    return qb_window_pop(self, page, qb_page_of(page));
}

uint32_t qb_block_take_zeroed(qb_thread_t *self, uint32_t class_index) {
    uint32_t page = page_with_window(self, class_index);
    if (page == 0) return QB_E_OUT_OF_MEMORY;
    qb_page_t *record = qb_page_of(page);
    uint32_t virgin = record->window_virgin;
    uint32_t address = qb_window_pop(self, page, record);
    if (!virgin) qb_fill(QB_AT(uint8_t, address), 0, record->block_bytes);
    return address;
}

void qb_block_retire(qb_thread_t *self, uint32_t page, uint32_t class_index) {
    if (self->current[class_index] != page) (void)page_retire(self, page);
}

static void give_remote(qb_thread_t *self, uint32_t page) {
    uint32_t word = qb_load32(qb_state_of(page));
    if (qb_word_kind(word) == QB_PAGE_BLOCKS && qb_word_owner(word) == 0) {
        /* Nobody would find this block: whoever frees into an abandoned page adopts it. */
        if (page_adopt(self, page, word) && qb_page_of(page)->used_count == 0) {
            (void)page_retire(self, page);
        }
    } else if (qb_load8(qb_dirty_of(page)) == 0) {
        qb_store8(qb_dirty_of(page), 1);
    }
}

qb_status_t qb_block_give(qb_thread_t *self, uint32_t page, uint32_t block_index, uint32_t owner) {
    uint32_t word = qb_get32(qb_state_of(page));
    if (qb_word_owner(word) == self->number) {
        qb_block_give_local(self, page, qb_word_payload(word), block_index);
        return QB_OK;
    }
    return qb_block_take_back(self, page, block_index, owner);
}

qb_status_t qb_block_take_back(qb_thread_t *self, uint32_t page, uint32_t block_index,
                               uint32_t owner) {
    if (!qb_cas8(qb_map_of(page) + block_index, owner, 0)) return QB_E_DOUBLE_FREE;
    give_remote(self, page);
    return QB_OK;
}

uint32_t qb_block_trim(qb_thread_t *self) {
    uint32_t retired = 0;
    for (uint32_t class_index = 0; class_index < QB_CLASS_COUNT; class_index++) {
        uint32_t page = self->current[class_index];
        if (page == 0) continue;
        uint32_t last = qb_page_of(page)->prev_page;
        for (;;) {
            uint32_t next = qb_page_of(page)->next_page;
            retired += (uint32_t)page_retire(self, page);
            if (page == last) break;
            page = next;
        }
    }
    return retired + adopt_any(self, QB_CLASS_COUNT);
}
