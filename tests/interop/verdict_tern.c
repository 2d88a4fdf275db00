/* Apart from the test, because ternc's header declares the same C names as idlc's. */
#include "verdict_tern.h"
#include "verdicts.h"

#define TABLE(name) &v_##name##_type,
#define NAME(name) #name,

const struct tern_type *const verdict_tables[VERDICT_TYPE_COUNT] = { VERDICT_TYPES(
	TABLE) };
const char *const verdict_names[VERDICT_TYPE_COUNT] = { VERDICT_TYPES(NAME) };
