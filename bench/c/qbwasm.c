/*
 * qbwasm under the bench: the objects that `make` built, c/src/exports.c among them. The loops call what
 * JS calls; workload.c is compiled with bench_alloc and bench_free being these two names.
 */
#include "qbwasm.h"
#include "bench.h"

#define PAGES_MAX 4096u /* 256 MiB, the maximum of the memory that support/team.js makes */

/* Of exports.c. */
uint32_t js_heap_init(uint32_t page_max, uint32_t options);
uint32_t js_thread_attach(uint32_t agent);

int bench_heap_init(void) {
    return js_heap_init(PAGES_MAX, 0) == QB_OK;
}

int bench_heap_attach(uint32_t thread) {
    return js_thread_attach(thread) >= QB_ADDRESS_MIN;
}
