/* A topic: a name and a type, and QoS that its writers and readers start from.
 * Writers and readers make their topic by themselves; make one by hand to give it QoS.
 * Source: DDS 1.4, 2.2.2.3.2. */
#ifndef TERN_TOPIC_H
#define TERN_TOPIC_H

#include <tern/api.h>
#include <tern/participant.h>
#include <tern/qos.h>
#include <tern/status.h>
#include <tern/type.h>

TERN_BEGIN_DECLS

struct tern_topic;

/**
 * Make a topic in a participant, or get the one of this name and type.
 * @param name  1..TERN_TOPIC_NAME_MAX bytes: letters, digits, '_', '/', '-', '.', ':', '%'
 * @param type  borrowed for the life of the participant
 * @param qos   NULL: tern_qos_topic_default(). Writers and readers that give no QoS of their
 *              own take the topic's; without one they take their defaults.
 * @param ret_topic  borrowed; lives as long as the participant. May be NULL.
 * @return TERN_OK, TERN_EINVAL, TERN_ENOMEM,
 *         TERN_EEXISTS: the participant has this name with another type or QoS
 * Threads: any.
 */
TERN_API TERN_MUST_CHECK tern_status
tern_topic_create(struct tern_participant *participant, const char *name,
                  const struct tern_type *type, const struct tern_qos *qos,
                  struct tern_topic **ret_topic);

/** Threads: any. */
TERN_API const char *tern_topic_name(const struct tern_topic *topic);
/** Threads: any. */
TERN_API const struct tern_type *tern_topic_type(const struct tern_topic *topic);

TERN_END_DECLS

#endif
