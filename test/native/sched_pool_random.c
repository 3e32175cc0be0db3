/*
 * Random calls of three threads on one pool under a random schedule. In some runs one of them stops for ever
 * somewhere and is reaped at the end. The history must be linearizable, and nothing may be lost.
 *
 * Any thread may use any handle that was ever given out, so double releases and stale handles are as
 * frequent as good ones. Each tries few slots: what goes wrong does so when the pool is nearly full.
 */
#include "schedule.h"

#define ACTIONS 5u
#define HANDLES_MAX 16u

static struct {
    rng_t rng[FIBERS_MAX];
    struct {
        uint32_t index, generation;
    } handles[HANDLES_MAX];
    uint32_t handle_count;
    uint32_t may_close;
    uint32_t sleeps[FIBERS_MAX], epochs[FIBERS_MAX];
} play;

static void note_handle(uint32_t result) {
    if (result < QB_ADDRESS_MIN) return;
    uint32_t index = result - QB_ADDRESS_MIN;
    assert_true(play.handle_count < HANDLES_MAX);
    play.handles[play.handle_count].index = index;
    play.handles[play.handle_count++].generation = history_generation(index);
}

static void do_acquire(uint32_t index) {
    note_handle(history_acquire(index, rng_below(&play.rng[index], HISTORY_SLOTS_MAX)));
}
static void do_release(uint32_t index) {
    if (play.handle_count == 0) return;
    uint32_t at = rng_below(&play.rng[index], play.handle_count);
    if (rng_below(&play.rng[index], 2) == 0) at = play.handle_count - 1;
    (void)history_release(index, play.handles[at].index, play.handles[at].generation);
}
/* Marks itself, and goes to sleep (that is its last action) when there is nothing. */
static void do_wait(uint32_t index) {
    (void)qb_pool_wait(actor(index), stage.pool, 1);
    play.epochs[index] = qb_load32(&QB_AT(qb_pool_t, stage.pool)->waiters.epoch);
    uint32_t result = history_acquire(index, 0);
    play.sleeps[index] = result == QB_E_EMPTY;
    note_handle(result);
    if (!play.sleeps[index]) (void)qb_pool_wait(actor(index), stage.pool, 0);
}
static void do_close(uint32_t index) {
    if (play.may_close) (void)history_close(index, stage.serial);
}

typedef void (*action_t)(uint32_t index);
static const action_t actions[] = {do_acquire, do_acquire, do_acquire, do_release, do_release,
                                   do_release, do_release, do_wait,    do_close};

static void work(uint32_t index) {
    for (uint32_t i = 0; i < ACTIONS && !play.sleeps[index]; i++) {
        actions[rng_below(&play.rng[index], sizeof actions / sizeof *actions)](index);
    }
}
static void work_0(void) {
    work(0);
}
static void work_1(void) {
    work(1);
}
static void work_2(void) {
    work(2);
}

static void prepare(rng_t *rng) {
    memset(&stage, 0, sizeof stage);
    memset(&play, 0, sizeof play);
    heap_open(24, 0, 0);
    for (uint32_t i = 0; i < 4; i++) {
        stage.slots[i] = must(qb_thread_attach());
        stage.numbers[i] = qb_thread_number(actor(i));
        if (i < FIBERS_MAX) play.rng[i].state = rng_next(rng);
    }
    play.may_close = rng_below(rng, 3) == 0;
    uint32_t capacity = 1 + rng_below(rng, 2);
    uint32_t more = rng_below(rng, 2) * (1 + rng_below(rng, 2));
    uint32_t bytes = rng_below(rng, 2) == 0 ? 16 : 20000;
    stage.pool = must(qb_pool_open(actor(LOOKER), bytes, capacity, capacity + more, more != 0, 0));
    stage.serial = qb_region_serial(stage.pool);
    for (uint32_t i = 0; i < FIBERS_MAX; i++) {
        assert_status(qb_pool_pin(actor(i), stage.pool, stage.serial), QB_OK);
    }
    for (uint32_t i = rng_below(rng, capacity + 1); i > 0; i--) {
        note_handle(qb_pool_acquire(actor(rng_below(rng, FIBERS_MAX)), stage.pool, 0));
    }
    history_begin(stage.pool);
}

static int account(uint32_t victim, uint32_t policy) {
    qb_thread_t *looker = actor(LOOKER);
    uint32_t dead = sched_is_frozen() ? stage.numbers[victim] : 0;
    if (dead != 0) {
        uint32_t status = history_reap(LOOKER, dead, policy);
        WANT(status == QB_OK, "reap: %s", result_name(status));
        WANT(qb_pool_next(stage.pool, dead, 0) == QB_E_NOT_FOUND, "a slot is the dead thread's");
    }
    if (!history_holds()) return 0;
    uint32_t has_free = qb_pool_next(stage.pool, QB_OWNER_NONE, 0) >= QB_ADDRESS_MIN;
    for (uint32_t i = 0; i < FIBERS_MAX; i++) {
        if (stage.numbers[i] == dead) continue;
        uint32_t epoch = QB_AT(qb_pool_t, stage.pool)->waiters.epoch;
        WANT(!play.sleeps[i] || !has_free || epoch != play.epochs[i],
             "thread %u sleeps, and a slot is free", i);
    }
    (void)qb_pool_close(looker, stage.pool, stage.serial, 0);
    for (uint32_t i = 0; i < FIBERS_MAX; i++) {
        if (stage.numbers[i] == dead) continue;
        uint32_t status = qb_pool_unpin(actor(i), stage.pool, stage.serial);
        WANT(status == QB_OK, "unpin %u: %s", i, result_name(status));
        WANT(qb_thread_detach(actor(i), QB_POLICY_FREE) == QB_OK, "detach %u", i);
    }
    WANT(qb_region_serial(stage.pool) == 0, "the pool stays");
    WANT(faults(looker) == 0, "the emptied heap is not sound");
    WANT(heap_is_empty(looker, 0), "something is lost");
    return 1;
}

int random_pool_run(uint64_t seed) {
    rng_t rng = {seed};
    prepare(&rng);
    static const fiber_t fibers[] = {work_0, work_1, work_2};
    static const uint32_t percents[] = {2, 5, 15, 40};
    sched_use_random(&rng, percents[rng_below(&rng, 4)]);
    uint32_t victim = rng_below(&rng, FIBERS_MAX);
    uint32_t freeze_at = (rng_below(&rng, 4) == 0) * (1 + rng_below(&rng, 200));
    uint32_t policy = rng_below(&rng, 2);
    int ended = sched_run(fibers, FIBERS_MAX, victim, freeze_at);
    WANT(ended, "no end after %u accesses: someone waits", sched_steps());
    return account(victim, policy);
}
