/* SipHash-1-3 and this process's secret. Source: Aumasson and Bernstein, "SipHash: a fast
 * short-input PRF" (2012), with one compression and three finalisation rounds. */
#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "hash.h"

/* The only state: drawn once, constant from then on. */
static struct hash_secret process_secret;
static pthread_once_t process_secret_once = PTHREAD_ONCE_INIT;

static inline uint64_t rotate_left(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate_left(v[1], 13) ^ v[0];
	v[0] = rotate_left(v[0], 32);
	v[2] += v[3];
	v[3] = rotate_left(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate_left(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate_left(v[1], 17) ^ v[2];
	v[2] = rotate_left(v[2], 32);
}

static inline uint64_t load_little_endian(const uint8_t *bytes, size_t count)
{
	uint64_t x = 0;

	for (size_t i = 0; i < count; i++)
		x |= (uint64_t)bytes[i] << (8 * i);
	return x;
}

uint64_t tern__hash_with(const struct hash_secret *secret, const void *data,
                         size_t size_bytes)
{
	const uint8_t *bytes = data;
	uint64_t v[4] = {
		secret->k0 ^ 0x736f6d6570736575u,
		secret->k1 ^ 0x646f72616e646f6du,
		secret->k0 ^ 0x6c7967656e657261u,
		secret->k1 ^ 0x7465646279746573u,
	};

	for (size_t left = size_bytes; left >= 8; left -= 8, bytes += 8) {
		uint64_t m = load_little_endian(bytes, 8);
		v[3] ^= m;
		sip_round(v);
		v[0] ^= m;
	}
	uint64_t last = load_little_endian(bytes, size_bytes % 8) | (uint64_t)size_bytes
	                                                                    << 56;
	v[3] ^= last;
	sip_round(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static void draw_process_secret(void)
{
	struct timespec now;

	if (getrandom(&process_secret, sizeof process_secret, 0) == sizeof process_secret)
		return;
	/* No random source (a kernel before 3.17, a sandbox): something that peers cannot know
	 * easily is still better than a constant. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	process_secret.k0 =
		(uint64_t)now.tv_nsec * 0x9e3779b97f4a7c15u ^ (uint64_t)getpid();
	process_secret.k1 = (uint64_t)(uintptr_t)&now ^ (uint64_t)now.tv_sec << 32;
}

uint64_t tern__hash(const void *data, size_t size_bytes)
{
	pthread_once(&process_secret_once, draw_process_secret);
	return tern__hash_with(&process_secret, data, size_bytes);
}
