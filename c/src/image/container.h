/* Parts of containers: where they are. */
#ifndef QB_IMAGE_CONTAINER_H
#define QB_IMAGE_CONTAINER_H

#include "qbwasm_image.h"

/* Where the part is whose distance stands at `field` in the container's body: room for `count` times `stride` (> 0)
 * bytes. *at is NULL when there is no such part and count is 0. E_CORRUPT. */
qb_image_status_t qb_part(const qb_image_t *image, uint64_t body, uint32_t field, uint64_t count,
                          uint32_t stride, const uint8_t **at);

/* What of a container's head says how elements or values are stored. */
typedef struct qb_column {
    uint64_t count;
    uint32_t stride;
    uint32_t at;   /* field of the distance to elements, references or starts */
    uint32_t data; /* to bodies and texts */
    uint16_t aux;
    uint8_t flags;
    uint8_t is_text;
} qb_column_t;

/* Elements of a container as a value with qb_value_at. */
qb_image_status_t qb_column_open(const qb_image_t *image, uint64_t body, const qb_column_t *column,
                                 qb_value_t *value);

#endif
