/* The debug level of a heap (QB_HEAP_DEBUG): canaries, fill, quarantine. */
#ifndef QB_DEBUG_H
#define QB_DEBUG_H

#include "base/layout.h"

#define QB_FILL_FREED 0xdd

uint32_t qb_debug_alloc(qb_thread_t *self, uint32_t bytes, uint32_t align_bytes, int zeroed);

/* Verifies and frees the live user block at address. */
qb_status_t qb_debug_free(qb_thread_t *self, uint32_t address);

/* QB_OK or QB_E_OVERRUN for the live user block at address. */
qb_status_t qb_debug_verify(uint32_t address);

/* Writes the trailer of a block whose thread died before it did: its size is all of the block. */
void qb_debug_repair(uint32_t address);

/* Bytes that were asked for; 0 when the trailer is spoilt. */
uint32_t qb_debug_bytes(uint32_t address);

/* Frees what `owner` (self, or a thread that self reaps) has in quarantine. */
void qb_debug_flush(qb_thread_t *self, qb_thread_t *owner);

#endif
