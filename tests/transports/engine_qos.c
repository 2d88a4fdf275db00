/* The words of QoS that conformance tests use. */
#include <stdlib.h>
#include <string.h>

#include "engine.h"

#define MILLISECOND_NS INT64_C(1000000)

static bool set_flag(const char *word, struct tern_qos *qos)
{
	if (strcmp(word, "reliable") == 0)
		qos->reliability = TERN_RELIABLE;
	else if (strcmp(word, "best_effort") == 0)
		qos->reliability = TERN_BEST_EFFORT;
	else if (strcmp(word, "transient_local") == 0)
		qos->durability = TERN_TRANSIENT_LOCAL;
	else if (strcmp(word, "keep_all") == 0)
		qos->history = TERN_KEEP_ALL;
	else if (strcmp(word, "exclusive") == 0)
		qos->ownership = TERN_EXCLUSIVE;
	else if (strcmp(word, "by_source") == 0)
		qos->destination_order = TERN_BY_SOURCE_TIMESTAMP;
	else if (strcmp(word, "no_autodispose") == 0)
		qos->autodispose_unregistered = false;
	else if (strcmp(word, "xcdr2") == 0)
		qos->representations = TERN_ACCEPT_XCDR2;
	else
		return false;
	return true;
}

static bool set_value(const char *name, const char **value, struct tern_qos *qos)
{
	int64_t number = strtoll(*value, NULL, 10);
	if (strcmp(name, "keep_last") == 0)
		qos->history_depth = (int32_t)number;
	else if (strcmp(name, "max_samples") == 0)
		qos->max_samples = (int32_t)number;
	else if (strcmp(name, "strength") == 0)
		qos->ownership_strength = (int32_t)number;
	else if (strcmp(name, "block_ms") == 0)
		qos->max_blocking_time_ns = number * MILLISECOND_NS;
	else if (strcmp(name, "deadline_ms") == 0)
		qos->deadline_ns = number * MILLISECOND_NS;
	else if (strcmp(name, "lifespan_ms") == 0)
		qos->lifespan_ns = number * MILLISECOND_NS;
	else if (strcmp(name, "partition") == 0) {
		qos->partitions = value;
		qos->partition_count = 1;
	} else if (strcmp(name, "user") == 0) {
		qos->user_data = *value;
		qos->user_data_size_bytes = strlen(*value);
	} else
		return false;
	return true;
}

const char *engine_qos_parse(char *const *words, size_t count, struct tern_qos *qos)
{
	/* The partition's name is borrowed by the QoS until the create call. */
	static _Thread_local char name[64];
	static _Thread_local const char *partition;
	for (size_t i = 0; i < count; i++) {
		const char *equals = strchr(words[i], '=');
		if (!equals) {
			if (!set_flag(words[i], qos))
				return words[i];
			continue;
		}
		size_t length = (size_t)(equals - words[i]);
		if (length >= sizeof name)
			return words[i];
		memcpy(name, words[i], length);
		name[length] = '\0';
		const char *value = equals + 1;
		if (strcmp(name, "partition") == 0) {
			partition = value;
			(void)set_value(name, &partition, qos);
		} else if (!set_value(name, &value, qos)) {
			return words[i];
		}
	}
	return NULL;
}
