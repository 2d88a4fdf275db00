/* The keyed hash gives SipHash-1-3's published values, and each process its own. */
#include <string.h>

#include "hash.h"
#include "suite.h"

static uint64_t from_bytes(const uint8_t bytes[8])
{
	uint64_t x = 0;

	for (unsigned i = 0; i < 8; i++)
		x |= (uint64_t)bytes[i] << (8 * i);
	return x;
}

/* Of the input 00 01 02 ... with the key 00 01 ... 0f, as in the reference implementation. */
static void known_inputs_give_the_published_values(void)
{
	static const struct {
		size_t size_bytes;
		uint8_t hash[8];
	} vectors[] = {
		{ 0, { 0xdc, 0xc4, 0x0f, 0x05, 0x58, 0x01, 0xac, 0xab } },
		{ 1, { 0x93, 0xca, 0x57, 0x7d, 0xf3, 0x9b, 0xf4, 0xc9 } },
		{ 7, { 0x40, 0x11, 0xb1, 0x9b, 0x98, 0x7d, 0x92, 0xd3 } },
		{ 8, { 0x8e, 0x9a, 0x29, 0x8d, 0x11, 0x95, 0x90, 0x36 } },
		{ 16, { 0x66, 0x8b, 0x90, 0x7d, 0x1a, 0xdd, 0x4f, 0xcc } },
	};
	const struct hash_secret secret = { 0x0706050403020100u, 0x0f0e0d0c0b0a0908u };
	uint8_t input[16];

	for (uint8_t i = 0; i < sizeof input; i++)
		input[i] = i;
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
		CU_ASSERT_EQUAL(tern__hash_with(&secret, input, vectors[i].size_bytes),
		                from_bytes(vectors[i].hash));
}

static void one_process_has_one_secret(void)
{
	const struct hash_secret zero = { 0, 0 };

	CU_ASSERT_EQUAL(tern__hash("pose", 4), tern__hash("pose", 4));
	CU_ASSERT_NOT_EQUAL(tern__hash("pose", 4), tern__hash("posf", 4));
	CU_ASSERT_NOT_EQUAL(tern__hash("pose", 4), tern__hash_with(&zero, "pose", 4));
}

static const struct suite_test tests[] = {
	{ "known_inputs_give_the_published_values",
	  known_inputs_give_the_published_values },
	{ "one_process_has_one_secret", one_process_has_one_secret },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
