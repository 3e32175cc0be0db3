/*
 * Channels under the scheduler.
 *
 *   a_channel_is_a_bounded_queue        random work of three threads, one of which may stop for ever: the
 *                                       history must fit a bounded queue that can be closed
 *   a_message_has_one_owner             a thread dies in the middle of its work, then its reaper races with
 *                                       one who turns the same cells over; the reaper may die as well
 *
 * A history fits when its operations can be put in an order that keeps what was finished before something
 * else began, and in which a plain queue would have given the same answers. All orders are tried.
 */
#include "schedule.h"

#include "heap/alloc.h"

#define RUNS 20000u
#define OPERATIONS 4u /* of each thread */
#define HISTORY_MAX (FIBERS_MAX * OPERATIONS)
#define BLOCK_COUNT 3u
#define NEVER UINT32_MAX

typedef enum act { SEND, RECEIVE, CLOSE, ACT_COUNT } act_t;

typedef struct event {
    act_t act;
    uint32_t value; /* sent or received */
    uint32_t status, from, to;
} event_t;

static struct {
    uint32_t channel, serial, capacity;
    rng_t rng;
    uint64_t seed;
    /* a queue */
    event_t history[HISTORY_MAX];
    uint32_t event_count, clock;
    uint32_t done; /* set of events that have their place */
    uint32_t queue[HISTORY_MAX], head, tail;
    int is_closed;
    /* owners */
    uint32_t blocks[BLOCK_COUNT], holder[BLOCK_COUNT]; /* number; 0: not known */
    uint32_t victim_acts, victim_receives;
    const char *wrong;
} c;

static void open_channel(uint32_t kind, uint32_t capacity) {
    heap_open(8, 0, 0);
    memset(&stage, 0, sizeof stage);
    for (uint32_t i = 0; i < 4; i++) {
        stage.slots[i] = must(qb_thread_attach());
        stage.numbers[i] = qb_thread_number(actor(i));
    }
    c.capacity = capacity;
    c.channel = must(qb_channel_open(actor(LOOKER), capacity, kind, 0));
    c.serial = qb_region_serial(c.channel);
    for (uint32_t i = 0; i < 4; i++) {
        assert_status(qb_channel_pin(actor(i), c.channel, c.serial), QB_OK);
    }
}

/* Everything that a run may leave is gone when all have left. */
static int all_leave(void) {
    qb_thread_t *looker = actor(LOOKER);
    for (uint32_t i = 0; i < LOOKER; i++) {
        if (qb_thread_detach(actor(i), QB_POLICY_FREE) == QB_OK) continue;
        if (qb_reap_begin(looker, stage.numbers[i], 0) != QB_OK) continue;
        (void)qb_reap_end(looker, stage.numbers[i], QB_POLICY_FREE);
    }
    (void)qb_channel_close(looker, c.channel, c.serial);
    (void)qb_channel_unpin(looker, c.channel, c.serial);
    return faults(looker) == 0 && heap_is_empty(looker, 0);
}

/* ---- a queue --------------------------------------------------------------------------------- */

static void work(uint32_t index) {
    qb_thread_t *self = actor(index);
    for (uint32_t i = 0; i < OPERATIONS; i++) {
        uint32_t dice = rng_below(&c.rng, 100);
        event_t *event = &c.history[c.event_count++];
        *event = (event_t){.act = dice < 47   ? SEND
                                  : dice < 94 ? RECEIVE
                                              : CLOSE,
                           .value = c.event_count,
                           .from = ++c.clock,
                           .to = NEVER};
        if (event->act == SEND) {
            event->status = qb_channel_send(self, c.channel, event->value);
        } else if (event->act == RECEIVE) {
            event->status = qb_channel_receive(self, c.channel);
            event->value = qb_channel_value(self);
        } else {
            event->status = qb_channel_close(self, c.channel, c.serial);
        }
        event->to = ++c.clock;
    }
}
static void work_0(void) {
    work(0);
}
static void work_1(void) {
    work(1);
}
static void work_2(void) {
    work(2);
}

/* Would a queue have answered this now? Does it, if so. */
static int queue_does(const event_t *event) {
    uint32_t count = c.tail - c.head;
    int is_open_end = event->to == NEVER; /* its answer is not known */
    if (event->act == CLOSE) {
        if (!is_open_end && c.is_closed != (event->status != QB_OK)) return 0;
        c.is_closed = 1;
        return 1;
    }
    if (event->act == SEND) {
        uint32_t status = c.is_closed ? QB_E_CLOSED : count == c.capacity ? QB_E_FULL : QB_OK;
        if (!is_open_end && event->status != status) return 0;
        if (status == QB_OK) c.queue[c.tail++] = event->value;
        return 1;
    }
    uint32_t status = count > 0 ? QB_OK : c.is_closed ? QB_E_CLOSED : QB_E_EMPTY;
    if (!is_open_end && event->status != status) return 0;
    if (status != QB_OK) return 1;
    if (!is_open_end && event->value != c.queue[c.head]) return 0;
    c.head++;
    return 1;
}

static int may_be_next(uint32_t index) {
    for (uint32_t i = 0; i < c.event_count; i++) {
        if ((c.done & 1u << i) == 0 && c.history[i].to < c.history[index].from) return 0;
    }
    return 1;
}

/* Tries all orders of what is not done. */
static int fits(void) {
    int is_complete = 1;
    for (uint32_t i = 0; i < c.event_count; i++) {
        if ((c.done & 1u << i) != 0) continue;
        is_complete &= c.history[i].to == NEVER; /* it may not have happened */
    }
    if (is_complete) return 1;
    for (uint32_t i = 0; i < c.event_count; i++) {
        if ((c.done & 1u << i) != 0 || !may_be_next(i)) continue;
        uint32_t head = c.head;
        uint32_t tail = c.tail;
        int was_closed = c.is_closed;
        uint32_t overwritten = tail < HISTORY_MAX ? c.queue[tail] : 0;
        if (queue_does(&c.history[i])) {
            c.done |= 1u << i;
            if (fits()) return 1;
            c.done &= ~(1u << i);
        }
        c.head = head;
        c.tail = tail;
        c.is_closed = was_closed;
        if (tail < HISTORY_MAX) c.queue[tail] = overwritten;
    }
    return 0;
}

static void say_history(void) {
    static const char *const names[ACT_COUNT] = {"send", "receive", "close"};
    for (uint32_t i = 0; i < c.event_count; i++) {
        const event_t *event = &c.history[i];
        print_error("  %2u..%-10u %s %u: %s\n", event->from, event->to, names[event->act],
                    event->value, event->to == NEVER ? "?" : result_name(event->status));
    }
}

void a_channel_is_a_bounded_queue(void **unused) {
    (void)unused;
    const char *only = getenv("QB_SEED");
    uint64_t first = seed_from_environment("a_channel_is_a_bounded_queue") * (only ? 1 : 100003);
    for (uint32_t i = 0; i < (only ? 1 : RUNS); i++) {
        c.seed = first + i;
        c.rng.state = c.seed;
        open_channel(QB_CHANNEL_NUMBERS, 1 + rng_below(&c.rng, 2));
        c.event_count = c.clock = c.done = c.head = c.tail = 0;
        c.is_closed = 0;
        static const fiber_t fibers[] = {work_0, work_1, work_2};
        sched_use_random(&c.rng, 2 + rng_below(&c.rng, 50));
        uint32_t freeze_at = rng_below(&c.rng, 3) == 0 ? 1 + rng_below(&c.rng, 100) : 0;
        int has_ended = sched_run(fibers, 3, rng_below(&c.rng, 3), freeze_at);
        if (!has_ended || !fits()) {
            say_history();
            fail_msg("capacity %u, QB_SEED=%llu (%s)", c.capacity, (unsigned long long)c.seed,
                     has_ended ? sched_schedule() : "no end");
        }
        if (!all_leave()) fail_msg("something is left, QB_SEED=%llu", (unsigned long long)c.seed);
    }
    heap_close();
    printf("scheduler: %u histories of channels\n", only ? 1 : RUNS);
}

/* ---- owners ---------------------------------------------------------------------------------- */

/* The one who lives: takes and sends, and remembers what it has. */
static int take(uint32_t index) {
    qb_thread_t *self = actor(index);
    if (qb_channel_receive(self, c.channel) != QB_OK) return 0;
    for (uint32_t i = 0; i < BLOCK_COUNT; i++) {
        if (c.blocks[i] != qb_channel_value(self)) continue;
        if (c.holder[i] != 0) c.wrong = "a block came twice";
        c.holder[i] = self->number;
    }
    return 1;
}
static void give(uint32_t index) {
    qb_thread_t *self = actor(index);
    for (uint32_t i = 0; i < BLOCK_COUNT; i++) {
        if (c.holder[i] != self->number) continue;
        c.holder[i] = 0;
        qb_status_t status = qb_channel_send(self, c.channel, c.blocks[i]);
        if (status != QB_OK) c.holder[i] = self->number;
        return;
    }
}
static void live_2(void) {
    for (uint32_t i = 0; i < OPERATIONS; i++) {
        if (rng_below(&c.rng, 2) == 0) {
            (void)take(2);
        } else {
            give(2);
        }
    }
}
static void die_0(void) {
    for (uint32_t i = 0; i < c.victim_acts; i++) {
        if (rng_below(&c.rng, 2) == 0) {
            c.victim_receives++;
            (void)qb_channel_receive(actor(0), c.channel);
        } else {
            for (uint32_t n = 0; n < BLOCK_COUNT; n++) {
                if (qb_block_owner(c.blocks[n]) != stage.numbers[0]) continue;
                (void)qb_channel_send(actor(0), c.channel, c.blocks[n]);
                break;
            }
        }
    }
}
static void reap_1(void) {
    (void)qb_reap_begin(actor(1), stage.numbers[0], 0);
    (void)qb_reap_end(actor(1), stage.numbers[0], QB_POLICY_FREE);
}

/* All that lives is where it is known to be. */
static void account(void) {
    while (take(LOOKER)) {
    }
    uint32_t missing = 0;
    for (uint32_t i = 0; i < BLOCK_COUNT; i++) {
        uint32_t owner = qb_place_of(c.blocks[i]).owner;
        missing += c.holder[i] == 0;
        if (owner != c.holder[i]) c.wrong = "a block is not whose it should be";
        if (owner == stage.numbers[LOOKER]) (void)qb_free(actor(LOOKER), c.blocks[i]);
    }
    /* Only what the victim had or took went with it. */
    if (missing > 1 + c.victim_receives) c.wrong = "blocks were lost";
}

void a_message_has_one_owner(void **unused) {
    (void)unused;
    const char *only = getenv("QB_SEED");
    uint64_t first = seed_from_environment("a_message_has_one_owner") * (only ? 1 : 100003);
    uint32_t deaths = 0;
    for (uint32_t i = 0; i < (only ? 1 : RUNS); i++) {
        c.seed = first + i;
        c.rng.state = c.seed;
        c.wrong = NULL;
        open_channel(QB_CHANNEL_BLOCKS, 1 + rng_below(&c.rng, 2));
        for (uint32_t n = 0; n < BLOCK_COUNT; n++) {
            qb_thread_t *owner = actor(n == 0 ? 0 : 2);
            c.blocks[n] = must(qb_alloc(owner, 100));
            c.holder[n] = n == 0 ? 0 : owner->number;
        }
        if (rng_below(&c.rng, 2) == 0) give(2);
        c.victim_receives = 0;
        c.victim_acts = 1 + rng_below(&c.rng, 3);
        static const fiber_t before[] = {die_0, live_2};
        static const fiber_t after[] = {reap_1, live_2};
        sched_use_random(&c.rng, 2 + rng_below(&c.rng, 50));
        int has_ended = sched_run(before, 2, 0, 1 + rng_below(&c.rng, 60));
        deaths += (uint32_t)sched_is_frozen();
        uint32_t reaper_dies = rng_below(&c.rng, 3) == 0 ? 1 + rng_below(&c.rng, 400) : 0;
        has_ended &= sched_run(after, 2, 0, reaper_dies);
        for (uint32_t n = 2; n > 0; n--) { /* the reaper first, if it died */
            if (qb_reap_begin(actor(LOOKER), stage.numbers[n - 1], 0) != QB_OK) continue;
            (void)qb_reap_end(actor(LOOKER), stage.numbers[n - 1], QB_POLICY_FREE);
        }
        account();
        if (!all_leave() && c.wrong == NULL) c.wrong = "something is left";
        if (!has_ended || c.wrong != NULL) {
            fail_msg("%s, QB_SEED=%llu (%s)", c.wrong ? c.wrong : "no end",
                     (unsigned long long)c.seed, sched_schedule());
        }
    }
    heap_close();
    printf("scheduler: %u deaths of threads that use a channel\n", deaths);
}
