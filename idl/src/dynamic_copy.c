/* Memory of dynamic samples: deep copies and freeing, and what of a table both need to know. */
#include "dynamic.h"

const struct tern_codec dynamic_codec = {
	.encode = dynamic_encode,
	.decode = dynamic_decode,
	.copy = dynamic_copy_sample,
	.fini = dynamic_fini_sample,
};

const struct tern_codec dynamic_keyed_codec = {
	.encode = dynamic_encode,
	.decode = dynamic_decode,
	.payload_key_hash = dynamic_payload_key_hash,
	.key_hash = dynamic_key_hash,
	.key_compare = dynamic_key_compare,
	.copy = dynamic_copy_sample,
	.fini = dynamic_fini_sample,
};

/* ---- questions ------------------------------------------------------------------------- */

static int64_t load_signed(size_t size_bytes, const void *at)
{
	int64_t value = 0;
	int32_t word;
	int16_t half;
	int8_t byte;

	switch (size_bytes) {
	case 1:
		memcpy(&byte, at, 1);
		return byte;
	case 2:
		memcpy(&half, at, 2);
		return half;
	case 4:
		memcpy(&word, at, 4);
		return word;
	default:
		memcpy(&value, at, 8);
		return value;
	}
}

static uint64_t load_unsigned(size_t size_bytes, const void *at)
{
	uint64_t value = (uint64_t)load_signed(size_bytes, at);

	return size_bytes == 8 ? value : value & ((UINT64_C(1) << 8 * size_bytes) - 1);
}

int64_t dynamic_label(const struct tern_type *type, const void *at)
{
	switch (type->kind) {
	case TERN_KIND_CHAR8:
	case TERN_KIND_INT8:
	case TERN_KIND_INT16:
	case TERN_KIND_INT32:
	case TERN_KIND_INT64:
	case TERN_KIND_ENUM:
		return load_signed(type->size_bytes, at);
	default:
		return (int64_t)load_unsigned(type->size_bytes, at);
	}
}

const struct tern_member *dynamic_case(const struct tern_type *type, const void *sample)
{
	int64_t label = dynamic_label(type->element, sample);
	const struct tern_member *fallback = NULL;

	for (uint32_t i = 0; i < type->member_count; i++) {
		const struct tern_member *member = &type->members[i];

		for (uint32_t j = 0; j < member->label_count; j++)
			if (member->labels[j] == label)
				return member;
		if (member->flags & TERN_MEMBER_DEFAULT_CASE)
			fallback = member;
	}
	return fallback;
}

bool dynamic_has_key(const struct tern_type *type)
{
	for (; type; type = type->base)
		for (uint32_t i = 0; i < type->member_count; i++)
			if (type->members[i].flags & TERN_MEMBER_KEY)
				return true;
	return false;
}

int64_t dynamic_enum_default(const struct tern_type *type)
{
	for (uint32_t i = 0; i < type->literal_count; i++)
		if (type->literals[i].is_default)
			return type->literals[i].value;
	return type->literal_count ? type->literals[0].value : 0;
}

/* ---- freeing --------------------------------------------------------------------------- */

static void fini_sequence(const struct tern_type *type,
                          const struct tern_sequence *sequence)
{
	const struct tern_type *element = type->element;

	if (!sequence->_release)
		return;
	if (!(element->flags & TERN_TYPE_FLAT))
		for (uint32_t i = 0; i < sequence->_length; i++)
			dynamic_fini(element, TERN_CDR_AT(sequence->_buffer,
			                                  i * element->size_bytes));
	free(sequence->_buffer);
}

static void fini_held(const struct tern_member *member, void *at)
{
	void *value;

	if (!dynamic_is_pointer(member)) {
		dynamic_fini(member->type, at);
		return;
	}
	memcpy(&value, at, sizeof(value));
	if (value)
		dynamic_fini(member->type, value);
	free(value);
}

/* The contents; the memory itself is the caller's. */
void dynamic_fini(const struct tern_type *type, void *at)
{
	const struct dynamic_type *made = dynamic(type);
	const struct tern_member *chosen;
	char *text;

	if (type->flags & TERN_TYPE_FLAT)
		return;
	switch (type->kind) {
	case TERN_KIND_STRING8:
		memcpy(&text, at, sizeof(text));
		free(text);
		break;
	case TERN_KIND_SEQUENCE:
		fini_sequence(type, at);
		break;
	case TERN_KIND_ARRAY:
		for (uint32_t i = 0; i < type->bound; i++)
			dynamic_fini(type->element,
			             TERN_CDR_AT(at, i * type->element->size_bytes));
		break;
	case TERN_KIND_UNION:
		chosen = dynamic_case(type, at);
		if (chosen)
			fini_held(chosen, TERN_CDR_AT(at, chosen->offset));
		break;
	default:
		for (uint32_t i = 0; i < made->wire_count; i++)
			fini_held(made->wire[i].member,
			          TERN_CDR_AT(at, made->wire[i].offset));
		break;
	}
}

void dynamic_fini_sample(const struct tern_type *type, void *sample)
{
	if (!sample)
		return;
	dynamic_fini(type, sample);
	memset(sample, 0, type->size_bytes);
}

/* ---- copying --------------------------------------------------------------------------- */

static tern_status copy_value(const struct tern_type *type, const void *from, void *to);

static tern_status copy_sequence(const struct tern_type *type,
                                 const struct tern_sequence *from,
                                 struct tern_sequence *to)
{
	const struct tern_type *element = type->element;
	tern_status status = TERN_OK;

	if (from->_length == 0)
		return TERN_OK;
	if (!from->_buffer)
		return TERN_EINVAL;
	to->_buffer = calloc(from->_length, element->size_bytes);
	if (!to->_buffer)
		return TERN_ENOMEM;
	to->_maximum = to->_length = from->_length;
	to->_release = true;
	if (element->flags & TERN_TYPE_FLAT) {
		memcpy(to->_buffer, from->_buffer, from->_length * element->size_bytes);
		return TERN_OK;
	}
	for (uint32_t i = 0; i < from->_length && status == TERN_OK; i++)
		status = copy_value(
			element,
			TERN_CDR_CONST_AT(from->_buffer, i * element->size_bytes),
			TERN_CDR_AT(to->_buffer, i * element->size_bytes));
	return status;
}

static tern_status copy_string(const void *from, void *to, bool is_optional)
{
	const char *text;
	char *copy = NULL;

	memcpy(&text, from, sizeof(text));
	if (is_optional ? !tern_cdr_copy_optional_string(text, &copy)
	                : !tern_cdr_copy_string(text, &copy))
		return TERN_ENOMEM;
	memcpy(to, &copy, sizeof(copy));
	return TERN_OK;
}

static tern_status copy_held(const struct tern_member *member, const void *from, void *to)
{
	const void *value;
	void *copy;

	if (!dynamic_is_pointer(member)) {
		if (member->flags & TERN_MEMBER_OPTIONAL) /* an unbounded string */
			return copy_string(from, to, true);
		return copy_value(member->type, from, to);
	}
	memcpy(&value, from, sizeof(value));
	if (!value)
		return TERN_OK;
	copy = calloc(1, member->type->size_bytes);
	if (!copy)
		return TERN_ENOMEM;
	memcpy(to, &copy, sizeof(copy));
	return copy_value(member->type, value, copy);
}

static tern_status copy_union(const struct tern_type *type, const void *from, void *to)
{
	const struct tern_member *chosen = dynamic_case(type, from);

	memcpy(to, from, type->element->size_bytes);
	if (!chosen)
		return TERN_OK;
	return copy_held(chosen, TERN_CDR_CONST_AT(from, chosen->offset),
	                 TERN_CDR_AT(to, chosen->offset));
}

static tern_status copy_value(const struct tern_type *type, const void *from, void *to)
{
	const struct dynamic_type *made = dynamic(type);
	tern_status status = TERN_OK;
	size_t offset;

	if (type->flags & TERN_TYPE_FLAT) {
		memcpy(to, from, type->size_bytes);
		return TERN_OK;
	}
	switch (type->kind) {
	case TERN_KIND_STRING8:
		return copy_string(from, to, false);
	case TERN_KIND_SEQUENCE:
		return copy_sequence(type, from, to);
	case TERN_KIND_UNION:
		return copy_union(type, from, to);
	case TERN_KIND_ARRAY:
		for (uint32_t i = 0; i < type->bound && status == TERN_OK; i++) {
			offset = i * type->element->size_bytes;
			status =
				copy_value(type->element, TERN_CDR_CONST_AT(from, offset),
			                   TERN_CDR_AT(to, offset));
		}
		return status;
	default:
		for (uint32_t i = 0; i < made->wire_count && status == TERN_OK; i++) {
			offset = made->wire[i].offset;
			status = copy_held(made->wire[i].member,
			                   TERN_CDR_CONST_AT(from, offset),
			                   TERN_CDR_AT(to, offset));
		}
		return status;
	}
}

tern_status dynamic_copy_sample(const struct tern_type *type, const void *sample,
                                void *ret_sample)
{
	tern_status status = copy_value(type, sample, ret_sample);

	if (status == TERN_OK)
		return TERN_OK;
	dynamic_fini_sample(type, ret_sample);
	return tern_cdr_copy_failed(type, status);
}
