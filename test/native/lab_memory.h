/* What the operations of the crash lab for memory pools (lab_memory_operations.c) share with what follows their
 * crash (lab_memory.c). */
#ifndef QB_TEST_LAB_MEMORY_H
#define QB_TEST_LAB_MEMORY_H

#include "lab.h"

#include "lifetime/memory_entry.h"

#define UNIT_BYTES 64u
#define POOL_BYTES (16 * UNIT_BYTES)
#define ENTRIES 4u
#define TYPE 3u
#define KEY 77u
#define HELD_BYTES 200u
#define TAG_HELD 5u /* of the pattern in what the other thread holds */

enum { ACTOR_SLOT, OTHER_SLOT, REAPER_SLOT, LAST_SLOT, DEAD_SLOT, SLOT_COUNT };

typedef struct handle {
    uint32_t index, generation;
} handle_t;

typedef struct memory_stage {
    qb_thread_t *threads[SLOT_COUNT];
    uint32_t numbers[SLOT_COUNT];
    uint32_t pool, serial, flags;
    handle_t mine, held; /* the actor's; the other one's, with a pattern */
    uint32_t may_free_held;
    uint32_t policy, goes_on;
    uint32_t runs;
    const char *wrong;
} memory_stage_t;
extern memory_stage_t memory_stage;

typedef struct memory_operation {
    const char *name;
    void (*prepare)(void);
    action_t run, interfere;
} memory_operation_t;

extern const memory_operation_t lab_memory_operations[];
extern const uint32_t lab_memory_operation_count;

/* Notes the first thing that is wrong. */
void memory_wrong(const char *text);
uint64_t memory_state_of(uint32_t index);
/* The same as qb_memory_alloc and qb_memory_free, by the thread of a slot. */
uint32_t memory_alloc_by(uint32_t slot, uint32_t bytes, uint32_t key);
uint32_t memory_free_by(uint32_t slot, handle_t handle);

/* The other thread allocates and frees. */
void memory_alloc_and_free(world_t *w);

#endif
