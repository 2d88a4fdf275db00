/* Results of calls: a code for programs, a text for people.
 * The text says what failed, where, what was got, what was wanted, and how to mend it. */
#ifndef TERN_STATUS_H
#define TERN_STATUS_H

#include <stdint.h>

#include <tern/api.h>

TERN_BEGIN_DECLS

/** 0 or a negative code. Functions that return a count return it as a value >= 0. */
typedef int32_t tern_status;

enum {
	TERN_OK = 0,
	TERN_EINVAL =
		-1, /* an argument, QoS or configuration is wrong or contradicts itself */
	TERN_ENOMEM = -2,    /* no memory */
	TERN_ETIMEDOUT = -3, /* the deadline passed; nothing was done */
	TERN_EAGAIN = -4,    /* not now: full, or not decided yet */
	TERN_EBUSY = -5,     /* still in use: loans are out, children exist */
	TERN_ECLOSED = -6,   /* the entity or the transport under it is gone */
	TERN_ENOTFOUND = -7, /* no such instance, module, file, topic */
	TERN_EEXISTS = -8,   /* the name is taken with another meaning */
	TERN_EMALFORMED =
		-9, /* bytes that a peer or a file brought cannot be understood */
	TERN_EMISMATCH = -10,    /* types or QoS do not go together */
	TERN_ELIMIT = -11,       /* a resource limit of the QoS or of Tern is reached */
	TERN_EUNSUPPORTED = -12, /* this build, version or representation cannot do it */
	TERN_EPERM = -13,        /* not allowed: permissions, or not the owner */
	TERN_EIO = -14, /* the system or a library below failed; the text says how */
};

/**
 * "TERN_EINVAL" for TERN_EINVAL; "TERN_OK" for any value >= 0; "TERN_E?" for an unknown code.
 * Threads: any.
 */
TERN_API const char *tern_status_name(tern_status status);

/**
 * What went wrong in the calling thread's last failed Tern call, and what to do about it.
 * @return a text owned by the thread, valid until its next failing call; never NULL
 * Threads: any. Each thread has its own text.
 */
TERN_API const char *tern_error_text(void);

/**
 * Set the calling thread's error text. For generated code and extensions of Tern.
 * @return status
 * Threads: any.
 */
TERN_API tern_status tern_fail(tern_status status, const char *format, ...)
	TERN_PRINTF(2, 3);

TERN_END_DECLS

#endif
