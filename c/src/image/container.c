/*
 * Containers of images: arrays, and what arrays and maps have in common.
 *
 *     container  | tag flags aux | ... | distances u64 |     part = first byte of the container + distance
 *
 * Opening looks at the container alone, in constant time. What its parts hold is checked when it is read.
 */
#include "image/container.h"

#include "image/body.h"
#include "image/bytes.h"

qb_image_status_t qb_part(const qb_image_t *image, uint64_t body, uint32_t field, uint64_t count,
                          uint32_t stride, const uint8_t **at) {
    uint64_t distance = qb_u64(image->bytes + body + field);
    *at = NULL;
    if (distance == 0) return count == 0 ? QB_IMAGE_OK : QB_IMAGE_E_CORRUPT;
    if (distance > image->size) return QB_IMAGE_E_CORRUPT;
    uint64_t offset = body + distance;
    if (offset % QB_PART_ALIGN != 0 || !qb_has_many(image, offset, count, stride)) {
        return QB_IMAGE_E_CORRUPT;
    }
    *at = image->bytes + offset;
    return QB_IMAGE_OK;
}

static qb_image_status_t in_place(const qb_image_t *image, uint64_t body, const qb_column_t *column,
                                  qb_value_t *value) {
    uint32_t bytes = 0;
    if (value->store == QB_STORE_STRUCTS) {
        QB_TRY(qb_type_bytes(image, column->aux, &bytes));
    } else {
        if (column->aux >= QB_DTYPE_COUNT) return QB_IMAGE_E_CORRUPT;
        bytes = qb_dtype_bytes(column->aux);
    }
    if (column->stride != bytes) return QB_IMAGE_E_CORRUPT;
    value->type = column->aux;
    value->stride = bytes;
    return qb_part(image, body, column->at, column->count, bytes, &value->data);
}

qb_image_status_t qb_column_open(const qb_image_t *image, uint64_t body, const qb_column_t *column,
                                 qb_value_t *value) {
    *value = (qb_value_t){.image = image, .count = column->count, .kind = QB_KIND_ARRAY};
    if (column->count > image->size) return QB_IMAGE_E_CORRUPT; /* count + 1 does not wrap */
    if ((column->flags & (QB_CONTAINER_NUMBERS | QB_CONTAINER_STRUCTS)) != 0) {
        int is_number = (column->flags & QB_CONTAINER_NUMBERS) != 0;
        value->store = is_number ? QB_STORE_NUMBERS : QB_STORE_STRUCTS;
        return in_place(image, body, column, value);
    }
    value->store = column->is_text ? QB_STORE_TEXTS : QB_STORE_REFERENCES;
    value->stride = column->stride;
    if (value->stride != 4 && value->stride != 8) return QB_IMAGE_E_CORRUPT;
    uint64_t words = column->count + column->is_text;
    QB_TRY(qb_part(image, body, column->at, words, value->stride, &value->data));
    return qb_part(image, body, column->data, 0, 1, &value->base);
}

static qb_image_status_t open_array(const qb_image_t *image, uint64_t body, qb_value_t *value) {
    if (!qb_has(image, body, QB_ARRAY_BODY_BYTES)) return QB_IMAGE_E_CORRUPT;
    const uint8_t *at = image->bytes + body;
    qb_column_t column = {.count = qb_u64(at + QB_ARRAY_COUNT),
                          .stride = qb_u32(at + QB_ARRAY_STRIDE),
                          .at = QB_ARRAY_STARTS,
                          .data = QB_ARRAY_DATA,
                          .aux = qb_u16(at + 2),
                          .flags = at[1]};
    if ((column.flags & (QB_CONTAINER_NUMBERS | QB_CONTAINER_STRUCTS)) != 0) {
        column.at = QB_ARRAY_DATA;
    } else if (column.aux == QB_AUX_TEXTS) {
        column.is_text = 1;
        column.stride = (column.flags & QB_CONTAINER_WIDE) != 0 ? 8 : 4;
    } else if (column.aux != 0) {
        return QB_IMAGE_E_CORRUPT;
    }
    return qb_column_open(image, body, &column, value);
}

qb_image_status_t qb_container_open(const qb_image_t *image, uint64_t body, qb_value_t *value) {
    if (!image->is_file) return QB_IMAGE_E_CORRUPT;
    if (image->bytes[body] == QB_TAG_ARRAY) return open_array(image, body, value);
    if (!qb_has(image, body, QB_MAP_BODY_BYTES)) return QB_IMAGE_E_CORRUPT;
    value->kind = QB_KIND_MAP;
    value->data = image->bytes + body;
    value->count = qb_u64(value->data + QB_MAP_COUNT);
    return QB_IMAGE_OK;
}
