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

/* What the checks below find: two values, a sentence on them, and how to mend it. */
static void TERN_PRINTF(2, 3)
	set_what(struct tern_mismatch *mismatch, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(mismatch->what, sizeof mismatch->what, format, arguments);
	va_end(arguments);
}

static void TERN_PRINTF(2, 3)
	set_fix(struct tern_mismatch *mismatch, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(mismatch->fix, sizeof mismatch->fix, format, arguments);
	va_end(arguments);
}

static void set_values(struct tern_mismatch *mismatch, const char *requested,
                       const char *offered)
{
	snprintf(mismatch->requested, sizeof mismatch->requested, "%s", requested);
	snprintf(mismatch->offered, sizeof mismatch->offered, "%s", offered);
}

/* Return false, for the caller to return. The fix is set by then. */
static bool refuse(struct tern_mismatch *mismatch, tern_mismatch_kind kind,
                   const char *policy, const char *requested, const char *offered)
{
	mismatch->kind = kind;
	set_values(mismatch, requested, offered);
	set_what(mismatch, "reader requests %s%s, writer offers %s", policy, requested,
	         offered);
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

static bool match_reliability(const struct tern_endpoint_info *writer,
                              const struct tern_endpoint_info *reader,
                              struct tern_mismatch *mismatch)
{
	if (reader->qos.reliability <= writer->qos.reliability)
		return true;
	set_fix(mismatch, "make the writer reliable or the reader best effort");
	return refuse(mismatch, TERN_MISMATCH_RELIABILITY, "", "RELIABLE", "BEST_EFFORT");
}

static bool match_durability(const struct tern_endpoint_info *writer,
                             const struct tern_endpoint_info *reader,
                             struct tern_mismatch *mismatch)
{
	static const char *const names[] = { "VOLATILE", "TRANSIENT_LOCAL", "TRANSIENT",
		                             "PERSISTENT" };
	tern_durability requested = reader->qos.durability;

	if (requested <= writer->qos.durability)
		return true;
	if (requested == TERN_TRANSIENT_LOCAL)
		set_fix(mismatch, "make the writer transient local or the reader "
		                  "volatile");
	else
		set_fix(mismatch,
		        "no service here keeps samples beyond their writer; make the "
		        "reader transient local or volatile");
	return refuse(mismatch, TERN_MISMATCH_DURABILITY, "durability ", names[requested],
	              names[writer->qos.durability]);
}

static bool match_duration(tern_mismatch_kind kind, const char *policy,
                           int64_t requested_ns, int64_t offered_ns,
                           struct tern_mismatch *mismatch)
{
	char a[DURATION_TEXT_SIZE_BYTES], b[DURATION_TEXT_SIZE_BYTES];

	if (offered_ns <= requested_ns)
		return true;
	const char *requested = duration_text(requested_ns, a);
	const char *offered = duration_text(offered_ns, b);
	if (offered_ns == TERN_INFINITE)
		set_fix(mismatch, "give the writer %s or less, or the reader none",
		        requested);
	else
		set_fix(mismatch, "give the writer %s or less, or the reader %s or more",
		        requested, offered);
	return refuse(mismatch, kind, policy, requested, offered);
}

static bool match_deadline(const struct tern_endpoint_info *writer,
                           const struct tern_endpoint_info *reader,
                           struct tern_mismatch *mismatch)
{
	return match_duration(TERN_MISMATCH_DEADLINE, "a deadline of ",
	                      reader->qos.deadline_ns, writer->qos.deadline_ns, mismatch);
}

static bool match_latency_budget(const struct tern_endpoint_info *writer,
                                 const struct tern_endpoint_info *reader,
                                 struct tern_mismatch *mismatch)
{
	return match_duration(TERN_MISMATCH_LATENCY_BUDGET, "a latency budget of ",
	                      reader->qos.latency_budget_ns,
	                      writer->qos.latency_budget_ns, mismatch);
}

static bool match_ownership(const struct tern_endpoint_info *writer,
                            const struct tern_endpoint_info *reader,
                            struct tern_mismatch *mismatch)
{
	if (writer->qos.ownership == reader->qos.ownership)
		return true;
	bool reader_is_exclusive = reader->qos.ownership == TERN_EXCLUSIVE;
	set_fix(mismatch, "ownership must be the same on both sides, make both SHARED or "
	                  "both EXCLUSIVE");
	return refuse(mismatch, TERN_MISMATCH_OWNERSHIP, "ownership ",
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

static bool match_liveliness(const struct tern_endpoint_info *writer,
                             const struct tern_endpoint_info *reader,
                             struct tern_mismatch *mismatch)
{
	const char *requested = liveliness_text(reader->qos.liveliness);
	const char *offered = liveliness_text(writer->qos.liveliness);

	if (reader->qos.liveliness <= writer->qos.liveliness)
		return match_duration(TERN_MISMATCH_LIVELINESS, "a liveliness lease of ",
		                      reader->qos.liveliness_lease_ns,
		                      writer->qos.liveliness_lease_ns, mismatch);
	set_fix(mismatch, "make the writer %s or the reader %s", requested, offered);
	return refuse(mismatch, TERN_MISMATCH_LIVELINESS, "liveliness ", requested,
	              offered);
}

static bool match_destination_order(const struct tern_endpoint_info *writer,
                                    const struct tern_endpoint_info *reader,
                                    struct tern_mismatch *mismatch)
{
	if (reader->qos.destination_order <= writer->qos.destination_order)
		return true;
	set_fix(mismatch, "make the writer order by source or the reader by reception "
	                  "timestamp");
	return refuse(mismatch, TERN_MISMATCH_DESTINATION_ORDER, "destination order ",
	              "BY_SOURCE_TIMESTAMP", "BY_RECEPTION_TIMESTAMP");
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

static bool match_partition(const struct tern_endpoint_info *writer,
                            const struct tern_endpoint_info *reader,
                            struct tern_mismatch *mismatch)
{
	const struct tern_qos *offered = &writer->qos, *requested = &reader->qos;
	char a[72], b[72];

	if (tern__partitions_match(offered->partitions, offered->partition_count,
	                           requested->partitions, requested->partition_count))
		return true;
	mismatch->kind = TERN_MISMATCH_PARTITION;
	set_values(mismatch, partitions_text(requested, a, sizeof a),
	           partitions_text(offered, b, sizeof b));
	set_what(mismatch, "no partition in common: reader is in %s, writer in %s",
	         mismatch->requested, mismatch->offered);
	set_fix(mismatch, "give both a common name, or one a pattern that matches the "
	                  "other's name");
	return false;
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
                                 struct tern_mismatch *mismatch)
{
	uint32_t offered = representations_of(writer);
	uint32_t accepted = representations_of(reader);

	if (offered & TERN_ACCEPT_XCDR1)
		offered = TERN_ACCEPT_XCDR1; /* a writer offers one: its first */
	if (!offered || !accepted || (offered & accepted))
		return true;
	bool is_xcdr1 = offered == TERN_ACCEPT_XCDR1;
	mismatch->kind = TERN_MISMATCH_REPRESENTATION;
	set_values(mismatch, is_xcdr1 ? "XCDR2" : "XCDR1", is_xcdr1 ? "XCDR1" : "XCDR2");
	set_what(mismatch, "reader accepts the representation %s only, writer offers %s",
	         mismatch->requested, mismatch->offered);
	set_fix(mismatch, "%s",
	        is_xcdr1 ? "set the writer's representations to TERN_ACCEPT_XCDR2, or "
	                   "let the reader accept XCDR1 too"
	                 : "let the reader accept XCDR2 too, or, if the type is @final "
	                   "throughout, set the writer's to TERN_ACCEPT_XCDR1");
	return false;
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

static bool refuse_type(struct tern_mismatch *mismatch,
                        const struct tern_endpoint_info *writer,
                        const struct tern_endpoint_info *reader)
{
	mismatch->kind = TERN_MISMATCH_TYPE;
	set_values(mismatch, reader->type_name, writer->type_name);
	return false;
}

/* A topic has instances or has none: RTPS entities of both kinds do not talk to each other. */
static bool match_key(const struct tern_endpoint_info *writer,
                      const struct tern_endpoint_info *reader,
                      struct tern_mismatch *mismatch)
{
	enum key_known of_writer = has_key(writer), of_reader = has_key(reader);

	if (of_writer == of_reader || of_writer == KEY_UNKNOWN ||
	    of_reader == KEY_UNKNOWN)
		return true;
	bool reader_has = of_reader == KEY_SOME;
	set_what(mismatch, "reader's type %.60s has %s @key, writer's %.60s has %s",
	         reader->type_name, reader_has ? "a" : "no", writer->type_name,
	         reader_has ? "none" : "one");
	set_fix(mismatch, "make the same members @key on both sides");
	return refuse_type(mismatch, writer, reader);
}

/* The sentence of the type rules ends with the fix: ": give both the same type". */
static void split_fix(struct tern_mismatch *mismatch)
{
	char *last = NULL;

	for (char *colon = mismatch->what; (colon = strstr(colon, ": ")); colon += 2)
		last = colon;
	if (!last ||
	    last == strstr(mismatch->what, ": ")) /* only the member's path ends so */
		return;
	set_fix(mismatch, "%s", last + 2);
	*last = '\0';
}

/* XTypes 1.3, 7.6.3.4. */
static bool match_type(const struct tern_endpoint_info *writer,
                       const struct tern_endpoint_info *reader,
                       struct tern_mismatch *mismatch)
{
	if (!match_key(writer, reader, mismatch))
		return false;
	if (writer->type && reader->type) {
		if (writer->type == reader->type ||
		    tern__type_assignable(reader->type, writer->type, &reader->qos,
		                          mismatch->what, sizeof mismatch->what))
			return true;
		split_fix(mismatch);
		return refuse_type(mismatch, writer, reader);
	}
	/* With type information on both sides names do not count, and the transport, which has
	 * the types themselves, decides. */
	if ((has_type_information(writer) && has_type_information(reader)) ||
	    strcmp(writer->type_name, reader->type_name) == 0)
		return true;
	set_what(mismatch,
	         "reader's type is named %.60s, writer's %.60s, and one of them has no "
	         "type information to compare",
	         reader->type_name, writer->type_name);
	set_fix(mismatch, "use one name, or build both with type information");
	return refuse_type(mismatch, writer, reader);
}

uint32_t tern__mismatches(const struct tern_endpoint_info *writer,
                          const struct tern_endpoint_info *reader, uint32_t max,
                          struct tern_mismatch *ret_mismatches)
{
	static bool (*const rules[])(const struct tern_endpoint_info *writer,
	                             const struct tern_endpoint_info *reader,
	                             struct tern_mismatch *mismatch) = {
		match_reliability,       match_durability,
		match_deadline,          match_latency_budget,
		match_ownership,         match_liveliness,
		match_destination_order, match_partition,
		match_representation,    match_type,
	};
	uint32_t count = 0;

	for (size_t i = 0; i < sizeof rules / sizeof *rules && count < max; i++) {
		ret_mismatches[count].fix[0] = '\0';
		if (!rules[i](writer, reader, &ret_mismatches[count]))
			count++;
	}
	return count;
}

static enum match_code code_of(tern_mismatch_kind kind)
{
	static const enum match_code codes[] = {
		[TERN_MISMATCH_RELIABILITY] = MATCH_RELIABILITY,
		[TERN_MISMATCH_DURABILITY] = MATCH_DURABILITY,
		[TERN_MISMATCH_DEADLINE] = MATCH_DEADLINE,
		[TERN_MISMATCH_LATENCY_BUDGET] = MATCH_LATENCY_BUDGET,
		[TERN_MISMATCH_OWNERSHIP] = MATCH_OWNERSHIP,
		[TERN_MISMATCH_LIVELINESS] = MATCH_LIVELINESS,
		[TERN_MISMATCH_DESTINATION_ORDER] = MATCH_DESTINATION_ORDER,
		[TERN_MISMATCH_PARTITION] = MATCH_PARTITION,
		[TERN_MISMATCH_REPRESENTATION] = MATCH_REPRESENTATION,
		[TERN_MISMATCH_TYPE] = MATCH_TYPE,
	};
	return codes[kind];
}

bool tern__match(const struct tern_endpoint_info *writer,
                 const struct tern_endpoint_info *reader, struct match_reason *ret_reason)
{
	struct tern_mismatch first;

	ret_reason->code = MATCH_OK;
	ret_reason->text[0] = '\0';
	if (strcmp(writer->topic_name, reader->topic_name) != 0) {
		ret_reason->code = MATCH_OTHER_TOPIC;
		return false;
	}
	if (tern__mismatches(writer, reader, 1, &first) == 0)
		return true;
	ret_reason->code = code_of(first.kind);
	int length = snprintf(ret_reason->text, sizeof ret_reason->text, "%s%s%s",
	                      first.what, *first.fix ? ": " : "", first.fix);
	if (length >= (int)sizeof ret_reason->text) /* long names */
		memcpy(ret_reason->text + sizeof ret_reason->text - 4, "...", 4);
	return false;
}
