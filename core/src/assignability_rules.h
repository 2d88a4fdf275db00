/* What the files of the assignability check share: assignability.c compares types of all kinds,
 * assign_structure.c and assign_union.c those with members. Nothing else includes this. */
#ifndef TERN_CORE_ASSIGNABILITY_RULES_H
#define TERN_CORE_ASSIGNABILITY_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assignability.h"

/** The state of one comparison. */
struct assignment {
	const struct tern_qos *consistency; /* the reader's */
	char *reason;
	size_t reason_size_bytes;
	char path[112]; /* "vehicle::Pose.track[].x"; cut when it is longer */
	size_t path_length;
	unsigned depth;
	uint32_t steps_left;
};

/** How the key members of a structure or union count. Source: XTypes 1.3, 7.2.2.4.4.4.8, 7.2.4.4. */
enum key_view {
	KEYS_AS_DECLARED,
	KEYS_ERASED, /* KeyErased(T): as if no member were a key */
	KEYS_ALONE, /* KeyHolder(T): key members only; where there are none, all are keys */
};

/** Is-assignable-from. @return true, or false with the reason filled in */
bool tern__assign(struct assignment *a, const struct tern_type *reader,
                  const struct tern_type *writer, enum key_view keys);
/** Is-strongly-assignable-from. */
bool tern__assign_strongly(struct assignment *a, const struct tern_type *reader,
                           const struct tern_type *writer);
bool tern__assign_structure(struct assignment *a, const struct tern_type *reader,
                            const struct tern_type *writer, enum key_view keys);
bool tern__assign_union(struct assignment *a, const struct tern_type *reader,
                        const struct tern_type *writer, enum key_view keys);

/** Both have the same extensibility kind. */
bool tern__assign_extensibility(struct assignment *a, const struct tern_type *reader,
                                const struct tern_type *writer);
/** Members with one id have one name and the other way round, unless names are ignored. */
bool tern__assign_names(struct assignment *a, const struct tern_member *reader,
                        const struct tern_member *writer);
bool tern__assign_bound_fits(uint32_t reader_bound, uint32_t writer_bound);
const char *tern__extensibility_text(tern_extensibility extensibility);
const struct tern_literal *tern__literal_by_value(const struct tern_type *type,
                                                  int64_t value);

/** Fill in the reason, "path: ...", and return false for the caller to return. */
bool tern__assign_refuse(struct assignment *a, const char *format, ...) TERN_PRINTF(2, 3);

/** Extend the path; on success of what is inside, leave with what this returned. */
size_t tern__assign_enter(struct assignment *a, const char *prefix, const char *name);
void tern__assign_leave(struct assignment *a, size_t before);

#endif
