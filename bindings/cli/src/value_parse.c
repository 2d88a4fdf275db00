/* libyaml makes a tree of nodes; this walks the tree and the type together. */
#include "value_parse.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

struct parse {
	yaml_document_t document;
	char path[256]; /* of the member that is read */
	char *error;
};

static bool parse_value(struct parse *p, const struct tern_type *type,
                        const yaml_node_t *node, void *at);

__attribute__((format(printf, 3, 4))) static bool refuse(struct parse *p,
                                                         const yaml_node_t *node,
                                                         const char *format, ...)
{
	va_list arguments;
	int used = snprintf(p->error, VALUE_ERROR_SIZE_BYTES, "line %zu: %s%s",
	                    node->start_mark.line + 1, p->path, *p->path ? ": " : "");

	va_start(arguments, format);
	if (used >= 0 && used < VALUE_ERROR_SIZE_BYTES)
		vsnprintf(p->error + used, VALUE_ERROR_SIZE_BYTES - (size_t)used, format,
		          arguments);
	va_end(arguments);
	return false;
}

/* @return what pop() restores */
static size_t push(struct parse *p, const char *separator, const char *name)
{
	size_t length = strlen(p->path);

	snprintf(p->path + length, sizeof p->path - length, "%s%s",
	         length ? separator : "", name);
	return length;
}

static void pop(struct parse *p, size_t length)
{
	p->path[length] = '\0';
}

/* ---- scalars --------------------------------------------------------------------------- */

/* NULL: it is none */
static const char *scalar_text(const yaml_node_t *node)
{
	return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value
	                                      : NULL;
}

static bool is_plain(const yaml_node_t *node)
{
	return node->type == YAML_SCALAR_NODE &&
	       node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static bool is_null(const yaml_node_t *node)
{
	const char *text = scalar_text(node);

	return text && is_plain(node) &&
	       (!*text || strcmp(text, "~") == 0 || strcmp(text, "null") == 0);
}

static void store(void *at, size_t size_bytes, uint64_t value)
{
	uint8_t byte = (uint8_t)value;
	uint16_t half = (uint16_t)value;
	uint32_t word = (uint32_t)value;

	memcpy(at,
	       size_bytes == 1   ? (void *)&byte
	       : size_bytes == 2 ? (void *)&half
	       : size_bytes == 4 ? (void *)&word
	                         : (void *)&value,
	       size_bytes);
}

static bool parse_signed(struct parse *p, const struct tern_type *type,
                         const yaml_node_t *node, const char *text, void *at)
{
	int64_t max = (int64_t)(UINT64_MAX >> 1 >> (64 - 8 * type->size_bytes));
	char *end;

	errno = 0;
	long long value = strtoll(text, &end, 0);
	if (end == text || *end)
		return refuse(p, node, "\"%.40s\" is no whole number", text);
	if (errno || value > max || value < -max - 1)
		return refuse(p, node, "%.40s is out of range: %lld..%lld", text,
		              (long long)(-max - 1), (long long)max);
	store(at, type->size_bytes, (uint64_t)value);
	return true;
}

static bool parse_unsigned(struct parse *p, const struct tern_type *type,
                           const yaml_node_t *node, const char *text, void *at)
{
	uint64_t max = UINT64_MAX >> (64 - 8 * type->size_bytes);
	char *end;

	errno = 0;
	unsigned long long value = strtoull(text, &end, 0);
	if (end == text || *end)
		return refuse(p, node, "\"%.40s\" is no whole number", text);
	if (errno || value > max || strchr(text, '-'))
		return refuse(p, node, "%.40s is out of range: 0..%llu", text,
		              (unsigned long long)max);
	store(at, type->size_bytes, value);
	return true;
}

static bool parse_float(struct parse *p, const struct tern_type *type,
                        const yaml_node_t *node, const char *text, void *at)
{
	bool is_negative = *text == '-';
	const char *digits = text + (is_negative || *text == '+');
	char *end;

	/* YAML writes .inf and .nan */
	if (*digits == '.' && (digits[1] == 'i' || digits[1] == 'n'))
		digits++;
	double value = strtod(digits, &end);
	float narrow = (float)value;
	if (end == digits || *end || *digits == '-' || *digits == '+')
		return refuse(p, node, "\"%.40s\" is no number", text);
	if (is_negative)
		value = -value, narrow = -narrow;
	if (type->kind == TERN_KIND_FLOAT64) {
		memcpy(at, &value, sizeof value);
		return true;
	}
	if (isinf(narrow) && !isinf(value))
		return refuse(p, node, "%.40s is out of range of a float", text);
	memcpy(at, &narrow, sizeof narrow);
	return true;
}

static bool parse_boolean(struct parse *p, const yaml_node_t *node, const char *text,
                          void *at)
{
	bool value = strcmp(text, "true") == 0;

	if (!value && strcmp(text, "false") != 0)
		return refuse(p, node, "\"%.40s\" is neither true nor false", text);
	memcpy(at, &value, sizeof value);
	return true;
}

/* A character, or, as descriptions do not tell int8 from char, a number. */
static bool parse_character(struct parse *p, const struct tern_type *type,
                            const yaml_node_t *node, const char *text, void *at)
{
	char *end;

	(void)strtol(text, &end, 0);
	if (is_plain(node) && *text && !*end)
		return parse_signed(p, type, node, text, at);
	if (strlen(text) > 1)
		return refuse(p, node, "\"%.40s\" is no single character", text);
	memcpy(at, text, 1);
	return true;
}

static bool add_literal(const struct tern_type *type, const char *name, size_t length,
                        uint64_t *value)
{
	for (uint32_t i = 0; i < type->literal_count; i++) {
		const struct tern_literal *literal = &type->literals[i];
		if (strlen(literal->name) != length ||
		    strncmp(literal->name, name, length) != 0)
			continue;
		*value |= type->kind == TERN_KIND_ENUM ? (uint64_t)literal->value
		                                       : UINT64_C(1) << literal->value;
		return true;
	}
	return false;
}

static void list_literals(const struct tern_type *type, char *text, size_t size_bytes)
{
	size_t used = 0;

	for (uint32_t i = 0; i < type->literal_count && used < size_bytes; i++)
		used += (size_t)snprintf(text + used, size_bytes - used, "%s%s",
		                         i ? ", " : "", type->literals[i].name);
}

static bool parse_enum(struct parse *p, const struct tern_type *type,
                       const yaml_node_t *node, const char *text, void *at)
{
	uint64_t value = 0;
	char names[200] = "";
	char *end;

	if (add_literal(type, text, strlen(text), &value)) {
		store(at, type->size_bytes, value);
		return true;
	}
	long long number = strtoll(text, &end, 0);
	for (uint32_t i = 0; *text && !*end && i < type->literal_count; i++)
		if (type->literals[i].value == number) {
			store(at, type->size_bytes, (uint64_t)number);
			return true;
		}
	list_literals(type, names, sizeof names);
	return refuse(p, node, "\"%.40s\" is no literal of %s: %s", text, type->name,
	              names);
}

static bool parse_flags(struct parse *p, const struct tern_type *type,
                        const yaml_node_t *node, const char *text, void *at)
{
	uint64_t value = 0, declared = 0;
	char names[200] = "";
	char *end;

	for (uint32_t i = 0; i < type->literal_count; i++)
		declared |= UINT64_C(1) << type->literals[i].value;
	unsigned long long number = strtoull(text, &end, 0);
	if (*text && !*end && !(number & ~declared)) {
		store(at, type->size_bytes, number);
		return true;
	}
	list_literals(type, names, sizeof names);
	for (const char *name = text; *name; name += *name == '|') {
		size_t length = strcspn(name, "|");
		if (!add_literal(type, name, length, &value))
			return refuse(p, node, "\"%.40s\" is no set of flags of %s: %s",
			              text, type->name, names);
		name += length;
	}
	store(at, type->size_bytes, value);
	return true;
}

static bool parse_string(struct parse *p, const struct tern_type *type,
                         const yaml_node_t *node, const char *text, void *at)
{
	size_t length = node->data.scalar.length;
	char *before, *copy;

	if (strlen(text) != length)
		return refuse(p, node, "a string cannot hold a zero byte");
	if (type->bound) {
		if (length > type->bound)
			return refuse(p, node, "a string of %zu bytes, at most %u",
			              length, (unsigned)type->bound);
		memset(at, 0, type->size_bytes);
		memcpy(at, text, length);
		return true;
	}
	copy = strdup(text);
	if (!copy)
		return refuse(p, node, "no memory");
	memcpy(&before, at, sizeof before);
	free(before); /* its default */
	memcpy(at, &copy, sizeof copy);
	return true;
}

static bool parse_scalar(struct parse *p, const struct tern_type *type,
                         const yaml_node_t *node, void *at)
{
	const char *text = scalar_text(node);

	if (!text)
		return refuse(p, node, "one value is wanted, not a list or mapping");
	switch (type->kind) {
	case TERN_KIND_BOOLEAN:
		return parse_boolean(p, node, text, at);
	case TERN_KIND_CHAR8:
		return parse_character(p, type, node, text, at);
	case TERN_KIND_INT8:
	case TERN_KIND_INT16:
	case TERN_KIND_INT32:
	case TERN_KIND_INT64:
		return parse_signed(p, type, node, text, at);
	case TERN_KIND_FLOAT32:
	case TERN_KIND_FLOAT64:
		return parse_float(p, type, node, text, at);
	case TERN_KIND_STRING8:
		return parse_string(p, type, node, text, at);
	case TERN_KIND_ENUM:
		return parse_enum(p, type, node, text, at);
	case TERN_KIND_BITMASK:
		return parse_flags(p, type, node, text, at);
	default:
		return parse_unsigned(p, type, node, text, at);
	}
}

/* ---- lists ----------------------------------------------------------------------------- */

static uint32_t list_length(const yaml_node_t *node)
{
	return (uint32_t)(node->data.sequence.items.top -
	                  node->data.sequence.items.start);
}

static bool parse_items(struct parse *p, const struct tern_type *element,
                        const yaml_node_t *node, void *elements)
{
	char number[16];
	bool parsed = true;

	for (uint32_t i = 0; i < list_length(node) && parsed; i++) {
		const yaml_node_t *item = yaml_document_get_node(
			&p->document, node->data.sequence.items.start[i]);
		snprintf(number, sizeof number, "[%u]", (unsigned)i);
		size_t length = push(p, "", number);
		parsed = parse_value(p, element, item,
		                     (char *)elements + i * element->size_bytes);
		pop(p, length);
	}
	return parsed;
}

static bool parse_sequence(struct parse *p, const struct tern_type *type,
                           const yaml_node_t *node, struct tern_sequence *sequence)
{
	if (node->type != YAML_SEQUENCE_NODE)
		return refuse(p, node, "a list is wanted: [ ... ]");
	uint32_t count = list_length(node);
	if (type->bound && count > type->bound)
		return refuse(p, node, "%u elements, at most %u", (unsigned)count,
		              (unsigned)type->bound);
	if (count == 0)
		return true;
	sequence->_buffer = calloc(count, type->element->size_bytes);
	if (!sequence->_buffer)
		return refuse(p, node, "no memory");
	sequence->_maximum = sequence->_length = count;
	sequence->_release = true;
	return parse_items(p, type->element, node, sequence->_buffer);
}

static bool parse_array(struct parse *p, const struct tern_type *type,
                        const yaml_node_t *node, void *at)
{
	if (node->type != YAML_SEQUENCE_NODE)
		return refuse(p, node, "a list of %u is wanted: [ ... ]",
		              (unsigned)type->bound);
	if (list_length(node) != type->bound)
		return refuse(p, node, "%u elements, exactly %u are wanted",
		              (unsigned)list_length(node), (unsigned)type->bound);
	return parse_items(p, type->element, node, at);
}

/* ---- members --------------------------------------------------------------------------- */

static bool parse_held(struct parse *p, const struct tern_member *member,
                       const yaml_node_t *node, void *at)
{
	bool is_string = member->type->kind == TERN_KIND_STRING8 && !member->type->bound;
	bool is_pointer = member->flags & (TERN_MEMBER_OPTIONAL | TERN_MEMBER_EXTERNAL);
	void *value;

	if ((member->flags & TERN_MEMBER_OPTIONAL) && is_null(node))
		return true; /* absent, as it is */
	if (!is_pointer || is_string)
		return parse_value(p, member->type, node, at);
	memcpy(&value, at, sizeof value);
	if (!value) {
		value = tern_sample_create(member->type);
		if (!value)
			return refuse(p, node, "no memory");
		memcpy(at, &value, sizeof value);
	}
	return parse_value(p, member->type, node, value);
}

static const struct tern_member *find_member(const struct tern_type *type,
                                             const char *name)
{
	for (; type; type = type->base)
		for (uint32_t i = 0; i < type->member_count; i++)
			if (strcmp(type->members[i].name, name) == 0)
				return &type->members[i];
	return NULL;
}

static bool is_repeated(const struct parse *p, const yaml_node_t *node,
                        const yaml_node_pair_t *pair, const char *name)
{
	yaml_document_t *document = (yaml_document_t *)(uintptr_t)&p->document;

	for (const yaml_node_pair_t *other = node->data.mapping.pairs.start; other < pair;
	     other++) {
		const char *text =
			scalar_text(yaml_document_get_node(document, other->key));
		if (text && strcmp(text, name) == 0)
			return true;
	}
	return false;
}

/* One "name: value" of a mapping. */
static bool parse_pair(struct parse *p, const struct tern_type *type,
                       const yaml_node_t *node, const yaml_node_pair_t *pair, void *at)
{
	const yaml_node_t *key = yaml_document_get_node(&p->document, pair->key);
	const yaml_node_t *value = yaml_document_get_node(&p->document, pair->value);
	const char *name = scalar_text(key);
	const struct tern_member *member = name ? find_member(type, name) : NULL;

	if (!name)
		return refuse(p, key, "a member's name is wanted");
	if (!member)
		return refuse(p, key, "%s has no member \"%.60s\"", type->name, name);
	if (is_repeated(p, node, pair, name))
		return refuse(p, key, "\"%.60s\" comes twice", name);
	size_t length = push(p, ".", name);
	bool parsed = parse_held(p, member, value, (char *)at + member->offset);
	pop(p, length);
	return parsed;
}

static bool parse_structure(struct parse *p, const struct tern_type *type,
                            const yaml_node_t *node, void *at)
{
	if (node->type != YAML_MAPPING_NODE)
		return refuse(p, node, "members of %s are wanted: { name: value, ... }",
		              type->name);
	for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++)
		if (!parse_pair(p, type, node, pair, at))
			return false;
	return true;
}

static bool selects(const struct tern_type *type, const struct tern_member *member,
                    int64_t label)
{
	for (uint32_t i = 0; i < member->label_count; i++)
		if (member->labels[i] == label)
			return true;
	if (!(member->flags & TERN_MEMBER_DEFAULT_CASE))
		return false;
	for (uint32_t i = 0; i < type->member_count; i++)
		if (&type->members[i] != member &&
		    selects(type, &type->members[i], label))
			return false;
	return true;
}

static int64_t load_label(const struct tern_type *type, const void *at)
{
	int8_t byte;
	int16_t half;
	int32_t word;
	int64_t value;
	bool is_unsigned = type->kind == TERN_KIND_BOOLEAN ||
	                   type->kind == TERN_KIND_BYTE || type->kind == TERN_KIND_UINT8;

	switch (type->size_bytes) {
	case 1:
		memcpy(&byte, at, 1);
		return is_unsigned ? (uint8_t)byte : byte;
	case 2:
		memcpy(&half, at, 2);
		return type->kind == TERN_KIND_UINT16 ? (uint16_t)half : half;
	case 4:
		memcpy(&word, at, 4);
		return type->kind == TERN_KIND_UINT32 ? (int64_t)(uint32_t)word : word;
	default:
		memcpy(&value, at, 8);
		return value;
	}
}

/* The value that "_d" names, if it does: the case must go with it. Else the case's first label. */
static bool parse_discriminator(struct parse *p, const struct tern_type *type,
                                const yaml_node_t *node, const yaml_node_t *given,
                                const struct tern_member *chosen, void *at)
{
	if (given) {
		size_t length = push(p, ".", "_d");
		bool parsed = parse_scalar(p, type->element, given, at);
		pop(p, length);
		if (!parsed)
			return false;
		if (chosen && !selects(type, chosen, load_label(type->element, at)))
			return refuse(p, node, "_d does not select the case \"%s\"",
			              chosen->name);
		return true;
	}
	if (!chosen || chosen->label_count == 0)
		return refuse(p, node, "say which case: give _d, the discriminator");
	store(at, type->element->size_bytes, (uint64_t)chosen->labels[0]);
	return true;
}

static bool parse_union(struct parse *p, const struct tern_type *type,
                        const yaml_node_t *node, void *at)
{
	const yaml_node_t *given = NULL, *value = NULL;
	const struct tern_member *chosen = NULL;

	if (node->type != YAML_MAPPING_NODE)
		return refuse(p, node, "a case of %s is wanted: { name: value }",
		              type->name);
	for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = yaml_document_get_node(&p->document, pair->key);
		const char *name = scalar_text(key);
		if (name && strcmp(name, "_d") == 0 && !given) {
			given = yaml_document_get_node(&p->document, pair->value);
			continue;
		}
		if (chosen || !name || !(chosen = find_member(type, name)))
			return refuse(p, key, "%s has one case, and no \"%.60s\"",
			              type->name, name ? name : "?");
		value = yaml_document_get_node(&p->document, pair->value);
	}
	/* What the default's case holds may lie where another case has something else. */
	type->codec->fini(type, at);
	if (!parse_discriminator(p, type, node, given, chosen, at))
		return false;
	if (!chosen)
		return true;
	size_t length = push(p, ".", chosen->name);
	bool parsed = parse_held(p, chosen, value, (char *)at + chosen->offset);
	pop(p, length);
	return parsed;
}

static bool parse_value(struct parse *p, const struct tern_type *type,
                        const yaml_node_t *node, void *at)
{
	switch (type->kind) {
	case TERN_KIND_STRUCTURE:
		return parse_structure(p, type, node, at);
	case TERN_KIND_UNION:
		return parse_union(p, type, node, at);
	case TERN_KIND_SEQUENCE:
		return parse_sequence(p, type, node, at);
	case TERN_KIND_ARRAY:
		return parse_array(p, type, node, at);
	default:
		return parse_scalar(p, type, node, at);
	}
}

/* ---- the document ---------------------------------------------------------------------- */

static bool load(struct parse *p, const char *text)
{
	yaml_parser_t parser;

	if (!yaml_parser_initialize(&parser)) {
		snprintf(p->error, VALUE_ERROR_SIZE_BYTES, "no memory");
		return false;
	}
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, strlen(text));
	bool loaded = yaml_parser_load(&parser, &p->document);
	if (!loaded)
		snprintf(p->error, VALUE_ERROR_SIZE_BYTES,
		         "line %zu: neither YAML nor "
		         "JSON: %s",
		         parser.problem_mark.line + 1,
		         parser.problem ? parser.problem : "no memory");
	yaml_parser_delete(&parser);
	return loaded;
}

bool value_parse(const struct tern_type *type, const char *text, void **ret_sample,
                 char ret_error[VALUE_ERROR_SIZE_BYTES])
{
	struct parse p = { .error = ret_error };
	bool parsed = false;
	void *sample = NULL;

	if (!load(&p, text))
		return false;
	const yaml_node_t *root = yaml_document_get_root_node(&p.document);
	if (root)
		sample = tern_sample_create(type);
	if (sample)
		parsed = parse_value(&p, type, root, sample);
	else
		snprintf(ret_error, VALUE_ERROR_SIZE_BYTES, "%s",
		         root ? "no memory for a sample" : "there is no value");
	yaml_document_delete(&p.document);
	if (parsed)
		*ret_sample = sample;
	else
		tern_sample_destroy(type, sample);
	return parsed;
}
