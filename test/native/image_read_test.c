/*
 * The reader function by function: what golden files are not enough for.
 */
#include "image.h"

#define DECIMAL_BYTES 2u

static qb_image_t open_golden(const char *path, blob_t *blob) {
    qb_image_t image;
    *blob = blob_read(path);
    assert_image(open_any(&image, blob->bytes, blob->size), OK);
    return image;
}

static qb_image_t open_built(const builder_t *b) {
    qb_image_t image;
    assert_image(open_any(&image, b->bytes, b->size), OK);
    assert_image(verify_with(&image, NULL, NULL), OK);
    return image;
}

/* ---- ranges ---------------------------------------------------------------------------------- */

/* lower() finds what a search one by one finds. */
static void check_lower(const qb_map_t *map, double key) {
    uint64_t found = 0;
    uint64_t expected = 0;
    assert_image(qb_map_lower(map, qb_value_of_double(key), &found), OK);
    for (; expected < map->count; expected++) {
        qb_value_t stored;
        double number = 0;
        assert_image(qb_map_key(map, expected, &stored), OK);
        assert_image(qb_value_double(&stored, &number), OK);
        if (number >= key || number != number) break;
    }
    if (key == key) assert_int_equal(found, expected);
}

static void lower_finds_the_first_key_that_is_not_less(void **unused) {
    (void)unused;
    static const char *const names[] = {"map-i32", "map-f64", "map-u64", "set-u64"};
    static const double keys[] = {-1e300, -48, -47.5, -47, -1, -0.5, -0.0, 0,
                                  0.5,    1,   2,     7,   99, 1e9,  1e19, 1e300};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[100];
        blob_t blob;
        qb_value_t root;
        qb_map_t map;
        uint64_t entry = 0;
        (void)snprintf(path, sizeof path, GOLDEN "images/%s.qbi", names[i]);
        qb_image_t image = open_golden(path, &blob);
        assert_image(qb_image_root(&image, &root), OK);
        assert_image(qb_map_open(&root, &map), OK);
        for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
            check_lower(&map, keys[k]);
        }
        for (uint64_t k = 0; k < map.count; k++) {
            qb_value_t key;
            assert_image(qb_map_key(&map, k, &key), OK);
            assert_image(qb_map_lower(&map, key, &entry), OK);
            assert_int_equal(entry, k);
        }
        assert_image(qb_map_lower(&map, qb_value_of_text("1"), &entry), E_KIND);
        free(blob.bytes);
    }
}

static void maps_without_an_order_have_no_lower(void **unused) {
    (void)unused;
    blob_t blob;
    qb_value_t root;
    qb_map_t map;
    uint64_t entry = 0;
    qb_image_t image = open_golden(GOLDEN "images/map-strings-u32.qbi", &blob);
    assert_image(qb_image_root(&image, &root), OK);
    assert_image(qb_map_open(&root, &map), OK);
    assert_image(qb_map_lower(&map, qb_value_of_int(1), &entry), E_KIND);
    assert_int_equal(entry, map.count);
    free(blob.bytes);
}

/* ---- structs --------------------------------------------------------------------------------- */

static const char node_text[] =
    "{\"name\":\"Node\",\"bytes\":16,\"align\":8,\"fields\":[[\"weight\","
    "\"f64\",0],[\"label\",\"string\",8],[\"next\",[\"ref\",\"Node\"],12]]}";

typedef struct node {
    double weight;
    int32_t label;
    int32_t next;
} node_t;

/* Two nodes, the second without a label and a next one. */
static builder_t build_nodes(uint32_t *print) {
    builder_t b = build_packed();
    qb_type_t layout;
    assert_image(qb_type_open(&layout, node_text, sizeof node_text - 1), OK);
    *print = layout.print;
    size_t text = build_string(&b, node_text);
    size_t types = build_body(&b, QB_TAG_TYPES, 0, 0, 1, QB_TYPE_ENTRY_BYTES);
    build_u32(&b, types + 12, sizeof(node_t));
    build_u32(&b, types + 16, layout.print);
    build_point(&b, types + 20, text);
    build_point(&b, QB_HEAD_TYPES, types);
    size_t first = build_body(&b, QB_TAG_STRUCT, 0, 0, sizeof(node_t), sizeof(node_t));
    size_t second = build_body(&b, QB_TAG_STRUCT, 0, 0, sizeof(node_t), sizeof(node_t));
    size_t label = build_string(&b, "first");
    build_f64(&b, first + 8, 1.5);
    build_point(&b, first + 16, label);
    build_point(&b, first + 20, second);
    build_f64(&b, second + 8, 2.5);
    build_packed_end(&b, first);
    return b;
}

static void a_struct_is_read_in_place_as_the_declaration_of_its_print(void **unused) {
    (void)unused;
    uint32_t print = 0;
    builder_t b = build_nodes(&print);
    qb_image_t image = open_built(&b);
    qb_value_t value;
    qb_value_t label;
    qb_value_t next;
    const void *structure = NULL;
    assert_image(qb_image_root(&image, &value), OK);
    assert_image(qb_value_struct(&value, print, sizeof(node_t), &structure), OK);
    assert_true(((const node_t *)structure)->weight == 1.5);
    assert_image(qb_value_pointer(&value, offsetof(node_t, label), &label), OK);
    assert_int_equal(label.kind, QB_KIND_STRING);
    assert_memory_equal(label.data, "first", label.count);
    assert_image(qb_value_pointer(&value, offsetof(node_t, next), &next), OK);
    assert_image(qb_value_struct(&next, print, sizeof(node_t), &structure), OK);
    assert_true(((const node_t *)structure)->weight == 2.5);
    assert_image(qb_value_pointer(&next, offsetof(node_t, next), &next), OK);
    assert_int_equal(next.kind, QB_KIND_UNDEFINED);

    assert_image(qb_value_struct(&value, print + 1, sizeof(node_t), &structure), E_SCHEMA);
    assert_null(structure);
    assert_image(qb_value_struct(&value, print, sizeof(node_t) + 8, &structure), E_SCHEMA);
    assert_image(qb_value_struct(&label, print, sizeof(node_t), &structure), E_KIND);
    assert_image(qb_value_pointer(&value, sizeof(node_t) - 3, &next), E_ARGUMENT);
    assert_image(qb_value_pointer(&value, UINT32_MAX, &next), E_ARGUMENT);
    assert_image(qb_value_pointer(&label, 0, &next), E_KIND);
    free(b.bytes);
}

static void a_field_is_found_by_name(void **unused) {
    (void)unused;
    uint32_t print = 0;
    builder_t b = build_nodes(&print);
    qb_image_t image = open_built(&b);
    qb_value_t value;
    qb_value_t field;
    assert_image(qb_image_root(&image, &value), OK);
    assert_image(qb_value_field(&value, "weight", &field), OK);
    assert_true(field.number.f64 == 1.5);
    assert_image(qb_value_field(&value, "next", &value), OK);
    assert_image(qb_value_field(&value, "label", &field), OK);
    assert_int_equal(field.kind, QB_KIND_STRING);
    assert_int_equal(field.count, 0);
    assert_image(qb_value_field(&value, "next", &field), OK);
    assert_int_equal(field.kind, QB_KIND_NULL);
    assert_image(qb_value_field(&value, "weigh", &field), E_NOT_FOUND);
    assert_image(qb_value_field(&field, "weight", &field), E_KIND);
    free(b.bytes);

    blob_t blob;
    image = open_golden(GOLDEN "values/struct-no-layout.bin", &blob);
    assert_image(qb_image_root(&image, &value), OK);
    assert_image(qb_value_field(&value, "x", &field), E_SCHEMA);
    free(blob.bytes);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static size_t build_decimal(builder_t *b, uint16_t magnitude, int32_t exponent, uint32_t flags) {
    size_t at = build_body(b, QB_TAG_DECIMAL, flags, 0, DECIMAL_BYTES, 8 + DECIMAL_BYTES);
    build_u32(b, at + 8, (uint32_t)exponent);
    build_u16(b, at + 16, magnitude);
    return at;
}

/* Whether two elements of a list are one key; equal keys must have equal hashes. */
static int are_one(const qb_value_t *list, uint64_t a, uint64_t b) {
    qb_value_t x;
    qb_value_t y;
    uint32_t x_hash = 0;
    uint32_t y_hash = 0;
    int is_equal = 0;
    int is_reverse = 0;
    assert_image(qb_value_at(list, a, &x), OK);
    assert_image(qb_value_at(list, b, &y), OK);
    assert_image(qb_value_hash(&x, &x_hash), OK);
    assert_image(qb_value_hash(&y, &y_hash), OK);
    assert_image(qb_value_equal(&x, &y, &is_equal), OK);
    assert_image(qb_value_equal(&y, &x, &is_reverse), OK);
    assert_int_equal(is_equal, is_reverse);
    if (is_equal) assert_int_equal(x_hash, y_hash);
    return is_equal;
}

static void decimals_are_one_key_by_value(void **unused) {
    (void)unused;
    enum { COUNT = 7 };
    static const struct {
        uint16_t magnitude;
        int32_t exponent;
        uint32_t flags;
        int group;
    } decimals[COUNT] = {
        {15, -1, 0, 1},
        {150, -2, 0, 1},
        {15000, -4, 0, 1},
        {15, -1, QB_NEGATIVE, 2},
        {0, INT32_MAX, 0, 3},
        {0, 0, QB_NEGATIVE, 3},
        {15, INT32_MIN + 1, 0, 4},
    };
    builder_t b = build_packed();
    size_t list = build_body(&b, QB_TAG_LIST, 0, 0, COUNT, (size_t)4 * COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        size_t at =
            build_decimal(&b, decimals[i].magnitude, decimals[i].exponent, decimals[i].flags);
        build_point(&b, list + 8 + 4 * i, at);
    }
    build_packed_end(&b, list);
    qb_image_t image = open_built(&b);
    qb_value_t value;
    assert_image(qb_image_root(&image, &value), OK);
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t k = 0; k < COUNT; k++) {
            assert_int_equal(are_one(&value, i, k), decimals[i].group == decimals[k].group);
        }
    }
    free(b.bytes);
}

/* A set of two members in the order given, their hashes right. */
static size_t build_pair(builder_t *b, size_t first, uint32_t first_hash, size_t second,
                         uint32_t second_hash) {
    size_t at = build_body(b, QB_TAG_SET, 0, 0, 2, 8 + (size_t)2 * QB_SET_ENTRY_BYTES);
    build_u32(b, at + 16, first_hash);
    build_point(b, at + 20, first);
    build_u32(b, at + 24, second_hash);
    build_point(b, at + 28, second);
    return at;
}

static void sets_are_one_key_by_their_members(void **unused) {
    (void)unused;
    uint32_t one = 0;
    uint32_t two = 0;
    qb_value_t number = qb_value_of_int(1);
    assert_image(qb_value_hash(&number, &one), OK);
    number = qb_value_of_int(2);
    assert_image(qb_value_hash(&number, &two), OK);

    builder_t b = build_packed();
    size_t list = build_body(&b, QB_TAG_LIST, 0, 0, 4, 16);
    size_t small = build_int(&b, 1);
    size_t large = build_int(&b, 2);
    size_t bits = build_body(&b, QB_TAG_BITS, 0, 0, 1, 8 + 4);
    build_u32(&b, bits + 8, 2);
    build_u32(&b, bits + 16, 1u << 1 | 1u << 2);
    size_t pair = build_pair(&b, small, one, large, two);
    build_point(&b, list + 8, pair);
    build_point(&b, list + 12, build_pair(&b, large, two, small, one));
    build_point(&b, list + 16, bits);
    build_packed_end(&b, list);
    qb_image_t image = open_built(&b);
    qb_value_t value;
    qb_value_t key;
    uint32_t hash = 0;
    assert_image(qb_image_root(&image, &value), OK);
    assert_true(are_one(&value, 0, 1));
    assert_true(are_one(&value, 0, 2));

    /* And found in a set of sets. */
    assert_image(qb_value_at(&value, 0, &key), OK);
    assert_image(qb_value_hash(&key, &hash), OK);
    build_point(&b, list + 20, build_pair(&b, small, one, pair, hash));
    build_packed_end(&b, list);
    image = open_built(&b);
    qb_value_t outer;
    qb_value_t found;
    assert_image(qb_image_root(&image, &value), OK);
    assert_image(qb_value_at(&value, 3, &outer), OK);
    for (uint64_t i = 0; i < 3; i++) {
        assert_image(qb_value_at(&value, i, &key), OK);
        assert_image(qb_value_find(&outer, key, &found), OK);
        assert_int_equal(found.body, pair);
    }
    assert_image(qb_value_find(&outer, outer, &found), E_NOT_FOUND);
    free(b.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lower_finds_the_first_key_that_is_not_less),
        cmocka_unit_test(maps_without_an_order_have_no_lower),
        cmocka_unit_test(a_struct_is_read_in_place_as_the_declaration_of_its_print),
        cmocka_unit_test(a_field_is_found_by_name),
        cmocka_unit_test(decimals_are_one_key_by_value),
        cmocka_unit_test(sets_are_one_key_by_their_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
