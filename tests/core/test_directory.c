/* The directory keeps its own copy of what transports report, for as long as anybody needs it. */
#include <string.h>

#include "directory.h"
#include "suite.h"

static struct directory directory;

static struct tern_endpoint_info endpoint_info(uint8_t number)
{
	return (struct tern_endpoint_info){
		.kind = TERN_WRITER,
		.guid = { .bytes = { number } },
		.participant = { .bytes = { 99 } },
		.topic_name = "topic",
		.type_name = "type",
		.qos = tern_qos_writer_default(),
	};
}

static void what_is_reported_is_copied(void)
{
	char topic[] = "topic", partition[] = "left";
	uint8_t type_information[] = { 1, 2, 3 }, user_data[] = { 4, 5 };
	const char *const partitions[] = { partition };
	struct tern_endpoint_info info = endpoint_info(1);
	struct endpoint *endpoint = NULL;

	info.topic_name = topic;
	info.type_information = type_information;
	info.type_information_size_bytes = sizeof type_information;
	info.qos.partitions = partitions;
	info.qos.partition_count = 1;
	info.qos.user_data = user_data;
	info.qos.user_data_size_bytes = sizeof user_data;
	CU_ASSERT_EQUAL_FATAL(directory_put_endpoint(&directory, &info, 1, &endpoint),
	                      TERN_OK);
	memset(topic, 'x', 5);
	memset(partition, 'x', 4);
	memset(type_information, 0, sizeof type_information);
	memset(user_data, 0, sizeof user_data);
	CU_ASSERT_PTR_EQUAL(directory_endpoint(&directory, &info.guid), endpoint);
	CU_ASSERT_STRING_EQUAL(endpoint->info.topic_name, "topic");
	CU_ASSERT_STRING_EQUAL(endpoint->info.qos.partitions[0], "left");
	CU_ASSERT_EQUAL(endpoint->info.type_information[2], 3);
	CU_ASSERT_EQUAL(((const uint8_t *)endpoint->info.qos.user_data)[1], 5);
	directory_fini(&directory);
}

static void an_endpoint_lives_while_it_is_held(void)
{
	struct tern_endpoint_info info = endpoint_info(1);
	struct endpoint *first, *second;

	CU_ASSERT_EQUAL_FATAL(directory_put_endpoint(&directory, &info, 1, &first),
	                      TERN_OK);
	endpoint_ref(first);
	info.type_name = "other";
	CU_ASSERT_EQUAL_FATAL(directory_put_endpoint(&directory, &info, 2, &second),
	                      TERN_OK);
	CU_ASSERT_PTR_NOT_EQUAL(first, second);
	CU_ASSERT_EQUAL(second->reported_by, 3);
	CU_ASSERT_STRING_EQUAL(first->info.type_name, "type");
	directory_remove_endpoint(&directory, &info.guid);
	CU_ASSERT_PTR_NULL(directory_endpoint(&directory, &info.guid));
	CU_ASSERT_STRING_EQUAL(first->info.type_name, "type");
	endpoint_unref(first);
	directory_remove_endpoint(&directory, &info.guid); /* nothing any more */
	directory_fini(&directory);
}

static void infos_are_the_same_if_they_match_alike(void)
{
	const struct tern_endpoint_info info = endpoint_info(1);
	struct tern_endpoint_info other = endpoint_info(1);

	CU_ASSERT_TRUE(endpoint_same(&info, &other));
	other.qos.ownership_strength = 1;
	CU_ASSERT_FALSE(endpoint_same(&info, &other));
	other = endpoint_info(1);
	other.type_name = "other";
	CU_ASSERT_FALSE(endpoint_same(&info, &other));
}

static void a_peer_keeps_what_only_one_transport_knows(void)
{
	struct tern_peer_info info = {
		.guid = { .bytes = { 9 } },
		.is_tern = true,
		.host_id = { 1, 2 },
		.pid = 77,
		.process_name = "flight",
		.address = "udp/10.0.0.2",
	};

	CU_ASSERT_EQUAL(directory_put_peer(&directory, &info, 1), TERN_OK);
	const struct tern_peer_info less = { .guid = info.guid,
		                             .is_tern = true,
		                             .process_name = "",
		                             .address = "tcp/10.0.0.3" };
	CU_ASSERT_EQUAL(directory_put_peer(&directory, &less, 2), TERN_OK);
	const struct peer *peer = directory_peer(&directory, &info.guid);
	CU_ASSERT_EQUAL(peer->reported_by, 3);
	CU_ASSERT_EQUAL(peer->info.host_id[1], 2);
	CU_ASSERT_EQUAL(peer->info.pid, 77);
	CU_ASSERT_STRING_EQUAL(peer->info.process_name, "flight");
	CU_ASSERT_STRING_EQUAL(peer->info.address, "tcp/10.0.0.3");
	directory_remove_peer(&directory, &info.guid);
	CU_ASSERT_PTR_NULL(directory_peer(&directory, &info.guid));
	directory_fini(&directory);
}

static const struct suite_test tests[] = {
	{ "what_is_reported_is_copied", what_is_reported_is_copied },
	{ "an_endpoint_lives_while_it_is_held", an_endpoint_lives_while_it_is_held },
	{ "infos_are_the_same_if_they_match_alike",
	  infos_are_the_same_if_they_match_alike },
	{ "a_peer_keeps_what_only_one_transport_knows",
	  a_peer_keeps_what_only_one_transport_knows },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
