/* Samples of foreign.idl made from one number, and checked against it. Compiled twice: over the
 * structs that ternc makes and over idlc's, which have the same names and members. */
#ifndef TERN_INTEROP_FOREIGN_SAMPLES_H
#define TERN_INTEROP_FOREIGN_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Keys go round. */
#define FOREIGN_KEYS 3

struct foreign_kind {
	const char *name; /* "Plain" */
	size_t size_bytes;
	bool keyed;
	/** Fill zeroed memory; what members point to is malloc's. */
	void (*fill)(void *sample, uint64_t number);
	/** @return NULL, or what is not as it was filled in */
	const char *(*check)(const void *sample, uint64_t number);
	/** The number of the key, 0..FOREIGN_KEYS - 1; -1: it is none */
	int (*key)(const void *sample);
	uint64_t (*number)(const void *sample);
};

/** NULL if there is none of this name. */
const struct foreign_kind *foreign_kind_find(const char *name);

#endif
