/* Memory pools: the part that reaping needs. */
#ifndef QB_MEMORY_POOL_H
#define QB_MEMORY_POOL_H

#include "base/layout.h"

/* After the death of thread `number`: what it was making or freeing is finished, what it owned is freed or
 * shared by policy; its waiting mark goes; waiters are woken. May be repeated. */
void qb_memory_reap(qb_thread_t *self, qb_region_t *region, uint32_t number, uint32_t policy);

#endif
