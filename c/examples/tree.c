/*
 * A heap in a program of your own: blocks, and an arena that is released in one step.
 *
 *   tree [depth]      of the tree, 1 .. 20; 16 by default
 *
 * Objects refer to each other by address, 32 bits, which stays valid wherever the heap stands.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "qbwasm.h"

#define PAGES_MAX 1024u /* 64 MiB */
#define DEPTH_DEFAULT 16
#define DEPTH_MAX 20
#define SLAB_BYTES 65536u

typedef struct node {
    uint32_t left;  /* address; 0 is none */
    uint32_t right; /* address; 0 is none */
    uint32_t value;
} node_t;

/* A result below QB_ADDRESS_MIN is a status. */
static uint32_t checked(const char *call, uint32_t result) {
    if (result >= QB_ADDRESS_MIN || result == QB_OK) return result;
    fprintf(stderr, "%s: %s\n", call, qb_status_message((qb_status_t)result));
    exit(EXIT_FAILURE);
}

static node_t *node_at(uint32_t address) {
    return qb_native_bytes(address);
}

static uint32_t grow_tree(qb_thread_t *self, uint32_t arena, uint32_t depth) {
    uint32_t address = checked(
        "arena_alloc", qb_arena_alloc(self, arena, sizeof(node_t), (uint32_t)_Alignof(node_t)));
    node_t *node = node_at(address);
    node->left = depth > 1 ? grow_tree(self, arena, depth - 1) : 0;
    node->right = depth > 1 ? grow_tree(self, arena, depth - 1) : 0;
    node->value = 1;
    return address;
}

static uint32_t sum_of(uint32_t address) {
    if (address == 0) return 0;
    const node_t *node = node_at(address);
    return node->value + sum_of(node->left) + sum_of(node->right);
}

/* Opens a heap and attaches this thread to it. */
static qb_thread_t *open_heap(void) {
    uint32_t page_min = qb_heap_page_min(PAGES_MAX);
    checked("open", qb_native_open(page_min, PAGES_MAX));
    checked("heap_init", qb_heap_init(PAGES_MAX, 0));
    return qb_thread_at(checked("attach", qb_thread_attach()));
}

int main(int argc, char **argv) {
    int depth = argc > 1 ? (int)strtol(argv[1], NULL, 10) : DEPTH_DEFAULT;
    if (depth < 1 || depth > DEPTH_MAX) {
        fprintf(stderr, "usage: tree [depth]   1 .. %d\n", DEPTH_MAX);
        return EXIT_FAILURE;
    }
    qb_thread_t *self = open_heap();

    uint32_t block = checked("calloc", qb_calloc(self, 1000, sizeof(double)));
    double *numbers = qb_native_bytes(block);
    for (int i = 0; i < 1000; i++) numbers[i] = i;
    printf("block %" PRIu32 ": %" PRIu32 " bytes, numbers[999] = %g\n", block,
           qb_usable_bytes(block), numbers[999]);
    checked("free", qb_free(self, block));

    uint32_t arena = checked("arena_open", qb_arena_open(self, SLAB_BYTES));
    uint32_t serial = qb_region_serial(arena);
    uint32_t root = grow_tree(self, arena, (uint32_t)depth);
    printf("a tree of %" PRIu32 " nodes in an arena\n", sum_of(root));
    checked("arena_close", qb_arena_close(self, arena, serial, 0));

    qb_status_t twice = qb_free(self, block);
    printf("freeing a block twice: %s\n", qb_status_message(twice));
    uint32_t faults = qb_check(self);
    printf("violated invariants: %" PRIu32 "\n", faults);

    checked("detach", qb_thread_detach(self, QB_POLICY_FREE));
    qb_native_close();
    return faults == 0 && twice == QB_E_DOUBLE_FREE ? EXIT_SUCCESS : EXIT_FAILURE;
}
