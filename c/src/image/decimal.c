/*
 * Decimals as keys.
 *
 *     value = (-1)^negative * magnitude * 10^exponent
 *
 * The hash is over the magnitude without decimal zeros at its end, so they are divided away, nine at a time,
 * in a copy on the stack (64 KiB, the largest magnitude). Two are compared by dividing the one with the
 * smaller exponent until both exponents are one. Every division is paid for from the work of the lookup.
 */
#include "image/decimal.h"

#include "image/bytes.h"
#include "image/hash.h"
#include "image/number.h"

#define LIMBS_MAX (QB_MAGNITUDE_BYTES_MAX / 4)
#define STEP_ZEROS 9u

typedef struct limbs {
    uint32_t count; /* the last one is not 0 */
    uint32_t limb[LIMBS_MAX];
} limbs_t;

static void load(limbs_t *limbs, const uint8_t *magnitude, uint32_t bytes) {
    limbs->count = (bytes + 3) / 4;
    if (bytes == 0) return;
    limbs->limb[limbs->count - 1] = 0;
    memcpy(limbs->limb, magnitude, bytes);
    while (limbs->count > 0 && limbs->limb[limbs->count - 1] == 0) {
        limbs->count--; /* the bytes changed meanwhile */
    }
}

static uint32_t remainder_of(const limbs_t *limbs, uint32_t divisor) {
    uint64_t rest = 0;
    for (uint32_t i = limbs->count; i > 0; i--) {
        rest = (rest << 32 | limbs->limb[i - 1]) % divisor;
    }
    return (uint32_t)rest;
}

static void divide(limbs_t *limbs, uint32_t divisor) {
    uint64_t rest = 0;
    for (uint32_t i = limbs->count; i > 0; i--) {
        rest = rest << 32 | limbs->limb[i - 1];
        limbs->limb[i - 1] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    while (limbs->count > 0 && limbs->limb[limbs->count - 1] == 0) {
        limbs->count--;
    }
}

/* Divides by 10^zeros when nothing is left over. *is_exact: it was so. */
static qb_image_status_t shorten(limbs_t *limbs, uint64_t zeros, qb_work_t *work, int *is_exact) {
    *is_exact = 0;
    while (zeros > 0 && limbs->count > 0) {
        uint32_t divisor = 1;
        for (; zeros > 0 && divisor < 1000000000u; zeros--) {
            divisor *= 10;
        }
        if (!qb_work_spend(work, 2 * (uint64_t)limbs->count)) return QB_IMAGE_E_LIMIT;
        if (remainder_of(limbs, divisor) != 0) return QB_IMAGE_OK;
        divide(limbs, divisor);
    }
    *is_exact = limbs->count > 0;
    return QB_IMAGE_OK;
}

/* Divides all decimal zeros at the end away and returns how many there were. */
static qb_image_status_t normalise(limbs_t *limbs, qb_work_t *work, uint64_t *zeros) {
    *zeros = 0;
    for (uint32_t step = STEP_ZEROS; step > 0;) {
        int is_exact = 0;
        QB_TRY(shorten(limbs, step, work, &is_exact));
        if (is_exact) {
            *zeros += step;
        } else {
            step = step == STEP_ZEROS ? 1 : 0; /* fewer than nine are left: one by one */
        }
    }
    return QB_IMAGE_OK;
}

static qb_image_status_t hash_limbs(limbs_t *limbs, const qb_value_t *decimal, uint32_t bytes,
                                    qb_work_t *work, uint32_t *hash) {
    uint64_t zeros = 0;
    load(limbs, decimal->data, bytes);
    QB_TRY(normalise(limbs, work, &zeros));
    uint32_t seed =
        (decimal->flags & QB_NEGATIVE) != 0 ? QB_SEED_DECIMAL_NEGATIVE : QB_SEED_DECIMAL;
    qb_hasher_t hasher = {.hash = seed};
    uint32_t size = qb_magnitude_trim((const uint8_t *)limbs->limb, (uint64_t)limbs->count * 4);
    for (uint32_t i = 0; i < size; i++) {
        qb_hasher_byte(&hasher, limbs->limb[i / 4] >> i % 4 * 8 & 255u);
    }
    uint32_t exponent = (uint32_t)((int64_t)decimal->exponent + (int64_t)zeros);
    for (uint32_t i = 0; i < 4; i++) {
        qb_hasher_byte(&hasher, exponent >> i * 8 & 255u);
    }
    *hash = qb_hasher_end(&hasher);
    return QB_IMAGE_OK;
}

qb_image_status_t qb_decimal_hash(const qb_value_t *decimal, qb_work_t *work, uint32_t *hash) {
    uint32_t bytes = qb_magnitude_trim(decimal->data, decimal->count);
    if (bytes == 0) {
        *hash = qb_hash_end(QB_SEED_DECIMAL, 0);
        return QB_IMAGE_OK;
    }
    limbs_t limbs;
    return hash_limbs(&limbs, decimal, bytes, work, hash);
}

/* low has the smaller exponent. */
static qb_image_status_t equal_limbs(const qb_value_t *low, uint32_t low_bytes,
                                     const qb_value_t *high, uint32_t high_bytes, qb_work_t *work,
                                     int *is_equal) {
    limbs_t limbs;
    int is_exact = 0;
    load(&limbs, low->data, low_bytes);
    uint64_t zeros = (uint64_t)((int64_t)high->exponent - low->exponent);
    QB_TRY(shorten(&limbs, zeros, work, &is_exact));
    if (!is_exact) return QB_IMAGE_OK;
    uint32_t bytes = qb_magnitude_trim((const uint8_t *)limbs.limb, (uint64_t)limbs.count * 4);
    *is_equal = bytes == high_bytes && memcmp(limbs.limb, high->data, bytes) == 0;
    return QB_IMAGE_OK;
}

qb_image_status_t qb_decimal_equal(const qb_value_t *a, const qb_value_t *b, qb_work_t *work,
                                   int *is_equal) {
    uint32_t a_bytes = qb_magnitude_trim(a->data, a->count);
    uint32_t b_bytes = qb_magnitude_trim(b->data, b->count);
    *is_equal = a_bytes == 0 && b_bytes == 0;
    if (a_bytes == 0 || b_bytes == 0) return QB_IMAGE_OK;
    if (((a->flags ^ b->flags) & QB_NEGATIVE) != 0) return QB_IMAGE_OK;
    if (!qb_work_spend(work, (a_bytes + b_bytes) / 8)) return QB_IMAGE_E_LIMIT;
    if (a->exponent == b->exponent) {
        *is_equal = a_bytes == b_bytes && memcmp(a->data, b->data, a_bytes) == 0;
        return QB_IMAGE_OK;
    }
    return a->exponent < b->exponent ? equal_limbs(a, a_bytes, b, b_bytes, work, is_equal)
                                     : equal_limbs(b, b_bytes, a, a_bytes, work, is_equal);
}
