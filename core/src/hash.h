/* A keyed hash (SipHash-1-3) for hash tables and instance handles. Keys come from peers, so
 * its secret is random, one per process. Not a cryptographic signature. */
#ifndef TERN_CORE_HASH_H
#define TERN_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_secret {
	uint64_t k0;
	uint64_t k1;
};

/** SipHash-1-3 under a secret of the caller's choice. Pure. Threads: any. */
uint64_t tern__hash_with(const struct hash_secret *secret, const void *data,
                         size_t size_bytes);

/** The same under this process's secret, which is drawn at the first call. Threads: any. */
uint64_t tern__hash(const void *data, size_t size_bytes);

#endif
