/* See sender.h. */
#include "sender.h"

#include <errno.h>

#include "cyclone_0_10/cyclone_0_10.h"

static void send_held(struct tern__sender *sender)
{
	dds_write_flush(sender->writer);
	tern__batch_sent(&sender->batch);
}

/* Let go of the lock. Who found it taken has left word before he tried again: either he got it,
 * or his word is seen here (both are sequentially consistent). */
static void unlock(struct tern__sender *sender)
{
	do {
		if (atomic_load(&sender->wanted) &&
		    atomic_exchange(&sender->wanted, false))
			send_held(sender);
		pthread_mutex_unlock(&sender->lock);
	} while (atomic_load(&sender->wanted) &&
	         pthread_mutex_trylock(&sender->lock) == 0);
}

static void arm(struct tern__sender *sender, int64_t at_ns)
{
	atomic_store(&sender->armed, true);
	tern__alarm_set(sender->alarm, at_ns);
}

/* ---- the alarm ----------------------------------------------------------------------- */

static void look(struct tern__sender *sender)
{
	int64_t now_ns = sender->host->monotonic_ns();

	if (tern__batch_is_due(&sender->batch, now_ns))
		send_held(sender);
	int64_t next_ns = tern__batch_next_look(&sender->batch, now_ns);
	if (next_ns == TERN_INFINITE)
		atomic_store(&sender->armed, false);
	else
		arm(sender, next_ns);
}

/* On Cyclone's event thread, with none of its locks held. In a stream it rings once in a delay,
 * which is cheaper than to wake the thread for each batch. */
static void on_alarm(void *context)
{
	struct tern__sender *sender = context;
	unsigned writes = atomic_load(&sender->writes);
	bool goes_on = writes != sender->writes_seen;

	sender->writes_seen = writes;
	if (pthread_mutex_trylock(&sender->lock) == 0) {
		look(sender);
		unlock(sender);
	} else if (goes_on) {
		/* A writer in mid-stream looks at the time by itself. */
		arm(sender, sender->host->monotonic_ns() + sender->batch.max_delay_ns);
	} else {
		/* One that is held back by its readers would be asked for ever: it arms the
		 * alarm again when it has something to hold. */
		atomic_store(&sender->armed, false);
		tern__sender_flush(sender);
	}
}

/* ---- the writer ---------------------------------------------------------------------- */

dds_entity_t tern__sender_init(struct tern__sender *sender, const struct tern_host *host,
                               dds_entity_t participant, dds_entity_t topic,
                               struct ddsi_sertype *sertype, const dds_qos_t *qos,
                               const dds_listener_t *listener, int64_t max_delay_ns)
{
	sender->host = host;
	pthread_mutex_init(&sender->lock, NULL);
	tern__batch_init(&sender->batch, max_delay_ns,
	                 tern__cyclone_message_size(sertype));
	if (max_delay_ns > 0)
		sender->alarm = tern__alarm_create(sertype, on_alarm, sender);
	sender->writer = tern__cyclone_writer_create(participant, topic, sertype, qos,
	                                             listener, sender->alarm != NULL);
	return sender->writer;
}

void tern__sender_fini(struct tern__sender *sender)
{
	if (!sender->host)
		return;
	tern__alarm_destroy(sender->alarm);
	pthread_mutex_destroy(&sender->lock);
}

void tern__sender_begin(struct tern__sender *sender, int64_t *ret_begin_ns)
{
	if (!sender->alarm)
		return;
	pthread_mutex_lock(&sender->lock);
	atomic_fetch_add_explicit(&sender->writes, 1, memory_order_relaxed);
	*ret_begin_ns = sender->host->monotonic_ns();
}

void tern__sender_end(struct tern__sender *sender, int64_t begin_ns, size_t size_bytes)
{
	if (!sender->alarm)
		return;
	struct tern__batch *batch = &sender->batch;
	uint32_t bytes = size_bytes < UINT32_MAX ? (uint32_t)size_bytes : UINT32_MAX;
	bool is_held = tern__batch_hold(batch, begin_ns, bytes);
	if (!is_held)
		send_held(sender);
	int64_t end_ns = sender->host->monotonic_ns();
	tern__batch_done(batch, end_ns);
	if (is_held && !atomic_load(&sender->armed))
		arm(sender, tern__batch_next_look(batch, end_ns));
	unlock(sender);
}

void tern__sender_flush(struct tern__sender *sender)
{
	if (!sender->alarm)
		return;
	atomic_store(&sender->wanted, true);
	if (pthread_mutex_trylock(&sender->lock) == 0)
		unlock(sender);
}
