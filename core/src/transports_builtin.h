/* The transports of this build, in the order in which a pair of writer and reader is offered
 * to them. The build writes the table (cmake/libtern), so that core names none of them. */
#ifndef TERN_CORE_TRANSPORTS_BUILTIN_H
#define TERN_CORE_TRANSPORTS_BUILTIN_H

#include <stddef.h>

#include <tern/transport.h>

struct tern__builtin_transport {
	const char *name;              /* "local", "dds" */
	tern_transport_entry_fn entry; /* NULL: it is the module libtern-<name>.so */
};

extern const struct tern__builtin_transport tern__builtin_transports[];
extern const size_t tern__builtin_transport_count;

/** Where modules are installed: the place to look when no nearer one has them. Absolute. */
extern const char tern__module_directory[];

#endif
