/* The native host: one reserved mapping, committed as it grows. Not part of the wasm build. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, MAP_NORESERVE */
#include "base/host.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/sync.h"

uint8_t *qb_native_base;

static size_t reserved_bytes;
static uint32_t native_page_count;
static uint32_t native_page_max;
static uint32_t fail_nth;
static uint32_t growth_calls;

qb_status_t qb_native_open(uint32_t page_count, uint32_t page_max) {
    if (qb_native_base != NULL) return QB_E_EXISTS;
    if (page_max > QB_PAGES_MAX || page_count > page_max || page_max == 0) return QB_E_ARGUMENT;
    reserved_bytes = (size_t)page_max * QB_PAGE_BYTES;
    void *base = mmap(NULL, reserved_bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) return QB_E_OUT_OF_MEMORY;
    qb_native_base = base;
    native_page_max = page_max;
    __atomic_store_n(&native_page_count, page_count, __ATOMIC_SEQ_CST);
    qb_native_fail_growth(0);
    return QB_OK;
}

void qb_native_close(void) {
    if (qb_native_base == NULL) return;
    (void)munmap(qb_native_base, reserved_bytes);
    qb_native_base = NULL;
}

void *qb_native_bytes(uint32_t address) {
    return qb_native_base + address;
}

void qb_native_fail_growth(uint32_t nth) {
    __atomic_store_n(&growth_calls, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&fail_nth, nth, __ATOMIC_SEQ_CST);
}

uint32_t qb_host_page_count(void) {
    return __atomic_load_n(&native_page_count, __ATOMIC_SEQ_CST);
}

int qb_host_grow(uint32_t page_count) {
    uint32_t nth = __atomic_load_n(&fail_nth, __ATOMIC_SEQ_CST);
    uint32_t call = __atomic_add_fetch(&growth_calls, 1, __ATOMIC_SEQ_CST);
    if (nth != 0 && call >= nth) return 0;
    /* The memory is the other side of the growth protocol, so growing is a step of its own. */
    QB_WRITE_POINT();
    for (;;) {
        uint32_t have = qb_host_page_count();
        if (page_count > native_page_max - have) return 0;
        if (__sync_bool_compare_and_swap(&native_page_count, have, have + page_count)) return 1;
    }
}
