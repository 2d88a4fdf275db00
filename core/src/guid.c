/* GUIDs: compare, print, hash. Who makes them is the participant's business. */
#include <string.h>

#include <tern/guid.h>

#include "guid.h"

bool tern_guid_equal(const struct tern_guid *a, const struct tern_guid *b)
{
	return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

char *tern_guid_format(const struct tern_guid *guid, char *ret_text)
{
	static const char digits[] = "0123456789abcdef";
	char *end = ret_text;

	for (size_t i = 0; i < TERN_GUID_SIZE_BYTES; i++) {
		if (i && i % 4 == 0)
			*end++ = '.';
		*end++ = digits[guid->bytes[i] >> 4];
		*end++ = digits[guid->bytes[i] & 0xf];
	}
	*end = '\0';
	return ret_text;
}

uint64_t tern__guid_hash(const struct tern_guid *guid)
{
	uint64_t words[2];

	/* Each half through a finaliser: GUIDs of one process differ in few, low bits. */
	memcpy(words, guid->bytes, sizeof words);
	uint64_t hash = words[0] * 0x9e3779b97f4a7c15u ^ words[1];
	hash ^= hash >> 32;
	hash *= 0xd6e8feb86659fd93u;
	hash ^= hash >> 32;
	hash *= 0xd6e8feb86659fd93u;
	return hash ^ hash >> 32;
}

bool tern__guid_is_nil(const struct tern_guid *guid)
{
	static const struct tern_guid nil;

	return tern_guid_equal(guid, &nil);
}
