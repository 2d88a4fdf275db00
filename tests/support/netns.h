/* Networks of a test's own: namespaces that stand for hosts, joined by veth pairs. Whatever runs
 * inside reaches no real interface. They vanish with the test, even if it crashes: nothing holds
 * them but the test's descriptors and the processes inside. */
#ifndef TERN_TESTS_NETNS_H
#define TERN_TESTS_NETNS_H

#include <stdbool.h>

struct netns {
	int fd; /* owned; -1: none */
};

/**
 * Put this process into a namespace where only loopback exists, with multicast, and give it a
 * /dev/shm of its own. Call it first in main(). Without root it takes a user namespace; where that is forbidden too, the test ends
 * as skipped.
 */
void netns_isolate(void);

/** End the test as skipped, with a message, unless it runs as root and can make namespaces. */
void netns_need_root(void);

/** A new host: loopback alone, up. @return false with the reason on stderr */
bool netns_create(struct netns *ret_netns);

/**
 * Join two hosts by a veth pair; both ends are named `interface`.
 * @param address_a  with prefix length: "10.77.0.1/24"; multicast is routed there too
 */
bool netns_join(const struct netns *a, const char *address_a, const struct netns *b,
                const char *address_b, const char *interface);

/** Run `ip ARGUMENTS` inside, as a person would type it. @return true if it succeeded */
__attribute__((format(printf, 2, 3))) bool netns_ip(const struct netns *netns,
                                                    const char *format, ...);

/** Let go of it. It is gone when the last process inside has ended. */
void netns_destroy(struct netns *netns);

/** A duplicate of the descriptor, for setns(); -1 on failure. */
int netns_open(const struct netns *netns);
/** Put the calling thread inside. Async-signal-safe. */
bool netns_enter_fd(int fd);

#endif
