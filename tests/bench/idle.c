/* Reads /proc: resident memory, and how often which thread was switched to and away. */
#include "idle.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The number after a name in a file of "name: number" lines; 0 if it is not there. */
static uint64_t read_number(const char *path, const char *name)
{
	char line[256];
	uint64_t number = 0;
	FILE *file = fopen(path, "re");

	if (!file)
		return 0;
	while (fgets(line, sizeof line, file))
		if (strncmp(line, name, strlen(name)) == 0)
			number = strtoull(line + strlen(name), NULL, 10);
	fclose(file);
	return number;
}

static bool read_name(const char *path, char *ret_name, int size_bytes)
{
	FILE *file = fopen(path, "re");
	bool ok = file && fgets(ret_name, size_bytes, file);

	if (file)
		fclose(file);
	return ok;
}

/* Cyclone DDS names its threads; those of others are named as the process is. */
static bool count_now(pid_t pid, struct idle_cost *ret_cost)
{
	char path[300], process_name[32], name[32];
	struct idle_cost cost = { 0 };
	struct dirent *task;

	snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	if (!read_name(path, process_name, sizeof process_name))
		return false;
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	cost.memory_kib = read_number(path, "VmRSS:");
	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	DIR *tasks = opendir(path);
	if (!tasks)
		return false;
	while ((task = readdir(tasks))) {
		if (task->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "/proc/%d/task/%s/comm", (int)pid,
		         task->d_name);
		if (!read_name(path, name, sizeof name))
			continue;
		snprintf(path, sizeof path, "/proc/%d/task/%s/status", (int)pid,
		         task->d_name);
		uint64_t wakeups = read_number(path, "voluntary_ctxt_switches:");
		cost.threads++;
		cost.wakeups += wakeups;
		if (strcmp(name, process_name) == 0)
			cost.other_wakeups += wakeups;
	}
	closedir(tasks);
	*ret_cost = cost;
	return true;
}

bool idle_watch(pid_t pid, uint32_t seconds, struct idle_cost *ret_cost)
{
	struct idle_cost before, after;

	if (!count_now(pid, &before))
		return false;
	sleep(seconds);
	if (!count_now(pid, &after))
		return false;
	after.wakeups -= before.wakeups;
	after.other_wakeups -= before.other_wakeups;
	*ret_cost = after;
	return true;
}
