/*
 * The numbers of docs/format.md: tags, sizes, offsets, seeds and limits.
 *
 * The golden files hold this and js/struct/pack-format.js together.
 */
#ifndef QB_IMAGE_FORMAT_H
#define QB_IMAGE_FORMAT_H

#include <stdint.h>

/* Head of a packed value. */
#define QB_HEAD_BYTES 16u
#define QB_HEAD_OLDEST 5u
#define QB_HEAD_VERSION 4u
#define QB_HEAD_MAGIC_AT 6u
#define QB_HEAD_ROOT 8u
#define QB_HEAD_TYPES 12u
#define QB_HEAD_MAGIC 0x5651u /* QV */

/* Header of an image. */
#define QB_FILE_BYTES 64u
#define QB_FILE_MAGIC "QBIMAGE\n"
#define QB_FILE_MAGIC_BYTES 8u
#define QB_FILE_VERSION 8u
#define QB_FILE_OLDEST 10u
#define QB_FILE_SIZE 16u
#define QB_FILE_ROOT 24u
#define QB_FILE_TYPES 32u
#define QB_FILE_CHECKSUM 40u
#define QB_FILE_OWN_CHECKSUM 60u

/* Bodies. */
#define QB_BODY_BYTES 8u
#define QB_BODY_ALIGN 8u
#define QB_POINTER_UNIT 4
#define QB_INDEX_HEAD_BYTES 16u /* of sets, dicts and bit sets: the body's and two words */
#define QB_SET_ENTRY_BYTES 8u
#define QB_DICT_ENTRY_BYTES 12u
#define QB_TYPE_ENTRY_BYTES 16u
#define QB_UNHASHED_MAX 8u

typedef enum qb_tag {
    QB_TAG_NULL = 1,
    QB_TAG_FALSE = 2,
    QB_TAG_TRUE = 3,
    QB_TAG_INT32 = 4,
    QB_TAG_INT64 = 5,
    QB_TAG_UINT64 = 6,
    QB_TAG_F64 = 7,
    QB_TAG_BIG = 8,
    QB_TAG_STRING = 9,
    QB_TAG_BYTES = 10,
    QB_TAG_LIST = 11,
    QB_TAG_TUPLE = 12,
    QB_TAG_NUMBERS = 13,
    QB_TAG_SET = 14,
    QB_TAG_BITS = 15,
    QB_TAG_DICT = 16,
    QB_TAG_DATE = 17,
    QB_TAG_DECIMAL = 18,
    QB_TAG_NDARRAY = 19,
    QB_TAG_STRUCT = 20,
    QB_TAG_STRUCTS = 21,
    QB_TAG_TYPES = 22,
    QB_TAG_ARRAY = 32,
    QB_TAG_MAP = 33,
} qb_tag_t;

#define QB_FLAG_TUPLE 8u /* numbers, structs: a tuple. The other flags are public: QB_BIG ... */

/* Containers. */
#define QB_PART_ALIGN 64u
#define QB_REFERENCE_UNIT 8u
#define QB_CONTAINER_STRUCTS 1u
#define QB_CONTAINER_WIDE 64u
#define QB_CONTAINER_NUMBERS 128u
#define QB_AUX_TEXTS 1u /* of an array */

#define QB_ARRAY_BODY_BYTES 48u
#define QB_ARRAY_COUNT 8u
#define QB_ARRAY_STRIDE 16u
#define QB_ARRAY_DATA 24u
#define QB_ARRAY_STARTS 32u

#define QB_MAP_BODY_BYTES 72u
#define QB_MAP_KIND 4u
#define QB_MAP_COUNT 8u
#define QB_MAP_SLOTS 16u
#define QB_MAP_STRIDE 20u
#define QB_MAP_INDEX 24u
#define QB_MAP_KEYS 32u
#define QB_MAP_TEXT 40u
#define QB_MAP_VALUES 48u
#define QB_MAP_STARTS 56u
#define QB_MAP_DATA 64u
#define QB_SLOT_BYTES 8u

/* Presence bytes. */
#define QB_PRESENCE_UNSET 0u
#define QB_PRESENCE_VALUE 1u
#define QB_PRESENCE_NULL 2u

/* Seeds of hashes. */
#define QB_SEED_NULL 1u
#define QB_SEED_FALSE 2u
#define QB_SEED_TRUE 3u
#define QB_SEED_NUMBER 4u
#define QB_SEED_BIG 5u
#define QB_SEED_BIG_NEGATIVE 6u
#define QB_SEED_STRING 7u
#define QB_SEED_UTF16 8u
#define QB_SEED_BYTES 9u
#define QB_SEED_INSTANT 10u
#define QB_SEED_WALL 11u
#define QB_SEED_DECIMAL 12u
#define QB_SEED_DECIMAL_NEGATIVE 13u
#define QB_SEED_TUPLE 14u
#define QB_SEED_SET 15u
#define QB_SEED_LAYOUT 1u

/* Limits. */
#define QB_TEXT_BYTES_MAX (1u << 30)
#define QB_MAGNITUDE_BYTES_MAX 65536u
#define QB_DIMENSIONS_MAX 32u
#define QB_KEY_DEPTH_MAX 64u
#define QB_TYPES_MAX 65535u
#define QB_LAYOUT_BYTES_MAX (1u << 24)
#define QB_TYPE_DEPTH_MAX 16u
#define QB_NESTED_DEPTH_MAX 32u
#define QB_ZONE_MINUTES_MAX 1440
#define QB_DTYPE_COUNT 10u
#define QB_ENUM_NAMES_MAX 65536u
#define QB_FIXED_ARRAY_COUNT_MAX (1u << 27)
#define QB_STRUCT_BYTES_MAX (1u << 31)
#define QB_FIELD_TEXT_MIN 12u /* bytes of ["a","u8",0] */
#define QB_NAME_TEXT_MIN 3u   /* bytes of "", in an enum */

static inline uint32_t qb_dtype_bytes(uint32_t dtype) {
    return (uint32_t)(0x8488442211ull >> (dtype * 4)) & 15u;
}

#endif
