/*
 * Damages files as the fuzz targets do, for test/image/verdicts.test.js and test/fuzz/run.mjs.
 *
 *     mutants SEED COUNT FILE ... > INPUTS
 *
 * COUNT inputs of each file, each a u32 with its size and the bytes: what `dump --verdicts` reads. The same seed gives the
 * same inputs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/blob.h"

#include "fuzz.h"

#define BYTES_MAX 4096u
#define ROUNDS_MAX 3u

static uint32_t state;

/* xorshift32. */
static uint32_t next(void) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

/* In place of libFuzzer's: the mutator asks for bytes that know nothing of the format. */
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t size_max) {
    (void)size_max;
    if (size > 0) bytes[next() % size] ^= (uint8_t)(1u << next() % 8);
    return size;
}

static int put_mutant(const blob_t *file) {
    _Alignas(8) static uint8_t bytes[BYTES_MAX];
    size_t size = file->size;
    memcpy(bytes, file->bytes, size);
    for (uint32_t left = 1 + next() % ROUNDS_MAX; left > 0; left--) {
        size = LLVMFuzzerCustomMutator(bytes, size, sizeof bytes, next());
    }
    uint32_t size_word = (uint32_t)size;
    return fwrite(&size_word, sizeof size_word, 1, stdout) == 1 &&
           fwrite(bytes, 1, size, stdout) == size;
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    state = (uint32_t)strtoul(argv[1], NULL, 10) * 2u + 1u;
    unsigned long count = strtoul(argv[2], NULL, 10);
    for (int i = 3; i < argc; i++) {
        blob_t file = blob_read(argv[i]);
        for (unsigned long k = 0; k < count && file.size <= BYTES_MAX; k++) {
            if (!put_mutant(&file)) return 1;
        }
        free(file.bytes);
    }
    return 0;
}
