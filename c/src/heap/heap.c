/* Making a heap and recognising one. */
#include "base/layout.h"
#include "heap/block.h"
#include "heap/debug.h"
#include "heap/page.h"

#define ROUND_UP(value, unit) (((value) + (unit) - 1) / (unit) * (unit))

static uint32_t dirty_address(uint32_t page_max) {
    return QB_TABLES_ADDRESS + page_max * 4;
}
static uint32_t pages_address(uint32_t page_max) {
    return ROUND_UP(dirty_address(page_max) + page_max, 64u);
}
static uint32_t regions_address(uint32_t page_max) {
    return pages_address(page_max) + page_max * (uint32_t)sizeof(qb_page_t);
}
static uint32_t maps_address(uint32_t page_max) {
    uint32_t records = page_max * (QB_PAGE_BYTES / QB_REGION_BYTES);
    uint32_t end = regions_address(page_max) + records * (uint32_t)sizeof(qb_region_record_t);
    return ROUND_UP(end, QB_MAP_BYTES);
}
static uint32_t table_pages(uint32_t page_max) {
    return ROUND_UP(maps_address(page_max) + page_max * QB_MAP_BYTES, QB_PAGE_BYTES) /
           QB_PAGE_BYTES;
}

uint32_t qb_heap_page_min(uint32_t page_max) {
    if (page_max > QB_PAGES_MAX) return 0;
    uint32_t need = table_pages(page_max) + 1;
    return need <= page_max ? need : 0;
}

static void init_classes(qb_header_t *header) {
    for (uint32_t i = 0; i < QB_CLASS_COUNT; i++) {
        uint32_t bytes = qb_class_bytes(i);
        qb_put32(&header->classes[i].block_bytes, bytes);
        qb_put32(&header->classes[i].block_count, QB_PAGE_BYTES / bytes);
        qb_put32(&header->classes[i].reciprocal, (uint32_t)((0x100000000ull + bytes - 1) / bytes));
    }
}

qb_status_t qb_heap_init(uint32_t page_max, uint32_t options) {
    uint32_t page_min = qb_heap_page_min(page_max);
    uint32_t page_count = qb_host_page_count();
    if (page_min == 0 || (options & ~QB_HEAP_DEBUG) != 0) return QB_E_ARGUMENT;
    if (page_count < page_min) return QB_E_OUT_OF_MEMORY;
    qb_header_t *header = qb_header();
    if (qb_load32(&header->magic) != 0) return QB_E_EXISTS;
    qb_put32(&header->layout_version, QB_LAYOUT_VERSION);
    qb_put32(&header->layout_hash, qb_layout_hash());
    qb_put32(&header->options, options);
    qb_put32(&header->page_max, page_max);
    qb_put32(&header->page_first, table_pages(page_max));
    qb_put32(&header->states_address, QB_TABLES_ADDRESS);
    qb_put32(&header->dirty_address, dirty_address(page_max));
    qb_put32(&header->pages_address, pages_address(page_max));
    qb_put32(&header->regions_address, regions_address(page_max));
    qb_put32(&header->maps_address, maps_address(page_max));
    qb_put32(&header->page_count, page_count < page_max ? page_count : page_max);
    qb_put32(&header->free_hint, table_pages(page_max));
    qb_put32(&header->region_serial, 1);
    init_classes(header);
    for (uint32_t page = 0; page < table_pages(page_max); page++) {
        qb_put32(qb_state_of(page), qb_word(QB_PAGE_META, 0, 0));
    }
    for (uint32_t number = 1; number <= QB_THREADS_MAX; number++) {
        qb_put32(&qb_thread_of(number)->number, number);
    }
    qb_store32(&header->magic, QB_MAGIC);
    return QB_OK;
}

qb_status_t qb_heap_open(void) {
    const qb_header_t *header = qb_header();
    int same = qb_load32(&header->magic) == QB_MAGIC &&
               header->layout_version == QB_LAYOUT_VERSION &&
               header->layout_hash == qb_layout_hash();
    return same ? QB_OK : QB_E_LAYOUT;
}

uint32_t qb_trim(qb_thread_t *self) {
    qb_debug_flush(self, self);
    return qb_block_trim(self);
}
