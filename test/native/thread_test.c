/*
 * Contract of thread slots, of detaching and of reaping: numbers, generations, policies, and what a
 * dead thread leaves behind.
 */
#include "support.h"

/* ---- slots ----------------------------------------------------------------------------------- */

static void there_are_128_slots_and_they_come_back(void **unused) {
    (void)unused;
    heap_open(8, 0, 0);
    qb_thread_t *threads[QB_THREADS_MAX];
    for (int round = 0; round < 3; round++) {
        uint8_t seen[256] = {0};
        for (uint32_t i = 0; i < QB_THREADS_MAX; i++) {
            threads[i] = attach();
            uint32_t number = qb_thread_number(threads[i]);
            assert_in_range(number, 1, QB_THREADS_MAX);
            assert_int_equal(seen[number], 0);
            seen[number] = 1;
            assert_in_range(qb_thread_generation(threads[i]), 1, 0xfffff);
        }
        assert_status(qb_thread_attach(), QB_E_TOO_MANY_THREADS);
        assert_int_equal(stats_of(threads[0]).threads_live, QB_THREADS_MAX);
        assert_sound(threads[5]);
        uint32_t middle = qb_thread_number(threads[60]);
        uint32_t generation = qb_thread_generation(threads[60]);
        assert_status(qb_thread_detach(threads[60], QB_POLICY_FREE), QB_OK);
        threads[60] = attach();
        assert_int_equal(qb_thread_number(threads[60]), middle);
        assert_int_not_equal(qb_thread_generation(threads[60]), generation);
        for (uint32_t i = 0; i < QB_THREADS_MAX; i++) {
            assert_status(qb_thread_detach(threads[i], i & 1), QB_OK);
        }
    }
    qb_thread_t *self = attach();
    assert_int_equal(stats_of(self).threads_live, 1);
    assert_heap_empty(self);
    heap_close();
}

static void generations_wrap_and_are_never_zero(void **unused) {
    (void)unused;
    heap_open(4, 0, 0);
    uint32_t last = 0;
    uint32_t wraps = 0;
    for (uint32_t i = 0; i < (1u << 20) + 100; i++) {
        qb_thread_t *self = attach();
        uint32_t generation = qb_thread_generation(self);
        if (generation == 0 || generation > 0xfffff || generation == last) {
            fail_msg("generation %u after %u", generation, last);
        }
        wraps += generation < last;
        last = generation;
        assert_status(qb_thread_detach(self, QB_POLICY_FREE), QB_OK);
    }
    assert_int_equal(wraps, 1);
    heap_close();
}

static void detach_refuses_unknown_policies(void **unused) {
    (void)unused;
    heap_open(4, 0, 0);
    qb_thread_t *self = attach();
    uint32_t block = must(qb_alloc(self, 10));
    for (uint32_t i = 0; i < ABSURD_COUNT; i++) {
        if (absurd_numbers[i] > QB_POLICY_KEEP) {
            assert_status(qb_thread_detach(self, absurd_numbers[i]), QB_E_ARGUMENT);
        }
    }
    assert_int_equal(qb_block_owner(block), qb_thread_number(self)); /* still attached */
    assert_status(qb_free(self, block), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

/* ---- what a thread leaves -------------------------------------------------------------------- */

typedef struct estate {
    uint32_t small, large, span, shared, given, received, arena, serial;
} estate_t;

static estate_t leave_estate(qb_thread_t *dying, qb_thread_t *heir) {
    estate_t e;
    e.small = must(qb_alloc(dying, 40));
    e.large = must(qb_alloc(dying, 20000));
    e.span = must(qb_alloc(dying, 200000));
    e.shared = must(qb_alloc(dying, 40));
    e.given = must(qb_alloc(dying, 40));
    e.received = must(qb_alloc(heir, 40));
    e.arena = must(qb_arena_open(dying, 1000));
    must(qb_arena_alloc(dying, e.arena, 100000, 16));
    e.serial = qb_region_record_of(e.arena)->serial;
    assert_status(qb_block_own(dying, e.shared, QB_OWNER_SHARED), QB_OK);
    assert_status(qb_block_own(dying, e.given, qb_thread_number(heir)), QB_OK);
    assert_status(qb_block_own(heir, e.received, qb_thread_number(dying)), QB_OK);
    pattern_write(e.small, 40, 1);
    pattern_write(e.large, 20000, 2);
    pattern_write(e.span, 200000, 3);
    pattern_write(e.shared, 40, 4);
    pattern_write(e.given, 40, 5);
    return e;
}

static void check_estate(qb_thread_t *heir, const estate_t *e, uint32_t policy) {
    assert_sound(heir);
    assert_int_equal(qb_block_owner(e->shared), QB_OWNER_SHARED);
    assert_int_equal(qb_block_owner(e->given), qb_thread_number(heir));
    assert_true(pattern_holds(e->shared, 40, 40, 4));
    assert_true(pattern_holds(e->given, 40, 40, 5));
    uint32_t theirs[] = {e->small, e->large, e->span, e->received};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(qb_block_owner(theirs[i]),
                         policy == QB_POLICY_KEEP ? QB_OWNER_SHARED : QB_OWNER_NONE);
        if (policy == QB_POLICY_KEEP) {
            if (i < 3) {
                uint32_t bytes = i == 0 ? 40 : i == 1 ? 20000 : 200000;
                assert_true(pattern_holds(theirs[i], bytes, bytes, (uint32_t)i + 1));
            }
            assert_status(qb_free(heir, theirs[i]), QB_OK);
        } else {
            assert_either(qb_free(heir, theirs[i]), QB_E_ADDRESS, QB_E_DOUBLE_FREE);
        }
    }
    assert_status(qb_free(heir, e->shared), QB_OK);
    assert_status(qb_free(heir, e->given), QB_OK);
    assert_sound(heir);
    if (policy == QB_POLICY_KEEP) { /* a kept arena is open still, and anyone may close it */
        assert_status(qb_arena_close(heir, e->arena, e->serial, 0), QB_OK);
    }
    assert_int_equal(stats_of(heir).arenas_live, 0);
    assert_heap_empty(heir);
}

static void detach_frees_or_keeps_by_policy(void **unused) {
    (void)unused;
    for (uint32_t policy = 0; policy <= 1; policy++) {
        heap_open(40, 0, 0);
        qb_thread_t *heir = attach();
        qb_thread_t *dying = attach();
        estate_t e = leave_estate(dying, heir);
        assert_status(qb_thread_detach(dying, policy), QB_OK);
        assert_int_equal(stats_of(heir).threads_live, 1);
        check_estate(heir, &e, policy);
        heap_close();
    }
}

static void reap_frees_or_keeps_by_policy(void **unused) {
    (void)unused;
    for (uint32_t policy = 0; policy <= 1; policy++) {
        heap_open(40, 0, 0);
        qb_thread_t *heir = attach();
        qb_thread_t *dying = attach();
        uint32_t number = qb_thread_number(dying);
        uint32_t generation = qb_thread_generation(dying);
        estate_t e = leave_estate(dying, heir);
        assert_status(qb_reap_begin(heir, number, generation), QB_OK);
        uint32_t after = 0;
        uint32_t count = 0;
        uint32_t mask = 0;
        while ((after = qb_reap_next(heir, number, after)) >= QB_ADDRESS_MIN) {
            uint32_t expected[] = {e.small, e.large, e.span, e.received, e.arena};
            for (uint32_t i = 0; i < 5; i++) {
                mask |= (uint32_t)(after == expected[i]) << i;
            }
            assert_true(++count <= 5);
        }
        assert_int_equal(after, 0);
        assert_int_equal(mask, 31);
        assert_status(qb_reap_end(heir, number, policy), QB_OK);
        check_estate(heir, &e, policy);
        assert_status(qb_reap_begin(heir, number, generation), QB_E_STALE);
        heap_close();
    }
}

static void a_reaper_may_free_or_take_each_orphan(void **unused) {
    (void)unused;
    heap_open(40, 0, 0);
    qb_thread_t *self = attach();
    qb_thread_t *dying = attach();
    uint32_t number = qb_thread_number(dying);
    for (uint32_t i = 0; i < 300; i++) {
        must(qb_alloc(dying, i * 13));
    }
    uint32_t span = must(qb_alloc(dying, 300000));
    assert_status(qb_reap_begin(self, number, 0), QB_OK);
    uint32_t taken[301];
    uint32_t taken_count = 0;
    uint32_t seen = 0;
    uint32_t at = 0;
    while ((at = qb_reap_next(self, number, at)) >= QB_ADDRESS_MIN) {
        seen++;
        assert_int_equal(qb_block_owner(at), number);
        if (seen % 3 == 0) {
            assert_status(qb_free(self, at), QB_OK);
        } else if (seen % 3 == 1) {
            assert_status(qb_block_own(self, at, qb_thread_number(self)), QB_OK);
            taken[taken_count++] = at;
        }
    }
    assert_int_equal(seen, 301);
    assert_status(qb_reap_end(self, number, QB_POLICY_FREE), QB_OK);
    assert_sound(self);
    assert_int_equal(stats_of(self).blocks_live + stats_of(self).spans_live, taken_count);
    (void)span;
    for (uint32_t i = 0; i < taken_count; i++) {
        assert_int_equal(qb_block_owner(taken[i]), qb_thread_number(self));
        assert_status(qb_free(self, taken[i]), QB_OK);
    }
    assert_heap_empty(self);
    heap_close();
}

static void reaping_refuses_what_it_must_not_touch(void **unused) {
    (void)unused;
    heap_open(16, 0, 0);
    qb_thread_t *self = attach();
    qb_thread_t *live = attach();
    qb_thread_t *second = attach();
    uint32_t number = qb_thread_number(live);
    uint32_t generation = qb_thread_generation(live);
    uint32_t block = must(qb_alloc(live, 100));
    for (uint32_t i = 0; i < ABSURD_COUNT; i++) {
        uint32_t n = absurd_numbers[i];
        if (n == 0 || n > QB_THREADS_MAX || n == qb_thread_number(self)) {
            assert_status(qb_reap_begin(self, n, 0), QB_E_THREAD);
            assert_true(qb_reap_next(self, n, 0) < QB_ADDRESS_MIN);
            assert_true(qb_reap_end(self, n, QB_POLICY_FREE) != QB_OK);
        }
        if (n != 0 && n != generation) {
            assert_status(qb_reap_begin(self, number, n), QB_E_STALE);
        }
    }
    uint32_t begun = qb_reap_begin(self, 100, 0); /* a slot that nobody has */
    assert_either(begun, QB_E_STALE, QB_E_THREAD);
    assert_true(qb_reap_next(self, number, 0) < QB_ADDRESS_MIN); /* not begun */
    assert_true(qb_reap_end(self, number, QB_POLICY_FREE) != QB_OK);
    assert_int_equal(qb_block_owner(block), number);

    assert_status(qb_reap_begin(self, number, generation), QB_OK);
    assert_status(qb_reap_begin(second, number, generation), QB_E_BUSY);
    assert_status(qb_reap_begin(second, number, 0), QB_E_BUSY);
    assert_true(qb_reap_next(second, number, 0) < QB_ADDRESS_MIN);
    assert_true(qb_reap_end(second, number, QB_POLICY_FREE) != QB_OK);
    assert_true(qb_reap_end(self, number, 2) != QB_OK);
    assert_true(qb_reap_end(self, number, 0xffffffffu) != QB_OK);
    for (uint32_t i = 0; i < ABSURD_COUNT; i++) {
        uint32_t found = qb_reap_next(self, number, absurd_numbers[i]);
        assert_true(found == 0 || found == block);
    }
    assert_int_equal(qb_block_owner(block), number);
    assert_status(qb_reap_end(self, number, QB_POLICY_FREE), QB_OK);
    assert_int_equal(qb_block_owner(block), 0);
    assert_status(qb_reap_begin(self, number, generation), QB_E_STALE);
    qb_thread_t *next = attach(); /* the slot has a new user: the old name does not reach it */
    assert_int_equal(qb_thread_number(next), number);
    assert_status(qb_reap_begin(self, number, generation), QB_E_STALE);
    assert_heap_empty(self);
    heap_close();
}

static void a_reaper_that_leaves_does_not_keep_the_dead_for_ever(void **unused) {
    (void)unused;
    for (uint32_t variant = 0; variant < 2; variant++) {
        heap_open(16, 0, 0);
        qb_thread_t *self = attach();
        qb_thread_t *dying = attach();
        qb_thread_t *reaper = attach();
        uint32_t number = qb_thread_number(dying);
        uint32_t reaper_number = qb_thread_number(reaper);
        must(qb_alloc(dying, 100));
        must(qb_alloc(dying, 100000));
        assert_status(qb_reap_begin(reaper, number, 0), QB_OK);
        if (variant == 0) {
            assert_status(qb_thread_detach(reaper, QB_POLICY_FREE), QB_OK);
        } else { /* it dies, and so does the one that reaps it */
            qb_thread_t *second = attach();
            assert_status(qb_reap_begin(second, reaper_number, 0), QB_OK);
            assert_status(qb_thread_detach(second, QB_POLICY_FREE), QB_OK);
        }
        for (uint32_t n = 1; n <= QB_THREADS_MAX; n++) {
            if (n != qb_thread_number(self)) {
                uint32_t status = qb_reap_begin(self, n, 0);
                assert_either(status, QB_OK, QB_E_STALE);
                if (status == QB_OK) {
                    assert_status(qb_reap_end(self, n, QB_POLICY_FREE), QB_OK);
                }
            }
        }
        assert_int_equal(stats_of(self).threads_live, 1);
        assert_heap_empty(self);
        heap_close();
    }
}

static void pages_of_the_gone_are_used_by_the_living(void **unused) {
    (void)unused;
    for (uint32_t policy = 0; policy <= 1; policy++) {
        heap_open(4, 0, 0);
        qb_thread_t *self = attach();
        qb_thread_t *dying = attach();
        uint32_t addresses[5 * 64];
        uint32_t count = 0;
        for (;;) {
            uint32_t address = qb_alloc(dying, 1024);
            if (address < QB_ADDRESS_MIN) {
                break;
            }
            assert_true(count < 5 * 64);
            addresses[count++] = address;
        }
        assert_status(qb_alloc(self, 1024), QB_E_OUT_OF_MEMORY);
        uint32_t kept = 0;
        for (uint32_t i = 0; i < count; i += 16) { /* a few in each page stay */
            assert_status(qb_block_own(dying, addresses[i], QB_OWNER_SHARED), QB_OK);
            kept++;
        }
        if (policy == QB_POLICY_KEEP) {
            for (uint32_t i = 0; i < count; i++) {
                if (i % 16 != 0) {
                    assert_status(qb_free(dying, addresses[i]), QB_OK);
                }
            }
        }
        assert_status(qb_thread_detach(dying, policy), QB_OK);
        assert_sound(self);
        for (uint32_t i = kept; i < count; i++) { /* all but the kept ones is there to be used */
            must(qb_alloc(self, 1024));
        }
        assert_status(qb_alloc(self, 1024), QB_E_OUT_OF_MEMORY);
        assert_sound(self);
        heap_close();
    }
}

static void an_abandoned_page_comes_back_with_its_last_block(void **unused) {
    (void)unused;
    heap_open(8, 0, 0);
    qb_thread_t *self = attach();
    uint32_t kept[8];
    for (uint32_t i = 0; i < 8; i++) {
        qb_thread_t *dying = attach();
        kept[i] = must(qb_alloc(dying, 4096));
        assert_status(qb_thread_detach(dying, QB_POLICY_KEEP), QB_OK);
    }
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(qb_block_owner(kept[i]), QB_OWNER_SHARED);
        assert_status(qb_free(self, kept[i]), QB_OK);
    }
    assert_heap_empty(self);
    heap_close();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_are_128_slots_and_they_come_back),
        cmocka_unit_test(generations_wrap_and_are_never_zero),
        cmocka_unit_test(detach_refuses_unknown_policies),
        cmocka_unit_test(detach_frees_or_keeps_by_policy),
        cmocka_unit_test(reap_frees_or_keeps_by_policy),
        cmocka_unit_test(a_reaper_may_free_or_take_each_orphan),
        cmocka_unit_test(reaping_refuses_what_it_must_not_touch),
        cmocka_unit_test(a_reaper_that_leaves_does_not_keep_the_dead_for_ever),
        cmocka_unit_test(pages_of_the_gone_are_used_by_the_living),
        cmocka_unit_test(an_abandoned_page_comes_back_with_its_last_block),
    };
    return cmocka_run_group_tests_name("thread", tests, NULL, NULL);
}
