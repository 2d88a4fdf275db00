/* The key out of a whole payload: reading its members, stepping over all others, and stopping
 * behind the last. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "emit_key.h"

struct finder {
	struct text *out;
	struct key *key;
	int depth; /* of nested structures: numbers the variables */
};

static void find_structure(struct finder *f, const struct type *type, const uint32_t *ids,
                           size_t depth, bool all, bool to_the_end);

static const struct key_leaf *find_leaf(const struct finder *f, const uint32_t *ids,
                                        size_t depth, const struct member *member)
{
	for (size_t i = 0; i < f->key->count; i++) {
		const struct key_leaf *leaf = &f->key->leaves[i];

		if (leaf->member == member && leaf->depth == depth &&
		    memcmp(leaf->ids, ids, depth * sizeof(*ids)) == 0)
			return leaf;
	}
	return NULL;
}

static void find_member(struct finder *f, const struct wire_member *wire,
                        const uint32_t *ids, size_t depth)
{
	uint32_t own_ids[KEY_MAX_DEPTH];
	const struct key_leaf *leaf;

	memcpy(own_ids, ids, depth * sizeof(*ids));
	own_ids[depth] = wire->member->id;
	if (wire->member->type->kind == TERN_KIND_STRUCTURE) {
		find_structure(f, wire->member->type, own_ids, depth + 1,
		               !type_has_key(wire->member->type), true);
		return;
	}
	leaf = find_leaf(f, own_ids, depth + 1, wire->member);
	if (leaf)
		emit_key_read_leaf(f->out, leaf);
}

static void find_in_sequence(struct finder *f, const struct wire_member *members,
                             size_t count, const uint32_t *ids, size_t depth, bool all,
                             bool to_the_end, bool may_end)
{
	size_t last = count;

	while (!to_the_end && last > 0 && !all && !members[last - 1].member->key)
		last--;
	for (size_t i = 0; i < last;) {
		size_t next = i;
		struct plan plan;

		if (may_end) {
			text_line(f->out, "if (r->at == r->end)");
			text_line(f->out, "\tbreak;");
		}
		if (all || members[i].member->key) {
			find_member(f, &members[i], ids, depth);
			i++;
			continue;
		}
		while (next < last && !all && !members[next].member->key &&
		       (next == i || !may_end))
			next++;
		plan = plan_make(members + i, next - i, may_end);
		for (size_t j = 0; j < plan.count; j++)
			emit_skip_step(f->out, &plan.steps[j]);
		plan_fini(&plan);
		i = next;
	}
}

static void find_in_list(struct finder *f, const struct wire_member *members,
                         size_t count, const uint32_t *ids, size_t depth, bool all)
{
	struct text *out = f->out;
	int level = f->depth;
	bool has_key = false;

	for (size_t i = 0; i < count; i++)
		has_key |= members[i].member->key;
	text_line(out, "struct tern_cdr_member member%d;", level);
	if (has_key)
		text_line(out, "bool seen%d[%zu] = {false};", level, count);
	text_blank(out);
	text_open(out, "while (r->at < r->end) {");
	emit_try(out, "tern_cdr_enter_member(r, &member%d)", level);
	text_line(out, "switch (member%d.id) {", level);
	for (size_t i = 0; i < count; i++) {
		if (!all && !members[i].member->key)
			continue;
		text_line(out, "case %" PRIu32 "u: /* %s */", members[i].member->id,
		          members[i].member->name);
		out->depth++;
		find_member(f, &members[i], ids, depth);
		if (members[i].member->key)
			text_line(out, "seen%d[%zu] = true;", level, i);
		text_line(out, "break;");
		out->depth--;
	}
	text_line(out, "default:");
	text_line(out, "\tbreak;");
	text_line(out, "}");
	text_line(out, "tern_cdr_leave_member(r, &member%d);", level);
	text_close(out, "}");
	for (size_t i = 0; i < count; i++) {
		if (!members[i].member->key)
			continue;
		text_line(out, "if (!seen%d[%zu])", level, i);
		text_line(out, "\treturn tern_cdr_read_missing(r, \"%s.%s\");",
		          members[i].owner->name, members[i].member->name);
	}
}

static void find_structure(struct finder *f, const struct type *type, const uint32_t *ids,
                           size_t depth, bool all, bool to_the_end)
{
	struct text *out = f->out;
	size_t count;
	struct wire_member *members = type_wire_members(type, &count);
	int level = ++f->depth;

	if (type->extensibility == TERN_FINAL) {
		find_in_sequence(f, members, count, ids, depth, all, to_the_end, false);
	} else {
		text_open(out, "do {");
		text_line(out, "const uint8_t *outer%d;", level);
		if (type->extensibility == TERN_MUTABLE) {
			text_line(out,
			          "bool entered%d = tern_cdr_enter(r, &outer%d, \"%s\");",
			          level, level, type->name);
			text_blank(out);
			text_line(out, "if (!entered%d)", level);
			text_line(out, "\treturn false;");
			text_open(out, "{");
			find_in_list(f, members, count, ids, depth, all);
			text_close(out, "}");
		} else {
			text_blank(out);
			emit_try(out, "tern_cdr_enter(r, &outer%d, \"%s\")", level,
			         type->name);
			text_open(out, "do {");
			find_in_sequence(f, members, count, ids, depth, all, false, true);
			text_close(out, "} while (false);");
		}
		text_line(out, "tern_cdr_leave(r, outer%d);", level);
		text_close(out, "} while (false);");
	}
	f->depth--;
	free(members);
}

/* What a key member is when an older writer does not send it. */
static void default_leaf(struct text *out, const struct key_leaf *leaf)
{
	const struct tern_value *initial = &leaf->member->initial;
	char *quoted;

	switch (initial->kind) {
	case TERN_VALUE_STRING:
		quoted = text_quote(initial->as.s);
		text_line(out, "k->%s = tern_cdr_string_span(%s);", leaf->field, quoted);
		free(quoted);
		break;
	case TERN_VALUE_INT64:
		text_line(out, "k->%s = INT64_C(%" PRId64 ");", leaf->field,
		          initial->as.i);
		break;
	case TERN_VALUE_UINT64:
		text_line(out, "k->%s = UINT64_C(%" PRIu64 ");", leaf->field,
		          initial->as.u);
		break;
	case TERN_VALUE_FLOAT64:
		text_line(out, "k->%s = (%s)%a;", leaf->field, leaf->type->c_name,
		          initial->as.f);
		break;
	case TERN_VALUE_BOOLEAN:
		text_line(out, "k->%s = %s;", leaf->field,
		          initial->as.b ? "true" : "false");
		break;
	default:
		if (leaf->type->kind == TERN_KIND_ENUM && leaf->type->has_default)
			text_line(out, "k->%s = %" PRId64 ";", leaf->field,
			          type_enum_default(leaf->type));
		else if (leaf->type->kind == TERN_KIND_STRING8)
			text_line(out, "k->%s = tern_cdr_string_span(\"\");",
			          leaf->field);
		else if (leaf->type->kind == TERN_KIND_ARRAY) {
			text_line(
				out,
				"k->%s = (struct tern_cdr_span){missing_%s, %zu, false};",
				leaf->field, leaf->field, leaf->type->size);
		}
		break;
	}
}

/* What an array of keys is when it is not sent: zeroes, or each the enum's default. */
static void default_array(struct text *out, const struct key_leaf *leaf)
{
	const struct type *element = leaf->type->element;

	if (!leaf->type->has_default) {
		text_line(out, "static const uint8_t missing_%s[%zu];", leaf->field,
		          leaf->type->size);
		return;
	}
	text_line(out, "static const uint32_t missing_%s[] = {", leaf->field);
	for (uint32_t i = 0; i < leaf->type->bound; i++)
		text_line(out, "\t%" PRId64 ",", type_enum_default(element));
	text_line(out, "};");
}

static void emit_find(struct text *out, struct key *key)
{
	struct finder f = { .out = out, .key = key };
	uint32_t none[KEY_MAX_DEPTH] = { 0 };
	bool may_be_missing = key->type->extensibility != TERN_FINAL;

	for (size_t i = 0; i < key->count; i++)
		may_be_missing |= key->leaves[i].depth > 1;
	text_line(out,
	          "static bool find_key_%s(struct tern_cdr_reader *r, struct key_%s *k)",
	          key->type->c_name, key->type->c_name);
	text_open(out, "{");
	for (size_t i = 0; i < key->count && may_be_missing; i++) {
		if (key->leaves[i].type->kind == TERN_KIND_ARRAY)
			default_array(out, &key->leaves[i]);
	}
	text_line(out, "memset(k, 0, sizeof(*k));");
	for (size_t i = 0; i < key->count && may_be_missing; i++)
		default_leaf(out, &key->leaves[i]);
	find_structure(&f, key->type, none, 0, false, false);
	text_line(out, "return true;");
	text_close(out, "}");
	text_blank(out);
}

/* A key-only payload is the plain keys. Peers by the letter of XTypes put them into the type's
 * own DHEADER or parameter list: taken where the plain reading does not fill the payload, and
 * that one does. */
static void emit_take(struct text *out, const struct key *key)
{
	const char *name = key->type->c_name;
	bool is_list = key->type->extensibility == TERN_MUTABLE;

	text_line(out,
	          "static bool take_key_%s(struct tern_cdr_reader *r, bool key_only, "
	          "struct key_%s *k)",
	          name, name);
	text_open(out, "{");
	if (key->type->extensibility == TERN_FINAL) {
		text_line(out, "return key_only ? read_key_%s(r, k) : find_key_%s(r, k);",
		          name, name);
		text_close(out, "}");
		text_blank(out);
		return;
	}
	text_line(out, "struct tern_cdr_reader plain = *r;");
	if (!is_list)
		text_line(out, "const uint8_t *outer;");
	text_line(out, "struct key_%s delimited;", name);
	text_line(out, "bool fits;");
	text_blank(out);
	text_line(out, "if (!key_only)");
	text_line(out, "\treturn find_key_%s(r, k);", name);
	text_line(out, "fits = read_key_%s(&plain, k);", name);
	text_line(out, "if (fits && tern_cdr_left(&plain) < 4)");
	text_line(out, "\treturn true;");
	if (is_list)
		text_open(out,
		          "if (tern_cdr_is_delimited(r) && find_key_%s(r, &delimited)) {",
		          name);
	else
		text_open(
			out,
			"if (tern_cdr_is_delimited(r) && tern_cdr_enter(r, &outer, \"%s\") && "
			"read_key_%s(r, &delimited) && tern_cdr_left(r) < 4) {",
			key->type->name, name);
	text_line(out, "*k = delimited;");
	text_line(out, "return true;");
	text_close(out, "}");
	text_line(out, "if (!fits)");
	text_line(out, "\tr->status = plain.status;");
	text_line(out, "return fits;");
	text_close(out, "}");
	text_blank(out);
}

void emit_key_find_functions(struct text *out, struct key *key)
{
	emit_find(out, key);
	emit_take(out, key);
}
