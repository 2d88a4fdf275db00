/* What tools are shown of a domain, and when they are told to look again. */
#include <poll.h>
#include <string.h>

#include "fake.h"

enum { WRITER = 7, OTHER = 8 };

static struct tern_participant *bus;

/* What a visit showed. */
static struct {
	uint32_t peers, endpoints, dead;
	uint32_t transports[3]; /* by state */
	uint32_t first_bit, second_bit;
	uint32_t seen_by; /* of the remote endpoint */
	char why[128];
} shown;

static void on_peer(const struct tern_peer_info *peer, void *context)
{
	(void)context;
	shown.peers += !peer->is_ours;
}

static void on_dead(const struct tern_peer_info *peer, void *context)
{
	(void)context;
	CU_ASSERT_STRING_EQUAL(peer->process_name, "peer");
	CU_ASSERT_TRUE(peer->is_dead);
	shown.dead++;
}

static void on_endpoint(const struct tern_endpoint_info *endpoint, void *context)
{
	(void)context;
	if (endpoint->is_ours)
		return;
	shown.endpoints++;
	shown.seen_by = endpoint->seen_by;
}

static void on_transport(const struct tern_transport_info *transport, void *context)
{
	(void)context;
	shown.transports[transport->state]++;
	if (strcmp(transport->name, "first") == 0)
		shown.first_bit = transport->bit;
	if (strcmp(transport->name, "second") == 0)
		shown.second_bit = transport->bit;
	if (transport->state == TERN_TRANSPORT_FAILED)
		snprintf(shown.why, sizeof shown.why, "%s", transport->why);
}

static void look(void)
{
	const struct tern_visitor visitor = {
		.peer = on_peer,
		.dead = on_dead,
		.endpoint = on_endpoint,
		.transport = on_transport,
	};

	memset(&shown, 0, sizeof shown);
	tern_participant_visit(bus, &visitor);
}

static void end(void)
{
	bus_close(bus);
	fake_reset();
}

static void transports_are_shown_and_who_sees_what(void)
{
	bus = bus_open("first,second");
	fake_found(0, TERN_WRITER, WRITER, "topic", NULL);
	look();
	CU_ASSERT_EQUAL(shown.transports[TERN_TRANSPORT_RUNNING], 2);
	CU_ASSERT_NOT_EQUAL(shown.first_bit, shown.second_bit);
	CU_ASSERT_EQUAL(shown.seen_by, shown.first_bit);
	fake_found(1, TERN_WRITER, WRITER, "topic", NULL);
	look();
	CU_ASSERT_EQUAL(shown.endpoints, 1);
	CU_ASSERT_EQUAL(shown.seen_by, shown.first_bit | shown.second_bit);
	end();
}

static void a_transport_that_failed_is_shown_with_the_reason(void)
{
	atomic_store(&fakes[0].start_status, TERN_EIO);
	bus = bus_open("first,second");
	look();
	CU_ASSERT_EQUAL(shown.transports[TERN_TRANSPORT_FAILED], 1);
	CU_ASSERT_NOT_EQUAL(shown.why[0], '\0');
	end();
}

static void the_dead_are_remembered_and_who_left_is_not(void)
{
	bus = bus_open("first,second");
	fake_found(0, TERN_WRITER, WRITER, "topic", NULL);
	fake_found(0, TERN_WRITER, OTHER, "topic", NULL);
	fake_peer_lost(0, OTHER);
	fake_died(0, WRITER);
	look();
	CU_ASSERT_EQUAL(shown.peers, 0);
	CU_ASSERT_EQUAL(shown.endpoints, 0);
	CU_ASSERT_EQUAL(shown.dead, 1);
	for (uint32_t i = 0; i < TERN_DEAD_MAX; i++) {
		fake_found(0, TERN_WRITER, 100 + i, "topic", NULL);
		fake_died(0, 100 + i);
	}
	look();
	CU_ASSERT_EQUAL(shown.dead, TERN_DEAD_MAX);
	end();
}

static void the_generation_moves_with_news_alone(void)
{
	bus = bus_open("first,second");
	uint64_t before = tern_participant_generation(bus);
	look();
	CU_ASSERT_EQUAL(tern_participant_generation(bus), before);
	fake_found(0, TERN_WRITER, WRITER, "topic", NULL);
	uint64_t found = tern_participant_generation(bus);
	CU_ASSERT_NOT_EQUAL(found, before);
	fake_lost(0, WRITER);
	CU_ASSERT_NOT_EQUAL(tern_participant_generation(bus), found);
	CU_ASSERT_EQUAL(tern_participant_generation(NULL), 0);
	end();
}

static void find_somebody(void *context)
{
	(void)context;
	fake_found(0, TERN_WRITER, WRITER, "topic", NULL);
}

static void a_waitset_waits_for_news_until_somebody_looks(void)
{
	struct tern_waitset *waitset;
	struct bus_thread thread;
	void *context = NULL;
	int us;

	bus = bus_open("first,second");
	OK(tern_waitset_create(bus, &waitset));
	OK(tern_waitset_attach_discovery(waitset, &us));
	CU_ASSERT_EQUAL(tern_waitset_wait(waitset, 0, 1, &context), 1);
	look();
	CU_ASSERT_EQUAL(tern_waitset_wait(waitset, 0, 1, &context), TERN_ETIMEDOUT);
	bus_thread_start(&thread, find_somebody, NULL);
	context = NULL;
	CU_ASSERT_EQUAL(tern_waitset_wait(waitset, SECONDS(30), 1, &context), 1);
	CU_ASSERT_PTR_EQUAL(context, &us);
	pthread_join(thread.thread, NULL);
	look();
	OK(tern_waitset_attach_discovery(waitset, NULL));
	fake_lost(0, WRITER);
	CU_ASSERT_EQUAL(tern_waitset_wait(waitset, 0, 1, &context), TERN_ETIMEDOUT);
	tern_waitset_destroy(waitset);
	end();
}

static void its_descriptor_becomes_readable_with_news(void)
{
	struct tern_waitset *waitset;
	void *context;
	int us;

	bus = bus_open("first,second");
	OK(tern_waitset_create(bus, &waitset));
	OK(tern_waitset_attach_discovery(waitset, &us));
	struct pollfd news = { .fd = tern_waitset_fd(waitset), .events = POLLIN };
	look();
	CU_ASSERT_EQUAL(tern_waitset_wait(waitset, 0, 1, &context), TERN_ETIMEDOUT);
	CU_ASSERT_EQUAL(poll(&news, 1, 0), 0);
	fake_found(0, TERN_WRITER, WRITER, "topic", NULL);
	CU_ASSERT_EQUAL(poll(&news, 1, 30000), 1);
	CU_ASSERT_EQUAL(tern_waitset_wait(waitset, 0, 1, &context), 1);
	tern_waitset_destroy(waitset);
	end();
}

static void types_that_no_transport_knows_are_not_compared(void)
{
	const struct tern_guid writer = fake_guid(WRITER), reader = fake_guid(OTHER);

	bus = bus_open("first,second");
	CU_ASSERT_EQUAL(tern_participant_compare_types(bus, &writer, &reader),
	                TERN_ENOTFOUND);
	CU_ASSERT_EQUAL(tern_participant_compare_types(NULL, &writer, &reader),
	                TERN_EINVAL);
	end();
}

static const struct suite_test tests[] = {
	{ "transports_are_shown_and_who_sees_what",
	  transports_are_shown_and_who_sees_what },
	{ "a_transport_that_failed_is_shown_with_the_reason",
	  a_transport_that_failed_is_shown_with_the_reason },
	{ "the_dead_are_remembered_and_who_left_is_not",
	  the_dead_are_remembered_and_who_left_is_not },
	{ "the_generation_moves_with_news_alone", the_generation_moves_with_news_alone },
	{ "a_waitset_waits_for_news_until_somebody_looks",
	  a_waitset_waits_for_news_until_somebody_looks },
	{ "its_descriptor_becomes_readable_with_news",
	  its_descriptor_becomes_readable_with_news },
	{ "types_that_no_transport_knows_are_not_compared",
	  types_that_no_transport_knows_are_not_compared },
};

int main(int argc, char **argv)
{
	fake_reset();
	return SUITE_RUN(argc, argv, tests);
}
