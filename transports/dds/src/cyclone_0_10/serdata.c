/* Samples as Cyclone handles them: bytes that it sends by reference, collects from fragments,
 * and sorts by key hash. They are neither decoded nor encoded here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define HEADER_SIZE_BYTES 4

static void release_block(struct tern_payload *payload)
{
	free((char *)payload - offsetof(struct serdata, received));
}

struct serdata *tern__serdata_create(const struct ddsi_sertype *sertype,
                                     enum ddsi_serdata_kind kind,
                                     const uint8_t key_hash[TERN_KEY_HASH_SIZE_BYTES],
                                     size_t size_bytes)
{
	struct serdata *serdata = malloc(sizeof *serdata + size_bytes);
	if (!serdata)
		return NULL;
	memset(serdata, 0, sizeof *serdata);
	ddsi_serdata_init(&serdata->base, sertype, kind);
	serdata->base.hash = sertype->serdata_basehash;
	if (key_hash) {
		memcpy(serdata->key_hash, key_hash, TERN_KEY_HASH_SIZE_BYTES);
		serdata->base.hash =
			ddsrt_mh3(serdata->key_hash, TERN_KEY_HASH_SIZE_BYTES,
		                  sertype->serdata_basehash);
	}
	return serdata;
}

static void serdata_free(struct ddsi_serdata *base)
{
	struct serdata *serdata = (struct serdata *)base;
	if (serdata->payload == &serdata->received) {
		/* The block stays as long as somebody reads the payload. */
		tern_payload_unref(&serdata->received);
		return;
	}
	tern_payload_unref(serdata->payload);
	free(serdata);
}

/* ---- in ------------------------------------------------------------------------------ */

/* PLAIN, PL and DELIMITED of both versions, both byte orders (XTypes 1.3, 7.6.3.1.2). */
static bool is_known_representation(const uint8_t *bytes)
{
	return bytes[0] == 0 &&
	       (bytes[1] <= 0x03 || (bytes[1] >= 0x06 && bytes[1] <= 0x0b));
}

/* Finds the key of the bytes that were received, and sets whether they can be used at all.
 * What cannot is kept until the reader history has counted it: a sample that vanished here
 * would be lost in silence. */
static void finish_received(struct serdata *serdata, size_t size_bytes)
{
	const struct tern_type *type = ((const struct sertype *)serdata->base.type)->type;
	bool key_only = serdata->base.kind == SDK_KEY;

	if (size_bytes < HEADER_SIZE_BYTES || !is_known_representation(serdata->bytes))
		serdata->malformed = "its representation header is none that is known";
	serdata->received = (struct tern_payload){
		.references = 1,
		.form = TERN_PAYLOAD_SERIALIZED,
		.key_only = key_only,
		.data = serdata->bytes,
		.size_bytes = size_bytes,
		.type = type,
		.release = release_block,
	};
	serdata->payload = &serdata->received;
	if (!serdata->malformed && is_keyed(type)) {
		if (type->codec->payload_key_hash(type, serdata->bytes, size_bytes,
		                                  key_only, serdata->key_hash) != TERN_OK)
			serdata->malformed = "its key cannot be decoded";
		else
			serdata->base.hash =
				ddsrt_mh3(serdata->key_hash, TERN_KEY_HASH_SIZE_BYTES,
			                  serdata->base.type->serdata_basehash);
	}
}

static uint64_t sequence_number_of(const struct nn_rdata *fragment)
{
	const Data_DataFrag_common_t *submessage =
		(const Data_DataFrag_common_t *)NN_RMSG_PAYLOADOFF(
			fragment->rmsg, NN_RDATA_SUBMSG_OFF(fragment));
	return (uint64_t)(uint32_t)submessage->writerSN.high << 32 |
	       submessage->writerSN.low;
}

static struct ddsi_serdata *serdata_from_ser(const struct ddsi_sertype *sertype,
                                             enum ddsi_serdata_kind kind,
                                             const struct nn_rdata *fragments,
                                             size_t size_bytes)
{
	struct serdata *serdata = tern__serdata_create(sertype, kind, NULL, size_bytes);
	if (!serdata)
		return NULL;
	serdata->sequence_number = sequence_number_of(fragments);
	size_t have_bytes = 0;
	for (const struct nn_rdata *f = fragments; f; f = f->nextfrag) {
		if (f->maxp1 <= have_bytes)
			continue; /* repeats what is here */
		const unsigned char *from =
			NN_RMSG_PAYLOADOFF(f->rmsg, NN_RDATA_PAYLOAD_OFF(f));
		size_t end = f->maxp1 < size_bytes ? f->maxp1 : size_bytes;
		memcpy(serdata->bytes + have_bytes, from + (have_bytes - f->min),
		       end - have_bytes);
		have_bytes = end;
	}
	finish_received(serdata, have_bytes);
	return &serdata->base;
}

static struct ddsi_serdata *serdata_from_ser_iov(const struct ddsi_sertype *sertype,
                                                 enum ddsi_serdata_kind kind,
                                                 ddsrt_msg_iovlen_t count,
                                                 const ddsrt_iovec_t *parts,
                                                 size_t size_bytes)
{
	struct serdata *serdata = tern__serdata_create(sertype, kind, NULL, size_bytes);
	if (!serdata)
		return NULL;
	size_t have_bytes = 0;
	for (ddsrt_msg_iovlen_t i = 0; i < count; i++) {
		size_t part_bytes = parts[i].iov_len;
		if (part_bytes > size_bytes - have_bytes)
			part_bytes = size_bytes - have_bytes;
		memcpy(serdata->bytes + have_bytes, parts[i].iov_base, part_bytes);
		have_bytes += part_bytes;
	}
	finish_received(serdata, have_bytes);
	return &serdata->base;
}

/* RTI Connext and Fast DDS dispose of an instance by its key hash alone. */
static struct ddsi_serdata *serdata_from_keyhash(const struct ddsi_sertype *sertype,
                                                 const struct ddsi_keyhash *hash)
{
	struct serdata *serdata =
		tern__serdata_create(sertype, SDK_KEY, (const uint8_t *)hash->value, 0);
	return serdata ? &serdata->base : NULL;
}

/* ---- out ----------------------------------------------------------------------------- */

static uint32_t serdata_size(const struct ddsi_serdata *base)
{
	const struct serdata *serdata = (const struct serdata *)base;
	return serdata->payload ? (uint32_t)serdata->payload->size_bytes : 0;
}

static void serdata_to_ser(const struct ddsi_serdata *base, size_t offset,
                           size_t size_bytes, void *to)
{
	const struct serdata *serdata = (const struct serdata *)base;
	const uint8_t *from = serdata->payload->data;
	size_t left_bytes = serdata->payload->size_bytes - offset;
	size_t copy_bytes = size_bytes < left_bytes ? size_bytes : left_bytes;
	memcpy(to, from + offset, copy_bytes);
	memset((uint8_t *)to + copy_bytes, 0, size_bytes - copy_bytes);
}

static struct ddsi_serdata *serdata_to_ser_ref(const struct ddsi_serdata *base,
                                               size_t offset, size_t size_bytes,
                                               ddsrt_iovec_t *ret_part)
{
	const struct serdata *serdata = (const struct serdata *)base;
	/* Cyclone asks in whole words, and an encoding has no others. */
	ret_part->iov_base = (uint8_t *)(uintptr_t)serdata->payload->data + offset;
	ret_part->iov_len = size_bytes;
	return ddsi_serdata_ref(base);
}

static void serdata_to_ser_unref(struct ddsi_serdata *base, const ddsrt_iovec_t *part)
{
	(void)part;
	ddsi_serdata_unref(base);
}

dds_return_t tern__cyclone_write(dds_entity_t writer, struct ddsi_sertype *sertype,
                                 struct tern__instances *instances,
                                 const struct tern_outgoing *outgoing,
                                 struct tern_payload *payload)
{
	const uint8_t *key_hash = is_keyed(outgoing->type) ? outgoing->key_hash : NULL;
	struct serdata *serdata = tern__serdata_create(
		sertype, payload->key_only ? SDK_KEY : SDK_DATA, key_hash, 0);
	if (!serdata)
		return DDS_RETCODE_OUT_OF_RESOURCES;
	serdata->payload = tern_payload_ref(payload);
	serdata->base.timestamp.v = outgoing->source_timestamp_ns;
	/* tern_change_kind has the bits of RTPS StatusInfo_t, and so has Cyclone. */
	serdata->base.statusinfo = (uint32_t)outgoing->kind;
	tern__instances_keep_sample(instances, &serdata->base);
	return dds_forwardcdr(writer,
	                      &serdata->base); /* takes the reference, come what may */
}

/* ---- keys ---------------------------------------------------------------------------- */

static bool serdata_eqkey(const struct ddsi_serdata *a, const struct ddsi_serdata *b)
{
	return memcmp(((const struct serdata *)a)->key_hash,
	              ((const struct serdata *)b)->key_hash,
	              TERN_KEY_HASH_SIZE_BYTES) == 0;
}

static struct ddsi_serdata *serdata_to_untyped(const struct ddsi_serdata *base)
{
	const struct serdata *from = (const struct serdata *)base;
	struct serdata *key =
		tern__serdata_create(base->type, SDK_KEY, from->key_hash, 0);
	if (!key)
		abort(); /* as all of Cyclone does without memory: its callers cannot fail */
	key->base.hash = base->hash;
	key->base.type = NULL; /* the map outlives the topic */
	return &key->base;
}

static void serdata_get_keyhash(const struct ddsi_serdata *base,
                                struct ddsi_keyhash *ret_hash, bool force_md5)
{
	const struct serdata *serdata = (const struct serdata *)base;
	if (!force_md5) {
		memcpy(ret_hash->value, serdata->key_hash, TERN_KEY_HASH_SIZE_BYTES);
		return;
	}
	/* DDS Security wants a digest where the hash would be the key itself. */
	ddsrt_md5_state_t digest;
	ddsrt_md5_init(&digest);
	ddsrt_md5_append(&digest, serdata->key_hash, TERN_KEY_HASH_SIZE_BYTES);
	ddsrt_md5_finish(&digest, (ddsrt_md5_byte_t *)ret_hash->value);
}

/* ---- what nobody needs --------------------------------------------------------------- */

static struct ddsi_serdata *serdata_from_sample(const struct ddsi_sertype *sertype,
                                                enum ddsi_serdata_kind kind,
                                                const void *sample)
{
	(void)sertype;
	(void)kind;
	(void)sample;
	return NULL; /* core encodes */
}

static bool serdata_to_sample(const struct ddsi_serdata *base, void *sample,
                              void **buffer, void *buffer_end)
{
	(void)base;
	(void)sample;
	(void)buffer;
	(void)buffer_end;
	return false; /* core decodes */
}

static bool serdata_untyped_to_sample(const struct ddsi_sertype *sertype,
                                      const struct ddsi_serdata *base, void *sample,
                                      void **buffer, void *buffer_end)
{
	(void)sertype;
	return serdata_to_sample(base, sample, buffer, buffer_end);
}

/* For Cyclone's trace. */
static size_t serdata_print(const struct ddsi_sertype *sertype,
                            const struct ddsi_serdata *base, char *text,
                            size_t size_bytes)
{
	(void)sertype;
	int length = snprintf(text, size_bytes, "(%u bytes)", serdata_size(base));
	return length < 0 ? 0 : (size_t)length;
}

const struct ddsi_serdata_ops tern__serdata_ops = {
	.eqkey = serdata_eqkey,
	.get_size = serdata_size,
	.from_ser = serdata_from_ser,
	.from_ser_iov = serdata_from_ser_iov,
	.from_keyhash = serdata_from_keyhash,
	.from_sample = serdata_from_sample,
	.to_ser = serdata_to_ser,
	.to_ser_ref = serdata_to_ser_ref,
	.to_ser_unref = serdata_to_ser_unref,
	.to_sample = serdata_to_sample,
	.to_untyped = serdata_to_untyped,
	.untyped_to_sample = serdata_untyped_to_sample,
	.free = serdata_free,
	.print = serdata_print,
	.get_keyhash = serdata_get_keyhash,
};
