/*
 * The crash lab for locks: each operation stopped at each of its writes while another thread waits, and
 * its reaper as well.
 *
 * Afterwards: while the dead thread is not reaped what it had stays taken; then the next one gets it, and
 * is told; nobody else's permit is lost or free; after closing, all pages are free.
 */
#include "lab.h"

#define PERMITS 3u
#define NESTED_STEP 3u

enum { ACTOR_SLOT, WAITER_SLOT, REAPER_SLOT, GONE_SLOT, LAST_SLOT, SLOT_COUNT };

static struct {
    qb_thread_t *threads[SLOT_COUNT];
    uint32_t numbers[SLOT_COUNT];
    uint32_t lock, id, kind;
    uint32_t index;     /* that the actor has */
    uint32_t by_waiter; /* how many the waiter has */
    uint32_t epoch;     /* that the waiter noted */
    uint32_t policy;
    uint32_t runs;
} stage;

typedef struct lock_operation {
    const char *name;
    uint32_t kind;
    void (*prepare)(void);
    action_t run;
    action_t interfere;
} lock_operation_t;

static uint32_t take_by(uint32_t slot) {
    return qb_lock_take(stage.threads[slot], stage.lock, stage.id);
}
static qb_lock_t *lock_now(void) {
    return QB_AT(qb_lock_t, stage.lock);
}

/* ---- operations ------------------------------------------------------------------------------ */

static void note_lock(uint32_t address) {
    stage.lock = address;
    stage.id = (uint32_t)(lock_now()->name >> 32);
}
static void wait_for_it(void) {
    stage.epoch = must(qb_lock_wait(stage.lock, stage.id));
}
static void prepare_free(void) {
    uint32_t count = stage.kind == QB_LOCK_SEMAPHORE ? PERMITS : stage.kind == QB_LOCK_MUTEX;
    note_lock(must(qb_lock_open(stage.threads[LAST_SLOT], stage.kind, count)));
    wait_for_it();
}
static void prepare_taken(void) {
    prepare_free();
    stage.index = (must(take_by(ACTOR_SLOT)) - QB_ADDRESS_MIN) & 0xffffu;
}
static void prepare_full(void) {
    prepare_taken();
    while (take_by(WAITER_SLOT) >= QB_ADDRESS_MIN) stage.by_waiter++;
}
static void prepare_abandoned(void) {
    prepare_free();
    must(take_by(GONE_SLOT));
    assert_status(qb_thread_detach(stage.threads[GONE_SLOT], QB_POLICY_FREE), QB_OK);
}

static void run_open(world_t *w) {
    (void)w;
    uint32_t count = stage.kind == QB_LOCK_SEMAPHORE ? PERMITS : stage.kind == QB_LOCK_MUTEX;
    note_lock(must(qb_lock_open(stage.threads[ACTOR_SLOT], stage.kind, count)));
}
static void run_take(world_t *w) {
    (void)w;
    (void)take_by(ACTOR_SLOT);
}
static void run_release(world_t *w) {
    (void)w;
    qb_status_t status =
        qb_lock_release(stage.threads[ACTOR_SLOT], stage.lock, stage.id, stage.index);
    assert_status(status, QB_OK);
    /* It came to its end: who waits is awake. */
    assert_true(stage.epoch == 0 || lock_now()->epoch != stage.epoch);
}
static void run_wait(world_t *w) {
    (void)w;
    must(qb_lock_wait(stage.lock, stage.id));
}
static void run_wake(world_t *w) {
    (void)w;
    assert_status(qb_lock_wake(stage.lock, stage.id, QB_LOCK_ALL), QB_OK);
    assert_true(lock_now()->epoch != stage.epoch);
}
static void run_close(world_t *w) {
    (void)w;
    (void)qb_lock_close(stage.threads[ACTOR_SLOT], stage.lock, stage.id);
}
/* One who waits marks himself anew and tries once more. */
static void waiter_tries(world_t *w) {
    (void)w;
    if (qb_lock_wait(stage.lock, stage.id) < QB_ADDRESS_MIN) return;
    if (take_by(WAITER_SLOT) >= QB_ADDRESS_MIN) stage.by_waiter++;
}
static void waiter_wakes(world_t *w) {
    (void)w;
    (void)qb_lock_wake(stage.lock, stage.id, 1);
}

static const lock_operation_t operations[] = {
    {"open a mutex", QB_LOCK_MUTEX, NULL, run_open, NULL},
    {"lock", QB_LOCK_MUTEX, prepare_free, run_take, NULL},
    {"lock while another does", QB_LOCK_MUTEX, prepare_free, run_take, waiter_tries},
    {"lock what a dead thread held", QB_LOCK_MUTEX, prepare_abandoned, run_take, NULL},
    {"the same while another does", QB_LOCK_MUTEX, prepare_abandoned, run_take, waiter_tries},
    {"release", QB_LOCK_MUTEX, prepare_taken, run_release, NULL},
    {"release while another locks", QB_LOCK_MUTEX, prepare_taken, run_release, waiter_tries},
    {"wait", QB_LOCK_MUTEX, prepare_taken, run_wait, NULL},
    {"close a mutex", QB_LOCK_MUTEX, prepare_free, run_close, waiter_tries},
    {"open a semaphore", QB_LOCK_SEMAPHORE, NULL, run_open, NULL},
    {"acquire", QB_LOCK_SEMAPHORE, prepare_free, run_take, waiter_tries},
    {"acquire a second one", QB_LOCK_SEMAPHORE, prepare_taken, run_take, NULL},
    {"acquire when there is none", QB_LOCK_SEMAPHORE, prepare_full, run_take, NULL},
    {"acquire what a dead thread had", QB_LOCK_SEMAPHORE, prepare_abandoned, run_take,
     waiter_tries},
    {"release a permit", QB_LOCK_SEMAPHORE, prepare_full, run_release, waiter_tries},
    {"close a semaphore", QB_LOCK_SEMAPHORE, prepare_free, run_close, waiter_tries},
    {"close a semaphore in use", QB_LOCK_SEMAPHORE, prepare_full, run_close, NULL},
    {"notify", QB_LOCK_CONDITION, prepare_free, run_wake, waiter_wakes},
    {"close a condition", QB_LOCK_CONDITION, prepare_free, run_close, NULL},
};

/* ---- the dead and the living ----------------------------------------------------------------- */

static void settle(qb_thread_t *self, uint32_t slot) {
    qb_status_t status = qb_reap_begin(self, stage.numbers[slot], 0);
    if (status == QB_OK) (void)qb_reap_end(self, stage.numbers[slot], stage.policy);
}
static void run_reaper(world_t *w) {
    (void)w;
    settle(stage.threads[REAPER_SLOT], ACTOR_SLOT);
}

/* Permits that carry the number of a member. */
static uint32_t permits_of(uint32_t slot) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < lock_now()->permit_count; i++) {
        count += (lock_now()->permits[i] & 255u) == stage.numbers[slot];
    }
    return count;
}
static int is_there(void) {
    return stage.lock != 0 && qb_lock_wait(stage.lock, stage.id) >= QB_ADDRESS_MIN;
}

/* Before it is reaped: what it has is taken, all the rest is not. */
static int others_cannot_have_it(void) {
    if (!is_there() || stage.kind == QB_LOCK_CONDITION) return 1;
    uint32_t held = permits_of(ACTOR_SLOT) + permits_of(WAITER_SLOT);
    uint32_t got = 0;
    while (take_by(LAST_SLOT) >= QB_ADDRESS_MIN) got++;
    int is_right = permits_of(WAITER_SLOT) == stage.by_waiter &&
                   got + held == lock_now()->permit_count && permits_of(LAST_SLOT) == got;
    uint32_t number = stage.numbers[LAST_SLOT];
    for (uint32_t i = 0; i < lock_now()->permit_count; i++) {
        if ((lock_now()->permits[i] & 255u) != number) continue;
        qb_status_t status = qb_lock_release(stage.threads[LAST_SLOT], stage.lock, stage.id, i);
        is_right &= status == QB_OK;
    }
    return is_right;
}

/* Afterwards: the survivors have all, and as many as the dead thread had are abandoned. */
static int survivors_get_it(uint32_t left_behind) {
    if (!is_there() || stage.kind == QB_LOCK_CONDITION) return 1;
    uint32_t count = lock_now()->permit_count;
    uint32_t got = 0;
    uint32_t told = 0;
    for (uint32_t result; (result = take_by(LAST_SLOT)) >= QB_ADDRESS_MIN; got++) {
        told += (result & QB_LOCK_ABANDONED) != 0;
    }
    int is_right = got + stage.by_waiter == count && told == left_behind;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t slot =
            (lock_now()->permits[i] & 255u) == stage.numbers[LAST_SLOT] ? LAST_SLOT : WAITER_SLOT;
        stage.epoch = must(qb_lock_wait(stage.lock, stage.id));
        is_right &= qb_lock_release(stage.threads[slot], stage.lock, stage.id, i) == QB_OK;
        is_right &= lock_now()->epoch != stage.epoch;
    }
    return is_right;
}

/* What KEEP kept of a lock that was being made or freed. */
static int free_shared(qb_thread_t *self) {
    for (uint32_t page = qb_header()->page_first; page < qb_header()->page_count; page++) {
        if (qb_word_kind(*qb_state_of(page)) != QB_PAGE_BLOCKS) continue;
        uint32_t bytes = qb_header()->classes[qb_word_payload(*qb_state_of(page))].block_bytes;
        for (uint32_t i = 0; i * bytes < QB_PAGE_BYTES; i++) {
            if (qb_map_of(page)[i] != QB_OWNER_SHARED) continue;
            if (qb_free(self, page * QB_PAGE_BYTES + i * bytes) != QB_OK) return 0;
        }
    }
    return 1;
}

/* k, m, j as in lab_pools.c. */
static int one_run(const lock_operation_t *operation, uint32_t k, uint32_t m, uint32_t j) {
    stage.lock = stage.by_waiter = stage.epoch = 0;
    stage.kind = operation->kind;
    heap_open(10, 0, 0);
    for (uint32_t slot = 0; slot < SLOT_COUNT; slot++) {
        stage.threads[slot] = attach();
        stage.numbers[slot] = qb_thread_number(stage.threads[slot]);
    }
    if (operation->prepare != NULL) operation->prepare();
    int died = lab_run_interfered(operation->run, NULL, k, operation->interfere, m);
    const qb_lab_site_t *site = lab_crash_site();
    uint32_t left_behind = 0;
    /* Also of a lock that is being freed: KEEP brings it back. */
    if (stage.lock != 0) {
        left_behind = permits_of(ACTOR_SLOT);
        /* Nobody came for what the dead thread of the preparation had. */
        if (operation->prepare == prepare_abandoned) left_behind += permits_of(GONE_SLOT);
    }
    int is_sound = operation->prepare == prepare_abandoned || others_cannot_have_it();
    if (j != 0) died = lab_run(run_reaper, NULL, j);
    qb_thread_t *last = stage.threads[LAST_SLOT];
    settle(last, REAPER_SLOT);
    settle(last, ACTOR_SLOT);
    is_sound &= qb_check(last) == 0 && survivors_get_it(left_behind);
    if (is_there()) is_sound &= qb_lock_close(last, stage.lock, stage.id) == QB_OK;
    is_sound &= !is_there() && (stage.policy == QB_POLICY_FREE || free_shared(last));
    assert_status(qb_thread_detach(stage.threads[WAITER_SLOT], QB_POLICY_FREE), QB_OK);
    if (operation->prepare != prepare_abandoned) {
        assert_status(qb_thread_detach(stage.threads[GONE_SLOT], QB_POLICY_FREE), QB_OK);
    }
    if (!is_sound || !heap_is_empty(last, 0)) {
        fail_msg("lock: %s, k %u, m %u, j %u, policy %u, died at %s:%u", operation->name, k, m, j,
                 stage.policy, site != NULL ? site->file : "-", site != NULL ? site->line : 0);
    }
    heap_close();
    stage.runs++;
    return died;
}

static void all_deaths(const lock_operation_t *operation, uint32_t m) {
    for (stage.policy = 0; stage.policy < 2; stage.policy++) {
        for (uint32_t k = 1; one_run(operation, k, m, 0); k++) {
            for (uint32_t j = 1 + k % NESTED_STEP; m == 0 && one_run(operation, k, m, j);) {
                j += NESTED_STEP;
            }
        }
    }
}

void a_lock_survives_death(void **unused) {
    (void)unused;
    stage.runs = 0;
    for (uint32_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        uint32_t places = operations[i].interfere != NULL ? 12 : 0;
        for (uint32_t m = 0; m <= places; m++) all_deaths(&operations[i], m);
    }
    printf("crash lab: %u runs of locks\n", stage.runs);
}
