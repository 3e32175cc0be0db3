/*
 * Channels: a ring (wait/ring.h) in a region, and the ownership that moves with a message.
 *
 *   owner of what is sent:   sender  --send-->  MOVING, in a cell  --receive-->  receiver
 *
 *   send     claim, owner byte to MOVING, push, claim away          refused: byte back, claim away
 *   receive  claim, pop, owner byte from MOVING to self, claim away
 *
 * The owner byte stands in the owner map (blocks), in the page state (spans) or in the low bits of a
 * state word (slots of a pool, allocations of a memory pool): `pass` knows. While it says MOVING nobody can free, release or send the
 * thing but the channel.
 *
 * Death. The claim of the dead thread tells whether its push or pop was done (see ring.h). A message that it
 * did push is the channel's; one that it did not push, or did pop, becomes its own again, by one CAS from
 * MOVING, and is then treated as all it owned. Nothing looks for a message in the cells, and no other
 * thread's half-way work matters.
 *
 * End. A closed channel without pins is released, which first receives what is left, as any thread would,
 * and frees it: should that thread die, the rest is in the ring and the one message its own.
 *
 * This is lifetime/ and not wait/ because it knows regions and pools; the waiting and the ring are wait/.
 *
 * Threads: any, at once.
 */
#include "lifetime/channel.h"

#include "heap/own.h"
#include "heap/span.h"
#include "lifetime/memory_pool.h"
#include "lifetime/region.h"
#include "wait/ring.h"
#include "wait/waiters.h"

#define CAPACITY_MAX (1u << 24)
#define CELL_BYTES 8u

static qb_channel_t *channel_at(uint32_t address) {
    return (qb_channel_t *)(void *)qb_region_at(address, QB_REGION_CHANNEL);
}

static const uint32_t *gate_of(const qb_channel_t *channel) {
    return &qb_record_of(&channel->region)->state;
}

/* Changes the owner of a message. 0: it was not `from`. */
static int pass(const qb_channel_t *channel, uint32_t value, uint32_t from, uint32_t to) {
    if (channel->kind == QB_CHANNEL_BLOCKS) return qb_raw_own(value, from, to);
    if (channel->kind == QB_CHANNEL_NUMBERS) return 1;
    uint32_t serial = qb_get32(&qb_region_record_of(channel->source)->serial);
    if (serial != channel->source_serial) return 0;
    if (channel->kind == QB_CHANNEL_ALLOCATIONS) {
        return qb_memory_pass(channel->source, value, from, to);
    }
    uint32_t address = qb_pool_state(channel->source, value);
    if (address < QB_ADDRESS_MIN) return 0;
    uint32_t *state = QB_AT(uint32_t, address);
    uint32_t word = qb_load32(state);
    return (word & 255u) == from && qb_cas32(state, word, word - from + to);
}

/* A block, and no arena or pool; a slot; an allocation. */
static int is_owned(const qb_channel_t *channel, uint32_t value, uint32_t number) {
    if (channel->kind != QB_CHANNEL_BLOCKS) return pass(channel, value, number, number);
    qb_place_t place = qb_place_of(value);
    return qb_place_is_user(place) && place.owner == number;
}

/* The number that claims name; 0 where nothing is owned. */
static uint32_t who(const qb_thread_t *self, const qb_channel_t *channel) {
    return channel->kind != QB_CHANNEL_NUMBERS ? self->number : 0;
}

/* Kind of the region that the messages stand in. */
static uint32_t source_kind(uint32_t kind) {
    return kind == QB_CHANNEL_SLOTS ? QB_REGION_POOL : QB_REGION_MEMORY;
}

/* ---- making ---------------------------------------------------------------------------------- */

uint32_t qb_channel_open(qb_thread_t *self, uint32_t capacity, uint32_t kind, uint32_t source) {
    if (capacity - 1 >= CAPACITY_MAX || kind > QB_CHANNEL_ALLOCATIONS) return QB_E_ARGUMENT;
    if (kind < QB_CHANNEL_SLOTS) source = 0;
    if (source != 0 && qb_region_at(source, source_kind(kind)) == NULL) return QB_E_REGION;
    uint32_t address = qb_region_make(self);
    if (address < QB_ADDRESS_MIN) return address;
    qb_channel_t *channel = QB_AT(qb_channel_t, address);
    uint32_t first = address + (uint32_t)sizeof(qb_region_t);
    qb_fill(QB_AT(uint8_t, first), 0, QB_REGION_BYTES - (uint32_t)sizeof(qb_region_t));
    uint32_t cells = address + (uint32_t)sizeof(qb_channel_t);
    uint32_t bytes = capacity * CELL_BYTES;
    if (bytes > QB_REGION_BYTES - sizeof(qb_channel_t)) {
        uint32_t page_count = qb_span_pages_for(bytes + (uint32_t)sizeof(qb_region_span_t));
        cells = qb_region_grow(self, &channel->region, page_count);
        if (cells < QB_ADDRESS_MIN) {
            qb_region_discard(self, &channel->region);
            return cells;
        }
        cells += (uint32_t)sizeof(qb_region_span_t);
        qb_fill(QB_AT(uint8_t, cells), 0, bytes);
    }
    qb_put32(&channel->kind, kind);
    qb_put32(&channel->source, source);
    qb_put32(&channel->source_serial, qb_get32(&qb_region_record_of(source)->serial));
    qb_put32(&channel->ring.capacity, capacity);
    qb_put32(&channel->ring.cells_address, cells);
    qb_region_open(&channel->region, QB_REGION_CHANNEL);
    return address;
}

/* ---- messages -------------------------------------------------------------------------------- */

qb_status_t qb_channel_send(qb_thread_t *self, uint32_t address, uint32_t value) {
    qb_channel_t *channel = channel_at(address);
    if (channel == NULL) return QB_E_REGION;
    uint32_t number = self->number;
    /* Before anything is claimed: a second send of a message must not claim what the first one sent. */
    if (!is_owned(channel, value, number)) return QB_E_OWNER;
    qb_put32(&self->moving, value);
    qb_put32(&self->moving_to, address);
    qb_put64(&self->claim, QB_CLAIM_PUSH);
    qb_status_t status = QB_E_OWNER;
    if (pass(channel, value, number, QB_OWNER_MOVING)) {
        status = qb_ring_push(self, &channel->ring, who(self, channel), value, gate_of(channel));
        if (status != QB_OK) (void)pass(channel, value, QB_OWNER_MOVING, number);
    }
    qb_put64(&self->claim, 0);
    if (status == QB_OK) qb_waiters_wake(&channel->ring.tail.waiters);
    return status;
}

qb_status_t qb_channel_receive(qb_thread_t *self, uint32_t address) {
    qb_channel_t *channel = channel_at(address);
    if (channel == NULL) return QB_E_REGION;
    qb_put32(&self->moving_to, address);
    qb_status_t status = qb_ring_pop(self, &channel->ring, who(self, channel), gate_of(channel));
    int is_taken = status == QB_OK;
    if (is_taken && !pass(channel, self->moving, QB_OWNER_MOVING, self->number)) {
        status = QB_E_STALE;
    }
    qb_put64(&self->claim, 0);
    if (is_taken) qb_waiters_wake(&channel->ring.head.waiters);
    return status;
}

uint32_t qb_channel_value(const qb_thread_t *self) {
    return self->moving;
}

qb_status_t qb_channel_wait(qb_thread_t *self, uint32_t address, uint32_t for_room,
                            uint32_t waits) {
    qb_channel_t *channel = channel_at(address);
    if (channel == NULL) return QB_E_REGION;
    qb_ring_end_t *end = for_room != 0 ? &channel->ring.head : &channel->ring.tail;
    qb_waiters_set(&end->waiters, self->number, waits);
    return QB_OK;
}

/* ---- end ------------------------------------------------------------------------------------- */

void qb_channel_wake(qb_region_t *region) {
    qb_channel_t *channel = (qb_channel_t *)(void *)region;
    qb_waiters_wake(&channel->ring.head.waiters);
    qb_waiters_wake(&channel->ring.tail.waiters);
}

qb_status_t qb_channel_close(qb_thread_t *self, uint32_t address, uint32_t serial) {
    return qb_region_close(self, address, QB_REGION_CHANNEL, serial, 1);
}

qb_status_t qb_channel_pin(qb_thread_t *self, uint32_t address, uint32_t serial) {
    return qb_region_pin(self, address, QB_REGION_CHANNEL, serial);
}

qb_status_t qb_channel_unpin(qb_thread_t *self, uint32_t address, uint32_t serial) {
    return qb_region_unpin(self, address, QB_REGION_CHANNEL, serial);
}

/* Frees a message that self owns. */
static void give_back(qb_thread_t *self, const qb_channel_t *channel, uint32_t value) {
    if (channel->kind == QB_CHANNEL_BLOCKS) (void)qb_free(self, value);
    if (channel->kind == QB_CHANNEL_ALLOCATIONS) {
        uint32_t entry = qb_memory_entry(channel->source, value);
        uint32_t generation = qb_load32(QB_AT(uint32_t, entry)) >> 8;
        (void)qb_memory_free(self, channel->source, value, generation);
    }
    if (channel->kind != QB_CHANNEL_SLOTS) return;
    uint32_t word = qb_load32(QB_AT(uint32_t, qb_pool_state(channel->source, value)));
    (void)qb_pool_release(self, channel->source, value, word >> 8);
    qb_pool_t *pool = QB_AT(qb_pool_t, channel->source);
    (void)qb_add32(&pool->user[QB_POOL_USER_IN_USE], 0u - 1u);
}

void qb_channel_drain(qb_thread_t *self, qb_region_t *region) {
    const qb_channel_t *channel = (const qb_channel_t *)(const void *)region;
    uint32_t source = channel->source;
    uint32_t serial = channel->source_serial;
    /* The pool must not go meanwhile. If it is gone already, so are the messages. */
    uint32_t kind = source_kind(channel->kind);
    qb_status_t held = qb_region_hold(self, source, kind, serial);
    for (;;) {
        qb_status_t status = qb_channel_receive(self, QB_ADDRESS_OF(region));
        if (status == QB_OK) give_back(self, channel, self->moving);
        if (status != QB_OK && status != QB_E_STALE) break;
    }
    if (held == QB_OK) (void)qb_region_unpin(self, source, kind, serial);
}

void qb_channel_reap(qb_region_t *region, uint32_t number) {
    qb_channel_t *channel = (qb_channel_t *)(void *)region;
    qb_waiters_unmark(&channel->ring.head.waiters, number);
    qb_waiters_unmark(&channel->ring.tail.waiters, number);
    qb_channel_wake(region);
}

void qb_channel_settle(qb_thread_t *dead) {
    uint64_t claim = qb_load64(&dead->claim);
    const qb_channel_t *channel = channel_at(qb_get32(&dead->moving_to));
    if (claim == 0) return;
    if (channel != NULL && qb_ring_is_won(dead) != qb_ring_is_push(claim)) {
        (void)pass(channel, qb_get32(&dead->moving), QB_OWNER_MOVING, dead->number);
    }
    qb_put64(&dead->claim, 0);
}
