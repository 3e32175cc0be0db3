/* Crash points: which write is the last one of a thread. */
#include "lab.h"

#include "support/snapshot.h"

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
uint32_t lab_sites_missed(uint32_t *site_count, int says) {
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
            if (says) print_error("no run died at %s:%u\n", site->file, site->line);
        }
    }
    return missed;
}

/* ---- starting again -------------------------------------------------------------------------- */

static world_t saved_world;

void lab_open(const state_t *state, uint32_t grow_pages) {
    heap_open(state->pages, grow_pages, state->options);
}

void lab_save(const world_t *w) {
    snapshot_save();
    saved_world = *w;
}

void lab_restore(world_t *w) {
    snapshot_restore();
    *w = saved_world;
}
