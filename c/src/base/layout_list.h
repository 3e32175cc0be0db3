/*
 * Every constant, size and offset that JS reads, once.
 *
 * c/tools/layout.c prints this list as js/base/generated/layout.js, and qb_layout_list_hash() folds
 * its values into one number. The core and the generated module both carry that number, so a wasm
 * binary and a JS file of different layouts refuse each other.
 *
 *   QB_LAYOUT_LIST(V, F)   V(group, name, value)   a constant, printed as GROUP.name
 *                          F(group, type, field)   offsetof(type, field), printed as GROUP.fieldName
 *
 * A struct that JS reads begins with V(GROUP, bytes, sizeof(type)). To add a field, add a line here.
 */
#ifndef QB_LAYOUT_LIST_H
#define QB_LAYOUT_LIST_H

#include "layout.h"

/* The codes of qb_check. check.h defines QB_FAULT_LIST(X) with X(name, value, text). */
#if __has_include("base/check.h")
#include "base/check.h"
#endif
#ifndef QB_FAULT_LIST
#define QB_FAULT_LIST(X)
#endif

#define QB_LAYOUT_CONSTANTS(V)                                                                     \
    V(LIMITS, PAGE_BYTES, QB_PAGE_BYTES)                                                           \
    V(LIMITS, PAGES_MAX, QB_PAGES_MAX)                                                             \
    V(LIMITS, BLOCK_BYTES_MAX, QB_BLOCK_BYTES_MAX)                                                 \
    V(LIMITS, ALIGN_MAX, QB_ALIGN_MAX)                                                             \
    V(LIMITS, THREADS_MAX, QB_THREADS_MAX)                                                         \
    V(LIMITS, ROOTS_MAX, QB_ROOTS_MAX)                                                             \
    V(LIMITS, ROOT_NAME_BYTES_MAX, QB_ROOT_NAME_BYTES_MAX)                                         \
    V(LIMITS, ADDRESS_MIN, QB_ADDRESS_MIN)                                                         \
    V(LIMITS, REGION_BYTES, QB_REGION_BYTES)                                                       \
    V(LIMITS, CLASS_COUNT, QB_CLASS_COUNT)                                                         \
    V(LIMITS, CLASS_REGION, QB_CLASS_REGION)                                                       \
    V(LIMITS, MAP_BYTES, QB_MAP_BYTES)                                                             \
    V(LIMITS, FAULTS_MAX, QB_FAULTS_MAX)                                                           \
    V(LIMITS, QUARANTINE_COUNT, QB_QUARANTINE_COUNT)                                               \
    V(LIMITS, SCRATCH_BYTES, QB_SCRATCH_BYTES)                                                     \
    V(LIMITS, PERMITS_MAX, QB_PERMITS_MAX)                                                         \
    V(LIMITS, MAGIC, QB_MAGIC)                                                                     \
    V(ADDRESSES, HEADER, QB_HEADER_ADDRESS)                                                        \
    V(ADDRESSES, ROOTS, QB_ROOTS_ADDRESS)                                                          \
    V(ADDRESSES, THREADS, QB_THREADS_ADDRESS)                                                      \
    V(ADDRESSES, TABLES, QB_TABLES_ADDRESS)                                                        \
    V(OWNER, NONE, QB_OWNER_NONE)                                                                  \
    V(OWNER, MOVING, QB_OWNER_MOVING)                                                              \
    V(OWNER, ROOT, QB_OWNER_ROOT)                                                                  \
    V(OWNER, QUARANTINE, QB_OWNER_QUARANTINE)                                                      \
    V(OWNER, REGION, QB_OWNER_REGION)                                                              \
    V(OWNER, SHARED, QB_OWNER_SHARED)                                                              \
    V(POLICY, FREE, QB_POLICY_FREE)                                                                \
    V(POLICY, KEEP, QB_POLICY_KEEP)                                                                \
    V(OPTIONS, DEBUG, QB_HEAP_DEBUG)                                                               \
    V(PAGE_KIND, VIRGIN, QB_PAGE_VIRGIN)                                                           \
    V(PAGE_KIND, FREE, QB_PAGE_FREE)                                                               \
    V(PAGE_KIND, META, QB_PAGE_META)                                                               \
    V(PAGE_KIND, PENDING, QB_PAGE_PENDING)                                                         \
    V(PAGE_KIND, BLOCKS, QB_PAGE_BLOCKS)                                                           \
    V(PAGE_KIND, SPAN, QB_PAGE_SPAN)                                                               \
    V(PAGE_KIND, TAIL, QB_PAGE_TAIL)                                                               \
    V(PAGE_KIND, FREEING, QB_PAGE_FREEING)                                                         \
    V(THREAD_STATUS, FREE, QB_THREAD_FREE)                                                         \
    V(THREAD_STATUS, LIVE, QB_THREAD_LIVE)                                                         \
    V(THREAD_STATUS, REAPING, QB_THREAD_REAPING)                                                   \
    V(REGION_STATE, NONE, QB_REGION_NONE)                                                          \
    V(REGION_STATE, OPEN, QB_REGION_OPEN)                                                          \
    V(REGION_STATE, CLOSED, QB_REGION_CLOSED)                                                      \
    V(REGION_STATE, RELEASING, QB_REGION_RELEASING)                                                \
    V(REGION_KIND, ARENA, QB_REGION_ARENA)                                                         \
    V(REGION_KIND, POOL, QB_REGION_POOL)                                                           \
    V(REGION_KIND, MEMORY_POOL, QB_REGION_MEMORY)                                                  \
    V(REGION_KIND, CHANNEL, QB_REGION_CHANNEL)                                                     \
    V(MEMORY_PHASE, MAKING, QB_MEMORY_MAKING)                                                      \
    V(MEMORY_PHASE, LIVE, QB_MEMORY_LIVE)                                                          \
    V(MEMORY_PHASE, FREEING, QB_MEMORY_FREEING)                                                    \
    V(CHANNEL_KIND, NUMBERS, QB_CHANNEL_NUMBERS)                                                   \
    V(CHANNEL_KIND, BLOCKS, QB_CHANNEL_BLOCKS)                                                     \
    V(CHANNEL_KIND, ALLOCATIONS, QB_CHANNEL_ALLOCATIONS)                                           \
    V(CHANNEL_KIND, SLOTS, QB_CHANNEL_SLOTS)                                                       \
    V(LOCK_KIND, MUTEX, QB_LOCK_MUTEX)                                                             \
    V(LOCK_KIND, SEMAPHORE, QB_LOCK_SEMAPHORE)                                                     \
    V(LOCK_KIND, CONDITION, QB_LOCK_CONDITION)                                                     \
    V(LOCK_FLAG, ABANDONED, QB_LOCK_ABANDONED)

#define QB_LAYOUT_STRUCTS(V, F)                                                                    \
    V(HEADER, bytes, sizeof(qb_header_t))                                                          \
    F(HEADER, qb_header_t, magic)                                                                  \
    F(HEADER, qb_header_t, layout_version)                                                         \
    F(HEADER, qb_header_t, layout_hash)                                                            \
    F(HEADER, qb_header_t, options)                                                                \
    F(HEADER, qb_header_t, page_max)                                                               \
    F(HEADER, qb_header_t, page_first)                                                             \
    F(HEADER, qb_header_t, states_address)                                                         \
    F(HEADER, qb_header_t, dirty_address)                                                          \
    F(HEADER, qb_header_t, pages_address)                                                          \
    F(HEADER, qb_header_t, regions_address)                                                        \
    F(HEADER, qb_header_t, maps_address)                                                           \
    F(HEADER, qb_header_t, page_count)                                                             \
    F(HEADER, qb_header_t, free_hint)                                                              \
    F(HEADER, qb_header_t, abandoned)                                                              \
    F(HEADER, qb_header_t, region_serial)                                                          \
    F(HEADER, qb_header_t, growth_count)                                                           \
    F(HEADER, qb_header_t, classes)                                                                \
    V(CLASS, bytes, sizeof(qb_class_t))                                                            \
    F(CLASS, qb_class_t, block_bytes)                                                              \
    F(CLASS, qb_class_t, block_count)                                                              \
    F(CLASS, qb_class_t, reciprocal)                                                               \
    V(ROOT, bytes, sizeof(qb_root_t))                                                              \
    F(ROOT, qb_root_t, value)                                                                      \
    F(ROOT, qb_root_t, name_address)                                                               \
    V(PAGE, bytes, sizeof(qb_page_t))                                                              \
    F(PAGE, qb_page_t, window)                                                                     \
    F(PAGE, qb_page_t, window_base)                                                                \
    F(PAGE, qb_page_t, window_virgin)                                                              \
    F(PAGE, qb_page_t, used_count)                                                                 \
    F(PAGE, qb_page_t, virgin_from)                                                                \
    F(PAGE, qb_page_t, block_bytes)                                                                \
    F(PAGE, qb_page_t, block_count)                                                                \
    F(PAGE, qb_page_t, reciprocal)                                                                 \
    F(PAGE, qb_page_t, next_page)                                                                  \
    F(PAGE, qb_page_t, prev_page)                                                                  \
    V(STATS, bytes, sizeof(qb_stats_t))                                                            \
    F(STATS, qb_stats_t, page_count)                                                               \
    F(STATS, qb_stats_t, page_max)                                                                 \
    F(STATS, qb_stats_t, pages_meta)                                                               \
    F(STATS, qb_stats_t, pages_virgin)                                                             \
    F(STATS, qb_stats_t, pages_free)                                                               \
    F(STATS, qb_stats_t, pages_blocks)                                                             \
    F(STATS, qb_stats_t, pages_span)                                                               \
    F(STATS, qb_stats_t, pages_abandoned)                                                          \
    F(STATS, qb_stats_t, pages_pending)                                                            \
    F(STATS, qb_stats_t, blocks_live)                                                              \
    F(STATS, qb_stats_t, spans_live)                                                               \
    F(STATS, qb_stats_t, arenas_live)                                                              \
    F(STATS, qb_stats_t, memory_pools_live)                                                        \
    F(STATS, qb_stats_t, bytes_memory_pool)                                                        \
    F(STATS, qb_stats_t, pools_live)                                                               \
    F(STATS, qb_stats_t, blocks_shared)                                                            \
    F(STATS, qb_stats_t, blocks_quarantine)                                                        \
    F(STATS, qb_stats_t, threads_live)                                                             \
    F(STATS, qb_stats_t, roots_live)                                                               \
    F(STATS, qb_stats_t, bytes_live)                                                               \
    F(STATS, qb_stats_t, bytes_arena)                                                              \
    F(STATS, qb_stats_t, bytes_pool)                                                               \
    V(FAULT_ENTRY, bytes, sizeof(qb_fault_t))                                                      \
    F(FAULT_ENTRY, qb_fault_t, code)                                                               \
    F(FAULT_ENTRY, qb_fault_t, page_index)                                                         \
    F(FAULT_ENTRY, qb_fault_t, detail)                                                             \
    V(THREAD, bytes, QB_THREAD_BYTES)                                                              \
    F(THREAD, qb_thread_t, state)                                                                  \
    F(THREAD, qb_thread_t, agent)                                                                  \
    F(THREAD, qb_thread_t, number)                                                                 \
    F(THREAD, qb_thread_t, moving)                                                                 \
    F(THREAD, qb_thread_t, moving_to)                                                              \
    F(THREAD, qb_thread_t, claim)                                                                  \
    F(THREAD, qb_thread_t, current)                                                                \
    F(THREAD, qb_thread_t, fault_count)                                                            \
    F(THREAD, qb_thread_t, quarantine)                                                             \
    F(THREAD, qb_thread_t, stats)                                                                  \
    F(THREAD, qb_thread_t, faults)                                                                 \
    F(THREAD, qb_thread_t, scratch)                                                                \
    V(REGION, bytes, sizeof(qb_region_t))                                                          \
    F(REGION, qb_region_t, span_address)                                                           \
    F(REGION, qb_region_t, span_pages)                                                             \
    F(REGION, qb_region_t, rescan)                                                                 \
    V(REGION_RECORD, bytes, sizeof(qb_region_record_t))                                            \
    F(REGION_RECORD, qb_region_record_t, state)                                                    \
    F(REGION_RECORD, qb_region_record_t, serial)                                                   \
    F(REGION_RECORD, qb_region_record_t, pins)                                                     \
    V(ARENA, bytes, sizeof(qb_arena_t))                                                            \
    F(ARENA, qb_arena_t, top_address)                                                              \
    F(ARENA, qb_arena_t, end_address)                                                              \
    F(ARENA, qb_arena_t, slab_bytes)                                                               \
    V(WAITERS, bytes, sizeof(qb_waiters_t))                                                        \
    F(WAITERS, qb_waiters_t, epoch)                                                                \
    V(LOCK, bytes, sizeof(qb_lock_t))                                                              \
    F(LOCK, qb_lock_t, name)                                                                       \
    F(LOCK, qb_lock_t, epoch)                                                                      \
    F(LOCK, qb_lock_t, permit_count)                                                               \
    F(LOCK, qb_lock_t, permits)                                                                    \
    V(POOL, bytes, sizeof(qb_pool_t))                                                              \
    F(POOL, qb_pool_t, slot_bytes)                                                                 \
    F(POOL, qb_pool_t, capacity)                                                                   \
    F(POOL, qb_pool_t, capacity_max)                                                               \
    F(POOL, qb_pool_t, chunk_slots)                                                                \
    F(POOL, qb_pool_t, growth_slots)                                                               \
    F(POOL, qb_pool_t, growth_factor)                                                              \
    F(POOL, qb_pool_t, growth_count)                                                               \
    F(POOL, qb_pool_t, waiters)                                                                    \
    F(POOL, qb_pool_t, user)                                                                       \
    F(POOL, qb_pool_t, chunks)                                                                     \
    V(MEMORY, bytes, sizeof(qb_memory_t))                                                          \
    V(MEMORY, chunksMax, QB_MEMORY_CHUNKS_MAX)                                                     \
    F(MEMORY, qb_memory_t, unit_log2)                                                              \
    F(MEMORY, qb_memory_t, chunk_units)                                                            \
    F(MEMORY, qb_memory_t, chunk_entries)                                                          \
    F(MEMORY, qb_memory_t, flags)                                                                  \
    F(MEMORY, qb_memory_t, growth_count)                                                           \
    F(MEMORY, qb_memory_t, waiters)                                                                \
    F(MEMORY, qb_memory_t, user)                                                                   \
    F(MEMORY, qb_memory_t, chunks)                                                                 \
    V(MEMORY_ENTRY, bytes, sizeof(qb_memory_entry_t))                                              \
    F(MEMORY_ENTRY, qb_memory_entry_t, state)                                                      \
    F(MEMORY_ENTRY, qb_memory_entry_t, range)                                                      \
    V(MEMORY_ENTRY, length, offsetof(qb_memory_entry_t, bytes))                                    \
    F(MEMORY_ENTRY, qb_memory_entry_t, type)                                                       \
    F(MEMORY_ENTRY, qb_memory_entry_t, key)                                                        \
    F(MEMORY_ENTRY, qb_memory_entry_t, user)                                                       \
    V(CHANNEL, bytes, sizeof(qb_channel_t))                                                        \
    F(CHANNEL, qb_channel_t, kind)                                                                 \
    F(CHANNEL, qb_channel_t, source)                                                               \
    F(CHANNEL, qb_channel_t, source_serial)                                                        \
    F(CHANNEL, qb_channel_t, user)                                                                 \
    F(CHANNEL, qb_channel_t, ring)                                                                 \
    V(RING, bytes, sizeof(qb_ring_t))                                                              \
    F(RING, qb_ring_t, capacity)                                                                   \
    F(RING, qb_ring_t, cells_address)                                                              \
    F(RING, qb_ring_t, head)                                                                       \
    F(RING, qb_ring_t, tail)                                                                       \
    V(RING_END, bytes, sizeof(qb_ring_end_t))                                                      \
    F(RING_END, qb_ring_end_t, position)                                                           \
    F(RING_END, qb_ring_end_t, waiters)

#define QB_LAYOUT_LIST(V, F) QB_LAYOUT_CONSTANTS(V) QB_LAYOUT_STRUCTS(V, F)

/* ---- hash ------------------------------------------------------------------------------------ */

/* One 32-bit value, low byte first, into an FNV-1a. */
__attribute__((always_inline)) static inline uint32_t qb_layout_mix(uint32_t hash, uint32_t value) {
    hash = (hash ^ (value & 255u)) * 16777619u;
    hash = (hash ^ (value >> 8 & 255u)) * 16777619u;
    hash = (hash ^ (value >> 16 & 255u)) * 16777619u;
    return (hash ^ value >> 24) * 16777619u;
}

/* Straight-line code that folds to one constant: a table would be a data segment in the wasm. */
static inline uint32_t qb_layout_list_hash(void) {
    uint32_t hash = 2166136261u;
#define QB_MIX_VALUE(group, name, value) hash = qb_layout_mix(hash, (uint32_t)(value));
#define QB_MIX_FIELD(group, type, field)                                                           \
    hash = qb_layout_mix(hash, (uint32_t)offsetof(type, field));
#define QB_MIX_CODE(name, value, text) hash = qb_layout_mix(hash, (uint32_t)(value));
    QB_MIX_VALUE(, , QB_LAYOUT_VERSION)
    QB_LAYOUT_LIST(QB_MIX_VALUE, QB_MIX_FIELD)
    QB_STATUS_LIST(QB_MIX_CODE)
    QB_FAULT_LIST(QB_MIX_CODE)
#undef QB_MIX_VALUE
#undef QB_MIX_FIELD
#undef QB_MIX_CODE
    return hash;
}

#endif
