/* Can a reader's type be filled from samples of a writer's type? XTypes 1.3, 7.2.4, over type
 * tables of this process. */
#ifndef TERN_CORE_ASSIGNABILITY_H
#define TERN_CORE_ASSIGNABILITY_H

#include <stdbool.h>
#include <stddef.h>

#include <tern/qos.h>
#include <tern/type.h>

/**
 * @param consistency  the reader's QoS: ignore_..., prevent_type_widening
 * @param ret_reason   on false: the member's path and what differs
 */
bool tern__type_assignable(const struct tern_type *reader_type,
                           const struct tern_type *writer_type,
                           const struct tern_qos *consistency, char *ret_reason,
                           size_t reason_size_bytes);

#endif
