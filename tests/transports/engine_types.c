/* Samples of the conformance types, filled from a few numbers and checked against them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance.h"
#include "engine_impl.h"

#define TEXT_SIZE_BYTES 32

/* Memory in a loan, or of malloc's: both are freed with the sample. */
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

/* ---- Counted ------------------------------------------------------------------------- */

static uint8_t filling_byte(uint64_t count, size_t i)
{
	return (uint8_t)(count * 31 + i * 7 + i / 251);
}

static tern_status counted_fill(void *memory, const struct engine_sample *from,
                                void *loan)
{
	conformance_Counted *sample = memory;
	sample->writer = from->writer;
	sample->count = from->count;
	if (from->size_bytes == 0)
		return TERN_OK;
	sample->filling._buffer = allocate(loan, from->size_bytes);
	sample->filling._length = (uint32_t)from->size_bytes;
	sample->filling._maximum = (uint32_t)from->size_bytes;
	sample->filling._release = !loan;
	for (size_t i = 0; i < from->size_bytes; i++)
		sample->filling._buffer[i] = filling_byte(from->count, i);
	return TERN_OK;
}

static const char *counted_check(const void *memory, bool key_only,
                                 struct engine_sample *ret_said)
{
	const conformance_Counted *sample = memory;
	(void)key_only;
	*ret_said = (struct engine_sample){
		.writer = sample->writer,
		.count = sample->count,
		.size_bytes = sample->filling._length,
	};
	for (size_t i = 0; i < sample->filling._length; i++)
		if (sample->filling._buffer[i] != filling_byte(sample->count, i))
			return "filling differs";
	return NULL;
}

/* ---- Keyed and Unlike ---------------------------------------------------------------- */

static tern_status keyed_fill(void *memory, const struct engine_sample *from, void *loan)
{
	conformance_Keyed *sample = memory;
	(void)loan;
	sample->id = from->key;
	sample->writer = from->writer;
	sample->count = from->count;
	return TERN_OK;
}

static const char *keyed_check(const void *memory, bool key_only,
                               struct engine_sample *ret_said)
{
	const conformance_Keyed *sample = memory;
	*ret_said = (struct engine_sample){
		.key = sample->id,
		.writer = sample->writer,
		.count = sample->count,
	};
	return key_only && sample->count != 0 ? "more than the key is set" : NULL;
}

static tern_status unlike_fill(void *memory, const struct engine_sample *from, void *loan)
{
	conformance_Unlike *sample = memory;
	char text[TEXT_SIZE_BYTES];
	snprintf(text, sizeof text, "%d", from->key);
	sample->id = duplicate(loan, text);
	sample->writer = from->writer;
	sample->count = from->count;
	return TERN_OK;
}

static const char *unlike_check(const void *memory, bool key_only,
                                struct engine_sample *ret_said)
{
	const conformance_Unlike *sample = memory;
	(void)key_only;
	*ret_said = (struct engine_sample){
		.key = atoi(sample->id),
		.writer = sample->writer,
		.count = sample->count,
	};
	return NULL;
}

/* ---- Rich ---------------------------------------------------------------------------- */

static void fill_point(conformance_Point *point, uint64_t count, uint32_t i)
{
	point->x = (double)count + i / 4.0;
	point->y = -point->x;
	snprintf(point->name, sizeof point->name, "p%u", i);
}

static bool point_is(const conformance_Point *point, uint64_t count, uint32_t i)
{
	conformance_Point wanted = { 0 };
	fill_point(&wanted, count, i);
	return point->x == wanted.x && point->y == wanted.y &&
	       strcmp(point->name, wanted.name) == 0;
}

static void *sequence(void *loan, void *memory, uint32_t count, size_t element_bytes)
{
	struct tern_sequence *to = memory;
	if (count == 0)
		return NULL;
	to->_buffer = allocate(loan, count * element_bytes);
	to->_length = count;
	to->_maximum = count;
	to->_release = !loan;
	return to->_buffer;
}

static tern_status rich_fill(void *memory, const struct engine_sample *from, void *loan)
{
	conformance_Rich *sample = memory;
	uint64_t count = from->count;
	char text[TEXT_SIZE_BYTES];
	snprintf(text, sizeof text, "name %d", from->key);
	sample->name = duplicate(loan, text);
	sample->id = from->key;
	sample->writer = from->writer;
	sample->count = count;
	fill_point(&sample->position, count, 0);
	sequence(loan, &sample->track, (uint32_t)(count % 4), sizeof(conformance_Point));
	for (uint32_t i = 0; i < sample->track._length; i++)
		fill_point(&sample->track._buffer[i], count, i);
	sequence(loan, &sample->notes, (uint32_t)(count % 3), sizeof(char *));
	for (uint32_t i = 0; i < sample->notes._length; i++) {
		snprintf(text, sizeof text, "note %u of %llu", i,
		         (unsigned long long)count);
		sample->notes._buffer[i] = duplicate(loan, text);
	}
	sequence(loan, &sample->grid, 2, sizeof *sample->grid._buffer);
	for (uint32_t i = 0; i < sample->grid._length; i++) {
		int16_t *row =
			sequence(loan, &sample->grid._buffer[i], i + 1, sizeof *row);
		for (uint32_t j = 0; j <= i; j++)
			row[j] = (int16_t)(count + j);
	}
	sample->color = (conformance_Color)(count % 3);
	if (count % 2) {
		sample->perhaps = allocate(loan, sizeof *sample->perhaps);
		*sample->perhaps = (double)count / 3;
	}
	memset(sample->raw, (int)(count & 0xff), sizeof sample->raw);
	sample->flag = count % 2 == 0;
	sample->big = -(int64_t)count;
	return TERN_OK;
}

static const char *check_rich_sequences(const conformance_Rich *sample)
{
	char text[TEXT_SIZE_BYTES];
	uint64_t count = sample->count;
	if (sample->track._length != count % 4)
		return "track's length differs";
	for (uint32_t i = 0; i < sample->track._length; i++)
		if (!point_is(&sample->track._buffer[i], count, i))
			return "track differs";
	if (sample->notes._length != count % 3)
		return "notes' length differs";
	for (uint32_t i = 0; i < sample->notes._length; i++) {
		snprintf(text, sizeof text, "note %u of %llu", i,
		         (unsigned long long)count);
		if (strcmp(sample->notes._buffer[i], text) != 0)
			return "notes differ";
	}
	if (sample->grid._length != 2)
		return "grid's length differs";
	for (uint32_t i = 0; i < 2; i++) {
		if (sample->grid._buffer[i]._length != i + 1)
			return "a row's length differs";
		for (uint32_t j = 0; j <= i; j++)
			if (sample->grid._buffer[i]._buffer[j] != (int16_t)(count + j))
				return "grid differs";
	}
	return NULL;
}

static const char *rich_check(const void *memory, bool key_only,
                              struct engine_sample *ret_said)
{
	const conformance_Rich *sample = memory;
	char text[TEXT_SIZE_BYTES];
	uint64_t count = sample->count;
	*ret_said = (struct engine_sample){
		.key = sample->id,
		.writer = sample->writer,
		.count = count,
	};
	snprintf(text, sizeof text, "name %d", sample->id);
	if (!sample->name || strcmp(sample->name, text) != 0)
		return "name differs";
	if (key_only)
		return NULL;
	if (!point_is(&sample->position, count, 0))
		return "position differs";
	if ((sample->perhaps != NULL) != (count % 2 == 1))
		return "perhaps is there or not";
	if (sample->perhaps && *sample->perhaps != (double)count / 3)
		return "perhaps differs";
	if (sample->color != (conformance_Color)(count % 3) ||
	    sample->flag != (count % 2 == 0) || sample->big != -(int64_t)count)
		return "color, flag or big differs";
	for (size_t i = 0; i < sizeof sample->raw; i++)
		if (sample->raw[i] != (count & 0xff))
			return "raw differs";
	return check_rich_sequences(sample);
}

const struct engine_type *engine_type_find(const char *name)
{
	static const struct engine_type types[] = {
		{ "counted", &conformance_Counted_type, counted_fill, counted_check },
		{ "keyed", &conformance_Keyed_type, keyed_fill, keyed_check },
		{ "unlike", &conformance_Unlike_type, unlike_fill, unlike_check },
		{ "rich", &conformance_Rich_type, rich_fill, rich_check },
		{ "strict", &conformance_Strict_type, engine_strict_fill,
		  engine_strict_check },
	};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	return NULL;
}
