/*
 * Channels between threads that send and receive at once (run under TSan as well): each message comes
 * once, in the order of its sender, and belongs to one thread.
 */
#include "support.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#define SENDERS 2u
#define RECEIVERS 2u
#define MESSAGES 20000u

typedef struct job {
    atomic_uint *seen; /* by message: how often it came */
    uint32_t channel, pool, name, count;
} job_t;

static void *send_numbers(void *argument) {
    job_t *job = argument;
    qb_thread_t *self = attach();
    for (uint32_t i = 0; i < MESSAGES;) {
        qb_status_t status = qb_channel_send(self, job->channel, job->name * MESSAGES + i);
        i += status == QB_OK;
        if (status != QB_OK) (void)sched_yield();
    }
    return NULL;
}

static void *receive_numbers(void *argument) {
    job_t *job = argument;
    qb_thread_t *self = attach();
    uint32_t next[SENDERS] = {0};
    for (;;) {
        qb_status_t status = qb_channel_receive(self, job->channel);
        if (status == QB_E_CLOSED) return NULL;
        if (status != QB_OK) {
            (void)sched_yield();
            continue;
        }
        uint32_t value = qb_channel_value(self);
        uint32_t sender = value / MESSAGES;
        assert_true(value % MESSAGES >= next[sender]); /* of one sender in order */
        next[sender] = value % MESSAGES + 1;
        atomic_fetch_add(&job->seen[value], 1);
        job->count++;
    }
}

static void run_jobs(void *(*send)(void *), void *(*take)(void *), job_t *jobs, qb_thread_t *self) {
    pthread_t threads[SENDERS + RECEIVERS];
    for (uint32_t i = 0; i < SENDERS + RECEIVERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, i < SENDERS ? send : take, &jobs[i]), 0);
    }
    for (uint32_t i = 0; i < SENDERS; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
    uint32_t channel = jobs[0].channel;
    assert_status(qb_channel_close(self, channel, qb_region_serial(channel)), QB_OK);
    for (uint32_t i = SENDERS; i < SENDERS + RECEIVERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

static void numbers_come_once_and_in_the_order_of_their_sender(void **unused) {
    (void)unused;
    static const uint32_t capacities[] = {1, 3, 64};
    static atomic_uint seen[SENDERS * MESSAGES];
    for (uint32_t c = 0; c < 3; c++) {
        heap_open(40, 0, 0);
        qb_thread_t *self = attach();
        uint32_t channel = must(qb_channel_open(self, capacities[c], QB_CHANNEL_NUMBERS, 0));
        job_t jobs[SENDERS + RECEIVERS];
        for (uint32_t i = 0; i < SENDERS * MESSAGES; i++) atomic_store(&seen[i], 0);
        for (uint32_t i = 0; i < SENDERS + RECEIVERS; i++) {
            jobs[i] = (job_t){.channel = channel, .name = i % SENDERS, .seen = seen};
        }
        run_jobs(send_numbers, receive_numbers, jobs, self);
        for (uint32_t i = 0; i < SENDERS * MESSAGES; i++) assert_int_equal(seen[i], 1);
        assert_sound(self);
        heap_close();
    }
}

/* Blocks and slots go round: who has one writes it, sends it and gets another. */
static void *pass_blocks(void *argument) {
    job_t *job = argument;
    qb_thread_t *self = attach();
    for (uint32_t i = 0; i < MESSAGES; i++) {
        uint32_t block = qb_alloc(self, 16 + i % 500);
        if (block >= QB_ADDRESS_MIN) {
            *QB_AT(uint32_t, block) = block;
            while (qb_channel_send(self, job->channel, block) != QB_OK) (void)sched_yield();
        }
    }
    return NULL;
}
static void *free_blocks(void *argument) {
    job_t *job = argument;
    qb_thread_t *self = attach();
    for (;;) {
        qb_status_t status = qb_channel_receive(self, job->channel);
        if (status == QB_E_CLOSED) return NULL;
        if (status != QB_OK) {
            (void)sched_yield();
            continue;
        }
        uint32_t block = qb_channel_value(self);
        assert_int_equal(qb_block_owner(block), self->number);
        assert_int_equal(*QB_AT(uint32_t, block), block);
        *QB_AT(uint32_t, block) = 0;
        assert_status(qb_free(self, block), QB_OK);
    }
}

static void *pass_slots(void *argument) {
    job_t *job = argument;
    qb_thread_t *self = attach();
    for (uint32_t i = 0; i < MESSAGES;) {
        uint32_t result = qb_pool_acquire(self, job->pool, i);
        if (result < QB_ADDRESS_MIN) {
            (void)sched_yield();
            continue;
        }
        uint32_t index = result - QB_ADDRESS_MIN;
        *QB_AT(uint32_t, qb_pool_slot(job->pool, index)) = index + 1;
        while (qb_channel_send(self, job->channel, index) != QB_OK) (void)sched_yield();
        i++;
    }
    return NULL;
}
static void *release_slots(void *argument) {
    job_t *job = argument;
    qb_thread_t *self = attach();
    for (;;) {
        qb_status_t status = qb_channel_receive(self, job->channel);
        if (status == QB_E_CLOSED) return NULL;
        if (status != QB_OK) {
            (void)sched_yield();
            continue;
        }
        uint32_t index = qb_channel_value(self);
        uint32_t *slot = QB_AT(uint32_t, qb_pool_slot(job->pool, index));
        uint32_t word =
            __atomic_load_n(QB_AT(uint32_t, qb_pool_state(job->pool, index)), __ATOMIC_SEQ_CST);
        assert_int_equal(word & 255u, self->number);
        assert_int_equal(*slot, index + 1);
        *slot = 0;
        assert_status(qb_pool_release(self, job->pool, index, word >> 8), QB_OK);
        job->count++;
    }
}

static void blocks_and_slots_are_had_by_one_thread(void **unused) {
    (void)unused;
    for (uint32_t round = 0; round < 2; round++) {
        heap_open(60, 0, 0);
        qb_thread_t *self = attach();
        uint32_t pool = must(qb_pool_open(self, 16, 5, 5, 0, 0));
        uint32_t kind = round == 0 ? QB_CHANNEL_BLOCKS : QB_CHANNEL_SLOTS;
        uint32_t channel = must(qb_channel_open(self, 3, kind, pool));
        job_t jobs[SENDERS + RECEIVERS];
        for (uint32_t i = 0; i < SENDERS + RECEIVERS; i++) {
            jobs[i] = (job_t){.channel = channel, .pool = pool};
        }
        if (round == 0) {
            run_jobs(pass_blocks, free_blocks, jobs, self);
        } else {
            run_jobs(pass_slots, release_slots, jobs, self);
            assert_int_equal(jobs[SENDERS].count + jobs[SENDERS + 1].count, SENDERS * MESSAGES);
        }
        assert_int_equal(stats_of(self).blocks_live, 0);
        assert_status(qb_pool_next(pool, QB_OWNER_MOVING, 0), QB_E_NOT_FOUND);
        assert_sound(self);
        heap_close();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_come_once_and_in_the_order_of_their_sender),
        cmocka_unit_test(blocks_and_slots_are_had_by_one_thread),
    };
    return cmocka_run_group_tests_name("channel_threads", tests, NULL, NULL);
}
