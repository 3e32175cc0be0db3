/* The operations on memory pools that the crash lab stops, and what another thread does meanwhile. */
#include "lab_memory.h"

#define TAG_ACTOR 9u
#define HALF_MADE_WRITE 6u /* of an alloc: the first one behind its key */

uint64_t memory_state_of(uint32_t index) {
    return QB_AT(qb_memory_entry_t, must(qb_memory_entry(memory_stage.pool, index)))->state;
}
static handle_t handle_of(uint32_t result) {
    uint32_t index = must(result) - QB_ADDRESS_MIN;
    return (handle_t){index, qb_memory_generation_of(memory_state_of(index))};
}
uint32_t memory_alloc_by(uint32_t slot, uint32_t bytes, uint32_t key) {
    return qb_memory_alloc(memory_stage.threads[slot], memory_stage.pool, bytes, TYPE, key, 0);
}
uint32_t memory_free_by(uint32_t slot, handle_t handle) {
    return qb_memory_free(memory_stage.threads[slot], memory_stage.pool, handle.index,
                          handle.generation);
}

/* Where searches begin (any value will do). */
static void pool_hint(uint32_t unit) {
    QB_AT(qb_memory_t, memory_stage.pool)->unit_hint = unit;
}

/* ---- the pool ------------------------------------------------------------------------------- */

/* The actor holds 2 units of it, the other thread 4. */
static void make_pool(uint32_t bytes, uint32_t entries, uint32_t flags) {
    qb_thread_t *other = memory_stage.threads[OTHER_SLOT];
    memory_stage.flags = flags;
    memory_stage.pool = must(qb_memory_open(other, bytes, UNIT_BYTES, entries, flags));
    memory_stage.serial = qb_region_serial(memory_stage.pool);
    assert_status(qb_block_own(other, memory_stage.pool, QB_OWNER_SHARED), QB_OK);
    for (uint32_t slot = ACTOR_SLOT; slot <= OTHER_SLOT; slot++) {
        assert_status(
            qb_memory_pin(memory_stage.threads[slot], memory_stage.pool, memory_stage.serial),
            QB_OK);
    }
    memory_stage.mine = handle_of(memory_alloc_by(ACTOR_SLOT, 2 * UNIT_BYTES, 0));
    memory_stage.held = handle_of(memory_alloc_by(OTHER_SLOT, HELD_BYTES, KEY));
    pattern_write(must(qb_memory_data(memory_stage.pool, memory_stage.mine.index)), 2 * UNIT_BYTES,
                  TAG_ACTOR);
    pattern_write(must(qb_memory_data(memory_stage.pool, memory_stage.held.index)), HELD_BYTES,
                  TAG_HELD);
}
static void prepare_pool(void) {
    make_pool(POOL_BYTES, ENTRIES, 0);
}
static void others_wait(void) {
    assert_status(qb_memory_wait(memory_stage.threads[OTHER_SLOT], memory_stage.pool, 1), QB_OK);
}
static void prepare_awaited(void) {
    prepare_pool();
    others_wait();
}
static void prepare_growing(void) {
    make_pool(8 * UNIT_BYTES, 2, QB_MEMORY_GROWS);
}
/* Behind what is held there is one run of 8 units; and others wait. */
static void prepare_tight(void) {
    prepare_awaited();
    pool_hint(8);
}
static void prepare_full_manifest(void) {
    make_pool(POOL_BYTES, 2, 0);
}
/* A thread died while it made that key, at a place behind the one that the actor takes. */
static void dead_allocs(world_t *w) {
    (void)w;
    (void)memory_alloc_by(DEAD_SLOT, 1, KEY + 1);
}
static void prepare_half_made_key(void) {
    prepare_pool();
    assert_true(lab_run(dead_allocs, NULL, HALF_MADE_WRITE));
    assert_int_equal(qb_memory_phase_of(memory_state_of(2)), QB_MEMORY_MAKING);
    assert_int_equal(QB_AT(qb_memory_entry_t, must(qb_memory_entry(memory_stage.pool, 2)))->key,
                     KEY + 1);
    assert_status(memory_free_by(ACTOR_SLOT, memory_stage.mine), QB_OK);
}
static void prepare_free_of_held(void) {
    prepare_awaited();
    memory_stage.may_free_held = 1;
}
static void prepare_closed(void) {
    prepare_pool();
    qb_thread_t *actor = memory_stage.threads[ACTOR_SLOT];
    assert_status(qb_memory_close(actor, memory_stage.pool, memory_stage.serial, 1), QB_OK);
    (void)qb_memory_unpin(memory_stage.threads[OTHER_SLOT], memory_stage.pool, memory_stage.serial);
}
static void prepare_shared(void) {
    prepare_pool();
    assert_status(qb_memory_own(memory_stage.threads[ACTOR_SLOT], memory_stage.pool,
                                memory_stage.mine.index, memory_stage.mine.generation,
                                QB_OWNER_SHARED),
                  QB_OK);
}

/* ---- operations ------------------------------------------------------------------------------ */

static void run_open(world_t *w) {
    (void)w;
    must(qb_memory_open(memory_stage.threads[ACTOR_SLOT], POOL_BYTES, UNIT_BYTES, ENTRIES, 0));
}
static void run_open_too_large(world_t *w) {
    (void)w;
    uint32_t result =
        qb_memory_open(memory_stage.threads[ACTOR_SLOT], 1u << 28, UNIT_BYTES, ENTRIES, 0);
    assert_status(result, QB_E_OUT_OF_MEMORY);
}
static void run_alloc_unit(world_t *w) {
    (void)w;
    (void)memory_alloc_by(ACTOR_SLOT, 1, 0);
}
static void run_alloc_units(world_t *w) {
    (void)w;
    (void)memory_alloc_by(ACTOR_SLOT, 5 * UNIT_BYTES, 0);
}
static void run_alloc_eight(world_t *w) {
    (void)w;
    (void)memory_alloc_by(ACTOR_SLOT, 8 * UNIT_BYTES, 0);
}
static void run_alloc_zeroed(world_t *w) {
    (void)w;
    (void)qb_memory_alloc(memory_stage.threads[ACTOR_SLOT], memory_stage.pool, 100, TYPE, KEY + 1,
                          1);
}
static void run_alloc_all(world_t *w) {
    (void)w;
    (void)memory_alloc_by(ACTOR_SLOT, POOL_BYTES, 0);
}
static void run_alloc_nothing(world_t *w) {
    (void)w;
    (void)memory_alloc_by(ACTOR_SLOT, 0, 0);
}
static void run_alloc_key(world_t *w) {
    (void)w;
    (void)memory_alloc_by(ACTOR_SLOT, 1, KEY + 1);
}
static void run_alloc_key_taken(world_t *w) {
    (void)w;
    (void)memory_alloc_by(ACTOR_SLOT, 1, KEY);
}
static void run_free(world_t *w) {
    (void)w;
    (void)memory_free_by(ACTOR_SLOT, memory_stage.mine);
}
static void run_free_held(world_t *w) {
    (void)w;
    (void)memory_free_by(ACTOR_SLOT, memory_stage.held);
}
static void resize(uint32_t bytes) {
    (void)qb_memory_realloc(memory_stage.threads[ACTOR_SLOT], memory_stage.pool,
                            memory_stage.mine.index, memory_stage.mine.generation, bytes);
}
static void run_realloc_in_place(world_t *w) {
    (void)w;
    resize(10);
    resize(2 * UNIT_BYTES);
}
static void run_realloc_away(world_t *w) {
    (void)w;
    resize(4 * UNIT_BYTES);
}
static void run_realloc_too_large(world_t *w) {
    (void)w;
    resize(POOL_BYTES);
}
static void run_own(world_t *w) {
    (void)w;
    qb_thread_t *actor = memory_stage.threads[ACTOR_SLOT];
    for (uint32_t i = 0; i < 2; i++) {
        (void)qb_memory_own(actor, memory_stage.pool, memory_stage.mine.index,
                            memory_stage.mine.generation, i == 0 ? QB_OWNER_SHARED : actor->number);
    }
}
static void run_wait(world_t *w) {
    (void)w;
    (void)qb_memory_wait(memory_stage.threads[ACTOR_SLOT], memory_stage.pool, 1);
    (void)qb_memory_wait(memory_stage.threads[ACTOR_SLOT], memory_stage.pool, 0);
}
static void run_pins(world_t *w) {
    (void)w;
    (void)qb_memory_unpin(memory_stage.threads[ACTOR_SLOT], memory_stage.pool, memory_stage.serial);
    (void)qb_memory_pin(memory_stage.threads[ACTOR_SLOT], memory_stage.pool, memory_stage.serial);
}
static void run_unpin(world_t *w) {
    (void)w;
    (void)qb_memory_unpin(memory_stage.threads[ACTOR_SLOT], memory_stage.pool, memory_stage.serial);
}
static void run_close(world_t *w) {
    (void)w;
    (void)qb_memory_close(memory_stage.threads[ACTOR_SLOT], memory_stage.pool, memory_stage.serial,
                          0);
}
static void run_stats(world_t *w) {
    (void)w;
    (void)qb_stats(memory_stage.threads[ACTOR_SLOT]);
}

/* ---- the other thread ------------------------------------------------------------------------ */

/* Takes a unit of the run that the actor has found. */
static void take_unit(world_t *w) {
    (void)w;
    pool_hint(10);
    (void)memory_alloc_by(OTHER_SLOT, UNIT_BYTES, 0);
}
static void take_key(world_t *w) {
    (void)w;
    (void)memory_alloc_by(OTHER_SLOT, 1, KEY + 1);
}
static void grow_meanwhile(world_t *w) {
    (void)w;
    (void)memory_alloc_by(OTHER_SLOT, 8 * UNIT_BYTES, 0);
}
static void free_mine(world_t *w) {
    (void)w;
    (void)memory_free_by(OTHER_SLOT, memory_stage.mine);
}
static void own_mine(world_t *w) {
    (void)w;
    (void)qb_memory_own(memory_stage.threads[OTHER_SLOT], memory_stage.pool,
                        memory_stage.mine.index, memory_stage.mine.generation,
                        memory_stage.numbers[OTHER_SLOT]);
}
void memory_alloc_and_free(world_t *w) {
    (void)w;
    uint32_t result = memory_alloc_by(OTHER_SLOT, 3 * UNIT_BYTES, 0);
    if (result < QB_ADDRESS_MIN) return;
    memset(bytes_at(must(qb_memory_data(memory_stage.pool, result - QB_ADDRESS_MIN))), 0xee,
           3 * UNIT_BYTES);
    if (memory_free_by(OTHER_SLOT, handle_of(result)) != QB_OK)
        memory_wrong("the living cannot free");
}
static void close_meanwhile(world_t *w) {
    (void)w;
    (void)qb_memory_close(memory_stage.threads[OTHER_SLOT], memory_stage.pool, memory_stage.serial,
                          1);
}

const memory_operation_t lab_memory_operations[] = {
    {"open", NULL, run_open, NULL},
    {"open without memory", NULL, run_open_too_large, NULL},
    {"alloc of a unit", prepare_pool, run_alloc_unit, NULL},
    {"alloc of units", prepare_pool, run_alloc_units, NULL},
    {"alloc zeroed with a key", prepare_pool, run_alloc_zeroed, NULL},
    {"alloc of nothing", prepare_pool, run_alloc_nothing, NULL},
    {"alloc of more than there is", prepare_awaited, run_alloc_all, NULL},
    {"alloc without an entry", prepare_full_manifest, run_alloc_unit, NULL},
    {"alloc in vain x one among its units", prepare_tight, run_alloc_eight, take_unit},
    {"alloc of a taken key", prepare_pool, run_alloc_key_taken, NULL},
    {"alloc that grows", prepare_growing, run_alloc_units, NULL},
    {"alloc that grows x the same", prepare_growing, run_alloc_units, grow_meanwhile},
    {"alloc of a unit x the same", prepare_pool, run_alloc_unit, take_unit},
    {"alloc of units x of one among them", prepare_awaited, run_alloc_units, take_unit},
    {"alloc of units x alloc and free", prepare_awaited, run_alloc_units, memory_alloc_and_free},
    {"alloc with a key x the same", prepare_pool, run_alloc_key, take_key},
    {"alloc with a key that a dead thread makes", prepare_half_made_key, run_alloc_key, NULL},
    {"alloc x close", prepare_pool, run_alloc_units, close_meanwhile},
    {"free", prepare_awaited, run_free, NULL},
    {"free of another's", prepare_free_of_held, run_free_held, NULL},
    {"free x alloc and free", prepare_awaited, run_free, memory_alloc_and_free},
    {"free x free", prepare_pool, run_free, free_mine},
    {"realloc in place", prepare_pool, run_realloc_in_place, NULL},
    {"realloc into another place", prepare_awaited, run_realloc_away, NULL},
    {"realloc of a shared one", prepare_shared, run_realloc_away, NULL},
    {"realloc without room", prepare_pool, run_realloc_too_large, NULL},
    {"own", prepare_pool, run_own, NULL},
    {"own x own", prepare_pool, run_own, own_mine},
    {"wait", prepare_pool, run_wait, NULL},
    {"pin and unpin", prepare_pool, run_pins, NULL},
    {"last unpin", prepare_closed, run_unpin, NULL},
    {"close", prepare_awaited, run_close, NULL},
    {"stats", prepare_pool, run_stats, NULL},
};
const uint32_t lab_memory_operation_count =
    sizeof lab_memory_operations / sizeof *lab_memory_operations;
