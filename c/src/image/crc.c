/*
 * CRC-32C (Castagnoli), reflected, eight bytes a step.
 *
 * The tables (8 KiB) are made on the stack by each call that is long enough to pay for them, a few
 * microseconds: nothing is global, and no table of numbers stands in the source.
 */
#include "image/crc.h"

#include "image/bytes.h"

#define POLYNOMIAL 0x82f63b78u /* 0x1EDC6F41, its bits reversed */
#define TABLE_BYTES_MIN 4096u  /* below, bit by bit is faster */
#define STEP 8u

static uint32_t next_bits(uint32_t crc) {
    for (int bit = 0; bit < 8; bit++) {
        crc = crc >> 1 ^ (POLYNOMIAL & (0u - (crc & 1u)));
    }
    return crc;
}

static uint32_t bit_by_bit(uint32_t crc, const uint8_t *bytes, uint64_t size) {
    for (uint64_t i = 0; i < size; i++) {
        crc = next_bits(crc ^ bytes[i]);
    }
    return crc;
}

/* tables[k][b]: what byte b does to the sum when k bytes follow it. */
static void make_tables(uint32_t tables[STEP][256]) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        tables[0][byte] = next_bits(byte);
    }
    for (uint32_t byte = 0; byte < 256; byte++) {
        for (uint32_t k = 1; k < STEP; k++) {
            uint32_t before = tables[k - 1][byte];
            tables[k][byte] = before >> 8 ^ tables[0][before & 255u];
        }
    }
}

static uint32_t by_tables(uint32_t crc, const uint8_t *bytes, uint64_t step_count) {
    uint32_t tables[STEP][256];
    make_tables(tables);
    for (uint64_t i = 0; i < step_count; i++, bytes += STEP) {
        uint32_t low = qb_u32(bytes) ^ crc;
        uint32_t high = qb_u32(bytes + 4);
        crc = tables[7][low & 255u] ^ tables[6][low >> 8 & 255u] ^ tables[5][low >> 16 & 255u] ^
              tables[4][low >> 24] ^ tables[3][high & 255u] ^ tables[2][high >> 8 & 255u] ^
              tables[1][high >> 16 & 255u] ^ tables[0][high >> 24];
    }
    return crc;
}

uint32_t qb_crc32c(const uint8_t *bytes, uint64_t size) {
    uint32_t crc = 0xffffffffu;
    uint64_t done = 0;
    if (size >= TABLE_BYTES_MIN) {
        done = size / STEP * STEP;
        crc = by_tables(crc, bytes, size / STEP);
    }
    return ~bit_by_bit(crc, bytes + done, size - done);
}
