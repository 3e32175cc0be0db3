/*
 * Statistics by counting: the page table and the owner maps hold everything, so the hot paths keep no
 * counters.
 *
 *   page_count = meta + virgin + free + blocks + span (heads and tails) + pending
 */
#include "heap/alloc.h"
#include "heap/thread.h"

#define ADD(field, amount) qb_put32(&stats->field, stats->field + (amount))

/* kind: of the region that the bytes belong to, or 0. */
static void add_bytes(qb_stats_t *stats, uint64_t bytes, uint32_t kind) {
    qb_put64(&stats->bytes_live, stats->bytes_live + bytes);
    if (kind == QB_REGION_ARENA) qb_put64(&stats->bytes_arena, stats->bytes_arena + bytes);
    if (kind == QB_REGION_POOL) qb_put64(&stats->bytes_pool, stats->bytes_pool + bytes);
    if (kind == QB_REGION_MEMORY) {
        qb_put64(&stats->bytes_memory_pool, stats->bytes_memory_pool + bytes);
    }
}

static uint32_t kind_of_region(uint32_t address) {
    return qb_load32(&qb_region_record_of(address)->state) >> 12;
}

static void count_regions(qb_stats_t *stats, uint32_t page) {
    for (uint32_t i = 0; i < QB_PAGE_BYTES / QB_REGION_BYTES; i++) {
        if (qb_get8(qb_map_of(page) + i) == QB_OWNER_NONE) continue;
        uint32_t kind = kind_of_region(page * QB_PAGE_BYTES + i * QB_REGION_BYTES);
        if (kind == QB_REGION_ARENA) ADD(arenas_live, 1);
        if (kind == QB_REGION_POOL) ADD(pools_live, 1);
        if (kind == QB_REGION_MEMORY) ADD(memory_pools_live, 1);
        add_bytes(stats, QB_REGION_BYTES, kind);
    }
}

static void count_blocks(qb_stats_t *stats, uint32_t page, uint32_t word) {
    const qb_class_t *class = &qb_header()->classes[qb_word_payload(word)];
    ADD(pages_blocks, 1);
    if (qb_word_owner(word) == 0) ADD(pages_abandoned, 1);
    if (qb_word_payload(word) == QB_CLASS_REGION) {
        count_regions(stats, page);
        return;
    }
    uint32_t live = 0;
    for (uint32_t i = 0; i < class->block_count; i++) {
        uint32_t owner = qb_get8(qb_map_of(page) + i);
        if (owner == QB_OWNER_QUARANTINE) ADD(blocks_quarantine, 1);
        if (owner == QB_OWNER_SHARED) ADD(blocks_shared, 1);
        live += owner != QB_OWNER_NONE && owner != QB_OWNER_QUARANTINE;
    }
    ADD(blocks_live, live);
    add_bytes(stats, (uint64_t)live * class->block_bytes, 0);
}

static void count_page(qb_stats_t *stats, uint32_t page) {
    uint32_t word = qb_load32(qb_state_of(page));
    switch ((qb_page_kind_t)qb_word_kind(word)) {
    case QB_PAGE_VIRGIN: ADD(pages_virgin, 1); break;
    case QB_PAGE_FREE: ADD(pages_free, 1); break;
    case QB_PAGE_META: ADD(pages_meta, 1); break;
    case QB_PAGE_BLOCKS: count_blocks(stats, page, word); break;
    case QB_PAGE_SPAN: {
        int is_region = qb_word_owner(word) == QB_OWNER_REGION;
        ADD(pages_span, 1);
        if (!is_region) ADD(spans_live, 1);
        if (qb_word_owner(word) == QB_OWNER_SHARED) ADD(blocks_shared, 1);
        uint32_t region = qb_word_payload(word) * QB_REGION_BYTES;
        add_bytes(stats, qb_span_bytes(page), is_region ? kind_of_region(region) : 0);
        break;
    }
    case QB_PAGE_TAIL: ADD(pages_span, 1); break;
    case QB_PAGE_PENDING:
    case QB_PAGE_FREEING:
    default: ADD(pages_pending, 1); break;
    }
}

uint32_t qb_stats(qb_thread_t *self) {
    const qb_header_t *header = qb_header();
    qb_stats_t *stats = &self->stats;
    uint32_t page_count = qb_load32(&header->page_count);
    qb_fill(stats, 0, sizeof(*stats));
    qb_put32(&stats->page_count, page_count);
    qb_put32(&stats->page_max, header->page_max);
    for (uint32_t page = 0; page < page_count; page++) count_page(stats, page);
    for (uint32_t number = 1; number <= QB_THREADS_MAX; number++) {
        if (qb_thread_is_live(number)) ADD(threads_live, 1);
    }
    for (uint32_t i = 0; i < QB_ROOTS_MAX; i++) {
        if (qb_load64(&qb_root_of(i)->value) != 0) ADD(roots_live, 1);
    }
    return QB_ADDRESS_OF(stats);
}
