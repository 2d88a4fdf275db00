/* Participants: what an application owns of a domain. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tern/reader.h>
#include <tern/waitset.h>
#include <tern/writer.h>

#include "dispatcher.h"
#include "participant_impl.h"
#include "qos.h"
#include "reader.h"
#include "waitset.h"
#include "writer.h"

tern_status tern_participant_create(uint32_t domain_id, const char *name,
                                    struct tern_participant **ret_participant)
{
	if (!ret_participant)
		return tern_fail(TERN_EINVAL, "no place for the participant was given");
	if (domain_id > TERN_DOMAIN_ID_MAX)
		return tern_fail(TERN_EINVAL, "domain %u: domains are 0..%d", domain_id,
		                 TERN_DOMAIN_ID_MAX);
	struct tern_participant *participant = calloc(1, sizeof *participant);
	if (!participant)
		return tern_fail(TERN_ENOMEM, "no memory for a participant");
	if (name && strlen(name) >= sizeof participant->name) {
		free(participant);
		return tern_fail(TERN_EINVAL,
		                 "a participant's name has %zu bytes: at most %zu",
		                 strlen(name), sizeof participant->name - 1);
	}
	tern_status s = domain_acquire(domain_id, &participant->domain);
	if (s < 0) {
		free(participant);
		return s;
	}
	snprintf(participant->name, sizeof participant->name, "%s",
	         name ? name : participant->domain->process_name);
	pthread_mutex_init(&participant->lock, NULL);
	participant->guid = domain_participant_guid(participant->domain);
	*ret_participant = participant;
	return TERN_OK;
}

static tern_status loans_check(struct tern_participant *participant)
{
	uint32_t loans = 0;

	pthread_mutex_lock(&participant->lock);
	for (struct tern_reader *reader = participant->readers; reader;
	     reader = reader->next) {
		pthread_mutex_lock(&reader->lock);
		loans += reader->loans_out;
		pthread_mutex_unlock(&reader->lock);
	}
	for (struct tern_writer *writer = participant->writers; writer;
	     writer = writer->next) {
		pthread_mutex_lock(&writer->status_lock);
		loans += writer->loans.count;
		pthread_mutex_unlock(&writer->status_lock);
	}
	pthread_mutex_unlock(&participant->lock);
	return loans ? tern_fail(TERN_EBUSY,
	                         "%u loans of readers and writers are out: return, "
	                         "publish or "
	                         "discard them before the participant is destroyed",
	                         loans)
	             : TERN_OK;
}

static void topics_destroy(struct tern_participant *participant)
{
	while (participant->topics) {
		struct tern_topic *topic = participant->topics;
		participant->topics = topic->next;
		tern__qos_fini(&topic->qos);
		free(topic->name);
		free(topic);
	}
}

tern_status tern_participant_destroy(struct tern_participant *participant)
{
	if (!participant)
		return TERN_OK;
	tern_status s = dispatcher_refuse_listeners(participant->dispatcher,
	                                            "a participant cannot be destroyed");
	if (s < 0)
		return s;
	dispatcher_suspend(participant->dispatcher, NULL);
	s = loans_check(participant);
	dispatcher_resume(participant->dispatcher);
	if (s < 0)
		return s;
	dispatcher_destroy(participant->dispatcher);
	participant->dispatcher = NULL;
	while (s == TERN_OK && participant->readers)
		s = tern_reader_destroy(participant->readers);
	while (s == TERN_OK && participant->writers)
		s = tern_writer_destroy(participant->writers);
	if (s < 0)
		return s;
	while (participant->waitsets)
		tern_waitset_destroy(participant->waitsets);
	topics_destroy(participant);
	domain_release(participant->domain);
	pthread_mutex_destroy(&participant->lock);
	free(participant);
	return TERN_OK;
}

uint32_t tern_participant_domain_id(const struct tern_participant *participant)
{
	return participant ? participant->domain->domain_id : 0;
}

struct tern_guid tern_participant_guid(const struct tern_participant *participant)
{
	return participant ? participant->guid : (struct tern_guid){ 0 };
}

tern_status tern_participant_wait_started(struct tern_participant *participant,
                                          int64_t timeout_ns)
{
	if (!participant || timeout_ns < 0)
		return tern_fail(TERN_EINVAL,
		                 "a wait needs a participant and a time-out of 0 or "
		                 "more");
	return domain_wait_started(participant->domain, timeout_ns);
}

struct dispatcher *tern__participant_has_dispatcher(struct tern_participant *participant)
{
	pthread_mutex_lock(&participant->lock);
	struct dispatcher *dispatcher = participant->dispatcher;
	pthread_mutex_unlock(&participant->lock);
	return dispatcher;
}

void tern__participant_forget(struct tern_participant *participant, const void *entity)
{
	dispatcher_forget(tern__participant_has_dispatcher(participant), entity);
}

tern_status tern__participant_dispatcher(struct tern_participant *participant,
                                         struct dispatcher **ret_dispatcher)
{
	struct dispatcher *fresh = NULL;

	struct dispatcher *dispatcher = tern__participant_has_dispatcher(participant);

	if (!dispatcher) {
		tern_status s = dispatcher_create(participant, &fresh);
		if (s < 0)
			return s;
		pthread_mutex_lock(&participant->lock);
		if (!participant->dispatcher) {
			participant->dispatcher = fresh;
			fresh = NULL;
		}
		dispatcher = participant->dispatcher;
		pthread_mutex_unlock(&participant->lock);
		dispatcher_destroy(fresh); /* another thread was first */
	}
	*ret_dispatcher = dispatcher;
	return TERN_OK;
}
