/*
 * Layouts, verified and prepared.
 *
 * First the head of each type, so that all names are known, then the fields. Of these those stay that have something to
 * verify: pointers, enums, presence bytes, structs in place. Fields ascend and do not overlap, so a struct has no more
 * of them than bytes, and the work is that of the bytes. Texts may be shared, so their reading is paid for from the limit
 * as well.
 */
#include "image/hash.h"
#include "image/layout.h"
#include "image/verify.h"

#define TAG(tag) (1ull << QB_TAG_##tag)
#define TAGS_OF_LIST (TAG(LIST) | TAG(TUPLE) | TAG(NUMBERS) | TAG(STRUCTS))

static uint64_t tags_of(uint32_t field_kind) {
    switch ((qb_field_kind_t)field_kind) {
    case QB_FIELD_STRING: return TAG(STRING);
    case QB_FIELD_BYTES: return TAG(BYTES);
    case QB_FIELD_REF: return TAG(STRUCT);
    case QB_FIELD_LIST:
    case QB_FIELD_TUPLE: return TAGS_OF_LIST;
    case QB_FIELD_SET: return TAG(SET) | TAG(BITS);
    case QB_FIELD_DICT: return TAG(DICT);
    case QB_FIELD_DECIMAL: return TAG(DECIMAL);
    case QB_FIELD_DATETIME: return TAG(DATE);
    case QB_FIELD_NDARRAY: return TAG(NDARRAY);
    default: return 0;
    }
}

/* ---- room ------------------------------------------------------------------------------------ */

uint64_t qb_plan_field_max(const qb_image_t *image, const qb_limits_t *limits) {
    uint64_t text_bytes = 0;
    for (uint32_t i = 0; i < image->type_count && text_bytes < limits->bytes; i++) {
        qb_type_t type;
        if (qb_image_type(image, i, &type) == QB_IMAGE_OK) text_bytes += type.text_bytes;
    }
    if (text_bytes > limits->bytes) text_bytes = limits->bytes;
    return text_bytes / QB_FIELD_TEXT_MIN + image->type_count;
}

uint32_t qb_plan_type_slots(const qb_image_t *image) {
    return image->type_count == 0 ? 0 : qb_slots_for(image->type_count);
}

/* For the fields of the longest text, and for the names of an enum in it. */
uint32_t qb_plan_name_slots(const qb_image_t *image) {
    uint32_t longest = 0;
    for (uint32_t i = 0; i < image->type_count; i++) {
        qb_type_t type;
        if (qb_image_type(image, i, &type) == QB_IMAGE_OK && type.text_bytes > longest) {
            longest = type.text_bytes;
        }
    }
    uint32_t fields = longest / QB_FIELD_TEXT_MIN;
    uint32_t names = longest / QB_NAME_TEXT_MIN;
    if (names > QB_ENUM_NAMES_MAX) names = QB_ENUM_NAMES_MAX;
    return qb_slots_for(fields > names ? fields : names);
}

/* ---- heads ----------------------------------------------------------------------------------- */

static int is_same_type(const void *names, uint32_t index, const uint8_t *name, uint32_t bytes) {
    const qb_plan_type_t *type = (const qb_plan_type_t *)names + index;
    return type->name_bytes == bytes && memcmp(type->name, name, bytes) == 0;
}

static uint32_t *slot_of(qb_walk_t *walk, const uint8_t *name, uint32_t bytes) {
    return qb_slot_of(walk->type_slots, walk->type_slot_count, name, bytes, is_same_type,
                      walk->types);
}

/* Whether all texts are there, and not too long. */
static qb_image_status_t check_texts(const qb_walk_t *walk) {
    uint64_t text_bytes = 0;
    int is_missing = 0;
    for (uint32_t i = 0; i < walk->image->type_count; i++) {
        qb_type_t text;
        QB_TRY(qb_image_type(walk->image, i, &text));
        is_missing |= text.text == NULL;
        text_bytes += text.text_bytes;
    }
    if (is_missing) return QB_IMAGE_E_SCHEMA;
    return text_bytes <= walk->limits.bytes ? QB_IMAGE_OK : QB_IMAGE_E_LIMIT;
}

static qb_image_status_t plan_head(qb_walk_t *walk, uint32_t index) {
    qb_type_t text;
    qb_layout_head_t head;
    QB_TRY(qb_image_type(walk->image, index, &text));
    QB_TRY(qb_layout_head(&text, &head));
    if (text.print != qb_hash_bytes(QB_SEED_LAYOUT, text.text, text.text_bytes)) {
        return QB_IMAGE_E_CORRUPT;
    }
    walk->types[index] = (qb_plan_type_t){.name = head.name,
                                          .name_bytes = head.name_bytes,
                                          .bytes = head.bytes,
                                          .align = head.align,
                                          .print = text.print};
    uint32_t *slot = slot_of(walk, head.name, head.name_bytes);
    if (slot == NULL) return QB_IMAGE_E_LIMIT;
    if (*slot == 0) *slot = index + 1;
    /* Two of one name are one layout under two codes. */
    return walk->types[*slot - 1].print == text.print ? QB_IMAGE_OK : QB_IMAGE_E_CORRUPT;
}

/* ---- fields ---------------------------------------------------------------------------------- */

/* A field with its size: that of a struct in place is known now. */
typedef struct placed {
    qb_field_t field;
    uint32_t end;
    uint32_t inner; /* type of a struct in place */
} placed_t;

/* E_NOT_FOUND: no more. */
static qb_image_status_t next_placed(qb_walk_t *walk, const qb_type_t *text, uint32_t align,
                                     uint64_t *cursor, placed_t *placed) {
    qb_field_t *field = &placed->field;
    QB_TRY(qb_type_next(text, cursor, field));
    uint32_t bytes = field->bytes;
    if (field->kind == QB_FIELD_STRUCT) {
        const uint32_t *slot = slot_of(walk, field->type + field->target, field->target_bytes);
        if (slot == NULL || *slot == 0) return QB_IMAGE_E_CORRUPT;
        placed->inner = *slot - 1;
        const qb_plan_type_t *inner = &walk->types[placed->inner];
        int fits = inner->align <= align && field->offset % inner->align == 0 &&
                   inner->bytes <= text->bytes - field->offset;
        if (!fits) return QB_IMAGE_E_CORRUPT;
        bytes = inner->bytes;
    }
    placed->end = field->offset + bytes;
    return QB_IMAGE_OK;
}

/* The fields once more, to ask whether bytes lie in none of them. Those that are asked for ascend. */
typedef struct gaps {
    placed_t next;
    uint64_t cursor;
    int is_end;
} gaps_t;

static int is_gap(qb_walk_t *walk, const qb_type_t *text, uint32_t align, gaps_t *gaps,
                  uint32_t at) {
    while (!gaps->is_end && gaps->next.end <= at) {
        gaps->is_end = next_placed(walk, text, align, &gaps->cursor, &gaps->next) != QB_IMAGE_OK;
    }
    return gaps->is_end || gaps->next.field.offset > at;
}

static int needs_work(const qb_field_t *field) {
    return field->presence != QB_NONE || field->kind == QB_FIELD_ENUM ||
           field->kind >= QB_FIELD_STRUCT;
}

static qb_image_status_t plan_field(qb_walk_t *walk, const placed_t *placed, qb_plan_type_t *type) {
    const qb_field_t *field = &placed->field;
    if (!needs_work(field)) return QB_IMAGE_OK;
    if (walk->field_count >= walk->field_max) return QB_IMAGE_E_ROOM;
    int is_in_place = field->kind == QB_FIELD_STRUCT;
    walk->fields[walk->field_count++] =
        (qb_plan_field_t){.offset = field->offset,
                          .presence = field->presence,
                          .limit = is_in_place ? placed->inner : field->count,
                          .kind = field->kind};
    type->count++;
    if (field->kind > QB_FIELD_STRUCT) type->has_pointers = 1;
    return QB_IMAGE_OK;
}

static qb_image_status_t plan_fields(qb_walk_t *walk, uint32_t index) {
    qb_type_t text;
    placed_t placed;
    gaps_t gaps = {0};
    uint32_t end = 0;
    uint32_t presence_end = 0;
    qb_plan_type_t *type = &walk->types[index];
    type->first = (uint32_t)walk->field_count;
    QB_TRY(qb_image_type(walk->image, index, &text));
    for (uint64_t cursor = 0;;) {
        qb_image_status_t status = next_placed(walk, &text, type->align, &cursor, &placed);
        if (status == QB_IMAGE_E_NOT_FOUND) break;
        if (status != QB_IMAGE_OK) return status;
        if (placed.field.offset < end) return QB_IMAGE_E_CORRUPT;
        end = placed.end;
        uint32_t presence = placed.field.presence;
        if (presence != QB_NONE) {
            int is_apart =
                presence >= presence_end && is_gap(walk, &text, type->align, &gaps, presence);
            if (!is_apart) return QB_IMAGE_E_CORRUPT;
            presence_end = presence + 1;
        }
        QB_TRY(plan_field(walk, &placed, type));
    }
    return qb_check_names(walk, &text);
}

/* ---- types ----------------------------------------------------------------------------------- */

/* Takes over what stands in place. Returns whether anything changed. */
static int raise(qb_walk_t *walk, qb_plan_type_t *type) {
    uint32_t height = type->height;
    uint32_t has_pointers = type->has_pointers;
    for (uint32_t i = 0; i < type->count; i++) {
        const qb_plan_field_t *field = &walk->fields[type->first + i];
        if (field->kind != QB_FIELD_STRUCT) continue;
        const qb_plan_type_t *inner = &walk->types[field->limit];
        if (inner->height >= height) height = inner->height + 1;
        has_pointers |= inner->has_pointers;
    }
    int has_changed = height != type->height || has_pointers != type->has_pointers;
    type->height = height;
    type->has_pointers = has_pointers;
    return has_changed;
}

/* What is still rising after so many rounds is too deep, or in itself. */
static qb_image_status_t plan_heights(qb_walk_t *walk) {
    int has_changed = 1;
    for (uint32_t round = 0; has_changed && round <= QB_NESTED_DEPTH_MAX + 1; round++) {
        has_changed = 0;
        for (uint32_t i = 0; i < walk->image->type_count; i++) {
            has_changed |= raise(walk, &walk->types[i]);
            if (walk->types[i].height > QB_NESTED_DEPTH_MAX) return QB_IMAGE_E_CORRUPT;
        }
    }
    return QB_IMAGE_OK;
}

static qb_image_status_t plan_all(qb_walk_t *walk) {
    uint32_t count = walk->image->type_count;
    QB_TRY(check_texts(walk));
    for (uint32_t i = 0; i < count; i++) {
        QB_TRY(plan_head(walk, i));
    }
    for (uint32_t i = 0; i < count; i++) {
        QB_TRY(plan_fields(walk, i));
    }
    return plan_heights(walk);
}

qb_image_status_t qb_plan_types(qb_walk_t *walk) {
    qb_image_status_t status = plan_all(walk);
    return status == QB_IMAGE_E_CORRUPT ? qb_walk_fault(walk, walk->image->types) : status;
}

/* ---- structs --------------------------------------------------------------------------------- */

static qb_image_status_t verify_fields(qb_walk_t *walk, uint32_t index, uint64_t at,
                                       uint64_t depth);

/* A field that says what it is says more than a tag does. */
static int is_of_kind(uint32_t field_kind, const uint8_t *body) {
    if (field_kind == QB_FIELD_DATETIME) return body[1] != 0;
    return field_kind != QB_FIELD_NDARRAY || (body[1] & QB_PLAIN) == 0;
}

static qb_image_status_t verify_pointer(qb_walk_t *walk, uint32_t field_kind, uint64_t at,
                                        uint64_t depth) {
    uint64_t body = 0;
    QB_TRY(qb_walk_point(walk, at, depth + 1, tags_of(field_kind)));
    (void)qb_follow(walk->image, at, &body);
    int is_sound = body == 0 || is_of_kind(field_kind, walk->image->bytes + body);
    return is_sound ? QB_IMAGE_OK : qb_walk_fault(walk, body);
}

static qb_image_status_t verify_field(qb_walk_t *walk, const qb_plan_field_t *field, uint64_t start,
                                      uint64_t depth) {
    const uint8_t *bytes = walk->image->bytes;
    uint64_t at = start + field->offset;
    if (field->kind == QB_FIELD_STRUCT) return verify_fields(walk, field->limit, at, depth);
    if (field->presence != QB_NONE && bytes[start + field->presence] > QB_PRESENCE_NULL) {
        return qb_walk_fault(walk, start + field->presence);
    }
    if (field->kind == QB_FIELD_ENUM) {
        uint32_t code = field->limit <= 256 ? bytes[at] : qb_u16(bytes + at);
        return code < field->limit ? QB_IMAGE_OK : qb_walk_fault(walk, at);
    }
    if (field->kind < QB_FIELD_STRUCT) return QB_IMAGE_OK; /* optional, in place */
    return verify_pointer(walk, field->kind, at, depth);
}

/* At most QB_NESTED_DEPTH_MAX deep: plan_heights has seen to it. */
static qb_image_status_t verify_fields(qb_walk_t *walk, uint32_t index, uint64_t at,
                                       uint64_t depth) {
    const qb_plan_type_t *type = &walk->types[index];
    for (uint32_t i = 0; i < type->count; i++) {
        QB_TRY(verify_field(walk, &walk->fields[type->first + i], at, depth));
    }
    return QB_IMAGE_OK;
}

qb_image_status_t qb_plan_structs(qb_walk_t *walk, uint32_t type, uint64_t at, uint64_t count,
                                  uint64_t depth) {
    const qb_plan_type_t *plan = &walk->types[type];
    if (plan->count == 0) return QB_IMAGE_OK;
    for (uint64_t i = 0; i < count; i++) {
        QB_TRY(verify_fields(walk, type, at + i * plan->bytes, depth));
    }
    return QB_IMAGE_OK;
}
