/*
 * Who owns a block, and giving it to another thread.
 *
 * The receiver may leave at any moment, and its reaper may have passed the block already when the
 * owner byte is written. So the giver looks at the receiver's slot again afterwards: either the reaper
 * sees the byte, or the giver sees that the slot changed, and makes the block shared. Should the giver
 * die in between, its own reaper finds the address in its slot and does the same (qb_own_settle). The
 * slot's `claim` says that it is a gift: messages of channels stand in the same fields.
 *
 * Threads: any.
 */
#include "heap/own.h"

#include "heap/alloc.h"
#include "heap/thread.h"

static int is_live_word(uint32_t word) {
    return qb_slot_status(word) == QB_THREAD_LIVE;
}

uint32_t qb_block_owner(uint32_t address) {
    qb_place_t place = qb_place_of(address);
    return qb_place_is_user(place) || qb_place_is_region(place) ? place.owner : QB_OWNER_NONE;
}

/* Sets the owner byte of a block or region. E_ADDRESS. */
static qb_status_t set_owner(uint32_t address, uint32_t owner) {
    for (;;) {
        qb_place_t place = qb_place_of(address);
        int is_live_region = qb_place_is_region(place) && place.owner != QB_OWNER_NONE;
        if (!qb_place_is_user(place) && !is_live_region) return qb_place_refusal(place);
        if (place.owner == owner || qb_place_own(place, owner)) return QB_OK;
    }
}

qb_status_t qb_block_own(qb_thread_t *self, uint32_t address, uint32_t owner) {
    if (owner == QB_OWNER_SHARED || owner == self->number) return set_owner(address, owner);
    if (owner < 1 || owner > QB_THREADS_MAX) return QB_E_OWNER;
    const qb_thread_t *receiver = qb_thread_of(owner);
    uint32_t word = qb_load32(&receiver->state);
    if (!is_live_word(word)) return QB_E_OWNER;
    qb_put32(&self->moving_to, word);
    qb_put32(&self->moving, address);
    qb_put64(&self->claim, QB_CLAIM_GIFT);
    qb_status_t status = set_owner(address, owner);
    if (status == QB_OK && qb_load32(&receiver->state) != word) {
        (void)qb_raw_own(address, owner, QB_OWNER_SHARED);
        status = QB_E_OWNER;
    }
    qb_put64(&self->claim, 0);
    return status;
}

void qb_own_settle(qb_thread_t *dead) {
    if (qb_load64(&dead->claim) != QB_CLAIM_GIFT) return;
    uint32_t address = qb_get32(&dead->moving);
    uint32_t owner = qb_block_owner(address);
    int is_given = owner >= 1 && owner <= QB_THREADS_MAX && owner != dead->number;
    /* The receiver is gone, or its slot has another holder by now. */
    if (is_given && qb_load32(&qb_thread_of(owner)->state) != qb_get32(&dead->moving_to)) {
        (void)qb_raw_own(address, owner, QB_OWNER_SHARED);
    }
    qb_put64(&dead->claim, 0);
}
