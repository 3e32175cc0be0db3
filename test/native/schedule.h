/*
 * The scheduler: threads of the core as fibers of one OS thread, and every access to shared memory
 * (qb_sched_point) as a place where another fiber may go on.
 *
 *   sched_engine.c       fibers; strategies: all interleavings, random, replay
 *   sched_blocks.c sched_spans.c sched_threads.c sched_arenas.c sched_wait.c sched_memory.c
 *                        small races of two threads with what must hold afterwards
 *   sched_pools.c        the same for pools; sched_history.c says whether their histories are linearizable
 *   sched_random.c       random work of three threads, one of which may stop for ever
 *   sched_pool_random.c  the same with a pool
 *   sched_test.c         runs them
 *
 * An interleaving is written as the first fiber and the switches: "0,14>1,20>0" means fiber 0 starts,
 * before access 14 fiber 1 goes on, before access 20 fiber 0 again. A switch that is not forced by the
 * end of a fiber is a preemption.
 */
#ifndef QB_TEST_SCHED_H
#define QB_TEST_SCHED_H

#include "support.h"

#define FIBERS_MAX 3u
#define KEPT_MAX 64u

typedef void (*fiber_t)(void);

/* A fiber goes on until it has begun so many calls (sched_between_calls) and made so many accesses after
 * that, or has ended. */
typedef struct turn {
    uint32_t fiber, calls, accesses;
} turn_t;
#define TURNS_MAX 8u

typedef struct scenario {
    const char *name;
    void (*setup)(void);
    fiber_t fibers[FIBERS_MAX];
    int (*check)(void);
    uint32_t pages, grow_pages, options; /* pages 0: the default */
} scenario_t;

typedef struct scenarios {
    const scenario_t *list;
    uint32_t count;
} scenarios_t;
extern const scenarios_t sched_block_scenarios, sched_span_scenarios;
extern const scenarios_t sched_wait_scenarios;
extern const scenarios_t sched_thread_scenarios, sched_arena_scenarios, sched_pool_scenarios;

/* Schedules that must be tried, whatever else is: fills in the turns of the scenario's n-th one and
 * returns their number; 0: there are no more. */
uint32_t sched_pool_turns(const scenario_t *scenario, uint32_t nth, turn_t *turns);

/* A call of a pool, as the checker sees it. */
typedef enum call_kind {
    CALL_ACQUIRE,
    CALL_RELEASE,
    CALL_CLOSE,
    CALL_FREE, /* a reaper frees the slot `index` if the dead `owner` has it */
    CALL_KEEP, /* the same, and the slot becomes shared */
} call_kind_t;

typedef struct call {
    call_kind_t kind;
    uint32_t owner; /* thread number: the caller's, or that of the dead */
    uint32_t index, generation;
    uint32_t result;       /* a status */
    uint32_t began, ended; /* moments; ended 0: the caller stopped in it for ever */
    int saw_full;          /* at one moment of the call every slot was in use */
} call_t;

/* The bound: memory for the search grows with 2^calls in the worst case, so histories stay short. */
#define CALLS_MAX 24u
#define HISTORY_SLOTS_MAX 6u

typedef struct history {
    call_t calls[CALLS_MAX];
    uint32_t call_count, clock, slot_count;
    uint32_t before[HISTORY_SLOTS_MAX], after[HISTORY_SLOTS_MAX]; /* state words */
} history_t;
extern const scenarios_t sched_memory_scenarios, sched_memory_life_scenarios;

/* What a scenario works with. Reset with the memory before each run. */
typedef struct stage {
    uint32_t slots[4]; /* of the fibers, and one that looks on */
    uint32_t numbers[4];
    uint32_t blocks[8];  /* made by setup */
    uint32_t results[8]; /* of the fibers */
    uint32_t serial;
    uint32_t extra_slot, extra_number; /* of a fifth thread */
    uint32_t kept[KEPT_MAX];           /* live at the end: freed by the epilogue */
    uint32_t kept_count;
    uint32_t pool;
    history_t history; /* of the pool */
} stage_t;
extern stage_t stage;

#define LOOKER 3u

qb_thread_t *actor(uint32_t index);
/* The block is live and lives on: it is freed at the end. */
void keep(uint32_t address);

/* Checks two results that must be addresses of different blocks, and keeps them. */
int two_blocks(uint32_t a, uint32_t b);

/* Actor 0 reaps thread 2, by policy FREE or KEEP; reaped_0 checks that it did. */
void reap_0(void);
void reap_keep_0(void);
int reaped_0(void);

/* Says what is wrong and which interleaving led to it. Always 0. */
int sched_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define WANT(condition, ...)                                                                       \
    do {                                                                                           \
        if (!(condition)) return sched_complain(__VA_ARGS__);                                      \
    } while (0)

/* ---- engine ---------------------------------------------------------------------------------- */

/* Runs the fibers to their end; one of them stops for ever at access `freeze_at` when that is not 0.
 * 0: they did not come to an end. */
int sched_run(const fiber_t *fibers, uint32_t count, uint32_t freeze_fiber, uint32_t freeze_at);
uint32_t sched_steps(void);       /* accesses of the last run */
int sched_is_frozen(void);        /* a fiber did stop */
const char *sched_schedule(void); /* of the last run */

void sched_use_random(rng_t *rng, uint32_t switch_percent);
/* The next run takes these turns, then goes on without a preemption. */
void sched_use_turns(const turn_t *turns, uint32_t count);
int sched_use_replay(const char *schedule);
/* Marks which accesses of the next runs write (slow); sched_use_points prefers these. */
void sched_mark_writes(int marks);
/* The next run has so many preemptions (at most 4), at random places. */
void sched_use_points(rng_t *rng, uint32_t count, uint32_t fiber_count);
/* All interleavings with at most so many preemptions: begin, then run while next says so. */
void sched_use_all(uint32_t preemptions_max);
int sched_next(void);
/* True when the bound kept something from being tried. */
int sched_was_bounded(void);

/* ---- channels (sched_channel.c): tests ----- */

void a_channel_is_a_bounded_queue(void **unused);
void a_message_has_one_owner(void **unused);

/* Fibers call it before a call: random schedules like to switch there. */
void sched_between_calls(void);
/* Called before each access of a fiber; NULL: nothing is. */
void sched_watch(void (*look)(void));

/* ---- histories of pools (sched_history.c) ---------------------------------------------------- */

/* 1 when some order of the calls explains all results and the words at the end: an order in which a
 * call that ended before another began comes first. */
int history_is_linearizable(const history_t *history);

/* A test (sched_checker.c). */
void the_checker_tells_right_histories_from_wrong(void **unused);

/* From now on the calls below note what they do with this pool. */
void history_begin(uint32_t pool);
/* QB_ADDRESS_MIN + index, or a status. */
uint32_t history_acquire(uint32_t actor_index, uint32_t hint);
uint32_t history_release(uint32_t actor_index, uint32_t index, uint32_t generation);
uint32_t history_close(uint32_t actor_index, uint32_t serial);
uint32_t history_reap(uint32_t actor_index, uint32_t number, uint32_t policy);
/* Generation of the slot now. No scheduling point. */
uint32_t history_generation(uint32_t index);
/* The history since history_begin is linearizable, and each EMPTY was said of a pool that was full. */
int history_holds(void);
/* ---- memory pools (sched_memory_random.c): tests ----- */

void a_memory_pool_gives_each_byte_once(void **unused);
void room_that_moves_is_room(void **unused);

/* ---- random work ----------------------------------------------------------------------------- */

/* One run; 0 when something is wrong. */
int random_run(uint64_t seed);
int random_pool_run(uint64_t seed);

#endif
