/* See crash_trace.h. */
#include "crash_trace.h"

#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

/* A place that was passed more often before is not worth a breakpoint. */
#define PASSES_MAX 256
#define INT3 0xccu

struct step {
	uint64_t address;
	uint32_t passes; /* how often it was there before */
};

/* How often an address was passed: open addressing, a power of two. */
struct passes {
	uint64_t address; /* 0: free */
	uint32_t count;
};

struct crash_trace {
	struct step *steps;
	uint64_t count, room;
	struct passes *passes;
	uint64_t passes_used, passes_room;
};

/* ---- recording ----------------------------------------------------------------------------- */

static struct passes *find(struct passes *table, uint64_t room, uint64_t address)
{
	uint64_t i = address * UINT64_C(0x9e3779b97f4a7c15) >> 20;

	while (table[i & (room - 1)].address && table[i & (room - 1)].address != address)
		i++;
	return &table[i & (room - 1)];
}

static bool grow_passes(struct crash_trace *trace)
{
	uint64_t room = trace->passes_room ? 2 * trace->passes_room : 1 << 14;
	struct passes *table = calloc(room, sizeof *table);

	if (!table)
		return false;
	for (uint64_t i = 0; i < trace->passes_room; i++)
		if (trace->passes[i].address)
			*find(table, room, trace->passes[i].address) = trace->passes[i];
	free(trace->passes);
	trace->passes = table;
	trace->passes_room = room;
	return true;
}

static bool note(struct crash_trace *trace, uint64_t address)
{
	if (2 * trace->passes_used >= trace->passes_room && !grow_passes(trace))
		return false;
	if (trace->count == trace->room) {
		uint64_t room = trace->room ? 2 * trace->room : 1 << 14;
		struct step *steps = realloc(trace->steps, room * sizeof *steps);
		if (!steps)
			return false;
		trace->steps = steps;
		trace->room = room;
	}
	struct passes *passes = find(trace->passes, trace->passes_room, address);
	trace->passes_used += passes->address == 0;
	passes->address = address;
	trace->steps[trace->count++] = (struct step){ address, passes->count++ };
	return true;
}

static uint64_t address_of(pid_t pid)
{
	return (uint64_t)ptrace(PTRACE_PEEKUSER, pid,
	                        offsetof(struct user_regs_struct, rip), NULL);
}

/* @return the signal that stopped it; 0: it ended */
static int go(pid_t pid, int how)
{
	int status;

	if (ptrace((enum __ptrace_request)how, pid, NULL, NULL) != 0 ||
	    waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return 0;
	return WSTOPSIG(status);
}

struct crash_trace *crash_trace_record(pid_t pid)
{
	struct crash_trace *trace = calloc(1, sizeof *trace);
	int signal_number = SIGTRAP;

	while (trace && signal_number == SIGTRAP) {
		if (!note(trace, address_of(pid)))
			signal_number = 0;
		else
			signal_number = go(pid, PTRACE_SINGLESTEP);
	}
	if (signal_number == SIGSTOP)
		return trace;
	crash_trace_free(trace);
	return NULL;
}

void crash_trace_free(struct crash_trace *trace)
{
	if (!trace)
		return;
	free(trace->steps);
	free(trace->passes);
	free(trace);
}

uint64_t crash_trace_length(const struct crash_trace *trace)
{
	return trace->count;
}

bool crash_trace_reaches(const struct crash_trace *trace, uint64_t step)
{
	return trace->steps[step].passes < PASSES_MAX;
}

/* ---- running ------------------------------------------------------------------------------- */

/* The byte at a breakpoint is exchanged; the rest of its word stays. */
static bool put_byte(pid_t pid, uint64_t address, uint8_t byte, uint8_t *ret_before)
{
	long word = ptrace(PTRACE_PEEKTEXT, pid, address, NULL);

	*ret_before = (uint8_t)word;
	word = (long)(((unsigned long)word & ~0xfful) | byte);
	return ptrace(PTRACE_POKETEXT, pid, address, word) == 0;
}

/* It stands behind the breakpoint: do the instruction that is hidden by it. */
static int step_over(pid_t pid, uint64_t address, uint8_t hidden)
{
	uint8_t ignored;

	if (!put_byte(pid, address, hidden, &ignored) ||
	    ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rip), address))
		return 0;
	int signal_number = go(pid, PTRACE_SINGLESTEP);
	if (!put_byte(pid, address, INT3, &ignored))
		return 0;
	return signal_number;
}

enum crash_stop crash_trace_run(const struct crash_trace *trace, uint64_t step, pid_t pid)
{
	const struct step *to = &trace->steps[step];
	uint32_t passes = 0;
	uint8_t hidden;
	int signal_number;

	if (address_of(pid) == to->address) {
		if (to->passes == 0)
			return CRASH_STOPPED;
		passes = 1;
		if (go(pid, PTRACE_SINGLESTEP) != SIGTRAP)
			return CRASH_FAILED;
	}
	if (!put_byte(pid, to->address, INT3, &hidden))
		return CRASH_FAILED;
	while ((signal_number = go(pid, PTRACE_CONT)) == SIGTRAP) {
		if (passes++ == to->passes)
			return CRASH_STOPPED;
		signal_number = step_over(pid, to->address, hidden);
		if (signal_number != SIGTRAP)
			break;
	}
	return signal_number == SIGSTOP ? CRASH_PASSED : CRASH_FAILED;
}
