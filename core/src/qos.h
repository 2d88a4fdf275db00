/* QoS inside core: owned copies, and what a set of representations means for a type.
 * The rules that a single QoS must keep are in qos_check.c, those of a pair in match.c. */
#ifndef TERN_CORE_QOS_H
#define TERN_CORE_QOS_H

#include <tern/endpoint.h>
#include <tern/qos.h>
#include <tern/status.h>
#include <tern/type.h>

/**
 * Deep copy: partitions and user data become the copy's own.
 * @param qos      checked by tern_qos_check(), or from a transport (then its counts are kept as
 *                 they are)
 * @param ret_qos  free with tern__qos_fini()
 * @return TERN_OK, TERN_ENOMEM
 */
TERN_MUST_CHECK tern_status tern__qos_copy(const struct tern_qos *qos,
                                           struct tern_qos *ret_qos);

/** Free what tern__qos_copy() allocated and forget it. NULL and zeroed structs are fine. */
void tern__qos_fini(struct tern_qos *qos);

/** Do both say the same of every policy? */
bool tern__qos_equal(const struct tern_qos *a, const struct tern_qos *b);

/** TERN_ACCEPT_... of what a type can travel as: XCDR2 always, XCDR1 with TERN_TYPE_XCDR1. */
uint32_t tern__type_representations(const struct tern_type *type);

/**
 * Make representations explicit before an endpoint is announced: a writer offers exactly one
 * (XCDR1 where it and the type can, else XCDR2), a reader all that it asked for or the type can.
 * Source: XTypes 1.3, 7.6.3.1.2; the order is Cyclone DDS 0.10's, so that both offer the same.
 * @return TERN_OK, TERN_EINVAL: the type cannot travel as what the QoS asks for
 */
TERN_MUST_CHECK tern_status tern__qos_resolve(struct tern_qos *qos,
                                              tern_endpoint_kind kind,
                                              const struct tern_type *type);

#endif
