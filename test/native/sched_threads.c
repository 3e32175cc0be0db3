/* Races of attaching, detaching and reaping. */
#include "schedule.h"

#define BYTES 20000u

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
/* One shared block in a page, and nothing else: when both are through all memory is one run. Whoever left
 * the page may have left it empty, so asking for the run has to look there too. */
static void one_shared(void) {
    stage.blocks[1] = must(qb_alloc(actor(0), BYTES));
    assert_status(qb_block_own(actor(0), stage.blocks[1], QB_OWNER_SHARED), QB_OK);
}
static int check_all_memory(void) {
    WANT(stage.results[1] == QB_OK, "free: %s", result_name(stage.results[1]));
    qb_stats_t stats = stats_of(actor(LOOKER));
    uint32_t pages = stats.page_count - stats.pages_meta;
    uint32_t run = qb_alloc(actor(LOOKER), pages * QB_PAGE_BYTES);
    WANT(run >= QB_ADDRESS_MIN, "a run of all %u pages: %s; %u abandoned", pages, result_name(run),
         stats.pages_abandoned);
    keep(run);
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
void reap_0(void) {
    reap(0, QB_POLICY_FREE);
}
static void reap_1(void) {
    reap(1, QB_POLICY_FREE);
}
void reap_keep_0(void) {
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
int reaped_0(void) {
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

static const scenario_t scenarios[] = {
    {"attach x attach", leave_two, {attach_0, attach_1}, check_attach, 0, 0, 0},
    {"detach x remote free", three_blocks, {detach_keep_0, free_1}, check_detach_free, 0, 0, 0},
    {"detach x free of its last block, then a span of all pages",
     one_shared,
     {detach_free_0, free_1},
     check_all_memory,
     0,
     0,
     0},
    {"detach x free of a shared block",
     two_shared,
     {detach_free_0, free_1},
     check_detach_free_shared,
     0,
     0,
     0},
    {"detach x alloc", two_shared, {detach_free_0, alloc_1}, check_detach_alloc, 0, 0, 0},
    {"detach x detach",
     blocks_of_both,
     {detach_free_0, detach_free_1},
     check_detach_detach,
     0,
     0,
     0},
    {"detach x gift of a block", a_block_of_1, {detach_free_0, give_1}, check_give, 0, 0, 0},
    {"detach x gift of a span", a_span_of_1, {detach_free_0, give_1}, check_give, 0, 0, 0},
    {"keeping detach x gift of a block",
     a_block_of_1,
     {detach_keep_0, give_1},
     check_give,
     0,
     0,
     0},
    {"reap x reap", estate, {reap_0, reap_1}, check_reaps, 0, 0, 0},
    {"reap x free of an orphan", estate, {reap_0, free_1}, check_reap_free, 0, 0, 0},
    {"keeping reap x free of an orphan",
     estate,
     {reap_keep_0, free_1},
     check_reap_keep_free,
     0,
     0,
     0},
    {"reap x own of an orphan", estate, {reap_0, own_1}, check_reap_own, 0, 0, 0},
    {"reap x own of an orphan in the reaper's page",
     estate_in_page_of_0,
     {reap_0, own_1},
     check_reap_own_here,
     0,
     0,
     0},
    {"reap x free of an orphan in the reaper's page",
     estate_in_page_of_0,
     {reap_0, free_1},
     check_reap_free_here,
     0,
     0,
     0},
    {"reap x alloc", estate, {reap_0, alloc_1}, check_reap_alloc, 0, 0, 0},
    {"reap x resize of an orphan", estate, {reap_0, resize_1}, check_reap_resize, 0, 0, 0},
    {"keeping reap x resize of an orphan",
     estate,
     {reap_keep_0, resize_1},
     check_reap_keep_resize,
     0,
     0,
     0},
    {"reap x realloc of an orphan", estate, {reap_0, realloc_block_1}, check_reap_resize, 0, 0, 0},
    {"reap of a resizer x reap of the owner",
     estate_in_other_hands,
     {reap_0, reap_fifth_1},
     check_two_estates,
     0,
     0,
     0},
    {"reap of a resizer x keeping reap of the owner",
     estate_in_other_hands,
     {reap_keep_0, reap_fifth_1},
     check_two_kept_estates,
     0,
     0,
     0},
};
const scenarios_t sched_thread_scenarios = {scenarios, sizeof scenarios / sizeof *scenarios};
