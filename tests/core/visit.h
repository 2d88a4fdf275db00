/* Walks over samples, made for tests: by the type table, but by nothing of core's. */
#ifndef TERN_TESTS_CORE_VISIT_H
#define TERN_TESTS_CORE_VISIT_H

#include <tern/type.h>

/** Called with each place of a pointer or length, and the type of what it leads to. */
struct visitor {
	void (*string)(void *context, char **text);
	void (*sequence)(void *context, const struct tern_type *type,
	                 struct tern_sequence *sequence);
	void (*held)(void *context, const struct tern_member *member, void **value);
	void *context;
};

/** All strings, sequences and held members of a sample, outermost first. */
void visit(const struct visitor *visitor, const struct tern_type *type, void *value);

/** Look at each byte of a sample that a program could look at. @return a checksum */
uint64_t visit_walk(const struct tern_type *type, const void *value);

#endif
