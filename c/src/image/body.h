/* From offsets and pointers to values. */
#ifndef QB_IMAGE_BODY_H
#define QB_IMAGE_BODY_H

#include "qbwasm_image.h"

/* Where the pointer at an offset leads: *body is 0 for none, else the offset of 8 bytes that a body may begin
 * with. The 4 bytes of the pointer must lie in the image. E_CORRUPT. */
qb_image_status_t qb_follow(const qb_image_t *image, uint64_t at, uint64_t *body);

/* The value of a body: checks all that its header says. Body 0 is undefined. E_CORRUPT. */
qb_image_status_t qb_body_open(const qb_image_t *image, uint64_t body, qb_value_t *value);

/* The value behind the pointer at an offset. */
qb_image_status_t qb_body_behind(const qb_image_t *image, uint64_t at, qb_value_t *value);

/* An array or map of an image: container.c. */
qb_image_status_t qb_container_open(const qb_image_t *image, uint64_t body, qb_value_t *value);

/* Bytes of one struct of a type, from the table. E_CORRUPT. */
qb_image_status_t qb_type_bytes(const qb_image_t *image, uint32_t index, uint32_t *bytes);

/* A number in place. */
qb_value_t qb_number_in_place(const uint8_t *at, uint32_t dtype);

/* A struct in place. */
qb_value_t qb_struct_in_place(const qb_image_t *image, const uint8_t *at, uint32_t type,
                              uint32_t bytes);

#endif
