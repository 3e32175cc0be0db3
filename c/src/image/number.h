/* Numbers by value, whatever they are stored as. */
#ifndef QB_IMAGE_NUMBER_H
#define QB_IMAGE_NUMBER_H

#include "qbwasm_image.h"

/*
 * In one of two forms, so that equal numbers have equal forms:
 *
 *     big_bytes 0   a number that a float holds: `f64`, -0 as 0
 *     else          an integer that no float holds: sign and magnitude
 */
typedef struct qb_number {
    double f64;
    const uint8_t *big; /* magnitude, least byte first, the last one not 0; NULL: it is `small` */
    uint32_t big_bytes;
    uint32_t is_negative;
    uint8_t small[8];
} qb_number_t;

/* False when the value is no number. Reads the magnitude of big ones. */
int qb_number_of(const qb_value_t *value, qb_number_t *number);

/* -1, 0, 1. NaN equals NaN and comes last. */
int qb_number_compare(const qb_number_t *a, const qb_number_t *b);

static inline const uint8_t *qb_number_magnitude(const qb_number_t *number) {
    return number->big != NULL ? number->big : number->small;
}

/* Bytes of a magnitude without the zeros at its end. */
uint32_t qb_magnitude_trim(const uint8_t *magnitude, uint64_t bytes);

#endif
