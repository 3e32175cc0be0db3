/*
 * qbwasm under the bench: the objects that `make` built, without c/src/exports.c. The thread's slot
 * stands in a wasm global, as it does there.
 */
#include "qbwasm.h"
#include "bench.h"

#define PAGES_MAX 4096u /* 256 MiB, the maximum of the memory that support/team.js makes */

static uint32_t me __attribute__((address_space(1)));

int bench_heap_init(void) {
    return qb_heap_init(PAGES_MAX, 0) == QB_OK;
}

int bench_heap_attach(uint32_t thread) {
    (void)thread;
    me = qb_thread_attach();
    return me >= QB_ADDRESS_MIN;
}

uint32_t bench_alloc(uint32_t bytes) {
    return qb_alloc(qb_thread_at(me), bytes);
}

void bench_free(uint32_t address) {
    (void)qb_free(qb_thread_at(me), address);
}
