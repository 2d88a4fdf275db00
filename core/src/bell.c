/* Doorbells. The protocol is Dekker's: the waiter announces itself and then looks for news, the
 * ringer stores the news and then looks for a waiter; sequentially consistent operations on the
 * state keep either from missing the other. News behind a mutex is ordered by that alone. */
#include "bell.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "bell_bridge.h"
#include "bell_uring.h"
#include "clock.h"

static uint32_t state_of(const struct bell *bell)
{
	return __atomic_load_n(&bell->word->state, __ATOMIC_SEQ_CST);
}

static void state_set(struct bell *bell, uint32_t state)
{
	__atomic_store_n(&bell->word->state, state, __ATOMIC_SEQ_CST);
}

void bell_table_init(struct bell_table *table, int64_t spin_max_ns)
{
	memset(table, 0, sizeof *table);
	pthread_mutex_init(&table->lock, NULL);
	table->spin_max_ns = spin_max_ns;
	for (int i = 0; i < BELLS_MAX; i++)
		atomic_init(&table->bells[i].event_fd, -1);
	bell_table_share(table, NULL);
}

void bell_table_share(struct bell_table *table, struct tern_bell *words)
{
	const int scope = words ? 0 : FUTEX_PRIVATE_FLAG;

	bell_bridge_destroy(table->bridge);
	table->bridge = NULL;
	table->shared = words != NULL;
	for (int i = 0; i < BELLS_MAX; i++) {
		struct bell *bell = &table->bells[i];
		bell_uring_destroy(bell->uring);
		bell->uring = NULL;
		bell->bridge = NULL;
		bell->word = words ? &words[i] : &table->own[i];
		/* WAIT_BITSET takes an absolute monotonic time. */
		bell->wait_operation = FUTEX_WAIT_BITSET | scope;
		bell->wake_operation = FUTEX_WAKE | scope;
		state_set(bell, TERN_BELL_QUIET);
	}
}

void bell_table_fini(struct bell_table *table)
{
	bell_table_share(table, NULL);
	for (int i = 0; i < BELLS_MAX; i++)
		if (atomic_load(&table->bells[i].event_fd) >= 0)
			close(atomic_load(&table->bells[i].event_fd));
	pthread_mutex_destroy(&table->lock);
}

tern_status bell_claim(struct bell_table *table, bool for_listeners, uint32_t *ret_index)
{
	const uint64_t last = UINT64_C(1) << (BELLS_MAX - 1);

	pthread_mutex_lock(&table->lock);
	uint64_t free_bells = ~table->used;
	if (!for_listeners)
		free_bells &= ~last;
	else if (free_bells & last)
		free_bells = last;
	if (!free_bells) {
		pthread_mutex_unlock(&table->lock);
		return tern_fail(TERN_ELIMIT,
		                 "this process has %d waitsets and listening "
		                 "participants in this domain, and no more are "
		                 "possible: attach more readers to fewer waitsets",
		                 for_listeners ? BELLS_MAX : BELLS_MAX - 1);
	}
	uint32_t index = (uint32_t)__builtin_ctzll(free_bells);
	table->used |= UINT64_C(1) << index;
	state_set(&table->bells[index], TERN_BELL_QUIET);
	spin_init(&table->bells[index].spin, table->spin_max_ns);
	pthread_mutex_unlock(&table->lock);
	*ret_index = index;
	return TERN_OK;
}

void bell_release(struct bell_table *table, uint32_t index)
{
	pthread_mutex_lock(&table->lock);
	table->used &= ~(UINT64_C(1) << index);
	pthread_mutex_unlock(&table->lock);
}

/* Rings of other processes only wake a futex: somebody of ours must listen. The lock is held. */
static tern_status carry_to_descriptor(struct bell_table *table, uint32_t index)
{
	struct bell *bell = &table->bells[index];
	enum bell_carrier carrier = table->carrier;

	if (carrier == BELL_CARRIER_BEST || carrier == BELL_CARRIER_URING) {
		tern_status s =
			bell_uring_create(atomic_load(&bell->event_fd), &bell->uring);
		if (s == TERN_OK)
			return s;
	}
	if (!table->bridge) {
		bool one_for_each = carrier == BELL_CARRIER_THREAD_EACH ||
		                    !bell_bridge_can_wait_for_many();
		tern_status s =
			bell_bridge_create(table->bells, one_for_each, &table->bridge);
		if (s < 0)
			return s;
	}
	tern_status s = bell_bridge_add(table->bridge, index);
	if (s == TERN_OK)
		bell->bridge = table->bridge;
	return s;
}

tern_status bell_descriptor(struct bell_table *table, uint32_t index, int32_t *ret_fd)
{
	struct bell *bell = &table->bells[index];
	tern_status s = TERN_OK;

	pthread_mutex_lock(&table->lock);
	int32_t fd = atomic_load(&bell->event_fd);
	if (fd < 0) {
		fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (fd < 0)
			s = tern_fail(TERN_EIO, "no descriptor for a waitset: %s%s",
			              strerror(errno),
			              errno == EMFILE ? ": raise the limit (ulimit -n)"
			                              : "");
		atomic_store(&bell->event_fd, fd);
	}
	if (s == TERN_OK && table->shared && !bell->uring && !bell->bridge)
		s = carry_to_descriptor(table, index);
	pthread_mutex_unlock(&table->lock);
	if (s == TERN_OK)
		*ret_fd = fd;
	return s;
}

static void wake_sleeper(struct bell *bell)
{
	syscall(SYS_futex, &bell->word->state, bell->wake_operation, INT_MAX, NULL, NULL,
	        0);
}

void bell_write_event(struct bell *bell)
{
	const uint64_t one = 1;
	int32_t fd = atomic_load(&bell->event_fd);

	/* The counter cannot overflow: an armed bell writes once. Nobody is left to tell. */
	if (fd >= 0 && write(fd, &one, sizeof one) < 0)
		return;
}

void bell_ring(struct bell_table *table, uint64_t mask)
{
	while (mask) {
		struct bell *bell = &table->bells[__builtin_ctzll(mask)];
		mask &= mask - 1;
		uint32_t was = tern_bell_quiet(bell->word);
		if (was == TERN_BELL_PARKED)
			wake_sleeper(bell);
		else if (was == TERN_BELL_ARMED &&
		         (!bell->bridge || bell_bridge_takes_turn(bell)))
			bell_write_event(bell);
	}
}

void bell_listen(struct bell *bell)
{
	state_set(bell, TERN_BELL_LISTENING);
	if (bell->bridge)
		atomic_store(&bell->wants_event, false);
}

void bell_relax(void)
{
#if defined __x86_64__ || defined __i386__
	__builtin_ia32_pause();
#elif defined __aarch64__
	__asm__ volatile("isb");
#endif
}

/* @return true: it rang within the budget */
static bool spin_until_it_rings(struct bell *bell, int64_t deadline_ns)
{
	enum { LOOKS_BETWEEN_CLOCK_READINGS = 8 };

	if (bell->spin.budget_ns == 0)
		return false;
	int64_t until_ns = clock_monotonic_ns() + bell->spin.budget_ns;
	if (until_ns > deadline_ns)
		until_ns = deadline_ns;
	do {
		for (int i = 0; i < LOOKS_BETWEEN_CLOCK_READINGS; i++) {
			if (state_of(bell) != TERN_BELL_LISTENING)
				return true;
			bell_relax();
		}
	} while (clock_monotonic_ns() < until_ns);
	return false;
}

static tern_status sleep_until_it_rings(struct bell *bell, int64_t deadline_ns)
{
	struct timespec until = clock_timespec(deadline_ns);

	while (state_of(bell) == TERN_BELL_PARKED) {
		long result = syscall(SYS_futex, &bell->word->state, bell->wait_operation,
		                      TERN_BELL_PARKED,
		                      deadline_ns == TERN_INFINITE ? NULL : &until, NULL,
		                      FUTEX_BITSET_MATCH_ANY);
		if (result < 0 && errno == ETIMEDOUT) {
			bell_stay_awake(bell);
			return TERN_ETIMEDOUT;
		}
	}
	return TERN_OK;
}

tern_status bell_wait(struct bell *bell, int64_t deadline_ns)
{
	if (spin_until_it_rings(bell, deadline_ns)) {
		spin_paid(&bell->spin);
		return TERN_OK;
	}
	spin_missed(&bell->spin);
	return bell_sleep(bell, deadline_ns);
}

tern_status bell_sleep(struct bell *bell, int64_t deadline_ns)
{
	uint32_t listening = TERN_BELL_LISTENING;

	if (!__atomic_compare_exchange_n(&bell->word->state, &listening, TERN_BELL_PARKED,
	                                 false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return TERN_OK; /* it rang just now */
	int64_t begin_ns = clock_monotonic_ns();
	tern_status s = sleep_until_it_rings(bell, deadline_ns);
	spin_slept(&bell->spin, clock_monotonic_ns() - begin_ns);
	return s;
}

void bell_stay_awake(struct bell *bell)
{
	state_set(bell, TERN_BELL_QUIET);
}

/* Who waits in another thread writes to the descriptor by itself when it is woken. */
void bell_arm(struct bell_table *table, uint32_t index)
{
	struct bell *bell = &table->bells[index];
	uint32_t was = TERN_BELL_QUIET;

	__atomic_compare_exchange_n(&bell->word->state, &was, TERN_BELL_ARMED, false,
	                            __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	if (was != TERN_BELL_QUIET && was != TERN_BELL_ARMED)
		return;
	if (bell->bridge)
		bell_bridge_arm(bell);
	if (!bell->uring)
		return;
	pthread_mutex_lock(&table->lock);
	if (!bell_uring_watch(bell->uring, &bell->word->state, TERN_BELL_ARMED))
		bell_write_event(bell); /* rather awake in vain */
	pthread_mutex_unlock(&table->lock);
}
