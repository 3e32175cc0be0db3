/*
 * Numbers by value: integers of any size and floats, compared exactly.
 *
 * An integer that a float holds becomes that float. Of the others it is known that they have more than 53
 * significant bits or are beyond all floats, so no float equals them.
 */
#include "image/number.h"

#include "image/bytes.h"

#define SIGNIFICANT_BITS 53u
#define EXPONENT_MAX 1023u

static double double_of_bits(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

uint32_t qb_magnitude_trim(const uint8_t *magnitude, uint64_t bytes) {
    uint32_t count = (uint32_t)bytes;
    while (count > 0 && magnitude[count - 1] == 0) {
        count--;
    }
    return count;
}

/* The bits `low` .. `top` of a magnitude, at most 64. */
static uint64_t bits_between(const uint8_t *magnitude, uint32_t low, uint32_t top) {
    uint64_t value = 0;
    for (uint32_t bit = low; bit <= top; bit++) {
        value |= (uint64_t)(magnitude[bit / 8] >> bit % 8 & 1u) << (bit - low);
    }
    return value;
}

static int has_bit_below(const uint8_t *magnitude, uint32_t low) {
    for (uint32_t i = 0; i < low / 8; i++) {
        if (magnitude[i] != 0) return 1;
    }
    return low % 8 != 0 && (magnitude[low / 8] & ((1u << low % 8) - 1u)) != 0;
}

/* The largest float that is not above a magnitude (trimmed, not 0); *is_exact: it is the magnitude. */
static double truncated(const uint8_t *magnitude, uint32_t bytes, int *is_exact) {
    uint32_t top = bytes * 8 - 1;
    while ((magnitude[top / 8] >> top % 8 & 1u) == 0) {
        top--;
    }
    *is_exact = 0;
    if (top > EXPONENT_MAX) return double_of_bits(0x7fefffffffffffffull); /* the largest one */
    uint32_t low = top >= SIGNIFICANT_BITS - 1 ? top - (SIGNIFICANT_BITS - 1) : 0;
    uint64_t significant = bits_between(magnitude, low, top);
    significant <<= SIGNIFICANT_BITS - 1 - (top - low);
    *is_exact = !has_bit_below(magnitude, low);
    return double_of_bits((uint64_t)(top + EXPONENT_MAX) << 52 |
                          (significant & ((1ull << 52) - 1)));
}

static void set_float(qb_number_t *number, double value) {
    number->f64 = value == 0 ? 0 : value;
    number->big_bytes = 0;
}

/* magnitude may be number->small. */
static void set_magnitude(qb_number_t *number, const uint8_t *magnitude, uint64_t bytes) {
    uint32_t trimmed = qb_magnitude_trim(magnitude, bytes);
    int is_exact = 1;
    double value = trimmed == 0 ? 0 : truncated(magnitude, trimmed, &is_exact);
    if (is_exact) {
        set_float(number, number->is_negative ? -value : value);
    } else {
        number->f64 = number->is_negative ? -value : value;
        number->big_bytes = trimmed;
    }
}

static void set_u64(qb_number_t *number, uint64_t magnitude) {
    if (magnitude < 1ull << SIGNIFICANT_BITS) {
        double value = (double)magnitude;
        set_float(number, number->is_negative ? -value : value);
        return;
    }
    memcpy(number->small, &magnitude, sizeof magnitude);
    set_magnitude(number, number->small, sizeof magnitude);
}

int qb_number_of(const qb_value_t *value, qb_number_t *number) {
    number->big = NULL;
    number->is_negative = 0;
    switch ((qb_kind_t)value->kind) {
    case QB_KIND_FLOAT: set_float(number, value->number.f64); return 1;
    case QB_KIND_UNSIGNED: set_u64(number, value->number.u64); return 1;
    case QB_KIND_INTEGER: {
        int64_t whole = value->number.i64;
        number->is_negative = whole < 0;
        set_u64(number, whole < 0 ? 0 - (uint64_t)whole : (uint64_t)whole);
        return 1;
    }
    case QB_KIND_BIG:
        number->is_negative = (value->flags & QB_NEGATIVE) != 0;
        number->big = value->data;
        set_magnitude(number, value->data, value->count);
        return 1;
    default: return 0;
    }
}

/* ---- order ----------------------------------------------------------------------------------- */

static int compare_floats(double a, double b) {
    int a_is_nan = a != a;
    int b_is_nan = b != b;
    if (a_is_nan || b_is_nan) return a_is_nan - b_is_nan;
    return (a > b) - (a < b);
}

static int compare_magnitudes(const qb_number_t *a, const qb_number_t *b) {
    if (a->big_bytes != b->big_bytes) return a->big_bytes > b->big_bytes ? 1 : -1;
    const uint8_t *x = qb_number_magnitude(a);
    const uint8_t *y = qb_number_magnitude(b);
    for (uint32_t i = a->big_bytes; i > 0; i--) {
        if (x[i - 1] != y[i - 1]) return x[i - 1] > y[i - 1] ? 1 : -1;
    }
    return 0;
}

int qb_number_compare(const qb_number_t *a, const qb_number_t *b) {
    if (a->big_bytes == 0 && b->big_bytes == 0) return compare_floats(a->f64, b->f64);
    if (a->big_bytes != 0 && b->big_bytes != 0) {
        if (a->is_negative != b->is_negative) return a->is_negative ? -1 : 1;
        int order = compare_magnitudes(a, b);
        return a->is_negative ? -order : order;
    }
    /* One is beyond the float that it was cut to, away from 0: a float that equals this is nearer to 0. */
    int order = compare_floats(a->f64, b->f64);
    if (order != 0) return order;
    int is_above = a->big_bytes != 0 ? !a->is_negative : (int)b->is_negative;
    return is_above ? 1 : -1;
}

/* ---- as C has them --------------------------------------------------------------------------- */

qb_image_status_t qb_value_int64(const qb_value_t *value, int64_t *number) {
    *number = 0;
    switch ((qb_kind_t)value->kind) {
    case QB_KIND_INTEGER: *number = value->number.i64; return QB_IMAGE_OK;
    case QB_KIND_FLOAT: {
        double whole = value->number.f64;
        if (!(whole >= -0x1p63 && whole < 0x1p63)) return QB_IMAGE_E_RANGE;
        int64_t cut = (int64_t)whole;
        if ((double)cut != whole) return QB_IMAGE_E_RANGE;
        *number = cut;
        return QB_IMAGE_OK;
    }
    case QB_KIND_UNSIGNED: return QB_IMAGE_E_RANGE;
    case QB_KIND_BIG: break;
    default: return QB_IMAGE_E_KIND;
    }
    uint32_t bytes = qb_magnitude_trim(value->data, value->count);
    uint64_t magnitude = 0;
    if (bytes > 8) return QB_IMAGE_E_RANGE;
    memcpy(&magnitude, value->data, bytes);
    int is_negative = (value->flags & QB_NEGATIVE) != 0;
    if (magnitude > (uint64_t)INT64_MAX + (is_negative ? 1 : 0)) return QB_IMAGE_E_RANGE;
    *number = (int64_t)(is_negative ? 0 - magnitude : magnitude);
    return QB_IMAGE_OK;
}

qb_image_status_t qb_value_uint64(const qb_value_t *value, uint64_t *number) {
    *number = 0;
    if (value->kind == QB_KIND_UNSIGNED) {
        *number = value->number.u64;
        return QB_IMAGE_OK;
    }
    if (value->kind == QB_KIND_FLOAT && value->number.f64 >= 0x1p63) {
        if (value->number.f64 >= 0x1p64) return QB_IMAGE_E_RANGE;
        *number = (uint64_t)value->number.f64;
        return QB_IMAGE_OK;
    }
    if (value->kind == QB_KIND_BIG && (value->flags & QB_NEGATIVE) == 0) {
        uint32_t bytes = qb_magnitude_trim(value->data, value->count);
        if (bytes > 8) return QB_IMAGE_E_RANGE;
        memcpy(number, value->data, bytes);
        return QB_IMAGE_OK;
    }
    int64_t whole = 0;
    QB_TRY(qb_value_int64(value, &whole));
    if (whole < 0) return QB_IMAGE_E_RANGE;
    *number = (uint64_t)whole;
    return QB_IMAGE_OK;
}

qb_image_status_t qb_value_double(const qb_value_t *value, double *number) {
    qb_number_t exact;
    *number = 0;
    if (value->kind == QB_KIND_FLOAT) {
        *number = value->number.f64; /* -0 as it is */
        return QB_IMAGE_OK;
    }
    if (!qb_number_of(value, &exact)) return QB_IMAGE_E_KIND;
    if (exact.big_bytes > (EXPONENT_MAX + 1) / 8) return QB_IMAGE_E_RANGE;
    *number = exact.f64;
    return QB_IMAGE_OK;
}
