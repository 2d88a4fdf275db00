/* What ternc's generated code stands on: a growing writer and a bounded reader of CDR bodies.
 * Not for applications: they call the functions in struct tern_codec. Source: DDS-XTypes 1.3, 7.4. */
#ifndef TERN_CDR_H
#define TERN_CDR_H

#include <stdlib.h>
#include <string.h>

#include <tern/type.h>

TERN_BEGIN_DECLS

#if defined(__GNUC__)
#define TERN_CDR_UNUSED __attribute__((unused))
#define TERN_CDR_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#else
#define TERN_CDR_UNUSED
#define TERN_CDR_UNLIKELY(condition) (condition)
#endif

/** Where a member lies, for copies that span several members. */
#define TERN_CDR_AT(sample, offset) ((uint8_t *)(sample) + (offset))
#define TERN_CDR_CONST_AT(sample, offset) ((const uint8_t *)(sample) + (offset))

/** The generated code computed the C layout; the compiler confirms it. */
#define TERN_CDR_OFFSET(type, member, bytes)                                             \
	_Static_assert(offsetof(type, member) == (bytes),                                \
	               #type "." #member ": ternc knows LP64 layouts only")
#define TERN_CDR_SIZE(type, bytes)                                                       \
	_Static_assert(sizeof(type) == (bytes), #type ": ternc knows LP64 layouts only")

/* A payload is 4 bytes of encapsulation header, then the body; alignment counts from the body. */
enum { TERN_CDR_HEADER_SIZE_BYTES = 4 };

/* ---- writing ------------------------------------------------------------------------- */

struct tern_cdr_writer {
	uint8_t *data;
	size_t size_bytes;
	size_t capacity_bytes;
	uint32_t align_max; /* 8 in XCDR1, 4 in XCDR2 */
	bool xcdr2;
	bool swap;          /* key functions only: write the other byte order */
	bool borrowed;      /* data is not malloc's; growing leaves it */
	tern_status status; /* why a function returned false */
};

/** Start a payload in `payload`, whose memory the writer takes until tern_cdr_write_end(). */
TERN_API tern_status tern_cdr_write_begin(struct tern_cdr_writer *w,
                                          struct tern_buffer *payload,
                                          const struct tern_type *type,
                                          tern_representation representation);

/** Give the memory back and, if `written`, pad the payload to a multiple of 4. */
TERN_API tern_status tern_cdr_write_end(struct tern_cdr_writer *w,
                                        struct tern_buffer *payload, bool written);

/** Make room for `size_bytes` and 8 more. */
TERN_API bool tern_cdr_grow(struct tern_cdr_writer *w, size_t size_bytes);

TERN_API void tern_cdr_note_write_refused(struct tern_cdr_writer *w, const char *member,
                                          const char *why, uint64_t got, uint64_t limit);
TERN_API void tern_cdr_note_write_null(struct tern_cdr_writer *w, const char *member);

/** A value cannot be written: its bound or range is broken. Returns false. */
static inline bool tern_cdr_write_refused(struct tern_cdr_writer *w, const char *member,
                                          const char *why, uint64_t got, uint64_t limit)
{
	tern_cdr_note_write_refused(w, member, why, got, limit);
	return false;
}

/** An @external member is NULL. Returns false. */
static inline bool tern_cdr_write_null(struct tern_cdr_writer *w, const char *member)
{
	tern_cdr_note_write_null(w, member);
	return false;
}

/**
 * Room for `size_bytes`, aligned; padding before it is zero.
 * @return where to write, or NULL with the writer's status set
 */
static inline uint8_t *tern_cdr_put(struct tern_cdr_writer *w, uint32_t align,
                                    size_t size_bytes)
{
	uint32_t mask = (align > w->align_max ? w->align_max : align) - 1;
	size_t padding = (size_t) - (w->size_bytes - TERN_CDR_HEADER_SIZE_BYTES) & mask;
	uint8_t *at;

	if (TERN_CDR_UNLIKELY(w->capacity_bytes - w->size_bytes < size_bytes + 16) &&
	    !tern_cdr_grow(w, size_bytes + 16))
		return NULL;
	at = w->data + w->size_bytes;
	memset(at, 0, 8); /* the room has 8 bytes to spare: one store instead of a loop */
	w->size_bytes += padding + size_bytes;
	return at + padding;
}

static inline bool tern_cdr_put_u8(struct tern_cdr_writer *w, uint8_t value)
{
	uint8_t *at = tern_cdr_put(w, 1, 1);

	if (!at)
		return false;
	*at = value;
	return true;
}

static inline bool tern_cdr_put_u16(struct tern_cdr_writer *w, uint16_t value)
{
	uint8_t *at = tern_cdr_put(w, 2, 2);

	if (!at)
		return false;
	memcpy(at, &value, 2);
	return true;
}

static inline bool tern_cdr_put_u32(struct tern_cdr_writer *w, uint32_t value)
{
	uint8_t *at = tern_cdr_put(w, 4, 4);

	if (!at)
		return false;
	memcpy(at, &value, 4);
	return true;
}

static inline bool tern_cdr_put_u64(struct tern_cdr_writer *w, uint64_t value)
{
	uint8_t *at = tern_cdr_put(w, 8, 8);

	if (!at)
		return false;
	memcpy(at, &value, 8);
	return true;
}

/** Elements whose layout on the wire is their layout in C. */
static inline bool tern_cdr_put_array(struct tern_cdr_writer *w, uint32_t align,
                                      const void *elements, size_t size_bytes)
{
	uint8_t *at;

	if (size_bytes == 0)
		return true;
	at = tern_cdr_put(w, align, size_bytes);
	if (!at)
		return false;
	memcpy(at, elements, size_bytes);
	return true;
}

static inline bool tern_cdr_put_text(struct tern_cdr_writer *w, const char *text,
                                     size_t length, const char *member)
{
	uint32_t size;
	uint8_t *at;

	if (TERN_CDR_UNLIKELY(length >= UINT32_MAX))
		return tern_cdr_write_refused(w, member, "characters", length,
		                              UINT32_MAX - 1);
	size = (uint32_t)length + 1;
	at = tern_cdr_put(w, 4, 4 + (size_t)size);
	if (!at)
		return false;
	memcpy(at, &size, 4);
	memcpy(at + 4, text, length);
	at[4 + length] = 0;
	return true;
}

/** A string of any length; NULL is the empty string. */
static inline bool tern_cdr_put_string(struct tern_cdr_writer *w, const char *text,
                                       const char *member)
{
	return text ? tern_cdr_put_text(w, text, strlen(text), member)
	            : tern_cdr_put_text(w, "", 0, member);
}

/** A string held in char[bound + 1]. */
static inline bool tern_cdr_put_bounded_string(struct tern_cdr_writer *w,
                                               const char *text, uint32_t bound,
                                               const char *member)
{
	const char *end = (const char *)memchr(text, 0, (size_t)bound + 1);

	if (TERN_CDR_UNLIKELY(!end))
		return tern_cdr_write_refused(w, member, "characters without a final NUL",
		                              (uint64_t)bound + 1, bound);
	return tern_cdr_put_text(w, text, (size_t)(end - text), member);
}

/** The number of elements of a sequence. bound 0: no bound. */
static inline bool tern_cdr_put_length(struct tern_cdr_writer *w, uint32_t length,
                                       const void *elements, uint32_t bound,
                                       const char *member)
{
	if (TERN_CDR_UNLIKELY(bound && length > bound))
		return tern_cdr_write_refused(w, member, "elements", length, bound);
	if (TERN_CDR_UNLIKELY(length && !elements))
		return tern_cdr_write_refused(w, member, "elements in a NULL buffer",
		                              length, 0);
	return tern_cdr_put_u32(w, length);
}

/** Begin what XCDR2 puts a DHEADER before; in XCDR1 nothing is written. */
static inline bool tern_cdr_begin(struct tern_cdr_writer *w, size_t *ret_mark)
{
	*ret_mark = 0;
	if (!w->xcdr2)
		return true;
	if (!tern_cdr_put_u32(w, 0))
		return false;
	*ret_mark = w->size_bytes;
	return true;
}

/** Fill in the size of what began at the mark. */
static inline void tern_cdr_end(struct tern_cdr_writer *w, size_t mark)
{
	uint32_t size = (uint32_t)(w->size_bytes - mark);

	if (mark)
		memcpy(w->data + mark - 4, &size, 4);
}

/** EMHEADER1 of a member whose size its length code tells (XTypes 1.3, 7.4.3.4.2). */
#define TERN_CDR_MUST_UNDERSTAND 0x80000000u
#define TERN_CDR_LENGTH_CODE(code) ((uint32_t)(code) << 28)

/** EMHEADER1 with length code 4 and its NEXTINT; closed by tern_cdr_end(). */
static inline bool tern_cdr_begin_member(struct tern_cdr_writer *w, uint32_t header,
                                         size_t *ret_mark)
{
	return tern_cdr_put_u32(w, header) && tern_cdr_begin(w, ret_mark);
}

/* ---- reading ------------------------------------------------------------------------- */

struct tern_cdr_reader {
	const uint8_t *body; /* alignment counts from here */
	const uint8_t *at;
	const uint8_t *end;  /* of what is being read: payload, DHEADER or member */
	size_t budget_bytes; /* that may still be allocated for this payload */
	uint32_t align_max;
	bool xcdr2;
	bool swap; /* the payload has the other byte order */
	const char *type;
	tern_status status;
};

/** Check the encapsulation header and find the body. */
TERN_API bool tern_cdr_read_begin(struct tern_cdr_reader *r, const struct tern_type *type,
                                  const uint8_t *payload, size_t size_bytes);

TERN_API void tern_cdr_note_read_short(struct tern_cdr_reader *r, const char *member);
TERN_API void tern_cdr_note_read_refused(struct tern_cdr_reader *r, const char *member,
                                         const char *why, uint64_t got, uint64_t limit);
TERN_API void tern_cdr_note_read_missing(struct tern_cdr_reader *r, const char *member);

/** The payload ends within the member. Returns false, as the next two. */
static inline bool tern_cdr_read_short(struct tern_cdr_reader *r, const char *member)
{
	tern_cdr_note_read_short(r, member);
	return false;
}

/** The payload holds what the member's type does not allow. */
static inline bool tern_cdr_read_refused(struct tern_cdr_reader *r, const char *member,
                                         const char *why, uint64_t got, uint64_t limit)
{
	tern_cdr_note_read_refused(r, member, why, got, limit);
	return false;
}

/** A key or @must_understand member is not there. */
static inline bool tern_cdr_read_missing(struct tern_cdr_reader *r, const char *member)
{
	tern_cdr_note_read_missing(r, member);
	return false;
}

TERN_API void tern_cdr_swap_elements(void *elements, size_t element_size_bytes,
                                     size_t count);

static inline size_t tern_cdr_left(const struct tern_cdr_reader *r)
{
	return (size_t)(r->end - r->at);
}

/** `size_bytes` aligned bytes, or NULL if the payload has less. */
static inline const uint8_t *tern_cdr_take(struct tern_cdr_reader *r, uint32_t align,
                                           size_t size_bytes)
{
	uint32_t mask = (align > r->align_max ? r->align_max : align) - 1;
	size_t padding = (size_t) - (r->at - r->body) & mask;
	size_t left = tern_cdr_left(r);
	const uint8_t *at;

	if (TERN_CDR_UNLIKELY(left < padding || left - padding < size_bytes))
		return NULL;
	at = r->at + padding;
	r->at = at + size_bytes;
	return at;
}

static inline uint16_t tern_cdr_swap_u16(uint16_t v)
{
	return (uint16_t)(v << 8 | v >> 8);
}

static inline uint32_t tern_cdr_swap_u32(uint32_t v)
{
	return v << 24 | (v & 0xff00u) << 8 | (v >> 8 & 0xff00u) | v >> 24;
}

static inline uint64_t tern_cdr_swap_u64(uint64_t v)
{
	return (uint64_t)tern_cdr_swap_u32((uint32_t)v) << 32 |
	       tern_cdr_swap_u32((uint32_t)(v >> 32));
}

static inline bool tern_cdr_get_u8(struct tern_cdr_reader *r, uint8_t *ret_value,
                                   const char *member)
{
	const uint8_t *at = tern_cdr_take(r, 1, 1);

	if (!at)
		return tern_cdr_read_short(r, member);
	*ret_value = *at;
	return true;
}

static inline bool tern_cdr_get_u16(struct tern_cdr_reader *r, uint16_t *ret_value,
                                    const char *member)
{
	const uint8_t *at = tern_cdr_take(r, 2, 2);

	if (!at)
		return tern_cdr_read_short(r, member);
	memcpy(ret_value, at, 2);
	if (r->swap)
		*ret_value = tern_cdr_swap_u16(*ret_value);
	return true;
}

static inline bool tern_cdr_get_u32(struct tern_cdr_reader *r, uint32_t *ret_value,
                                    const char *member)
{
	const uint8_t *at = tern_cdr_take(r, 4, 4);

	if (!at)
		return tern_cdr_read_short(r, member);
	memcpy(ret_value, at, 4);
	if (r->swap)
		*ret_value = tern_cdr_swap_u32(*ret_value);
	return true;
}

static inline bool tern_cdr_get_u64(struct tern_cdr_reader *r, uint64_t *ret_value,
                                    const char *member)
{
	const uint8_t *at = tern_cdr_take(r, 8, 8);

	if (!at)
		return tern_cdr_read_short(r, member);
	memcpy(ret_value, at, 8);
	if (r->swap)
		*ret_value = tern_cdr_swap_u64(*ret_value);
	return true;
}

static inline bool tern_cdr_get_boolean(struct tern_cdr_reader *r, bool *ret_value,
                                        const char *member)
{
	uint8_t value;

	if (!tern_cdr_get_u8(r, &value, member))
		return false;
	if (value > 1)
		return tern_cdr_read_refused(r, member, "as a boolean", value, 1);
	*ret_value = value != 0;
	return true;
}

/**
 * Memory for what the payload describes; within a budget, so that few bytes cannot ask for much.
 * zeroed: elements that are filled one by one; without it, all are about to be overwritten.
 */
static inline void *tern_cdr_allocate(struct tern_cdr_reader *r, size_t count,
                                      size_t size_bytes, bool zeroed, const char *member)
{
	void *memory;

	if (TERN_CDR_UNLIKELY(count > r->budget_bytes / size_bytes)) {
		tern_cdr_read_refused(
			r, member, "elements, more than this payload may ask memory for",
			count, r->budget_bytes / size_bytes);
		return NULL;
	}
	r->budget_bytes -= count * size_bytes;
	memory = zeroed ? calloc(count, size_bytes) : malloc(count * size_bytes);
	if (!memory)
		r->status = tern_fail(TERN_ENOMEM, "%s: no memory for %zu bytes", member,
		                      count * size_bytes);
	return memory;
}

/** The characters of a string, within the payload; `*ret_size` counts the final NUL. */
static inline const char *tern_cdr_take_text(struct tern_cdr_reader *r,
                                             uint32_t *ret_size, const char *member)
{
	const uint8_t *text;
	uint32_t size;

	if (!tern_cdr_get_u32(r, &size, member))
		return NULL;
	if (TERN_CDR_UNLIKELY(size > tern_cdr_left(r))) {
		tern_cdr_read_refused(r, member, "characters", size, tern_cdr_left(r));
		return NULL;
	}
	text = r->at;
	if (TERN_CDR_UNLIKELY(size == 0 || text[size - 1] != 0)) {
		tern_cdr_read_refused(r, member, "characters without a final NUL", size,
		                      size);
		return NULL;
	}
	r->at += size;
	*ret_size = size;
	return (const char *)text;
}

static inline bool tern_cdr_get_string(struct tern_cdr_reader *r, char **ret_text,
                                       const char *member)
{
	uint32_t size;
	const char *text = tern_cdr_take_text(r, &size, member);
	char *copy;

	if (!text)
		return false;
	copy = (char *)malloc(size);
	if (!copy) {
		r->status = tern_fail(TERN_ENOMEM, "%s: no memory for %u bytes", member,
		                      (unsigned)size);
		return false;
	}
	memcpy(copy, text, size);
	*ret_text = copy;
	return true;
}

static inline bool tern_cdr_get_bounded_string(struct tern_cdr_reader *r, char *ret_text,
                                               uint32_t bound, const char *member)
{
	uint32_t size;
	const char *text = tern_cdr_take_text(r, &size, member);

	if (!text)
		return false;
	if (TERN_CDR_UNLIKELY(size - 1 > bound))
		return tern_cdr_read_refused(r, member, "characters", size - 1, bound);
	memcpy(ret_text, text, size);
	return true;
}

/** The number of elements; each takes at least `element_min_bytes` (1 or more) in the payload. */
static inline bool tern_cdr_get_length(struct tern_cdr_reader *r, uint32_t *ret_length,
                                       size_t element_min_bytes, uint32_t bound,
                                       const char *member)
{
	uint32_t length;

	if (!tern_cdr_get_u32(r, &length, member))
		return false;
	if (TERN_CDR_UNLIKELY(length > tern_cdr_left(r) / element_min_bytes))
		return tern_cdr_read_refused(r, member, "elements", length,
		                             tern_cdr_left(r) / element_min_bytes);
	if (TERN_CDR_UNLIKELY(bound && length > bound))
		return tern_cdr_read_refused(r, member, "elements", length, bound);
	*ret_length = length;
	return true;
}

/** Primitive elements; the other byte order is turned in place. */
static inline bool tern_cdr_get_array(struct tern_cdr_reader *r, void *ret_elements,
                                      size_t element_size_bytes, size_t count,
                                      const char *member)
{
	const uint8_t *at;

	if (count == 0)
		return true;
	at = tern_cdr_take(r, (uint32_t)element_size_bytes, element_size_bytes * count);
	if (!at)
		return tern_cdr_read_short(r, member);
	memcpy(ret_elements, at, element_size_bytes * count);
	if (r->swap)
		tern_cdr_swap_elements(ret_elements, element_size_bytes, count);
	return true;
}

/** Boolean elements: each byte must be 0 or 1. */
TERN_API bool tern_cdr_get_booleans(struct tern_cdr_reader *r, bool *ret_elements,
                                    size_t count, const char *member);

/** Step over primitive elements. */
static inline bool tern_cdr_skip(struct tern_cdr_reader *r, uint32_t align,
                                 size_t size_bytes, const char *member)
{
	return size_bytes == 0 || tern_cdr_take(r, align, size_bytes) ||
	       tern_cdr_read_short(r, member);
}

static inline bool tern_cdr_skip_string(struct tern_cdr_reader *r, const char *member)
{
	uint32_t size;

	return tern_cdr_take_text(r, &size, member) != NULL;
}

/** Enter what XCDR2 puts a DHEADER before: r->end becomes its end. */
static inline bool tern_cdr_enter(struct tern_cdr_reader *r, const uint8_t **ret_outer,
                                  const char *member)
{
	uint32_t size;

	*ret_outer = r->end;
	if (!r->xcdr2)
		return true;
	if (!tern_cdr_get_u32(r, &size, member))
		return false;
	if (TERN_CDR_UNLIKELY(size > tern_cdr_left(r)))
		return tern_cdr_read_refused(r, member, "bytes", size, tern_cdr_left(r));
	r->end = r->at + size;
	return true;
}

/**
 * Does a DHEADER stand here that spans all that is left, but for padding? Tells a key-only payload
 * in the type's own format from one of plain keys.
 */
static inline bool tern_cdr_is_delimited(const struct tern_cdr_reader *r)
{
	struct tern_cdr_reader ahead = *r;
	uint32_t size;

	if (tern_cdr_left(r) < 4 || !tern_cdr_get_u32(&ahead, &size, ""))
		return false;
	return size <= tern_cdr_left(&ahead) && tern_cdr_left(&ahead) - size < 4;
}

/** Leave it, stepping over what this version of the type does not know. */
static inline void tern_cdr_leave(struct tern_cdr_reader *r, const uint8_t *outer)
{
	if (r->xcdr2)
		r->at = r->end;
	r->end = outer;
}

/** A member of a parameter list: r->at is at its value, r->end at its end. */
struct tern_cdr_member {
	uint32_t id;
	bool must_understand;
	const uint8_t *outer;
};

TERN_API bool tern_cdr_enter_member(struct tern_cdr_reader *r,
                                    struct tern_cdr_member *ret_member);
TERN_API bool tern_cdr_leave_member(struct tern_cdr_reader *r,
                                    const struct tern_cdr_member *member);

/** A member that this version of the type does not have: refused if it must be understood. */
TERN_API bool tern_cdr_unknown_member(struct tern_cdr_reader *r,
                                      const struct tern_cdr_member *member);

/* ---- keys ---------------------------------------------------------------------------- */

/** A string or an array that is part of a key, where it lies in the sample or payload. */
struct tern_cdr_span {
	const void *at;
	uint32_t size_bytes; /* a string's: without the final NUL */
	bool swapped;        /* elements have the other byte order */
};

TERN_API struct tern_cdr_span tern_cdr_string_span(const char *text);
TERN_API struct tern_cdr_span tern_cdr_bounded_string_span(const char *text,
                                                           uint32_t bound);
TERN_API bool tern_cdr_take_string_span(struct tern_cdr_reader *r, uint32_t bound,
                                        struct tern_cdr_span *ret_span,
                                        const char *member);
TERN_API bool tern_cdr_take_array_span(struct tern_cdr_reader *r,
                                       size_t element_size_bytes, size_t count,
                                       struct tern_cdr_span *ret_span,
                                       const char *member);

TERN_API bool tern_cdr_put_key_u16(struct tern_cdr_writer *w, uint16_t value);
TERN_API bool tern_cdr_put_key_u32(struct tern_cdr_writer *w, uint32_t value);
TERN_API bool tern_cdr_put_key_u64(struct tern_cdr_writer *w, uint64_t value);
TERN_API bool tern_cdr_put_key_string(struct tern_cdr_writer *w,
                                      struct tern_cdr_span text, const char *member);
TERN_API bool tern_cdr_put_key_array(struct tern_cdr_writer *w,
                                     struct tern_cdr_span array,
                                     size_t element_size_bytes);

/** A copy of a key string for a sample's member. */
TERN_API bool tern_cdr_store_string(struct tern_cdr_reader *r, struct tern_cdr_span text,
                                    char **ret_text, const char *member);
TERN_API void tern_cdr_store_array(struct tern_cdr_span array, size_t element_size_bytes,
                                   void *ret_elements);
TERN_API int tern_cdr_compare_spans(struct tern_cdr_span a, struct tern_cdr_span b);

/** Are all elements, of 1 or 4 bytes, at most `max`? For booleans and enums. */
TERN_API bool tern_cdr_check_span(struct tern_cdr_reader *r, struct tern_cdr_span array,
                                  size_t element_size_bytes, uint32_t max,
                                  const char *member);

/** tern_cdr_end() in the key's byte order. */
TERN_API void tern_cdr_end_key(struct tern_cdr_writer *w, size_t mark);

/** TERN_EINVAL: an @external member on the way to a key member is NULL. */
TERN_API tern_status tern_cdr_key_is_null(const struct tern_type *type);

/** Room for the bytes of most keys. */
enum { TERN_CDR_KEY_ROOM_BYTES = 256 };

/**
 * Begin and end the bytes that a key hash is made of: always big-endian.
 * room: TERN_CDR_KEY_ROOM_BYTES that live until the end
 */
TERN_API void tern_cdr_hash_begin(struct tern_cdr_writer *w, const struct tern_type *type,
                                  uint8_t *room);
TERN_API tern_status tern_cdr_hash_end(struct tern_cdr_writer *w,
                                       const struct tern_type *type, bool written,
                                       uint8_t ret_hash[TERN_KEY_HASH_SIZE_BYTES]);

/* ---- memory -------------------------------------------------------------------------- */

/** Deep copy's building blocks; false when there is no memory. A NULL string is an empty one, as
 * when it is written; an @optional one is absent. */
TERN_API bool tern_cdr_copy_string(const char *text, char **ret_text);
TERN_API bool tern_cdr_copy_optional_string(const char *text, char **ret_text);
TERN_API void *tern_cdr_copy_bytes(const void *elements, size_t count, size_t size_bytes);
TERN_API tern_status tern_cdr_copy_failed(const struct tern_type *type,
                                          tern_status status);

TERN_END_DECLS

#endif
