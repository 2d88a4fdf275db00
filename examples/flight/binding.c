/* From fields to members: a plan of moves, made once per format and type. */
#include "binding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

/* Copy `count` numbers, or one string of `count` characters. */
struct move {
	uint32_t source_offset_bytes;
	enum ulog_kind source;
	uint32_t count;
	size_t target_offset_bytes;
	const struct tern_type *target; /* of one element */
};

struct binding {
	struct move *moves;
	size_t count;
	size_t capacity;
	bool has_instance;
	struct move instance;
};

/* What a plan is made with. */
struct planner {
	struct binding *binding;
	const struct binding_alias *aliases;
	binding_report report;
	void *context;
	bool failed; /* no memory */
};

__attribute__((format(printf, 2, 3))) static void say(const struct planner *planner,
                                                      const char *format, ...)
{
	char text[512];
	va_list arguments;

	if (!planner->report)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	planner->report(text, planner->context);
}

static void add_move(struct planner *planner, const struct move *move)
{
	struct binding *binding = planner->binding;

	if (binding->count == binding->capacity) {
		size_t capacity = binding->capacity ? 2 * binding->capacity : 16;
		struct move *moves = realloc(binding->moves, capacity * sizeof *moves);

		if (!moves) {
			planner->failed = true;
			return;
		}
		binding->moves = moves;
		binding->capacity = capacity;
	}
	binding->moves[binding->count++] = *move;
}

/* The member of a structure, or of what it inherits, with this name. */
static const struct tern_member *find_member(const struct tern_type *type,
                                             const char *name)
{
	for (; type; type = type->base)
		for (uint32_t i = 0; i < type->member_count; i++)
			if (strcmp(type->members[i].name, name) == 0)
				return &type->members[i];
	return NULL;
}

static const char *member_name(const struct planner *planner, const char *field)
{
	for (const struct binding_alias *alias = planner->aliases; alias && alias->field;
	     alias++)
		if (strcmp(alias->field, field) == 0)
			return alias->member;
	return field;
}

static void plan_structure(struct planner *planner, const struct ulog_format *format,
                           uint32_t source_offset_bytes, const struct tern_type *type,
                           size_t target_offset_bytes, bool is_told);

/* One field to one member. */
static void plan_field(struct planner *planner, const struct ulog_format *format,
                       const struct ulog_field *field, uint32_t source_offset_bytes,
                       const struct tern_member *member, size_t target_offset_bytes,
                       bool is_told)
{
	const struct tern_type *type = member->type;
	uint32_t room = 1;
	struct move move = {
		.source_offset_bytes = source_offset_bytes + field->offset_bytes,
		.source = field->kind,
		.count = field->count,
		.target_offset_bytes = target_offset_bytes + member->offset,
	};

	if (type->kind == TERN_KIND_ARRAY) {
		room = type->bound;
		type = type->element;
	}
	move.target = type;
	if (member->flags & (TERN_MEMBER_OPTIONAL | TERN_MEMBER_EXTERNAL))
		goto mismatch;
	if (type->kind == TERN_KIND_STRING8 && room == 1) {
		if (type->bound == 0 || !number_is_character(field->kind))
			goto mismatch;
		add_move(planner, &move);
		return;
	}
	if (move.count > room)
		move.count = room;
	if (move.count < field->count && is_told)
		say(planner,
		    "%s.%s has %u elements, its member %u: the first ones are taken",
		    format->name, field->name, field->count, room);
	if (field->kind != ULOG_NESTED && number_fits_kind(type->kind)) {
		add_move(planner, &move);
		return;
	}
	if (field->kind != ULOG_NESTED || type->kind != TERN_KIND_STRUCTURE)
		goto mismatch;
	for (uint32_t i = 0; i < move.count; i++)
		plan_structure(planner, field->nested,
		               move.source_offset_bytes + i * field->nested->size_bytes,
		               type, move.target_offset_bytes + i * type->size_bytes,
		               is_told && i == 0);
	return;

mismatch:
	if (is_told)
		say(planner, "%s.%s cannot become the member '%s': it keeps its default",
		    format->name, field->name, member->name);
}

static bool is_filled(const struct planner *planner, const struct ulog_format *format,
                      const char *member)
{
	for (uint32_t i = 0; i < format->field_count; i++)
		if (strcmp(member_name(planner, format->fields[i].name), member) == 0)
			return true;
	return false;
}

/* Names, comma-separated, as many as fit. */
static void append_name(char *list, size_t size_bytes, const char *name)
{
	size_t used = strlen(list);

	snprintf(list + used, size_bytes - used, "%s%s", used ? ", " : "", name);
}

static void tell_missing(const struct planner *planner, const struct ulog_format *format,
                         const struct tern_type *type)
{
	char missing[256] = "";

	for (const struct tern_type *part = type; part; part = part->base)
		for (uint32_t i = 0; i < part->member_count; i++) {
			const struct tern_member *member = &part->members[i];

			if (strcmp(member->name, "instance") != 0 &&
			    !is_filled(planner, format, member->name))
				append_name(missing, sizeof missing, member->name);
		}
	if (missing[0])
		say(planner, "%s: the file does not have %s: default", format->name,
		    missing);
}

/* is_told: this format's differences are to be said: once, not for each array element. */
static void plan_structure(struct planner *planner, const struct ulog_format *format,
                           uint32_t source_offset_bytes, const struct tern_type *type,
                           size_t target_offset_bytes, bool is_told)
{
	char extra[256] = "";

	for (uint32_t i = 0; i < format->field_count; i++) {
		const struct ulog_field *field = &format->fields[i];
		const struct tern_member *member;

		if (strncmp(field->name, "_padding", 8) == 0)
			continue;
		member = find_member(type, member_name(planner, field->name));
		if (member)
			plan_field(planner, format, field, source_offset_bytes, member,
			           target_offset_bytes, is_told);
		else
			append_name(extra, sizeof extra, field->name);
	}
	if (!is_told)
		return;
	if (extra[0])
		say(planner, "%s: the type does not have %s: ignored", format->name,
		    extra);
	tell_missing(planner, format, type);
}

struct binding *binding_create(const struct ulog_format *format,
                               const struct tern_type *type,
                               const struct binding_alias *aliases, binding_report report,
                               void *context)
{
	struct planner planner = {
		.binding = calloc(1, sizeof(struct binding)),
		.aliases = aliases,
		.report = report,
		.context = context,
	};
	const struct tern_member *instance = find_member(type, "instance");

	if (!planner.binding)
		return NULL;
	plan_structure(&planner, format, 0, type, 0, true);
	if (planner.failed) {
		binding_destroy(planner.binding);
		return NULL;
	}
	if (instance && !is_filled(&planner, format, "instance") &&
	    number_fits_kind(instance->type->kind)) {
		planner.binding->has_instance = true;
		planner.binding->instance = (struct move){
			.source = ULOG_UINT8,
			.count = 1,
			.target_offset_bytes = instance->offset,
			.target = instance->type,
		};
	}
	return planner.binding;
}

bool binding_has_instance(const struct binding *binding)
{
	return binding->has_instance;
}

static void apply(const struct move *move, const uint8_t *data, size_t size_bytes,
                  uint8_t *sample)
{
	uint32_t element_size = number_size_bytes(move->source);
	uint8_t *target = sample + move->target_offset_bytes;

	/* Padding at the end is not logged; all else is there. */
	if (move->source_offset_bytes + (size_t)element_size * move->count > size_bytes)
		return;
	data += move->source_offset_bytes;
	if (move->target->kind == TERN_KIND_STRING8) {
		size_t length = strnlen((const char *)data, move->count);

		if (length > move->target->bound)
			length = move->target->bound;
		memcpy(target, data, length);
		target[length] = '\0';
		return;
	}
	for (uint32_t i = 0; i < move->count; i++) {
		number_store(number_load(move->source, data), move->target, target);
		data += element_size;
		target += move->target->size_bytes;
	}
}

void binding_apply(const struct binding *binding, const uint8_t *data, size_t size_bytes,
                   uint8_t instance, void *sample)
{
	for (size_t i = 0; i < binding->count; i++)
		apply(&binding->moves[i], data, size_bytes, sample);
	if (binding->has_instance)
		apply(&binding->instance, &instance, 1, sample);
}

void binding_destroy(struct binding *binding)
{
	if (!binding)
		return;
	free(binding->moves);
	free(binding);
}
