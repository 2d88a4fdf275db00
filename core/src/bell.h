/* Doorbells: the words on which waiters sleep and which whoever has news rings. A ring costs no
 * system call while the waiter is awake; one who listens spins before it sleeps (spin.h). The
 * word and its states are in tern/bell.h: it is the table's own, or lies in memory that a
 * transport shares with other processes.
 *
 * Each waitset has a bell of its own, and a process has BELLS_MAX in each domain, so that a
 * reader names those to ring by the bits of one word. */
#ifndef TERN_CORE_BELL_H
#define TERN_CORE_BELL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <tern/bell.h>
#include <tern/status.h>

#include "spin.h"

#define BELLS_MAX TERN_BELLS_MAX

struct bell {
	struct tern_bell
		*word;      /* of all of the table, or none, shared; fixed when claimed */
	int wait_operation; /* of futex(2): on what is shared it is not private */
	int wake_operation;
	/* -1: none yet. Written on a ring while armed. The table's until its end: a ring may come
	 * late, when the waitset is gone, and must not write to a descriptor of the user's. */
	_Atomic int32_t event_fd;
	/* Of a shared word with a descriptor, one of the two; fixed before it is first armed: */
	struct bell_uring *uring;
	struct bell_bridge *bridge; /* the table's */
	_Atomic bool wants_event;   /* the bridge's: who takes it back writes */
	struct spin spin;           /* the waiter's alone */
};

/* How rings of other processes reach descriptors. */
enum bell_carrier {
	BELL_CARRIER_BEST, /* the first of the others that this kernel has */
	BELL_CARRIER_URING,
	BELL_CARRIER_THREAD,
	BELL_CARRIER_THREAD_EACH,
};

struct bell_table {
	pthread_mutex_t lock; /* guards used, and what descriptors need; innermost */
	uint64_t used;        /* bit i: bells[i] belongs to a waitset */
	int64_t spin_max_ns;  /* fixed */
	bool shared; /* other processes ring them too; fixed while any is claimed */
	struct bell bells[BELLS_MAX];
	struct tern_bell own[BELLS_MAX]; /* unless a transport shares its own */
	enum bell_carrier carrier;       /* not BEST: for tests */
	struct bell_bridge *bridge;      /* owned; NULL: none was needed */
};

void bell_table_init(struct bell_table *table, int64_t spin_max_ns);
void bell_table_fini(struct bell_table *table);

/**
 * Use words from now on that other processes ring too, or, NULL, the table's own again. No bell
 * is claimed.
 */
void bell_table_share(struct bell_table *table, struct tern_bell *words);

/**
 * Get a bell of one's own.
 * @param for_listeners  the last bell is for them first, and for nobody else
 * @return TERN_OK, TERN_ELIMIT
 */
tern_status bell_claim(struct bell_table *table, bool for_listeners, uint32_t *ret_index);
void bell_release(struct bell_table *table, uint32_t index);

/**
 * The eventfd of a claimed bell, non-blocking, made if need be; the table's. On shared bells this
 * may start a thread (bell_bridge.h).
 * @return TERN_OK, TERN_EIO, TERN_ENOMEM
 */
tern_status bell_descriptor(struct bell_table *table, uint32_t index, int32_t *ret_fd);

/** Ring all bells of the mask. Threads: any; async-signal-safe; after the news was stored. */
void bell_ring(struct bell_table *table, uint64_t mask);

/**
 * Say that the caller is about to wait for its bell; look for news after it, then bell_wait()
 * or bell_stay_awake().
 */
void bell_listen(struct bell *bell);
/**
 * Spin, then sleep, until it rings or until the deadline (monotonic). TERN_OK: it rang;
 * TERN_ETIMEDOUT.
 */
tern_status bell_wait(struct bell *bell, int64_t deadline_ns);
/** The same for one who has spun by himself: sleep at once. */
tern_status bell_sleep(struct bell *bell, int64_t deadline_ns);
void bell_stay_awake(struct bell *bell);
/** Between two looks of one who spins. */
void bell_relax(void);

/** Let the next ring write to the eventfd; look for news after it. One who waits waits on. */
void bell_arm(struct bell_table *table, uint32_t index);

/** Make the bell's descriptor readable, if it has one. */
void bell_write_event(struct bell *bell);

#endif
