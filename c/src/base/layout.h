/*
 * Every structure that stands in the memory. JS gets these offsets generated (c/tools/layout.c).
 *
 *   0        1024      roots       threads      states     dirty    pages     regions    maps        first
 *   | null   | header  | 1024 x16B | 128 x2KiB  | 4B/page  | 1B/page| 64B/page | 512B/page| 4KiB/page | pages
 *   |  zone  |         |           |            |          |        |           |            |
 *   `------------------ fixed ------------------'`------- sized by page_max ---------------'
 *
 * The owner map is the truth: map[page][block] = 0 for a free block, else its owner byte. What the
 * page record holds (window, counts, ring) is a cache of its owner thread and is rebuilt from the
 * map when the page changes hands. So no order of stores matters to recovery, and a stray write
 * through a stale view cannot reach the allocator's own data: it never stands inside of a page.
 *
 * Page state, one word a page, changed by CAS when another thread may contend:
 *
 *   bits  0..3   kind (qb_page_kind_t)
 *   bits  4..11  owner byte: thread number, 0 = abandoned, QB_OWNER_SHARED, QB_OWNER_REGION
 *   bits 12..31  payload: BLOCKS: size class; SPAN of a region: its address / 4096;
 *                TAIL: distance to the head of its span in pages
 *
 *        VIRGIN/FREE --cas--> PENDING(me) --store--> BLOCKS(me, class) --store--> FREE
 *        VIRGIN/FREE --cas--> PENDING(me) --store--> SPAN(owner) --cas--> FREEING(me) --> FREE
 *        VIRGIN/FREE --cas--> TAIL(distance) ------------------------------------------> FREE
 *
 * Tails are taken from low to high and freed from high to low, so at any instant the pages behind a
 * head that say TAIL(1), TAIL(2) ... without a gap are exactly what belongs to it.
 */
#ifndef QB_LAYOUT_H
#define QB_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "host.h"
#include "qbwasm.h"
#include "sync.h"

#define QB_MAGIC 0x30534251u /* "QBS0" */
#define QB_LAYOUT_VERSION 1u
#define QB_HEADER_ADDRESS 1024u
#define QB_HEADER_BYTES 1024u
#define QB_CLASS_COUNT 41u /* 40 size classes and one for arenas */
#define QB_CLASS_REGION 40u
#define QB_REGION_BYTES 4096u
#define QB_MAP_BYTES 4096u /* owner bytes a page: 64 KiB of 16-byte blocks */
#define QB_FAULTS_MAX 16u
#define QB_QUARANTINE_COUNT 64u
#define QB_SCRATCH_BYTES 512u

typedef enum qb_page_kind {
    QB_PAGE_VIRGIN = 0,  /* free and all zero */
    QB_PAGE_FREE = 1,    /* free */
    QB_PAGE_META = 2,    /* holds the tables */
    QB_PAGE_PENDING = 3, /* being made by its owner */
    QB_PAGE_BLOCKS = 4,
    QB_PAGE_SPAN = 5,    /* first page of a span */
    QB_PAGE_TAIL = 6,    /* further page of a span */
    QB_PAGE_FREEING = 7, /* first page of a span that its owner is freeing */
} qb_page_kind_t;

typedef enum qb_thread_status {
    QB_THREAD_FREE = 0,
    QB_THREAD_LIVE = 1,
    QB_THREAD_REAPING = 2,
} qb_thread_status_t;

typedef struct qb_class {
    uint32_t block_bytes;
    uint32_t block_count;
    uint32_t
        reciprocal; /* ceil(2^32 / block_bytes): index = offset * reciprocal >> 32, exact here */
    uint32_t pad;
} qb_class_t;
_Static_assert(sizeof(qb_class_t) == 16, "class");

/* Written by qb_heap_init before the memory is shared, but for the words marked (atomic). */
typedef struct qb_header {
    uint32_t magic; /* written last */
    uint32_t layout_version;
    uint32_t layout_hash;
    uint32_t options;
    uint32_t page_max;
    uint32_t page_first; /* first page behind the tables */
    uint32_t states_address;
    uint32_t dirty_address;
    uint32_t pages_address;
    uint32_t maps_address;
    uint32_t regions_address;
    uint32_t page_count; /* (atomic) usable pages; published after growth, never shrinks */
    uint32_t free_hint;  /* (atomic) a guess: no free page below */
    uint32_t abandoned;  /* (atomic) counts up with pages that no thread owns; 0: there are none */
    uint32_t region_serial; /* (atomic) source of qb_region_t.serial */
    uint32_t growth_count;  /* (atomic) */
    qb_class_t classes[QB_CLASS_COUNT];
} qb_header_t;
_Static_assert(sizeof(qb_header_t) <= QB_HEADER_BYTES, "header");

/* A root is a name for ever (name_address, by CAS, once) and a value that comes and goes. */
typedef struct qb_root {
    uint64_t value; /* (atomic) address | kind << 32; 0 = removed. Release publishes the value */
    uint32_t name_address; /* (atomic) block: u32 byte count, then the bytes */
    uint32_t pad;
} qb_root_t;
_Static_assert(sizeof(qb_root_t) == 16, "root");

/* Cache of the page's owner thread. One cache line. */
typedef struct qb_page {
    uint64_t window; /* bit i: block window_base + i is free. Subset of the map's zeros */
    uint32_t window_base;
    uint32_t window_virgin; /* 1: no block of the window was handed out since the page was virgin */
    uint32_t used_count;    /* >= live blocks; exact after a recount */
    uint32_t virgin_from; /* no block from this index on was handed out since the page was virgin */
    uint32_t block_bytes;
    uint32_t block_count;
    uint32_t reciprocal;
    uint32_t next_page; /* ring of the owner's pages of this class */
    uint32_t prev_page;
    uint32_t pad[5];
} qb_page_t;
_Static_assert(sizeof(qb_page_t) == 64, "page");

typedef struct qb_stats {
    uint32_t page_count, page_max, pages_meta, pages_virgin, pages_free, pages_blocks, pages_span;
    uint32_t pages_abandoned, pages_pending;
    uint32_t blocks_live, spans_live, arenas_live, pools_live, blocks_shared, blocks_quarantine;
    uint32_t threads_live, roots_live, memory_pools_live;
    uint64_t bytes_live;        /* block sizes and spans, regions included */
    uint64_t bytes_arena;       /* of these: arenas and their slabs */
    uint64_t bytes_pool;        /* of these: pools */
    uint64_t bytes_memory_pool; /* of these: memory pools */
} qb_stats_t;
_Static_assert(sizeof(qb_stats_t) == 104, "stats");

typedef struct qb_fault {
    uint32_t code; /* qb_fault_code_t */
    uint32_t page_index;
    uint32_t detail;
    uint32_t pad;
} qb_fault_t;

/* One slot. Its owner alone writes it while LIVE; other threads meet in `state`. */
struct qb_thread {
    uint32_t state; /* (atomic) bits 0..3 status, 4..11 reaper's number, 12..31 generation */
    uint32_t
        agent; /* who holds it; changes in one step with the state of a free slot (see attach) */
    uint32_t number;                  /* 1 .. QB_THREADS_MAX; constant */
    uint32_t moving;                  /* what changes hands: a block's address, a message */
    uint32_t current[QB_CLASS_COUNT]; /* page index in the ring of each class; 0 = empty ring */
    uint32_t quarantine_next;
    uint32_t fault_count;
    uint32_t moving_to; /* the channel; or the state of the receiver's slot */
    uint64_t claim;     /* (atomic) which change of hands; 0 = none. See wait/ring.h, heap/own.c */
    uint32_t quarantine[QB_QUARANTINE_COUNT]; /* (atomic, lab) addresses, 0 = empty */
    qb_stats_t stats;
    uint32_t pad1[6];
    qb_fault_t faults[QB_FAULTS_MAX];
    uint8_t scratch[QB_SCRATCH_BYTES]; /* JS puts names here */
};
_Static_assert(offsetof(qb_thread_t, state) == 0 && offsetof(qb_thread_t, agent) == 4,
               "attach writes both by one 64-bit CAS");
_Static_assert(offsetof(qb_thread_t, stats) % 8 == 0 && offsetof(qb_thread_t, claim) % 8 == 0,
               "64-bit fields");
_Static_assert(sizeof(qb_thread_t) <= 2048, "thread");
#define QB_THREAD_BYTES 2048u

/*
 * A region: memory with one life of its own. It begins with a 4 KiB block of class QB_CLASS_REGION,
 * whose owner byte is the region's owner; further memory are spans whose page state names that block.
 * Arenas, pools and channels are regions.
 *
 * What threads meet in stands in the tables, one record for each 4 KiB of memory: so a thread with a
 * stale handle never writes into what stands at that address by now. A record without a region says
 * NONE.
 */
typedef struct qb_region_record {
    uint32_t state;  /* (atomic) bits 0..3 qb_region_state_t, 4..11 releasing thread, 12..15 kind */
    uint32_t serial; /* tells successive regions at one address apart; never 0 */
    uint32_t pins[QB_THREADS_MAX / 32]; /* (atomic) bit a thread */
    uint32_t pad[2];
} qb_region_record_t;
_Static_assert(sizeof(qb_region_record_t) == 32, "region record");

/* At the start of the block. */
typedef struct qb_region {
    uint32_t span_address; /* newest span, 0: none. A cache; the page states are the truth */
    uint32_t span_pages;   /* (atomic) pages of all spans */
    uint32_t rescan;       /* 1: the list may be incomplete */
    uint32_t pad;
} qb_region_t;
_Static_assert(sizeof(qb_region_t) == 16, "region");

typedef enum qb_region_state {
    QB_REGION_NONE = 0, /* the whole word is 0: no region, or not open yet */
    QB_REGION_OPEN = 1,
    QB_REGION_CLOSED = 2, /* kept by pins */
    QB_REGION_RELEASING = 3,
} qb_region_state_t;

typedef enum qb_region_kind {
    QB_REGION_ARENA = 1,
    QB_REGION_POOL = 2,
    QB_REGION_MEMORY = 3, /* a memory pool */
    QB_REGION_CHANNEL = 4,
} qb_region_kind_t;

/* Start of each span of a region. */
typedef struct qb_region_span {
    uint32_t prev_address;
    uint32_t pad[3];
} qb_region_span_t;

/* The rest of its block is the first slab. */
typedef struct qb_arena {
    qb_region_t region;
    uint32_t top_address; /* owner: next free byte of the current slab */
    uint32_t end_address; /* exclusive */
    uint32_t slab_bytes;  /* least size of the next slab */
    uint32_t pad;
} qb_arena_t;
_Static_assert(sizeof(qb_arena_t) == 32, "arena");

/* Who waits for something; see wait/waiters.h. */
typedef struct qb_waiters {
    uint32_t
        epoch; /* (atomic) futex word: changes when it became available and someone is marked */
    uint32_t marks[QB_THREADS_MAX / 32]; /* (atomic) bit a thread that searches or waits */
} qb_waiters_t;

/* One end of a ring, in a cache line of its own. */
typedef struct qb_ring_end {
    uint64_t position; /* (atomic) index of a cell | lap << 32; helped forward by anyone */
    qb_waiters_t
        waiters; /* woken when this end moves on: at the head for room, at the tail for items */
    uint32_t pad[9];
} qb_ring_end_t;
_Static_assert(sizeof(qb_ring_end_t) == 64, "ring end");

/* See wait/ring.h. */
typedef struct qb_ring {
    uint32_t capacity;
    uint32_t cells_address;
    uint32_t pad[6];
    qb_ring_end_t head; /* the oldest item */
    qb_ring_end_t tail; /* where the next one goes */
} qb_ring_t;
_Static_assert(sizeof(qb_ring_t) == 160, "ring");

/* See lifetime/channel.c. Its cells follow, or stand in a span. */
typedef struct qb_channel {
    qb_region_t region;
    uint32_t kind;          /* qb_channel_kind_t */
    uint32_t source;        /* the pool of its messages, 0: none */
    uint32_t source_serial; /* of that pool */
    uint32_t user;          /* JS: what its numbers are */
    qb_ring_t ring;
} qb_channel_t;
_Static_assert(sizeof(qb_channel_t) == 192 && offsetof(qb_channel_t, ring.head) % 64 == 0,
               "channel");

#define QB_LOCK_MAGIC 0x4b4c4251u /* "QBLK" */

/* Mutex, semaphore, condition; see wait/lock.c. */
typedef struct qb_lock {
    uint64_t name;         /* QB_LOCK_MAGIC | id << 32; id: kind in bits 0..1, serial above */
    uint32_t epoch;        /* (atomic) futex word; bit 0: someone may wait; bit 10: always set */
    uint32_t permit_count; /* constant */
    uint32_t permits[];    /* (atomic) holder's number | generation << 12; 0 = free */
} qb_lock_t;
_Static_assert(sizeof(qb_lock_t) == 16, "lock");

#define QB_POOL_USER_IN_USE 1u
#define QB_POOL_CHUNKS_MAX 25u /* 2^24 slots from a first chunk of one */

/* See pool.c. */
typedef struct qb_pool {
    qb_region_t region;
    uint32_t slot_bytes;
    uint32_t capacity; /* (atomic) slots that may be used */
    uint32_t capacity_max;
    uint32_t chunk_slots;   /* of chunk 0; chunk k has chunk_slots << (k - 1) */
    uint32_t growth_slots;  /* linear growth, or 0 */
    uint32_t growth_factor; /* exponential growth, 16.16 fixed point */
    uint32_t growth_count;  /* (atomic) */
    qb_waiters_t waiters;   /* for a free slot, or the end */
    uint32_t user[4]; /* JS: schema hash; (atomic) in use, peak in use (with statistics); flags */
    uint32_t chunks[QB_POOL_CHUNKS_MAX]; /* (atomic) addresses of the state words; 0 = not there */
    uint32_t pad[3];
} qb_pool_t;
_Static_assert(sizeof(qb_pool_t) == 192 && sizeof(qb_pool_t) % 16 == 0, "pool");

/* See memory_pool.c. */
typedef enum qb_memory_phase {
    QB_MEMORY_NONE = 0, /* the entry is free */
    QB_MEMORY_MAKING = 1,
    QB_MEMORY_LIVE = 2,
    QB_MEMORY_FREEING = 3,
} qb_memory_phase_t;

/* One allocation of a memory pool. */
typedef struct qb_memory_entry {
    uint64_t state; /* (atomic) bits 0..7 owner, 8..31 generation, 32..35 phase, 40..47 who makes or
                       frees it, 48: another one of its key came first */
    uint32_t
        range; /* bits 0..26 first unit, 27..31 log2 of the units, 31 = none. Its maker writes it */
    uint32_t bytes;   /* asked for */
    uint32_t type;    /* (atomic) */
    uint32_t key;     /* (atomic) the user's id, 0 = none; unique among those of its type */
    uint32_t user[2]; /* JS */
} qb_memory_entry_t;
_Static_assert(sizeof(qb_memory_entry_t) == 32, "memory entry");

#define QB_MEMORY_CHUNKS_MAX 27u

typedef struct qb_memory {
    qb_region_t region;
    uint32_t unit_log2;     /* bytes of a unit, the smallest block */
    uint32_t chunk_units;   /* of chunk 0 (chunk.h) */
    uint32_t chunk_entries; /* of chunk 0 */
    uint32_t flags;         /* QB_MEMORY_GROWS */
    uint32_t unit_hint;     /* any value will do: where a search begins, what was freed last */
    uint32_t entry_hint;    /* the same for entries */
    uint32_t growth_count;  /* (atomic) */
    qb_waiters_t waiters;   /* for room, or the end */
    uint32_t user[4];       /* JS: (atomic) peak of allocations; of bytes */
    uint32_t chunks[QB_MEMORY_CHUNKS_MAX]; /* (atomic) addresses of the entries; 0 = not there */
    uint32_t pad;
} qb_memory_t;
_Static_assert(sizeof(qb_memory_t) % 16 == 0, "memory pool");

#define QB_ROOTS_ADDRESS (QB_HEADER_ADDRESS + QB_HEADER_BYTES)
#define QB_THREADS_ADDRESS (QB_ROOTS_ADDRESS + QB_ROOTS_MAX * (uint32_t)sizeof(qb_root_t))
#define QB_TABLES_ADDRESS (QB_THREADS_ADDRESS + QB_THREADS_MAX * QB_THREAD_BYTES)

/* ---- access ---------------------------------------------------------------------------------- */

/* For what the hot paths are made of: -Os would make each of these a call, and a call costs 2 ns. */
#define QB_INLINE static inline __attribute__((always_inline))

QB_INLINE qb_header_t *qb_header(void) {
    return QB_AT(qb_header_t, QB_HEADER_ADDRESS);
}
QB_INLINE uint32_t *qb_state_of(uint32_t page) {
    return QB_AT(uint32_t, qb_header()->states_address) + page;
}
QB_INLINE uint8_t *qb_dirty_of(uint32_t page) {
    return QB_AT(uint8_t, qb_header()->dirty_address) + page;
}
QB_INLINE qb_page_t *qb_page_of(uint32_t page) {
    return QB_AT(qb_page_t, qb_header()->pages_address) + page;
}
QB_INLINE uint8_t *qb_map_of(uint32_t page) {
    return QB_AT(uint8_t, qb_header()->maps_address + page * QB_MAP_BYTES);
}
/* The record of the region that begins at this address (below the end of the memory). */
QB_INLINE qb_region_record_t *qb_region_record_of(uint32_t address) {
    return QB_AT(qb_region_record_t, qb_header()->regions_address) + address / QB_REGION_BYTES;
}
QB_INLINE qb_root_t *qb_root_of(uint32_t index) {
    return QB_AT(qb_root_t, QB_ROOTS_ADDRESS) + index;
}
/* number: 1 .. QB_THREADS_MAX */
QB_INLINE qb_thread_t *qb_thread_of(uint32_t number) {
    return QB_AT(qb_thread_t, QB_THREADS_ADDRESS + (number - 1) * QB_THREAD_BYTES);
}

QB_INLINE uint32_t qb_word(uint32_t kind, uint32_t owner, uint32_t payload) {
    return kind | owner << 4 | payload << 12;
}
QB_INLINE uint32_t qb_word_kind(uint32_t word) {
    return word & 15u;
}
QB_INLINE uint32_t qb_word_owner(uint32_t word) {
    return word >> 4 & 255u;
}
QB_INLINE uint32_t qb_word_payload(uint32_t word) {
    return word >> 12;
}

#endif
