/* Arenas: the part that reaping needs. */
#ifndef QB_LIFETIME_ARENA_H
#define QB_LIFETIME_ARENA_H

#include "base/layout.h"

/* Handles one arena after the death (or detach) of thread `number`: drops its pin, finishes a release
 * it began, closes or keeps by policy what it owned. May be repeated. */
void qb_arena_reap(qb_thread_t *self, uint32_t address, uint32_t number, uint32_t policy);

#endif
