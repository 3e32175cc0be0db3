/*
 * The crash lab for pools: each operation on a pool stopped at each of its writes, and its reaper as
 * well. The state is small enough to be made anew for every run.
 *
 * Afterwards: the heap is sound; no slot is the dead thread's; every slot of the pool is held by who
 * held it, or can be acquired, once; after closing, all pages are free.
 */
#include "lab.h"

#define SLOT_BYTES 20000u
#define CAPACITY 2u
#define CAPACITY_MAX 6u
#define GROW_SLOTS 2u
#define NESTED_STEP 5u /* the reaper dies at every fifth write, beginning elsewhere each time */

enum { ACTOR_SLOT, HOLDER_SLOT, REAPER_SLOT, LAST_SLOT, SLOT_COUNT };

static struct {
    qb_thread_t *threads[SLOT_COUNT];
    uint32_t numbers[SLOT_COUNT];
    uint32_t pool, capacity_max;
    uint32_t index, generation; /* what the actor holds */
    uint32_t held_by_holder;
    uint32_t policy;
    uint32_t runs;
} stage;

typedef struct pool_operation {
    const char *name;
    void (*prepare)(void);
    action_t run;
    action_t interfere;
} pool_operation_t;

static uint32_t slot_generation(uint32_t index) {
    return qb_load32(QB_AT(uint32_t, must(qb_pool_state(stage.pool, index)))) >> 8;
}

/* ---- operations ------------------------------------------------------------------------------ */

static void make_pool(uint32_t capacity_max) {
    qb_thread_t *holder = stage.threads[HOLDER_SLOT];
    stage.capacity_max = capacity_max;
    stage.pool = must(qb_pool_open(holder, SLOT_BYTES, CAPACITY, capacity_max,
                                   capacity_max > CAPACITY ? GROW_SLOTS : 0, 0));
    assert_status(qb_block_own(holder, stage.pool, QB_OWNER_SHARED), QB_OK);
    stage.index = must(qb_pool_acquire(stage.threads[ACTOR_SLOT], stage.pool, 0)) - QB_ADDRESS_MIN;
    stage.generation = slot_generation(stage.index);
}
static void prepare_pool(void) {
    make_pool(CAPACITY);
}
static void prepare_growing(void) {
    make_pool(CAPACITY_MAX);
    must(qb_pool_acquire(stage.threads[HOLDER_SLOT], stage.pool, 0));
    stage.held_by_holder = 1;
}
static void prepare_full(void) {
    make_pool(CAPACITY);
    must(qb_pool_acquire(stage.threads[HOLDER_SLOT], stage.pool, 0));
    stage.held_by_holder = 1;
}
static void prepare_awaited(void) {
    prepare_full();
    assert_status(qb_pool_wait(stage.threads[HOLDER_SLOT], stage.pool, 1), QB_OK);
}

static void run_open(world_t *w) {
    (void)w;
    must(qb_pool_open(stage.threads[ACTOR_SLOT], SLOT_BYTES, CAPACITY, CAPACITY, 0, 0));
}
static void run_open_small(world_t *w) {
    (void)w;
    must(qb_pool_open(stage.threads[ACTOR_SLOT], 16, CAPACITY, CAPACITY, 0, 0));
}
static void run_acquire(world_t *w) {
    (void)w;
    (void)qb_pool_acquire(stage.threads[ACTOR_SLOT], stage.pool, 0);
}
static void run_acquire_hinted(world_t *w) {
    (void)w;
    (void)qb_pool_acquire(stage.threads[ACTOR_SLOT], stage.pool, CAPACITY - 1 - stage.index);
}
static void run_release(world_t *w) {
    (void)w;
    (void)qb_pool_release(stage.threads[ACTOR_SLOT], stage.pool, stage.index, stage.generation);
}
static void run_wait(world_t *w) {
    (void)w;
    (void)qb_pool_wait(stage.threads[ACTOR_SLOT], stage.pool, 1);
    (void)qb_pool_wait(stage.threads[ACTOR_SLOT], stage.pool, 0);
}
static void run_pins(world_t *w) {
    (void)w;
    uint32_t serial = qb_region_serial(stage.pool);
    (void)qb_pool_pin(stage.threads[ACTOR_SLOT], stage.pool, serial);
    (void)qb_pool_unpin(stage.threads[ACTOR_SLOT], stage.pool, serial);
}
static void run_close(world_t *w) {
    (void)w;
    (void)qb_pool_close(stage.threads[ACTOR_SLOT], stage.pool, qb_region_serial(stage.pool), 0);
}
static void run_stats(world_t *w) {
    (void)w;
    (void)qb_stats(stage.threads[ACTOR_SLOT]);
}
static void grow_meanwhile(world_t *w) {
    (void)w;
    qb_thread_t *holder = stage.threads[HOLDER_SLOT];
    if (qb_pool_acquire(holder, stage.pool, 0) >= QB_ADDRESS_MIN) stage.held_by_holder++;
}

static const pool_operation_t operations[] = {
    {"open", NULL, run_open, NULL},
    {"open in its block", NULL, run_open_small, NULL},
    {"acquire", prepare_pool, run_acquire, NULL},
    {"acquire by a hint", prepare_pool, run_acquire_hinted, NULL},
    {"acquire that grows", prepare_growing, run_acquire, NULL},
    {"acquire that grows while another does", prepare_growing, run_acquire, grow_meanwhile},
    {"acquire from a full pool", prepare_full, run_acquire, NULL},
    {"release", prepare_pool, run_release, NULL},
    {"release that wakes", prepare_awaited, run_release, NULL},
    {"wait", prepare_full, run_wait, NULL},
    {"pin and unpin", prepare_pool, run_pins, NULL},
    {"close", prepare_awaited, run_close, NULL},
    {"stats", prepare_pool, run_stats, NULL},
};

/* ---- the dead and the living ----------------------------------------------------------------- */

static void join(uint32_t slot) {
    stage.threads[slot] = attach();
    stage.numbers[slot] = qb_thread_number(stage.threads[slot]);
}

static void settle(qb_thread_t *self, uint32_t slot) {
    qb_status_t status = qb_reap_begin(self, stage.numbers[slot], 0);
    if (status == QB_E_STALE) return; /* all done before */
    if (status == QB_OK) (void)qb_reap_end(self, stage.numbers[slot], stage.policy);
}
static void run_reaper(world_t *w) {
    (void)w;
    settle(stage.threads[REAPER_SLOT], ACTOR_SLOT);
}

static int pool_is_whole(qb_thread_t *self) {
    const qb_pool_t *pool = QB_AT(qb_pool_t, stage.pool);
    if (qb_pool_next(stage.pool, stage.numbers[ACTOR_SLOT], 0) != QB_E_NOT_FOUND) return 0;
    for (uint32_t at = 0;; at++) { /* what a dead thread held and KEEP kept */
        uint32_t found = qb_pool_next(stage.pool, QB_OWNER_SHARED, at);
        if (found < QB_ADDRESS_MIN) break;
        at = found - QB_ADDRESS_MIN;
        if (qb_pool_release(self, stage.pool, at, slot_generation(at)) != QB_OK) return 0;
    }
    uint32_t taken = 0;
    uint32_t result;
    while ((result = qb_pool_acquire(self, stage.pool, 0)) >= QB_ADDRESS_MIN) taken++;
    return result == QB_E_EMPTY && taken + stage.held_by_holder == stage.capacity_max &&
           pool->capacity == stage.capacity_max;
}

static int close_pools(qb_thread_t *self) {
    uint32_t end = qb_header()->page_count * QB_PAGE_BYTES;
    for (uint32_t at = QB_REGION_BYTES; at < end; at += QB_REGION_BYTES) {
        uint32_t word = qb_region_record_of(at)->state;
        if (word >> 12 != QB_REGION_POOL || (word & 15u) != QB_REGION_OPEN) continue;
        if (qb_pool_close(self, at, qb_region_record_of(at)->serial, 0) != QB_OK) return 0;
    }
    return 1;
}

/* k, m, j: where the actor dies, where it is interfered with, where its reaper dies; 0 = not.
 * True when the one that was to die last did die. */
static int one_run(const pool_operation_t *operation, uint32_t k, uint32_t m, uint32_t j) {
    memset(stage.threads, 0, sizeof stage.threads);
    stage.pool = stage.held_by_holder = 0;
    heap_open(40, 8, 0);
    for (uint32_t slot = 0; slot < SLOT_COUNT; slot++) join(slot);
    if (operation->prepare != NULL) operation->prepare();
    int died = lab_run_interfered(operation->run, NULL, k, operation->interfere, m);
    const qb_lab_site_t *site = lab_crash_site();
    if (j != 0) died = lab_run(run_reaper, NULL, j);
    qb_thread_t *last = stage.threads[LAST_SLOT];
    settle(last, REAPER_SLOT);
    settle(last, ACTOR_SLOT);
    uint32_t is_there = stage.pool != 0 && qb_region_serial(stage.pool) != 0 &&
                        (qb_region_record_of(stage.pool)->state & 15u) == QB_REGION_OPEN;
    int is_sound = qb_check(last) == 0 && (!is_there || pool_is_whole(last)) && close_pools(last);
    assert_status(qb_thread_detach(stage.threads[HOLDER_SLOT], QB_POLICY_FREE), QB_OK);
    if (!is_sound || !heap_is_empty(last, 0)) {
        fail_msg("pool %s, k %u, m %u, j %u, policy %u, died at %s:%u", operation->name, k, m, j,
                 stage.policy, site != NULL ? site->file : "-", site != NULL ? site->line : 0);
    }
    heap_close();
    stage.runs++;
    return died;
}

static void all_deaths(const pool_operation_t *operation, uint32_t m) {
    for (stage.policy = 0; stage.policy < 2; stage.policy++) {
        for (uint32_t k = 1; one_run(operation, k, m, 0); k++) {
            if (m != 0) continue;
            for (uint32_t j = 1 + k % NESTED_STEP; one_run(operation, k, m, j);) j += NESTED_STEP;
        }
    }
}

void a_pool_survives_death(void **unused) {
    (void)unused;
    stage.runs = 0;
    for (uint32_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        uint32_t places = operations[i].interfere != NULL ? 24 : 0;
        for (uint32_t m = places != 0; m <= places; m++) all_deaths(&operations[i], m);
    }
    printf("crash lab: %u runs of pools\n", stage.runs);
}
