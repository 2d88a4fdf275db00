/* Following a topic: what echo, hz, bw and delay have in common. */
#ifndef TERN_CLI_STREAM_H
#define TERN_CLI_STREAM_H

#include "command.h"
#include "topic.h"

struct stream {
	uint64_t count;      /* samples to see; 0: until interrupted */
	int64_t interval_ns; /* how often to tick; 0: never */
	/* What comes. @return false: enough */
	bool (*sample)(const struct tern_type *type, const struct tern_sample *sample,
	               void *context);
	/* After each interval, and at the end. NULL: nothing to do */
	bool (*tick)(void *context);
	/* Called once before the first sample; is_raw: the type is not known. NULL: nothing */
	void (*begin)(const struct tern_type *type, bool is_raw, void *context);
	void *context;
};

/** Find the topic, read it until enough or interrupted. @return the exit code */
int stream_run(const struct command *command, const struct arguments *arguments,
               const struct stream *stream);

int64_t stream_now_ns(void);

#endif
