/* CRC-32C, as docs/format.md has it. */
#ifndef QB_IMAGE_CRC_H
#define QB_IMAGE_CRC_H

#include <stdint.h>

uint32_t qb_crc32c(const uint8_t *bytes, uint64_t size);

#endif
