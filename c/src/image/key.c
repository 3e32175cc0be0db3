/*
 * Keys by value: kinds, hashes, equality (docs/format.md, Keys).
 *
 * Both walk into tuples and sets, at most QB_KEY_DEPTH_MAX deep. The members of a set that is a key are looked up
 * in the other set by their true hashes; what hashes the bytes say is trusted only as far as a wrong one makes
 * something unfindable.
 */
#include "image/key.h"

#include "image/bytes.h"
#include "image/decimal.h"
#include "image/hash.h"
#include "image/number.h"
#include "image/text.h"

/* What equals what at all. */
typedef enum key_group {
    GROUP_NONE,
    GROUP_NULL,
    GROUP_BOOL,
    GROUP_NUMBER,
    GROUP_STRING,
    GROUP_BYTES,
    GROUP_INSTANT,
    GROUP_WALL,
    GROUP_DECIMAL,
    GROUP_TUPLE,
    GROUP_SET,
} key_group_t;

static key_group_t group_of(const qb_value_t *value) {
    switch ((qb_kind_t)value->kind) {
    case QB_KIND_NULL: return GROUP_NULL;
    case QB_KIND_BOOL: return GROUP_BOOL;
    case QB_KIND_INTEGER:
    case QB_KIND_UNSIGNED:
    case QB_KIND_FLOAT:
    case QB_KIND_BIG: return GROUP_NUMBER;
    case QB_KIND_STRING: return GROUP_STRING;
    case QB_KIND_BYTES: return GROUP_BYTES;
    case QB_KIND_DATE: return (value->flags & QB_WALL) != 0 ? GROUP_WALL : GROUP_INSTANT;
    case QB_KIND_DECIMAL: return GROUP_DECIMAL;
    case QB_KIND_LIST:
    case QB_KIND_TUPLE: return GROUP_TUPLE;
    case QB_KIND_SET: return GROUP_SET;
    default: return GROUP_NONE;
    }
}

/* ---- hashes ---------------------------------------------------------------------------------- */

static uint32_t hash_float(uint32_t seed, double value) {
    uint64_t bits = 0x7ff8000000000000ull;
    if (value == value) memcpy(&bits, &value, sizeof bits);
    if (value == 0) bits = 0;
    return qb_hash_end(qb_hash_word(qb_hash_word(seed, (uint32_t)bits), (uint32_t)(bits >> 32)), 8);
}

static uint32_t hash_number(const qb_value_t *value) {
    qb_number_t number;
    (void)qb_number_of(value, &number);
    if (number.big_bytes == 0) return hash_float(QB_SEED_NUMBER, number.f64);
    uint32_t seed = number.is_negative ? QB_SEED_BIG_NEGATIVE : QB_SEED_BIG;
    return qb_hash_bytes(seed, qb_number_magnitude(&number), number.big_bytes);
}

static uint32_t hash_text(const qb_value_t *value) {
    if ((value->flags & QB_UTF16) == 0) {
        return qb_hash_bytes(QB_SEED_STRING, value->data, (uint32_t)value->count);
    }
    if (!qb_utf16_is_sound(value->data, value->count)) {
        return qb_hash_bytes(QB_SEED_UTF16, value->data, (uint32_t)value->count);
    }
    qb_hasher_t hasher = {.hash = QB_SEED_STRING};
    const uint8_t *end = value->data + value->count;
    for (const uint8_t *at = value->data; at < end;) {
        uint32_t code = qb_utf16_next(&at, end);
        uint8_t utf8[4];
        uint32_t bytes = qb_utf8_put(utf8, code == QB_CODE_NONE ? 0xfffdu : code);
        for (uint32_t i = 0; i < bytes; i++) {
            qb_hasher_byte(&hasher, utf8[i]);
        }
    }
    return qb_hasher_end(&hasher);
}

static qb_image_status_t hash_elements(const qb_value_t *value, uint32_t depth, qb_work_t *work,
                                       uint32_t *hash) {
    int is_set = value->kind == QB_KIND_SET;
    uint32_t mixed = QB_SEED_TUPLE;
    uint32_t sum = 0;
    uint32_t count = 0;
    qb_value_t element;
    for (uint64_t cursor = 0;; count++) {
        qb_image_status_t status = qb_value_next(value, &cursor, NULL, &element);
        if (status == QB_IMAGE_E_NOT_FOUND) break;
        if (status != QB_IMAGE_OK) return status;
        uint32_t inner = 0;
        QB_TRY(qb_key_hash(&element, depth + 1, work, &inner));
        if (is_set) {
            sum += inner;
        } else {
            mixed = qb_hash_word(mixed, inner);
        }
    }
    *hash = is_set ? qb_hash_end(qb_hash_word(qb_hash_word(QB_SEED_SET, sum), count), 8)
                   : qb_hash_end(mixed, count * 4);
    return QB_IMAGE_OK;
}

qb_image_status_t qb_key_hash(const qb_value_t *key, uint32_t depth, qb_work_t *work,
                              uint32_t *hash) {
    *hash = 0;
    if (depth > QB_KEY_DEPTH_MAX || !qb_work_spend(work, QB_WORK_ELEMENT)) return QB_IMAGE_E_LIMIT;
    switch (group_of(key)) {
    case GROUP_NULL: *hash = qb_hash_end(QB_SEED_NULL, 0); return QB_IMAGE_OK;
    case GROUP_BOOL:
        *hash = qb_hash_end(key->number.i64 != 0 ? QB_SEED_TRUE : QB_SEED_FALSE, 0);
        return QB_IMAGE_OK;
    case GROUP_NUMBER: *hash = hash_number(key); return QB_IMAGE_OK;
    case GROUP_INSTANT: *hash = hash_float(QB_SEED_INSTANT, key->number.f64); return QB_IMAGE_OK;
    case GROUP_WALL: *hash = hash_float(QB_SEED_WALL, key->number.f64); return QB_IMAGE_OK;
    case GROUP_DECIMAL: return qb_decimal_hash(key, work, hash);
    case GROUP_TUPLE:
    case GROUP_SET: return hash_elements(key, depth, work, hash);
    case GROUP_STRING:
    case GROUP_BYTES: break;
    case GROUP_NONE: return QB_IMAGE_E_KEY;
    }
    if (key->count > UINT32_MAX || !qb_work_spend(work, key->count / 8)) return QB_IMAGE_E_LIMIT;
    *hash = key->kind == QB_KIND_STRING
                ? hash_text(key)
                : qb_hash_bytes(QB_SEED_BYTES, key->data, (uint32_t)key->count);
    return QB_IMAGE_OK;
}

/* ---- equality -------------------------------------------------------------------------------- */

static int equal_numbers(const qb_value_t *a, const qb_value_t *b) {
    if (a->kind == QB_KIND_INTEGER && b->kind == QB_KIND_INTEGER) {
        return a->number.i64 == b->number.i64;
    }
    qb_number_t x;
    qb_number_t y;
    (void)qb_number_of(a, &x);
    (void)qb_number_of(b, &y);
    return qb_number_compare(&x, &y) == 0;
}

static int equal_floats(double a, double b) {
    return a == b || (a != a && b != b);
}

/* One is UTF-8, the other UTF-16. */
static int equal_mixed_text(const qb_value_t *utf8, const qb_value_t *utf16) {
    const uint8_t *a = utf8->data;
    const uint8_t *b = utf16->data;
    const uint8_t *a_end = a + utf8->count;
    const uint8_t *b_end = b + utf16->count;
    while (a < a_end && b < b_end) {
        uint32_t code = qb_utf8_next(&a, a_end);
        if (code == QB_CODE_NONE || code != qb_utf16_next(&b, b_end)) return 0;
    }
    return a == a_end && b == b_end;
}

static qb_image_status_t equal_text(const qb_value_t *a, const qb_value_t *b, qb_work_t *work,
                                    int *is_equal) {
    int is_mixed = a->kind == QB_KIND_STRING && ((a->flags ^ b->flags) & QB_UTF16) != 0;
    if (!is_mixed && a->count != b->count) return QB_IMAGE_OK;
    if (!qb_work_spend(work, (a->count + b->count) / 16)) return QB_IMAGE_E_LIMIT;
    if (!is_mixed) {
        *is_equal = a->count == 0 || memcmp(a->data, b->data, a->count) == 0;
    } else {
        *is_equal = (a->flags & QB_UTF16) == 0 ? equal_mixed_text(a, b) : equal_mixed_text(b, a);
    }
    return QB_IMAGE_OK;
}

static qb_image_status_t equal_tuples(const qb_value_t *a, const qb_value_t *b, uint32_t depth,
                                      qb_work_t *work, int *is_equal) {
    if (a->count != b->count) return QB_IMAGE_OK;
    for (uint64_t i = 0; i < a->count; i++) {
        qb_value_t x;
        qb_value_t y;
        int is_same = 0;
        QB_TRY(qb_value_at(a, i, &x));
        QB_TRY(qb_value_at(b, i, &y));
        QB_TRY(qb_key_equal(&x, &y, depth + 1, work, &is_same));
        if (!is_same) return QB_IMAGE_OK;
    }
    *is_equal = 1;
    return QB_IMAGE_OK;
}

static qb_image_status_t equal_sets(const qb_value_t *a, const qb_value_t *b, uint32_t depth,
                                    qb_work_t *work, int *is_equal) {
    if (a->count != b->count) return QB_IMAGE_OK;
    qb_value_t member;
    for (uint64_t cursor = 0;;) {
        qb_image_status_t status = qb_value_next(a, &cursor, NULL, &member);
        if (status == QB_IMAGE_E_NOT_FOUND) break;
        if (status != QB_IMAGE_OK) return status;
        uint32_t hash = 0;
        uint64_t entry = 0;
        QB_TRY(qb_key_hash(&member, depth + 1, work, &hash));
        status = qb_index_find(b, &member, hash, depth + 1, work, &entry);
        if (status == QB_IMAGE_E_NOT_FOUND) return QB_IMAGE_OK;
        if (status != QB_IMAGE_OK) return status;
    }
    *is_equal = 1;
    return QB_IMAGE_OK;
}

qb_image_status_t qb_key_equal(const qb_value_t *a, const qb_value_t *b, uint32_t depth,
                               qb_work_t *work, int *is_equal) {
    *is_equal = 0;
    if (depth > QB_KEY_DEPTH_MAX || !qb_work_spend(work, QB_WORK_ELEMENT)) return QB_IMAGE_E_LIMIT;
    key_group_t group = group_of(a);
    if (group != group_of(b)) return QB_IMAGE_OK;
    switch (group) {
    case GROUP_NONE: return QB_IMAGE_E_KEY;
    case GROUP_NULL: *is_equal = 1; return QB_IMAGE_OK;
    case GROUP_BOOL: *is_equal = a->number.i64 == b->number.i64; return QB_IMAGE_OK;
    case GROUP_NUMBER: *is_equal = equal_numbers(a, b); return QB_IMAGE_OK;
    case GROUP_INSTANT:
    case GROUP_WALL: *is_equal = equal_floats(a->number.f64, b->number.f64); return QB_IMAGE_OK;
    case GROUP_STRING:
    case GROUP_BYTES: return equal_text(a, b, work, is_equal);
    case GROUP_DECIMAL: return qb_decimal_equal(a, b, work, is_equal);
    case GROUP_TUPLE: return equal_tuples(a, b, depth, work, is_equal);
    case GROUP_SET: return equal_sets(a, b, depth, work, is_equal);
    }
    return QB_IMAGE_E_KEY;
}

qb_image_status_t qb_value_hash(const qb_value_t *key, uint32_t *hash) {
    qb_work_t work = {QB_WORK_MAX};
    return qb_key_hash(key, 0, &work, hash);
}

qb_image_status_t qb_value_equal(const qb_value_t *a, const qb_value_t *b, int *is_equal) {
    qb_work_t work = {QB_WORK_MAX};
    *is_equal = 0;
    if (group_of(a) == GROUP_NONE || group_of(b) == GROUP_NONE) return QB_IMAGE_E_KEY;
    return qb_key_equal(a, b, 0, &work, is_equal);
}
