/* What qb_check can find. */
#ifndef QB_CHECK_H
#define QB_CHECK_H

/* X(name, pinned value, text) */
#define QB_FAULT_LIST(X)                                                                           \
    X(PAGE_STATE, 1, "the page has an impossible state")                                           \
    X(PAGE_META, 2, "a page of the tables is not marked as one, or another page is")               \
    X(PAGE_UNFINISHED, 3, "the page is half-way between states and no thread works on it")         \
    X(PAGE_OWNER, 4, "the page is owned by a thread that is not attached")                         \
    X(TAIL_LOST, 5, "the page says it is part of a span that it is not part of")                   \
    X(MAP_NOT_EMPTY, 6, "a page that holds no blocks has owned blocks in its map")                 \
    X(BLOCK_OWNER, 7, "the block is owned by a thread that is not attached")                       \
    X(WINDOW, 8, "the window offers a block that is in use")                                       \
    X(USED_COUNT, 9, "the page has more live blocks than it counts")                               \
    X(RECORD, 10, "the page record does not fit its class")                                        \
    X(RING, 11, "the page is not in its owner's ring")                                             \
    X(REGION_STATE, 12, "the arena, pool or channel has an impossible state")                      \
    X(SLAB_OWNER, 13, "the span names an arena, pool or channel that is not there")                \
    X(PAGE_COUNT, 14, "the heap counts more pages than the memory has")                            \
    X(ROOT, 15, "the root has no name block")                                                      \
    X(HEADER, 16, "the header is spoilt")                                                          \
    X(OVERRUN, 17, "the block was written beyond its end")

typedef enum qb_fault_code {
#define QB_X(name, value, text) QB_FAULT_##name = value,
    QB_FAULT_LIST(QB_X)
#undef QB_X
} qb_fault_code_t;

#endif
