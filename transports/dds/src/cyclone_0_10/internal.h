/* Shared by the files of this folder: how a topic's type and a sample look inside. */
#ifndef TERN_DDS_CYCLONE_INTERNAL_H
#define TERN_DDS_CYCLONE_INTERNAL_H

/* Cyclone's own headers are not written for our warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wunused-parameter"
/* These first: the others are not complete without them. */
#include <dds/features.h>

#include <dds/ddsi/ddsi_entity.h>
#include <dds/ddsi/q_hbcontrol.h>

#include <dds/dds.h>
#include <dds/ddsc/dds_rhc.h>
#include <dds/ddsi/ddsi_cdrstream.h>
#include <dds/ddsi/ddsi_domaingv.h>
#include <dds/ddsi/ddsi_endpoint.h>
#include <dds/ddsi/ddsi_entity_index.h>
#include <dds/ddsi/ddsi_guid.h>
#include <dds/ddsi/ddsi_proxy_endpoint.h>
#include <dds/ddsi/ddsi_serdata.h>
#include <dds/ddsi/ddsi_sertype.h>
#include <dds/ddsi/ddsi_tkmap.h>
#include <dds/ddsi/ddsi_typelib.h>
#include <dds/ddsi/ddsi_xt_impl.h>
#include <dds/ddsi/ddsi_xt_typeinfo.h>
#include <dds/ddsi/q_protocol.h>
#include <dds/ddsi/q_radmin.h>
#include <dds/ddsi/q_thread.h>
#include <dds/ddsi/q_xevent.h>
#include <dds/ddsrt/heap.h>
#include <dds/ddsrt/md5.h>
#include <dds/ddsrt/mh3.h>
#pragma GCC diagnostic pop

#include "cyclone_0_10.h"

/* A topic's type: Cyclone's part, and ours. */
struct sertype {
	struct ddsi_sertype base;
	const struct tern_type *type; /* borrowed for the life of the endpoints */
};

/* A sample on its way through Cyclone:
 *
 *	out:  serdata --> payload (core's)
 *	in:   serdata + received + the bytes in one block; payload == &received
 *	key:  serdata alone: an entry of the instance map, or a key hash that came alone */
struct serdata {
	struct ddsi_serdata base;
	struct tern_payload *payload; /* one reference is ours; NULL: none */
	uint64_t sequence_number;
	const char *malformed;
	uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES];
	struct tern_payload received;
	uint8_t bytes[];
};

extern const struct ddsi_serdata_ops tern__serdata_ops;

static inline bool is_keyed(const struct tern_type *type)
{
	return (type->flags & TERN_TYPE_KEYED) != 0;
}

/** @return NULL without memory */
struct serdata *tern__serdata_create(const struct ddsi_sertype *sertype,
                                     enum ddsi_serdata_kind kind,
                                     const uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES],
                                     size_t size_bytes);

/** Keep a reference to the instance of a sample that came in or goes out. */
void tern__instances_keep(struct tern__instances *instances,
                          struct ddsi_tkmap_instance *instance);
/** The same for one that is not looked up yet. */
void tern__instances_keep_sample(struct tern__instances *instances,
                                 struct ddsi_serdata *sample);
/** Is it kept, and can there be no other? That is so without a key. Threads: any. */
bool tern__instances_has_only(const struct tern__instances *instances,
                              const struct ddsi_tkmap_instance *instance);

#endif
