/* Races on roots and arenas. */
#include "schedule.h"

static void nothing(void) {
}
static uint32_t names_of(uint32_t index) {
    return stage.slots[index] + (uint32_t)offsetof(qb_thread_t, scratch);
}

/* ---- roots ----------------------------------------------------------------------------------- */

static void set_root(uint32_t index, uint32_t value, uint32_t replace) {
    memcpy(bytes_at(names_of(index)), "root", 4);
    stage.results[index] = qb_root_set(actor(index), names_of(index), 4, value, 0, replace);
}
static void set_0(void) {
    set_root(0, 100, 0);
}
static void set_1(void) {
    set_root(1, 101, 0);
}
static void replace_1(void) {
    set_root(1, 101, 1);
}
static void remove_1(void) {
    memcpy(bytes_at(names_of(1)), "root", 4);
    stage.results[1] = qb_root_remove(names_of(1), 4);
}
static void find_1(void) {
    memcpy(bytes_at(names_of(1)), "root", 4);
    uint32_t entry = qb_root_find(names_of(1), 4);
    stage.results[1] = entry;
    if (entry >= QB_ADDRESS_MIN) {
        memcpy(&stage.results[3], bytes_at(entry), 4);
    }
}
static uint32_t root_value(void) {
    memcpy(bytes_at(names_of(LOOKER)), "root", 4);
    uint32_t entry = qb_root_find(names_of(LOOKER), 4);
    return entry >= QB_ADDRESS_MIN ? *QB_AT(uint32_t, entry) : 0;
}
static int check_sets(void) {
    int ok = (stage.results[0] == QB_OK) + (stage.results[1] == QB_OK);
    WANT(ok == 1, "set %d times: %s, %s", ok, result_name(stage.results[0]),
         result_name(stage.results[1]));
    WANT(root_value() == (stage.results[0] == QB_OK ? 100u : 101u), "the value is %u",
         root_value());
    return 1;
}
static int check_replace(void) {
    WANT(stage.results[1] == QB_OK, "replace: %s", result_name(stage.results[1]));
    WANT(stage.results[0] == QB_OK || stage.results[0] == QB_E_EXISTS, "set: %s",
         result_name(stage.results[0]));
    WANT(root_value() == 101, "the value is %u", root_value());
    return 1;
}
static int check_remove(void) {
    WANT(stage.results[0] == QB_OK, "set: %s", result_name(stage.results[0]));
    WANT(stage.results[1] == QB_OK || stage.results[1] == QB_E_NOT_FOUND, "remove: %s",
         result_name(stage.results[1]));
    WANT((root_value() == 0) == (stage.results[1] == QB_OK), "the value is %u", root_value());
    return 1;
}
static int check_find(void) {
    WANT(stage.results[1] == QB_E_NOT_FOUND || stage.results[3] == 100, "found %u",
         stage.results[3]);
    return root_value() == 100;
}
static void set_other_1(void) {
    memcpy(bytes_at(names_of(1)), "another root", 12);
    stage.results[1] = qb_root_set(actor(1), names_of(1), 12, 101, 0, 0);
}
static int check_two_names(void) {
    WANT(stage.results[0] == QB_OK && stage.results[1] == QB_OK, "set: %s, %s",
         result_name(stage.results[0]), result_name(stage.results[1]));
    memcpy(bytes_at(names_of(LOOKER)), "another root", 12);
    WANT(qb_root_find(names_of(LOOKER), 12) >= QB_ADDRESS_MIN, "the other name is lost");
    WANT(root_value() == 100, "the value is %u", root_value());
    return 1;
}

/* ---- arenas: opened by 0 --------------------------------------------------------------------- */

static void open_arena(void) {
    stage.blocks[0] = must(qb_arena_open(actor(0), 1000));
    stage.serial = qb_region_record_of(stage.blocks[0])->serial;
    stage.blocks[1] = must(qb_arena_alloc(actor(0), stage.blocks[0], 70000, 16));
    pattern_write(stage.blocks[1], 70000, 4);
}
static void retained_by_both(void) {
    open_arena();
    assert_status(qb_arena_pin(actor(1), stage.blocks[0], stage.serial), QB_OK);
    assert_status(qb_arena_close(actor(0), stage.blocks[0], stage.serial, 1), QB_OK);
}
static void retained_by_0(void) {
    open_arena();
    assert_status(qb_arena_close(actor(0), stage.blocks[0], stage.serial, 1), QB_OK);
}
static void pinned_by_1(void) {
    open_arena();
    assert_status(qb_arena_pin(actor(1), stage.blocks[0], stage.serial), QB_OK);
}
static void close_0(void) {
    stage.results[0] = qb_arena_close(actor(0), stage.blocks[0], stage.serial, 0);
}
static void close_1(void) {
    stage.results[1] = qb_arena_close(actor(1), stage.blocks[0], stage.serial, 0);
}
static void pin_1(void) {
    stage.results[1] = qb_arena_pin(actor(1), stage.blocks[0], stage.serial);
}
static void unpin_0(void) {
    stage.results[0] = qb_arena_unpin(actor(0), stage.blocks[0], stage.serial);
}
static void unpin_1(void) {
    stage.results[1] = qb_arena_unpin(actor(1), stage.blocks[0], stage.serial);
}
static int is_gone(void) {
    return stats_of(actor(LOOKER)).arenas_live == 0;
}
/* The pin either holds, or came too late and says so. */
static int check_pinned(void) {
    WANT(stage.results[0] == QB_OK, "first: %s", result_name(stage.results[0]));
    if (stage.results[1] != QB_OK) {
        WANT(stage.results[1] == QB_E_STALE || stage.results[1] == QB_E_REGION, "pin: %s",
             result_name(stage.results[1]));
        WANT(is_gone(), "the arena stays without a pin");
        return 1;
    }
    WANT(!is_gone(), "a pinned arena is gone");
    WANT(pattern_holds(stage.blocks[1], 70000, 70000, 4), "its content is spoilt");
    qb_status_t status = qb_arena_unpin(actor(1), stage.blocks[0], stage.serial);
    WANT(status == QB_OK, "unpin: %s", qb_status_name(status));
    WANT(is_gone(), "the arena stays after the last unpin");
    return 1;
}
static int check_released(void) {
    WANT(stage.results[0] == QB_OK && stage.results[1] == QB_OK, "statuses: %s, %s",
         result_name(stage.results[0]), result_name(stage.results[1]));
    WANT(is_gone(), "the arena stays without a pin");
    return 1;
}
static int check_closes(void) {
    int ok = (stage.results[0] == QB_OK) + (stage.results[1] == QB_OK);
    WANT(ok == 1, "closed %d times: %s, %s", ok, result_name(stage.results[0]),
         result_name(stage.results[1]));
    WANT(is_gone(), "the arena stays without a pin");
    return 1;
}
static void reopen_0(void) {
    close_0();
    stage.results[4] = qb_arena_open(actor(0), 1000);
}
/* A pin with an old serial never reaches the arena that comes next at that address. */
static int check_old_serial(void) {
    WANT(stage.results[4] >= QB_ADDRESS_MIN, "open: %s", result_name(stage.results[4]));
    uint32_t pins = 0;
    for (uint32_t i = 0; i < QB_THREADS_MAX / 32; i++) {
        pins |= qb_region_record_of(stage.results[4])->pins[i];
    }
    WANT(stage.results[4] != stage.blocks[0] || pins == 0, "a stale pin holds the next arena");
    uint32_t serial = qb_region_record_of(stage.results[4])->serial;
    WANT(qb_arena_close(actor(0), stage.results[4], serial, 0) == QB_OK,
         "the next arena is spoilt");
    if (stage.results[1] == QB_OK) {
        (void)qb_arena_unpin(actor(1), stage.blocks[0], stage.serial);
    }
    WANT(is_gone(), "an arena stays without a pin");
    return 1;
}
/* The page of the arena becomes a span of 0; the stale pin of 1 must not touch it. */
static void bare_arena(void) {
    stage.blocks[0] = must(qb_arena_open(actor(0), 1000));
    stage.serial = qb_region_record_of(stage.blocks[0])->serial;
}
static void reuse_0(void) {
    close_0();
    (void)qb_trim(actor(0));
    stage.results[4] = qb_alloc(actor(0), QB_PAGE_BYTES);
    memset(bytes_at(stage.results[4]), 0, QB_PAGE_BYTES);
    stage.results[5] =
        qb_block_own(actor(0), stage.results[4], QB_OWNER_SHARED); /* a place to stop at */
    memset(bytes_at(stage.results[4]), 0xff, QB_PAGE_BYTES);
    stage.results[6] = qb_block_own(actor(0), stage.results[4], stage.numbers[0]);
}
static int check_reuse(void) {
    WANT(stage.results[4] >= QB_ADDRESS_MIN, "alloc: %s", result_name(stage.results[4]));
    keep(stage.results[4]);
    WANT(all_bytes(stage.results[4], QB_PAGE_BYTES, 0xff),
         "a stale pin wrote into another's memory");
    if (stage.results[1] == QB_OK) {
        (void)qb_arena_unpin(actor(1), stage.blocks[0], stage.serial);
    }
    WANT(stats_of(actor(LOOKER)).arenas_live == 0, "an arena stays");
    return 1;
}
static void own_arena_1(void) {
    stage.results[1] = qb_block_own(actor(1), stage.blocks[0], stage.numbers[1]);
}
static int check_close_own(void) {
    WANT(stage.results[0] == QB_OK, "close: %s", result_name(stage.results[0]));
    WANT(is_gone(), "the arena stays");
    return 1;
}
static void slab_0(void) {
    stage.results[0] = qb_arena_alloc(actor(0), stage.blocks[0], 80000, 16);
}
static void span_1(void) {
    stage.results[1] = qb_alloc(actor(1), 80000);
}
static int check_slab(void) {
    WANT(stage.results[0] >= QB_ADDRESS_MIN && stage.results[1] >= QB_ADDRESS_MIN, "alloc: %s, %s",
         result_name(stage.results[0]), result_name(stage.results[1]));
    keep(stage.results[1]);
    memset(bytes_at(stage.results[0]), 1, 80000);
    memset(bytes_at(stage.results[1]), 2, 80000);
    WANT(all_bytes(stage.results[0], 80000, 1), "slab and span overlap");
    close_0();
    return 1;
}
/* The arena of dead thread 2, or pinned by it. */
static void arena_of_dead(void) {
    stage.blocks[0] = must(qb_arena_open(actor(2), 1000));
    stage.serial = qb_region_record_of(stage.blocks[0])->serial;
    stage.blocks[1] = must(qb_arena_alloc(actor(2), stage.blocks[0], 70000, 16));
    pattern_write(stage.blocks[1], 70000, 4);
    stage.slots[2] = 0;
}
static void arena_of_dead_pinned_by_1(void) {
    arena_of_dead();
    assert_status(qb_arena_pin(actor(1), stage.blocks[0], stage.serial), QB_OK);
}
static void pinned_by_dead(void) {
    open_arena();
    assert_status(qb_arena_pin(actor(2), stage.blocks[0], stage.serial), QB_OK);
    stage.slots[2] = 0;
}
static void closed_and_pinned_by_dead(void) {
    pinned_by_dead();
    assert_status(qb_arena_pin(actor(1), stage.blocks[0], stage.serial), QB_OK);
    assert_status(qb_arena_close(actor(0), stage.blocks[0], stage.serial, 0), QB_OK);
}
static int check_reap_and_last_unpin(void) {
    WANT(stage.results[1] == QB_OK, "statuses: %s", result_name(stage.results[1]));
    WANT(is_gone(), "the arena stays without a pin");
    return reaped_0();
}

/* Kept: someone has to close it, or the last unpin releases it. */
static int check_keeping_reap(void) {
    if (stats_of(actor(LOOKER)).arenas_live != 0) {
        (void)qb_arena_close(actor(LOOKER), stage.blocks[0], stage.serial, 0);
        (void)qb_arena_unpin(actor(1), stage.blocks[0], stage.serial);
    }
    WANT(is_gone(), "the arena stays");
    return reaped_0();
}
static void closed_arena_of_dead_pinned_by_1(void) {
    arena_of_dead_pinned_by_1();
    stage.results[0] = qb_arena_close(actor(LOOKER), stage.blocks[0], stage.serial, 0);
}

static const scenario_t scenarios[] = {
    {"root set x root set", nothing, {set_0, set_1}, check_sets, 0, 0, 0},
    {"root set x replace", nothing, {set_0, replace_1}, check_replace, 0, 0, 0},
    {"root set x remove", nothing, {set_0, remove_1}, check_remove, 0, 0, 0},
    {"root set x find", nothing, {set_0, find_1}, check_find, 0, 0, 0},
    {"root set x set of another", nothing, {set_0, set_other_1}, check_two_names, 0, 0, 0},
    {"arena close x pin", open_arena, {close_0, pin_1}, check_pinned, 0, 0, 0},
    {"last unpin x pin", retained_by_0, {unpin_0, pin_1}, check_pinned, 0, 0, 0},
    {"unpin x unpin", retained_by_both, {unpin_0, unpin_1}, check_released, 0, 0, 0},
    {"close x unpin", pinned_by_1, {close_0, unpin_1}, check_released, 0, 0, 0},
    {"close x close", open_arena, {close_0, close_1}, check_closes, 0, 0, 0},
    {"close and open x stale pin", open_arena, {reopen_0, pin_1}, check_old_serial, 0, 0, 0},
    {"close and reuse x stale pin", bare_arena, {reuse_0, pin_1}, check_reuse, 0, 0, 0},
    {"close x own of the arena", open_arena, {close_0, own_arena_1}, check_close_own, 0, 0, 0},
    {"arena growth x span alloc", open_arena, {slab_0, span_1}, check_slab, 0, 0, 0},
    {"reap x pin of an orphaned arena", arena_of_dead, {reap_0, pin_1}, check_pinned, 0, 0, 0},
    {"reap x unpin of an orphaned arena",
     arena_of_dead_pinned_by_1,
     {reap_0, unpin_1},
     check_reap_and_last_unpin,
     0,
     0,
     0},
    {"keeping reap x pin of an orphaned arena",
     arena_of_dead,
     {reap_keep_0, pin_1},
     check_keeping_reap,
     0,
     0,
     0},
    {"keeping reap x unpin of an orphaned arena",
     closed_arena_of_dead_pinned_by_1,
     {reap_keep_0, unpin_1},
     check_keeping_reap,
     0,
     0,
     0},
    {"keeping reap x close of an orphaned arena",
     arena_of_dead,
     {reap_keep_0, close_1},
     check_keeping_reap,
     0,
     0,
     0},
    {"reap of a pinner x close",
     pinned_by_dead,
     {reap_0, close_1},
     check_reap_and_last_unpin,
     0,
     0,
     0},
    {"reap of a pinner x last unpin",
     closed_and_pinned_by_dead,
     {reap_0, unpin_1},
     check_reap_and_last_unpin,
     0,
     0,
     0},
};
const scenarios_t sched_arena_scenarios = {scenarios, sizeof scenarios / sizeof *scenarios};
