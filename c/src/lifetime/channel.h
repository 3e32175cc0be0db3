/* Channels: the parts that the release of regions and reaping need. */
#ifndef QB_CHANNEL_H
#define QB_CHANNEL_H

#include "base/layout.h"

/* Takes the messages out of a channel that is being released by self, and frees them. May be repeated. */
void qb_channel_drain(qb_thread_t *self, qb_region_t *region);

/* Wakes those who wait, at both ends. */
void qb_channel_wake(qb_region_t *region);

/* Removes a dead thread's marks, and wakes those who wait: its wake-ups may be lost. */
void qb_channel_reap(qb_region_t *region, uint32_t number);

/* What a dead thread was sending or had received, and no channel holds, is the dead thread's again. May be
 * repeated. */
void qb_channel_settle(qb_thread_t *dead);

#endif
