/*
 * What values are, as JSON text: the form of test/golden/values.json and of described() in test/support/packed.js.
 *
 * It reads everything that it meets, so it is also what fuzzers and flipped bits are read with.
 */
#ifndef QB_TEST_DESCRIBE_H
#define QB_TEST_DESCRIBE_H

#include <stddef.h>

#include "qbwasm_image.h"

#include "text.h"

/* Describes a value. layout: of structs whose layout the bytes do not tell, or NULL. Ends with what the reader says
 * when it says something, or with E_LIMIT after `budget` values. */
qb_image_status_t describe(const qb_value_t *value, const qb_type_t *layout, size_t budget,
                           text_t *text);

/* Describes the root of an image: the form of test/golden/images.json and of describedImage() in test/support/images.js.
 * Objects are numbered within each element, key and value of a container. */
qb_image_status_t describe_image(const qb_image_t *image, size_t budget, text_t *text);

#endif
