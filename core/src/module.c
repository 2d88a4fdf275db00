/* Transports in modules. */
#include "module.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "transports_builtin.h"

static bool try_directory(const char *directory, size_t length, const char *name,
                          char *ret_path)
{
	char path[PATH_MAX];
	int written = snprintf(path, sizeof path, "%.*s/libtern-%s.so", (int)length,
	                       directory, name);

	if (written < 0 || (size_t)written >= sizeof path || access(path, R_OK) != 0)
		return false;
	memcpy(ret_path, path, (size_t)written + 1);
	return true;
}

/* The directory of the file that this code is in: libtern's, or the program's. */
static bool own_directory(char *ret_directory)
{
	Dl_info info;

	if (!dladdr((void *)(uintptr_t)&module_load, &info) || !info.dli_fname ||
	    !realpath(info.dli_fname, ret_directory))
		return false;
	char *slash = strrchr(ret_directory, '/');
	if (slash)
		*slash = 0;
	return slash != NULL;
}

static tern_status module_find(const char *name, char *ret_path)
{
	const char *places = getenv("TERN_MODULE_PATH");

	for (const char *place = places; place && *place;) {
		size_t length = strcspn(place, ":");
		if (try_directory(place, length, name, ret_path))
			return TERN_OK;
		place += length + (place[length] == ':');
	}
	if (places && *places)
		return tern_fail(TERN_ENOTFOUND,
		                 "libtern-%s.so is not in TERN_MODULE_PATH (%s)", name,
		                 places);

	char own[PATH_MAX];
	if (own_directory(own)) {
		static const char *const beside[] = { "/tern", "/../lib/tern" };
		size_t length = strlen(own);
		for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
			snprintf(own + length, sizeof own - length, "%s", beside[i]);
			if (try_directory(own, strlen(own), name, ret_path))
				return TERN_OK;
		}
		own[length] = 0;
	} else {
		own[0] = 0;
	}
	if (try_directory(tern__module_directory, strlen(tern__module_directory), name,
	                  ret_path))
		return TERN_OK;
	return tern_fail(
		TERN_ENOTFOUND,
		"libtern-%s.so is neither in %s/tern nor in %s: install it there, name "
		"its folder in TERN_MODULE_PATH, or leave %s out of TERN_TRANSPORTS",
		name, own, tern__module_directory, name);
}

tern_status transport_ops_check(const char *name, const struct tern_transport_ops *ops)
{
	if (ops->abi != TERN_TRANSPORT_ABI)
		return tern_fail(TERN_EUNSUPPORTED,
		                 "the %s transport is built for transport ABI %u, this "
		                 "libtern has "
		                 "%u: install both from one version",
		                 name, ops->abi, TERN_TRANSPORT_ABI);
	bool complete = ops->name && ops->start && ops->stop && ops->reach &&
	                ops->announce && ops->withdraw && ops->attach && ops->detach &&
	                ops->reserve && ops->commit && ops->cancel &&
	                ops->wait_acknowledged && ops->explain;
	bool history = ops->replay || (ops->flags & TERN_TRANSPORT_KEEPS_HISTORY);
	bool polled = ops->poll || !(ops->flags & TERN_TRANSPORT_PULLS);
	if (!complete || !history || !polled)
		return tern_fail(
			TERN_EUNSUPPORTED,
			"the %s transport lacks functions that its flags promise", name);
	return TERN_OK;
}

/* Where the last byte of a shared object should be, by its own headers; 0: it is none. */
static off_t object_end(int file)
{
	ElfW(Ehdr) header;
	ElfW(Phdr) segment;
	off_t end = 0;

	if (pread(file, &header, sizeof header, 0) != (ssize_t)sizeof header ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
		return 0;
	for (int i = 0; i < header.e_phnum; i++) {
		off_t at = (off_t)(header.e_phoff + (ElfW(Off))i * sizeof segment);
		if (pread(file, &segment, sizeof segment, at) != (ssize_t)sizeof segment)
			return at + (off_t)sizeof segment;
		off_t segment_end = (off_t)(segment.p_offset + segment.p_filesz);
		if (segment_end > end)
			end = segment_end;
	}
	return end;
}

/* A file that was cut off is mapped by dlopen() all the same, and touching it is SIGBUS. */
static tern_status check_whole(const char *path)
{
	struct stat found;
	tern_status s = TERN_OK;
	int file = open(path, O_RDONLY | O_CLOEXEC);

	if (file < 0 || fstat(file, &found) < 0) {
		s = tern_fail(TERN_EIO, "%s cannot be read: %s", path, strerror(errno));
	} else {
		off_t end = object_end(file);
		if (end == 0)
			s = tern_fail(TERN_EUNSUPPORTED, "%s is no shared object", path);
		else if (found.st_size < end)
			s = tern_fail(TERN_EIO,
			              "%s is damaged: it has %lld bytes of %lld; install "
			              "it again",
			              path, (long long)found.st_size, (long long)end);
	}
	if (file >= 0)
		close(file);
	return s;
}

tern_status module_load(const char *name, const struct tern_host *host,
                        const struct tern_transport_ops **ret_ops)
{
	char path[PATH_MAX];
	tern_status s = module_find(name, path);
	if (s < 0)
		return s;
	s = check_whole(path);
	if (s < 0)
		return s;

	void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (!module)
		return tern_fail(TERN_EIO, "%s cannot be loaded: %s", path, dlerror());
	tern_transport_entry_fn entry;
	*(void **)&entry = dlsym(module, TERN_TRANSPORT_ENTRY);
	if (!entry)
		return tern_fail(TERN_EUNSUPPORTED,
		                 "%s is no transport of Tern: it has no %s", path,
		                 TERN_TRANSPORT_ENTRY);
	const struct tern_transport_ops *ops = entry(host);
	if (!ops)
		return TERN_EUNSUPPORTED; /* the entry has set the text */
	s = transport_ops_check(name, ops);
	if (s < 0)
		return s;
	*ret_ops = ops;
	return TERN_OK;
}
