/*
 * Lookups in sets and dicts.
 *
 *     | tag ... count | slots u32 | 0 | entries: hash u32, key, value | slots: u32, entry + 1 |
 *
 * A search looks at each slot at most once, and at each entry in them whose hash is that of the key.
 */
#include "image/body.h"
#include "image/bytes.h"
#include "image/key.h"
#include "image/number.h"

static const uint8_t *entry_at(const qb_value_t *index, uint64_t entry) {
    return index->data + entry * index->stride;
}

/* The pointer to a key stands behind its hash, that to a value behind the key's. */
static qb_image_status_t read_entry(const qb_value_t *index, uint64_t entry, uint32_t offset,
                                    qb_value_t *value) {
    const uint8_t *at = entry_at(index, entry) + offset;
    return qb_body_behind(index->image, qb_offset_of(index->image, at), value);
}

qb_image_status_t qb_index_key(const qb_value_t *index, uint64_t entry, qb_value_t *key) {
    return read_entry(index, entry, 4, key);
}

/* ---- bit sets -------------------------------------------------------------------------------- */

static int has_bit(const qb_value_t *index, uint64_t bit) {
    uint64_t word = bit / 32;
    return word < index->slots && (qb_u32(index->data + word * 4) >> bit % 32 & 1u) != 0;
}

static qb_image_status_t find_bit(const qb_value_t *index, const qb_value_t *key,
                                  uint64_t *member) {
    qb_number_t number;
    if (!qb_number_of(key, &number) || number.big_bytes != 0) return QB_IMAGE_E_NOT_FOUND;
    if (!(number.f64 >= 0 && number.f64 < 0x1p32)) return QB_IMAGE_E_NOT_FOUND;
    uint64_t whole = (uint64_t)number.f64;
    if ((double)whole != number.f64 || whole < index->number.u64) return QB_IMAGE_E_NOT_FOUND;
    if (!has_bit(index, whole - index->number.u64)) return QB_IMAGE_E_NOT_FOUND;
    *member = whole;
    return QB_IMAGE_OK;
}

/* ---- tables ---------------------------------------------------------------------------------- */

/* E_NOT_FOUND: the entry has another key. */
static qb_image_status_t is_entry(const qb_value_t *index, uint64_t entry, const qb_value_t *key,
                                  uint32_t hash, uint32_t depth, qb_work_t *work) {
    if (!qb_work_spend(work, 1)) return QB_IMAGE_E_LIMIT;
    if (qb_u32(entry_at(index, entry)) != hash) return QB_IMAGE_E_NOT_FOUND;
    qb_value_t stored;
    int is_equal = 0;
    QB_TRY(qb_index_key(index, entry, &stored));
    QB_TRY(qb_key_equal(&stored, key, depth, work, &is_equal));
    return is_equal ? QB_IMAGE_OK : QB_IMAGE_E_NOT_FOUND;
}

static qb_image_status_t find_one_by_one(const qb_value_t *index, const qb_value_t *key,
                                         uint32_t hash, uint32_t depth, qb_work_t *work,
                                         uint64_t *entry) {
    for (uint64_t i = 0; i < index->count; i++) {
        qb_image_status_t status = is_entry(index, i, key, hash, depth, work);
        *entry = i;
        if (status != QB_IMAGE_E_NOT_FOUND) return status;
    }
    return QB_IMAGE_E_NOT_FOUND;
}

qb_image_status_t qb_index_find(const qb_value_t *index, const qb_value_t *key, uint32_t hash,
                                uint32_t depth, qb_work_t *work, uint64_t *entry) {
    if (index->store == QB_STORE_BITS) return find_bit(index, key, entry);
    if (index->slots == 0) return find_one_by_one(index, key, hash, depth, work, entry);
    uint32_t mask = index->slots - 1;
    uint32_t slot = hash & mask;
    for (uint32_t tries = 0; tries < index->slots; tries++, slot = (slot + 1) & mask) {
        uint32_t number = qb_u32(index->base + (uint64_t)slot * 4);
        if (number == 0) return QB_IMAGE_E_NOT_FOUND;
        if (number > index->count) return QB_IMAGE_E_CORRUPT;
        qb_image_status_t status = is_entry(index, number - 1, key, hash, depth, work);
        *entry = number - 1;
        if (status != QB_IMAGE_E_NOT_FOUND) return status;
    }
    return QB_IMAGE_E_NOT_FOUND;
}

qb_image_status_t qb_value_find(const qb_value_t *value, qb_value_t key, qb_value_t *element) {
    qb_value_t unused;
    if (element == NULL) element = &unused;
    if (value->kind != QB_KIND_SET && value->kind != QB_KIND_DICT) return QB_IMAGE_E_KIND;
    qb_work_t work = {QB_WORK_MAX};
    uint32_t hash = 0;
    uint64_t entry = 0;
    QB_TRY(qb_key_hash(&key, 0, &work, &hash));
    QB_TRY(qb_index_find(value, &key, hash, 0, &work, &entry));
    if (value->store == QB_STORE_BITS) {
        *element = qb_value_of_uint(entry);
        return QB_IMAGE_OK;
    }
    return read_entry(value, entry, value->kind == QB_KIND_DICT ? 8 : 4, element);
}

/* ---- steps ----------------------------------------------------------------------------------- */

static qb_image_status_t next_bit(const qb_value_t *value, uint64_t *cursor, qb_value_t *element) {
    uint64_t end = (uint64_t)value->slots * 32;
    for (uint64_t bit = *cursor; bit < end;) {
        uint32_t word = qb_u32(value->data + bit / 32 * 4) >> bit % 32;
        if (word == 0) {
            bit = (bit / 32 + 1) * 32;
            continue;
        }
        while ((word & 1u) == 0) {
            word >>= 1;
            bit++;
        }
        *cursor = bit + 1;
        *element = qb_value_of_uint(value->number.u64 + bit);
        return QB_IMAGE_OK;
    }
    return QB_IMAGE_E_NOT_FOUND;
}

qb_image_status_t qb_index_next(const qb_value_t *value, uint64_t *cursor, qb_value_t *key,
                                qb_value_t *element) {
    if (value->store == QB_STORE_BITS) {
        QB_TRY(next_bit(value, cursor, element));
        *key = *element;
        return QB_IMAGE_OK;
    }
    uint64_t entry = *cursor;
    if (entry >= value->count) return QB_IMAGE_E_NOT_FOUND;
    *cursor = entry + 1;
    QB_TRY(qb_index_key(value, entry, key));
    if (value->kind == QB_KIND_DICT) return read_entry(value, entry, 8, element);
    *element = *key;
    return QB_IMAGE_OK;
}
