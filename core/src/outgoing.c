/* A sample on its way out. */
#include "outgoing.h"

#include "clock.h"
#include "payload.h"
#include "sample_copy.h"

tern_status tern__outgoing_native(struct tern_outgoing *outgoing,
                                  struct tern_payload **ret_payload)
{
	if (!outgoing->native) {
		tern_status s = tern__payload_copy(outgoing->type, outgoing->sample,
		                                   outgoing->kind != TERN_CHANGE_WRITE,
		                                   &outgoing->native);
		if (s < 0)
			return s;
	}
	*ret_payload = outgoing->native;
	return TERN_OK;
}

tern_status tern__outgoing_encoded(struct tern_outgoing *outgoing,
                                   tern_representation representation,
                                   struct tern_payload **ret_payload)
{
	struct tern_payload **slot = &outgoing->encoded[representation == TERN_XCDR2];

	if (!*slot) {
		tern_status s = tern__payload_encode(outgoing->type, outgoing->sample,
		                                     representation,
		                                     outgoing->kind != TERN_CHANGE_WRITE,
		                                     outgoing->expected_bytes, slot);
		if (s < 0)
			return s;
	}
	*ret_payload = *slot;
	return TERN_OK;
}

int64_t tern__outgoing_deadline(struct tern_outgoing *outgoing)
{
	if (outgoing->deadline_ns == 0)
		outgoing->deadline_ns = clock_deadline_ns(outgoing->timeout_ns);
	return outgoing->deadline_ns;
}

tern_status tern__outgoing_copy(struct tern_outgoing *outgoing,
                                void *(*alloc)(void *context, size_t size_bytes),
                                void *context, void **ret_sample)
{
	return sample_copy(outgoing->type, outgoing->sample,
	                   outgoing->kind != TERN_CHANGE_WRITE, alloc, context,
	                   ret_sample);
}

void tern__outgoing_fini(struct tern_outgoing *outgoing)
{
	tern_payload_unref(outgoing->native);
	tern_payload_unref(outgoing->encoded[0]);
	tern_payload_unref(outgoing->encoded[1]);
}
