/* A program that knows nothing of Tern and loads and unloads a plug-in that uses it:
 * `shm_plugin_host PLUGIN TIMES`, exit code 0. TIMES 0: the plug-in is unloaded once, while it is
 * on the bus, and stays there until the program's stdin ends. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void *load(const char *path, const char *function)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!library || !dlsym(library, function)) {
		fprintf(stderr, "plugin_host: %s\n", dlerror());
		exit(1);
	}
	return library;
}

/* In a thread of its own, which ends when the plug-in is gone: with what was left in it. */
static void *run_once(void *path)
{
	int (*run)(void);
	void *library = load(path, "plugin_run");

	*(void **)&run = dlsym(library, "plugin_run");
	int result = run();
	dlclose(library);
	return result == 0 ? path : NULL;
}

static int run_times(char *path, int times)
{
	for (int i = 0; i < times; i++) {
		pthread_t thread;
		void *went_well = NULL;
		int status = -1;

		if (pthread_create(&thread, NULL, run_once, path) != 0 ||
		    pthread_join(thread, &went_well) != 0 || !went_well)
			return 1;
		pid_t pid =
			fork(); /* it has handlers that must still be there, or gone */
		if (pid == 0)
			_exit(0);
		if (waitpid(pid, &status, 0) != pid || status != 0)
			return 1;
	}
	return 0;
}

static int start_and_unload(const char *path)
{
	static void *bus; /* a program that exits has not lost it */
	void *(*start)(void);
	void *library = load(path, "plugin_start");

	*(void **)&start = dlsym(library, "plugin_start");
	bus = start();
	dlclose(library);
	if (!bus)
		return 1;
	puts("ready");
	while (getchar() != EOF)
		;
	return 0;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 3)
		return 2;
	int times = atoi(argv[2]);
	return times > 0 ? run_times(argv[1], times) : start_and_unload(argv[1]);
}
