/* Containers of images, for describe.h. */
#include "describe.h"

#define TRY(call)                                                                                  \
    do {                                                                                           \
        qb_image_status_t try_status = (call);                                                     \
        if (try_status != QB_IMAGE_OK) return try_status;                                          \
    } while (0)

typedef struct teller {
    text_t *text;
    size_t budget; /* values for each element */
    size_t left;   /* elements */
} teller_t;

static qb_image_status_t tell(teller_t *teller, const qb_value_t *value) {
    if (teller->left-- == 0) return QB_IMAGE_E_LIMIT;
    return describe(value, NULL, teller->budget, teller->text);
}

/* [element,element ...] */
static qb_image_status_t tell_all(teller_t *teller, const qb_value_t *list) {
    text_put(teller->text, "[");
    for (uint64_t i = 0; i < list->count; i++) {
        qb_value_t element;
        if (i > 0) text_put(teller->text, ",");
        TRY(qb_value_at(list, i, &element));
        TRY(tell(teller, &element));
    }
    text_put(teller->text, "]");
    return QB_IMAGE_OK;
}

/* key, [key,value], [key,[value ...]] or value, as what the map is. */
static qb_image_status_t tell_entry(teller_t *teller, const qb_map_t *map, uint64_t i) {
    qb_value_t key;
    qb_value_t value;
    int is_multi = (map->flags & QB_MAP_MULTI) != 0;
    int is_set = (map->flags & QB_MAP_NO_VALUES) != 0;
    int has_keys = (map->flags & QB_MAP_APPROXIMATE) == 0;
    TRY(qb_map_value(map, i, &value));
    if (!has_keys) return is_multi ? tell_all(teller, &value) : tell(teller, &value);
    TRY(qb_map_key(map, i, &key));
    if (is_set) return tell(teller, &key);
    text_put(teller->text, "[");
    TRY(tell(teller, &key));
    text_put(teller->text, ",");
    TRY(is_multi ? tell_all(teller, &value) : tell(teller, &value));
    text_put(teller->text, "]");
    return QB_IMAGE_OK;
}

static const char *name_of(const qb_map_t *map) {
    if ((map->flags & QB_MAP_NO_VALUES) != 0) return "set of keys";
    if ((map->flags & QB_MAP_MULTI) != 0) return "multi-map";
    return (map->flags & QB_MAP_APPROXIMATE) != 0 ? "approximate map" : "map";
}

static qb_image_status_t tell_map(teller_t *teller, const qb_value_t *value) {
    qb_map_t map;
    TRY(qb_map_open(value, &map));
    text_put(teller->text, "[\"%s\",[", name_of(&map));
    for (uint64_t i = 0; i < map.count; i++) {
        if (i > 0) text_put(teller->text, ",");
        TRY(tell_entry(teller, &map, i));
    }
    text_put(teller->text, "]]");
    return QB_IMAGE_OK;
}

static qb_image_status_t tell_value(teller_t *teller, const qb_value_t *value) {
    if (value->kind == QB_KIND_MAP) return tell_map(teller, value);
    if (value->kind != QB_KIND_ARRAY) return tell(teller, value);
    text_put(teller->text, "[\"array\",");
    TRY(tell_all(teller, value));
    text_put(teller->text, "]");
    return QB_IMAGE_OK;
}

qb_image_status_t describe_image(const qb_image_t *image, size_t budget, text_t *text) {
    qb_value_t root;
    teller_t teller = {.text = text, .budget = budget, .left = budget};
    TRY(qb_image_root(image, &root));
    if (root.kind != QB_KIND_DICT) return tell_value(&teller, &root);
    text_put(text, "[\"dict\",[");
    for (uint64_t cursor = 0;;) {
        qb_value_t key;
        qb_value_t value;
        int is_first = cursor == 0;
        qb_image_status_t status = qb_value_next(&root, &cursor, &key, &value);
        if (status == QB_IMAGE_E_NOT_FOUND) break;
        if (status != QB_IMAGE_OK) return status;
        text_put(text, is_first ? "[" : ",[");
        text_put_string(text, key.data, key.kind == QB_KIND_STRING ? key.count : 0);
        text_put(text, ",");
        TRY(tell_value(&teller, &value));
        text_put(text, "]");
    }
    text_put(text, "]]");
    return QB_IMAGE_OK;
}
