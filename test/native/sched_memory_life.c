/*
 * Races on memory pools (sched_memory.c): owners, growth, the death of who holds something, closing.
 */
#include "sched_memory.h"

#define DYING 2u

static uint32_t channel;

static void open_full_that_grows(void) {
    memory_open_pool(POOL_BYTES, 1, QB_MEMORY_GROWS);
    memory_hold(LOOKER, POOL_BYTES, 0);
}
/* Thread 0 holds something that it can send. */
static void open_with_channel(void) {
    memory_open_empty();
    memory_hold(0, UNIT_BYTES, 0);
    qb_thread_t *looker = actor(LOOKER);
    channel = must(qb_channel_open(looker, 2, QB_CHANNEL_ALLOCATIONS, memory.pool));
    for (uint32_t i = 0; i < 4; i++) {
        assert_status(qb_channel_pin(actor(i), channel, qb_region_serial(channel)), QB_OK);
    }
}
static void open_of_dead(void) {
    memory_open_empty();
    (void)memory_take(DYING, 2 * UNIT_BYTES, 0);
    memory_hold(DYING, UNIT_BYTES, 0);
    stage.slots[DYING] = 0;
}
static void open_of_dead_without_room(void) {
    memory_open_empty();
    memory_hold(DYING, POOL_BYTES, 0);
    stage.slots[DYING] = 0;
}
static void own_0(void) {
    stage.results[0] =
        qb_memory_own(actor(0), memory.pool, memory.index, memory.generation, stage.numbers[0]);
}
static void own_1(void) {
    stage.results[1] =
        qb_memory_own(actor(1), memory.pool, memory.index, memory.generation, stage.numbers[1]);
}
static void send_0(void) {
    stage.results[0] = qb_channel_send(actor(0), channel, memory.index);
}
static void close_0(void) {
    stage.results[0] = qb_memory_close(actor(0), memory.pool, memory.serial, 1);
}
static void close_1(void) {
    stage.results[1] = qb_memory_close(actor(1), memory.pool, memory.serial, 1);
}
static void realloc_0(void) {
    stage.results[0] =
        qb_memory_realloc(actor(0), memory.pool, memory.index, memory.generation, 2 * UNIT_BYTES);
}
static void await_pool_1(void) {
    memory_await(1, POOL_BYTES);
}
/* What was made too late was given back. */
static int check_growth(void) {
    uint32_t chunks = 0;
    for (uint32_t i = 0; i < QB_MEMORY_CHUNKS_MAX; i++) {
        chunks += QB_AT(qb_memory_t, memory.pool)->chunks[i] != 0;
    }
    uint32_t pages = stats_of(actor(LOOKER)).pages_span; /* a chunk fits into one */
    WANT(pages == chunks, "%u pages for %u chunks", pages, chunks);
    return memory_check_both();
}
static int check_reap_wakes(void) {
    return reaped_0() && memory_is_woken(1);
}
/* What a thread was told that it owns is its own. */
static int owned_by_1(void) {
    WANT(stage.results[1] == QB_OK || stage.results[1] == QB_E_DOUBLE_FREE ||
             stage.results[1] == QB_E_STALE,
         "own: %s", result_name(stage.results[1]));
    uint64_t word = memory_state_of(memory.index);
    WANT(stage.results[1] != QB_OK || (qb_memory_phase_of(word) == QB_MEMORY_LIVE &&
                                       qb_memory_owner_of(word) == stage.numbers[1]),
         "it was given to thread %u, and is of %u in phase %u", stage.numbers[1],
         qb_memory_owner_of(word), qb_memory_phase_of(word));
    return memory_all_is_there();
}
static int check_own_free(void) {
    WANT(stage.results[0] == QB_OK, "free: %s", result_name(stage.results[0]));
    WANT(stage.results[1] == QB_OK || stage.results[1] == QB_E_DOUBLE_FREE, "own: %s",
         result_name(stage.results[1]));
    return memory_all_is_there();
}
/* Either it was sent, and who receives it has it, or thread 1 got it. */
static int check_sent_or(void) {
    qb_thread_t *looker = actor(LOOKER);
    int was_sent = stage.results[0] == QB_OK;
    WANT(was_sent || stage.results[0] == QB_E_OWNER, "send: %s", result_name(stage.results[0]));
    WANT(stage.results[1] == (was_sent ? QB_E_OWNER : QB_OK), "send: %s; the other: %s",
         result_name(stage.results[0]), result_name(stage.results[1]));
    uint32_t received = qb_channel_receive(looker, channel);
    WANT(received == (was_sent ? QB_OK : QB_E_EMPTY), "receive: %s", result_name(received));
    uint64_t word = memory_state_of(memory.index);
    WANT(!was_sent || qb_memory_owner_of(word) == looker->number, "the owner is %u",
         qb_memory_owner_of(word));
    uint32_t serial = qb_region_serial(channel);
    (void)qb_channel_close(looker, channel, serial);
    for (uint32_t i = 0; i < 4; i++) (void)qb_channel_unpin(actor(i), channel, serial);
    return memory_all_is_there();
}
static int check_own_own(void) {
    WANT(stage.results[0] == QB_OK && stage.results[1] == QB_OK, "own: %s, %s",
         result_name(stage.results[0]), result_name(stage.results[1]));
    return memory_all_is_there();
}
static int check_reap_own(void) {
    return reaped_0() && owned_by_1();
}
static int check_reap_free(void) {
    WANT(stage.results[1] == QB_OK || stage.results[1] == QB_E_DOUBLE_FREE, "free: %s",
         result_name(stage.results[1]));
    return reaped_0() && memory_all_is_there();
}
static int check_reap_alloc(void) {
    WANT(stage.results[1] >= QB_ADDRESS_MIN || stage.results[1] == QB_E_NO_ROOM, "alloc: %s",
         result_name(stage.results[1]));
    return reaped_0() && memory_all_is_there();
}
static int check_closing(void) {
    WANT(stage.results[1] == QB_OK, "close: %s", result_name(stage.results[1]));
    WANT(stage.results[0] >= QB_ADDRESS_MIN || stage.results[0] == QB_E_CLOSED ||
             stage.results[0] == QB_E_NO_ROOM,
         "alloc: %s", result_name(stage.results[0]));
    return memory_all_is_there();
}
static int check_closing_wakes(void) {
    uint32_t epoch = QB_AT(qb_memory_t, memory.pool)->waiters.epoch;
    WANT(stage.results[0] == QB_E_CLOSED || epoch != memory.epoch, "who waits sleeps on: %s",
         result_name(stage.results[0]));
    (void)qb_memory_wait(actor(0), memory.pool, 0);
    return check_closing();
}
static int check_closes(void) {
    int ok = (stage.results[0] == QB_OK) + (stage.results[1] == QB_OK);
    WANT(ok == 1, "closed %d times", ok);
    return memory_all_is_there();
}
static int check_realloc(void) {
    WANT(stage.results[0] >= QB_ADDRESS_MIN, "realloc: %s", result_name(stage.results[0]));
    WANT(stage.results[1] >= QB_ADDRESS_MIN, "alloc: %s", result_name(stage.results[1]));
    return memory_all_is_there();
}

static const scenario_t scenarios[] = {
    RACE("memory: free x own", memory_open_with_one, memory_free_0, own_1, check_own_free),
    RACE("memory: send x free", open_with_channel, send_0, memory_free_1, check_sent_or),
    RACE("memory: send x own", open_with_channel, send_0, own_1, check_sent_or),
    RACE("memory: own x own", memory_open_with_one, own_0, own_1, check_own_own),
    RACE("memory: growth x growth", open_full_that_grows, memory_alloc_unit_0, memory_alloc_pool_1,
         check_growth),
    RACE("memory: realloc x alloc", memory_open_with_one, realloc_0, memory_alloc_unit_1,
         check_realloc),
    RACE("memory: reap x alloc", open_of_dead_without_room, reap_0, memory_alloc_pool_1,
         check_reap_alloc),
    RACE("memory: reap x wait for room", open_of_dead_without_room, reap_0, await_pool_1,
         check_reap_wakes),
    RACE("memory: reap x free", open_of_dead, reap_0, memory_free_1, check_reap_free),
    RACE("memory: reap x own", open_of_dead, reap_0, own_1, check_reap_own),
    RACE("memory: keeping reap x own", open_of_dead, reap_keep_0, own_1, check_reap_own),
    RACE("memory: keeping reap x free", open_of_dead, reap_keep_0, memory_free_1, check_reap_free),
    RACE("memory: close x alloc", memory_open_empty, memory_alloc_unit_0, close_1, check_closing),
    RACE("memory: close x wait for room", memory_open_without_room, memory_await_unit_0, close_1,
         check_closing_wakes),
    RACE("memory: close x close", memory_open_empty, close_0, close_1, check_closes),
};
const scenarios_t sched_memory_life_scenarios = {scenarios, sizeof scenarios / sizeof *scenarios};
