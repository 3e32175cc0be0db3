/* Memory pools: the parts that reaping and channels need. */
#ifndef QB_MEMORY_POOL_H
#define QB_MEMORY_POOL_H

#include "base/layout.h"

/* After the death of thread `number`: what it was making or freeing is finished, what it owned is freed or
 * shared by policy; its waiting mark goes; waiters are woken. May be repeated. */
void qb_memory_reap(qb_thread_t *self, qb_region_t *region, uint32_t number, uint32_t policy);

/* Changes the owner of a live allocation. 0: it was not `from`. */
int qb_memory_pass(uint32_t address, uint32_t index, uint32_t from, uint32_t to);

#endif
