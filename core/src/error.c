/* Status names and the calling thread's error text. */
#include <stdarg.h>
#include <stdio.h>

#include <tern/status.h>

static _Thread_local char error_text[1024];

const char *tern_status_name(tern_status status)
{
	static const char *const names[] = {
		"TERN_OK",           "TERN_EINVAL",    "TERN_ENOMEM",
		"TERN_ETIMEDOUT",    "TERN_EAGAIN",    "TERN_EBUSY",
		"TERN_ECLOSED",      "TERN_ENOTFOUND", "TERN_EEXISTS",
		"TERN_EMALFORMED",   "TERN_EMISMATCH", "TERN_ELIMIT",
		"TERN_EUNSUPPORTED", "TERN_EPERM",     "TERN_EIO",
	};

	if (status >= 0)
		return names[0];
	if (status < -(tern_status)(sizeof names / sizeof *names - 1))
		return "TERN_E?";
	return names[-status];
}

const char *tern_error_text(void)
{
	return error_text;
}

tern_status tern_fail(tern_status status, const char *format, ...)
{
	va_list arguments;

	/* Formatted aside, so that an argument may be the former text. */
	char text[sizeof error_text];
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	for (size_t i = 0; i < sizeof text; i++) {
		error_text[i] = text[i];
		if (!text[i])
			break;
	}
	return status;
}
