/* Does a writer's offer meet a reader's request? One check per policy, in the order in which
 * Cyclone DDS makes them, so that both name the same policy when several fail. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "assignability.h"
#include "match.h"
#include "partition.h"
#include "qos.h"

#define DURATION_TEXT_SIZE_BYTES 32

/* Fill the reason and return false, for the caller to return. */
static bool TERN_PRINTF(3, 4)
	refuse(struct match_reason *reason, enum match_code code, const char *format, ...)
{
	va_list arguments;

	reason->code = code;
	va_start(arguments, format);
	vsnprintf(reason->text, sizeof reason->text, format, arguments);
	va_end(arguments);
	return false;
}

/* "infinite", "20 ms", "1.5 s": the largest unit that is not a fraction below 1. */
static const char *duration_text(int64_t duration_ns, char *text)
{
	static const struct {
		int64_t size_ns;
		const char *name;
	} units[] = {
		{ 1000000000, "s" }, { 1000000, "ms" }, { 1000, "us" }, { 1, "ns" }
	};
	size_t i = 0;

	if (duration_ns == TERN_INFINITE)
		return "infinite";
	while (i < 3 && duration_ns < units[i].size_ns)
		i++;
	snprintf(text, DURATION_TEXT_SIZE_BYTES, "%.10g %s",
	         (double)duration_ns / (double)units[i].size_ns, units[i].name);
	return text;
}

static bool match_reliability(const struct tern_qos *offered,
                              const struct tern_qos *requested,
                              struct match_reason *reason)
{
	if (requested->reliability <= offered->reliability)
		return true;
	return refuse(reason, MATCH_RELIABILITY,
	              "reader requests RELIABLE, writer offers BEST_EFFORT: make the "
	              "writer reliable or the reader best effort");
}

static bool match_durability(const struct tern_qos *offered,
                             const struct tern_qos *requested,
                             struct match_reason *reason)
{
	static const char *const names[] = { "VOLATILE", "TRANSIENT_LOCAL", "TRANSIENT",
		                             "PERSISTENT" };

	if (requested->durability <= offered->durability)
		return true;
	if (requested->durability == TERN_TRANSIENT_LOCAL)
		return refuse(reason, MATCH_DURABILITY,
		              "reader requests durability TRANSIENT_LOCAL, writer offers "
		              "VOLATILE: make the writer transient local or the reader "
		              "volatile");
	return refuse(
		reason, MATCH_DURABILITY,
		"reader requests durability %s, writer offers %s: no service here "
		"keeps samples beyond their writer; make the reader transient local "
		"or volatile",
		names[requested->durability], names[offered->durability]);
}

static bool match_durations(const struct tern_qos *offered,
                            const struct tern_qos *requested, struct match_reason *reason)
{
	char a[DURATION_TEXT_SIZE_BYTES], b[DURATION_TEXT_SIZE_BYTES];

	if (offered->deadline_ns > requested->deadline_ns)
		return refuse(reason, MATCH_DEADLINE,
		              "reader requests a deadline of %s, writer offers %s: give "
		              "the writer %s or less, or the reader %s or more",
		              duration_text(requested->deadline_ns, a),
		              duration_text(offered->deadline_ns, b),
		              duration_text(requested->deadline_ns, a),
		              duration_text(offered->deadline_ns, b));
	if (offered->latency_budget_ns > requested->latency_budget_ns)
		return refuse(reason, MATCH_LATENCY_BUDGET,
		              "reader requests a latency budget of %s, writer offers %s: "
		              "give the writer %s or less, or the reader %s or more",
		              duration_text(requested->latency_budget_ns, a),
		              duration_text(offered->latency_budget_ns, b),
		              duration_text(requested->latency_budget_ns, a),
		              duration_text(offered->latency_budget_ns, b));
	return true;
}

static bool match_ownership(const struct tern_qos *offered,
                            const struct tern_qos *requested, struct match_reason *reason)
{
	if (offered->ownership == requested->ownership)
		return true;
	bool reader_is_exclusive = requested->ownership == TERN_EXCLUSIVE;
	return refuse(reason, MATCH_OWNERSHIP,
	              "reader requests %s ownership, writer offers %s: ownership must be "
	              "the same on both sides, make both SHARED or both EXCLUSIVE",
	              reader_is_exclusive ? "EXCLUSIVE" : "SHARED",
	              reader_is_exclusive ? "SHARED" : "EXCLUSIVE");
}

static const char *liveliness_text(tern_liveliness kind)
{
	switch (kind) {
	case TERN_LIVELINESS_AUTOMATIC:
		return "AUTOMATIC";
	case TERN_LIVELINESS_MANUAL_BY_PARTICIPANT:
		return "MANUAL_BY_PARTICIPANT";
	case TERN_LIVELINESS_MANUAL_BY_TOPIC:
		return "MANUAL_BY_TOPIC";
	}
	return "an unknown kind";
}

static bool match_liveliness(const struct tern_qos *offered,
                             const struct tern_qos *requested,
                             struct match_reason *reason)
{
	char a[DURATION_TEXT_SIZE_BYTES], b[DURATION_TEXT_SIZE_BYTES];

	if (requested->liveliness > offered->liveliness)
		return refuse(reason, MATCH_LIVELINESS,
		              "reader requests liveliness %s, writer offers %s: make the "
		              "writer %s or the reader %s",
		              liveliness_text(requested->liveliness),
		              liveliness_text(offered->liveliness),
		              liveliness_text(requested->liveliness),
		              liveliness_text(offered->liveliness));
	if (offered->liveliness_lease_ns > requested->liveliness_lease_ns)
		return refuse(reason, MATCH_LIVELINESS,
		              "reader requests a liveliness lease of %s, writer offers "
		              "%s: give the writer %s or less, or the reader %s or more",
		              duration_text(requested->liveliness_lease_ns, a),
		              duration_text(offered->liveliness_lease_ns, b),
		              duration_text(requested->liveliness_lease_ns, a),
		              duration_text(offered->liveliness_lease_ns, b));
	return true;
}

static bool match_destination_order(const struct tern_qos *offered,
                                    const struct tern_qos *requested,
                                    struct match_reason *reason)
{
	if (requested->destination_order <= offered->destination_order)
		return true;
	return refuse(reason, MATCH_DESTINATION_ORDER,
	              "reader requests destination order BY_SOURCE_TIMESTAMP, writer "
	              "offers BY_RECEPTION_TIMESTAMP: make the writer order by source or "
	              "the reader by reception timestamp");
}

/* "\"left\", \"right\" and 3 more", for an error text. */
static const char *partitions_text(const struct tern_qos *qos, char *text,
                                   size_t size_bytes)
{
	enum { SHOWN_MAX = 2 };
	size_t length = 0;

	if (!qos->partition_count)
		return "the default partition";
	text[0] = '\0';
	for (uint32_t i = 0; i < qos->partition_count && i < SHOWN_MAX; i++) {
		int n = snprintf(text + length, size_bytes - length, "%s\"%.20s\"",
		                 i ? ", " : "", qos->partitions[i]);
		if (n < 0 || (size_t)n >= size_bytes - length)
			return text;
		length += (size_t)n;
	}
	if (qos->partition_count > SHOWN_MAX)
		snprintf(text + length, size_bytes - length, " and %" PRIu32 " more",
		         qos->partition_count - SHOWN_MAX);
	return text;
}

static bool match_partition(const struct tern_qos *offered,
                            const struct tern_qos *requested, struct match_reason *reason)
{
	char a[72], b[72];

	if (tern__partitions_match(offered->partitions, offered->partition_count,
	                           requested->partitions, requested->partition_count))
		return true;
	return refuse(reason, MATCH_PARTITION,
	              "no partition in common: reader is in %s, writer in %s: give both "
	              "a common name, or one a pattern that matches the other's name",
	              partitions_text(requested, a, sizeof a),
	              partitions_text(offered, b, sizeof b));
}

/* A set that an endpoint did not state follows from its type; 0: not known here. */
static uint32_t representations_of(const struct tern_endpoint_info *endpoint)
{
	if (endpoint->qos.representations)
		return endpoint->qos.representations;
	return endpoint->type ? tern__type_representations(endpoint->type) : 0;
}

static bool match_representation(const struct tern_endpoint_info *writer,
                                 const struct tern_endpoint_info *reader,
                                 struct match_reason *reason)
{
	uint32_t offered = representations_of(writer);
	uint32_t accepted = representations_of(reader);

	if (offered & TERN_ACCEPT_XCDR1)
		offered = TERN_ACCEPT_XCDR1; /* a writer offers one: its first */
	if (!offered || !accepted || (offered & accepted))
		return true;
	if (offered == TERN_ACCEPT_XCDR1)
		return refuse(reason, MATCH_REPRESENTATION,
		              "reader accepts the representation XCDR2 only, writer "
		              "offers XCDR1: set the writer's representations to "
		              "TERN_ACCEPT_XCDR2, or let the reader accept XCDR1 too");
	return refuse(reason, MATCH_REPRESENTATION,
	              "reader accepts the representation XCDR1 only, writer offers "
	              "XCDR2: let the reader accept XCDR2 too, or, if the type is @final "
	              "throughout, set the writer's to TERN_ACCEPT_XCDR1");
}

static bool has_type_information(const struct tern_endpoint_info *endpoint)
{
	return endpoint->type_information || (endpoint->type && endpoint->type->xtypes &&
	                                      endpoint->type->xtypes->type_information);
}

enum key_known { KEY_UNKNOWN, KEY_NONE, KEY_SOME };

/* From the type where it is known, else from the kind of the entity, the last byte of its GUID
 * (RTPS 2.5, 9.3.1.2), which Tern's own GUIDs have too. */
static enum key_known has_key(const struct tern_endpoint_info *endpoint)
{
	if (endpoint->type)
		return endpoint->type->flags & TERN_TYPE_KEYED ? KEY_SOME : KEY_NONE;
	switch (endpoint->guid.bytes[TERN_GUID_SIZE_BYTES - 1]) {
	case 0x02: /* writer */
	case 0x07: /* reader */
		return KEY_SOME;
	case 0x03:
	case 0x04:
		return KEY_NONE;
	default:
		return KEY_UNKNOWN;
	}
}

/* A topic has instances or has none: RTPS entities of both kinds do not talk to each other. */
static bool match_key(const struct tern_endpoint_info *writer,
                      const struct tern_endpoint_info *reader,
                      struct match_reason *reason)
{
	enum key_known of_writer = has_key(writer), of_reader = has_key(reader);

	if (of_writer == of_reader || of_writer == KEY_UNKNOWN ||
	    of_reader == KEY_UNKNOWN)
		return true;
	bool reader_has = of_reader == KEY_SOME;
	return refuse(reason, MATCH_TYPE,
	              "reader's type %.60s has %s @key, writer's %.60s has %s: make the "
	              "same members @key on both sides",
	              reader->type_name, reader_has ? "a" : "no", writer->type_name,
	              reader_has ? "none" : "one");
}

/* XTypes 1.3, 7.6.3.4. */
static bool match_type(const struct tern_endpoint_info *writer,
                       const struct tern_endpoint_info *reader,
                       struct match_reason *reason)
{
	if (!match_key(writer, reader, reason))
		return false;
	if (writer->type && reader->type) {
		if (writer->type == reader->type)
			return true;
		if (tern__type_assignable(reader->type, writer->type, &reader->qos,
		                          reason->text, sizeof reason->text))
			return true;
		reason->code = MATCH_TYPE;
		return false;
	}
	/* With type information on both sides names do not count, and the transport, which has
	 * the types themselves, decides. */
	if (has_type_information(writer) && has_type_information(reader))
		return true;
	if (strcmp(writer->type_name, reader->type_name) == 0)
		return true;
	return refuse(reason, MATCH_TYPE,
	              "reader's type is named %.60s, writer's %.60s, and one of them has "
	              "no type information to compare: use one name, or build both with "
	              "type information",
	              reader->type_name, writer->type_name);
}

bool tern__match(const struct tern_endpoint_info *writer,
                 const struct tern_endpoint_info *reader, struct match_reason *ret_reason)
{
	const struct tern_qos *offered = &writer->qos;
	const struct tern_qos *requested = &reader->qos;

	ret_reason->code = MATCH_OK;
	ret_reason->text[0] = '\0';
	if (strcmp(writer->topic_name, reader->topic_name) != 0) {
		ret_reason->code = MATCH_OTHER_TOPIC;
		return false;
	}
	if (match_reliability(offered, requested, ret_reason) &&
	    match_durability(offered, requested, ret_reason) &&
	    match_durations(offered, requested, ret_reason) &&
	    match_ownership(offered, requested, ret_reason) &&
	    match_liveliness(offered, requested, ret_reason) &&
	    match_destination_order(offered, requested, ret_reason) &&
	    match_partition(offered, requested, ret_reason) &&
	    match_representation(writer, reader, ret_reason) &&
	    match_type(writer, reader, ret_reason)) {
		ret_reason->text[0] = '\0';
		return true;
	}
	return false;
}
