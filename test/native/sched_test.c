/*
 * All interleavings of two threads in small races, and random ones of three (see schedule.h).
 *
 * For each scenario the number of preemptions allowed is raised from 0 until all interleavings are
 * done or RUNS_MAX runs are. The bound that was completed is printed. "all" = without any bound. Where
 * it is not all, RUNS_MAX runs follow with two to four preemptions at random, mostly next to writes.
 *
 * Environment: QB_SEED=n replays random run n alone (and seeds the others otherwise);
 * QB_SCHEDULE='name: 0,14>1' replays one interleaving of a scenario; QB_SCHED_RUNS=n runs a scenario;
 * QB_SCHED_ONLY=text: only scenarios whose name contains it.
 */
#include "schedule.h"

#include "support/snapshot.h"

#define RUNS_MAX 3000u
#define RANDOM_RUNS 20000u
#define PAGES 12u

stage_t stage;

static struct {
    const scenario_t *scenario;
    stage_t start;
    uint64_t seed;
    uint32_t failures, failures_here;
    uint32_t runs;
    rng_t rng;
} now;

qb_thread_t *actor(uint32_t index) {
    return qb_thread_at(stage.slots[index]);
}

void keep(uint32_t address) {
    assert_true(stage.kept_count < KEPT_MAX);
    stage.kept[stage.kept_count++] = address;
}

int two_blocks(uint32_t a, uint32_t b) {
    WANT(a >= QB_ADDRESS_MIN && b >= QB_ADDRESS_MIN, "allocations: %s, %s", result_name(a),
         result_name(b));
    WANT(a != b, "one block twice: 0x%x", a);
    keep(a);
    keep(b);
    return 1;
}
int sched_complain(const char *format, ...) {
    now.failures++;
    if (++now.failures_here > 2) {
        say_nothing = 1;
        return 0;
    }
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (now.scenario != NULL) {
        print_error("SCHED %s\n    QB_SCHEDULE='%s: %s'\n", text, now.scenario->name,
                    sched_schedule());
    } else {
        print_error("SCHED %s\n    QB_SEED=%llu (%s)\n", text, (unsigned long long)now.seed,
                    sched_schedule());
    }
    return 0;
}

/* ---- scenarios ------------------------------------------------------------------------------- */

static void begin(const scenario_t *scenario) {
    now.scenario = scenario;
    sched_watch(NULL);
    now.failures_here = 0;
    say_nothing = 0;
    heap_open(scenario->pages != 0 ? scenario->pages : PAGES, scenario->grow_pages,
              scenario->options);
    memset(&stage, 0, sizeof stage);
    for (uint32_t i = 0; i < 4; i++) {
        stage.slots[i] = must(qb_thread_attach());
        stage.numbers[i] = qb_thread_number(actor(i));
    }
    scenario->setup();
    snapshot_save();
    now.start = stage;
}

/* Frees what is known, lets all leave: nothing may be left. */
static int epilogue(void) {
    qb_thread_t *looker = actor(LOOKER);
    WANT(faults(looker) == 0, "the heap is not sound");
    for (uint32_t i = 0; i < stage.kept_count; i++) {
        qb_status_t status = qb_free(looker, stage.kept[i]);
        WANT(status == QB_OK, "0x%x cannot be freed: %s", stage.kept[i], qb_status_name(status));
    }
    for (uint32_t i = 0; i < LOOKER; i++) {
        if (stage.slots[i] != 0) {
            qb_status_t status = qb_thread_detach(actor(i), QB_POLICY_FREE);
            WANT(status == QB_OK, "thread %u cannot detach: %s", i, qb_status_name(status));
        }
    }
    uint32_t names = 0;
    for (uint32_t i = 0; i < QB_ROOTS_MAX; i++) {
        names += qb_root_of(i)->name_address != 0;
    }
    WANT(faults(looker) == 0, "the emptied heap is not sound");
    WANT(heap_is_empty(looker, names), "something is lost");
    return 1;
}

static void run_once(void) {
    snapshot_restore();
    stage = now.start;
    uint32_t count = now.scenario->fibers[2] != NULL ? 3 : 2;
    now.runs++;
    if (!sched_run(now.scenario->fibers, count, 0, 0)) {
        (void)sched_complain("no end after %u accesses", sched_steps());
        return;
    }
    if (now.scenario->check()) {
        (void)epilogue();
    }
}

/* Two to four preemptions, mostly next to writes. */
static void explore_points(uint32_t runs_max) {
    uint32_t fiber_count = now.scenario->fibers[2] != NULL ? 3 : 2;
    sched_use_all(0);
    sched_mark_writes(1);
    run_once();
    sched_mark_writes(0);
    for (uint32_t i = 0; i < runs_max; i++) {
        sched_use_points(&now.rng, 2 + i % 3, fiber_count);
        run_once();
    }
}

/* What the scenario itself wants to be tried. Returns the number of runs. */
static uint32_t explore_turns(void) {
    turn_t turns[TURNS_MAX];
    uint32_t runs = 0;
    for (uint32_t count; (count = sched_pool_turns(now.scenario, runs, turns)) != 0; runs++) {
        sched_use_turns(turns, count);
        run_once();
    }
    return runs;
}

static void explore(const scenario_t *scenario, uint32_t runs_max) {
    const char *only = getenv("QB_SCHED_ONLY");
    if (only != NULL && strstr(scenario->name, only) == NULL) {
        return;
    }
    begin(scenario);
    uint32_t runs = explore_turns();
    uint32_t bound = 0;
    int is_complete = 0;
    uint32_t steps = 0;
    for (; !is_complete; bound++) {
        uint32_t before = runs;
        sched_use_all(bound);
        int more = 1;
        while (more && runs - before < runs_max) {
            run_once();
            steps = sched_steps() > steps ? sched_steps() : steps;
            runs++;
            more = sched_next();
        }
        if (more) { /* not all of this bound */
            break;
        }
        is_complete = !sched_was_bounded();
    }
    printf("  %-46s %3u accesses, %6u runs, ", scenario->name, steps, runs);
    if (is_complete) {
        printf("all\n");
    } else {
        explore_points(runs_max);
        printf("all with %u preemptions, %u with more\n", bound - 1, runs_max);
    }
}

static void replay(const scenario_t *scenario, const char *schedule) {
    size_t length = strlen(scenario->name);
    if (strncmp(schedule, scenario->name, length) == 0 && schedule[length] == ':') {
        begin(scenario);
        (void)sched_use_replay(schedule + length + 2);
        run_once();
        printf("replayed %s: %s\n", scenario->name, sched_schedule());
    }
}

static void every_interleaving_of_two_threads(void **unused) {
    (void)unused;
    now.rng.state = seed_from_environment("every_interleaving_of_two_threads");
    const scenarios_t *all[] = {&sched_block_scenarios,  &sched_span_scenarios,
                                &sched_thread_scenarios, &sched_arena_scenarios,
                                &sched_wait_scenarios,   &sched_pool_scenarios,
                                &sched_memory_scenarios, &sched_memory_life_scenarios};
    const char *schedule = getenv("QB_SCHEDULE");
    const char *runs = getenv("QB_SCHED_RUNS");
    uint32_t runs_max = runs != NULL ? (uint32_t)strtoul(runs, NULL, 10) : RUNS_MAX;
    for (uint32_t s = 0; s < sizeof all / sizeof *all; s++) {
        for (uint32_t i = 0; i < all[s]->count; i++) {
            if (schedule != NULL) {
                replay(&all[s]->list[i], schedule);
            } else {
                explore(&all[s]->list[i], runs_max);
            }
        }
    }
    heap_close();
    printf("scheduler: %u interleavings of two threads\n", now.runs);
    assert_int_equal(now.failures, 0);
}

static void random_runs(const char *name, int (*run)(uint64_t seed)) {
    now.failures = 0;
    now.scenario = NULL;
    sched_watch(NULL);
    if (getenv("QB_SCHEDULE") != NULL) return;
    const char *only = getenv("QB_SEED");
    uint64_t first = seed_from_environment(name) * (only ? 1 : 100003);
    uint32_t runs = only != NULL ? 1 : RANDOM_RUNS;
    for (uint32_t i = 0; i < runs; i++) {
        now.seed = first + i;
        if (now.failures < 3) now.failures_here = 0;
        (void)run(now.seed);
    }
    sched_watch(NULL);
    heap_close();
    printf("scheduler: %u %s\n", runs, name);
    assert_int_equal(now.failures, 0);
}

static void random_interleavings_of_three_threads(void **unused) {
    (void)unused;
    random_runs("random_interleavings_of_three_threads", random_run);
}
static void random_histories_of_a_pool(void **unused) {
    (void)unused;
    random_runs("random_histories_of_a_pool", random_pool_run);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checker_tells_right_histories_from_wrong),
        cmocka_unit_test(every_interleaving_of_two_threads),
        cmocka_unit_test(random_interleavings_of_three_threads),
        cmocka_unit_test(a_channel_is_a_bounded_queue),
        cmocka_unit_test(a_message_has_one_owner),
        cmocka_unit_test(random_histories_of_a_pool),
        cmocka_unit_test(a_memory_pool_gives_each_byte_once),
        cmocka_unit_test(room_that_moves_is_room),
    };
    return cmocka_run_group_tests_name("sched", tests, NULL, NULL);
}
