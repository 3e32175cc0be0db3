/* Fibers and the choice of who goes on. */
#include "schedule.h"

#include <ucontext.h>

#include "support/snapshot.h"

#define STACK_BYTES (128u * 1024)
#define STEPS_MAX 200000u
#define DECISIONS_MAX 20000u
#define NOBODY FIBERS_MAX
#define BETWEEN_CALLS_PERCENT 70u

#define POINTS_MAX 4u
#define MARKS_MAX 8192u

typedef enum strategy { ALL, RANDOM, REPLAY, POINTS, TURNS } strategy_t;

/* A step at which more than one fiber could have gone on. */
typedef struct decision {
    uint8_t options[FIBERS_MAX];
    uint8_t count, index;
} decision_t;

static struct {
    ucontext_t main, contexts[FIBERS_MAX];
    fiber_t fibers[FIBERS_MAX];
    uint32_t ready; /* set of fibers that have not ended */
    uint32_t current;
    uint32_t steps;
    uint32_t freeze_fiber, freeze_at;
    int is_frozen;
    char schedule[4000];
    uint32_t schedule_length;
    strategy_t strategy;
    rng_t *rng;
    uint32_t switch_percent;
    int is_between_calls;
    const char *replay;
    uint32_t replay_step;
    decision_t decisions[DECISIONS_MAX];
    uint32_t decision_count, depth;
    uint32_t preemptions, preemptions_max;
    int was_bounded;
    uint32_t fiber_steps[FIBERS_MAX];
    turn_t turns[TURNS_MAX];
    uint32_t turn_count, turn;
    void (*look)(void);
    int marks; /* finds out which accesses are writes */
    uint32_t writes[FIBERS_MAX][MARKS_MAX], write_count[FIBERS_MAX], last_steps[FIBERS_MAX];
    struct {
        uint32_t fiber, step;
    } points[POINTS_MAX];
} engine = {.current = NOBODY};

static uint8_t stacks[FIBERS_MAX][STACK_BYTES] __attribute__((aligned(64)));

/* ---- strategies ------------------------------------------------------------------------------ */

static uint32_t choose_all(uint32_t current) {
    decision_t fresh = {{0}, 0, 0};
    if (current != NOBODY) {
        fresh.options[fresh.count++] = (uint8_t)current;
    }
    int may_preempt = current == NOBODY || engine.preemptions < engine.preemptions_max;
    for (uint32_t fiber = 0; fiber < FIBERS_MAX; fiber++) {
        if (fiber == current || (engine.ready & 1u << fiber) == 0) {
            continue;
        }
        if (may_preempt) {
            fresh.options[fresh.count++] = (uint8_t)fiber;
        } else {
            engine.was_bounded = 1;
        }
    }
    if (fresh.count == 1) {
        return fresh.options[0];
    }
    assert_true(engine.depth < DECISIONS_MAX);
    decision_t *decision = &engine.decisions[engine.depth];
    if (engine.depth == engine.decision_count) {
        *decision = fresh;
        engine.decision_count++;
    }
    engine.depth++;
    uint32_t chosen = decision->options[decision->index];
    engine.preemptions += current != NOBODY && chosen != current;
    return chosen;
}

static uint32_t choose_random(uint32_t current) {
    uint32_t percent = engine.is_between_calls ? BETWEEN_CALLS_PERCENT : engine.switch_percent;
    engine.is_between_calls = 0;
    if (current != NOBODY && rng_below(engine.rng, 100) >= percent) {
        return current;
    }
    uint32_t fiber;
    do {
        fiber = rng_below(engine.rng, FIBERS_MAX);
    } while ((engine.ready & 1u << fiber) == 0);
    return fiber;
}

/* "0,14>1,20>0" */
static uint32_t choose_replay(uint32_t current) {
    uint32_t chosen = current;
    if (engine.replay_step == engine.steps && *engine.replay != '\0') {
        chosen = (uint32_t)(*engine.replay++ - '0');
        if (*engine.replay == ',') {
            char *end;
            engine.replay_step = (uint32_t)strtoul(engine.replay + 1, &end, 10);
            engine.replay = end + 1; /* behind > */
        }
    }
    while (chosen >= FIBERS_MAX || (engine.ready & 1u << chosen) == 0) { /* not what was recorded */
        chosen = chosen >= FIBERS_MAX - 1 ? 0 : chosen + 1;
    }
    return chosen;
}

/* At some accesses of some fibers another one goes on. */
static uint32_t choose_points(uint32_t current) {
    int is_point = current == NOBODY;
    for (uint32_t i = 0; i < POINTS_MAX && !is_point; i++) {
        is_point = engine.points[i].fiber == current &&
                   engine.points[i].step == engine.fiber_steps[current];
    }
    if (!is_point) {
        return current;
    }
    uint32_t others = engine.ready & ~(current == NOBODY ? 0 : 1u << current);
    uint32_t fiber = rng_below(engine.rng, FIBERS_MAX);
    for (uint32_t i = 0; i < FIBERS_MAX; i++, fiber = (fiber + 1) % FIBERS_MAX) {
        if ((others & 1u << fiber) != 0) {
            return fiber;
        }
    }
    return current;
}

static uint32_t choose_turn(uint32_t current) {
    int is_call = engine.is_between_calls;
    engine.is_between_calls = 0;
    while (engine.turn < engine.turn_count) {
        turn_t *turn = &engine.turns[engine.turn];
        int is_ready = (engine.ready & 1u << turn->fiber) != 0;
        if (is_ready && turn->fiber != current) return turn->fiber; /* it begins */
        if (is_ready && turn->calls + turn->accesses > 0) {
            if (turn->calls == 0) {
                turn->accesses--;
            } else if (is_call) {
                turn->calls--;
            }
            if (turn->calls + turn->accesses > 0) return current;
        }
        engine.turn++;
    }
    if (current != NOBODY) return current;
    return (uint32_t)__builtin_ctz(engine.ready);
}

static uint32_t choose(uint32_t current) {
    uint32_t chosen = engine.strategy == ALL      ? choose_all(current)
                      : engine.strategy == RANDOM ? choose_random(current)
                      : engine.strategy == POINTS ? choose_points(current)
                      : engine.strategy == TURNS  ? choose_turn(current)
                                                  : choose_replay(current);
    uint32_t room = (uint32_t)sizeof engine.schedule - engine.schedule_length;
    if (chosen != current && room > 16) {
        int length = engine.schedule_length == 0
                         ? snprintf(engine.schedule, room, "%u", chosen)
                         : snprintf(engine.schedule + engine.schedule_length, room, ",%u>%u",
                                    engine.steps, chosen);
        engine.schedule_length += (uint32_t)length;
    }
    return chosen;
}

void sched_use_random(rng_t *rng, uint32_t switch_percent) {
    engine.strategy = RANDOM;
    engine.rng = rng;
    engine.switch_percent = switch_percent;
}

void sched_use_points(rng_t *rng, uint32_t count, uint32_t fiber_count) {
    engine.strategy = POINTS;
    engine.rng = rng;
    for (uint32_t i = 0; i < POINTS_MAX; i++) {
        uint32_t fiber = rng_below(rng, fiber_count);
        uint32_t step = 1 + rng_below(rng, engine.last_steps[fiber]);
        if (rng_below(rng, 4) != 0 && engine.write_count[fiber] > 0) {
            /* just before or just after a write */
            step = engine.writes[fiber][rng_below(rng, engine.write_count[fiber])];
            step += rng_below(rng, 2);
        }
        engine.points[i].fiber = i < count ? fiber : NOBODY + 1;
        engine.points[i].step = step;
    }
}

void sched_use_turns(const turn_t *turns, uint32_t count) {
    assert_true(count <= TURNS_MAX);
    engine.strategy = TURNS;
    memcpy(engine.turns, turns, count * sizeof *turns);
    engine.turn_count = count;
    engine.turn = 0;
}

int sched_use_replay(const char *schedule) {
    engine.strategy = REPLAY;
    engine.replay = schedule;
    engine.replay_step = 0;
    return 1;
}

void sched_use_all(uint32_t preemptions_max) {
    engine.strategy = ALL;
    engine.preemptions_max = preemptions_max;
    engine.decision_count = 0;
    engine.was_bounded = 0;
}

int sched_next(void) {
    while (engine.decision_count > 0) {
        decision_t *last = &engine.decisions[engine.decision_count - 1];
        if (++last->index < last->count) {
            return 1;
        }
        engine.decision_count--;
    }
    return 0;
}

int sched_was_bounded(void) {
    return engine.was_bounded;
}

/* ---- fibers ---------------------------------------------------------------------------------- */

static void go_on_with(uint32_t fiber) {
    uint32_t from = engine.current;
    engine.current = fiber;
    (void)swapcontext(&engine.contexts[from], &engine.contexts[fiber]);
}

static void leave(void) {
    engine.current = NOBODY;
    (void)setcontext(&engine.main);
}

/* Did the access before this one write? */
static void mark_write(uint32_t fiber) {
    uint32_t *count = &engine.write_count[fiber];
    if (snapshot_follow() && *count < MARKS_MAX && engine.fiber_steps[fiber] > 1) {
        engine.writes[fiber][(*count)++] = engine.fiber_steps[fiber] - 1;
    }
}

void sched_mark_writes(int marks) {
    engine.marks = marks;
}

void sched_watch(void (*look)(void)) {
    engine.look = look;
}

void qb_sched_point(void) {
    if (engine.current == NOBODY) {
        return;
    }
    if (engine.look != NULL) engine.look();
    engine.steps++;
    engine.fiber_steps[engine.current]++;
    if (engine.marks) mark_write(engine.current);
    if (engine.steps > STEPS_MAX) {
        leave();
    }
    uint32_t current = engine.current;
    if (engine.freeze_at != 0 && engine.steps >= engine.freeze_at && !engine.is_frozen &&
        current == engine.freeze_fiber) {
        engine.is_frozen = 1; /* it never comes back */
        engine.ready &= ~(1u << current);
        if (engine.ready == 0) {
            leave();
        }
        current = NOBODY;
    }
    uint32_t chosen = choose(current);
    if (chosen != engine.current) {
        go_on_with(chosen);
    }
}

void sched_between_calls(void) {
    engine.is_between_calls = 1;
    qb_sched_point();
}

static void fiber_main(void) {
    engine.fibers[engine.current]();
    engine.ready &= ~(1u << engine.current);
    if (engine.ready == 0) {
        leave();
    }
    engine.current = choose(NOBODY);
    (void)setcontext(&engine.contexts[engine.current]);
}

int sched_run(const fiber_t *fibers, uint32_t count, uint32_t freeze_fiber, uint32_t freeze_at) {
    engine.ready = (1u << count) - 1;
    engine.steps = 0;
    engine.depth = 0;
    engine.preemptions = 0;
    engine.freeze_fiber = freeze_fiber;
    engine.freeze_at = freeze_at;
    engine.is_frozen = 0;
    engine.schedule_length = 0;
    for (uint32_t i = 0; i < count; i++) {
        engine.fiber_steps[i] = 0;
        if (engine.marks) engine.write_count[i] = 0;
        engine.fibers[i] = fibers[i];
        (void)getcontext(&engine.contexts[i]);
        engine.contexts[i].uc_stack.ss_sp = stacks[i];
        engine.contexts[i].uc_stack.ss_size = STACK_BYTES;
        engine.contexts[i].uc_link = NULL;
        makecontext(&engine.contexts[i], fiber_main, 0);
    }
    engine.current = choose(NOBODY);
    if (engine.marks) (void)snapshot_follow();
    (void)swapcontext(&engine.main, &engine.contexts[engine.current]);
    if (engine.marks) memcpy(engine.last_steps, engine.fiber_steps, sizeof engine.last_steps);
    return engine.steps <= STEPS_MAX;
}

uint32_t sched_steps(void) {
    return engine.steps;
}
int sched_is_frozen(void) {
    return engine.is_frozen;
}
const char *sched_schedule(void) {
    return engine.schedule;
}
