/* fork() copies descriptors, and the locks last for as long as a copy is open: a child would keep
 * its dead parent alive. So a child closes them at once, and the registry is dead in it. exec()
 * closes them by itself. */
#include "registry_impl.h"

#include <unistd.h>

/* The handlers of pthread_atfork() know nothing but what is in static variables. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER; /* before registry.lock */
static struct registry *list;
static int install_error;

static void before_fork(void)
{
	pthread_mutex_lock(&list_lock);
}

static void in_parent(void)
{
	pthread_mutex_unlock(&list_lock);
}

static void in_child(void)
{
	while (list) {
		struct registry *registry = list;
		list = registry->next_forked;
		close(registry->lock_fd);
		close(registry->probe_fd);
		registry->lock_fd = -1;
		registry->probe_fd = -1;
	}
	pthread_mutex_unlock(&list_lock);
}

static void install(void)
{
	install_error = pthread_atfork(before_fork, in_parent, in_child);
}

tern_status registry_fork_hold(const struct tern_host *host)
{
	pthread_once(&once, install);
	if (install_error)
		return host->fail(TERN_ENOMEM, "no memory for pthread_atfork()");
	pthread_mutex_lock(&list_lock);
	return TERN_OK;
}

void registry_fork_allow(void)
{
	pthread_mutex_unlock(&list_lock);
}

void registry_fork_watch(struct registry *registry)
{
	registry->next_forked = list;
	list = registry;
}

void registry_fork_forget(struct registry *registry)
{
	struct registry **link = &list;

	while (*link && *link != registry)
		link = &(*link)->next_forked;
	if (*link)
		*link = registry->next_forked;
}
