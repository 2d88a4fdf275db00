/* Waitsets. A wait looks at all that is attached; if nothing is triggered it listens for its bell,
 * looks once more, and sleeps until the bell rings or until time brings something about. */
#include "waitset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "domain.h"
#include "reader.h"
#include "writer.h"

tern_status waitset_create(struct tern_participant *participant, bool for_listeners,
                           struct tern_waitset **ret_waitset)
{
	struct tern_waitset *waitset = calloc(1, sizeof *waitset);
	if (!waitset)
		return tern_fail(TERN_ENOMEM, "no memory for a waitset");
	tern_status s =
		bell_claim(&participant->domain->bells, for_listeners, &waitset->bell);
	if (s < 0) {
		free(waitset);
		return s;
	}
	pthread_mutex_init(&waitset->lock, NULL);
	waitset->participant = participant;
	waitset->event_fd = waitset->timer_fd = -1;
	atomic_init(&waitset->epoll_fd, -1);
	pthread_mutex_lock(&participant->lock);
	waitset->next = participant->waitsets;
	participant->waitsets = waitset;
	pthread_mutex_unlock(&participant->lock);
	*ret_waitset = waitset;
	return TERN_OK;
}

tern_status tern_waitset_create(struct tern_participant *participant,
                                struct tern_waitset **ret_waitset)
{
	if (!participant || !ret_waitset)
		return tern_fail(TERN_EINVAL,
		                 "a waitset needs a participant and a place for the "
		                 "result");
	return waitset_create(participant, false, ret_waitset);
}

static _Atomic uint64_t *bells_of(const struct attachment *attachment)
{
	return attachment->reader ? &attachment->reader->bells
	                          : &attachment->writer->bells;
}

static void detach(struct tern_waitset *waitset, struct attachment **link)
{
	struct attachment *attachment = *link;

	*link = attachment->next;
	atomic_fetch_and(bells_of(attachment), ~(UINT64_C(1) << waitset->bell));
	if (attachment->reader)
		tern__reader_watch(attachment->reader);
	free(attachment);
}

static struct attachment **find(struct tern_waitset *waitset, const void *entity)
{
	struct attachment **link = &waitset->attachments;

	while (*link && (*link)->reader != entity && (*link)->writer != entity)
		link = &(*link)->next;
	return link;
}

void tern_waitset_destroy(struct tern_waitset *waitset)
{
	if (!waitset)
		return;
	struct tern_participant *participant = waitset->participant;
	pthread_mutex_lock(&participant->lock);
	struct tern_waitset **link = &participant->waitsets;
	while (*link != waitset)
		link = &(*link)->next;
	*link = waitset->next;
	/* Still locked: a reader that is being destroyed finds us no more, but is there so long. */
	while (waitset->attachments)
		detach(waitset, &waitset->attachments);
	pthread_mutex_unlock(&participant->lock);

	atomic_fetch_and(&participant->domain->awaiting, ~(UINT64_C(1) << waitset->bell));
	bell_release(&participant->domain->bells, waitset->bell);
	if (waitset->epoll_fd >= 0) {
		close(waitset->epoll_fd);
		close(waitset->timer_fd);
	}
	pthread_mutex_destroy(&waitset->lock);
	free(waitset);
}

tern_status waitset_attach(struct tern_waitset *waitset, struct tern_reader *reader,
                           struct tern_writer *writer, uint32_t statuses, void *context)
{
	const void *entity = reader ? (const void *)reader : writer;
	tern_status s = TERN_OK;

	pthread_mutex_lock(&waitset->lock);
	struct attachment *attachment = *find(waitset, entity);
	if (!attachment) {
		attachment = calloc(1, sizeof *attachment);
		if (!attachment) {
			s = tern_fail(TERN_ENOMEM, "no memory to attach to a waitset");
			goto unlock;
		}
		attachment->reader = reader;
		attachment->writer = writer;
		attachment->next = waitset->attachments;
		waitset->attachments = attachment;
	}
	attachment->statuses = statuses;
	attachment->context = context;
	atomic_fetch_or(bells_of(attachment), UINT64_C(1) << waitset->bell);
	if (reader)
		tern__reader_watch(reader);
unlock:
	pthread_mutex_unlock(&waitset->lock);
	/* It may be triggered already: who waits looks again. */
	bell_ring(&waitset->participant->domain->bells, UINT64_C(1) << waitset->bell);
	return s;
}

static tern_status attach_checked(struct tern_waitset *waitset,
                                  struct tern_reader *reader, struct tern_writer *writer,
                                  uint32_t statuses, void *context)
{
	if (!waitset || (!reader && !writer) || !context || statuses == 0)
		return tern_fail(TERN_EINVAL,
		                 "attaching needs a waitset, a reader or writer, at "
		                 "least one status and a context");
	/* Who destroys a reader or writer detaches it from its own participant's waitsets. */
	const struct tern_participant *owner =
		reader ? reader->participant : writer->participant;
	if (owner != waitset->participant)
		return tern_fail(TERN_EINVAL,
		                 "the %s of %s belongs to another participant than the "
		                 "waitset: make a waitset in its own",
		                 reader ? "reader" : "writer",
		                 reader ? reader->topic->name : writer->topic->name);
	return waitset_attach(waitset, reader, writer, statuses, context);
}

tern_status tern_waitset_attach_reader(struct tern_waitset *waitset,
                                       struct tern_reader *reader, uint32_t statuses,
                                       void *context)
{
	return attach_checked(waitset, reader, NULL, statuses, context);
}

tern_status tern_waitset_attach_writer(struct tern_waitset *waitset,
                                       struct tern_writer *writer, uint32_t statuses,
                                       void *context)
{
	return attach_checked(waitset, NULL, writer, statuses, context);
}

tern_status tern_waitset_attach_discovery(struct tern_waitset *waitset, void *context)
{
	if (!waitset)
		return tern_fail(TERN_EINVAL, "attaching needs a waitset");
	struct tern_domain *domain = waitset->participant->domain;
	const uint64_t bit = UINT64_C(1) << waitset->bell;

	pthread_mutex_lock(&waitset->lock);
	waitset->discovery_context = context;
	if (context)
		atomic_fetch_or(&domain->awaiting, bit);
	else
		atomic_fetch_and(&domain->awaiting, ~bit);
	pthread_mutex_unlock(&waitset->lock);
	bell_ring(&domain->bells, bit); /* it may be triggered already */
	return TERN_OK;
}

static tern_status detach_entity(struct tern_waitset *waitset, const void *entity)
{
	tern_status s = TERN_OK;

	if (!waitset || !entity)
		return tern_fail(TERN_EINVAL,
		                 "detaching needs a waitset and what is attached");
	pthread_mutex_lock(&waitset->lock);
	struct attachment **link = find(waitset, entity);
	if (*link)
		detach(waitset, link);
	else
		s = tern_fail(TERN_ENOTFOUND, "it is not attached to this waitset");
	pthread_mutex_unlock(&waitset->lock);
	return s;
}

tern_status tern_waitset_detach_reader(struct tern_waitset *waitset,
                                       struct tern_reader *reader)
{
	return detach_entity(waitset, reader);
}

tern_status tern_waitset_detach_writer(struct tern_waitset *waitset,
                                       struct tern_writer *writer)
{
	return detach_entity(waitset, writer);
}

void waitsets_forget(struct tern_participant *participant, const void *entity)
{
	pthread_mutex_lock(&participant->lock);
	for (struct tern_waitset *waitset = participant->waitsets; waitset;
	     waitset = waitset->next) {
		pthread_mutex_lock(&waitset->lock);
		struct attachment **link = find(waitset, entity);
		if (*link)
			detach(waitset, link);
		pthread_mutex_unlock(&waitset->lock);
	}
	pthread_mutex_unlock(&participant->lock);
}

void tern_waitset_wake(struct tern_waitset *waitset)
{
	if (!waitset)
		return;
	int interrupted_errno = errno; /* a signal handler may be calling */
	atomic_store(&waitset->woken, true);
	bell_ring(&waitset->participant->domain->bells, UINT64_C(1) << waitset->bell);
	errno = interrupted_errno;
}

/* ---- waiting --------------------------------------------------------------------------- */

/* There may be more than fitted: those come first next time. The lock is held. */
static void rotate(struct tern_waitset *waitset)
{
	struct attachment *first = waitset->attachments;
	struct attachment **end = &waitset->attachments;

	if (!first || !first->next)
		return;
	waitset->attachments = first->next;
	while (*end)
		end = &(*end)->next;
	*end = first;
	first->next = NULL;
}

static uint32_t look(struct tern_waitset *waitset, uint32_t max, void **ret_contexts,
                     int64_t *ret_next_event_ns)
{
	uint32_t count = 0;

	*ret_next_event_ns = TERN_INFINITE;
	pthread_mutex_lock(&waitset->lock);
	if (waitset->discovery_context && participant_has_news(waitset->participant))
		ret_contexts[count++] = waitset->discovery_context;
	for (struct attachment *a = waitset->attachments; a && count < max; a = a->next) {
		uint32_t triggered =
			a->reader ? tern__reader_triggered(a->reader, a->statuses,
		                                           ret_next_event_ns)
				  : tern__writer_triggered(a->writer, a->statuses,
		                                           ret_next_event_ns);
		if (triggered)
			ret_contexts[count++] = a->context;
	}
	if (count == max)
		rotate(waitset);
	pthread_mutex_unlock(&waitset->lock);
	return count;
}

static void descriptor_write(struct tern_waitset *waitset)
{
	const uint64_t one = 1;

	if (write(waitset->event_fd, &one, sizeof one) < 0)
		return; /* full: readable all the same */
}

static void timer_set(struct tern_waitset *waitset, int64_t at_ns)
{
	struct itimerspec at = { 0 }; /* never */

	if (at_ns != TERN_INFINITE) /* 0, long past, would mean never to it */
		at.it_value = clock_timespec(at_ns > 0 ? at_ns : 1);
	timerfd_settime(waitset->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
}

/* Before the caller goes back to epoll: whatever happens from now on makes the descriptor
 * readable. Also what the last look missed, hence the second one. */
static void descriptor_arm(struct tern_waitset *waitset)
{
	int64_t next_event_ns;
	uint64_t count;
	void *context;

	if (atomic_load(&waitset->epoll_fd) < 0)
		return;
	/* Empty it: it is non-blocking, and nothing to read is what is wanted. */
	ssize_t emptied = read(waitset->event_fd, &count, sizeof count);
	(void)emptied;
	bell_arm(&waitset->participant->domain->bells, waitset->bell);
	int64_t discover_ns = domain_discover(waitset->participant->domain);
	bool news = look(waitset, 1, &context, &next_event_ns) > 0 ||
	            atomic_load(&waitset->woken);
	timer_set(waitset, discover_ns < next_event_ns ? discover_ns : next_event_ns);
	if (news)
		descriptor_write(waitset);
}

/* Samples of other processes can be fetched, so that nobody need ring. */
static bool may_look(struct tern_waitset *waitset)
{
	bool pulls = false;

	pthread_mutex_lock(&waitset->lock);
	for (struct attachment *a = waitset->attachments; a && !pulls; a = a->next)
		pulls = a->reader &&
		        atomic_load_explicit(&a->reader->pulling, memory_order_relaxed);
	pthread_mutex_unlock(&waitset->lock);
	return pulls;
}

/* Spin by looking. That costs writers of other processes nothing, while they would have to ring
 * a bell that listens for each sample. @return as look() */
static uint32_t look_for_a_while(struct tern_waitset *waitset, struct spin *spin,
                                 int64_t deadline_ns, uint32_t max, void **ret_contexts)
{
	enum { LOOKS_BETWEEN_CLOCK_READINGS = 4 };
	int64_t until_ns = clock_monotonic_ns() + spin->budget_ns;
	int64_t next_event_ns;

	if (until_ns > deadline_ns)
		until_ns = deadline_ns;
	do {
		for (int i = 0; i < LOOKS_BETWEEN_CLOCK_READINGS; i++) {
			bell_relax();
			uint32_t count = look(waitset, max, ret_contexts, &next_event_ns);
			if (count > 0) {
				spin_paid(spin);
				return count;
			}
		}
		domain_discover(waitset->participant->domain);
	} while (!atomic_load(&waitset->woken) && clock_monotonic_ns() < until_ns);
	spin_missed(spin);
	return 0;
}

static int32_t wait_until(struct tern_waitset *waitset, int64_t deadline_ns, uint32_t max,
                          void **ret_contexts)
{
	struct bell *bell = &waitset->participant->domain->bells.bells[waitset->bell];
	bool past = deadline_ns == 0;
	bool has_slept = false;

	for (;;) {
		uint32_t count = 0;
		bool looks = may_look(waitset);
		/* What woke us is no news that spinning has found. */
		if (looks && !has_slept && !past && bell->spin.budget_ns > 0)
			count = look_for_a_while(waitset, &bell->spin, deadline_ns, max,
			                         ret_contexts);
		if (count > 0)
			return (int32_t)count;
		bell_listen(bell);
		/* Who comes from now on rings. */
		int64_t until = domain_discover(waitset->participant->domain);
		int64_t next_event_ns;
		count = look(waitset, max, ret_contexts, &next_event_ns);
		if (count > 0 || atomic_exchange(&waitset->woken, false)) {
			bell_stay_awake(bell);
			/* The bell is not armed any more: until it is again, keep it readable. */
			if (atomic_load(&waitset->epoll_fd) >= 0)
				descriptor_write(waitset);
			return count > 0 ? (int32_t)count : TERN_EAGAIN;
		}
		if (past) {
			bell_stay_awake(bell);
			return TERN_ETIMEDOUT;
		}
		until = next_event_ns < until ? next_event_ns : until;
		until = deadline_ns < until ? deadline_ns : until;
		/* After the deadline there is one more look. */
		has_slept = true;
		tern_status s = looks ? bell_sleep(bell, until) : bell_wait(bell, until);
		if (s < 0)
			past = until == deadline_ns ||
			       clock_monotonic_ns() >= deadline_ns;
	}
}

int32_t tern_waitset_wait(struct tern_waitset *waitset, int64_t timeout_ns, uint32_t max,
                          void **ret_contexts)
{
	if (!waitset || max == 0 || !ret_contexts || timeout_ns < 0)
		return tern_fail(TERN_EINVAL,
		                 "a wait needs a waitset, room for at least one "
		                 "context and a time-out of 0 or more");
	int64_t next_event_ns;
	uint32_t count = look(waitset, max, ret_contexts, &next_event_ns);
	if (count > 0)
		return (int32_t)count;
	int32_t result =
		wait_until(waitset, clock_deadline_ns(timeout_ns), max, ret_contexts);
	if (result == TERN_ETIMEDOUT) {
		descriptor_arm(waitset);
		tern_fail(TERN_ETIMEDOUT, "nothing happened within %lld ns",
		          (long long)timeout_ns);
	}
	return result;
}

/* ---- descriptor ------------------------------------------------------------------------ */

static tern_status descriptor_create(struct tern_waitset *waitset)
{
	tern_status s = bell_descriptor(&waitset->participant->domain->bells,
	                                waitset->bell, &waitset->event_fd);
	if (s < 0)
		return s;

	int timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event readable = { .events = EPOLLIN };
	if (timer_fd < 0 || epoll_fd < 0 ||
	    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, waitset->event_fd, &readable) < 0 ||
	    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, timer_fd, &readable) < 0) {
		s = tern_fail(TERN_EIO, "no descriptor for a waitset: %s%s",
		              strerror(errno),
		              errno == EMFILE ? ": raise the limit (ulimit -n)" : "");
		if (timer_fd >= 0)
			close(timer_fd);
		if (epoll_fd >= 0)
			close(epoll_fd);
		return s;
	}
	waitset->timer_fd = timer_fd;
	atomic_store(&waitset->epoll_fd, epoll_fd);
	return TERN_OK;
}

int32_t tern_waitset_fd(struct tern_waitset *waitset)
{
	tern_status s = TERN_OK;
	bool is_new = false;

	if (!waitset)
		return tern_fail(TERN_EINVAL, "a descriptor needs a waitset");
	pthread_mutex_lock(&waitset->lock);
	if (atomic_load(&waitset->epoll_fd) < 0) {
		s = descriptor_create(waitset);
		is_new = s == TERN_OK;
	}
	pthread_mutex_unlock(&waitset->lock);
	if (is_new)
		descriptor_arm(waitset);
	return s < 0 ? s : atomic_load(&waitset->epoll_fd);
}
