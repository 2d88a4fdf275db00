/* A segment in a directory of the test's own, and objects in it that must keep their bytes. */
#ifndef TERN_TESTS_SEGMENT_FIXTURE_H
#define TERN_TESTS_SEGMENT_FIXTURE_H

#include "segment.h"
#include "shm_fixture.h"

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)

/** config NULL: all zero */
struct segment *segment_begin(const struct segment_config *config);
/** The directory is left empty. */
void segment_end(struct segment *segment);
/** What the file takes of the file system. */
size_t segment_blocks_bytes(void);
struct segment_usage segment_usage(struct segment *segment);

/** Xorshift; the same in every run. */
struct random {
	uint32_t state;
};
uint32_t random_next(struct random *random);
/** 1..2^bits, of each magnitude alike. */
size_t random_size(struct random *random, uint32_t bits);

struct object {
	uint8_t *memory; /* NULL: none */
	size_t size_bytes;
	uint64_t offset;
	uint8_t mark; /* in each byte */
};

/** A sample. @return false: no memory */
bool object_alloc(struct segment *segment, struct object *object, size_t size_bytes,
                  uint8_t mark);
bool object_is_intact(const struct object *object);
void object_free(struct segment *segment, struct object *object);

#endif
