/* What the type of an endpoint is: from the directory, or from the transport that found it. */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "domain.h"
#include "participant_impl.h"

/* In one block. */
static tern_status description_make(const struct tern_endpoint_info *info,
                                    const uint8_t *mapping, size_t mapping_size_bytes,
                                    struct tern_xtypes **ret_description)
{
	size_t information_size_bytes = info->type_information_size_bytes;
	struct tern_xtypes *made =
		malloc(sizeof *made + information_size_bytes + mapping_size_bytes);

	if (!made)
		return tern_fail(TERN_ENOMEM, "no memory for the description of type %s",
		                 info->type_name);
	uint8_t *bytes = (uint8_t *)(made + 1);
	memcpy(bytes, info->type_information, information_size_bytes);
	memcpy(bytes + information_size_bytes, mapping, mapping_size_bytes);
	*made = (struct tern_xtypes){ bytes, information_size_bytes,
		                      bytes + information_size_bytes,
		                      mapping_size_bytes };
	*ret_description = made;
	return TERN_OK;
}

static tern_status not_told(const struct tern_endpoint_info *info)
{
	return tern_fail(TERN_EUNSUPPORTED,
	                 "the %s of topic %s does not say what its type %s is: %s",
	                 info->kind == TERN_WRITER ? "writer" : "reader",
	                 info->topic_name, info->type_name,
	                 info->type_information
	                         ? "its description is too large to be announced"
	                         : "it sends no XTypes type information");
}

/* The transports that reported it, with a way to ask, until one answers. The domain's lock is not
 * held: transports live as long as the domain. */
static tern_status ask(struct tern_domain *domain, const struct tern_endpoint_info *info,
                       uint32_t reported_by, int64_t deadline_ns,
                       struct tern_buffer *ret_mapping)
{
	tern_status s = TERN_EUNSUPPORTED;
	bool asked = false;

	for (uint32_t i = 0; i < domain->transport_count && s != TERN_OK; i++) {
		struct tern_transport *instance =
			atomic_load(&domain->transports[i].instance);
		if (!(reported_by & 1u << i) || !instance ||
		    !domain->transports[i].ops->describe_type)
			continue;
		asked = true;
		s = domain->transports[i].ops->describe_type(instance, info, deadline_ns,
		                                             ret_mapping);
	}
	return asked ? s : not_told(info);
}

static tern_status describe(struct tern_domain *domain, const struct endpoint *endpoint,
                            int64_t deadline_ns, struct tern_xtypes **ret_description)
{
	const struct tern_endpoint_info *info = &endpoint->info;
	struct tern_buffer mapping = { 0 };

	if (!info->type_information)
		return not_told(info);
	if (info->type_mapping)
		return description_make(info, info->type_mapping,
		                        info->type_mapping_size_bytes, ret_description);
	tern_status s = ask(domain, info, endpoint->reported_by, deadline_ns, &mapping);
	if (s == TERN_OK)
		s = description_make(info, mapping.data, mapping.size_bytes,
		                     ret_description);
	free(mapping.data);
	return s;
}

tern_status tern_participant_describe_type(struct tern_participant *participant,
                                           const struct tern_guid *endpoint,
                                           int64_t timeout_ns,
                                           struct tern_xtypes **ret_description)
{
	if (!participant || !endpoint || !ret_description || timeout_ns < 0)
		return tern_fail(TERN_EINVAL,
		                 "a participant, an endpoint, a timeout of 0 "
		                 "or more and a place for the answer are "
		                 "needed");
	struct tern_domain *domain = participant->domain;

	domain_discover(domain);
	pthread_mutex_lock(&domain->lock);
	struct endpoint *found = directory_endpoint(&domain->directory, endpoint);
	if (found)
		endpoint_ref(found);
	pthread_mutex_unlock(&domain->lock);
	if (!found)
		return tern_fail(TERN_ENOTFOUND, "there is no such writer or reader (any "
		                                 "more)");
	tern_status s =
		describe(domain, found, clock_deadline_ns(timeout_ns), ret_description);
	pthread_mutex_lock(&domain->lock);
	endpoint_unref(found);
	pthread_mutex_unlock(&domain->lock);
	return s;
}
