/*
 * Emscripten's allocators under the bench: dlmalloc or emmalloc, from Emscripten's own sources, with
 * its sbrk, its mutex and its futex. This file stands in for the rest of Emscripten's runtime, which is
 * JS there: the thread record, growth of the memory, and hooks that have nothing to do here.
 *
 * Every instance has its own __stack_pointer, and all start at one address. So each gets a stack here,
 * and support/worker.js sets it before the first call.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <emscripten/threading.h>

#include "bench.h"
#include "pthread_impl.h"

#define WASM_PAGE_BYTES 65536u
#define STACK_BYTES 65536u

/* Made by the linker. Once it is named here the linker leaves the calling of it to us; otherwise it
 * wraps every export in a call, and emmalloc would start anew each time. */
void __wasm_call_ctors(void);

static uint32_t thread_record __attribute__((address_space(1)));
static struct pthread thread_records[BENCH_THREADS_MAX];
static _Alignas(16) char stacks[BENCH_THREADS_MAX][STACK_BYTES];

/* ---- what the bench calls -------------------------------------------------------------------- */

/* Where the stack of a thread's instance starts (it grows down). */
BENCH_EXPORT(stack_top) uint32_t bench_stack_top(uint32_t thread) {
    return (uint32_t)(uintptr_t)(stacks[thread] + STACK_BYTES);
}

int bench_heap_init(void) {
    __wasm_call_ctors();
    return 1;
}

int bench_heap_attach(uint32_t thread) {
    struct pthread *record = &thread_records[thread];
    record->self = record;
    record->tid = (int)thread + 1;
    /* What a thread is that is not waited for: __timedwait then sleeps in one go. */
    record->canceldisable = PTHREAD_CANCEL_DISABLE;
    thread_record = (uint32_t)(uintptr_t)record;
    return 1;
}

uint32_t bench_alloc(uint32_t bytes) {
    return (uint32_t)(uintptr_t)malloc(bytes);
}

uint32_t bench_free(uint32_t address) {
    free((void *)(uintptr_t)address);
    return 0;
}

/* ---- what Emscripten's sources call ---------------------------------------------------------- */

uintptr_t __get_tp(void) {
    return thread_record;
}

int __pthread_setcancelstate(int state, int *old) {
    (void)state;
    if (old != NULL) *old = PTHREAD_CANCEL_DISABLE;
    return 0;
}

size_t emscripten_get_heap_size(void) {
    return (size_t)__builtin_wasm_memory_size(0) * WASM_PAGE_BYTES;
}

/* Grows to `bytes` and a fifth more, as Emscripten's default policy does. */
int emscripten_resize_heap(size_t bytes) {
    size_t have = __builtin_wasm_memory_size(0);
    size_t need = (bytes + WASM_PAGE_BYTES - 1) / WASM_PAGE_BYTES;
    size_t step = need > have ? need - have : 1;
    if (step < have / 5) step = have / 5;
    if (__builtin_wasm_memory_grow(0, step) != (size_t)-1) return 1;
    return need <= have || __builtin_wasm_memory_grow(0, need - have) != (size_t)-1;
}

int emscripten_is_main_runtime_thread(void) {
    return 0;
}

int _emscripten_thread_supports_atomics_wait(void) {
    return 1;
}

void emscripten_main_thread_process_queued_calls(void) {
}

void emscripten_unwind_to_js_event_loop(void) {
    __builtin_trap();
}

int __clock_gettime(clockid_t clock, struct timespec *at) {
    (void)clock;
    (void)at;
    __builtin_trap();
}

double emscripten_get_now(void) {
    __builtin_trap(); /* only timed waits ask, and a mutex has none */
}
