/* Crash points, and snapshots of the memory to start from again and again. */
#include "lab.h"

/* Made by the linker: all write points of the core. */
extern qb_lab_site_t __start_qb_sites[];
extern qb_lab_site_t __stop_qb_sites[];

static struct {
    jmp_buf exit;
    int armed;
    uint32_t writes;
    uint32_t die_at;
    uint32_t interfere_at;
    action_t interfere;
    world_t *world;
    const qb_lab_site_t *site;
    uint32_t crashes;
} engine;

void qb_lab_point(qb_lab_site_t *site) {
    if (!engine.armed) {
        return;
    }
    engine.writes++;
    if (engine.writes == engine.interfere_at) {
        engine.armed = 0; /* the other thread does not die */
        engine.interfere(engine.world);
        engine.armed = 1;
    }
    if (engine.writes == engine.die_at) {
        engine.armed = 0;
        engine.site = site;
        engine.crashes++;
        site->hits++;
        longjmp(engine.exit, 1);
    }
}

int lab_run_interfered(action_t action, world_t *w, uint32_t k, action_t interfere, uint32_t m) {
    engine.writes = 0;
    engine.die_at = k;
    engine.interfere_at = interfere != NULL ? m : 0;
    engine.interfere = interfere;
    engine.world = w;
    engine.site = NULL;
    if (setjmp(engine.exit) != 0) {
        return 1;
    }
    engine.armed = 1;
    action(w);
    engine.armed = 0;
    return 0;
}

int lab_run(action_t action, world_t *w, uint32_t k) {
    return lab_run_interfered(action, w, k, NULL, 0);
}

const qb_lab_site_t *lab_crash_site(void) {
    return engine.site;
}
uint32_t lab_write_count(void) {
    return engine.writes;
}
uint32_t lab_crash_count(void) {
    return engine.crashes;
}

static int same_place(const qb_lab_site_t *a, const qb_lab_site_t *b) {
    return a->line == b->line && strcmp(a->file, b->file) == 0;
}

/* A line of a header stands in several translation units: it counts once. */
uint32_t lab_sites_missed(uint32_t *site_count) {
    uint32_t missed = 0;
    *site_count = 0;
    for (const qb_lab_site_t *site = __start_qb_sites; site < __stop_qb_sites; site++) {
        uint32_t hits = 0;
        int is_first = 1;
        for (const qb_lab_site_t *other = __start_qb_sites; other < __stop_qb_sites; other++) {
            if (same_place(site, other)) {
                hits += other->hits;
                is_first &= other >= site;
            }
        }
        if (!is_first) {
            continue;
        }
        (*site_count)++;
        if (hits == 0) {
            missed++;
            print_error("no run died at %s:%u\n", site->file, site->line);
        }
    }
    return missed;
}

/* ---- snapshots ------------------------------------------------------------------------------- */

#define CHUNK_BYTES 4096u
#define CHUNKS_MAX 4096u

static struct {
    uint32_t page_count, page_max;
    uint8_t *chunks[CHUNKS_MAX]; /* content of each 4 KiB; NULL = zeros */
    uint8_t *store;
    world_t world;
} saved;

static const uint8_t zeros[CHUNK_BYTES];

void lab_open(const state_t *state, uint32_t grow_pages) {
    heap_open(state->pages, grow_pages, state->options);
}

void lab_save(const world_t *w) {
    if (saved.store == NULL) {
        saved.store = malloc((size_t)CHUNKS_MAX * CHUNK_BYTES);
        assert_non_null(saved.store);
    }
    saved.page_count = qb_host_page_count();
    saved.page_max = qb_header()->page_max;
    saved.world = *w;
    uint8_t *free_chunk = saved.store;
    for (uint32_t i = 0; i < saved.page_count * (QB_PAGE_BYTES / CHUNK_BYTES); i++) {
        const uint8_t *chunk = bytes_at(i * CHUNK_BYTES);
        saved.chunks[i] = NULL;
        if (memcmp(chunk, zeros, CHUNK_BYTES) != 0) {
            assert_true(i < CHUNKS_MAX);
            memcpy(free_chunk, chunk, CHUNK_BYTES);
            saved.chunks[i] = free_chunk;
            free_chunk += CHUNK_BYTES;
        }
    }
}

void lab_restore(world_t *w) {
    if (qb_host_page_count() != saved.page_count) { /* it has grown: start with a fresh memory */
        qb_native_close();
        assert_int_equal(qb_native_open(saved.page_count, saved.page_max), QB_OK);
    }
    /* Comparing costs less than the page faults that writing all of it would cost. */
    for (uint32_t i = 0; i < saved.page_count * (QB_PAGE_BYTES / CHUNK_BYTES); i++) {
        const uint8_t *chunk = saved.chunks[i] != NULL ? saved.chunks[i] : zeros;
        if (memcmp(bytes_at(i * CHUNK_BYTES), chunk, CHUNK_BYTES) != 0) {
            memcpy(bytes_at(i * CHUNK_BYTES), chunk, CHUNK_BYTES);
        }
    }
    *w = saved.world;
}
