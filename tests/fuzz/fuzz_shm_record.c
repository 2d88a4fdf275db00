/* Fuzzes what a process says of its endpoints in shared memory: whatever is understood must be
 * readable to its end, and come out the same when it is written again. */
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "type_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
	struct record record;

	if (!record_decode(data, size_bytes, &record))
		return 0;
	size_t again_bytes = record_size_bytes(&record.info, &record.extra);
	uint8_t *again = malloc(again_bytes);
	if (!again)
		return 0;
	record_encode(&record.info, &record.extra, again);
	if (again_bytes != size_bytes || memcmp(again, data, size_bytes) != 0)
		abort();
	free(again);
	free(type_record_decode(record.extra.type, record.extra.type_size_bytes));
	return 0;
}
