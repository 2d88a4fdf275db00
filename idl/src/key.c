/* Keys: the members that tell instances apart, and their 16-byte hash.
 * Source: RTPS 2.5, 9.6.4.8; XTypes 1.3, 7.6.8. */
#include <sys/types.h> /* md5.h needs it */

#include <md5.h>

#include <tern/cdr.h>

static bool host_is_little_endian(void)
{
	const uint16_t one = 1;
	uint8_t first;

	memcpy(&first, &one, 1);
	return first == 1;
}

struct tern_cdr_span tern_cdr_string_span(const char *text)
{
	return (struct tern_cdr_span){ .at = text ? text : "",
		                       .size_bytes = text ? (uint32_t)strlen(text) : 0 };
}

struct tern_cdr_span tern_cdr_bounded_string_span(const char *text, uint32_t bound)
{
	const char *end = memchr(text, 0, (size_t)bound + 1);

	return (struct tern_cdr_span){ .at = text,
		                       .size_bytes =
		                               end ? (uint32_t)(end - text) : bound };
}

bool tern_cdr_take_string_span(struct tern_cdr_reader *r, uint32_t bound,
                               struct tern_cdr_span *ret_span, const char *member)
{
	uint32_t size;
	const char *text = tern_cdr_take_text(r, &size, member);

	if (!text)
		return false;
	if (bound && size - 1 > bound)
		return tern_cdr_read_refused(r, member, "characters", size - 1, bound);
	/* what C reads of it: a NUL within would end it there */
	*ret_span = (struct tern_cdr_span){ .at = text,
		                            .size_bytes = (uint32_t)strlen(text) };
	return true;
}

bool tern_cdr_take_array_span(struct tern_cdr_reader *r, size_t element_size_bytes,
                              size_t count, struct tern_cdr_span *ret_span,
                              const char *member)
{
	const uint8_t *at = tern_cdr_take(r, (uint32_t)element_size_bytes,
	                                  element_size_bytes * count);

	if (!at)
		return tern_cdr_read_short(r, member);
	*ret_span = (struct tern_cdr_span){ .at = at,
		                            .size_bytes = (uint32_t)(element_size_bytes *
		                                                     count),
		                            .swapped = r->swap };
	return true;
}

bool tern_cdr_put_key_u16(struct tern_cdr_writer *w, uint16_t value)
{
	return tern_cdr_put_u16(w, w->swap ? tern_cdr_swap_u16(value) : value);
}

bool tern_cdr_put_key_u32(struct tern_cdr_writer *w, uint32_t value)
{
	return tern_cdr_put_u32(w, w->swap ? tern_cdr_swap_u32(value) : value);
}

bool tern_cdr_put_key_u64(struct tern_cdr_writer *w, uint64_t value)
{
	return tern_cdr_put_u64(w, w->swap ? tern_cdr_swap_u64(value) : value);
}

bool tern_cdr_put_key_string(struct tern_cdr_writer *w, struct tern_cdr_span text,
                             const char *member)
{
	size_t start = w->size_bytes;
	uint32_t size = text.size_bytes + 1;

	if (!tern_cdr_put_text(w, text.at, text.size_bytes, member))
		return false;
	if (w->swap) {
		start += (size_t)-start & 3;
		size = tern_cdr_swap_u32(size);
		memcpy(w->data + start, &size, 4);
	}
	return true;
}

bool tern_cdr_put_key_array(struct tern_cdr_writer *w, struct tern_cdr_span array,
                            size_t element_size_bytes)
{
	uint8_t *at = tern_cdr_put(w, (uint32_t)element_size_bytes, array.size_bytes);

	if (!at)
		return false;
	tern_cdr_store_array(array, element_size_bytes, at);
	if (w->swap)
		tern_cdr_swap_elements(at, element_size_bytes,
		                       array.size_bytes / element_size_bytes);
	return true;
}

bool tern_cdr_store_string(struct tern_cdr_reader *r, struct tern_cdr_span text,
                           char **ret_text, const char *member)
{
	char *copy = malloc((size_t)text.size_bytes + 1);

	if (!copy) {
		r->status = tern_fail(TERN_ENOMEM, "%s: no memory for %u bytes", member,
		                      text.size_bytes + 1);
		return false;
	}
	memcpy(copy, text.at, text.size_bytes);
	copy[text.size_bytes] = 0;
	*ret_text = copy;
	return true;
}

void tern_cdr_store_array(struct tern_cdr_span array, size_t element_size_bytes,
                          void *ret_elements)
{
	memcpy(ret_elements, array.at, array.size_bytes);
	if (array.swapped)
		tern_cdr_swap_elements(ret_elements, element_size_bytes,
		                       array.size_bytes / element_size_bytes);
}

int tern_cdr_compare_spans(struct tern_cdr_span a, struct tern_cdr_span b)
{
	size_t common = a.size_bytes < b.size_bytes ? a.size_bytes : b.size_bytes;
	int order = common ? memcmp(a.at, b.at, common) : 0;

	if (order)
		return order;
	return (a.size_bytes > b.size_bytes) - (a.size_bytes < b.size_bytes);
}

bool tern_cdr_check_span(struct tern_cdr_reader *r, struct tern_cdr_span array,
                         size_t element_size_bytes, uint32_t max, const char *member)
{
	const uint8_t *at = array.at;

	for (size_t i = 0; i < array.size_bytes; i += element_size_bytes) {
		uint32_t value = at[i];

		if (element_size_bytes == 4) {
			memcpy(&value, at + i, 4);
			value = array.swapped ? tern_cdr_swap_u32(value) : value;
		}
		if (value > max)
			return tern_cdr_read_refused(r, member, "as a boolean or enum",
			                             value, max);
	}
	return true;
}

void tern_cdr_end_key(struct tern_cdr_writer *w, size_t mark)
{
	uint32_t size = (uint32_t)(w->size_bytes - mark);

	if (!mark)
		return;
	size = w->swap ? tern_cdr_swap_u32(size) : size;
	memcpy(w->data + mark - 4, &size, 4);
}

tern_status tern_cdr_key_is_null(const struct tern_type *type)
{
	return tern_fail(TERN_EINVAL, "%s: an @external member that holds a key is NULL",
	                 type->name);
}

void tern_cdr_hash_begin(struct tern_cdr_writer *w, const struct tern_type *type,
                         uint8_t *room)
{
	bool xcdr2 = !(type->flags & TERN_TYPE_XCDR1);

	/* the four bytes of a header are left out of the hash */
	*w = (struct tern_cdr_writer){
		.data = room,
		.size_bytes = TERN_CDR_HEADER_SIZE_BYTES,
		.capacity_bytes = TERN_CDR_KEY_ROOM_BYTES,
		.align_max = xcdr2 ? 4 : 8,
		.xcdr2 = xcdr2,
		.swap = host_is_little_endian(),
		.borrowed = true,
	};
}

tern_status tern_cdr_hash_end(struct tern_cdr_writer *w, const struct tern_type *type,
                              bool written, uint8_t ret_hash[TERN_KEY_HASH_SIZE_BYTES])
{
	const uint8_t *key = w->data + TERN_CDR_HEADER_SIZE_BYTES;
	size_t size = w->size_bytes - TERN_CDR_HEADER_SIZE_BYTES;

	if (written && (type->flags & TERN_TYPE_KEY_FITS_HASH)) {
		memset(ret_hash, 0, TERN_KEY_HASH_SIZE_BYTES);
		memcpy(ret_hash, key,
		       size < TERN_KEY_HASH_SIZE_BYTES ? size : TERN_KEY_HASH_SIZE_BYTES);
	} else if (written) {
		MD5_CTX digest;
		MD5Init(&digest);
		MD5Update(&digest, key, size);
		MD5Final(ret_hash, &digest);
	}
	if (!w->borrowed)
		free(w->data);
	return written ? TERN_OK : w->status;
}
