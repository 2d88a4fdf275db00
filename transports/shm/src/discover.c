/* Looks who came and went, and tells core. Called on application threads, all the time: nothing
 * happened costs three loads and a coarse clock.
 *
 * Looking changes our tables, under the lock; telling calls the host, under `telling` alone, so
 * that core hears of a peer before its endpoints, and of the end of either after that. Only who
 * tells frees what was told of. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "record.h"
#include "shm.h"

#define LINK_CHECK_NS (INT64_C(2000) * 1000000)
/* Ticks of the coarse clock; who slept until a slice must find it due. */
#define CLOCK_ERROR_NS (INT64_C(10) * 1000000)

void shm_news(struct tern_transport *shm)
{
	atomic_store_explicit(&shm->news, true, memory_order_release);
}

bool shm_is_up_to_date(const struct tern_transport *shm)
{
	/* Pairs with those who attach or announce: they move an epoch after it. */
	return registry_epoch(shm->registry) ==
	               atomic_load_explicit(&shm->registry_epoch, memory_order_relaxed) &&
	       atomic_load_explicit(&shm->bells->attach_epoch, memory_order_seq_cst) ==
	               atomic_load_explicit(&shm->attach_epoch, memory_order_relaxed) &&
	       !shm->looks_again;
}

static int64_t coarse_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- telling: peers ---------------------------------------------------------------------- */

/* Or that it died. */
static void tell_peer_found(struct tern_transport *shm, const struct neighbour *neighbour)
{
	const struct peer_identity *identity = peer_identity(neighbour->peer);
	char address[64];
	struct tern_peer_info info = {
		.guid = identity->process,
		.is_tern = true,
		.pid = identity->pid,
		.process_name = identity->process_name,
		.address = address,
		.is_dead = neighbour->died,
	};

	snprintf(address, sizeof address, "shm/%u.%llu", identity->slot,
	         (unsigned long long)identity->generation);
	memcpy(info.host_id, registry_id(shm->registry), sizeof info.host_id);
	shm->host->peer_found(shm->domain, shm, &info);
}

static void tell_endpoint_found(struct tern_transport *shm, const uint8_t *bytes,
                                size_t size_bytes)
{
	struct record record;

	if (record_decode(bytes, size_bytes,
	                  &record)) /* it was checked when it was read */
		shm->host->endpoint_found(shm->domain, shm, &record.info);
}

/* The next endpoint that core does not know. The lock is held. */
static const uint8_t *next_found(struct neighbour *neighbour, uint32_t *from,
                                 size_t *ret_size_bytes)
{
	for (; *from < neighbour->remote_count; ++*from) {
		struct remote *remote = neighbour->remotes[*from];
		if (!remote || remote->reported)
			continue;
		remote->reported = true;
		*ret_size_bytes = remote->size_bytes;
		return remote->bytes;
	}
	return NULL;
}

static void tell_endpoints(struct tern_transport *shm, struct neighbour *neighbour)
{
	uint32_t from = 0;
	size_t size_bytes;
	const uint8_t *bytes;

	pthread_mutex_lock(&shm->lock);
	while (neighbour->lost) {
		struct remote *lost = neighbour->lost;
		neighbour->lost = lost->next;
		shm_refusals_drop_all(shm, &lost->guid);
		pthread_mutex_unlock(&shm->lock);
		if (lost->reported)
			shm->host->endpoint_lost(shm->domain, shm, &lost->guid);
		free(lost->bytes);
		free(lost);
		pthread_mutex_lock(&shm->lock);
	}
	while ((bytes = next_found(neighbour, &from, &size_bytes))) {
		pthread_mutex_unlock(&shm->lock);
		/* Who tells alone frees remotes. */
		tell_endpoint_found(shm, bytes, size_bytes);
		pthread_mutex_lock(&shm->lock);
	}
	pthread_mutex_unlock(&shm->lock);
}

static void tell_of_neighbour(struct tern_transport *shm, struct neighbour *neighbour)
{
	pthread_mutex_lock(&shm->lock);
	bool tell_reach = neighbour->tell_reach;
	bool refused = neighbour->refusal[0] != 0;
	neighbour->tell_reach = false;
	pthread_mutex_unlock(&shm->lock);
	if (!neighbour->peer)
		return;
	if (refused) {
		if (neighbour->reported)
			shm->host->peer_lost(shm->domain, shm, &neighbour->process);
		neighbour->reported = false;
	} else {
		if (!neighbour->reported)
			tell_peer_found(shm, neighbour);
		neighbour->reported = true;
		tell_endpoints(shm, neighbour);
	}
	if (tell_reach)
		shm->host->reach_changed(shm->domain, &neighbour->process);
}

/* Core fetches what its readers have not read of it before it lets go of it. */
static void tell_of_gone(struct tern_transport *shm)
{
	for (;;) {
		pthread_mutex_lock(&shm->lock);
		struct neighbour *gone = shm->gone;
		if (gone)
			shm->gone = gone->next;
		pthread_mutex_unlock(&shm->lock);
		if (!gone)
			return;
		if (gone->reported && gone->died)
			tell_peer_found(shm, gone);
		if (gone->reported)
			shm->host->peer_lost(shm->domain, shm, &gone->process);
		shm_neighbour_free(gone);
	}
}

static void tell_of_expected(struct tern_transport *shm, int64_t now_ns)
{
	pthread_mutex_lock(&shm->lock);
	struct expected *expected = shm_expected_take(shm, now_ns);
	pthread_mutex_unlock(&shm->lock);
	while (expected) {
		struct expected *next = expected->next;
		shm->host->reach_changed(shm->domain, &expected->process);
		free(expected);
		expected = next;
	}
}

/* ---- telling: pairs ---------------------------------------------------------------------- */

/* What is to be told of one pair; taken out of the tables first. */
struct pair_news {
	struct pair_news *next;
	struct tern_port *port;
	struct tern_guid remote;
	tern_status broken; /* TERN_OK: it is ready */
	char why[256];
};

static struct pair_news *news_add(struct pair_news **list,
                                  const struct tern_transport_endpoint *endpoint,
                                  const struct tern_guid *remote, tern_status broken)
{
	struct pair_news *news = calloc(1, sizeof *news);
	if (!news)
		return NULL;

	news->port = endpoint->port;
	news->remote = *remote;
	news->broken = broken;
	news->next = *list;
	*list = news;
	return news;
}

/* TERN_OK: it attached; TERN_EAGAIN: neither; else it never will. The lock is held. */
static tern_status judge(struct tern_transport_endpoint *writer,
                         const struct tern_guid *guid)
{
	struct neighbour *neighbour = shm_neighbour_of(writer->transport, guid);
	const struct remote *reader = neighbour ? shm_remote(neighbour, guid) : NULL;

	if (!reader) /* core will hear that it is gone */
		return TERN_EAGAIN;
	tern_status refused = shm_attachment_refused(writer, neighbour, reader);
	if (refused < 0)
		return refused;
	if (ring_writer_has_reader(writer->publication->ring, neighbour->peer,
	                           reader->entry))
		return TERN_OK;
	if (writer->has_no_ring)
		return TERN_ENOMEM;
	refused = shm_remote_refuses(neighbour, reader);
	return refused < 0 ? refused : TERN_EAGAIN;
}

/* Also of those that were served: a reader that cannot go on refuses after it left. */
static void news_of_writer(struct tern_transport_endpoint *writer, bool changed,
                           struct pair_news **list)
{
	struct served **link = &writer->served;

	while (*link) {
		struct served *served = *link;
		tern_status s = served->ready && !changed
		                        ? TERN_OK
		                        : judge(writer, &served->reader);
		bool is_news = s < 0 ? s != TERN_EAGAIN : !served->ready;
		struct pair_news *news =
			is_news ? news_add(list, writer, &served->reader, s) : NULL;
		writer->transport->pairs_news |= is_news && !news; /* once more */
		if (news)
			served->ready = true;
		if (!news || s == TERN_OK) {
			link = &served->next;
			continue;
		}
		if (writer->has_no_ring)
			snprintf(news->why, sizeof news->why, "%s", writer->why_no_ring);
		else
			snprintf(news->why, sizeof news->why,
			         "the reader's process does not attach (%s): its log "
			         "says why",
			         tern_status_name(s));
		*link = served->next;
		free(served);
	}
}

static void news_of_reader(struct tern_transport_endpoint *reader,
                           struct pair_news **list)
{
	if (!atomic_exchange(&reader->has_broken, false))
		return;
	pthread_mutex_lock(&reader->lock);
	for (struct attached *a = reader->attached; a; a = a->next) {
		struct pair_news *news =
			a->broken && !a->told
				? news_add(list, reader, &a->writer, a->broken)
				: NULL;
		if (!news) {
			if (a->broken && !a->told) /* no memory: once more */
				atomic_store(&reader->has_broken, true);
			continue;
		}
		a->told = true;
		snprintf(news->why, sizeof news->why, "%s", a->why);
	}
	pthread_mutex_unlock(&reader->lock);
}

static void tell_of_pairs(struct tern_transport *shm)
{
	struct pair_news *list = NULL;

	pthread_mutex_lock(&shm->lock);
	bool changed = shm->pairs_news;
	shm->pairs_news = false;
	for (struct tern_transport_endpoint *e = shm->endpoints; e; e = e->next) {
		if (e->kind == TERN_WRITER)
			news_of_writer(e, changed, &list);
		else
			news_of_reader(e, &list);
	}
	pthread_mutex_unlock(&shm->lock);
	/* Their ports live: withdraw() takes `telling`. */
	while (list) {
		struct pair_news *news = list;
		list = news->next;
		if (news->broken < 0)
			shm->host->pair_broken(news->port, shm, &news->remote,
			                       news->broken, news->why);
		else
			shm->host->pair_ready(news->port, shm, &news->remote);
		free(news);
	}
}

/* ---- the end of it all ------------------------------------------------------------------- */

/* This process shares nothing new any more: its peers are told by our data, core by us. What the
 * application holds of others' samples is honoured until stop(). */
static void tell_of_leaving(struct tern_transport *shm)
{
	for (uint32_t slot = 0; slot < SHM_SLOTS_MAX; slot++) {
		struct neighbour *neighbour = shm->neighbours[slot];
		if (!neighbour || !neighbour->reported)
			continue;
		neighbour->reported = false;
		shm->host->peer_lost(shm->domain, shm, &neighbour->process);
		shm->host->reach_changed(shm->domain, &neighbour->process);
	}
}

static void leave(struct tern_transport *shm)
{
	shm->host->log(TERN_LOG_ERROR, "%s", shm->left);
	pthread_mutex_lock(&shm->lock);
	/* Release: pairs with who looks at us, or attaches, because the epoch moved. */
	atomic_store_explicit(&segment_header(shm->segment)->has_left, 1,
	                      memory_order_release);
	atomic_store_explicit(&shm->has_left, true, memory_order_relaxed);
	shm_moved(shm);
	pthread_mutex_unlock(&shm->lock);
	tell_of_gone(shm); /* nobody tells of anything after this */
	tell_of_leaving(shm);
}

/* ---- looking ----------------------------------------------------------------------------- */

static void check_links(struct tern_transport *shm, int64_t now_ns)
{
	if (now_ns < shm->next_link_check_ns || shm->told_unlinked)
		return;
	shm->next_link_check_ns = now_ns + LINK_CHECK_NS;
	if (registry_is_linked(shm->registry))
		return;
	shm->told_unlinked = true;
	shm->host->log(
		TERN_LOG_ERROR,
		"the files by which this process shares memory were removed from %s: who is "
		"connected stays so, others cannot share memory with it any more. If nobody "
		"removed them by hand, systemd's logind did (RemoveIPC): run the program as a "
		"system user, or set RemoveIPC=no in /etc/systemd/logind.conf; then restart it",
		registry_directory(shm->registry)->path);
}

static bool has_neighbours(const struct tern_transport *shm)
{
	for (uint32_t slot = 0; slot < shm->slots_seen && slot < SHM_SLOTS_MAX; slot++)
		if (shm->neighbours[slot])
			return true;
	return false;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Look, and say when to look again. The lock is held. */
static void look(struct tern_transport *shm, int64_t now_ns)
{
	bool moved = !shm_is_up_to_date(shm);

	if (now_ns >= atomic_load_explicit(&shm->next_slice_ns, memory_order_relaxed)) {
		uint32_t reaped = registry_reap(shm->registry);
		if (reaped > 0)
			shm_moved(shm);
		moved = moved || reaped > 0;
		check_links(shm, now_ns);
		shm->interval_ns = earlier(2 * shm->interval_ns, SHM_SLICE_MAX_NS);
	}
	if (moved) {
		(void)shm_attachments_look(shm);
		shm->interval_ns = SHM_SLICE_MIN_NS;
	}
	shm_publications_collect(shm);
	int64_t next_ns =
		earlier(shm_expected_next_ns(shm), segment_trim(shm->segment, now_ns));
	if (has_neighbours(shm) || shm->looks_again)
		next_ns = earlier(next_ns, now_ns + shm->interval_ns);
	atomic_store_explicit(&shm->next_slice_ns, next_ns, memory_order_relaxed);
}

/* A writer waits for one of our readers, while our program waits for another, perhaps; or one of
 * them had no memory for what waits for it. */
static void fetch_for_all(struct tern_transport *shm)
{
	uint32_t called =
		atomic_load_explicit(&shm->bells->held_back, memory_order_acquire);

	if (called == atomic_load_explicit(&shm->held_back, memory_order_relaxed) &&
	    !atomic_exchange(&shm->is_short, false))
		return;
	atomic_store_explicit(&shm->held_back, called, memory_order_relaxed);
	pthread_mutex_lock(&shm->lock);
	struct tern_transport_endpoint *endpoint = shm->endpoints;
	while (endpoint) { /* they live: withdraw() takes `telling` */
		pthread_mutex_unlock(&shm->lock);
		if (endpoint->kind == TERN_READER)
			shm_poll(endpoint);
		pthread_mutex_lock(&shm->lock);
		endpoint = endpoint->next;
	}
	pthread_mutex_unlock(&shm->lock);
}

static void tell(struct tern_transport *shm, int64_t now_ns)
{
	tell_of_gone(shm);
	for (uint32_t slot = 0; slot < SHM_SLOTS_MAX; slot++) {
		/* Who tells alone removes neighbours from where they can be found; who looks
		 * moves them to `gone`, where they live until they are told of. */
		pthread_mutex_lock(&shm->lock);
		struct neighbour *neighbour =
			slot < shm->slots_seen ? shm->neighbours[slot] : NULL;
		bool news = neighbour && neighbour->news;
		if (news)
			neighbour->news = false;
		bool last = slot >= shm->slots_seen;
		pthread_mutex_unlock(&shm->lock);
		if (news)
			tell_of_neighbour(shm, neighbour);
		if (last)
			break;
	}
	tell_of_expected(shm, now_ns);
	tell_of_pairs(shm);
	fetch_for_all(shm);
}

static bool is_due(const struct tern_transport *shm)
{
	return atomic_load_explicit(&shm->news, memory_order_acquire) ||
	       !shm_is_up_to_date(shm) ||
	       atomic_load_explicit(&shm->bells->held_back, memory_order_acquire) !=
	               atomic_load_explicit(&shm->held_back, memory_order_relaxed) ||
	       coarse_now_ns() + CLOCK_ERROR_NS >=
	               atomic_load_explicit(&shm->next_slice_ns, memory_order_relaxed);
}

int64_t shm_discover(struct tern_transport *shm)
{
	if (shm_is_forked(shm) ||
	    atomic_load_explicit(&shm->has_left, memory_order_relaxed))
		return TERN_INFINITE;
	if (!is_due(shm))
		return atomic_load_explicit(&shm->next_slice_ns, memory_order_relaxed);
	int64_t now_ns = shm->host->monotonic_ns() + CLOCK_ERROR_NS;
	/* Another thread is at it, or we are, in a call of the host's. */
	if (pthread_mutex_trylock(&shm->telling) != 0)
		return now_ns + SHM_SLICE_MIN_NS;

	pthread_mutex_lock(&shm->lock);
	atomic_store_explicit(&shm->news, false, memory_order_relaxed);
	look(shm, now_ns);
	pthread_mutex_unlock(&shm->lock);
	if (shm->left[0])
		leave(shm);
	else
		tell(shm, now_ns);
	pthread_mutex_unlock(&shm->telling);
	return atomic_load_explicit(&shm->next_slice_ns, memory_order_relaxed);
}
