/* ptrace(2), as far as the tests need it. */
#include "shm_trace.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "shm_fixture.h"

#define CALL_STOP (SIGTRAP | 0x80) /* with PTRACE_O_TRACESYSGOOD */

enum stop { AT_A_CALL, AT_A_STEP, AT_A_STOP, AT_ITS_END };

void trace_stop_here(void)
{
	raise(SIGSTOP);
}

struct traced {
	int (*run)(void *context);
	void *context;
};

static int run_traced(void *context)
{
	const struct traced *traced = context;

	NEED(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
	return traced->run(traced->context);
}

static enum stop wait_for_stop(pid_t pid)
{
	int status = 0;

	CU_ASSERT_EQUAL_FATAL(waitpid(pid, &status, 0), pid);
	if (!WIFSTOPPED(status)) {
		CU_ASSERT_TRUE_FATAL(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		return AT_ITS_END;
	}
	switch (WSTOPSIG(status)) {
	case CALL_STOP:
		return AT_A_CALL;
	case SIGTRAP:
		return AT_A_STEP;
	default:
		CU_ASSERT_EQUAL_FATAL(WSTOPSIG(status), SIGSTOP);
		return AT_A_STOP;
	}
}

pid_t trace_start(int (*run)(void *context), void *context)
{
	struct traced traced = { run, context };

	pid_t pid = shm_child(run_traced, &traced);
	CU_ASSERT_EQUAL_FATAL(wait_for_stop(pid), AT_A_STOP);
	CU_ASSERT_EQUAL_FATAL(ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD),
	                      0);
	return pid;
}

bool trace_advance(pid_t pid, int calls, int instructions)
{
	for (int i = 0; i < calls + instructions; i++) {
		ptrace(i < calls ? PTRACE_SYSCALL : PTRACE_SINGLESTEP, pid, NULL, NULL);
		enum stop stop = wait_for_stop(pid);
		if (stop == AT_ITS_END || stop == AT_A_STOP)
			return false;
	}
	return true;
}

bool trace_go_on(pid_t pid)
{
	ptrace(PTRACE_CONT, pid, NULL, NULL);
	return wait_for_stop(pid) != AT_ITS_END;
}
