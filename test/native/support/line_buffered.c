/*
 * Writes stdout line by line, also into a pipe: what a test printed before it hung or crashed is
 * what tells where.
 */
#include <stdio.h>

__attribute__((constructor)) static void line_buffered(void) {
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
}
