/*
 * Memory pools natively: what a pair of alloc and free costs without JS. The core's own sources, with -O2.
 *
 *   memory_pool [pairs] [rounds]      prints JSON: nanoseconds a pair, one number a round
 *
 *   pair      alloc 64, free it                                     one unit, the same each time
 *   large     alloc 4096, free it                                   64 units
 *   batch     alloc 1000 of 64, then free all in this order
 *   random    free one of 1000 live blocks of 1 .. 1024 bytes, replace it by one of another size
 *   malloc    pair, by the C library: what the machine can do
 *
 * bench/support/native.js builds and runs it; bench/memory-pool.bench.js sets JS against it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/layout.h"
#include "qbwasm.h"

#define PAGE_COUNT 512u
#define POOL_BYTES (1u << 22)
#define UNIT_BYTES 64u
#define ENTRY_COUNT 4096u
#define LIVE_COUNT 1000u
#define LARGE_BYTES 4096u
#define RANDOM_BYTES_MAX 1024u

static qb_thread_t *self;
static uint32_t pool;
static uint32_t live[LIVE_COUNT];

static void must(int is_so, const char *what) {
    if (is_so) return;
    (void)fprintf(stderr, "memory_pool: %s failed\n", what);
    exit(1);
}

/* The generation is read from the entry, as JS does for a handle. */
static uint32_t generation_of(uint32_t index) {
    const qb_memory_entry_t *entry = QB_AT(qb_memory_entry_t, qb_memory_entry(pool, index));
    return (uint32_t)__atomic_load_n(&entry->state, __ATOMIC_SEQ_CST) >> 8;
}
static uint32_t take(uint32_t bytes) {
    uint32_t result = qb_memory_alloc(self, pool, bytes, 1, 0, 0);
    must(result >= QB_ADDRESS_MIN, "alloc");
    return result - QB_ADDRESS_MIN;
}
static void give(uint32_t index) {
    must(qb_memory_free(self, pool, index, generation_of(index)) == QB_OK, "free");
}

/* xorshift32 */
static uint32_t next_random(uint32_t *seed) {
    uint32_t x = *seed;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    *seed = x;
    return x;
}
static uint32_t random_bytes(uint32_t *seed) {
    return 1 + (uint32_t)((uint64_t)next_random(seed) * RANDOM_BYTES_MAX >> 32);
}

/* ---- workloads ------------------------------------------------------------------------------- */

static void run_pair(uint32_t count) {
    for (uint32_t i = 0; i < count; i++) give(take(UNIT_BYTES));
}
static void run_large(uint32_t count) {
    for (uint32_t i = 0; i < count; i++) give(take(LARGE_BYTES));
}
static void run_batch(uint32_t count) {
    for (uint32_t done = 0; done < count; done += LIVE_COUNT) {
        for (uint32_t i = 0; i < LIVE_COUNT; i++) live[i] = take(UNIT_BYTES);
        for (uint32_t i = 0; i < LIVE_COUNT; i++) give(live[i]);
    }
}
static void run_random(uint32_t count) {
    uint32_t seed = 1;
    for (uint32_t i = 0; i < LIVE_COUNT; i++) live[i] = take(random_bytes(&seed));
    for (uint32_t i = 0; i < count; i++) {
        uint32_t slot = (uint32_t)((uint64_t)next_random(&seed) * LIVE_COUNT >> 32);
        give(live[slot]);
        live[slot] = take(random_bytes(&seed));
    }
    for (uint32_t i = 0; i < LIVE_COUNT; i++) give(live[i]);
}
static void run_malloc(uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        void *volatile block = malloc(UNIT_BYTES);
        must(block != NULL, "malloc");
        free(block);
    }
}

static const struct {
    const char *name;
    void (*run)(uint32_t count);
} workloads[] = {{"pair", run_pair},
                 {"large", run_large},
                 {"batch", run_batch},
                 {"random", run_random},
                 {"malloc", run_malloc}};

static double now_ns(void) {
    struct timespec at;
    must(clock_gettime(CLOCK_MONOTONIC, &at) == 0, "clock_gettime");
    return (double)at.tv_sec * 1e9 + (double)at.tv_nsec;
}

static uint32_t argument(int count, char **values, int index, uint32_t otherwise) {
    return index < count ? (uint32_t)strtoul(values[index], NULL, 10) : otherwise;
}

int main(int argument_count, char **arguments) {
    uint32_t pairs = argument(argument_count, arguments, 1, 200000);
    uint32_t rounds = argument(argument_count, arguments, 2, 15);
    pairs = (pairs + LIVE_COUNT - 1) / LIVE_COUNT * LIVE_COUNT; /* whole batches */
    must(pairs > 0 && rounds > 0, "reading the arguments");
    must(qb_native_open(PAGE_COUNT, PAGE_COUNT) == QB_OK, "open");
    must(qb_heap_init(PAGE_COUNT, 0) == QB_OK, "init");
    uint32_t thread = qb_thread_attach();
    must(thread >= QB_ADDRESS_MIN, "attach");
    self = qb_thread_at(thread);
    pool = qb_memory_open(self, POOL_BYTES, UNIT_BYTES, ENTRY_COUNT, 0);
    must(pool >= QB_ADDRESS_MIN, "memory_open");
    printf("{\"unit\":\"ns per pair\",\"pairs\":%u", pairs);
    for (size_t w = 0; w < sizeof workloads / sizeof *workloads; w++) {
        workloads[w].run(pairs / 10 + LIVE_COUNT); /* warm up */
        printf(",\"%s\":[", workloads[w].name);
        for (uint32_t round = 0; round < rounds; round++) {
            double start = now_ns();
            workloads[w].run(pairs);
            printf("%s%.2f", round == 0 ? "" : ",", (now_ns() - start) / pairs);
        }
        printf("]");
    }
    printf("}\n");
    must(qb_memory_check(pool) == 0 && qb_check(self) == 0, "check");
    qb_native_close();
    return 0;
}
