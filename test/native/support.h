/*
 * What every native test needs: a heap to play with, content patterns, a seeded random source, and
 * assertions that say what they saw.
 *
 * Each *_test.c is one program: cmocka + core + this + support/.
 *
 * Environment: QB_SEED=n replays a random test with that seed.
 */
#ifndef QB_TEST_SUPPORT_H
#define QB_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/layout.h"
#include "qbwasm.h"

/* Prints, unless say_nothing is set. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern int say_nothing;

/* Arguments that no caller should pass and every function must survive. */
static const uint32_t absurd_numbers[] = {
    0u,          1u,          2u,          15u,         16u,         1023u,       1024u,
    4095u,       4096u,       65535u,      65536u,      65537u,      0x7fffffffu, 0x80000000u,
    0x80000001u, 0xfffeffffu, 0xffff0000u, 0xfffffff0u, 0xfffffffeu, 0xffffffffu,
};
#define ABSURD_COUNT (sizeof(absurd_numbers) / sizeof(absurd_numbers[0]))

/* ---- heap ------------------------------------------------------------------------------------ */

/* A heap with extra_count (>= 1) usable pages now and exactly grow_count more to come. */
static inline void heap_open(uint32_t extra_count, uint32_t grow_count, uint32_t options) {
    qb_native_close(); /* of a test that failed */
    /* The tables grow with page_max, so page_max is found by iteration. page_min has one usable page. */
    uint32_t page_max = extra_count + grow_count;
    while (qb_heap_page_min(page_max) == 0 ||
           qb_heap_page_min(page_max) - 1 + extra_count + grow_count > page_max) {
        page_max++;
        assert_true(page_max <= QB_PAGES_MAX);
    }
    assert_int_equal(qb_native_open(page_max - grow_count, page_max), QB_OK);
    assert_int_equal(qb_heap_init(page_max, options), QB_OK);
    assert_int_equal(qb_heap_open(), QB_OK);
}

static inline void heap_close(void) {
    qb_native_fail_growth(0);
    qb_native_close();
}

static inline qb_thread_t *attach(void) {
    uint32_t address = qb_thread_attach();
    assert_true(address >= QB_ADDRESS_MIN);
    return qb_thread_at(address);
}

static inline qb_stats_t stats_of(qb_thread_t *self) {
    uint32_t address = qb_stats(self);
    assert_true(address >= QB_ADDRESS_MIN);
    qb_stats_t stats;
    memcpy(&stats, qb_native_bytes(address), sizeof stats);
    return stats;
}

/* The number of broken invariants; prints the first of them. */
static inline uint32_t faults(qb_thread_t *self) {
    uint32_t count = qb_check(self);
    for (uint32_t i = 0; i < count && i < QB_FAULTS_MAX; i++) {
        const qb_fault_t *fault = &self->faults[i];
        say("fault %u: code %u page %u detail 0x%x\n", i, fault->code, fault->page_index,
            fault->detail);
    }
    return count;
}

/* Pages add up whatever happens. */
static inline int stats_conserve(const qb_stats_t *s) {
    uint32_t sum = s->pages_meta + s->pages_virgin + s->pages_free + s->pages_blocks +
                   s->pages_span + s->pages_pending;
    if (sum != s->page_count || s->page_count > s->page_max ||
        s->pages_abandoned > s->pages_blocks || s->bytes_arena > s->bytes_live ||
        s->blocks_shared > s->blocks_live + s->spans_live + s->arenas_live) {
        say("pages: count %u max %u = meta %u + virgin %u + free %u + blocks %u + span %u "
            "+ pending %u; abandoned %u; bytes live %llu arena %llu; live %u+%u shared %u\n",
            s->page_count, s->page_max, s->pages_meta, s->pages_virgin, s->pages_free,
            s->pages_blocks, s->pages_span, s->pages_pending, s->pages_abandoned,
            (unsigned long long)s->bytes_live, (unsigned long long)s->bytes_arena, s->blocks_live,
            s->spans_live, s->blocks_shared);
        return 0;
    }
    return 1;
}

#define assert_sound(self)                                                                         \
    do {                                                                                           \
        assert_int_equal(faults(self), 0);                                                         \
        qb_stats_t sound_stats = stats_of(self);                                                   \
        assert_true(stats_conserve(&sound_stats));                                                 \
    } while (0)

/* Nothing but tables and free pages is left; names of roots may keep `name_count` blocks. */
static inline int heap_is_empty(qb_thread_t *self, uint32_t name_count) {
    qb_trim(self);
    qb_stats_t s = stats_of(self);
    uint32_t free_pages = s.pages_virgin + s.pages_free;
    if (s.blocks_live == name_count && s.spans_live == 0 && s.arenas_live == 0 &&
        s.blocks_quarantine == 0 && s.pages_pending == 0 && s.pages_span == 0 &&
        (name_count != 0 || free_pages + s.pages_meta == s.page_count) &&
        s.pages_blocks <= name_count) {
        return 1;
    }
    say("not empty: blocks %u (names %u) spans %u arenas %u quarantine %u; pages %u = meta "
        "%u + free %u + blocks %u + span %u + pending %u, abandoned %u; threads %u\n",
        s.blocks_live, name_count, s.spans_live, s.arenas_live, s.blocks_quarantine, s.page_count,
        s.pages_meta, free_pages, s.pages_blocks, s.pages_span, s.pages_pending, s.pages_abandoned,
        s.threads_live);
    return 0;
}

#define assert_heap_empty(self)                                                                    \
    do {                                                                                           \
        assert_sound(self);                                                                        \
        assert_true(heap_is_empty((self), 0));                                                     \
        assert_sound(self);                                                                        \
    } while (0)

/* ---- results --------------------------------------------------------------------------------- */

static inline const char *result_name(uint32_t result) {
    return result < QB_ADDRESS_MIN ? qb_status_name((qb_status_t)result) : "an address";
}

/* The result as an address; fails the test when it is a status. */
static inline uint32_t address_or_fail(uint32_t result, const char *file, int line) {
    if (result < QB_ADDRESS_MIN) {
        say("expected an address, got %s\n", result_name(result));
        _fail(file, line);
    }
    return result;
}
#define must(result) address_or_fail((result), __FILE__, __LINE__)

static inline void status_or_fail(uint32_t result, uint32_t a, uint32_t b, const char *file,
                                  int line) {
    if (result != a && result != b) {
        say("expected %s or %s, got %s (%u)\n", result_name(a), result_name(b), result_name(result),
            result);
        _fail(file, line);
    }
}
#define assert_status(result, status)                                                              \
    status_or_fail((uint32_t)(result), (status), (status), __FILE__, __LINE__)
#define assert_either(result, one, other)                                                          \
    status_or_fail((uint32_t)(result), (one), (other), __FILE__, __LINE__)

/* ---- content --------------------------------------------------------------------------------- */

static inline uint8_t *bytes_at(uint32_t address) {
    return qb_native_bytes(address);
}

/* Large blocks are patterned at both ends and once a page: enough to notice a foreign write. */
static inline int pattern_here(uint32_t offset, uint32_t bytes) {
    return offset < 256 || bytes - offset <= 256 || (offset & 4095u) < 8;
}
static inline uint8_t pattern_byte(uint32_t tag, uint32_t offset) {
    return (uint8_t)((tag * 0x9e3779b1u + offset * 0x85ebca6bu) >> 24 | 1u);
}
static inline uint32_t pattern_next(uint32_t offset, uint32_t bytes) {
    offset++;
    if (offset < bytes && !pattern_here(offset, bytes)) {
        uint32_t step = (offset + 4095u) & ~4095u;
        offset = step < bytes - 256 ? step : bytes - 256;
    }
    return offset;
}
static inline void pattern_write(uint32_t address, uint32_t bytes, uint32_t tag) {
    uint8_t *p = bytes_at(address);
    for (uint32_t i = 0; i < bytes; i = pattern_next(i, bytes)) {
        p[i] = pattern_byte(tag, i);
    }
}
/* The pattern of `bytes` was written; `kept` bytes of it must still be there. */
static inline int pattern_holds(uint32_t address, uint32_t bytes, uint32_t kept, uint32_t tag) {
    const uint8_t *p = bytes_at(address);
    for (uint32_t i = 0; i < bytes; i = pattern_next(i, bytes)) {
        if (i < kept && p[i] != pattern_byte(tag, i)) {
            say("block 0x%x of %u bytes: byte %u is 0x%02x, not 0x%02x\n", address, bytes, i, p[i],
                pattern_byte(tag, i));
            return 0;
        }
    }
    return 1;
}
static inline int all_bytes(uint32_t address, uint32_t bytes, uint8_t value) {
    const uint8_t *p = bytes_at(address);
    for (uint32_t i = 0; i < bytes; i++) {
        if (p[i] != value) {
            say("address 0x%x + %u is 0x%02x, not 0x%02x\n", address, i, p[i], value);
            return 0;
        }
    }
    return 1;
}

/* ---- random ---------------------------------------------------------------------------------- */

typedef struct rng {
    uint64_t state;
} rng_t;

/* splitmix64 */
static inline uint32_t rng_next(rng_t *rng) {
    uint64_t z = (rng->state += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ z >> 31) >> 32);
}
static inline uint32_t rng_below(rng_t *rng, uint32_t limit) {
    return (uint32_t)((uint64_t)rng_next(rng) * limit >> 32);
}
/* Sizes as programs ask for them: mostly small, sometimes a span. */
static inline uint32_t rng_bytes(rng_t *rng, uint32_t span_bytes_max) {
    uint32_t kind = rng_below(rng, 100);
    if (kind < 60) {
        return rng_below(rng, 256);
    }
    if (kind < 85) {
        return rng_below(rng, 4096);
    }
    if (kind < 96) {
        return rng_below(rng, QB_BLOCK_BYTES_MAX + 1);
    }
    return QB_BLOCK_BYTES_MAX + rng_below(rng, span_bytes_max);
}

/* QB_SEED or the clock; printed, because a failure without its seed is lost. */
static inline uint64_t seed_from_environment(const char *test_name) {
    const char *text = getenv("QB_SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 0) : (uint64_t)time(NULL);
    printf("%s: QB_SEED=%llu\n", test_name, (unsigned long long)seed);
    fflush(stdout);
    return seed;
}

#endif
