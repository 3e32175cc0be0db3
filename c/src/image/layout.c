/*
 * Layouts of structs, read from their text field by field.
 *
 *     {"name":"P","bytes":24,"align":8,"fields":[["id","u32",0],["weight",["optional","f64"],8,20]]}
 *      ─────────── head ─────────────────────── │ ─── field ──── │ ───────── field ────────────── │
 *
 * The members stand in this order. Nothing is kept: a cursor is an offset in the text. Types nest at most
 * QB_TYPE_DEPTH_MAX deep. A field that is returned lies in the struct and is aligned.
 */
#include "image/layout.h"

#include "image/body.h"
#include "image/bytes.h"
#include "image/hash.h"
#include "image/json.h"

/* ---- types ----------------------------------------------------------------------------------- */

static const struct {
    const char *token;
    uint8_t kind;
    uint8_t bytes;
} simple_kinds[] = {
    {"\"i8\"", QB_I8, 1},
    {"\"u8\"", QB_U8, 1},
    {"\"i16\"", QB_I16, 2},
    {"\"u16\"", QB_U16, 2},
    {"\"i32\"", QB_I32, 4},
    {"\"u32\"", QB_U32, 4},
    {"\"i64\"", QB_I64, 8},
    {"\"u64\"", QB_U64, 8},
    {"\"f32\"", QB_F32, 4},
    {"\"f64\"", QB_F64, 8},
    {"\"bool\"", QB_FIELD_BOOL, 1},
    {"\"date\"", QB_FIELD_DATE, 8},
    {"\"string\"", QB_FIELD_STRING, 4},
    {"\"bytes\"", QB_FIELD_BYTES, 4},
    {"\"any\"", QB_FIELD_ANY, 4},
    {"\"decimal\"", QB_FIELD_DECIMAL, 4},
    {"\"datetime\"", QB_FIELD_DATETIME, 4},
};
#define SIMPLE_COUNT (sizeof simple_kinds / sizeof simple_kinds[0])

static int is_simple(qb_json_t *json, qb_field_t *field) {
    for (uint32_t i = 0; i < SIMPLE_COUNT; i++) {
        if (!qb_json_is(json, simple_kinds[i].token)) continue;
        field->kind = simple_kinds[i].kind;
        field->bytes = simple_kinds[i].bytes;
        field->align = simple_kinds[i].bytes;
        return 1;
    }
    return 0;
}

static void set_pointer(qb_field_t *field, qb_field_kind_t kind) {
    field->kind = (uint8_t)kind;
    field->bytes = 4;
    field->align = 4;
}

static int is_type(qb_json_t *json, uint32_t depth, qb_field_t *field);

/* T,n] */
static int is_array(qb_json_t *json, qb_field_t *field) {
    if (!is_simple(json, field) || field->kind > QB_F64) return 0;
    field->dtype = field->kind;
    field->kind = QB_FIELD_ARRAY;
    if (!qb_json_is(json, ",") || !qb_json_number(json, &field->count)) return 0;
    if (field->count == 0 || field->count > QB_FIXED_ARRAY_COUNT_MAX) return 0;
    field->bytes = field->count * field->align; /* at most 2^30 */
    return qb_json_is(json, "]");
}

/* ["red","green"]] */
static int is_enum(qb_json_t *json, qb_field_t *field) {
    qb_json_text_t name;
    uint32_t count = 0;
    if (!qb_json_is(json, "[")) return 0;
    do {
        if (!qb_json_string(json, &name) || ++count > QB_ENUM_NAMES_MAX) return 0;
    } while (qb_json_is(json, ","));
    field->kind = QB_FIELD_ENUM;
    field->count = count;
    field->bytes = count <= 256 ? 1 : 2;
    field->align = field->bytes;
    return qb_json_is(json, "]]");
}

/* "Name"] or, in place, "Name",print] */
static int is_target(qb_json_t *json, int is_in_place, qb_field_t *field) {
    qb_json_text_t name;
    uint32_t print;
    if (!qb_json_string(json, &name) || name.bytes == 0) return 0;
    set_pointer(field, QB_FIELD_REF);
    field->target = (uint32_t)(name.at - field->type);
    field->target_bytes = name.bytes;
    if (is_in_place) {
        field->kind = QB_FIELD_STRUCT;
        field->bytes = 0;
        field->align = 0;
        if (qb_json_is(json, ",") && !qb_json_number(json, &print)) return 0;
    }
    return qb_json_is(json, "]");
}

/* T,T ...] */
static int are_types(qb_json_t *json, uint32_t depth, uint32_t count_min, uint32_t count_max) {
    qb_field_t inner = {.type = json->at};
    uint32_t count = 0;
    if (count_min == 0 && qb_json_is(json, "]")) return 1;
    do {
        if (!is_type(json, depth + 1, &inner)) return 0;
        count++;
    } while (count < count_max && qb_json_is(json, ","));
    return count >= count_min && qb_json_is(json, "]");
}

/* dtype or null] */
static int is_dtype(qb_json_t *json) {
    qb_field_t inner = {0};
    if (qb_json_is(json, "null]")) return 1;
    return is_simple(json, &inner) && inner.kind <= QB_F64 && qb_json_is(json, "]");
}

static int is_optional(qb_json_t *json, uint32_t depth, qb_field_t *field) {
    if (qb_json_is(json, "[\"optional\",") || !is_type(json, depth + 1, field)) return 0;
    return field->kind != QB_FIELD_STRUCT && qb_json_is(json, "]");
}

static int is_type(qb_json_t *json, uint32_t depth, qb_field_t *field) {
    if (is_simple(json, field)) return 1;
    if (depth >= QB_TYPE_DEPTH_MAX) return 0;
    if (qb_json_is(json, "[\"optional\",")) {
        field->presence = 0;
        return is_optional(json, depth, field);
    }
    if (qb_json_is(json, "[\"array\",")) return is_array(json, field);
    if (qb_json_is(json, "[\"enum\",")) return is_enum(json, field);
    if (qb_json_is(json, "[\"ref\",")) return is_target(json, 0, field);
    if (qb_json_is(json, "[\"struct\",")) return is_target(json, 1, field);
    if (qb_json_is(json, "[\"ndarray\",")) {
        set_pointer(field, QB_FIELD_NDARRAY);
        return is_dtype(json);
    }
    if (qb_json_is(json, "[\"list\",")) {
        set_pointer(field, QB_FIELD_LIST);
        return are_types(json, depth, 1, 1);
    }
    if (qb_json_is(json, "[\"set\",")) {
        set_pointer(field, QB_FIELD_SET);
        return are_types(json, depth, 1, 1);
    }
    if (qb_json_is(json, "[\"dict\",")) {
        set_pointer(field, QB_FIELD_DICT);
        return are_types(json, depth, 2, 2);
    }
    set_pointer(field, QB_FIELD_TUPLE);
    if (qb_json_is(json, "[\"tuple\"]")) return 1;
    return qb_json_is(json, "[\"tuple\",") && are_types(json, depth, 1, UINT32_MAX);
}

/* ---- fields ---------------------------------------------------------------------------------- */

/* Names that each view in JS needs for itself. They have no escapes, so their text is what they are. */
static int is_reserved(qb_json_text_t name) {
    static const char *const reserved[] = {"address", "m",           "toJSON",
                                           "equals",  "constructor", "__proto__"};
    for (uint32_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        int is_same =
            name.bytes == strlen(reserved[i]) && memcmp(name.at, reserved[i], name.bytes) == 0;
        if (is_same) return 1;
    }
    return 0;
}

/* ["name",type,offset] or, when optional, ["name",type,offset,presence] */
static int is_field(qb_json_t *json, const qb_layout_head_t *head, qb_field_t *field) {
    qb_json_text_t name;
    *field = (qb_field_t){.presence = QB_NONE};
    if (!qb_json_is(json, "[") || !qb_json_string(json, &name)) return 0;
    if (name.bytes == 0 || is_reserved(name)) return 0;
    field->name = name.at;
    field->name_bytes = name.bytes;
    if (!qb_json_is(json, ",")) return 0;
    field->type = json->at;
    if (!is_type(json, 0, field)) return 0;
    field->type_bytes = (uint32_t)(json->at - field->type);
    if (!qb_json_is(json, ",") || !qb_json_number(json, &field->offset)) return 0;
    if (field->presence != QB_NONE) {
        if (!qb_json_is(json, ",") || !qb_json_number(json, &field->presence)) return 0;
        if (field->presence >= head->bytes) return 0;
    }
    int is_placed = field->bytes <= head->bytes && field->offset <= head->bytes - field->bytes &&
                    field->align <= head->align &&
                    (field->align == 0 || field->offset % field->align == 0);
    return is_placed && qb_json_is(json, "]");
}

static int is_head(qb_json_t *json, const qb_type_t *type, qb_layout_head_t *head) {
    qb_json_text_t name;
    if (!qb_json_is(json, "{\"name\":") || !qb_json_string(json, &name) || name.bytes == 0 ||
        !qb_json_is(json, ",\"bytes\":") || !qb_json_number(json, &head->bytes) ||
        !qb_json_is(json, ",\"align\":") || !qb_json_number(json, &head->align) ||
        !qb_json_is(json, ",\"fields\":[")) {
        return 0;
    }
    head->name = name.at;
    head->name_bytes = name.bytes;
    head->fields_at = (uint32_t)(json->at - type->text);
    int is_align = head->align == 1 || head->align == 2 || head->align == 4 || head->align == 8;
    return is_align && head->bytes > 0 && head->bytes <= QB_STRUCT_BYTES_MAX &&
           head->bytes % head->align == 0;
}

qb_image_status_t qb_layout_head(const qb_type_t *type, qb_layout_head_t *head) {
    if (type->text == NULL) return QB_IMAGE_E_SCHEMA;
    qb_json_t json = {.at = type->text, .end = type->text + type->text_bytes};
    if (!is_head(&json, type, head)) return QB_IMAGE_E_CORRUPT;
    return type->bytes == head->bytes ? QB_IMAGE_OK : QB_IMAGE_E_CORRUPT;
}

qb_image_status_t qb_type_next(const qb_type_t *type, uint64_t *cursor, qb_field_t *field) {
    qb_layout_head_t head;
    QB_TRY(qb_layout_head(type, &head));
    int is_first = *cursor == 0;
    uint64_t start = is_first ? head.fields_at : *cursor;
    if (start > type->text_bytes) return QB_IMAGE_E_ARGUMENT;
    qb_json_t json = {.at = type->text + start, .end = type->text + type->text_bytes};
    if (qb_json_is(&json, "]}")) {
        return json.at == json.end ? QB_IMAGE_E_NOT_FOUND : QB_IMAGE_E_CORRUPT;
    }
    if (!is_first && !qb_json_is(&json, ",")) return QB_IMAGE_E_CORRUPT;
    if (!is_field(&json, &head, field)) return QB_IMAGE_E_CORRUPT;
    *cursor = (uint64_t)(json.at - type->text);
    return QB_IMAGE_OK;
}

qb_image_status_t qb_type_field(const qb_type_t *type, const char *name, qb_field_t *field) {
    uint64_t cursor = 0;
    do {
        QB_TRY(qb_type_next(type, &cursor, field));
    } while (!qb_json_equal((qb_json_text_t){field->name, field->name_bytes}, name));
    return QB_IMAGE_OK;
}

/* ---- types of the table and of the caller ---------------------------------------------------- */

qb_image_status_t qb_image_type(const qb_image_t *image, uint32_t index, qb_type_t *type) {
    *type = (qb_type_t){.image = image};
    if (index >= image->type_count) return QB_IMAGE_E_NOT_FOUND;
    QB_TRY(qb_type_bytes(image, index, &type->bytes));
    uint64_t entry = image->types + QB_BODY_BYTES + (uint64_t)index * QB_TYPE_ENTRY_BYTES;
    const uint8_t *at = image->bytes + entry;
    qb_value_t text;
    QB_TRY(qb_body_behind(image, entry + 12, &text));
    type->code = qb_u16(at);
    type->print = qb_u32(at + 8);
    if (text.kind == QB_KIND_UNDEFINED) return QB_IMAGE_OK;
    if (text.kind != QB_KIND_STRING || text.flags != 0 || text.count > QB_LAYOUT_BYTES_MAX) {
        return QB_IMAGE_E_CORRUPT;
    }
    type->text = text.data;
    type->text_bytes = (uint32_t)text.count;
    return QB_IMAGE_OK;
}

qb_image_status_t qb_type_open(qb_type_t *type, const char *text, uint32_t text_bytes) {
    qb_layout_head_t head;
    *type = (qb_type_t){.text = (const uint8_t *)text, .text_bytes = text_bytes};
    qb_json_t json = {.at = type->text, .end = type->text + text_bytes};
    if (text_bytes > QB_LAYOUT_BYTES_MAX || !is_head(&json, type, &head)) {
        return QB_IMAGE_E_CORRUPT;
    }
    type->bytes = head.bytes;
    type->print = qb_hash_bytes(QB_SEED_LAYOUT, type->text, text_bytes);
    return QB_IMAGE_OK;
}

qb_image_status_t qb_layout_named(const qb_image_t *image, const uint8_t *name, uint32_t bytes,
                                  uint32_t *index) {
    qb_type_t type;
    qb_layout_head_t head;
    for (*index = 0; *index < image->type_count; ++*index) {
        QB_TRY(qb_image_type(image, *index, &type));
        if (type.text == NULL) continue;
        QB_TRY(qb_layout_head(&type, &head));
        if (head.name_bytes == bytes && memcmp(head.name, name, bytes) == 0) return QB_IMAGE_OK;
    }
    return QB_IMAGE_E_NOT_FOUND;
}

/* ---- names ----------------------------------------------------------------------------------- */

uint32_t qb_type_name(const qb_type_t *type, char *buffer, uint32_t size) {
    qb_layout_head_t head;
    qb_json_text_t name = {type->text, 0};
    if (qb_layout_head(type, &head) == QB_IMAGE_OK) {
        name = (qb_json_text_t){head.name, head.name_bytes};
    }
    return qb_json_copy(name, buffer, size);
}

uint32_t qb_field_name(const qb_field_t *field, char *buffer, uint32_t size) {
    return qb_json_copy((qb_json_text_t){field->name, field->name_bytes}, buffer, size);
}

uint32_t qb_field_enum(const qb_field_t *field, uint64_t index, char *buffer, uint32_t size) {
    qb_json_text_t name = {field->type, 0};
    qb_json_t json = {.at = field->type, .end = field->type + field->type_bytes};
    (void)qb_json_is(&json, "[\"optional\",");
    if (field->kind == QB_FIELD_ENUM && index < field->count && qb_json_is(&json, "[\"enum\",[")) {
        for (uint64_t i = 0; i <= index && qb_json_string(&json, &name); i++) {
            (void)qb_json_is(&json, ",");
        }
    }
    return qb_json_copy(name, buffer, size);
}
