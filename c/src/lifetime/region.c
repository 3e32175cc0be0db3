/*
 * Regions: memory with one life of its own. Arenas, pools and channels are regions.
 *
 *   region (4 KiB block)                     spans (owner byte QB_OWNER_REGION)
 *   | header | what its kind puts here |     | prev | ...        |
 *      span_address ---------------------->     |
 *                                               `--> older span --> ... --> 0
 *
 * The page state of each span names its region, so the list is a cache: if a thread died the release
 * searches the page table instead.
 *
 *   NONE --open--> OPEN --close--> CLOSED --no pins--> RELEASING(thread) --> NONE, block free
 *                                    ^------ a pin appeared -----'
 *
 * Whoever finds a closed region without pins releases it; the CAS to RELEASING picks one. It then
 * looks at the pins again: a pin set before that is seen by it, one set after sees RELEASING and fails.
 * Reaping tries every closed region, so a thread that dies between its last step and the release loses
 * nothing. A free block of the region class always has the state NONE, so a thread that dies while
 * making a region leaves a block that is told from a region. State, serial and pins stand in the tables
 * (qb_region_record_t): a stale handle never touches what stands at the region's address by now.
 *
 * Threads: any; pin, unpin and close by any thread.
 */
#include "lifetime/region.h"

#include "heap/alloc.h"
#include "heap/page.h"
#include "lifetime/channel.h"
#include "lifetime/memory_pool.h"
#include "lifetime/pool.h"
#include "wait/waiters.h"

#define PIN_WORDS (QB_THREADS_MAX / 32)

qb_region_t *qb_region_at(uint32_t address, uint32_t kind) {
    return qb_region_at_inline(address, kind);
}

uint32_t qb_region_serial(uint32_t address) {
    qb_place_t place = qb_place_of(address);
    int is_region = qb_place_is_region(place) && place.owner != QB_OWNER_NONE;
    return is_region ? qb_load32(&qb_region_record_of(address)->serial) : 0;
}

static uint32_t releasing_by(uint32_t number, uint32_t kind) {
    return qb_region_word(QB_REGION_RELEASING, kind) | number << 4;
}

static uint32_t span_word(const qb_region_t *region) {
    return qb_word(QB_PAGE_SPAN, QB_OWNER_REGION, QB_ADDRESS_OF(region) / QB_REGION_BYTES);
}

static uint32_t *pin_word(qb_region_t *region, uint32_t number) {
    return &qb_record_of(region)->pins[(number - 1) / 32];
}
static uint32_t pin_bit(uint32_t number) {
    return 1u << (number - 1) % 32;
}

/* True when a thread pins it, not counting `except` (0: counting all). */
static int is_pinned(const qb_region_t *region, uint32_t except) {
    uint32_t pins = 0;
    for (uint32_t i = 0; i < PIN_WORDS; i++) {
        uint32_t skipped = except != 0 && (except - 1) / 32 == i ? pin_bit(except) : 0;
        pins |= qb_load32(&qb_record_of(region)->pins[i]) & ~skipped;
    }
    return pins != 0;
}

/* ---- making ---------------------------------------------------------------------------------- */

uint32_t qb_region_make(qb_thread_t *self) {
    uint32_t address = qb_block_take(self, QB_CLASS_REGION);
    if (address < QB_ADDRESS_MIN) return address;
    qb_region_t *region = QB_AT(qb_region_t, address);
    uint32_t serial = qb_add32(&qb_header()->region_serial, 1);
    qb_put32(&qb_record_of(region)->serial, serial | (serial == 0)); /* wrapped: 1 comes twice */
    qb_put32(&region->span_address, 0);
    qb_put32(&region->span_pages, 0);
    qb_put32(&region->rescan, 0);
    for (uint32_t i = 0; i < PIN_WORDS; i++) qb_put32(&qb_record_of(region)->pins[i], 0);
    return address;
}

void qb_region_open(qb_region_t *region, uint32_t kind) {
    qb_store32(&qb_record_of(region)->state, qb_region_word(QB_REGION_OPEN, kind));
}

uint32_t qb_region_grow(qb_thread_t *self, qb_region_t *region, uint32_t page_count) {
    uint32_t run = qb_span_take(self, page_count);
    if (run == QB_RUN_NONE) return QB_E_OUT_OF_MEMORY;
    uint32_t head = run & QB_RUN_PAGE;
    uint32_t address = head * QB_PAGE_BYTES;
    qb_put32(&QB_AT(qb_region_span_t, address)->prev_address, qb_get32(&region->span_address));
    qb_span_commit(head, QB_OWNER_REGION, QB_ADDRESS_OF(region) / QB_REGION_BYTES);
    if (qb_get32(&region->rescan) == 0) qb_put32(&region->span_address, address);
    (void)qb_add32(&region->span_pages, page_count);
    return address;
}

void qb_region_shrink(qb_thread_t *self, qb_region_t *region, uint32_t address) {
    uint32_t head = address / QB_PAGE_BYTES;
    (void)qb_add32(&region->span_pages, 0u - qb_pages_in_run(head));
    (void)qb_span_give(self, head, span_word(region));
}

/* ---- release --------------------------------------------------------------------------------- */

/* Frees the span at page if it is this region's. Returns its pages, or 0. */
static uint32_t free_span(const qb_thread_t *self, const qb_region_t *region, uint32_t page) {
    uint32_t word = span_word(region);
    if (qb_load32(qb_state_of(page)) != word) return 0;
    uint32_t page_count = qb_pages_in_run(page);
    return qb_span_give(self, page, word) == QB_OK ? page_count : 0;
}

/* Follows the list as far as it names spans of this region. The list stands among user data, so when
 * it does not lead to all of them, or need not, the page table is searched. */
static void free_spans(const qb_thread_t *self, const qb_region_t *region) {
    uint32_t page_count = qb_load32(&qb_header()->page_count);
    uint32_t left = qb_load32(&region->span_pages);
    int is_listed = qb_get32(&region->rescan) == 0;
    uint32_t address = is_listed ? qb_get32(&region->span_address) : 0;
    while (address != 0 && address % QB_PAGE_BYTES == 0 && address / QB_PAGE_BYTES < page_count) {
        uint32_t prev = qb_get32(&QB_AT(qb_region_span_t, address)->prev_address);
        uint32_t freed = free_span(self, region, address / QB_PAGE_BYTES);
        if (freed == 0) break;
        left -= freed;
        address = prev;
    }
    if (is_listed && left == 0) return;
    for (uint32_t page = 0; page < page_count; page++) (void)free_span(self, region, page);
}

/* Frees the region of the thread `owner`, which is self or dead, before it was opened. */
static void discard(qb_thread_t *self, qb_region_t *region, uint32_t owner) {
    qb_put32(&region->rescan, 1);
    free_spans(self, region);
    qb_place_t place = qb_place_of(QB_ADDRESS_OF(region));
    (void)qb_block_give(self, place.page_index, place.block_index, owner);
}

void qb_region_discard(qb_thread_t *self, qb_region_t *region) {
    discard(self, region, self->number);
}

/* Frees everything. The state is RELEASING(self). */
static void release_storage(qb_thread_t *self, qb_region_t *region) {
    if (qb_region_kind(region) == QB_REGION_CHANNEL) qb_channel_drain(self, region);
    free_spans(self, region);
    /* The byte says self before the state says NONE: so self's reaper would find the rest. */
    qb_place_t place = qb_place_of(QB_ADDRESS_OF(region));
    while (place.owner != self->number && !qb_place_own(place, self->number)) {
        place = qb_place_of(QB_ADDRESS_OF(region));
    }
    qb_store32(&qb_record_of(region)->state, QB_REGION_NONE);
    (void)qb_block_give(self, place.page_index, place.block_index, self->number);
}

/* Releases a closed region unless it is pinned. */
static void try_release(qb_thread_t *self, qb_region_t *region) {
    uint32_t kind = qb_region_kind(region);
    uint32_t closed = qb_region_word(QB_REGION_CLOSED, kind);
    while (qb_load32(&qb_record_of(region)->state) == closed && !is_pinned(region, 0)) {
        if (!qb_cas32(&qb_record_of(region)->state, closed, releasing_by(self->number, kind)))
            return;
        if (!is_pinned(region, 0)) {
            release_storage(self, region);
            return;
        }
        qb_store32(&qb_record_of(region)->state, closed);
    }
}

/* All who wait for what the region has. */
static void wake(qb_region_t *region) {
    uint32_t kind = qb_region_kind(region);
    if (kind == QB_REGION_POOL) qb_waiters_wake(&((qb_pool_t *)(void *)region)->waiters);
    if (kind == QB_REGION_MEMORY) qb_waiters_wake(&((qb_memory_t *)(void *)region)->waiters);
    if (kind == QB_REGION_CHANNEL) qb_channel_wake(region);
}

qb_status_t qb_region_close(qb_thread_t *self, uint32_t address, uint32_t kind, uint32_t serial,
                            uint32_t retain) {
    qb_region_t *region = qb_region_at(address, kind);
    uint32_t open = qb_region_word(QB_REGION_OPEN, kind);
    if (region == NULL) return QB_E_REGION;
    if (qb_get32(&qb_record_of(region)->serial) != serial) return QB_E_STALE;
    if (qb_load32(&qb_record_of(region)->state) != open) return QB_E_REGION;
    /* Where threads wait it is kept until they are woken: without pins closing releases it at once. */
    int has_waiters = kind != QB_REGION_ARENA;
    uint32_t *word = pin_word(region, self->number);
    uint32_t bit = pin_bit(self->number);
    int pins = (retain != 0 || has_waiters) && (qb_or32(word, bit) & bit) == 0;
    /* The serial once more: once pinned it stays what it is. */
    int closes =
        qb_get32(&qb_record_of(region)->serial) == serial &&
        qb_cas32(&qb_record_of(region)->state, open, qb_region_word(QB_REGION_CLOSED, kind));
    if (closes) wake(region);
    if (pins && (retain == 0 || !closes)) (void)qb_and32(word, ~bit);
    try_release(self, region);
    return closes ? QB_OK : QB_E_REGION;
}

qb_status_t qb_region_hold(qb_thread_t *self, uint32_t address, uint32_t kind, uint32_t serial) {
    qb_region_t *region = qb_region_at(address, kind);
    if (region == NULL) return QB_E_REGION;
    if (qb_get32(&qb_record_of(region)->serial) != serial) return QB_E_STALE;
    uint32_t *word = pin_word(region, self->number);
    uint32_t bit = pin_bit(self->number);
    int had_it = (qb_or32(word, bit) & bit) != 0;
    uint32_t state = qb_region_state(region);
    int is_there = state == QB_REGION_OPEN || state == QB_REGION_CLOSED;
    /* The serial once more: since the first look another region may have come to stand here. */
    if (is_there && qb_get32(&qb_record_of(region)->serial) == serial) {
        return had_it ? QB_E_EXISTS : QB_OK;
    }
    if (!had_it) (void)qb_and32(word, ~bit);
    try_release(self, region);
    return QB_E_STALE;
}

qb_status_t qb_region_pin(qb_thread_t *self, uint32_t address, uint32_t kind, uint32_t serial) {
    qb_status_t status = qb_region_hold(self, address, kind, serial);
    return status == QB_E_EXISTS ? QB_OK : status;
}

qb_status_t qb_region_unpin(qb_thread_t *self, uint32_t address, uint32_t kind, uint32_t serial) {
    qb_region_t *region = qb_region_at(address, kind);
    if (region == NULL) return QB_E_REGION;
    if (qb_get32(&qb_record_of(region)->serial) != serial) return QB_E_STALE;
    uint32_t bit = pin_bit(self->number);
    uint32_t before = qb_and32(pin_word(region, self->number), ~bit);
    if ((before & bit) == 0) return QB_E_STALE;
    try_release(self, region);
    return QB_OK;
}

/* ---- reaping --------------------------------------------------------------------------------- */

/* What the dead thread owned is kept, or closed, by policy. */
static void reap_owned(qb_region_t *region, uint32_t number, uint32_t policy) {
    uint32_t kind = qb_region_kind(region);
    uint32_t open = qb_region_word(QB_REGION_OPEN, kind);
    uint32_t closed = qb_region_word(QB_REGION_CLOSED, kind);
    qb_put32(&region->rescan, 1);
    if (policy == QB_POLICY_KEEP) {
        /* Open, so that someone can close it; unless others keep it by their pins. */
        if (!is_pinned(region, number)) (void)qb_cas32(&qb_record_of(region)->state, closed, open);
        (void)qb_raw_own(QB_ADDRESS_OF(region), number, QB_OWNER_SHARED);
    } else {
        (void)qb_cas32(&qb_record_of(region)->state, open, closed);
    }
}

/* What stands in the region is looked at only while self pins it. While it is released (by the dead thread, or
 * by another one) its spans may be another's already, and there is nothing left to reap in it. */
static qb_status_t hold(qb_thread_t *self, qb_region_t *region) {
    uint32_t serial = qb_get32(&qb_record_of(region)->serial);
    return qb_region_hold(self, QB_ADDRESS_OF(region), qb_region_kind(region), serial);
}

static void reap_content(qb_thread_t *self, qb_region_t *region, uint32_t number, uint32_t policy) {
    uint32_t kind = qb_region_kind(region);
    if (kind == QB_REGION_POOL) qb_pool_reap(region, number, policy);
    if (kind == QB_REGION_CHANNEL) qb_channel_reap(region, number);
    if (kind == QB_REGION_MEMORY) qb_memory_reap(self, region, number, policy);
}

void qb_region_reap(qb_thread_t *self, uint32_t address, uint32_t number, uint32_t policy) {
    qb_place_t place = qb_place_of(address);
    if (!qb_place_is_region(place) || place.owner == QB_OWNER_NONE) return;
    qb_region_t *region = QB_AT(qb_region_t, address);
    int is_owned = place.owner == number;
    if (is_owned && qb_load32(&qb_record_of(region)->state) == QB_REGION_NONE) {
        discard(self, region, number); /* it died while making it, or at the end of a release */
        return;
    }
    uint32_t kind = qb_region_kind(region);
    qb_status_t held = kind == 0 ? QB_E_REGION : hold(self, region);
    if (held == QB_OK || held == QB_E_EXISTS) reap_content(self, region, number, policy);
    if (is_owned) reap_owned(region, number, policy);
    (void)qb_and32(pin_word(region, number), ~pin_bit(number));
    if (qb_load32(&qb_record_of(region)->state) == releasing_by(number, kind)) {
        qb_put32(&region->rescan, 1);
        qb_store32(&qb_record_of(region)->state, qb_region_word(QB_REGION_CLOSED, kind));
    }
    if (held == QB_OK) (void)qb_and32(pin_word(region, self->number), ~pin_bit(self->number));
    try_release(self, region);
    /* Still there: others pinned it. (If it is released its byte is 0 or another's by now.) */
    if (is_owned) (void)qb_raw_own(address, number, QB_OWNER_SHARED);
}
