/* Text that grows. */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_put_bytes(text_t *text, const char *bytes, size_t size) {
    if (text->size + size + 1 > text->room) {
        text->room = (text->size + size + 1) * 2;
        char *grown = realloc(text->bytes, text->room);
        if (grown == NULL) abort();
        text->bytes = grown;
    }
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
    text->bytes[text->size] = 0;
}

void text_put(text_t *text, const char *format, ...) {
    char buffer[128];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    text_put_bytes(text, buffer, (size_t)size);
}

void text_put_string(text_t *text, const uint8_t *utf8, uint64_t bytes) {
    static const char named[] = "\b\f\n\r\t\"\\";
    static const char letters[] = "bfnrt\"\\";
    text_put(text, "\"");
    for (uint64_t i = 0; i < bytes; i++) {
        const char *found = utf8[i] == 0 ? NULL : memchr(named, utf8[i], sizeof named - 1);
        if (found != NULL) {
            text_put(text, "\\%c", letters[found - named]);
        } else if (utf8[i] < 0x20) {
            text_put(text, "\\u%04x", utf8[i]);
        } else {
            text_put_bytes(text, (const char *)utf8 + i, 1);
        }
    }
    text_put(text, "\"");
}

void text_put_utf16(text_t *text, const uint8_t *utf16, uint64_t bytes) {
    text_put(text, "\"");
    for (uint64_t i = 0; i + 1 < bytes; i += 2) {
        text_put(text, "\\u%04x", (unsigned)(utf16[i] | utf16[i + 1] << 8));
    }
    text_put(text, "\"");
}

void text_put_hex(text_t *text, const uint8_t *bytes, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        text_put(text, "%02x", bytes[i]);
    }
}

void text_free(text_t *text) {
    free(text->bytes);
    *text = (text_t){0};
}
