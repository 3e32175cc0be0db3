/* Thread slots. Giving them back (detach, reap) is lifetime/reap.c: it knows arenas. */
#ifndef QB_THREAD_H
#define QB_THREAD_H

#include "base/layout.h"

static inline uint32_t qb_slot_word(uint32_t status, uint32_t reaper, uint32_t generation) {
    return status | reaper << 4 | generation << 12;
}
static inline uint32_t qb_slot_status(uint32_t word) {
    return word & 15u;
}
static inline uint32_t qb_slot_reaper(uint32_t word) {
    return word >> 4 & 255u;
}
static inline uint32_t qb_slot_generation(uint32_t word) {
    return word >> 12;
}

/* True for a number whose slot is in use (live or being reaped). */
int qb_thread_is_live(uint32_t number);

#endif
