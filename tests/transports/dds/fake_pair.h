/* Two processes with a host that the tests play in each (fake_host.h): this one writes, the other
 * reads and tells what it got. Its main() is fake_pair_peer_main() when argv[1] is "--peer". */
#ifndef TERN_TESTS_FAKE_PAIR_H
#define TERN_TESTS_FAKE_PAIR_H

#include <stdint.h>

#include "child.h"
#include "suite.h"

#include "fake_host.h"

#define FAKE_PAIR_WAIT_NS (20 * SUITE_SECOND_NS)

/** This process's side; its endpoint is the writer: reliable unless said, KEEP_ALL, volatile. */
extern struct tern_domain fake_pair_domain;
extern struct child fake_pair_peer;

/** @return main's exit code */
int fake_pair_peer_main(int argc, char **argv);

/** Start both sides and wait until they are matched. @param block_ns  a write at most */
void fake_pair_begin_blocking(int64_t block_ns);
/** The same, with patience. */
void fake_pair_begin(void);
/** The same, but both are best effort. */
void fake_pair_begin_best_effort(void);
/** End both; no payload may be held any more. */
void fake_pair_end(void);

/**
 * Ask the reader: "wait N" for N samples, then its "state ..."; "full" and "roomy" for whether it
 * takes more, answered by "ok".
 * @return the answer behind these words
 */
const char *fake_pair_ask(const char *question, const char *answer_begins_with);

#endif
