/*
 * Locks: mutex, semaphore and condition are one structure with 1, n and 0 permits.
 *
 *   block, owned by nobody (QB_OWNER_SHARED)
 *   | magic, id | epoch | permit_count | permits ...            (qb_lock_t)
 *
 *   permit   bits 0..7 number of the thread that has it, 12..31 generation of its slot; 0 = free
 *
 *   free --cas, take--> thread A --cas, release--> free
 *                          `--cas, take by B, when A's slot is not live--> thread B, abandoned
 *
 * A permit names its holder for good: number and generation together were never another thread's. So
 * it is listed nowhere and nothing has to be reaped: who finds the slot of the holder left, or in the
 * hands of a reaper, takes the permit over by CAS, and of several who try one gets it.
 *
 * Waiting. The epoch's bit 0 says that somebody may wait; bit 10 is always set, which tells an epoch
 * from a status.
 *
 *   waiter                                       waker
 *   1 qb_lock_wait: set bit 0, note the epoch    1 make it available (CAS)
 *   2 qb_lock_take; taken: done                  2 bit 0 set: a new epoch, notify
 *   3 sleep while the epoch is the noted one
 *
 * Either the waker sees the bit, or the waiter's look comes after what was made available. A wake-up
 * that found fewer sleepers than it looked for clears the bit, so waiters that died leave nothing
 * behind. (The marks of waiters.h would stay: nobody reaps a lock.) Should the waker die before its
 * notify, the waiters wake by themselves: nobody sleeps longer than a slice, which is the host's part.
 *
 * A condition is an epoch and no more: who waits notes it, releases his mutex, sleeps until it
 * differs.
 *
 * Threads: any, at once.
 */
#include "base/layout.h"
#include "heap/alloc.h"
#include "heap/thread.h"

#define KIND_BITS 2u
#define KIND_MASK 3u
#define WAITING 1u

static uint32_t token_of(const qb_thread_t *self) {
    return self->number | qb_slot_word(0, 0, qb_slot_generation(qb_load32(&self->state)));
}

/* Whether the permit is in the hands of a thread that lives. */
static int is_held(uint32_t permit) {
    uint32_t index = (permit & 255u) - 1;
    if (index >= QB_THREADS_MAX) return 0;
    uint32_t live = qb_slot_word(QB_THREAD_LIVE, 0, qb_slot_generation(permit));
    return qb_load32(&qb_thread_of(index + 1)->state) == live;
}

/* The lock with this id at any 32-bit address, or NULL. */
static qb_lock_t *lock_at(uint32_t address, uint32_t id) {
    qb_place_t place = qb_place_of(address);
    if (place.owner != QB_OWNER_SHARED) return NULL;
    qb_lock_t *lock = QB_AT(qb_lock_t, address);
    return qb_load64(&lock->name) == ((uint64_t)id << 32 | QB_LOCK_MAGIC) ? lock : NULL;
}

/* ---- waiting --------------------------------------------------------------------------------- */

static uint32_t mark(qb_lock_t *lock) {
    return qb_or32(&lock->epoch, WAITING) | WAITING;
}

static void wake(qb_lock_t *lock, uint32_t count) {
    uint32_t epoch = qb_load32(&lock->epoch);
    if ((epoch & WAITING) == 0) return;
    uint32_t next = (epoch + 2) | QB_ADDRESS_MIN;
    /* When another waker was faster the epoch is new as well. */
    (void)qb_cas32(&lock->epoch, epoch, next);
    /* Nobody sleeps any more. One who is about to finds another epoch, and marks himself anew. */
    if (qb_host_notify_some(&lock->epoch, count) < count) {
        (void)qb_cas32(&lock->epoch, next, (next + 1) | QB_ADDRESS_MIN);
    }
}

uint32_t qb_lock_wait(uint32_t address, uint32_t id) {
    qb_lock_t *lock = lock_at(address, id);
    return lock != NULL ? mark(lock) : (uint32_t)QB_E_STALE;
}

qb_status_t qb_lock_wake(uint32_t address, uint32_t id, uint32_t count) {
    qb_lock_t *lock = lock_at(address, id);
    if (lock == NULL) return QB_E_STALE;
    wake(lock, count);
    return QB_OK;
}

/* ---- permits --------------------------------------------------------------------------------- */

/* Takes the first permit of [0, count) that no live thread has. */
static uint32_t take(qb_lock_t *lock, uint32_t token) {
    for (uint32_t i = 0; i < lock->permit_count; i++) {
        for (;;) {
            uint32_t permit = qb_load32(&lock->permits[i]);
            if (is_held(permit)) break;
            if (qb_cas32(&lock->permits[i], permit, token)) {
                return (QB_ADDRESS_MIN + i) | (permit != 0 ? QB_LOCK_ABANDONED : 0);
            }
        }
    }
    return QB_E_BUSY;
}

uint32_t qb_lock_take(qb_thread_t *self, uint32_t address, uint32_t id) {
    qb_lock_t *lock = lock_at(address, id);
    if (lock == NULL) return QB_E_STALE;
    uint32_t token = token_of(self);
    uint32_t result = take(lock, token);
    int is_mutex = (id & KIND_MASK) == QB_LOCK_MUTEX;
    if (result == QB_E_BUSY && is_mutex && qb_load32(&lock->permits[0]) == token) {
        return QB_E_DEADLOCK;
    }
    return result;
}

qb_status_t qb_lock_release(qb_thread_t *self, uint32_t address, uint32_t id, uint32_t index) {
    qb_lock_t *lock = lock_at(address, id);
    if (lock == NULL) return QB_E_STALE;
    if (index >= lock->permit_count) return QB_E_ARGUMENT;
    if (!qb_cas32(&lock->permits[index], token_of(self), 0)) return QB_E_OWNER;
    wake(lock, QB_LOCK_ALL);
    return QB_OK;
}

/* ---- making and freeing ---------------------------------------------------------------------- */

uint32_t qb_lock_open(qb_thread_t *self, uint32_t kind, uint32_t permit_count) {
    uint32_t least = kind != QB_LOCK_CONDITION;
    uint32_t most = kind == QB_LOCK_SEMAPHORE ? QB_PERMITS_MAX : least;
    if (kind - 1 > 2 || permit_count < least || permit_count > most) return QB_E_ARGUMENT;
    /* Whole cache lines: what lies next to it is not slowed down by those who meet here. */
    uint32_t bytes = (uint32_t)sizeof(qb_lock_t) + permit_count * 4;
    uint32_t address = qb_calloc(self, (bytes + 63) / 64, 64);
    if (address < QB_ADDRESS_MIN) return address;
    qb_lock_t *lock = QB_AT(qb_lock_t, address);
    uint32_t serial = qb_add32(&qb_header()->region_serial, 1);
    qb_put32(&lock->epoch, QB_ADDRESS_MIN);
    qb_put32(&lock->permit_count, permit_count);
    qb_put64(&lock->name, (uint64_t)(serial << KIND_BITS | kind) << 32 | QB_LOCK_MAGIC);
    (void)qb_block_own(self, address, QB_OWNER_SHARED);
    return address;
}

qb_status_t qb_lock_close(qb_thread_t *self, uint32_t address, uint32_t id) {
    qb_lock_t *lock = lock_at(address, id);
    if (lock == NULL) return QB_E_STALE;
    uint32_t token = token_of(self);
    for (uint32_t i = 0; i < lock->permit_count; i++) {
        uint32_t permit = qb_load32(&lock->permits[i]);
        if (!is_held(permit) && qb_cas32(&lock->permits[i], permit, token)) continue;
        while (i-- > 0) (void)qb_lock_release(self, address, id, i);
        return QB_E_BUSY;
    }
    /* Nobody else closes it from here on, nobody finds it, and should self die now it is freed. */
    qb_raw_own(address, QB_OWNER_SHARED, self->number);
    if (qb_block_owner(address) != self->number) return QB_E_STALE;
    qb_put64(&lock->name, 0);
    wake(lock, QB_LOCK_ALL);
    return qb_free(self, address);
}
