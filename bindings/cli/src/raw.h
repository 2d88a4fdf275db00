/* A type for samples whose own type is not known: their payload, as it came. */
#ifndef TERN_CLI_RAW_H
#define TERN_CLI_RAW_H

#include <stdbool.h>

#include <tern/type.h>

/** A sample of it: the serialized payload with its header, or only its key. */
struct raw_sample {
	struct tern_sequence payload; /* of uint8_t */
};

struct raw_type {
	struct tern_type type;
};

/** @param type_name  borrowed; what writers call the type: readers match by it */
void raw_type_init(struct raw_type *raw, const char *type_name, bool is_keyed);

#endif
