/* Topics of a participant, and what its writers and readers take over from them. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "participant_impl.h"
#include "qos.h"

static struct tern_topic *topic_find(const struct tern_participant *participant,
                                     const char *name)
{
	struct tern_topic *topic = participant->topics;

	while (topic && strcmp(topic->name, name) != 0)
		topic = topic->next;
	return topic;
}

static tern_status topic_add(struct tern_participant *participant, const char *name,
                             const struct tern_type *type, const struct tern_qos *qos,
                             struct tern_topic **ret_topic)
{
	struct tern_topic *topic = calloc(1, sizeof *topic);
	tern_status s = TERN_OK;

	if (topic)
		topic->name = strdup(name);
	if (!topic || !topic->name) {
		free(topic);
		return tern_fail(TERN_ENOMEM, "no memory for topic %s", name);
	}
	if (qos)
		s = tern__qos_copy(qos, &topic->qos);
	if (s < 0) {
		free(topic->name);
		free(topic);
		return s;
	}
	topic->has_qos = qos != NULL;
	topic->participant = participant;
	topic->type = type;
	topic->next = participant->topics;
	participant->topics = topic;
	*ret_topic = topic;
	return TERN_OK;
}

/* The topic is there: is it the one that is meant? */
static tern_status topic_agree(struct tern_topic *topic, const struct tern_type *type,
                               const struct tern_qos *qos)
{
	if (topic->type != type && (strcmp(topic->type->name, type->name) != 0 ||
	                            topic->type->layout_hash != type->layout_hash))
		return tern_fail(
			TERN_EEXISTS,
			"topic %s has type %s in this participant, not %s: use another "
			"name, or another participant",
			topic->name, topic->type->name, type->name);
	if (!qos || (topic->has_qos && tern__qos_equal(&topic->qos, qos)))
		return TERN_OK;
	if (topic->has_qos)
		return tern_fail(TERN_EEXISTS,
		                 "topic %s has other QoS in this participant already",
		                 topic->name);
	tern_status s = tern__qos_copy(qos, &topic->qos);
	topic->has_qos = s == TERN_OK;
	return s;
}

tern_status tern__topic_get(struct tern_participant *participant, const char *name,
                            const struct tern_type *type, const struct tern_qos *qos,
                            struct tern_topic **ret_topic)
{
	tern_status s = tern__topic_name_check(name);
	if (s == TERN_OK)
		s = tern__type_check(type);
	if (s == TERN_OK && qos)
		s = tern_qos_check(qos);
	if (s < 0)
		return s;

	pthread_mutex_lock(&participant->lock);
	struct tern_topic *topic = topic_find(participant, name);
	s = topic ? topic_agree(topic, type, qos)
	          : topic_add(participant, name, type, qos, &topic);
	pthread_mutex_unlock(&participant->lock);
	if (s == TERN_OK)
		*ret_topic = topic;
	return s;
}

tern_status tern_topic_create(struct tern_participant *participant, const char *name,
                              const struct tern_type *type, const struct tern_qos *qos,
                              struct tern_topic **ret_topic)
{
	const struct tern_qos defaults = tern_qos_topic_default();
	struct tern_topic *topic;

	if (!participant)
		return tern_fail(TERN_EINVAL, "a topic needs a participant");
	tern_status s =
		tern__topic_get(participant, name, type, qos ? qos : &defaults, &topic);
	if (s == TERN_OK && ret_topic)
		*ret_topic = topic;
	return s;
}

tern_status tern__topic_endpoint_qos(const struct tern_topic *topic,
                                     tern_endpoint_kind kind, const struct tern_qos *qos,
                                     struct tern_qos *ret_qos)
{
	const struct tern_qos defaults = kind == TERN_WRITER ? tern_qos_writer_default()
	                                                     : tern_qos_reader_default();
	struct tern_qos own;

	/* The topic may be given its QoS by another thread just now. */
	pthread_mutex_lock(&topic->participant->lock);
	if (!qos)
		qos = topic->has_qos ? &topic->qos : &defaults;
	tern_status s = tern_qos_check(qos);
	if (s == TERN_OK)
		s = tern__qos_copy(qos, &own);
	pthread_mutex_unlock(&topic->participant->lock);
	if (s < 0)
		return s;
	s = tern__qos_resolve(&own, kind, topic->type);
	if (s < 0) {
		tern__qos_fini(&own);
		return s;
	}
	*ret_qos = own;
	return TERN_OK;
}

void tern__endpoint_describe(const struct tern_topic *topic, tern_endpoint_kind kind,
                             struct tern_qos qos, struct tern_endpoint_info *ret_info)
{
	const struct tern_type *type = topic->type;
	struct tern_participant *participant = topic->participant;

	*ret_info = (struct tern_endpoint_info){
		.kind = kind,
		.guid = domain_endpoint_guid(participant->domain, &participant->guid,
		                             kind, type->flags & TERN_TYPE_KEYED),
		.participant = participant->domain->config.process,
		.is_tern = true,
		.is_ours = true,
		.topic_name = topic->name,
		.type_name = type->name,
		.type = type,
		.type_information = type->xtypes ? type->xtypes->type_information : NULL,
		.type_information_size_bytes =
			type->xtypes ? type->xtypes->type_information_size_bytes : 0,
		.type_mapping = type->xtypes ? type->xtypes->type_mapping : NULL,
		.type_mapping_size_bytes =
			type->xtypes ? type->xtypes->type_mapping_size_bytes : 0,
		.qos = qos,
		.layout_hash = type->layout_hash,
	};
}

const char *tern_topic_name(const struct tern_topic *topic)
{
	return topic ? topic->name : NULL;
}

const struct tern_type *tern_topic_type(const struct tern_topic *topic)
{
	return topic ? topic->type : NULL;
}
