/* A topic type that Cyclone carries without reading it: name, whether it has a key, and the
 * XTypes information that ternc put into struct tern_type. No sample is ever made of it. */
#include "internal.h"

static void sertype_free(struct ddsi_sertype *base)
{
	ddsi_sertype_fini(base);
	ddsrt_free(base);
}

static bool sertype_equal(const struct ddsi_sertype *a, const struct ddsi_sertype *b)
{
	return ((const struct sertype *)a)->type == ((const struct sertype *)b)->type;
}

static uint32_t sertype_hash(const struct ddsi_sertype *base)
{
	const struct tern_type *type = ((const struct sertype *)base)->type;
	return ddsrt_mh3(&type, sizeof type, 0);
}

static ddsi_typeinfo_t *sertype_type_info(const struct ddsi_sertype *base)
{
	const struct tern_xtypes *xtypes = ((const struct sertype *)base)->type->xtypes;
	if (!xtypes || !xtypes->type_information)
		return NULL;
	/* It is only read. */
	struct ddsi_sertype_cdr_data blob = {
		.sz = (uint32_t)xtypes->type_information_size_bytes,
		.data = (uint8_t *)(uintptr_t)xtypes->type_information,
	};
	return ddsi_typeinfo_deser(&blob);
}

static ddsi_typemap_t *sertype_type_map(const struct ddsi_sertype *base)
{
	const struct tern_xtypes *xtypes = ((const struct sertype *)base)->type->xtypes;
	if (!xtypes || !xtypes->type_mapping)
		return NULL;
	struct ddsi_sertype_cdr_data blob = {
		.sz = (uint32_t)xtypes->type_mapping_size_bytes,
		.data = (uint8_t *)(uintptr_t)xtypes->type_mapping,
	};
	return ddsi_typemap_deser(&blob);
}

static ddsi_typeid_t *sertype_type_id(const struct ddsi_sertype *base,
                                      ddsi_typeid_kind_t kind)
{
	ddsi_typeinfo_t *info = sertype_type_info(base);
	if (!info)
		return NULL;
	ddsi_typeid_t *id = ddsi_typeinfo_typeid(info, kind);
	ddsi_typeinfo_fini(info);
	ddsrt_free(info);
	return id;
}

/* Both representations pass through the same code: the topic's type serves every writer. */
static struct ddsi_sertype *sertype_derive(
	const struct ddsi_sertype *base, dds_data_representation_id_t representation,
	dds_type_consistency_enforcement_qospolicy_t consistency)
{
	(void)base;
	(void)representation;
	(void)consistency;
	return NULL;
}

/* zero_samples, realloc_samples and free_samples serve dds_read() and dds_take(), which nobody
 * calls on these topics. */
static const struct ddsi_sertype_ops sertype_ops = {
	.version = ddsi_sertype_v0,
	.free = sertype_free,
	.equal = sertype_equal,
	.hash = sertype_hash,
	.type_id = sertype_type_id,
	.type_map = sertype_type_map,
	.type_info = sertype_type_info,
	.derive_sertype = sertype_derive,
};

dds_entity_t tern__cyclone_topic_create(dds_entity_t participant, const char *name,
                                        const struct tern_type *type,
                                        struct ddsi_sertype **ret_sertype)
{
	struct sertype *sertype = ddsrt_calloc(1, sizeof *sertype);
	ddsi_sertype_init(&sertype->base, type->name, &sertype_ops, &tern__serdata_ops,
	                  !is_keyed(type));
	sertype->type = type;
	/* The same for all, or else two types under one topic name would be refused for unlike
	 * topic QoS; each endpoint's QoS says what it really takes. */
	sertype->base.allowed_data_representation =
		DDS_DATA_REPRESENTATION_FLAG_XCDR1 | DDS_DATA_REPRESENTATION_FLAG_XCDR2;

	struct ddsi_sertype *shared = &sertype->base;
	dds_entity_t topic =
		dds_create_topic_sertype(participant, name, &shared, NULL, NULL, NULL);
	if (topic < 0) {
		ddsi_sertype_unref(&sertype->base);
		return topic;
	}
	*ret_sertype = shared;
	return topic;
}
