/*
 * The crash lab: stops an operation for good at each of its writes to shared memory, lets another
 * thread reap it and go on, and compares the heap with what may be true then.
 *
 *   lab_engine.c     crash points, snapshots of the memory
 *   lab_world.c      what the test knows: blocks, arenas, roots, and which outcomes are allowed
 *   lab_verify.c     using, reaping, filling and emptying the heap after a crash
 *   lab_states.c     starting states
 *   lab_operations*.c  the operations that are stopped
 *   lab_test.c       all states x operations x writes x policies, and the same with the reaper stopped
 *
 * All threads are simulated from one OS thread: each has its slot. A thread "dies" by longjmp out of
 * qb_lab_point, so the write it was about to make never happens.
 */
#ifndef QB_TEST_LAB_H
#define QB_TEST_LAB_H

#include "support.h"

/* Who is who. */
enum {
    ACTOR,     /* does the operation and dies */
    BYSTANDER, /* lives, owns blocks that the actor touches */
    REAPER,    /* reaps the actor; dies in the nested runs */
    SECOND,    /* reaps the reaper */
    DEAD,      /* in some states: died long ago, not yet reaped */
    CREW_COUNT,
};

/* Outcomes of a block, as a set of bits: owned by member i of the crew, shared, or gone. */
#define OWNED(member) (1u << (member))
#define SHARED (1u << 6)
#define GONE (1u << 7)
#define LIMBO (1u << 8) /* given to a thread that has left meanwhile */

#define ITEMS_MAX 640u
#define ARENAS_MAX 24u
#define ROOTS_TRIED 8u

typedef struct item {
    uint32_t address;
    uint32_t bytes; /* usable, that were patterned */
    uint32_t kept;  /* of these must still hold; 0 = the content is lost */
    uint32_t tag;
    uint32_t allowed; /* set of outcomes; 0 = unused entry */
} item_t;

typedef struct arena {
    uint32_t address;
    uint32_t serial;
    uint32_t object, object_bytes, tag; /* something in it with a pattern */
    uint32_t owner;                     /* set of outcomes, without GONE */
    uint32_t open_sure, closed_sure;    /* neither: may be either */
    uint32_t pins_sure, pins_maybe;     /* sets of crew members; sure is a subset of maybe */
    uint32_t gone;                      /* released, as far as the test knows */
} arena_t;

typedef struct root {
    const char *name;
    uint64_t values[3]; /* any of these; 0 = no such root */
    uint32_t value_count;
} root_t;

typedef struct world {
    uint32_t slots[CREW_COUNT]; /* addresses, 0 = not attached */
    uint32_t numbers[CREW_COUNT];
    uint32_t dead; /* set of crew members that are dead and not reaped */
    uint32_t item_count;
    uint32_t arena_count;
    uint32_t root_count;
    uint32_t names; /* a block with room for a root's name */
    uint32_t full;  /* allocations may fail: the memory is nearly full */
    uint32_t options;
    uint32_t parameter[4];                 /* of the operation */
    uint32_t repair_address, repair_value; /* a word that an operation spoilt on purpose */
    uint32_t next_tag;
    item_t items[ITEMS_MAX];
    arena_t arenas[ARENAS_MAX];
    root_t roots[ROOTS_TRIED];
} world_t;

typedef void (*action_t)(world_t *w);

typedef struct state {
    const char *name;
    uint32_t pages, options;
    action_t build;
} state_t;

typedef struct operation {
    const char *name;
    action_t prepare; /* may be NULL */
    action_t run;
    uint32_t states;     /* set of states to start from; bit i = lab_states[i] */
    uint32_t variants;   /* 0 counts as 1; w->parameter[0] counts them */
    action_t interfere;  /* may be NULL: what another thread does in the middle */
    uint32_t grow_pages; /* the memory may grow by this */
} operation_t;

enum {
    STATE_EMPTY,
    STATE_WARM,
    STATE_FULL,
    STATE_FRAGMENTED,
    STATE_ABANDONED,
    STATE_UNREAPED,
    STATE_DEBUG,
    STATE_COUNT,
};
#define ALL_STATES ((1u << STATE_COUNT) - 1)
#define ONLY(state) (1u << (state))

extern const state_t lab_states[STATE_COUNT];
typedef struct operations {
    const operation_t *list;
    uint32_t count;
} operations_t;
extern const operations_t lab_block_operations, lab_life_operations, lab_race_operations;

/* ---- pools (lab_pools.c): a test ----- */

void a_pool_survives_death(void **unused);

/* ---- channels (lab_channel.c): a test ----- */

void a_channel_loses_nothing_by_a_death(void **unused);

/* ---- locks (lab_wait.c): a test ----- */

void a_lock_survives_death(void **unused);
/* ---- memory pools (lab_memory.c): a test ----- */

void a_memory_pool_survives_death(void **unused);

/* ---- engine ---------------------------------------------------------------------------------- */

/* Runs action; it dies at its k-th write (1 ..; 0 = never). True when it died. */
int lab_run(action_t action, world_t *w, uint32_t k);
/* The same, and before its m-th write `interfere` runs to its end as another thread. */
int lab_run_interfered(action_t action, world_t *w, uint32_t k, action_t interfere, uint32_t m);
const qb_lab_site_t *lab_crash_site(void);
uint32_t lab_write_count(void); /* of the last run */
uint32_t lab_crash_count(void); /* of all runs */
/* The number of sites that no run died at; prints them when `says`. */
uint32_t lab_sites_missed(uint32_t *site_count, int says);

void lab_open(const state_t *state, uint32_t grow_pages);
void lab_save(const world_t *w);
void lab_restore(world_t *w);

/* Prints what failed and where it stopped. Always 0. */
int lab_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define NEED(condition, ...)                                                                       \
    do {                                                                                           \
        if (!(condition)) return lab_complain(__VA_ARGS__);                                        \
    } while (0)

/* ---- world ----------------------------------------------------------------------------------- */

qb_thread_t *crew(const world_t *w, uint32_t member);
void enrol(world_t *w, uint32_t member); /* attaches */

item_t *item_add(world_t *w, uint32_t address, uint32_t bytes, uint32_t allowed);
item_t *item_alloc(world_t *w, uint32_t member, uint32_t bytes);
void item_free(world_t *w, uint32_t member, item_t *item);
item_t *item_at(world_t *w, uint32_t address);                     /* or NULL */
arena_t *arena_find(world_t *w, uint32_t address);                 /* or NULL */
arena_t *arena_note(world_t *w, uint32_t address, uint32_t owner); /* one that is there */
arena_t *arena_add(world_t *w, uint32_t member, uint32_t slab_bytes, uint32_t object_bytes);
root_t *root_expect(world_t *w, const char *name, uint64_t value);
uint32_t name_put(const world_t *w, const char *name); /* into w->names; returns its length */

/* What the death of a member and its reaping with a policy change in what is allowed. */
void expect_reaped(world_t *w, uint32_t member, uint32_t policy);
/* The beginning of its reaping: what a root names becomes shared. */
void expect_settled(world_t *w, uint32_t member);
/* The same while the reaping goes on, and may stop anywhere. */
void expect_reaping(world_t *w, uint32_t member, uint32_t policy);
/* Its reaper also finishes those whom the member was reaping, and so on. */
void expect_chain(world_t *w, uint32_t member, uint32_t policy);
/* Compares the heap with what is allowed, and from now on allows what is found only. */
int items_hold(world_t *w);
int arenas_hold(world_t *w);
int roots_hold(world_t *w);

/* ---- verify ---------------------------------------------------------------------------------- */

/* The living allocate and free, in the presence of the dead. */
int living_work(world_t *w);
/* `by` reaps member; takes some orphans over when `picks`. */
int reap(world_t *w, uint32_t by, uint32_t member, uint32_t policy, uint32_t picks);
void note_unvisited(world_t *w, uint32_t member);
/* Reaps slots that nobody knows of: a thread that died while it attached. */
int reap_strangers(const world_t *w, uint32_t by);
/* Reaping as an action that dies itself; w->parameter[3] = policy | picks << 1. */
void reap_actor_run(world_t *w);
/* Fills the memory, checks that nothing overlaps and nothing free is left, empties it. */
int fill_and_empty(world_t *w, uint32_t survivor);

#endif
