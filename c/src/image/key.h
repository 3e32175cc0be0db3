/* Keys of sets, dicts and maps: their hash, and when two are one. */
#ifndef QB_IMAGE_KEY_H
#define QB_IMAGE_KEY_H

#include "qbwasm_image.h"

/* What one lookup may do: few bytes can look like a huge tree, or like many keys of one hash. A unit is a word
 * that is read. Sound bytes do not come near it. */
typedef struct qb_work {
    uint64_t left;
} qb_work_t;

#ifndef QB_WORK_MAX /* fuzzing has a smaller one: its inputs are small, and many */
#define QB_WORK_MAX (1u << 28)
#endif
#define QB_WORK_ELEMENT 16u /* to open a body and look at it */

static inline int qb_work_spend(qb_work_t *work, uint64_t units) {
    if (units > work->left) {
        work->left = 0;
        return 0;
    }
    work->left -= units;
    return 1;
}

/* depth: of the key in another one. E_KEY, E_LIMIT, E_CORRUPT. */
qb_image_status_t qb_key_hash(const qb_value_t *key, uint32_t depth, qb_work_t *work,
                              uint32_t *hash);
qb_image_status_t qb_key_equal(const qb_value_t *a, const qb_value_t *b, uint32_t depth,
                               qb_work_t *work, int *is_equal);

/* The entry of a key in a set or dict (bit sets: the member), whose hash is known. E_NOT_FOUND. */
qb_image_status_t qb_index_find(const qb_value_t *index, const qb_value_t *key, uint32_t hash,
                                uint32_t depth, qb_work_t *work, uint64_t *entry);

/* The key of an entry. */
qb_image_status_t qb_index_key(const qb_value_t *index, uint64_t entry, qb_value_t *key);

/* qb_value_next of a set or dict. */
qb_image_status_t qb_index_next(const qb_value_t *value, uint64_t *cursor, qb_value_t *key,
                                qb_value_t *element);

#endif
