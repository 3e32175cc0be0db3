/* Owners of blocks: the part that reaping needs. */
#ifndef QB_OWN_H
#define QB_OWN_H

#include "base/layout.h"

/* A claim of a thread slot: self gives the block `moving` to another thread. (Other claims begin with the
 * address of a cell, a multiple of 8.) */
#define QB_CLAIM_GIFT 2u

/* Finishes the giving that a dead thread left half-way: a block of a thread that left is shared. */
void qb_own_settle(qb_thread_t *dead);

#endif
