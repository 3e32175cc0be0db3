/* Races on threads, roots and arenas. */
#include "schedule.h"

#define BYTES 20000u

static void nothing(void) {
}
static uint32_t names_of(uint32_t index) {
    return stage.slots[index] + (uint32_t)offsetof(qb_thread_t, scratch);
}

/* ---- threads --------------------------------------------------------------------------------- */

static void leave_two(void) {
    for (uint32_t i = 0; i < 2; i++) {
        assert_status(qb_thread_detach(actor(i), QB_POLICY_FREE), QB_OK);
        stage.slots[i] = 0;
    }
}
static void attach_0(void) {
    stage.results[0] = qb_thread_attach();
}
static void attach_1(void) {
    stage.results[1] = qb_thread_attach();
}
static int check_attach(void) {
    for (uint32_t i = 0; i < 2; i++) {
        WANT(stage.results[i] >= QB_ADDRESS_MIN, "attach: %s", result_name(stage.results[i]));
        stage.slots[i] = stage.results[i];
    }
    WANT(stage.slots[0] != stage.slots[1], "one slot twice");
    return 1;
}

static void detach_keep_0(void) {
    stage.results[0] = qb_thread_detach(actor(0), QB_POLICY_KEEP);
}
static void detach_free_0(void) {
    stage.results[0] = qb_thread_detach(actor(0), QB_POLICY_FREE);
}
static void three_blocks(void) {
    for (uint32_t i = 0; i < 3; i++) {
        stage.blocks[i] = must(qb_alloc(actor(0), BYTES));
    }
}
static void two_shared(void) {
    three_blocks();
    for (uint32_t i = 0; i < 2; i++) {
        assert_status(qb_block_own(actor(0), stage.blocks[i], QB_OWNER_SHARED), QB_OK);
    }
}
static void free_1(void) {
    stage.results[1] = qb_free(actor(1), stage.blocks[1]);
}
static void alloc_1(void) {
    stage.results[1] = qb_alloc(actor(1), BYTES);
}
static int left_0(void) {
    WANT(stage.results[0] == QB_OK, "detach: %s", result_name(stage.results[0]));
    stage.slots[0] = 0;
    return 1;
}
static int check_detach_free(void) {
    WANT(stage.results[1] == QB_OK, "free: %s", result_name(stage.results[1]));
    keep(stage.blocks[0]);
    keep(stage.blocks[2]);
    return left_0();
}
static int check_detach_free_shared(void) {
    WANT(stage.results[1] == QB_OK, "free: %s", result_name(stage.results[1]));
    keep(stage.blocks[0]);
    return left_0();
}
static int check_detach_alloc(void) {
    WANT(stage.results[1] >= QB_ADDRESS_MIN, "alloc: %s", result_name(stage.results[1]));
    for (uint32_t i = 0; i < 2; i++) {
        WANT(stage.results[1] != stage.blocks[i], "a live block was given away");
        keep(stage.blocks[i]);
    }
    keep(stage.results[1]);
    return left_0();
}
static void detach_free_1(void) {
    stage.results[1] = qb_thread_detach(actor(1), QB_POLICY_FREE);
}
static void blocks_of_both(void) {
    for (uint32_t i = 0; i < 2; i++) {
        stage.blocks[i] = must(qb_alloc(actor(0), BYTES));
        assert_status(qb_block_own(actor(0), stage.blocks[i], stage.numbers[i]), QB_OK);
    }
}
static int check_detach_detach(void) {
    WANT(stage.results[1] == QB_OK, "detach: %s", result_name(stage.results[1]));
    stage.slots[1] = 0;
    return left_0();
}
/* Giving a block to a thread that leaves. */
static void a_block_of_1(void) {
    stage.blocks[1] = must(qb_alloc(actor(1), BYTES));
}
static void a_span_of_1(void) {
    stage.blocks[1] = must(qb_alloc(actor(1), 70000));
}
static void give_1(void) {
    stage.results[1] = qb_block_own(actor(1), stage.blocks[1], stage.numbers[0]);
}
static int check_give(void) {
    WANT(stage.results[1] == QB_OK || stage.results[1] == QB_E_OWNER, "own: %s",
         result_name(stage.results[1]));
    uint32_t owner = qb_block_owner(stage.blocks[1]);
    WANT(owner != stage.numbers[0], "the block is owned by a thread that has left");
    if (owner != 0) {
        keep(stage.blocks[1]);
    }
    return left_0();
}

/* ---- reaping: thread 2 is dead --------------------------------------------------------------- */

static void estate(void) {
    for (uint32_t i = 0; i < 2; i++) {
        stage.blocks[i] = must(qb_alloc(actor(2), BYTES));
    }
    stage.blocks[2] = must(qb_alloc(actor(2), 70000));
    stage.slots[2] = 0;
}
static void reap(uint32_t index, uint32_t policy) {
    stage.results[index] = qb_reap_begin(actor(index), stage.numbers[2], 0);
    if (stage.results[index] == QB_OK) {
        stage.results[index + 2] = qb_reap_end(actor(index), stage.numbers[2], policy);
    }
}
static void reap_0(void) {
    reap(0, QB_POLICY_FREE);
}
static void reap_1(void) {
    reap(1, QB_POLICY_FREE);
}
static void reap_keep_0(void) {
    reap(0, QB_POLICY_KEEP);
}
static int check_reaps(void) {
    int ok = 0;
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t status = stage.results[i];
        WANT(status == QB_OK || status == QB_E_BUSY || status == QB_E_STALE, "reap: %s",
             result_name(status));
        WANT(status != QB_OK || stage.results[i + 2] == QB_OK, "reap_end: %s",
             result_name(stage.results[i + 2]));
        ok += status == QB_OK;
    }
    WANT(ok == 1, "reaped %d times", ok);
    return 1;
}
static int reaped_0(void) {
    WANT(stage.results[0] == QB_OK && stage.results[2] == QB_OK, "reap: %s, %s",
         result_name(stage.results[0]), result_name(stage.results[2]));
    return 1;
}
/* The block may go either way, but once. */
static int check_reap_free(void) {
    WANT(stage.results[1] == QB_OK || stage.results[1] == QB_E_DOUBLE_FREE ||
             stage.results[1] == QB_E_ADDRESS,
         "free: %s", result_name(stage.results[1]));
    return reaped_0();
}
static int check_reap_keep_free(void) {
    WANT(stage.results[1] == QB_OK, "free: %s", result_name(stage.results[1]));
    keep(stage.blocks[0]);
    keep(stage.blocks[2]);
    return reaped_0();
}
static void own_1(void) {
    stage.results[1] = qb_block_own(actor(1), stage.blocks[1], stage.numbers[1]);
}
static int check_reap_own(void) {
    uint32_t owner = qb_block_owner(stage.blocks[1]);
    WANT(owner == 0 || owner == stage.numbers[1], "owner %u", owner);
    WANT((owner != 0) == (stage.results[1] == QB_OK) || owner == 0, "own: %s",
         result_name(stage.results[1]));
    if (owner != 0) {
        keep(stage.blocks[1]);
    }
    return reaped_0();
}
static int check_reap_alloc(void) {
    WANT(stage.results[1] >= QB_ADDRESS_MIN, "alloc: %s", result_name(stage.results[1]));
    keep(stage.results[1]);
    return reaped_0();
}
/* Another resizes the dead thread's span while it is reaped. */
static void resize_1(void) {
    stage.results[1] = qb_realloc(actor(1), stage.blocks[2], 4 * QB_PAGE_BYTES);
}
static int check_reap_resize(void) {
    if (stage.results[1] >= QB_ADDRESS_MIN && qb_usable_bytes(stage.results[1]) != 0) {
        uint32_t owner = qb_block_owner(stage.results[1]);
        WANT(owner != stage.numbers[2], "the span is owned by a thread that is gone");
        keep(stage.results[1]);
    }
    return reaped_0();
}
static int check_reap_keep_resize(void) {
    WANT(stage.results[1] >= QB_ADDRESS_MIN, "realloc: %s", result_name(stage.results[1]));
    keep(stage.blocks[0]);
    keep(stage.blocks[1]);
    return check_reap_resize();
}
static void realloc_block_1(void) {
    stage.results[1] = qb_realloc(actor(1), stage.blocks[1], 60000);
}

/* The dead one's blocks stand in a page of its reaper. */
static void estate_in_page_of_0(void) {
    for (uint32_t i = 0; i < 3; i++) {
        stage.blocks[i] = must(qb_alloc(actor(0), BYTES));
        uint32_t number = i == 2 ? stage.numbers[0] : stage.numbers[2];
        assert_status(qb_block_own(actor(0), stage.blocks[i], number), QB_OK);
    }
    stage.slots[2] = 0;
}
static int check_reap_own_here(void) {
    keep(stage.blocks[2]);
    WANT(stage.results[1] != QB_OK || qb_block_owner(stage.blocks[1]) == stage.numbers[1],
         "the new owner lost its block; the owner byte is %u", qb_block_owner(stage.blocks[1]));
    return check_reap_own();
}
static int check_reap_free_here(void) {
    keep(stage.blocks[2]);
    return check_reap_free();
}

/* Threads 2 and the fifth are dead; the fifth died while it resized a span of thread 2. */
static void resize_as_fifth(void) {
    (void)qb_realloc(qb_thread_at(stage.extra_slot), stage.blocks[2], 4 * QB_PAGE_BYTES);
}
static void estate_in_other_hands(void) {
    estate();
    stage.extra_slot = must(qb_thread_attach());
    stage.extra_number = qb_thread_number(qb_thread_at(stage.extra_slot));
    static const fiber_t fibers[] = {resize_as_fifth};
    uint32_t head = stage.blocks[2] / QB_PAGE_BYTES;
    for (uint32_t at = 1; qb_word_kind(*qb_state_of(head)) != QB_PAGE_FREEING && at < 20; at++) {
        sched_use_all(0);
        assert_true(sched_run(fibers, 1, 0, at));
    }
    assert_int_equal(qb_word_kind(*qb_state_of(head)), QB_PAGE_FREEING);
}
static void reap_fifth_1(void) {
    stage.results[1] = qb_reap_begin(actor(1), stage.extra_number, 0);
    stage.results[3] = qb_reap_end(actor(1), stage.extra_number, QB_POLICY_FREE);
}
static int check_two_estates(void) {
    WANT(stage.results[1] == QB_OK && stage.results[3] == QB_OK, "reap: %s, %s",
         result_name(stage.results[1]), result_name(stage.results[3]));
    return reaped_0();
}
static int check_two_kept_estates(void) {
    for (uint32_t i = 0; i < 3; i++) {
        WANT(qb_block_owner(stage.blocks[i]) == QB_OWNER_SHARED, "block %u: owner %u", i,
             qb_block_owner(stage.blocks[i]));
        keep(stage.blocks[i]);
    }
    return check_two_estates();
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
    WANT(root_value() == (stage.results[0] == QB_OK ? 100u : 101u), "the value is %u", root_value());
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
    WANT(stage.results[1] == QB_E_NOT_FOUND || stage.results[3] == 100, "found %u", stage.results[3]);
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
    WANT(qb_arena_close(actor(0), stage.results[4], serial, 0) == QB_OK, "the next arena is spoilt");
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
    stage.results[5] = qb_block_own(actor(0), stage.results[4], QB_OWNER_SHARED); /* a place to stop at */
    memset(bytes_at(stage.results[4]), 0xff, QB_PAGE_BYTES);
    stage.results[6] = qb_block_own(actor(0), stage.results[4], stage.numbers[0]);
}
static int check_reuse(void) {
    WANT(stage.results[4] >= QB_ADDRESS_MIN, "alloc: %s", result_name(stage.results[4]));
    keep(stage.results[4]);
    WANT(all_bytes(stage.results[4], QB_PAGE_BYTES, 0xff), "a stale pin wrote into another's memory");
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
    {"attach x attach", leave_two, {attach_0, attach_1}, check_attach, 0, 0, 0},
    {"detach x remote free", three_blocks, {detach_keep_0, free_1}, check_detach_free, 0, 0, 0},
    {"detach x free of a shared block", two_shared, {detach_free_0, free_1}, check_detach_free_shared, 0,
     0, 0},
    {"detach x alloc", two_shared, {detach_free_0, alloc_1}, check_detach_alloc, 0, 0, 0},
    {"detach x detach", blocks_of_both, {detach_free_0, detach_free_1}, check_detach_detach, 0, 0, 0},
    {"detach x gift of a block", a_block_of_1, {detach_free_0, give_1}, check_give, 0, 0, 0},
    {"detach x gift of a span", a_span_of_1, {detach_free_0, give_1}, check_give, 0, 0, 0},
    {"keeping detach x gift of a block", a_block_of_1, {detach_keep_0, give_1}, check_give, 0, 0, 0},
    {"reap x reap", estate, {reap_0, reap_1}, check_reaps, 0, 0, 0},
    {"reap x free of an orphan", estate, {reap_0, free_1}, check_reap_free, 0, 0, 0},
    {"keeping reap x free of an orphan", estate, {reap_keep_0, free_1}, check_reap_keep_free, 0, 0, 0},
    {"reap x own of an orphan", estate, {reap_0, own_1}, check_reap_own, 0, 0, 0},
    {"reap x own of an orphan in the reaper's page", estate_in_page_of_0, {reap_0, own_1},
     check_reap_own_here, 0, 0, 0},
    {"reap x free of an orphan in the reaper's page", estate_in_page_of_0, {reap_0, free_1},
     check_reap_free_here, 0, 0, 0},
    {"reap x alloc", estate, {reap_0, alloc_1}, check_reap_alloc, 0, 0, 0},
    {"reap x resize of an orphan", estate, {reap_0, resize_1}, check_reap_resize, 0, 0, 0},
    {"keeping reap x resize of an orphan", estate, {reap_keep_0, resize_1}, check_reap_keep_resize, 0,
     0, 0},
    {"reap x realloc of an orphan", estate, {reap_0, realloc_block_1}, check_reap_resize, 0, 0, 0},
    {"reap of a resizer x reap of the owner", estate_in_other_hands, {reap_0, reap_fifth_1},
     check_two_estates, 0, 0, 0},
    {"reap of a resizer x keeping reap of the owner", estate_in_other_hands,
     {reap_keep_0, reap_fifth_1}, check_two_kept_estates, 0, 0, 0},
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
    {"reap x unpin of an orphaned arena", arena_of_dead_pinned_by_1, {reap_0, unpin_1},
     check_reap_and_last_unpin, 0, 0, 0},
    {"keeping reap x pin of an orphaned arena", arena_of_dead, {reap_keep_0, pin_1}, check_keeping_reap,
     0, 0, 0},
    {"keeping reap x unpin of an orphaned arena", closed_arena_of_dead_pinned_by_1,
     {reap_keep_0, unpin_1}, check_keeping_reap, 0, 0, 0},
    {"keeping reap x close of an orphaned arena", arena_of_dead, {reap_keep_0, close_1},
     check_keeping_reap, 0, 0, 0},
    {"reap of a pinner x close", pinned_by_dead, {reap_0, close_1}, check_reap_and_last_unpin, 0, 0, 0},
    {"reap of a pinner x last unpin", closed_and_pinned_by_dead, {reap_0, unpin_1},
     check_reap_and_last_unpin, 0, 0, 0},
};
const scenarios_t sched_life_scenarios = {scenarios, sizeof scenarios / sizeof *scenarios};
