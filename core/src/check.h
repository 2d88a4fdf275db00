/* Checks of what callers hand to create functions: topic names and type tables. */
#ifndef TERN_CORE_CHECK_H
#define TERN_CORE_CHECK_H

#include <tern/status.h>
#include <tern/type.h>

/** Types nest at most so deep; what recurses over them may rely on it. */
#define TERN__TYPE_DEPTH_MAX 64

/** @return TERN_OK, or TERN_EINVAL with a text: see tern_topic_create() for the rules. */
TERN_MUST_CHECK tern_status tern__topic_name_check(const char *name);

/**
 * Can a topic have this type? A structure, not @nested, whole: built by a ternc of this ABI, with
 * its codec, its key functions if and only if it has a key, and members that lie within it.
 * @return TERN_OK, or TERN_EINVAL with a text that names the type and the member
 */
TERN_MUST_CHECK tern_status tern__type_check(const struct tern_type *type);

#endif
