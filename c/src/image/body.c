/*
 * From a body to a value: one function for each shape of body.
 *
 *     | tag u8 | flags u8 | aux u16 | count u32 | content ... |
 *
 * A value that comes from here is checked as far as it reaches by itself: its content lies in the image,
 * its counts fit, its type is in the table. What its pointers lead to is checked when they are followed.
 */
#include "image/body.h"

#include "image/bytes.h"

typedef struct body {
    const qb_image_t *image;
    const uint8_t *at;
    uint64_t offset;
    uint32_t count;
    uint16_t aux;
    uint8_t tag;
    uint8_t flags;
} body_t;

qb_image_status_t qb_follow(const qb_image_t *image, uint64_t at, uint64_t *body) {
    int64_t distance = (int64_t)qb_i32(image->bytes + at) * QB_POINTER_UNIT;
    *body = 0;
    if (distance == 0) return QB_IMAGE_OK;
    uint64_t target = at + (uint64_t)distance; /* wraps when it leads before the image: too large */
    if (target < image->first || target % QB_BODY_ALIGN != 0 ||
        !qb_has(image, target, QB_BODY_BYTES)) {
        return QB_IMAGE_E_CORRUPT;
    }
    *body = target;
    return QB_IMAGE_OK;
}

qb_image_status_t qb_body_behind(const qb_image_t *image, uint64_t at, qb_value_t *value) {
    uint64_t body = 0;
    QB_TRY(qb_follow(image, at, &body));
    return qb_body_open(image, body, value);
}

qb_image_status_t qb_type_bytes(const qb_image_t *image, uint32_t index, uint32_t *bytes) {
    if (index >= image->type_count) return QB_IMAGE_E_CORRUPT;
    const uint8_t *entry =
        image->bytes + image->types + QB_BODY_BYTES + (uint64_t)index * QB_TYPE_ENTRY_BYTES;
    *bytes = qb_u32(entry + 4);
    return *bytes > 0 && *bytes <= QB_STRUCT_BYTES_MAX ? QB_IMAGE_OK : QB_IMAGE_E_CORRUPT;
}

/* ---- in place -------------------------------------------------------------------------------- */

static double f32_at(const uint8_t *at) {
    float value;
    memcpy(&value, at, sizeof value);
    return value;
}

qb_value_t qb_number_in_place(const uint8_t *at, uint32_t dtype) {
    switch ((qb_dtype_t)dtype) {
    case QB_I8: return qb_value_of_int((int8_t)at[0]);
    case QB_U8: return qb_value_of_int(at[0]);
    case QB_I16: return qb_value_of_int((int16_t)qb_u16(at));
    case QB_U16: return qb_value_of_int(qb_u16(at));
    case QB_I32: return qb_value_of_int(qb_i32(at));
    case QB_U32: return qb_value_of_int(qb_u32(at));
    case QB_F32: return qb_value_of_double(f32_at(at));
    case QB_F64: return qb_value_of_double(qb_f64(at));
    case QB_I64:
    case QB_U64: break;
    }
    uint64_t bits = qb_u64(at);
    qb_value_t value = dtype == QB_U64 ? qb_value_of_uint(bits) : qb_value_of_int((int64_t)bits);
    value.flags = QB_BIG;
    return value;
}

qb_value_t qb_struct_in_place(const qb_image_t *image, const uint8_t *at, uint32_t type,
                              uint32_t bytes) {
    return (qb_value_t){
        .image = image, .data = at, .count = bytes, .type = (uint16_t)type, .kind = QB_KIND_STRUCT};
}

/* ---- scalars --------------------------------------------------------------------------------- */

/* Content of `bytes` bytes behind `head` bytes of the body. */
static qb_image_status_t content(const body_t *body, uint32_t head, uint64_t bytes,
                                 qb_value_t *value) {
    if (!qb_has(body->image, body->offset + head, bytes)) return QB_IMAGE_E_CORRUPT;
    value->data = body->at + head;
    value->count = bytes;
    return QB_IMAGE_OK;
}

static qb_image_status_t open_integer(const body_t *body, qb_value_t *value) {
    value->flags = body->flags & QB_BIG;
    value->kind = QB_KIND_INTEGER;
    if (body->tag == QB_TAG_INT32) {
        value->number.i64 = qb_i32(body->at + 4);
        return QB_IMAGE_OK;
    }
    if (!qb_has(body->image, body->offset, 2 * QB_BODY_BYTES)) return QB_IMAGE_E_CORRUPT;
    value->number.u64 = qb_u64(body->at + QB_BODY_BYTES);
    if (body->tag == QB_TAG_UINT64 && value->number.u64 > INT64_MAX) {
        value->kind = QB_KIND_UNSIGNED;
    }
    return QB_IMAGE_OK;
}

static qb_image_status_t open_float(const body_t *body, qb_value_t *value) {
    if (!qb_has(body->image, body->offset, 2 * QB_BODY_BYTES)) return QB_IMAGE_E_CORRUPT;
    value->number.f64 = qb_f64(body->at + QB_BODY_BYTES);
    value->kind = QB_KIND_FLOAT;
    if (body->tag != QB_TAG_DATE) return QB_IMAGE_OK;

    value->kind = QB_KIND_DATE;
    value->flags = body->flags & (QB_ZONE | QB_WALL);
    if ((body->flags & QB_WALL) != 0) value->flags = QB_WALL;
    if (value->flags != QB_ZONE) return QB_IMAGE_OK;
    int32_t zone = (int32_t)body->aux - QB_ZONE_MINUTES_MAX;
    if (zone > QB_ZONE_MINUTES_MAX) return QB_IMAGE_E_CORRUPT;
    value->zone_minutes = (int16_t)zone;
    return QB_IMAGE_OK;
}

static qb_image_status_t open_magnitude(const body_t *body, qb_value_t *value) {
    if (body->count > QB_MAGNITUDE_BYTES_MAX) return QB_IMAGE_E_CORRUPT;
    value->flags = body->flags & QB_NEGATIVE;
    if (body->tag == QB_TAG_BIG) {
        value->kind = QB_KIND_BIG;
        value->flags |= QB_BIG;
        return content(body, QB_BODY_BYTES, body->count, value);
    }
    value->kind = QB_KIND_DECIMAL;
    QB_TRY(content(body, 2 * QB_BODY_BYTES, body->count, value));
    value->exponent = qb_i32(body->at + QB_BODY_BYTES);
    return value->exponent != INT32_MIN ? QB_IMAGE_OK : QB_IMAGE_E_CORRUPT;
}

static qb_image_status_t open_text(const body_t *body, qb_value_t *value) {
    value->kind = body->tag == QB_TAG_STRING ? QB_KIND_STRING : QB_KIND_BYTES;
    if (body->tag == QB_TAG_STRING) {
        value->flags = body->flags & QB_UTF16;
        if (value->flags != 0 && body->count % 2 != 0) return QB_IMAGE_E_CORRUPT;
    }
    if (body->count > QB_TEXT_BYTES_MAX) return QB_IMAGE_E_CORRUPT;
    return content(body, QB_BODY_BYTES, body->count, value);
}

/* ---- sequences ------------------------------------------------------------------------------- */

/* `count` elements, `stride` apart, behind `head` bytes of the body. */
static qb_image_status_t elements(const body_t *body, uint64_t head, qb_store_t store,
                                  uint32_t stride, qb_value_t *value) {
    if (!qb_has(body->image, body->offset, head) ||
        !qb_has_many(body->image, body->offset + head, body->count, stride)) {
        return QB_IMAGE_E_CORRUPT;
    }
    value->data = body->at + head;
    value->count = body->count;
    value->stride = stride;
    value->store = (uint8_t)store;
    return QB_IMAGE_OK;
}

static qb_image_status_t open_list(const body_t *body, qb_value_t *value) {
    int is_tuple = body->tag == QB_TAG_TUPLE ||
                   (body->tag != QB_TAG_LIST && (body->flags & QB_FLAG_TUPLE) != 0);
    value->kind = is_tuple ? QB_KIND_TUPLE : QB_KIND_LIST;
    if (body->tag == QB_TAG_LIST || body->tag == QB_TAG_TUPLE) {
        return elements(body, QB_BODY_BYTES, QB_STORE_POINTERS, 4, value);
    }
    value->type = body->aux;
    if (body->tag == QB_TAG_NUMBERS) {
        if (body->aux >= QB_DTYPE_COUNT) return QB_IMAGE_E_CORRUPT;
        return elements(body, QB_BODY_BYTES, QB_STORE_NUMBERS, qb_dtype_bytes(body->aux), value);
    }
    uint32_t bytes = 0;
    QB_TRY(qb_type_bytes(body->image, body->aux, &bytes));
    return elements(body, QB_BODY_BYTES, QB_STORE_STRUCTS, bytes, value);
}

static qb_image_status_t open_ndarray(const body_t *body, qb_value_t *value) {
    uint32_t dtype = body->aux & 255u;
    uint32_t dimensions = body->aux >> 8;
    if (dtype >= QB_DTYPE_COUNT || dimensions > QB_DIMENSIONS_MAX) return QB_IMAGE_E_CORRUPT;
    uint64_t head = QB_BODY_BYTES + qb_padded((uint64_t)dimensions * 4);
    value->kind = QB_KIND_NDARRAY;
    value->type = (uint16_t)dtype;
    QB_TRY(elements(body, head, QB_STORE_NUMBERS, qb_dtype_bytes(dtype), value));
    value->base = body->at + QB_BODY_BYTES;
    value->slots = dimensions;
    if (dimensions == 1) value->flags = body->flags & QB_PLAIN;
    uint64_t product = 1;
    for (uint32_t i = 0; i < dimensions; i++) {
        uint64_t size = qb_u32(value->base + (size_t)i * 4);
        if (size != 0 && product > UINT32_MAX / size) {
            product = 1ull << 32; /* more than any count */
        } else {
            product *= size;
        }
    }
    return product == body->count ? QB_IMAGE_OK : QB_IMAGE_E_CORRUPT;
}

static qb_image_status_t open_struct(const body_t *body, qb_value_t *value) {
    uint32_t bytes = 0;
    QB_TRY(qb_type_bytes(body->image, body->aux, &bytes));
    if (body->count != bytes) return QB_IMAGE_E_CORRUPT;
    value->kind = QB_KIND_STRUCT;
    value->type = body->aux;
    return content(body, QB_BODY_BYTES, bytes, value);
}

/* ---- sets and dicts -------------------------------------------------------------------------- */

static qb_image_status_t open_index(const body_t *body, qb_value_t *value) {
    int is_set = body->tag == QB_TAG_SET;
    uint32_t stride = is_set ? QB_SET_ENTRY_BYTES : QB_DICT_ENTRY_BYTES;
    QB_TRY(elements(body, QB_INDEX_HEAD_BYTES, QB_STORE_POINTERS, stride, value));
    uint32_t slots = qb_u32(body->at + QB_BODY_BYTES);
    int is_table = slots == 0 || ((slots & (slots - 1)) == 0 && slots >= body->count);
    uint64_t table = QB_INDEX_HEAD_BYTES + (uint64_t)body->count * stride;
    if (!is_table || !qb_has_many(body->image, body->offset + table, slots, 4)) {
        return QB_IMAGE_E_CORRUPT;
    }
    value->kind = is_set ? QB_KIND_SET : QB_KIND_DICT;
    value->flags = is_set ? 0 : body->flags & QB_OBJECT;
    value->base = body->at + table;
    value->slots = slots;
    return QB_IMAGE_OK;
}

static qb_image_status_t open_bits(const body_t *body, qb_value_t *value) {
    QB_TRY(elements(body, QB_INDEX_HEAD_BYTES, QB_STORE_BITS, 4, value));
    value->kind = QB_KIND_SET;
    value->slots = body->count; /* words */
    value->count = qb_u32(body->at + QB_BODY_BYTES);
    value->number.u64 = qb_u32(body->at + QB_BODY_BYTES + 4);
    uint64_t bits = (uint64_t)body->count * 32;
    int is_set = value->number.u64 % 32 == 0 && value->count <= bits &&
                 value->number.u64 + bits <= 1ull << 32;
    return is_set ? QB_IMAGE_OK : QB_IMAGE_E_CORRUPT;
}

/* ---- all ------------------------------------------------------------------------------------- */

static qb_image_status_t open_tag(const body_t *body, qb_value_t *value) {
    switch ((qb_tag_t)body->tag) {
    case QB_TAG_NULL: value->kind = QB_KIND_NULL; return QB_IMAGE_OK;
    case QB_TAG_FALSE:
    case QB_TAG_TRUE:
        value->kind = QB_KIND_BOOL;
        value->number.i64 = body->tag == QB_TAG_TRUE;
        return QB_IMAGE_OK;
    case QB_TAG_INT32:
    case QB_TAG_INT64:
    case QB_TAG_UINT64: return open_integer(body, value);
    case QB_TAG_F64:
    case QB_TAG_DATE: return open_float(body, value);
    case QB_TAG_BIG:
    case QB_TAG_DECIMAL: return open_magnitude(body, value);
    case QB_TAG_STRING:
    case QB_TAG_BYTES: return open_text(body, value);
    case QB_TAG_LIST:
    case QB_TAG_TUPLE:
    case QB_TAG_NUMBERS:
    case QB_TAG_STRUCTS: return open_list(body, value);
    case QB_TAG_SET:
    case QB_TAG_DICT: return open_index(body, value);
    case QB_TAG_BITS: return open_bits(body, value);
    case QB_TAG_NDARRAY: return open_ndarray(body, value);
    case QB_TAG_STRUCT: return open_struct(body, value);
    case QB_TAG_ARRAY:
    case QB_TAG_MAP: return qb_container_open(body->image, body->offset, value);
    case QB_TAG_TYPES: break;
    }
    return QB_IMAGE_E_CORRUPT;
}

qb_image_status_t qb_body_open(const qb_image_t *image, uint64_t body, qb_value_t *value) {
    *value = (qb_value_t){.image = image};
    if (body == 0) return QB_IMAGE_OK;
    const uint8_t *at = image->bytes + body;
    body_t opened = {.image = image,
                     .at = at,
                     .offset = body,
                     .count = qb_u32(at + 4),
                     .aux = qb_u16(at + 2),
                     .tag = at[0],
                     .flags = at[1]};
    qb_image_status_t status = open_tag(&opened, value);
    if (status != QB_IMAGE_OK) *value = (qb_value_t){.image = image};
    value->body = status == QB_IMAGE_OK ? body : 0;
    return status;
}
