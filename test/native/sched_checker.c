/*
 * Is the checker of histories itself right? Histories by hand, of a pool of one or two slots, with the
 * answer next to them. Threads are 1, 2, 3; moments count up.
 */
#include "schedule.h"

#define WORD(owner, generation) ((owner) | (generation) << 8)
#define ACQUIRES(thread, from, to, slot, generation)                                               \
    {CALL_ACQUIRE, thread, slot, generation, QB_OK, from, to, 0}
#define ACQUIRES_NOTHING(thread, from, to, status) {CALL_ACQUIRE, thread, 0, 0, status, from, to, 0}
#define RELEASES(thread, from, to, slot, generation, status)                                       \
    {CALL_RELEASE, thread, slot, generation, status, from, to, 0}
#define CLOSES(from, to) {CALL_CLOSE, 1, 0, 0, QB_OK, from, to, 0}
#define REAPS(dead, from, to, slot) {CALL_FREE, dead, slot, 0, QB_OK, from, to, 0}

typedef struct example {
    const char *what;
    int is_right;
    history_t history;
} example_t;

static const example_t examples[] = {
    {"one slot, one after the other",
     1,
     {{ACQUIRES(1, 1, 2, 0, 0), RELEASES(1, 3, 4, 0, 0, QB_OK), ACQUIRES(2, 5, 6, 0, 1)},
      3,
      6,
      1,
      {0},
      {WORD(2, 1)}}},
    {"one slot, had by two",
     0,
     {{ACQUIRES(1, 1, 2, 0, 0), ACQUIRES(2, 3, 4, 0, 0)}, 2, 4, 1, {0}, {WORD(2, 0)}}},
    {"one slot, had by two at once",
     0,
     {{ACQUIRES(1, 1, 3, 0, 0), ACQUIRES(2, 2, 4, 0, 0)}, 2, 4, 1, {0}, {WORD(2, 0)}}},
    {"EMPTY while a release is under way",
     1,
     {{RELEASES(1, 1, 4, 0, 0, QB_OK), ACQUIRES_NOTHING(2, 2, 3, QB_E_EMPTY)},
      2,
      4,
      1,
      {WORD(1, 0)},
      {WORD(0, 1)}}},
    {"EMPTY after a release",
     0,
     {{RELEASES(1, 1, 2, 0, 0, QB_OK), ACQUIRES_NOTHING(2, 3, 4, QB_E_EMPTY)},
      2,
      4,
      1,
      {WORD(1, 0)},
      {WORD(0, 1)}}},
    {"EMPTY, and one of two was always free",
     0,
     {{ACQUIRES_NOTHING(3, 1, 8, QB_E_EMPTY), RELEASES(1, 2, 3, 0, 0, QB_OK),
       ACQUIRES(2, 4, 5, 1, 0)},
      3,
      8,
      2,
      {WORD(1, 0), 0},
      {WORD(0, 1), WORD(2, 0)}}},
    {"EMPTY, and a release that counts later than another slot is taken",
     1,
     {{ACQUIRES_NOTHING(3, 1, 8, QB_E_EMPTY), RELEASES(1, 2, 7, 0, 0, QB_OK),
       ACQUIRES(2, 4, 5, 1, 0)},
      3,
      8,
      2,
      {WORD(1, 0), 0},
      {WORD(0, 1), WORD(2, 0)}}},
    {"the same, and a double release says that it counted before",
     0,
     {{ACQUIRES_NOTHING(3, 1, 9, QB_E_EMPTY), RELEASES(1, 2, 8, 0, 0, QB_OK),
       RELEASES(2, 3, 4, 0, 0, QB_E_DOUBLE_FREE), ACQUIRES(2, 5, 6, 1, 0)},
      4,
      9,
      2,
      {WORD(1, 0), 0},
      {WORD(0, 1), WORD(2, 0)}}},
    {"two releases of one handle",
     0,
     {{RELEASES(1, 1, 3, 0, 0, QB_OK), RELEASES(2, 2, 4, 0, 0, QB_OK)},
      2,
      4,
      1,
      {WORD(1, 0)},
      {WORD(0, 1)}}},
    {"a stale handle frees the next use",
     0,
     {{RELEASES(1, 1, 2, 0, 0, QB_OK), ACQUIRES(2, 3, 4, 0, 1), RELEASES(1, 5, 6, 0, 0, QB_OK)},
      3,
      6,
      1,
      {WORD(1, 0)},
      {WORD(0, 2)}}},
    {"a generation that did not count up",
     0,
     {{RELEASES(1, 1, 2, 0, 0, QB_OK), ACQUIRES(2, 3, 4, 0, 0)},
      2,
      4,
      1,
      {WORD(1, 0)},
      {WORD(2, 0)}}},
    {"an acquire that began before the end of closing",
     1,
     {{CLOSES(1, 3), ACQUIRES(2, 2, 4, 0, 0)}, 2, 4, 1, {0}, {WORD(2, 0)}}},
    {"an acquire that began after closing",
     0,
     {{CLOSES(1, 2), ACQUIRES(2, 3, 4, 0, 0)}, 2, 4, 1, {0}, {WORD(2, 0)}}},
    {"CLOSED before anybody closed",
     0,
     {{ACQUIRES_NOTHING(2, 1, 2, QB_E_CLOSED), CLOSES(3, 4)}, 2, 4, 1, {0}, {0}}},
    {"an acquire that never ended, and took the slot",
     1,
     {{ACQUIRES(1, 1, 0, 0, 0), ACQUIRES_NOTHING(2, 2, 3, QB_E_EMPTY)},
      2,
      3,
      1,
      {0},
      {WORD(1, 0)}}},
    {"an acquire that never ended, and took nothing",
     1,
     {{ACQUIRES(1, 1, 0, 0, 0), ACQUIRES(2, 2, 3, 0, 0)}, 2, 3, 1, {0}, {WORD(2, 0)}}},
    {"the slot of a dead thread after it was reaped",
     1,
     {{REAPS(3, 1, 4, 0), ACQUIRES(1, 2, 3, 0, 1)}, 2, 4, 1, {WORD(3, 0)}, {WORD(1, 1)}}},
    {"the slot of a dead thread that stays",
     0,
     {{REAPS(3, 1, 2, 0)}, 1, 2, 1, {WORD(3, 0)}, {WORD(3, 0)}}},
    {"a slot that is lost",
     0,
     {{ACQUIRES(1, 1, 2, 0, 0), RELEASES(1, 3, 4, 0, 0, QB_OK)}, 2, 4, 1, {0}, {WORD(1, 0)}}},
};

void the_checker_tells_right_histories_from_wrong(void **unused) {
    (void)unused;
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        if (history_is_linearizable(&examples[i].history) == examples[i].is_right) continue;
        print_error("the checker is wrong about: %s\n", examples[i].what);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}
