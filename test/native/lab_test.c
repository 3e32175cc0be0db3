/*
 * The crash lab (see lab.h). For every operation in every state:
 *
 *   single   the actor dies at write k = 1, 2, 3 ... to the end, and once behind it. The living work in
 *            its presence, the reaper reaps it (both policies, and taking over some orphans), then all
 *            memory is filled and emptied.
 *   nested   the actor dies at write k, its reaper at write j; another reaps both, in both orders.
 *            Exhaustive in the empty state, elsewhere every j with a k chosen by a seeded generator.
 *   race     the bystander acts at write m, the actor dies at each k >= m.
 *
 * At the end every write of the core must have been a crash point.
 *
 * Environment: QB_SEED; QB_LAB_FULL=1: nested runs exhaustive in all states (takes long);
 * QB_LAB_ONLY=text: only operations whose name contains it.
 */
#include "lab.h"

static struct {
    const state_t *state;
    const operation_t *operation;
    uint32_t variant, k, j, m, policy, order, picks, nested;
    uint32_t failures, failures_here;
    uint32_t singles, nesteds, races;
} now;

static world_t world;

int lab_complain(const char *format, ...) {
    now.failures++;
    if (++now.failures_here > 2) {
        say_nothing = 1; /* one operation in one state need not say it all */
        return 0;
    }
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const qb_lab_site_t *site = lab_crash_site();
    print_error(
        "LAB %s [%u] in %s, k %u, j %u, m %u, policy %u, order %u, picks %u, died at %s:%u\n"
        "    %s\n",
        now.operation->name, now.variant, now.state->name, now.k, now.j, now.m, now.policy,
        now.order, now.picks, site != NULL ? site->file : "the end", site != NULL ? site->line : 0,
        text);
    return 0;
}

static int is_chosen(const operation_t *operation) {
    const char *only = getenv("QB_LAB_ONLY");
    return only == NULL || strstr(operation->name, only) != NULL;
}

static void prepare(const state_t *state, const operation_t *operation, uint32_t variant) {
    if (now.state != state || now.operation != operation) {
        now.failures_here = 0;
        say_nothing = 0;
    }
    now.state = state;
    now.operation = operation;
    now.variant = variant;
    memset(&world, 0, sizeof world);
    lab_open(state, operation->grow_pages);
    world.options = state->options;
    state->build(&world);
    world.parameter[0] = variant;
    if (operation->prepare != NULL) {
        operation->prepare(&world);
    }
    lab_save(&world);
}

/* Everything that follows when all the dead are reaped. */
static int account(world_t *w, uint32_t survivor) {
    if (!reap_strangers(w, survivor)) {
        return 0;
    }
    NEED(faults(crew(w, survivor)) == 0, "the heap is not sound after reaping");
    return items_hold(w) && arenas_hold(w) && roots_hold(w) && living_work(w) &&
           fill_and_empty(w, survivor);
}

/* ---- single ---------------------------------------------------------------------------------- */

static void repair(world_t *w) {
    if (w->repair_address != 0) {
        *QB_AT(uint32_t, w->repair_address) = w->repair_value;
        w->repair_address = 0;
    }
}

static int after_death(world_t *w) {
    repair(w);
    if (w->slots[ACTOR] != 0) {
        w->dead |= OWNED(ACTOR);
    }
    if (!items_hold(w) || !roots_hold(w) || !living_work(w)) {
        return 0;
    }
    int actor_reaps = w->slots[DEAD] != 0 && w->slots[ACTOR] != 0 &&
                      qb_reap_begin(crew(w, REAPER), w->numbers[DEAD], 0) == QB_E_BUSY;
    if (now.order == 1 && !actor_reaps && w->slots[DEAD] != 0 &&
        !reap(w, REAPER, DEAD, now.policy, 0)) {
        return 0;
    }
    if (w->slots[ACTOR] != 0 && !reap(w, REAPER, ACTOR, now.policy, now.picks)) {
        return 0;
    }
    if (w->slots[DEAD] != 0 && !reap(w, REAPER, DEAD, now.policy, 0)) {
        return 0;
    }
    if ((w->dead & OWNED(BYSTANDER)) != 0 && !reap(w, REAPER, BYSTANDER, now.policy, 0)) {
        return 0;
    }
    return account(w, REAPER);
}

/* True when it died. */
static int run_single(uint32_t k, uint32_t m) {
    lab_restore(&world);
    now.k = k;
    now.m = m;
    int died = lab_run_interfered(now.operation->run, &world, k, now.operation->interfere, m);
    (void)after_death(&world);
    return died;
}

static void all_singles(const operation_t *operation) {
    for (uint32_t mode = 0; mode < 3; mode++) {
        now.policy = mode == 1;
        now.picks = mode == 2;
        now.j = 0;
        int died = 1;
        for (uint32_t k = 1; died; k++) {
            now.order = (k + mode) % 2;
            died = run_single(k, 0);
            now.singles++;
        }
    }
    (void)operation;
}

/* ---- nested ---------------------------------------------------------------------------------- */

static int after_two_deaths(world_t *w, int reaper_died) {
    if (!reaper_died) {
        w->slots[ACTOR] = 0;
        w->dead &= ~OWNED(ACTOR);
        expect_reaped(w, ACTOR, now.policy);
    }
    w->dead |= OWNED(REAPER);
    if (!items_hold(w) || !roots_hold(w) || !living_work(w)) {
        return 0;
    }
    if (now.policy == QB_POLICY_KEEP && w->slots[ACTOR] != 0) {
        note_unvisited(w, ACTOR);
    }
    if (now.order == 1 && w->slots[ACTOR] != 0 &&
        qb_reap_begin(crew(w, SECOND), w->numbers[ACTOR], 0) == QB_OK &&
        !reap(w, SECOND, ACTOR, now.policy, 0)) {
        return 0;
    }
    if (!reap(w, SECOND, REAPER, now.policy, 0)) {
        return 0;
    }
    if (w->slots[ACTOR] != 0 && !reap(w, SECOND, ACTOR, now.policy, 0)) {
        return 0;
    }
    if (w->slots[DEAD] != 0 && !reap(w, SECOND, DEAD, now.policy, 0)) {
        return 0;
    }
    if ((w->dead & OWNED(BYSTANDER)) != 0 && !reap(w, SECOND, BYSTANDER, now.policy, 0)) {
        return 0;
    }
    return account(w, SECOND);
}

/* True when the reaper died. */
static int run_nested(uint32_t k, uint32_t j) {
    lab_restore(&world);
    now.k = k;
    now.j = j;
    now.m = 0;
    (void)lab_run(now.operation->run, &world, k);
    if (world.slots[ACTOR] == 0) {
        return 0;
    }
    world.dead |= OWNED(ACTOR);
    repair(&world);
    if (!items_hold(&world) || !roots_hold(&world)) {
        return 0;
    }
    world.parameter[3] = now.policy | now.picks << 1;
    expect_reaping(&world, ACTOR, now.policy);
    expect_chain(&world, ACTOR, now.policy);
    int died = lab_run(reap_actor_run, &world, j);
    (void)after_two_deaths(&world, died);
    now.nesteds++;
    return died;
}

static void next_mode(uint32_t count) {
    now.policy = count % 2;
    now.order = count / 2 % 2;
    now.picks = count / 4 % 3 == 2;
}

static void all_nested(rng_t *rng, int is_exhaustive) {
    lab_restore(&world);
    (void)lab_run(now.operation->run, &world, 0);
    uint32_t write_count = lab_write_count();
    uint32_t count = rng_next(rng) % 12;
    if (is_exhaustive) {
        for (uint32_t k = 1; k <= write_count + 1; k++) {
            int died = 1;
            for (uint32_t j = 1; died; j++) {
                next_mode(count++);
                died = run_nested(k, j);
            }
        }
        return;
    }
    int died = 1;
    for (uint32_t j = 1; died; j++) {
        next_mode(count++);
        died = run_nested(1 + rng_below(rng, write_count + 1), j);
    }
}

/* ---- tests ----------------------------------------------------------------------------------- */

typedef void (*visit_t)(const operation_t *operation);
static rng_t rng;

static void for_each_scenario(const operations_t *operations, visit_t visit) {
    for (uint32_t o = 0; o < operations->count; o++) {
        const operation_t *operation = &operations->list[o];
        if (!is_chosen(operation)) {
            continue;
        }
        for (uint32_t s = 0; s < STATE_COUNT; s++) {
            uint32_t variants = operation->variants;
            for (uint32_t v = 0; v < variants && (operation->states & ONLY(s)) != 0; v++) {
                prepare(&lab_states[s], operation, v);
                visit(operation);
            }
        }
    }
    heap_close();
}

static void visit_nested(const operation_t *operation) {
    int is_exhaustive = now.state == &lab_states[STATE_EMPTY] && operation->variants <= 6;
    all_nested(&rng, is_exhaustive || getenv("QB_LAB_FULL") != NULL);
}

static void visit_race(const operation_t *operation) {
    lab_restore(&world);
    (void)lab_run(operation->run, &world, 0);
    uint32_t write_count = lab_write_count();
    for (uint32_t m = 1; m <= write_count; m++) {
        for (now.policy = 0; now.policy < 2; now.policy++) {
            now.picks = 0;
            now.order = m % 2;
            int died = 1;
            for (uint32_t k = m; died; k++) {
                died = run_single(k, m);
                now.races++;
            }
        }
    }
}

static void a_thread_may_die_at_any_write(void **unused) {
    (void)unused;
    now.failures = 0;
    for_each_scenario(&lab_block_operations, all_singles);
    for_each_scenario(&lab_life_operations, all_singles);
    assert_int_equal(now.failures, 0);
}

static void its_reaper_may_die_at_any_write(void **unused) {
    (void)unused;
    now.failures = 0;
    rng.state = seed_from_environment("its_reaper_may_die_at_any_write");
    for_each_scenario(&lab_block_operations, visit_nested);
    for_each_scenario(&lab_life_operations, visit_nested);
    assert_int_equal(now.failures, 0);
}

static void a_thread_may_die_in_a_race(void **unused) {
    (void)unused;
    now.failures = 0;
    for_each_scenario(&lab_race_operations, visit_race);
    assert_int_equal(now.failures, 0);
}

/* A half-made heap is no heap, and can be made again. */
static void init_heap(world_t *w) {
    assert_status(qb_heap_init(w->parameter[0], 0), QB_OK);
}
static void a_half_made_heap_is_none(void **unused) {
    (void)unused;
    heap_close();
    world.parameter[0] = 20;
    int died = 1;
    for (uint32_t k = 1; died; k++) {
        assert_int_equal(qb_native_open(20, 20), QB_OK);
        died = lab_run(init_heap, &world, k);
        if (died) {
            assert_status(qb_heap_open(), QB_E_LAYOUT);
            assert_status(qb_thread_attach(), QB_E_LAYOUT);
            assert_status(qb_heap_init(20, 0), QB_OK);
        }
        qb_thread_t *self = attach();
        must(qb_alloc(self, 100));
        assert_sound(self);
        qb_native_close();
        now.singles++;
    }
}

static void every_write_of_the_core_was_a_crash_point(void **unused) {
    (void)unused;
    uint32_t site_count;
    int says = getenv("QB_LAB_ONLY") == NULL;
    uint32_t missed = lab_sites_missed(&site_count, says);
    printf(
        "crash lab: %u crashes at %u of %u writes in the source; runs: %u single, %u with a reaper "
        "that dies, %u in races\n",
        lab_crash_count(), site_count - missed, site_count, now.singles, now.nesteds, now.races);
    if (says) assert_int_equal(missed, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_may_die_at_any_write),
        cmocka_unit_test(a_half_made_heap_is_none),
        cmocka_unit_test(a_thread_may_die_in_a_race),
        cmocka_unit_test(its_reaper_may_die_at_any_write),
        cmocka_unit_test(a_pool_survives_death),
        cmocka_unit_test(a_channel_loses_nothing_by_a_death),
        cmocka_unit_test(a_lock_survives_death),
        cmocka_unit_test(a_memory_pool_survives_death),
        cmocka_unit_test(every_write_of_the_core_was_a_crash_point),
    };
    return cmocka_run_group_tests_name("lab", tests, NULL, NULL);
}
