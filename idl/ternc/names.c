/* C names, spelled as idlc spells them so that code moves over unchanged. */
#include "names.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

static bool is_skipped(const idl_node_t *node, const idl_node_t *leaf)
{
	if (node == leaf)
		return false;
	return (node->mask & IDL_TYPEDEF) == IDL_TYPEDEF ||
	       (node->mask & IDL_ENUM) == IDL_ENUM ||
	       (node->mask & IDL_BITMASK) == IDL_BITMASK;
}

char *name_scoped(const void *leaf, const char *separator)
{
	struct text name = { 0 };
	const idl_node_t *scopes[64];
	size_t depth = 0;

	for (const idl_node_t *node = leaf; node && depth < 64; node = node->parent) {
		if (!is_skipped(node, leaf))
			scopes[depth++] = node;
	}
	while (depth > 0) {
		depth--;
		text_add(&name, "%s%s", name.size ? separator : "",
		         idl_identifier(scopes[depth]));
	}
	return name.data;
}

static const char *base_type_name(idl_type_t type)
{
	switch (type) {
	case IDL_BOOL:
		return "bool";
	case IDL_CHAR:
	case IDL_STRING:
		return "char";
	case IDL_INT8:
		return "int8_t";
	case IDL_OCTET:
	case IDL_UINT8:
		return "uint8_t";
	case IDL_SHORT:
	case IDL_INT16:
		return "int16_t";
	case IDL_USHORT:
	case IDL_UINT16:
		return "uint16_t";
	case IDL_LONG:
	case IDL_INT32:
		return "int32_t";
	case IDL_ULONG:
	case IDL_UINT32:
		return "uint32_t";
	case IDL_LLONG:
	case IDL_INT64:
		return "int64_t";
	case IDL_ULLONG:
	case IDL_UINT64:
		return "uint64_t";
	case IDL_FLOAT:
		return "float";
	case IDL_DOUBLE:
		return "double";
	default:
		return NULL;
	}
}

/* The element's part in a sequence's name: IDL's spelling, not C's. */
static const char *sequence_element_name(idl_type_t type)
{
	switch (type) {
	case IDL_OCTET:
		return "octet";
	case IDL_INT8:
		return "int8";
	case IDL_UINT8:
		return "uint8";
	case IDL_SHORT:
		return "short";
	case IDL_INT16:
		return "int16";
	case IDL_USHORT:
		return "unsigned_short";
	case IDL_UINT16:
		return "uint16";
	case IDL_LONG:
		return "long";
	case IDL_INT32:
		return "int32";
	case IDL_ULONG:
		return "unsigned_long";
	case IDL_UINT32:
		return "uint32";
	case IDL_LLONG:
		return "long_long";
	case IDL_INT64:
		return "int64";
	case IDL_ULLONG:
		return "unsigned_long_long";
	case IDL_UINT64:
		return "uint64";
	default:
		return base_type_name(type); /* bool, char, float, double */
	}
}

char *name_of_sequence(const void *sequence)
{
	struct text name = { 0 };
	const void *element = idl_type_spec(sequence);

	text_add(&name, "dds_sequence_");
	for (; idl_is_sequence(element); element = idl_type_spec(element))
		text_add(&name, "sequence_");
	if (idl_type(element) == IDL_STRING && idl_is_string(element)) {
		text_add(&name, "string");
		if (idl_is_bounded(element))
			text_add(&name, "%u", idl_bound(element));
	} else if (idl_is_base_type(element)) {
		const char *spelled = sequence_element_name(idl_type(element));

		text_add(&name, "%s", spelled ? spelled : "unsupported");
	} else {
		char *scoped = name_scoped(element, "_");

		text_add(&name, "%s", scoped);
		free(scoped);
	}
	return name.data;
}

char *name_of_type(const void *type_spec)
{
	if (idl_is_base_type(type_spec)) {
		const char *name = base_type_name(idl_type(type_spec));

		return must_copy(name ? name : "unsupported");
	}
	if (idl_is_string(type_spec))
		return must_copy("char");
	if (idl_is_sequence(type_spec))
		return name_of_sequence(type_spec);
	return name_scoped(type_spec, "_");
}

const char *name_prefix(const void *type_spec)
{
	return idl_is_forward(type_spec) || idl_is_struct(type_spec) ||
	                       idl_is_union(type_spec)
	               ? "struct "
	               : "";
}

static bool is_in(const char *name, const char *const *names)
{
	for (; *names; names++) {
		if (strcmp(name, *names) == 0)
			return true;
	}
	return false;
}

const char *name_is_reserved_in_c(const char *name)
{
	static const char *const keywords[] = {
		"auto",     "break",    "case",     "char",   "const",   "continue",
		"default",  "do",       "double",   "else",   "enum",    "extern",
		"float",    "for",      "goto",     "if",     "inline",  "int",
		"long",     "register", "restrict", "return", "short",   "signed",
		"sizeof",   "static",   "struct",   "switch", "typedef", "union",
		"unsigned", "void",     "volatile", "while",  "asm",     "typeof",
		NULL
	};
	static const char *const macros[] = { "bool",     "true",   "false",  "NULL",
		                              "errno",    "stdin",  "stdout", "stderr",
		                              "EOF",      "assert", "unix",   "linux",
		                              "offsetof", NULL };

	if (is_in(name, keywords))
		return "is a keyword of C";
	return is_in(name, macros) ? "is a macro of the C library" : NULL;
}

bool name_is_reserved_in_cpp(const char *name)
{
	static const char *const keywords[] = { "alignas",      "alignof",
		                                "and",          "and_eq",
		                                "bitand",       "bitor",
		                                "catch",        "char16_t",
		                                "char32_t",     "class",
		                                "compl",        "concept",
		                                "const_cast",   "constexpr",
		                                "decltype",     "delete",
		                                "dynamic_cast", "explicit",
		                                "export",       "friend",
		                                "mutable",      "namespace",
		                                "new",          "noexcept",
		                                "not",          "not_eq",
		                                "nullptr",      "operator",
		                                "or",           "or_eq",
		                                "private",      "protected",
		                                "public",       "reinterpret_cast",
		                                "requires",     "static_assert",
		                                "static_cast",  "template",
		                                "this",         "thread_local",
		                                "throw",        "try",
		                                "typeid",       "typename",
		                                "using",        "virtual",
		                                "wchar_t",      "xor",
		                                "xor_eq",       NULL };

	return is_in(name, keywords);
}
