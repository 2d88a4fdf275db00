/* Transports in modules: where they are found and how they are checked. */
#ifndef TERN_CORE_MODULE_H
#define TERN_CORE_MODULE_H

#include <tern/transport.h>

/**
 * Load libtern-<name>.so and ask its entry for the table. It is never unloaded.
 * Looked for in TERN_MODULE_PATH (colon-separated) if that is set, else in tern/ beside libtern
 * or in ../lib/tern beside a program that has it linked in, else where it was installed.
 * @param ret_ops  static
 * @return TERN_OK, TERN_ENOTFOUND (the text lists the places), TERN_EUNSUPPORTED, TERN_EIO
 */
tern_status module_load(const char *name, const struct tern_host *host,
                        const struct tern_transport_ops **ret_ops);

/** Is this a table of our ABI with every function it needs? TERN_OK, TERN_EUNSUPPORTED. */
tern_status transport_ops_check(const char *name, const struct tern_transport_ops *ops);

#endif
