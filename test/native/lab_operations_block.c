/* Operations on blocks, spans and pages. Each says what is allowed before it starts, and what is true
 * when it has come to its end. */
#include "lab.h"

static void expect_block(world_t *w, uint32_t address, uint32_t bytes) {
    if (address >= QB_ADDRESS_MIN) {
        item_add(w, address, bytes, OWNED(ACTOR));
    } else {
        assert_status(address, QB_E_OUT_OF_MEMORY);
        assert_true(w->full);
    }
}

static void alloc_bytes(world_t *w, uint32_t bytes) {
    expect_block(w, qb_alloc(crew(w, ACTOR), bytes), bytes);
}

/* ---- alloc ----------------------------------------------------------------------------------- */

static void run_alloc_class(world_t *w) {
    uint32_t debug_bytes = (w->options & QB_HEAP_DEBUG) != 0 ? 16 : 0;
    alloc_bytes(w, qb_header()->classes[w->parameter[0]].block_bytes - debug_bytes);
}

static const uint32_t some_bytes[] = {16, 1000, 4096, 32768, QB_PAGE_BYTES, 3 * QB_PAGE_BYTES};
static void run_alloc_some(world_t *w) {
    alloc_bytes(w, some_bytes[w->parameter[0]]);
}

static void fill_class(world_t *w, uint32_t bytes, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        item_alloc(w, ACTOR, bytes);
    }
}
static void prepare_window(world_t *w) {
    fill_class(w, 200, 64); /* a window */
}
static void prepare_full_page(world_t *w) {
    fill_class(w, 4000, 16);
}
static void prepare_remote_freed(world_t *w) {
    item_t *items[16];
    for (uint32_t i = 0; i < 16; i++) items[i] = item_alloc(w, ACTOR, 4000);
    item_free(w, BYSTANDER, items[3]);
    item_free(w, BYSTANDER, items[9]);
}
static void run_alloc_200(world_t *w) {
    alloc_bytes(w, 200);
}
static void run_alloc_4000(world_t *w) {
    alloc_bytes(w, 4000);
}

/* A page of 3000-byte blocks that nobody owns; w->parameter[1] is a shared block in it. */
static void prepare_abandoned_page(world_t *w) {
    enrol(w, DEAD);
    item_t *items[3];
    for (uint32_t i = 0; i < 3; i++) {
        items[i] = item_alloc(w, DEAD, 3000);
        assert_status(qb_block_own(crew(w, DEAD), items[i]->address, QB_OWNER_SHARED), QB_OK);
        items[i]->allowed = SHARED;
    }
    assert_status(qb_thread_detach(crew(w, DEAD), QB_POLICY_FREE), QB_OK);
    w->slots[DEAD] = 0;
    w->parameter[1] = items[1]->address;
    if (w->parameter[0] == 1) { /* only this block is left */
        item_free(w, REAPER, items[0]);
        item_free(w, REAPER, items[2]);
        assert_status(qb_thread_detach(crew(w, REAPER), QB_POLICY_FREE), QB_OK);
        enrol(w, REAPER);
    }
}
static void free_last_as_dead(world_t *w) {
    (void)qb_free(crew(w, DEAD), w->parameter[1]);
}
/* The same, and its last block was freed by a thread that died before it could give the page back. */
static void prepare_abandoned_empty_page(world_t *w) {
    w->parameter[0] = 1;
    prepare_abandoned_page(w);
    enrol(w, DEAD);
    item_t *item = item_at(w, w->parameter[1]);
    assert_true(lab_run(free_last_as_dead, w, 2));
    assert_int_equal(qb_usable_bytes(item->address), 0);
    item->allowed = 0;
    w->dead |= OWNED(DEAD);
}
static void run_alloc_3000(world_t *w) {
    alloc_bytes(w, 3000);
}

/* All pages are in use but one of the actor's, which has no live block. */
static void prepare_trim(world_t *w) {
    item_free(w, ACTOR, item_alloc(w, ACTOR, 32768));
    for (;;) {
        uint32_t address = qb_alloc(crew(w, BYSTANDER), QB_PAGE_BYTES);
        if (address < QB_ADDRESS_MIN) {
            break;
        }
        item_add(w, address, QB_PAGE_BYTES, OWNED(BYSTANDER));
    }
    w->full = 1;
}
static void prepare_no_memory(world_t *w) {
    prepare_trim(w);
    qb_trim(crew(w, ACTOR));
    item_alloc(w, BYSTANDER, QB_PAGE_BYTES);
}
static void run_alloc_100000(world_t *w) {
    alloc_bytes(w, 100000);
}
static void run_grow(world_t *w) {
    qb_stats_t stats = stats_of(crew(w, SECOND));
    alloc_bytes(w, (stats.pages_virgin + stats.pages_free + 1) * QB_PAGE_BYTES - 64);
}
static void grow_as_dead(world_t *w) {
    uint32_t pages = qb_header()->page_count - qb_header()->page_first;
    (void)qb_alloc(crew(w, DEAD), (pages + 1) * QB_PAGE_BYTES);
}
/* The memory has grown, but its grower died before the heap knew. */
static void prepare_lost_growth(world_t *w) {
    enrol(w, DEAD);
    w->dead |= OWNED(DEAD);
    for (uint32_t k = 1; k < 10; k++) {
        lab_run(grow_as_dead, w, k);
        if (qb_host_page_count() > qb_header()->page_count) {
            return;
        }
    }
    fail();
}

static void run_calloc(world_t *w) {
    uint32_t bytes = some_bytes[w->parameter[0]];
    uint32_t address = qb_calloc(crew(w, ACTOR), 1, bytes);
    assert_true(address < QB_ADDRESS_MIN || all_bytes(address, bytes, 0));
    expect_block(w, address, bytes);
}
static void prepare_used(world_t *w) {
    uint32_t bytes = some_bytes[w->parameter[0]];
    item_t *item = item_alloc(w, ACTOR, bytes);
    if (bytes < QB_PAGE_BYTES && !w->full) {
        item_alloc(w, ACTOR, bytes);
    }
    item_free(w, ACTOR, item);
}
static void run_aligned(world_t *w) {
    static const uint32_t bytes[] = {100, 10, 40000};
    static const uint32_t aligns[] = {4096, 65536, 65536};
    uint32_t v = w->parameter[0];
    expect_block(w, qb_alloc_aligned(crew(w, ACTOR), bytes[v], aligns[v]), bytes[v]);
}

/* ---- free ------------------------------------------------------------------------------------ */

static void free_parameter(world_t *w) {
    item_t *item = item_at(w, w->parameter[1]);
    item->allowed |= GONE;
    item->kept = 0;
    assert_status(qb_free(crew(w, ACTOR), item->address), QB_OK);
    item->allowed = 0;
}
static void target(world_t *w, uint32_t owner, uint32_t bytes) {
    uint32_t member = owner == SHARED ? (uint32_t)BYSTANDER : owner;
    item_t *item = item_alloc(w, member, bytes);
    if (owner == SHARED) {
        assert_status(qb_block_own(crew(w, member), item->address, QB_OWNER_SHARED), QB_OK);
        item->allowed = SHARED;
    }
    w->parameter[1] = item->address;
}
static void prepare_free_local(world_t *w) {
    item_alloc(w, ACTOR, 500);
    target(w, ACTOR, 500);
}
static void prepare_free_current(world_t *w) {
    target(w, ACTOR, 7000);
}
static void prepare_free_other_page(world_t *w) {
    target(w, ACTOR, 32000); /* two a page */
    item_t *neighbour = item_alloc(w, ACTOR, 32000);
    item_alloc(w, ACTOR, 32000); /* another page is the current one */
    item_free(w, ACTOR, neighbour);
}
static void prepare_free_remote(world_t *w) {
    item_alloc(w, BYSTANDER, 500);
    target(w, w->parameter[0] == 0 ? (uint32_t)BYSTANDER : SHARED, 500);
}
static void prepare_free_remote_last(world_t *w) {
    target(w, w->parameter[0] == 0 ? (uint32_t)BYSTANDER : SHARED, 28000);
}
static void prepare_free_span(world_t *w) {
    static const uint32_t owners[] = {ACTOR, BYSTANDER, SHARED};
    target(w, owners[w->parameter[0]], w->full ? 60000 : 150000);
}
static void prepare_quarantine(world_t *w) {
    for (uint32_t i = 0; i < 70; i++) {
        item_free(w, ACTOR, item_alloc(w, i % 2 == 0 ? ACTOR : BYSTANDER, 500));
    }
    target(w, ACTOR, 500);
}
static void run_free_errors(world_t *w) {
    item_t *item = item_at(w, w->parameter[1]);
    qb_thread_t *self = crew(w, ACTOR);
    assert_status(qb_free(self, item->address + 16), QB_E_ADDRESS);
    assert_status(qb_free(self, 0xfffffff0u), QB_E_ADDRESS);
    assert_status(qb_realloc(self, item->address + 16, 10), QB_E_ADDRESS);
}

/* ---- realloc --------------------------------------------------------------------------------- */

static const struct {
    uint32_t owner, from, to, wall;
} reallocs[] = {
    {ACTOR, 100, 104, 0},
    {ACTOR, 100, 5000, 0},
    {ACTOR, 5000, 100, 0},
    {ACTOR, 20000, 100000, 0},
    {ACTOR, 100000, 20000, 0},
    {ACTOR, 2 * QB_PAGE_BYTES, 5 * QB_PAGE_BYTES, 0},
    {ACTOR, 2 * QB_PAGE_BYTES, 5 * QB_PAGE_BYTES, 1},
    {ACTOR, 5 * QB_PAGE_BYTES, 2 * QB_PAGE_BYTES, 0},
    {BYSTANDER, 2 * QB_PAGE_BYTES, 4 * QB_PAGE_BYTES, 0},
    {SHARED, 5 * QB_PAGE_BYTES, 2 * QB_PAGE_BYTES, 1},
    {BYSTANDER, 100, 5000, 0},
    {SHARED, 100, 5000, 0},
    {ACTOR, 2 * QB_PAGE_BYTES, 200 * QB_PAGE_BYTES, 0},
};
static void prepare_realloc(world_t *w) {
    uint32_t v = w->parameter[0];
    target(w, reallocs[v].owner, reallocs[v].from);
    if (reallocs[v].wall) {
        item_alloc(w, BYSTANDER, QB_PAGE_BYTES);
    }
}
static void run_realloc(world_t *w) {
    uint32_t v = w->parameter[0];
    item_t *item = item_at(w, w->parameter[1]);
    uint32_t bytes = reallocs[v].to;
    uint32_t kept = bytes < item->bytes ? bytes : item->bytes;
    uint32_t before = item->allowed;
    item->allowed |= GONE;
    item->kept = kept;
    uint32_t address = qb_realloc(crew(w, ACTOR), item->address, bytes);
    if (address < QB_ADDRESS_MIN) {
        assert_status(address, QB_E_OUT_OF_MEMORY);
        item->allowed = before;
        item->kept = item->bytes;
        return;
    }
    assert_true(pattern_holds(address, item->bytes, kept, item->tag));
    if (address == item->address) {
        item->allowed = before;
    } else {
        item->allowed = 0;
        item_add(w, address, bytes, OWNED(ACTOR));
    }
}

/* ---- owners ---------------------------------------------------------------------------------- */

static const struct {
    uint32_t from, to, bytes;
} owns[] = {
    {ACTOR, BYSTANDER, 100}, {ACTOR, SHARED, 100},   {BYSTANDER, ACTOR, 100},
    {SHARED, ACTOR, 100},    {ACTOR, SHARED, 60000}, {BYSTANDER, ACTOR, 60000},
};
static void prepare_own(world_t *w) {
    target(w, owns[w->parameter[0]].from, owns[w->parameter[0]].bytes);
}
static void run_own(world_t *w) {
    uint32_t to = owns[w->parameter[0]].to;
    item_t *item = item_at(w, w->parameter[1]);
    uint32_t after = to == SHARED ? SHARED : OWNED(to);
    item->allowed |= after;
    uint32_t number = to == SHARED ? QB_OWNER_SHARED : w->numbers[to];
    assert_status(qb_block_own(crew(w, ACTOR), item->address, number), QB_OK);
    item->allowed = after;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ROOMY (ALL_STATES & ~ONLY(STATE_FULL))

static const operation_t operations[] = {
    {"alloc in each class", NULL, run_alloc_class, ONLY(STATE_EMPTY) | ONLY(STATE_ABANDONED), 40,
     NULL, 0},
    {"alloc", NULL, run_alloc_some, ALL_STATES, COUNT(some_bytes), NULL, 0},
    {"alloc from the next window", prepare_window, run_alloc_200, ALL_STATES, 1, NULL, 0},
    {"alloc when the page is full", prepare_full_page, run_alloc_4000, ALL_STATES, 1, NULL, 0},
    {"alloc where others freed", prepare_remote_freed, run_alloc_4000, ALL_STATES, 1, NULL, 0},
    {"alloc in an abandoned page", prepare_abandoned_page, run_alloc_3000,
     ROOMY & ~ONLY(STATE_UNREAPED), 1, NULL, 0},
    {"alloc that meets an empty abandoned page", prepare_abandoned_empty_page, run_alloc_3000,
     ROOMY & ~ONLY(STATE_UNREAPED) & ~ONLY(STATE_DEBUG), 1, NULL, 0},
    {"alloc that trims", prepare_trim, run_alloc_200, ALL_STATES, 1, NULL, 0},
    {"span alloc that trims", prepare_trim, run_alloc_100000, ALL_STATES, 1, NULL, 0},
    {"alloc without memory", prepare_no_memory, run_alloc_200, ALL_STATES & ~ONLY(STATE_DEBUG), 1,
     NULL, 0},
    {"alloc that grows the memory", NULL, run_grow, ROOMY, 1, NULL, 24},
    {"alloc after a lost growth", prepare_lost_growth, run_grow, ROOMY & ~ONLY(STATE_UNREAPED), 1,
     NULL, 24},
    {"calloc", NULL, run_calloc, ALL_STATES, COUNT(some_bytes), NULL, 0},
    {"calloc of used memory", prepare_used, run_calloc, ALL_STATES, 5, NULL, 0},
    {"aligned alloc", NULL, run_aligned, ALL_STATES, 3, NULL, 0},
    {"free", prepare_free_local, free_parameter, ALL_STATES, 1, NULL, 0},
    {"free of the last block of the current page", prepare_free_current, free_parameter, ALL_STATES,
     1, NULL, 0},
    {"free of the last block of a page", prepare_free_other_page, free_parameter, ROOMY, 1, NULL,
     0},
    {"remote free", prepare_free_remote, free_parameter, ALL_STATES, 2, NULL, 0},
    {"remote free of the last block", prepare_free_remote_last, free_parameter, ALL_STATES, 2, NULL,
     0},
    {"free into an abandoned page", prepare_abandoned_page, free_parameter,
     ROOMY & ~ONLY(STATE_UNREAPED), 2, NULL, 0},
    {"span free", prepare_free_span, free_parameter, ALL_STATES, 3, NULL, 0},
    {"free through quarantine", prepare_quarantine, free_parameter, ONLY(STATE_DEBUG), 1, NULL, 0},
    {"refused free", prepare_free_local, run_free_errors, ALL_STATES, 1, NULL, 0},
    {"realloc", prepare_realloc, run_realloc, ROOMY, COUNT(reallocs), NULL, 0},
    {"own", prepare_own, run_own, ALL_STATES, COUNT(owns), NULL, 0},
};
const operations_t lab_block_operations = {operations, COUNT(operations)};
