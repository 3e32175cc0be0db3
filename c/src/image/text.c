/*
 * UTF-8 and UTF-16, one character at a time.
 *
 * Well-formed UTF-8 is that of the Unicode standard: no longer form than needed, no surrogates, nothing
 * above U+10FFFF.
 */
#include "image/text.h"

#include "image/bytes.h"

static int is_surrogate(uint32_t code) {
    return code >= 0xd800 && code <= 0xdfff;
}

uint32_t qb_utf8_next(const uint8_t **at, const uint8_t *end) {
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    uint32_t code = *(*at)++;
    if (code < 0x80) return code;
    if (code < 0xc2 || code > 0xf4) return QB_CODE_NONE;
    uint32_t more = code < 0xe0 ? 1 : code < 0xf0 ? 2 : 3;
    if ((uint64_t)(end - *at) < more) return QB_CODE_NONE;
    code &= 0x3fu >> more;
    for (uint32_t i = 0; i < more; i++) {
        uint32_t byte = (*at)[i];
        if ((byte & 0xc0u) != 0x80) return QB_CODE_NONE;
        code = code << 6 | (byte & 0x3fu);
    }
    *at += more;
    return code < least[more] || code > QB_CODE_MAX || is_surrogate(code) ? QB_CODE_NONE : code;
}

uint32_t qb_utf16_next(const uint8_t **at, const uint8_t *end) {
    uint32_t unit = qb_u16(*at);
    *at += 2;
    if (!is_surrogate(unit)) return unit;
    if (unit >= 0xdc00 || *at == end) return QB_CODE_NONE;
    uint32_t low = qb_u16(*at);
    if (low < 0xdc00 || low > 0xdfff) return QB_CODE_NONE;
    *at += 2;
    return 0x10000u + ((unit & 0x3ffu) << 10 | (low & 0x3ffu));
}

uint32_t qb_utf8_put(uint8_t *to, uint32_t code) {
    if (code < 0x80) {
        to[0] = (uint8_t)code;
        return 1;
    }
    uint32_t more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    for (uint32_t i = more; i > 0; i--, code >>= 6) {
        to[i] = (uint8_t)(0x80u | (code & 0x3fu));
    }
    to[0] = (uint8_t)(code | (0xf0u << (3 - more)));
    return more + 1;
}

int qb_utf8_is_sound(const uint8_t *text, uint64_t bytes) {
    const uint8_t *end = text + bytes;
    while (text < end) {
        if (end - text >= 8 && (qb_u64(text) & 0x8080808080808080ull) == 0) {
            text += 8;
        } else if (qb_utf8_next(&text, end) == QB_CODE_NONE) {
            return 0;
        }
    }
    return 1;
}

int qb_utf16_is_sound(const uint8_t *text, uint64_t bytes) {
    const uint8_t *end = text + bytes;
    while (text < end) {
        if (qb_utf16_next(&text, end) == QB_CODE_NONE) return 0;
    }
    return 1;
}
