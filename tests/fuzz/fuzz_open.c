/* Any bytes as the memory of another process whose sample is opened. The first byte chooses the
 * type, the second how the memory is made: of the bytes themselves, or of a sample that was made
 * well and then edited by them. What is opened is read as a whole, written and copied.
 *
 *	raw:     type, how, where the second block begins, bytes of both blocks
 *	edited:  type, how, seed, edits: offset (2 bytes), what to do (1), value (8)
 */
#include <stdlib.h>
#include <string.h>

#include "all_types.h"
#include "reflect.h"
#include "sample_copy.h"
#include "sample_open.h"
#include "shared.h"
#include "strict.h"
#include "types.h"
#include "visit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BLOCKS = 2, BLOCK_BYTES = 1 << 14, EDIT_BYTES = 11 };

static const struct tern_type *const types[] = {
#define ADDRESS(name) &name##_type,
	ALL_TYPES(ADDRESS)
#undef ADDRESS
		& test_Note_type,
	&strict_Values_type,
	&shared_Image_type,
	&shared_Level4_type,
	&shared_Station_type,
	&shared_Crowd_type,
};

/* ---- the maker's memory --------------------------------------------------------------------- */

static struct maker {
	unsigned char *bytes[BLOCKS];
	size_t used_bytes[BLOCKS];
	uint64_t address[BLOCKS];
	uint64_t sample;
	uint32_t turn;
} maker;

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* Of each block in turn. */
static void *maker_alloc(void *context, size_t size_bytes)
{
	uint32_t block = maker.turn++ % BLOCKS;
	size_t taken = (size_bytes + 15) & ~(size_t)15;

	(void)context;
	if (taken > BLOCK_BYTES - maker.used_bytes[block])
		return NULL;
	void *memory = maker.bytes[block] + maker.used_bytes[block];
	maker.used_bytes[block] += taken;
	return memory;
}

/* Addresses that a fuzzer finds. */
static void make_raw(const uint8_t *data, size_t size)
{
	size_t first = size > 0 ? data[0] * (size_t)16 : 0;

	data += size > 0;
	size -= size > 0;
	if (first > size)
		first = size;
	maker.used_bytes[0] = first;
	maker.used_bytes[1] = size - first;
	for (int i = 0; i < BLOCKS; i++)
		maker.address[i] = 0x1000u * (unsigned)(i + 1);
	maker.sample = maker.address[0];
	for (int i = 0; i < BLOCKS; i++) {
		maker.bytes[i] = malloc(maker.used_bytes[i] + 1);
		memcpy(maker.bytes[i], data, maker.used_bytes[i]);
		data += maker.used_bytes[i];
	}
}

static void edit(const uint8_t *record)
{
	uint64_t value;
	uint32_t block = record[2] & 1;
	size_t used = maker.used_bytes[block];
	size_t at = record[0] | (size_t)record[1] << 8;

	memcpy(&value, record + 3, sizeof value);
	if (used < 16)
		return;
	unsigned char *place = maker.bytes[block] + at % (used - 8);
	unsigned char *slot = maker.bytes[block] + (at % (used - 8) & ~(size_t)7);
	switch (record[2] >> 1 & 3) {
	case 0:
		*place = (unsigned char)value;
		break;
	case 1:
		memcpy(slot, &value, 8);
		break;
	case 2: /* to somewhere else in the blocks */
		block = value >> 16 & 1;
		if (maker.used_bytes[block] > 0)
			value = maker.address[block] +
			        value % 0x10000 % maker.used_bytes[block];
		memcpy(slot, &value, 8);
		break;
	default: /* what is there twice */
		memcpy(slot, maker.bytes[block] + (value % (used - 8) & ~UINT64_C(7)), 8);
		break;
	}
}

static void make_edited(const struct tern_type *type, const uint8_t *data, size_t size)
{
	struct reflect_random random = { size > 0 ? data[0] : 0 };
	void *sample = calloc(1, type->size_bytes);
	void *made = NULL;

	for (int i = 0; i < BLOCKS; i++) {
		maker.bytes[i] = calloc(1, BLOCK_BYTES);
		maker.address[i] = (uintptr_t)maker.bytes[i];
	}
	reflect_fill(type, sample, &random);
	require(sample_copy(type, sample, false, maker_alloc, NULL, &made) == TERN_OK);
	maker.sample = (uintptr_t)made;
	type->codec->fini(type, sample);
	free(sample);
	for (size_t i = 1; i + EDIT_BYTES <= size; i += EDIT_BYTES)
		edit(data + i);
}

/* ---- the reader ----------------------------------------------------------------------------- */

/* Sharp ends, so that a sanitizer sees a step too far; at the maker's own addresses is nothing. */
static void blocks_take(struct tern_foreign_block *ret_blocks)
{
	for (int i = 0; i < BLOCKS; i++) {
		unsigned char *bytes = malloc(maker.used_bytes[i] + 1);
		memcpy(bytes, maker.bytes[i], maker.used_bytes[i]);
		bytes[maker.used_bytes[i]] = 0;
		free(maker.bytes[i]);
		ret_blocks[i] = (struct tern_foreign_block){
			.address = maker.address[i],
			.data = bytes,
			.size_bytes = maker.used_bytes[i],
		};
	}
}

static void read_whole(const struct tern_type *type, const void *sample)
{
	struct tern_buffer payload = { 0 };
	void *copy = calloc(1, type->size_bytes);

	visit_walk(type, sample);
	/* What stays in shared memory may hold values that cannot be written. */
	tern_status s = type->codec->encode(type, sample, TERN_XCDR2, false, &payload);
	require(s == TERN_OK || s == TERN_EINVAL);
	require(type->codec->copy(type, sample, copy) == TERN_OK);
	visit_walk(type, copy);
	type->codec->fini(type, copy);
	free(copy);
	free(payload.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tern_foreign_block blocks[BLOCKS];
	struct tern_foreign_view view = { 0 };

	if (size < 2)
		return 0;
	const struct tern_type *type = types[data[0] % (sizeof types / sizeof *types)];
	maker = (struct maker){ .turn = 0 };
	if (data[1] & 1)
		make_raw(data + 2, size - 2);
	else
		make_edited(type, data + 2, size - 2);
	blocks_take(blocks);
	tern_status s = sample_open(type, blocks, BLOCKS, maker.sample, &view);
	require(s == TERN_OK || s == TERN_EMALFORMED);
	if (s == TERN_OK)
		read_whole(type, view.sample);
	sample_close(&view);
	for (int i = 0; i < BLOCKS; i++)
		free((void *)(uintptr_t)blocks[i].data);
	return 0;
}
