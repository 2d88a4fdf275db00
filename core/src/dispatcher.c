/* The dispatcher: a waitset of its own, a table of listeners, and a thread that goes from one to
 * the other. */
#include "dispatcher.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"
#include "waitset.h"
#include "writer.h"

#define TRIGGERED_MAX 64

static const char everybody; /* its address */

struct listening {
	struct listening *next;
	void *entity;
	struct tern_reader *reader; /* one of the two */
	struct tern_writer *writer;
	struct tern_reader_listener reader_listener;
	struct tern_writer_listener writer_listener;
};

struct dispatcher {
	struct tern_waitset *waitset;
	pthread_t thread;
	/* Listeners are set and removed one at a time. Before `lock`. */
	pthread_mutex_t change_lock;
	/* Taken before no other; not held while a listener runs. Guards the members below. */
	pthread_mutex_t lock;
	pthread_cond_t idle; /* running or suspended changed */
	struct listening *listeners;
	const void *running; /* the entity whose listener runs, or NULL */
	const void *
		suspended; /* the entity whose listener may not run; &everybody: none may */
	bool stopping;
};

/* The waitset's contexts are entities, looked up here: an entity that went meanwhile is found
 * no more. */
static void dispatch(struct dispatcher *dispatcher, void *entity)
{
	pthread_mutex_lock(&dispatcher->lock);
	while (dispatcher->suspended == entity || dispatcher->suspended == &everybody)
		pthread_cond_wait(&dispatcher->idle, &dispatcher->lock);
	struct listening *listening = dispatcher->listeners;
	while (listening && listening->entity != entity)
		listening = listening->next;
	if (!listening) {
		pthread_mutex_unlock(&dispatcher->lock);
		return;
	}
	const struct listening called = *listening;
	dispatcher->running = entity;
	pthread_mutex_unlock(&dispatcher->lock);

	if (called.reader)
		tern__reader_dispatch(called.reader, &called.reader_listener);
	else
		tern__writer_dispatch(called.writer, &called.writer_listener);

	pthread_mutex_lock(&dispatcher->lock);
	dispatcher->running = NULL;
	pthread_cond_broadcast(&dispatcher->idle);
	pthread_mutex_unlock(&dispatcher->lock);
}

static void *dispatcher_run(void *context)
{
	struct dispatcher *dispatcher = context;
	void *triggered[TRIGGERED_MAX];
	bool stopping = false;

	while (!stopping) {
		int32_t count = tern_waitset_wait(dispatcher->waitset, TERN_INFINITE,
		                                  TRIGGERED_MAX, triggered);
		for (int32_t i = 0; i < count; i++)
			dispatch(dispatcher, triggered[i]);
		pthread_mutex_lock(&dispatcher->lock);
		stopping = dispatcher->stopping;
		pthread_mutex_unlock(&dispatcher->lock);
	}
	return NULL;
}

tern_status dispatcher_create(struct tern_participant *participant,
                              struct dispatcher **ret_dispatcher)
{
	struct dispatcher *dispatcher = calloc(1, sizeof *dispatcher);
	if (!dispatcher)
		return tern_fail(TERN_ENOMEM, "no memory for a dispatcher");
	tern_status s = waitset_create(participant, true, &dispatcher->waitset);
	if (s < 0)
		goto free_dispatcher;
	pthread_mutex_init(&dispatcher->change_lock, NULL);
	pthread_mutex_init(&dispatcher->lock, NULL);
	pthread_cond_init(&dispatcher->idle, NULL);
	int error = pthread_create(&dispatcher->thread, NULL, dispatcher_run, dispatcher);
	if (error) {
		s = tern_fail(TERN_EIO, "no thread for listeners: %s", strerror(error));
		goto destroy_waitset;
	}
	*ret_dispatcher = dispatcher;
	return TERN_OK;

destroy_waitset:
	pthread_cond_destroy(&dispatcher->idle);
	pthread_mutex_destroy(&dispatcher->lock);
	pthread_mutex_destroy(&dispatcher->change_lock);
	tern_waitset_destroy(dispatcher->waitset);
free_dispatcher:
	free(dispatcher);
	return s;
}

tern_status dispatcher_refuse_listeners(const struct dispatcher *dispatcher,
                                        const char *what)
{
	if (!dispatcher || !pthread_equal(dispatcher->thread, pthread_self()))
		return TERN_OK;
	return tern_fail(TERN_EPERM, "%s in a listener: do it on another thread", what);
}

void dispatcher_destroy(struct dispatcher *dispatcher)
{
	if (!dispatcher)
		return;
	pthread_mutex_lock(&dispatcher->lock);
	dispatcher->stopping = true;
	pthread_mutex_unlock(&dispatcher->lock);
	tern_waitset_wake(dispatcher->waitset);
	pthread_join(dispatcher->thread, NULL);
	tern_waitset_destroy(dispatcher->waitset);
	while (dispatcher->listeners) {
		struct listening *listening = dispatcher->listeners;
		dispatcher->listeners = listening->next;
		free(listening);
	}
	pthread_cond_destroy(&dispatcher->idle);
	pthread_mutex_destroy(&dispatcher->lock);
	pthread_mutex_destroy(&dispatcher->change_lock);
	free(dispatcher);
}

/* Remove the entity's listener and wait until it does not run; change_lock is held. */
static void forget(struct dispatcher *dispatcher, const void *entity)
{
	pthread_mutex_lock(&dispatcher->lock);
	while (dispatcher->running == entity)
		pthread_cond_wait(&dispatcher->idle, &dispatcher->lock);
	struct listening **link = &dispatcher->listeners;
	while (*link && (*link)->entity != entity)
		link = &(*link)->next;
	struct listening *listening = *link;
	if (listening)
		*link = listening->next;
	pthread_mutex_unlock(&dispatcher->lock);
	if (!listening)
		return;
	if (listening->reader)
		tern_waitset_detach_reader(dispatcher->waitset, listening->reader);
	else
		tern_waitset_detach_writer(dispatcher->waitset, listening->writer);
	free(listening);
}

static tern_status set_listener(struct dispatcher *dispatcher,
                                struct listening *listening, uint32_t statuses)
{
	tern_status s = TERN_OK;

	pthread_mutex_lock(&dispatcher->change_lock);
	forget(dispatcher, listening->entity);
	if (statuses == 0) {
		free(listening);
		goto unlock;
	}
	pthread_mutex_lock(&dispatcher->lock);
	listening->next = dispatcher->listeners;
	dispatcher->listeners = listening;
	pthread_mutex_unlock(&dispatcher->lock);
	s = waitset_attach(dispatcher->waitset, listening->reader, listening->writer,
	                   statuses, listening->entity);
	if (s < 0)
		forget(dispatcher, listening->entity);
unlock:
	pthread_mutex_unlock(&dispatcher->change_lock);
	return s;
}

tern_status dispatcher_set_reader(struct dispatcher *dispatcher,
                                  struct tern_reader *reader,
                                  const struct tern_reader_listener *listener,
                                  uint32_t statuses)
{
	struct listening *listening = calloc(1, sizeof *listening);

	if (!listening)
		return tern_fail(TERN_ENOMEM, "no memory for a listener");
	listening->entity = reader;
	listening->reader = reader;
	listening->reader_listener = *listener;
	return set_listener(dispatcher, listening, statuses);
}

tern_status dispatcher_set_writer(struct dispatcher *dispatcher,
                                  struct tern_writer *writer,
                                  const struct tern_writer_listener *listener,
                                  uint32_t statuses)
{
	struct listening *listening = calloc(1, sizeof *listening);

	if (!listening)
		return tern_fail(TERN_ENOMEM, "no memory for a listener");
	listening->entity = writer;
	listening->writer = writer;
	listening->writer_listener = *listener;
	return set_listener(dispatcher, listening, statuses);
}

void dispatcher_suspend(struct dispatcher *dispatcher, const void *entity)
{
	if (!dispatcher)
		return;
	pthread_mutex_lock(&dispatcher->change_lock);
	pthread_mutex_lock(&dispatcher->lock);
	dispatcher->suspended = entity ? entity : &everybody;
	while (dispatcher->running && (!entity || dispatcher->running == entity))
		pthread_cond_wait(&dispatcher->idle, &dispatcher->lock);
	pthread_mutex_unlock(&dispatcher->lock);
}

void dispatcher_resume(struct dispatcher *dispatcher)
{
	if (!dispatcher)
		return;
	pthread_mutex_lock(&dispatcher->lock);
	dispatcher->suspended = NULL;
	pthread_cond_broadcast(&dispatcher->idle);
	pthread_mutex_unlock(&dispatcher->lock);
	pthread_mutex_unlock(&dispatcher->change_lock);
}

void dispatcher_forget(struct dispatcher *dispatcher, const void *entity)
{
	if (!dispatcher)
		return;
	pthread_mutex_lock(&dispatcher->change_lock);
	forget(dispatcher, entity);
	pthread_mutex_unlock(&dispatcher->change_lock);
}
