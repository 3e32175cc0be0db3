/* Roots: the part that reaping needs. */
#ifndef QB_ROOTS_H
#define QB_ROOTS_H

#include "base/layout.h"

/* What a root names outlives thread `number`: its blocks among names and values become shared. */
void qb_roots_keep(uint32_t number);

#endif
