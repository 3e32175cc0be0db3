/*
 * Contract of channels: order, exact capacity, laps, closing, ownership of messages, absurd arguments.
 */
#include "support.h"

static uint32_t serial_of(uint32_t region) {
    return qb_region_serial(region);
}
static uint32_t open_numbers(qb_thread_t *self, uint32_t capacity) {
    return must(qb_channel_open(self, capacity, QB_CHANNEL_NUMBERS, 0));
}
static uint32_t receive(qb_thread_t *self, uint32_t channel) {
    assert_status(qb_channel_receive(self, channel), QB_OK);
    return qb_channel_value(self);
}
static void close_and_leave(qb_thread_t *self, uint32_t channel) {
    uint32_t serial = serial_of(channel);
    assert_status(qb_channel_close(self, channel, serial), QB_OK);
    assert_status(qb_channel_unpin(self, channel, serial), QB_OK);
}

/* ---- the queue ------------------------------------------------------------------------------- */

static void messages_come_in_order_and_the_capacity_is_exact(void **unused) {
    (void)unused;
    static const uint32_t capacities[] = {1, 2, 3, 7, 488, 489, 9000};
    heap_open(30, 0, 0);
    qb_thread_t *self = attach();
    for (uint32_t c = 0; c < sizeof capacities / sizeof *capacities; c++) {
        uint32_t channel = open_numbers(self, capacities[c]);
        for (uint32_t lap = 0; lap < 3; lap++) {
            assert_status(qb_channel_receive(self, channel), QB_E_EMPTY);
            for (uint32_t i = 0; i < capacities[c]; i++) {
                assert_status(qb_channel_send(self, channel, i * 0x9e3779b9u + lap), QB_OK);
            }
            assert_status(qb_channel_send(self, channel, 7), QB_E_FULL);
            for (uint32_t i = 0; i < capacities[c]; i++) {
                assert_int_equal(receive(self, channel), i * 0x9e3779b9u + lap);
            }
        }
        assert_sound(self);
        close_and_leave(self, channel);
        assert_heap_empty(self);
    }
    heap_close();
}

/* Every fill level, from every cell on. */
static void laps_of_any_length_keep_the_order(void **unused) {
    (void)unused;
    heap_open(20, 0, 0);
    qb_thread_t *self = attach();
    uint32_t channel = open_numbers(self, 5);
    uint32_t next_in = 0;
    uint32_t next_out = 0;
    rng_t rng = {seed_from_environment("laps_of_any_length_keep_the_order")};
    for (uint32_t i = 0; i < 20000; i++) {
        if (rng_below(&rng, 2) == 0) {
            qb_status_t status = qb_channel_send(self, channel, next_in);
            assert_status(status, next_in - next_out == 5 ? QB_E_FULL : QB_OK);
            next_in += status == QB_OK;
        } else if (next_in == next_out) {
            assert_status(qb_channel_receive(self, channel), QB_E_EMPTY);
        } else {
            assert_int_equal(receive(self, channel), next_out++);
        }
    }
    heap_close();
}

/* The turn of a cell has 24 bits: the lap before it wraps, and the one after. */
static void turns_may_wrap(void **unused) {
    (void)unused;
    heap_open(20, 0, 0);
    qb_thread_t *self = attach();
    uint32_t channel = open_numbers(self, 3);
    qb_ring_t *ring = &QB_AT(qb_channel_t, channel)->ring;
    uint64_t lap = (1u << 23) - 1;
    ring->head.position = ring->tail.position = lap << 32;
    for (uint32_t i = 0; i < 3; i++) {
        *QB_AT(uint64_t, ring->cells_address + i * 8) = lap << 41;
    }
    for (uint32_t i = 0; i < 20; i++) {
        assert_status(qb_channel_send(self, channel, i), QB_OK);
        assert_status(qb_channel_send(self, channel, ~i), QB_OK);
        assert_int_equal(receive(self, channel), i);
        assert_int_equal(receive(self, channel), ~i);
        assert_status(qb_channel_receive(self, channel), QB_E_EMPTY);
    }
    heap_close();
}

static void a_closed_channel_is_emptied_and_then_says_so(void **unused) {
    (void)unused;
    heap_open(20, 0, 0);
    qb_thread_t *self = attach();
    for (uint32_t count = 0; count <= 2; count++) {
        uint32_t channel = open_numbers(self, 2);
        for (uint32_t i = 0; i < count; i++) {
            assert_status(qb_channel_send(self, channel, i), QB_OK);
        }
        uint32_t serial = serial_of(channel);
        assert_status(qb_channel_close(self, channel, serial), QB_OK);
        assert_status(qb_channel_close(self, channel, serial), QB_E_REGION);
        assert_status(qb_channel_send(self, channel, 9), QB_E_CLOSED);
        for (uint32_t i = 0; i < count; i++) assert_int_equal(receive(self, channel), i);
        for (uint32_t i = 0; i < 3; i++) {
            assert_status(qb_channel_receive(self, channel), QB_E_CLOSED);
            assert_status(qb_channel_send(self, channel, 9), QB_E_CLOSED);
        }
        assert_status(qb_channel_unpin(self, channel, serial), QB_OK);
        assert_status(qb_channel_receive(self, channel), QB_E_REGION);
        assert_status(qb_channel_send(self, channel, 9), QB_E_REGION);
        assert_status(qb_channel_pin(self, channel, serial), QB_E_REGION);
        assert_heap_empty(self);
    }
    heap_close();
}

static void who_waits_is_woken_and_who_does_not_costs_nothing(void **unused) {
    (void)unused;
    heap_open(20, 0, 0);
    qb_thread_t *self = attach();
    uint32_t channel = open_numbers(self, 2);
    const qb_ring_t *ring = &QB_AT(qb_channel_t, channel)->ring;
    assert_status(qb_channel_send(self, channel, 1), QB_OK);
    (void)receive(self, channel);
    assert_int_equal(ring->head.waiters.epoch + ring->tail.waiters.epoch, 0);
    assert_status(qb_channel_wait(self, channel, 0, 1), QB_OK);
    assert_status(qb_channel_send(self, channel, 1), QB_OK);
    assert_int_equal(ring->tail.waiters.epoch, 1);
    assert_status(qb_channel_wait(self, channel, 0, 0), QB_OK);
    assert_status(qb_channel_wait(self, channel, 1, 1), QB_OK);
    (void)receive(self, channel);
    assert_int_equal(ring->head.waiters.epoch, 1);
    assert_int_equal(ring->tail.waiters.epoch, 1);
    assert_status(qb_channel_close(self, channel, serial_of(channel)), QB_OK);
    assert_int_equal(ring->head.waiters.epoch, 2);
    heap_close();
}

/* ---- ownership ------------------------------------------------------------------------------- */

static void a_block_belongs_to_its_receiver(void **unused) {
    (void)unused;
    static const uint32_t sizes[] = {16, 5000, 100000};
    for (uint32_t options = 0; options <= QB_HEAP_DEBUG; options += QB_HEAP_DEBUG) {
        heap_open(40, 0, options);
        qb_thread_t *self = attach();
        qb_thread_t *other = attach();
        uint32_t channel = must(qb_channel_open(self, 4, QB_CHANNEL_BLOCKS, 0));
        for (uint32_t i = 0; i < 3; i++) {
            uint32_t block = must(qb_alloc(self, sizes[i]));
            pattern_write(block, sizes[i], i);
            assert_status(qb_channel_send(other, channel, block), QB_E_OWNER);
            assert_status(qb_channel_send(self, channel, block), QB_OK);
            /* In the channel it is nobody's to touch. */
            assert_status(qb_channel_send(self, channel, block), QB_E_OWNER);
            assert_status(qb_free(self, block), QB_E_ADDRESS);
            assert_status(qb_block_own(other, block, QB_OWNER_SHARED), QB_E_ADDRESS);
            assert_status(qb_realloc(self, block, 200000), QB_E_ADDRESS);
            assert_int_equal(qb_usable_bytes(block), 0);
            assert_sound(self);
            assert_int_equal(receive(other, channel), block);
            assert_int_equal(qb_block_owner(block), other->number);
            assert_true(pattern_holds(block, sizes[i], sizes[i], i));
            assert_status(qb_free(other, block), QB_OK);
        }
        close_and_leave(self, channel);
        assert_status(qb_thread_detach(other, QB_POLICY_FREE), QB_OK);
        assert_sound(self);
        heap_close();
    }
}

static void only_own_blocks_can_be_sent(void **unused) {
    (void)unused;
    heap_open(40, 0, 0);
    qb_thread_t *self = attach();
    uint32_t channel = must(qb_channel_open(self, 4, QB_CHANNEL_BLOCKS, 0));
    uint32_t shared = must(qb_alloc(self, 100));
    assert_status(qb_block_own(self, shared, QB_OWNER_SHARED), QB_OK);
    uint32_t arena = must(qb_arena_open(self, 1000));
    uint32_t freed = must(qb_alloc(self, 100));
    assert_status(qb_free(self, freed), QB_OK);
    uint32_t wrong[] = {shared, arena, freed, channel, shared + 16, 0};
    for (uint32_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_status(qb_channel_send(self, channel, wrong[i]), QB_E_OWNER);
    }
    assert_status(qb_channel_receive(self, channel), QB_E_EMPTY);
    /* Refused because it is full, a block stays the sender's. */
    for (uint32_t i = 0; i < 4; i++) {
        assert_status(qb_channel_send(self, channel, must(qb_alloc(self, 100))), QB_OK);
    }
    uint32_t fifth = must(qb_alloc(self, 100));
    assert_status(qb_channel_send(self, channel, fifth), QB_E_FULL);
    assert_int_equal(qb_block_owner(fifth), self->number);
    assert_status(qb_channel_close(self, channel, serial_of(channel)), QB_OK);
    assert_status(qb_channel_send(self, channel, fifth), QB_E_CLOSED);
    assert_int_equal(qb_block_owner(fifth), self->number);
    heap_close();
}

static void a_slot_of_a_pool_belongs_to_its_receiver(void **unused) {
    (void)unused;
    heap_open(40, 0, 0);
    qb_thread_t *self = attach();
    qb_thread_t *other = attach();
    uint32_t pool = must(qb_pool_open(self, 64, 2, 2, 0, 0));
    uint32_t channel = must(qb_channel_open(self, 4, QB_CHANNEL_SLOTS, pool));
    uint32_t index = must(qb_pool_acquire(self, pool, 0)) - QB_ADDRESS_MIN;
    const uint32_t *state = QB_AT(uint32_t, must(qb_pool_state(pool, index)));
    assert_status(qb_channel_send(other, channel, index), QB_E_OWNER);
    assert_status(qb_channel_send(self, channel, 1 - index), QB_E_OWNER);
    assert_status(qb_channel_send(self, channel, 2), QB_E_OWNER);
    assert_status(qb_channel_send(self, channel, index), QB_OK);
    assert_status(qb_pool_release(self, pool, index, *state >> 8), QB_E_STALE);
    assert_int_equal(receive(other, channel), index);
    assert_int_equal(*state & 255u, other->number);
    assert_status(qb_pool_release(other, pool, index, *state >> 8), QB_OK);
    close_and_leave(self, channel);
    assert_status(qb_pool_close(self, pool, serial_of(pool), 0), QB_OK);
    assert_status(qb_thread_detach(other, QB_POLICY_FREE), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

static void an_allocation_belongs_to_its_receiver(void **unused) {
    (void)unused;
    heap_open(40, 0, 0);
    qb_thread_t *self = attach();
    qb_thread_t *other = attach();
    uint32_t pool = must(qb_memory_open(self, 1024, 64, 4, 0));
    uint32_t objects = must(qb_pool_open(self, 64, 2, 2, 0, 0));
    assert_status(qb_channel_open(self, 4, QB_CHANNEL_ALLOCATIONS, objects), QB_E_REGION);
    assert_status(qb_channel_open(self, 4, QB_CHANNEL_SLOTS, pool), QB_E_REGION);
    uint32_t channel = must(qb_channel_open(self, 4, QB_CHANNEL_ALLOCATIONS, pool));
    uint32_t index = must(qb_memory_alloc(self, pool, 100, 1, 0, 0)) - QB_ADDRESS_MIN;
    uint32_t left = must(qb_memory_alloc(self, pool, 100, 1, 0, 0)) - QB_ADDRESS_MIN;
    const uint32_t *state = QB_AT(uint32_t, must(qb_memory_entry(pool, index)));
    uint32_t generation = *state >> 8;
    assert_status(qb_channel_send(other, channel, index), QB_E_OWNER);
    assert_status(qb_channel_send(self, channel, 3), QB_E_OWNER);
    assert_status(qb_channel_send(self, channel, UINT32_MAX), QB_E_OWNER);
    assert_status(qb_channel_send(self, channel, index), QB_OK);
    assert_status(qb_memory_free(self, pool, index, generation), QB_E_OWNER);
    assert_status(qb_memory_realloc(self, pool, index, generation, 500), QB_E_OWNER);
    assert_int_equal(receive(other, channel), index);
    assert_int_equal(*state & 255u, other->number);
    assert_status(qb_memory_free(other, pool, index, generation), QB_OK);
    assert_status(qb_channel_send(self, channel, left), QB_OK);
    close_and_leave(self, channel);
    assert_status(qb_memory_next(pool, 0, 0, 0), QB_E_NOT_FOUND); /* it went with the channel */
    assert_int_equal(qb_memory_check(pool), 0);
    assert_status(qb_memory_close(self, pool, serial_of(pool), 0), QB_OK);
    assert_status(qb_pool_close(self, objects, serial_of(objects), 0), QB_OK);
    assert_status(qb_thread_detach(other, QB_POLICY_FREE), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

static void what_is_left_in_a_channel_goes_with_it(void **unused) {
    (void)unused;
    heap_open(40, 0, 0);
    qb_thread_t *self = attach();
    uint32_t pool = must(qb_pool_open(self, 64, 3, 3, 0, 0));
    uint32_t blocks = must(qb_channel_open(self, 600, QB_CHANNEL_BLOCKS, 0));
    uint32_t slots = must(qb_channel_open(self, 3, QB_CHANNEL_SLOTS, pool));
    for (uint32_t i = 0; i < 3; i++) {
        assert_status(qb_channel_send(self, blocks, must(qb_alloc(self, i * 50000 + 16))), QB_OK);
        uint32_t index = must(qb_pool_acquire(self, pool, i)) - QB_ADDRESS_MIN;
        assert_status(qb_channel_send(self, slots, index), QB_OK);
    }
    close_and_leave(self, blocks);
    close_and_leave(self, slots);
    assert_int_equal(stats_of(self).blocks_live, 0);
    assert_int_equal(stats_of(self).spans_live, 0);
    for (uint32_t i = 0; i < 3; i++) must(qb_pool_acquire(self, pool, i));
    assert_status(qb_pool_close(self, pool, serial_of(pool), 0), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

static void a_slot_whose_pool_is_gone_is_told(void **unused) {
    (void)unused;
    heap_open(40, 0, 0);
    qb_thread_t *self = attach();
    uint32_t pool = must(qb_pool_open(self, 64, 3, 3, 0, 0));
    uint32_t channel = must(qb_channel_open(self, 3, QB_CHANNEL_SLOTS, pool));
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t index = must(qb_pool_acquire(self, pool, i)) - QB_ADDRESS_MIN;
        assert_status(qb_channel_send(self, channel, index), QB_OK);
    }
    assert_status(qb_pool_close(self, pool, serial_of(pool), 0), QB_OK);
    assert_status(qb_channel_receive(self, channel), QB_E_STALE);
    /* Another pool at the same address is not taken for it. */
    uint32_t second = must(qb_pool_open(self, 64, 3, 3, 0, 0));
    assert_int_equal(second, pool);
    must(qb_pool_acquire(self, pool, 0));
    assert_status(qb_channel_send(self, channel, 0), QB_E_OWNER);
    assert_status(qb_channel_receive(self, channel), QB_E_STALE);
    assert_status(qb_channel_receive(self, channel), QB_E_EMPTY);
    close_and_leave(self, channel);
    assert_status(qb_pool_close(self, pool, serial_of(pool), 0), QB_OK);
    assert_heap_empty(self);
    heap_close();
}

static void messages_survive_their_senders(void **unused) {
    (void)unused;
    for (uint32_t policy = 0; policy < 2; policy++) {
        heap_open(40, 0, 0);
        qb_thread_t *self = attach();
        qb_thread_t *sender = attach();
        uint32_t channel = must(qb_channel_open(sender, 3, QB_CHANNEL_BLOCKS, 0));
        assert_status(qb_block_own(sender, channel, QB_OWNER_SHARED), QB_OK);
        assert_status(qb_channel_wait(sender, channel, 1, 1), QB_OK);
        uint32_t block = must(qb_alloc(sender, 100));
        assert_status(qb_channel_send(sender, channel, block), QB_OK);
        assert_status(qb_reap_begin(self, sender->number, 0), QB_OK);
        assert_int_equal(qb_reap_next(self, sender->number, 0), 0);
        assert_status(qb_reap_end(self, sender->number, policy), QB_OK);
        assert_int_equal(receive(self, channel), block);
        assert_status(qb_free(self, block), QB_OK);
        assert_int_equal(QB_AT(qb_channel_t, channel)->ring.head.waiters.marks[0], 0);
        close_and_leave(self, channel);
        assert_heap_empty(self);
        heap_close();
    }
}

static void absurd_arguments_are_refused(void **unused) {
    (void)unused;
    heap_open(40, 0, 0);
    qb_thread_t *self = attach();
    uint32_t pool = must(qb_pool_open(self, 64, 2, 2, 0, 0));
    uint32_t channels[] = {open_numbers(self, 3),
                           must(qb_channel_open(self, 3, QB_CHANNEL_BLOCKS, 77)),
                           must(qb_channel_open(self, 3, QB_CHANNEL_SLOTS, pool))};
    uint32_t serial = serial_of(channels[0]);
    for (uint32_t i = 0; i < ABSURD_COUNT; i++) {
        uint32_t absurd = absurd_numbers[i];
        assert_true(qb_channel_open(self, absurd, 3, pool) < QB_ADDRESS_MIN);
        if (absurd != 0) {
            assert_true(qb_channel_open(self, 1, QB_CHANNEL_SLOTS, absurd) < QB_ADDRESS_MIN);
        }
        if (absurd == 0 || absurd > 70000) {
            assert_true(qb_channel_open(self, absurd, 0, 0) < QB_ADDRESS_MIN);
        }
        assert_status(qb_channel_send(self, absurd, 1), QB_E_REGION);
        assert_status(qb_channel_receive(self, absurd), QB_E_REGION);
        assert_status(qb_channel_wait(self, absurd, absurd, absurd), QB_E_REGION);
        assert_status(qb_channel_close(self, absurd, absurd), QB_E_REGION);
        assert_status(qb_channel_pin(self, absurd, absurd), QB_E_REGION);
        assert_status(qb_channel_unpin(self, absurd, absurd), QB_E_REGION);
        for (uint32_t c = 1; c < 3; c++) {
            assert_status(qb_channel_send(self, channels[c], absurd), QB_E_OWNER);
        }
        if (absurd == serial) continue;
        assert_status(qb_channel_close(self, channels[0], absurd), QB_E_STALE);
        assert_status(qb_channel_pin(self, channels[0], absurd), QB_E_STALE);
        assert_status(qb_channel_unpin(self, channels[0], absurd), QB_E_STALE);
    }
    assert_status(qb_channel_open(self, 1, QB_CHANNEL_SLOTS, channels[0]), QB_E_REGION);
    assert_status(qb_channel_send(self, pool, 1), QB_E_REGION);
    assert_status(qb_arena_close(self, channels[0], serial, 0), QB_E_REGION);
    assert_sound(self);
    heap_close();
}

static void without_memory_none_is_opened(void **unused) {
    (void)unused;
    heap_open(3, 0, 0);
    qb_thread_t *self = attach();
    assert_status(qb_channel_open(self, 1u << 20, QB_CHANNEL_NUMBERS, 0), QB_E_OUT_OF_MEMORY);
    assert_heap_empty(self);
    heap_close();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_in_order_and_the_capacity_is_exact),
        cmocka_unit_test(laps_of_any_length_keep_the_order),
        cmocka_unit_test(turns_may_wrap),
        cmocka_unit_test(a_closed_channel_is_emptied_and_then_says_so),
        cmocka_unit_test(who_waits_is_woken_and_who_does_not_costs_nothing),
        cmocka_unit_test(a_block_belongs_to_its_receiver),
        cmocka_unit_test(only_own_blocks_can_be_sent),
        cmocka_unit_test(a_slot_of_a_pool_belongs_to_its_receiver),
        cmocka_unit_test(an_allocation_belongs_to_its_receiver),
        cmocka_unit_test(what_is_left_in_a_channel_goes_with_it),
        cmocka_unit_test(a_slot_whose_pool_is_gone_is_told),
        cmocka_unit_test(messages_survive_their_senders),
        cmocka_unit_test(absurd_arguments_are_refused),
        cmocka_unit_test(without_memory_none_is_opened),
    };
    return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
