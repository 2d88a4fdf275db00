/* May a loan be published? Others will read it in place, in this process and in others, so that
 * beside its values its pointers are looked at, and what other processes make of it. */
#include <stdint.h>
#include <string.h>

#include "loan.h"
#include "sample_check.h"
#include "sample_move.h"

struct checking {
	struct move base;
	const struct loan *loan;
	/* Part of the block that was led to last, to its end: most of a loan is in one block. */
	uintptr_t known_begin, known_end;
	/* What its readers may still copy and search; see sample_value.h. */
	size_t copied_left_bytes, looks_left_bytes;
};

static tern_status refuse_pointer(const struct path *path, const char *what)
{
	return path_fail(
		TERN_EINVAL, path,
		": %s leads out of the loan: take its memory with tern_loan_alloc(), "
		"tern_loan_strdup() or tern_loan_sequence(), or publish a copy with "
		"tern_writer_write()",
		what);
}

static tern_status refuse_alignment(const struct path *path, const struct tern_type *type)
{
	return path_fail(TERN_EINVAL, path,
	                 ": what it points to is not at a multiple of %zu bytes: take "
	                 "its memory with tern_loan_alloc() or tern_loan_sequence()",
	                 type->alignment_bytes);
}

static tern_status refuse_repetition(const struct path *path)
{
	return path_fail(TERN_EINVAL, path,
	                 ": so many members share what it points to that other "
	                 "processes would take it for an attack: give each memory of "
	                 "its own");
}

/* How much of the loan follows this address; 0 if it lies outside. */
static size_t bytes_after(struct checking *checking, const void *start)
{
	uintptr_t address = (uintptr_t)start;

	if (address < checking->known_begin || address >= checking->known_end) {
		checking->known_begin = address;
		checking->known_end = address + loan_bytes_after(checking->loan, start);
	}
	return checking->known_end - address;
}

static tern_status check_string(struct move *move, char **slot, bool is_optional,
                                const struct path *path)
{
	struct checking *checking = (struct checking *)move;
	const char *text = *slot;

	if (!text) {
		if (!is_optional)
			*slot = loan_empty_string(checking->loan);
		return TERN_OK;
	}
	const char *end = memchr(text, 0, bytes_after(checking, text));
	if (!end)
		return refuse_pointer(path, "the string");
	size_t size_bytes = (size_t)(end - text) + 1;
	if (size_bytes > checking->looks_left_bytes)
		return refuse_repetition(path);
	checking->looks_left_bytes -= size_bytes;
	return TERN_OK;
}

static tern_status check_values(struct move *move, const struct tern_type *type,
                                uint32_t count, void **values, const struct path *path)
{
	struct checking *checking = (struct checking *)move;
	size_t left = bytes_after(checking, *values);

	if (left == 0 || (type->size_bytes && count > left / type->size_bytes))
		return refuse_pointer(path, "what it points to");
	if (type->alignment_bytes && (uintptr_t)*values % type->alignment_bytes)
		return refuse_alignment(path, type);
	if (type->flags & TERN_TYPE_FLAT)
		return TERN_OK;
	if (count * type->size_bytes > checking->copied_left_bytes)
		return refuse_repetition(path);
	checking->copied_left_bytes -= count * type->size_bytes;
	return TERN_OK;
}

tern_status sample_check_loan(const struct tern_type *type, void *sample,
                              const struct loan *loan)
{
	const struct path top = { .name = type->name };
	size_t total = loan_total_bytes(loan);
	struct checking checking = {
		.base = { .refusal = TERN_EINVAL,
		          .checks_values = true,
		          .in_place = true,
		          .string = check_string,
		          .values = check_values },
		.loan = loan,
		.copied_left_bytes = total - type->size_bytes,
		.looks_left_bytes = sample_looks_bytes(total),
	};

	return move_value(&checking.base, type, sample, &top);
}
