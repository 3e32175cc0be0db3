/*
 * The hash of everything that C and JS must agree on. See layout_list.h.
 */
#include "layout_list.h"

uint32_t qb_layout_hash(void) {
    return qb_layout_list_hash();
}
