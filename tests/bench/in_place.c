/* A sample of another process made readable where it lies (foreign_open), against encoding and
 * decoding the same, in one process and by turns; and the copy into shared memory that a write of
 * an ordinary struct costs. Prints a table and lines of JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "domain.h"
#include "in_place.h"

/* Many short rounds: then most are not interrupted, and their median says what it costs. */
enum { ROUNDS = 201 };

/* The memory that a writer shares: one block, with a zero byte behind it. */
struct block {
	unsigned char *bytes;
	size_t size_bytes;
	size_t used_bytes;
};

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void check(tern_status status)
{
	if (status >= 0)
		return;
	fprintf(stderr, "bench_in_place: %s\n", tern_error_text());
	exit(1);
}

static void *block_alloc(void *context, size_t size_bytes)
{
	struct block *block = context;
	size_t taken = (size_bytes + 15) & ~(size_t)15;

	if (taken > block->size_bytes - block->used_bytes)
		return NULL;
	void *memory = block->bytes + block->used_bytes;
	block->used_bytes += taken;
	return memory;
}

/* ---- samples -------------------------------------------------------------------------------- */

static void *elements(void *sequence, uint32_t count, size_t element_size_bytes)
{
	struct tern_sequence *to = sequence;

	*to = (struct tern_sequence){ ._maximum = count,
		                      ._length = count,
		                      ._buffer = calloc(count, element_size_bytes),
		                      ._release = true };
	return to->_buffer;
}

static char *text(const char *begin, uint32_t number)
{
	char *made = NULL;

	if (asprintf(&made, "%s_%05u", begin, number) < 0)
		exit(1);
	return made;
}

static void *make_image(uint32_t bytes)
{
	bench_Image *image = calloc(1, sizeof *image);

	image->frame = strdup("camera_front_left_optical");
	memset(elements(&image->pixels, bytes, 1), 0x5a, bytes);
	return image;
}

static void *make_scan(uint32_t points, uint32_t ranges, uint32_t names)
{
	bench_Scan *scan = calloc(1, sizeof *scan);

	scan->frame = strdup("base_laser_link");
	elements(&scan->points, points, sizeof *scan->points._buffer);
	for (uint32_t i = 0; i < points; i++)
		scan->points._buffer[i].label = text("pt", i);
	elements(&scan->ranges, ranges, sizeof *scan->ranges._buffer);
	elements(&scan->names, names, sizeof *scan->names._buffer);
	for (uint32_t i = 0; i < names; i++)
		scan->names._buffer[i] = text("name", i);
	return scan;
}

/* 100 strings: the robot's, three arms', and two of each of their 16 joints. */
static void *make_robot(void)
{
	bench_Robot *robot = calloc(1, sizeof *robot);

	robot->name = strdup("assembly_cell_4");
	elements(&robot->arms, 3, sizeof *robot->arms._buffer);
	for (uint32_t i = 0; i < 3; i++) {
		bench_Arm *arm = &robot->arms._buffer[i];
		arm->name = text("arm", i);
		elements(&arm->joints, 16, sizeof *arm->joints._buffer);
		for (uint32_t j = 0; j < 16; j++) {
			arm->joints._buffer[j].name = text("joint", j);
			arm->joints._buffer[j].unit = strdup("rad");
		}
	}
	return robot;
}

/* ---- one round ------------------------------------------------------------------------------ */

static double copy_round(const struct tern_type *type, const void *sample,
                         struct block *block, uint32_t times, void **ret_made)
{
	struct tern_outgoing outgoing = { .type = type, .sample = sample };
	double begin = now_ns();

	for (uint32_t i = 0; i < times; i++) {
		block->used_bytes = 0;
		check(tern__host.outgoing_copy(&outgoing, block_alloc, block, ret_made));
	}
	return (now_ns() - begin) / times;
}

static double open_round(const struct tern_type *type, const struct block *block,
                         const void *made, uint32_t times)
{
	const struct tern_foreign_block blocks[] = {
		{ .address = (uintptr_t)block->bytes,
		  .data = block->bytes,
		  .size_bytes = block->size_bytes },
	};
	double begin = now_ns();

	for (uint32_t i = 0; i < times; i++) {
		struct tern_foreign_view view;
		check(tern__host.foreign_open(type, blocks, 1, (uintptr_t)made, &view));
		tern__host.foreign_close(&view);
	}
	return (now_ns() - begin) / times;
}

static double encode_round(const struct tern_type *type, const void *sample,
                           uint32_t times, struct tern_buffer *payload)
{
	double begin = now_ns();

	for (uint32_t i = 0; i < times; i++) {
		payload->size_bytes = 0;
		check(type->codec->encode(type, sample, TERN_XCDR2, false, payload));
	}
	return (now_ns() - begin) / times;
}

static double decode_round(const struct tern_type *type,
                           const struct tern_buffer *payload, uint32_t times)
{
	void *sample = calloc(1, type->size_bytes);
	double begin = now_ns();

	for (uint32_t i = 0; i < times; i++) {
		check(type->codec->decode(type, payload->data, payload->size_bytes, false,
		                          sample));
		type->codec->fini(type, sample);
	}
	double end = now_ns();
	free(sample);
	return (end - begin) / times;
}

/* ---- all rounds ----------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values)
{
	qsort(values, ROUNDS, sizeof(*values), by_value);
	return values[ROUNDS / 2];
}

/* times: in each round, so that it takes a tenth of a millisecond */
static void compare(const char *name, const struct tern_type *type, void *sample,
                    size_t block_bytes, uint32_t times)
{
	struct block block = { .bytes = calloc(1, block_bytes + 1),
		               .size_bytes = block_bytes };
	struct tern_buffer payload = { 0 };
	double copies[ROUNDS], opens[ROUNDS], encodes[ROUNDS], decodes[ROUNDS];
	void *made = NULL;

	for (int i = 0; i < ROUNDS; i++) {
		copies[i] = copy_round(type, sample, &block, times, &made);
		encodes[i] = encode_round(type, sample, times, &payload);
		opens[i] = open_round(type, &block, made, times);
		decodes[i] = decode_round(type, &payload, times);
	}
	double copy = median(copies), open = median(opens);
	double encode = median(encodes), decode = median(decodes);
	printf("%-24s %8zu B  copy %8.0f  open %8.0f  encode %8.0f  decode %8.0f ns\n",
	       name, block.used_bytes, copy, open, encode, decode);
	printf("{\"bench\":\"in_place\",\"sample\":\"%s\",\"bytes\":%zu,\"copy_ns\":%.0f,"
	       "\"open_ns\":%.0f,\"encode_ns\":%.0f,\"decode_ns\":%.0f,\"ratio\":%.1f}\n",
	       name, block.used_bytes, copy, open, encode, decode,
	       (encode + decode) / open);
	free(payload.data);
	free(block.bytes);
	type->codec->fini(type, sample);
	free(sample);
}

int main(void)
{
	enum { MIB = 1 << 20 };

	printf("copy: a write's, into shared memory; a published loan needs none\n"
	       "open: what a reader does with either; medians of %d rounds\n",
	       ROUNDS);
	compare("Image 6 MB", &bench_Image_type, make_image(6000000), 7 * MIB, 2);
	compare("Image 1 MiB", &bench_Image_type, make_image(MIB), 2 * MIB, 5);
	compare("100 nested strings", &bench_Robot_type, make_robot(), MIB, 100);
	compare("Scan, 15 strings", &bench_Scan_type, make_scan(10, 1000, 4), MIB, 300);
	compare("Scan, 1101 strings", &bench_Scan_type, make_scan(1000, 1000, 100), MIB,
	        10);
	return 0;
}
