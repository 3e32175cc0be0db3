/* Decimals as keys: 1.50 and 1.5 are one. */
#ifndef QB_IMAGE_DECIMAL_H
#define QB_IMAGE_DECIMAL_H

#include "image/key.h"

qb_image_status_t qb_decimal_hash(const qb_value_t *decimal, qb_work_t *work, uint32_t *hash);
qb_image_status_t qb_decimal_equal(const qb_value_t *a, const qb_value_t *b, qb_work_t *work,
                                   int *is_equal);

#endif
