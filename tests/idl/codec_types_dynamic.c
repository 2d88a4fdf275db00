/* The same made at run time, each from its own type information. */
#include "codec_types.h"

#include <stdio.h>
#include <tern/dynamic_type.h>

bool codec_types_begin(const struct tern_type *types[TYPE_COUNT])
{
	static const struct tern_type *const generated[] = {
#define ADDRESS(name) &name##_type,
		ALL_TYPES(ADDRESS)
#undef ADDRESS
	};

	for (size_t i = 0; i < TYPE_COUNT; i++) {
		if (tern_dynamic_type_create(generated[i]->xtypes, &types[i]) < 0) {
			fprintf(stderr, "%s: %s\n", generated[i]->name,
			        tern_error_text());
			return false;
		}
	}
	return true;
}

void codec_types_end(const struct tern_type *types[TYPE_COUNT])
{
	for (size_t i = 0; i < TYPE_COUNT; i++) {
		tern_dynamic_type_destroy(types[i]);
		types[i] = NULL;
	}
}
