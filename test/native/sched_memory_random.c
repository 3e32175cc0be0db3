/*
 * Memory pools under random schedules.
 *
 *   a_memory_pool_gives_each_byte_once   random work of three threads, one of which may stop for ever; then
 *                                        another one reaps it while the third works on; the reaper may die too
 *   room_that_moves_is_room              while one thread moves a block to and fro there is always room for
 *                                        another one, and who asks for it gets it
 *
 * Environment: QB_SEED=n replays run n.
 */
#include "schedule.h"

#include "lifetime/memory_entry.h"

#define RUNS 20000u
#define UNIT_BYTES 16u
#define UNIT_COUNT 8u
#define ENTRIES 5u
#define HELD_MAX 3u
#define ACTS 6u
#define MOVES 30u
#define ASKS 12u
#define MOVING_RUNS 8000u
#define NOBODY 9u

typedef struct held {
    uint32_t index, generation, unit, units, bytes, tag;
} held_t;

static struct {
    uint32_t pool, serial, base;
    rng_t rng;
    held_t held[FIBERS_MAX][HELD_MAX];
    uint32_t count[FIBERS_MAX];
    uint8_t of[UNIT_COUNT]; /* fiber that has the unit, or NOBODY */
    uint32_t next_tag, refused;
    const char *wrong;
} p;

static void wrong(const char *text) {
    if (p.wrong == NULL) p.wrong = text;
}

static void open_pool(void) {
    heap_open(8, 0, 0);
    memset(&stage, 0, sizeof stage);
    for (uint32_t i = 0; i < 4; i++) {
        stage.slots[i] = must(qb_thread_attach());
        stage.numbers[i] = qb_thread_number(actor(i));
    }
    p.pool = must(qb_memory_open(actor(LOOKER), UNIT_COUNT * UNIT_BYTES, UNIT_BYTES, ENTRIES, 0));
    p.serial = qb_region_serial(p.pool);
    for (uint32_t i = 0; i < 4; i++) {
        assert_status(qb_memory_pin(actor(i), p.pool, p.serial), QB_OK);
    }
    p.base = must(qb_memory_data(p.pool, 0));
    memset(p.of, NOBODY, sizeof p.of);
    memset(p.count, 0, sizeof p.count);
    p.wrong = NULL;
    p.refused = 0;
}

/* All leave; then the pool is one block and all entries are free, and nothing else is left. */
static void close_pool(void) {
    qb_thread_t *looker = actor(LOOKER);
    for (uint32_t i = 0; i < LOOKER; i++) {
        if (qb_thread_detach(actor(i), QB_POLICY_FREE) == QB_OK) continue;
        if (qb_reap_begin(looker, stage.numbers[i], 0) != QB_OK) continue;
        (void)qb_reap_end(looker, stage.numbers[i], QB_POLICY_FREE);
    }
    if (qb_memory_check(p.pool) != 0) wrong("the pool is not sound");
    if (qb_memory_next(p.pool, 0, 0, 0) >= QB_ADDRESS_MIN) wrong("something is still live");
    uint32_t all = qb_memory_alloc(looker, p.pool, UNIT_COUNT * UNIT_BYTES, 1, 0, 0);
    if (all < QB_ADDRESS_MIN) wrong("it is not one block again");
    for (uint32_t i = 1; i < ENTRIES; i++) {
        if (qb_memory_alloc(looker, p.pool, 0, 1, 0, 0) < QB_ADDRESS_MIN) wrong("an entry is lost");
    }
    (void)qb_memory_close(looker, p.pool, p.serial, 0);
    (void)qb_memory_unpin(looker, p.pool, p.serial);
    if (faults(looker) != 0 || !heap_is_empty(looker, 0)) wrong("something is left in the heap");
}

static void complain_if_wrong(uint64_t seed, int has_ended) {
    if (has_ended && p.wrong == NULL) return;
    fail_msg("%s, QB_SEED=%llu (%s)", has_ended ? p.wrong : "no end", (unsigned long long)seed,
             sched_schedule());
}

/* ---- each byte once -------------------------------------------------------------------------- */

static uint32_t units_for(uint32_t bytes) {
    uint32_t units = 1;
    while (units * UNIT_BYTES < bytes) units *= 2;
    return bytes == 0 ? 0 : units;
}
static void mark(const held_t *held, uint32_t from, uint32_t to) {
    for (uint32_t i = 0; i < held->units; i++) {
        if (p.of[held->unit + i] != from) wrong("a unit was given twice");
        p.of[held->unit + i] = (uint8_t)to;
    }
}
static void note(uint32_t fiber, uint32_t result, uint32_t bytes) {
    held_t *held = &p.held[fiber][p.count[fiber]++];
    held->index = result - QB_ADDRESS_MIN;
    const qb_memory_entry_t *entry =
        QB_AT(qb_memory_entry_t, must(qb_memory_entry(p.pool, held->index)));
    held->generation = qb_memory_generation_of(__atomic_load_n(&entry->state, __ATOMIC_SEQ_CST));
    held->bytes = bytes;
    held->units = units_for(bytes);
    uint32_t data = must(qb_memory_data(p.pool, held->index));
    held->unit = (data - p.base) / UNIT_BYTES;
    held->tag = ++p.next_tag;
    mark(held, NOBODY, fiber);
    pattern_write(data, bytes, held->tag);
}
static held_t forget(uint32_t fiber, uint32_t which) {
    held_t held = p.held[fiber][which];
    p.held[fiber][which] = p.held[fiber][--p.count[fiber]];
    if (!pattern_holds(p.base + held.unit * UNIT_BYTES, held.bytes, held.bytes, held.tag)) {
        wrong("content is spoilt");
    }
    mark(&held, fiber, NOBODY);
    return held;
}
static void act(uint32_t fiber) {
    qb_thread_t *self = actor(fiber);
    uint32_t dice = rng_below(&p.rng, 10);
    uint32_t which = rng_below(&p.rng, HELD_MAX);
    uint32_t bytes = rng_below(&p.rng, 5 * UNIT_BYTES);
    if (dice < 6 || which >= p.count[fiber]) {
        if (p.count[fiber] == HELD_MAX) return;
        uint32_t result = qb_memory_alloc(self, p.pool, bytes, 1, 0, 0);
        if (result >= QB_ADDRESS_MIN) {
            note(fiber, result, bytes);
        } else if (result != QB_E_NO_ROOM && result != QB_E_FULL) {
            wrong("alloc fails for another reason");
        }
    } else if (dice < 9) {
        held_t held = forget(fiber, which);
        if (qb_memory_free(self, p.pool, held.index, held.generation) != QB_OK) {
            wrong("free fails");
        }
        if (qb_memory_free(self, p.pool, held.index, held.generation) == QB_OK) {
            wrong("freed twice");
        }
    } else if (qb_memory_own(self, p.pool, p.held[fiber][which].index,
                             p.held[fiber][which].generation, self->number) != QB_OK) {
        wrong("own fails");
    }
}
static void work(uint32_t fiber) {
    for (uint32_t i = 0; i < ACTS; i++) act(fiber);
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
static void reap_of_0(void) {
    (void)qb_reap_begin(actor(1), stage.numbers[0], 0);
    (void)qb_reap_end(actor(1), stage.numbers[0], QB_POLICY_FREE);
}
static void reap(uint32_t member) {
    if (qb_reap_begin(actor(LOOKER), stage.numbers[member], 0) != QB_OK) return;
    (void)qb_reap_end(actor(LOOKER), stage.numbers[member], QB_POLICY_FREE);
}

void a_memory_pool_gives_each_byte_once(void **unused) {
    (void)unused;
    const char *only = getenv("QB_SEED");
    uint64_t first = seed_from_environment("a_memory_pool_gives_each_byte_once");
    uint32_t deaths = 0;
    if (only == NULL) first *= 100003;
    for (uint32_t i = 0; i < (only != NULL ? 1 : RUNS); i++) {
        p.rng.state = first + i;
        open_pool();
        static const fiber_t before[] = {work_0, work_1, work_2};
        static const fiber_t after[] = {reap_of_0, work_2};
        uint32_t dies = rng_below(&p.rng, 2) == 0 ? 1 + rng_below(&p.rng, 400) : 0;
        sched_use_random(&p.rng, 2 + rng_below(&p.rng, 50));
        int has_ended = sched_run(before, 3, 0, dies);
        if (sched_is_frozen()) {
            deaths++;
            for (uint32_t unit = 0; unit < UNIT_COUNT; unit++) {
                if (p.of[unit] == 0) p.of[unit] = NOBODY;
            }
            uint32_t reaper_dies = rng_below(&p.rng, 3) == 0 ? 1 + rng_below(&p.rng, 900) : 0;
            has_ended &= sched_run(after, 2, 0, reaper_dies);
            reap(1);
            reap(0);
        }
        for (uint32_t n = p.count[2]; n > 0; n--) {
            held_t held = forget(2, n - 1);
            if (qb_memory_free(actor(LOOKER), p.pool, held.index, held.generation) != QB_OK) {
                wrong("what the living hold is gone");
            }
        }
        close_pool();
        complain_if_wrong(first + i, has_ended);
    }
    heap_close();
    printf("scheduler: %u deaths of threads that use a memory pool\n", deaths);
}

/* ---- room that moves ------------------------------------------------------------------------- */

#define HALF_BYTES (UNIT_COUNT / 2 * UNIT_BYTES)

static void move_1(void) {
    for (uint32_t i = 0; i < MOVES; i++) {
        held_t held = forget(1, 0);
        if (qb_memory_free(actor(1), p.pool, held.index, held.generation) != QB_OK) return;
        /* The search begins in the other half (any value will do for a hint). */
        qb_put32(&QB_AT(qb_memory_t, p.pool)->unit_hint, held.unit ^ UNIT_COUNT / 2);
        uint32_t result = qb_memory_alloc(actor(1), p.pool, HALF_BYTES, 1, 0, 0);
        if (result < QB_ADDRESS_MIN) {
            p.refused++;
            return;
        }
        note(1, result, HALF_BYTES);
    }
}
static void ask_0(void) {
    for (uint32_t i = 0; i < ASKS; i++) {
        uint32_t result = qb_memory_alloc(actor(0), p.pool, HALF_BYTES, 1, 0, 0);
        if (result < QB_ADDRESS_MIN) {
            p.refused++;
            return;
        }
        note(0, result, HALF_BYTES);
        held_t held = forget(0, 0);
        if (qb_memory_free(actor(0), p.pool, held.index, held.generation) != QB_OK) return;
    }
}

void room_that_moves_is_room(void **unused) {
    (void)unused;
    const char *only = getenv("QB_SEED");
    uint64_t first = seed_from_environment("room_that_moves_is_room");
    if (only == NULL) first *= 100003;
    for (uint32_t i = 0; i < (only != NULL ? 1 : MOVING_RUNS); i++) {
        p.rng.state = first + i;
        open_pool();
        note(1, must(qb_memory_alloc(actor(1), p.pool, HALF_BYTES, 1, 0, 0)), HALF_BYTES);
        static const fiber_t fibers[] = {ask_0, move_1};
        sched_use_random(&p.rng, 3 + rng_below(&p.rng, 25));
        int has_ended = sched_run(fibers, 2, 0, 0);
        if (p.refused != 0) wrong("there was room at all times");
        close_pool();
        complain_if_wrong(first + i, has_ended);
    }
    heap_close();
}
