/*
 * Verification: what its three parts share.
 *
 *     verify.c             the walk, and bodies
 *     verify_layout.c      layouts, prepared so that a struct costs its fields and not its text
 *     verify_container.c   arrays and maps of images
 *
 * The scratch of the caller:
 *
 *     | marks: 2 bits for 8 bytes | waiting bodies | types | names | fields |
 */
#ifndef QB_IMAGE_VERIFY_H
#define QB_IMAGE_VERIFY_H

#include "image/body.h"
#include "image/bytes.h"

/* Of 8 bytes: nobody's, the first of a body, others of a body or part. */
#define QB_MARK_FREE 0u
#define QB_MARK_BODY 1u
#define QB_MARK_MIDDLE 2u

/* A body that was met and not looked at. */
typedef struct qb_waiting {
    uint32_t unit; /* offset / 8 */
    uint32_t depth;
} qb_waiting_t;

/* A field with something to verify. */
typedef struct qb_plan_field {
    uint32_t offset;
    uint32_t presence;
    uint32_t limit; /* names of an enum; type of a struct in place */
    uint32_t kind;
} qb_plan_field_t;

/* The layout of a type. */
typedef struct qb_plan_type {
    const uint8_t *name;
    uint32_t name_bytes;
    uint32_t first; /* field */
    uint32_t count;
    uint32_t bytes;
    uint32_t align;
    uint32_t has_pointers; /* itself, not what stands in it in place */
} qb_plan_type_t;

typedef struct qb_walk {
    const qb_image_t *image;
    qb_limits_t limits;
    qb_report_t *report;
    uint8_t *marks;
    qb_waiting_t *waiting;
    uint64_t waiting_count;
    uint64_t waiting_max;
    qb_plan_type_t *types;
    uint32_t *names; /* slots of a hash table: index of a type + 1 */
    uint32_t name_slots;
    qb_plan_field_t *fields;
    uint64_t field_count;
    uint64_t field_max;
} qb_walk_t;

/* ---- verify.c -------------------------------------------------------------------------------- */

/* Says where it is, and that it is not sound. */
qb_image_status_t qb_walk_fault(qb_walk_t *walk, uint64_t at);

/* Meets the body behind a pointer. tags: bit n for tag n; 0 for all that are values. */
qb_image_status_t qb_walk_point(qb_walk_t *walk, uint64_t at, uint64_t depth, uint64_t tags);

/* Meets a body whose 8 first bytes lie in the image. at: who leads there. */
qb_image_status_t qb_walk_meet(qb_walk_t *walk, uint64_t body, uint64_t at, uint64_t depth,
                               uint64_t tags);

/* Takes the bytes of a body, or of a part. E_LIMIT; E_CORRUPT: they are another one's. */
qb_image_status_t qb_walk_take(qb_walk_t *walk, uint64_t body, uint64_t bytes, uint64_t depth);
qb_image_status_t qb_walk_take_part(qb_walk_t *walk, uint64_t offset, uint64_t bytes);

/* ---- verify_layout.c ------------------------------------------------------------------------- */

uint64_t qb_plan_field_max(const qb_image_t *image, const qb_limits_t *limits);
uint32_t qb_plan_name_slots(const qb_image_t *image);
qb_image_status_t qb_plan_types(qb_walk_t *walk);

/* `count` structs of a type from an offset on, in a body (in place in a container: without pointers). */
qb_image_status_t qb_plan_structs(qb_walk_t *walk, uint32_t type, uint64_t at, uint64_t count,
                                  uint64_t depth, int may_point);

/* ---- verify_container.c ---------------------------------------------------------------------- */

qb_image_status_t qb_walk_container(qb_walk_t *walk, const qb_value_t *value, uint64_t depth);

#endif
