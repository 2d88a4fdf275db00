/* The topic types of rich.idl, for tests that go over all of them. */
#ifndef TERN_TESTS_ALL_TYPES_H
#define TERN_TESTS_ALL_TYPES_H

#include "rich.h" /* by ternc or, in cyclone_types.c, by idlc */

#define ALL_TYPES(X)                                                                     \
	X(rich_Primitives)                                                               \
	X(rich_Arrays)                                                                   \
	X(rich_Sequences)                                                                \
	X(rich_Choice)                                                                   \
	X(rich_Unions)                                                                   \
	X(rich_Empty)                                                                    \
	X(rich_Base)                                                                     \
	X(rich_Derived)                                                                  \
	X(rich_FinalOptional)                                                            \
	X(rich_Scattered)                                                                \
	X(rich_ListBase)                                                                 \
	X(rich_ListDerived)                                                              \
	X(rich_Keys)                                                                     \
	X(rich_KeysInside)                                                               \
	X(rich_KeysByList)                                                               \
	X(rich_KeyOfEnums)                                                               \
	X(rich_KeyFits)                                                                  \
	X(rich_KeyOrder)

#endif
