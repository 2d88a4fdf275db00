/* A peer's files: opened, checked, and looked into. Which parts are mapped is peer_extent.c's. */
#include "peer.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "peer_impl.h"

/* ---- opening ----------------------------------------------------------------------------- */

static tern_status malformed(const struct peer *peer, const char *what)
{
	return peer->host->fail(TERN_EMALFORMED,
	                        "shared memory of slot %u, generation %llu: %s; is it of "
	                        "another version of Tern?",
	                        (unsigned)peer->identity.slot,
	                        (unsigned long long)peer->identity.generation, what);
}

/* A copy of the header: nobody can change it while it is checked. */
static tern_status header_read(const struct peer *peer, struct shm_data *ret_header)
{
	ssize_t count;

	do
		count = pread(peer->fd, ret_header, sizeof *ret_header, 0);
	while (count < 0 && errno == EINTR);
	if (count < 0)
		return peer->host->fail(TERN_EIO, "shared memory of slot %u: read: %s",
		                        (unsigned)peer->identity.slot, strerror(errno));
	if ((size_t)count < sizeof *ret_header)
		return malformed(peer, "its data is shorter than its header");
	return TERN_OK;
}

static const char *header_check(const struct peer *peer, const struct registry *registry,
                                const struct shm_data *header)
{
	if (header->magic != SHM_DATA_MAGIC)
		return "its data is something else";
	if (header->abi != SHM_ABI)
		return "its data has another layout";
	if (memcmp(header->registry_id, registry_id(registry), TERN_HOST_ID_SIZE_BYTES) !=
	    0)
		return "its data belongs to another registry";
	if (header->slot != peer->identity.slot ||
	    header->generation != peer->identity.generation)
		return "its data says that it belongs to another slot";
	if (!memchr(header->process_name, '\0', sizeof header->process_name))
		return "its process's name does not end";
	if (header->extent_count == 0 || header->extent_count > SHM_EXTENTS_MAX)
		return "its number of extents cannot be";
	return NULL;
}

static tern_status open_data(struct peer *peer, const struct registry *registry)
{
	struct shm_data header;
	char name[SHM_NAME_SIZE_BYTES];
	size_t size;

	registry_file_name(registry, peer->identity.slot, peer->identity.generation,
	                   "data", name);
	tern_status s = shm_file_open(peer->host, registry_directory(registry), name,
	                              false, &peer->fd, &size);
	if (s < 0)
		return s;
	s = header_read(peer, &header);
	if (s < 0)
		return s;
	const char *wrong = header_check(peer, registry, &header);
	if (wrong)
		return malformed(peer, wrong);
	peer->identity.process = header.process;
	peer->identity.pid = header.pid;
	memcpy(peer->identity.process_name, header.process_name,
	       sizeof header.process_name);
	return peer_extent_first(peer, &header.extents[0]);
}

static tern_status open_bells(struct peer *peer, const struct registry *registry)
{
	char name[SHM_NAME_SIZE_BYTES];
	size_t size;
	void *bells;
	int fd;

	registry_file_name(registry, peer->identity.slot, peer->identity.generation,
	                   "bells", name);
	tern_status s = shm_file_open(peer->host, registry_directory(registry), name,
	                              true, &fd, &size);
	if (s < 0)
		return s;
	if (size < sizeof(struct shm_bells)) {
		s = malformed(peer, "its bells are too short");
		goto close_file;
	}
	s = shm_map(peer->host, fd, 0, sizeof(struct shm_bells), true, &bells);
	if (s < 0)
		goto close_file;
	peer->bells = bells;
	if (__atomic_load_n(&peer->bells->magic, __ATOMIC_RELAXED) != SHM_BELLS_MAGIC ||
	    __atomic_load_n(&peer->bells->generation, __ATOMIC_RELAXED) !=
	            peer->identity.generation)
		s = malformed(peer, "its bells are something else");

close_file:
	close(fd);
	return s;
}

static void peer_free(struct peer *peer)
{
	const uint32_t count = atomic_load(&peer->extent_count);

	for (uint32_t i = 0; i < count; i++)
		shm_unmap((void *)(uintptr_t)peer->extents[i].base,
		          (size_t)peer->extents[i].size_bytes);
	if (peer->bells)
		shm_unmap(peer->bells, sizeof(struct shm_bells));
	if (peer->fd >= 0)
		close(peer->fd);
	pthread_mutex_destroy(&peer->lock);
	free(peer);
}

tern_status peer_open(const struct tern_host *host, const struct registry *registry,
                      uint32_t slot, uint64_t generation, struct peer **ret_peer)
{
	struct peer *peer = calloc(1, sizeof *peer);

	if (!peer)
		return host->fail(TERN_ENOMEM, "no memory for a peer");
	peer->host = host;
	peer->fd = -1;
	atomic_init(&peer->references, 1);
	peer->identity.slot = slot;
	peer->identity.generation = generation;
	pthread_mutex_init(&peer->lock, NULL);
	tern_status s = open_data(peer, registry);
	if (s == TERN_OK)
		s = open_bells(peer, registry);
	if (s < 0) {
		peer_free(peer);
		return s;
	}
	*ret_peer = peer;
	return TERN_OK;
}

struct peer *peer_ref(struct peer *peer)
{
	atomic_fetch_add_explicit(&peer->references, 1, memory_order_relaxed);
	return peer;
}

void peer_unref(struct peer *peer)
{
	if (peer &&
	    atomic_fetch_sub_explicit(&peer->references, 1, memory_order_acq_rel) == 1)
		peer_free(peer);
}

/* ---- looking ----------------------------------------------------------------------------- */

const struct peer_identity *peer_identity(const struct peer *peer)
{
	return &peer->identity;
}

const struct shm_data *peer_data(const struct peer *peer)
{
	return (const struct shm_data *)(const void *)peer->extents[0].base;
}

struct shm_bells *peer_bells(const struct peer *peer)
{
	return peer->bells;
}

/* The extent in which the whole part lies; NULL: there is none. */
static const struct peer_extent *find(struct peer *peer, uint64_t offset,
                                      size_t size_bytes)
{
	for (;;) {
		/* Acquire: pairs with the release in peer_extent.c. */
		const uint32_t count =
			atomic_load_explicit(&peer->extent_count, memory_order_acquire);
		for (uint32_t i = count; i-- > 0;) {
			const struct peer_extent *extent = &peer->extents[i];
			if (offset < extent->offset)
				continue;
			const uint64_t skip = offset - extent->offset;
			if (skip < extent->size_bytes)
				return size_bytes <= extent->size_bytes - skip ? extent
				                                               : NULL;
			break; /* beyond the newest: extents have no gaps */
		}
		if (peer_extend(peer, count) < 0)
			return NULL;
	}
}

const void *peer_at(struct peer *peer, uint64_t offset, size_t size_bytes,
                    size_t alignment_bytes)
{
	const struct peer_extent *extent = find(peer, offset, size_bytes);

	if (!extent || (offset & (alignment_bytes - 1)))
		return NULL;
	return extent->base + (offset - extent->offset);
}

uint64_t peer_address(struct peer *peer, uint64_t offset, size_t size_bytes)
{
	const struct peer_extent *extent = find(peer, offset, size_bytes);

	return extent ? extent->address + (offset - extent->offset) : 0;
}

const void *peer_array_at(struct peer *peer, const struct shm_array *array,
                          size_t element_size_bytes, uint32_t index)
{
	/* What the size of an element says about its alignment. */
	const size_t low_bit = element_size_bytes & (~element_size_bytes + 1);
	const size_t alignment = low_bit < SHM_APART_BYTES ? low_bit : SHM_APART_BYTES;
	uint32_t block, first;

	if (index >= SHM_ARRAY_MAX)
		return NULL;
	block = shm_array_block(index, &first);
	/* Acquire: pairs with the release of the owner (segment_array.c). */
	const uint64_t offset =
		atomic_load_explicit(&array->blocks[block], memory_order_acquire);
	if (!offset)
		return NULL;
	const uint8_t *elements = peer_at(
		peer, offset, ((size_t)SHM_ARRAY_FIRST << block) * element_size_bytes,
		alignment);
	return elements ? elements + (index - first) * element_size_bytes : NULL;
}

/* ---- ringing ----------------------------------------------------------------------------- */

void peer_ring(struct peer *peer, uint64_t mask)
{
	while (mask) {
		struct tern_bell *bell = &peer->bells->bells[__builtin_ctzll(mask)];
		mask &= mask - 1;
		uint32_t was = tern_bell_quiet(bell);
		/* One who listens is awake: it sees that it rang. */
		if (was != TERN_BELL_QUIET && was != TERN_BELL_LISTENING)
			syscall(SYS_futex, &bell->state, FUTEX_WAKE, INT_MAX, NULL, NULL,
			        0);
	}
}

void peer_attachment_changed(struct peer *peer)
{
	/* Sequentially consistent: pairs with the writer's load before it publishes. */
	atomic_fetch_add_explicit(&peer->bells->attach_epoch, 1, memory_order_seq_cst);
	peer_ring(peer, UINT64_MAX);
}
