/* Races on spans and on growth. */
#include "schedule.h"

static void alloc_0(void) {
    stage.results[0] = qb_alloc(actor(0), 20000);
}
static void alloc_1(void) {
    stage.results[1] = qb_alloc(actor(1), 20000);
}

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
static void free_span_0(void) {
    stage.results[0] = qb_free(actor(0), stage.blocks[0]);
}
static void free_span_1(void) {
    stage.results[1] = qb_free(actor(1), stage.blocks[0]);
}
static void own_span_1(void) {
    stage.results[1] = qb_block_own(actor(1), stage.blocks[0], stage.numbers[1]);
}
static int check_grow_and_alloc(void) {
    WANT(stage.results[0] >= QB_ADDRESS_MIN, "realloc: %s", result_name(stage.results[0]));
    WANT(pattern_holds(stage.results[0], 2 * QB_PAGE_BYTES, 2 * QB_PAGE_BYTES, 9),
         "content is lost");
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
    {"span alloc x span alloc", nothing, {span_0, span_1}, check_spans, 16, 0, 0},
    {"span alloc x span alloc, room for one",
     nothing,
     {big_span_0, big_span_1},
     check_one_span,
     0,
     0,
     0},
    {"span alloc x block alloc", nothing, {span_0, alloc_1}, check_spans, 0, 0, 0},
    {"span growth x block alloc", a_span, {grow_span_0, alloc_1}, check_grow_and_alloc, 0, 0, 0},
    {"span growth x growth of one span",
     a_span,
     {grow_span_0, grow_span_1},
     check_two_resizes,
     0,
     0,
     0},
    {"span growth x shrinking of one span",
     a_span,
     {grow_span_0, shrink_span_1},
     check_two_resizes,
     0,
     0,
     0},
    {"span growth x free of one span",
     a_span,
     {grow_span_0, free_span_1},
     check_two_resizes,
     0,
     0,
     0},
    {"span growth x own", a_span, {grow_span_0, own_span_1}, check_own_and_resize, 0, 0, 0},
    {"span free x span free of one span",
     a_span,
     {free_span_0, free_span_1},
     check_span_frees,
     0,
     0,
     0},
    {"growth x growth", nothing, {grow_0, grow_1}, check_spans, 0, 40, 0},
    {"alloc x walk", nothing, {alloc_0, walk_1}, check_walk, 0, 0, 0},
};
const scenarios_t sched_span_scenarios = {scenarios, sizeof scenarios / sizeof *scenarios};
