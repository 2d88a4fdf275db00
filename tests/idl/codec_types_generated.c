/* As ternc makes them. */
#include "codec_types.h"

#include <string.h>

bool codec_types_begin(const struct tern_type *types[TYPE_COUNT])
{
	static const struct tern_type *const generated[] = {
#define ADDRESS(name) &name##_type,
		ALL_TYPES(ADDRESS)
#undef ADDRESS
	};

	memcpy(types, generated, sizeof(generated));
	return true;
}

void codec_types_end(const struct tern_type *types[TYPE_COUNT])
{
	memset(types, 0, TYPE_COUNT * sizeof(*types));
}
