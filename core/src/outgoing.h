/* A sample on its way out: its forms are made once, when a transport asks for them. */
#ifndef TERN_CORE_OUTGOING_H
#define TERN_CORE_OUTGOING_H

#include <tern/transport.h>

/** Functions of struct tern_host; see there. */
tern_status tern__outgoing_native(struct tern_outgoing *outgoing,
                                  struct tern_payload **ret_payload);
tern_status tern__outgoing_encoded(struct tern_outgoing *outgoing,
                                   tern_representation representation,
                                   struct tern_payload **ret_payload);
tern_status tern__outgoing_copy(struct tern_outgoing *outgoing,
                                void *(*alloc)(void *context, size_t size_bytes),
                                void *context, void **ret_sample);

int64_t tern__outgoing_deadline(struct tern_outgoing *outgoing);

/** Drop the references to the forms that were made. */
void tern__outgoing_fini(struct tern_outgoing *outgoing);

#endif
