/*
 * The debug level.
 *
 *   | bytes asked for | at least 8 fill bytes ... | asked | asked ^ key ^ address |
 *   address                                        block end - 8           block end
 *
 * Fresh bytes are 0xCD, freed ones 0xDD, the bytes behind a block 0xFB. A freed block stays in its
 * thread's quarantine (QB_OWNER_QUARANTINE) until QB_QUARANTINE_COUNT others were freed, so that a
 * use after free meets 0xDD and a double free is told from a new block at the same place.
 *
 * The quarantine list is written before the byte: a thread that dies in between leaves an address
 * whose block is not in quarantine, and flushing looks at the byte.
 */
#include "heap/debug.h"

#include "heap/alloc.h"
#include "heap/page.h"

#define TRAILER_BYTES 8u
#define FILL_BYTES_MIN 8u
#define KEY 0x5ca1ab1eu
#define FILL_FRESH 0xcd
#define FILL_BEHIND 0xfb

static uint32_t block_bytes(uint32_t address) {
    qb_place_t place = qb_place_of(address);
    return qb_place_bytes(place);
}

/* Makes [bytes, end) of the block fill bytes and trailer. */
static void write_trailer(uint32_t address, uint32_t bytes, uint32_t end) {
    uint8_t *block = QB_AT(uint8_t, address);
    qb_fill(block + bytes, FILL_BEHIND, end - bytes);
    qb_put32(block + end, bytes);
    qb_put32(block + end + 4, bytes ^ KEY ^ address);
}

uint32_t qb_debug_alloc(qb_thread_t *self, uint32_t bytes, uint32_t align_bytes, int zeroed) {
    if (bytes > UINT32_MAX - TRAILER_BYTES - FILL_BYTES_MIN) return QB_E_OUT_OF_MEMORY;
    uint32_t total = bytes + TRAILER_BYTES + FILL_BYTES_MIN;
    uint32_t address = qb_raw_alloc(self, total, align_bytes, zeroed);
    if (address == QB_E_OUT_OF_MEMORY) {
        qb_debug_flush(self, self); /* the quarantine gives way */
        address = qb_raw_alloc(self, total, align_bytes, zeroed);
    }
    if (address < QB_ADDRESS_MIN) return address;
    uint32_t end = block_bytes(address) - TRAILER_BYTES;
    if (!zeroed) qb_fill(QB_AT(uint8_t, address), FILL_FRESH, bytes);
    write_trailer(address, bytes, end);
    return address;
}

void qb_debug_repair(uint32_t address) {
    if (qb_debug_verify(address) == QB_OK) return;
    uint32_t end = block_bytes(address) - TRAILER_BYTES;
    write_trailer(address, end - FILL_BYTES_MIN, end);
}

uint32_t qb_debug_bytes(uint32_t address) {
    uint32_t end = block_bytes(address) - TRAILER_BYTES;
    const uint8_t *trailer = QB_AT(uint8_t, address + end);
    uint32_t bytes = qb_get32(trailer);
    int sound = qb_get32(trailer + 4) == (bytes ^ KEY ^ address) && bytes <= end - FILL_BYTES_MIN;
    return sound ? bytes : 0;
}

qb_status_t qb_debug_verify(uint32_t address) {
    uint32_t end = block_bytes(address) - TRAILER_BYTES;
    const uint8_t *block = QB_AT(uint8_t, address);
    uint32_t bytes = qb_get32(block + end);
    if (qb_get32(block + end + 4) != (bytes ^ KEY ^ address)) return QB_E_OVERRUN;
    if (bytes > end - FILL_BYTES_MIN) return QB_E_OVERRUN;
    for (uint32_t at = bytes; at < end; at++) {
        if (qb_get8(block + at) != FILL_BEHIND) return QB_E_OVERRUN;
    }
    return QB_OK;
}

static void release_quarantined(qb_thread_t *self, uint32_t address) {
    qb_place_t place = qb_place_of(address);
    if (address != 0 && place.owner == QB_OWNER_QUARANTINE) (void)qb_place_free(self, place);
}

qb_status_t qb_debug_free(qb_thread_t *self, uint32_t address) {
    qb_status_t status = qb_debug_verify(address);
    if (status != QB_OK) return status;
    qb_place_t place = qb_place_of(address);
    if (!qb_place_is_block(place)) {
        while (qb_place_is_user(place) && qb_place_free(self, place) != QB_OK) {
            place = qb_place_of(address);
        }
        return qb_place_is_user(place) ? QB_OK : qb_place_refusal(place);
    }
    if (!qb_place_is_user(place))
        return qb_place_refusal(place); /* freed since the caller looked */
    uint32_t *entry = &self->quarantine[self->quarantine_next % QB_QUARANTINE_COUNT];
    release_quarantined(self, qb_get32(entry));
    qb_put32(entry, address);
    qb_put32(&self->quarantine_next, self->quarantine_next + 1);
    while (!qb_place_own(place, QB_OWNER_QUARANTINE)) {
        place = qb_place_of(address); /* another owner, or freed */
        if (!qb_place_is_user(place)) return qb_place_refusal(place);
    }
    qb_fill(QB_AT(uint8_t, address), QB_FILL_FREED, qb_place_bytes(place));
    return QB_OK;
}

void qb_debug_flush(qb_thread_t *self, qb_thread_t *owner) {
    for (uint32_t i = 0; i < QB_QUARANTINE_COUNT; i++) {
        uint32_t address = qb_get32(&owner->quarantine[i]);
        if (address == 0) continue;
        release_quarantined(self, address);
        qb_put32(&owner->quarantine[i], 0);
    }
}
