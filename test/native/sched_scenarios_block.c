/* Races on blocks, spans and pages. Fiber i is actor(i); setup runs alone before. */
#include "schedule.h"

#define LARGE 20000u /* three in a page */

static uint32_t shared_block(uint32_t owner, uint32_t bytes) {
    uint32_t address = must(qb_alloc(actor(owner), bytes));
    assert_status(qb_block_own(actor(owner), address, QB_OWNER_SHARED), QB_OK);
    return address;
}

/* Two results that must be addresses of different blocks. */
static int two_blocks(uint32_t a, uint32_t b) {
    WANT(a >= QB_ADDRESS_MIN && b >= QB_ADDRESS_MIN, "allocations: %s, %s", result_name(a),
         result_name(b));
    WANT(a != b, "one block twice: 0x%x", a);
    keep(a);
    keep(b);
    return 1;
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
    WANT(refusal == QB_E_DOUBLE_FREE || refusal == QB_E_ADDRESS, "refused with %s",
         result_name(refusal));
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

/* ---- spans ----------------------------------------------------------------------------------- */

/* There is so much room that both fit even when one of them lands in the middle of it. */
static void nothing(void) {
}
static void span_0(void) {
    stage.results[0] = qb_alloc(actor(0), 5 * QB_PAGE_BYTES);
}
static void span_1(void) {
    stage.results[1] = qb_alloc(actor(1), 4 * QB_PAGE_BYTES);
}
static int check_spans(void) {
    return two_blocks(stage.results[0], stage.results[1]);
}
static void big_span_0(void) {
    stage.results[0] = qb_alloc(actor(0), 7 * QB_PAGE_BYTES);
}
static void big_span_1(void) {
    stage.results[1] = qb_alloc(actor(1), 7 * QB_PAGE_BYTES);
}
/* There is room for one of them. */
static int check_one_span(void) {
    int ok = (stage.results[0] >= QB_ADDRESS_MIN) + (stage.results[1] >= QB_ADDRESS_MIN);
    WANT(ok == 1, "%d of two spans where one fits: %s, %s", ok, result_name(stage.results[0]),
         result_name(stage.results[1]));
    keep(stage.results[0] >= QB_ADDRESS_MIN ? stage.results[0] : stage.results[1]);
    return 1;
}
static void a_span(void) {
    stage.blocks[0] = must(qb_alloc(actor(0), 2 * QB_PAGE_BYTES));
    pattern_write(stage.blocks[0], 2 * QB_PAGE_BYTES, 9);
}
static void grow_span_0(void) {
    stage.results[0] = qb_realloc(actor(0), stage.blocks[0], 4 * QB_PAGE_BYTES);
}
static void grow_span_1(void) {
    stage.results[1] = qb_realloc(actor(1), stage.blocks[0], 5 * QB_PAGE_BYTES);
}
static void shrink_span_1(void) {
    stage.results[1] = qb_realloc(actor(1), stage.blocks[0], QB_PAGE_BYTES);
}
static void free_span_1(void) {
    stage.results[1] = qb_free(actor(1), stage.blocks[0]);
}
static void own_span_1(void) {
    stage.results[1] = qb_block_own(actor(1), stage.blocks[0], stage.numbers[1]);
}
static int check_grow_and_alloc(void) {
    WANT(stage.results[0] >= QB_ADDRESS_MIN, "realloc: %s", result_name(stage.results[0]));
    WANT(pattern_holds(stage.results[0], 2 * QB_PAGE_BYTES, 2 * QB_PAGE_BYTES, 9), "content is lost");
    return two_blocks(stage.results[0], stage.results[1]);
}
/* Both resize one span: an error of the callers, but the heap stays whole. */
static int check_two_resizes(void) {
    if (qb_usable_bytes(stage.blocks[0]) != 0) {
        keep(stage.blocks[0]);
    }
    for (uint32_t i = 0; i < 2; i++) {
        if (stage.results[i] >= QB_ADDRESS_MIN && stage.results[i] != stage.blocks[0] &&
            qb_usable_bytes(stage.results[i]) != 0) {
            keep(stage.results[i]);
        }
    }
    WANT(stage.results[0] >= QB_ADDRESS_MIN || stage.results[1] >= QB_ADDRESS_MIN ||
             stage.results[1] == QB_OK,
         "neither came through: %s, %s", result_name(stage.results[0]),
         result_name(stage.results[1]));
    return 1;
}
static int check_own_and_resize(void) {
    WANT(stage.results[0] >= QB_ADDRESS_MIN, "realloc: %s", result_name(stage.results[0]));
    keep(stage.results[0]);
    return 1;
}
static int check_span_frees(void) {
    int ok = (stage.results[0] == QB_OK) + (stage.results[1] == QB_OK);
    WANT(ok == 1, "freed %d times", ok);
    return 1;
}
static void grow_0(void) {
    stage.results[0] = qb_alloc(actor(0), 15 * QB_PAGE_BYTES);
}
static void grow_1(void) {
    stage.results[1] = qb_alloc(actor(1), 14 * QB_PAGE_BYTES);
}
static void walk_1(void) {
    (void)qb_check(actor(1));
    (void)qb_stats(actor(1));
    stage.results[1] = QB_OK;
}
static int check_walk(void) {
    WANT(stage.results[0] >= QB_ADDRESS_MIN, "alloc: %s", result_name(stage.results[0]));
    keep(stage.results[0]);
    return 1;
}

static const scenario_t scenarios[] = {
    {"alloc x remote free", three_blocks, {alloc_0, free_1}, check_alloc_and_free, 0, 0, 0},
    {"calloc x remote free", dirty_neighbours, {calloc_0, free_1}, check_calloc, 0, 0, 0},
    {"free x remote free", three_blocks, {free_0, free_1}, check_frees, 0, 0, 0},
    {"free x remote free, the last two", two_live_blocks, {free_0, free_1}, check_all_freed, 0, 0, 0},
    {"remote free x remote free, the last two", blocks_of_looker, {foreign_free_0, free_1},
     check_all_freed, 0, 0, 0},
    {"free x remote free of one block", three_blocks, {free_0, free_same_1}, check_same_free, 0, 0, 0},
    {"remote free x remote free of one block", blocks_of_looker, {foreign_free_0, free_same_1},
     check_same_remote_free, 0, 0, 0},
    {"the same in a debug heap", blocks_of_looker, {foreign_free_0, free_same_1},
     check_same_remote_free, 0, 0, QB_HEAP_DEBUG},
    {"trim x remote free of the last block", one_live_block, {trim_0, free_1}, check_all_freed, 0, 0, 0},
    {"own x remote free", three_blocks, {own_0, free_1}, check_own_and_free, 0, 0, 0},
    {"own x own", three_blocks, {own_0, own_1}, check_own_and_own, 0, 0, 0},
    {"alloc x remote realloc", three_blocks, {alloc_0, realloc_1}, check_realloc, 0, 0, 0},
    {"alloc x free in an abandoned page", abandoned, {alloc_0, free_1}, check_abandoned_alloc_free, 0,
     0, 0},
    {"alloc x alloc in an abandoned page", abandoned_with_room, {alloc_0, alloc_1},
     check_abandoned_allocs, 0, 0, 0},
    {"free x free in an abandoned page", abandoned, {foreign_free_0, free_1}, check_abandoned_frees, 0,
     0, 0},
    {"free x free of the last two in an abandoned page", abandoned_two_left, {foreign_free_0, free_1},
     check_all_freed, 0, 0, 0},
    {"alloc x alloc with abandoned pages only", two_abandoned_pages, {alloc_0, alloc_1},
     check_two_abandoned, 4, 0, 0},
    {"span alloc x span alloc", nothing, {span_0, span_1}, check_spans, 16, 0, 0},
    {"span alloc x span alloc, room for one", nothing, {big_span_0, big_span_1}, check_one_span, 0, 0,
     0},
    {"span alloc x block alloc", nothing, {span_0, alloc_1}, check_spans, 0, 0, 0},
    {"span growth x block alloc", a_span, {grow_span_0, alloc_1}, check_grow_and_alloc, 0, 0, 0},
    {"span growth x growth of one span", a_span, {grow_span_0, grow_span_1}, check_two_resizes, 0, 0, 0},
    {"span growth x shrinking of one span", a_span, {grow_span_0, shrink_span_1}, check_two_resizes, 0,
     0, 0},
    {"span growth x free of one span", a_span, {grow_span_0, free_span_1}, check_two_resizes, 0, 0, 0},
    {"span growth x own", a_span, {grow_span_0, own_span_1}, check_own_and_resize, 0, 0, 0},
    {"span free x span free of one span", a_span, {foreign_free_0, free_span_1}, check_span_frees, 0, 0,
     0},
    {"growth x growth", nothing, {grow_0, grow_1}, check_spans, 0, 40, 0},
    {"alloc x walk", nothing, {alloc_0, walk_1}, check_walk, 0, 0, 0},
};
const scenarios_t sched_block_scenarios = {scenarios, sizeof scenarios / sizeof *scenarios};
