/*
 * Thread slots: one CAS takes a free one, which writes its state and the agent that holds it at once;
 * the generation in the state tells successive users apart. A live slot that does not say who holds it
 * could never be reaped when its agent dies right then.
 */
#include "heap/thread.h"

#define GENERATION_MASK 0xfffffu

int qb_thread_is_live(uint32_t number) {
    if (number < 1 || number > QB_THREADS_MAX) return 0;
    return qb_slot_status(qb_load32(&qb_thread_of(number)->state)) != QB_THREAD_FREE;
}

uint32_t qb_thread_attach(void) {
    return qb_thread_attach_as(0);
}

uint32_t qb_thread_attach_as(uint32_t agent) {
    if (qb_heap_open() != QB_OK) return QB_E_LAYOUT;
    for (uint32_t number = 1; number <= QB_THREADS_MAX; number++) {
        qb_thread_t *thread = qb_thread_of(number);
        uint64_t *slot = QB_AT(uint64_t, QB_ADDRESS_OF(thread)); /* state, agent << 32 */
        uint64_t pair = qb_load64(slot);
        uint32_t word = (uint32_t)pair;
        if (qb_slot_status(word) != QB_THREAD_FREE) continue;
        uint32_t generation = (qb_slot_generation(word) + 1) & GENERATION_MASK;
        if (generation == 0) generation = 1;
        uint32_t live = qb_slot_word(QB_THREAD_LIVE, 0, generation);
        if (!qb_cas64(slot, pair, (uint64_t)agent << 32 | live)) continue;
        for (uint32_t i = 0; i < QB_CLASS_COUNT; i++) qb_put32(&thread->current[i], 0);
        return QB_ADDRESS_OF(thread);
    }
    return QB_E_TOO_MANY_THREADS;
}

qb_thread_t *qb_thread_at(uint32_t address) {
    return QB_AT(qb_thread_t, address);
}

uint32_t qb_thread_number(const qb_thread_t *self) {
    return self->number;
}

uint32_t qb_thread_generation(const qb_thread_t *self) {
    return qb_slot_generation(qb_load32(&self->state));
}
