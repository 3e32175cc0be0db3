/*
 * Histories of pools: what was called, when it began and ended, what came out; and whether some order
 * of the calls one by one explains it (linearizability).
 *
 * The model: each slot has an owner (0 = free) and a generation. Acquiring takes any free slot; it says
 * EMPTY when there is none. Releasing by a handle of the present use frees it and counts the generation
 * up. Closing ends acquiring for calls that begin after it ended; one that is under way may still come
 * through. A reaper frees the slots of the dead one by one, so each is a call of its own.
 *
 * The search is Wing & Gong's with a memory: at each step any call may be next that began before the
 * first end of those left. Which calls are done and the state they led to decide all that follows, so
 * each such pair is visited once. A call that never ended may have had its effect or not; an acquire
 * of that kind may have taken any slot.
 */
#include "lifetime/chunk.h"
#include "schedule.h"

#define ILLEGAL UINT64_MAX
#define SLOT_BITS 10u /* 4 for the owner, 6 for the generation */
#define SLOT_MASK ((1u << SLOT_BITS) - 1)
#define OWNER_MASK 15u /* 15 stands for QB_OWNER_SHARED */
#define CLOSED ((uint64_t)1 << 60)
#define MEMORY_LOG2 16u

static struct {
    const history_t *history;
    uint64_t final_state;
    uint32_t close_ended; /* of the close that came through */
    struct {
        uint64_t state;
        uint32_t done, round;
    } seen[1u << MEMORY_LOG2];
    uint32_t seen_count, round;
} search;

/* ---- the model ------------------------------------------------------------------------------- */

static uint32_t slot_code(uint32_t owner, uint32_t generation) {
    return (owner < OWNER_MASK ? owner : OWNER_MASK) | generation << 4;
}
static uint32_t slot_of(uint64_t state, uint32_t index) {
    return (uint32_t)(state >> index * SLOT_BITS) & SLOT_MASK;
}
static uint64_t with_slot(uint64_t state, uint32_t index, uint32_t code) {
    return (state & ~((uint64_t)SLOT_MASK << index * SLOT_BITS)) | (uint64_t)code
                                                                       << index * SLOT_BITS;
}
static uint64_t state_of_words(const uint32_t *words, uint32_t count) {
    uint64_t state = 0;
    for (uint32_t i = 0; i < count; i++) {
        assert_true(words[i] >> 8 < 62); /* 6 bits, and it never wraps here */
        state = with_slot(state, i, slot_code(words[i] & 255u, words[i] >> 8));
    }
    return state;
}
static int is_full(uint64_t state) {
    for (uint32_t i = 0; i < search.history->slot_count; i++) {
        if ((slot_of(state, i) & OWNER_MASK) == 0) return 0;
    }
    return 1;
}

static uint64_t after_acquire(const call_t *call, uint64_t state, uint32_t index) {
    if (call->ended != 0 && call->result == QB_E_CLOSED) return state & CLOSED ? state : ILLEGAL;
    if ((state & CLOSED) != 0 && call->began > search.close_ended) return ILLEGAL;
    if (call->ended != 0 && call->result == QB_E_EMPTY) return is_full(state) ? state : ILLEGAL;
    uint32_t slot = slot_of(state, index);
    int is_same_use = call->ended == 0 || slot >> 4 == call->generation;
    int is_taken =
        (call->ended == 0 || call->result == QB_OK) && index < search.history->slot_count;
    if (!is_taken || !is_same_use || (slot & OWNER_MASK) != 0) return ILLEGAL;
    return with_slot(state, index, slot_code(call->owner, slot >> 4));
}

static uint64_t after_release(const call_t *call, uint64_t state) {
    uint32_t slot = slot_of(state, call->index);
    uint32_t status = QB_OK;
    if (slot == slot_code(QB_OWNER_NONE, call->generation + 1)) {
        status = QB_E_DOUBLE_FREE;
    } else if (slot >> 4 != call->generation || (slot & OWNER_MASK) == QB_OWNER_NONE) {
        status = QB_E_STALE;
    }
    if (call->ended != 0 && status != call->result) return ILLEGAL;
    if (status != QB_OK) return state;
    return with_slot(state, call->index, slot_code(QB_OWNER_NONE, call->generation + 1));
}

static uint64_t after_reap(const call_t *call, uint64_t state) {
    uint32_t slot = slot_of(state, call->index);
    if ((slot & OWNER_MASK) != call->owner) return state;
    uint32_t code = call->kind == CALL_KEEP ? slot_code(QB_OWNER_SHARED, slot >> 4)
                                            : slot_code(QB_OWNER_NONE, (slot >> 4) + 1);
    return with_slot(state, call->index, code);
}

/* State after the call, or ILLEGAL: it would have had another result. `index`: what it acquired. */
static uint64_t after(const call_t *call, uint64_t state, uint32_t index) {
    switch (call->kind) {
    case CALL_ACQUIRE: return after_acquire(call, state, index);
    case CALL_RELEASE: return after_release(call, state);
    case CALL_CLOSE: {
        uint32_t status = (state & CLOSED) != 0 ? QB_E_REGION : QB_OK;
        return call->ended == 0 || call->result == status ? state | CLOSED : ILLEGAL;
    }
    default: return after_reap(call, state);
    }
}

/* ---- the search ------------------------------------------------------------------------------ */

/* Notes the pair. 0: it was there already. */
static int is_new(uint32_t done, uint64_t state) {
    uint64_t mixed = (state ^ (uint64_t)done << 29) * 0x9e3779b97f4a7c15u;
    uint32_t at = (uint32_t)(mixed >> (64 - MEMORY_LOG2));
    for (;; at = (at + 1) & ((1u << MEMORY_LOG2) - 1)) {
        if (search.seen[at].round != search.round) break;
        if (search.seen[at].done == done && search.seen[at].state == state) return 0;
    }
    assert_true(search.seen_count < (1u << MEMORY_LOG2) * 3 / 4);
    search.seen_count++;
    search.seen[at].state = state;
    search.seen[at].done = done;
    search.seen[at].round = search.round;
    return 1;
}

static int explains(uint32_t done, uint64_t state) {
    const history_t *history = search.history;
    uint32_t first_end = UINT32_MAX;
    for (uint32_t i = 0; i < history->call_count; i++) {
        const call_t *call = &history->calls[i];
        if ((done & 1u << i) != 0 || call->ended == 0) continue;
        if (call->ended < first_end) first_end = call->ended;
    }
    if (first_end == UINT32_MAX && (state & ~CLOSED) == search.final_state) return 1;
    if (!is_new(done, state)) return 0;
    for (uint32_t i = 0; i < history->call_count; i++) {
        const call_t *call = &history->calls[i];
        if ((done & 1u << i) != 0 || call->began > first_end) continue;
        int takes_any = call->kind == CALL_ACQUIRE && call->ended == 0;
        uint32_t from = takes_any ? 0 : call->index;
        uint32_t to = takes_any ? history->slot_count : call->index + 1;
        for (uint32_t index = from; index < to; index++) {
            uint64_t next = after(call, state, index);
            if (next != ILLEGAL && explains(done | 1u << i, next)) return 1;
        }
    }
    return 0;
}

int history_is_linearizable(const history_t *history) {
    search.history = history;
    search.round++;
    search.seen_count = 0;
    search.close_ended = UINT32_MAX;
    for (uint32_t i = 0; i < history->call_count; i++) {
        const call_t *call = &history->calls[i];
        if (call->kind == CALL_CLOSE && call->ended != 0 && call->result == QB_OK) {
            search.close_ended = call->ended;
        }
    }
    search.final_state = state_of_words(history->after, history->slot_count);
    return explains(0, state_of_words(history->before, history->slot_count));
}

/* ---- taking notes ---------------------------------------------------------------------------- */

static uint32_t word_now(uint32_t index) {
    const qb_pool_t *pool = QB_AT(qb_pool_t, stage.pool);
    if (index >= pool->capacity) return 0;
    uint32_t chunk = qb_chunk_of(pool->chunk_slots, index);
    uint32_t below = qb_chunk_first(pool->chunk_slots, chunk);
    return *QB_AT(uint32_t, pool->chunks[chunk] + (index - below) * 4);
}

uint32_t history_generation(uint32_t index) {
    return word_now(index) >> 8;
}

/* Who is inside of a call now sees whether the pool is full. */
static void look(void) {
    history_t *history = &stage.history;
    if (qb_region_record_of(stage.pool)->state >> 12 != QB_REGION_POOL) return; /* it is gone */
    for (uint32_t i = 0; i < history->slot_count; i++) {
        if ((word_now(i) & 255u) == QB_OWNER_NONE) return;
    }
    for (uint32_t i = 0; i < history->call_count; i++) {
        if (history->calls[i].ended == 0) history->calls[i].saw_full = 1;
    }
}

void history_begin(uint32_t pool) {
    stage.pool = pool;
    memset(&stage.history, 0, sizeof stage.history);
    stage.history.slot_count = QB_AT(qb_pool_t, pool)->capacity_max;
    assert_true(stage.history.slot_count <= HISTORY_SLOTS_MAX);
    for (uint32_t i = 0; i < stage.history.slot_count; i++) stage.history.before[i] = word_now(i);
    sched_watch(look);
}

/* Without a scheduling point. */
static call_t *note(call_kind_t kind, uint32_t owner, uint32_t index, uint32_t generation) {
    history_t *history = &stage.history;
    assert_true(history->call_count < CALLS_MAX);
    call_t *call = &history->calls[history->call_count++];
    *call = (call_t){kind, owner, index, generation, 0, ++history->clock, 0, 0};
    return call;
}

static call_t *begin(call_kind_t kind, uint32_t owner, uint32_t index, uint32_t generation) {
    sched_between_calls();
    return note(kind, owner, index, generation);
}

static uint32_t end(call_t *call, uint32_t result) {
    look();
    call->result = result >= QB_ADDRESS_MIN ? QB_OK : result;
    call->ended = ++stage.history.clock;
    return result;
}

uint32_t history_acquire(uint32_t actor_index, uint32_t hint) {
    call_t *call = begin(CALL_ACQUIRE, stage.numbers[actor_index], 0, 0);
    uint32_t result = qb_pool_acquire(actor(actor_index), stage.pool, hint);
    if (result >= QB_ADDRESS_MIN) {
        call->index = result - QB_ADDRESS_MIN;
        call->generation = history_generation(call->index);
    }
    return end(call, result);
}

uint32_t history_release(uint32_t actor_index, uint32_t index, uint32_t generation) {
    call_t *call = begin(CALL_RELEASE, stage.numbers[actor_index], index, generation);
    return end(call, qb_pool_release(actor(actor_index), stage.pool, index, generation));
}

uint32_t history_close(uint32_t actor_index, uint32_t serial) {
    call_t *call = begin(CALL_CLOSE, stage.numbers[actor_index], 0, 0);
    return end(call, qb_pool_close(actor(actor_index), stage.pool, serial, 0));
}

uint32_t history_reap(uint32_t actor_index, uint32_t number, uint32_t policy) {
    sched_between_calls();
    uint32_t from = stage.history.call_count;
    for (uint32_t i = 0; i < stage.history.slot_count; i++) {
        (void)note(policy == QB_POLICY_KEEP ? CALL_KEEP : CALL_FREE, number, i, 0);
    }
    uint32_t result = qb_reap_begin(actor(actor_index), number, 0);
    if (result == QB_OK) result = qb_reap_end(actor(actor_index), number, policy);
    for (uint32_t i = 0; i < stage.history.slot_count; i++) {
        (void)end(&stage.history.calls[from + i], result);
    }
    return result;
}

static void print_history(const history_t *history) {
    static const char *const names[] = {"acquire", "release", "close", "free", "keep"};
    for (uint32_t i = 0; i < history->call_count; i++) {
        const call_t *call = &history->calls[i];
        say("  %2u..%2u thread %u %s slot %u generation %u: %s%s\n", call->began, call->ended,
            call->owner, names[call->kind], call->index, call->generation,
            call->ended == 0 ? "did not end" : result_name(call->result),
            call->saw_full ? " (full meanwhile)" : "");
    }
    for (uint32_t i = 0; i < history->slot_count; i++) {
        say("  slot %u: word 0x%x at first, 0x%x at last\n", i, history->before[i],
            history->after[i]);
    }
}

int history_holds(void) {
    history_t *history = &stage.history;
    for (uint32_t i = 0; i < history->slot_count; i++) history->after[i] = word_now(i);
    for (uint32_t i = 0; i < history->call_count; i++) {
        const call_t *call = &history->calls[i];
        int is_empty = call->kind == CALL_ACQUIRE && call->result == QB_E_EMPTY;
        if (!is_empty || call->ended == 0 || call->saw_full) continue;
        print_history(history);
        return sched_complain("call %u said EMPTY, and the pool was never full meanwhile", i);
    }
    if (history_is_linearizable(history)) return 1;
    print_history(history);
    return sched_complain("the history is not linearizable");
}
