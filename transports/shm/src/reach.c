/* Who can be reached by shared memory, and why not. Other transports tell of processes of this
 * host before the registry shows them, or after it did: those are waited for, not for ever. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shm.h"

/* Above the 10 s after which DDS misses a process that was killed: until then its pairs must not
 * be matched anew over DDS. */
#define EXPECTED_NS (INT64_C(15) * 1000000000)
/* Who was given up is remembered for as long as somebody may ask. */
#define REMEMBERED_NS (INT64_C(120) * 1000000000)

static struct expected *expected_of(struct tern_transport *shm,
                                    const struct tern_guid *process)
{
	struct expected *expected = shm->expected;

	while (expected && memcmp(&expected->process, process, sizeof *process) != 0)
		expected = expected->next;
	return expected;
}

/* One whose files cannot be opened has no GUID, but a pid. */
static const struct neighbour *unreadable_neighbour(const struct tern_transport *shm,
                                                    uint32_t pid)
{
	for (uint32_t slot = 0; slot < shm->slots_seen && slot < SHM_SLOTS_MAX; slot++) {
		const struct neighbour *neighbour = shm->neighbours[slot];
		if (neighbour && !neighbour->peer && neighbour->pid == pid)
			return neighbour;
	}
	return NULL;
}

/* The lock is held. */
static tern_reach reach(struct tern_transport *shm, const struct tern_guid *process,
                        uint32_t pid)
{
	const struct neighbour *neighbour = shm_neighbour_of(shm, process);

	if (shm->left[0])
		return TERN_REACH_NO;
	if (neighbour)
		return neighbour->refusal[0] ? TERN_REACH_NO : TERN_REACH_YES;
	if (unreadable_neighbour(shm, pid))
		return TERN_REACH_NO;
	const struct expected *expected = expected_of(shm, process);
	return expected && expected->given_up ? TERN_REACH_NO : TERN_REACH_LATER;
}

static void expect(struct tern_transport *shm, const struct tern_peer_info *peer)
{
	if (expected_of(shm, &peer->guid))
		return;
	struct expected *expected = calloc(1, sizeof *expected);
	if (!expected)
		return; /* then it is asked for again */
	expected->process = peer->guid;
	expected->pid = peer->pid;
	expected->since_ns = shm->host->monotonic_ns();
	expected->next = shm->expected;
	shm->expected = expected;
	/* discover() has a time to watch now. */
	atomic_store_explicit(&shm->next_slice_ns, 0, memory_order_relaxed);
}

static bool is_of_this_host(const struct tern_transport *shm,
                            const struct tern_peer_info *peer)
{
	return peer->is_tern && !shm_is_forked(shm) &&
	       memcmp(&peer->guid, &shm->process, sizeof peer->guid) != 0 &&
	       memcmp(peer->host_id, registry_id(shm->registry), sizeof peer->host_id) ==
	               0;
}

tern_reach shm_reach(struct tern_transport *shm, const struct tern_peer_info *peer)
{
	if (!is_of_this_host(shm, peer))
		return TERN_REACH_NO;
	pthread_mutex_lock(&shm->lock);
	tern_reach answer = reach(shm, &peer->guid, peer->pid);
	if (answer == TERN_REACH_LATER)
		expect(shm, peer);
	pthread_mutex_unlock(&shm->lock);
	return answer;
}

struct expected *shm_expected_take(struct tern_transport *shm, int64_t now_ns)
{
	struct expected **link = &shm->expected;
	struct expected *taken = NULL;

	while (*link) {
		struct expected *expected = *link;
		bool was_late = !expected->given_up;
		if (now_ns - expected->since_ns >= REMEMBERED_NS) {
			*link = expected->next;
			free(expected);
			continue;
		}
		if (now_ns - expected->since_ns >= EXPECTED_NS)
			expected->given_up = true;
		if (!was_late ||
		    reach(shm, &expected->process, expected->pid) == TERN_REACH_LATER) {
			link = &expected->next;
			continue;
		}
		struct expected *told = expected;
		if (expected->given_up) { /* and remembered */
			link = &expected->next;
			told = malloc(sizeof *told);
			if (!told) {
				expected->given_up = false;
				continue;
			}
			*told = *expected;
		} else {
			*link = expected->next;
		}
		told->next = taken;
		taken = told;
	}
	return taken;
}

int64_t shm_expected_next_ns(const struct tern_transport *shm)
{
	int64_t next_ns = TERN_INFINITE;

	for (const struct expected *e = shm->expected; e; e = e->next)
		if (!e->given_up && e->since_ns + EXPECTED_NS < next_ns)
			next_ns = e->since_ns + EXPECTED_NS;
	return next_ns;
}

/* ---- for people -------------------------------------------------------------------------- */

/* The lock is held. */
static int explain(struct tern_transport_endpoint *endpoint,
                   const struct tern_guid *remote_guid, char *text, size_t size_bytes)
{
	struct tern_transport *shm = endpoint->transport;
	struct neighbour *neighbour = shm_neighbour_of(shm, remote_guid);

	if (shm->left[0])
		return snprintf(text, size_bytes, "%s", shm->left);
	if (!neighbour)
		return snprintf(text, size_bytes,
		                "the other end's process is not among those that share "
		                "memory with this one");
	if (neighbour->refusal[0])
		return snprintf(text, size_bytes, "%s", neighbour->refusal);
	const struct remote *remote = shm_remote(neighbour, remote_guid);
	if (!remote)
		return snprintf(text, size_bytes,
		                "process %u is on this host, but does not announce the "
		                "other end",
		                neighbour->pid);
	if (endpoint->kind == TERN_WRITER && endpoint->has_no_ring)
		return snprintf(text, size_bytes, "%s", endpoint->why_no_ring);
	tern_status refused = shm_remote_refuses(neighbour, remote);
	if (refused == TERN_OK && endpoint->kind == TERN_WRITER)
		refused = shm_attachment_refused(endpoint, neighbour, remote);
	if (refused < 0 && endpoint->kind == TERN_READER)
		return snprintf(
			text, size_bytes,
			"the writer has no ring any more (%s): the log of process "
			"%u says why",
			tern_status_name(refused), neighbour->pid);
	if (refused < 0)
		return snprintf(text, size_bytes,
		                "process %u does not attach to this writer (%s): its log "
		                "says why",
		                neighbour->pid, tern_status_name(refused));
	bool attached = endpoint->kind == TERN_WRITER
	                        ? ring_writer_has_reader(endpoint->publication->ring,
	                                                 neighbour->peer, remote->entry)
	                        : shm_is_attached(endpoint, remote_guid);
	return snprintf(
		text, size_bytes,
		attached ? "both ends are on this host: samples lie in memory that "
			   "process %u and this one share"
			 : "both ends are on this host; process %u has not "
			   "attached yet, it does so when it next calls Tern",
		neighbour->pid);
}

size_t shm_explain(struct tern_transport_endpoint *endpoint,
                   const struct tern_guid *remote, char *text, size_t size_bytes)
{
	struct tern_transport *shm = endpoint->transport;

	if (shm_is_forked(shm))
		return 0;
	pthread_mutex_lock(&shm->lock);
	int written = explain(endpoint, remote, text, size_bytes);
	pthread_mutex_unlock(&shm->lock);
	return written < 0 ? 0 : (size_t)written;
}
