/*
 * Fields of structs.
 *
 *     numbers, bool, enum, date, arrays, structs     in place
 *     all others                                     an i32 pointer to a body of that kind
 *
 * A field comes from a layout that fits the struct, but also from one that the caller brings, so its place is
 * compared with the struct each time.
 */
#include "image/body.h"
#include "image/bytes.h"
#include "image/layout.h"

/* ---- pointers -------------------------------------------------------------------------------- */

/* Which kinds of values a field of a kind may point to. */
static uint32_t kinds_of(uint32_t field_kind) {
    switch ((qb_field_kind_t)field_kind) {
    case QB_FIELD_STRING: return 1u << QB_KIND_STRING;
    case QB_FIELD_BYTES: return 1u << QB_KIND_BYTES;
    case QB_FIELD_REF: return 1u << QB_KIND_STRUCT;
    case QB_FIELD_LIST:
    case QB_FIELD_TUPLE: return 1u << QB_KIND_LIST | 1u << QB_KIND_TUPLE;
    case QB_FIELD_SET: return 1u << QB_KIND_SET;
    case QB_FIELD_DICT: return 1u << QB_KIND_DICT;
    case QB_FIELD_DECIMAL: return 1u << QB_KIND_DECIMAL;
    case QB_FIELD_DATETIME: return 1u << QB_KIND_DATE;
    case QB_FIELD_NDARRAY: return 1u << QB_KIND_NDARRAY;
    default: return UINT32_MAX;
    }
}

/* A datetime field has no plain date, an ndarray field no plain array: they are other values. */
static int is_of_kind(const qb_value_t *value, uint32_t field_kind) {
    if ((kinds_of(field_kind) >> value->kind & 1u) == 0) return 0;
    if (field_kind == QB_FIELD_DATETIME) return value->flags != 0;
    return field_kind != QB_FIELD_NDARRAY || (value->flags & QB_PLAIN) == 0;
}

static qb_image_status_t pointed(const qb_value_t *value, const uint8_t *at, uint32_t field_kind,
                                 qb_value_t *element) {
    if (value->image == NULL) return QB_IMAGE_E_KIND;
    QB_TRY(qb_body_behind(value->image, qb_offset_of(value->image, at), element));
    if (element->kind != QB_KIND_UNDEFINED) {
        return is_of_kind(element, field_kind) ? QB_IMAGE_OK : QB_IMAGE_E_CORRUPT;
    }
    if (field_kind == QB_FIELD_REF) element->kind = QB_KIND_NULL;
    if (field_kind == QB_FIELD_STRING) *element = qb_value_of_utf8(at, 0);
    if (field_kind == QB_FIELD_BYTES) *element = qb_value_of_bytes(at, 0);
    return QB_IMAGE_OK;
}

/* ---- in place -------------------------------------------------------------------------------- */

static qb_image_status_t nested(const qb_value_t *value, const qb_field_t *field,
                                qb_value_t *element) {
    uint32_t index = 0;
    uint32_t bytes = 0;
    const uint8_t *name = field->type + field->target;
    if (value->image == NULL) return QB_IMAGE_E_SCHEMA;
    qb_image_status_t status = qb_layout_named(value->image, name, field->target_bytes, &index);
    if (status == QB_IMAGE_E_NOT_FOUND) return QB_IMAGE_E_SCHEMA;
    QB_TRY(status);
    QB_TRY(qb_type_bytes(value->image, index, &bytes));
    if (bytes > value->count - field->offset) return QB_IMAGE_E_CORRUPT;
    *element = qb_struct_in_place(value->image, value->data + field->offset, index, bytes);
    return QB_IMAGE_OK;
}

static qb_value_t numbers(const qb_value_t *value, const qb_field_t *field) {
    return (qb_value_t){.image = value->image,
                        .data = value->data + field->offset,
                        .count = field->count,
                        .stride = qb_dtype_bytes(field->dtype),
                        .type = field->dtype,
                        .kind = QB_KIND_NDARRAY,
                        .store = QB_STORE_NUMBERS,
                        .flags = QB_PLAIN};
}

static qb_image_status_t read_field(const qb_value_t *value, const qb_field_t *field,
                                    qb_value_t *element) {
    const uint8_t *at = value->data + field->offset;
    if (field->kind <= QB_F64) {
        *element = qb_number_in_place(at, field->kind);
        return QB_IMAGE_OK;
    }
    switch ((qb_field_kind_t)field->kind) {
    case QB_FIELD_BOOL: *element = qb_value_of_bool(at[0]); return QB_IMAGE_OK;
    case QB_FIELD_ENUM:
        *element = qb_value_of_uint(field->bytes == 1 ? at[0] : qb_u16(at));
        element->kind = QB_KIND_ENUM;
        return element->number.u64 < field->count ? QB_IMAGE_OK : QB_IMAGE_E_CORRUPT;
    case QB_FIELD_DATE: *element = qb_value_of_date(qb_f64(at)); return QB_IMAGE_OK;
    case QB_FIELD_ARRAY: *element = numbers(value, field); return QB_IMAGE_OK;
    case QB_FIELD_STRUCT: return nested(value, field, element);
    default: return pointed(value, at, field->kind, element);
    }
}

/* ---- public ---------------------------------------------------------------------------------- */

qb_image_status_t qb_value_field_of(const qb_value_t *value, const qb_field_t *field,
                                    qb_value_t *element) {
    if (value->kind != QB_KIND_STRUCT) return QB_IMAGE_E_KIND;
    if (field->offset > value->count || field->bytes > value->count - field->offset) {
        return QB_IMAGE_E_SCHEMA;
    }
    if (field->presence != QB_NONE) {
        if (field->presence >= value->count) return QB_IMAGE_E_SCHEMA;
        uint8_t presence = value->data[field->presence];
        if (presence == QB_PRESENCE_UNSET) {
            *element = (qb_value_t){.image = value->image};
            return QB_IMAGE_OK;
        }
        if (presence == QB_PRESENCE_NULL) {
            *element = qb_value_of_null();
            return QB_IMAGE_OK;
        }
    }
    return read_field(value, field, element);
}

qb_image_status_t qb_value_field(const qb_value_t *value, const char *name, qb_value_t *element) {
    qb_type_t type;
    qb_field_t field;
    if (value->kind != QB_KIND_STRUCT) return QB_IMAGE_E_KIND;
    QB_TRY(qb_image_type(value->image, value->type, &type));
    QB_TRY(qb_type_field(&type, name, &field));
    return qb_value_field_of(value, &field, element);
}

qb_image_status_t qb_value_struct(const qb_value_t *value, uint32_t print, uint32_t bytes,
                                  const void **structure) {
    qb_type_t type;
    *structure = NULL;
    if (value->kind != QB_KIND_STRUCT) return QB_IMAGE_E_KIND;
    QB_TRY(qb_image_type(value->image, value->type, &type));
    if (type.print != print || type.bytes != bytes || value->count != bytes) {
        return QB_IMAGE_E_SCHEMA;
    }
    *structure = value->data;
    return QB_IMAGE_OK;
}

qb_image_status_t qb_value_pointer(const qb_value_t *value, uint32_t offset, qb_value_t *element) {
    if (value->kind != QB_KIND_STRUCT) return QB_IMAGE_E_KIND;
    if (value->count < 4 || offset > value->count - 4) return QB_IMAGE_E_ARGUMENT;
    return pointed(value, value->data + offset, QB_FIELD_ANY, element);
}
