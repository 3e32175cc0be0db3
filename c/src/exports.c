/*
 * The exported symbols of the wasm module: thin wrappers over qbwasm.h, nothing else.
 *
 * Every instance of the module belongs to one agent. Its slot stands in `me`, a wasm global of the
 * instance and not a word of the memory, so a call does not pass `self` and one agent cannot pass
 * the slot of another. 0 = this instance is not attached; what needs a slot then answers
 * QB_E_NOT_ATTACHED. All parameters and results are i32. js/base/module.js is the only caller.
 */
#include <stdint.h>

#include "base/layout.h"
#include "heap/alloc.h"
#include "qbwasm.h"

#define QB_EXPORT(name) __attribute__((export_name(#name)))
#define QB_NEED_SELF()                                                                             \
    do {                                                                                           \
        if (me == 0) {                                                                             \
            return QB_E_NOT_ATTACHED;                                                              \
        }                                                                                          \
    } while (0)

static uint32_t me __attribute__((address_space(1)));

/* ---- heap ------------------------------------------------------------------------------------ */

QB_EXPORT(heap_page_min) uint32_t js_heap_page_min(uint32_t page_max) {
    return qb_heap_page_min(page_max);
}

QB_EXPORT(heap_init) uint32_t js_heap_init(uint32_t page_max, uint32_t options) {
    return qb_heap_init(page_max, options);
}

QB_EXPORT(heap_open) uint32_t js_heap_open(void) {
    return qb_heap_open();
}

QB_EXPORT(layout_hash) uint32_t js_layout_hash(void) {
    return qb_layout_hash();
}

QB_EXPORT(stats) uint32_t js_stats(void) {
    QB_NEED_SELF();
    return qb_stats(qb_thread_at(me));
}

QB_EXPORT(check) uint32_t js_check(void) {
    QB_NEED_SELF();
    return qb_check(qb_thread_at(me));
}

QB_EXPORT(trim) uint32_t js_trim(void) {
    QB_NEED_SELF();
    return qb_trim(qb_thread_at(me));
}

/* ---- threads --------------------------------------------------------------------------------- */

/* Attaching twice in one instance answers the slot it has. */
QB_EXPORT(thread_attach) uint32_t js_thread_attach(uint32_t agent) {
    if (me == 0) {
        uint32_t address = qb_thread_attach_as(agent);
        if (address < QB_ADDRESS_MIN) {
            return address;
        }
        me = address;
    }
    return me;
}

/* Takes over a slot that this agent attached through another instance of the module. */
QB_EXPORT(thread_enter) uint32_t js_thread_enter(uint32_t address) {
    uint32_t offset = address - QB_THREADS_ADDRESS;
    if (offset >= QB_THREADS_MAX * QB_THREAD_BYTES || offset % QB_THREAD_BYTES != 0) {
        return QB_E_THREAD;
    }
    if ((qb_load32(&qb_thread_at(address)->state) & 15u) != QB_THREAD_LIVE) {
        return QB_E_THREAD;
    }
    me = address;
    return QB_OK;
}

QB_EXPORT(thread_detach) uint32_t js_thread_detach(uint32_t policy) {
    QB_NEED_SELF();
    uint32_t status = qb_thread_detach(qb_thread_at(me), policy);
    if (status != QB_E_ARGUMENT) {
        me = 0; /* also when someone has reaped this slot: it may be another's by now */
    }
    return status;
}

QB_EXPORT(reap_begin) uint32_t js_reap_begin(uint32_t number, uint32_t generation) {
    QB_NEED_SELF();
    return qb_reap_begin(qb_thread_at(me), number, generation);
}

QB_EXPORT(reap_next) uint32_t js_reap_next(uint32_t number, uint32_t after) {
    QB_NEED_SELF();
    return qb_reap_next(qb_thread_at(me), number, after);
}

QB_EXPORT(reap_end) uint32_t js_reap_end(uint32_t number, uint32_t policy) {
    QB_NEED_SELF();
    return qb_reap_end(qb_thread_at(me), number, policy);
}

/* ---- blocks ---------------------------------------------------------------------------------- */

QB_EXPORT(alloc) uint32_t js_alloc(uint32_t bytes) {
    QB_NEED_SELF();
    return qb_alloc_inline(qb_thread_at(me), bytes);
}

QB_EXPORT(alloc_aligned) uint32_t js_alloc_aligned(uint32_t bytes, uint32_t align_bytes) {
    QB_NEED_SELF();
    return qb_alloc_aligned(qb_thread_at(me), bytes, align_bytes);
}

QB_EXPORT(calloc) uint32_t js_calloc(uint32_t count, uint32_t element_bytes) {
    QB_NEED_SELF();
    return qb_calloc(qb_thread_at(me), count, element_bytes);
}

QB_EXPORT(realloc) uint32_t js_realloc(uint32_t address, uint32_t bytes) {
    QB_NEED_SELF();
    return qb_realloc(qb_thread_at(me), address, bytes);
}

QB_EXPORT(free) uint32_t js_free(uint32_t address) {
    QB_NEED_SELF();
    return qb_free_inline(qb_thread_at(me), address);
}

QB_EXPORT(usable_bytes) uint32_t js_usable_bytes(uint32_t address) {
    return qb_usable_bytes(address);
}

QB_EXPORT(block_owner) uint32_t js_block_owner(uint32_t address) {
    return qb_block_owner(address);
}

QB_EXPORT(block_own) uint32_t js_block_own(uint32_t address, uint32_t owner) {
    QB_NEED_SELF();
    return qb_block_own(qb_thread_at(me), address, owner);
}

/* ---- roots ----------------------------------------------------------------------------------- */

QB_EXPORT(root_set)
uint32_t js_root_set(uint32_t name_address, uint32_t name_bytes, uint32_t value, uint32_t kind,
                     uint32_t replace) {
    QB_NEED_SELF();
    return qb_root_set(qb_thread_at(me), name_address, name_bytes, value, kind, replace);
}

QB_EXPORT(root_find) uint32_t js_root_find(uint32_t name_address, uint32_t name_bytes) {
    return qb_root_find(name_address, name_bytes);
}

QB_EXPORT(root_remove) uint32_t js_root_remove(uint32_t name_address, uint32_t name_bytes) {
    return qb_root_remove(name_address, name_bytes);
}

/* ---- arenas ---------------------------------------------------------------------------------- */

QB_EXPORT(arena_open) uint32_t js_arena_open(uint32_t slab_bytes) {
    QB_NEED_SELF();
    return qb_arena_open(qb_thread_at(me), slab_bytes);
}

QB_EXPORT(arena_alloc)
uint32_t js_arena_alloc(uint32_t arena, uint32_t bytes, uint32_t align_bytes) {
    QB_NEED_SELF();
    return qb_arena_alloc(qb_thread_at(me), arena, bytes, align_bytes);
}

QB_EXPORT(arena_close)
uint32_t js_arena_close(uint32_t arena, uint32_t serial, uint32_t retain) {
    QB_NEED_SELF();
    return qb_arena_close(qb_thread_at(me), arena, serial, retain);
}

QB_EXPORT(arena_pin) uint32_t js_arena_pin(uint32_t arena, uint32_t serial) {
    QB_NEED_SELF();
    return qb_arena_pin(qb_thread_at(me), arena, serial);
}

QB_EXPORT(arena_unpin) uint32_t js_arena_unpin(uint32_t arena, uint32_t serial) {
    QB_NEED_SELF();
    return qb_arena_unpin(qb_thread_at(me), arena, serial);
}

/* ---- waiting --------------------------------------------------------------------------------- */

QB_EXPORT(lock_open) uint32_t js_lock_open(uint32_t kind, uint32_t permit_count) {
    QB_NEED_SELF();
    return qb_lock_open(qb_thread_at(me), kind, permit_count);
}

QB_EXPORT(lock_take) uint32_t js_lock_take(uint32_t address, uint32_t id) {
    QB_NEED_SELF();
    return qb_lock_take(qb_thread_at(me), address, id);
}

QB_EXPORT(lock_release)
uint32_t js_lock_release(uint32_t address, uint32_t id, uint32_t index) {
    QB_NEED_SELF();
    return qb_lock_release(qb_thread_at(me), address, id, index);
}

QB_EXPORT(lock_wait) uint32_t js_lock_wait(uint32_t address, uint32_t id) {
    return qb_lock_wait(address, id);
}

QB_EXPORT(lock_wake) uint32_t js_lock_wake(uint32_t address, uint32_t id, uint32_t count) {
    return qb_lock_wake(address, id, count);
}

QB_EXPORT(lock_close) uint32_t js_lock_close(uint32_t address, uint32_t id) {
    QB_NEED_SELF();
    return qb_lock_close(qb_thread_at(me), address, id);
}

/* ---- object pools ---------------------------------------------------------------------------- */

QB_EXPORT(pool_open)
uint32_t js_pool_open(uint32_t slot_bytes, uint32_t capacity, uint32_t capacity_max,
                      uint32_t growth_slots, uint32_t growth_factor) {
    QB_NEED_SELF();
    return qb_pool_open(qb_thread_at(me), slot_bytes, capacity, capacity_max, growth_slots,
                        growth_factor);
}

QB_EXPORT(pool_acquire) uint32_t js_pool_acquire(uint32_t address, uint32_t hint) {
    QB_NEED_SELF();
    return qb_pool_acquire(qb_thread_at(me), address, hint);
}

QB_EXPORT(pool_release)
uint32_t js_pool_release(uint32_t address, uint32_t index, uint32_t generation) {
    QB_NEED_SELF();
    return qb_pool_release(qb_thread_at(me), address, index, generation);
}

QB_EXPORT(pool_slot) uint32_t js_pool_slot(uint32_t address, uint32_t index) {
    return qb_pool_slot(address, index);
}

QB_EXPORT(pool_state) uint32_t js_pool_state(uint32_t address, uint32_t index) {
    return qb_pool_state(address, index);
}

QB_EXPORT(pool_wait) uint32_t js_pool_wait(uint32_t address, uint32_t waits) {
    QB_NEED_SELF();
    return qb_pool_wait(qb_thread_at(me), address, waits);
}

QB_EXPORT(pool_next) uint32_t js_pool_next(uint32_t address, uint32_t owner, uint32_t from) {
    return qb_pool_next(address, owner, from);
}

QB_EXPORT(pool_close) uint32_t js_pool_close(uint32_t address, uint32_t serial, uint32_t retain) {
    QB_NEED_SELF();
    return qb_pool_close(qb_thread_at(me), address, serial, retain);
}

QB_EXPORT(pool_pin) uint32_t js_pool_pin(uint32_t address, uint32_t serial) {
    QB_NEED_SELF();
    return qb_pool_pin(qb_thread_at(me), address, serial);
}

QB_EXPORT(pool_unpin) uint32_t js_pool_unpin(uint32_t address, uint32_t serial) {
    QB_NEED_SELF();
    return qb_pool_unpin(qb_thread_at(me), address, serial);
}

/* ---- memory pools ---------------------------------------------------------------------------- */

QB_EXPORT(memory_open)
uint32_t js_memory_open(uint32_t data_bytes, uint32_t unit_bytes, uint32_t allocations_max,
                        uint32_t flags) {
    QB_NEED_SELF();
    return qb_memory_open(qb_thread_at(me), data_bytes, unit_bytes, allocations_max, flags);
}

QB_EXPORT(memory_alloc)
uint32_t js_memory_alloc(uint32_t address, uint32_t bytes, uint32_t type, uint32_t key,
                         uint32_t zeroed) {
    QB_NEED_SELF();
    return qb_memory_alloc(qb_thread_at(me), address, bytes, type, key, zeroed);
}

QB_EXPORT(memory_free)
uint32_t js_memory_free(uint32_t address, uint32_t index, uint32_t generation) {
    QB_NEED_SELF();
    return qb_memory_free(qb_thread_at(me), address, index, generation);
}

QB_EXPORT(memory_realloc)
uint32_t js_memory_realloc(uint32_t address, uint32_t index, uint32_t generation, uint32_t bytes) {
    QB_NEED_SELF();
    return qb_memory_realloc(qb_thread_at(me), address, index, generation, bytes);
}

QB_EXPORT(memory_own)
uint32_t js_memory_own(uint32_t address, uint32_t index, uint32_t generation, uint32_t owner) {
    QB_NEED_SELF();
    return qb_memory_own(qb_thread_at(me), address, index, generation, owner);
}

QB_EXPORT(memory_entry) uint32_t js_memory_entry(uint32_t address, uint32_t index) {
    return qb_memory_entry(address, index);
}

QB_EXPORT(memory_data) uint32_t js_memory_data(uint32_t address, uint32_t index) {
    return qb_memory_data(address, index);
}

QB_EXPORT(memory_at) uint32_t js_memory_at(uint32_t address, uint32_t block) {
    return qb_memory_at(address, block);
}

QB_EXPORT(memory_next)
uint32_t js_memory_next(uint32_t address, uint32_t from, uint32_t type, uint32_t owner) {
    return qb_memory_next(address, from, type, owner);
}

QB_EXPORT(memory_find) uint32_t js_memory_find(uint32_t address, uint32_t type, uint32_t key) {
    return qb_memory_find(address, type, key);
}

QB_EXPORT(memory_check) uint32_t js_memory_check(uint32_t address) {
    return qb_memory_check(address);
}

QB_EXPORT(memory_wait) uint32_t js_memory_wait(uint32_t address, uint32_t waits) {
    QB_NEED_SELF();
    return qb_memory_wait(qb_thread_at(me), address, waits);
}

QB_EXPORT(memory_close)
uint32_t js_memory_close(uint32_t address, uint32_t serial, uint32_t retain) {
    QB_NEED_SELF();
    return qb_memory_close(qb_thread_at(me), address, serial, retain);
}

QB_EXPORT(memory_pin) uint32_t js_memory_pin(uint32_t address, uint32_t serial) {
    QB_NEED_SELF();
    return qb_memory_pin(qb_thread_at(me), address, serial);
}

QB_EXPORT(memory_unpin) uint32_t js_memory_unpin(uint32_t address, uint32_t serial) {
    QB_NEED_SELF();
    return qb_memory_unpin(qb_thread_at(me), address, serial);
}

/* ---- channels -------------------------------------------------------------------------------- */

QB_EXPORT(channel_open)
uint32_t js_channel_open(uint32_t capacity, uint32_t kind, uint32_t source) {
    QB_NEED_SELF();
    return qb_channel_open(qb_thread_at(me), capacity, kind, source);
}

QB_EXPORT(channel_send) uint32_t js_channel_send(uint32_t channel, uint32_t value) {
    QB_NEED_SELF();
    return qb_channel_send(qb_thread_at(me), channel, value);
}

/* The message stands in the slot: THREAD.moving. */
QB_EXPORT(channel_receive) uint32_t js_channel_receive(uint32_t channel) {
    QB_NEED_SELF();
    return qb_channel_receive(qb_thread_at(me), channel);
}

QB_EXPORT(channel_wait)
uint32_t js_channel_wait(uint32_t channel, uint32_t for_room, uint32_t waits) {
    QB_NEED_SELF();
    return qb_channel_wait(qb_thread_at(me), channel, for_room, waits);
}

QB_EXPORT(channel_close) uint32_t js_channel_close(uint32_t channel, uint32_t serial) {
    QB_NEED_SELF();
    return qb_channel_close(qb_thread_at(me), channel, serial);
}

QB_EXPORT(channel_pin) uint32_t js_channel_pin(uint32_t channel, uint32_t serial) {
    QB_NEED_SELF();
    return qb_channel_pin(qb_thread_at(me), channel, serial);
}

QB_EXPORT(channel_unpin) uint32_t js_channel_unpin(uint32_t channel, uint32_t serial) {
    QB_NEED_SELF();
    return qb_channel_unpin(qb_thread_at(me), channel, serial);
}
