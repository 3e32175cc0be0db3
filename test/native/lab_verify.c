/* After a crash: the living go on, reap the dead, and account for every byte. */
#include "lab.h"

static uint32_t worst_bytes(const world_t *w, uint32_t class_bytes) {
    return (w->options & QB_HEAP_DEBUG) != 0 ? class_bytes - 16 : class_bytes; /* the trailer */
}

/* ---- going on -------------------------------------------------------------------------------- */

static int allocate_and_free(const world_t *w, uint32_t member, uint32_t bytes) {
    uint32_t address = qb_alloc(crew(w, member), bytes);
    if (address < QB_ADDRESS_MIN) {
        NEED(w->full && address == QB_E_OUT_OF_MEMORY, "member %u cannot allocate %u bytes: %s",
             member, bytes, result_name(address));
        return 1;
    }
    NEED(qb_block_owner(address) == w->numbers[member], "member %u got 0x%x of owner %u", member,
         address, qb_block_owner(address));
    memset(bytes_at(address), 0xa5, bytes);
    qb_status_t status = qb_free(crew(w, member), address);
    NEED(status == QB_OK, "member %u cannot free 0x%x of %u bytes: %s", member, address, bytes,
         qb_status_name(status));
    return 1;
}

int living_work(world_t *w) {
    static const uint32_t sizes[] = {16, 200, 1000, 32768, QB_PAGE_BYTES};
    for (uint32_t member = 0; member < DEAD; member++) {
        if (w->slots[member] == 0 || (w->dead & OWNED(member)) != 0) {
            continue;
        }
        for (uint32_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            if (!allocate_and_free(w, member, sizes[i])) {
                return 0;
            }
        }
    }
    return 1;
}

/* ---- reaping --------------------------------------------------------------------------------- */

static int is_arena(uint32_t address) {
    uint32_t word = *qb_state_of(address / QB_PAGE_BYTES);
    return qb_word_kind(word) == QB_PAGE_BLOCKS && qb_word_payload(word) == QB_CLASS_REGION;
}

/* A span that another thread is resizing, or died doing so, cannot be offered. */
static int is_held(uint32_t address) {
    return qb_word_kind(*qb_state_of(address / QB_PAGE_BYTES)) == QB_PAGE_FREEING;
}

/* What only the visitor of orphans knows of, and will have to free when it is kept. */
static void note_orphan(world_t *w, uint32_t address, uint32_t allowed) {
    if (!is_arena(address)) {
        (void)item_add(w, address, 0, allowed);
    } else if (arena_find(w, address) == NULL) {
        (void)arena_note(w, address, allowed);
    }
}

static int is_name(uint32_t address) {
    for (uint32_t i = 0; i < QB_ROOTS_MAX; i++) {
        if (qb_root_of(i)->name_address == address) return 1;
    }
    return 0;
}

/* When the reaper of a member dies, its own reaper settles that estate without a visit. */
void note_unvisited(world_t *w, uint32_t member) {
    for (uint32_t page = qb_header()->page_first; page < qb_header()->page_count; page++) {
        uint32_t word = *qb_state_of(page);
        if (qb_word_kind(word) == QB_PAGE_SPAN && qb_word_owner(word) == w->numbers[member] &&
            item_at(w, page * QB_PAGE_BYTES) == NULL) {
            note_orphan(w, page * QB_PAGE_BYTES, OWNED(member));
        }
        if (qb_word_kind(word) != QB_PAGE_BLOCKS) continue;
        const qb_class_t *class = &qb_header()->classes[qb_word_payload(word)];
        for (uint32_t i = 0; i < class->block_count; i++) {
            uint32_t address = page * QB_PAGE_BYTES + i * class->block_bytes;
            int is_open =
                !is_arena(address) || (qb_region_record_of(address)->state & 15u) == QB_REGION_OPEN;
            if (qb_map_of(page)[i] == w->numbers[member] && is_open &&
                item_at(w, address) == NULL && !is_name(address)) {
                note_orphan(w, address, OWNED(member));
            }
        }
    }
}

/* Sees every orphan once, in order; every block that is the member's is among them. */
static int visit_orphans(world_t *w, uint32_t by, uint32_t member, uint32_t policy,
                         uint32_t picks) {
    qb_thread_t *self = crew(w, by);
    uint32_t number = w->numbers[member];
    uint32_t last = 0;
    uint32_t missing = 0;
    uint32_t unknown = 0;
    for (uint32_t i = 0; i < w->item_count; i++) {
        missing += w->items[i].allowed == OWNED(member) && !is_held(w->items[i].address);
    }
    for (uint32_t at = qb_reap_next(self, number, 0); at != 0;) {
        NEED(at > last && at >= QB_ADDRESS_MIN, "the orphan 0x%x comes after 0x%x", at, last);
        NEED(qb_block_owner(at) == number, "the orphan 0x%x belongs to %u", at, qb_block_owner(at));
        last = at;
        item_t *item = item_at(w, at);
        if (item != NULL) {
            missing--;
        } else {
            unknown += !is_arena(at); /* just allocated when the member died: nobody knows of it */
            if (policy == QB_POLICY_KEEP) {
                note_orphan(w, at, OWNED(member));
            }
        }
        if (picks && item != NULL && last / 16 % 3 == 0) {
            NEED(qb_block_own(self, at, w->numbers[by]) == QB_OK, "0x%x cannot be taken over", at);
            item->allowed = OWNED(by);
        } else if (picks && item != NULL && last / 16 % 3 == 1) {
            qb_status_t status = qb_free(self, at);
            NEED(status == QB_OK, "the orphan 0x%x cannot be freed: %s", at,
                 qb_status_name(status));
            item->allowed = 0;
        }
        at = qb_reap_next(self, number, at);
    }
    NEED(unknown <= 2, "%u blocks that nobody asked for", unknown);
    NEED(missing == 0, "%u orphans were not reported", missing);
    return 1;
}

int reap(world_t *w, uint32_t by, uint32_t member, uint32_t policy, uint32_t picks) {
    qb_thread_t *self = crew(w, by);
    uint32_t number = w->numbers[member];
    qb_status_t status = qb_reap_begin(self, number, 0);
    NEED(status == QB_OK || status == QB_E_STALE, "reaping %u cannot begin: %s", member,
         qb_status_name(status));
    expect_settled(w, member);
    if (status == QB_OK) {
        if (!items_hold(w) || !visit_orphans(w, by, member, policy, picks)) {
            return 0;
        }
        expect_chain(w, member, policy);
        status = qb_reap_end(self, number, policy);
        NEED(status == QB_OK, "reaping %u cannot end: %s", member, qb_status_name(status));
    }
    expect_reaped(w, member, policy);
    w->dead &= ~OWNED(member);
    NEED(qb_reap_begin(self, number, 0) == QB_E_STALE, "member %u can be reaped twice", member);
    w->slots[member] = 0;
    return 1;
}

int reap_strangers(const world_t *w, uint32_t by) {
    for (uint32_t number = 1; number <= QB_THREADS_MAX; number++) {
        int is_known = 0;
        for (uint32_t member = 0; member < CREW_COUNT; member++) {
            is_known |= w->slots[member] != 0 && w->numbers[member] == number;
        }
        if (is_known || qb_reap_begin(crew(w, by), number, 0) == QB_E_STALE) {
            continue;
        }
        NEED(qb_reap_next(crew(w, by), number, 0) == 0,
             "a thread that just attached owns something");
        qb_status_t status = qb_reap_end(crew(w, by), number, QB_POLICY_KEEP);
        NEED(status == QB_OK, "a half-attached thread cannot be reaped: %s",
             qb_status_name(status));
    }
    return 1;
}

void reap_actor_run(world_t *w) {
    qb_thread_t *self = crew(w, REAPER);
    uint32_t number = w->numbers[ACTOR];
    uint32_t policy = w->parameter[3] & 1;
    if (qb_reap_begin(self, number, 0) != QB_OK) {
        return;
    }
    uint32_t count = 0;
    for (uint32_t at = qb_reap_next(self, number, 0); at >= QB_ADDRESS_MIN && count < 2000;
         count++) {
        item_t *item = item_at(w, at);
        if (item == NULL && policy == QB_POLICY_KEEP) {
            note_orphan(w, at, OWNED(ACTOR) | SHARED);
        } else if (item != NULL && (w->parameter[3] & 2) != 0 && count % 2 == 0) {
            item->allowed |= OWNED(REAPER);
            (void)qb_block_own(self, at, w->numbers[REAPER]);
            item->allowed = OWNED(REAPER);
        }
        at = qb_reap_next(self, number, at);
    }
    (void)qb_reap_end(self, number, policy);
}

/* ---- filling --------------------------------------------------------------------------------- */

#define GRANULE_BYTES 16u
#define FILL_MAX 60000u

static uint8_t taken[96 * QB_PAGE_BYTES / GRANULE_BYTES];
static uint32_t filled[FILL_MAX];
static uint32_t filled_count;

static int take_bytes(const world_t *w, uint32_t address, uint32_t bytes) {
    (void)w;
    uint32_t from = address / GRANULE_BYTES;
    uint32_t count = (bytes + GRANULE_BYTES - 1) / GRANULE_BYTES;
    NEED(from + count <= sizeof taken, "0x%x is beyond the memory", address);
    NEED(count == 0 || memchr(taken + from, 1, count) == NULL, "0x%x of %u bytes is owned twice",
         address, bytes);
    memset(taken + from, 1, count);
    return 1;
}

static int fill_one(world_t *w, uint32_t address) {
    NEED(filled_count < FILL_MAX, "more blocks than fit");
    filled[filled_count++] = address;
    uint32_t bytes = qb_usable_bytes(address);
    if (bytes > 0) { /* both ends: they would hit a neighbour's content */
        bytes_at(address)[0] = 0x5a;
        bytes_at(address)[bytes - 1] = 0x5a;
    }
    return take_bytes(w, address, bytes);
}

/* All that the members can get. A pass that gets nothing ends it. */
static int fill(world_t *w, const uint32_t *members, uint32_t member_count) {
    uint32_t before;
    do {
        before = filled_count;
        for (uint32_t i = 0; i <= QB_CLASS_REGION; i++) {
            uint32_t bytes =
                i == 0 ? QB_PAGE_BYTES : qb_header()->classes[QB_CLASS_REGION - i].block_bytes;
            for (uint32_t m = 0; m < member_count; m++) {
                for (;;) {
                    uint32_t address = qb_alloc(crew(w, members[m]), worst_bytes(w, bytes));
                    if (address == QB_E_OUT_OF_MEMORY) {
                        break;
                    }
                    NEED(address >= QB_ADDRESS_MIN, "filling: %s", result_name(address));
                    if (!fill_one(w, address)) {
                        return 0;
                    }
                }
            }
        }
    } while (filled_count > before);
    return 1;
}

/* Not a page and not a block is free while every allocation fails: nothing is lost. */
static int nothing_is_free(void) {
    uint32_t page_count = qb_header()->page_count;
    NEED(page_count == qb_header()->page_max, "the heap is full at %u of %u pages", page_count,
         qb_header()->page_max);
    for (uint32_t page = 0; page < page_count; page++) {
        uint32_t word = *qb_state_of(page);
        uint32_t kind = qb_word_kind(word);
        NEED(kind == QB_PAGE_META || kind == QB_PAGE_BLOCKS || kind == QB_PAGE_SPAN ||
                 kind == QB_PAGE_TAIL,
             "page %u cannot be allocated; its state is 0x%x", page, word);
        if (kind != QB_PAGE_BLOCKS || qb_word_payload(word) == QB_CLASS_REGION) {
            continue;
        }
        uint32_t count = qb_header()->classes[qb_word_payload(word)].block_count;
        for (uint32_t i = 0; i < count; i++) {
            NEED(qb_map_of(page)[i] != 0, "block %u of page %u (state 0x%x) cannot be allocated", i,
                 page, word);
        }
    }
    return 1;
}

static int dispose_arenas(world_t *w, uint32_t survivor) {
    for (uint32_t i = 0; i < w->arena_count; i++) {
        arena_t *arena = &w->arenas[i];
        if (arena->gone) {
            continue;
        }
        const qb_region_record_t *header = qb_region_record_of(arena->address);
        if ((header->state & 15u) == QB_REGION_OPEN) {
            qb_status_t status =
                qb_arena_close(crew(w, survivor), arena->address, arena->serial, 0);
            NEED(status == QB_OK, "arena 0x%x cannot be closed: %s", arena->address,
                 qb_status_name(status));
        }
        for (uint32_t member = 0; member < CREW_COUNT; member++) {
            if (w->slots[member] != 0 && (arena->pins_maybe & OWNED(member)) != 0) {
                (void)qb_arena_unpin(crew(w, member), arena->address, arena->serial);
            }
        }
        NEED(qb_block_owner(arena->address) == QB_OWNER_NONE || header->serial != arena->serial,
             "arena 0x%x stays", arena->address);
        arena->gone = 1;
    }
    return 1;
}

/* Blocks of names that roots keep for ever. */
static uint32_t name_blocks(void) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < QB_ROOTS_MAX; i++) {
        count += qb_root_of(i)->name_address != 0;
    }
    return count;
}

int fill_and_empty(world_t *w, uint32_t survivor) {
    uint32_t members[CREW_COUNT];
    uint32_t member_count = 0;
    for (uint32_t member = 0; member < CREW_COUNT; member++) {
        if (w->slots[member] != 0) {
            members[member_count++] = member;
        }
    }
    memset(taken, 0, qb_header()->page_max * (QB_PAGE_BYTES / GRANULE_BYTES));
    filled_count = 0;
    for (uint32_t i = 0; i < w->item_count; i++) {
        if (w->items[i].allowed != 0 &&
            !take_bytes(w, w->items[i].address, qb_usable_bytes(w->items[i].address))) {
            return 0;
        }
    }
    if (!fill(w, members, member_count) || !nothing_is_free()) {
        return 0;
    }
    if (!items_hold(w) || !arenas_hold(w) || !roots_hold(w) || !dispose_arenas(w, survivor)) {
        return 0;
    }
    for (uint32_t i = 0; i < filled_count + w->item_count; i++) {
        uint32_t address = i < filled_count ? filled[i] : w->items[i - filled_count].address;
        if (i >= filled_count && w->items[i - filled_count].allowed == 0) {
            continue;
        }
        qb_status_t status = qb_free(crew(w, members[i % member_count]), address);
        NEED(status == QB_OK, "0x%x cannot be freed: %s", address, qb_status_name(status));
    }
    NEED(faults(crew(w, survivor)) == 0, "the emptied heap is not sound");
    for (uint32_t m = 0; m < member_count; m++) {
        if (members[m] != survivor) {
            qb_status_t status = qb_thread_detach(crew(w, members[m]), m & 1);
            NEED(status == QB_OK, "member %u cannot detach: %s", members[m],
                 qb_status_name(status));
        }
    }
    NEED(heap_is_empty(crew(w, survivor), name_blocks()), "something is lost");
    return 1;
}
