/*
 * Reads everything that a root leads to: each body once, its elements, members, entries and fields, by all functions that
 * there are, and looks up what it has met and what it has not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/format.h"

#include "fuzz.h"

#define STEPS_MAX 20000u
#define LOOKUPS_MAX 64u
#define TOUCHED_BYTES_MAX (1u << 20)
#define DEPTH_MAX 2000u /* of recursion; an input has fewer bodies */
#define SPECIMENS 8u

typedef struct walker {
    const qb_image_t *image;
    uint8_t *seen; /* one byte for each 8 of the image */
    uint64_t steps;
    uint64_t lookups;
    uint64_t touched;
    qb_value_t specimens[SPECIMENS]; /* values that were met, to be looked for elsewhere */
    uint32_t specimen_count;
    uint32_t depth;
    int is_sound;
} walker_t;

/* ---- what the reader may say ----------------------------------------------------------------- */

static void must(const walker_t *walker, int is_right, const char *what, qb_image_status_t status) {
    if (is_right || !walker->is_sound) return;
    (void)fprintf(stderr, "verified, and yet %s: %s\n", what, qb_image_status_name(status));
    abort();
}

#define BIT(status) (1ull << (QB_IMAGE_##status - QB_IMAGE_E_ARGUMENT + 1))

/* What has been proved cannot be refused; `others` are statuses that say something else. */
static int is_read(const walker_t *walker, qb_image_status_t status, uint64_t others,
                   const char *what) {
    if (status == QB_IMAGE_OK) return 1;
    must(walker, (others >> (status - QB_IMAGE_E_ARGUMENT + 1) & 1u) != 0, what, status);
    return 0;
}

/* Reads bytes that the reader says are there. */
static void touch(walker_t *walker, const uint8_t *bytes, uint64_t size) {
    static volatile uint8_t sink;
    uint8_t sum = 0;
    if (size > TOUCHED_BYTES_MAX - walker->touched) size = TOUCHED_BYTES_MAX - walker->touched;
    walker->touched += size;
    for (uint64_t i = 0; i < size; i++) {
        sum ^= bytes[i];
    }
    sink = sum;
    (void)sink;
}

static void visit(walker_t *walker, const qb_value_t *value);

/* ---- lookups --------------------------------------------------------------------------------- */

static int may_look(walker_t *walker) {
    if (walker->lookups == 0) return 0;
    walker->lookups--;
    return 1;
}

/* A key that stands in a set, dict or map. */
static void check_key(walker_t *walker, const qb_value_t *key) {
    uint32_t hash = 0;
    int is_equal = 0;
    if (!may_look(walker)) return;
    if (!is_read(walker, qb_value_hash(key, &hash), BIT(E_LIMIT), "hash of a key")) return;
    if (is_read(walker, qb_value_equal(key, key, &is_equal), BIT(E_LIMIT), "key with itself")) {
        /* Members of a set that is a key are looked up by hashes, which nobody has proved. */
        must(walker,
             is_equal || key->kind == QB_KIND_TUPLE || key->kind == QB_KIND_LIST ||
                 key->kind == QB_KIND_SET,
             "a key is not itself", QB_IMAGE_OK);
    }
}

static void compare_specimens(walker_t *walker, const qb_value_t *value) {
    for (uint32_t i = 0; i < walker->specimen_count && may_look(walker); i++) {
        int is_equal = 0;
        (void)qb_value_equal(value, &walker->specimens[i], &is_equal);
        (void)qb_value_equal(&walker->specimens[i], value, &is_equal);
    }
    walker->specimens[walker->steps % SPECIMENS] = *value;
    if (walker->specimen_count < SPECIMENS) walker->specimen_count = walker->steps % SPECIMENS + 1;
}

#define STRANGERS 9u

static void make_strangers(qb_value_t strangers[STRANGERS]) {
    static const uint8_t bytes[] = {1, 2, 3};
    strangers[0] = qb_value_of_null();
    strangers[1] = qb_value_of_bool(1);
    strangers[2] = qb_value_of_int(-1);
    strangers[3] = qb_value_of_uint(UINT64_MAX);
    strangers[4] = qb_value_of_double(0.0 / 0.0);
    strangers[5] = qb_value_of_double(-0.0);
    strangers[6] = qb_value_of_date(0);
    strangers[7] = qb_value_of_text("a");
    strangers[8] = qb_value_of_bytes(bytes, sizeof bytes);
}

static void find_strangers(walker_t *walker, const qb_value_t *index) {
    qb_value_t keys[STRANGERS];
    qb_value_t element;
    make_strangers(keys);
    for (uint32_t i = 0; i < STRANGERS; i++) {
        qb_image_status_t status = qb_value_find(index, keys[i], &element);
        (void)is_read(walker, status, BIT(E_NOT_FOUND) | BIT(E_LIMIT), "lookup of a stranger");
    }
    for (uint32_t i = 0; i < walker->specimen_count && may_look(walker); i++) {
        (void)qb_value_find(index, walker->specimens[i], &element);
    }
}

/* ---- what has elements ----------------------------------------------------------------------- */

static void walk_elements(walker_t *walker, const qb_value_t *list) {
    qb_value_t element;
    uint64_t cursor = 0;
    for (uint64_t i = 0; i < list->count && walker->steps > 0; i++) {
        if (is_read(walker, qb_value_at(list, i, &element), 0, "element")) visit(walker, &element);
    }
    (void)qb_value_at(list, list->count, &element);
    (void)qb_value_at(list, UINT64_MAX, &element);
    (void)qb_value_next(list, &cursor, NULL, NULL);
    if (list->store == QB_STORE_NUMBERS || list->store == QB_STORE_STRUCTS) {
        touch(walker, list->data, list->count * list->stride);
    }
}

static void walk_index(walker_t *walker, const qb_value_t *index) {
    uint64_t cursor = 0;
    qb_value_t key;
    qb_value_t element;
    while (walker->steps > 0) {
        qb_image_status_t status = qb_value_next(index, &cursor, &key, &element);
        if (status == QB_IMAGE_E_NOT_FOUND) break;
        if (!is_read(walker, status, 0, "entry")) break;
        check_key(walker, &key);
        visit(walker, &key);
        if (index->kind == QB_KIND_DICT) visit(walker, &element);
        if (!may_look(walker)) continue;
        status = qb_value_find(index, key, &element);
        (void)is_read(walker, status, BIT(E_NOT_FOUND) | BIT(E_LIMIT), "lookup of a key");
    }
    find_strangers(walker, index);
}

/* ---- structs --------------------------------------------------------------------------------- */

static void walk_names(const qb_type_t *type, const qb_field_t *field) {
    char name[16];
    (void)qb_type_name(type, name, sizeof name);
    (void)qb_type_name(type, name, 0);
    (void)qb_field_name(field, name, 1);
    uint32_t bytes = qb_field_name(field, name, sizeof name);
    if (bytes < sizeof name) {
        qb_field_t same;
        (void)qb_type_field(type, name, &same);
    }
    (void)qb_field_enum(field, 0, name, sizeof name);
    (void)qb_field_enum(field, field->count - 1ull, name, 2);
    (void)qb_field_enum(field, field->count, NULL, 0);
}

/* With the layout of its own type, and those of all others. */
static void walk_struct(walker_t *walker, const qb_value_t *value) {
    qb_value_t key;
    qb_value_t element;
    const void *structure = NULL;
    touch(walker, value->data, value->count);
    for (uint32_t i = 0; i < walker->image->type_count && walker->steps > 0; i++) {
        qb_type_t type;
        qb_field_t field;
        if (!is_read(walker, qb_image_type(walker->image, i, &type), 0, "type")) continue;
        int is_own = i == value->type;
        qb_image_status_t status = qb_value_struct(value, type.print, type.bytes, &structure);
        if (status == QB_IMAGE_OK) touch(walker, structure, type.bytes);
        if (is_own) (void)is_read(walker, status, 0, "struct in place");
        for (uint64_t cursor = 0; walker->steps > 0; walker->steps--) {
            status = qb_type_next(&type, &cursor, &field);
            if (status == QB_IMAGE_E_NOT_FOUND || !is_read(walker, status, 0, "layout")) break;
            walk_names(&type, &field);
            status = qb_value_field_of(value, &field, &element);
            if (is_own && is_read(walker, status, 0, "field")) visit(walker, &element);
        }
    }
    for (uint64_t cursor = 0; walker->steps > 0; walker->steps--) {
        if (qb_value_next(value, &cursor, &key, &element) != QB_IMAGE_OK) break;
    }
    (void)qb_value_field(value, "a", &element);
    for (uint32_t offset = 0; offset <= value->count && offset < 64; offset += 2) {
        (void)qb_value_pointer(value, offset, &element);
    }
    (void)qb_value_pointer(value, UINT32_MAX, &element);
}

/* ---- maps ------------------------------------------------------------------------------------ */

static void look_up(walker_t *walker, const qb_map_t *map, qb_value_t key) {
    uint64_t entry = 0;
    qb_value_t value;
    qb_image_status_t status = qb_map_find(map, key, &entry);
    if (is_read(walker, status, BIT(E_NOT_FOUND) | BIT(E_LIMIT) | BIT(E_KEY), "lookup in a map")) {
        if (entry >= map->count) abort();
    }
    (void)qb_map_get(map, key, &value);
    if (qb_map_lower(map, key, &entry) == QB_IMAGE_OK && entry > map->count) abort();
}

static void walk_map(walker_t *walker, const qb_value_t *value) {
    qb_map_t map;
    qb_value_t keys[STRANGERS];
    qb_value_t element;
    if (!is_read(walker, qb_map_open(value, &map), 0, "map")) return;
    for (uint64_t i = 0; i < map.count && walker->steps > 0; i++) {
        if (is_read(walker, qb_map_value(&map, i, &element), 0, "value of a map")) {
            visit(walker, &element);
        }
        if (!is_read(walker, qb_map_key(&map, i, &element), BIT(E_KIND), "key of a map")) continue;
        visit(walker, &element);
        check_key(walker, &element);
        if (may_look(walker)) look_up(walker, &map, element);
    }
    (void)qb_map_key(&map, map.count, &element);
    (void)qb_map_value(&map, UINT64_MAX, &element);
    make_strangers(keys);
    for (uint32_t i = 0; i < STRANGERS; i++) {
        look_up(walker, &map, keys[i]);
    }
    for (uint32_t i = 0; i < walker->specimen_count && may_look(walker); i++) {
        look_up(walker, &map, walker->specimens[i]);
    }
}

/* ---- all ------------------------------------------------------------------------------------- */

static void read_number(const walker_t *walker, const qb_value_t *value) {
    int64_t whole = 0;
    uint64_t natural = 0;
    double number = 0;
    (void)is_read(walker, qb_value_int64(value, &whole), BIT(E_RANGE), "number");
    (void)is_read(walker, qb_value_uint64(value, &natural), BIT(E_RANGE), "number");
    (void)is_read(walker, qb_value_double(value, &number), BIT(E_RANGE), "number");
}

static void visit_content(walker_t *walker, const qb_value_t *value) {
    switch ((qb_kind_t)value->kind) {
    case QB_KIND_INTEGER:
    case QB_KIND_UNSIGNED:
    case QB_KIND_FLOAT: read_number(walker, value); break;
    case QB_KIND_BIG:
        read_number(walker, value);
        touch(walker, value->data, value->count);
        break;
    case QB_KIND_STRING:
    case QB_KIND_BYTES:
    case QB_KIND_DECIMAL: touch(walker, value->data, value->count); break;
    case QB_KIND_NDARRAY:
        for (uint32_t i = 0; i <= qb_value_dimensions(value); i++) {
            (void)qb_value_shape(value, i);
        }
        walk_elements(walker, value);
        break;
    case QB_KIND_LIST:
    case QB_KIND_TUPLE:
    case QB_KIND_ARRAY: walk_elements(walker, value); break;
    case QB_KIND_SET:
    case QB_KIND_DICT: walk_index(walker, value); break;
    case QB_KIND_STRUCT: walk_struct(walker, value); break;
    case QB_KIND_MAP: walk_map(walker, value); break;
    default: break;
    }
    if (value->kind != QB_KIND_MAP && value->kind != QB_KIND_ARRAY) {
        compare_specimens(walker, value);
    }
}

static void visit(walker_t *walker, const qb_value_t *value) {
    if (walker->steps == 0 || walker->depth >= DEPTH_MAX) return;
    walker->steps--;
    if (value->body != 0) {
        if (walker->seen[value->body / QB_BODY_ALIGN]) return;
        walker->seen[value->body / QB_BODY_ALIGN] = 1;
    }
    walker->depth++;
    visit_content(walker, value);
    walker->depth--;
}

void fuzz_walk(const qb_image_t *image, int is_sound) {
    qb_value_t root;
    walker_t walker = {.image = image, .is_sound = is_sound};
    walker.seen = calloc(image->size / QB_BODY_ALIGN + 1, 1);
    if (walker.seen == NULL) abort();
    walker.steps = STEPS_MAX;
    walker.lookups = LOOKUPS_MAX;
    if (is_read(&walker, qb_image_root(image, &root), 0, "root")) visit(&walker, &root);
    free(walker.seen);
}

qb_image_status_t fuzz_open(qb_image_t *image, const uint8_t *bytes, size_t size) {
    int is_file = size > 0 && bytes[0] == (uint8_t)QB_FILE_MAGIC[0];
    return is_file ? qb_image_open(image, bytes, size) : qb_image_open_packed(image, bytes, size);
}
