/*
 * Layouts, verified and prepared.
 *
 * Each type's text is read once; of its fields those stay that have something to verify: pointers, enums,
 * presence bytes, structs in place. Fields ascend and do not overlap, so a struct has no more of them than bytes,
 * and the work is that of the bytes. Texts may be shared, so their reading is paid for from the limit as well.
 */
#include "image/hash.h"
#include "image/layout.h"
#include "image/verify.h"

#define FIELD_TEXT_MIN 12u /* ["a","u8",0] */
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
    return text_bytes / FIELD_TEXT_MIN + image->type_count;
}

uint32_t qb_plan_name_slots(const qb_image_t *image) {
    uint32_t slots = image->type_count == 0 ? 0 : 2;
    while (slots < image->type_count * 2) {
        slots *= 2;
    }
    return slots;
}

/* ---- names ----------------------------------------------------------------------------------- */

/* The slot of a name: that of the first type that has it, or a free one. NULL: too many have one hash. */
static uint32_t *slot_of(qb_walk_t *walk, const uint8_t *name, uint32_t bytes) {
    uint32_t mask = walk->name_slots - 1;
    uint32_t slot = qb_hash_bytes(QB_SEED_STRING, name, bytes) & mask;
    for (uint32_t tries = 0; tries < 1024 && tries <= mask; tries++, slot = (slot + 1) & mask) {
        uint32_t number = walk->names[slot];
        if (number == 0) return &walk->names[slot];
        const qb_plan_type_t *type = &walk->types[number - 1];
        if (type->name_bytes == bytes && memcmp(type->name, name, bytes) == 0) {
            return &walk->names[slot];
        }
    }
    return NULL;
}

/* ---- preparing ------------------------------------------------------------------------------- */

static int needs_work(const qb_field_t *field) {
    return field->presence != QB_NONE || field->kind == QB_FIELD_ENUM ||
           field->kind >= QB_FIELD_STRUCT;
}

static qb_image_status_t plan_fields(qb_walk_t *walk, const qb_type_t *text, qb_plan_type_t *type) {
    qb_field_t field;
    uint64_t cursor = 0;
    uint32_t end = 0;
    for (;;) {
        qb_image_status_t status = qb_type_next(text, &cursor, &field);
        if (status == QB_IMAGE_E_NOT_FOUND) return QB_IMAGE_OK;
        if (status != QB_IMAGE_OK) return status;
        if (field.offset < end) return QB_IMAGE_E_CORRUPT;
        /* The size of a struct in place is not known yet: at least a byte. */
        end = field.offset + (field.kind == QB_FIELD_STRUCT ? 1 : field.bytes);
        if (!needs_work(&field)) continue;
        if (walk->field_count >= walk->field_max) return QB_IMAGE_E_ROOM;
        qb_plan_field_t *plan = &walk->fields[walk->field_count++];
        *plan = (qb_plan_field_t){.offset = field.offset,
                                  .presence = field.presence,
                                  .limit = field.count,
                                  .kind = field.kind};
        type->count++;
        if (field.kind > QB_FIELD_STRUCT) type->has_pointers = 1;
        if (field.kind == QB_FIELD_STRUCT) { /* until all names are known: where its name is */
            plan->presence = (uint32_t)(field.type - text->text) + field.target;
            plan->limit = field.target_bytes;
        }
    }
}

static qb_image_status_t plan_type(qb_walk_t *walk, uint32_t index, uint64_t *text_bytes) {
    qb_type_t text;
    qb_layout_head_t head;
    QB_TRY(qb_image_type(walk->image, index, &text));
    if (text.text == NULL) return QB_IMAGE_E_SCHEMA;
    *text_bytes += text.text_bytes;
    if (*text_bytes > walk->limits.bytes) return QB_IMAGE_E_LIMIT;
    QB_TRY(qb_layout_head(&text, &head));
    qb_plan_type_t *type = &walk->types[index];
    *type = (qb_plan_type_t){.name = head.name,
                             .name_bytes = head.name_bytes,
                             .first = (uint32_t)walk->field_count,
                             .bytes = head.bytes,
                             .align = head.align};
    uint32_t *slot = slot_of(walk, head.name, head.name_bytes);
    if (slot == NULL) return QB_IMAGE_E_LIMIT;
    if (*slot == 0) *slot = index + 1;
    return plan_fields(walk, &text, type);
}

/* Structs in place: which type, and whether it fits between its neighbours. */
static qb_image_status_t resolve(qb_walk_t *walk, uint32_t index) {
    qb_type_t text;
    const qb_plan_type_t *type = &walk->types[index];
    QB_TRY(qb_image_type(walk->image, index, &text));
    for (uint32_t i = 0; i < type->count; i++) {
        qb_plan_field_t *field = &walk->fields[type->first + i];
        if (field->kind != QB_FIELD_STRUCT) continue;
        uint64_t end = (uint64_t)field->presence + field->limit;
        if (text.text == NULL || end > text.text_bytes) return QB_IMAGE_E_CORRUPT;
        const uint32_t *slot = slot_of(walk, text.text + field->presence, field->limit);
        if (slot == NULL || *slot == 0) return QB_IMAGE_E_CORRUPT;
        const qb_plan_type_t *inner = &walk->types[*slot - 1];
        uint32_t room = type->bytes - field->offset;
        if (i + 1 < type->count) room = walk->fields[type->first + i + 1].offset - field->offset;
        int fits = inner->bytes <= room && inner->align <= type->align &&
                   field->offset % inner->align == 0;
        if (!fits) return QB_IMAGE_E_CORRUPT;
        field->presence = QB_NONE;
        field->limit = *slot - 1;
    }
    return QB_IMAGE_OK;
}

qb_image_status_t qb_plan_types(qb_walk_t *walk) {
    uint64_t text_bytes = 0;
    uint32_t count = walk->image->type_count;
    for (uint32_t i = 0; i < count; i++) {
        qb_image_status_t status = plan_type(walk, i, &text_bytes);
        if (status == QB_IMAGE_E_CORRUPT) return qb_walk_fault(walk, walk->image->types);
        if (status != QB_IMAGE_OK) return status;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (resolve(walk, i) != QB_IMAGE_OK) return qb_walk_fault(walk, walk->image->types);
    }
    return QB_IMAGE_OK;
}

/* ---- structs --------------------------------------------------------------------------------- */

typedef struct place {
    uint64_t at;
    uint64_t depth;
    uint32_t nested;
    int may_point;
} place_t;

static qb_image_status_t verify_fields(qb_walk_t *walk, uint32_t index, place_t place);

static qb_image_status_t verify_field(qb_walk_t *walk, const qb_plan_field_t *field,
                                      place_t place) {
    const uint8_t *bytes = walk->image->bytes;
    uint64_t at = place.at + field->offset;
    if (field->kind == QB_FIELD_STRUCT) {
        place_t inner = {at, place.depth, place.nested + 1, place.may_point};
        return verify_fields(walk, field->limit, inner);
    }
    if (field->presence != QB_NONE && bytes[place.at + field->presence] > QB_PRESENCE_NULL) {
        return qb_walk_fault(walk, place.at + field->presence);
    }
    if (field->kind == QB_FIELD_ENUM) {
        uint32_t code = field->limit <= 256 ? bytes[at] : qb_u16(bytes + at);
        return code < field->limit ? QB_IMAGE_OK : qb_walk_fault(walk, at);
    }
    if (field->kind < QB_FIELD_STRUCT) return QB_IMAGE_OK; /* optional, in place */
    return qb_walk_point(walk, at, place.depth + 1, tags_of(field->kind));
}

static qb_image_status_t verify_fields(qb_walk_t *walk, uint32_t index, place_t place) {
    const qb_plan_type_t *type = &walk->types[index];
    int is_wrong = place.nested > QB_NESTED_DEPTH_MAX || (type->has_pointers && !place.may_point);
    if (is_wrong) return qb_walk_fault(walk, place.at);
    for (uint32_t i = 0; i < type->count; i++) {
        QB_TRY(verify_field(walk, &walk->fields[type->first + i], place));
    }
    return QB_IMAGE_OK;
}

qb_image_status_t qb_plan_structs(qb_walk_t *walk, uint32_t type, uint64_t at, uint64_t count,
                                  uint64_t depth, int may_point) {
    const qb_plan_type_t *plan = &walk->types[type];
    if (plan->count == 0) return QB_IMAGE_OK;
    for (uint64_t i = 0; i < count; i++) {
        QB_TRY(verify_fields(walk, type, (place_t){at + i * plan->bytes, depth, 0, may_point}));
    }
    return QB_IMAGE_OK;
}
