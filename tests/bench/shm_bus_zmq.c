/* An end of a benchmark within a host on ZeroMQ over ipc: PUSH and PULL between two, which loses
 * nothing, and publish-subscribe that does not drop (XPUB_NODROP) to several and late joiners. */
#include "shm_bus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <zmq.h>

static struct bus_options options;
static void *context, *out, *in;
static bool published; /* publish-subscribe */

static void check(int result, const char *what)
{
	if (result < 0)
		bus_fail(what, zmq_strerror(errno));
}

static void address_of(const char *topic, char *ret_address, size_t size_bytes)
{
	const char *directory = getenv("BENCH_DIRECTORY");

	snprintf(ret_address, size_bytes, "ipc://%s/%s", directory ? directory : "/tmp",
	         topic);
}

static void *open_socket(int kind, const char *topic, bool binds)
{
	char address[256];
	void *socket = zmq_socket(context, kind);
	int now = 0;

	if (!socket)
		bus_fail("no socket", zmq_strerror(errno));
	check(zmq_setsockopt(socket, ZMQ_LINGER, &(int){ 5000 }, sizeof now), "linger");
	if (kind == ZMQ_XPUB) {
		check(zmq_setsockopt(socket, ZMQ_XPUB_NODROP, &(int){ 1 }, sizeof now),
		      "no drop");
		check(zmq_setsockopt(socket, ZMQ_XPUB_VERBOSE, &(int){ 1 }, sizeof now),
		      "verbose");
	}
	if (kind == ZMQ_SUB)
		check(zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0), "subscribe");
	address_of(topic, address, sizeof address);
	check(binds ? zmq_bind(socket, address) : zmq_connect(socket, address), address);
	return socket;
}

void bus_open(const struct bus_options *wanted)
{
	options = *wanted;
	context = zmq_ctx_new();
	published = options.history || getenv("BENCH_PUBLISHED");
	if (options.write_topic)
		out = open_socket(published ? ZMQ_XPUB : ZMQ_PUSH, options.write_topic,
		                  published);
	if (options.read_topic)
		in = open_socket(published ? ZMQ_SUB : ZMQ_PULL, options.read_topic,
		                 !published);
}

void bus_close(void)
{
	if (out)
		zmq_close(out);
	if (in)
		zmq_close(in);
	zmq_ctx_term(context);
}

/* A publisher hears of each subscription; PUSH sends nothing until somebody is there. */
void bus_wait_matched(void)
{
	char subscription[8];

	for (uint32_t i = 0; out && published && i < options.readers; i++)
		check(zmq_recv(out, subscription, sizeof subscription, 0),
		      "subscription");
}

static void send(zmq_msg_t *message)
{
	check(zmq_msg_send(message, out, 0), "send");
}

void bus_write(uint64_t number)
{
	static unsigned char sample[1 << 20];

	memcpy(sample, &number, sizeof number);
	check(zmq_send(out, sample, options.size_bytes, 0), "send");
}

void bus_publish(uint64_t number, bool touch)
{
	zmq_msg_t message;

	check(zmq_msg_init_size(&message, options.size_bytes), "message");
	unsigned char *bytes = zmq_msg_data(&message);
	if (touch)
		memset(bytes, (int)number, options.size_bytes);
	memcpy(bytes, &number, sizeof number);
	send(&message);
}

bool bus_wait(int64_t timeout_ns)
{
	zmq_pollitem_t item = { .socket = in, .events = ZMQ_POLLIN };
	long timeout_ms = timeout_ns == INT64_MAX ? -1 : (long)(timeout_ns / 1000000);

	return zmq_poll(&item, 1, timeout_ms) > 0;
}

uint32_t bus_take(uint32_t max, bool touch, uint64_t *ret_number)
{
	uint32_t count = 0;

	while (count < max) {
		zmq_msg_t message;
		check(zmq_msg_init(&message), "message");
		if (zmq_msg_recv(&message, in, ZMQ_DONTWAIT) < 0) {
			if (errno != EAGAIN)
				bus_fail("receive", zmq_strerror(errno));
			zmq_msg_close(&message);
			break;
		}
		memcpy(ret_number, zmq_msg_data(&message), sizeof *ret_number);
		if (touch)
			bus_read_all(zmq_msg_data(&message), zmq_msg_size(&message));
		zmq_msg_close(&message);
		count++;
	}
	return count;
}
