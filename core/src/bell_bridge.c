/* From bells in shared memory to eventfds.
 *
 * Why no ring is lost. To arm, the owner (1) makes the word ARMED, (2) sets wants_event, (3) raises
 * the generation, and (4) looks whether the word is QUIET again; it looks for news after that. A
 * peer that rings makes the word QUIET, then wakes. The thread reads (a) the generation, (b) for
 * each bell wants_event and then the word, and sleeps (c) with what it read, the words first, the
 * generation last: the kernel queues it on each in turn, and compares after that. Whoever finds the
 * word QUIET and takes wants_event back writes.
 *
 * A ring before (4) is found there. After (4): if its wake finds the thread queued on the word, the
 * thread looks again and writes. If not, the thread is queued after the ring, and compares the word
 * and then the generation after it. Was (a) before (3), the generation keeps it awake. Was it after
 * (3), it saw in (b) that an event is wanted, so that it wrote if the word was QUIET; and if the
 * word was not, it is now, which keeps it awake.
 *
 * With a thread for each bell there is nothing to compare after the word. So that thread never
 * sleeps on a word that is QUIET, but on the generation, and arming wakes it from there. */
#include "bell_bridge.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bell.h"

struct carrier {
	struct bell_bridge *bridge;
	pthread_t thread;
	uint64_t bells; /* by bit; of one that serves all: the bridge's */
};

struct bell_bridge {
	struct bell *bells; /* the table's */
	bool one_for_each;
	_Atomic uint64_t bridged;    /* have a descriptor, by bit */
	_Atomic uint32_t generation; /* a futex word of this process alone */
	_Atomic bool stopping;
	uint32_t carrier_count;
	struct carrier carriers[BELLS_MAX];
};

static void futex_sleep(const void *word, uint32_t value, bool shared)
{
	syscall(SYS_futex, word, shared ? FUTEX_WAIT : FUTEX_WAIT_PRIVATE, value, NULL,
	        NULL, 0);
}

static void wake_for_generation(struct bell_bridge *bridge)
{
	syscall(SYS_futex, &bridge->generation, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL,
	        0);
}

/* Look at one bell, and write for it if it rang. @return its state */
static uint32_t carry(struct bell *bell)
{
	bool wants_event = atomic_load(&bell->wants_event);
	uint32_t state = __atomic_load_n(&bell->word->state, __ATOMIC_SEQ_CST);

	if (wants_event && state == TERN_BELL_QUIET && bell_bridge_takes_turn(bell))
		bell_write_event(bell);
	return state;
}

static void sleep_on_one(struct bell_bridge *bridge, struct bell *bell,
                         uint32_t generation)
{
	uint32_t state = carry(bell);

	if (state == TERN_BELL_QUIET)
		futex_sleep(&bridge->generation, generation, false);
	else
		futex_sleep(&bell->word->state, state, true);
}

static void sleep_on_all(struct bell_bridge *bridge, uint32_t generation)
{
	struct futex_waitv waits[BELLS_MAX + 1] = { 0 };
	uint64_t bells = atomic_load(&bridge->bridged);
	uint32_t count = 0;

	while (bells) {
		struct bell *bell = &bridge->bells[__builtin_ctzll(bells)];
		bells &= bells - 1;
		waits[count++] = (struct futex_waitv){
			.val = carry(bell),
			.uaddr = (uintptr_t)&bell->word->state,
			.flags = FUTEX_32,
		};
	}
	waits[count++] = (struct futex_waitv){
		.val = generation,
		.uaddr = (uintptr_t)&bridge->generation,
		.flags = FUTEX_32 | FUTEX_PRIVATE_FLAG,
	};
	syscall(SYS_futex_waitv, waits, count, 0, NULL, 0);
}

static void *carrier_run(void *context)
{
	const struct carrier *carrier = context;
	struct bell_bridge *bridge = carrier->bridge;

	for (;;) {
		uint32_t generation = atomic_load(&bridge->generation);
		if (atomic_load(&bridge->stopping))
			return NULL;
		if (bridge->one_for_each)
			sleep_on_one(bridge,
			             &bridge->bells[__builtin_ctzll(carrier->bells)],
			             generation);
		else
			sleep_on_all(bridge, generation);
	}
}

/* The application's signals are none of its business. */
static int thread_start(struct carrier *carrier)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&carrier->thread, NULL, carrier_run, carrier);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

bool bell_bridge_can_wait_for_many(void)
{
	return syscall(SYS_futex_waitv, NULL, 0, 0, NULL, 0) < 0 && errno != ENOSYS &&
	       errno != EPERM;
}

tern_status bell_bridge_create(struct bell *bells, bool one_for_each,
                               struct bell_bridge **ret_bridge)
{
	struct bell_bridge *bridge = calloc(1, sizeof *bridge);
	if (!bridge)
		return tern_fail(TERN_ENOMEM, "no memory for a waitset's descriptor");

	bridge->bells = bells;
	bridge->one_for_each = one_for_each;
	*ret_bridge = bridge;
	return TERN_OK;
}

void bell_bridge_destroy(struct bell_bridge *bridge)
{
	if (!bridge)
		return;
	atomic_store(&bridge->stopping, true);
	atomic_fetch_add(&bridge->generation, 1);
	wake_for_generation(bridge);
	/* One that sleeps on a word, or is about to, sees it change. */
	uint64_t bells = bridge->one_for_each ? atomic_load(&bridge->bridged) : 0;
	while (bells) {
		struct bell *bell = &bridge->bells[__builtin_ctzll(bells)];
		bells &= bells - 1;
		__atomic_store_n(&bell->word->state, TERN_BELL_QUIET, __ATOMIC_SEQ_CST);
		syscall(SYS_futex, &bell->word->state, FUTEX_WAKE, INT_MAX, NULL, NULL,
		        0);
	}
	for (uint32_t i = 0; i < bridge->carrier_count; i++)
		pthread_join(bridge->carriers[i].thread, NULL);
	free(bridge);
}

tern_status bell_bridge_add(struct bell_bridge *bridge, uint32_t index)
{
	const uint64_t bit = UINT64_C(1) << index;

	if (atomic_load(&bridge->bridged) & bit)
		return TERN_OK;
	if (bridge->one_for_each || bridge->carrier_count == 0) {
		struct carrier *carrier = &bridge->carriers[bridge->carrier_count];
		carrier->bridge = bridge;
		carrier->bells = bit;
		int error = thread_start(carrier);
		if (error)
			return tern_fail(TERN_EIO,
			                 "no thread for a waitset's descriptor: %s",
			                 strerror(error));
		bridge->carrier_count++;
	}
	atomic_fetch_or(&bridge->bridged, bit);
	atomic_fetch_add(&bridge->generation, 1);
	wake_for_generation(bridge);
	return TERN_OK;
}

void bell_bridge_arm(struct bell *bell)
{
	atomic_store(&bell->wants_event, true);
	atomic_fetch_add(&bell->bridge->generation, 1);
	if (bell->bridge->one_for_each)
		wake_for_generation(bell->bridge);
	carry(bell);
}

bool bell_bridge_takes_turn(struct bell *bell)
{
	return atomic_exchange(&bell->wants_event, false);
}
