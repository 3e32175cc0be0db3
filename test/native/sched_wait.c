/* Races on locks. */
#include "schedule.h"

static struct {
    uint32_t lock, id;
} now;

static void open_lock(uint32_t kind, uint32_t permit_count) {
    now.lock = must(qb_lock_open(actor(LOOKER), kind, permit_count));
    now.id = (uint32_t)(QB_AT(qb_lock_t, now.lock)->name >> 32);
    keep(now.lock);
}
static uint32_t epoch_now(void) {
    return QB_AT(qb_lock_t, now.lock)->epoch;
}
static uint32_t take_by(uint32_t index) {
    return qb_lock_take(actor(index), now.lock, now.id);
}
static qb_status_t release_by(uint32_t index, uint32_t result) {
    uint32_t permit = (result & ~QB_LOCK_ABANDONED) - QB_ADDRESS_MIN;
    return qb_lock_release(actor(index), now.lock, now.id, permit);
}
static int is_taken(uint32_t result) {
    return result >= QB_ADDRESS_MIN;
}

/* ---- who has it ------------------------------------------------------------------------------ */

static void mutex(void) {
    open_lock(QB_LOCK_MUTEX, 1);
}
static void mutex_of_2(void) {
    mutex();
    must(take_by(2));
}
/* Its holder is gone, and what follows names it no more. */
static void leave_2(void) {
    assert_status(qb_thread_detach(actor(2), QB_POLICY_FREE), QB_OK);
    stage.slots[2] = 0;
}
static void abandoned_mutex(void) {
    mutex_of_2();
    leave_2();
}
static void semaphore(void) {
    open_lock(QB_LOCK_SEMAPHORE, 2);
}
static void abandoned_semaphore(void) {
    semaphore();
    must(take_by(2));
    leave_2();
}

static void take_0(void) {
    stage.results[0] = take_by(0);
}
static void take_1(void) {
    stage.results[1] = take_by(1);
}
/* In the critical section a plain word is read and written, with a place to switch between. */
static void enter(uint32_t index) {
    uint32_t *word = QB_AT(uint32_t, stage.blocks[0]);
    stage.results[index] = take_by(index);
    if (!is_taken(stage.results[index])) return;
    uint32_t value = qb_load32(word);
    qb_store32(word, value + 1);
    stage.results[index + 4] = release_by(index, stage.results[index]);
}
static void counted_mutex(void) {
    mutex();
    stage.blocks[0] = must(qb_calloc(actor(LOOKER), 1, 16));
    keep(stage.blocks[0]);
}
static void enter_0(void) {
    enter(0);
}
static void enter_1(void) {
    enter(1);
}
static int check_counted(void) {
    uint32_t entered = (uint32_t)(is_taken(stage.results[0]) + is_taken(stage.results[1]));
    WANT(entered >= 1, "nobody got a free mutex: %s, %s", result_name(stage.results[0]),
         result_name(stage.results[1]));
    WANT(*QB_AT(uint32_t, stage.blocks[0]) == entered, "%u entered, counted %u", entered,
         *QB_AT(uint32_t, stage.blocks[0]));
    WANT(stage.results[4] == QB_OK && stage.results[5] == QB_OK, "releases: %s, %s",
         result_name(stage.results[4]), result_name(stage.results[5]));
    return 1;
}
static int check_one(void) {
    int count = is_taken(stage.results[0]) + is_taken(stage.results[1]);
    WANT(count == 1, "%d have the mutex", count);
    uint32_t loser = stage.results[is_taken(stage.results[0]) ? 1 : 0];
    WANT(loser == QB_E_BUSY, "the other is told %s", result_name(loser));
    return 1;
}
static int check_one_told(void) {
    uint32_t winner = stage.results[is_taken(stage.results[0]) ? 0 : 1];
    WANT((winner & QB_LOCK_ABANDONED) != 0, "the winner is not told that the holder died");
    return check_one();
}
static int check_two(void) {
    WANT(is_taken(stage.results[0]) && is_taken(stage.results[1]), "two permits: %s, %s",
         result_name(stage.results[0]), result_name(stage.results[1]));
    WANT(((stage.results[0] ^ stage.results[1]) & 0xffffu) != 0, "one permit twice");
    WANT(take_by(LOOKER) == QB_E_BUSY, "a third permit");
    return 1;
}
static int check_two_told(void) {
    uint32_t told = (stage.results[0] ^ stage.results[1]) & QB_LOCK_ABANDONED;
    WANT(told != 0, "just one permit was abandoned");
    return check_two();
}

/* 1 moves from one permit to the other. */
static void semaphore_of_1(void) {
    semaphore();
    stage.results[2] = must(take_by(1));
}
static void move_1(void) {
    stage.results[1] = take_by(1);
    stage.results[5] = release_by(1, stage.results[2]);
}
static int check_moved(void) {
    WANT(is_taken(stage.results[0]) || is_taken(stage.results[1]), "neither got the free one");
    WANT(stage.results[5] == QB_OK, "release: %s", result_name(stage.results[5]));
    return 1;
}

/* ---- wake-ups -------------------------------------------------------------------------------- */

/* Waits as the host does, but for the sleep: results[0] what it got, results[4] the epoch on which it
 * would sleep. */
static void wait_0(void) {
    stage.results[4] = qb_lock_wait(now.lock, now.id);
    stage.results[0] = take_by(0);
}
static void mutex_of_1(void) {
    mutex();
    stage.results[2] = must(take_by(1));
}
static void release_1(void) {
    stage.results[5] = release_by(1, stage.results[2]);
}
static void full_semaphore(void) {
    semaphore_of_1();
    must(take_by(LOOKER));
}
/* Nobody sleeps on the present epoch while there is something to get. */
static int check_no_sleeper(void) {
    WANT(stage.results[5] == QB_OK, "release: %s", result_name(stage.results[5]));
    WANT(is_taken(stage.results[0]) || epoch_now() != stage.results[4],
         "it sleeps, and the lock is free");
    return 1;
}
/* Two wake: none of both may take the other's wake-up for his own. */
static void full_of_1_and_2(void) {
    semaphore();
    stage.results[2] = must(take_by(1));
    stage.results[3] = must(take_by(2));
}
static void release_2(void) {
    stage.results[6] = release_by(2, stage.results[3]);
}

static void condition_alone(void) {
    open_lock(QB_LOCK_CONDITION, 0);
}
static void condition(void) {
    condition_alone();
    stage.blocks[0] = must(qb_calloc(actor(LOOKER), 1, 16));
    keep(stage.blocks[0]);
}
static void wait_for_flag_0(void) {
    stage.results[4] = qb_lock_wait(now.lock, now.id);
    stage.results[0] = qb_load32(QB_AT(uint32_t, stage.blocks[0]));
}
static void set_and_wake(uint32_t count) {
    qb_store32(QB_AT(uint32_t, stage.blocks[0]), 1);
    (void)qb_lock_wake(now.lock, now.id, count);
}
static void set_and_wake_all_1(void) {
    set_and_wake(QB_LOCK_ALL);
}
static void set_and_wake_one_1(void) {
    set_and_wake(1);
}
static void wake_2(void) {
    (void)qb_lock_wake(now.lock, now.id, QB_LOCK_ALL);
}
static int check_notified(void) {
    WANT(stage.results[0] != 0 || epoch_now() != stage.results[4],
         "it sleeps, and the flag is set");
    return 1;
}

/* ---- the end --------------------------------------------------------------------------------- */

static void close_1(void) {
    stage.results[1] = qb_lock_close(actor(1), now.lock, now.id);
}
static void close_0(void) {
    stage.results[0] = qb_lock_close(actor(0), now.lock, now.id);
}
static int check_closed(void) {
    if (stage.results[1] == QB_OK) {
        stage.kept_count = 0;
        WANT(stage.results[0] == QB_E_STALE || stage.results[0] == QB_E_BUSY, "taken: %s",
             result_name(stage.results[0]));
        return 1;
    }
    WANT(stage.results[1] == QB_E_BUSY && is_taken(stage.results[0]), "closing: %s, taking: %s",
         result_name(stage.results[1]), result_name(stage.results[0]));
    return 1;
}
static int check_closed_once(void) {
    int count = (stage.results[0] == QB_OK) + (stage.results[1] == QB_OK);
    WANT(count <= 1, "closed twice");
    if (count == 1) stage.kept_count = 0;
    return 1;
}

static const scenario_t list[] = {
    {"lock + lock", mutex, {take_0, take_1}, check_one, 0, 0, 0},
    {"critical section + critical section",
     counted_mutex,
     {enter_0, enter_1},
     check_counted,
     0,
     0,
     0},
    {"two survivors take over a mutex", abandoned_mutex, {take_0, take_1}, check_one_told, 0, 0, 0},
    {"acquire + acquire", semaphore, {take_0, take_1}, check_two, 0, 0, 0},
    {"two survivors take over a permit",
     abandoned_semaphore,
     {take_0, take_1},
     check_two_told,
     0,
     0,
     0},
    {"acquire + release of another one", semaphore_of_1, {take_0, move_1}, check_moved, 0, 0, 0},
    {"wait + release", mutex_of_1, {wait_0, release_1}, check_no_sleeper, 0, 0, 0},
    {"wait + release of a permit", full_semaphore, {wait_0, release_1}, check_no_sleeper, 0, 0, 0},
    {"wait + two releases",
     full_of_1_and_2,
     {wait_0, release_1, release_2},
     check_no_sleeper,
     0,
     0,
     0},
    {"wait + notify all",
     condition,
     {wait_for_flag_0, set_and_wake_all_1},
     check_notified,
     0,
     0,
     0},
    {"wait + notify one",
     condition,
     {wait_for_flag_0, set_and_wake_one_1},
     check_notified,
     0,
     0,
     0},
    {"wait + notify + notify",
     condition,
     {wait_for_flag_0, set_and_wake_one_1, wake_2},
     check_notified,
     0,
     0,
     0},
    {"lock + close", mutex, {take_0, close_1}, check_closed, 0, 0, 0},
    {"close + close", mutex, {close_0, close_1}, check_closed_once, 0, 0, 0},
    {"close a condition twice", condition_alone, {close_0, close_1}, check_closed_once, 0, 0, 0},
};

const scenarios_t sched_wait_scenarios = {list, sizeof list / sizeof *list};
