/*
 * Races on memory pools: the last room and the last entry, handles and keys, and waiters. Owners, growth, death and
 * closing stand in sched_memory_life.c.
 *
 * The pool has 4 units of 64 bytes. Afterwards it is sound, what is live can be freed, all of it is one block
 * again and every entry can be claimed.
 */
#include "sched_memory.h"

memory_race_t memory;

static qb_memory_entry_t *entry_of(uint32_t index) {
    return QB_AT(qb_memory_entry_t, must(qb_memory_entry(memory.pool, index)));
}
uint64_t memory_state_of(uint32_t index) {
    return __atomic_load_n(&entry_of(index)->state, __ATOMIC_SEQ_CST);
}
uint32_t memory_alloc_by(uint32_t member, uint32_t bytes, uint32_t key) {
    return qb_memory_alloc(actor(member), memory.pool, bytes, 1, key, 0);
}
uint32_t memory_take(uint32_t member, uint32_t bytes, uint32_t key) {
    return must(memory_alloc_by(member, bytes, key)) - QB_ADDRESS_MIN;
}
static uint32_t free_by(uint32_t member, uint32_t index, uint32_t generation) {
    return qb_memory_free(actor(member), memory.pool, index, generation);
}
static void give(uint32_t member, uint32_t index) {
    assert_status(free_by(member, index, qb_memory_generation_of(memory_state_of(index))), QB_OK);
}

/* ---- setups ---------------------------------------------------------------------------------- */

void memory_open_pool(uint32_t bytes, uint32_t capacity, uint32_t flags) {
    memset(&memory, 0, sizeof memory);
    memory.capacity = flags == 0 ? capacity : 0;
    memory.pool = must(qb_memory_open(actor(LOOKER), bytes, UNIT_BYTES, capacity, flags));
    memory.serial = qb_region_serial(memory.pool);
    assert_status(qb_block_own(actor(LOOKER), memory.pool, QB_OWNER_SHARED), QB_OK);
    for (uint32_t i = 0; i < 4; i++) {
        assert_status(qb_memory_pin(actor(i), memory.pool, memory.serial), QB_OK);
    }
}
void memory_hold(uint32_t member, uint32_t bytes, uint32_t key) {
    memory.index = memory_take(member, bytes, key);
    memory.generation = qb_memory_generation_of(memory_state_of(memory.index));
}
void memory_open_empty(void) {
    memory_open_pool(POOL_BYTES, 3, 0);
}
static void open_one_unit(void) {
    memory_open_pool(UNIT_BYTES, 3, 0);
}
static void open_one_entry(void) {
    memory_open_pool(POOL_BYTES, 1, 0);
}
void memory_open_with_one(void) {
    memory_open_empty();
    memory_hold(LOOKER, UNIT_BYTES, KEY);
}
void memory_open_without_room(void) {
    memory_open_empty();
    memory_hold(LOOKER, POOL_BYTES, 0);
}
static void open_without_entry(void) {
    open_one_entry();
    memory_hold(LOOKER, UNIT_BYTES, 0);
}
/* One entry is left. */
static void open_for_vain_claims(void) {
    memory_open_pool(POOL_BYTES, 2, 0);
    memory_hold(LOOKER, UNIT_BYTES, KEY);
}
/* Both free entries were of that key once. */
static void open_with_old_keys(void) {
    memory_open_pool(POOL_BYTES, 2, 0);
    uint32_t a = memory_take(LOOKER, 0, 0);
    uint32_t b = memory_take(LOOKER, UNIT_BYTES, KEY);
    give(LOOKER, b);
    give(LOOKER, a);
    give(LOOKER, memory_take(LOOKER, UNIT_BYTES, KEY));
}

/* ---- what the fibers do ----------------------------------------------------------------------- */

void memory_alloc_unit_0(void) {
    stage.results[0] = memory_alloc_by(0, UNIT_BYTES, 0);
}
void memory_alloc_unit_1(void) {
    stage.results[1] = memory_alloc_by(1, UNIT_BYTES, 0);
}
static void alloc_pool_0(void) {
    stage.results[0] = memory_alloc_by(0, POOL_BYTES, 0);
}
void memory_alloc_pool_1(void) {
    stage.results[1] = memory_alloc_by(1, POOL_BYTES, 0);
}
static void alloc_nothing_0(void) {
    stage.results[0] = memory_alloc_by(0, 0, 0);
}
static void alloc_nothing_1(void) {
    stage.results[1] = memory_alloc_by(1, 0, 0);
}
static void alloc_key_0(void) {
    stage.results[0] = memory_alloc_by(0, UNIT_BYTES, KEY);
}
static void alloc_key_1(void) {
    stage.results[1] = memory_alloc_by(1, UNIT_BYTES, KEY);
}
static void alloc_key_2(void) {
    stage.results[2] = memory_alloc_by(2, UNIT_BYTES, KEY);
}
void memory_free_0(void) {
    stage.results[0] = free_by(0, memory.index, memory.generation);
}
void memory_free_1(void) {
    stage.results[1] = free_by(1, memory.index, memory.generation);
}
/* The entry gets another use, with that key. */
static void reuse_1(void) {
    stage.results[1] = free_by(1, memory.index, memory.generation);
    stage.results[3] = memory_alloc_by(1, UNIT_BYTES, KEY + 1);
}
static void find_0(void) {
    stage.results[0] = qb_memory_find(memory.pool, 1, KEY);
}
static void find_new_0(void) {
    stage.results[0] = qb_memory_find(memory.pool, 1, KEY + 1);
    if (stage.results[0] < QB_ADDRESS_MIN) return;
    memory.seen = qb_memory_phase_of(memory_state_of(stage.results[0] - QB_ADDRESS_MIN));
}
/* As JS waits: the mark, the epoch, then a look. */
void memory_await(uint32_t member, uint32_t bytes) {
    (void)qb_memory_wait(actor(member), memory.pool, 1);
    memory.epoch = qb_load32(&QB_AT(qb_memory_t, memory.pool)->waiters.epoch);
    stage.results[member] = memory_alloc_by(member, bytes, 0);
}
void memory_await_unit_0(void) {
    memory_await(0, UNIT_BYTES);
}
static void await_nothing_0(void) {
    memory_await(0, 0);
}
static void await_pair_2(void) {
    memory_await(2, 2 * UNIT_BYTES);
}
/* Claims the entry in vain, again and again: the key is taken. */
static void alloc_in_vain_1(void) {
    for (uint32_t i = 0; i < 3; i++) {
        stage.results[1] = memory_alloc_by(1, UNIT_BYTES, KEY);
    }
}

/* ---- what must hold -------------------------------------------------------------------------- */

/* All that is live is freed; then all of it is there. */
int memory_all_is_there(void) {
    qb_thread_t *looker = actor(LOOKER);
    uint32_t fault_count = qb_memory_check(memory.pool);
    WANT(fault_count == 0, "the pool has %u faults", fault_count);
    uint32_t end = qb_memory_entry_end(QB_AT(qb_memory_t, memory.pool));
    for (uint32_t i = 0; i < end; i++) {
        uint64_t word = memory_state_of(i);
        if (qb_memory_phase_of(word) == QB_MEMORY_NONE) continue;
        WANT(qb_memory_phase_of(word) == QB_MEMORY_LIVE, "entry %u: phase %u", i,
             qb_memory_phase_of(word));
        qb_status_t status = free_by(LOOKER, i, qb_memory_generation_of(word));
        WANT(status == QB_OK, "free: %s", qb_status_name(status));
    }
    if (qb_region_state(QB_AT(qb_region_t, memory.pool)) == QB_REGION_OPEN) {
        const qb_memory_t *pool = QB_AT(qb_memory_t, memory.pool);
        uint32_t bytes = pool->chunk_units << pool->unit_log2;
        uint32_t all = qb_memory_alloc(looker, memory.pool, bytes, 1, 0, 0);
        WANT(all >= QB_ADDRESS_MIN, "the whole pool: %s", result_name(all));
        for (uint32_t i = 1; i < memory.capacity; i++) {
            uint32_t none = qb_memory_alloc(looker, memory.pool, 0, 1, 0, 0);
            WANT(none >= QB_ADDRESS_MIN, "entry %u: %s", i, result_name(none));
        }
        uint32_t more = memory.capacity != 0 ? memory_alloc_by(LOOKER, 0, 0) : (uint32_t)QB_E_FULL;
        WANT(more == QB_E_FULL, "one more than the maximum: %s", result_name(more));
        qb_status_t status = qb_memory_close(looker, memory.pool, memory.serial, 1);
        WANT(status == QB_OK, "close: %s", qb_status_name(status));
    }
    for (uint32_t i = 0; i < 4; i++) {
        if (stage.slots[i] == 0) continue;
        (void)qb_memory_unpin(actor(i), memory.pool, memory.serial);
    }
    return 1;
}

static int count_ok(uint32_t status_else, uint32_t fibers, uint32_t wanted) {
    uint32_t ok = 0;
    for (uint32_t i = 0; i < fibers; i++) {
        uint32_t result = stage.results[i];
        WANT(result >= QB_ADDRESS_MIN || result == status_else, "thread %u: %s", i,
             result_name(result));
        ok += result >= QB_ADDRESS_MIN;
    }
    WANT(ok == wanted, "%u of %u were served, not %u", ok, fibers, wanted);
    return memory_all_is_there();
}
static int check_last_room(void) {
    return count_ok(QB_E_NO_ROOM, 2, 1);
}
static int check_last_entry(void) {
    return count_ok(QB_E_FULL, 2, 1);
}
int memory_check_both(void) {
    return count_ok(QB_OK, 2, 2);
}
static int check_key(void) {
    return count_ok(QB_E_EXISTS, 2, 1);
}
static int check_key_of_three(void) {
    return count_ok(QB_E_EXISTS, 3, 1);
}
static int check_free(uint32_t status_else) {
    WANT(stage.results[1] == QB_OK, "free: %s", result_name(stage.results[1]));
    WANT(stage.results[0] >= QB_ADDRESS_MIN || stage.results[0] == status_else, "alloc: %s",
         result_name(stage.results[0]));
    return memory_all_is_there();
}
static int check_alloc_free(void) {
    return check_free(QB_E_NO_ROOM);
}
static int check_entry_free(void) {
    return check_free(QB_E_FULL);
}
static int check_find(void) {
    return check_free(QB_E_NOT_FOUND);
}
static int check_find_new(void) {
    WANT(stage.results[0] < QB_ADDRESS_MIN || memory.seen == QB_MEMORY_LIVE, "found in phase %u",
         memory.seen);
    WANT(stage.results[3] >= QB_ADDRESS_MIN, "alloc: %s", result_name(stage.results[3]));
    return check_find();
}
/* Who found nothing is told that there is something. */
int memory_is_woken(uint32_t member) {
    uint32_t epoch = QB_AT(qb_memory_t, memory.pool)->waiters.epoch;
    WANT(stage.results[member] >= QB_ADDRESS_MIN || epoch != memory.epoch,
         "nobody woke who waits: %s", result_name(stage.results[member]));
    (void)qb_memory_wait(actor(member), memory.pool, 0);
    return memory_all_is_there();
}
static int check_woken(void) {
    return memory_is_woken(0);
}
static int check_pair_woken(void) {
    /* The whole pool was given, or else there is a pair. */
    return stage.results[0] >= QB_ADDRESS_MIN ? memory_all_is_there() : memory_is_woken(2);
}
static int check_vain(void) {
    WANT(stage.results[1] == QB_E_EXISTS || stage.results[1] == QB_E_FULL, "alloc: %s",
         result_name(stage.results[1]));
    return check_woken();
}

static int check_double_free(void) {
    uint32_t ok = 0;
    for (uint32_t i = 0; i < 2; i++) {
        WANT(stage.results[i] == QB_OK || stage.results[i] == QB_E_DOUBLE_FREE, "free: %s",
             result_name(stage.results[i]));
        ok += stage.results[i] == QB_OK;
    }
    WANT(ok == 1, "freed %u times", ok);
    return memory_all_is_there();
}

static const scenario_t scenarios[] = {
    RACE("memory: last room x last room", open_one_unit, memory_alloc_unit_0, memory_alloc_unit_1,
         check_last_room),
    RACE("memory: whole x whole", memory_open_empty, alloc_pool_0, memory_alloc_pool_1,
         check_last_room),
    RACE("memory: whole x unit", memory_open_empty, alloc_pool_0, memory_alloc_unit_1,
         check_last_room),
    RACE("memory: unit x unit", memory_open_empty, memory_alloc_unit_0, memory_alloc_unit_1,
         memory_check_both),
    RACE("memory: last entry x last entry", open_one_entry, alloc_nothing_0, alloc_nothing_1,
         check_last_entry),
    RACE("memory: alloc x free of the room", memory_open_without_room, memory_alloc_unit_0,
         memory_free_1, check_alloc_free),
    RACE("memory: whole x free of the room", memory_open_without_room, alloc_pool_0, memory_free_1,
         check_alloc_free),
    RACE("memory: alloc x free of the entry", open_without_entry, alloc_nothing_0, memory_free_1,
         check_entry_free),
    RACE("memory: wait for room x free", memory_open_without_room, memory_await_unit_0,
         memory_free_1, check_woken),
    RACE("memory: wait for an entry x free", open_without_entry, await_nothing_0, memory_free_1,
         check_woken),
    RACE("memory: wait for an entry x claims in vain", open_for_vain_claims, await_nothing_0,
         alloc_in_vain_1, check_vain),
    RACE("memory: wait for room x claims in vain", memory_open_with_one, memory_await_unit_0,
         alloc_in_vain_1, check_vain),
    RACE("memory: free x free", memory_open_with_one, memory_free_0, memory_free_1,
         check_double_free),
    RACE("memory: free x find", memory_open_with_one, find_0, memory_free_1, check_find),
    RACE("memory: reuse x find", memory_open_with_one, find_new_0, reuse_1, check_find_new),
    RACE("memory: key x key", memory_open_empty, alloc_key_0, alloc_key_1, check_key),
    {"memory: key x key x key",
     memory_open_empty,
     {alloc_key_0, alloc_key_1, alloc_key_2},
     check_key_of_three,
     20,
     0,
     0},
    {"memory: whole x unit x wait for a pair",
     memory_open_empty,
     {alloc_pool_0, memory_alloc_unit_1, await_pair_2},
     check_pair_woken,
     20,
     0,
     0},
    RACE("memory: key x none in its old place", open_with_old_keys, alloc_key_0,
         memory_alloc_unit_1, memory_check_both),
};
const scenarios_t sched_memory_scenarios = {scenarios, sizeof scenarios / sizeof *scenarios};
