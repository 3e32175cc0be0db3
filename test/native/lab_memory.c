/*
 * The crash lab for memory pools: each operation stopped at each of its writes, alone and while another thread
 * works in the same pool; the others go on afterwards or not; the reaper is stopped as well.
 *
 *   lab_memory_operations.c   what is stopped
 *
 * Afterwards: heap and pool are sound; nothing is being made or freed; the dead thread owns nothing; what a
 * living thread holds is live and has its content; freed, it is one block again, and every entry can be
 * claimed; after closing, all pages are free.
 */
#include "lab_memory.h"

#define PLACES 16u     /* writes before which the other thread comes in */
#define NESTED_STEP 5u /* the reaper dies at every fifth write, beginning elsewhere each time */
#define GO_ON_ROUNDS 3u

memory_stage_t memory_stage;

void memory_wrong(const char *text) {
    if (memory_stage.wrong == NULL) memory_stage.wrong = text;
}
static qb_memory_t *pool_of(void) {
    return QB_AT(qb_memory_t, memory_stage.pool);
}

/* ---- the dead and the living ----------------------------------------------------------------- */

static void join(uint32_t slot) {
    memory_stage.threads[slot] = attach();
    memory_stage.numbers[slot] = qb_thread_number(memory_stage.threads[slot]);
}

static void settle(qb_thread_t *self, uint32_t slot) {
    qb_status_t status = qb_reap_begin(self, memory_stage.numbers[slot], 0);
    if (status == QB_OK) (void)qb_reap_end(self, memory_stage.numbers[slot], memory_stage.policy);
}
static void run_reaper(world_t *w) {
    (void)w;
    settle(memory_stage.threads[REAPER_SLOT], ACTOR_SLOT);
}

static uint32_t pool_state(void) {
    if (memory_stage.pool == 0 || qb_region_serial(memory_stage.pool) != memory_stage.serial)
        return QB_REGION_NONE;
    return qb_region_record_of(memory_stage.pool)->state & 15u;
}
/* The living are not in the way of the dead, nor the dead in theirs. */
static void go_on(void) {
    for (uint32_t i = 0; i < GO_ON_ROUNDS && pool_state() == QB_REGION_OPEN; i++) {
        memory_alloc_and_free(NULL);
    }
}

/* What is live is freed, by another thread. */
static void free_the_live(qb_thread_t *last) {
    uint32_t end = qb_memory_entry_end(pool_of());
    int has_held = 0;
    for (uint32_t i = 0; i < end; i++) {
        uint64_t word = memory_state_of(i);
        uint32_t phase = qb_memory_phase_of(word);
        uint32_t owner = qb_memory_owner_of(word);
        if (phase == QB_MEMORY_NONE) continue;
        if (phase != QB_MEMORY_LIVE) memory_wrong("an entry is being made or freed by nobody");
        if (owner == memory_stage.numbers[ACTOR_SLOT])
            memory_wrong("the dead thread owns something");
        if (owner == memory_stage.numbers[DEAD_SLOT])
            memory_wrong("the other dead thread owns something");
        if (owner == QB_OWNER_SHARED && memory_stage.policy == QB_POLICY_FREE &&
            QB_AT(qb_memory_entry_t, must(qb_memory_entry(memory_stage.pool, i)))->key != 0) {
            memory_wrong("what nobody shared is shared");
        }
        if (i == memory_stage.held.index) {
            has_held = 1;
            uint32_t data = must(qb_memory_data(memory_stage.pool, i));
            if (!pattern_holds(data, HELD_BYTES, HELD_BYTES, TAG_HELD))
                memory_wrong("content is spoilt");
        }
        if (qb_memory_free(last, memory_stage.pool, i, qb_memory_generation_of(word)) != QB_OK) {
            memory_wrong("what is live cannot be freed");
        }
    }
    if (!has_held && !memory_stage.may_free_held)
        memory_wrong("what a living thread holds is gone");
}

static void account(qb_thread_t *last) {
    if (qb_memory_pin(last, memory_stage.pool, memory_stage.serial) != QB_OK)
        memory_wrong("it cannot be attached");
    if (qb_memory_check(memory_stage.pool) != 0) memory_wrong("the pool is not sound");
    free_the_live(last);
    const qb_memory_t *pool = pool_of();
    uint32_t entries = pool->chunk_entries;
    uint32_t bytes = pool->chunk_units << pool->unit_log2;
    int is_open = pool_state() == QB_REGION_OPEN;
    if (is_open && qb_memory_alloc(last, memory_stage.pool, bytes, TYPE, KEY, 0) < QB_ADDRESS_MIN) {
        memory_wrong("it is not one block again");
    }
    for (uint32_t i = 1; i < entries && is_open; i++) {
        if (memory_alloc_by(LAST_SLOT, 0, 0) < QB_ADDRESS_MIN) memory_wrong("an entry is lost");
    }
    if (is_open && memory_stage.flags == 0 && memory_alloc_by(LAST_SLOT, 0, 0) != QB_E_FULL) {
        memory_wrong("there are too many entries");
    }
    if (qb_memory_check(memory_stage.pool) != 0) memory_wrong("the pool is not sound at the end");
    (void)qb_memory_unpin(last, memory_stage.pool, memory_stage.serial);
}

static void close_pools(qb_thread_t *last) {
    uint32_t end = qb_header()->page_count * QB_PAGE_BYTES;
    for (uint32_t at = QB_REGION_BYTES; at < end; at += QB_REGION_BYTES) {
        const qb_region_record_t *record = qb_region_record_of(at);
        if (record->state != (QB_REGION_OPEN | QB_REGION_MEMORY << 12)) continue;
        if (qb_memory_close(last, at, record->serial, 0) != QB_OK)
            memory_wrong("it cannot be closed");
    }
}

/* k, m, j: where the actor dies, where it is interfered with, where its reaper dies; 0 = not.
 * True when the one that was to die last did die. */
static int one_run(const memory_operation_t *operation, uint32_t k, uint32_t m, uint32_t j) {
    memory_stage.pool = memory_stage.may_free_held = 0;
    memory_stage.wrong = NULL;
    heap_open(30, 0, 0);
    for (uint32_t slot = 0; slot < SLOT_COUNT; slot++) join(slot);
    if (operation->prepare != NULL) operation->prepare();
    int died = lab_run_interfered(operation->run, NULL, k, operation->interfere, m);
    const qb_lab_site_t *site = lab_crash_site();
    if (memory_stage.goes_on) go_on();
    if (j != 0) died = lab_run(run_reaper, NULL, j);
    if (memory_stage.goes_on) go_on();
    qb_thread_t *last = memory_stage.threads[LAST_SLOT];
    settle(last, REAPER_SLOT);
    if (memory_stage.goes_on) settle(last, DEAD_SLOT);
    settle(last, ACTOR_SLOT);
    settle(last, DEAD_SLOT);
    if (qb_check(last) != 0) memory_wrong("the heap is not sound");
    if (pool_state() == QB_REGION_OPEN || pool_state() == QB_REGION_CLOSED) account(last);
    close_pools(last);
    assert_status(qb_thread_detach(memory_stage.threads[OTHER_SLOT], QB_POLICY_FREE), QB_OK);
    if (stats_of(last).memory_pools_live != 0) memory_wrong("a pool is left");
    if (!heap_is_empty(last, 0)) memory_wrong("something is left");
    if (memory_stage.wrong != NULL) {
        fail_msg("memory pool, %s: %s; k %u, m %u, j %u, policy %u, goes on %u, died at %s:%u",
                 operation->name, memory_stage.wrong, k, m, j, memory_stage.policy,
                 memory_stage.goes_on, site != NULL ? site->file : "-",
                 site != NULL ? site->line : 0);
    }
    heap_close();
    memory_stage.runs++;
    return died;
}

static void all_deaths(const memory_operation_t *operation, uint32_t m) {
    for (uint32_t mode = 0; mode < 4; mode++) {
        memory_stage.policy = mode % 2;
        memory_stage.goes_on = mode / 2;
        for (uint32_t k = m != 0 ? m : 1; one_run(operation, k, m, 0); k++) {
            uint32_t step = m == 0 ? NESTED_STEP : 3 * NESTED_STEP;
            for (uint32_t j = 1 + (k + m) % step; one_run(operation, k, m, j);) j += step;
        }
    }
}

void a_memory_pool_survives_death(void **unused) {
    (void)unused;
    const char *only = getenv("QB_LAB_ONLY");
    memory_stage.runs = 0;
    for (uint32_t i = 0; i < lab_memory_operation_count; i++) {
        if (only != NULL && strstr(lab_memory_operations[i].name, only) == NULL) continue;
        uint32_t places = lab_memory_operations[i].interfere != NULL ? PLACES : 0;
        for (uint32_t m = places != 0; m <= places; m++) all_deaths(&lab_memory_operations[i], m);
    }
    printf("crash lab: %u runs of memory pools\n", memory_stage.runs);
}
