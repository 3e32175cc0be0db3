/*
 * Verification: what its three parts share.
 *
 *     verify.c             the walk, and bodies
 *     verify_layout.c      layouts, prepared so that a struct costs its fields and not its text
 *     verify_container.c   arrays and maps of images
 *
 * The scratch of the caller:
 *
 *     | marks: 2 bits for 8 bytes | waiting bodies > < lists that are keys | types | names | fields |
 */
#ifndef QB_IMAGE_VERIFY_H
#define QB_IMAGE_VERIFY_H

#include "image/body.h"
#include "image/bytes.h"

/* Of 8 bytes: nobody's, the first of a body, others of a body or part, the first of a list that is a key. */
#define QB_MARK_FREE 0u
#define QB_MARK_BODY 1u
#define QB_MARK_MIDDLE 2u
#define QB_MARK_KEY 3u

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
    uint32_t print;
    uint32_t height;       /* how deep structs stand in place in it */
    uint32_t has_pointers; /* itself, or what stands in it in place */
} qb_plan_type_t;

typedef struct qb_walk {
    const qb_image_t *image;
    qb_limits_t limits;
    qb_report_t *report;
    uint8_t *marks;
    qb_waiting_t *waiting; /* bodies from the first one on, keys from the last one back */
    uint64_t waiting_count;
    uint64_t key_count;
    uint64_t waiting_max;
    qb_plan_type_t *types;
    uint32_t *type_slots; /* a hash table: index of a type + 1 */
    uint32_t type_slot_count;
    uint32_t *name_slots; /* another, of one layout at a time: offset of a name in its text + 1 */
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

/* The same, of a body that must be one that can be a key. */
qb_image_status_t qb_walk_meet_key(qb_walk_t *walk, uint64_t body, uint64_t at, uint64_t depth);

/* Takes the bytes of a body, or of a part. E_LIMIT; E_CORRUPT: they are another one's. */
qb_image_status_t qb_walk_take(qb_walk_t *walk, uint64_t body, uint64_t bytes, uint64_t depth);
qb_image_status_t qb_walk_take_part(qb_walk_t *walk, uint64_t offset, uint64_t bytes);

/* ---- verify_layout.c ------------------------------------------------------------------------- */

/* Room that they need in the scratch. */
uint64_t qb_plan_field_max(const qb_image_t *image, const qb_limits_t *limits);
uint32_t qb_plan_type_slots(const qb_image_t *image);
uint32_t qb_plan_name_slots(const qb_image_t *image);

qb_image_status_t qb_plan_types(qb_walk_t *walk);

/* `count` structs of a type from an offset on. */
qb_image_status_t qb_plan_structs(qb_walk_t *walk, uint32_t type, uint64_t at, uint64_t count,
                                  uint64_t depth);

/* ---- verify_names.c -------------------------------------------------------------------------- */

/* Slots of a table that holds so many: a power of two. */
uint32_t qb_slots_for(uint64_t count);

/* The slot of a name among `slot_count`: that of an equal one, or a free one (0). same: whether the one in a slot is equal.
 * NULL: too many have one hash. */
typedef int qb_same_name_t(const void *names, uint32_t number, const uint8_t *name, uint32_t bytes);
uint32_t *qb_slot_of(uint32_t *slots, uint32_t slot_count, const uint8_t *name, uint32_t bytes,
                     qb_same_name_t *same, const void *names);

/* Whether the fields of a layout have names of their own, and the names of each enum as well. The text has been parsed.
 * E_CORRUPT, E_LIMIT. */
qb_image_status_t qb_check_names(qb_walk_t *walk, const qb_type_t *text);

/* ---- verify_container.c ---------------------------------------------------------------------- */

qb_image_status_t qb_walk_container(qb_walk_t *walk, const qb_value_t *value, uint64_t depth);

#endif
