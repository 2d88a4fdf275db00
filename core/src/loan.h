/* A writer's loans: samples that are filled in place, with their strings and sequences, and
 * handed over without a copy. Their memory is a transport's, if one offers some, else the heap's.
 * Not what a reader lends; that is reader_take.c's. */
#ifndef TERN_CORE_LOAN_H
#define TERN_CORE_LOAN_H

#include <stdbool.h>
#include <stddef.h>

#include <tern/transport.h>

#define LOANS_MAX 1024

struct loan;

/** A transport's memory for a loan; see loan() of struct tern_transport_ops. */
struct loan_source {
	const struct tern_transport_ops *ops; /* NULL: the heap */
	struct tern_transport_endpoint *endpoint;
};

/** Loans of one writer. Zero-initialise to begin; the writer's status_lock guards it. */
struct loan_list {
	struct loan *first;
	uint32_t count;
	size_t room_bytes; /* what the largest of the recent loans took for its contents */
};

/**
 * @param room_bytes  0: as much as recent loans took
 * @param source      copied; when it has no memory the heap serves
 * @return TERN_OK, TERN_ENOMEM, TERN_ELIMIT
 */
tern_status loan_create(struct loan_list *list, const struct tern_type *type,
                        size_t room_bytes, const struct loan_source *source,
                        void **ret_sample);

/** The loan that a sample belongs to, or NULL if it is none of the list's. */
struct loan *loan_find(const struct loan_list *list, const void *sample);

/**
 * Offer it for sending: native, and the blocks of the transport that lent its memory if nothing
 * of it lies elsewhere.
 */
void loan_offer(struct loan *loan, struct tern_outgoing *outgoing);

/** Take it out of the list: its payload, one reference, is the caller's. */
struct tern_payload *loan_finish(struct loan_list *list, struct loan *loan);

/** How many bytes of the loan follow this address; 0 if it lies outside. */
size_t loan_bytes_after(const struct loan *loan, const void *start);

/** Of all its blocks, headers included. */
size_t loan_total_bytes(const struct loan *loan);

/** An empty string in it. */
char *loan_empty_string(const struct loan *loan);

#endif
