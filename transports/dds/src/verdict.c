/* Cyclone's verdict on a pair, in words: what it refuses for types, policies or keys. */
#include <stdarg.h>
#include <stdio.h>

#include "dds.h"

const char *tern__policy_name(uint32_t policy)
{
	switch (policy) {
	case DDS_RELIABILITY_QOS_POLICY_ID:
		return "RELIABILITY";
	case DDS_DURABILITY_QOS_POLICY_ID:
		return "DURABILITY";
	case DDS_PRESENTATION_QOS_POLICY_ID:
		return "PRESENTATION";
	case DDS_DEADLINE_QOS_POLICY_ID:
		return "DEADLINE";
	case DDS_LATENCYBUDGET_QOS_POLICY_ID:
		return "LATENCY_BUDGET";
	case DDS_OWNERSHIP_QOS_POLICY_ID:
		return "OWNERSHIP";
	case DDS_LIVELINESS_QOS_POLICY_ID:
		return "LIVELINESS";
	case DDS_DESTINATIONORDER_QOS_POLICY_ID:
		return "DESTINATION_ORDER";
	case DDS_PARTITION_QOS_POLICY_ID:
		return "PARTITION";
	case DDS_DATA_REPRESENTATION_QOS_POLICY_ID:
		return "DATA_REPRESENTATION";
	case DDS_TYPE_CONSISTENCY_ENFORCEMENT_QOS_POLICY_ID:
		return "TYPE_CONSISTENCY_ENFORCEMENT";
	default:
		return "unknown";
	}
}

/* RTPS 2.5, 9.3.1.2: the entity kind tells whether there is a key. */
static bool has_key(const dds_guid_t *guid)
{
	uint8_t kind = guid->v[15] & 0x3f;
	return kind == 0x02 || kind == 0x07;
}

enum tern__types_verdict tern__compare_types(struct tern_transport_endpoint *endpoint,
                                             const struct tern__remote *remote,
                                             char *text, size_t size_bytes)
{
	bool keyed = (endpoint->type->flags & TERN_TYPE_KEYED) != 0;
	const dds_guid_t *writer = &endpoint->rtps_guid;
	const dds_guid_t *reader = &remote->rtps_guid;
	if (endpoint->kind == TERN_READER) {
		writer = &remote->rtps_guid;
		reader = &endpoint->rtps_guid;
	}
	if (has_key(&remote->rtps_guid) != keyed) {
		snprintf(
			text, size_bytes,
			"type mismatch on topic %s: type %s here has %s key, the other side's has "
			"%s: give both the same @key members",
			endpoint->topic_name, endpoint->type->name, keyed ? "a" : "no",
			keyed ? "none" : "one");
		return TERN__TYPES_REFUSED;
	}
	enum tern__types_verdict verdict =
		tern__cyclone_types(endpoint->sertype, writer, reader);
	if (verdict == TERN__TYPES_REFUSED)
		snprintf(
			text, size_bytes,
			"type mismatch on topic %s: the reader's type cannot be filled from the "
			"writer's (XTypes 1.3, 7.2.4): members, their order or extensibility "
			"differ. Build both from one IDL file; here it is type %s",
			endpoint->topic_name, endpoint->type->name);
	return verdict;
}

__attribute__((format(printf, 3, 4))) static size_t write_text(char *text,
                                                               size_t size_bytes,
                                                               const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(text, size_bytes, format, arguments);
	va_end(arguments);
	return length < 0 ? 0 : (size_t)length;
}

size_t tern__dds_explain(struct tern_transport_endpoint *endpoint,
                         const struct tern_guid *remote, char *text, size_t size_bytes)
{
	struct tern__remote found;
	struct tern__pair pair;
	char reason[256];
	if (!tern__remote_find_guid(endpoint->transport, remote, &found))
		return write_text(text, size_bytes,
		                  "DDS has not discovered the other end");
	if (tern__pairs_find(&endpoint->pairs, remote, &pair) && pair.matched)
		return write_text(text, size_bytes, "Cyclone DDS matches the pair%s",
		                  pair.attached ? "" : "; another transport serves it");
	switch (tern__compare_types(endpoint, &found, reason, sizeof reason)) {
	case TERN__TYPES_REFUSED:
		return write_text(text, size_bytes, "%s", reason);
	case TERN__TYPES_UNKNOWN:
		return write_text(text, size_bytes,
		                  "Cyclone DDS asks the other end for its type");
	default:
		break;
	}
	uint32_t policy = __atomic_load_n(&endpoint->refused_policy, __ATOMIC_RELAXED);
	return write_text(text, size_bytes, "Cyclone DDS does not match the pair%s%s",
	                  policy ? "; it last refused one for its " : "",
	                  policy ? tern__policy_name(policy) : "");
}
