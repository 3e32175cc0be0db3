/*
 * Random model tests: several threads' slots played by one OS thread, against a plain table of what is
 * live. Every block carries a pattern; the heap is walked now and then; at the end all pages come back.
 *
 * QB_SEED=n replays. QB_MODEL_STEPS=n makes it longer.
 */
#include "support.h"

#define CAST_COUNT 6u
#define LIVE_MAX 1500u
#define ARENAS_MAX 12u
#define STEPS 60000u

typedef struct live {
    uint32_t address, bytes, tag;
    uint32_t owner; /* byte */
} live_t;

typedef struct arena {
    uint32_t address, serial, owner; /* thread number, or QB_OWNER_SHARED */
    uint32_t pins;                   /* set of cast members */
    uint32_t is_open;
    uint32_t object, bytes, tag;
} arena_t;

static struct {
    rng_t rng;
    qb_thread_t *cast[CAST_COUNT]; /* NULL: not attached */
    uint32_t numbers[CAST_COUNT];
    live_t live[LIVE_MAX];
    uint32_t live_count;
    arena_t arenas[ARENAS_MAX];
    uint32_t arena_count;
    uint32_t next_tag, failures, steps;
} model;

/* ---- the table ------------------------------------------------------------------------------- */

static uint32_t below(uint32_t limit) {
    return rng_below(&model.rng, limit);
}

static uint32_t someone(void) {
    for (;;) {
        uint32_t index = below(CAST_COUNT);
        if (model.cast[index] != NULL) return index;
    }
}

static void join(uint32_t index) {
    model.cast[index] = attach();
    model.numbers[index] = qb_thread_number(model.cast[index]);
}

static live_t *add(uint32_t address, uint32_t bytes, uint32_t owner) {
    live_t *live = &model.live[model.live_count++];
    *live = (live_t){address, bytes, ++model.next_tag, owner};
    pattern_write(address, bytes, live->tag);
    return live;
}

static void verify(const live_t *live) {
    assert_int_equal(qb_block_owner(live->address), live->owner);
    assert_true(qb_usable_bytes(live->address) >= live->bytes);
    assert_true(pattern_holds(live->address, live->bytes, live->bytes, live->tag));
}

static int came_through(uint32_t result) {
    if (result >= QB_ADDRESS_MIN) return 1;
    assert_status(result, QB_E_OUT_OF_MEMORY);
    model.failures++;
    return 0;
}

/* What a thread's end does to the table. */
static void bury(uint32_t index, uint32_t policy) {
    uint32_t number = model.numbers[index];
    for (uint32_t i = 0; i < model.live_count; i++) {
        if (model.live[i].owner != number) continue;
        if (policy == QB_POLICY_KEEP) {
            model.live[i].owner = QB_OWNER_SHARED;
        } else {
            uint32_t address = model.live[i].address;
            assert_int_equal(qb_usable_bytes(address), 0);
            model.live[i--] = model.live[--model.live_count];
        }
    }
    for (uint32_t i = 0; i < model.arena_count; i++) {
        arena_t *arena = &model.arenas[i];
        arena->pins &= ~(1u << index);
        if (arena->owner == number) {
            arena->owner = QB_OWNER_SHARED;
            if (policy == QB_POLICY_FREE) arena->is_open = 0;
            /* A kept one may be open again, so that someone can close it. */
            if (policy == QB_POLICY_KEEP) {
                arena->is_open =
                    (qb_region_record_of(arena->address)->state & 15u) == QB_REGION_OPEN;
            }
        }
        if (!arena->is_open && arena->pins == 0) {
            int is_there = qb_block_owner(arena->address) != QB_OWNER_NONE &&
                           qb_region_record_of(arena->address)->serial == arena->serial;
            assert_false(is_there);
            model.arenas[i--] = model.arenas[--model.arena_count];
        }
    }
    model.cast[index] = NULL;
}

/* ---- steps ----------------------------------------------------------------------------------- */

static void do_alloc(void) {
    if (model.live_count == LIVE_MAX) return;
    uint32_t who = someone();
    uint32_t bytes = rng_bytes(&model.rng, 300000);
    uint32_t address;
    switch (below(4)) {
    case 0:
        address = qb_calloc(model.cast[who], 1, bytes);
        if (address >= QB_ADDRESS_MIN) assert_true(all_bytes(address, bytes, 0));
        break;
    case 1: {
        uint32_t align = 1u << below(17);
        address = qb_alloc_aligned(model.cast[who], bytes, align);
        assert_true(address < QB_ADDRESS_MIN || address % align == 0);
        break;
    }
    default: address = qb_alloc(model.cast[who], bytes); break;
    }
    if (came_through(address)) add(address, bytes, model.numbers[who]);
}

static void do_free(void) {
    if (model.live_count == 0) return;
    uint32_t index = below(model.live_count);
    live_t live = model.live[index];
    verify(&live);
    assert_status(qb_free(model.cast[someone()], live.address), QB_OK);
    model.live[index] = model.live[--model.live_count];
    uint32_t status = qb_free(model.cast[someone()], live.address);
    assert_true(status == QB_E_DOUBLE_FREE || status == QB_E_ADDRESS);
}

static void do_realloc(void) {
    if (model.live_count == 0) return;
    live_t *live = &model.live[below(model.live_count)];
    uint32_t who = someone();
    uint32_t bytes =
        below(3) == 0 ? rng_bytes(&model.rng, 300000) : live->bytes * (1 + below(4)) / 2;
    if (bytes > 2000000) bytes = 100;
    verify(live);
    uint32_t address = qb_realloc(model.cast[who], live->address, bytes);
    if (!came_through(address)) {
        verify(live);
        return;
    }
    uint32_t kept = bytes < live->bytes ? bytes : live->bytes;
    assert_true(pattern_holds(address, live->bytes, kept, live->tag));
    live->owner = qb_block_owner(address);
    assert_true(live->owner == QB_OWNER_SHARED || live->owner == model.numbers[who] ||
                address == live->address);
    live->address = address;
    live->bytes = bytes;
    live->tag = ++model.next_tag;
    pattern_write(address, bytes, live->tag);
}

static void do_own(void) {
    if (model.live_count == 0) return;
    live_t *live = &model.live[below(model.live_count)];
    uint32_t owner = below(2) == 0 ? QB_OWNER_SHARED : model.numbers[someone()];
    assert_status(qb_block_own(model.cast[someone()], live->address, owner), QB_OK);
    live->owner = owner;
    verify(live);
}

static void do_wrong(void) {
    uint32_t address = rng_next(&model.rng);
    if (model.live_count > 0 && below(2) == 0) {
        address = model.live[below(model.live_count)].address + 1 + below(15);
    }
    for (uint32_t i = 0; i < model.live_count; i++) {
        if (model.live[i].address == address) return;
    }
    qb_thread_t *self = model.cast[someone()];
    uint32_t status = qb_free(self, address);
    assert_true(status == QB_E_ADDRESS || status == QB_E_DOUBLE_FREE);
    assert_int_equal(qb_usable_bytes(address), 0);
    assert_true(address == 0 || qb_realloc(self, address, 10) < QB_ADDRESS_MIN);
}

static void do_arena_open(void) {
    if (model.arena_count == ARENAS_MAX) return;
    uint32_t who = someone();
    uint32_t address = qb_arena_open(model.cast[who], 1 + below(200000));
    if (!came_through(address)) return;
    arena_t *arena = &model.arenas[model.arena_count++];
    *arena =
        (arena_t){address, qb_region_record_of(address)->serial, model.numbers[who], 0, 1, 0, 0, 0};
}

static void do_arena_use(void) {
    if (model.arena_count == 0) return;
    uint32_t index = below(model.arena_count);
    arena_t *arena = &model.arenas[index];
    uint32_t who = someone();
    qb_thread_t *self = model.cast[who];
    if (arena->object != 0)
        assert_true(pattern_holds(arena->object, arena->bytes, arena->bytes, arena->tag));
    uint32_t kind = below(10);
    if (kind < 5 && arena->is_open && arena->owner == model.numbers[who]) {
        uint32_t bytes = rng_bytes(&model.rng, 100000);
        uint32_t address = qb_arena_alloc(self, arena->address, bytes, 1u << below(13));
        if (!came_through(address)) return;
        arena->object = address;
        arena->bytes = bytes;
        arena->tag = ++model.next_tag;
        pattern_write(address, bytes, arena->tag);
    } else if (kind < 7) {
        assert_status(qb_arena_pin(self, arena->address, arena->serial), QB_OK);
        arena->pins |= 1u << who;
    } else if (kind < 9) {
        uint32_t status = qb_arena_unpin(self, arena->address, arena->serial);
        assert_true((status == QB_OK) == ((arena->pins >> who & 1) != 0));
        arena->pins &= ~(1u << who);
    } else if (arena->is_open &&
               (arena->owner == model.numbers[who] || arena->owner == QB_OWNER_SHARED)) {
        uint32_t retain = below(2);
        assert_status(qb_arena_close(self, arena->address, arena->serial, retain), QB_OK);
        arena->is_open = 0;
        if (retain != 0) arena->pins |= 1u << who;
    }
    if (!arena->is_open && arena->pins == 0) {
        uint32_t status = qb_arena_pin(self, arena->address, arena->serial);
        assert_true(status == QB_E_STALE || status == QB_E_REGION);
        model.arenas[index] = model.arenas[--model.arena_count];
    }
}

static void do_leave(void) {
    uint32_t index = someone();
    uint32_t attached = 0;
    for (uint32_t i = 0; i < CAST_COUNT; i++) attached += model.cast[i] != NULL;
    if (attached < 3) return;
    uint32_t policy = below(4) == 0 ? QB_POLICY_FREE : QB_POLICY_KEEP;
    if (below(2) == 0) {
        assert_status(qb_thread_detach(model.cast[index], policy), QB_OK);
    } else { /* it died */
        uint32_t number = model.numbers[index];
        uint32_t other;
        do other = someone();
        while (other == index);
        assert_status(qb_reap_begin(model.cast[other], number, 0), QB_OK);
        uint32_t owned = 0;
        for (uint32_t i = 0; i < model.live_count; i++) owned += model.live[i].owner == number;
        for (uint32_t i = 0; i < model.arena_count; i++) owned += model.arenas[i].owner == number;
        for (uint32_t at = 0; (at = qb_reap_next(model.cast[other], number, at)) != 0;) owned--;
        assert_int_equal(owned, 0);
        assert_status(qb_reap_end(model.cast[other], number, policy), QB_OK);
    }
    bury(index, policy);
}

static void do_join(void) {
    uint32_t index = below(CAST_COUNT);
    if (model.cast[index] == NULL) join(index);
}

static void step(void) {
    uint32_t kind = below(1000);
    if (kind < 380) {
        do_alloc();
    } else if (kind < 700) {
        do_free();
    } else if (kind < 800) {
        do_realloc();
    } else if (kind < 860) {
        do_own();
    } else if (kind < 880) {
        do_wrong();
    } else if (kind < 900) {
        do_arena_open();
    } else if (kind < 985) {
        do_arena_use();
    } else if (kind < 988) {
        (void)qb_trim(model.cast[someone()]);
    } else if (kind < 991) {
        do_leave();
    } else {
        do_join();
    }
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void check_all(void) {
    qb_thread_t *self = model.cast[someone()];
    assert_sound(self);
    for (uint32_t i = 0; i < model.live_count; i++) verify(&model.live[i]);
    qb_stats_t stats = stats_of(self);
    assert_int_equal(stats.blocks_live + stats.spans_live, model.live_count);
    assert_int_equal(stats.arenas_live, model.arena_count);
}

static void finish(void) {
    check_all();
    while (model.live_count > 0) {
        assert_status(qb_free(model.cast[someone()], model.live[--model.live_count].address),
                      QB_OK);
    }
    qb_thread_t *last = model.cast[someone()];
    for (uint32_t i = 0; i < model.arena_count; i++) {
        const arena_t *arena = &model.arenas[i];
        if (arena->is_open) (void)qb_arena_close(last, arena->address, arena->serial, 0);
    }
    for (uint32_t i = 0; i < CAST_COUNT; i++) {
        if (model.cast[i] == NULL || model.cast[i] == last) continue;
        assert_status(qb_thread_detach(model.cast[i], below(2)), QB_OK);
    }
    for (uint32_t i = 0; i < model.arena_count;
         i++) { /* its own pins are left; KEEP opened some again */
        (void)qb_arena_close(last, model.arenas[i].address, model.arenas[i].serial, 0);
        (void)qb_arena_unpin(last, model.arenas[i].address, model.arenas[i].serial);
    }
    assert_heap_empty(last);
    heap_close();
}

static void play(uint64_t seed, uint32_t pages, uint32_t grow_pages, uint32_t options) {
    memset(&model, 0, sizeof model);
    model.rng.state = seed;
    heap_open(pages, grow_pages, options);
    for (uint32_t i = 0; i < CAST_COUNT; i++) join(i);
    const char *text = getenv("QB_MODEL_STEPS");
    uint32_t steps = text != NULL ? (uint32_t)strtoul(text, NULL, 10) : STEPS;
    for (uint32_t i = 0; i < steps; i++) {
        step();
        if (i % 2000 == 0) check_all();
    }
    printf("  %u steps, %u without memory\n", steps, model.failures);
    finish();
}

static void a_roomy_heap_follows_the_model(void **unused) {
    (void)unused;
    play(seed_from_environment("a_roomy_heap_follows_the_model"), 50, 3000, 0);
}
static void a_tight_heap_follows_the_model(void **unused) {
    (void)unused;
    play(seed_from_environment("a_tight_heap_follows_the_model") + 1, 60, 40, 0);
}
static void a_debug_heap_follows_the_model(void **unused) {
    (void)unused;
    play(seed_from_environment("a_debug_heap_follows_the_model") + 2, 50, 1000, QB_HEAP_DEBUG);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_roomy_heap_follows_the_model),
        cmocka_unit_test(a_tight_heap_follows_the_model),
        cmocka_unit_test(a_debug_heap_follows_the_model),
    };
    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
