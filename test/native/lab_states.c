/* The states that every operation starts from. */
#include "lab.h"

static void build_empty(world_t *w) {
    for (uint32_t member = 0; member < DEAD; member++) {
        enrol(w, member);
    }
    w->names = w->slots[BYSTANDER] + (uint32_t)offsetof(qb_thread_t, scratch);
}

/* Some blocks of many sizes, half of them freed again, by themselves and by each other. */
static void use(world_t *w, uint32_t member, uint32_t other) {
    static const uint32_t sizes[] = {16, 24, 200, 1000, 3000, 20000, 32752, QB_PAGE_BYTES, 150000};
    for (uint32_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint32_t count = sizes[i] > 20000 ? 1 : 6;
        item_t *items[6];
        for (uint32_t n = 0; n < count; n++) {
            items[n] = item_alloc(w, member, sizes[i]);
        }
        for (uint32_t n = 0; n < count; n += 2) {
            item_free(w, n % 4 == 0 ? member : other, items[n]);
        }
    }
}

static void build_warm(world_t *w) {
    build_empty(w);
    use(w, ACTOR, BYSTANDER);
    use(w, BYSTANDER, ACTOR);
    arena_add(w, BYSTANDER, 1000, 3000);
    arena_add(w, ACTOR, 1000, 70000);
}

static void build_full(world_t *w) {
    build_empty(w);
    item_alloc(w, ACTOR, 100);
    item_alloc(w, BYSTANDER, 100);
    uint32_t left = stats_of(crew(w, BYSTANDER)).pages_virgin - 3;
    item_alloc(w, BYSTANDER, left * QB_PAGE_BYTES - 64);
    w->full = 1;
}

static void build_fragmented(world_t *w) {
    build_empty(w);
    item_t *items[64];
    uint32_t count = stats_of(crew(w, BYSTANDER)).pages_virgin - 8;
    for (uint32_t i = 0; i < count; i++) {
        items[i] = item_alloc(w, i % 3 == 0 ? ACTOR : BYSTANDER, QB_PAGE_BYTES - 64);
    }
    for (uint32_t i = 0; i < count; i += 2) {
        item_free(w, BYSTANDER, items[i]);
    }
    for (uint32_t i = 0; i < 100; i++) {
        items[i % 50] = item_alloc(w, i % 5 == 0 ? BYSTANDER : ACTOR, i < 50 ? 16 : 1000);
        if (i >= 50 && i % 2 == 0) {
            item_free(w, i % 4 == 0 ? ACTOR : BYSTANDER, items[i % 50]);
        }
    }
}

/* Threads were here and left pages with shared blocks. */
static void build_abandoned(world_t *w) {
    build_empty(w);
    for (uint32_t round = 0; round < 2; round++) {
        enrol(w, DEAD);
        static const uint32_t sizes[] = {16, 200, 1000, 3000, 20000, 100000};
        for (uint32_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            item_t *item = item_alloc(w, DEAD, sizes[i]);
            (void)item_alloc(w, DEAD, sizes[i] / 2);
            assert_status(qb_block_own(crew(w, DEAD), item->address, QB_OWNER_SHARED), QB_OK);
            item->allowed = SHARED;
        }
        assert_status(qb_thread_detach(crew(w, DEAD), round), QB_OK);
        expect_reaped(w, DEAD, round);
        w->slots[DEAD] = 0;
    }
    assert_true(items_hold(w));
}

static void build_unreaped(world_t *w) {
    build_empty(w);
    enrol(w, DEAD);
    arena_t *pinned = arena_add(w, BYSTANDER, 1000, 3000);
    assert_status(qb_arena_pin(crew(w, DEAD), pinned->address, pinned->serial), QB_OK);
    pinned->pins_sure = pinned->pins_maybe = OWNED(DEAD);
    arena_t *left = arena_add(w, DEAD, 1000, 70000);
    assert_status(qb_arena_pin(crew(w, ACTOR), left->address, left->serial), QB_OK);
    left->pins_sure = left->pins_maybe = OWNED(ACTOR);
    arena_add(w, DEAD, 1000, 100);
    static const uint32_t sizes[] = {16, 200, 1000, 20000, 100000};
    for (uint32_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        item_alloc(w, DEAD, sizes[i]);
        item_alloc(w, ACTOR, sizes[i]);
        item_free(w, DEAD, item_alloc(w, BYSTANDER, sizes[i]));
        item_free(w, BYSTANDER, item_alloc(w, DEAD, sizes[i]));
    }
    w->dead |= OWNED(DEAD);
}

const state_t lab_states[STATE_COUNT] = {
    [STATE_EMPTY] = {"empty", 20, 0, build_empty},
    [STATE_WARM] = {"warm", 30, 0, build_warm},
    [STATE_FULL] = {"nearly full", 10, 0, build_full},
    [STATE_FRAGMENTED] = {"fragmented", 28, 0, build_fragmented},
    [STATE_ABANDONED] = {"abandoned pages", 24, 0, build_abandoned},
    [STATE_UNREAPED] = {"a dead thread", 34, 0, build_unreaped},
    [STATE_DEBUG] = {"debug", 36, QB_HEAP_DEBUG, build_warm},
};
