/*
 * Opening: the header of an image, the head of a packed value, the type table.
 *
 *     image   | QBIMAGE\n | version oldest flags | size | root | types | checksums |    64 bytes
 *     packed  | size | version oldest QV | root | types |                               16 bytes
 *
 * Afterwards image->size is what every later check compares with.
 */
#include "image/body.h"
#include "image/bytes.h"
#include "image/crc.h"

/* More than any address space has; products with a u32 stay below 2^64 so. */
#define SIZE_MAX_BYTES (1ull << 31 << 16)

static qb_image_status_t check_bytes(const void *bytes, uint64_t size) {
    if (bytes == NULL || size > SIZE_MAX_BYTES) return QB_IMAGE_E_ARGUMENT;
    if ((uintptr_t)bytes % QB_BODY_ALIGN != 0) return QB_IMAGE_E_ALIGN;
    return QB_IMAGE_OK;
}

/* Whether a body may begin at the offset. */
static int is_body_place(const qb_image_t *image, uint64_t offset) {
    return offset >= image->first && offset % QB_BODY_ALIGN == 0 &&
           qb_has(image, offset, QB_BODY_BYTES);
}

static qb_image_status_t open_types(qb_image_t *image, uint64_t offset) {
    if (offset == 0) return QB_IMAGE_OK;
    if (!is_body_place(image, offset)) return QB_IMAGE_E_CORRUPT;
    const uint8_t *body = image->bytes + offset;
    uint32_t count = qb_u32(body + 4);
    if (body[0] != QB_TAG_TYPES || count > QB_TYPES_MAX ||
        !qb_has_many(image, offset + QB_BODY_BYTES, count, QB_TYPE_ENTRY_BYTES)) {
        return QB_IMAGE_E_CORRUPT;
    }
    image->types = offset;
    image->type_count = count;
    return QB_IMAGE_OK;
}

qb_image_status_t qb_image_open(qb_image_t *image, const void *bytes, uint64_t size) {
    *image = (qb_image_t){0};
    QB_TRY(check_bytes(bytes, size));
    const uint8_t *header = bytes;
    if (size < QB_FILE_BYTES || memcmp(header, QB_FILE_MAGIC, QB_FILE_MAGIC_BYTES) != 0) {
        return QB_IMAGE_E_FORMAT;
    }
    if (qb_crc32c(header, QB_FILE_OWN_CHECKSUM) != qb_u32(header + QB_FILE_OWN_CHECKSUM)) {
        return QB_IMAGE_E_CHECKSUM;
    }
    if (qb_u16(header + QB_FILE_OLDEST) > QB_IMAGE_VERSION) return QB_IMAGE_E_VERSION;
    uint64_t own = qb_u64(header + QB_FILE_SIZE);
    if (own < QB_FILE_BYTES || own % QB_BODY_ALIGN != 0 || own > size) return QB_IMAGE_E_CORRUPT;

    qb_image_t opened = {.bytes = header, .size = own, .first = QB_FILE_BYTES, .is_file = 1};
    opened.version = qb_u16(header + QB_FILE_VERSION);
    opened.root = qb_u64(header + QB_FILE_ROOT);
    if (!is_body_place(&opened, opened.root)) return QB_IMAGE_E_CORRUPT;
    QB_TRY(open_types(&opened, qb_u64(header + QB_FILE_TYPES)));
    *image = opened;
    return QB_IMAGE_OK;
}

qb_image_status_t qb_image_open_packed(qb_image_t *image, const void *bytes, uint64_t size) {
    *image = (qb_image_t){0};
    QB_TRY(check_bytes(bytes, size));
    const uint8_t *head = bytes;
    if (size < QB_HEAD_BYTES || qb_u16(head + QB_HEAD_MAGIC_AT) != QB_HEAD_MAGIC) {
        return QB_IMAGE_E_FORMAT;
    }
    if (head[QB_HEAD_OLDEST] > QB_IMAGE_VERSION) return QB_IMAGE_E_VERSION;
    uint64_t own = qb_u32(head);
    if (own < QB_HEAD_BYTES || own % QB_BODY_ALIGN != 0 || own > size) return QB_IMAGE_E_CORRUPT;

    qb_image_t opened = {.bytes = head, .size = own, .first = QB_HEAD_BYTES};
    opened.version = head[QB_HEAD_VERSION];
    uint64_t types = 0;
    QB_TRY(qb_follow(&opened, QB_HEAD_ROOT, &opened.root));
    QB_TRY(qb_follow(&opened, QB_HEAD_TYPES, &types));
    QB_TRY(open_types(&opened, types));
    *image = opened;
    return QB_IMAGE_OK;
}

qb_image_status_t qb_image_check(const qb_image_t *image) {
    if (!image->is_file) return QB_IMAGE_E_KIND;
    uint32_t sum = qb_crc32c(image->bytes + QB_FILE_BYTES, image->size - QB_FILE_BYTES);
    return sum == qb_u32(image->bytes + QB_FILE_CHECKSUM) ? QB_IMAGE_OK : QB_IMAGE_E_CHECKSUM;
}

qb_image_status_t qb_image_root(const qb_image_t *image, qb_value_t *value) {
    return qb_body_open(image, image->root, value);
}

const char *qb_image_status_name(qb_image_status_t status) {
    switch (status) {
#define QB_X(name, value, message)                                                                 \
    case QB_IMAGE_##name: return "QB_IMAGE_" #name;
        QB_IMAGE_STATUS_LIST(QB_X)
#undef QB_X
    }
    return "QB_IMAGE_E_UNKNOWN";
}

const char *qb_image_status_message(qb_image_status_t status) {
    switch (status) {
#define QB_X(name, value, message)                                                                 \
    case QB_IMAGE_##name: return message;
        QB_IMAGE_STATUS_LIST(QB_X)
#undef QB_X
    }
    return "unknown status";
}
