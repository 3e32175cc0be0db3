/* Races on blocks: pages that have an owner, and pages that nobody owns. Fiber i is actor(i); setup runs
 * alone before. */
#include "schedule.h"

#define LARGE 20000u /* three in a page */

static uint32_t shared_block(uint32_t owner, uint32_t bytes) {
    uint32_t address = must(qb_alloc(actor(owner), bytes));
    assert_status(qb_block_own(actor(owner), address, QB_OWNER_SHARED), QB_OK);
    return address;
}

static int both_ok(void) {
    WANT(stage.results[0] == QB_OK && stage.results[1] == QB_OK, "statuses: %s, %s",
         result_name(stage.results[0]), result_name(stage.results[1]));
    return 1;
}

/* ---- one page, owner 0 ----------------------------------------------------------------------- */

static void three_blocks(void) {
    for (uint32_t i = 0; i < 3; i++) {
        stage.blocks[i] = must(qb_alloc(actor(0), LARGE));
    }
}
static void alloc_0(void) {
    stage.results[0] = qb_alloc(actor(0), LARGE);
}
static void alloc_1(void) {
    stage.results[1] = qb_alloc(actor(1), LARGE);
}
static void free_0(void) {
    stage.results[0] = qb_free(actor(0), stage.blocks[0]);
}
static void free_1(void) {
    stage.results[1] = qb_free(actor(1), stage.blocks[1]);
}
static void free_same_1(void) {
    stage.results[1] = qb_free(actor(1), stage.blocks[0]);
}
static int check_alloc_and_free(void) {
    WANT(stage.results[1] == QB_OK, "free: %s", result_name(stage.results[1]));
    keep(stage.blocks[2]);
    return two_blocks(stage.results[0], stage.blocks[0]);
}
static int check_frees(void) {
    keep(stage.blocks[2]);
    return both_ok();
}
static void two_live_blocks(void) {
    three_blocks();
    assert_status(qb_free(actor(0), stage.blocks[2]), QB_OK);
}
/* Both blocks go, and with them the page. */
static int check_all_freed(void) {
    return both_ok();
}
static void foreign_free_0(void) {
    stage.results[0] = qb_free(actor(0), stage.blocks[0]);
}
static void blocks_of_looker(void) {
    for (uint32_t i = 0; i < 2; i++) {
        stage.blocks[i] = must(qb_alloc(actor(LOOKER), LARGE));
    }
}
/* One of two frees of one block is refused; a local and a remote one may both succeed. */
static int check_same_free(void) {
    int ok = (stage.results[0] == QB_OK) + (stage.results[1] == QB_OK);
    WANT(ok >= 1, "nobody freed it: %s, %s", result_name(stage.results[0]),
         result_name(stage.results[1]));
    keep(stage.blocks[1]);
    keep(stage.blocks[2]);
    return 1;
}
static int check_same_remote_free(void) {
    int ok = (stage.results[0] == QB_OK) + (stage.results[1] == QB_OK);
    WANT(ok == 1, "freed %d times: %s, %s", ok, result_name(stage.results[0]),
         result_name(stage.results[1]));
    uint32_t refusal = stage.results[0] == QB_OK ? stage.results[1] : stage.results[0];
    /* A debug heap may find the trailer overwritten by the other free. */
    WANT(refusal == QB_E_DOUBLE_FREE || refusal == QB_E_ADDRESS || refusal == QB_E_OVERRUN,
         "refused with %s", result_name(refusal));
    keep(stage.blocks[1]);
    return 1;
}
static void dirty_neighbours(void) {
    three_blocks();
    for (uint32_t i = 0; i < 3; i++) {
        memset(bytes_at(stage.blocks[i]), 0xee, LARGE);
    }
}
static void calloc_0(void) {
    stage.results[0] = qb_calloc(actor(0), 1, LARGE);
}
static int check_calloc(void) {
    WANT(stage.results[0] >= QB_ADDRESS_MIN, "calloc: %s", result_name(stage.results[0]));
    WANT(all_bytes(stage.results[0], LARGE, 0), "calloc gave no zeros");
    return check_alloc_and_free();
}
static void trim_0(void) {
    stage.results[0] = qb_trim(actor(0)) < 100 ? QB_OK : QB_E_ARGUMENT;
}
static void one_live_block(void) {
    two_live_blocks();
    assert_status(qb_free(actor(0), stage.blocks[0]), QB_OK);
}
static void own_0(void) {
    stage.results[0] = qb_block_own(actor(0), stage.blocks[1], QB_OWNER_SHARED);
}
static int check_own_and_free(void) {
    WANT(stage.results[1] == QB_OK, "free: %s", result_name(stage.results[1]));
    keep(stage.blocks[0]);
    keep(stage.blocks[2]);
    return 1;
}
static void own_1(void) {
    stage.results[1] = qb_block_own(actor(1), stage.blocks[1], stage.numbers[1]);
}
static int check_own_and_own(void) {
    keep(stage.blocks[0]);
    keep(stage.blocks[1]);
    keep(stage.blocks[2]);
    uint32_t owner = qb_block_owner(stage.blocks[1]);
    WANT(owner == stage.numbers[1] || owner == QB_OWNER_SHARED, "owner %u", owner);
    return both_ok();
}
static void realloc_1(void) {
    stage.results[1] = qb_realloc(actor(1), stage.blocks[1], 70000);
}
static int check_realloc(void) {
    keep(stage.blocks[2]);
    return two_blocks(stage.results[0], stage.results[1]) && (keep(stage.blocks[0]), 1);
}

/* ---- abandoned pages ------------------------------------------------------------------------- */

/* Three shared blocks in a page that nobody owns; memory for nothing else when it is tight. */
static void abandoned(void) {
    for (uint32_t i = 0; i < 3; i++) {
        stage.blocks[i] = shared_block(2, LARGE);
    }
    assert_status(qb_thread_detach(actor(2), QB_POLICY_FREE), QB_OK);
    stage.slots[2] = 0;
}
static void abandoned_with_room(void) {
    abandoned();
    assert_status(qb_free(actor(LOOKER), stage.blocks[2]), QB_OK);
    assert_status(qb_thread_detach(actor(LOOKER), QB_POLICY_FREE), QB_OK);
    stage.slots[LOOKER] = must(qb_thread_attach());
}
static int check_abandoned_alloc_free(void) {
    WANT(stage.results[1] == QB_OK, "free: %s", result_name(stage.results[1]));
    keep(stage.blocks[2]);
    return two_blocks(stage.results[0], stage.blocks[0]);
}
static int check_abandoned_allocs(void) {
    keep(stage.blocks[0]);
    keep(stage.blocks[1]);
    return two_blocks(stage.results[0], stage.results[1]);
}
static int check_abandoned_frees(void) {
    keep(stage.blocks[2]);
    return both_ok();
}
static void abandoned_two_left(void) {
    abandoned_with_room();
}
/* Two abandoned pages with a free block each, and no other memory: both allocations must succeed. */
static void two_abandoned_pages(void) {
    for (uint32_t i = 0; i < 2; i++) {
        stage.blocks[i] = shared_block(2, LARGE);
        uint32_t other = must(qb_alloc(actor(2), LARGE));
        uint32_t third = shared_block(2, LARGE);
        stage.blocks[2 + i] = third;
        (void)other; /* freed when its owner leaves */
    }
    assert_status(qb_thread_detach(actor(2), QB_POLICY_FREE), QB_OK);
    stage.slots[2] = 0;
    uint32_t rest = stats_of(actor(LOOKER)).pages_virgin + stats_of(actor(LOOKER)).pages_free;
    stage.blocks[4] = must(qb_alloc(actor(LOOKER), rest * QB_PAGE_BYTES));
}
static int check_two_abandoned(void) {
    for (uint32_t i = 0; i < 5; i++) {
        keep(stage.blocks[i]);
    }
    return two_blocks(stage.results[0], stage.results[1]);
}

static const scenario_t scenarios[] = {
    {"alloc x remote free", three_blocks, {alloc_0, free_1}, check_alloc_and_free, 0, 0, 0},
    {"calloc x remote free", dirty_neighbours, {calloc_0, free_1}, check_calloc, 0, 0, 0},
    {"free x remote free", three_blocks, {free_0, free_1}, check_frees, 0, 0, 0},
    {"free x remote free, the last two",
     two_live_blocks,
     {free_0, free_1},
     check_all_freed,
     0,
     0,
     0},
    {"remote free x remote free, the last two",
     blocks_of_looker,
     {foreign_free_0, free_1},
     check_all_freed,
     0,
     0,
     0},
    {"free x remote free of one block",
     three_blocks,
     {free_0, free_same_1},
     check_same_free,
     0,
     0,
     0},
    {"remote free x remote free of one block",
     blocks_of_looker,
     {foreign_free_0, free_same_1},
     check_same_remote_free,
     0,
     0,
     0},
    {"the same in a debug heap",
     blocks_of_looker,
     {foreign_free_0, free_same_1},
     check_same_remote_free,
     0,
     0,
     QB_HEAP_DEBUG},
    {"trim x remote free of the last block",
     one_live_block,
     {trim_0, free_1},
     check_all_freed,
     0,
     0,
     0},
    {"own x remote free", three_blocks, {own_0, free_1}, check_own_and_free, 0, 0, 0},
    {"own x own", three_blocks, {own_0, own_1}, check_own_and_own, 0, 0, 0},
    {"alloc x remote realloc", three_blocks, {alloc_0, realloc_1}, check_realloc, 0, 0, 0},
    {"alloc x free in an abandoned page",
     abandoned,
     {alloc_0, free_1},
     check_abandoned_alloc_free,
     0,
     0,
     0},
    {"alloc x alloc in an abandoned page",
     abandoned_with_room,
     {alloc_0, alloc_1},
     check_abandoned_allocs,
     0,
     0,
     0},
    {"free x free in an abandoned page",
     abandoned,
     {foreign_free_0, free_1},
     check_abandoned_frees,
     0,
     0,
     0},
    {"free x free of the last two in an abandoned page",
     abandoned_two_left,
     {foreign_free_0, free_1},
     check_all_freed,
     0,
     0,
     0},
    {"alloc x alloc with abandoned pages only",
     two_abandoned_pages,
     {alloc_0, alloc_1},
     check_two_abandoned,
     4,
     0,
     0},
};
const scenarios_t sched_block_scenarios = {scenarios, sizeof scenarios / sizeof *scenarios};
