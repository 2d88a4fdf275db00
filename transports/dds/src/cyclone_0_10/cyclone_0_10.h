/* The transport's window on what Cyclone DDS 0.10 does not offer as public API: types and
 * samples of our own making (sertype, serdata), a reader history of our own (rhc), instances
 * (tkmap) and verdicts on types. Only the files of this folder include dds/ddsi; what they
 * stand on is described in the sources of Cyclone DDS 0.10.2. */
#ifndef TERN_DDS_CYCLONE_0_10_H
#define TERN_DDS_CYCLONE_0_10_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dds/dds.h>

#include <tern/transport.h>

/** The releases whose internals these files know. */
#define TERN__CYCLONE_VERSION_PREFIX "0.10."

struct ddsi_sertype;
struct tern__alarm;
struct tern__instances;

/**
 * Make a topic whose samples pass through Cyclone unread.
 * @param ret_sertype  owned by the topic
 * @return the entity, or a negative DDS return code
 */
dds_entity_t tern__cyclone_topic_create(dds_entity_t participant, const char *name,
                                        const struct tern_type *type,
                                        struct ddsi_sertype **ret_sertype);

/* ---- out ----------------------------------------------------------------------------- */

/**
 * Send one sample, without copying the payload: a reference is held until no reader may ask
 * for it again. Blocks at most the writer's max_blocking_time.
 * @param payload    as host->outgoing_encoded() gives it
 * @param instances  the writer's
 * @return DDS_RETCODE_OK, _TIMEOUT (nothing was sent), _OUT_OF_RESOURCES, _ERROR
 */
dds_return_t tern__cyclone_write(dds_entity_t writer, struct ddsi_sertype *sertype,
                                 struct tern__instances *instances,
                                 const struct tern_outgoing *outgoing,
                                 struct tern_payload *payload);

/**
 * As dds_create_writer().
 * @param gathers  samples stay in a message until it is full or dds_write_flush() is called
 */
dds_entity_t tern__cyclone_writer_create(dds_entity_t participant, dds_entity_t topic,
                                         struct ddsi_sertype *sertype,
                                         const dds_qos_t *qos,
                                         const dds_listener_t *listener, bool gathers);

/** The largest RTPS message that is sent, in bytes. */
uint32_t tern__cyclone_message_size(struct ddsi_sertype *sertype);

/**
 * Something that is called at a time, on Cyclone's event thread, with no lock of Cyclone's held.
 * It must not wait for anybody who may wait for acknowledgments. Silent until it is set.
 * @return NULL without memory
 */
struct tern__alarm *tern__alarm_create(struct ddsi_sertype *sertype,
                                       void (*ring)(void *context), void *context);
/** Ring at this time, unless it is set for an earlier one. Allowed in ring(). */
void tern__alarm_set(struct tern__alarm *alarm, int64_t at_ns);
/** When it returns, it rings no more. NULL is fine. Not in ring(). */
void tern__alarm_destroy(struct tern__alarm *alarm);

/* ---- in ------------------------------------------------------------------------------ */

/** A sample as it came from the network, lent for the call of store(). */
struct tern__cyclone_sample {
	uint64_t writer; /* its publication handle */
	int64_t source_timestamp_ns;
	uint64_t sequence_number; /* RTPS; 0: from a writer of this process */
	tern_change_kind kind;
	const uint8_t *key_hash;
	struct tern_payload *payload; /* NULL: the key hash came alone */
	const char *malformed;        /* why it cannot be used; NULL if it can */
};

/**
 * Called on Cyclone's threads, with its locks held: must neither block nor call Cyclone.
 * @return false: no room now. Cyclone stops receiving and offers it again after some
 *         milliseconds.
 */
typedef bool (*tern__cyclone_store_fn)(void *context,
                                       const struct tern__cyclone_sample *sample);

/** As dds_create_reader(), with store() in the place of Cyclone's reader history. */
dds_entity_t tern__cyclone_reader_create(dds_entity_t participant, dds_entity_t topic,
                                         const dds_qos_t *qos,
                                         const dds_listener_t *listener,
                                         tern__cyclone_store_fn store, void *context);

/* ---- instances ----------------------------------------------------------------------- */

/* Cyclone gives each key a number, and forgets it with the last sample that has it: for a
 * topic with one sample on its way at a time that means making and collecting an entry per
 * sample. A reader or writer keeps those that it used lately. One thread at a time. */

/** @return NULL without memory */
struct tern__instances *tern__instances_create(struct ddsi_sertype *sertype);
void tern__instances_destroy(struct tern__instances *instances);

/* ---- types --------------------------------------------------------------------------- */

enum tern__types_verdict {
	TERN__TYPES_UNKNOWN, /* one is not known yet: Cyclone is asking for it */
	TERN__TYPES_FIT,     /* or there is no type information, and the names count */
	TERN__TYPES_REFUSED, /* the reader's cannot be filled from the writer's */
};

/** What Cyclone says to the types of a pair. Takes only the lock of its type library. */
enum tern__types_verdict tern__cyclone_types(struct ddsi_sertype *sertype,
                                             const dds_guid_t *writer,
                                             const dds_guid_t *reader);

/**
 * The TypeInformation of a discovered endpoint, as XCDR2 little-endian.
 * @param ret_bytes  free(); NULL if it sent none
 */
size_t tern__cyclone_type_information(dds_builtintopic_endpoint_t *endpoint,
                                      uint8_t **ret_bytes);

/**
 * The TypeMapping of an endpoint's type: Cyclone has it, or asks for it by the type lookup
 * service. Blocks at most timeout_ns.
 * @param ret_mapping  free(data)
 * @return DDS_RETCODE_OK, _TIMEOUT, _OUT_OF_RESOURCES, or why there is none
 */
dds_return_t tern__cyclone_describe_type(dds_entity_t participant,
                                         const struct tern_endpoint_info *endpoint,
                                         int64_t timeout_ns,
                                         struct tern_buffer *ret_mapping);

#endif
