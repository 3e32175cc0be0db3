/*
 * Random work of three threads under a random schedule. In half of the runs one of them stops for ever
 * somewhere, the others come to their end all the same (nothing waits), and then it is reaped.
 *
 * The pool holds blocks that all of them may take, check, resize and free; who takes an entry has it
 * alone, as a program would do with a message. An entry that the stopped thread had taken is lost to
 * the pool, so at the end all that lives is freed by walking the owner maps.
 */
#include "schedule.h"

#define POOL_COUNT 12u
#define ACTIONS 4u

typedef struct entry {
    uint32_t address, bytes, tag; /* address 0: empty */
} entry_t;

static struct {
    entry_t pool[POOL_COUNT];
    rng_t rng[FIBERS_MAX];
    uint32_t next_tag;
    uint32_t options;
    int is_wrong;
} play;

static const uint32_t sizes[] = {16, 100, 4000, 20000, 32000, 70000, 140000};

static void wrong(uint32_t index, const char *what, uint32_t result) {
    if (!play.is_wrong) {
        (void)sched_complain("thread %u: %s: %s (%u)", index, what, result_name(result), result);
    }
    play.is_wrong = 1;
}

/* ---- actions --------------------------------------------------------------------------------- */

static void put(uint32_t index, uint32_t address, uint32_t bytes) {
    uint32_t tag = ++play.next_tag;
    pattern_write(address, bytes, tag);
    for (uint32_t i = 0; i < POOL_COUNT; i++) {
        if (play.pool[i].address == 0) {
            play.pool[i] = (entry_t){address, bytes, tag};
            return;
        }
    }
    qb_status_t status = qb_free(actor(index), address);
    if (status != QB_OK) {
        wrong(index, "free", status);
    }
}

static int take(uint32_t index, entry_t *taken) {
    uint32_t from = rng_below(&play.rng[index], POOL_COUNT);
    for (uint32_t i = 0; i < POOL_COUNT; i++) {
        entry_t *entry = &play.pool[(from + i) % POOL_COUNT];
        if (entry->address != 0) {
            *taken = *entry;
            entry->address = 0;
            if (!pattern_holds(taken->address, taken->bytes, taken->bytes, taken->tag)) {
                wrong(index, "the content of a block is spoilt", 0);
            }
            return 1;
        }
    }
    return 0;
}

static uint32_t random_bytes(uint32_t index) {
    return sizes[rng_below(&play.rng[index], sizeof sizes / sizeof *sizes)];
}

static void do_alloc(uint32_t index) {
    uint32_t bytes = random_bytes(index);
    uint32_t address = qb_alloc(actor(index), bytes);
    if (address >= QB_ADDRESS_MIN) {
        put(index, address, bytes);
    } else if (address != QB_E_OUT_OF_MEMORY) {
        wrong(index, "alloc", address);
    }
}
static void do_calloc(uint32_t index) {
    uint32_t bytes = random_bytes(index);
    uint32_t address = qb_calloc(actor(index), bytes, 1);
    if (address >= QB_ADDRESS_MIN) {
        if (!all_bytes(address, bytes, 0)) {
            wrong(index, "calloc gave no zeros", 0);
        }
        put(index, address, bytes);
    } else if (address != QB_E_OUT_OF_MEMORY) {
        wrong(index, "calloc", address);
    }
}
static void do_free(uint32_t index) {
    entry_t entry;
    if (!take(index, &entry)) return;
    qb_status_t status = qb_free(actor(index), entry.address);
    if (status != QB_OK) {
        wrong(index, "free", status);
    }
}
static void do_realloc(uint32_t index) {
    entry_t entry;
    if (!take(index, &entry)) return;
    uint32_t bytes = random_bytes(index);
    uint32_t address = qb_realloc(actor(index), entry.address, bytes);
    uint32_t kept = bytes < entry.bytes ? bytes : entry.bytes;
    if (address >= QB_ADDRESS_MIN) {
        if (!pattern_holds(address, entry.bytes, kept, entry.tag)) {
            wrong(index, "realloc lost the content", 0);
        }
        put(index, address, bytes);
    } else if (address == QB_E_OUT_OF_MEMORY) {
        put(index, entry.address, entry.bytes);
    } else {
        wrong(index, "realloc", address);
    }
}
/* To a thread that may leave, or to all. */
static void do_own(uint32_t index) {
    entry_t entry;
    if (!take(index, &entry)) return;
    uint32_t to = rng_below(&play.rng[index], 4);
    uint32_t owner = to == LOOKER ? QB_OWNER_SHARED : stage.numbers[to];
    uint32_t status = qb_block_own(actor(index), entry.address, owner);
    if (status != QB_OK && status != QB_E_OWNER) {
        wrong(index, "own", status);
    }
    put(index, entry.address, entry.bytes);
}
static void do_leave_and_come_back(uint32_t index) {
    uint32_t status = qb_thread_detach(actor(index), QB_POLICY_KEEP);
    if (status != QB_OK) {
        wrong(index, "detach", status);
        return;
    }
    uint32_t slot = qb_thread_attach();
    if (slot < QB_ADDRESS_MIN) {
        wrong(index, "attach", slot);
        return;
    }
    stage.slots[index] = slot;
    stage.numbers[index] = qb_thread_number(actor(index));
}
static void do_trim(uint32_t index) {
    (void)qb_trim(actor(index));
}
static void do_arena(uint32_t index) {
    uint32_t arena = qb_arena_open(actor(index), 1000);
    if (arena < QB_ADDRESS_MIN) {
        if (arena != QB_E_OUT_OF_MEMORY) wrong(index, "arena open", arena);
        return;
    }
    uint32_t serial = qb_region_record_of(arena)->serial;
    uint32_t tag = ++play.next_tag;
    uint32_t object = qb_arena_alloc(actor(index), arena, 5000, 16);
    if (object >= QB_ADDRESS_MIN) {
        pattern_write(object, 5000, tag);
    }
    (void)qb_arena_alloc(actor(index), arena, 100, 16);
    if (object >= QB_ADDRESS_MIN && !pattern_holds(object, 5000, 5000, tag)) {
        wrong(index, "the content of an arena is spoilt", 0);
    }
    uint32_t status = qb_arena_close(actor(index), arena, serial, 0);
    if (status != QB_OK) wrong(index, "arena close", status);
}
/* The arena that all know, stage.blocks[0]; it may be closed by any of them. */
static void do_shared_arena(uint32_t index) {
    uint32_t arena = stage.blocks[0];
    uint32_t status = qb_arena_pin(actor(index), arena, stage.serial);
    if (status == QB_OK) {
        if (!pattern_holds(stage.blocks[1], 70000, 70000, 1)) {
            wrong(index, "the content of a pinned arena is spoilt", 0);
        }
        if (rng_below(&play.rng[index], 3) == 0) {
            (void)qb_arena_close(actor(index), arena, stage.serial, 0);
        }
        if (!pattern_holds(stage.blocks[1], 70000, 70000, 1)) {
            wrong(index, "the content of a pinned arena is spoilt", 0);
        }
        status = qb_arena_unpin(actor(index), arena, stage.serial);
        if (status != QB_OK) wrong(index, "unpin", status);
    } else if (status != QB_E_STALE && status != QB_E_REGION) {
        wrong(index, "pin", status);
    }
}
static void do_root(uint32_t index) {
    uint32_t name = stage.slots[index] + (uint32_t)offsetof(qb_thread_t, scratch);
    bytes_at(name)[0] = (uint8_t)('a' + rng_below(&play.rng[index], 2));
    uint32_t status;
    switch (rng_below(&play.rng[index], 3)) {
    case 0:
        status = qb_root_set(actor(index), name, 1, 7 + index, 0, rng_below(&play.rng[index], 2));
        if (status != QB_OK && status != QB_E_EXISTS && status != QB_E_OUT_OF_MEMORY) {
            wrong(index, "root set", status);
        }
        break;
    case 1:
        status = qb_root_remove(name, 1);
        if (status != QB_OK && status != QB_E_NOT_FOUND) wrong(index, "root remove", status);
        break;
    default:
        status = qb_root_find(name, 1);
        if (status < QB_ADDRESS_MIN && status != QB_E_NOT_FOUND) wrong(index, "root find", status);
        break;
    }
}

typedef void (*action_t)(uint32_t index);
static const action_t actions[] = {
    do_alloc, do_alloc, do_alloc,        do_calloc,  do_free,
    do_free,  do_free,  do_realloc,      do_realloc, do_own,
    do_trim,  do_arena, do_shared_arena, do_root,    do_leave_and_come_back,
};

static void work(uint32_t index) {
    for (uint32_t i = 0; i < ACTIONS && !play.is_wrong; i++) {
        actions[rng_below(&play.rng[index], sizeof actions / sizeof *actions)](index);
    }
}
static void work_0(void) {
    work(0);
}
static void work_1(void) {
    work(1);
}
static void work_2(void) {
    work(2);
}

/* ---- the end --------------------------------------------------------------------------------- */

static int reap_frozen(uint32_t victim, uint32_t policy) {
    qb_thread_t *looker = actor(LOOKER);
    /* It may have stopped between two slots: whoever is neither a survivor nor us is dead. */
    for (uint32_t number = 1; number <= QB_THREADS_MAX; number++) {
        int is_alive = 0;
        for (uint32_t i = 0; i < 4; i++) {
            is_alive |= i != victim && stage.numbers[i] == number;
        }
        if (is_alive) continue;
        uint32_t status = qb_reap_begin(looker, number, 0);
        WANT(status == QB_OK || status == QB_E_STALE, "reap_begin: %s", result_name(status));
        if (status == QB_OK) {
            status = qb_reap_end(looker, number, policy);
            WANT(status == QB_OK, "reap_end: %s", result_name(status));
        }
    }
    stage.slots[victim] = 0;
    return 1;
}

/* Frees every live block and closes every arena, wherever it came from. */
static int free_all(void) {
    qb_thread_t *looker = actor(LOOKER);
    for (uint32_t page = qb_header()->page_first; page < qb_header()->page_count; page++) {
        uint32_t word = *qb_state_of(page);
        uint32_t start = page * QB_PAGE_BYTES;
        uint32_t bytes = qb_word_kind(word) == QB_PAGE_BLOCKS
                             ? qb_header()->classes[qb_word_payload(word)].block_bytes
                             : QB_PAGE_BYTES;
        for (uint32_t at = start; at + bytes <= start + QB_PAGE_BYTES; at += bytes) {
            uint32_t present = *qb_state_of(page);
            if (qb_word_kind(present) != qb_word_kind(word)) break; /* its last block is gone */
            if (qb_block_owner(at) == QB_OWNER_NONE) continue;
            uint32_t is_arena =
                bytes == QB_REGION_BYTES && qb_word_payload(word) == QB_CLASS_REGION;
            uint32_t status = is_arena ? QB_OK : (uint32_t)qb_free(looker, at);
            WANT(status == QB_OK, "0x%x cannot be freed: %s", at, result_name(status));
            if (is_arena) {
                const qb_region_record_t *arena = qb_region_record_of(at);
                (void)qb_arena_close(looker, at, arena->serial, 0);
                WANT(qb_block_owner(at) == QB_OWNER_NONE,
                     "arena 0x%x stays; owner %u, state 0x%x, pins 0x%x", at, qb_block_owner(at),
                     arena->state, arena->pins[0]);
            }
        }
    }
    return 1;
}

static int account(uint32_t victim, uint32_t policy) {
    qb_thread_t *looker = actor(LOOKER);
    for (uint32_t i = 0; i < POOL_COUNT; i++) {
        entry_t *entry = &play.pool[i];
        if (sched_is_frozen() && policy == QB_POLICY_FREE && entry->address != 0) {
            /* What the dead one owns, or was giving away, goes; the rest must stay. */
            uint32_t owner = qb_block_owner(entry->address);
            int stays = owner == QB_OWNER_SHARED;
            for (uint32_t n = 0; n < 4; n++) {
                stays |= n != victim && owner == stage.numbers[n];
            }
            if (!stays) entry->address = 0;
        }
    }
    if (sched_is_frozen() && !reap_frozen(victim, policy)) return 0;
    WANT(faults(looker) == 0, "the heap is not sound");
    for (uint32_t i = 0; i < POOL_COUNT; i++) {
        const entry_t *entry = &play.pool[i];
        WANT(entry->address == 0 || qb_usable_bytes(entry->address) >= entry->bytes,
             "block 0x%x of %u bytes is gone", entry->address, entry->bytes);
        WANT(entry->address == 0 ||
                 pattern_holds(entry->address, entry->bytes, entry->bytes, entry->tag),
             "block 0x%x of %u bytes is spoilt", entry->address, entry->bytes);
    }
    if (!free_all()) return 0;
    for (uint32_t i = 0; i < LOOKER; i++) {
        if (stage.slots[i] != 0) {
            uint32_t status = qb_thread_detach(actor(i), i & 1);
            WANT(status == QB_OK, "detach: %s", result_name(status));
        }
    }
    uint32_t names = 0;
    for (uint32_t i = 0; i < QB_ROOTS_MAX; i++) {
        names += qb_root_of(i)->name_address != 0;
    }
    WANT(faults(looker) == 0, "the emptied heap is not sound");
    WANT(heap_is_empty(looker, names), "something is lost");
    return 1;
}

static void prepare(rng_t *rng) {
    memset(&stage, 0, sizeof stage);
    memset(&play, 0, sizeof play);
    play.options = rng_below(rng, 5) == 0 ? QB_HEAP_DEBUG : 0;
    heap_open(10, rng_below(rng, 2) * 20, play.options);
    for (uint32_t i = 0; i < 4; i++) {
        stage.slots[i] = must(qb_thread_attach());
        stage.numbers[i] = qb_thread_number(actor(i));
        if (i < FIBERS_MAX) play.rng[i].state = rng_next(rng);
    }
    qb_thread_t *opener = actor(rng_below(rng, 4));
    stage.blocks[0] = must(qb_arena_open(opener, 1000));
    stage.serial = qb_region_record_of(stage.blocks[0])->serial;
    stage.blocks[1] = must(qb_arena_alloc(opener, stage.blocks[0], 70000, 16));
    pattern_write(stage.blocks[1], 70000, 1);
    for (uint32_t i = 0; i < 6; i++) { /* a start with some blocks, one page among them abandoned */
        do_alloc(i % 3);
    }
    if (rng_below(rng, 2) == 0) {
        do_leave_and_come_back(rng_below(rng, 3));
    }
}

int random_run(uint64_t seed) {
    rng_t rng = {seed};
    prepare(&rng);
    static const fiber_t fibers[] = {work_0, work_1, work_2};
    static const uint32_t percents[] = {2, 10, 30, 60};
    sched_use_random(&rng, percents[rng_below(&rng, 4)]);
    uint32_t victim = rng_below(&rng, FIBERS_MAX);
    uint32_t freeze_at = rng_below(&rng, 2) * (1 + rng_below(&rng, 400));
    uint32_t policy = rng_below(&rng, 2);
    int ended = sched_run(fibers, FIBERS_MAX, victim, freeze_at);
    WANT(ended, "no end after %u accesses: someone waits", sched_steps());
    if (play.is_wrong) return 0;
    return account(victim, policy);
}
