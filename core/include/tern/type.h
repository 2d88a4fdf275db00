/* What Tern knows of a type: one table that drives encoding, matching, printing and tools.
 * ternc writes it; nobody fills it in by hand. Source: DDS-XTypes 1.3, 7.2 and 7.4. */
#ifndef TERN_TYPE_H
#define TERN_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tern/api.h>
#include <tern/status.h>

TERN_BEGIN_DECLS

/** Changes whenever a struct of this header changes shape; checked at each endpoint's creation. */
#define TERN_TYPE_ABI 2

#define TERN_KEY_HASH_SIZE_BYTES 16

/** XTypes type kinds (7.3.1.2) that C programs can hold. */
typedef enum tern_type_kind {
	TERN_KIND_BOOLEAN = 1, /* bool */
	TERN_KIND_BYTE,        /* octet: uint8_t */
	TERN_KIND_CHAR8,       /* char */
	TERN_KIND_INT8,
	TERN_KIND_UINT8,
	TERN_KIND_INT16,
	TERN_KIND_UINT16,
	TERN_KIND_INT32,
	TERN_KIND_UINT32,
	TERN_KIND_INT64,
	TERN_KIND_UINT64,
	TERN_KIND_FLOAT32,
	TERN_KIND_FLOAT64,
	TERN_KIND_STRING8, /* unbounded: char *; bounded: char[bound + 1] */
	TERN_KIND_ENUM,    /* a C enum: 4 bytes */
	TERN_KIND_BITMASK, /* uint8_t, 16, 32 or 64 by bit_bound */
	TERN_KIND_STRUCTURE,
	TERN_KIND_UNION,    /* struct { discriminator _d; union { ... } _u; } */
	TERN_KIND_SEQUENCE, /* struct tern_sequence, with the element's pointer type */
	TERN_KIND_ARRAY,    /* element[count]...; all dimensions flattened */
} tern_type_kind;

typedef enum tern_extensibility {
	TERN_FINAL,
	TERN_APPENDABLE,
	TERN_MUTABLE,
} tern_extensibility;

/** How a sample is written on the wire (XTypes 7.4). */
typedef enum tern_representation {
	TERN_XCDR1 = 0, /* the values are those of the DataRepresentation QoS policy */
	TERN_XCDR2 = 2,
} tern_representation;

/** Every IDL sequence has this layout (the IDL to C mapping as idlc has it). */
struct tern_sequence {
	uint32_t _maximum; /* elements that fit in _buffer */
	uint32_t _length;  /* elements in use */
	void *_buffer;
	bool _release; /* true: the buffer belongs to the sample and is freed with it */
};

/** A constant in a table: default, range end, case label. */
struct tern_value {
	enum {
		TERN_VALUE_NONE,
		TERN_VALUE_INT64,
		TERN_VALUE_UINT64,
		TERN_VALUE_FLOAT64,
		TERN_VALUE_BOOLEAN,
		TERN_VALUE_STRING,
	} kind;
	union {
		int64_t i;
		uint64_t u;
		double f;
		bool b;
		const char *s;
	} as;
};

struct tern_type;

/** A literal of an enum, or a flag of a bitmask. */
struct tern_literal {
	const char *name;
	int64_t value; /* enum: the value; bitmask: the bit's position, 0..63 */
	bool is_default;
};

enum {
	TERN_MEMBER_KEY = 1u << 0,
	TERN_MEMBER_OPTIONAL = 1u << 1, /* held by pointer, NULL = absent */
	TERN_MEMBER_EXTERNAL = 1u << 2, /* held by pointer, never NULL when written */
	TERN_MEMBER_MUST_UNDERSTAND = 1u << 3,
	TERN_MEMBER_DEFAULT_CASE = 1u << 4, /* union: chosen by every label not named */
};

/** A member of a structure or a case of a union. */
struct tern_member {
	const char *name;
	const struct tern_type *type;
	uint32_t id;    /* XTypes member id, 0..2^28 - 1 */
	uint32_t flags; /* TERN_MEMBER_... */
	size_t offset; /* from the start of the C struct; for a case: of the union's value */
	const char *unit;          /* @unit, or NULL */
	struct tern_value min;     /* @range, @min */
	struct tern_value max;     /* @range, @max */
	struct tern_value initial; /* @default */
	const int64_t *labels;     /* union: the case's labels */
	uint32_t label_count;
};

/** Bytes that grow as they are written. Memory is malloc's. Zero-initialise to begin. */
struct tern_buffer {
	uint8_t *data;
	size_t size_bytes;
	size_t capacity_bytes;
};

/**
 * Code for one type, straight-line or, for types made at run time, driven by the table: each
 * function is given the type whose codec it is. A *payload* is the RTPS serialized payload: 4 bytes of
 * encapsulation header (RTPS 2.5, 10.2: representation and padding), then the body.
 * "key_only" is the key-only payload that dispose and unregister carry: the key members alone,
 * in member id order of definition, under the same header.
 * No function keeps a pointer to what it was given. All are thread-safe.
 */
struct tern_codec {
	/**
	 * Append one payload to an empty buffer, native byte order, padded to a multiple of 4;
	 * the header counts the padding (XTypes 1.3, 7.6.3.1.2).
	 * @return TERN_OK, TERN_ENOMEM, TERN_EINVAL (a bound or range is broken: the text names the
	 *         member), TERN_EUNSUPPORTED (this representation cannot carry the type)
	 */
	tern_status (*encode)(const struct tern_type *type, const void *sample,
	                      tern_representation representation, bool key_only,
	                      struct tern_buffer *payload);
	/**
	 * Read one payload of either representation and byte order into zeroed memory of the type.
	 * Members that the payload does not carry get their default. On failure nothing is left
	 * allocated and the memory is zero again.
	 * @return TERN_OK, TERN_ENOMEM, TERN_EMALFORMED (the text gives the offset)
	 */
	tern_status (*decode)(const struct tern_type *type, const uint8_t *payload,
	                      size_t size_bytes, bool key_only, void *ret_sample);
	/**
	 * The instance of a payload, without decoding it whole.
	 * ret_hash: see key_hash. Absent for types without a key.
	 */
	tern_status (*payload_key_hash)(const struct tern_type *type,
	                                const uint8_t *payload, size_t size_bytes,
	                                bool key_only,
	                                uint8_t ret_hash[TERN_KEY_HASH_SIZE_BYTES]);
	/**
	 * RTPS key hash (RTPS 2.5, 9.6.4.8): the big-endian XCDR key if no key can be longer than
	 * 16 bytes, else its MD5. Absent for types without a key.
	 */
	tern_status (*key_hash)(const struct tern_type *type, const void *sample,
	                        uint8_t ret_hash[TERN_KEY_HASH_SIZE_BYTES]);
	/** <0, 0, >0 by the key members in turn. Absent for types without a key. */
	int (*key_compare)(const struct tern_type *type, const void *a, const void *b);
	/** Deep copy into zeroed memory; on failure it is zero again. TERN_OK, TERN_ENOMEM, TERN_EINVAL. */
	tern_status (*copy)(const struct tern_type *type, const void *sample,
	                    void *ret_sample);
	/** Free what the sample's members point to and zero it; not the struct itself. NULL is fine. */
	void (*fini)(const struct tern_type *type, void *sample);
};

/** XTypes 1.3, 7.6.3.2: serialized by idlc's own code, XCDR2 little-endian. */
struct tern_xtypes {
	const uint8_t *type_information;
	size_t type_information_size_bytes;
	const uint8_t *type_mapping;
	size_t type_mapping_size_bytes;
};

enum {
	TERN_TYPE_KEYED = 1u << 0,
	TERN_TYPE_NESTED = 1u << 1, /* @nested: not meant as a topic */
	TERN_TYPE_FLAT = 1u << 2,   /* no pointers anywhere: memcpy copies it */
	TERN_TYPE_XCDR1 =
		1u << 3, /* may travel as XCDR1: the whole tree is @final, no @optional */
	TERN_TYPE_KEY_FITS_HASH = 1u
	                          << 4, /* the key hash is the key itself, not its MD5 */
	TERN_TYPE_NUMBERS = 1u << 5,    /* flat, and any bytes are a value of it */
};

struct tern_type {
	uint32_t abi;   /* TERN_TYPE_ABI */
	uint32_t flags; /* TERN_TYPE_... */
	tern_type_kind kind;
	tern_extensibility extensibility;
	const char *name;  /* "vehicle::Pose"; NULL for an anonymous sequence or array */
	size_t size_bytes; /* of the C type */
	size_t alignment_bytes;
	uint32_t
		bound; /* string, sequence: 0 = unbounded; array: elements in all; enum, bitmask: bits */
	uint32_t dimension_count;   /* array */
	const uint32_t *dimensions; /* array: outermost first */
	const struct tern_type
		*element; /* sequence, array: of what; union: its discriminator */
	const struct tern_type
		*base; /* structure: what it inherits, at offset 0, or NULL */
	const struct tern_member
		*members; /* structure: its own, base's not repeated; union: its cases */
	uint32_t member_count;
	const struct tern_literal *literals; /* enum, bitmask */
	uint32_t literal_count;
	uint64_t
		layout_hash; /* equal if and only if two programs lay the C struct out alike */
	const struct tern_codec *codec;   /* structures and unions; NULL for others */
	const struct tern_xtypes *xtypes; /* or NULL where there is none */
};

/**
 * A zeroed sample of the type, its members at their @default.
 * @return owned by the caller, free with tern_sample_destroy(); NULL if there is no memory
 * Threads: any.
 */
TERN_API void *tern_sample_create(const struct tern_type *type);

/** Free a sample and what its members point to. NULL is fine. Threads: any. */
TERN_API void tern_sample_destroy(const struct tern_type *type, void *sample);

TERN_END_DECLS

#endif
