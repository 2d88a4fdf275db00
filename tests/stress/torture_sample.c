/* Samples of the torture test: all of a sample follows from its writer and count, and a checksum
 * over every string and sequence tells whether what was read is of one piece. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "torture.h"
#include "torture_types.h"

#define NAMES_MAX 6
#define TEXT_MAX 200
#define BULK_MAX 3000
#define BULK_RARE 60000 /* now and then it is much */

uint64_t torture_random(uint64_t *state)
{
	/* splitmix64 */
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static uint64_t seed_of(const struct identity *identity)
{
	return (uint64_t)identity->writer << 40 ^ identity->count;
}

/* FNV-1a, eight bytes at a time where there are as many. */
static uint64_t mix(uint64_t sum, const void *memory, size_t size_bytes)
{
	const unsigned char *bytes = memory;
	uint64_t word;

	for (; size_bytes >= sizeof word; size_bytes -= sizeof word) {
		memcpy(&word, bytes, sizeof word);
		sum = (sum ^ word) * UINT64_C(0x100000001b3);
		bytes += sizeof word;
	}
	while (size_bytes-- > 0)
		sum = (sum ^ *bytes++) * UINT64_C(0x100000001b3);
	return sum ^ sum >> 29;
}

static uint64_t mix_identity(const struct identity *identity)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	sum = mix(sum, &identity->id, sizeof identity->id);
	sum = mix(sum, &identity->writer, sizeof identity->writer);
	return mix(sum, &identity->count, sizeof identity->count);
}

/* ---- Flat ---------------------------------------------------------------------------------- */

static uint64_t flat_checksum(const torture_Flat *sample, const struct identity *identity)
{
	return mix(mix_identity(identity), sample->words, sizeof sample->words);
}

static void flat_fill(torture_Flat *sample, const struct identity *identity)
{
	uint64_t state = seed_of(identity);

	sample->id = identity->id;
	sample->writer = identity->writer;
	sample->count = identity->count;
	for (size_t i = 0; i < sizeof sample->words / sizeof sample->words[0]; i++)
		sample->words[i] = torture_random(&state);
	sample->checksum = flat_checksum(sample, identity);
}

static const char *flat_examine(const torture_Flat *sample, struct identity *ret_identity)
{
	struct identity identity = { sample->id, sample->writer, sample->count };
	uint64_t state = seed_of(&identity);

	*ret_identity = identity;
	if (sample->checksum != flat_checksum(sample, &identity))
		return "the checksum differs";
	return sample->words[0] == torture_random(&state) ? NULL
	                                                  : "it is another sample's";
}

/* ---- Rich ---------------------------------------------------------------------------------- */

static uint64_t rich_checksum(const torture_Rich *sample, const struct identity *identity)
{
	uint64_t sum = mix_identity(identity);

	sum = mix(sum, sample->text, strlen(sample->text));
	for (uint32_t i = 0; i < sample->names._length; i++)
		sum = mix(sum, sample->names._buffer[i],
		          strlen(sample->names._buffer[i]));
	return mix(sum, sample->bulk._buffer, sample->bulk._length);
}

/* Where a sample's strings and sequences come from: a loan, or malloc(). */
static void *get_memory(void *loan, size_t size_bytes)
{
	void *memory = loan ? tern_loan_alloc(loan, size_bytes) : malloc(size_bytes);

	if (!memory)
		abort(); /* the driver reports it */
	return memory;
}

static char *make_text(void *loan, uint64_t *state, size_t length_max)
{
	size_t length = torture_random(state) % length_max;
	char *text = get_memory(loan, length + 1);

	for (size_t i = 0; i < length; i++)
		text[i] = (char)('a' + (length + i) % 26);
	text[length] = '\0';
	return text;
}

static void rich_fill(torture_Rich *sample, const struct identity *identity, void *loan)
{
	uint64_t state = seed_of(identity);

	sample->id = identity->id;
	sample->writer = identity->writer;
	sample->count = identity->count;
	sample->text = make_text(loan, &state, TEXT_MAX);
	uint32_t names = (uint32_t)(torture_random(&state) % NAMES_MAX);
	if (names > 0) {
		sample->names._buffer = get_memory(loan, names * sizeof(char *));
		sample->names._length = sample->names._maximum = names;
	}
	for (uint32_t i = 0; i < names; i++)
		sample->names._buffer[i] = make_text(loan, &state, TEXT_MAX / 4);
	uint32_t size_bytes = (uint32_t)(torture_random(&state) % BULK_MAX);
	if (torture_random(&state) % 64 == 0)
		size_bytes += BULK_RARE;
	if (size_bytes > 0) {
		sample->bulk._buffer = get_memory(loan, size_bytes);
		sample->bulk._length = sample->bulk._maximum = size_bytes;
		memset(sample->bulk._buffer, (int)(identity->count & 0xff), size_bytes);
	}
	sample->checksum = rich_checksum(sample, identity);
}

static void rich_free(torture_Rich *sample)
{
	for (uint32_t i = 0; i < sample->names._length; i++)
		free(sample->names._buffer[i]);
	free(sample->names._buffer);
	free(sample->bulk._buffer);
	free(sample->text);
}

static const char *rich_examine(const torture_Rich *sample, struct identity *ret_identity)
{
	struct identity identity = { sample->id, sample->writer, sample->count };

	*ret_identity = identity;
	if (sample->names._length >= NAMES_MAX ||
	    sample->bulk._length > BULK_MAX + BULK_RARE)
		return "a sequence has a length that none has";
	return sample->checksum == rich_checksum(sample, &identity)
	               ? NULL
	               : "the checksum differs";
}

/* ---- both ---------------------------------------------------------------------------------- */

const struct tern_type *torture_type(const struct topic *topic)
{
	return topic->is_rich ? &torture_Rich_type : &torture_Flat_type;
}

static tern_status send_loan(struct tern_writer *writer, const struct topic *topic,
                             const struct identity *identity)
{
	void *loan;

	tern_status s = tern_writer_loan(writer, 0, &loan);
	if (s < 0)
		return s;
	if (topic->is_rich)
		rich_fill(loan, identity, loan);
	else
		flat_fill(loan, identity);
	s = tern_writer_publish(writer, loan);
	if (s == TERN_ETIMEDOUT)
		tern_writer_discard(writer, loan);
	return s;
}

tern_status torture_send(struct tern_writer *writer, const struct topic *topic,
                         const struct identity *identity, bool as_loan)
{
	if (as_loan)
		return send_loan(writer, topic, identity);
	if (!topic->is_rich) {
		torture_Flat flat = { 0 };
		flat_fill(&flat, identity);
		return tern_writer_write(writer, &flat);
	}
	torture_Rich rich = { 0 };
	rich_fill(&rich, identity, NULL);
	tern_status s = tern_writer_write(writer, &rich);
	rich_free(&rich);
	return s;
}

const char *torture_examine(const struct topic *topic, const void *sample,
                            struct identity *ret_identity)
{
	const char *wrong = topic->is_rich ? rich_examine(sample, ret_identity)
	                                   : flat_examine(sample, ret_identity);
	if (!wrong && (uint64_t)ret_identity->id != ret_identity->count % INSTANCES)
		wrong = "it is in another instance";
	return wrong;
}
