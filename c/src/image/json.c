/* JSON as layouts have it. */
#include "image/json.h"

#include "image/bytes.h"
#include "image/text.h"

int qb_json_is(qb_json_t *json, const char *token) {
    size_t bytes = strlen(token);
    if ((size_t)(json->end - json->at) < bytes || memcmp(json->at, token, bytes) != 0) return 0;
    json->at += bytes;
    return 1;
}

static int hex_of(uint8_t digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    return -1;
}

/* The four digits of an escape; QB_CODE_NONE: there are none. */
static uint32_t unit_at(const uint8_t *at, const uint8_t *end) {
    uint32_t unit = 0;
    if (end - at < 4) return QB_CODE_NONE;
    for (int i = 0; i < 4; i++) {
        int digit = hex_of(at[i]);
        if (digit < 0) return QB_CODE_NONE;
        unit = unit << 4 | (uint32_t)digit;
    }
    return unit;
}

/* Whether a low surrogate stands there as an escape. */
static int is_low_escape(const uint8_t *at, const uint8_t *end) {
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return 0;
    uint32_t unit = unit_at(at + 2, end);
    return unit >= 0xdc00 && unit <= 0xdfff;
}

/* The character or escape at *at, which is moved behind it. There is one form of each: JSON.stringify escapes control
 * characters and lone surrogates, and nothing else by number. */
static uint32_t next_code(const uint8_t **at, const uint8_t *end) {
    static const char named[] = "\"\\bfnrt";
    static const char meant[] = "\"\\\b\f\n\r\t";
    uint32_t code = qb_utf8_next(at, end);
    if (code < 0x20) return QB_CODE_NONE;
    if (code != '\\') return code;
    if (*at == end) return QB_CODE_NONE;
    uint8_t escape = *(*at)++;
    if (escape == 'u') {
        code = unit_at(*at, end);
        int is_control = code < 0x20 && memchr(meant, (int)code, sizeof meant - 1) == NULL;
        int is_surrogate = code >= 0xd800 && code <= 0xdfff;
        if (!is_control && !is_surrogate) return QB_CODE_NONE;
        *at += 4;
        return code < 0xdc00 && is_low_escape(*at, end) ? QB_CODE_NONE : code;
    }
    const char *found = memchr(named, escape, sizeof named - 1);
    return found == NULL ? QB_CODE_NONE : (uint32_t)meant[found - named];
}

int qb_json_string(qb_json_t *json, qb_json_text_t *text) {
    if (!qb_json_is(json, "\"")) return 0;
    text->at = json->at;
    while (json->at < json->end) {
        if (*json->at == '"') {
            text->bytes = (uint32_t)(json->at - text->at);
            json->at++;
            return 1;
        }
        if (next_code(&json->at, json->end) == QB_CODE_NONE) return 0;
    }
    return 0;
}

int qb_json_number(qb_json_t *json, uint32_t *number) {
    const uint8_t *first = json->at;
    uint64_t value = 0;
    while (json->at < json->end && *json->at >= '0' && *json->at <= '9') {
        value = value * 10 + (uint64_t)(*json->at++ - '0');
        if (value > UINT32_MAX) return 0;
    }
    *number = (uint32_t)value;
    int64_t digits = json->at - first;
    return digits > 0 && (digits == 1 || *first != '0');
}

/* A surrogate that stands alone is no character. */
static uint32_t shown(uint32_t code) {
    return code >= 0xd800 && code <= 0xdfff ? 0xfffdu : code;
}

int qb_json_equal(qb_json_text_t text, const char *name) {
    const uint8_t *end = text.at + text.bytes;
    for (const uint8_t *at = text.at; at < end;) {
        uint32_t code = next_code(&at, end);
        if (code == QB_CODE_NONE || *name == 0) return 0;
        uint8_t utf8[4];
        uint32_t bytes = qb_utf8_put(utf8, shown(code));
        if (strncmp(name, (const char *)utf8, bytes) != 0) return 0;
        name += bytes;
    }
    return *name == 0;
}

uint32_t qb_json_copy(qb_json_text_t text, char *buffer, uint32_t size) {
    const uint8_t *end = text.at + text.bytes;
    uint32_t count = 0;
    uint32_t kept = 0;
    for (const uint8_t *at = text.at; at < end;) {
        uint32_t code = next_code(&at, end);
        if (code == QB_CODE_NONE) break;
        uint8_t utf8[4];
        uint32_t bytes = qb_utf8_put(utf8, shown(code));
        if (kept == count && count + bytes < size) {
            memcpy(buffer + count, utf8, bytes);
            kept += bytes;
        }
        count += bytes;
    }
    if (size > 0) buffer[kept] = 0;
    return count;
}
