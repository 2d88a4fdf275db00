/* What Cyclone knows of the types of two endpoints: whether it would refuse the pair for them,
 * and the TypeInformation that a discovered endpoint sent. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static uint32_t word_at(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	       (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Cyclone holds GUIDs in words of the host's byte order. */
static ddsi_guid_t internal_guid(const dds_guid_t *guid)
{
	return (ddsi_guid_t){
		.prefix.u = { word_at(guid->v), word_at(guid->v + 4),
		              word_at(guid->v + 8) },
		.entityid.u = word_at(guid->v + 12),
	};
}

struct side {
	const struct ddsi_type_pair *types; /* NULL: none known */
	const dds_qos_t *qos;
};

/* One of the two is an endpoint of this process, the other a proxy. */
static struct side find_writer(struct ddsi_domaingv *gv, const dds_guid_t *guid)
{
	ddsi_guid_t key = internal_guid(guid);
	struct ddsi_writer *ours = entidx_lookup_writer_guid(gv->entity_index, &key);
	if (ours)
		return (struct side){ ours->c.type_pair, ours->xqos };
	struct ddsi_proxy_writer *proxy =
		entidx_lookup_proxy_writer_guid(gv->entity_index, &key);
	return proxy ? (struct side){ proxy->c.type_pair, proxy->c.xqos }
	             : (struct side){ 0 };
}

static struct side find_reader(struct ddsi_domaingv *gv, const dds_guid_t *guid)
{
	ddsi_guid_t key = internal_guid(guid);
	struct ddsi_reader *ours = entidx_lookup_reader_guid(gv->entity_index, &key);
	if (ours)
		return (struct side){ ours->c.type_pair, ours->xqos };
	struct ddsi_proxy_reader *proxy =
		entidx_lookup_proxy_reader_guid(gv->entity_index, &key);
	return proxy ? (struct side){ proxy->c.type_pair, proxy->c.xqos }
	             : (struct side){ 0 };
}

/* Which forms of a type are known with all that it refers to; 0: the peer has to be asked. */
static uint32_t resolved_forms(struct ddsi_domaingv *gv,
                               const struct ddsi_type_pair *types)
{
	bool minimal = types->minimal &&
	               ddsi_type_resolved(gv, types->minimal, DDSI_TYPE_INCLUDE_DEPS);
	bool complete = types->complete &&
	                ddsi_type_resolved(gv, types->complete, DDSI_TYPE_INCLUDE_DEPS);
	if (minimal && complete)
		return DDS_XTypes_EK_BOTH;
	if (complete)
		return DDS_XTypes_EK_COMPLETE;
	return minimal ? DDS_XTypes_EK_MINIMAL : 0;
}

static enum tern__types_verdict compare(struct ddsi_domaingv *gv,
                                        const struct side *writer,
                                        const struct side *reader)
{
	if (!writer->types || !reader->types)
		return TERN__TYPES_FIT;
	uint32_t reader_forms = resolved_forms(gv, reader->types);
	uint32_t writer_forms = resolved_forms(gv, writer->types);
	if (reader_forms == 0 || writer_forms == 0)
		return TERN__TYPES_UNKNOWN;
	dds_type_consistency_enforcement_qospolicy_t consistency = {
		.kind = DDS_TYPE_CONSISTENCY_ALLOW_TYPE_COERCION,
		.ignore_sequence_bounds = true,
		.ignore_string_bounds = true,
	};
	(void)dds_qget_type_consistency(
		reader->qos, &consistency.kind, &consistency.ignore_sequence_bounds,
		&consistency.ignore_string_bounds, &consistency.ignore_member_names,
		&consistency.prevent_type_widening, &consistency.force_type_validation);
	return ddsi_is_assignable_from(gv, reader->types, reader_forms, writer->types,
	                               writer_forms, &consistency)
	               ? TERN__TYPES_FIT
	               : TERN__TYPES_REFUSED;
}

enum tern__types_verdict tern__cyclone_types(struct ddsi_sertype *sertype,
                                             const dds_guid_t *writer,
                                             const dds_guid_t *reader)
{
	struct ddsi_domaingv *gv = ddsrt_atomic_ldvoidp(&sertype->gv);
	struct thread_state *thread = lookup_thread_state();
	thread_state_awake(thread, gv);
	struct side writer_side = find_writer(gv, writer);
	struct side reader_side = find_reader(gv, reader);
	enum tern__types_verdict verdict = compare(gv, &writer_side, &reader_side);
	thread_state_asleep(thread);
	return verdict;
}

size_t tern__cyclone_type_information(dds_builtintopic_endpoint_t *endpoint,
                                      uint8_t **ret_bytes)
{
	const dds_typeinfo_t *information = NULL;
	*ret_bytes = NULL;
	if (dds_builtintopic_get_endpoint_type_info(endpoint, &information) !=
	            DDS_RETCODE_OK ||
	    !information)
		return 0;
	dds_ostreamLE_t stream;
	dds_ostreamLE_init(&stream, 0, CDR_ENC_VERSION_2);
	size_t size_bytes = 0;
	if (dds_stream_writeLE(&stream, (const char *)information,
	                       DDS_XTypes_TypeInformation_desc.m_ops)) {
		*ret_bytes = malloc(stream.x.m_index);
		if (*ret_bytes) {
			memcpy(*ret_bytes, stream.x.m_buffer, stream.x.m_index);
			size_bytes = stream.x.m_index;
		}
	}
	dds_ostreamLE_fini(&stream);
	return size_bytes;
}
