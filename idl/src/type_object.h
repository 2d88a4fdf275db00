/* Reading XTypes type information: which type is meant, and where the description of each type
 * lies in a type mapping. Bytes come from anybody. Source: DDS-XTypes 1.3, 7.3.4 and 7.6.3. */
#ifndef TERN_IDL_TYPE_OBJECT_H
#define TERN_IDL_TYPE_OBJECT_H

#include <tern/cdr.h>

enum { TYPE_HASH_SIZE_BYTES = 14 };

/** EquivalenceKind, TypeKind and TypeIdentifierKind: the first byte of an identifier or object. */
enum {
	TI_BOOLEAN = 0x01,
	TI_BYTE = 0x02,
	TI_INT16 = 0x03,
	TI_INT32 = 0x04,
	TI_INT64 = 0x05,
	TI_UINT16 = 0x06,
	TI_UINT32 = 0x07,
	TI_UINT64 = 0x08,
	TI_FLOAT32 = 0x09,
	TI_FLOAT64 = 0x0a,
	TI_FLOAT128 = 0x0b,
	TI_INT8 = 0x0c,
	TI_UINT8 = 0x0d,
	TI_CHAR8 = 0x10,
	TI_CHAR16 = 0x11,
	TI_ALIAS = 0x30,
	TI_ENUM = 0x40,
	TI_BITMASK = 0x41,
	TI_ANNOTATION = 0x50,
	TI_STRUCTURE = 0x51,
	TI_UNION = 0x52,
	TI_BITSET = 0x53,
	TI_SEQUENCE = 0x60,
	TI_ARRAY = 0x61,
	TI_MAP = 0x62,
	TI_STRING8_SMALL = 0x70,
	TI_STRING8_LARGE = 0x71,
	TI_STRING16_SMALL = 0x72,
	TI_STRING16_LARGE = 0x73,
	TI_PLAIN_SEQUENCE_SMALL = 0x80,
	TI_PLAIN_SEQUENCE_LARGE = 0x81,
	TI_PLAIN_ARRAY_SMALL = 0x90,
	TI_PLAIN_ARRAY_LARGE = 0x91,
	TI_PLAIN_MAP_SMALL = 0xa0,
	TI_PLAIN_MAP_LARGE = 0xa1,
	TI_STRONGLY_CONNECTED = 0xb0,
	TI_MINIMAL = 0xf1,
	TI_COMPLETE = 0xf2,
	TI_STRING8_KIND = 0x20,
};

/** One described type: a CompleteTypeObject in the mapping. */
struct type_object {
	uint8_t hash[TYPE_HASH_SIZE_BYTES];
	const uint8_t *at; /* behind the DHEADER of TypeObject */
	const uint8_t *end;
	const void *made; /* the builder's */
	bool is_building; /* the builder's: met again, it contains itself */
};

struct type_objects {
	struct type_object *objects; /* free() */
	uint32_t count;
	const uint8_t *body; /* the mapping */
};

/** A cursor over a blob that begins here, in XCDR2 little-endian, without a header. */
struct tern_cdr_reader type_object_cursor(const uint8_t *bytes, size_t size_bytes,
                                          const char *what);

/**
 * Find the complete type objects in a type mapping.
 * @return TERN_OK, TERN_EMALFORMED, TERN_ENOMEM
 */
tern_status type_objects_find(struct type_objects *objects, const uint8_t *mapping,
                              size_t size_bytes);
void type_objects_fini(struct type_objects *objects);

/** @return NULL: not described */
struct type_object *type_objects_get(const struct type_objects *objects,
                                     const uint8_t hash[TYPE_HASH_SIZE_BYTES]);

/** The hash of the complete type that a TypeInformation is about. TERN_OK, TERN_EMALFORMED. */
tern_status type_information_hash(const uint8_t *information, size_t size_bytes,
                                  uint8_t ret_hash[TYPE_HASH_SIZE_BYTES]);

#endif
