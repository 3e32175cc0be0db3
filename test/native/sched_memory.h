/* What the scenarios on memory pools share: sched_memory.c and sched_memory_life.c. */
#ifndef QB_TEST_SCHED_MEMORY_H
#define QB_TEST_SCHED_MEMORY_H

#include "schedule.h"

#include "lifetime/memory_entry.h"

#define UNIT_BYTES 64u
#define POOL_BYTES (4 * UNIT_BYTES)
#define KEY 77u

typedef struct memory_race {
    uint32_t pool, serial;
    uint32_t index, generation; /* what setup allocated */
    uint32_t epoch;             /* as fiber 0 saw it before it looked */
    uint32_t capacity;          /* entries; 0: the pool grows */
    uint32_t seen;              /* the state of what was found */
} memory_race_t;
extern memory_race_t memory;

#define RACE(name, setup, a, b, check) {name, setup, {a, b}, check, 20, 0, 0}

/* Setups, work of fibers (the number says of which), and what must hold. */
int memory_all_is_there(void);
int memory_check_both(void);
int memory_is_woken(uint32_t member);
uint32_t memory_alloc_by(uint32_t member, uint32_t bytes, uint32_t key);
uint32_t memory_take(uint32_t member, uint32_t bytes, uint32_t key);
uint64_t memory_state_of(uint32_t index);
void memory_alloc_pool_1(void);
void memory_alloc_unit_0(void);
void memory_alloc_unit_1(void);
void memory_await(uint32_t member, uint32_t bytes);
void memory_await_unit_0(void);
void memory_free_0(void);
void memory_free_1(void);
void memory_hold(uint32_t member, uint32_t bytes, uint32_t key);
void memory_open_empty(void);
void memory_open_pool(uint32_t bytes, uint32_t capacity, uint32_t flags);
void memory_open_with_one(void);
void memory_open_without_room(void);

#endif
