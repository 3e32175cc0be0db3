/* Snapshots of the whole memory, to start from the same state again and again. */
#ifndef QB_TEST_SNAPSHOT_H
#define QB_TEST_SNAPSHOT_H

/* Remembers the memory as it is. */
void snapshot_save(void);

/* Makes the memory what it was, its size included. Addresses stay, pointers may not. */
void snapshot_restore(void);

/* True when the memory has changed since the last call. Slow. */
int snapshot_follow(void);

#endif
