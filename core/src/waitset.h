/* Waitsets inside core: one bell, the entities attached to it, and the descriptor for epoll. */
#ifndef TERN_CORE_WAITSET_H
#define TERN_CORE_WAITSET_H

#include <pthread.h>
#include <stdatomic.h>

#include <tern/waitset.h>

#include "participant_impl.h"

struct attachment {
	struct attachment *next;
	struct tern_reader *reader; /* one of the two */
	struct tern_writer *writer;
	uint32_t statuses;
	void *context;
};

struct tern_waitset {
	struct tern_participant *participant;
	struct tern_waitset *next; /* participant's lock */
	uint32_t bell;             /* its number in the domain's table */
	_Atomic bool woken;        /* tern_waitset_wake() */

	/* After the participant's and the domain's, before readers' and writers'. */
	pthread_mutex_t lock;
	struct attachment *attachments; /* owned */
	void *discovery_context;        /* NULL: news of the bus wakes nobody */
	int event_fd;                   /* -1 until asked for; the bell's */
	int timer_fd;                   /* for what time alone brings about */
	_Atomic int epoll_fd;           /* the two in one; set last */
};

/** As tern_waitset_create(), with the bell that is the listeners' if it is for them. */
tern_status waitset_create(struct tern_participant *participant, bool for_listeners,
                           struct tern_waitset **ret_waitset);

/** Attach with internal status bits too. */
tern_status waitset_attach(struct tern_waitset *waitset, struct tern_reader *reader,
                           struct tern_writer *writer, uint32_t statuses, void *context);

/** Detach a reader or writer that goes from every waitset of the participant. */
void waitsets_forget(struct tern_participant *participant, const void *entity);

#endif
