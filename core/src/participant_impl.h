/* A participant inside core: what it owns, and how its parts find each other. */
#ifndef TERN_CORE_PARTICIPANT_IMPL_H
#define TERN_CORE_PARTICIPANT_IMPL_H

#include <pthread.h>

#include <tern/participant.h>
#include <tern/qos.h>
#include <tern/topic.h>
#include <tern/type.h>

#include "domain.h"

struct dispatcher;

struct tern_topic {
	struct tern_topic *next;
	struct tern_participant *participant;
	char *name;
	const struct tern_type *type;
	bool has_qos;        /* given by tern_topic_create() */
	struct tern_qos qos; /* owned */
};

struct tern_participant {
	struct tern_domain *domain;
	struct tern_guid guid;
	char name[256];
	_Atomic uint64_t visited_generation; /* of the domain, at the last visit */

	/* Before a waitset's lock and the domain's. Guards the lists. */
	pthread_mutex_t lock;
	struct tern_topic *topics;
	struct tern_writer *writers;
	struct tern_reader *readers;
	struct tern_waitset *waitsets;
	struct dispatcher *dispatcher; /* NULL until the first listener */
};

/**
 * The participant's topic of this name, made if need be.
 * @param qos  NULL: leave the topic's as it is
 * @return TERN_OK, TERN_EINVAL, TERN_ENOMEM, TERN_EEXISTS
 */
tern_status tern__topic_get(struct tern_participant *participant, const char *name,
                            const struct tern_type *type, const struct tern_qos *qos,
                            struct tern_topic **ret_topic);

/** What a new endpoint of the topic offers or requests: a resolved copy. */
tern_status tern__topic_endpoint_qos(const struct tern_topic *topic,
                                     tern_endpoint_kind kind, const struct tern_qos *qos,
                                     struct tern_qos *ret_qos);

/** The port's description: the strings are the topic's, the QoS is moved in. */
void tern__endpoint_describe(const struct tern_topic *topic, tern_endpoint_kind kind,
                             struct tern_qos qos, struct tern_endpoint_info *ret_info);

/** Get the dispatcher, started if need be. TERN_OK, TERN_ENOMEM, TERN_ELIMIT, TERN_EIO. */
tern_status tern__participant_dispatcher(struct tern_participant *participant,
                                         struct dispatcher **ret_dispatcher);

/** Has anything changed since tern_participant_visit()? Takes no lock. */
bool participant_has_news(const struct tern_participant *participant);

/** NULL if there was no listener yet. */
struct dispatcher *tern__participant_has_dispatcher(struct tern_participant *participant);
/** The reader or writer has no listener any more; see dispatcher_forget(). */
void tern__participant_forget(struct tern_participant *participant, const void *entity);

#endif
