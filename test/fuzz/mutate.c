/*
 * Damage that knows the format.
 *
 * Blind damage hardly gets beyond a checksum or the first pointer. So one step in a few changes what a field means: a
 * tag, a count, where a pointer leads, a word of a layout. Afterwards sizes, checksums and prints are made to fit
 * again, mostly: what checks them has its turn when they are not.
 */
#include <string.h>

#include "image/bytes.h"
#include "image/crc.h"
#include "image/format.h"
#include "image/hash.h"

#include "fuzz.h"

#define STEPS_MAX 4u
#define BLOCK_UNITS_MAX 8u /* of 8 bytes */

static const uint8_t file_magic[QB_FILE_MAGIC_BYTES] = QB_FILE_MAGIC;

typedef struct random {
    uint64_t state;
} random_t;

/* The bytes that are being changed. */
typedef struct mutation {
    random_t random;
    uint8_t *bytes;
    size_t size;
    size_t size_max;
} mutation_t;

/* SplitMix64. */
static uint64_t next(random_t *random) {
    uint64_t z = random->state += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

static size_t below(random_t *random, size_t end) {
    return end == 0 ? 0 : (size_t)(next(random) % end);
}

static int is_file(const uint8_t *bytes, size_t size) {
    return size >= QB_FILE_BYTES && bytes[0] == (uint8_t)QB_FILE_MAGIC[0];
}

static void put_u16(uint8_t *at, uint32_t value) {
    uint16_t narrow = (uint16_t)value;
    memcpy(at, &narrow, sizeof narrow);
}
static void put_u32(uint8_t *at, uint32_t value) {
    memcpy(at, &value, sizeof value);
}
static void put_u64(uint8_t *at, uint64_t value) {
    memcpy(at, &value, sizeof value);
}

/* ---- places ---------------------------------------------------------------------------------- */

static int is_tag(uint8_t tag) {
    return (tag >= QB_TAG_NULL && tag <= QB_TAG_TYPES) || tag == QB_TAG_ARRAY || tag == QB_TAG_MAP;
}

static size_t head_bytes(const mutation_t *m) {
    return is_file(m->bytes, m->size) ? QB_FILE_BYTES : QB_HEAD_BYTES;
}

/* A multiple of 8 behind the head. There are 8 bytes. */
static size_t any_unit(mutation_t *m) {
    size_t head = head_bytes(m);
    if (m->size < head + 8) return 0;
    return head + below(&m->random, (m->size - head) / 8) * 8;
}

/* What looks like a body, if a few tries find one. */
static size_t any_body(mutation_t *m) {
    size_t at = any_unit(m);
    for (int tries = 0; tries < 16 && !is_tag(m->bytes[at]); tries++) {
        at = any_unit(m);
    }
    return at;
}

/* A number that is near some bound. */
static uint64_t any_number(mutation_t *m, uint64_t old) {
    static const uint64_t bounds[] = {
        0,          1,          2,           7,          8,          9,          31,
        32,         64,         127,         128,        255,        256,        1440,
        2880,       2881,       65535,       65536,      65537,      0x7fffffff, 0x80000000,
        0xfffffff8, 0xffffffff, 0x100000000, 1ull << 53, 1ull << 61, 1ull << 63, UINT64_MAX};
    random_t *random = &m->random;
    switch (below(random, 8)) {
    case 0: return old + 1;
    case 1: return old - 1;
    case 2: return old ^ 1ull << below(random, 64);
    case 3: return old * 2;
    case 4: return m->size - below(random, 65);
    case 5: return below(random, m->size / 4 + 1);
    default: return bounds[below(random, sizeof bounds / sizeof bounds[0])];
    }
}

/* ---- steps ----------------------------------------------------------------------------------- */

static void change_bytes(mutation_t *m) {
    size_t at = below(&m->random, m->size);
    size_t room = m->size - at < 64 ? m->size - at : 64;
    (void)LLVMFuzzerMutate(m->bytes + at, room, room);
}

static void change_tag(mutation_t *m) {
    static const uint8_t containers[] = {QB_TAG_ARRAY, QB_TAG_MAP};
    size_t at = any_body(m);
    size_t kind = below(&m->random, QB_TAG_TYPES + 3);
    m->bytes[at] = kind <= QB_TAG_TYPES ? (uint8_t)kind : containers[kind % 2];
}

static void change_flags(mutation_t *m) {
    size_t at = any_body(m);
    m->bytes[at + 1] ^= (uint8_t)(1u << below(&m->random, 8));
}

static void change_aux(mutation_t *m) {
    size_t at = any_body(m);
    uint32_t aux = below(&m->random, 2) == 0 ? (uint32_t)below(&m->random, 12)
                                             : (uint32_t)any_number(m, qb_u16(m->bytes + at + 2));
    put_u16(m->bytes + at + 2, aux);
}

static void change_count(mutation_t *m) {
    size_t at = any_body(m);
    put_u32(m->bytes + at + 4, (uint32_t)any_number(m, qb_u32(m->bytes + at + 4)));
}

static void change_word(mutation_t *m) {
    size_t at = any_unit(m) + below(&m->random, 2) * 4;
    put_u32(m->bytes + at, (uint32_t)any_number(m, qb_u32(m->bytes + at)));
}

static void change_long(mutation_t *m) {
    size_t at = any_unit(m);
    put_u64(m->bytes + at, any_number(m, qb_u64(m->bytes + at)));
}

/* Half a unit then leads to a body: itself, its neighbours, anything. */
static void change_pointer(mutation_t *m) {
    size_t at = any_unit(m) + below(&m->random, 2) * 4;
    size_t body = any_body(m);
    put_u32(m->bytes + at, (uint32_t)(((int64_t)body - (int64_t)at) / QB_POINTER_UNIT));
}

/* The fields of a head that lead somewhere. */
static void change_head(mutation_t *m) {
    size_t body = any_body(m);
    int to_types = below(&m->random, 2) == 0;
    if (is_file(m->bytes, m->size)) {
        put_u64(m->bytes + (to_types ? QB_FILE_TYPES : QB_FILE_ROOT), body);
        return;
    }
    size_t at = to_types ? QB_HEAD_TYPES : QB_HEAD_ROOT;
    put_u32(m->bytes + at, (uint32_t)(((int64_t)body - (int64_t)at) / QB_POINTER_UNIT));
}

/* One of the distances of a container leads to where another one leads, or nearby. */
static void change_distance(mutation_t *m) {
    size_t body = any_body(m);
    for (int tries = 0; tries < 16 && m->bytes[body] < QB_TAG_ARRAY; tries++) {
        body = any_body(m);
    }
    size_t at = body + QB_ARRAY_DATA + below(&m->random, 6) * 8;
    if (at + 8 > m->size) return;
    size_t target = below(&m->random, m->size / QB_PART_ALIGN + 1) * QB_PART_ALIGN;
    put_u64(m->bytes + at, below(&m->random, 6) == 0 ? 0 : (uint64_t)target - body);
}

static void copy_block(mutation_t *m) {
    size_t from = any_unit(m);
    size_t to = any_unit(m);
    size_t bytes = (1 + below(&m->random, BLOCK_UNITS_MAX)) * 8;
    size_t behind = from > to ? from : to;
    if (bytes > m->size - behind) bytes = m->size - behind;
    memmove(m->bytes + to, m->bytes + from, bytes);
}

/* What stands behind moves: all pointers across lead elsewhere. */
static void insert_block(mutation_t *m) {
    size_t at = any_unit(m);
    size_t bytes = (1 + below(&m->random, BLOCK_UNITS_MAX)) * 8;
    if (bytes > m->size_max - m->size || bytes > m->size - at) return;
    memmove(m->bytes + at + bytes, m->bytes + at, m->size - at);
    m->size += bytes;
}

static void append_block(mutation_t *m) {
    size_t from = any_body(m);
    size_t bytes = (1 + below(&m->random, BLOCK_UNITS_MAX)) * 8;
    if (bytes > m->size_max - m->size || bytes > m->size - from) return;
    memcpy(m->bytes + m->size, m->bytes + from, bytes);
    m->size += bytes;
}

static void erase_block(mutation_t *m) {
    size_t at = any_unit(m);
    size_t bytes = (1 + below(&m->random, BLOCK_UNITS_MAX)) * 8;
    if (bytes >= m->size - at) return;
    memmove(m->bytes + at, m->bytes + at + bytes, m->size - at - bytes);
    m->size -= bytes;
}

/* A word of a layout takes the place of another one; the text may end elsewhere. */
static void change_layout(mutation_t *m) {
    static const char *const words[] = {"\"u8\"",
                                        "\"f64\"",
                                        "\"any\"",
                                        "\"string\"",
                                        "[\"optional\",\"u8\"]",
                                        "[\"list\"",
                                        "[\"ref\"",
                                        "[\"struct\",",
                                        "[\"enum\",[",
                                        "[\"array\",\"u8\",",
                                        "]",
                                        ",",
                                        "0",
                                        "4294967295",
                                        "\\u0000",
                                        "\\n",
                                        "\"\"",
                                        "[\"a\",\"u8\",0]",
                                        "\"__proto__\"",
                                        "\"address\"",
                                        "}",
                                        "8",
                                        "[\"ndarray\",null]",
                                        "[\"tuple\"]",
                                        "\\ud800"};
    size_t at = any_unit(m);
    for (int tries = 0; tries < 64; tries++, at = any_unit(m)) {
        if (at + 16 > m->size || m->bytes[at] != QB_TAG_STRING || m->bytes[at + 8] != '{') continue;
        size_t bytes = qb_u32(m->bytes + at + 4);
        if (bytes > m->size - at - 8) bytes = m->size - at - 8;
        size_t place = at + 8 + below(&m->random, bytes);
        const char *word = words[below(&m->random, sizeof words / sizeof words[0])];
        size_t length = strlen(word);
        if (below(&m->random, 2) == 0) length = 1;
        if (length > at + 8 + bytes - place) return;
        memcpy(m->bytes + place, word, length);
        return;
    }
}

typedef void step_t(mutation_t *m);
static step_t *const steps[] = {
    change_bytes, change_bytes, change_tag,   change_flags,   change_aux,     change_count,
    change_word,  change_long,  change_head,  change_pointer, change_pointer, change_distance,
    copy_block,   insert_block, append_block, erase_block,    change_layout};

/* ---- resealing ------------------------------------------------------------------------------- */

static void reseal_prints(uint8_t *bytes, size_t size, uint64_t types) {
    if (types % 8 != 0 || types > size || size - types < 8) return;
    size_t count = qb_u32(bytes + types + 4);
    size_t at = types + QB_BODY_BYTES;
    for (size_t i = 0; i < count && size - at >= QB_TYPE_ENTRY_BYTES; i++) {
        int64_t text = (int64_t)at + 12 + (int64_t)qb_i32(bytes + at + 12) * QB_POINTER_UNIT;
        if (text >= 0 && (size_t)text + 8 <= size) {
            uint32_t length = qb_u32(bytes + text + 4);
            if (length <= size - (size_t)text - 8) {
                put_u32(bytes + at + 8, qb_hash_bytes(QB_SEED_LAYOUT, bytes + text + 8, length));
            }
        }
        at += QB_TYPE_ENTRY_BYTES;
    }
}

static void reseal(random_t *random, uint8_t *bytes, size_t size) {
    size_t whole = size / 8 * 8;
    int keeps_prints = below(random, 8) != 0;
    if (is_file(bytes, size)) {
        memcpy(bytes, file_magic, sizeof file_magic);
        if (below(random, 16) != 0) put_u16(bytes + QB_FILE_OLDEST, 1);
        if (below(random, 16) != 0) put_u64(bytes + QB_FILE_SIZE, whole);
        if (keeps_prints) reseal_prints(bytes, whole, qb_u64(bytes + QB_FILE_TYPES));
        uint32_t sum = qb_crc32c(bytes + QB_FILE_BYTES, whole - QB_FILE_BYTES);
        put_u32(bytes + QB_FILE_CHECKSUM, sum);
        put_u32(bytes + QB_FILE_OWN_CHECKSUM, qb_crc32c(bytes, QB_FILE_OWN_CHECKSUM));
    } else if (size >= QB_HEAD_BYTES) {
        put_u16(bytes + QB_HEAD_MAGIC_AT, QB_HEAD_MAGIC);
        if (below(random, 16) != 0) bytes[QB_HEAD_OLDEST] = 1;
        if (below(random, 16) != 0) put_u32(bytes, (uint32_t)whole);
        int64_t types = QB_HEAD_TYPES + (int64_t)qb_i32(bytes + QB_HEAD_TYPES) * QB_POINTER_UNIT;
        if (keeps_prints && types >= 0) reseal_prints(bytes, whole, (uint64_t)types);
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t size_max, unsigned int seed) {
    mutation_t m = {{seed}, bytes, size, size_max};
    if (size < head_bytes(&m) + QB_BODY_BYTES) return LLVMFuzzerMutate(bytes, size, size_max);
    for (size_t left = 1 + below(&m.random, STEPS_MAX); left > 0; left--) {
        if (m.size < head_bytes(&m) + QB_BODY_BYTES) break;
        steps[below(&m.random, sizeof steps / sizeof steps[0])](&m);
    }
    reseal(&m.random, m.bytes, m.size);
    return m.size;
}

/* The one with a piece of the other in it. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t out_max, unsigned int seed) {
    random_t random = {seed};
    size_t size = a_size < out_max ? a_size : out_max;
    memcpy(out, a, size);
    if (size < QB_FILE_BYTES || b_size < QB_FILE_BYTES) return size;
    size_t from = below(&random, b_size / 8) * 8;
    size_t to = QB_HEAD_BYTES + below(&random, (size - QB_HEAD_BYTES) / 8) * 8;
    size_t bytes = (1 + below(&random, 4 * BLOCK_UNITS_MAX)) * 8;
    if (bytes > b_size - from) bytes = b_size - from;
    if (bytes > size - to) bytes = size - to;
    memcpy(out + to, b + from, bytes);
    reseal(&random, out, size);
    return size;
}
