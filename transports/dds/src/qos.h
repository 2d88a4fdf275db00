/* Tern's QoS to Cyclone's and back. */
#ifndef TERN_DDS_QOS_H
#define TERN_DDS_QOS_H

#include <stdbool.h>
#include <stddef.h>

#include <dds/dds.h>

#include <tern/endpoint.h>
#include <tern/qos.h>

/** What USER_DATA can hold on the wire: one parameter of a list, in whole words. */
#define TERN__USER_DATA_SIZE_MAX_BYTES 65528

/** The representations that an endpoint takes (reader) or sends (writer: one of them). */
uint32_t tern__qos_representations(const struct tern_endpoint_info *info);

/**
 * @param user_data  Tern's record and behind it the user's bytes
 * @return dds_delete_qos(); NULL without memory
 */
dds_qos_t *tern__qos_to_cyclone(const struct tern_endpoint_info *info,
                                const void *user_data, size_t user_data_size_bytes);

/** A QoS that came from the network, with the memory that it borrows. */
struct tern__found_qos {
	struct tern_qos qos; /* user_data: all of it, Tern's record too */
	char **partitions;
	void *user_data;
};

void tern__qos_from_cyclone(const dds_qos_t *from, tern_endpoint_kind kind,
                            struct tern__found_qos *ret_found);
void tern__found_qos_fini(struct tern__found_qos *found);

#endif
