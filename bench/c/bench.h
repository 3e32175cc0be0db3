/*
 * What the workloads (workload.c) ask of an allocator. Each allocator has one adapter: qbwasm.c,
 * emscripten.c. An adapter only translates: what is measured is the allocator.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

#define BENCH_EXPORT(name) __attribute__((export_name(#name)))
#define BENCH_THREADS_MAX 8u
#define BENCH_ADDRESS_MIN 1024u /* what an allocator returns below this is a failure */

/* Called once a memory, by the first instance, before all else. 0: failed. */
int bench_heap_init(void);

/* Called once an instance; `thread` is 0, 1 ... and differs between the instances of a memory.
 * 0: failed. */
int bench_heap_attach(uint32_t thread);

/* An address of `bytes` bytes, or less than BENCH_ADDRESS_MIN. */
uint32_t bench_alloc(uint32_t bytes);

/* Frees what bench_alloc gave, to this thread or another. What it returns is not looked at. */
uint32_t bench_free(uint32_t address);

#endif
