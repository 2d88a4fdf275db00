/* A process with its files, to be looked at as a peer: this one, or a child. */
#ifndef TERN_TESTS_PEER_FIXTURE_H
#define TERN_TESTS_PEER_FIXTURE_H

#include "peer.h"
#include "segment.h"
#include "shm_fixture.h"

#define DOMAIN 7
#define KIB ((size_t)1024)
#define MIB (1024 * KIB)

/* A process's files and its slot. */
struct side {
	struct registry *registry;
	uint32_t slot;
	uint64_t generation;
	struct segment *segment;
	struct shm_bells *bells;
};

tern_status side_begin(struct side *own);
void side_end(struct side *own);

/** This process's own, and what it sees of it. */
extern struct side side;
extern struct peer *peer;

/** A directory with this process in it. */
void peer_fixture_begin(void);
void peer_fixture_end(void);
/** Sets `peer`. */
tern_status peer_fixture_open(void);
/** "data" or "bells", to be written to. */
int side_file_open(const char *kind);
void side_file_remove(const char *kind);

/** Is that in the error text? If not, both go to stderr. */
bool error_names(const char *what);

#endif
