/* One futex word that a kernel (Linux 6.7) watches for us: when it is woken, an eventfd becomes
 * readable, without a thread. Where io_uring is missing or forbidden: bell_bridge.h. */
#ifndef TERN_CORE_BELL_URING_H
#define TERN_CORE_BELL_URING_H

#include <stdbool.h>
#include <stdint.h>

#include <tern/status.h>

struct bell_uring;

/** @return TERN_OK; TERN_EUNSUPPORTED: this kernel has none for us (no text is set); TERN_ENOMEM */
tern_status bell_uring_create(int32_t event_fd, struct bell_uring **ret_uring);
/** What it watches may go after this. NULL is fine. */
void bell_uring_destroy(struct bell_uring *uring);

/**
 * From now on a wake of the word, or that it is not `state` any more, makes the eventfd readable,
 * once. One call at a time.
 * @return false: it does not, the kernel has no memory
 */
bool bell_uring_watch(struct bell_uring *uring, const uint32_t *word, uint32_t state);

#endif
