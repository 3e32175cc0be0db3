/* What the test knows of the heap, and what may be true of it after a crash. */
#include "lab.h"

qb_thread_t *crew(const world_t *w, uint32_t member) {
    return qb_thread_at(w->slots[member]);
}

void enrol(world_t *w, uint32_t member) {
    w->slots[member] = must(qb_thread_attach());
    w->numbers[member] = qb_thread_number(crew(w, member));
}

/* ---- blocks ---------------------------------------------------------------------------------- */

item_t *item_add(world_t *w, uint32_t address, uint32_t bytes, uint32_t allowed) {
    item_t *item = NULL;
    for (uint32_t i = 0; i < w->item_count; i++) {
        if (w->items[i].address == address && (w->items[i].allowed & GONE) != 0) {
            w->items[i].allowed = 0; /* it is gone: here is its successor */
        }
        if (w->items[i].allowed == 0) {
            item = &w->items[i];
        }
    }
    if (item == NULL) {
        assert_true(w->item_count < ITEMS_MAX);
        item = &w->items[w->item_count++];
    }
    *item = (item_t){address, bytes, bytes, ++w->next_tag, allowed};
    pattern_write(address, bytes, item->tag);
    return item;
}

item_t *item_alloc(world_t *w, uint32_t member, uint32_t bytes) {
    return item_add(w, must(qb_alloc(crew(w, member), bytes)), bytes, OWNED(member));
}

void item_free(world_t *w, uint32_t member, item_t *item) {
    assert_status(qb_free(crew(w, member), item->address), QB_OK);
    item->allowed = 0;
}

item_t *item_at(world_t *w, uint32_t address) {
    for (uint32_t i = 0; i < w->item_count; i++) {
        if (w->items[i].address == address && w->items[i].allowed != 0) {
            return &w->items[i];
        }
    }
    return NULL;
}

/* The outcome that the heap shows for an address. */
static uint32_t outcome_of(const world_t *w, uint32_t address) {
    uint32_t owner = qb_block_owner(address);
    uint32_t word = *qb_state_of(address / QB_PAGE_BYTES);
    if (qb_word_kind(word) == QB_PAGE_FREEING) {
        owner =
            qb_word_payload(word); /* a span that someone was resizing: it has its owner still */
    }
    if (owner == QB_OWNER_NONE) {
        return GONE;
    }
    if (owner == QB_OWNER_SHARED) {
        return SHARED;
    }
    for (uint32_t member = 0; member < CREW_COUNT; member++) {
        if (w->slots[member] != 0 && w->numbers[member] == owner) {
            return OWNED(member);
        }
    }
    return LIMBO;
}

int items_hold(world_t *w) {
    for (uint32_t i = 0; i < w->item_count; i++) {
        item_t *item = &w->items[i];
        if (item->allowed == 0) {
            continue;
        }
        uint32_t outcome = outcome_of(w, item->address);
        NEED((outcome & item->allowed) != 0,
             "block 0x%x of %u bytes: outcome 0x%x (owner %u) is not in the allowed set 0x%x",
             item->address, item->bytes, outcome, qb_block_owner(item->address), item->allowed);
        item->allowed = outcome != GONE ? outcome : 0;
        if (outcome == GONE) {
            continue;
        }
        uint32_t usable = qb_usable_bytes(item->address); /* 0: a span that someone was resizing */
        NEED(usable >= item->kept || usable == 0, "block 0x%x of %u bytes has %u usable bytes",
             item->address, item->bytes, usable);
        NEED(pattern_holds(item->address, item->bytes, item->kept, item->tag),
             "block 0x%x of %u bytes: the content is spoilt", item->address, item->bytes);
    }
    return 1;
}

/* ---- arenas ---------------------------------------------------------------------------------- */

arena_t *arena_find(world_t *w, uint32_t address) {
    for (uint32_t i = 0; i < w->arena_count; i++) {
        if (w->arenas[i].address == address && !w->arenas[i].gone) {
            return &w->arenas[i];
        }
    }
    return NULL;
}

arena_t *arena_note(world_t *w, uint32_t address, uint32_t owner) {
    assert_true(w->arena_count < ARENAS_MAX);
    arena_t *arena = &w->arenas[w->arena_count++];
    memset(arena, 0, sizeof *arena);
    arena->address = address;
    arena->serial = qb_region_record_of(address)->serial;
    arena->owner = owner;
    arena->open_sure = 1;
    return arena;
}

arena_t *arena_add(world_t *w, uint32_t member, uint32_t slab_bytes, uint32_t object_bytes) {
    uint32_t address = must(qb_arena_open(crew(w, member), slab_bytes));
    uint32_t object = must(qb_arena_alloc(crew(w, member), address, object_bytes, 16));
    arena_t *arena = arena_note(w, address, OWNED(member));
    arena->object = object;
    arena->object_bytes = object_bytes;
    arena->tag = ++w->next_tag;
    pattern_write(object, object_bytes, arena->tag);
    return arena;
}

static int arena_is_there(const arena_t *arena) {
    const qb_region_record_t *header = qb_region_record_of(arena->address);
    return qb_block_owner(arena->address) != QB_OWNER_NONE && header->serial == arena->serial &&
           (header->state & 15u) != QB_REGION_NONE;
}

int arenas_hold(world_t *w) {
    for (uint32_t i = 0; i < w->arena_count; i++) {
        arena_t *arena = &w->arenas[i];
        if (arena->gone) {
            continue;
        }
        int is_there = arena_is_there(arena);
        NEED(is_there || !(arena->open_sure || arena->pins_sure != 0),
             "arena 0x%x is gone (open %u, pins 0x%x)", arena->address, arena->open_sure,
             arena->pins_sure);
        NEED(!is_there || !arena->closed_sure || arena->pins_maybe != 0,
             "arena 0x%x is closed and not pinned, but not released", arena->address);
        arena->gone = !is_there;
        if (!is_there) {
            continue;
        }
        uint32_t state = qb_region_record_of(arena->address)->state & 15u;
        NEED(state == QB_REGION_OPEN || state == QB_REGION_CLOSED, "arena 0x%x has the state %u",
             arena->address, state);
        NEED(!arena->open_sure || state == QB_REGION_OPEN, "arena 0x%x is not open",
             arena->address);
        NEED(!arena->closed_sure || state == QB_REGION_CLOSED, "arena 0x%x is not closed",
             arena->address);
        NEED(pattern_holds(arena->object, arena->object_bytes, arena->object_bytes, arena->tag),
             "arena 0x%x: its content is spoilt", arena->address);
    }
    return 1;
}

/* ---- roots ----------------------------------------------------------------------------------- */

uint32_t name_put(const world_t *w, const char *name) {
    uint32_t bytes = (uint32_t)strlen(name);
    memcpy(bytes_at(w->names), name, bytes);
    return bytes;
}

root_t *root_expect(world_t *w, const char *name, uint64_t value) {
    root_t *root = NULL;
    for (uint32_t i = 0; i < w->root_count; i++) {
        if (strcmp(w->roots[i].name, name) == 0) {
            root = &w->roots[i];
        }
    }
    if (root == NULL) {
        assert_true(w->root_count < ROOTS_TRIED);
        root = &w->roots[w->root_count++];
        *root = (root_t){name, {0}, 0};
    }
    root->values[root->value_count++] = value;
    return root;
}

int roots_hold(world_t *w) {
    for (uint32_t i = 0; i < w->root_count; i++) {
        root_t *root = &w->roots[i];
        uint32_t bytes = name_put(w, root->name);
        uint32_t entry = qb_root_find(w->names, bytes);
        uint64_t value = 0;
        if (entry >= QB_ADDRESS_MIN) {
            memcpy(&value, bytes_at(entry), 8);
        }
        NEED(entry >= QB_ADDRESS_MIN || entry == QB_E_NOT_FOUND, "root %s: %s", root->name,
             result_name(entry));
        int is_allowed = 0;
        for (uint32_t v = 0; v < root->value_count; v++) {
            is_allowed |= root->values[v] == value;
        }
        NEED(is_allowed, "root %s has the value 0x%llx", root->name, (unsigned long long)value);
        /* What a root names is there (the tests publish live blocks only). */
        const item_t *item = value != 0 ? item_at(w, (uint32_t)value) : NULL;
        NEED(item == NULL || qb_block_owner(item->address) != QB_OWNER_NONE,
             "root %s names a block that is gone", root->name);
        root->values[0] = value;
        root->value_count = 1;
    }
    return 1;
}

/* ---- death ----------------------------------------------------------------------------------- */

static int is_published(const world_t *w, uint32_t address) {
    for (uint32_t i = 0; i < w->root_count; i++) {
        for (uint32_t v = 0; v < w->roots[i].value_count; v++) {
            if ((uint32_t)w->roots[i].values[v] == address) {
                return 1;
            }
        }
    }
    return 0;
}

static uint32_t outcome_after(const world_t *w, uint32_t address, uint32_t policy) {
    return policy == QB_POLICY_KEEP || is_published(w, address) ? SHARED : GONE;
}

void expect_settled(world_t *w, uint32_t member) {
    for (uint32_t i = 0; i < w->item_count; i++) {
        item_t *item = &w->items[i];
        if ((item->allowed & OWNED(member)) != 0 && is_published(w, item->address)) {
            item->allowed |= SHARED;
        }
        if ((item->allowed & LIMBO) != 0) { /* the giver's reaper knows that the receiver is gone */
            item->allowed |= SHARED;
        }
    }
}

void expect_reaped(world_t *w, uint32_t member, uint32_t policy) {
    for (uint32_t i = 0; i < w->item_count; i++) {
        item_t *item = &w->items[i];
        if ((item->allowed & OWNED(member)) != 0) {
            item->allowed &= ~OWNED(member);
            item->allowed |= outcome_after(w, item->address, policy);
        }
    }
    for (uint32_t i = 0; i < w->arena_count; i++) {
        arena_t *arena = &w->arenas[i];
        arena->pins_sure &= ~OWNED(member);
        arena->pins_maybe &= ~OWNED(member);
        if ((arena->owner & OWNED(member)) == 0) {
            continue;
        }
        uint32_t is_sure = arena->owner == OWNED(member);
        arena->owner = (arena->owner & ~OWNED(member)) | SHARED;
        if (policy == QB_POLICY_FREE) {
            arena->open_sure = 0;
            arena->closed_sure |= is_sure;
        } else {
            arena->closed_sure =
                0; /* kept; a closed one may be opened again, so that someone can close it */
        }
    }
}

void expect_reaping(world_t *w, uint32_t member, uint32_t policy) {
    for (uint32_t i = 0; i < w->item_count; i++) {
        if ((w->items[i].allowed & OWNED(member)) != 0) {
            w->items[i].allowed |= outcome_after(w, w->items[i].address, policy);
        }
    }
    for (uint32_t i = 0; i < w->arena_count; i++) {
        arena_t *arena = &w->arenas[i];
        arena->pins_sure &= ~OWNED(member);
        if ((arena->owner & OWNED(member)) != 0) {
            arena->owner |= SHARED;
            arena->open_sure &= policy == QB_POLICY_KEEP;
            arena->closed_sure &= policy != QB_POLICY_KEEP;
        }
    }
}

void expect_chain(world_t *w, uint32_t member, uint32_t policy) {
    uint32_t chain = OWNED(member);
    for (uint32_t round = 0; round < CREW_COUNT; round++) {
        for (uint32_t other = 0; other < CREW_COUNT; other++) {
            if (w->slots[other] == 0 || (chain & OWNED(other)) != 0) {
                continue;
            }
            uint32_t state = crew(w, other)->state;
            for (uint32_t reaper = 0; reaper < CREW_COUNT; reaper++) {
                if ((state & 15u) == QB_THREAD_REAPING && (chain & OWNED(reaper)) != 0 &&
                    (state >> 4 & 255u) == w->numbers[reaper]) {
                    chain |= OWNED(other);
                    expect_reaping(w, other, policy);
                }
            }
        }
    }
}
