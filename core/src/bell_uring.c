/* A ring of io_uring with one entry, IORING_OP_FUTEX_WAIT. By system calls: Debian 12's liburing and
 * headers are older than that operation.
 *
 * As a rule io_uring interrupts the thread that submitted, to complete what it submitted: its
 * epoll_wait() and others would fail with EINTR, without a signal. DEFER_TASKRUN leaves that until
 * we enter the ring ourselves, and signals the eventfd all the same. The price is that only the
 * thread that opened a ring may submit; when another one arms, it opens a new one. */
#include "bell_uring.h"

#include <linux/futex.h>
#include <linux/io_uring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/io_uring.h and linux/futex.h of Linux 6.7. */
enum { OP_FUTEX_WAIT = 51, FUTEX2_IS_U32 = 2 };

/*
 *   rings:    | heads, tails, flags | array[1] of submissions | completions[2] |
 *   entries:  | submissions[1] |                both are shared with the kernel
 */
struct bell_uring {
	int32_t event_fd;
	int fd;       /* -1: none could be opened */
	bool watches; /* a wait was handed over, and its completion was not seen yet */
	void *rings;
	size_t rings_size_bytes;
	struct io_uring_sqe *entries;
	size_t entries_size_bytes;
	uint32_t *flags;           /* the kernel's */
	uint32_t *submission_tail; /* ours; the kernel's head follows within the call */
	uint32_t *completion_head; /* ours */
	uint32_t *completion_tail; /* the kernel's */
};

/* Does the kernel know the operation? */
static bool is_supported(int fd)
{
	const size_t size_bytes = sizeof(struct io_uring_probe) +
	                          (OP_FUTEX_WAIT + 1) * sizeof(struct io_uring_probe_op);
	struct io_uring_probe *probe = calloc(1, size_bytes);
	bool supported = probe &&
	                 syscall(SYS_io_uring_register, fd, IORING_REGISTER_PROBE, probe,
	                         OP_FUTEX_WAIT + 1) == 0 &&
	                 probe->last_op >= OP_FUTEX_WAIT &&
	                 (probe->ops[OP_FUTEX_WAIT].flags & IO_URING_OP_SUPPORTED);

	free(probe);
	return supported;
}

static void *map(int fd, size_t size_bytes, off_t what)
{
	void *memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE,
	                    MAP_SHARED | MAP_POPULATE, fd, what);

	return memory == MAP_FAILED ? NULL : memory;
}

static bool map_rings(struct bell_uring *uring, const struct io_uring_params *params)
{
	size_t submissions = params->sq_off.array + params->sq_entries * sizeof(uint32_t);
	size_t completions =
		params->cq_off.cqes + params->cq_entries * sizeof(struct io_uring_cqe);

	uring->rings_size_bytes = submissions > completions ? submissions : completions;
	uring->entries_size_bytes = params->sq_entries * sizeof *uring->entries;
	uring->rings = map(uring->fd, uring->rings_size_bytes, IORING_OFF_SQ_RING);
	uring->entries = map(uring->fd, uring->entries_size_bytes, IORING_OFF_SQES);
	if (!uring->rings || !uring->entries)
		return false;
	char *rings = uring->rings;
	uring->flags = (uint32_t *)(rings + params->sq_off.flags);
	uring->submission_tail = (uint32_t *)(rings + params->sq_off.tail);
	uring->completion_head = (uint32_t *)(rings + params->cq_off.head);
	uring->completion_tail = (uint32_t *)(rings + params->cq_off.tail);
	*(uint32_t *)(rings + params->sq_off.array) = 0; /* always the one entry */
	return true;
}

static void ring_close(struct bell_uring *uring)
{
	if (uring->entries)
		munmap(uring->entries, uring->entries_size_bytes);
	if (uring->rings)
		munmap(uring->rings, uring->rings_size_bytes);
	if (uring->fd >= 0)
		close(uring->fd); /* cancels what it waits for */
	*uring = (struct bell_uring){ .event_fd = uring->event_fd, .fd = -1 };
}

/* The calling thread submits to it from now on. */
static tern_status ring_open(struct bell_uring *uring)
{
	struct io_uring_params params = {
		.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
		         IORING_SETUP_TASKRUN_FLAG,
	};
	tern_status s = TERN_EUNSUPPORTED;

	uring->fd = (int)syscall(SYS_io_uring_setup, 1, &params); /* close-on-exec */
	if (uring->fd < 0)
		return s;
	if (!(params.features & IORING_FEAT_SINGLE_MMAP) || !is_supported(uring->fd))
		goto close;
	s = TERN_ENOMEM;
	if (!map_rings(uring, &params) ||
	    syscall(SYS_io_uring_register, uring->fd, IORING_REGISTER_EVENTFD,
	            &uring->event_fd, 1) < 0)
		goto close;
	return TERN_OK;

close:
	ring_close(uring);
	return s;
}

tern_status bell_uring_create(int32_t event_fd, struct bell_uring **ret_uring)
{
	struct bell_uring *uring = calloc(1, sizeof *uring);
	if (!uring)
		return TERN_ENOMEM;

	uring->event_fd = event_fd;
	tern_status s = ring_open(uring);
	if (s == TERN_OK)
		*ret_uring = uring;
	else
		free(uring);
	return s;
}

void bell_uring_destroy(struct bell_uring *uring)
{
	if (!uring)
		return;
	ring_close(uring);
	free(uring);
}

/* Enter the ring: submit, and complete what is to be completed. @return as io_uring_enter(2) */
static int enter(const struct bell_uring *uring, uint32_t submit)
{
	return (int)syscall(SYS_io_uring_enter, uring->fd, submit, 0,
	                    IORING_ENTER_GETEVENTS, NULL, 0);
}

/* Did the wait end? The eventfd was signalled then, before the flag could be missed here. */
static bool has_ended(const struct bell_uring *uring)
{
	uint32_t flags = __atomic_load_n(uring->flags, __ATOMIC_ACQUIRE);
	uint32_t tail = __atomic_load_n(uring->completion_tail, __ATOMIC_ACQUIRE);

	return (flags & IORING_SQ_TASKRUN) || tail != *uring->completion_head;
}

static bool submit(struct bell_uring *uring, const uint32_t *word, uint32_t state)
{
	memset(uring->entries, 0, sizeof *uring->entries);
	uring->entries->opcode = OP_FUTEX_WAIT;
	uring->entries->fd = FUTEX2_IS_U32; /* not private */
	uring->entries->addr = (uintptr_t)word;
	uring->entries->addr2 = state;
	uring->entries->addr3 = FUTEX_BITSET_MATCH_ANY;
	uint32_t tail = *uring->submission_tail;
	__atomic_store_n(uring->submission_tail, tail + 1, __ATOMIC_RELEASE);
	if (enter(uring, 1) == 1)
		return true;
	__atomic_store_n(uring->submission_tail, tail, __ATOMIC_RELEASE); /* left there */
	return false;
}

/* Completing signals the eventfd a second time. A ring that comes meanwhile and whose signal goes
 * with that one is found by the submission: the word has changed. */
static void forget_completion(struct bell_uring *uring)
{
	uint64_t count;
	uint32_t tail = __atomic_load_n(uring->completion_tail, __ATOMIC_ACQUIRE);

	__atomic_store_n(uring->completion_head, tail, __ATOMIC_RELEASE);
	ssize_t emptied = read(uring->event_fd, &count, sizeof count);
	(void)emptied; /* nothing is fine, too: it is non-blocking */
}

bool bell_uring_watch(struct bell_uring *uring, const uint32_t *word, uint32_t state)
{
	if (uring->watches && !has_ended(uring))
		return true;
	if (uring->fd < 0 || enter(uring, 0) < 0) { /* another thread's, or none */
		ring_close(uring);
		if (ring_open(uring) < 0)
			return false;
	}
	forget_completion(uring);
	uring->watches = submit(uring, word, state);
	return uring->watches;
}
