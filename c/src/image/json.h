/*
 * As much of JSON as layouts need, and no more: no white space, whole numbers below 2^32, strings as
 * JSON.stringify writes them. What is read stays text; nothing is built.
 */
#ifndef QB_IMAGE_JSON_H
#define QB_IMAGE_JSON_H

#include <stdint.h>

typedef struct qb_json {
    const uint8_t *at;
    const uint8_t *end;
} qb_json_t;

typedef struct qb_json_text {
    const uint8_t *at; /* between the quotes */
    uint32_t bytes;
} qb_json_text_t;

/* Each returns whether it stands there, and then is behind it. */
int qb_json_is(qb_json_t *json, const char *token);
int qb_json_string(qb_json_t *json, qb_json_text_t *text);
int qb_json_number(qb_json_t *json, uint32_t *number);

/* Whether the text, its escapes undone, is this name. */
int qb_json_equal(qb_json_text_t text, const char *name);

/* As UTF-8 with a 0 behind it, cut to `size` bytes; returns the bytes of the whole. */
uint32_t qb_json_copy(qb_json_text_t text, char *buffer, uint32_t size);

#endif
