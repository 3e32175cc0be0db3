/*
 * Roots: a named directory in an open-addressing table.
 *
 *   name_address   0 --cas--> block {u32 byte count, bytes}     once; a name is never removed
 *   value          0 <--cas/swap--> address | kind << 32        comes and goes
 *
 * So a lookup never meets a half-made entry, and a removed name keeps its place for the next set.
 * A thread that dies between the CAS and giving the name block to the root leaves a block that a root
 * points at and a dead thread owns: qb_roots_keep, the first step of reaping, gives it.
 *
 * Threads: any, at once.
 */
#include "heap/roots.h"

#include "heap/alloc.h"

#define FNV_BASIS 2166136261u
#define FNV_PRIME 16777619u

static int name_is_valid(uint32_t name_address, uint32_t name_bytes) {
    if (name_bytes == 0 || name_bytes > QB_ROOT_NAME_BYTES_MAX) return 0;
    uint64_t end = (uint64_t)qb_load32(&qb_header()->page_count) * QB_PAGE_BYTES;
    return (uint64_t)name_address + name_bytes <= end;
}

static uint32_t hash_of(uint32_t name_address, uint32_t name_bytes) {
    const uint8_t *name = QB_AT(uint8_t, name_address);
    uint32_t hash = FNV_BASIS;
    for (uint32_t i = 0; i < name_bytes; i++) hash = (hash ^ qb_get8(name + i)) * FNV_PRIME;
    return hash;
}

static int name_is(uint32_t block_address, uint32_t name_address, uint32_t name_bytes) {
    if (qb_get32(QB_AT(uint32_t, block_address)) != name_bytes) return 0;
    const uint8_t *stored = QB_AT(uint8_t, block_address + 4);
    const uint8_t *name = QB_AT(uint8_t, name_address);
    for (uint32_t i = 0; i < name_bytes; i++) {
        if (qb_get8(stored + i) != qb_get8(name + i)) return 0;
    }
    return 1;
}

/* The root of that name, or the empty one where it would stand, or NULL: the table is full. */
static qb_root_t *probe(uint32_t name_address, uint32_t name_bytes) {
    uint32_t hash = hash_of(name_address, name_bytes);
    for (uint32_t i = 0; i < QB_ROOTS_MAX; i++) {
        qb_root_t *root = qb_root_of((hash + i) % QB_ROOTS_MAX);
        uint32_t block_address = qb_load32(&root->name_address);
        if (block_address == 0 || name_is(block_address, name_address, name_bytes)) return root;
    }
    return NULL;
}

/* Finds or makes the entry of the name. An address, or a status. */
static uint32_t entry_for(qb_thread_t *self, uint32_t name_address, uint32_t name_bytes) {
    uint32_t block_address = 0;
    for (;;) {
        qb_root_t *root = probe(name_address, name_bytes);
        if (root != NULL && qb_load32(&root->name_address) == 0) {
            if (block_address == 0) {
                block_address = qb_raw_alloc(self, name_bytes + 4, 4, 0);
                if (block_address < QB_ADDRESS_MIN) return block_address;
                qb_put32(QB_AT(uint32_t, block_address), name_bytes);
                qb_copy(QB_AT(uint8_t, block_address + 4), QB_AT(uint8_t, name_address),
                        name_bytes);
            }
            /* Lost to another name: look again. */
            if (!qb_cas32(&root->name_address, 0, block_address)) continue;
            (void)qb_raw_own(block_address, self->number, QB_OWNER_ROOT);
            return QB_ADDRESS_OF(root);
        }
        if (block_address != 0) (void)qb_place_free(self, qb_place_of(block_address));
        return root != NULL ? QB_ADDRESS_OF(root) : (uint32_t)QB_E_ROOTS_FULL;
    }
}

qb_status_t qb_root_set(qb_thread_t *self, uint32_t name_address, uint32_t name_bytes,
                        uint32_t value, uint32_t kind, uint32_t replace) {
    uint64_t pair = (uint64_t)kind << 32 | value;
    if (!name_is_valid(name_address, name_bytes)) return QB_E_NAME;
    if (pair == 0) return QB_E_ARGUMENT;
    uint32_t entry = entry_for(self, name_address, name_bytes);
    if (entry < QB_ADDRESS_MIN) return (qb_status_t)entry;
    qb_root_t *root = QB_AT(qb_root_t, entry);
    if (replace != 0) {
        (void)qb_swap64(&root->value, pair);
    } else if (!qb_cas64(&root->value, 0, pair)) {
        return QB_E_EXISTS;
    }
    (void)qb_raw_own(value, self->number, QB_OWNER_SHARED);
    return QB_OK;
}

uint32_t qb_root_find(uint32_t name_address, uint32_t name_bytes) {
    if (!name_is_valid(name_address, name_bytes)) return QB_E_NAME;
    qb_root_t *root = probe(name_address, name_bytes);
    if (root == NULL || qb_load64(&root->value) == 0) return QB_E_NOT_FOUND;
    return QB_ADDRESS_OF(root);
}

qb_status_t qb_root_remove(uint32_t name_address, uint32_t name_bytes) {
    uint32_t entry = qb_root_find(name_address, name_bytes);
    if (entry < QB_ADDRESS_MIN) return (qb_status_t)entry;
    return qb_swap64(&QB_AT(qb_root_t, entry)->value, 0) != 0 ? QB_OK : QB_E_NOT_FOUND;
}

void qb_roots_keep(uint32_t number) {
    for (uint32_t i = 0; i < QB_ROOTS_MAX; i++) {
        qb_root_t *root = qb_root_of(i);
        uint32_t name_address = qb_load32(&root->name_address);
        if (name_address == 0) continue;
        (void)qb_raw_own(name_address, number, QB_OWNER_ROOT);
        (void)qb_raw_own((uint32_t)qb_load64(&root->value), number, QB_OWNER_SHARED);
    }
}
