/*
 * Maps of images.
 *
 *     key  ──hash──>  index slot  ──entry──>  keys[entry], values[entry]
 *                                             multi: values[starts[entry] .. starts[entry + 1] - 1]
 *
 * A lookup looks at each slot at most once. Without an index ordered keys are searched by halves, others one
 * by one.
 */
#include "image/body.h"
#include "image/bytes.h"
#include "image/container.h"
#include "image/key.h"
#include "image/number.h"

/* ---- opening --------------------------------------------------------------------------------- */

static qb_image_status_t open_index(qb_map_t *map, uint64_t body) {
    const qb_image_t *image = map->keys.image;
    map->slots = qb_u32(image->bytes + body + QB_MAP_SLOTS);
    int is_table = map->slots == 0 || ((map->slots & (map->slots - 1)) == 0 &&
                                       map->slots >= map->count && map->count < UINT32_MAX);
    if (!is_table) return QB_IMAGE_E_CORRUPT;
    return qb_part(image, body, QB_MAP_INDEX, map->slots, QB_SLOT_BYTES, &map->index);
}

static qb_image_status_t open_keys(qb_map_t *map, uint64_t body) {
    const qb_image_t *image = map->keys.image;
    if ((map->flags & QB_MAP_APPROXIMATE) != 0) {
        map->keys.kind = QB_KIND_ARRAY;
        return map->count == 0 || map->slots > 0 ? QB_IMAGE_OK : QB_IMAGE_E_CORRUPT;
    }
    qb_column_t column = {.count = map->count,
                          .stride = map->is_wide ? 8 : 4,
                          .at = QB_MAP_KEYS,
                          .data = QB_MAP_TEXT,
                          .is_text = 1};
    if (map->kind == QB_KEYS_ANY) {
        column.data = QB_MAP_DATA;
        column.is_text = 0;
    } else if (map->kind != QB_KEYS_STRINGS) {
        uint32_t dtype = map->kind - QB_KEYS_NUMBERS;
        if (dtype >= QB_DTYPE_COUNT) return QB_IMAGE_E_CORRUPT;
        column.flags = QB_CONTAINER_NUMBERS;
        column.aux = (uint16_t)dtype;
        column.stride = qb_dtype_bytes(dtype);
    }
    return qb_column_open(image, body, &column, &map->keys);
}

static qb_image_status_t open_values(qb_map_t *map, uint64_t body, uint8_t flags) {
    const qb_image_t *image = map->keys.image;
    const uint8_t *at = image->bytes + body;
    map->values = (qb_value_t){.image = image, .kind = QB_KIND_ARRAY};
    if ((flags & QB_MAP_NO_VALUES) != 0) return QB_IMAGE_OK;
    qb_column_t column = {.count = map->count,
                          .stride = qb_u32(at + QB_MAP_STRIDE),
                          .at = QB_MAP_VALUES,
                          .data = QB_MAP_DATA,
                          .aux = qb_u16(at + 2),
                          .flags = flags & (QB_CONTAINER_NUMBERS | QB_CONTAINER_STRUCTS)};
    if ((flags & QB_MAP_MULTI) != 0) {
        uint32_t width = map->is_wide ? 8 : 4;
        QB_TRY(qb_part(image, body, QB_MAP_STARTS, map->count + 1, width, &map->starts));
        column.count = qb_word(map->starts + map->count * width, width);
    }
    return qb_column_open(image, body, &column, &map->values);
}

qb_image_status_t qb_map_open(const qb_value_t *value, qb_map_t *map) {
    *map = (qb_map_t){0};
    if (value->kind != QB_KIND_MAP) return QB_IMAGE_E_KIND;
    const qb_image_t *image = value->image;
    const uint8_t *at = value->data;
    uint64_t body = qb_offset_of(image, at);
    uint8_t flags = at[1];
    qb_map_t opened = {.keys = {.image = image}, .count = qb_u64(at + QB_MAP_COUNT)};
    opened.flags = flags & (QB_MAP_MULTI | QB_MAP_APPROXIMATE | QB_MAP_ORDERED | QB_MAP_NO_VALUES);
    opened.kind = qb_u32(at + QB_MAP_KIND);
    opened.is_wide = (flags & QB_CONTAINER_WIDE) != 0;
    if (opened.count > image->size) return QB_IMAGE_E_CORRUPT; /* each has a byte somewhere */
    QB_TRY(open_index(&opened, body));
    QB_TRY(open_keys(&opened, body));
    QB_TRY(open_values(&opened, body, flags));
    *map = opened;
    return QB_IMAGE_OK;
}

/* ---- entries --------------------------------------------------------------------------------- */

qb_image_status_t qb_map_key(const qb_map_t *map, uint64_t entry, qb_value_t *key) {
    if (entry >= map->count) return QB_IMAGE_E_NOT_FOUND;
    if ((map->flags & QB_MAP_APPROXIMATE) != 0) return QB_IMAGE_E_KIND;
    return qb_value_at(&map->keys, entry, key);
}

/* The values of one key of a multi-map, as a list over their part of the column. */
static qb_image_status_t values_of(const qb_map_t *map, uint64_t entry, qb_value_t *value) {
    uint32_t width = map->is_wide ? 8 : 4;
    uint64_t start = qb_word(map->starts + entry * width, width);
    uint64_t end = qb_word(map->starts + (entry + 1) * width, width);
    if (start > end || end > map->values.count) return QB_IMAGE_E_CORRUPT;
    *value = map->values;
    value->kind = QB_KIND_LIST;
    value->count = end - start;
    if (value->count > 0) value->data += start * value->stride;
    return QB_IMAGE_OK;
}

qb_image_status_t qb_map_value(const qb_map_t *map, uint64_t entry, qb_value_t *value) {
    *value = (qb_value_t){.image = map->keys.image};
    if (entry >= map->count) return QB_IMAGE_E_NOT_FOUND;
    if ((map->flags & QB_MAP_NO_VALUES) != 0) return QB_IMAGE_OK;
    if ((map->flags & QB_MAP_MULTI) != 0) return values_of(map, entry, value);
    return qb_value_at(&map->values, entry, value);
}

/* ---- lookups --------------------------------------------------------------------------------- */

/* E_NOT_FOUND: the entry has another key. */
static qb_image_status_t is_entry(const qb_map_t *map, uint64_t entry, const qb_value_t *key,
                                  qb_work_t *work) {
    if ((map->flags & QB_MAP_APPROXIMATE) != 0) return QB_IMAGE_OK;
    qb_value_t stored;
    int is_equal = 0;
    QB_TRY(qb_value_at(&map->keys, entry, &stored));
    QB_TRY(qb_key_equal(&stored, key, 0, work, &is_equal));
    return is_equal ? QB_IMAGE_OK : QB_IMAGE_E_NOT_FOUND;
}

static qb_image_status_t find_in_index(const qb_map_t *map, const qb_value_t *key, qb_work_t *work,
                                       uint64_t *entry) {
    uint32_t hash = 0;
    QB_TRY(qb_key_hash(key, 0, work, &hash));
    uint32_t mask = map->slots - 1;
    uint32_t slot = hash & mask;
    for (uint32_t tries = 0; tries < map->slots; tries++, slot = (slot + 1) & mask) {
        const uint8_t *at = map->index + (uint64_t)slot * QB_SLOT_BYTES;
        uint32_t number = qb_u32(at);
        if (number == 0) return QB_IMAGE_E_NOT_FOUND;
        if (!qb_work_spend(work, 1)) return QB_IMAGE_E_LIMIT;
        if (qb_u32(at + 4) != hash) continue;
        if (number > map->count) return QB_IMAGE_E_CORRUPT;
        *entry = number - 1;
        qb_image_status_t status = is_entry(map, number - 1, key, work);
        if (status != QB_IMAGE_E_NOT_FOUND) return status;
    }
    return QB_IMAGE_E_NOT_FOUND;
}

/* The first entry whose number key is not less. */
static uint64_t lower(const qb_map_t *map, const qb_number_t *key) {
    uint64_t low = 0;
    uint64_t high = map->count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        qb_value_t stored =
            qb_number_in_place(map->keys.data + middle * map->keys.stride, map->keys.type);
        qb_number_t number;
        (void)qb_number_of(&stored, &number);
        if (qb_number_compare(&number, key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static int is_ordered(const qb_map_t *map) {
    return (map->flags & QB_MAP_ORDERED) != 0 && map->keys.store == QB_STORE_NUMBERS;
}

qb_image_status_t qb_map_find(const qb_map_t *map, qb_value_t key, uint64_t *entry) {
    qb_work_t work = {QB_WORK_MAX};
    *entry = map->count;
    if (map->slots > 0) return find_in_index(map, &key, &work, entry);
    uint32_t hash = 0;
    QB_TRY(qb_key_hash(&key, 0, &work, &hash)); /* for E_KEY */
    qb_number_t number;
    if (is_ordered(map)) {
        if (!qb_number_of(&key, &number)) return QB_IMAGE_E_NOT_FOUND;
        uint64_t found = lower(map, &number);
        if (found == map->count) return QB_IMAGE_E_NOT_FOUND;
        *entry = found;
        return is_entry(map, found, &key, &work);
    }
    work.left += map->count * QB_WORK_ELEMENT;
    for (uint64_t i = 0; i < map->count; i++) {
        qb_image_status_t status = is_entry(map, i, &key, &work);
        *entry = i;
        if (status != QB_IMAGE_E_NOT_FOUND) return status;
    }
    return QB_IMAGE_E_NOT_FOUND;
}

qb_image_status_t qb_map_get(const qb_map_t *map, qb_value_t key, qb_value_t *value) {
    uint64_t entry = 0;
    *value = (qb_value_t){.image = map->keys.image};
    QB_TRY(qb_map_find(map, key, &entry));
    return qb_map_value(map, entry, value);
}

qb_image_status_t qb_map_lower(const qb_map_t *map, qb_value_t key, uint64_t *entry) {
    qb_number_t number;
    *entry = map->count;
    if (!is_ordered(map) || !qb_number_of(&key, &number)) return QB_IMAGE_E_KIND;
    *entry = lower(map, &number);
    return QB_IMAGE_OK;
}
