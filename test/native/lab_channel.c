/*
 * The crash lab for channels: each operation stopped at each of its writes, alone and while another thread
 * turns the same cells over; the other thread goes on afterwards or not; the reaper is stopped as well.
 *
 * Afterwards: the heap is sound; every message was received once by a living thread, or came back as what
 * the dead thread owned; what was surely in the channel was received; at the end all pages are free.
 */
#include "lab.h"

#include "heap/alloc.h"

#define MESSAGE_COUNT 4u
#define PLACES 20u /* writes before which the other thread comes in */

enum { ACTOR_SLOT, OTHER_SLOT, REAPER_SLOT, LAST_SLOT, DEAD_SLOT, SLOT_COUNT };
/* The write of a send or receive that follows the turn of the cell. */
#define TURNED_SEND (stage.kind == QB_CHANNEL_BLOCKS ? 7u : 8u)
#define TURNED_RECEIVE 5u

/* Where a message is, as far as the living know. */
enum { HIDDEN, SENT, RECEIVED };

static struct {
    qb_thread_t *threads[SLOT_COUNT];
    uint32_t numbers[SLOT_COUNT];
    uint32_t kind, pool, channel, serial;
    uint32_t messages[MESSAGE_COUNT];
    uint32_t where[MESSAGE_COUNT], holder[MESSAGE_COUNT];
    uint32_t policy, goes_on, has_left, has_dead;
    uint32_t runs;
    const char *wrong;
} stage;

typedef struct channel_operation {
    const char *name;
    uint32_t capacity;
    uint32_t sent; /* messages that are in it at first; the next one is the actor's */
    uint32_t
        may_lose; /* messages that need not arrive: the actor has or takes them, or frees all */
    void (*prepare)(void);
    action_t run, interfere;
} channel_operation_t;

static void wrong(const char *text) {
    if (stage.wrong == NULL) stage.wrong = text;
}

/* What the messages stand in: a pool, or a memory pool. */
static int is_memory(void) {
    return stage.kind == QB_CHANNEL_ALLOCATIONS;
}
static uint32_t *state_of(uint32_t message) {
    return QB_AT(uint32_t, must(is_memory() ? qb_memory_entry(stage.pool, message)
                                            : qb_pool_state(stage.pool, message)));
}
static qb_status_t pin_pool(qb_thread_t *self) {
    uint32_t serial = qb_region_serial(stage.pool);
    return is_memory() ? qb_memory_pin(self, stage.pool, serial)
                       : qb_pool_pin(self, stage.pool, serial);
}

static uint32_t owner_of(uint32_t message) {
    if (stage.kind == QB_CHANNEL_BLOCKS) return qb_place_of(message).owner;
    return qb_load32(state_of(message)) & 255u;
}

/* ---- the other thread ------------------------------------------------------------------------ */

static int other_receives(uint32_t slot) {
    qb_thread_t *self = stage.threads[slot];
    if (qb_channel_receive(self, stage.channel) != QB_OK) return 0;
    for (uint32_t i = 0; i < MESSAGE_COUNT; i++) {
        if (stage.messages[i] != qb_channel_value(self)) continue;
        if (stage.where[i] == RECEIVED) wrong("a message came twice");
        if (owner_of(stage.messages[i]) != self->number) wrong("the receiver does not own it");
        stage.where[i] = RECEIVED;
        stage.holder[i] = slot;
        return 1;
    }
    wrong("something came that nobody sent");
    return 0;
}
static void other_sends(uint32_t slot) {
    for (uint32_t i = 0; i < MESSAGE_COUNT; i++) {
        if (stage.where[i] != RECEIVED || stage.holder[i] != slot) continue;
        stage.where[i] = SENT;
        qb_status_t status = qb_channel_send(stage.threads[slot], stage.channel, stage.messages[i]);
        if (status != QB_OK) stage.where[i] = RECEIVED;
        if (status == QB_OK) return;
    }
}

static void interfere_receive(world_t *w) {
    (void)w;
    (void)other_receives(OTHER_SLOT);
}
static void interfere_send(world_t *w) {
    (void)w;
    other_sends(OTHER_SLOT);
}
/* The cell that the actor works on turns twice. */
static void interfere_turn(world_t *w) {
    (void)w;
    (void)other_receives(OTHER_SLOT);
    other_sends(OTHER_SLOT);
}
static void interfere_fill(world_t *w) {
    (void)w;
    other_sends(OTHER_SLOT);
    (void)other_receives(OTHER_SLOT);
    other_sends(OTHER_SLOT);
}
static void interfere_close(world_t *w) {
    (void)w;
    (void)qb_channel_close(stage.threads[OTHER_SLOT], stage.channel, stage.serial);
}

/* ---- operations ------------------------------------------------------------------------------ */

static void run_send(world_t *w) {
    (void)w;
    uint32_t i = 0;
    while (owner_of(stage.messages[i]) != stage.numbers[ACTOR_SLOT]) i++;
    (void)qb_channel_send(stage.threads[ACTOR_SLOT], stage.channel, stage.messages[i]);
}
static void run_receive(world_t *w) {
    (void)w;
    (void)qb_channel_receive(stage.threads[ACTOR_SLOT], stage.channel);
}
static void run_close(world_t *w) {
    (void)w;
    (void)qb_channel_close(stage.threads[ACTOR_SLOT], stage.channel, stage.serial);
}
static void run_unpin(world_t *w) {
    (void)w;
    (void)qb_channel_unpin(stage.threads[ACTOR_SLOT], stage.channel, stage.serial);
}
static void run_wait(world_t *w) {
    (void)w;
    for (uint32_t i = 0; i < 4; i++) {
        (void)qb_channel_wait(stage.threads[ACTOR_SLOT], stage.channel, i / 2, i % 2 == 0);
    }
}
static void run_open(world_t *w) {
    (void)w;
    must(qb_channel_open(stage.threads[ACTOR_SLOT], 4, QB_CHANNEL_BLOCKS, 0));
}
static void run_open_large(world_t *w) {
    (void)w;
    must(qb_channel_open(stage.threads[ACTOR_SLOT], 20000, QB_CHANNEL_BLOCKS, 0));
}
static void run_open_too_large(world_t *w) {
    (void)w;
    uint32_t result = qb_channel_open(stage.threads[ACTOR_SLOT], 1u << 24, 0, 0);
    assert_status(result, QB_E_OUT_OF_MEMORY);
}

static void others_wait(void) {
    assert_status(qb_channel_wait(stage.threads[OTHER_SLOT], stage.channel, 0, 1), QB_OK);
    assert_status(qb_channel_wait(stage.threads[OTHER_SLOT], stage.channel, 1, 1), QB_OK);
}
static void close_it(void) {
    qb_thread_t *actor = stage.threads[ACTOR_SLOT];
    assert_status(qb_channel_close(actor, stage.channel, stage.serial), QB_OK);
}
/* Only the actor is left: when it goes, the channel goes, and then the pool could. */
static void leave_alone(void) {
    qb_thread_t *other = stage.threads[OTHER_SLOT];
    close_it();
    assert_status(qb_channel_unpin(other, stage.channel, stage.serial), QB_OK);
    stage.has_left = 1;
}

/* A thread died when it had just turned a cell: its claim is to be marked by who turns that cell next. */
static void dead_sends(world_t *w) {
    (void)w;
    (void)qb_channel_send(stage.threads[DEAD_SLOT], stage.channel, stage.messages[3]);
}
static void dead_receives(world_t *w) {
    (void)w;
    (void)qb_channel_receive(stage.threads[DEAD_SLOT], stage.channel);
}
static void half_done(action_t action, uint32_t k) {
    qb_thread_t *dead = stage.threads[DEAD_SLOT];
    stage.has_dead = 1;
    assert_status(qb_channel_pin(dead, stage.channel, stage.serial), QB_OK);
    assert_status(pin_pool(dead), QB_OK);
    assert_true(lab_run(action, NULL, k));
    assert_true(dead->claim != 0);
}
static void half_sent(void) {
    qb_thread_t *other = stage.threads[OTHER_SLOT];
    qb_thread_t *dead = stage.threads[DEAD_SLOT];
    uint32_t message = stage.messages[3];
    stage.where[3] = HIDDEN;
    if (stage.kind == QB_CHANNEL_BLOCKS) {
        assert_status(qb_block_own(other, message, dead->number), QB_OK);
    } else {
        uint32_t *state = state_of(message);
        *state = (*state & ~255u) | dead->number;
    }
    half_done(dead_sends, TURNED_SEND);
}
static void half_received(void) {
    half_done(dead_receives, TURNED_RECEIVE);
}

static void run_send_again(world_t *w) {
    (void)w;
    (void)qb_channel_send(stage.threads[ACTOR_SLOT], stage.channel, stage.messages[0]);
}
static void send_once(void) {
    qb_thread_t *actor = stage.threads[ACTOR_SLOT];
    assert_status(qb_channel_send(actor, stage.channel, stage.messages[0]), QB_OK);
    stage.where[0] = SENT;
}

static const channel_operation_t operations[] = {
    {"open", 2, 0, 1, NULL, run_open, NULL},
    {"open with a span", 2, 0, 1, NULL, run_open_large, NULL},
    {"open without memory", 2, 0, 1, NULL, run_open_too_large, NULL},
    {"send", 2, 0, 1, NULL, run_send, NULL},
    {"send that wakes", 2, 1, 1, others_wait, run_send, NULL},
    {"send to a full channel", 1, 1, 1, NULL, run_send, NULL},
    {"send to a closed channel", 2, 1, 1, close_it, run_send, NULL},
    {"send x send", 2, 0, 1, NULL, run_send, interfere_send},
    {"send x receive", 1, 1, 1, NULL, run_send, interfere_receive},
    {"send x turning of its cell", 1, 0, 1, NULL, run_send, interfere_turn},
    {"send x filling of its cell", 1, 0, 1, NULL, run_send, interfere_fill},
    {"send x close", 2, 0, 1, NULL, run_send, interfere_close},
    {"second send of a message", 2, 0, 0, send_once, run_send_again, NULL},
    {"receive of what a dead thread sent", 2, 0, 2, half_sent, run_receive, NULL},
    {"send behind what a dead thread took", 1, 1, 2, half_received, run_send, NULL},
    {"receive", 2, 1, 2, NULL, run_receive, NULL},
    {"receive that wakes", 2, 2, 2, others_wait, run_receive, NULL},
    {"receive from an empty channel", 2, 0, 1, NULL, run_receive, NULL},
    {"receive from a closed channel", 2, 0, 1, close_it, run_receive, NULL},
    {"receive x receive", 2, 2, 2, NULL, run_receive, interfere_receive},
    {"receive x send", 2, 1, 2, NULL, run_receive, interfere_send},
    {"receive x turning of its cell", 1, 1, 2, NULL, run_receive, interfere_turn},
    {"receive x filling of its cell", 1, 0, 2, NULL, run_receive, interfere_fill},
    {"receive x close", 2, 0, 1, NULL, run_receive, interfere_close},
    {"close", 2, 1, 1, others_wait, run_close, NULL},
    {"last unpin with messages in it", 3, 2, 3, leave_alone, run_unpin, NULL},
    {"wait", 2, 0, 1, NULL, run_wait, NULL},
};

/* ---- the dead and the living ----------------------------------------------------------------- */

static void join(uint32_t slot) {
    stage.threads[slot] = attach();
    stage.numbers[slot] = qb_thread_number(stage.threads[slot]);
}

static uint32_t new_message(uint32_t slot) {
    qb_thread_t *self = stage.threads[slot];
    if (stage.kind == QB_CHANNEL_BLOCKS) return must(qb_alloc(self, 200));
    uint32_t result = is_memory() ? qb_memory_alloc(self, stage.pool, 100, 1, 0, 0)
                                  : qb_pool_acquire(self, stage.pool, 0);
    return must(result) - QB_ADDRESS_MIN;
}

static void begin(const channel_operation_t *operation) {
    stage.wrong = NULL;
    stage.has_left = stage.has_dead = 0;
    heap_open(30, 0, 0);
    for (uint32_t slot = 0; slot < SLOT_COUNT; slot++) join(slot);
    qb_thread_t *other = stage.threads[OTHER_SLOT];
    qb_thread_t *actor = stage.threads[ACTOR_SLOT];
    stage.pool = must(is_memory() ? qb_memory_open(other, 128 * MESSAGE_COUNT, 64, MESSAGE_COUNT, 0)
                                  : qb_pool_open(other, 16, MESSAGE_COUNT, MESSAGE_COUNT, 0, 0));
    stage.channel = must(qb_channel_open(other, operation->capacity, stage.kind, stage.pool));
    stage.serial = qb_region_serial(stage.channel);
    assert_status(qb_block_own(other, stage.channel, QB_OWNER_SHARED), QB_OK);
    for (uint32_t slot = 0; slot < 2; slot++) {
        qb_thread_t *self = stage.threads[slot];
        assert_status(qb_channel_pin(self, stage.channel, stage.serial), QB_OK);
        assert_status(pin_pool(self), QB_OK);
    }
    for (uint32_t i = 0; i < MESSAGE_COUNT; i++) {
        int is_actors = i == operation->sent;
        stage.messages[i] = new_message(is_actors ? ACTOR_SLOT : OTHER_SLOT);
        stage.where[i] = is_actors ? HIDDEN : i < operation->sent ? SENT : RECEIVED;
        stage.holder[i] = OTHER_SLOT;
        if (i >= operation->sent) continue;
        assert_status(qb_channel_send(other, stage.channel, stage.messages[i]), QB_OK);
    }
    (void)actor;
    if (operation->prepare != NULL) operation->prepare();
}

static void settle(qb_thread_t *self, uint32_t slot) {
    qb_status_t status = qb_reap_begin(self, stage.numbers[slot], 0);
    if (status == QB_OK) (void)qb_reap_end(self, stage.numbers[slot], stage.policy);
}
static void run_reaper(world_t *w) {
    (void)w;
    settle(stage.threads[REAPER_SLOT], ACTOR_SLOT);
}

/* All that is in the channel comes, and every message is somewhere. */
static void account(const channel_operation_t *operation, qb_thread_t *last) {
    while (other_receives(LAST_SLOT)) {
    }
    uint32_t missing = 0;
    for (uint32_t i = 0; i < MESSAGE_COUNT; i++) {
        uint32_t owner = owner_of(stage.messages[i]);
        if (stage.where[i] == RECEIVED) {
            if (owner != stage.numbers[stage.holder[i]])
                wrong("a message was taken from its owner");
            continue;
        }
        missing++;
        int is_back = stage.policy == QB_POLICY_FREE ? owner == QB_OWNER_NONE
                                                     : owner == QB_OWNER_SHARED || owner == 0;
        if (!is_back) wrong("a message is lost");
        if (owner == QB_OWNER_SHARED) stage.where[i] = RECEIVED;
    }
    if (missing > operation->may_lose) wrong("a message that was sent did not come");
    for (uint32_t i = 0; i < MESSAGE_COUNT; i++) {
        if (stage.where[i] != RECEIVED || stage.kind != QB_CHANNEL_BLOCKS) continue;
        if (qb_free(last, stage.messages[i]) != QB_OK) wrong("a message cannot be freed");
    }
}

/* Ends all channels and the pool, and lets the other thread leave. */
static void end(qb_thread_t *last) {
    uint32_t page_end = qb_header()->page_count * QB_PAGE_BYTES;
    for (uint32_t at = QB_REGION_BYTES; at < page_end; at += QB_REGION_BYTES) {
        const qb_region_record_t *record = qb_region_record_of(at);
        if (record->state != (QB_REGION_OPEN | QB_REGION_CHANNEL << 12)) continue;
        uint32_t serial = record->serial;
        if (qb_channel_close(last, at, serial) != QB_OK) wrong("a channel cannot be closed");
        (void)qb_channel_unpin(last, at, serial);
    }
    uint32_t serial = qb_region_serial(stage.pool);
    if (is_memory() && qb_memory_check(stage.pool) != 0) wrong("the memory pool is not sound");
    qb_status_t status = is_memory() ? qb_memory_close(last, stage.pool, serial, 0)
                                     : qb_pool_close(last, stage.pool, serial, 0);
    if (status != QB_OK) wrong("the pool cannot be closed");
    assert_status(qb_thread_detach(stage.threads[OTHER_SLOT], QB_POLICY_FREE), QB_OK);
}

/* k, m, j: where the actor dies, where it is interfered with, where its reaper dies; 0 = not.
 * True when the one that was to die last did die. */
static int one_run(const channel_operation_t *operation, uint32_t k, uint32_t m, uint32_t j) {
    begin(operation);
    int died = lab_run_interfered(operation->run, NULL, k, operation->interfere, m);
    const qb_lab_site_t *site = lab_crash_site();
    if (stage.goes_on && !stage.has_left) {
        for (uint32_t i = 0; i < 3; i++) interfere_turn(NULL);
    }
    if (j != 0) died = lab_run(run_reaper, NULL, j);
    if (stage.goes_on && !stage.has_left) interfere_turn(NULL);
    qb_thread_t *last = stage.threads[LAST_SLOT];
    settle(last, REAPER_SLOT);
    if (stage.goes_on) settle(last, DEAD_SLOT);
    settle(last, ACTOR_SLOT);
    settle(last, DEAD_SLOT);
    if (qb_check(last) != 0) wrong("the heap is not sound");
    account(operation, last);
    end(last);
    if (!heap_is_empty(last, 0)) wrong("something is left");
    if (stage.wrong != NULL) {
        fail_msg("channel %s: %s; kind %u, k %u, m %u, j %u, policy %u, goes on %u, died at %s:%u",
                 operation->name, stage.wrong, stage.kind, k, m, j, stage.policy, stage.goes_on,
                 site != NULL ? site->file : "-", site != NULL ? site->line : 0);
    }
    heap_close();
    stage.runs++;
    return died;
}

static void all_deaths(const channel_operation_t *operation, uint32_t m) {
    uint32_t step = m == 0 ? 1 : 7;
    for (uint32_t mode = 0; mode < 4; mode++) {
        stage.policy = mode % 2;
        stage.goes_on = mode / 2;
        for (uint32_t k = m != 0 ? m : 1; one_run(operation, k, m, 0); k++) {
            for (uint32_t j = 1 + (k + m) % step; one_run(operation, k, m, j);) j += step;
        }
    }
}

void a_channel_loses_nothing_by_a_death(void **unused) {
    (void)unused;
    stage.runs = 0;
    for (stage.kind = QB_CHANNEL_BLOCKS; stage.kind <= QB_CHANNEL_ALLOCATIONS; stage.kind++) {
        for (uint32_t i = 0; i < sizeof operations / sizeof *operations; i++) {
            uint32_t places = operations[i].interfere != NULL ? PLACES : 0;
            for (uint32_t m = places != 0; m <= places; m++) all_deaths(&operations[i], m);
        }
    }
    printf("crash lab: %u runs of channels\n", stage.runs);
}
