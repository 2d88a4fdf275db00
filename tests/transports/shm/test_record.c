/* Announcements: what goes in comes out, and nothing else is believed. */
#include <stdlib.h>
#include <string.h>

#include <tern/qos.h>

#include "record.h"
#include "suite.h"

static const char *const partitions[] = { "a", "b*", "" };
static const uint8_t type_information[] = { 1, 2, 3, 4, 5 };
static const uint8_t type_mapping[] = { 6, 7, 8 };
static const char user_data[] = "said by the user";

static struct tern_endpoint_info info_make(tern_endpoint_kind kind)
{
	struct tern_endpoint_info info = {
		.kind = kind,
		.guid = { { 1, 2, 3 } },
		.participant = { { 1, 2, 4 } },
		.is_tern = true,
		.topic_name = "pose",
		.type_name = "vehicle::Pose",
		.type_information = type_information,
		.type_information_size_bytes = sizeof type_information,
		.type_mapping = type_mapping,
		.type_mapping_size_bytes = sizeof type_mapping,
		.qos = kind == TERN_WRITER ? tern_qos_writer_default()
		                           : tern_qos_reader_default(),
		.layout_hash = 0x1234567890abcdef,
	};

	info.qos.history = TERN_KEEP_ALL;
	info.qos.deadline_ns = 5;
	info.qos.ownership_strength = -7;
	info.qos.partitions = partitions;
	info.qos.partition_count = 3;
	info.qos.user_data = user_data;
	info.qos.user_data_size_bytes = sizeof user_data;
	return info;
}

static uint8_t *encoded(const struct tern_endpoint_info *info, size_t *ret_size_bytes)
{
	static const uint8_t type[] = { 9, 8, 7 };
	const struct record_extra extra = { 4096, type, sizeof type };
	*ret_size_bytes = record_size_bytes(info, &extra);
	uint8_t *bytes = malloc(*ret_size_bytes);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
	record_encode(info, &extra, bytes);
	return bytes;
}

static void what_is_announced_is_understood(void)
{
	const struct tern_endpoint_info info = info_make(TERN_WRITER);
	struct record got;
	size_t size_bytes;
	uint8_t *bytes = encoded(&info, &size_bytes);

	CU_ASSERT_TRUE_FATAL(record_decode(bytes, size_bytes, &got));
	CU_ASSERT_EQUAL(got.extra.ring, 4096);
	CU_ASSERT_EQUAL_FATAL(got.extra.type_size_bytes, 3);
	CU_ASSERT_EQUAL(got.extra.type[2], 7);
	CU_ASSERT_EQUAL(got.info.kind, TERN_WRITER);
	CU_ASSERT_EQUAL(memcmp(&got.info.guid, &info.guid, sizeof info.guid), 0);
	CU_ASSERT_EQUAL(
		memcmp(&got.info.participant, &info.participant, sizeof info.guid), 0);
	CU_ASSERT_TRUE(got.info.is_tern);
	CU_ASSERT_FALSE(got.info.is_ours);
	CU_ASSERT_PTR_NULL(got.info.type);
	CU_ASSERT_STRING_EQUAL(got.info.topic_name, "pose");
	CU_ASSERT_STRING_EQUAL(got.info.type_name, "vehicle::Pose");
	CU_ASSERT_EQUAL(got.info.layout_hash, info.layout_hash);
	CU_ASSERT_EQUAL_FATAL(got.info.type_information_size_bytes,
	                      sizeof type_information);
	CU_ASSERT_EQUAL(memcmp(got.info.type_information, type_information,
	                       sizeof type_information),
	                0);
	CU_ASSERT_EQUAL_FATAL(got.info.type_mapping_size_bytes, sizeof type_mapping);
	CU_ASSERT_EQUAL(memcmp(got.info.type_mapping, type_mapping, sizeof type_mapping),
	                0);
	CU_ASSERT_EQUAL(got.info.qos.reliability, TERN_RELIABLE);
	CU_ASSERT_EQUAL(got.info.qos.history, TERN_KEEP_ALL);
	CU_ASSERT_EQUAL(got.info.qos.deadline_ns, 5);
	CU_ASSERT_EQUAL(got.info.qos.lifespan_ns, TERN_INFINITE);
	CU_ASSERT_EQUAL(got.info.qos.ownership_strength, -7);
	CU_ASSERT_TRUE(got.info.qos.ignore_string_bounds);
	CU_ASSERT_FALSE(got.info.qos.prevent_type_widening);
	CU_ASSERT_EQUAL_FATAL(got.info.qos.partition_count, 3);
	CU_ASSERT_STRING_EQUAL(got.info.qos.partitions[1], "b*");
	CU_ASSERT_STRING_EQUAL(got.info.qos.partitions[2], "");
	CU_ASSERT_EQUAL_FATAL(got.info.qos.user_data_size_bytes, sizeof user_data);
	CU_ASSERT_STRING_EQUAL(got.info.qos.user_data, user_data);
	free(bytes);
}

static void what_is_empty_stays_so(void)
{
	struct tern_endpoint_info info = info_make(TERN_READER);
	struct record got;
	size_t size_bytes;

	info.type_information = NULL;
	info.type_information_size_bytes = 0;
	info.qos.partition_count = 0;
	info.qos.user_data = NULL;
	info.qos.user_data_size_bytes = 0;
	uint8_t *bytes = encoded(&info, &size_bytes);
	CU_ASSERT_TRUE_FATAL(record_decode(bytes, size_bytes, &got));
	CU_ASSERT_EQUAL(got.info.kind, TERN_READER);
	CU_ASSERT_PTR_NULL(got.info.type_information);
	CU_ASSERT_PTR_NULL(got.info.qos.partitions);
	CU_ASSERT_PTR_NULL(got.info.qos.user_data);
	free(bytes);
}

/* In memory that ends where the record does, so that the sanitizer sees who reads on. */
static bool decodes(const uint8_t *bytes, size_t size_bytes)
{
	struct record got;
	uint8_t *exact = malloc(size_bytes ? size_bytes : 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(exact);
	memcpy(exact, bytes, size_bytes);
	bool good = record_decode(exact, size_bytes, &got);
	free(exact);
	return good;
}

static void a_record_that_is_cut_or_longer_is_refused(void)
{
	const struct tern_endpoint_info info = info_make(TERN_WRITER);
	size_t size_bytes;
	uint8_t *bytes = encoded(&info, &size_bytes);
	uint8_t longer[1024] = { 0 };

	for (size_t cut = 0; cut < size_bytes; cut++)
		CU_ASSERT_FALSE(decodes(bytes, cut));
	CU_ASSERT_FATAL(size_bytes < sizeof longer);
	memcpy(longer, bytes, size_bytes);
	CU_ASSERT_TRUE(decodes(longer, size_bytes));
	CU_ASSERT_FALSE(decodes(longer, size_bytes + 1));
	free(bytes);
}

/* Whatever one byte says: it is refused, or understood as something that can be. */
static void no_byte_can_do_harm(void)
{
	const struct tern_endpoint_info info = info_make(TERN_WRITER);
	size_t size_bytes;
	uint8_t *bytes = encoded(&info, &size_bytes);
	size_t refused = 0;

	for (size_t at = 0; at < size_bytes; at++) {
		const uint8_t was = bytes[at];
		for (unsigned value = 0; value < 256; value++) {
			bytes[at] = (uint8_t)value;
			refused += !decodes(bytes, size_bytes);
		}
		bytes[at] = was;
	}
	CU_ASSERT(refused > 256 * 4);
	free(bytes);
}

static void refuses(void (*spoil)(struct tern_endpoint_info *info))
{
	struct tern_endpoint_info info = info_make(TERN_WRITER);
	size_t size_bytes;

	spoil(&info);
	uint8_t *bytes = encoded(&info, &size_bytes);
	CU_ASSERT_FALSE(decodes(bytes, size_bytes));
	free(bytes);
}

static void no_topic(struct tern_endpoint_info *info)
{
	info->topic_name = "";
}

static void odd_history(struct tern_endpoint_info *info)
{
	info->qos.history = (tern_history)7;
}

static void no_depth(struct tern_endpoint_info *info)
{
	info->qos.history_depth = 0;
}

static void negative_lifespan(struct tern_endpoint_info *info)
{
	info->qos.lifespan_ns = -1;
}

static void odd_kind(struct tern_endpoint_info *info)
{
	info->kind = (tern_endpoint_kind)2;
}

static void values_that_cannot_be_are_refused(void)
{
	refuses(no_topic);
	refuses(odd_history);
	refuses(no_depth);
	refuses(negative_lifespan);
	refuses(odd_kind);
}

int main(int argc, char **argv)
{
	static const struct suite_test tests[] = {
		{ "what_is_announced_is_understood", what_is_announced_is_understood },
		{ "what_is_empty_stays_so", what_is_empty_stays_so },
		{ "a_record_that_is_cut_or_longer_is_refused",
		  a_record_that_is_cut_or_longer_is_refused },
		{ "no_byte_can_do_harm", no_byte_can_do_harm },
		{ "values_that_cannot_be_are_refused",
		  values_that_cannot_be_are_refused },
	};
	return SUITE_RUN(argc, argv, tests);
}
