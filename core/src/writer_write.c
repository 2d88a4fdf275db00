/* How a sample leaves a writer: stamped, recorded, then reserved on all transports that have
 * readers of it and only then committed, so that a write that times out was sent to nobody. */
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "domain.h"
#include "outgoing.h"
#include "payload.h"
#include "sample_check.h"
#include "timed_lock.h"
#include "writer.h"

static tern_status timed_out(const struct tern_writer *writer)
{
	return tern_fail(
		TERN_ETIMEDOUT,
		"%s: readers held the write back for max_blocking_time_ns (%lld): it "
		"was sent to nobody and can be tried again; take faster, give readers "
		"more room, or wait longer",
		writer->topic->name,
		(long long)writer->port.info.qos.max_blocking_time_ns);
}

static tern_status lock_writer(struct tern_writer *writer, struct tern_outgoing *outgoing)
{
	if (pthread_mutex_trylock(&writer->lock) == 0)
		return TERN_OK;
	int64_t deadline_ns = tern__outgoing_deadline(outgoing);
	if (deadline_ns == 0) { /* best effort: nobody holds it for long */
		pthread_mutex_lock(&writer->lock);
		return TERN_OK;
	}
	struct timespec until = clock_timespec(deadline_ns);
	if (timed_lock(&writer->lock, &until) == ETIMEDOUT)
		return timed_out(writer);
	return TERN_OK;
}

static tern_status stamp(const struct tern_writer *writer, int64_t wanted_ns,
                         int64_t now_ns, int64_t *ret_timestamp_ns)
{
	/* RTPS counts seconds in 32 bits (RTPS 2.5, 9.3.2): the end is in the year 2106. */
	const int64_t end_ns = INT64_C(4294967295) * 1000000000;
	int64_t last_ns = writer->last_timestamp_ns;

	if (wanted_ns == TERN_TIMESTAMP_NOW)
		wanted_ns = now_ns > last_ns ? now_ns : last_ns + 1;
	else if (wanted_ns == last_ns)
		wanted_ns++;
	if (wanted_ns < last_ns || wanted_ns < 0)
		return tern_fail(
			TERN_EINVAL,
			"%s: source timestamp %lld is before the writer's last, %lld: "
			"timestamps of a writer only rise; use one writer per source",
			writer->topic->name, (long long)wanted_ns, (long long)last_ns);
	if (wanted_ns > end_ns)
		return tern_fail(
			TERN_EINVAL,
			"%s: source timestamp %lld is beyond %lld, the last that "
			"RTPS can carry: give nanoseconds since 1970",
			writer->topic->name, (long long)wanted_ns, (long long)end_ns);
	*ret_timestamp_ns = wanted_ns;
	return TERN_OK;
}

static void cancel(const struct tern_writer *writer, uint32_t transports,
                   struct tern_outgoing *outgoing)
{
	for (uint32_t i = 0; transports >> i; i++)
		if (transports & (1u << i))
			writer->port.domain->transports[i].ops->cancel(
				writer->port.endpoints[i], outgoing);
}

static tern_status reserve(const struct tern_writer *writer, uint32_t transports,
                           struct tern_outgoing *outgoing)
{
	for (uint32_t i = 0; transports >> i; i++) {
		if (!(transports & (1u << i)))
			continue;
		tern_status s = writer->port.domain->transports[i].ops->reserve(
			writer->port.endpoints[i], outgoing);
		if (s < 0) {
			cancel(writer, transports & ((1u << i) - 1), outgoing);
			return s == TERN_ETIMEDOUT ? timed_out(writer) : s;
		}
	}
	return TERN_OK;
}

/* What may still fail goes first: then nothing was sent, and the others are cancelled. */
static tern_status commit(const struct tern_writer *writer, uint32_t transports,
                          struct tern_outgoing *outgoing)
{
	const struct domain_transport *all = writer->port.domain->transports;

	for (uint32_t i = 0; transports >> i; i++) {
		if (!(transports & (1u << i)) ||
		    !(all[i].ops->flags & TERN_TRANSPORT_COMMIT_MAY_FAIL))
			continue;
		transports &= ~(1u << i);
		tern_status s = all[i].ops->commit(writer->port.endpoints[i], outgoing);
		if (s < 0) {
			cancel(writer, transports, outgoing);
			return s == TERN_ETIMEDOUT ? timed_out(writer) : s;
		}
		break;
	}
	for (uint32_t i = 0; transports >> i; i++) {
		if (!(transports & (1u << i)))
			continue;
		tern_status s = all[i].ops->commit(writer->port.endpoints[i], outgoing);
		if (s < 0)
			return s;
	}
	return TERN_OK;
}

/* Samples of a writer tend to be of one size. */
static void note_size(struct tern_writer *writer, const struct tern_outgoing *outgoing)
{
	const struct tern_payload *encoded =
		outgoing->encoded[0] ? outgoing->encoded[0] : outgoing->encoded[1];

	if (encoded && outgoing->kind == TERN_CHANGE_WRITE)
		writer->encoded_bytes = encoded->size_bytes;
}

/* The lock is held and the instance is reserved. */
static tern_status send_reserved(struct tern_writer *writer,
                                 struct tern_outgoing *outgoing)
{
	struct tern_payload *kept = NULL;
	tern_status s = TERN_OK;

	if (tern__writer_history_keeps(writer->history) && outgoing->sample)
		s = tern__outgoing_native(outgoing, &kept);
	if (s < 0)
		return s;
	uint32_t transports = tern__writer_feeds(writer);
	if (outgoing->kind == TERN_CHANGE_WRITE)
		outgoing->expected_bytes = writer->encoded_bytes;
	s = reserve(writer, transports, outgoing);
	if (s == TERN_OK)
		s = commit(writer, transports, outgoing);
	if (s < 0)
		return s;
	note_size(writer, outgoing);
	writer->last_timestamp_ns = outgoing->source_timestamp_ns;
	bool has_deadline = writer->port.info.qos.deadline_ns != TERN_INFINITE;
	bool is_first = has_deadline && tern__writer_history_next_deadline(
						writer->history) == TERN_INFINITE;
	tern__writer_history_commit(writer->history, outgoing->source_timestamp_ns, kept,
	                            has_deadline ? clock_monotonic_ns() : 0);
	if (is_first) /* who waits for a deadline to be missed sleeps too long */
		tern__writer_ring(writer);
	return TERN_OK;
}

static tern_status send(struct tern_writer *writer, struct tern_outgoing *outgoing,
                        int64_t source_timestamp_ns)
{
	const struct tern_qos *qos = &writer->port.info.qos;
	const struct tern_type *type = writer->topic->type;
	tern_status s = TERN_OK;

	if (qos->reliability == TERN_RELIABLE)
		outgoing->timeout_ns = qos->max_blocking_time_ns;
	if (type->codec->key_hash)
		s = type->codec->key_hash(type, outgoing->sample, outgoing->key_hash);
	if (s < 0)
		return s;
	/* A reader that has come gets this sample already. */
	domain_discover(writer->port.domain);
	s = lock_writer(writer, outgoing);
	if (s < 0)
		return s;
	int64_t now_ns = clock_real_ns();
	s = stamp(writer, source_timestamp_ns, now_ns, &outgoing->source_timestamp_ns);
	if (s == TERN_OK)
		s = tern__writer_history_reserve(writer->history, outgoing->kind,
		                                 outgoing->key_hash, now_ns);
	if (s == TERN_OK) {
		s = send_reserved(writer, outgoing);
		if (s < 0)
			tern__writer_history_cancel(writer->history);
	}
	tern__writer_unlock(writer);
	return s;
}

tern_status tern_writer_write(struct tern_writer *writer, const void *sample)
{
	return tern_writer_write_at(writer, sample, TERN_TIMESTAMP_NOW);
}

tern_status tern_writer_write_at(struct tern_writer *writer, const void *sample,
                                 int64_t source_timestamp_ns)
{
	if (!writer || !sample)
		return tern_fail(TERN_EINVAL, "a write needs a writer and a sample");
	const struct tern_type *type = writer->topic->type;
	tern_status s = writer->checks_writes ? sample_check(type, sample) : TERN_OK;
	if (s < 0)
		return s;
	struct tern_outgoing outgoing = {
		.type = type,
		.sample = sample,
		.kind = TERN_CHANGE_WRITE,
	};
	s = send(writer, &outgoing, source_timestamp_ns);
	tern__outgoing_fini(&outgoing);
	return s;
}

/* ---- loans --------------------------------------------------------------------------------- */

/* The first transport with readers that has memory to build samples in. */
static struct loan_source loan_source(const struct tern_writer *writer)
{
	const struct tern_port *port = &writer->port;
	uint32_t feeds = atomic_load_explicit(&writer->feeds, memory_order_acquire);

	for (uint32_t i = 0; feeds >> i; i++) {
		const struct tern_transport_ops *ops = port->domain->transports[i].ops;
		if ((feeds & (1u << i)) && ops->loan)
			return (struct loan_source){ ops, port->endpoints[i] };
	}
	return (struct loan_source){ 0 };
}

tern_status tern_writer_loan(struct tern_writer *writer, size_t room_bytes,
                             void **ret_sample)
{
	if (!writer || !ret_sample)
		return tern_fail(TERN_EINVAL,
		                 "a loan needs a writer and a place for the result");
	domain_discover(writer->port.domain);
	const struct loan_source source = loan_source(writer);
	pthread_mutex_lock(&writer->status_lock);
	tern_status s = loan_create(&writer->loans, writer->topic->type, room_bytes,
	                            &source, ret_sample);
	pthread_mutex_unlock(&writer->status_lock);
	return s;
}

/* The loan's payload, or NULL if the sample is no loan of the writer's. */
static struct tern_payload *loan_end(struct tern_writer *writer, void *sample)
{
	struct tern_payload *payload = NULL;

	pthread_mutex_lock(&writer->status_lock);
	struct loan *loan = loan_find(&writer->loans, sample);
	if (loan)
		payload = loan_finish(&writer->loans, loan);
	pthread_mutex_unlock(&writer->status_lock);
	return payload;
}

tern_status tern_writer_publish(struct tern_writer *writer, void *sample)
{
	return tern_writer_publish_at(writer, sample, TERN_TIMESTAMP_NOW);
}

tern_status tern_writer_publish_at(struct tern_writer *writer, void *sample,
                                   int64_t source_timestamp_ns)
{
	if (!writer || !sample)
		return tern_fail(TERN_EINVAL, "a publish needs a writer and a loan");
	pthread_mutex_lock(&writer->status_lock);
	struct loan *loan = loan_find(&writer->loans, sample);
	pthread_mutex_unlock(&writer->status_lock);
	if (!loan)
		return tern_fail(
			TERN_EINVAL,
			"%s: this is no loan of the writer: publish what "
			"tern_writer_loan() gave, once; write() copies other structs",
			writer->topic->name);

	const struct tern_type *type = writer->topic->type;
	tern_status s =
		writer->checks_loans ? sample_check_loan(type, sample, loan) : TERN_OK;
	if (s == TERN_OK) {
		struct tern_outgoing outgoing = {
			.type = type,
			.kind = TERN_CHANGE_WRITE,
		};
		loan_offer(loan, &outgoing);
		s = send(writer, &outgoing, source_timestamp_ns);
		tern__outgoing_fini(&outgoing);
	}
	if (s != TERN_ETIMEDOUT)
		tern_payload_unref(loan_end(writer, sample));
	return s;
}

void tern_writer_discard(struct tern_writer *writer, void *sample)
{
	if (writer && sample)
		tern_payload_unref(loan_end(writer, sample));
}

/* ---- the end of an instance ---------------------------------------------------------------- */

static tern_status end_instance(struct tern_writer *writer, const void *key,
                                tern_change_kind kind, int64_t source_timestamp_ns)
{
	if (!writer)
		return tern_fail(TERN_EINVAL, "no writer was given");
	const struct tern_type *type = writer->topic->type;
	if (!key && type->codec->key_hash)
		return tern_fail(TERN_EINVAL,
		                 "%s has a key: give a sample whose key members name "
		                 "the instance",
		                 type->name);
	struct tern_outgoing outgoing = { .type = type, .sample = key, .kind = kind };
	struct tern_payload *zero = NULL;
	/* Transports encode a key, even one without members. */
	tern_status s =
		key ? sample_check_key(type, key) : tern__payload_zero(type, &zero);
	if (s < 0)
		return s;
	if (zero) {
		outgoing.sample = zero->data;
		outgoing.native = zero;
	}
	s = send(writer, &outgoing, source_timestamp_ns);
	tern__outgoing_fini(&outgoing);
	return s;
}

tern_status tern_writer_dispose(struct tern_writer *writer, const void *key)
{
	return end_instance(writer, key, TERN_CHANGE_DISPOSE, TERN_TIMESTAMP_NOW);
}

tern_status tern_writer_dispose_at(struct tern_writer *writer, const void *key,
                                   int64_t source_timestamp_ns)
{
	return end_instance(writer, key, TERN_CHANGE_DISPOSE, source_timestamp_ns);
}

static tern_change_kind unregister_kind(const struct tern_writer *writer)
{
	return writer && writer->port.info.qos.autodispose_unregistered
	               ? TERN_CHANGE_DISPOSE_UNREGISTER
	               : TERN_CHANGE_UNREGISTER;
}

tern_status tern_writer_unregister(struct tern_writer *writer, const void *key)
{
	return end_instance(writer, key, unregister_kind(writer), TERN_TIMESTAMP_NOW);
}

tern_status tern_writer_unregister_at(struct tern_writer *writer, const void *key,
                                      int64_t source_timestamp_ns)
{
	return end_instance(writer, key, unregister_kind(writer), source_timestamp_ns);
}
