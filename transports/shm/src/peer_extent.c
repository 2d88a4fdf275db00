/* Which parts of a peer's file are mapped here. What the peer says of them is a claim: it may
 * name parts that overlap, are misaligned, or lie beyond the end of its file. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "peer_impl.h"

static bool overlaps(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

/* @return what is wrong with it; NULL: nothing. Its sums do not wrap once this was asked. */
static const char *check_extent(const struct peer *peer, uint32_t index,
                                const struct shm_extent *extent, uint64_t file_size)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	const uint64_t begin = index == 0 ? 0
	                                  : peer->extents[index - 1].offset +
	                                            peer->extents[index - 1].size_bytes;

	if (extent->size_bytes == 0 || extent->size_bytes % page ||
	    extent->offset % page || extent->address % page || !extent->address)
		return "not made of whole pages";
	if (extent->offset != begin)
		return "not where the one before ends";
	if (extent->size_bytes > file_size ||
	    extent->offset > file_size - extent->size_bytes)
		return "beyond the end of the file";
	if (extent->size_bytes > UINT64_MAX - extent->address)
		return "beyond the end of the address space";
	for (uint32_t i = 0; i < index; i++)
		if (overlaps(extent->address, extent->size_bytes,
		             peer->extents[i].address, peer->extents[i].size_bytes))
			return "at the address of another";
	if (index == 0 && extent->size_bytes < sizeof(struct shm_data))
		return "shorter than the header";
	return NULL;
}

static tern_status damaged(struct peer *peer, uint32_t index, const char *what)
{
	peer->is_damaged = true;
	return peer->host->fail(TERN_EMALFORMED,
	                        "shared memory of process %u (slot %u): extent %u is %s; "
	                        "it is not used any more",
	                        (unsigned)peer->identity.pid,
	                        (unsigned)peer->identity.slot, (unsigned)index, what);
}

/* With the lock held. */
static tern_status map_extent(struct peer *peer, uint32_t index,
                              const struct shm_extent *extent)
{
	struct stat file;
	void *base;

	if (fstat(peer->fd, &file))
		return peer->host->fail(TERN_EIO, "shared memory: fstat: %s",
		                        strerror(errno));
	const char *wrong = check_extent(peer, index, extent, (uint64_t)file.st_size);
	if (wrong)
		return damaged(peer, index, wrong);
	tern_status s = shm_map(peer->host, peer->fd, extent->offset,
	                        (size_t)extent->size_bytes, false, &base);
	if (s < 0)
		return s;
	peer->extents[index] = (struct peer_extent){
		.base = base,
		.offset = extent->offset,
		.size_bytes = extent->size_bytes,
		.address = extent->address,
	};
	/* Release: pairs with the acquire of those who look without the lock. */
	atomic_store_explicit(&peer->extent_count, index + 1, memory_order_release);
	return TERN_OK;
}

/* The first is mapped by what was read of the header, the others by the mapped header. */
static tern_status read_extents(struct peer *peer, struct shm_extent *ret_extents,
                                uint32_t *ret_count)
{
	const struct shm_data *header = peer_data(peer);
	/* Acquire: pairs with the release of the owner (segment_extent.c). */
	const uint32_t count =
		atomic_load_explicit(&header->extent_count, memory_order_acquire);

	if (count > SHM_EXTENTS_MAX)
		return damaged(peer, count, "one more than there can be");
	for (uint32_t i = 0; i < count; i++) {
		const struct shm_extent *extent = &header->extents[i];
		ret_extents[i].offset =
			__atomic_load_n(&extent->offset, __ATOMIC_RELAXED);
		ret_extents[i].size_bytes =
			__atomic_load_n(&extent->size_bytes, __ATOMIC_RELAXED);
		ret_extents[i].address =
			__atomic_load_n(&extent->address, __ATOMIC_RELAXED);
	}
	*ret_count = count;
	return TERN_OK;
}

static tern_status extend(struct peer *peer)
{
	struct shm_extent extents[SHM_EXTENTS_MAX];
	uint32_t count = 0, i;

	if (peer->is_damaged)
		return TERN_EMALFORMED;
	tern_status s = read_extents(peer, extents, &count);
	if (s < 0)
		return s;
	i = atomic_load_explicit(&peer->extent_count, memory_order_relaxed);
	if (i >= count)
		return TERN_ENOTFOUND;
	for (; i < count && s == TERN_OK; i++)
		s = map_extent(peer, i, &extents[i]);
	return s;
}

tern_status peer_extend(struct peer *peer, uint32_t known_count)
{
	tern_status s = TERN_OK;

	pthread_mutex_lock(&peer->lock);
	if (atomic_load_explicit(&peer->extent_count, memory_order_relaxed) <=
	    known_count)
		s = extend(peer);
	pthread_mutex_unlock(&peer->lock);
	return s;
}

tern_status peer_extent_first(struct peer *peer, const struct shm_extent *extent)
{
	pthread_mutex_lock(&peer->lock);
	tern_status s = map_extent(peer, 0, extent);
	pthread_mutex_unlock(&peer->lock);
	return s;
}
