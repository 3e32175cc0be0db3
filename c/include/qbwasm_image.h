/*
 * Reading packed values and images: what qbwasm wrote, in C, in place.
 *
 * This header is the manual of the reader; docs/format.md is that of the bytes. The reader is apart from the
 * core of qbwasm.h: it has no heap, no threads and no state. Compile c/src/image with -Ic/include -Ic/src.
 *
 *   image     a file that was built, or a buffer with one packed value: bytes that are opened
 *   value     one value in them, small and on the caller's stack; its content stays where it is
 *   body      where the bytes of a value stand; two values of one body are one object
 *   map       an open map (or set of keys) of an image
 *   type      the layout of a struct, as the bytes tell it
 *   scratch   memory that the caller lends for one call
 *
 *     void *bytes = mmap(...);
 *     qb_image_t image;
 *     qb_value_t root, age;
 *     qb_map_t map;
 *     if (qb_image_open(&image, bytes, size) == QB_IMAGE_OK && qb_image_root(&image, &root) == QB_IMAGE_OK &&
 *         qb_map_open(&root, &map) == QB_IMAGE_OK &&
 *         qb_map_get(&map, qb_value_of_text("ada"), &age) == QB_IMAGE_OK) { ... }
 *
 * RESULTS. Every function that can fail returns a status, QB_IMAGE_OK when it did not. Else nothing that it
 * was to write counts. An element may take the place of the value that it is of: qb_value_field(&v, "next", &v).
 *
 * TOTALITY. No bytes make a function read outside of them, trap or hang: every pointer, count and size is
 * compared with the range before it is used, and every loop and recursion has an end that the bytes do not
 * choose. So foreign bytes give values that lie in them, or a status. qb_image_verify says beforehand
 * whether all of them are sound.
 *
 * MEMORY. Nothing is allocated and nothing is kept. Images, values, maps and types belong to the caller;
 * they refer to the bytes and, values and maps, to the qb_image_t that they were read through: both must
 * stay where they are. Stack: below 16 KiB, and up to 200 KiB where decimals or deeply nested values are keys.
 *
 * THREADS. All functions may be called by any number of threads at a time. Bytes that are written meanwhile
 * give values that were never there, but none outside. A mapped file that is cut short raises SIGBUS, as for
 * any reader of mappings.
 *
 * The host must be little-endian.
 */
#ifndef QBWASM_IMAGE_H
#define QBWASM_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define QB_IMAGE_VERSION 1u /* of the format that this reader knows */

/* X(name, pinned value, message). None but OK is a qb_status_t. */
#define QB_IMAGE_STATUS_LIST(X)                                                                    \
    X(OK, 0, "no error")                                                                           \
    X(E_ARGUMENT, 101, "an argument is out of range")                                              \
    X(E_ALIGN, 102, "the bytes do not begin at a multiple of 8")                                   \
    X(E_FORMAT, 103, "the bytes are neither an image nor a packed value")                          \
    X(E_VERSION, 104, "the bytes are for readers of a newer version of the format")                \
    X(E_CORRUPT, 105, "the bytes are damaged")                                                     \
    X(E_CHECKSUM, 106, "the checksum is not that of the bytes")                                    \
    X(E_SCHEMA, 107, "the layout of the struct is not known, or another one")                      \
    X(E_LIMIT, 108, "the bytes are deeper, more or larger than allowed")                           \
    X(E_KIND, 109, "the value is of another kind")                                                 \
    X(E_RANGE, 110, "the number does not fit")                                                     \
    X(E_NOT_FOUND, 111, "there is nothing of that key, name or index")                             \
    X(E_KEY, 112, "a value of this kind can be no key")                                            \
    X(E_ROOM, 113, "the scratch is too small")

typedef enum qb_image_status {
#define QB_X(name, value, message) QB_IMAGE_##name = value,
    QB_IMAGE_STATUS_LIST(QB_X)
#undef QB_X
} qb_image_status_t;

const char *qb_image_status_name(qb_image_status_t status);
const char *qb_image_status_message(qb_image_status_t status);

/* ---- images ---------------------------------------------------------------------------------- */

/* Opened bytes. Read it, do not write it. */
typedef struct qb_image {
    const uint8_t *bytes; /* the first one, at a multiple of 8 */
    uint64_t size;        /* of the image or packed value; the bytes behind are not looked at */
    uint64_t root;        /* offset of the body of the root; 0: the root is undefined */
    uint64_t types;       /* offset of the type table; 0: there is none */
    uint64_t first;       /* offset of the first byte that may be a body's */
    uint32_t type_count;
    uint32_t version; /* of the format, that the writer knew */
    uint32_t is_file; /* 1: an image, 0: a packed value */
} qb_image_t;

/* Opens an image file. `size` bytes are there; the image may have fewer. Checks the header and its checksum,
 * in constant time. E_ALIGN, E_FORMAT, E_CHECKSUM, E_VERSION, E_CORRUPT. */
qb_image_status_t qb_image_open(qb_image_t *image, const void *bytes, uint64_t size);

/* The same for a packed value. The next one in a buffer may begin at bytes + image->size. There is no
 * checksum. E_ALIGN, E_FORMAT, E_VERSION, E_CORRUPT. */
qb_image_status_t qb_image_open_packed(qb_image_t *image, const void *bytes, uint64_t size);

/* Compares the checksum of an image with its bytes: reads all of them. E_CHECKSUM; E_KIND: it is a packed
 * value, which has none. */
qb_image_status_t qb_image_check(const qb_image_t *image);

/* ---- values ---------------------------------------------------------------------------------- */

typedef enum qb_kind {
    QB_KIND_UNDEFINED = 0,
    QB_KIND_NULL = 1,
    QB_KIND_BOOL = 2,     /* number.i64 is 0 or 1 */
    QB_KIND_INTEGER = 3,  /* number.i64 */
    QB_KIND_UNSIGNED = 4, /* number.u64, 2^63 or more */
    QB_KIND_FLOAT = 5,    /* number.f64; it may be whole */
    QB_KIND_BIG = 6,      /* beyond: data, `count` bytes of magnitude, least first; QB_NEGATIVE */
    QB_KIND_STRING = 7,   /* data, `count` bytes: UTF-8 without terminator; QB_UTF16: UTF-16 */
    QB_KIND_BYTES = 8,    /* data, `count` bytes */
    QB_KIND_LIST = 9,     /* `count` elements: qb_value_at, qb_value_next */
    QB_KIND_TUPLE = 10,   /* the same */
    QB_KIND_SET = 11,     /* `count` members: qb_value_next, qb_value_find */
    QB_KIND_DICT = 12,    /* `count` entries: the same; QB_OBJECT */
    QB_KIND_DATE = 13,    /* number.f64: milliseconds since 1970; QB_ZONE, QB_WALL */
    QB_KIND_DECIMAL = 14, /* magnitude as QB_KIND_BIG, QB_NEGATIVE; * 10^exponent */
    QB_KIND_NDARRAY = 15, /* `count` elements: qb_value_shape, qb_value_at; QB_PLAIN */
    QB_KIND_STRUCT = 16,  /* data, `count` bytes, type `type`: qb_value_field */
    QB_KIND_ENUM = 17,    /* number.u64 is the index of the name: qb_field_enum */
    QB_KIND_ARRAY = 18,   /* of an image: `count` elements, as a list */
    QB_KIND_MAP = 19      /* of an image: qb_map_open */
} qb_kind_t;

/* Flags of values. */
#define QB_BIG 1u      /* the writer had the integer as a big one; it changes nothing */
#define QB_NEGATIVE 2u /* of a magnitude */
#define QB_UTF16 4u    /* a string that is no well-formed text, in UTF-16 */
#define QB_OBJECT 16u  /* the dict was a plain object of JS */
#define QB_ZONE 32u    /* the date has an offset: zone_minutes */
#define QB_WALL 64u    /* a date and time without a zone: the instant that shows it in UTC */
#define QB_PLAIN 128u  /* the array was a plain one of the language */

/* How elements are stored. */
typedef enum qb_store {
    QB_STORE_NONE = 0,
    QB_STORE_POINTERS = 1,   /* i32 pointers to bodies, `stride` apart */
    QB_STORE_NUMBERS = 2,    /* in place, of the dtype `type`, `stride` apart */
    QB_STORE_STRUCTS = 3,    /* in place, of the type `type`, `stride` apart */
    QB_STORE_BITS = 4,       /* u32 words; the first bit is number.u64 */
    QB_STORE_REFERENCES = 5, /* u32 or u64 (stride), to bodies from `base` on */
    QB_STORE_TEXTS = 6       /* count + 1 starts, u32 or u64 (stride), of UTF-8 from `base` on */
} qb_store_t;

typedef enum qb_dtype {
    QB_I8 = 0,
    QB_U8 = 1,
    QB_I16 = 2,
    QB_U16 = 3,
    QB_I32 = 4,
    QB_U32 = 5,
    QB_I64 = 6,
    QB_U64 = 7,
    QB_F32 = 8,
    QB_F64 = 9
} qb_dtype_t;

/* One value. Its content is checked: data[0 .. count - 1] of strings, bytes and structs, and count * stride
 * bytes of elements in place can be read as they stand (a column of numbers, for example). */
typedef struct qb_value {
    const qb_image_t *image; /* NULL for a value that the caller made */
    const uint8_t *data;     /* see kind and store */
    const uint8_t *base;     /* of references and texts; slots of a set or dict; shape */
    uint64_t body;           /* offset; 0: it has no body of its own */
    uint64_t count;
    union {
        int64_t i64;
        uint64_t u64;
        double f64;
    } number;
    uint32_t stride; /* bytes from one element to the next */
    uint32_t slots;  /* of a set or dict; words of bits; dimensions */
    int32_t exponent;
    int16_t zone_minutes; /* east of UTC */
    uint16_t type;        /* dtype of numbers, index of the type of structs */
    uint8_t kind;         /* qb_kind_t */
    uint8_t store;        /* qb_store_t */
    uint8_t flags;
} qb_value_t;

/* The value of the image. */
qb_image_status_t qb_image_root(const qb_image_t *image, qb_value_t *value);

/* Values of the caller's own, to be looked for. Texts and bytes are not copied. Tuples, sets and decimals
 * are looked for with a value from other bytes. */
qb_value_t qb_value_of_null(void);
qb_value_t qb_value_of_bool(int value);
qb_value_t qb_value_of_int(int64_t value);
qb_value_t qb_value_of_uint(uint64_t value);
qb_value_t qb_value_of_double(double value);
qb_value_t qb_value_of_date(double milliseconds);
qb_value_t qb_value_of_text(const char *text); /* well-formed UTF-8, ends with 0 */
qb_value_t qb_value_of_utf8(const void *text, uint64_t bytes);
qb_value_t qb_value_of_bytes(const void *bytes, uint64_t size);

/* The number as it is: whole and in range, whatever its kind. E_RANGE, E_KIND. */
qb_image_status_t qb_value_int64(const qb_value_t *value, int64_t *number);
qb_image_status_t qb_value_uint64(const qb_value_t *value, uint64_t *number);

/* The nearest float of a number, towards 0. E_KIND; E_RANGE: it is larger than all floats. */
qb_image_status_t qb_value_double(const qb_value_t *value, double *number);

/* An element of a list, tuple, array or n-dimensional array (in row-major order).
 * E_NOT_FOUND: index >= count; E_KIND, E_CORRUPT. */
qb_image_status_t qb_value_at(const qb_value_t *value, uint64_t index, qb_value_t *element);

/* Steps through whatever has elements, members or entries, in their order; of a struct, its fields that are
 * not unset. *cursor is 0 at first. key: of a dict; the field's name, as JSON text, of a struct; else the
 * index. Either may be NULL. E_NOT_FOUND: no more; E_KIND, E_CORRUPT, E_SCHEMA. */
qb_image_status_t qb_value_next(const qb_value_t *value, uint64_t *cursor, qb_value_t *key,
                                qb_value_t *element);

/* Looks a key up in a dict, or a member in a set. Keys are equal by value: 1 is 1.0. element: the value of the
 * key, or the member; may be NULL. E_NOT_FOUND; E_KEY; E_KIND; E_CORRUPT; E_LIMIT: a key is nested deeper
 * than 64, or the search takes more work than sound bytes need. */
qb_image_status_t qb_value_find(const qb_value_t *value, qb_value_t key, qb_value_t *element);

/* The hash of a key, and whether two keys are one (*is_equal). E_KEY, E_LIMIT, E_CORRUPT. */
qb_image_status_t qb_value_hash(const qb_value_t *key, uint32_t *hash);
qb_image_status_t qb_value_equal(const qb_value_t *a, const qb_value_t *b, int *is_equal);

/* Dimensions of an n-dimensional array (0 of anything else), and the size of one; 0: there is no such one. */
uint32_t qb_value_dimensions(const qb_value_t *value);
uint32_t qb_value_shape(const qb_value_t *value, uint32_t dimension);

/* ---- structs --------------------------------------------------------------------------------- */

/* A type of the bytes, or of the caller. */
typedef struct qb_type {
    const qb_image_t *image; /* NULL for a type of the caller */
    const uint8_t *text;     /* layout as JSON, not parsed yet; NULL: the writer left it out */
    uint32_t text_bytes;
    uint32_t bytes; /* of one struct */
    uint32_t print; /* of the layout: types of one print are one */
    uint32_t code;  /* that the writer had registered; 0: none */
} qb_type_t;

/* What a field is. Those up to QB_F64 are a qb_dtype_t. */
typedef enum qb_field_kind {
    QB_FIELD_BOOL = 10,
    QB_FIELD_ENUM = 11,
    QB_FIELD_DATE = 12,
    QB_FIELD_ARRAY = 13,  /* `count` numbers of `dtype` in place */
    QB_FIELD_STRUCT = 14, /* in place, of the type `nested` */
    QB_FIELD_STRING = 15, /* this and all below: an i32 pointer */
    QB_FIELD_BYTES = 16,
    QB_FIELD_ANY = 17,
    QB_FIELD_REF = 18,
    QB_FIELD_LIST = 19,
    QB_FIELD_TUPLE = 20,
    QB_FIELD_SET = 21,
    QB_FIELD_DICT = 22,
    QB_FIELD_DECIMAL = 23,
    QB_FIELD_DATETIME = 24,
    QB_FIELD_NDARRAY = 25
} qb_field_kind_t;

#define QB_NONE 0xffffffffu

typedef struct qb_field {
    const uint8_t *name; /* as JSON text, without the quotes: qb_field_name */
    const uint8_t *type; /* the same of the whole type */
    uint32_t name_bytes;
    uint32_t type_bytes;
    uint32_t offset;   /* in the struct */
    uint32_t presence; /* offset of the presence byte; QB_NONE: the field is not optional */
    uint32_t bytes;    /* of the field; 0 of a struct in place */
    uint32_t align;    /* 0 of a struct in place */
    uint32_t count;    /* elements of an array, names of an enum */
    uint32_t target;   /* of structs in place and refs: offset of the name in `type` */
    uint32_t target_bytes;
    uint8_t kind; /* qb_field_kind_t; of an optional field, what it is when it has a value */
    uint8_t dtype;
} qb_field_t;

/* A type of the type table. E_NOT_FOUND: index >= image->type_count; E_CORRUPT. */
qb_image_status_t qb_image_type(const qb_image_t *image, uint32_t index, qb_type_t *type);

/* A type of the caller's own, from the text that codegen prints. E_CORRUPT: it is no layout. */
qb_image_status_t qb_type_open(qb_type_t *type, const char *text, uint32_t text_bytes);

/* Fields in their order. *cursor is 0 at first. E_NOT_FOUND: no more; E_SCHEMA: the writer left the layout
 * out; E_CORRUPT. A field holds as long as the type's text. */
qb_image_status_t qb_type_next(const qb_type_t *type, uint64_t *cursor, qb_field_t *field);

/* The first field of that name. Reads the text up to it: look fields up once, not for every struct. */
qb_image_status_t qb_type_field(const qb_type_t *type, const char *name, qb_field_t *field);

/* Copies a name as UTF-8 with a 0 behind it, cut to `size` bytes. Returns the bytes of the whole name. (A lone
 * surrogate becomes U+FFFD.) */
uint32_t qb_type_name(const qb_type_t *type, char *buffer, uint32_t size);
uint32_t qb_field_name(const qb_field_t *field, char *buffer, uint32_t size);
/* 0 when the enum has no name of that index. */
uint32_t qb_field_enum(const qb_field_t *field, uint64_t index, char *buffer, uint32_t size);

/* A field of a struct by name. Unset: UNDEFINED; null: NULL. E_NOT_FOUND, E_SCHEMA, E_KIND, E_CORRUPT. */
qb_image_status_t qb_value_field(const qb_value_t *value, const char *name, qb_value_t *element);

/* The same with a field that was looked up before, in the type of this struct or in one with its print. */
qb_image_status_t qb_value_field_of(const qb_value_t *value, const qb_field_t *field,
                                    qb_value_t *element);

/* For struct declarations that `qbwasm codegen` printed: the struct in place, when its layout has that print
 * and size. E_SCHEMA; E_KIND. */
qb_image_status_t qb_value_struct(const qb_value_t *value, uint32_t print, uint32_t bytes,
                                  const void **structure);

/* The value behind the pointer at an offset of a struct (offsetof); UNDEFINED when it is 0. E_ARGUMENT: it is
 * not in the struct; E_KIND, E_CORRUPT. */
qb_image_status_t qb_value_pointer(const qb_value_t *value, uint32_t offset, qb_value_t *element);

/* ---- maps of images -------------------------------------------------------------------------- */

/* Flags of maps. */
#define QB_MAP_MULTI 2u       /* a key has any number of values: a value is a list */
#define QB_MAP_APPROXIMATE 4u /* keys are told by their hash alone, and not stored */
#define QB_MAP_ORDERED 8u     /* number keys ascend by value, NaN last */
#define QB_MAP_NO_VALUES 16u  /* a set of keys */

#define QB_KEYS_STRINGS 0u
#define QB_KEYS_ANY 1u
#define QB_KEYS_NUMBERS 16u /* + dtype */

/* An open map. Read it, do not write it. */
typedef struct qb_map {
    qb_value_t keys;       /* as an array; of an approximate map without elements */
    qb_value_t values;     /* as an array of all values */
    const uint8_t *index;  /* slots: { u32 entry + 1, u32 hash } */
    const uint8_t *starts; /* of a multi-map: count + 1 times u32 or u64 */
    uint64_t count;        /* of different keys */
    uint32_t slots;        /* 0: no index */
    uint32_t kind;         /* of the keys: QB_KEYS_ */
    uint32_t flags;        /* QB_MAP_ */
    uint32_t is_wide;      /* starts are u64 */
} qb_map_t;

/* Opens a value of the kind QB_KIND_MAP. E_KIND, E_CORRUPT. */
qb_image_status_t qb_map_open(const qb_value_t *value, qb_map_t *map);

/* The entry of a key. E_NOT_FOUND, and as qb_value_find. Of an approximate map another key may be found. */
qb_image_status_t qb_map_find(const qb_map_t *map, qb_value_t key, uint64_t *entry);

/* The key and the value of an entry, 0 .. count - 1, in order. The value of a multi-map is a list of values in
 * place; without values: UNDEFINED. E_NOT_FOUND; E_KIND: an approximate map has no keys; E_CORRUPT. */
qb_image_status_t qb_map_key(const qb_map_t *map, uint64_t entry, qb_value_t *key);
qb_image_status_t qb_map_value(const qb_map_t *map, uint64_t entry, qb_value_t *value);

/* qb_map_find and qb_map_value. */
qb_image_status_t qb_map_get(const qb_map_t *map, qb_value_t key, qb_value_t *value);

/* The first entry whose number key is not less than `key` (count: none). So the keys from a up to, but without
 * b, are the entries from lower(a) up to lower(b). E_KIND: the map is not ordered, or key is no number. */
qb_image_status_t qb_map_lower(const qb_map_t *map, qb_value_t key, uint64_t *entry);

/* ---- verification ---------------------------------------------------------------------------- */

typedef struct qb_limits {
    uint64_t depth; /* of nesting: length of the way on which a body is first met */
    uint64_t nodes; /* bodies */
    uint64_t bytes; /* of all bodies and parts; as many again of layouts */
} qb_limits_t;

#define QB_LIMITS_DEFAULT ((qb_limits_t){64, 1u << 20, 64u << 20})

typedef struct qb_report {
    uint64_t depth;
    uint64_t nodes;
    uint64_t bytes;
    uint64_t fault_at; /* offset of what is not sound; 0 otherwise */
} qb_report_t;

/* Bytes of scratch that qb_image_verify needs for this image: about 1/32 of it, 16 for each body, 2 to 7 for
 * each byte of the layouts. limits NULL: the default. */
uint64_t qb_image_scratch(const qb_image_t *image, const qb_limits_t *limits);

/* Walks all that can be reached from the root, once, and proves what docs/format.md says of verification. The
 * work is bounded by the limits, whatever the bytes say; the bytes must not change meanwhile, nor between it and
 * what is built upon it: foreign bytes in shared memory are copied first. scratch: at a multiple of 8. report may be
 * NULL. E_CORRUPT; E_LIMIT, also of names in layouts that were made to have one hash; E_SCHEMA: a struct whose layout
 * the writer left out; E_ROOM, E_ALIGN. */
qb_image_status_t qb_image_verify(const qb_image_t *image, const qb_limits_t *limits, void *scratch,
                                  uint64_t scratch_bytes, qb_report_t *report);

#ifdef __cplusplus
}
#endif
#endif
