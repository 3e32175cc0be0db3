/*
 * Pages of the heap.
 *
 * A page is taken by CAS on its state word and given back by a store, so a free page needs no list:
 * the state table is searched from a hint. The hint is only a guess. Before the memory grows the
 * whole table is searched, so a wrong guess costs time, never memory.
 *
 * Runs are taken from low to high and given back from high to low: see layout.h. On a conflict the
 * taker gives back what it has and goes on behind the conflict. When it finds nothing there it searches
 * once more from the start, at most CONFLICTS_MAX times: the other may have given back as well.
 *
 * Threads: any, at once.
 */
#include "heap/page.h"

#define GROW_PAGES_MIN 16u
#define RUN_CONFLICT 0x40000000u
#define CONFLICTS_MAX 64u /* two threads could undo each other's runs for ever */
#define GROW_DIVISOR 8u   /* grow by an eighth, to keep the number of growths logarithmic */

uint32_t qb_class_bytes(uint32_t class_index) {
    if (class_index == QB_CLASS_REGION) return QB_REGION_BYTES;
    if (class_index < 8) return (class_index + 1) * 16;
    return (5 + (class_index - 8) % 4) << (5 + (class_index - 8) / 4);
}

static int is_free(uint32_t word) {
    return qb_word_kind(word) <= QB_PAGE_FREE;
}

static int is_tail(uint32_t page, uint32_t distance) {
    return qb_load32(qb_state_of(page)) == qb_word(QB_PAGE_TAIL, 0, distance);
}

static void release_one(uint32_t page) {
    qb_store32(qb_state_of(page), qb_word(QB_PAGE_FREE, 0, 0));
}

static void lower_hint(uint32_t page) {
    uint32_t *hint = &qb_header()->free_hint;
    if (page < qb_load32(hint)) qb_store32(hint, page);
}

/* Claims page by CAS if it is free. Returns 0: taken by another; 1: claimed; 2: claimed and zero. */
static int claim(uint32_t page, uint32_t word) {
    uint32_t *state = qb_state_of(page);
    uint32_t old = qb_load32(state);
    if (!is_free(old) || !qb_cas32(state, old, word)) return 0;
    return old == qb_word(QB_PAGE_VIRGIN, 0, 0) ? 2 : 1;
}

/* First index in [from, to) where a run of count free pages starts, or `to`. */
static uint32_t find_run(uint32_t from, uint32_t to, uint32_t count) {
    uint32_t run = 0;
    for (uint32_t page = from; page < to; page++) {
        run = is_free(qb_get32(qb_state_of(page))) ? run + 1 : 0;
        if (run == count) return page + 1 - count;
    }
    return to;
}

/* QB_RUN_NONE: no room; RUN_CONFLICT: no room, but a page was taken meanwhile that may be free again. */
static uint32_t take_between(const qb_thread_t *self, uint32_t from, uint32_t to, uint32_t count) {
    uint32_t nothing = QB_RUN_NONE;
    for (;;) {
        uint32_t head = find_run(from, to, count);
        if (head == to) return nothing;
        uint32_t virgin = QB_RUN_VIRGIN;
        uint32_t taken = 0;
        for (; taken < count; taken++) {
            uint32_t word = taken == 0 ? qb_word(QB_PAGE_PENDING, self->number, 0)
                                       : qb_word(QB_PAGE_TAIL, 0, taken);
            int claimed = claim(head + taken, word);
            if (claimed == 0) break;
            if (claimed == 1) virgin = 0;
        }
        if (taken == count) return head | virgin;
        nothing = RUN_CONFLICT;
        from = head + taken + 1;
        while (taken > 0) release_one(head + --taken);
    }
}

/* Free pages at the end of the memory, at most `limit`. */
static uint32_t free_at_end(uint32_t page_count, uint32_t limit) {
    uint32_t count = 0;
    while (count < limit && is_free(qb_get32(qb_state_of(page_count - 1 - count)))) count++;
    return count;
}

void qb_pages_publish(void) {
    qb_header_t *header = qb_header();
    for (;;) {
        uint32_t known = qb_load32(&header->page_count);
        uint32_t actual = qb_host_page_count();
        if (actual > header->page_max) actual = header->page_max;
        if (actual <= known || qb_cas32(&header->page_count, known, actual)) return;
    }
}

/* Grows so that a run of count pages may fit at the end. 0: the memory cannot grow any more. */
static int grow(uint32_t count) {
    qb_header_t *header = qb_header();
    uint32_t known = qb_load32(&header->page_count);
    qb_pages_publish();
    if (qb_load32(&header->page_count) > known) return 1;
    uint32_t need = count - free_at_end(known, count - 1);
    uint32_t room = header->page_max - known;
    if (need > room) return qb_load32(&header->page_count) > known;
    uint32_t step = known / GROW_DIVISOR;
    if (step < GROW_PAGES_MIN) step = GROW_PAGES_MIN;
    if (step < need) step = need;
    if (step > room) step = room;
    if (!qb_host_grow(step) && (step == need || !qb_host_grow(need))) {
        qb_pages_publish();
        return qb_load32(&header->page_count) > known;
    }
    (void)qb_add32(&header->growth_count, 1);
    qb_pages_publish();
    return 1;
}

uint32_t qb_pages_take(const qb_thread_t *self, uint32_t count) {
    qb_header_t *header = qb_header();
    if (count == 0 || count > header->page_max - header->page_first) return QB_RUN_NONE;
    uint32_t from = qb_load32(&header->free_hint);
    uint32_t conflicts = 0;
    for (;;) {
        uint32_t end = qb_load32(&header->page_count);
        uint32_t run = take_between(self, from, end, count);
        if (run == RUN_CONFLICT) {
            run = QB_RUN_NONE;
            if (conflicts++ < CONFLICTS_MAX) {
                from = header->page_first;
                continue;
            }
        }
        if (run != QB_RUN_NONE) {
            uint32_t head = run & QB_RUN_PAGE;
            if (head == from) (void)qb_cas32(&header->free_hint, from, head + count);
            return run;
        }
        if (from > header->page_first) {
            from = header->page_first;
        } else if (!grow(count)) {
            return QB_RUN_NONE;
        }
    }
}

uint32_t qb_pages_in_run(uint32_t head) {
    /* Tails have no gap, so the end can be found by galloping. */
    uint32_t limit = qb_load32(&qb_header()->page_count) - head;
    uint32_t low = 0; /* is a page of the run */
    uint32_t step = 1;
    while (low + step < limit && is_tail(head + low + step, low + step)) {
        low += step;
        step *= 2;
    }
    for (; step > 0; step /= 2) {
        if (low + step < limit && is_tail(head + low + step, low + step)) low += step;
    }
    return low + 1;
}

int qb_pages_extend(uint32_t head, uint32_t have, uint32_t want) {
    qb_header_t *header = qb_header();
    if (want > qb_load32(&header->page_count) - head) return 0;
    uint32_t at = have;
    while (at < want && claim(head + at, qb_word(QB_PAGE_TAIL, 0, at)) != 0) at++;
    if (at == want) return 1;
    while (at > have) release_one(head + --at);
    return 0;
}

void qb_pages_trim(uint32_t head, uint32_t keep) {
    uint32_t count = qb_pages_in_run(head);
    if (count <= keep) return;
    while (count > keep) release_one(head + --count);
    lower_hint(head + keep);
}

void qb_pages_release(uint32_t head) {
    qb_pages_trim(head, 1);
    release_one(head);
    lower_hint(head);
}
