/*
 * Looks a key up in an image, in place.
 *
 *     lookup packages.qbi byName zlib1g       a map in the dict that is the root
 *     lookup ages.qbi - ada                   the root is the map
 *
 * The file is mapped, not read: only the pages that the lookup touches are loaded, and all processes that
 * look into the same file share them. A key that reads as a number is looked for as a number where there is no
 * such string.
 *
 * Build: CMakeLists.txt, or make examples. It is this file and those of c/src/image, with -Ic/include -Ic/src.
 * Exit: 0 found, 1 not found, 2 anything else.
 */
#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qbwasm_image.h"

#define SHOWN_MAX 20 /* elements */
#define SHOWN_DEPTH_MAX 4

static int fail(const char *what, qb_image_status_t status) {
    (void)fprintf(stderr, "lookup: %s: %s\n", what, qb_image_status_message(status));
    return status == QB_IMAGE_E_NOT_FOUND ? 1 : 2;
}

static void print(const qb_value_t *value, int depth);

static void print_elements(const qb_value_t *value, int depth) {
    uint64_t cursor = 0;
    qb_value_t key;
    qb_value_t element;
    int is_named = value->kind == QB_KIND_DICT || value->kind == QB_KIND_STRUCT;
    printf(is_named ? "{" : "[");
    for (int i = 0; qb_value_next(value, &cursor, &key, &element) == QB_IMAGE_OK; i++) {
        if (i > 0) printf(", ");
        if (i >= SHOWN_MAX || depth >= SHOWN_DEPTH_MAX) {
            printf("...");
            break;
        }
        if (is_named) {
            print(&key, depth + 1);
            printf(": ");
        }
        print(&element, depth + 1);
    }
    printf(is_named ? "}" : "]");
}

static void print(const qb_value_t *value, int depth) {
    double number;
    switch ((qb_kind_t)value->kind) {
    case QB_KIND_UNDEFINED: printf("undefined"); break;
    case QB_KIND_NULL: printf("null"); break;
    case QB_KIND_BOOL: printf(value->number.i64 != 0 ? "true" : "false"); break;
    case QB_KIND_INTEGER: printf("%lld", (long long)value->number.i64); break;
    case QB_KIND_UNSIGNED:
    case QB_KIND_ENUM: printf("%llu", (unsigned long long)value->number.u64); break;
    case QB_KIND_BIG:
        if (qb_value_double(value, &number) == QB_IMAGE_OK) printf("%.17g", number);
        break;
    case QB_KIND_FLOAT:
    case QB_KIND_DATE: printf("%.17g", value->number.f64); break;
    case QB_KIND_STRING: printf("\"%.*s\"", (int)value->count, (const char *)value->data); break;
    case QB_KIND_BYTES: printf("%llu bytes", (unsigned long long)value->count); break;
    case QB_KIND_DECIMAL: printf("a decimal"); break;
    case QB_KIND_MAP: printf("a map of %llu keys", (unsigned long long)value->count); break;
    default: print_elements(value, depth);
    }
}

/* A map of an image or a dict, by a string, else by the number that the string reads as. */
static qb_image_status_t get(const qb_value_t *from, qb_value_t key, qb_value_t *value) {
    qb_map_t map;
    if (from->kind != QB_KIND_MAP) return qb_value_find(from, key, value);
    qb_image_status_t status = qb_map_open(from, &map);
    return status == QB_IMAGE_OK ? qb_map_get(&map, key, value) : status;
}

static qb_image_status_t get_text(const qb_value_t *from, const char *text, qb_value_t *value) {
    char *end = NULL;
    qb_image_status_t status = get(from, qb_value_of_text(text), value);
    if (status != QB_IMAGE_E_NOT_FOUND) return status;
    long long whole = strtoll(text, &end, 10);
    if (*text != 0 && *end == 0) return get(from, qb_value_of_int(whole), value);
    double number = strtod(text, &end);
    return *text != 0 && *end == 0 ? get(from, qb_value_of_double(number), value) : status;
}

static int look_up(const void *bytes, uint64_t size, const char *name, const char *key) {
    qb_image_t image;
    qb_value_t from;
    qb_value_t value;
    qb_image_status_t status = qb_image_open(&image, bytes, size);
    if (status == QB_IMAGE_OK) status = qb_image_root(&image, &from);
    if (status != QB_IMAGE_OK) return fail("not opened", status);
    if (strcmp(name, "-") != 0) {
        qb_value_t root = from;
        status = qb_value_find(&root, qb_value_of_text(name), &from);
        if (status != QB_IMAGE_OK) return fail(name, status);
    }
    status = get_text(&from, key, &value);
    if (status != QB_IMAGE_OK) return fail(key, status);
    print(&value, 0);
    printf("\n");
    return 0;
}

int main(int argc, char **argv) {
    struct stat about;
    if (argc != 4) {
        (void)fprintf(stderr, "usage: lookup FILE NAME|- KEY\n");
        return 2;
    }
    int file = open(argv[1], O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &about) != 0 || about.st_size == 0) {
        perror(argv[1]);
        return 2;
    }
    size_t size = (size_t)about.st_size;
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
    (void)close(file); /* the mapping stays */
    if (bytes == MAP_FAILED) {
        perror(argv[1]);
        return 2;
    }
    int code = look_up(bytes, size, argv[2], argv[3]);
    (void)munmap(bytes, size);
    return code;
}
