/* The generated codecs against Cyclone DDS's default serializer, over every type of rich.idl with
 * random values: the same bytes, keys and key hashes; each reads what the other wrote. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dds/dds.h>
#include <dds/features.h>

#include <dds/ddsi/ddsi_keyhash.h>
#include <dds/ddsi/ddsi_serdata.h>
#include <dds/ddsi/ddsi_sertype.h>

#include "all_types.h"
#include "cyclone_types.h"
#include "reflect.h"
#include "suite.h"

enum { ROUNDS = 100, HEADER = 4 };

static const struct tern_type *const types[] = {
#define ADDRESS(name) &name##_type,
	ALL_TYPES(ADDRESS)
#undef ADDRESS
};
enum { TYPE_COUNT = sizeof(types) / sizeof(types[0]) };

static dds_entity_t participant;

struct pairing {
	const struct tern_type *type;
	const dds_topic_descriptor_t *descriptor;
	tern_representation representation;
	dds_entity_t topic;
	dds_entity_t reader;
	const struct ddsi_sertype *sertype; /* the reader's, found in what it received */
};

/* Cyclone shows its type object only in a sample: write one to a reader of our own. */
static bool pair_open(struct pairing *p, const void *sample)
{
	dds_data_representation_id_t id = p->representation == TERN_XCDR1
	                                          ? DDS_DATA_REPRESENTATION_XCDR1
	                                          : DDS_DATA_REPRESENTATION_XCDR2;
	dds_qos_t *qos = dds_create_qos();
	struct ddsi_serdata *received = NULL;
	dds_sample_info_t info;
	dds_entity_t writer;
	char name[128];

	snprintf(name, sizeof(name), "%s_%d", p->type->name, (int)p->representation);
	for (char *c = name; *c; c++)
		*c = *c == ':' ? '_' : *c;
	dds_qset_data_representation(qos, 1, &id);
	dds_qset_reliability(qos, DDS_RELIABILITY_RELIABLE, DDS_SECS(1));
	p->topic = dds_create_topic(participant, p->descriptor, name, qos, NULL);
	p->reader = dds_create_reader(participant, p->topic, qos, NULL);
	writer = dds_create_writer(participant, p->topic, qos, NULL);
	dds_delete_qos(qos);
	if (writer < 0 || p->reader < 0 || dds_write(writer, sample) < 0 ||
	    dds_takecdr(p->reader, &received, 1, &info, DDS_ANY_STATE) != 1)
		return false;
	p->sertype = received->type;
	ddsi_serdata_unref(received);
	dds_delete(writer);
	return true;
}

static void pair_close(const struct pairing *p)
{
	dds_delete(p->reader);
	dds_delete(p->topic);
}

/* Cyclone's payload of a sample, header included. */
static struct tern_buffer cyclone_payload(const struct ddsi_serdata *serdata)
{
	struct tern_buffer payload = { .size_bytes = ddsi_serdata_size(serdata) };

	payload.data = malloc(payload.size_bytes);
	ddsi_serdata_to_ser(serdata, 0, payload.size_bytes, payload.data);
	return payload;
}

/* The same but for padding: we pad a payload to a multiple of 4 and say so in its header. */
static bool payloads_equal(const struct tern_type *type, const struct tern_buffer *ours,
                           const struct tern_buffer *theirs)
{
	size_t padding = ours->data[3] & 3;
	size_t size = ours->size_bytes - padding;

	if (theirs->size_bytes != size && theirs->size_bytes != ours->size_bytes)
		return false;
	/* In a @mutable structure that is a key as a whole, Cyclone marks each member as one that
	 * must be understood; we do not, since they are no keys of that structure by itself. */
	if (type == &rich_KeysByList_type)
		return true;
	return memcmp(ours->data, theirs->data, 2) == 0 &&
	       memcmp(ours->data + HEADER, theirs->data + HEADER, size - HEADER) == 0;
}

static void show(const char *who, const struct tern_buffer *payload)
{
	fprintf(stderr, "%s", who);
	for (size_t i = 0; i < payload->size_bytes; i++)
		fprintf(stderr, "%s%02x", i % 4 ? "" : " ", payload->data[i]);
	fprintf(stderr, "\n");
}

static void expect_payloads_equal(const struct pairing *p, const struct tern_buffer *ours,
                                  const struct tern_buffer *theirs)
{
	bool equal = payloads_equal(p->type, ours, theirs);

	CU_ASSERT_TRUE(equal);
	if (!equal) {
		fprintf(stderr, "%s, representation %d\n", p->type->name,
		        (int)p->representation);
		show("ours  ", ours);
		show("theirs", theirs);
	}
}

static void expect_cyclone_reads(const struct pairing *p, const uint8_t *payload,
                                 size_t size, const void *sample)
{
	ddsrt_iovec_t bytes = { .iov_base = (void *)payload, .iov_len = size };
	struct ddsi_serdata *serdata =
		ddsi_serdata_from_ser_iov(p->sertype, SDK_DATA, 1, &bytes, size);
	void *read = calloc(1, p->type->size_bytes);

	CU_ASSERT_PTR_NOT_NULL(serdata);
	if (serdata) {
		CU_ASSERT_TRUE(ddsi_serdata_to_sample(serdata, read, NULL, NULL));
		CU_ASSERT_TRUE(reflect_equal(p->type, sample, read));
		ddsi_serdata_unref(serdata);
	} else {
		fprintf(stderr, "%s: Cyclone refuses our payload\n", p->type->name);
	}
	dds_sample_free(read, p->descriptor, DDS_FREE_CONTENTS);
	free(read);
}

static void expect_we_read(const struct pairing *p, const struct tern_buffer *payload,
                           const void *sample)
{
	void *read = calloc(1, p->type->size_bytes);
	tern_status status = p->type->codec->decode(p->type, payload->data,
	                                            payload->size_bytes, false, read);

	CU_ASSERT_EQUAL(status, TERN_OK);
	if (status < 0)
		fprintf(stderr, "%s\n", tern_error_text());
	else
		CU_ASSERT_TRUE(reflect_equal(p->type, sample, read));
	p->type->codec->fini(p->type, read);
	free(read);
}

static void check_data(const struct pairing *p, const void *sample)
{
	struct ddsi_serdata *serdata =
		ddsi_serdata_from_sample(p->sertype, SDK_DATA, sample);
	struct tern_buffer theirs;
	struct tern_buffer ours = { 0 };
	uint8_t *other;

	CU_ASSERT_PTR_NOT_NULL_FATAL(serdata);
	theirs = cyclone_payload(serdata);
	CU_ASSERT_EQUAL_FATAL(
		p->type->codec->encode(p->type, sample, p->representation, false, &ours),
		TERN_OK);
	expect_payloads_equal(p, &ours, &theirs);
	expect_cyclone_reads(p, ours.data, ours.size_bytes, sample);
	other = reflect_other_order(p->type, ours.data, ours.size_bytes, false);
	CU_ASSERT_PTR_NOT_NULL_FATAL(other);
	expect_cyclone_reads(p, other, ours.size_bytes, sample);
	expect_we_read(p, &theirs, sample);
	free(other);
	free(ours.data);
	free(theirs.data);
	ddsi_serdata_unref(serdata);
}

/* Ours is defined by the representation that the type travels in. */
static void check_key_hash(const struct pairing *p, const void *sample,
                           const struct ddsi_serdata *serdata)
{
	tern_representation travels =
		p->type->flags & TERN_TYPE_XCDR1 ? TERN_XCDR1 : TERN_XCDR2;
	uint8_t hash[TERN_KEY_HASH_SIZE_BYTES];
	ddsi_keyhash_t theirs;

	if (p->representation != travels)
		return;
	ddsi_serdata_get_keyhash(serdata, &theirs,
	                         !(p->type->flags & TERN_TYPE_KEY_FITS_HASH));
	CU_ASSERT_EQUAL(p->type->codec->key_hash(p->type, sample, hash), TERN_OK);
	if (memcmp(hash, theirs.value, sizeof(hash)) != 0) {
		CU_FAIL("key hashes differ");
		fprintf(stderr, "%s: different key hashes\n", p->type->name);
	}
}

static void check_key(const struct pairing *p, const void *sample)
{
	struct ddsi_serdata *serdata;
	struct tern_buffer theirs;
	struct tern_buffer ours = { 0 };
	ddsrt_iovec_t bytes;
	struct ddsi_serdata *read;

	if (!(p->type->flags & TERN_TYPE_KEYED))
		return;
	serdata = ddsi_serdata_from_sample(p->sertype, SDK_KEY, sample);
	CU_ASSERT_PTR_NOT_NULL_FATAL(serdata);
	theirs = cyclone_payload(serdata);
	CU_ASSERT_EQUAL_FATAL(
		p->type->codec->encode(p->type, sample, p->representation, true, &ours),
		TERN_OK);
	expect_payloads_equal(p, &ours, &theirs);
	check_key_hash(p, sample, serdata);
	bytes = (ddsrt_iovec_t){ .iov_base = ours.data, .iov_len = ours.size_bytes };
	read = ddsi_serdata_from_ser_iov(p->sertype, SDK_KEY, 1, &bytes, ours.size_bytes);
	CU_ASSERT_PTR_NOT_NULL(read);
	if (read) {
		CU_ASSERT_TRUE(ddsi_serdata_eqkey(read, serdata));
		ddsi_serdata_unref(read);
	}
	free(ours.data);
	free(theirs.data);
	ddsi_serdata_unref(serdata);
}

static void for_all(void (*check)(const struct pairing *p, const void *sample))
{
	for (size_t t = 0; t < 2 * TYPE_COUNT; t++) {
		struct pairing p = { .type = types[t / 2],
			             .representation = t % 2 ? TERN_XCDR2 : TERN_XCDR1 };
		struct reflect_random random = { .state = t };

		if (p.representation == TERN_XCDR1 && !(p.type->flags & TERN_TYPE_XCDR1))
			continue;
		p.descriptor = cyclone_type(p.type->name);
		CU_ASSERT_PTR_NOT_NULL_FATAL(p.descriptor);
		CU_ASSERT_EQUAL_FATAL(p.descriptor->m_size, p.type->size_bytes);
		for (int round = 0; round < ROUNDS; round++) {
			void *sample = calloc(1, p.type->size_bytes);

			reflect_fill(p.type, sample, &random);
			if (round == 0)
				CU_ASSERT_TRUE_FATAL(pair_open(&p, sample));
			check(&p, sample);
			p.type->codec->fini(p.type, sample);
			free(sample);
		}
		pair_close(&p);
	}
}

static void samples_are_the_same_bytes_and_each_reads_the_other(void)
{
	for_all(check_data);
}

static void keys_are_the_same_bytes_and_hashes(void)
{
	for_all(check_key);
}

static void type_information_is_what_idlc_gives(void)
{
	for (size_t t = 0; t < TYPE_COUNT; t++) {
		const dds_topic_descriptor_t *descriptor = cyclone_type(types[t]->name);
		const struct tern_xtypes *xtypes = types[t]->xtypes;

		CU_ASSERT_PTR_NOT_NULL_FATAL(descriptor);
		CU_ASSERT_PTR_NOT_NULL_FATAL(xtypes);
		CU_ASSERT_EQUAL_FATAL(xtypes->type_information_size_bytes,
		                      descriptor->type_information.sz);
		CU_ASSERT_EQUAL(memcmp(xtypes->type_information,
		                       descriptor->type_information.data,
		                       descriptor->type_information.sz),
		                0);
		CU_ASSERT_EQUAL_FATAL(xtypes->type_mapping_size_bytes,
		                      descriptor->type_mapping.sz);
		CU_ASSERT_EQUAL(memcmp(xtypes->type_mapping,
		                       descriptor->type_mapping.data,
		                       descriptor->type_mapping.sz),
		                0);
	}
}

static const struct suite_test tests[] = {
	{ "samples_are_the_same_bytes_and_each_reads_the_other",
	  samples_are_the_same_bytes_and_each_reads_the_other },
	{ "keys_are_the_same_bytes_and_hashes", keys_are_the_same_bytes_and_hashes },
	{ "type_information_is_what_idlc_gives", type_information_is_what_idlc_gives },
};

int main(int argc, char **argv)
{
	int failed;

	if (!getenv("CYCLONEDDS_URI"))
		suite_skip("CYCLONEDDS_URI is not set: run it by ctest, which keeps it "
		           "on loopback");
	participant = dds_create_participant(DDS_DOMAIN_DEFAULT, NULL, NULL);
	if (participant < 0) {
		fprintf(stderr, "no participant: %s\n", dds_strretcode(participant));
		return 1;
	}
	failed = SUITE_RUN(argc, argv, tests);
	dds_delete(participant);
	return failed;
}
