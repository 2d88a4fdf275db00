/* MD5 by the test suite of RFC 1321, A.5, and over every length around a block's. */
#include <stdio.h>
#include <string.h>

#include "md5.h"
#include "suite.h"

static void expect(const char *text, const char *digest)
{
	uint8_t bytes[16];
	char hex[33];

	tern__md5((const uint8_t *)text, strlen(text), bytes);
	for (int i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
	CU_ASSERT_STRING_EQUAL(hex, digest);
}

static void digests_are_those_of_rfc_1321(void)
{
	expect("", "d41d8cd98f00b204e9800998ecf8427e");
	expect("a", "0cc175b9c0f1b6a831c399e269772661");
	expect("abc", "900150983cd24fb0d6963f7d28e17f72");
	expect("message digest", "f96b697d7cb7938d525a2f31aaf161d0");
	expect("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b");
	expect("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
	       "d174ab98d277d9f5a5611c2c9f419d9f");
	expect("12345678901234567890123456789012345678901234567890123456789012345678901234567890",
	       "57edf4a22be3c955ac49da2e2107b67a");
}

static void padding_is_right_around_a_block(void)
{
	/* 55 bytes are the most that share a block with the length, 64 are a block */
	expect("1234567890123456789012345678901234567890123456789012345",
	       "c9ccf168914a1bcfc3229f1948e67da0");
	expect("12345678901234567890123456789012345678901234567890123456",
	       "49f193adce178490e34d1b3a4ec0064c");
	expect("1234567890123456789012345678901234567890123456789012345678901234",
	       "eb6c4179c0a7c82cc2828c1e6338e165");
}

static const struct suite_test tests[] = {
	{ "digests_are_those_of_rfc_1321", digests_are_those_of_rfc_1321 },
	{ "padding_is_right_around_a_block", padding_is_right_around_a_block },
};

int main(int argc, char **argv)
{
	return SUITE_RUN(argc, argv, tests);
}
