/* Writers whose samples Cyclone gathers in one message until it is told to send them, and the
 * alarm that tells when: an event on Cyclone's own event thread. */
#include <pthread.h>
#include <stdlib.h>

#include "internal.h"

static struct ddsi_domaingv *domain_of(struct ddsi_sertype *sertype)
{
	return ddsrt_atomic_ldvoidp(&sertype->gv);
}

uint32_t tern__cyclone_message_size(struct ddsi_sertype *sertype)
{
	return domain_of(sertype)->config.max_msg_size;
}

/* A writer that is being made copies whc_batch from its domain's configuration. Cyclone's own
 * dds_write_set_batch() would change every writer of the process, the program's own included.
 * A writer that the program itself makes with Cyclone in another thread, in the same
 * microseconds, may still get it: the price for a setting that Cyclone has for all only. */
dds_entity_t tern__cyclone_writer_create(dds_entity_t participant, dds_entity_t topic,
                                         struct ddsi_sertype *sertype,
                                         const dds_qos_t *qos,
                                         const dds_listener_t *listener, bool gathers)
{
	/* Above all other locks: one of ours must not get what another one wants. */
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct ddsi_domaingv *domain = domain_of(sertype);

	pthread_mutex_lock(&lock);
	int others = domain->config.whc_batch;
	domain->config.whc_batch = gathers;
	dds_entity_t writer = dds_create_writer(participant, topic, qos, listener);
	domain->config.whc_batch = others;
	pthread_mutex_unlock(&lock);
	return writer;
}

/* ---- the alarm ----------------------------------------------------------------------- */

struct tern__alarm {
	struct xevent *event; /* owned */
	void (*ring)(void *context);
	void *context;
};

static void on_event(struct xevent *event, void *context, ddsrt_mtime_t now)
{
	const struct tern__alarm *alarm = context;

	(void)event;
	(void)now;
	alarm->ring(alarm->context);
}

struct tern__alarm *tern__alarm_create(struct ddsi_sertype *sertype,
                                       void (*ring)(void *context), void *context)
{
	struct tern__alarm *alarm = calloc(1, sizeof *alarm);

	if (!alarm)
		return NULL;
	alarm->ring = ring;
	alarm->context = context;
	alarm->event = qxev_callback(domain_of(sertype)->xevents, DDSRT_MTIME_NEVER,
	                             on_event, alarm);
	return alarm;
}

void tern__alarm_set(struct tern__alarm *alarm, int64_t at_ns)
{
	(void)resched_xevent_if_earlier(alarm->event, (ddsrt_mtime_t){ at_ns });
}

void tern__alarm_destroy(struct tern__alarm *alarm)
{
	if (!alarm)
		return;
	delete_xevent_callback(alarm->event);
	free(alarm);
}
