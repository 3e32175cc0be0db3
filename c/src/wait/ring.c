/* Ring: see ring.h for cells and claims. Pushing and popping are the same turn of a cell at two ends. */
#include "wait/ring.h"

#include "base/sync.h"

#define CELL_BYTES 8u
#define WHO 255u      /* in the upper half of a cell */
#define SEALED 255u   /* as who: closed, and nothing will come */
#define ONE_TURN 256u /* what a turn adds to the upper half; also the bit that says full */
#define WON 1u
#define CLAIM_CELL (~(uint64_t)7)

static uint32_t upper(uint64_t cell) {
    return (uint32_t)(cell >> 32);
}

/* Marks the claim of the thread that made the cell what it is, before the cell is something else. */
static void confirm(uint32_t address, uint64_t cell) {
    uint32_t number = upper(cell) & WHO;
    if (number - 1 >= QB_THREADS_MAX) return;
    uint64_t *claim = &qb_thread_of(number)->claim;
    uint64_t expected = (cell >> 32 << 32) | address;
    if (qb_load64(claim) == expected) (void)qb_cas64(claim, expected, expected | WON);
}

/* Moves the end on, unless another thread has. */
static void advance(const qb_ring_t *ring, qb_ring_end_t *end, uint64_t position) {
    int is_last = (uint32_t)position + 1 == ring->capacity;
    uint64_t next = is_last ? (position >> 32 << 32) + (1ull << 32) : position + 1;
    (void)qb_cas64(&end->position, position, next);
}

/* from: ONE_TURN pops full cells at the head, 0 pushes into empty ones at the tail. */
static qb_status_t turn(qb_thread_t *self, qb_ring_t *ring, uint32_t who, uint32_t from,
                        uint32_t item, const uint32_t *gate) {
    qb_ring_end_t *end = from != 0 ? &ring->head : &ring->tail;
    for (;;) {
        uint64_t position = qb_load64(&end->position);
        uint32_t address = ring->cells_address + (uint32_t)position * CELL_BYTES;
        uint64_t *cell = QB_AT(uint64_t, address);
        uint64_t seen = qb_load64(cell);
        /* The gate after the cell: if it is open now, it was when the cell was like this. */
        int is_open = (qb_load32(gate) & 15u) == QB_REGION_OPEN;
        if (from == 0 && !is_open) return QB_E_CLOSED;
        uint32_t turns = upper(seen) & ~WHO;
        int32_t ahead = (int32_t)(turns - ((uint32_t)(position >> 32) << 9) - from);
        if (ahead > 0) {
            advance(ring, end, position);
            continue;
        }
        if (ahead < 0) {
            if (from == 0) return QB_E_FULL;
            if ((upper(seen) & WHO) == SEALED) return QB_E_CLOSED;
            if (is_open) return QB_E_EMPTY;
            confirm(address, seen);
            (void)qb_cas64(cell, seen, (uint64_t)(turns | SEALED) << 32);
            continue;
        }
        confirm(address, seen);
        uint64_t made = (uint64_t)((turns + ONE_TURN) | who) << 32;
        if (from != 0) qb_put32(&self->moving, (uint32_t)seen);
        qb_put64(&self->claim, made | address);
        if (!qb_cas64(cell, seen, made | item)) continue;
        advance(ring, end, position);
        return QB_OK;
    }
}

qb_status_t qb_ring_push(qb_thread_t *self, qb_ring_t *ring, uint32_t who, uint32_t item,
                         const uint32_t *gate) {
    return turn(self, ring, who, 0, item, gate);
}

qb_status_t qb_ring_pop(qb_thread_t *self, qb_ring_t *ring, uint32_t who, const uint32_t *gate) {
    return turn(self, ring, who, ONE_TURN, 0, gate);
}

int qb_ring_is_won(const qb_thread_t *dead) {
    uint64_t claim = qb_load64(&dead->claim);
    uint32_t address = (uint32_t)(claim & CLAIM_CELL);
    if (address == 0 || (claim & WON) != 0) return (int)(claim & WON);
    if (upper(qb_load64(QB_AT(uint64_t, address))) == upper(claim)) return 1;
    /* The cell has turned since; before that the claim was marked, if it was won. */
    return (int)(qb_load64(&dead->claim) & WON);
}
