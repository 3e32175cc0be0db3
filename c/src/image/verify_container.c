/*
 * Verification of arrays and maps of images: their parts lie in the file and do not overlap, starts ascend from 0, slots
 * and references lead to what is there, keys to what can be a key, texts are well-formed.
 */
#include "image/container.h"
#include "image/text.h"
#include "image/verify.h"

/* `count` words (u32 or u64) that ascend from 0. */
static qb_image_status_t verify_starts(qb_walk_t *walk, const uint8_t *at, uint64_t count,
                                       uint32_t width) {
    uint64_t before = 0;
    if (qb_word(at, width) != 0) return qb_walk_fault(walk, qb_offset_of(walk->image, at));
    for (uint64_t i = 1; i < count; i++) {
        uint64_t start = qb_word(at + i * width, width);
        if (start < before) return qb_walk_fault(walk, qb_offset_of(walk->image, at + i * width));
        before = start;
    }
    return QB_IMAGE_OK;
}

static qb_image_status_t verify_texts(qb_walk_t *walk, const qb_value_t *texts) {
    uint64_t count = texts->count;
    uint32_t width = texts->stride;
    QB_TRY(verify_starts(walk, texts->data, count + 1, width));
    uint64_t bytes = qb_word(texts->data + count * width, width);
    if (bytes == 0) return QB_IMAGE_OK;
    if (texts->base == NULL) return qb_walk_fault(walk, qb_offset_of(walk->image, texts->data));
    QB_TRY(qb_walk_take_part(walk, qb_offset_of(walk->image, texts->base), bytes));
    for (uint64_t i = 0; i < count; i++) {
        qb_value_t text;
        int is_sound =
            qb_value_at(texts, i, &text) == QB_IMAGE_OK && qb_utf8_is_sound(text.data, text.count);
        if (!is_sound) {
            return qb_walk_fault(walk, qb_offset_of(walk->image, texts->data + i * width));
        }
    }
    return QB_IMAGE_OK;
}

static qb_image_status_t verify_references(qb_walk_t *walk, const qb_value_t *column,
                                           uint64_t depth, int are_keys) {
    const qb_image_t *image = walk->image;
    uint64_t none = column->stride == 8 ? UINT64_MAX : UINT32_MAX;
    uint64_t base = column->base == NULL ? 0 : qb_offset_of(image, column->base);
    for (uint64_t i = 0; i < column->count; i++) {
        uint64_t at = qb_offset_of(image, column->data) + i * column->stride;
        uint64_t reference = qb_word(image->bytes + at, column->stride);
        if (reference == none && !are_keys) continue;
        int leads = base != 0 && reference <= image->size / QB_REFERENCE_UNIT &&
                    qb_has(image, base + reference * QB_REFERENCE_UNIT, QB_BODY_BYTES);
        if (!leads) return qb_walk_fault(walk, at);
        uint64_t body = base + reference * QB_REFERENCE_UNIT;
        QB_TRY(are_keys ? qb_walk_meet_key(walk, body, at, depth + 1)
                        : qb_walk_meet(walk, body, at, depth + 1, 0));
    }
    return QB_IMAGE_OK;
}

/* Elements, keys or values. */
static qb_image_status_t verify_column(qb_walk_t *walk, const qb_value_t *column, uint64_t depth,
                                       int are_keys) {
    /* Only structs without pointers stand in place. */
    if (column->store == QB_STORE_STRUCTS && walk->types[column->type].has_pointers) {
        return qb_walk_fault(walk, walk->image->types);
    }
    if (column->data == NULL) return QB_IMAGE_OK; /* there are none */
    uint64_t at = qb_offset_of(walk->image, column->data);
    uint64_t words = column->count + (column->store == QB_STORE_TEXTS ? 1 : 0);
    QB_TRY(qb_walk_take_part(walk, at, words * column->stride));
    switch ((qb_store_t)column->store) {
    case QB_STORE_STRUCTS: return qb_plan_structs(walk, column->type, at, column->count, depth);
    case QB_STORE_TEXTS: return verify_texts(walk, column);
    case QB_STORE_REFERENCES: return verify_references(walk, column, depth, are_keys);
    default: return QB_IMAGE_OK;
    }
}

static qb_image_status_t verify_index(qb_walk_t *walk, const qb_map_t *map) {
    if (map->slots == 0) return QB_IMAGE_OK;
    uint64_t at = qb_offset_of(walk->image, map->index);
    QB_TRY(qb_walk_take_part(walk, at, (uint64_t)map->slots * QB_SLOT_BYTES));
    for (uint32_t i = 0; i < map->slots; i++) {
        uint64_t slot = (uint64_t)i * QB_SLOT_BYTES;
        if (qb_u32(map->index + slot) > map->count) return qb_walk_fault(walk, at + slot);
    }
    return QB_IMAGE_OK;
}

static qb_image_status_t verify_map(qb_walk_t *walk, const qb_map_t *map, uint64_t depth) {
    QB_TRY(verify_index(walk, map));
    QB_TRY(verify_column(walk, &map->keys, depth, 1));
    if (map->starts != NULL) {
        uint32_t width = map->is_wide ? 8 : 4;
        uint64_t at = qb_offset_of(walk->image, map->starts);
        QB_TRY(qb_walk_take_part(walk, at, (map->count + 1) * width));
        QB_TRY(verify_starts(walk, map->starts, map->count + 1, width));
    }
    return verify_column(walk, &map->values, depth, 0);
}

qb_image_status_t qb_walk_container(qb_walk_t *walk, const qb_value_t *value, uint64_t depth) {
    qb_map_t map;
    if (value->kind == QB_KIND_ARRAY) return verify_column(walk, value, depth, 0);
    if (qb_map_open(value, &map) != QB_IMAGE_OK) return qb_walk_fault(walk, value->body);
    return verify_map(walk, &map, depth);
}
