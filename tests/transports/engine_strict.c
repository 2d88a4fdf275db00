/* Samples that can be wrong: filled, checked, and spoilt in one member to be refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance.h"
#include "engine_impl.h"

static void *allocate(void *loan, size_t size_bytes)
{
	void *memory = loan ? tern_loan_alloc(loan, size_bytes) : calloc(1, size_bytes);
	if (!memory)
		abort();
	return memory;
}

static char *duplicate(void *loan, const char *text)
{
	return strcpy(allocate(loan, strlen(text) + 1), text);
}

/* Of odd samples strings are NULL. */
tern_status engine_strict_fill(void *memory, const struct engine_sample *from, void *loan)
{
	conformance_Strict *sample = memory;
	bool is_odd = from->count % 2;
	snprintf(sample->label, sizeof sample->label, "k%d", from->key % 100000);
	sample->writer = from->writer;
	sample->count = from->count;
	/* more memory than the bound: one that is broken can be read */
	sample->few._buffer = allocate(loan, 8 * sizeof *sample->few._buffer);
	sample->few._maximum = sample->few._length = 4;
	sample->few._release = !loan;
	sample->hue = conformance_BLUE;
	sample->shown = conformance_NORTH | conformance_SOUTH;
	sample->flag = true;
	sample->names._buffer = allocate(loan, 2 * sizeof *sample->names._buffer);
	sample->names._maximum = sample->names._length = 2;
	sample->names._release = !loan;
	sample->names._buffer[1] = duplicate(loan, "second");
	if (!is_odd) {
		sample->text = duplicate(loan, "text");
		sample->names._buffer[0] = duplicate(loan, "first");
		sample->nothing = duplicate(loan, "there");
	}
	if (!sample->spot)
		sample->spot = allocate(loan, sizeof *sample->spot);
	sample->spot->x = (double)from->count;
	return TERN_OK;
}

static bool text_is(const char *text, const char *wanted)
{
	return text && strcmp(text, wanted) == 0;
}

const char *engine_strict_check(const void *memory, bool key_only,
                                struct engine_sample *ret_said)
{
	const conformance_Strict *sample = memory;
	bool is_odd = sample->count % 2;
	*ret_said = (struct engine_sample){
		.key = atoi(sample->label + 1),
		.writer = sample->writer,
		.count = sample->count,
	};
	if (key_only)
		return NULL;
	if (!text_is(sample->text, is_odd ? "" : "text"))
		return "text differs";
	if (sample->names._length != 2 ||
	    !text_is(sample->names._buffer[0], is_odd ? "" : "first") ||
	    !text_is(sample->names._buffer[1], "second"))
		return "names differ";
	if (is_odd ? sample->nothing != NULL : !text_is(sample->nothing, "there"))
		return "nothing is there or not";
	if (sample->few._length != 4 || sample->hue != conformance_BLUE ||
	    sample->shown != (conformance_NORTH | conformance_SOUTH) || !sample->flag)
		return "few, hue, shown or flag differs";
	if (!sample->spot || sample->spot->x != (double)sample->count)
		return "spot differs";
	return NULL;
}

/* Let one member break its type's promise. */
static void spoil(conformance_Strict *sample, const char *member, bool in_loan)
{
	if (strcmp(member, "label") == 0) {
		memset(sample->label, 'x', sizeof sample->label);
	} else if (strcmp(member, "few") == 0) {
		sample->few._length = 5;
	} else if (strcmp(member, "hue") == 0) {
		sample->hue = (conformance_Color)(conformance_BLUE + 1);
	} else if (strcmp(member, "shown") == 0) {
		sample->shown = 1u << 1;
	} else if (strcmp(member, "flag") == 0) {
		memset(&sample->flag, 2, 1);
	} else if (strcmp(member, "spot") == 0) {
		if (!in_loan)
			free(sample->spot);
		sample->spot = NULL;
	} else if (strcmp(member, "spot.name") == 0) {
		memset(sample->spot->name, 'x', sizeof sample->spot->name);
	}
}

static tern_status publish_spoilt(struct tern_writer *writer, const char *member)
{
	const struct engine_sample from = { .key = 1, .count = 2 };
	void *sample;
	tern_status s = tern_writer_loan(writer, 0, &sample);
	if (s < 0)
		return s;
	s = engine_strict_fill(sample, &from, sample);
	spoil(sample, member, true);
	return s < 0 ? s : tern_writer_publish(writer, sample);
}

/* words: spoil, name, write, publish or dispose, member */
void engine_spoil(struct call *call)
{
	const struct engine_sample from = { .key = 1, .count = 2 };
	struct tern_writer *writer = call->endpoint->writer;
	if (strcmp(call->words[2], "publish") == 0) {
		engine_say_status(call, publish_spoilt(writer, call->words[3]));
		return;
	}
	conformance_Strict *sample = tern_sample_create(&conformance_Strict_type);
	if (!sample)
		abort();
	tern_status s = engine_strict_fill(sample, &from, NULL);
	spoil(sample, call->words[3], false);
	if (s >= 0)
		s = strcmp(call->words[2], "write") == 0
		            ? tern_writer_write(writer, sample)
		            : tern_writer_dispose(writer, sample);
	engine_say_status(call, s);
	tern_sample_destroy(&conformance_Strict_type, sample);
}
