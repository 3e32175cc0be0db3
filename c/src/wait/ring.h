/*
 * Ring: a bounded queue of 32-bit items between threads that may die at any instruction.
 *
 *   cell, 64 bits   | item, 0..31 | who, 32..39 | turn, 40..63: 2 * lap, + 1 while it is full |
 *
 *   empty(lap)  --push-->  full(lap)  --pop-->  empty(lap + 1)         each is one CAS of the cell
 *        `--pop of a closed ring--> sealed(lap): never full again
 *
 * The cells decide, the positions of head and tail follow: whoever meets a cell that its end has passed
 * moves the position on, so it does not matter who stops where. The ring is full when the cell at the
 * tail is still full from the lap before, and empty when the cell at the head is not full yet; cells are
 * filled and emptied in their order, so both are exact at the moment in which the cell was read. There
 * are as many cells as the capacity.
 *
 * Who did it. A thread that dies in a CAS does not know whether it was done, so the memory does. Before its
 * CAS it writes into its slot what it tries,
 *
 *   claim, 64 bits  | address of the cell + flag WON | who and turn that the cell gets |
 *
 * and a cell names in `who` the thread that made its present turn. Before a thread makes the next turn, it
 * marks the claim of that one as won (if it still stands there). So of any claim it can be told later:
 * it was won when it is marked, or when the cell is as it claims; otherwise it was lost.
 *
 * Turns wrap after 2^23 laps. A thread that stops between looking at a cell and its CAS for exactly that long
 * can put or take an item out of the order; no item is lost or doubled by that.
 *
 * Closing. `gate` is a word whose low four bits are QB_REGION_OPEN until the ring is closed, and never again.
 * A pop that finds a closed ring empty seals the cell first: a push that had seen it open then fails, and
 * "closed" is said by a pop only when no item can come any more.
 *
 * Threads: any, at once.
 */
#ifndef QB_RING_H
#define QB_RING_H

#include "base/layout.h"

/* A claim to push that has not come to a cell: it is lost. */
#define QB_CLAIM_PUSH (0x100ull << 32)

/* who: self's number; 0: nobody needs to know, and claims tell nothing. While they work self's claim
 * changes; the caller sets it to 0 when the item is taken care of.
 *
 * QB_E_FULL, QB_E_CLOSED. */
qb_status_t qb_ring_push(qb_thread_t *self, qb_ring_t *ring, uint32_t who, uint32_t item,
                         const uint32_t *gate);

/* The item stands in self->moving. QB_E_EMPTY, QB_E_CLOSED: and no item will come. */
qb_status_t qb_ring_pop(qb_thread_t *self, qb_ring_t *ring, uint32_t who, const uint32_t *gate);

/* Of the claim of a thread that is gone: whether it was won. */
int qb_ring_is_won(const qb_thread_t *dead);
/* Whether it was to push. */
QB_INLINE int qb_ring_is_push(uint64_t claim) {
    return (claim & QB_CLAIM_PUSH) != 0;
}

#endif
