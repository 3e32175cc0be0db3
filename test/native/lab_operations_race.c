/* Operations that meet another thread half-way: the bystander acts to its end before write m, and the
 * actor dies at write k >= m. So the branches that only a race can reach are crash points as well. */
#include "lab.h"

static item_t *add_of(world_t *w, uint32_t member, uint32_t address, uint32_t bytes) {
    return address >= QB_ADDRESS_MIN ? item_add(w, address, bytes, OWNED(member)) : NULL;
}

/* Both want a run of pages at the same place. */
static void run_span(world_t *w) {
    (void)add_of(w, ACTOR, qb_alloc(crew(w, ACTOR), 4 * QB_PAGE_BYTES - 64),
                 4 * QB_PAGE_BYTES - 64);
}
static void other_span(world_t *w) {
    (void)add_of(w, BYSTANDER, qb_alloc(crew(w, BYSTANDER), QB_PAGE_BYTES - 64),
                 QB_PAGE_BYTES - 64);
}

/* A span grows where another takes a page. */
static void prepare_extend(world_t *w) {
    w->parameter[1] = item_alloc(w, ACTOR, 2 * QB_PAGE_BYTES)->address;
}
static void run_extend(world_t *w) {
    item_t *item = item_at(w, w->parameter[1]);
    uint32_t bytes = 6 * QB_PAGE_BYTES;
    item->allowed |= GONE;
    uint32_t address = qb_realloc(crew(w, ACTOR), item->address, bytes);
    int was_freed = w->parameter[2] != 0;
    int has_moved = address != item->address && address >= QB_ADDRESS_MIN;
    item->allowed = was_freed || has_moved ? 0 : OWNED(ACTOR);
    if (has_moved) {
        (void)add_of(w, ACTOR, address, bytes);
    }
}
static void other_free_extended(world_t *w) {
    item_t *item = item_at(w, w->parameter[1]);
    qb_status_t status = qb_free(crew(w, BYSTANDER), w->parameter[1]);
    if (status == QB_OK) { /* the actor resizes what another frees: an error of the callers */
        item->allowed = 0;
        w->parameter[2] = 1;
    }
}

/* Both grow the memory. */
static void run_grow(world_t *w) {
    uint32_t bytes = 22 * QB_PAGE_BYTES - 64;
    (void)add_of(w, ACTOR, qb_alloc(crew(w, ACTOR), bytes), bytes);
}
static void other_grow(world_t *w) {
    uint32_t bytes = 14 * QB_PAGE_BYTES - 64;
    (void)add_of(w, BYSTANDER, qb_alloc(crew(w, BYSTANDER), bytes), bytes);
}

/* The same abandoned page. */
static void prepare_abandoned(world_t *w) {
    enrol(w, DEAD);
    for (uint32_t i = 0; i < 3; i++) {
        item_t *item = item_alloc(w, DEAD, 20000);
        assert_status(qb_block_own(crew(w, DEAD), item->address, QB_OWNER_SHARED), QB_OK);
        item->allowed = SHARED;
        w->parameter[1] = item->address;
    }
    assert_status(qb_thread_detach(crew(w, DEAD), QB_POLICY_FREE), QB_OK);
    w->slots[DEAD] = 0;
}
static void run_adopt(world_t *w) {
    (void)add_of(w, ACTOR, qb_alloc(crew(w, ACTOR), 20000), 20000);
}
static void other_adopt(world_t *w) {
    (void)add_of(w, BYSTANDER, qb_alloc(crew(w, BYSTANDER), 20000), 20000);
}
static void free_shared(world_t *w, uint32_t member) {
    item_t *item = item_at(w, w->parameter[1]);
    if (item == NULL) {
        return;
    }
    item->allowed |= GONE;
    item->kept = 0;
    qb_status_t status = qb_free(crew(w, member), item->address);
    if (status == QB_OK || status == QB_E_DOUBLE_FREE) {
        item->allowed = 0;
    }
}
static void run_free_shared(world_t *w) {
    free_shared(w, ACTOR);
}
static void other_free_shared(world_t *w) {
    free_shared(w, BYSTANDER);
}

/* A block of the bystander, who allocates and frees in the same page meanwhile. */
static void prepare_remote(world_t *w) {
    item_alloc(w, BYSTANDER, 20000);
    w->parameter[1] = item_alloc(w, BYSTANDER, 20000)->address;
}
static void other_work(world_t *w) {
    item_t *item = item_alloc(w, BYSTANDER, 20000);
    (void)item_alloc(w, BYSTANDER, 20000);
    item_free(w, BYSTANDER, item);
}
static void other_detach(world_t *w) {
    if (w->slots[BYSTANDER] == 0) {
        return;
    }
    assert_status(qb_thread_detach(crew(w, BYSTANDER), QB_POLICY_KEEP), QB_OK);
    expect_reaped(w, BYSTANDER, QB_POLICY_KEEP);
    w->slots[BYSTANDER] = 0;
}
/* The actor gives a block to the bystander, who leaves. */
static void prepare_give(world_t *w) {
    item_alloc(w, ACTOR, 20000);
    w->parameter[1] = item_alloc(w, ACTOR, w->parameter[0] == 0 ? 20000u : 70000u)->address;
}
static void run_give(world_t *w) {
    item_t *item = item_at(w, w->parameter[1]);
    item->allowed |= OWNED(BYSTANDER) | SHARED | LIMBO;
    qb_status_t status = qb_block_own(crew(w, ACTOR), item->address, w->numbers[BYSTANDER]);
    if (status != QB_OK) {
        item->allowed = OWNED(ACTOR) | SHARED;
    } else {
        item->allowed = w->slots[BYSTANDER] != 0 ? OWNED(BYSTANDER) : (uint32_t)SHARED;
    }
}

/* The same root. */
static void set_root(world_t *w, uint32_t member, uint32_t value) {
    /* The name stands in the actor's scratch as well, so that both may write it. */
    uint32_t names = w->slots[member] + (uint32_t)offsetof(qb_thread_t, scratch);
    memcpy(bytes_at(names), "race", 4);
    root_t *root = root_expect(w, "race", value);
    if (root->value_count == 1) {
        root_expect(w, "race", 0);
    }
    if (member == BYSTANDER) { /* comes to its end: there is a value from now on */
        root->values[1] = root->values[0];
    }
    (void)qb_root_set(crew(w, member), names, 4, value, 0, 0);
}
static void run_root(world_t *w) {
    set_root(w, ACTOR, 77);
}
static void other_root(world_t *w) {
    set_root(w, BYSTANDER, 88);
}

/* A pin comes while the arena is closed, or unpinned. */
static void prepare_arena(world_t *w) {
    arena_t *arena = arena_add(w, ACTOR, 1000, 70000);
    w->parameter[1] = (uint32_t)(arena - w->arenas);
    must(qb_arena_alloc(crew(w, ACTOR), arena->address, 80000, 16));
}
static void run_close(world_t *w) {
    arena_t *arena = &w->arenas[w->parameter[1]];
    arena->open_sure = 0;
    assert_status(qb_arena_close(crew(w, ACTOR), arena->address, arena->serial, 0), QB_OK);
    arena->closed_sure = 1;
}
static void prepare_retained(world_t *w) {
    prepare_arena(w);
    arena_t *arena = &w->arenas[w->parameter[1]];
    assert_status(qb_arena_close(crew(w, ACTOR), arena->address, arena->serial, 1), QB_OK);
    arena->open_sure = 0;
    arena->closed_sure = 1;
    arena->pins_sure = arena->pins_maybe = OWNED(ACTOR);
}
static void run_unpin(world_t *w) {
    arena_t *arena = &w->arenas[w->parameter[1]];
    arena->pins_sure &= ~OWNED(ACTOR);
    assert_status(qb_arena_unpin(crew(w, ACTOR), arena->address, arena->serial), QB_OK);
    arena->pins_maybe &= ~OWNED(ACTOR);
}
static void other_pin(world_t *w) {
    arena_t *arena = &w->arenas[w->parameter[1]];
    qb_status_t status = qb_arena_pin(crew(w, BYSTANDER), arena->address, arena->serial);
    if (status == QB_OK) {
        arena->pins_sure |= OWNED(BYSTANDER);
        arena->pins_maybe |= OWNED(BYSTANDER);
    } else {
        assert_either(status, QB_E_STALE, QB_E_REGION);
    }
}
static void other_pin_unpin(world_t *w) {
    other_pin(w);
    arena_t *arena = &w->arenas[w->parameter[1]];
    (void)qb_arena_unpin(crew(w, BYSTANDER), arena->address, arena->serial);
    arena->pins_sure &= ~OWNED(BYSTANDER);
    arena->pins_maybe &= ~OWNED(BYSTANDER);
}

/* The same slot. */
static void prepare_attach(world_t *w) {
    assert_status(qb_thread_detach(crew(w, ACTOR), QB_POLICY_FREE), QB_OK);
    w->slots[ACTOR] = 0;
}
static void run_attach(world_t *w) {
    enrol(w, ACTOR);
}
static void other_attach(world_t *w) {
    enrol(w, DEAD);
    w->dead |= OWNED(DEAD);
}

#define START ONLY(STATE_EMPTY)
static const operation_t operations[] = {
    {"span alloc x span alloc", NULL, run_span, START, 1, other_span, 0},
    {"span growth x span alloc", prepare_extend, run_extend, START, 1, other_span, 0},
    {"span growth x free", prepare_extend, run_extend, START, 1, other_free_extended, 0},
    {"growth x growth", NULL, run_grow, START, 1, other_grow, 24},
    {"adoption x adoption", prepare_abandoned, run_adopt, START, 1, other_adopt, 0},
    {"adoption x free", prepare_abandoned, run_adopt, START, 1, other_free_shared, 0},
    {"free into an abandoned page x adoption", prepare_abandoned, run_free_shared, START, 1,
     other_adopt, 0},
    {"free x free of one block", prepare_abandoned, run_free_shared, START, 1, other_free_shared,
     0},
    {"remote free x owner's work", prepare_remote, run_free_shared, START, 1, other_work, 0},
    {"remote free x owner's detach", prepare_remote, run_free_shared, START, 1, other_detach, 0},
    {"own x detach of the new owner", prepare_give, run_give, START, 2, other_detach, 0},
    {"root set x root set", NULL, run_root, START, 1, other_root, 0},
    {"arena close x pin", prepare_arena, run_close, START, 1, other_pin, 0},
    {"arena close x pin and unpin", prepare_arena, run_close, START, 1, other_pin_unpin, 0},
    {"arena unpin x pin", prepare_retained, run_unpin, START, 1, other_pin, 0},
    {"arena unpin x pin and unpin", prepare_retained, run_unpin, START, 1, other_pin_unpin, 0},
    {"attach x attach", prepare_attach, run_attach, START, 1, other_attach, 0},
};
const operations_t lab_race_operations = {operations, sizeof operations / sizeof *operations};
