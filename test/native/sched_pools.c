/*
 * Races on pools. The pool belongs to the looker; all fibers have pinned it. What they call is noted, and the
 * history must be linearizable (sched_history.c).
 */
#include "schedule.h"

#define NOT_WAITING 0xffffffffu

static void open_pool(uint32_t slot_bytes, uint32_t capacity, uint32_t capacity_max) {
    stage.pool = must(qb_pool_open(actor(LOOKER), slot_bytes, capacity, capacity_max,
                                   capacity_max > capacity ? 1 : 0, 0));
    stage.serial = qb_region_serial(stage.pool);
    for (uint32_t i = 0; i < LOOKER; i++) {
        assert_status(qb_pool_pin(actor(i), stage.pool, stage.serial), QB_OK);
    }
    history_begin(stage.pool);
}

/* `actor_index` holds the slot from the start. */
static void held_by(uint32_t actor_index, uint32_t index) {
    assert_status(qb_pool_acquire(actor(actor_index), stage.pool, index), QB_ADDRESS_MIN + index);
    history_begin(stage.pool);
}

/* ---- what fibers do -------------------------------------------------------------------------- */

static void acquire_0(void) {
    stage.results[0] = history_acquire(0, 0);
}
static void acquire_1(void) {
    stage.results[1] = history_acquire(1, 0);
}
static void acquire_last_1(void) {
    stage.results[1] = history_acquire(1, 1);
}
static void acquire_2(void) {
    stage.results[2] = history_acquire(2, 0);
}
static void release_0(void) {
    stage.results[0] = history_release(0, 0, 0);
}
static void release_1(void) {
    stage.results[1] = history_release(1, 0, 0);
}
static void release_last_1(void) {
    stage.results[1] = history_release(1, 1, 0);
}
static void release_and_acquire_0(void) {
    (void)history_release(0, 0, history_generation(0));
    (void)history_acquire(0, 0);
}
/* Slot 0 is used twice more, so the handle (0, 0) is two uses old. */
static void use_twice_0(void) {
    release_and_acquire_0();
    release_and_acquire_0();
}
static void acquire_and_release_1(void) {
    uint32_t result = history_acquire(1, 0);
    if (result < QB_ADDRESS_MIN) return;
    uint32_t index = result - QB_ADDRESS_MIN;
    (void)history_release(1, index, history_generation(index));
}
static void close_0(void) {
    stage.results[0] = history_close(0, stage.serial);
}
static void close_1(void) {
    stage.results[1] = history_close(1, stage.serial);
}
/* From slot 0 to slot 1, back, and away: one of them is free at any time. Nothing is released by a guess:
 * the generation that an acquire notes must be its own. */
static void wander_0(void) {
    static const uint32_t hints[] = {1, 0};
    uint32_t index = 0;
    for (uint32_t i = 0; i < 3; i++) {
        (void)history_release(0, index, history_generation(index));
        uint32_t result = i < 2 ? history_acquire(0, hints[i]) : QB_E_EMPTY;
        if (result < QB_ADDRESS_MIN) return;
        index = result - QB_ADDRESS_MIN;
    }
}
static void pool_reap_1(void) {
    stage.results[1] = history_reap(1, stage.numbers[2], QB_POLICY_FREE);
}
static void pool_reap_keep_1(void) {
    stage.results[1] = history_reap(1, stage.numbers[2], QB_POLICY_KEEP);
}
static void pool_reap_0(void) {
    stage.results[0] = history_reap(0, stage.numbers[2], QB_POLICY_FREE);
}
static void next_0(void) {
    stage.results[0] = qb_pool_next(stage.pool, stage.numbers[2], 0);
}
/* As JS waits: mark, epoch, try. results[4]: the epoch to sleep on. */
static void wait_as(uint32_t index) {
    stage.results[4 + index] = NOT_WAITING;
    (void)qb_pool_wait(actor(index), stage.pool, 1);
    uint32_t epoch = qb_load32(&QB_AT(qb_pool_t, stage.pool)->waiters.epoch);
    stage.results[index] = history_acquire(index, 0);
    if (stage.results[index] == QB_E_EMPTY) {
        stage.results[4 + index] = epoch;
    } else {
        (void)qb_pool_wait(actor(index), stage.pool, 0);
    }
}
static void wait_0(void) {
    wait_as(0);
}
static void wait_2(void) {
    wait_as(2);
}
static void pin_1(void) {
    stage.results[1] = qb_pool_pin(actor(1), stage.pool, stage.serial);
}
static void unpin_0(void) {
    stage.results[0] = qb_pool_unpin(actor(0), stage.pool, stage.serial);
}
static void unpin_1(void) {
    stage.results[1] = qb_pool_unpin(actor(1), stage.pool, stage.serial);
}

/* ---- where they start ------------------------------------------------------------------------ */

static void one_free(void) {
    open_pool(16, 1, 1);
}
static void one_held(void) {
    open_pool(16, 1, 1);
    held_by(0, 0);
}
static void two_free(void) {
    open_pool(16, 2, 2);
}
static void two_held(void) {
    open_pool(16, 2, 2);
    held_by(0, 0);
    held_by(1, 1);
}
static void first_of_two_held(void) {
    open_pool(16, 2, 2);
    held_by(0, 0);
}
/* It grows by one to two, or three, in spans of their own. */
static void growing_to_two(void) {
    open_pool(20000, 1, 2);
    held_by(0, 0);
}
static void growing_to_three(void) {
    open_pool(20000, 1, 3);
    held_by(0, 0);
}
static void one_of_dead(void) {
    open_pool(16, 1, 1);
    held_by(2, 0);
    stage.slots[2] = 0;
}
static void bare_pool(void) { /* nobody but the looker has pinned it */
    stage.pool = must(qb_pool_open(actor(LOOKER), 20000, 2, 2, 0, 0));
    stage.serial = qb_region_serial(stage.pool);
    history_begin(stage.pool);
}
static void closed_pinned_by_0(void) {
    bare_pool();
    assert_status(qb_pool_pin(actor(0), stage.pool, stage.serial), QB_OK);
    assert_status(qb_pool_close(actor(LOOKER), stage.pool, stage.serial, 0), QB_OK);
}
static void closed_pinned_by_both(void) {
    bare_pool();
    assert_status(qb_pool_pin(actor(0), stage.pool, stage.serial), QB_OK);
    assert_status(qb_pool_pin(actor(1), stage.pool, stage.serial), QB_OK);
    assert_status(qb_pool_close(actor(LOOKER), stage.pool, stage.serial, 0), QB_OK);
}

/* ---- what must hold -------------------------------------------------------------------------- */

static int is_gone(void) {
    return qb_region_serial(stage.pool) == 0 && stats_of(actor(LOOKER)).pools_live == 0;
}

/* Closes it (unless a fiber did) and takes the pins away: nothing of it may be left. */
static int pool_goes(void) {
    WANT(faults(actor(LOOKER)) == 0, "the heap is not sound");
    (void)qb_pool_close(actor(LOOKER), stage.pool, stage.serial, 0);
    for (uint32_t i = 0; i < LOOKER; i++) {
        if (stage.slots[i] == 0) continue;
        uint32_t status = qb_pool_unpin(actor(i), stage.pool, stage.serial);
        WANT(status == QB_OK, "unpin %u: %s", i, result_name(status));
    }
    WANT(is_gone(), "the pool stays");
    return 1;
}
static int check_history(void) {
    return history_holds() && pool_goes();
}
/* Both grew it, or one found what the other had made: as many as it may have, no more. */
static int check_both_acquired(void) {
    WANT(stage.results[0] >= QB_ADDRESS_MIN && stage.results[1] >= QB_ADDRESS_MIN,
         "acquire: %s, %s", result_name(stage.results[0]), result_name(stage.results[1]));
    return check_history();
}
static int check_one_acquired(void) {
    int count = (stage.results[0] >= QB_ADDRESS_MIN) + (stage.results[1] >= QB_ADDRESS_MIN);
    WANT(count == 1, "%d acquired the last slot", count);
    return check_history();
}
/* Who sleeps on the epoch is woken when there is something for it. */
static int check_wake_up(void) {
    const qb_pool_t *pool = QB_AT(qb_pool_t, stage.pool);
    uint32_t is_there = qb_pool_next(stage.pool, QB_OWNER_NONE, 0) >= QB_ADDRESS_MIN ||
                        qb_region_record_of(stage.pool)->state >> 12 != QB_REGION_POOL ||
                        (qb_region_record_of(stage.pool)->state & 15u) != QB_REGION_OPEN;
    for (uint32_t i = 0; i < LOOKER; i++) {
        uint32_t epoch = stage.results[4 + i];
        int sleeps = stage.results[i] == QB_E_EMPTY && epoch != NOT_WAITING;
        WANT(!sleeps || !is_there || epoch != pool->waiters.epoch,
             "thread %u sleeps, and there is a free slot, or the pool is closed", i);
        if (sleeps) (void)qb_pool_wait(actor(i), stage.pool, 0);
    }
    for (uint32_t i = 0; i < QB_THREADS_MAX / 32; i++) {
        WANT(pool->waiters.marks[i] == 0, "a mark is left: 0x%x", pool->waiters.marks[i]);
    }
    return check_history();
}
static int check_reap(void) {
    WANT(qb_pool_next(stage.pool, stage.numbers[2], 0) == QB_E_NOT_FOUND,
         "a slot is the dead thread's");
    WANT(stage.results[1] == QB_OK, "reap: %s", result_name(stage.results[1]));
    return check_history();
}
static int check_reap_next(void) {
    uint32_t found = stage.results[0];
    WANT(found == QB_ADDRESS_MIN || found == QB_E_NOT_FOUND, "next: %u", found);
    return check_reap();
}
static int check_two_reaps(void) {
    int ok = (stage.results[0] == QB_OK) + (stage.results[1] == QB_OK);
    WANT(ok >= 1, "reap: %s, %s", result_name(stage.results[0]), result_name(stage.results[1]));
    stage.results[1] = QB_OK;
    return check_reap();
}
static int check_pinned(void) {
    WANT(stage.results[0] == QB_OK, "close or unpin: %s", result_name(stage.results[0]));
    if (stage.results[1] == QB_OK) {
        WANT(qb_region_serial(stage.pool) == stage.serial, "a pinned pool is gone");
        uint32_t status = qb_pool_unpin(actor(1), stage.pool, stage.serial);
        WANT(status == QB_OK, "unpin: %s", result_name(status));
    } else {
        WANT(stage.results[1] == QB_E_STALE || stage.results[1] == QB_E_REGION, "pin: %s",
             result_name(stage.results[1]));
    }
    for (uint32_t i = 0; i < LOOKER; i++) (void)qb_pool_unpin(actor(i), stage.pool, stage.serial);
    WANT(is_gone(), "the pool stays");
    return 1;
}
static int check_closes(void) {
    int ok = (stage.results[0] == QB_OK) + (stage.results[1] == QB_OK);
    WANT(ok == 1, "closed %d times", ok);
    WANT(is_gone(), "the pool stays");
    return 1;
}
static int check_unpinned(void) {
    WANT(stage.results[0] == QB_OK && stage.results[1] == QB_OK, "statuses: %s, %s",
         result_name(stage.results[0]), result_name(stage.results[1]));
    WANT(is_gone(), "the pool stays");
    return 1;
}

/* Thread 2 looks at slot 0, thread 0 goes to slot 1; 2 looks at slot 1, 0 goes back; 2 looks at slot 0, 0 leaves
 * it and stops before it wakes anyone; 1 takes slot 1. So 2 sees each slot in use twice, and the pool is
 * never full. All places where 2 may be stopped thrice, and 0 in its last call. */
static uint32_t wandering_turns(uint32_t nth, turn_t *turns) {
    uint32_t rest = nth;
    const uint32_t a = rest % 16;
    const uint32_t b = (rest /= 16) % 6;
    const uint32_t c = (rest /= 6) % 12;
    const uint32_t d = (rest /= 12) % 16;
    if (rest >= 16) return 0;
    const turn_t all[] = {{2, 1, a}, {0, 3, 0},     {2, 0, b + 1}, {0, 2, 0},
                          {2, 0, c}, {0, 0, d + 1}, {1, 9, 0},     {2, 9, 0}};
    memcpy(turns, all, sizeof all);
    return sizeof all / sizeof *all;
}

#define RACE(name, setup, check, ...) {name, setup, {__VA_ARGS__}, check, 16, 0, 0}

static const scenario_t scenarios[] = {
    RACE("acquire x acquire of the last slot", one_free, check_one_acquired, acquire_0, acquire_1),
    RACE("acquire x acquire of two slots", two_free, check_both_acquired, acquire_0, acquire_1),
    RACE("release x acquire", one_held, check_history, release_0, acquire_1),
    RACE("release x release of one handle", one_held, check_history, release_0, release_1),
    RACE("reuse x release of the same handle", one_held, check_history, release_and_acquire_0,
         release_1),
    RACE("two uses x a stale handle", one_held, check_history, use_twice_0, release_1),
    RACE("reuse x acquire and release", one_held, check_history, release_and_acquire_0,
         acquire_and_release_1),
    RACE("release x release x acquire", two_held, check_history, release_0, release_last_1,
         acquire_2),
    RACE("acquire x acquire x release", first_of_two_held, check_history, release_0, acquire_1,
         acquire_2),
    RACE("a slot that wanders x acquire of the other x acquire", first_of_two_held, check_history,
         wander_0, acquire_last_1, acquire_2),
    RACE("pool growth x growth, room for one", growing_to_two, check_one_acquired, acquire_0,
         acquire_1),
    RACE("pool growth x growth", growing_to_three, check_both_acquired, acquire_0, acquire_1),
    RACE("pool growth x release", growing_to_two, check_history, release_0, acquire_1),
    RACE("pool growth x growth x acquire", growing_to_three, check_history, acquire_0, acquire_1,
         acquire_2),
    RACE("acquire x close of a pool", one_free, check_history, close_0, acquire_1),
    RACE("release x close of a pool", one_held, check_history, release_0, close_1),
    RACE("reuse x close of a pool", one_held, check_history, release_and_acquire_0, close_1),
    RACE("pool close x close", one_free, check_history, close_0, close_1),
    RACE("wait x release", two_held, check_wake_up, wait_0, release_last_1),
    RACE("wait x wait x release", two_held, check_wake_up, wait_0, release_last_1, wait_2),
    RACE("wait x close of a pool", one_held, check_wake_up, wait_0, close_1),
    RACE("wait x reap of the holder", one_of_dead, check_wake_up, wait_0, pool_reap_1),
    RACE("reap x acquire", one_of_dead, check_reap, acquire_0, pool_reap_1),
    RACE("reap x release of the slot", one_of_dead, check_reap, release_0, pool_reap_1),
    RACE("keeping reap x release of the slot", one_of_dead, check_reap, release_0,
         pool_reap_keep_1),
    RACE("reap x next", one_of_dead, check_reap_next, next_0, pool_reap_1),
    RACE("reap x reap of a slot's holder", one_of_dead, check_two_reaps, pool_reap_0, pool_reap_1),
    RACE("pool close x close without pins", bare_pool, check_closes, close_0, close_1),
    RACE("pool close x pin", bare_pool, check_pinned, close_0, pin_1),
    RACE("last unpin x pin of a pool", closed_pinned_by_0, check_pinned, unpin_0, pin_1),
    RACE("last unpin x unpin of a pool", closed_pinned_by_both, check_unpinned, unpin_0, unpin_1),
};
const scenarios_t sched_pool_scenarios = {scenarios, sizeof scenarios / sizeof *scenarios};

uint32_t sched_pool_turns(const scenario_t *scenario, uint32_t nth, turn_t *turns) {
    return scenario->fibers[0] == wander_0 ? wandering_turns(nth, turns) : 0;
}
