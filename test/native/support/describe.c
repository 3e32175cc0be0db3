/* See describe.h. Strings are written as JSON.stringify does. */
#include "describe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TRY(call)                                                                                  \
    do {                                                                                           \
        qb_image_status_t try_status = (call);                                                     \
        if (try_status != QB_IMAGE_OK) return try_status;                                          \
    } while (0)

#define DEPTH_MAX 200
#define MAGNITUDE_SHOWN_MAX 1024
#define SAFE_INTEGER 9007199254740991.0

typedef struct describer {
    text_t *text;
    const qb_type_t *layout;
    size_t budget;
    uint64_t seen_count;
    uint64_t *seen; /* hash table of body, number + 1 */
    size_t seen_slots;
    size_t depth;
} describer_t;

/* ---- identity -------------------------------------------------------------------------------- */

static void seen_grow(describer_t *describer) {
    size_t slots = describer->seen_slots == 0 ? 64 : describer->seen_slots * 2;
    uint64_t *table = calloc(slots * 2, sizeof *table);
    if (table == NULL) abort();
    for (size_t i = 0; i < describer->seen_slots; i++) {
        const uint64_t *old = describer->seen + i * 2;
        if (old[1] == 0) continue;
        size_t slot = old[0] / 8 % slots;
        while (table[slot * 2 + 1] != 0) {
            slot = (slot + 1) % slots;
        }
        memcpy(table + slot * 2, old, 2 * sizeof *table);
    }
    free(describer->seen);
    describer->seen = table;
    describer->seen_slots = slots;
}

/* The number of an object that was met before; else gives it one and returns -1. */
static int64_t seen_before(describer_t *describer, uint64_t body) {
    uint64_t number = describer->seen_count++;
    if (body == 0) return -1;
    if (describer->seen_count * 2 > describer->seen_slots) seen_grow(describer);
    size_t slot = body / 8 % describer->seen_slots;
    for (; describer->seen[slot * 2 + 1] != 0; slot = (slot + 1) % describer->seen_slots) {
        if (describer->seen[slot * 2] != body) continue;
        describer->seen_count--;
        return (int64_t)describer->seen[slot * 2 + 1] - 1;
    }
    describer->seen[slot * 2] = body;
    describer->seen[slot * 2 + 1] = number + 1;
    return -1;
}

/* ---- numbers --------------------------------------------------------------------------------- */

static void put_bits(text_t *text, double value) {
    uint64_t bits;
    if (isnan(value)) value = NAN;
    memcpy(&bits, &value, sizeof bits);
    text_put(text, "\"%016llx\"", (unsigned long long)(isnan(value) ? 0x7ff8000000000000u : bits));
}

static void put_float(text_t *text, double value) {
    int is_safe = value <= SAFE_INTEGER && value >= -SAFE_INTEGER;
    int is_whole = is_safe && value == (double)(int64_t)value;
    if (is_whole && !(value == 0 && signbit(value))) {
        text_put(text, "[\"int\",\"%lld\"]", (long long)value);
        return;
    }
    text_put(text, "[\"float\",");
    put_bits(text, value);
    text_put(text, "]");
}

static void put_integer(text_t *text, int64_t value, int is_big) {
    int is_safe = value <= (int64_t)SAFE_INTEGER && value >= -(int64_t)SAFE_INTEGER;
    text_put(text, "[\"%s\",\"%lld\"]", is_big || !is_safe ? "big" : "int", (long long)value);
}

/* A magnitude in decimal, quoted; a large one, whose digits take long, in hexadecimal. */
static void put_magnitude(text_t *text, const qb_value_t *value) {
    if (value->count > MAGNITUDE_SHOWN_MAX) {
        text_put(text, "\"");
        text_put_hex(text, value->data, value->count);
        text_put(text, "\"");
        return;
    }
    uint8_t *rest = malloc(value->count + 1);
    char *digits = malloc(value->count * 3 + 2);
    if (rest == NULL || digits == NULL) abort();
    memcpy(rest, value->data, value->count);
    size_t bytes = value->count;
    size_t first = value->count * 3 + 2;
    do {
        uint32_t carry = 0;
        for (size_t i = bytes; i > 0; i--) {
            carry = carry << 8 | rest[i - 1];
            rest[i - 1] = (uint8_t)(carry / 10);
            carry %= 10;
        }
        digits[--first] = (char)('0' + carry);
        while (bytes > 0 && rest[bytes - 1] == 0) {
            bytes--;
        }
    } while (bytes > 0);
    int is_zero = digits[first] == '0';
    text_put(text, "\"%s", (value->flags & QB_NEGATIVE) != 0 && !is_zero ? "-" : "");
    text_put_bytes(text, digits + first, value->count * 3 + 2 - first);
    text_put(text, "\"");
    free(rest);
    free(digits);
}

/* ---- containers ------------------------------------------------------------------------------ */

static qb_image_status_t describe_value(describer_t *describer, const qb_value_t *value);

/* Of an object: text. */
static void put_key(text_t *text, const qb_value_t *key) {
    uint64_t bytes = key->kind == QB_KIND_STRING ? key->count : 0;
    if ((key->flags & QB_UTF16) != 0) {
        text_put_utf16(text, key->data, bytes);
    } else {
        text_put_string(text, key->data, bytes);
    }
}

/* What stands between the brackets: elements, or [key, value] of dicts and structs. */
static qb_image_status_t describe_all(describer_t *describer, const qb_value_t *value) {
    text_t *text = describer->text;
    int is_pair = value->kind == QB_KIND_DICT;
    int is_object = is_pair && (value->flags & QB_OBJECT) != 0;
    uint64_t cursor = 0;
    for (int i = 0;; i++) {
        qb_value_t key;
        qb_value_t element;
        qb_image_status_t status = qb_value_next(value, &cursor, &key, &element);
        if (status == QB_IMAGE_E_NOT_FOUND) return QB_IMAGE_OK;
        if (status != QB_IMAGE_OK) return status;
        if (i > 0) text_put(text, ",");
        if (is_object) {
            text_put(text, "[");
            put_key(text, &key);
            text_put(text, ",");
        } else if (is_pair) {
            describer->seen_count++; /* the pair is an array of JS */
            text_put(text, "[\"list\",[");
            TRY(describe_value(describer, &key));
            text_put(text, ",");
        }
        TRY(describe_value(describer, &element));
        if (is_object) text_put(text, "]");
        if (is_pair && !is_object) text_put(text, "]]");
    }
}

static qb_image_status_t describe_as(describer_t *describer, const qb_value_t *value,
                                     const char *kind) {
    text_put(describer->text, "[\"%s\",[", kind);
    TRY(describe_all(describer, value));
    text_put(describer->text, "]]");
    return QB_IMAGE_OK;
}

static void put_blob(text_t *text, const qb_value_t *value) {
    text_put(text, "[\"bytes\",\"");
    text_put_hex(text, value->data, value->count);
    text_put(text, "\"]");
}

static qb_image_status_t describe_ndarray(describer_t *describer, const qb_value_t *value) {
    static const char *const dtypes[] = {"i8",  "u8",  "i16", "u16", "i32",
                                         "u32", "i64", "u64", "f32", "f64"};
    static const char *const arrays[] = {
        "Int8Array",   "Uint8Array",    "Int16Array",     "Uint16Array",  "Int32Array",
        "Uint32Array", "BigInt64Array", "BigUint64Array", "Float32Array", "Float64Array"};
    text_t *text = describer->text;
    if ((value->flags & QB_PLAIN) != 0) {
        if (value->type == QB_U8) {
            put_blob(text, value);
            return QB_IMAGE_OK;
        }
        text_put(text, "[\"typed\",\"%s\",[", arrays[value->type]);
    } else {
        text_put(text, "[\"ndarray\",\"%s\",[", dtypes[value->type]);
        for (uint32_t i = 0; i < qb_value_dimensions(value); i++) {
            text_put(text, "%s%u", i > 0 ? "," : "", qb_value_shape(value, i));
        }
        text_put(text, "],[");
    }
    TRY(describe_all(describer, value));
    text_put(text, "]]");
    return QB_IMAGE_OK;
}

/* ---- structs --------------------------------------------------------------------------------- */

static void put_enum(text_t *text, const qb_field_t *field, const qb_value_t *value) {
    uint32_t size = qb_field_enum(field, value->number.u64, NULL, 0) + 1;
    char *name = malloc(size);
    if (name == NULL) abort();
    qb_field_enum(field, value->number.u64, name, size);
    text_put(text, "[\"string\",");
    text_put_string(text, (const uint8_t *)name, size - 1);
    text_put(text, "]");
    free(name);
}

static void put_name(text_t *text, const qb_field_t *field) {
    uint32_t size = qb_field_name(field, NULL, 0) + 1;
    char *name = malloc(size);
    if (name == NULL) abort();
    qb_field_name(field, name, size);
    text_put_string(text, (const uint8_t *)name, size - 1);
    free(name);
}

static qb_image_status_t describe_struct(describer_t *describer, const qb_value_t *value) {
    text_t *text = describer->text;
    qb_type_t type;
    qb_field_t field;
    uint64_t cursor = 0;
    int is_first = 1;
    TRY(qb_image_type(value->image, value->type, &type));
    if (type.text == NULL && describer->layout != NULL) {
        if (describer->layout->print != type.print) return QB_IMAGE_E_SCHEMA;
        type = *describer->layout;
    }
    text_put(text, "[\"object\",[");
    for (;;) {
        qb_value_t element;
        qb_image_status_t status = qb_type_next(&type, &cursor, &field);
        if (status == QB_IMAGE_E_NOT_FOUND) break;
        if (status != QB_IMAGE_OK) return status;
        TRY(qb_value_field_of(value, &field, &element));
        if (element.kind == QB_KIND_UNDEFINED) continue;
        text_put(text, "%s[", is_first ? "" : ",");
        is_first = 0;
        put_name(text, &field);
        text_put(text, ",");
        if (element.kind == QB_KIND_ENUM) {
            put_enum(text, &field, &element);
        } else {
            TRY(describe_value(describer, &element));
        }
        text_put(text, "]");
    }
    text_put(text, "]]");
    return QB_IMAGE_OK;
}

/* ---- values ---------------------------------------------------------------------------------- */

static qb_image_status_t describe_object(describer_t *describer, const qb_value_t *value) {
    int64_t before = seen_before(describer, value->body);
    if (before >= 0) {
        text_put(describer->text, "[\"seen\",%lld]", (long long)before);
        return QB_IMAGE_OK;
    }
    switch ((qb_kind_t)value->kind) {
    case QB_KIND_BYTES: put_blob(describer->text, value); return QB_IMAGE_OK;
    case QB_KIND_LIST: return describe_as(describer, value, "list");
    case QB_KIND_TUPLE: return describe_as(describer, value, "tuple");
    case QB_KIND_SET: return describe_as(describer, value, "set");
    case QB_KIND_DICT:
        return describe_as(describer, value, (value->flags & QB_OBJECT) != 0 ? "object" : "dict");
    case QB_KIND_NDARRAY: return describe_ndarray(describer, value);
    case QB_KIND_STRUCT: return describe_struct(describer, value);
    default: break;
    }
    text_put(describer->text, "[\"container\"]"); /* within another value: describe_image.c */
    return QB_IMAGE_OK;
}

static void put_text(text_t *text, const qb_value_t *value) {
    if ((value->flags & QB_UTF16) == 0) {
        text_put(text, "[\"string\",");
        text_put_string(text, value->data, value->count);
        text_put(text, "]");
        return;
    }
    text_put(text, "[\"utf16\",[");
    for (uint64_t i = 0; i + 1 < value->count; i += 2) {
        text_put(text, "%s%u", i > 0 ? "," : "",
                 value->data[i] | (unsigned)value->data[i + 1] << 8);
    }
    text_put(text, "]]");
}

static void put_date(text_t *text, const qb_value_t *value) {
    text_put(text, (value->flags & (QB_ZONE | QB_WALL)) != 0 ? "[\"datetime\"," : "[\"date\",");
    put_bits(text, value->number.f64);
    if ((value->flags & QB_ZONE) != 0) text_put(text, ",%d", value->zone_minutes);
    if ((value->flags & QB_WALL) != 0) text_put(text, ",null");
    text_put(text, "]");
}

static qb_image_status_t describe_value(describer_t *describer, const qb_value_t *value) {
    text_t *text = describer->text;
    if (describer->budget == 0 || describer->depth >= DEPTH_MAX) return QB_IMAGE_E_LIMIT;
    describer->budget--;
    switch ((qb_kind_t)value->kind) {
    case QB_KIND_UNDEFINED: text_put(text, "[\"undefined\"]"); return QB_IMAGE_OK;
    case QB_KIND_NULL: text_put(text, "[\"null\"]"); return QB_IMAGE_OK;
    case QB_KIND_BOOL:
        text_put(text, "[\"bool\",%s]", value->number.i64 != 0 ? "true" : "false");
        return QB_IMAGE_OK;
    case QB_KIND_ENUM:
        text_put(text, "[\"enum\",%llu]", (unsigned long long)value->number.u64);
        return QB_IMAGE_OK;
    case QB_KIND_INTEGER:
        put_integer(text, value->number.i64, (value->flags & QB_BIG) != 0);
        return QB_IMAGE_OK;
    case QB_KIND_UNSIGNED:
        text_put(text, "[\"big\",\"%llu\"]", (unsigned long long)value->number.u64);
        return QB_IMAGE_OK;
    case QB_KIND_FLOAT: put_float(text, value->number.f64); return QB_IMAGE_OK;
    case QB_KIND_BIG:
        text_put(text, "[\"big\",");
        put_magnitude(text, value);
        text_put(text, "]");
        return QB_IMAGE_OK;
    case QB_KIND_STRING: put_text(text, value); return QB_IMAGE_OK;
    case QB_KIND_DATE: put_date(text, value); return QB_IMAGE_OK;
    case QB_KIND_DECIMAL:
        text_put(text, "[\"decimal\",");
        put_magnitude(text, value);
        text_put(text, ",%d]", value->exponent);
        return QB_IMAGE_OK;
    default: break;
    }
    describer->depth++;
    qb_image_status_t status = describe_object(describer, value);
    describer->depth--;
    return status;
}

qb_image_status_t describe(const qb_value_t *value, const qb_type_t *layout, size_t budget,
                           text_t *text) {
    describer_t describer = {.text = text, .layout = layout, .budget = budget};
    text_put_bytes(text, "", 0);
    qb_image_status_t status = describe_value(&describer, value);
    free(describer.seen);
    return status;
}
