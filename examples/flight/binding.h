/* Carries recorded ULog samples over into typed C structs: by field name, driven by the
 * file's format on one side and the type's table on the other. No code is written for any
 * one type. */
#ifndef FLIGHT_BINDING_H
#define FLIGHT_BINDING_H

#include <stddef.h>
#include <stdint.h>

#include <tern/type.h>

#include "ulog.h"

/** A field that has another name in the type. */
struct binding_alias {
	const char *field;
	const char *member;
};

struct binding;

/** Receives one line, without a newline, on what the two sides do not share. */
typedef void (*binding_report)(const char *text, void *context);

/**
 * Plan the way from a format to a type. Members without a field stay as they are, fields
 * without a member are ignored; both are said once, here.
 * @param aliases  ends with a NULL field; may be NULL
 * @return owned by the caller: binding_destroy(). NULL: no memory
 */
struct binding *binding_create(const struct ulog_format *format,
                               const struct tern_type *type,
                               const struct binding_alias *aliases, binding_report report,
                               void *context);

/** Has it a member "instance" that no field fills? It takes the topic's instance. */
bool binding_has_instance(const struct binding *binding);

/**
 * Fill a zeroed struct of the type.
 * @param data      size_bytes of a sample: at least the format's min_size_bytes
 * @param instance  of the topic
 */
void binding_apply(const struct binding *binding, const uint8_t *data, size_t size_bytes,
                   uint8_t instance, void *sample);

/** NULL is fine. */
void binding_destroy(struct binding *binding);

#endif
