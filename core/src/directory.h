/* The directory: copies of what transports reported of peers and endpoints, ours included.
 * The domain's lock guards all of it. */
#ifndef TERN_CORE_DIRECTORY_H
#define TERN_CORE_DIRECTORY_H

#include <stdint.h>

#include <tern/endpoint.h>

#include "guid_map.h"

struct peer {
	struct tern_peer_info info; /* strings owned */
	uint32_t reported_by;       /* transports, by bit */
};

/* Immutable once made but for reported_by: a change of QoS makes a new one. */
struct endpoint {
	uint32_t references;            /* the directory's and those of pairs */
	uint32_t reported_by;           /* transports, by bit */
	struct tern_endpoint_info info; /* strings, QoS and type information owned */
};

struct directory {
	struct guid_map peers;     /* struct peer, owned */
	struct guid_map endpoints; /* struct endpoint, one reference each */
};

/** NULL is fine. */
void peer_destroy(struct peer *peer);
/** NULL: no memory. */
struct peer *peer_copy(const struct peer *peer);

void directory_fini(struct directory *directory);

/** Insert or replace what is known of a peer. TERN_OK, TERN_ENOMEM. */
tern_status directory_put_peer(struct directory *directory,
                               const struct tern_peer_info *info, uint32_t reported_by);
struct peer *directory_peer(const struct directory *directory,
                            const struct tern_guid *guid);
void directory_remove_peer(struct directory *directory, const struct tern_guid *guid);

/** Insert or replace an endpoint; earlier ones live on while pairs hold them. */
tern_status directory_put_endpoint(struct directory *directory,
                                   const struct tern_endpoint_info *info,
                                   uint32_t reported_by, struct endpoint **ret_endpoint);
struct endpoint *directory_endpoint(const struct directory *directory,
                                    const struct tern_guid *guid);
void directory_remove_endpoint(struct directory *directory, const struct tern_guid *guid);

struct endpoint *endpoint_ref(struct endpoint *endpoint);
void endpoint_unref(struct endpoint *endpoint);

/** Do two infos say the same of matching: topic, type, QoS? */
bool endpoint_same(const struct tern_endpoint_info *a,
                   const struct tern_endpoint_info *b);

#endif
