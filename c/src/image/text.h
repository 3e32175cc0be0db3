/* Text in UTF-8 and UTF-16. */
#ifndef QB_IMAGE_TEXT_H
#define QB_IMAGE_TEXT_H

#include <stdint.h>

#define QB_CODE_MAX 0x10ffffu
#define QB_CODE_NONE 0xffffffffu /* what stands there is no character */

/* The character at *at, which is moved behind it. *at < end. */
uint32_t qb_utf8_next(const uint8_t **at, const uint8_t *end);
uint32_t qb_utf16_next(const uint8_t **at, const uint8_t *end); /* an even number of bytes */

/* Writes a character, up to 4 bytes. Returns how many. */
uint32_t qb_utf8_put(uint8_t *to, uint32_t code);

int qb_utf8_is_sound(const uint8_t *text, uint64_t bytes);
int qb_utf16_is_sound(const uint8_t *text, uint64_t bytes);

#endif
