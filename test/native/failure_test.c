/*
 * Failure of every Nth growth. A long scripted workload runs once for each N: the N-th growth of the
 * memory and all after it fail. Every call then answers with a status and changes nothing, the heap is
 * sound, and what is live stays as it is. At the end everything comes back.
 */
#include "support.h"

#define STEPS 1500u
#define LIVE_MAX 400u

typedef struct live {
    uint32_t address, bytes, tag;
} live_t;

static struct {
    qb_thread_t *threads[2];
    live_t live[LIVE_MAX];
    uint32_t live_count;
    uint32_t arenas[8];
    uint32_t arena_count;
    uint32_t next_tag;
    uint32_t failures;
    rng_t rng;
} work;

static qb_thread_t *someone(void) {
    return work.threads[rng_below(&work.rng, 2)];
}

static void add(uint32_t address, uint32_t bytes) {
    live_t *live = &work.live[work.live_count++];
    *live = (live_t){address, bytes, ++work.next_tag};
    pattern_write(address, bytes, live->tag);
}

static void remove_at(uint32_t index) {
    work.live[index] = work.live[--work.live_count];
}

/* A result that may be an address or E_OUT_OF_MEMORY. */
static int came_through(uint32_t result) {
    if (result >= QB_ADDRESS_MIN) return 1;
    assert_status(result, QB_E_OUT_OF_MEMORY);
    work.failures++;
    return 0;
}

static uint32_t random_bytes(void) {
    return rng_bytes(&work.rng, 900000);
}

static void do_alloc(void) {
    uint32_t bytes = random_bytes();
    if (work.live_count == LIVE_MAX) return;
    uint32_t address;
    switch (rng_below(&work.rng, 3)) {
    case 0: address = qb_alloc(someone(), bytes); break;
    case 1: address = qb_calloc(someone(), 1, bytes); break;
    default: address = qb_alloc_aligned(someone(), bytes, 1u << rng_below(&work.rng, 17)); break;
    }
    if (came_through(address)) add(address, bytes);
}

static void do_free(void) {
    if (work.live_count == 0) return;
    uint32_t index = rng_below(&work.rng, work.live_count);
    assert_status(qb_free(someone(), work.live[index].address), QB_OK);
    remove_at(index);
}

static void do_realloc(void) {
    if (work.live_count == 0) return;
    live_t *live = &work.live[rng_below(&work.rng, work.live_count)];
    uint32_t bytes = random_bytes();
    uint32_t address = qb_realloc(someone(), live->address, bytes);
    if (!came_through(address)) {
        assert_true(pattern_holds(live->address, live->bytes, live->bytes, live->tag));
        return;
    }
    uint32_t kept = bytes < live->bytes ? bytes : live->bytes;
    assert_true(pattern_holds(address, live->bytes, kept, live->tag));
    *live = (live_t){address, bytes, ++work.next_tag};
    pattern_write(address, bytes, live->tag);
}

static void do_arena(void) {
    if (work.arena_count < 8) {
        uint32_t arena = qb_arena_open(work.threads[0], 1 + rng_below(&work.rng, 100000));
        if (came_through(arena)) work.arenas[work.arena_count++] = arena;
        return;
    }
    uint32_t index = rng_below(&work.rng, work.arena_count);
    uint32_t arena = work.arenas[index];
    if (rng_below(&work.rng, 4) == 0) {
        uint32_t serial = qb_region_record_of(arena)->serial;
        assert_status(qb_arena_close(work.threads[0], arena, serial, 0), QB_OK);
        work.arenas[index] = work.arenas[--work.arena_count];
        return;
    }
    uint32_t bytes = random_bytes();
    uint32_t address = qb_arena_alloc(work.threads[0], arena, bytes, 16);
    if (came_through(address)) memset(bytes_at(address), 0x33, bytes);
}

static void do_root(void) {
    uint32_t name = QB_ADDRESS_OF(work.threads[0]) + (uint32_t)offsetof(qb_thread_t, scratch);
    bytes_at(name)[0] = (uint8_t)rng_below(&work.rng, 40);
    uint32_t status = qb_root_set(work.threads[0], name, 1, 1, 1, 1);
    if (status != QB_OK) {
        assert_status(status, QB_E_OUT_OF_MEMORY);
        work.failures++;
        assert_status(qb_root_find(name, 1), QB_E_NOT_FOUND);
    }
}

static void step(void) {
    uint32_t kind = rng_below(&work.rng, 100);
    if (kind < 45) {
        do_alloc();
    } else if (kind < 65) {
        do_free();
    } else if (kind < 80) {
        do_realloc();
    } else if (kind < 97) {
        do_arena();
    } else {
        do_root();
    }
}

static void check_all(void) {
    assert_sound(work.threads[0]);
    for (uint32_t i = 0; i < work.live_count; i++) {
        const live_t *live = &work.live[i];
        assert_true(qb_usable_bytes(live->address) >= live->bytes);
        assert_true(pattern_holds(live->address, live->bytes, live->bytes, live->tag));
    }
}

static void leave_nothing(void) {
    while (work.live_count > 0) {
        uint32_t last = work.live_count - 1;
        assert_status(qb_free(someone(), work.live[last].address), QB_OK);
        remove_at(last);
    }
    while (work.arena_count > 0) {
        uint32_t arena = work.arenas[--work.arena_count];
        uint32_t serial = qb_region_record_of(arena)->serial;
        assert_status(qb_arena_close(work.threads[0], arena, serial, 0), QB_OK);
    }
    assert_status(qb_thread_detach(work.threads[1], QB_POLICY_FREE), QB_OK);
    uint32_t names = 0;
    for (uint32_t i = 0; i < QB_ROOTS_MAX; i++) names += qb_root_of(i)->name_address != 0;
    assert_sound(work.threads[0]);
    assert_true(heap_is_empty(work.threads[0], names));
}

/* Runs the workload; true when some call failed. `recovers`: memory can grow again later. */
static int run(uint32_t nth, uint32_t options, int recovers) {
    memset(&work, 0, sizeof work);
    work.rng.state = 4711;
    heap_open(4, 1200, options);
    work.threads[0] = attach();
    work.threads[1] = attach();
    qb_native_fail_growth(nth);
    uint32_t checked = 0;
    for (uint32_t i = 0; i < STEPS; i++) {
        qb_stats_t before = {0};
        uint32_t failures = work.failures;
        int looks = checked < 5; /* the first failures are looked at in detail */
        if (looks) before = stats_of(work.threads[0]);
        step();
        if (work.failures == failures) continue;
        if (looks) {
            qb_stats_t after = stats_of(work.threads[0]);
            assert_int_equal(after.blocks_live, before.blocks_live);
            assert_int_equal(after.spans_live, before.spans_live);
            assert_int_equal(after.bytes_live, before.bytes_live);
            assert_int_equal(after.pages_pending, 0);
            checked++;
        }
        if (looks || work.failures % 16 == 0) check_all();
        if (recovers && work.failures == 20) qb_native_fail_growth(0);
    }
    check_all();
    uint32_t growths = qb_header()->growth_count;
    uint32_t failures = work.failures;
    assert_true(nth == 0 || growths < nth || recovers);
    leave_nothing();
    heap_close();
    return failures != 0;
}

static void every_growth_may_fail(void **unused) {
    (void)unused;
    uint32_t runs = 0;
    while (run(runs + 1, 0, 0)) runs++;
    assert_true(runs > 10);
    printf("failure: each of %u growths failed once\n", runs);
}

static void a_debug_heap_does_not_mind_either(void **unused) {
    (void)unused;
    uint32_t runs = 0;
    while (runs < 12 && run(runs + 1, QB_HEAP_DEBUG, 0)) runs++;
    assert_true(runs > 10);
}

static void growth_may_come_back(void **unused) {
    (void)unused;
    for (uint32_t nth = 1; nth <= 8; nth++) assert_true(run(nth, 0, 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_growth_may_fail),
        cmocka_unit_test(a_debug_heap_does_not_mind_either),
        cmocka_unit_test(growth_may_come_back),
    };
    return cmocka_run_group_tests_name("failure", tests, NULL, NULL);
}
