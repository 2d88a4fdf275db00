/* The reader's slow paths: the encapsulation header, parameter lists, refusals.
 * Everything here is fed by peers: it checks, says what is wrong, and never aborts. */
#include <tern/cdr.h>

/* A payload may ask for this much memory, or this many times its own size if that is more. */
enum { BUDGET_MIN_BYTES = 64 << 20, BUDGET_FACTOR = 256 };

static bool refuse_header(struct tern_cdr_reader *r, const char *text, unsigned got)
{
	r->status = tern_fail(TERN_EMALFORMED, "%s: %s (encapsulation 0x%04x)", r->type,
	                      text, got);
	return false;
}

static bool host_has_order(bool little_endian)
{
	const uint16_t one = 1;
	uint8_t first;

	memcpy(&first, &one, 1);
	return (first == 1) == little_endian;
}

bool tern_cdr_read_begin(struct tern_cdr_reader *r, const struct tern_type *type,
                         const uint8_t *payload, size_t size_bytes)
{
	static const uint8_t identifier[] = {
		[TERN_FINAL] = 0x06, [TERN_APPENDABLE] = 0x08, [TERN_MUTABLE] = 0x0a
	};
	unsigned encapsulation;
	size_t padding;

	*r = (struct tern_cdr_reader){ .type = type->name };
	if (!payload || size_bytes < TERN_CDR_HEADER_SIZE_BYTES) {
		r->status = tern_fail(TERN_EMALFORMED,
		                      "%s: a payload of %zu bytes: the encapsulation "
		                      "header alone has 4",
		                      type->name, payload ? size_bytes : 0);
		return false;
	}
	encapsulation = (unsigned)payload[0] << 8 | payload[1];
	if (encapsulation > 1 && (encapsulation & ~1u) != identifier[type->extensibility])
		return refuse_header(r,
		                     "the payload's format is not the one of this type's "
		                     "extensibility",
		                     encapsulation);
	r->xcdr2 = encapsulation > 1;
	if (!r->xcdr2 && !(type->flags & TERN_TYPE_XCDR1))
		return refuse_header(
			r, "XCDR1 cannot carry a type that is not @final throughout",
			encapsulation);
	r->align_max = r->xcdr2 ? 4 : 8;
	r->swap = !host_has_order(encapsulation & 1);
	r->body = r->at = payload + TERN_CDR_HEADER_SIZE_BYTES;
	padding = payload[3] & 3;
	size_bytes -= TERN_CDR_HEADER_SIZE_BYTES;
	r->end = r->body + (size_bytes < padding ? size_bytes : size_bytes - padding);
	r->budget_bytes = size_bytes > BUDGET_MIN_BYTES / BUDGET_FACTOR &&
	                                  size_bytes < SIZE_MAX / BUDGET_FACTOR
	                          ? size_bytes * BUDGET_FACTOR
	                          : BUDGET_MIN_BYTES;
	return true;
}

void tern_cdr_note_read_short(struct tern_cdr_reader *r, const char *member)
{
	r->status =
		tern_fail(TERN_EMALFORMED, "%s: the payload ends within it, at byte %zu",
	                  member, (size_t)(r->at - r->body) + TERN_CDR_HEADER_SIZE_BYTES);
}

void tern_cdr_note_read_refused(struct tern_cdr_reader *r, const char *member,
                                const char *why, uint64_t got, uint64_t limit)
{
	r->status = tern_fail(
		TERN_EMALFORMED, "%s: got %llu %s, at most %llu allowed, at byte %zu",
		member, (unsigned long long)got, why, (unsigned long long)limit,
		(size_t)(r->at - r->body) + TERN_CDR_HEADER_SIZE_BYTES);
}

void tern_cdr_swap_elements(void *elements, size_t element_size_bytes, size_t count)
{
	uint8_t *at = elements;

	for (; count > 0; count--, at += element_size_bytes) {
		for (size_t low = 0, high = element_size_bytes - 1; low < high;
		     low++, high--) {
			uint8_t byte = at[low];

			at[low] = at[high];
			at[high] = byte;
		}
	}
}

bool tern_cdr_get_booleans(struct tern_cdr_reader *r, bool *ret_elements, size_t count,
                           const char *member)
{
	const uint8_t *at;

	if (count == 0)
		return true;
	at = tern_cdr_take(r, 1, count);
	if (!at)
		return tern_cdr_read_short(r, member);
	for (size_t i = 0; i < count; i++) {
		if (at[i] > 1)
			return tern_cdr_read_refused(r, member, "as a boolean", at[i], 1);
		ret_elements[i] = at[i] != 0;
	}
	return true;
}

/* The size of a member's value; r->at stays where the value begins (XTypes 1.3, 7.4.3.4.2). */
static bool member_size(struct tern_cdr_reader *r, uint32_t length_code,
                        uint64_t *ret_size)
{
	uint32_t next;
	const uint8_t *value;

	if (length_code < 4) {
		*ret_size = UINT64_C(1) << length_code;
		return true;
	}
	if (!tern_cdr_get_u32(r, &next, r->type))
		return false;
	value = r->at;
	*ret_size = next;
	if (length_code == 4)
		return true;
	r->at = value - 4; /* NEXTINT is also the value's first four bytes */
	if (length_code > 5)
		*ret_size <<= length_code - 4;
	*ret_size += 4;
	return true;
}

bool tern_cdr_enter_member(struct tern_cdr_reader *r, struct tern_cdr_member *ret_member)
{
	uint32_t header;
	uint64_t size;

	if (!tern_cdr_get_u32(r, &header, r->type) ||
	    !member_size(r, header >> 28 & 7, &size))
		return false;
	if (size > tern_cdr_left(r))
		return tern_cdr_read_refused(r, r->type, "bytes in a member", size,
		                             tern_cdr_left(r));
	ret_member->id = header & 0x0fffffffu;
	ret_member->must_understand = (header & TERN_CDR_MUST_UNDERSTAND) != 0;
	ret_member->outer = r->end;
	r->end = r->at + size;
	return true;
}

bool tern_cdr_leave_member(struct tern_cdr_reader *r,
                           const struct tern_cdr_member *member)
{
	r->at = r->end;
	r->end = member->outer;
	return true;
}

bool tern_cdr_unknown_member(struct tern_cdr_reader *r,
                             const struct tern_cdr_member *member)
{
	if (!member->must_understand)
		return true;
	r->status = tern_fail(
		TERN_EMALFORMED,
		"%s: the writer says that member id %u must be understood, and this "
		"version of the type does not have it: build with the writer's schema",
		r->type, (unsigned)member->id);
	return false;
}

void tern_cdr_note_read_missing(struct tern_cdr_reader *r, const char *member)
{
	r->status = tern_fail(
		TERN_EMALFORMED,
		"%s is a @key or @must_understand, and the payload does not have it",
		member);
}
