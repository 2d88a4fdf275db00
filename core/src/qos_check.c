/* Does a QoS contradict itself? One check per policy or pair of policies, each with a text that
 * names the policies and the way out. Source: DDS 1.4, 2.2.3. */
#include <inttypes.h>
#include <string.h>

#include <tern/qos.h>

#define REPRESENTATIONS_KNOWN (uint32_t)(TERN_ACCEPT_XCDR1 | TERN_ACCEPT_XCDR2)

/* The value is taken as int64_t, so that an enum out of range arrives here as it is. */
static tern_status check_choice(const char *policy, const char *member, int64_t value,
                                int64_t last, const char *choices)
{
	if (value >= 0 && value <= last)
		return TERN_OK;
	return tern_fail(TERN_EINVAL,
	                 "%s: %s is %" PRId64 ", which names no kind: use %s", policy,
	                 member, value, choices);
}

static tern_status check_choices(const struct tern_qos *qos)
{
	tern_status s;

	s = check_choice("RELIABILITY", "reliability", (int64_t)qos->reliability,
	                 TERN_RELIABLE, "TERN_BEST_EFFORT or TERN_RELIABLE");
	if (s < 0)
		return s;
	s = check_choice("DURABILITY", "durability", (int64_t)qos->durability,
	                 TERN_TRANSIENT_LOCAL, "TERN_VOLATILE or TERN_TRANSIENT_LOCAL");
	if (s < 0)
		return s;
	s = check_choice("HISTORY", "history", (int64_t)qos->history, TERN_KEEP_ALL,
	                 "TERN_KEEP_LAST or TERN_KEEP_ALL");
	if (s < 0)
		return s;
	s = check_choice("OWNERSHIP", "ownership", (int64_t)qos->ownership,
	                 TERN_EXCLUSIVE, "TERN_SHARED or TERN_EXCLUSIVE");
	if (s < 0)
		return s;
	s = check_choice(
		"LIVELINESS", "liveliness", (int64_t)qos->liveliness,
		TERN_LIVELINESS_MANUAL_BY_TOPIC,
		"TERN_LIVELINESS_AUTOMATIC, TERN_LIVELINESS_MANUAL_BY_PARTICIPANT or "
		"TERN_LIVELINESS_MANUAL_BY_TOPIC");
	if (s < 0)
		return s;
	return check_choice("DESTINATION_ORDER", "destination_order",
	                    (int64_t)qos->destination_order, TERN_BY_SOURCE_TIMESTAMP,
	                    "TERN_BY_RECEPTION_TIMESTAMP or TERN_BY_SOURCE_TIMESTAMP");
}

static tern_status check_duration(const char *policy, const char *member,
                                  int64_t value_ns, int64_t least_ns)
{
	if (value_ns >= least_ns)
		return TERN_OK;
	if (value_ns == 0)
		return tern_fail(TERN_EINVAL,
		                 "%s: %s is 0, a time in which nothing can happen: give "
		                 "at least 1 ns, or TERN_INFINITE for no limit",
		                 policy, member);
	return tern_fail(TERN_EINVAL,
	                 "%s: %s is negative (%" PRId64 " ns): give %" PRId64
	                 " or more, or TERN_INFINITE for no limit",
	                 policy, member, value_ns, least_ns);
}

static tern_status check_durations(const struct tern_qos *qos)
{
	const struct {
		const char *policy;
		const char *member;
		int64_t value_ns;
		int64_t least_ns;
	} durations[] = {
		{ "RELIABILITY", "max_blocking_time_ns", qos->max_blocking_time_ns, 0 },
		{ "DEADLINE", "deadline_ns", qos->deadline_ns, 1 },
		{ "LATENCY_BUDGET", "latency_budget_ns", qos->latency_budget_ns, 0 },
		{ "LIFESPAN", "lifespan_ns", qos->lifespan_ns, 1 },
		{ "LIVELINESS", "liveliness_lease_ns", qos->liveliness_lease_ns, 1 },
		{ "TIME_BASED_FILTER", "minimum_separation_ns",
		  qos->minimum_separation_ns, 0 },
		{ "READER_DATA_LIFECYCLE", "autopurge_nowriter_ns",
		  qos->autopurge_nowriter_ns, 0 },
		{ "READER_DATA_LIFECYCLE", "autopurge_disposed_ns",
		  qos->autopurge_disposed_ns, 0 },
	};

	for (size_t i = 0; i < sizeof durations / sizeof *durations; i++) {
		tern_status s =
			check_duration(durations[i].policy, durations[i].member,
		                       durations[i].value_ns, durations[i].least_ns);
		if (s < 0)
			return s;
	}
	if (qos->minimum_separation_ns > qos->deadline_ns)
		return tern_fail(
			TERN_EINVAL,
			"TIME_BASED_FILTER and DEADLINE: minimum_separation_ns %" PRId64
			" is above deadline_ns %" PRId64
			", so every deadline would be missed: lower the separation or "
			"raise the deadline",
			qos->minimum_separation_ns, qos->deadline_ns);
	return TERN_OK;
}

static tern_status check_limit(const char *member, int32_t value)
{
	if (value >= 1 || value == TERN_UNLIMITED)
		return TERN_OK;
	return tern_fail(TERN_EINVAL,
	                 "RESOURCE_LIMITS: %s is %" PRId32
	                 ": give 1 or more, or TERN_UNLIMITED",
	                 member, value);
}

/* Source: DDS 1.4, 2.2.3.19. A limit that is unlimited is never in contradiction. */
static tern_status check_resources(const struct tern_qos *qos)
{
	tern_status s;
	int32_t per_instance = qos->max_samples_per_instance;

	if ((s = check_limit("max_samples", qos->max_samples)) < 0 ||
	    (s = check_limit("max_instances", qos->max_instances)) < 0 ||
	    (s = check_limit("max_samples_per_instance", per_instance)) < 0)
		return s;
	if (qos->max_samples != TERN_UNLIMITED && per_instance > qos->max_samples)
		return tern_fail(TERN_EINVAL,
		                 "RESOURCE_LIMITS: max_samples %" PRId32
		                 " is below max_samples_per_instance %" PRId32
		                 ": raise max_samples or lower max_samples_per_instance",
		                 qos->max_samples, per_instance);
	if (qos->history == TERN_KEEP_ALL)
		return TERN_OK; /* the depth is not used */
	if (qos->history_depth < 1)
		return tern_fail(TERN_EINVAL,
		                 "HISTORY: KEEP_LAST with history_depth %" PRId32
		                 " keeps nothing: give 1 or more, or use TERN_KEEP_ALL",
		                 qos->history_depth);
	if (per_instance != TERN_UNLIMITED && qos->history_depth > per_instance)
		return tern_fail(
			TERN_EINVAL,
			"HISTORY and RESOURCE_LIMITS: KEEP_LAST history_depth %" PRId32
			" is above max_samples_per_instance %" PRId32
			": lower the depth or raise the limit",
			qos->history_depth, per_instance);
	return TERN_OK;
}

static tern_status check_partitions(const struct tern_qos *qos)
{
	if (qos->partition_count > TERN_PARTITIONS_MAX)
		return tern_fail(TERN_EINVAL,
		                 "PARTITION: %" PRIu32
		                 " partitions, at most %d are possible: use fewer, or a "
		                 "pattern such as \"sensors/*\"",
		                 qos->partition_count, TERN_PARTITIONS_MAX);
	if (qos->partition_count && !qos->partitions)
		return tern_fail(TERN_EINVAL,
		                 "PARTITION: partition_count is %" PRIu32
		                 " but partitions is NULL: set both, or the count to 0",
		                 qos->partition_count);
	for (uint32_t i = 0; i < qos->partition_count; i++) {
		if (!qos->partitions[i])
			return tern_fail(
				TERN_EINVAL,
				"PARTITION: partitions[%" PRIu32
				"] is NULL: write \"\" for the default partition",
				i);
		if (strnlen(qos->partitions[i], TERN_PARTITION_NAME_MAX + 1) >
		    TERN_PARTITION_NAME_MAX)
			return tern_fail(
				TERN_EINVAL,
				"PARTITION: partitions[%" PRIu32
				"] (\"%.32s...\") is longer than %d bytes: shorten it",
				i, qos->partitions[i], TERN_PARTITION_NAME_MAX);
	}
	return TERN_OK;
}

static tern_status check_user_data(const struct tern_qos *qos)
{
	if (qos->user_data_size_bytes && !qos->user_data)
		return tern_fail(TERN_EINVAL,
		                 "USER_DATA: user_data_size_bytes is %zu but user_data "
		                 "is NULL: set both, or the size to 0",
		                 qos->user_data_size_bytes);
	if (qos->user_data_size_bytes > TERN_USER_DATA_MAX_BYTES)
		return tern_fail(TERN_EINVAL,
		                 "USER_DATA: %zu bytes, at most %d are possible: publish "
		                 "large data on a transient-local topic instead",
		                 qos->user_data_size_bytes, TERN_USER_DATA_MAX_BYTES);
	return TERN_OK;
}

tern_status tern_qos_check(const struct tern_qos *qos)
{
	tern_status s;

	if (!qos)
		return tern_fail(TERN_EINVAL,
		                 "the QoS is NULL: start from tern_qos_writer_default(), "
		                 "tern_qos_reader_default() or tern_qos_topic_default()");
	if ((s = check_choices(qos)) < 0 || (s = check_durations(qos)) < 0 ||
	    (s = check_resources(qos)) < 0 || (s = check_partitions(qos)) < 0 ||
	    (s = check_user_data(qos)) < 0)
		return s;
	if (qos->representations & ~REPRESENTATIONS_KNOWN)
		return tern_fail(TERN_EINVAL,
		                 "DATA_REPRESENTATION: representations is 0x%" PRIx32
		                 ", which has unknown bits: use TERN_ACCEPT_XCDR1, "
		                 "TERN_ACCEPT_XCDR2, both, or 0 for what the type can",
		                 qos->representations);
	return TERN_OK;
}
