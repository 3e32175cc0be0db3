/* Object pools: the part that reaping needs. */
#ifndef QB_LIFETIME_POOL_H
#define QB_LIFETIME_POOL_H

#include "base/layout.h"

/* After the death of thread `number`: what it had acquired is free again, or shared by policy; its
 * waiting mark goes; waiters are woken. May be repeated. */
void qb_pool_reap(qb_region_t *region, uint32_t number, uint32_t policy);

#endif
