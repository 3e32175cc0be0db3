/*
 * The workloads. One operation is one allocation and one free, whatever the workload.
 *
 *   pair      alloc 32, free it                                    each thread for itself
 *   batch     alloc 10 000 of 32, then free all in this order      each thread for itself
 *   random    free one of 10 000 live blocks, replace it by one    each thread for itself
 *             of 8 .. 1024 bytes
 *   touched   the same, and each block is written and read         each thread for itself
 *   cross     (after larson) the threads swap new blocks of        half of the frees are of another
 *             8 .. 1024 bytes into one table of 4 096 and free     thread's block
 *             what comes out
 *   handover  (producer/consumer) thread 0 allocates 8 .. 1024     all frees are of another thread's
 *             bytes and sends the address through a ring of 1024,  block
 *             thread 1 frees
 *
 * A block's first word holds its own address. It is written after the allocation and looked at before
 * the free: so each block is touched, as a program would, and a block given to two owners traps. Only
 * `random` leaves its blocks alone: there the cache misses of the touching (about 10 ns, whatever
 * the allocator) would hide what alloc and free cost themselves. `touched` shows both together.
 *
 * The state is a block of the allocator itself, because qbwasm owns the whole memory. There are no
 * statics and nothing here needs the shadow stack.
 */
#include <stddef.h>

#include "bench.h"

#define LIVE_COUNT 10000u
#define CROSS_COUNT 4096u
#define RING_COUNT 1024u
#define SMALL_BYTES 32u
#define RANDOM_BYTES_MIN 8u
#define RANDOM_BYTES_COUNT 1017u /* 8 .. 1024 */
#define SPINS 2000u
#define NAP_NS 20000

enum { PAIR, BATCH, RANDOM, TOUCHED, CROSS, HANDOVER };

typedef struct state {
    uint32_t head; /* (atomic) ring: messages sent */
    uint32_t pad0[31];
    uint32_t tail; /* (atomic) ring: messages taken */
    uint32_t pad1[31];
    uint32_t never; /* nobody wakes who waits here */
    uint32_t pad2[31];
    uint32_t shared[CROSS_COUNT]; /* cross: the table; handover: the ring */
    uint32_t own[BENCH_THREADS_MAX][LIVE_COUNT + 48];
} state_t;

#define INLINE static inline __attribute__((always_inline))

/* xorshift32; *seed is never 0 */
INLINE uint32_t next_random(uint32_t *seed) {
    uint32_t x = *seed;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    *seed = x;
    return x;
}

/* 0 .. count - 1 */
INLINE uint32_t below(uint32_t random, uint32_t count) {
    return (uint32_t)((uint64_t)random * count >> 32);
}

INLINE uint32_t random_bytes(uint32_t *seed) {
    return RANDOM_BYTES_MIN + below(next_random(seed), RANDOM_BYTES_COUNT);
}

INLINE uint32_t take(uint32_t bytes) {
    uint32_t address = bench_alloc(bytes);
    if (address < BENCH_ADDRESS_MIN) __builtin_trap();
    *(volatile uint32_t *)(uintptr_t)address = address;
    return address;
}

INLINE void give(uint32_t address) {
    if (*(volatile uint32_t *)(uintptr_t)address != address) __builtin_trap();
    (void)bench_free(address);
}

/* ---- runs ------------------------------------------------------------------------------------ */

static void run_pair(uint32_t count) {
    for (uint32_t i = 0; i < count; i++) give(take(SMALL_BYTES));
}

static void run_batch(uint32_t *own, uint32_t count) {
    for (uint32_t done = 0; done < count; done += LIVE_COUNT) {
        for (uint32_t i = 0; i < LIVE_COUNT; i++) own[i] = take(SMALL_BYTES);
        for (uint32_t i = 0; i < LIVE_COUNT; i++) give(own[i]);
    }
}

static void run_random(uint32_t *own, uint32_t count, uint32_t seed) {
    for (uint32_t i = 0; i < count; i++) {
        uint32_t slot = below(next_random(&seed), LIVE_COUNT);
        (void)bench_free(own[slot]);
        own[slot] = bench_alloc(random_bytes(&seed));
    }
}

static void run_touched(uint32_t *own, uint32_t count, uint32_t seed) {
    for (uint32_t i = 0; i < count; i++) {
        uint32_t slot = below(next_random(&seed), LIVE_COUNT);
        give(own[slot]);
        own[slot] = take(random_bytes(&seed));
    }
}

static void run_cross(uint32_t *shared, uint32_t count, uint32_t seed) {
    for (uint32_t i = 0; i < count; i++) {
        uint32_t slot = below(next_random(&seed), CROSS_COUNT);
        uint32_t address = take(random_bytes(&seed));
        give(__atomic_exchange_n(&shared[slot], address, __ATOMIC_SEQ_CST));
    }
}

/* Waits until *word differs from `value`: spins, then naps, because the other thread may have no
 * core. Returns the new value. */
static uint32_t await_change(state_t *state, uint32_t *word, uint32_t value) {
    for (;;) {
        for (uint32_t i = 0; i < SPINS; i++) {
            uint32_t now = __atomic_load_n(word, __ATOMIC_SEQ_CST);
            if (now != value) return now;
        }
        (void)__builtin_wasm_memory_atomic_wait32((int *)&state->never, 0, NAP_NS);
    }
}

static void run_producer(state_t *state, uint32_t count, uint32_t seed) {
    uint32_t head = state->head;
    uint32_t tail = __atomic_load_n(&state->tail, __ATOMIC_SEQ_CST);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t address = take(random_bytes(&seed));
        while (head - tail == RING_COUNT) tail = await_change(state, &state->tail, tail);
        state->shared[head % RING_COUNT] = address;
        __atomic_store_n(&state->head, ++head, __ATOMIC_SEQ_CST);
    }
}

static void run_consumer(state_t *state, uint32_t count) {
    uint32_t tail = state->tail;
    uint32_t head = __atomic_load_n(&state->head, __ATOMIC_SEQ_CST);
    for (uint32_t i = 0; i < count; i++) {
        while (head == tail) head = await_change(state, &state->head, head);
        uint32_t address = state->shared[tail % RING_COUNT];
        __atomic_store_n(&state->tail, ++tail, __ATOMIC_SEQ_CST);
        give(address);
    }
}

/* ---- what support/worker.js calls ------------------------------------------------------------ */

BENCH_EXPORT(init) int bench_init(void) {
    return bench_heap_init();
}

BENCH_EXPORT(attach) int bench_attach(uint32_t thread) {
    return bench_heap_attach(thread);
}

/* Makes the state of a workload. One thread, once. Returns its address. */
BENCH_EXPORT(open) uint32_t bench_open(uint32_t workload) {
    uint32_t address = bench_alloc(sizeof(state_t));
    if (address < BENCH_ADDRESS_MIN) __builtin_trap();
    state_t *state = (state_t *)(uintptr_t)address;
    state->head = 0;
    state->tail = 0;
    state->never = 0;
    uint32_t seed = 1;
    for (uint32_t i = 0; i < CROSS_COUNT && workload == CROSS; i++) {
        state->shared[i] = take(random_bytes(&seed));
    }
    return address;
}

/* Fills the table of a thread, from this thread. */
BENCH_EXPORT(fill) void bench_fill(uint32_t address, uint32_t workload, uint32_t thread) {
    state_t *state = (state_t *)(uintptr_t)address;
    uint32_t seed = thread + 2;
    int has_table = workload == RANDOM || workload == TOUCHED;
    for (uint32_t i = 0; i < LIVE_COUNT && has_table; i++) {
        state->own[thread][i] = take(random_bytes(&seed));
    }
}

BENCH_EXPORT(run)
void bench_run(uint32_t address, uint32_t workload, uint32_t thread, uint32_t count,
               uint32_t seed) {
    state_t *state = (state_t *)(uintptr_t)address;
    if (workload == PAIR) run_pair(count);
    if (workload == BATCH) run_batch(state->own[thread], count);
    if (workload == RANDOM) run_random(state->own[thread], count, seed);
    if (workload == TOUCHED) run_touched(state->own[thread], count, seed);
    if (workload == CROSS) run_cross(state->shared, count, seed);
    if (workload == HANDOVER && thread == 0) run_producer(state, count, seed);
    if (workload == HANDOVER && thread == 1) run_consumer(state, count);
}
