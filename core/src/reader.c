/* A reader's life: create, destroy, wait. How samples come in is in reader_deliver.c, how they
 * go out in reader_take.c. */
#include "reader.h"

#include <stdlib.h>
#include <string.h>

#include <tern/waitset.h>

#include "check.h"
#include "dispatcher.h"
#include "payload.h"
#include "qos.h"
#include "waitset.h"

/* For the history: the key of a new instance, kept for samples without data. */
static struct tern_payload *make_key(void *context, struct tern_payload *sample)
{
	const struct tern_reader *reader = context;
	const struct tern_type *type = reader->topic->type;
	struct tern_payload *native = sample;
	struct tern_payload *key = NULL;

	if (sample->form == TERN_PAYLOAD_SERIALIZED &&
	    tern__payload_decode(type, sample, &native) < 0)
		return NULL;
	if (tern__payload_encode(type, native->data, TERN_XCDR2, true, 0, &key) < 0)
		key = NULL;
	if (native != sample)
		tern_payload_unref(native);
	return key;
}

static void reader_free(struct tern_reader *reader)
{
	tern__history_destroy(reader->history);
	tern__reader_sources_fini(reader);
	tern__qos_fini(&reader->port.info.qos);
	pthread_mutex_destroy(&reader->watch_lock);
	pthread_mutex_destroy(&reader->lock);
	pthread_mutex_destroy(&reader->take_lock);
	free(reader->spare);
	free(reader);
}

static tern_status reader_build(struct tern_reader *reader, struct tern_topic *topic,
                                const struct tern_qos *qos)
{
	struct tern_qos own;
	tern_status s = tern__topic_endpoint_qos(topic, TERN_READER, qos, &own);
	if (s < 0)
		return s;

	struct tern_participant *participant = topic->participant;
	tern__endpoint_describe(topic, TERN_READER, own, &reader->port.info);
	reader->port.domain = participant->domain;
	reader->port.events = &tern__reader_events;
	reader->participant = participant;
	reader->topic = topic;
	const struct history_config config = {
		.qos = &reader->port.info.qos,
		.type = topic->type,
		.overflow_max_bytes = HISTORY_OVERFLOW_MAX_BYTES,
		.make_key = make_key,
		.context = reader,
	};
	return tern__history_create(&config, &reader->history);
}

tern_status tern_reader_create(struct tern_participant *participant,
                               const char *topic_name, const struct tern_type *type,
                               const struct tern_qos *qos,
                               struct tern_reader **ret_reader)
{
	struct tern_topic *topic;

	if (!participant || !ret_reader)
		return tern_fail(TERN_EINVAL,
		                 "a reader needs a participant and a place for the "
		                 "result");
	tern_status s = tern__topic_get(participant, topic_name, type, NULL, &topic);
	if (s < 0)
		return s;
	struct tern_reader *reader = calloc(1, sizeof *reader);
	if (!reader)
		return tern_fail(TERN_ENOMEM, "no memory for a reader of %s", topic_name);
	pthread_mutex_init(&reader->take_lock, NULL);
	pthread_mutex_init(&reader->lock, NULL);
	pthread_mutex_init(&reader->watch_lock, NULL);
	s = reader_build(reader, topic, qos);
	if (s < 0) {
		reader_free(reader);
		return s;
	}
	pthread_mutex_lock(&participant->lock);
	reader->next = participant->readers;
	participant->readers = reader;
	pthread_mutex_unlock(&participant->lock);
	port_open(&reader->port);
	*ret_reader = reader;
	return TERN_OK;
}

tern_status tern_reader_destroy(struct tern_reader *reader)
{
	if (!reader)
		return TERN_OK;
	/* What its listener holds at this moment it gives back by itself. */
	struct dispatcher *dispatcher =
		tern__participant_has_dispatcher(reader->participant);
	tern_status s =
		dispatcher_refuse_listeners(dispatcher, "a reader cannot be destroyed");
	if (s < 0)
		return s;
	dispatcher_suspend(dispatcher, reader);
	pthread_mutex_lock(&reader->lock);
	uint32_t loans = reader->loans_out;
	pthread_mutex_unlock(&reader->lock);
	dispatcher_resume(dispatcher);
	if (loans > 0)
		return tern_fail(
			TERN_EBUSY,
			"%u arrays of samples of %s are still lent: give them back with "
			"tern_reader_return() first",
			loans, reader->topic->name);

	dispatcher_forget(dispatcher, reader);
	waitsets_forget(reader->participant, reader);
	port_close(&reader->port);
	tern_waitset_destroy(reader->own_waitset);
	struct tern_participant *participant = reader->participant;
	pthread_mutex_lock(&participant->lock);
	struct tern_reader **link = &participant->readers;
	while (*link != reader)
		link = &(*link)->next;
	*link = reader->next;
	pthread_mutex_unlock(&participant->lock);
	reader_free(reader);
	return TERN_OK;
}

/* The mask is read under the lock, so that whoever comes last tells the newest. An endpoint that
 * is announced later is told when it is (on_announced()): either sees what the other did. */
void tern__reader_watch(struct tern_reader *reader)
{
	struct tern_port *port = &reader->port;
	const struct domain_transport *transports = port->domain->transports;
	struct tern_transport_endpoint *endpoints[TRANSPORTS_MAX];

	pthread_mutex_lock(&port->domain->lock);
	memcpy(endpoints, port->endpoints, sizeof endpoints);
	pthread_mutex_unlock(&port->domain->lock);
	pthread_mutex_lock(&reader->watch_lock);
	uint64_t bells = atomic_load(&reader->bells);
	for (uint32_t i = 0; i < TRANSPORTS_MAX; i++)
		if (endpoints[i] && transports[i].ops->watch)
			transports[i].ops->watch(endpoints[i], bells);
	pthread_mutex_unlock(&reader->watch_lock);
}

static tern_status own_waitset_get(struct tern_reader *reader,
                                   struct tern_waitset **ret_waitset)
{
	if (!reader->own_waitset) {
		struct tern_waitset *waitset;
		tern_status s = tern_waitset_create(reader->participant, &waitset);
		if (s < 0)
			return s;
		s = tern_waitset_attach_reader(waitset, reader,
		                               TERN_STATUS_DATA_AVAILABLE, reader);
		if (s < 0) {
			tern_waitset_destroy(waitset);
			return s;
		}
		reader->own_waitset = waitset;
	}
	*ret_waitset = reader->own_waitset;
	return TERN_OK;
}

tern_status tern_reader_wait(struct tern_reader *reader, int64_t timeout_ns)
{
	struct tern_waitset *waitset;
	void *triggered;

	if (!reader || timeout_ns < 0)
		return tern_fail(TERN_EINVAL,
		                 "a wait needs a reader and a time-out of 0 or more");
	tern_status s = own_waitset_get(reader, &waitset);

	if (s < 0)
		return s;
	int32_t n = tern_waitset_wait(waitset, timeout_ns, 1, &triggered);
	return n > 0 ? TERN_OK : n;
}

tern_status tern_reader_wait_matched(struct tern_reader *reader, uint32_t writers,
                                     int64_t timeout_ns)
{
	if (!reader || timeout_ns < 0)
		return tern_fail(TERN_EINVAL,
		                 "a wait needs a reader and a time-out of 0 or more");
	return port_wait_matched(&reader->port, writers, timeout_ns);
}

struct tern_guid tern_reader_guid(const struct tern_reader *reader)
{
	return reader ? reader->port.info.guid : (struct tern_guid){ 0 };
}

const struct tern_topic *tern_reader_topic(const struct tern_reader *reader)
{
	return reader ? reader->topic : NULL;
}
