/* What an endpoint offers or requests, in the words of the DDS standard. */
#include <inttypes.h>
#include <stdio.h>

#include "graph_internal.h"

static void duration(int64_t duration_ns, char *ret_text)
{
	if (duration_ns == TERN_INFINITE)
		snprintf(ret_text, TERN_QOS_TEXT_SIZE_BYTES, "infinite");
	else if (duration_ns >= 1000000000)
		snprintf(ret_text, TERN_QOS_TEXT_SIZE_BYTES, "%.10g s",
		         (double)duration_ns / 1e9);
	else if (duration_ns >= 1000000)
		snprintf(ret_text, TERN_QOS_TEXT_SIZE_BYTES, "%.10g ms",
		         (double)duration_ns / 1e6);
	else if (duration_ns >= 1000)
		snprintf(ret_text, TERN_QOS_TEXT_SIZE_BYTES, "%.10g us",
		         (double)duration_ns / 1e3);
	else
		snprintf(ret_text, TERN_QOS_TEXT_SIZE_BYTES, "%" PRId64 " ns",
		         duration_ns);
}

static const char *durability(tern_durability kind)
{
	static const char *const names[] = { "VOLATILE", "TRANSIENT_LOCAL", "TRANSIENT",
		                             "PERSISTENT" };

	return (unsigned)kind < 4 ? names[kind] : "?";
}

static const char *liveliness(tern_liveliness kind)
{
	static const char *const names[] = { "AUTOMATIC", "MANUAL_BY_PARTICIPANT",
		                             "MANUAL_BY_TOPIC" };

	return (unsigned)kind < 3 ? names[kind] : "?";
}

static void partitions(const struct tern_qos *qos, char *ret_text)
{
	size_t length = 0;

	snprintf(ret_text, TERN_QOS_TEXT_SIZE_BYTES, "the default");
	for (uint32_t i = 0; i < qos->partition_count; i++) {
		int n = snprintf(ret_text + length, TERN_QOS_TEXT_SIZE_BYTES - length,
		                 "%s%s", i ? ", " : "", qos->partitions[i]);
		if (n < 0 || (size_t)n >= TERN_QOS_TEXT_SIZE_BYTES - length)
			return;
		length += (size_t)n;
	}
}

static const char *representations(uint32_t set)
{
	static const char *const names[] = { "as the type wants", "XCDR1", "XCDR2",
		                             "XCDR1, XCDR2" };

	return names[(set & TERN_ACCEPT_XCDR1 ? 1 : 0) |
	             (set & TERN_ACCEPT_XCDR2 ? 2 : 0)];
}

char *tern_graph_qos_format(const struct tern_endpoint_info *endpoint,
                            tern_mismatch_kind policy, char *ret_text)
{
	const struct tern_qos *qos = &endpoint->qos;
	const char *text = NULL;
	char lease[TERN_QOS_TEXT_SIZE_BYTES];

	switch (policy) {
	case TERN_MISMATCH_RELIABILITY:
		text = qos->reliability == TERN_RELIABLE ? "RELIABLE" : "BEST_EFFORT";
		break;
	case TERN_MISMATCH_DURABILITY:
		text = durability(qos->durability);
		break;
	case TERN_MISMATCH_DEADLINE:
		duration(qos->deadline_ns, ret_text);
		break;
	case TERN_MISMATCH_LATENCY_BUDGET:
		duration(qos->latency_budget_ns, ret_text);
		break;
	case TERN_MISMATCH_OWNERSHIP:
		text = qos->ownership == TERN_EXCLUSIVE ? "EXCLUSIVE" : "SHARED";
		break;
	case TERN_MISMATCH_LIVELINESS:
		duration(qos->liveliness_lease_ns, lease);
		snprintf(ret_text, TERN_QOS_TEXT_SIZE_BYTES, "%s, lease %.60s",
		         liveliness(qos->liveliness), lease);
		break;
	case TERN_MISMATCH_DESTINATION_ORDER:
		text = qos->destination_order == TERN_BY_SOURCE_TIMESTAMP
		               ? "BY_SOURCE_TIMESTAMP"
		               : "BY_RECEPTION_TIMESTAMP";
		break;
	case TERN_MISMATCH_PARTITION:
		partitions(qos, ret_text);
		break;
	case TERN_MISMATCH_REPRESENTATION:
		text = representations(qos->representations);
		break;
	case TERN_MISMATCH_TYPE:
		text = endpoint->type_name;
		break;
	}
	if (text)
		snprintf(ret_text, TERN_QOS_TEXT_SIZE_BYTES, "%s", text);
	return ret_text;
}
