/* One number on its way from a ULog field to a member of a C struct: any kind to any
 * kind. What does not fit becomes the nearest value that does; what is no number, 0. */
#ifndef FLIGHT_NUMBER_H
#define FLIGHT_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/type.h>

#include "ulog.h"

struct number {
	enum {
		NUMBER_SIGNED,
		NUMBER_UNSIGNED,
		NUMBER_REAL,
	} kind;
	union {
		int64_t i;
		uint64_t u;
		double f;
	} as;
};

/** Of one value in the file; 0 for ULOG_NESTED. */
uint32_t number_size_bytes(enum ulog_kind kind);

/** May it be a piece of text? */
bool number_is_character(enum ulog_kind kind);

/** Can number_store() store into members of this kind? */
bool number_fits_kind(tern_type_kind kind);

/** Read little-endian bytes. */
struct number number_load(enum ulog_kind kind, const uint8_t *bytes);

/** An enum's member stays as it is if no literal has the value. */
void number_store(struct number number, const struct tern_type *type, void *ret_value);

#endif
