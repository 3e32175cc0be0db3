/* Layouts of structs: the text that says what fields there are. */
#ifndef QB_IMAGE_LAYOUT_H
#define QB_IMAGE_LAYOUT_H

#include "qbwasm_image.h"

/* What stands before the fields. */
typedef struct qb_layout_head {
    const uint8_t *name; /* JSON text, without the quotes */
    uint32_t name_bytes;
    uint32_t bytes;
    uint32_t align;
    uint32_t fields_at; /* offset of the first field, or of the bracket that ends them */
} qb_layout_head_t;

/* E_SCHEMA: the writer left the text out; E_CORRUPT. */
qb_image_status_t qb_layout_head(const qb_type_t *type, qb_layout_head_t *head);

/* The index of the first type of the table that has this name (as JSON text). E_NOT_FOUND, E_CORRUPT. */
qb_image_status_t qb_layout_named(const qb_image_t *image, const uint8_t *name, uint32_t bytes,
                                  uint32_t *index);

#endif
