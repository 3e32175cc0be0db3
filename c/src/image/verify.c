/*
 * Verification of an image or packed value as a whole.
 *
 * Every body is visited once; those that wait stand in a stack. Every 8 bytes are marked when a body or part takes
 * them: what overlaps is found, and the work is bounded by the size of the bytes, whatever the pointers say.
 *
 *     point ──> meet: mark as a body, wait ──> visit: open, take its bytes, point on
 *
 * What is in a list is anything, but not when the list is a key. The same list may be both, so those that are met as
 * keys wait a second time, until all bodies are visited; their elements then are keys as well.
 */
#include "image/verify.h"

#include "image/text.h"

#define UNIT 8u
#define TAG(tag) (1ull << QB_TAG_##tag)
#define CONTAINER_TAGS (TAG(ARRAY) | TAG(MAP))
#define VALUE_TAGS (TAG(TYPES) - TAG(NULL)) /* 1 .. 21 */
#define KEY_TAGS                                                                                   \
    ((TAG(DICT) - TAG(NULL)) | TAG(DATE) | TAG(DECIMAL)) /* 1 .. 15: up to the kinds of sets */

/* ---- marks ----------------------------------------------------------------------------------- */

static uint32_t mark_of(const qb_walk_t *walk, uint64_t unit) {
    return walk->marks[unit / 4] >> unit % 4 * 2 & 3u;
}

static void set_mark(qb_walk_t *walk, uint64_t unit, uint32_t mark) {
    uint32_t shift = unit % 4 * 2;
    uint32_t others = walk->marks[unit / 4] & ~(3u << shift);
    walk->marks[unit / 4] = (uint8_t)(others | mark << shift);
}

qb_image_status_t qb_walk_fault(qb_walk_t *walk, uint64_t at) {
    walk->report->fault_at = at;
    return QB_IMAGE_E_CORRUPT;
}

/* Units that nobody has. */
static qb_image_status_t take_units(qb_walk_t *walk, uint64_t first, uint64_t end) {
    for (uint64_t unit = first; unit < end; unit++) {
        if (mark_of(walk, unit) != QB_MARK_FREE) return qb_walk_fault(walk, unit * UNIT);
        set_mark(walk, unit, QB_MARK_MIDDLE);
    }
    return QB_IMAGE_OK;
}

static qb_image_status_t check_limits(const qb_walk_t *walk) {
    const qb_report_t *report = walk->report;
    int is_within = report->depth <= walk->limits.depth && report->nodes <= walk->limits.nodes &&
                    report->bytes <= walk->limits.bytes;
    return is_within ? QB_IMAGE_OK : QB_IMAGE_E_LIMIT;
}

qb_image_status_t qb_walk_take(qb_walk_t *walk, uint64_t body, uint64_t bytes, uint64_t depth) {
    uint64_t whole = qb_padded(bytes);
    if (!qb_has(walk->image, body, whole)) return qb_walk_fault(walk, body);
    walk->report->nodes++;
    walk->report->bytes += whole;
    if (depth > walk->report->depth) walk->report->depth = depth;
    QB_TRY(check_limits(walk));
    if (mark_of(walk, body / UNIT) == QB_MARK_FREE) set_mark(walk, body / UNIT, QB_MARK_BODY);
    return take_units(walk, body / UNIT + 1, (body + whole) / UNIT);
}

qb_image_status_t qb_walk_take_part(qb_walk_t *walk, uint64_t offset, uint64_t bytes) {
    uint64_t whole = qb_padded(bytes);
    if (!qb_has(walk->image, offset, whole)) return qb_walk_fault(walk, offset);
    walk->report->bytes += whole;
    QB_TRY(check_limits(walk));
    return take_units(walk, offset / UNIT, (offset + whole) / UNIT);
}

/* ---- meeting --------------------------------------------------------------------------------- */

/* There is room for all bodies that are apart: when it is too little, some are not. */
static qb_image_status_t check_room(qb_walk_t *walk, uint64_t at) {
    if (walk->waiting_count + walk->key_count < walk->waiting_max) return QB_IMAGE_OK;
    if (walk->waiting_max < walk->image->size / UNIT) return QB_IMAGE_E_LIMIT;
    return qb_walk_fault(walk, at);
}

qb_image_status_t qb_walk_meet(qb_walk_t *walk, uint64_t body, uint64_t at, uint64_t depth,
                               uint64_t tags) {
    uint8_t tag = walk->image->bytes[body];
    if (tags == 0) tags = walk->image->is_file ? VALUE_TAGS | CONTAINER_TAGS : VALUE_TAGS;
    if (tag >= 64 || (tags >> tag & 1u) == 0) return qb_walk_fault(walk, body);
    uint32_t mark = mark_of(walk, body / UNIT);
    if (mark == QB_MARK_BODY || mark == QB_MARK_KEY) return QB_IMAGE_OK;
    if (mark == QB_MARK_MIDDLE) return qb_walk_fault(walk, at);
    QB_TRY(check_room(walk, at));
    set_mark(walk, body / UNIT, QB_MARK_BODY);
    walk->waiting[walk->waiting_count++] = (qb_waiting_t){(uint32_t)(body / UNIT), (uint32_t)depth};
    return QB_IMAGE_OK;
}

qb_image_status_t qb_walk_meet_key(qb_walk_t *walk, uint64_t body, uint64_t at, uint64_t depth) {
    QB_TRY(qb_walk_meet(walk, body, at, depth, KEY_TAGS));
    const uint8_t *bytes = walk->image->bytes + body;
    int has_keys = (bytes[0] == QB_TAG_LIST || bytes[0] == QB_TAG_TUPLE) && qb_u32(bytes + 4) > 0;
    if (!has_keys || mark_of(walk, body / UNIT) == QB_MARK_KEY) return QB_IMAGE_OK;
    QB_TRY(check_room(walk, at));
    set_mark(walk, body / UNIT, QB_MARK_KEY);
    walk->key_count++;
    walk->waiting[walk->waiting_max - walk->key_count] =
        (qb_waiting_t){(uint32_t)(body / UNIT), (uint32_t)depth};
    return QB_IMAGE_OK;
}

qb_image_status_t qb_walk_point(qb_walk_t *walk, uint64_t at, uint64_t depth, uint64_t tags) {
    uint64_t body = 0;
    if (qb_follow(walk->image, at, &body) != QB_IMAGE_OK) return qb_walk_fault(walk, at);
    return body == 0 ? QB_IMAGE_OK : qb_walk_meet(walk, body, at, depth, tags);
}

static qb_image_status_t point_all(qb_walk_t *walk, uint64_t at, uint64_t count, uint32_t stride,
                                   uint64_t depth) {
    for (uint64_t i = 0; i < count; i++) {
        QB_TRY(qb_walk_point(walk, at + i * stride, depth + 1, 0));
    }
    return QB_IMAGE_OK;
}

/* Pointers that must lead to keys. */
static qb_image_status_t point_keys(qb_walk_t *walk, uint64_t at, uint64_t count, uint32_t stride,
                                    uint64_t depth) {
    for (uint64_t i = 0; i < count; i++, at += stride) {
        uint64_t body = 0;
        int leads = qb_follow(walk->image, at, &body) == QB_IMAGE_OK && body != 0;
        if (!leads) return qb_walk_fault(walk, at);
        QB_TRY(qb_walk_meet_key(walk, body, at, depth + 1));
    }
    return QB_IMAGE_OK;
}

/* ---- bodies ---------------------------------------------------------------------------------- */

static uint32_t flags_of(uint8_t tag) {
    switch ((qb_tag_t)tag) {
    case QB_TAG_INT32:
    case QB_TAG_INT64:
    case QB_TAG_UINT64: return QB_BIG;
    case QB_TAG_BIG: return QB_BIG | QB_NEGATIVE;
    case QB_TAG_STRING: return QB_UTF16;
    case QB_TAG_NUMBERS:
    case QB_TAG_STRUCTS: return QB_FLAG_TUPLE;
    case QB_TAG_DICT: return QB_OBJECT;
    case QB_TAG_DATE: return QB_ZONE | QB_WALL;
    case QB_TAG_DECIMAL: return QB_NEGATIVE;
    case QB_TAG_NDARRAY: return QB_PLAIN;
    case QB_TAG_ARRAY: return 1u | 32u | 64u | 128u; /* docs/format.md, Images */
    case QB_TAG_MAP: return 255u;
    default: return 0;
    }
}

/* Whether the flags are some that a body of this tag has. */
static int has_flags(const uint8_t *body) {
    if ((body[1] & ~flags_of(body[0])) != 0) return 0;
    if (body[0] == QB_TAG_DATE) return body[1] != (QB_ZONE | QB_WALL);
    return body[0] != QB_TAG_NDARRAY || body[1] == 0 || body[3] == 1; /* plain: one dimension */
}

/* Where the content of an opened body ends. */
static uint64_t end_of(const qb_walk_t *walk, const qb_value_t *value) {
    switch ((qb_kind_t)value->kind) {
    case QB_KIND_FLOAT:
    case QB_KIND_DATE:
    case QB_KIND_UNSIGNED: return value->body + 2 * QB_BODY_BYTES;
    case QB_KIND_INTEGER:
        return value->body +
               (walk->image->bytes[value->body] == QB_TAG_INT32 ? 1 : 2) * QB_BODY_BYTES;
    case QB_KIND_BIG:
    case QB_KIND_STRING:
    case QB_KIND_BYTES:
    case QB_KIND_DECIMAL:
    case QB_KIND_STRUCT: return qb_offset_of(walk->image, value->data) + value->count;
    case QB_KIND_LIST:
    case QB_KIND_TUPLE:
    case QB_KIND_NDARRAY:
        return qb_offset_of(walk->image, value->data) + value->count * value->stride;
    case QB_KIND_SET:
    case QB_KIND_DICT:
        if (value->store == QB_STORE_BITS) {
            return qb_offset_of(walk->image, value->data) + (uint64_t)value->slots * 4;
        }
        return qb_offset_of(walk->image, value->base) + (uint64_t)value->slots * 4;
    case QB_KIND_ARRAY: return value->body + QB_ARRAY_BODY_BYTES;
    case QB_KIND_MAP: return value->body + QB_MAP_BODY_BYTES;
    default: return value->body + QB_BODY_BYTES;
    }
}

static qb_image_status_t visit_bits(qb_walk_t *walk, const qb_value_t *value) {
    uint64_t members = 0;
    for (uint32_t i = 0; i < value->slots; i++) {
        members += (uint32_t)__builtin_popcount(qb_u32(value->data + (size_t)i * 4));
    }
    return members == value->count ? QB_IMAGE_OK : qb_walk_fault(walk, value->body);
}

static qb_image_status_t visit_index(qb_walk_t *walk, const qb_value_t *value, uint64_t depth) {
    if (value->store == QB_STORE_BITS) return visit_bits(walk, value);
    for (uint32_t i = 0; i < value->slots; i++) {
        uint32_t number = qb_u32(value->base + (size_t)i * 4);
        if (number > value->count) return qb_walk_fault(walk, value->body);
    }
    uint64_t entries = qb_offset_of(walk->image, value->data);
    QB_TRY(point_keys(walk, entries + 4, value->count, value->stride, depth));
    for (uint64_t i = 0; i < value->count && (value->flags & QB_OBJECT) != 0; i++) {
        uint64_t at = entries + 4 + i * value->stride;
        QB_TRY(qb_walk_point(walk, at, depth + 1, TAG(STRING)));
    }
    if (value->kind == QB_KIND_SET) return QB_IMAGE_OK;
    return point_all(walk, entries + 8, value->count, value->stride, depth);
}

static qb_image_status_t visit_list(qb_walk_t *walk, const qb_value_t *value, uint64_t depth) {
    uint64_t at = qb_offset_of(walk->image, value->data);
    if (value->store == QB_STORE_STRUCTS) {
        return qb_plan_structs(walk, value->type, at, value->count, depth);
    }
    if (value->store != QB_STORE_POINTERS) return QB_IMAGE_OK;
    return point_all(walk, at, value->count, value->stride, depth);
}

static qb_image_status_t visit(qb_walk_t *walk, uint64_t body, uint64_t depth) {
    qb_value_t value;
    const uint8_t *at = walk->image->bytes + body;
    if (qb_body_open(walk->image, body, &value) != QB_IMAGE_OK) return qb_walk_fault(walk, body);
    if (!has_flags(at)) return qb_walk_fault(walk, body);
    QB_TRY(qb_walk_take(walk, body, end_of(walk, &value) - body, depth));
    switch ((qb_kind_t)value.kind) {
    case QB_KIND_STRING:
        if ((value.flags & QB_UTF16) != 0) return QB_IMAGE_OK;
        return qb_utf8_is_sound(value.data, value.count) ? QB_IMAGE_OK : qb_walk_fault(walk, body);
    case QB_KIND_LIST:
    case QB_KIND_TUPLE: return visit_list(walk, &value, depth);
    case QB_KIND_SET:
    case QB_KIND_DICT: return visit_index(walk, &value, depth);
    case QB_KIND_STRUCT: return qb_plan_structs(walk, value.type, body + QB_BODY_BYTES, 1, depth);
    case QB_KIND_ARRAY:
    case QB_KIND_MAP: return qb_walk_container(walk, &value, depth);
    default: return QB_IMAGE_OK;
    }
}

/* The elements of a list that is a key. It was visited before, and so were they. */
static qb_image_status_t visit_key(qb_walk_t *walk, qb_waiting_t key) {
    uint64_t body = (uint64_t)key.unit * UNIT;
    uint32_t count = qb_u32(walk->image->bytes + body + 4);
    return point_keys(walk, body + QB_BODY_BYTES, count, 4, key.depth);
}

/* ---- all ------------------------------------------------------------------------------------- */

static qb_image_status_t visit_types(qb_walk_t *walk) {
    const qb_image_t *image = walk->image;
    if (image->types == 0) return QB_IMAGE_OK;
    uint64_t bytes = QB_BODY_BYTES + (uint64_t)image->type_count * QB_TYPE_ENTRY_BYTES;
    QB_TRY(qb_walk_take(walk, image->types, bytes, 0));
    QB_TRY(qb_plan_types(walk));
    for (uint32_t i = 0; i < image->type_count; i++) {
        uint64_t entry = image->types + QB_BODY_BYTES + (uint64_t)i * QB_TYPE_ENTRY_BYTES;
        QB_TRY(qb_walk_point(walk, entry + 12, 0, TAG(STRING)));
    }
    return QB_IMAGE_OK;
}

static qb_image_status_t walk_all(qb_walk_t *walk) {
    QB_TRY(take_units(walk, 0, walk->image->first / UNIT));
    QB_TRY(visit_types(walk));
    if (walk->image->root != 0) QB_TRY(qb_walk_meet(walk, walk->image->root, 0, 0, 0));
    while (walk->waiting_count > 0) {
        qb_waiting_t next = walk->waiting[--walk->waiting_count];
        QB_TRY(visit(walk, (uint64_t)next.unit * UNIT, next.depth));
    }
    while (walk->key_count > 0) {
        qb_waiting_t next = walk->waiting[walk->waiting_max - walk->key_count--];
        QB_TRY(visit_key(walk, next));
    }
    return QB_IMAGE_OK;
}

/* ---- scratch --------------------------------------------------------------------------------- */

/* A body waits once, and once more when it is a list with keys in it: that has 16 bytes and more. */
static uint64_t waiting_max(const qb_image_t *image, const qb_limits_t *limits) {
    uint64_t units = image->size / UNIT;
    return limits->nodes < units / 2 ? limits->nodes * 2 : units;
}

static uint64_t marks_bytes(const qb_image_t *image) {
    return qb_padded(image->size / UNIT / 4 + 1);
}

uint64_t qb_image_scratch(const qb_image_t *image, const qb_limits_t *limits) {
    qb_limits_t allowed = limits != NULL ? *limits : QB_LIMITS_DEFAULT;
    return marks_bytes(image) + waiting_max(image, &allowed) * sizeof(qb_waiting_t) +
           (uint64_t)image->type_count * sizeof(qb_plan_type_t) +
           qb_padded((uint64_t)qb_plan_type_slots(image) * sizeof(uint32_t)) +
           qb_padded((uint64_t)qb_plan_name_slots(image) * sizeof(uint32_t)) +
           qb_plan_field_max(image, &allowed) * sizeof(qb_plan_field_t);
}

/* Parts of the scratch, in their order. */
static void *part_of(uint8_t **at, uint64_t bytes) {
    uint8_t *part = *at;
    *at += qb_padded(bytes);
    return part;
}

qb_image_status_t qb_image_verify(const qb_image_t *image, const qb_limits_t *limits, void *scratch,
                                  uint64_t scratch_bytes, qb_report_t *report) {
    qb_report_t unused;
    if (report == NULL) report = &unused;
    *report = (qb_report_t){0};
    if ((uintptr_t)scratch % UNIT != 0) return QB_IMAGE_E_ALIGN;
    if (scratch_bytes < qb_image_scratch(image, limits)) return QB_IMAGE_E_ROOM;
    if (image->size / UNIT > UINT32_MAX) return QB_IMAGE_E_LIMIT;

    qb_walk_t walk = {.image = image, .report = report};
    walk.limits = limits != NULL ? *limits : QB_LIMITS_DEFAULT;
    walk.waiting_max = waiting_max(image, &walk.limits);
    walk.type_slot_count = qb_plan_type_slots(image);
    uint8_t *at = scratch;
    walk.marks = part_of(&at, marks_bytes(image));
    walk.waiting = part_of(&at, walk.waiting_max * sizeof(qb_waiting_t));
    walk.types = part_of(&at, (uint64_t)image->type_count * sizeof(qb_plan_type_t));
    walk.type_slots = part_of(&at, (uint64_t)walk.type_slot_count * sizeof(uint32_t));
    walk.name_slots = part_of(&at, (uint64_t)qb_plan_name_slots(image) * sizeof(uint32_t));
    walk.fields = (void *)at;
    walk.field_max =
        (scratch_bytes - (uint64_t)(at - (uint8_t *)scratch)) / sizeof(qb_plan_field_t);
    memset(walk.marks, 0, marks_bytes(image));
    memset(walk.type_slots, 0, (uint64_t)walk.type_slot_count * sizeof(uint32_t));
    return walk_all(&walk);
}
