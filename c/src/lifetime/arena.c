/*
 * Arenas: bump regions released in one step.
 *
 *   arena (4 KiB block)                        slabs (spans, owner byte QB_OWNER_ARENA)
 *   | header 64 B | first slab ...... |        | prev | ............ top -> free ... end |
 *        slab_address ------------------------->  |
 *                                                 `--> older slab --> ... --> 0
 *
 * The page state of each slab names its arena, so the list is a cache: if its owner died the release
 * searches the page table instead. Slabs double until SLAB_BYTES_MAX, so a release frees few spans,
 * whatever the number of objects.
 *
 *   NONE --open--> OPEN --close--> CLOSED --no pins--> RELEASING(thread) --> NONE, block free
 *                                    ^------ a pin appeared -----'
 *
 * Whoever finds a closed arena without pins releases it; the CAS to RELEASING picks one. It then looks
 * at the pins again: a pin set before that is seen by it, one set after sees RELEASING and fails.
 * Reaping tries every closed arena, so a thread that dies between its last step and the release loses
 * nothing. A free arena block always has the state NONE, so a thread that dies while opening one
 * leaves a block that is told from an arena.
 *
 * Threads: alloc and close by the owner (anyone, when it is shared); pin and unpin by any thread.
 */
#include "lifetime/arena.h"

#include "heap/alloc.h"
#include "heap/page.h"

#define SLAB_BYTES_DEFAULT QB_PAGE_BYTES
#define SLAB_BYTES_MAX (1u << 20) /* of geometric growth; a larger slab_bytes is honoured */
#define SLAB_BYTES_LIMIT (1u << 31)
/* Stay unused at the end of each slab, so that its end fits 32 bits at the top of 4 GiB as well. */
#define END_GAP_BYTES 16u
#define PIN_WORDS (QB_THREADS_MAX / 32)

/* The arena at an address, or NULL. */
static qb_arena_t *arena_at(uint32_t address) {
    qb_place_t place = qb_place_of(address);
    if (!qb_place_is_arena(place) || place.owner == QB_OWNER_NONE) return NULL;
    return QB_AT(qb_arena_t, address);
}

static uint32_t state_of(const qb_arena_t *arena) {
    return qb_load32(&arena->state) & 15u;
}

static uint32_t releasing_by(uint32_t number) {
    return QB_ARENA_RELEASING | number << 4;
}

static uint32_t slab_word(const qb_arena_t *arena) {
    return qb_word(QB_PAGE_SPAN, QB_OWNER_ARENA, QB_ADDRESS_OF(arena) / QB_ARENA_BYTES);
}

static uint32_t *pin_word(qb_arena_t *arena, uint32_t number) {
    return &arena->pins[(number - 1) / 32];
}
static uint32_t pin_bit(uint32_t number) {
    return 1u << (number - 1) % 32;
}

/* True when a thread pins it, not counting `except` (0: counting all). */
static int is_pinned(const qb_arena_t *arena, uint32_t except) {
    uint32_t pins = 0;
    for (uint32_t i = 0; i < PIN_WORDS; i++) {
        uint32_t skipped = except != 0 && (except - 1) / 32 == i ? pin_bit(except) : 0;
        pins |= qb_load32(&arena->pins[i]) & ~skipped;
    }
    return pins != 0;
}

/* ---- release --------------------------------------------------------------------------------- */

static void free_slab(const qb_thread_t *self, const qb_arena_t *arena, uint32_t page) {
    uint32_t word = slab_word(arena);
    if (qb_load32(qb_state_of(page)) == word) (void)qb_span_give(self, page, word);
}

static void free_slabs(const qb_thread_t *self, const qb_arena_t *arena) {
    uint32_t page_count = qb_load32(&qb_header()->page_count);
    if (qb_get32(&arena->rescan) != 0) {
        for (uint32_t page = 0; page < page_count; page++) free_slab(self, arena, page);
        return;
    }
    uint32_t slab = qb_get32(&arena->slab_address);
    while (slab != 0 && slab / QB_PAGE_BYTES < page_count) {
        uint32_t prev = qb_get32(&QB_AT(qb_slab_t, slab)->prev_address);
        free_slab(self, arena, slab / QB_PAGE_BYTES);
        slab = prev;
    }
}

/* Frees everything. The state is RELEASING(self). */
static void release_storage(qb_thread_t *self, qb_arena_t *arena) {
    free_slabs(self, arena);
    /* The byte says self before the state says NONE: so self's reaper would find the rest. */
    qb_place_t place = qb_place_of(QB_ADDRESS_OF(arena));
    while (place.owner != self->number && !qb_place_own(place, self->number)) {
        place = qb_place_of(QB_ADDRESS_OF(arena));
    }
    qb_store32(&arena->state, QB_ARENA_NONE);
    (void)qb_block_give(self, place.page_index, place.block_index, self->number);
}

/* Releases a closed arena unless it is pinned. */
static void try_release(qb_thread_t *self, qb_arena_t *arena) {
    while (state_of(arena) == QB_ARENA_CLOSED && !is_pinned(arena, 0)) {
        if (!qb_cas32(&arena->state, QB_ARENA_CLOSED, releasing_by(self->number))) return;
        if (!is_pinned(arena, 0)) {
            release_storage(self, arena);
            return;
        }
        qb_store32(&arena->state, QB_ARENA_CLOSED);
    }
}

/* ---- growth ---------------------------------------------------------------------------------- */

/* Adds a slab with room for bytes at an alignment. Returns the address of that room, or a status. The
 * slab becomes the current one when it has more left than the current one. */
static uint32_t grow(qb_thread_t *self, qb_arena_t *arena, uint32_t bytes, uint32_t align_bytes) {
    uint32_t pad = align_bytes > sizeof(qb_slab_t) ? align_bytes : (uint32_t)sizeof(qb_slab_t);
    if (bytes > UINT32_MAX - pad - END_GAP_BYTES) return QB_E_OUT_OF_MEMORY;
    uint32_t slab_bytes = qb_get32(&arena->slab_bytes);
    uint32_t need = bytes + pad + END_GAP_BYTES;
    uint32_t page_count = qb_span_pages_for(need > slab_bytes ? need : slab_bytes);
    uint32_t run = qb_span_take(self, page_count);
    if (run == QB_RUN_NONE && need < slab_bytes) {
        page_count = qb_span_pages_for(need); /* nearly full: no more than needed */
        run = qb_span_take(self, page_count);
    }
    if (run == QB_RUN_NONE) return QB_E_OUT_OF_MEMORY;
    uint32_t head = run & QB_RUN_PAGE;
    uint32_t slab = head * QB_PAGE_BYTES;
    qb_put32(&QB_AT(qb_slab_t, slab)->prev_address, qb_get32(&arena->slab_address));
    qb_span_commit(head, QB_OWNER_ARENA, QB_ADDRESS_OF(arena) / QB_ARENA_BYTES);
    qb_put32(&arena->slab_address, slab);
    qb_put32(&arena->span_pages, arena->span_pages + page_count);
    if (slab_bytes < SLAB_BYTES_MAX) qb_put32(&arena->slab_bytes, slab_bytes * 2);
    uint32_t address = slab + pad;
    uint32_t top = address + bytes;
    uint32_t end = slab + (page_count * QB_PAGE_BYTES - END_GAP_BYTES);
    if (end - top > qb_get32(&arena->end_address) - qb_get32(&arena->top_address)) {
        qb_put32(&arena->end_address, end);
        qb_put32(&arena->top_address, top);
    }
    return address;
}

/* ---- public ---------------------------------------------------------------------------------- */

uint32_t qb_arena_open(qb_thread_t *self, uint32_t slab_bytes) {
    if (slab_bytes > SLAB_BYTES_LIMIT) return QB_E_SIZE;
    uint32_t address = qb_block_take(self, QB_CLASS_ARENA);
    if (address < QB_ADDRESS_MIN) return address;
    qb_arena_t *arena = QB_AT(qb_arena_t, address);
    uint32_t serial = qb_add32(&qb_header()->arena_serial, 1);
    qb_put32(&arena->top_address, address + (uint32_t)sizeof(qb_arena_t));
    qb_put32(&arena->end_address, address + (QB_ARENA_BYTES - END_GAP_BYTES));
    qb_put32(&arena->slab_address, 0);
    qb_put32(&arena->slab_bytes, slab_bytes == 0 ? SLAB_BYTES_DEFAULT : slab_bytes);
    qb_put32(&arena->serial, serial == 0 ? qb_add32(&qb_header()->arena_serial, 1) : serial);
    qb_put32(&arena->span_pages, 0);
    qb_put32(&arena->rescan, 0);
    for (uint32_t i = 0; i < PIN_WORDS; i++) qb_put32(&arena->pins[i], 0);
    qb_store32(&arena->state, QB_ARENA_OPEN);
    return address;
}

uint32_t qb_arena_alloc(qb_thread_t *self, uint32_t address, uint32_t bytes, uint32_t align_bytes) {
    qb_arena_t *arena = arena_at(address);
    if (arena == NULL || state_of(arena) != QB_ARENA_OPEN) return QB_E_ARENA;
    if (align_bytes == 0 || (align_bytes & (align_bytes - 1)) != 0) return QB_E_ALIGN;
    if (align_bytes > QB_ALIGN_MAX) return QB_E_ALIGN;
    bytes |= bytes == 0;
    uint32_t top = qb_get32(&arena->top_address);
    uint32_t end = qb_get32(&arena->end_address);
    uint32_t room = end - top;
    uint32_t gap = (0u - top) & (align_bytes - 1);
    if (top > end || gap > room || bytes > room - gap) {
        return grow(self, arena, bytes, align_bytes);
    }
    qb_put32(&arena->top_address, top + gap + bytes);
    return top + gap;
}

qb_status_t qb_arena_close(qb_thread_t *self, uint32_t address, uint32_t serial, uint32_t retain) {
    qb_arena_t *arena = arena_at(address);
    if (arena == NULL) return QB_E_ARENA;
    if (qb_get32(&arena->serial) != serial) return QB_E_STALE;
    if (state_of(arena) != QB_ARENA_OPEN) return QB_E_ARENA;
    if (retain != 0) (void)qb_or32(pin_word(arena, self->number), pin_bit(self->number));
    if (!qb_cas32(&arena->state, QB_ARENA_OPEN, QB_ARENA_CLOSED)) return QB_E_ARENA;
    try_release(self, arena);
    return QB_OK;
}

qb_status_t qb_arena_pin(qb_thread_t *self, uint32_t address, uint32_t serial) {
    qb_arena_t *arena = arena_at(address);
    if (arena == NULL) return QB_E_ARENA;
    if (qb_get32(&arena->serial) != serial) return QB_E_STALE;
    uint32_t *word = pin_word(arena, self->number);
    uint32_t bit = pin_bit(self->number);
    int had_it = (qb_or32(word, bit) & bit) != 0;
    uint32_t state = state_of(arena);
    int is_there = state == QB_ARENA_OPEN || state == QB_ARENA_CLOSED;
    /* The serial once more: since the first look another arena may have come to stand here. */
    if (is_there && qb_get32(&arena->serial) == serial) return QB_OK;
    if (!had_it) (void)qb_and32(word, ~bit);
    try_release(self, arena);
    return QB_E_STALE;
}

qb_status_t qb_arena_unpin(qb_thread_t *self, uint32_t address, uint32_t serial) {
    qb_arena_t *arena = arena_at(address);
    if (arena == NULL) return QB_E_ARENA;
    if (qb_get32(&arena->serial) != serial) return QB_E_STALE;
    uint32_t bit = pin_bit(self->number);
    uint32_t before = qb_and32(pin_word(arena, self->number), ~bit);
    if ((before & bit) == 0) return QB_E_STALE;
    try_release(self, arena);
    return QB_OK;
}

void qb_arena_reap(qb_thread_t *self, uint32_t address, uint32_t number, uint32_t policy) {
    qb_arena_t *arena = arena_at(address);
    if (arena == NULL) return;
    int is_owned = qb_block_owner(address) == number;
    uint32_t state = qb_load32(&arena->state);
    if (is_owned && state == QB_ARENA_NONE) {
        /* It died while opening, or at the end of a release. */
        qb_place_t place = qb_place_of(address);
        (void)qb_block_give(self, place.page_index, place.block_index, number);
        return;
    }
    if (is_owned) {
        qb_put32(&arena->rescan, 1);
        if (policy == QB_POLICY_KEEP) {
            /* Kept like a block: open, so that someone can close it; unless others keep it by pins. */
            if (state == QB_ARENA_CLOSED && !is_pinned(arena, number)) {
                (void)qb_cas32(&arena->state, QB_ARENA_CLOSED, QB_ARENA_OPEN);
            }
            qb_raw_own(address, number, QB_OWNER_SHARED);
        } else if (state == QB_ARENA_OPEN) {
            (void)qb_cas32(&arena->state, QB_ARENA_OPEN, QB_ARENA_CLOSED);
        }
    }
    (void)qb_and32(pin_word(arena, number), ~pin_bit(number));
    if (state == releasing_by(number)) {
        qb_put32(&arena->rescan, 1);
        qb_store32(&arena->state, QB_ARENA_CLOSED);
    }
    try_release(self, arena);
    /* Still there: others pinned it. (If it is released its byte is 0 or another's by now.) */
    if (is_owned) qb_raw_own(address, number, QB_OWNER_SHARED);
}
