/* Memory of one dynamic type: grows as its tables are made, is freed as a whole, and has a limit,
 * since the description comes from anybody. */
#ifndef TERN_IDL_ARENA_H
#define TERN_IDL_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_chunk;

/** Zero-initialise but for left_bytes. */
struct arena {
	struct arena_chunk *chunks;
	size_t left_bytes; /* that may still be allocated */
};

/** @return zeroed memory, aligned as malloc's; NULL: no memory, or beyond the limit */
void *arena_alloc(struct arena *arena, size_t count, size_t size_bytes);

/** A copy with a final NUL. */
char *arena_text(struct arena *arena, const char *text, size_t length);

void arena_fini(struct arena *arena);

#endif
