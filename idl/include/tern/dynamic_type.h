/* Types that are not compiled in: tables made at run time from what a type says of itself on the
 * bus. They serve wherever tables of ternc do; their codec walks the table and is slower.
 * Source: DDS-XTypes 1.3, 7.3 (type representation). */
#ifndef TERN_DYNAMIC_TYPE_H
#define TERN_DYNAMIC_TYPE_H

#include <tern/api.h>
#include <tern/guid.h>
#include <tern/participant.h>
#include <tern/status.h>
#include <tern/type.h>

TERN_BEGIN_DECLS

/**
 * Make the table of a type from its XTypes description.
 *
 * Samples are laid out as ternc lays them out. What a description cannot tell differs: int8 and
 * uint8 become char and octet, @default is not known, and names of typedefs are lost.
 * @param description  as in struct tern_type; copied. May come from anybody.
 * @param ret_type     owned by the caller: tern_dynamic_type_destroy() after the last participant,
 *                     sample and loan of it are gone
 * @return TERN_OK; TERN_EMALFORMED: these bytes describe no type; TERN_EUNSUPPORTED: a type that
 *         Tern cannot hold (recursive, wide characters, maps, bit sets, too large), the text names
 *         it; TERN_EINVAL: no description; TERN_ENOMEM
 * Threads: any. Never blocks.
 */
TERN_API TERN_MUST_CHECK tern_status tern_dynamic_type_create(
	const struct tern_xtypes *description, const struct tern_type **ret_type);

/**
 * Make the table of the type of an endpoint on the bus, foreign DDS programs' included.
 * @param endpoint    as in struct tern_endpoint_info
 * @param timeout_ns  0..TERN_INFINITE
 * @param ret_type    as above
 * @return as tern_participant_describe_type() and tern_dynamic_type_create()
 * Threads: any but a listener's. Blocks while it asks for the description.
 */
TERN_API TERN_MUST_CHECK tern_status tern_dynamic_type_find(
	struct tern_participant *participant, const struct tern_guid *endpoint,
	int64_t timeout_ns, const struct tern_type **ret_type);

/** Free what these functions made. NULL is fine. Threads: any. */
TERN_API void tern_dynamic_type_destroy(const struct tern_type *type);

TERN_END_DECLS

#endif
