/* The version of the running library, which may differ from that of the headers. */
#include <tern/api.h>

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

const char *tern_version(void)
{
	return TEXT(TERN_VERSION_MAJOR) "." TEXT(TERN_VERSION_MINOR) "." TEXT(
		TERN_VERSION_PATCH);
}
