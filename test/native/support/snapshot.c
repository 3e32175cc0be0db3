/*
 * Snapshots are compared with the memory chunk by chunk and only what differs is written: that costs
 * less than the page faults of a fresh mapping.
 */
#include "support/snapshot.h"

#include "support.h"

#define CHUNK_BYTES 4096u
#define CHUNKS_MAX 4096u

static struct {
    uint32_t page_count, page_max;
    uint8_t *chunks[CHUNKS_MAX]; /* content of each 4 KiB; NULL = zeros */
    uint8_t *store;
} saved;

static const uint8_t zeros[CHUNK_BYTES];

void snapshot_save(void) {
    if (saved.store == NULL) {
        saved.store = malloc((size_t)CHUNKS_MAX * CHUNK_BYTES);
        assert_non_null(saved.store);
    }
    saved.page_count = qb_host_page_count();
    saved.page_max = qb_header()->page_max;
    uint8_t *free_chunk = saved.store;
    for (uint32_t i = 0; i < saved.page_count * (QB_PAGE_BYTES / CHUNK_BYTES); i++) {
        const uint8_t *chunk = bytes_at(i * CHUNK_BYTES);
        assert_true(i < CHUNKS_MAX);
        saved.chunks[i] = NULL;
        if (memcmp(chunk, zeros, CHUNK_BYTES) != 0) {
            memcpy(free_chunk, chunk, CHUNK_BYTES);
            saved.chunks[i] = free_chunk;
            free_chunk += CHUNK_BYTES;
        }
    }
}

void snapshot_restore(void) {
    if (qb_host_page_count() != saved.page_count) { /* it has grown: start with a fresh memory */
        qb_native_close();
        assert_int_equal(qb_native_open(saved.page_count, saved.page_max), QB_OK);
    }
    for (uint32_t i = 0; i < saved.page_count * (QB_PAGE_BYTES / CHUNK_BYTES); i++) {
        const uint8_t *chunk = saved.chunks[i] != NULL ? saved.chunks[i] : zeros;
        if (memcmp(bytes_at(i * CHUNK_BYTES), chunk, CHUNK_BYTES) != 0) {
            memcpy(bytes_at(i * CHUNK_BYTES), chunk, CHUNK_BYTES);
        }
    }
}

int snapshot_follow(void) {
    static uint8_t *shadow;
    if (shadow == NULL) {
        shadow = calloc(CHUNKS_MAX, CHUNK_BYTES);
        assert_non_null(shadow);
    }
    int has_changed = 0;
    for (uint32_t at = 0; at < qb_host_page_count() * QB_PAGE_BYTES; at += CHUNK_BYTES) {
        if (memcmp(shadow + at, bytes_at(at), CHUNK_BYTES) != 0) {
            memcpy(shadow + at, bytes_at(at), CHUNK_BYTES);
            has_changed = 1;
        }
    }
    return has_changed;
}
