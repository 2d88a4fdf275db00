/* PARTITION: names and patterns of two endpoints, compared. Not by fnmatch(): its result depends
 * on the process's locale, and two ends of a pair must not differ in what matches. */
#include <stddef.h>
#include <string.h>

#include "partition.h"

/* "[abc]", "[a-z]", "[!a-z]"; a ']' right after the opening stands for itself.
 * @return the byte after the set, or NULL if it is not closed: then '[' stands for itself */
static const char *set_end(const char *set)
{
	const char *p = set + 1;

	if (*p == '!')
		p++;
	if (*p == ']')
		p++;
	p = strchr(p, ']');
	return p ? p + 1 : NULL;
}

static bool set_has(const char *set, const char *end, char wanted)
{
	const char *p = set + 1;
	unsigned char c = (unsigned char)wanted;
	bool negated = *p == '!';

	if (negated)
		p++;
	for (end--; p < end; p++) { /* end: the closing bracket */
		unsigned char low = (unsigned char)p[0];
		unsigned char high = low;
		if (p[1] == '-' && p + 2 < end) {
			high = (unsigned char)p[2];
			p += 2;
		}
		if (low <= c && c <= high)
			return !negated;
	}
	return negated;
}

bool tern__partition_is_pattern(const char *text)
{
	for (; *text; text++)
		if (*text == '*' || *text == '?' || (*text == '[' && set_end(text)))
			return true;
	return false;
}

/* Match one character of the pattern, which is no star.
 * @return the pattern's rest, or NULL */
static const char *step(const char *pattern, char c)
{
	const char *end;

	if (*pattern == '?')
		return pattern + 1;
	if (*pattern == '[' && (end = set_end(pattern)))
		return set_has(pattern, end, c) ? end : NULL;
	return *pattern == c ? pattern + 1 : NULL;
}

bool tern__partition_pattern_matches(const char *pattern, const char *name)
{
	/* Only the last star needs to be tried again: what a former one could take more, the last
	 * one can as well. */
	const char *after_star = NULL, *retry_name = NULL;

	while (*name) {
		const char *rest;
		if (*pattern == '*') {
			after_star = ++pattern;
			retry_name = name;
		} else if (*pattern && (rest = step(pattern, *name))) {
			pattern = rest;
			name++;
		} else if (after_star) {
			pattern = after_star;
			name = ++retry_name;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

static bool one_matches(const char *a, const char *b)
{
	bool a_is_pattern = tern__partition_is_pattern(a);
	bool b_is_pattern = tern__partition_is_pattern(b);

	if (a_is_pattern == b_is_pattern)
		return !a_is_pattern && strcmp(a, b) == 0;
	return a_is_pattern ? tern__partition_pattern_matches(a, b)
	                    : tern__partition_pattern_matches(b, a);
}

bool tern__partitions_match(const char *const *a, uint32_t a_count, const char *const *b,
                            uint32_t b_count)
{
	static const char *const default_partition[] = { "" };

	if (!a_count) {
		a = default_partition;
		a_count = 1;
	}
	if (!b_count) {
		b = default_partition;
		b_count = 1;
	}
	for (uint32_t i = 0; i < a_count; i++)
		for (uint32_t k = 0; k < b_count; k++)
			if (one_matches(a[i], b[k]))
				return true;
	return false;
}
