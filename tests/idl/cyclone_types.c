/* idlc's descriptors of rich.idl. */
#include "cyclone_types.h"

#include <string.h>

#include "all_types.h"

const dds_topic_descriptor_t *cyclone_type(const char *name)
{
	static const dds_topic_descriptor_t *const descriptors[] = {
#define ADDRESS(type) &type##_desc,
		ALL_TYPES(ADDRESS)
#undef ADDRESS
	};

	for (size_t i = 0; i < sizeof(descriptors) / sizeof(descriptors[0]); i++) {
		if (strcmp(descriptors[i]->m_typename, name) == 0)
			return descriptors[i];
	}
	return NULL;
}
