/* An end of a benchmark within a host on iceoryx 2.0, through its C binding; RouDi runs already. */
#include "shm_bus.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <iceoryx_binding_c/publisher.h>
#include <iceoryx_binding_c/runtime.h>
#include <iceoryx_binding_c/subscriber.h>
#include <iceoryx_binding_c/wait_set.h>

#define SERVICE "bench", "host"
/* iceoryx's own largest. */
#define QUEUE 256

static struct bus_options options;
static iox_pub_storage_t publisher_memory;
static iox_sub_storage_t subscriber_memory;
static iox_ws_storage_t waitset_memory;
static iox_pub_t publisher;
static iox_sub_t subscriber;
static iox_ws_t waitset;

static void open_publisher(void)
{
	iox_pub_options_t settings;

	iox_pub_options_init(&settings);
	settings.historyCapacity = options.history ? 1 : 0;
	settings.subscriberTooSlowPolicy = ConsumerTooSlowPolicy_WAIT_FOR_CONSUMER;
	publisher =
		iox_pub_init(&publisher_memory, SERVICE, options.write_topic, &settings);
}

static void open_subscriber(void)
{
	iox_sub_options_t settings;

	iox_sub_options_init(&settings);
	settings.historyRequest = options.history ? 1 : 0;
	settings.queueCapacity = QUEUE;
	settings.queueFullPolicy = QueueFullPolicy_BLOCK_PRODUCER;
	subscriber =
		iox_sub_init(&subscriber_memory, SERVICE, options.read_topic, &settings);
	waitset = iox_ws_init(&waitset_memory);
	if (iox_ws_attach_subscriber_state(waitset, subscriber, SubscriberState_HAS_DATA,
	                                   0, NULL) != WaitSetResult_SUCCESS)
		bus_fail("waitset", "the subscriber cannot be waited for");
}

/* Its C binding has no log level, and it tells of each beginning and end. @return what stderr was */
static int silence(void)
{
	int before = dup(STDERR_FILENO);
	int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (before < 0 || nothing < 0)
		bus_fail("stderr", "cannot be silenced");
	dup2(nothing, STDERR_FILENO);
	close(nothing);
	return before;
}

static void speak(int before)
{
	dup2(before, STDERR_FILENO);
	close(before);
}

void bus_open(const struct bus_options *wanted)
{
	char name[64];

	options = *wanted;
	snprintf(name, sizeof name, "bench-%d", (int)getpid());
	int before = silence();
	iox_runtime_init(name);
	speak(before);
	if (options.write_topic)
		open_publisher();
	if (options.read_topic)
		open_subscriber();
}

void bus_close(void)
{
	close(silence()); /* for good: it goes on telling until the process ends */
	if (subscriber) {
		iox_ws_deinit(waitset);
		iox_sub_deinit(subscriber);
	}
	if (publisher)
		iox_pub_deinit(publisher);
	iox_runtime_shutdown();
}

/* It tells whether there are subscribers, not how many: a moment more lets all of them come. */
void bus_wait_matched(void)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	const struct timespec moment = { .tv_nsec = 300000000 };
	int64_t left_ns = BUS_PATIENCE_NS;

	while ((publisher && !iox_pub_has_subscribers(publisher)) ||
	       (subscriber && iox_sub_get_subscription_state(subscriber) !=
	                              SubscribeState_SUBSCRIBED)) {
		if ((left_ns -= pause.tv_nsec) <= 0)
			bus_fail("matching", "the other end did not come");
		nanosleep(&pause, NULL);
	}
	if (publisher && options.readers > 1)
		nanosleep(&moment, NULL);
}

void bus_write(uint64_t number)
{
	static unsigned char sample[1 << 20];
	void *chunk;

	if (iox_pub_loan_chunk(publisher, &chunk, (uint32_t)options.size_bytes) !=
	    AllocationResult_SUCCESS)
		bus_fail("write", "no chunk");
	memcpy(sample, &number, sizeof number);
	memcpy(chunk, sample, options.size_bytes);
	iox_pub_publish_chunk(publisher, chunk);
}

void bus_publish(uint64_t number, bool touch)
{
	void *chunk;

	if (iox_pub_loan_chunk(publisher, &chunk, (uint32_t)options.size_bytes) !=
	    AllocationResult_SUCCESS)
		bus_fail("publish", "no chunk");
	if (touch)
		memset(chunk, (int)number, options.size_bytes);
	memcpy(chunk, &number, sizeof number);
	iox_pub_publish_chunk(publisher, chunk);
}

/* Its waits end at times with nothing to tell, long before the time-out. */
bool bus_wait(int64_t timeout_ns)
{
	struct timespec slice = { .tv_sec = 1 };
	iox_notification_info_t event;
	uint64_t missed;

	for (int64_t left_ns = timeout_ns; !iox_sub_has_chunks(subscriber);
	     left_ns -= 1000000) {
		if (left_ns <= 0)
			return false;
		if (timeout_ns == INT64_MAX)
			iox_ws_wait(waitset, &event, 1, &missed);
		else
			iox_ws_timed_wait(waitset, slice, &event, 1, &missed);
	}
	return true;
}

uint32_t bus_take(uint32_t max, bool touch, uint64_t *ret_number)
{
	const void *chunk;
	uint32_t count = 0;

	while (count < max &&
	       iox_sub_take_chunk(subscriber, &chunk) == ChunkReceiveResult_SUCCESS) {
		memcpy(ret_number, chunk, sizeof *ret_number);
		if (touch)
			bus_read_all(chunk, options.size_bytes);
		iox_sub_release_chunk(subscriber, chunk);
		count++;
	}
	return count;
}
