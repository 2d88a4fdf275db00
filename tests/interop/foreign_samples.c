/* See foreign_samples.h. FOREIGN_HEADER is the generated header. */
#include "foreign_samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include FOREIGN_HEADER

#define LARGE UINT64_C(0x1122334455667700)

static void *allocate(size_t count, size_t size_bytes)
{
	void *memory = calloc(count ? count : 1, size_bytes);
	if (!memory)
		abort();
	return memory;
}

static char *text_of(const char *format, uint64_t number)
{
	char *text = allocate(1, 64);
	snprintf(text, 64, format, (unsigned long long)number);
	return text;
}

static bool text_is(const char *got, const char *format, uint64_t number)
{
	char text[64];
	snprintf(text, sizeof text, format, (unsigned long long)number);
	return got && strcmp(got, text) == 0;
}

static void fill_part(foreign_Part *part, uint64_t number)
{
	part->number = (uint8_t)number;
	part->weight = (double)number * 1.5;
	part->label = text_of("part %llu", number);
}

static bool part_is(const foreign_Part *part, uint64_t number)
{
	return part->number == (uint8_t)number && part->weight == (double)number * 1.5 &&
	       text_is(part->label, "part %llu", number);
}

static void fill_parts(dds_sequence_foreign_Part *parts, uint64_t number)
{
	parts->_length = parts->_maximum = (uint32_t)(number % 4);
	parts->_buffer = allocate(parts->_length, sizeof *parts->_buffer);
	parts->_release = true;
	for (uint32_t i = 0; i < parts->_length; i++)
		fill_part(&parts->_buffer[i], number + i);
}

static bool parts_are(const dds_sequence_foreign_Part *parts, uint64_t number)
{
	if (parts->_length != number % 4)
		return false;
	for (uint32_t i = 0; i < parts->_length; i++)
		if (!part_is(&parts->_buffer[i], number + i))
			return false;
	return true;
}

/* ---- Plain ---------------------------------------------------------------------------- */

static void plain_fill(void *memory, uint64_t number)
{
	foreign_Plain *sample = memory;
	sample->serial = (int32_t)(number % FOREIGN_KEYS) - 1;
	sample->count = number;
	sample->value = -(double)number / 7;
	sample->text = text_of("text %llu", number);
	sample->values._length = sample->values._maximum = (uint32_t)(number % 5);
	sample->values._buffer = allocate(sample->values._length, sizeof(float));
	sample->values._release = true;
	for (uint32_t i = 0; i < sample->values._length; i++)
		sample->values._buffer[i] = (float)number + (float)i / 2;
	fill_part(&sample->part, number);
}

static const char *plain_check(const void *memory, uint64_t number)
{
	const foreign_Plain *sample = memory;
	if (sample->value != -(double)number / 7)
		return "value";
	if (!text_is(sample->text, "text %llu", number))
		return "text";
	if (sample->values._length != number % 5)
		return "length of values";
	for (uint32_t i = 0; i < sample->values._length; i++)
		if (sample->values._buffer[i] != (float)number + (float)i / 2)
			return "values";
	return part_is(&sample->part, number) ? NULL : "part";
}

static int plain_key(const void *memory)
{
	return ((const foreign_Plain *)memory)->serial + 1;
}

static uint64_t plain_number(const void *memory)
{
	return ((const foreign_Plain *)memory)->count;
}

/* ---- Keyless -------------------------------------------------------------------------- */

static void keyless_fill(void *memory, uint64_t number)
{
	foreign_Keyless *sample = memory;
	sample->count = number;
	memset(sample->letters, 'a' + (int)(number % 26), sizeof sample->letters);
	fill_parts(&sample->parts, number);
	sample->flag = number % 2;
}

static const char *keyless_check(const void *memory, uint64_t number)
{
	const foreign_Keyless *sample = memory;
	for (size_t i = 0; i < sizeof sample->letters; i++)
		if (sample->letters[i] != 'a' + (int)(number % 26))
			return "letters";
	if (sample->flag != (number % 2 == 1))
		return "flag";
	return parts_are(&sample->parts, number) ? NULL : "parts";
}

static int keyless_key(const void *memory)
{
	(void)memory;
	return 0;
}

static uint64_t keyless_number(const void *memory)
{
	return ((const foreign_Keyless *)memory)->count;
}

/* ---- Grown ---------------------------------------------------------------------------- */

static void grown_fill(void *memory, uint64_t number)
{
	foreign_Grown *sample = memory;
	sample->name =
		text_of("a name that is longer than a hash, %llu", number % FOREIGN_KEYS);
	sample->number = LARGE + number % FOREIGN_KEYS;
	sample->count = number;
	sample->kind = (foreign_Kind)(number % 3);
	sample->words._length = sample->words._maximum = (uint32_t)(number % 3);
	sample->words._buffer = allocate(sample->words._length, sizeof(char *));
	sample->words._release = true;
	for (uint32_t i = 0; i < sample->words._length; i++)
		sample->words._buffer[i] = text_of("word %llu", number + i);
}

static const char *grown_check(const void *memory, uint64_t number)
{
	const foreign_Grown *sample = memory;
	if (sample->kind != (foreign_Kind)(number % 3))
		return "kind";
	if (sample->words._length != number % 3)
		return "length of words";
	for (uint32_t i = 0; i < sample->words._length; i++)
		if (!text_is(sample->words._buffer[i], "word %llu", number + i))
			return "words";
	return NULL;
}

static int grown_key(const void *memory)
{
	const foreign_Grown *sample = memory;
	for (int key = 0; key < FOREIGN_KEYS; key++)
		if (sample->number == LARGE + (uint64_t)key &&
		    text_is(sample->name, "a name that is longer than a hash, %llu",
		            (uint64_t)key))
			return key;
	return -1;
}

static uint64_t grown_number(const void *memory)
{
	return ((const foreign_Grown *)memory)->count;
}

/* ---- Loose ---------------------------------------------------------------------------- */

static void loose_fill(void *memory, uint64_t number)
{
	foreign_Loose *sample = memory;
	sample->serial = (int32_t)(number % FOREIGN_KEYS) + 100;
	sample->count = number;
	if (number % 2)
		sample->note = text_of("note %llu", number);
	if (number % 3) {
		sample->level = allocate(1, sizeof *sample->level);
		*sample->level = (double)number;
	}
	fill_parts(&sample->parts, number);
	for (int i = 0; i < 6; i++)
		sample->grid[i / 3][i % 3] = (int16_t)((int)number - i);
}

static const char *loose_check(const void *memory, uint64_t number)
{
	const foreign_Loose *sample = memory;
	if ((sample->note != NULL) != (number % 2 == 1) ||
	    (sample->note && !text_is(sample->note, "note %llu", number)))
		return "note";
	if ((sample->level != NULL) != (number % 3 != 0) ||
	    (sample->level && *sample->level != (double)number))
		return "level";
	for (int i = 0; i < 6; i++)
		if (sample->grid[i / 3][i % 3] != (int16_t)((int)number - i))
			return "grid";
	return parts_are(&sample->parts, number) ? NULL : "parts";
}

static int loose_key(const void *memory)
{
	int key = ((const foreign_Loose *)memory)->serial - 100;
	return key >= 0 && key < FOREIGN_KEYS ? key : -1;
}

static uint64_t loose_number(const void *memory)
{
	return ((const foreign_Loose *)memory)->count;
}

const struct foreign_kind *foreign_kind_find(const char *name)
{
	static const struct foreign_kind kinds[] = {
		{ "Plain", sizeof(foreign_Plain), true, plain_fill, plain_check,
		  plain_key, plain_number },
		{ "Keyless", sizeof(foreign_Keyless), false, keyless_fill, keyless_check,
		  keyless_key, keyless_number },
		{ "Grown", sizeof(foreign_Grown), true, grown_fill, grown_check,
		  grown_key, grown_number },
		{ "Loose", sizeof(foreign_Loose), true, loose_fill, loose_check,
		  loose_key, loose_number },
	};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}
