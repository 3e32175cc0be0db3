/*
 * qbwasm: one memory, shared by many threads.
 *
 * This header is the manual of the C core. The same sources make the WebAssembly module behind the
 * npm package and a native library.
 *
 *   memory    one linear memory of 64 KiB pages: the wasm memory, or (native) one reserved mapping
 *   heap      the root object over one memory: header, page table, thread slots, roots
 *   thread    one attached agent; it has a slot in the heap and passes it as `self`
 *   page      64 KiB, the unit the heap hands out
 *   span      a run of pages: one allocation above QB_BLOCK_BYTES_MAX
 *   block     one allocation inside a page, of a size class
 *   address   byte offset in the memory, 32 bits; 0 is null
 *   arena     bump region released in one step
 *
 * RESULTS. A function that makes something returns its address. Addresses are never below
 * QB_ADDRESS_MIN, so a smaller result is a status (an error): no out-parameters, no "last error".
 *
 * TOTALITY. Every function takes any 32-bit arguments and returns a result or a status. None traps,
 * none waits, none takes a lock: a thread may stop for ever at any instruction and the others go on.
 *
 * OWNERSHIP. Each block has one owner byte: 0 = free, a thread's number, or QB_OWNER_SHARED. It says
 * whose death frees the block, not who may touch it: any attached thread may read, write and free it.
 *
 * THREADS. `self` must be the caller's own slot. Two agents must not use one slot at a time.
 */
#ifndef QBWASM_H
#define QBWASM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define QB_PAGE_BYTES 65536u
#define QB_PAGES_MAX 65536u       /* 4 GiB */
#define QB_BLOCK_BYTES_MAX 32768u /* larger requests are spans */
#define QB_ALIGN_MAX 65536u       /* bytes */
#define QB_THREADS_MAX 128u       /* thread numbers are 1 .. 128 */
#define QB_ROOTS_MAX 1024u        /* distinct names over the life of a heap */
#define QB_ROOT_NAME_BYTES_MAX 255u
#define QB_ADDRESS_MIN 1024u /* smaller results are a qb_status_t */

/* Owner bytes that are no thread's number. */
#define QB_OWNER_NONE 0u
#define QB_OWNER_MOVING 251u     /* in a channel, or on its way into or out of one */
#define QB_OWNER_ROOT 252u       /* the name of a root */
#define QB_OWNER_QUARANTINE 253u /* freed in a debug heap, not yet reusable */
#define QB_OWNER_REGION 254u     /* part of an arena or a pool: that is the owner */
#define QB_OWNER_SHARED 255u     /* live, owned by nobody; survives every thread */

/* X(name, pinned value, message) */
#define QB_STATUS_LIST(X)                                                                          \
    X(OK, 0, "no error")                                                                           \
    X(E_OUT_OF_MEMORY, 1, "the heap is full and cannot grow")                                      \
    X(E_SIZE, 2, "the size is not in the allowed range")                                           \
    X(E_ALIGN, 3, "the alignment is not a power of two up to 65536")                               \
    X(E_ADDRESS, 4, "the address is not the start of a live block of this heap")                   \
    X(E_DOUBLE_FREE, 5, "the block is free already")                                               \
    X(E_OVERRUN, 6, "the block was written beyond its end")                                        \
    X(E_NOT_ATTACHED, 7, "this thread is not attached to the heap")                                \
    X(E_TOO_MANY_THREADS, 8, "all thread slots are in use")                                        \
    X(E_THREAD, 9, "there is no such live thread")                                                 \
    X(E_BUSY, 10, "another thread is doing this already")                                          \
    X(E_LAYOUT, 11, "the memory holds no heap of this layout version")                             \
    X(E_STALE, 12, "the handle names something that is gone")                                      \
    X(E_REGION, 13, "the address is not an open arena, pool or channel")                           \
    X(E_NAME, 14, "the name is empty or longer than 255 bytes")                                    \
    X(E_EXISTS, 15, "the name is taken")                                                           \
    X(E_NOT_FOUND, 16, "there is nothing of that name")                                            \
    X(E_ROOTS_FULL, 17, "the directory of roots is full")                                          \
    X(E_OWNER, 18, "the owner is neither a live thread nor shared")                                \
    X(E_ARGUMENT, 19, "an argument is out of range")                                               \
    X(E_CLOSED, 20, "the pool is closed")                                                          \
    X(E_EMPTY, 21, "every slot of the pool is in use")                                             \
    X(E_FULL, 22, "there is no room left in it")                                                   \
    X(E_NO_ROOM, 23, "there is no free block of that size now")                                    \
    X(E_DEADLOCK, 24, "this thread holds the mutex already")

typedef enum qb_status {
#define QB_X(name, value, message) QB_##name = value,
    QB_STATUS_LIST(QB_X)
#undef QB_X
} qb_status_t;

/* What happens to the blocks of a thread that is gone. */
typedef enum qb_policy {
    QB_POLICY_FREE = 0, /* free its blocks, release its arenas unless another thread pinned them */
    QB_POLICY_KEEP = 1, /* they become QB_OWNER_SHARED */
} qb_policy_t;

/* Options of qb_memory_open. */
#define QB_MEMORY_GROWS 1u

/* Options of qb_heap_init. */
#define QB_HEAP_DEBUG 1u /* canaries behind blocks, fill on free, quarantine */

typedef struct qb_thread qb_thread_t;

/* ---- heap ------------------------------------------------------------------------------------ */

/* Pages a memory must have before qb_heap_init(page_max). 0 when page_max is out of range. */
uint32_t qb_heap_page_min(uint32_t page_max);

/* Makes a heap in a memory of zeros. One thread, once, before the memory is shared.
 * Requires page_min <= pages of the memory <= page_max <= QB_PAGES_MAX.
 * E_ARGUMENT: page_max or options out of range; E_OUT_OF_MEMORY: the memory is too small;
 * E_EXISTS: there is a heap in it already. */
qb_status_t qb_heap_init(uint32_t page_max, uint32_t options);

/* Checks magic and layout version of the heap in this memory. E_LAYOUT. */
qb_status_t qb_heap_open(void);

/* FNV-1a of every offset, size and constant that JS reads. Differs when the layouts differ. */
uint32_t qb_layout_hash(void);

/* Counts pages and live blocks into self's qb_stats_t and returns its address. Walks the page table;
 * exact while no other thread allocates. The result is overwritten by the next call of this thread. */
uint32_t qb_stats(qb_thread_t *self);

/* Walks everything and returns the number of violated invariants; the first QB_FAULTS_MAX of them
 * stand in self's fault list. Bounded, also on a corrupt heap. Requires that no other thread works. */
uint32_t qb_check(qb_thread_t *self);

/* Gives back pages without a live block: self's, and those of threads that are gone. Returns their
 * number. */
uint32_t qb_trim(qb_thread_t *self);

/* ---- threads --------------------------------------------------------------------------------- */

/* Takes a free slot. Returns the address of the slot (see qb_thread_at), or E_TOO_MANY_THREADS,
 * E_LAYOUT. The slot is the caller's until qb_thread_detach or until it is reaped. */
uint32_t qb_thread_attach(void);

/* The same, and the slot says from its first instant on which agent holds it: any number that those
 * who will see the agent die know it by. 0 = not said. */
uint32_t qb_thread_attach_as(uint32_t agent);

/* The slot at an address from qb_thread_attach. */
qb_thread_t *qb_thread_at(uint32_t address);

/* 1 .. QB_THREADS_MAX: the thread's number and owner byte. */
uint32_t qb_thread_number(const qb_thread_t *self);

/* Distinguishes successive users of one slot; 1 .. 2^20-1, wraps. */
uint32_t qb_thread_generation(const qb_thread_t *self);

/* Gives the slot back. Blocks are freed or become shared by policy; pages can be adopted by others. */
qb_status_t qb_thread_detach(qb_thread_t *self, uint32_t policy);

/* Reaping a dead thread, in three steps. The caller must have PROOF that the thread will never run
 * again. Between begin and end the reaper may look at each orphan and free it or take it over.
 *
 * begin: E_STALE when that generation is gone already (reaping twice is harmless), E_THREAD for a
 *        bad number or self, E_BUSY while another live thread reaps it. generation 0 means any.
 * next:  the first block or arena after `after` (0 at first) that the dead thread owns; 0 = no more.
 * end:   applies the policy to the rest and to the threads that the dead one was reaping itself (those
 *        are not listed by next), frees the slot. Detaching ends what self has begun. */
qb_status_t qb_reap_begin(qb_thread_t *self, uint32_t number, uint32_t generation);
uint32_t qb_reap_next(qb_thread_t *self, uint32_t number, uint32_t after);
qb_status_t qb_reap_end(qb_thread_t *self, uint32_t number, uint32_t policy);

/* ---- blocks ---------------------------------------------------------------------------------- */

/* At least `bytes` bytes (0 counts as 1), aligned to 16 (spans: to QB_PAGE_BYTES), owned by self.
 * Content undefined. E_OUT_OF_MEMORY, E_SIZE. */
uint32_t qb_alloc(qb_thread_t *self, uint32_t bytes);

/* The same with an alignment: a power of two up to QB_ALIGN_MAX. E_ALIGN. */
uint32_t qb_alloc_aligned(qb_thread_t *self, uint32_t bytes, uint32_t align_bytes);

/* Zeroed room for count elements. E_SIZE when count * element_bytes does not fit 32 bits. */
uint32_t qb_calloc(qb_thread_t *self, uint32_t count, uint32_t element_bytes);

/* Resizes; in place where possible, else the content moves and the old block is freed. On failure
 * the block is as it was. address 0 allocates. Keeps the smaller of both sizes of content. */
uint32_t qb_realloc(qb_thread_t *self, uint32_t address, uint32_t bytes);

/* Frees a block or span, whoever owns it. E_ADDRESS: foreign, interior, arena or never allocated;
 * E_DOUBLE_FREE; E_OVERRUN (debug heap; the block stays). An error changes nothing. */
qb_status_t qb_free(qb_thread_t *self, uint32_t address);

/* Bytes that may be used at this address (debug heap: bytes asked for); 0: no live block. */
uint32_t qb_usable_bytes(uint32_t address);

/* Owner byte of the live block at this address; 0: no live block. */
uint32_t qb_block_owner(uint32_t address);

/* Changes the owner to a live thread's number or QB_OWNER_SHARED. E_ADDRESS, E_DOUBLE_FREE. E_OWNER:
 * there is no such thread; when it left this moment, the block is shared now. */
qb_status_t qb_block_own(qb_thread_t *self, uint32_t address, uint32_t owner);

/* ---- roots: a named directory ---------------------------------------------------------------- */

/* Publishes value (any 64 bits but 0: address in the low half, the caller's kind in the high half)
 * under a name of 1..255 bytes stored at name_address. When the low half is the address of a block
 * that self owns, the block becomes shared. E_EXISTS unless replace; E_NAME, E_ROOTS_FULL,
 * E_OUT_OF_MEMORY. */
qb_status_t qb_root_set(qb_thread_t *self, uint32_t name_address, uint32_t name_bytes,
                        uint32_t value, uint32_t kind, uint32_t replace);

/* Address of the root's entry (qb_root_t: 64-bit value first), or E_NOT_FOUND, E_NAME. */
uint32_t qb_root_find(uint32_t name_address, uint32_t name_bytes);

/* Removes the name. The block stays. E_NOT_FOUND, E_NAME. */
qb_status_t qb_root_remove(uint32_t name_address, uint32_t name_bytes);

/* ---- arenas ---------------------------------------------------------------------------------- */

/* Opens an arena owned by self. Slabs hold at least slab_bytes (1 .. 2^31; grows geometrically).
 * The first 4 KiB come with the arena itself. Returns its address. E_OUT_OF_MEMORY, E_SIZE. */
uint32_t qb_arena_open(qb_thread_t *self, uint32_t slab_bytes);

/* Tells successive arenas or pools at one address apart; 0: there is none. */
uint32_t qb_region_serial(uint32_t address);

/* Bumps bytes (0 counts as 1) at an alignment (power of two up to QB_ALIGN_MAX) out of an open arena.
 * Only the owner thread may call it. Content is undefined. E_REGION, E_OUT_OF_MEMORY, E_SIZE, E_ALIGN. */
uint32_t qb_arena_alloc(qb_thread_t *self, uint32_t address, uint32_t bytes, uint32_t align_bytes);

/* Ends allocation. Without pins all storage is freed in one step, whatever was allocated. When
 * `retain` is not 0 self pins it first, so that it stays until qb_arena_unpin. E_REGION, E_STALE. */
qb_status_t qb_arena_close(qb_thread_t *self, uint32_t address, uint32_t serial, uint32_t retain);

/* A pin keeps a closed arena. One pin a thread, however often it pins. A dead thread's pin goes with
 * it. serial (qb_region_serial) tells successive arenas at one address apart. E_REGION, E_STALE. */
qb_status_t qb_arena_pin(qb_thread_t *self, uint32_t address, uint32_t serial);
qb_status_t qb_arena_unpin(qb_thread_t *self, uint32_t address, uint32_t serial);

/* ---- waiting: mutex, semaphore, condition ---------------------------------------------------- */

/* The kinds, and how many permits they have. */
#define QB_LOCK_MUTEX 1u     /* 1 */
#define QB_LOCK_SEMAPHORE 2u /* 1 .. QB_PERMITS_MAX */
#define QB_LOCK_CONDITION 3u /* 0: it is only waited at */
#define QB_PERMITS_MAX 1024u
#define QB_LOCK_ABANDONED 0x80000000u /* flag: the last holder died with it */
#define QB_LOCK_ALL 0xffffffffu       /* qb_lock_wake: all who wait */

/* Makes a lock in a block that is owned by nobody (QB_OWNER_SHARED). Returns its address; its id is the
 * second word there, and names this lock at this address and no later one. E_ARGUMENT,
 * E_OUT_OF_MEMORY. */
uint32_t qb_lock_open(qb_thread_t *self, uint32_t kind, uint32_t permit_count);

/* All others: E_STALE when there is no lock with this id at the address. */

/* Takes a permit that is free or whose holder lives no more: QB_ADDRESS_MIN + index, with
 * QB_LOCK_ABANDONED in the latter case. E_BUSY: each was taken when it was looked at (of several they
 * may have changed hands meanwhile, so that one was free at any moment); E_DEADLOCK: self has the
 * mutex. */
uint32_t qb_lock_take(qb_thread_t *self, uint32_t address, uint32_t id);

/* Gives it back and wakes who waits. E_OWNER: self does not have it; E_ARGUMENT: no such permit. */
qb_status_t qb_lock_release(qb_thread_t *self, uint32_t address, uint32_t id, uint32_t index);

/* Before each try of one who waits: returns the epoch (>= QB_ADDRESS_MIN), the third word of the lock.
 * As long as it is that, nothing was released since; the host sleeps on it, in slices: a permit whose
 * holder dies changes no word. */
uint32_t qb_lock_wait(uint32_t address, uint32_t id);

/* Ends the waits on a condition of `count` threads at least, or of all. */
qb_status_t qb_lock_wake(uint32_t address, uint32_t id, uint32_t count);

/* Frees it; who waits gets E_STALE. E_BUSY: a live thread has a permit, self included. */
qb_status_t qb_lock_close(qb_thread_t *self, uint32_t address, uint32_t id);

/* ---- object pools ---------------------------------------------------------------------------- */

/* Opens a pool of fixed-size slots. slot_bytes: 1 .. 2^20, rounded up to 16; capacity: 1 ..
 * capacity_max slots; capacity_max: up to 2^24. When capacity < capacity_max it grows by growth_slots
 * (> 0), or, when that is 0, by growth_factor (16.16 fixed point, > 65536). Returns its address. The
 * slots are zero. E_SIZE, E_ARGUMENT, E_OUT_OF_MEMORY. */
uint32_t qb_pool_open(qb_thread_t *self, uint32_t slot_bytes, uint32_t capacity,
                      uint32_t capacity_max, uint32_t growth_slots, uint32_t growth_factor);

/* Takes a free slot, the one at index `hint` if that is free. Returns QB_ADDRESS_MIN + index. E_EMPTY:
 * at one moment of the call every slot was in use and the pool could not grow any more; E_CLOSED;
 * E_OUT_OF_MEMORY: it could have grown, but the heap is full. */
uint32_t qb_pool_acquire(qb_thread_t *self, uint32_t address, uint32_t hint);

/* Gives the slot back; any thread may. The handle's generation must be the slot's. E_DOUBLE_FREE: it
 * was released already and not acquired since; E_STALE: it was acquired again since. */
qb_status_t qb_pool_release(qb_thread_t *self, uint32_t address, uint32_t index,
                            uint32_t generation);

/* Address of a slot, and of its state word (bits 0..7 owner, 8..31 generation). Both stay the same for
 * the life of the pool. E_ARGUMENT: index >= capacity. */
uint32_t qb_pool_slot(uint32_t address, uint32_t index);
uint32_t qb_pool_state(uint32_t address, uint32_t index);

/* Marks self as waiting (or not): releases count the pool's epoch up and notify it while anyone waits.
 * A waiter marks itself, reads the epoch, tries to acquire, and waits for the epoch to change. */
qb_status_t qb_pool_wait(qb_thread_t *self, uint32_t address, uint32_t waits);

/* First slot at or behind index `from` that `owner` has: QB_ADDRESS_MIN + index, or E_NOT_FOUND. */
uint32_t qb_pool_next(uint32_t address, uint32_t owner, uint32_t from);

/* As for arenas. After closing, acquire says E_CLOSED; slots can still be released. */
qb_status_t qb_pool_close(qb_thread_t *self, uint32_t address, uint32_t serial, uint32_t retain);
qb_status_t qb_pool_pin(qb_thread_t *self, uint32_t address, uint32_t serial);
qb_status_t qb_pool_unpin(qb_thread_t *self, uint32_t address, uint32_t serial);

/* ---- memory pools ---------------------------------------------------------------------------- */

/* Opens a memory pool: a region with its own budget, of which blocks are given out as a buddy allocator
 * does: a block has 2^k units and stands at a multiple of its size. unit_bytes: a power of two, 8 ..
 * 65536; data_bytes: 1 .. 2^31, rounded up to whole units, at most 2^26 of them; allocations_max: 1 ..
 * 2^24, how many may be live. With QB_MEMORY_GROWS these are the first of several chunks, each as large
 * as all before it. Returns its address. E_ARGUMENT, E_SIZE, E_OUT_OF_MEMORY. */
uint32_t qb_memory_open(qb_thread_t *self, uint32_t data_bytes, uint32_t unit_bytes,
                        uint32_t allocations_max, uint32_t flags);

/* Gives out a block of at least `bytes` bytes, owned by self, zeroed when asked. 0 bytes take an entry and
 * no room. key: 0, or a number that no other live allocation of the type has. Returns QB_ADDRESS_MIN +
 * index of its entry. E_SIZE: more than the whole pool could give (as soon as it is asked, whatever is free);
 * E_NO_ROOM, E_FULL: all blocks of that size, or all entries, were taken when they were looked at, and none
 * was given back until the call ended; when both is so it is E_NO_ROOM;
 * E_EXISTS: the key is taken, or being taken; E_CLOSED; E_OUT_OF_MEMORY: it could grow, but the heap is
 * full. */
uint32_t qb_memory_alloc(qb_thread_t *self, uint32_t address, uint32_t bytes, uint32_t type,
                         uint32_t key, uint32_t zeroed);

/* Gives the block back; any thread may. E_OWNER: it is in a channel. E_DOUBLE_FREE: it is free already, or being freed; E_STALE: the
 * entry has been used again since. O(1) but for the words of its units. */
qb_status_t qb_memory_free(qb_thread_t *self, uint32_t address, uint32_t index,
                           uint32_t generation);

/* Resizes, in place while the rounded size stays the same or shrinks; else into a new entry of the same
 * type, without its key and owned by self, and the old one is freed. The bytes beyond the old length are zero. Returns
 * QB_ADDRESS_MIN + index of the entry it has then. On failure all is as it was. */
uint32_t qb_memory_realloc(qb_thread_t *self, uint32_t address, uint32_t index, uint32_t generation,
                           uint32_t bytes);

/* Changes the owner to self or QB_OWNER_SHARED. E_OWNER, E_STALE. */
qb_status_t qb_memory_own(qb_thread_t *self, uint32_t address, uint32_t index, uint32_t generation,
                          uint32_t owner);

/* Address of an entry (qb_memory_entry_t), of the block of a live one. E_ARGUMENT: there is none. */
uint32_t qb_memory_entry(uint32_t address, uint32_t index);
uint32_t qb_memory_data(uint32_t address, uint32_t index);

/* The live allocation whose block begins at `block`: QB_ADDRESS_MIN + index, or E_ADDRESS. */
uint32_t qb_memory_at(uint32_t address, uint32_t block);

/* The first live allocation at or behind index `from`, of that type and owner (0: any): QB_ADDRESS_MIN +
 * index, or E_NOT_FOUND. */
uint32_t qb_memory_next(uint32_t address, uint32_t from, uint32_t type, uint32_t owner);

/* The live allocation of that type and key; key 0 names none. E_NOT_FOUND. */
uint32_t qb_memory_find(uint32_t address, uint32_t type, uint32_t key);

/* Number of violated invariants of the pool. Bounded. Requires that no other thread works in it. */
uint32_t qb_memory_check(uint32_t address);

/* As for pools of objects. After closing, alloc says E_CLOSED. */
qb_status_t qb_memory_wait(qb_thread_t *self, uint32_t address, uint32_t waits);
qb_status_t qb_memory_close(qb_thread_t *self, uint32_t address, uint32_t serial, uint32_t retain);
qb_status_t qb_memory_pin(qb_thread_t *self, uint32_t address, uint32_t serial);
qb_status_t qb_memory_unpin(qb_thread_t *self, uint32_t address, uint32_t serial);

/* ---- channels -------------------------------------------------------------------------------- */

/* What a message of a channel is. */
typedef enum qb_channel_kind {
    QB_CHANNEL_NUMBERS = 0, /* any 32 bits */
    QB_CHANNEL_BLOCKS = 1,  /* the address of a block or span that the sender owns */
    QB_CHANNEL_SLOTS = 2,   /* the index of a slot of one pool that the sender has acquired */
    QB_CHANNEL_ALLOCATIONS =
        3, /* the index of an allocation of one memory pool that the sender owns */
} qb_channel_kind_t;

/* Opens a bounded queue between threads, owned by self. capacity: 1 .. 2^24 messages. source: the pool
 * of a channel of slots, the memory pool of one of allocations, else ignored. Returns its address. E_ARGUMENT, E_REGION, E_OUT_OF_MEMORY.
 *
 * Ownership moves with the message: from the send on a block or slot is QB_OWNER_MOVING, until the
 * receiver owns it. When a sender or receiver dies half-way, its reaper finds out which of the two had
 * it; what the dead thread had is treated as the rest of what it owned. Messages left in a channel that
 * ends are freed (released). Who uses a channel of slots must pin its pool, and, when it is not the
 * opener, the channel. */
uint32_t qb_channel_open(qb_thread_t *self, uint32_t capacity, uint32_t kind, uint32_t source);

/* Messages of one sender arrive in their order. E_FULL: at one moment of the call it held `capacity`
 * messages; E_CLOSED; E_OWNER: self does not own it; E_REGION. Refused, it stays self's. */
qb_status_t qb_channel_send(qb_thread_t *self, uint32_t address, uint32_t value);

/* Takes the oldest message; qb_channel_value(self) is it, until self's next call. E_EMPTY; E_CLOSED: it
 * was closed, and no message is left and none will come; E_STALE: there was one, and its slot went with
 * its pool; E_REGION. */
qb_status_t qb_channel_receive(qb_thread_t *self, uint32_t address);
uint32_t qb_channel_value(const qb_thread_t *self);

/* Marks self as waiting at one end (or not): for_room 0 for a message, else for room. See qb_pool_wait. */
qb_status_t qb_channel_wait(qb_thread_t *self, uint32_t address, uint32_t for_room, uint32_t waits);

/* Ends sending: it says E_CLOSED from then on. What is in the channel can be received while anyone pins
 * it, and self does from now on. E_REGION, E_STALE. */
qb_status_t qb_channel_close(qb_thread_t *self, uint32_t address, uint32_t serial);

/* As for arenas. The last pin of a closed channel frees what is left in it. */
qb_status_t qb_channel_pin(qb_thread_t *self, uint32_t address, uint32_t serial);
qb_status_t qb_channel_unpin(qb_thread_t *self, uint32_t address, uint32_t serial);

/* ---- native only ----------------------------------------------------------------------------- */

/* The same in a program of Emscripten that links the core (c/CMakeLists.txt defines QB_EMBEDDED): its heap is
 * a region of the program's memory. */
#if !defined(__wasm__) || defined(QB_EMBEDDED)
/* Reserves page_max pages of address space and commits page_count. One memory a process at a time. */
qb_status_t qb_native_open(uint32_t page_count, uint32_t page_max);
void qb_native_close(void);
/* The bytes at an address. No check. */
void *qb_native_bytes(uint32_t address);
/* From now on the n-th growth and all after it fail; 0 = never. For tests. */
void qb_native_fail_growth(uint32_t nth);
const char *qb_status_name(qb_status_t status);
const char *qb_status_message(qb_status_t status);
#endif

#ifdef __cplusplus
}
#endif
#endif
