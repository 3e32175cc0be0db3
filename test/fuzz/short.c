/*
 * The short run: without arguments a target tries its seeds and so many inputs from a fixed seed, in a child, and says in
 * TAP how that ended, as the tests of cmocka do. What libFuzzer says is shown when it is of interest. What crashed stays
 * in build/fuzz.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"

#define ARGUMENTS_MAX 16
#define NAMES_BYTES_MAX 65536u

static char names[NAMES_BYTES_MAX] = "-seed_inputs=";
static char runs[32];
static char *arguments[ARGUMENTS_MAX];

static int is_hidden(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

/* Adds the files of a folder, if there is one, by name. */
static void add_seeds(const char *folder) {
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_hidden, alphasort);
    for (int i = 0; i < count; i++) {
        size_t used = strlen(names);
        const char *comma = names[used - 1] == '=' ? "" : ",";
        int bytes = snprintf(names + used, sizeof names - used, "%s%s/%s", comma, folder,
                             entries[i]->d_name);
        if (bytes < 0 || (size_t)bytes >= sizeof names - used) abort();
        free(entries[i]);
    }
    free(entries);
}

/* Prints what the child has said. */
static void show(FILE *log) {
    char line[400];
    if (fseek(log, 0, SEEK_SET) != 0) abort();
    while (fgets(line, sizeof line, log) != NULL) {
        (void)fputs(line, stdout);
    }
}

/* Returns in the child. */
static void run_in_child(void) {
    FILE *log = tmpfile();
    int status = 0;
    if (log == NULL) abort();
    pid_t child = fork();
    if (child == 0) {
        (void)dup2(fileno(log), STDERR_FILENO);
        return;
    }
    int is_ok = child > 0 && waitpid(child, &status, 0) == child && status == 0;
    if (!is_ok) show(log);
    printf("1..1\n%s 1 - %u inputs\n", is_ok ? "ok" : "not ok", fuzz_target.runs);
    (void)fflush(stdout);
    _exit(is_ok ? EXIT_SUCCESS : EXIT_FAILURE);
}

int LLVMFuzzerInitialize(int *count, char ***values) {
    static char regressions[64];
    static char *const fixed[] = {"-seed=1", "-max_len=4096", "-timeout=20",
                                  "-artifact_prefix=build/fuzz/"};
    if (*count > 1) return 0;
    run_in_child();
    for (const char *const *folder = fuzz_target.seeds; *folder != NULL; folder++) {
        add_seeds(*folder);
    }
    (void)snprintf(regressions, sizeof regressions, "test/fuzz/regressions/%s", fuzz_target.name);
    add_seeds(regressions);
    (void)snprintf(runs, sizeof runs, "-runs=%u", fuzz_target.runs);
    int used = 0;
    arguments[used++] = (*values)[0];
    arguments[used++] = names;
    arguments[used++] = runs;
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        arguments[used++] = fixed[i];
    }
    *count = used;
    *values = arguments;
    return 0;
}
