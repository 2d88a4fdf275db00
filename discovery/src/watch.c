/* When to look again: a waitset that hears of discovery, and the kernel's word (a pidfd) on the
 * processes of this host, which ends the wait the moment that one of them dies. What the kernel
 * says only makes us look: whether it was a member of the bus that died, the transports tell. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <tern/waitset.h>

#include "graph_internal.h"

/* After a process of the bus ended, its locks go a moment later: look so often, so long. */
#define LOOK_AGAIN_NS INT64_C(2000000)
#define LOOKS_MAX 50

/* A process of this host whose end we hear of. */
struct mortal {
	uint32_t pid;
	struct tern_guid process;
	int pidfd;
	bool is_present; /* in the last snapshot */
};

struct tern_graph_watch {
	struct tern_participant *participant;
	struct tern_waitset *waitset;
	int timer_fd;        /* owned: when to look again */
	int epoll_fd;        /* owned: the waitset, the timer and the mortals */
	uint64_t generation; /* of the last snapshot */
	struct list mortals; /* struct mortal */
	int looks_left;      /* somebody ended, and the bus does not know yet */
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- mortals ----------------------------------------------------------------------------- */

static void mortal_end(struct mortal *mortal)
{
	if (mortal->pidfd >= 0)
		close(mortal->pidfd); /* which takes it out of the epoll, too */
	mortal->pidfd = -1;
}

static void mortal_begin(struct tern_graph_watch *watch,
                         const struct tern_peer_info *process)
{
	struct epoll_event readable = { .events = EPOLLIN };
	struct mortal *mortal = tern__list_add(&watch->mortals);
	if (!mortal)
		return; /* then its end is heard of later, from the transports */

	mortal->pid = process->pid;
	mortal->process = process->guid;
	mortal->is_present = true;
	/* Of another PID namespace it may be somebody else's, or nobody's: then we look in vain. */
	mortal->pidfd = (int)syscall(SYS_pidfd_open, process->pid, 0);
	if (mortal->pidfd < 0 ||
	    epoll_ctl(watch->epoll_fd, EPOLL_CTL_ADD, mortal->pidfd, &readable) < 0)
		mortal_end(mortal);
}

static struct mortal *mortal_of(struct tern_graph_watch *watch,
                                const struct tern_guid *process)
{
	struct mortal *mortals = watch->mortals.items;

	for (size_t i = 0; i < watch->mortals.count; i++)
		if (tern_guid_equal(&mortals[i].process, process))
			return &mortals[i];
	return NULL;
}

static void forget_absent(struct tern_graph_watch *watch)
{
	struct mortal *mortals = watch->mortals.items;
	size_t kept = 0;

	for (size_t i = 0; i < watch->mortals.count; i++) {
		if (mortals[i].is_present)
			mortals[kept++] = mortals[i];
		else
			mortal_end(&mortals[i]);
	}
	watch->mortals.count = kept;
}

/* Those of our host, whom the snapshot shows alive. */
static void watch_mortals(struct tern_graph_watch *watch, const struct tern_graph *graph)
{
	struct mortal *mortals = watch->mortals.items;

	for (size_t i = 0; i < watch->mortals.count; i++)
		mortals[i].is_present = false;
	for (uint32_t h = 0; h < graph->host_count && graph->hosts[h].is_ours; h++)
		for (uint32_t i = 0; i < graph->hosts[h].process_count; i++) {
			const struct tern_peer_info *process =
				graph->hosts[h].processes[i];
			if (process->is_ours || process->is_dead || !process->pid)
				continue;
			struct mortal *mortal = mortal_of(watch, &process->guid);
			if (mortal)
				mortal->is_present = true;
			else
				mortal_begin(watch, process);
		}
	forget_absent(watch);
}

/* Who ended is heard of once: a pidfd stays readable. */
static void close_ended(struct tern_graph_watch *watch)
{
	struct mortal *mortals = watch->mortals.items;

	for (size_t i = 0; i < watch->mortals.count; i++) {
		struct pollfd ended = { .fd = mortals[i].pidfd, .events = POLLIN };
		if (mortals[i].pidfd < 0 || poll(&ended, 1, 0) != 1)
			continue;
		mortal_end(&mortals[i]);
		watch->looks_left = LOOKS_MAX;
	}
}

/* ---- life -------------------------------------------------------------------------------- */

static bool add_fd(const struct tern_graph_watch *watch, int fd)
{
	struct epoll_event readable = { .events = EPOLLIN };

	return fd >= 0 && epoll_ctl(watch->epoll_fd, EPOLL_CTL_ADD, fd, &readable) == 0;
}

static tern_status open_all(struct tern_graph_watch *watch)
{
	tern_status s = tern_waitset_create(watch->participant, &watch->waitset);

	if (s == TERN_OK)
		s = tern_waitset_attach_discovery(watch->waitset, watch);
	if (s < 0)
		return s;
	int waitset_fd = tern_waitset_fd(watch->waitset);
	if (waitset_fd < 0)
		return waitset_fd;
	watch->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	watch->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (watch->epoll_fd < 0 || !add_fd(watch, watch->timer_fd) ||
	    !add_fd(watch, waitset_fd))
		return tern_fail(TERN_EIO, "no descriptor to watch the bus: %s%s",
		                 strerror(errno),
		                 errno == EMFILE ? ": raise the limit (ulimit -n)" : "");
	return TERN_OK;
}

tern_status tern_graph_watch_create(struct tern_participant *participant,
                                    struct tern_graph_watch **ret_watch)
{
	if (!participant || !ret_watch)
		return tern_fail(TERN_EINVAL, "tern_graph_watch_create: %s is NULL",
		                 participant ? "ret_watch" : "participant");
	struct tern_graph_watch *watch = calloc(1, sizeof *watch);
	if (!watch)
		return tern_fail(TERN_ENOMEM, "no memory to watch the bus");
	watch->participant = participant;
	watch->mortals.item_bytes = sizeof(struct mortal);
	watch->epoll_fd = watch->timer_fd = -1;
	tern_status s = open_all(watch);
	if (s < 0)
		tern_graph_watch_destroy(watch);
	else
		*ret_watch = watch;
	return s;
}

void tern_graph_watch_destroy(struct tern_graph_watch *watch)
{
	if (!watch)
		return;
	struct mortal *mortals = watch->mortals.items;
	for (size_t i = 0; i < watch->mortals.count; i++)
		mortal_end(&mortals[i]);
	free(mortals);
	if (watch->timer_fd >= 0)
		close(watch->timer_fd);
	if (watch->epoll_fd >= 0)
		close(watch->epoll_fd);
	tern_waitset_destroy(watch->waitset);
	free(watch);
}

/* ---- looking and waiting ----------------------------------------------------------------- */

tern_status tern_graph_watch_take(struct tern_graph_watch *watch,
                                  const struct tern_graph **ret_graph)
{
	const struct tern_graph *graph;

	if (!watch || !ret_graph)
		return tern_fail(TERN_EINVAL, "tern_graph_watch_take: %s is NULL",
		                 watch ? "ret_graph" : "watch");
	tern_status s = tern_graph_create(watch->participant, &graph);
	if (s < 0)
		return s;
	watch->generation = graph->generation;
	watch_mortals(watch, graph);
	*ret_graph = graph;
	return TERN_OK;
}

static void set_timer(const struct tern_graph_watch *watch, int64_t period_ns)
{
	const struct itimerspec in = { .it_value.tv_nsec = period_ns };

	timerfd_settime(watch->timer_fd, 0, &in, NULL);
}

static bool has_news(struct tern_graph_watch *watch)
{
	const struct tern_visitor nobody = { .context = NULL };
	void *context;

	/* Also arms the waitset's descriptor, if there is none. */
	if (tern_waitset_wait(watch->waitset, 0, 1, &context) > 0)
		return true;
	close_ended(watch);
	if (watch->looks_left > 0) {
		watch->looks_left--;
		tern_participant_visit(watch->participant, &nobody);
		set_timer(watch, watch->looks_left > 0 ? LOOK_AGAIN_NS : 0);
	}
	if (tern_participant_generation(watch->participant) == watch->generation)
		return false;
	return true;
}

static int milliseconds_until(int64_t deadline_ns)
{
	int64_t left_ns = deadline_ns - now_ns();

	if (left_ns <= 0)
		return 0;
	return left_ns > INT64_C(1000000) * INT_MAX ? INT_MAX
	                                            : (int)((left_ns + 999999) / 1000000);
}

tern_status tern_graph_watch_wait(struct tern_graph_watch *watch, int64_t timeout_ns)
{
	if (!watch || timeout_ns < 0)
		return tern_fail(TERN_EINVAL,
		                 "a wait needs a watch and a time-out of 0 or more");
	int64_t begin_ns = now_ns();
	int64_t deadline_ns = timeout_ns > TERN_INFINITE - begin_ns
	                              ? TERN_INFINITE
	                              : begin_ns + timeout_ns;

	for (;;) {
		struct epoll_event event;
		bool is_late = now_ns() >= deadline_ns;
		if (has_news(watch))
			return TERN_OK;
		if (is_late)
			return tern_fail(TERN_ETIMEDOUT, "nothing changed on the bus");
		int left_ms = timeout_ns == TERN_INFINITE
		                      ? -1
		                      : milliseconds_until(deadline_ns);
		if (epoll_wait(watch->epoll_fd, &event, 1, left_ms) < 0 && errno != EINTR)
			return tern_fail(TERN_EIO, "waiting for the bus: %s",
			                 strerror(errno));
	}
}

int32_t tern_graph_watch_fd(const struct tern_graph_watch *watch)
{
	return watch ? watch->epoll_fd : TERN_EINVAL;
}
