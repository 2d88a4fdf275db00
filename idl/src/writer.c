/* The writer's slow paths: start, growth, end, refusal. The fast ones are inline in cdr.h. */
#include <tern/cdr.h>

/* Encapsulation identifiers (RTPS 2.5, 10.2.1.2; XTypes 1.3, 7.6.3.1.2), big-endian variants;
 * the little-endian one is the next number. */
enum {
	ENCAPSULATION_CDR = 0x0000,
	ENCAPSULATION_CDR2 = 0x0006,
	ENCAPSULATION_D_CDR2 = 0x0008,
	ENCAPSULATION_PL_CDR2 = 0x000a,
};

static bool host_is_little_endian(void)
{
	const uint16_t one = 1;
	uint8_t first;

	memcpy(&first, &one, 1);
	return first == 1;
}

static uint8_t encapsulation(const struct tern_type *type, bool xcdr2)
{
	uint8_t id = ENCAPSULATION_CDR;

	if (xcdr2 && type->extensibility == TERN_FINAL)
		id = ENCAPSULATION_CDR2;
	else if (xcdr2 && type->extensibility == TERN_APPENDABLE)
		id = ENCAPSULATION_D_CDR2;
	else if (xcdr2)
		id = ENCAPSULATION_PL_CDR2;
	return (uint8_t)(id + host_is_little_endian());
}

static void take_memory(struct tern_cdr_writer *w, struct tern_buffer *payload,
                        bool xcdr2)
{
	*w = (struct tern_cdr_writer){
		.data = payload->data,
		.capacity_bytes = payload->capacity_bytes,
		.align_max = xcdr2 ? 4 : 8,
		.xcdr2 = xcdr2,
	};
}

tern_status tern_cdr_write_begin(struct tern_cdr_writer *w, struct tern_buffer *payload,
                                 const struct tern_type *type,
                                 tern_representation representation)
{
	bool xcdr2 = representation == TERN_XCDR2;

	if (!xcdr2 && representation != TERN_XCDR1)
		return tern_fail(
			TERN_EINVAL,
			"%s: no representation %d: ask for TERN_XCDR1 or TERN_XCDR2",
			type->name, (int)representation);
	if (!xcdr2 && !(type->flags & TERN_TYPE_XCDR1))
		return tern_fail(TERN_EUNSUPPORTED,
		                 "%s cannot travel as XCDR1, because it or a member's "
		                 "type is not @final "
		                 "or has @optional members: use XCDR2, or make the whole "
		                 "type @final",
		                 type->name);
	take_memory(w, payload, xcdr2);
	w->size_bytes = TERN_CDR_HEADER_SIZE_BYTES;
	if (w->capacity_bytes < 64 && !tern_cdr_grow(w, 64))
		return w->status;
	memset(w->data, 0, TERN_CDR_HEADER_SIZE_BYTES);
	w->data[1] = encapsulation(type, xcdr2);
	return TERN_OK;
}

tern_status tern_cdr_write_end(struct tern_cdr_writer *w, struct tern_buffer *payload,
                               bool written)
{
	size_t padding = (size_t)-w->size_bytes & 3;

	if (written && padding) {
		written = tern_cdr_put(w, 1, padding) != NULL;
		if (written) {
			memset(w->data + w->size_bytes - padding, 0, padding);
			w->data[3] = (uint8_t)padding;
		}
	}
	if (written && w->size_bytes > UINT32_MAX) {
		w->status =
			tern_fail(TERN_EINVAL,
		                  "the sample takes %zu bytes: at most %u fit a payload",
		                  w->size_bytes, UINT32_MAX);
		written = false;
	}
	payload->data = w->data;
	payload->capacity_bytes = w->capacity_bytes;
	payload->size_bytes = written ? w->size_bytes : 0;
	return written ? TERN_OK : w->status;
}

/* Out of the borrowed memory into malloc's. */
static uint8_t *leave_borrowed(struct tern_cdr_writer *w, size_t capacity)
{
	uint8_t *data = malloc(capacity);

	if (!data)
		return NULL;
	memcpy(data, w->data, w->size_bytes);
	w->borrowed = false;
	return data;
}

bool tern_cdr_grow(struct tern_cdr_writer *w, size_t size_bytes)
{
	size_t needed = w->size_bytes + size_bytes;
	size_t capacity = w->capacity_bytes < 256 ? 256 : w->capacity_bytes;
	uint8_t *data = NULL;

	while (capacity < needed && capacity <= SIZE_MAX / 2)
		capacity *= 2;
	if (needed >= size_bytes && capacity >= needed)
		data = w->borrowed ? leave_borrowed(w, capacity)
		                   : realloc(w->data, capacity);
	if (!data) {
		w->status = tern_fail(TERN_ENOMEM, "no memory for a payload of %zu bytes",
		                      needed);
		return false;
	}
	w->data = data;
	w->capacity_bytes = capacity;
	return true;
}

void tern_cdr_note_write_refused(struct tern_cdr_writer *w, const char *member,
                                 const char *why, uint64_t got, uint64_t limit)
{
	w->status = tern_fail(TERN_EINVAL, "%s: got %llu %s, at most %llu can be written",
	                      member, (unsigned long long)got, why,
	                      (unsigned long long)limit);
}

void tern_cdr_note_write_null(struct tern_cdr_writer *w, const char *member)
{
	w->status = tern_fail(
		TERN_EINVAL,
		"%s is @external and NULL: let it point to a value, or make it @optional",
		member);
}
