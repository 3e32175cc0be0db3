/*
 * Waiters: how threads wait for something in the memory without losing a wake-up.
 *
 *   waiter                              waker
 *   1 mark(self)                        1 make it available (a seq-cst store or CAS)
 *   2 read epoch                        2 wake: if anyone is marked, epoch + 1, notify all
 *   3 look; found: unmark, done
 *   4 wait for epoch to change, go to 2
 *
 * Either the waker sees the mark, or the waiter's look comes after what the waker made available. All are
 * woken: a waiter that died swallows a notify(1). A dead waiter's mark goes when it is reaped; until then it
 * costs wakers a notify, nothing else.
 */
#ifndef QB_WAITERS_H
#define QB_WAITERS_H

#include "base/layout.h"

/* Marks thread `number` as waiting. Returns whether it was marked already. */
int qb_waiters_mark(qb_waiters_t *waiters, uint32_t number);
void qb_waiters_unmark(qb_waiters_t *waiters, uint32_t number);

/* One or the other. */
void qb_waiters_set(qb_waiters_t *waiters, uint32_t number, uint32_t waits);

/* After something became available. */
void qb_waiters_wake(qb_waiters_t *waiters);

#endif
