/* Waiters: see waiters.h for the protocol. Threads: any. */
#include "wait/waiters.h"

#include "base/host.h"
#include "base/sync.h"

static uint32_t *mark_word(qb_waiters_t *waiters, uint32_t number) {
    return &waiters->marks[(number - 1) / 32];
}
static uint32_t mark_bit(uint32_t number) {
    return 1u << (number - 1) % 32;
}

int qb_waiters_mark(qb_waiters_t *waiters, uint32_t number) {
    return (qb_or32(mark_word(waiters, number), mark_bit(number)) & mark_bit(number)) != 0;
}

void qb_waiters_unmark(qb_waiters_t *waiters, uint32_t number) {
    (void)qb_and32(mark_word(waiters, number), ~mark_bit(number));
}

void qb_waiters_set(qb_waiters_t *waiters, uint32_t number, uint32_t waits) {
    if (waits != 0) {
        (void)qb_waiters_mark(waiters, number);
    } else {
        qb_waiters_unmark(waiters, number);
    }
}

void qb_waiters_wake(qb_waiters_t *waiters) {
    uint32_t marks = 0;
    for (uint32_t i = 0; i < QB_THREADS_MAX / 32; i++) marks |= qb_load32(&waiters->marks[i]);
    if (marks == 0) return;
    (void)qb_add32(&waiters->epoch, 1);
    qb_host_notify(&waiters->epoch);
}
