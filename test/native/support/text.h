/* Text that grows. Out of memory ends the process. */
#ifndef QB_TEST_TEXT_H
#define QB_TEST_TEXT_H

#include <stddef.h>
#include <stdint.h>

typedef struct text {
    char *bytes; /* ends with 0 */
    size_t size;
    size_t room;
} text_t;

void text_put_bytes(text_t *text, const char *bytes, size_t size);

/* At most 127 characters. */
void text_put(text_t *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* In quotes, as JSON.stringify writes it. */
void text_put_string(text_t *text, const uint8_t *utf8, uint64_t bytes);

/* The same text from UTF-16, all of it in escapes. */
void text_put_utf16(text_t *text, const uint8_t *utf16, uint64_t bytes);

void text_put_hex(text_t *text, const uint8_t *bytes, uint64_t count);

void text_free(text_t *text);

#endif
