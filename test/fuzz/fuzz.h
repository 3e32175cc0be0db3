/*
 * What the fuzz targets share.
 *
 *     mutate.c        damage that knows the format: tags, counts, pointers, layouts; checksums are made to fit again
 *     walk.c          reads all that can be read
 *     short.c         what a target does without arguments: the short run of `make test`
 *     value_fuzz.c    packed values, whatever they are
 *     image_fuzz.c    images
 *     mutants.c       a program that damages files in this way, for tests in JS
 *     verify_fuzz.c   both: what verification accepts must be readable to the last byte
 *
 * An input is the bytes themselves, so the golden files are the seeds, and an input that crashed is a file that
 * every tool reads. libFuzzer hands each input over in a block of exactly its size.
 */
#ifndef QB_FUZZ_H
#define QB_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "qbwasm_image.h"

/* Reads all that can be reached from the root, in all ways. is_sound: verification has accepted the bytes, so ends
 * the process when the reader refuses anything that verification has proved. */
void fuzz_walk(const qb_image_t *image, int is_sound);

/* Opens bytes as what their first byte says they are. */
qb_image_status_t fuzz_open(qb_image_t *image, const uint8_t *bytes, size_t size);

/* Each target says what it is. */
typedef struct fuzz_target {
    const char *name;
    const char *const *seeds; /* folders, NULL behind the last */
    uint32_t runs;            /* of a short run */
} fuzz_target_t;
extern const fuzz_target_t fuzz_target;

/* libFuzzer calls these by name. */
int LLVMFuzzerInitialize(int *count, char ***values);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t size_max, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t out_max, unsigned int seed);
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t size_max); /* libFuzzer's own */

#endif
