/*
 * Values: those of the caller, elements by index, steps.
 *
 *     POINTERS     | i32 | i32 | ...              bodies anywhere in the image
 *     NUMBERS      | number | number | ...        in place
 *     STRUCTS      | struct | struct | ...        in place
 *     REFERENCES   | u32 or u64 | ...             base + 8 * reference; all ones: undefined
 *     TEXTS        | start | start | ... | end |  UTF-8, base + start up to the next start
 */
#include "image/body.h"
#include "image/bytes.h"
#include "image/key.h"

/* ---- of the caller --------------------------------------------------------------------------- */

qb_value_t qb_value_of_null(void) {
    return (qb_value_t){.kind = QB_KIND_NULL};
}

qb_value_t qb_value_of_bool(int value) {
    return (qb_value_t){.kind = QB_KIND_BOOL, .number.i64 = value != 0};
}

qb_value_t qb_value_of_int(int64_t value) {
    return (qb_value_t){.kind = QB_KIND_INTEGER, .number.i64 = value};
}

qb_value_t qb_value_of_uint(uint64_t value) {
    uint8_t kind = value > INT64_MAX ? QB_KIND_UNSIGNED : QB_KIND_INTEGER;
    return (qb_value_t){.kind = kind, .number.u64 = value};
}

qb_value_t qb_value_of_double(double value) {
    return (qb_value_t){.kind = QB_KIND_FLOAT, .number.f64 = value};
}

qb_value_t qb_value_of_date(double milliseconds) {
    return (qb_value_t){.kind = QB_KIND_DATE, .number.f64 = milliseconds};
}

qb_value_t qb_value_of_text(const char *text) {
    return qb_value_of_utf8(text, strlen(text));
}

qb_value_t qb_value_of_utf8(const void *text, uint64_t bytes) {
    return (qb_value_t){.kind = QB_KIND_STRING, .data = text, .count = bytes};
}

qb_value_t qb_value_of_bytes(const void *bytes, uint64_t size) {
    return (qb_value_t){.kind = QB_KIND_BYTES, .data = bytes, .count = size};
}

/* ---- elements -------------------------------------------------------------------------------- */

static qb_image_status_t referred(const qb_value_t *value, const uint8_t *at, qb_value_t *element) {
    const qb_image_t *image = value->image;
    uint64_t reference = qb_word(at, value->stride);
    if (reference == (value->stride == 8 ? UINT64_MAX : UINT32_MAX)) {
        *element = (qb_value_t){.image = image};
        return QB_IMAGE_OK;
    }
    if (value->base == NULL || reference > image->size / QB_REFERENCE_UNIT) {
        return QB_IMAGE_E_CORRUPT;
    }
    uint64_t body = qb_offset_of(image, value->base) + reference * QB_REFERENCE_UNIT;
    if (!qb_has(image, body, QB_BODY_BYTES)) return QB_IMAGE_E_CORRUPT;
    return qb_body_open(image, body, element);
}

static qb_image_status_t text_at(const qb_value_t *value, const uint8_t *at, qb_value_t *element) {
    const qb_image_t *image = value->image;
    uint64_t start = qb_word(at, value->stride);
    uint64_t end = qb_word(at + value->stride, value->stride);
    if (start > end || end > image->size) return QB_IMAGE_E_CORRUPT;
    const uint8_t *text = at; /* of no bytes */
    if (end > start) {
        if (value->base == NULL || !qb_has(image, qb_offset_of(image, value->base), end)) {
            return QB_IMAGE_E_CORRUPT;
        }
        text = value->base + start;
    }
    *element =
        (qb_value_t){.image = image, .data = text, .count = end - start, .kind = QB_KIND_STRING};
    return QB_IMAGE_OK;
}

qb_image_status_t qb_value_at(const qb_value_t *value, uint64_t index, qb_value_t *element) {
    switch ((qb_kind_t)value->kind) {
    case QB_KIND_LIST:
    case QB_KIND_TUPLE:
    case QB_KIND_NDARRAY:
    case QB_KIND_ARRAY: break;
    default: return QB_IMAGE_E_KIND;
    }
    if (index >= value->count) return QB_IMAGE_E_NOT_FOUND;
    const uint8_t *at = value->data + index * value->stride;
    switch ((qb_store_t)value->store) {
    case QB_STORE_POINTERS:
        return qb_body_behind(value->image, qb_offset_of(value->image, at), element);
    case QB_STORE_NUMBERS: *element = qb_number_in_place(at, value->type); return QB_IMAGE_OK;
    case QB_STORE_STRUCTS:
        *element = qb_struct_in_place(value->image, at, value->type, value->stride);
        return QB_IMAGE_OK;
    case QB_STORE_REFERENCES: return referred(value, at, element);
    case QB_STORE_TEXTS: return text_at(value, at, element);
    case QB_STORE_BITS:
    case QB_STORE_NONE: break;
    }
    return QB_IMAGE_E_KIND;
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* The next field of a struct that is set. */
static qb_image_status_t next_field(const qb_value_t *value, uint64_t *cursor, qb_value_t *key,
                                    qb_value_t *element) {
    qb_type_t type;
    qb_field_t field;
    QB_TRY(qb_image_type(value->image, value->type, &type));
    do {
        QB_TRY(qb_type_next(&type, cursor, &field));
        QB_TRY(qb_value_field_of(value, &field, element));
    } while (element->kind == QB_KIND_UNDEFINED);
    *key = qb_value_of_utf8(field.name, field.name_bytes);
    return QB_IMAGE_OK;
}

qb_image_status_t qb_value_next(const qb_value_t *value, uint64_t *cursor, qb_value_t *key,
                                qb_value_t *element) {
    qb_value_t unused_key;
    qb_value_t unused_element;
    if (key == NULL) key = &unused_key;
    if (element == NULL) element = &unused_element;
    if (value->kind == QB_KIND_SET || value->kind == QB_KIND_DICT) {
        return qb_index_next(value, cursor, key, element);
    }
    if (value->kind == QB_KIND_STRUCT) return next_field(value, cursor, key, element);
    QB_TRY(qb_value_at(value, *cursor, element));
    *key = qb_value_of_uint(*cursor);
    ++*cursor;
    return QB_IMAGE_OK;
}

uint32_t qb_value_dimensions(const qb_value_t *value) {
    if (value->kind != QB_KIND_NDARRAY) return 0;
    return value->base == NULL ? 1 : value->slots;
}

uint32_t qb_value_shape(const qb_value_t *value, uint32_t dimension) {
    if (dimension >= qb_value_dimensions(value)) return 0;
    return value->base == NULL ? (uint32_t)value->count
                               : qb_u32(value->base + (size_t)dimension * 4);
}
