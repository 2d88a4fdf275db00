/* What deep copies are made of. */
#include <tern/cdr.h>

bool tern_cdr_copy_string(const char *text, char **ret_text)
{
	if (!text)
		text = "";
	size_t length = strlen(text);
	char *copy = malloc(length + 1);

	if (!copy)
		return false;
	/* Its end is set, not copied: others may write to text that lies in shared memory. */
	memcpy(copy, text, length);
	copy[length] = 0;
	*ret_text = copy;
	return true;
}

bool tern_cdr_copy_optional_string(const char *text, char **ret_text)
{
	if (text)
		return tern_cdr_copy_string(text, ret_text);
	*ret_text = NULL;
	return true;
}

void *tern_cdr_copy_bytes(const void *elements, size_t count, size_t size_bytes)
{
	void *copy = malloc(count * size_bytes);

	if (copy)
		memcpy(copy, elements, count * size_bytes);
	return copy;
}

tern_status tern_cdr_copy_failed(const struct tern_type *type, tern_status status)
{
	if (status == TERN_EINVAL)
		return tern_fail(status,
		                 "%s: a sequence in it has a _length but no _buffer",
		                 type->name);
	return tern_fail(status, "%s: no memory for a copy", type->name);
}
