/*
 * Every access of the core to shared memory.
 *
 * put/get    plain: for words only their owner writes, or that are not published yet. Natively a
 *            relaxed atomic (so TSan can check the rest), in wasm an ordinary store.
 * load/store, swap, cas, or, and, add
 *            sequentially consistent: the words threads meet in.
 * fill/copy  user bytes.
 *
 * Nothing else in the core writes to the memory. So two test builds can be made from the same
 * sources: with QB_LAB each *write* is a numbered crash point (qb_lab_point may not return); with
 * QB_SCHED each *access* first asks a seeded scheduler which thread goes on (qb_sched_point).
 */
#ifndef QB_SYNC_H
#define QB_SYNC_H

#include <stdint.h>

#if defined(QB_LAB) || defined(QB_SCHED)
typedef struct qb_lab_site {
    const char *file;
    uint32_t line;
    uint32_t hits;
} qb_lab_site_t;
#endif

#if defined(QB_LAB)
/* Called before each write. The sites stand in the linker section "qb_sites". */
void qb_lab_point(qb_lab_site_t *site);
#define QB_WRITE_POINT()                                                                           \
    do {                                                                                           \
        static qb_lab_site_t qb_site                                                               \
            __attribute__((section("qb_sites"), used, aligned(16))) = {__FILE__, __LINE__, 0};     \
        qb_lab_point(&qb_site);                                                                    \
    } while (0)
#define QB_READ_POINT() ((void)0)
#elif defined(QB_SCHED)
/* Called before each access. */
void qb_sched_point(void);
#define QB_WRITE_POINT() qb_sched_point()
#define QB_READ_POINT() qb_sched_point()
#else
#define QB_WRITE_POINT() ((void)0)
#define QB_READ_POINT() ((void)0)
#endif

#define QB_WRITING(expression)                                                                     \
    (__extension__({                                                                               \
        QB_WRITE_POINT();                                                                          \
        expression;                                                                                \
    }))
#define QB_READING(expression)                                                                     \
    (__extension__({                                                                               \
        QB_READ_POINT();                                                                           \
        expression;                                                                                \
    }))

#ifdef __wasm__
#define QB_PLAIN_STORE(p, v) ((void)(*(p) = (v)))
#define QB_PLAIN_LOAD(p) (*(p))
#else
#define QB_PLAIN_STORE(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define QB_PLAIN_LOAD(p) __atomic_load_n((p), __ATOMIC_RELAXED)
#endif

#define qb_put8(p, v) QB_WRITING(QB_PLAIN_STORE((uint8_t *)(p), (uint8_t)(v)))
#define qb_put32(p, v) QB_WRITING(QB_PLAIN_STORE((uint32_t *)(p), (uint32_t)(v)))
#define qb_put64(p, v) QB_WRITING(QB_PLAIN_STORE((uint64_t *)(p), (uint64_t)(v)))
/* get is no scheduling point: the word is the caller's own, or any value will do. */
#define qb_get8(p) QB_PLAIN_LOAD((const uint8_t *)(p))
#define qb_get32(p) QB_PLAIN_LOAD((const uint32_t *)(p))

/* Eight owner bytes at once. A zero among them acquires what the thread that freed the block wrote to
 * it. TSan follows single bytes only. */
#if defined(__SANITIZE_THREAD__)
#define QB_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define QB_TSAN 1
#endif
#endif
static inline uint64_t qb_get_owners(const uint8_t *map) {
#if defined(__wasm__)
    return *(const uint64_t *)(const void *)map;
#elif defined(QB_TSAN)
    uint64_t owners = 0;
    for (uint32_t i = 0; i < 8; i++) {
        owners |= (uint64_t)__atomic_load_n(map + i, __ATOMIC_ACQUIRE) << 8 * i;
    }
    return owners;
#else
    return __atomic_load_n((const uint64_t *)(const void *)map, __ATOMIC_ACQUIRE);
#endif
}

#define qb_load8(p) QB_READING(__atomic_load_n((const uint8_t *)(p), __ATOMIC_SEQ_CST))
#define qb_load32(p) QB_READING(__atomic_load_n((const uint32_t *)(p), __ATOMIC_SEQ_CST))
#define qb_load64(p) QB_READING(__atomic_load_n((const uint64_t *)(p), __ATOMIC_SEQ_CST))
#define qb_store8(p, v) QB_WRITING(__atomic_store_n((uint8_t *)(p), (uint8_t)(v), __ATOMIC_SEQ_CST))
#define qb_store32(p, v)                                                                           \
    QB_WRITING(__atomic_store_n((uint32_t *)(p), (uint32_t)(v), __ATOMIC_SEQ_CST))
#define qb_store64(p, v)                                                                           \
    QB_WRITING(__atomic_store_n((uint64_t *)(p), (uint64_t)(v), __ATOMIC_SEQ_CST))
#define qb_swap32(p, v)                                                                            \
    QB_WRITING(__atomic_exchange_n((uint32_t *)(p), (uint32_t)(v), __ATOMIC_SEQ_CST))
#define qb_swap64(p, v)                                                                            \
    QB_WRITING(__atomic_exchange_n((uint64_t *)(p), (uint64_t)(v), __ATOMIC_SEQ_CST))
#define qb_or32(p, v)                                                                              \
    QB_WRITING(__atomic_fetch_or((uint32_t *)(p), (uint32_t)(v), __ATOMIC_SEQ_CST))
#define qb_and32(p, v)                                                                             \
    QB_WRITING(__atomic_fetch_and((uint32_t *)(p), (uint32_t)(v), __ATOMIC_SEQ_CST))
#define qb_add32(p, v)                                                                             \
    QB_WRITING(__atomic_fetch_add((uint32_t *)(p), (uint32_t)(v), __ATOMIC_SEQ_CST))
/* True when *p was `expected` and is now `desired`. (__sync: no address of a local, so no stack.) */
#define qb_cas8(p, expected, desired)                                                              \
    QB_WRITING(                                                                                    \
        __sync_bool_compare_and_swap((uint8_t *)(p), (uint8_t)(expected), (uint8_t)(desired)))
#define qb_cas32(p, expected, desired)                                                             \
    QB_WRITING(                                                                                    \
        __sync_bool_compare_and_swap((uint32_t *)(p), (uint32_t)(expected), (uint32_t)(desired)))
#define qb_cas64(p, expected, desired)                                                             \
    QB_WRITING(                                                                                    \
        __sync_bool_compare_and_swap((uint64_t *)(p), (uint64_t)(expected), (uint64_t)(desired)))

/* In the lab and the scheduler with a point in the middle, where half of the bytes are written. (So the
 * arguments have no side effects, and what is copied does not overlap.) */
#if defined(QB_LAB) || defined(QB_SCHED)
#define QB_IN_HALVES(half, whole) ((void)QB_WRITING(half), (void)QB_WRITING(whole))
#else
#define QB_IN_HALVES(half, whole) QB_WRITING(whole)
#endif
#define qb_fill(p, value, bytes)                                                                   \
    QB_IN_HALVES((void)__builtin_memset((p), (value), (bytes) / 2),                                \
                 (void)__builtin_memset((p), (value), (bytes)))
#define qb_copy(to, from, bytes)                                                                   \
    QB_IN_HALVES((void)__builtin_memmove((to), (from), (bytes) / 2),                               \
                 (void)__builtin_memmove((to), (from), (bytes)))

#endif
