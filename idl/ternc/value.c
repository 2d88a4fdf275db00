/* Reading literals. */
#include "value.h"

#include <idl/processor.h>

struct tern_value value_of(const void *node)
{
	const idl_literal_t *literal = node;
	struct tern_value value = { .kind = TERN_VALUE_INT64 };

	if (!node)
		return (struct tern_value){ .kind = TERN_VALUE_NONE };
	if (idl_is_enumerator(node)) {
		value.as.i = ((const idl_enumerator_t *)node)->value.value;
		return value;
	}
	switch (idl_type(node)) {
	case IDL_BOOL:
		return (struct tern_value){ .kind = TERN_VALUE_BOOLEAN,
			                    .as.b = literal->value.bln };
	case IDL_STRING:
		return (struct tern_value){ .kind = TERN_VALUE_STRING,
			                    .as.s = must_copy(literal->value.str) };
	case IDL_FLOAT:
		return (struct tern_value){ .kind = TERN_VALUE_FLOAT64,
			                    .as.f = literal->value.flt };
	case IDL_DOUBLE:
		return (struct tern_value){ .kind = TERN_VALUE_FLOAT64,
			                    .as.f = literal->value.dbl };
	case IDL_LDOUBLE:
		return (struct tern_value){ .kind = TERN_VALUE_FLOAT64,
			                    .as.f = (double)literal->value.ldbl };
	case IDL_CHAR:
		value.as.i = literal->value.chr;
		return value;
	case IDL_INT8:
		value.as.i = literal->value.int8;
		return value;
	case IDL_SHORT:
	case IDL_INT16:
		value.as.i = literal->value.int16;
		return value;
	case IDL_LONG:
	case IDL_INT32:
		value.as.i = literal->value.int32;
		return value;
	case IDL_LLONG:
	case IDL_INT64:
		value.as.i = literal->value.int64;
		return value;
	default:
		break;
	}
	value.kind = TERN_VALUE_UINT64;
	switch (idl_type(node)) {
	case IDL_OCTET:
	case IDL_UINT8:
		value.as.u = literal->value.uint8;
		break;
	case IDL_USHORT:
	case IDL_UINT16:
		value.as.u = literal->value.uint16;
		break;
	case IDL_ULONG:
	case IDL_UINT32:
		value.as.u = literal->value.uint32;
		break;
	default:
		value.as.u = literal->value.uint64;
		break;
	}
	return value;
}

static double as_double(const struct tern_value *value)
{
	switch (value->kind) {
	case TERN_VALUE_INT64:
		return (double)value->as.i;
	case TERN_VALUE_UINT64:
		return (double)value->as.u;
	default:
		return value->as.f;
	}
}

static bool is_unsigned(tern_type_kind kind)
{
	return kind == TERN_KIND_BYTE || kind == TERN_KIND_UINT8 ||
	       kind == TERN_KIND_UINT16 || kind == TERN_KIND_UINT32 ||
	       kind == TERN_KIND_UINT64 || kind == TERN_KIND_BITMASK;
}

struct tern_value value_as(struct tern_value value, const struct type *type)
{
	bool is_number = value.kind == TERN_VALUE_INT64 ||
	                 value.kind == TERN_VALUE_UINT64 ||
	                 value.kind == TERN_VALUE_FLOAT64;

	while (type->kind == TERN_KIND_ARRAY || type->kind == TERN_KIND_SEQUENCE)
		type = type->element;
	if (!is_number)
		return value;
	if (type->kind == TERN_KIND_FLOAT32 || type->kind == TERN_KIND_FLOAT64) {
		value.as.f = as_double(&value);
		value.kind = TERN_VALUE_FLOAT64;
	} else if (value.kind == TERN_VALUE_INT64 && is_unsigned(type->kind) &&
	           value.as.i >= 0) {
		value.as.u = (uint64_t)value.as.i;
		value.kind = TERN_VALUE_UINT64;
	} else if (value.kind == TERN_VALUE_UINT64 && !is_unsigned(type->kind) &&
	           value.as.u <= INT64_MAX) {
		value.as.i = (int64_t)value.as.u;
		value.kind = TERN_VALUE_INT64;
	}
	return value;
}
