/*
 * Names that must differ: of the types of a table, of the fields of a layout, of the values of an enum.
 *
 * Each is looked for in a hash table in the scratch. A name is text of JSON as it stands there: that has only one form, so
 * equal names are equal bytes.
 */
#include "image/hash.h"
#include "image/json.h"
#include "image/layout.h"
#include "image/verify.h"

#define TRIES_MAX                                                                                  \
    128u /* of a search. Half of the slots are free: a run of so many was made to do harm */

uint32_t qb_slots_for(uint64_t count) {
    uint32_t slots = 2;
    while (slots < count * 2) {
        slots *= 2;
    }
    return slots;
}

uint32_t *qb_slot_of(uint32_t *slots, uint32_t slot_count, const uint8_t *name, uint32_t bytes,
                     qb_same_name_t *same, const void *names) {
    uint32_t mask = slot_count - 1;
    uint32_t slot = qb_hash_bytes(QB_SEED_STRING, name, bytes) & mask;
    for (uint32_t tries = 0; tries < TRIES_MAX && tries <= mask;
         tries++, slot = (slot + 1) & mask) {
        if (slots[slot] == 0 || same(names, slots[slot] - 1, name, bytes)) return &slots[slot];
    }
    return NULL;
}

/* ---- in a layout ----------------------------------------------------------------------------- */

/* The name that begins at an offset of the text, up to its quote. */
static int is_same(const void *names, uint32_t offset, const uint8_t *name, uint32_t bytes) {
    const qb_type_t *text = names;
    const uint8_t *other = text->text + offset;
    if (bytes >= text->text_bytes - offset) return 0;
    return memcmp(other, name, bytes) == 0 && other[bytes] == '"';
}

static void begin(qb_walk_t *walk, uint32_t slot_count) {
    memset(walk->name_slots, 0, (uint64_t)slot_count * sizeof(uint32_t));
}

/* Names are few enough for the slots. */
static qb_image_status_t add(qb_walk_t *walk, uint32_t slot_count, const qb_type_t *text,
                             const uint8_t *name, uint32_t bytes) {
    uint32_t *slot = qb_slot_of(walk->name_slots, slot_count, name, bytes, is_same, text);
    if (slot == NULL) return QB_IMAGE_E_LIMIT;
    if (*slot != 0) return QB_IMAGE_E_CORRUPT;
    *slot = (uint32_t)(name - text->text) + 1;
    return QB_IMAGE_OK;
}

/* "red","green" ...: the names of one enum. */
static qb_image_status_t check_enum(qb_walk_t *walk, const qb_type_t *text, qb_json_t *json) {
    qb_json_t ahead = *json;
    qb_json_text_t name;
    uint32_t count = 0;
    while (qb_json_string(&ahead, &name)) {
        count++;
        (void)qb_json_is(&ahead, ",");
    }
    uint32_t slots = qb_slots_for(count);
    begin(walk, slots);
    while (qb_json_string(json, &name)) {
        QB_TRY(add(walk, slots, text, name.at, name.bytes));
        (void)qb_json_is(json, ",");
    }
    return QB_IMAGE_OK;
}

/* Enums stand in other types as well: those of a field are found by their first words. */
static qb_image_status_t check_enums(qb_walk_t *walk, const qb_type_t *text,
                                     const qb_field_t *field) {
    qb_json_t json = {.at = field->type, .end = field->type + field->type_bytes};
    qb_json_text_t other;
    while (json.at < json.end) {
        if (qb_json_is(&json, "[\"enum\",[")) {
            QB_TRY(check_enum(walk, text, &json));
        } else if (!qb_json_string(&json, &other)) {
            json.at++;
        }
    }
    return QB_IMAGE_OK;
}

qb_image_status_t qb_check_names(qb_walk_t *walk, const qb_type_t *text) {
    qb_field_t field;
    uint32_t slots = qb_slots_for(text->text_bytes / QB_FIELD_TEXT_MIN);
    begin(walk, slots);
    for (uint64_t cursor = 0;;) {
        qb_image_status_t status = qb_type_next(text, &cursor, &field);
        if (status == QB_IMAGE_E_NOT_FOUND) break;
        if (status != QB_IMAGE_OK) return status;
        QB_TRY(add(walk, slots, text, field.name, field.name_bytes));
    }
    for (uint64_t cursor = 0; qb_type_next(text, &cursor, &field) == QB_IMAGE_OK;) {
        QB_TRY(check_enums(walk, text, &field));
    }
    return QB_IMAGE_OK;
}
