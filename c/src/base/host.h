/*
 * The only header that knows the host: how an address becomes a pointer, how memory grows.
 *
 * wasm: the memory starts at pointer 0, so an address is a pointer. Native, and in programs of Emscripten that
 * link the core (QB_EMBEDDED): host_native.c reserves a mapping and qb_native_base points at it.
 */
#ifndef QB_HOST_H
#define QB_HOST_H

#include <stdint.h>

#include "qbwasm.h"

#if defined(__wasm__) && !defined(QB_EMBEDDED)
#define QB_AT(type, address) ((type *)(uintptr_t)(address))
#define QB_ADDRESS_OF(pointer) ((uint32_t)(uintptr_t)(pointer))

static inline uint32_t qb_host_page_count(void) {
    return (uint32_t)__builtin_wasm_memory_size(0);
}
/* True when the memory has grown by that many pages. */
static inline int qb_host_grow(uint32_t page_count) {
    return __builtin_wasm_memory_grow(0, page_count) != (uintptr_t)-1;
}
/* Wakes all who wait at the word. */
static inline void qb_host_notify(uint32_t *word) {
    (void)__builtin_wasm_memory_atomic_notify((int *)word, 0x7fffffffu);
}
/* Wakes so many; returns how many there were. */
static inline uint32_t qb_host_notify_some(uint32_t *word, uint32_t count) {
    return (uint32_t)__builtin_wasm_memory_atomic_notify((int *)word, count);
}
#else
extern uint8_t *qb_native_base;
#define QB_AT(type, address) ((type *)(void *)(qb_native_base + (address)))
#define QB_ADDRESS_OF(pointer) ((uint32_t)((const uint8_t *)(pointer) - qb_native_base))

uint32_t qb_host_page_count(void);
int qb_host_grow(uint32_t page_count);
static inline void qb_host_notify(const uint32_t *word) {
    (void)word; /* the core never waits; a native user brings his own waiting */
}
static inline uint32_t qb_host_notify_some(const uint32_t *word, uint32_t count) {
    (void)word;
    (void)count;
    return 0;
}
#endif

#endif
