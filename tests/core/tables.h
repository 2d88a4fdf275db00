/* Type tables written by hand, for tests that need types which no compiler would make. They have
 * no codec: nothing here can be written or read. */
#ifndef TERN_TESTS_CORE_TABLES_H
#define TERN_TESTS_CORE_TABLES_H

#include <tern/type.h>

#define PRIMITIVE(kind_, c_type)                                                         \
	{                                                                                \
		.abi = TERN_TYPE_ABI, .kind = (kind_), .size_bytes = sizeof(c_type),     \
		.alignment_bytes = _Alignof(c_type)                                      \
	}

static const struct tern_type int16_table = PRIMITIVE(TERN_KIND_INT16, int16_t);
static const struct tern_type int32_table = PRIMITIVE(TERN_KIND_INT32, int32_t);
static const struct tern_type uint32_table = PRIMITIVE(TERN_KIND_UINT32, uint32_t);
static const struct tern_type uint16_table = PRIMITIVE(TERN_KIND_UINT16, uint16_t);
static const struct tern_type float64_table = PRIMITIVE(TERN_KIND_FLOAT64, double);
static const struct tern_type octet_table = PRIMITIVE(TERN_KIND_BYTE, uint8_t);
static const struct tern_type uint8_table = PRIMITIVE(TERN_KIND_UINT8, uint8_t);
static const struct tern_type string_table = PRIMITIVE(TERN_KIND_STRING8, char *);

/* Tables with arguments are compound literals: they live as long as the block they stand in. */

#define BOUNDED_STRING(bound_)                                                           \
	&(const struct tern_type)                                                        \
	{                                                                                \
		.abi = TERN_TYPE_ABI, .kind = TERN_KIND_STRING8, .bound = (bound_),      \
		.size_bytes = (bound_) + 1, .alignment_bytes = 1                         \
	}

#define SEQUENCE(element_, bound_)                                                       \
	&(const struct tern_type)                                                        \
	{                                                                                \
		.abi = TERN_TYPE_ABI, .kind = TERN_KIND_SEQUENCE, .bound = (bound_),     \
		.element = (element_), .size_bytes = sizeof(struct tern_sequence),       \
		.alignment_bytes = _Alignof(struct tern_sequence)                        \
	}

#define ARRAY(element_, count)                                                           \
	&(const struct tern_type)                                                        \
	{                                                                                \
		.abi = TERN_TYPE_ABI, .kind = TERN_KIND_ARRAY, .bound = (count),         \
		.element = (element_), .dimension_count = 1,                             \
		.dimensions = (const uint32_t[])                                         \
		{                                                                        \
			(count)                                                          \
		}                                                                        \
	}

#define LITERALS(...)                                                                    \
	.literals = (const struct tern_literal[]){ __VA_ARGS__ },                        \
	.literal_count = sizeof((const struct tern_literal[]){ __VA_ARGS__ }) /          \
	                 sizeof(struct tern_literal)

#define ENUM(extensibility_, ...)                                                        \
	&(const struct tern_type)                                                        \
	{                                                                                \
		.abi = TERN_TYPE_ABI, .kind = TERN_KIND_ENUM, .name = "test::Mode",      \
		.extensibility = (extensibility_), .size_bytes = 4,                      \
		.alignment_bytes = 4, .bound = 32, LITERALS(__VA_ARGS__)                 \
	}

#define BITMASK(bits)                                                                    \
	&(const struct tern_type)                                                        \
	{                                                                                \
		.abi = TERN_TYPE_ABI, .kind = TERN_KIND_BITMASK, .name = "test::Flags",  \
		.bound = (bits),                                                         \
		.size_bytes = (bits) > 32   ? 8                                          \
		              : (bits) > 16 ? 4                                          \
		                            : 2                                          \
	}

/* Members: name, id, flags, type. */
#define MEMBER(name_, id_, flags_, type_)                                                \
	{                                                                                \
		.name = (name_), .id = (id_), .flags = (flags_), .type = (type_)         \
	}

#define MEMBERS(...)                                                                     \
	.members = (const struct tern_member[]){ __VA_ARGS__ },                          \
	.member_count = sizeof((const struct tern_member[]){ __VA_ARGS__ }) /            \
	                sizeof(struct tern_member)

#define STRUCTURE(extensibility_, ...)                                                   \
	&(const struct tern_type)                                                        \
	{                                                                                \
		.abi = TERN_TYPE_ABI, .kind = TERN_KIND_STRUCTURE, .name = "test::Pose", \
		.extensibility = (extensibility_), MEMBERS(__VA_ARGS__)                  \
	}

#define DERIVED(base_, extensibility_, ...)                                              \
	&(const struct tern_type)                                                        \
	{                                                                                \
		.abi = TERN_TYPE_ABI, .kind = TERN_KIND_STRUCTURE,                       \
		.name = "test::Derived", .extensibility = (extensibility_),              \
		.base = (base_), MEMBERS(__VA_ARGS__)                                    \
	}

/* Cases: name, id, type, labels; and the default case. */
#define CASE(name_, id_, type_, ...)                                                     \
	{                                                                                \
		.name = (name_), .id = (id_), .type = (type_),                           \
		.labels = (const int64_t[]){ __VA_ARGS__ },                              \
		.label_count =                                                           \
			sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)       \
	}

#define DEFAULT_CASE(name_, id_, type_)                                                  \
	{                                                                                \
		.name = (name_), .id = (id_), .type = (type_),                           \
		.flags = TERN_MEMBER_DEFAULT_CASE                                        \
	}

#define UNION(extensibility_, ...)                                                       \
	&(const struct tern_type)                                                        \
	{                                                                                \
		.abi = TERN_TYPE_ABI, .kind = TERN_KIND_UNION, .name = "test::Choice",   \
		.extensibility = (extensibility_), .element = &int32_table,              \
		MEMBERS(__VA_ARGS__)                                                     \
	}

#endif
