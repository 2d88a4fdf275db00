/* Every type of the tests, and a sample of it. */
#include "samples.h"

#include <stdlib.h>

#include "reflect.h"
#include "shared.h"
#include "strict.h"
#include "types.h"

const struct tern_type *const sample_types[SAMPLE_TYPES] = {
#define ADDRESS(name) &name##_type,
	ALL_TYPES(ADDRESS)
#undef ADDRESS
		& test_Point_type,
	&test_Note_type,
	&strict_Values_type,
	&strict_Numbers_type,
	&shared_Image_type,
	&shared_Level4_type,
	&shared_Station_type,
	&shared_Crowd_type,
};

void *sample_make(const struct tern_type *type, uint64_t seed)
{
	struct reflect_random random = { seed };
	void *sample = calloc(1, type->size_bytes);

	reflect_fill(type, sample, &random);
	return sample;
}

void sample_free(const struct tern_type *type, void *sample)
{
	type->codec->fini(type, sample);
	free(sample);
}
