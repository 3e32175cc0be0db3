/*
 * The scheduler: threads of the core as fibers of one OS thread, and every access to shared memory
 * (qb_sched_point) as a place where another fiber may go on.
 *
 *   sched_engine.c       fibers; strategies: all interleavings, random, replay
 *   sched_blocks.c sched_spans.c sched_threads.c sched_arenas.c sched_memory.c
 *                        small races of two threads with what must hold afterwards
 *   sched_random.c       random work of three threads, one of which may stop for ever
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
extern const scenarios_t sched_thread_scenarios, sched_arena_scenarios;
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

/* ---- memory pools (sched_memory_random.c): tests ----- */

void a_memory_pool_gives_each_byte_once(void **unused);
void room_that_moves_is_room(void **unused);

/* ---- random work ----------------------------------------------------------------------------- */

/* One run; 0 when something is wrong. */
int random_run(uint64_t seed);

#endif
