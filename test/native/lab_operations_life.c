/* Operations on threads, roots and arenas, and the walks over the whole heap. */
#include "lab.h"

/* ---- threads --------------------------------------------------------------------------------- */

static void prepare_attach(world_t *w) {
    expect_reaped(w, ACTOR, QB_POLICY_FREE);
    assert_status(qb_thread_detach(crew(w, ACTOR), QB_POLICY_FREE), QB_OK);
    w->slots[ACTOR] = 0;
}
static void run_attach(world_t *w) {
    enrol(w, ACTOR);
}

static void prepare_estate(world_t *w) {
    static const uint32_t sizes[] = {16, 100, 5000, 70000};
    for (uint32_t i = 0; i < sizeof sizes / sizeof *sizes - w->full; i++) {
        item_alloc(w, ACTOR, sizes[i]);
    }
    item_t *shared = item_alloc(w, ACTOR, 100);
    assert_status(qb_block_own(crew(w, ACTOR), shared->address, QB_OWNER_SHARED), QB_OK);
    shared->allowed = SHARED;
    item_free(w, BYSTANDER, item_alloc(w, ACTOR, 100));
    if (w->full) {
        return;
    }
    arena_add(w, ACTOR, 1000, 70000);
    arena_t *pinned = arena_add(w, ACTOR, 1000, 100);
    assert_status(qb_arena_pin(crew(w, BYSTANDER), pinned->address, pinned->serial), QB_OK);
    pinned->pins_sure = pinned->pins_maybe = OWNED(BYSTANDER);
    arena_t *other = arena_add(w, BYSTANDER, 1000, 100);
    assert_status(qb_arena_pin(crew(w, ACTOR), other->address, other->serial), QB_OK);
    assert_status(qb_arena_close(crew(w, BYSTANDER), other->address, other->serial, 0), QB_OK);
    other->open_sure = 0;
    other->closed_sure = 1;
    other->pins_sure = other->pins_maybe = OWNED(ACTOR);
}
static void run_detach(world_t *w) {
    expect_reaping(w, ACTOR, w->parameter[0]);
    assert_status(qb_thread_detach(crew(w, ACTOR), w->parameter[0]), QB_OK);
    expect_reaped(w, ACTOR, w->parameter[0]);
    w->slots[ACTOR] = 0;
}

/* parameter: policy, or both in turn as the visitor likes. */
static void run_reap_dead(world_t *w) {
    qb_thread_t *self = crew(w, ACTOR);
    uint32_t number = w->numbers[DEAD];
    uint32_t policy = w->parameter[0] & 1;
    expect_reaping(w, DEAD, policy);
    assert_status(qb_reap_begin(self, number, 0), QB_OK);
    uint32_t count = 0;
    for (uint32_t at = qb_reap_next(self, number, 0); at != 0;
         at = qb_reap_next(self, number, at)) {
        item_t *item = item_at(w, at);
        if (w->parameter[0] < 2 || item == NULL) {
            continue;
        }
        if (count++ % 2 == 0) {
            item->allowed |= OWNED(ACTOR);
            assert_status(qb_block_own(self, at, w->numbers[ACTOR]), QB_OK);
            item->allowed = OWNED(ACTOR);
        } else {
            item->allowed |= GONE;
            item->kept = 0;
            assert_status(qb_free(self, at), QB_OK);
            item->allowed = 0;
        }
    }
    assert_status(qb_reap_end(self, number, policy), QB_OK);
    expect_reaped(w, DEAD, policy);
    w->dead &= ~OWNED(DEAD);
    w->slots[DEAD] = 0;
}

/* The dead one died while it reaped another, and that while it detached. */
static void detach_as_dead(world_t *w) {
    (void)qb_thread_detach(crew(w, DEAD), w->parameter[0] & 1);
}
static void prepare_half_detached(world_t *w) {
    enrol(w, DEAD);
    item_t *item = item_alloc(w, DEAD, 100);
    item_alloc(w, DEAD, w->full ? 100 : 70000);
    assert_status(qb_block_own(crew(w, ACTOR), item->address, w->numbers[ACTOR]), QB_OK);
    item->allowed = OWNED(ACTOR);
    expect_reaping(w, DEAD, w->parameter[0] & 1);
    assert_true(lab_run(detach_as_dead, w, 3));
    w->dead |= OWNED(DEAD);
}

/* The dead one's span is in the hands of another, who died while he resized it. */
static void resize_as_bystander(world_t *w) {
    (void)qb_realloc(crew(w, BYSTANDER), w->parameter[1], 4 * QB_PAGE_BYTES);
}
static void prepare_half_resized(world_t *w) {
    enrol(w, DEAD);
    w->dead |= OWNED(DEAD);
    w->parameter[1] = item_alloc(w, DEAD, 2 * QB_PAGE_BYTES)->address;
    w->names = w->slots[SECOND] + (uint32_t)offsetof(qb_thread_t, scratch);
    assert_true(lab_run(resize_as_bystander, w, 3));
    w->dead |= OWNED(BYSTANDER);
}

/* ---- walks ----------------------------------------------------------------------------------- */

static void prepare_trim(world_t *w) {
    item_t *items[4];
    for (uint32_t i = 0; i < 4; i++) {
        items[i] = item_alloc(w, ACTOR, w->full ? 100 : 20000);
    }
    for (uint32_t i = 0; i < 4; i++) {
        item_free(w, i % 2 == 0 ? BYSTANDER : ACTOR, items[i]);
    }
}
static void run_trim(world_t *w) {
    (void)qb_trim(crew(w, ACTOR));
}
/* There is one of each kind to count: also a root, and a page that a dead thread was making. */
static void alloc_as_dead(world_t *w) {
    (void)qb_alloc(crew(w, DEAD), 3000);
}
static void prepare_walk(world_t *w) {
    memcpy(bytes_at(w->names), "walk", 4);
    assert_status(qb_root_set(crew(w, BYSTANDER), w->names, 4, 5, 0, 0), QB_OK);
    root_expect(w, "walk", 5);
    if (w->slots[DEAD] == 0) {
        enrol(w, DEAD);
        w->dead |= OWNED(DEAD);
        assert_true(lab_run(alloc_as_dead, w, 4));
    }
}
static void run_stats(world_t *w) {
    assert_true(qb_stats(crew(w, ACTOR)) >= QB_ADDRESS_MIN);
}
static void run_check(world_t *w) {
    (void)qb_check(crew(w, ACTOR));
}
/* The checker dies while it lists faults; the damage is undone by the bystander. */
static void run_check_damaged(world_t *w) {
    uint32_t *state = qb_state_of(qb_header()->page_count - 1);
    w->repair_address = QB_ADDRESS_OF(state);
    w->repair_value = *state;
    *state = 15;
    (void)qb_check(crew(w, ACTOR));
}

/* ---- roots ----------------------------------------------------------------------------------- */

static uint32_t set_root(world_t *w, uint32_t member, const char *name, uint32_t value,
                         uint32_t replace) {
    uint32_t bytes = name_put(w, name);
    return qb_root_set(crew(w, member), w->names, bytes, value, 1, replace);
}
#define KIND (1ull << 32)

static void prepare_root(world_t *w) {
    assert_status(set_root(w, BYSTANDER, "old", 7, 0), QB_OK);
    root_expect(w, "old", 7 | KIND);
    if (w->parameter[0] == 3) {
        assert_status(set_root(w, BYSTANDER, "removed", 5, 0), QB_OK);
        assert_status(qb_root_remove(w->names, name_put(w, "removed")), QB_OK);
    }
    w->parameter[1] = item_alloc(w, ACTOR, w->parameter[0] == 4 ? 60000 : 300)->address;
}
/* Variants: a new name, replace, refused, a name that was removed, a new name for a span. */
static void run_root_set(world_t *w) {
    item_t *item = item_at(w, w->parameter[1]);
    uint32_t v = w->parameter[0];
    const char *name = v == 1 || v == 2 ? "old" : v == 3 ? "removed" : "new";
    root_t *root = root_expect(w, name, item->address | KIND);
    if (v != 1 && v != 2) {
        root_expect(w, name, 0);
    }
    if (v != 2) {
        item->allowed |= SHARED;
    }
    uint32_t status = set_root(w, ACTOR, name, item->address, v == 1);
    if (v == 2) {
        assert_status(status, QB_E_EXISTS);
        return;
    }
    assert_status(status, QB_OK);
    root->values[0] = item->address | KIND;
    root->value_count = 1;
    item->allowed = SHARED;
}
static void run_root_remove(world_t *w) {
    root_t *root = root_expect(w, "old", 0);
    assert_status(qb_root_remove(w->names, name_put(w, "old")), QB_OK);
    root->values[0] = 0;
    root->value_count = 1;
}

/* ---- arenas ---------------------------------------------------------------------------------- */

static void run_arena_open(world_t *w) {
    arena_add(w, ACTOR, 1000, 100);
}
static void prepare_arena(world_t *w) {
    arena_t *arena = arena_add(w, ACTOR, 1000, 100);
    w->parameter[1] = (uint32_t)(arena - w->arenas);
}
/* Variants: in the first slab, in a new one, in one of its own. */
static void run_arena_alloc(world_t *w) {
    static const uint32_t bytes[] = {100, 5000, 100000};
    arena_t *arena = &w->arenas[w->parameter[1]];
    uint32_t size = bytes[w->parameter[0]];
    uint32_t address = qb_arena_alloc(crew(w, ACTOR), arena->address, size, 64);
    if (address < QB_ADDRESS_MIN) {
        assert_true(w->full);
        return;
    }
    memset(bytes_at(address), 0x77, size);
}

/* Variants: bare, with slabs, retained, pinned by another, shared. */
static void prepare_arena_close(world_t *w) {
    prepare_arena(w);
    arena_t *arena = &w->arenas[w->parameter[1]];
    uint32_t v = w->parameter[0];
    for (uint32_t i = 0; i < 3 && v > 0 && !w->full; i++) {
        must(qb_arena_alloc(crew(w, ACTOR), arena->address, 80000, 16));
    }
    if (v == 3) {
        assert_status(qb_arena_pin(crew(w, BYSTANDER), arena->address, arena->serial), QB_OK);
        arena->pins_sure = arena->pins_maybe = OWNED(BYSTANDER);
    }
    if (v == 4) {
        assert_status(qb_block_own(crew(w, ACTOR), arena->address, QB_OWNER_SHARED), QB_OK);
        arena->owner = SHARED;
    }
}
static void run_arena_close(world_t *w) {
    arena_t *arena = &w->arenas[w->parameter[1]];
    uint32_t retain = w->parameter[0] == 2;
    arena->open_sure = 0;
    if (retain) {
        arena->pins_maybe |= OWNED(ACTOR);
    }
    assert_status(qb_arena_close(crew(w, ACTOR), arena->address, arena->serial, retain), QB_OK);
    arena->closed_sure = 1;
    if (retain) {
        arena->pins_sure |= OWNED(ACTOR);
    }
}

/* Variants: an open arena, a closed one that its owner retains. */
static void prepare_pin(world_t *w) {
    arena_t *arena = arena_add(w, BYSTANDER, 1000, w->full ? 100 : 70000);
    w->parameter[1] = (uint32_t)(arena - w->arenas);
    if (w->parameter[0] >= 1) {
        assert_status(qb_arena_close(crew(w, BYSTANDER), arena->address, arena->serial, 1), QB_OK);
        arena->open_sure = 0;
        arena->closed_sure = 1;
        arena->pins_sure = arena->pins_maybe = OWNED(BYSTANDER);
    }
}
static void run_pin(world_t *w) {
    arena_t *arena = &w->arenas[w->parameter[1]];
    arena->pins_maybe |= OWNED(ACTOR);
    assert_status(qb_arena_pin(crew(w, ACTOR), arena->address, arena->serial), QB_OK);
    arena->pins_sure |= OWNED(ACTOR);
}
/* Variants: of an open arena, of a closed one that another pins, the last pin. */
static void prepare_unpin(world_t *w) {
    prepare_pin(w);
    run_pin(w);
    if (w->parameter[0] == 2) {
        arena_t *arena = &w->arenas[w->parameter[1]];
        assert_status(qb_arena_unpin(crew(w, BYSTANDER), arena->address, arena->serial), QB_OK);
        arena->pins_sure = arena->pins_maybe = OWNED(ACTOR);
    }
}
static void run_unpin(world_t *w) {
    arena_t *arena = &w->arenas[w->parameter[1]];
    arena->pins_sure &= ~OWNED(ACTOR);
    assert_status(qb_arena_unpin(crew(w, ACTOR), arena->address, arena->serial), QB_OK);
    arena->pins_maybe &= ~OWNED(ACTOR);
}

/* The arena is half released: its releaser died. */
static void close_as_dead(world_t *w) {
    arena_t *arena = &w->arenas[w->parameter[1]];
    (void)qb_arena_close(crew(w, DEAD), arena->address, arena->serial, 0);
}
static void prepare_half_released(world_t *w) {
    enrol(w, DEAD);
    arena_t *arena = arena_add(w, DEAD, 1000, 70000);
    w->parameter[1] = (uint32_t)(arena - w->arenas);
    assert_true(lab_run(close_as_dead, w, 3 + w->parameter[0]));
    arena->open_sure = 0;
    w->dead |= OWNED(DEAD);
}
static void run_pin_released(world_t *w) {
    arena_t *arena = &w->arenas[w->parameter[1]];
    arena->pins_maybe |= OWNED(ACTOR);
    assert_true(qb_arena_pin(crew(w, ACTOR), arena->address, arena->serial) != QB_OK);
    arena->pins_maybe &= ~OWNED(ACTOR);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NO_DEAD (ALL_STATES & ~ONLY(STATE_UNREAPED))
#define NO_DEAD_ROOMY (NO_DEAD & ~ONLY(STATE_FULL))

static const operation_t operations[] = {
    {"attach", prepare_attach, run_attach, ALL_STATES & ~ONLY(STATE_UNREAPED), 1, NULL, 0},
    {"detach", prepare_estate, run_detach, ALL_STATES, 2, NULL, 0},
    {"reap", NULL, run_reap_dead, ONLY(STATE_UNREAPED), 4, NULL, 0},
    {"reap of one that died while it detached", prepare_half_detached, run_reap_dead, NO_DEAD, 2,
     NULL, 0},
    {"reap of one whose span another resizes", prepare_half_resized, run_reap_dead, NO_DEAD_ROOMY,
     2, NULL, 0},
    {"trim", prepare_trim, run_trim, ALL_STATES, 1, NULL, 0},
    {"stats", prepare_walk, run_stats, ALL_STATES, 1, NULL, 0},
    {"check", prepare_walk, run_check, ALL_STATES, 1, NULL, 0},
    {"check of a damaged heap", NULL, run_check_damaged, ONLY(STATE_EMPTY), 1, NULL, 0},
    {"root set", prepare_root, run_root_set, ALL_STATES, 5, NULL, 0},
    {"root remove", prepare_root, run_root_remove, ALL_STATES, 1, NULL, 0},
    {"arena open", NULL, run_arena_open, ALL_STATES, 1, NULL, 0},
    {"second arena open", prepare_arena, run_arena_open, ALL_STATES, 1, NULL, 0},
    {"arena alloc", prepare_arena, run_arena_alloc, ALL_STATES, 3, NULL, 0},
    {"arena close", prepare_arena_close, run_arena_close, ALL_STATES, 5, NULL, 0},
    {"arena pin", prepare_pin, run_pin, ALL_STATES, 2, NULL, 0},
    {"arena unpin", prepare_unpin, run_unpin, ALL_STATES, 3, NULL, 0},
    {"pin of an arena whose releaser died", prepare_half_released, run_pin_released, NO_DEAD_ROOMY,
     4, NULL, 0},
};
const operations_t lab_life_operations = {operations, COUNT(operations)};
