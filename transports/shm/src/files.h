/* Files in shared memory: which directory, how they are made, and whom to trust. Not what is in
 * them. Directories: $TERN_SHM_DIR, else /dev/shm/tern-<uid>, made with mode 0700. A directory
 * of mode 2770 is a group's: files are 0640, or 0660 if peers may write to them, and those of
 * its group are trusted; elsewhere they are 0600 and trusted if they are our user's own. Links are never followed, neither symbolic
 * ones nor second names. docs/decisions/0050-who-is-here-on-this-host.md says why. */
#ifndef TERN_SHM_FILES_H
#define TERN_SHM_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <tern/transport.h>

struct shm_directory {
	char path[256];
	int fd; /* O_PATH is not enough: files are made and opened below it; never mapped */
	bool is_groups;
	gid_t gid; /* a group's: its */
	uid_t uid; /* ours */
};

/** @return TERN_OK, TERN_EINVAL, TERN_EPERM, TERN_ENOTFOUND: it is just being removed, TERN_EIO,
 * with a text that says how to mend it */
tern_status shm_directory_open(const struct tern_host *host,
                               struct shm_directory *ret_directory);
void shm_directory_close(struct shm_directory *directory);

/**
 * A new file of this size, its memory granted (posix_fallocate, taken up again after signals).
 * The name is the caller's by the slot that it holds: what has it already is removed.
 * @param peers_write  in a group's directory, the others may write to it
 * @return TERN_OK; TERN_ENOMEM: the file system or the memory limit is full, and nothing was
 *         left behind; TERN_EPERM; TERN_EIO
 */
tern_status shm_file_create(const struct tern_host *host,
                            const struct shm_directory *directory, const char *name,
                            size_t size_bytes, bool peers_write, int *ret_fd);
/**
 * Grant the memory of a part of the file, which grows if it ends before. The part is not to be
 * touched before: where the file system is full, that kills the process.
 * @return TERN_OK; TERN_ENOMEM: as above, and some of the part may be granted; TERN_EIO
 */
tern_status shm_file_grant(const struct tern_host *host, int fd, uint64_t offset,
                           size_t size_bytes);
/**
 * Make it so long; what is new of it is not granted yet.
 * @return TERN_OK; TERN_ENOMEM: it is beyond the limit on file sizes; TERN_EIO
 */
tern_status shm_file_set_size(const struct tern_host *host, int fd, uint64_t size_bytes);
/** As shm_file_create(), but peers may write to it, and it has no name until shm_file_link(). */
tern_status shm_file_create_unnamed(const struct tern_host *host,
                                    const struct shm_directory *directory,
                                    size_t size_bytes, int *ret_fd);
/** @return TERN_OK; TERN_EEXISTS: the name is taken; TERN_ENOTFOUND: the directory is gone; TERN_EIO */
tern_status shm_file_link(const struct tern_host *host,
                          const struct shm_directory *directory, int fd,
                          const char *name);
/** Does this name of the directory still lead to the open file? */
bool shm_file_is_named(const struct shm_directory *directory, const char *name, int fd);
/**
 * Open a file of ours or a trusted peer's.
 * @param ret_size_bytes  its size now
 * @return TERN_OK; TERN_ENOTFOUND; TERN_EPERM: it may not be opened, or its owner is not to be
 *         trusted (the text says what would help); TERN_EIO
 */
tern_status shm_file_open(const struct tern_host *host,
                          const struct shm_directory *directory, const char *name,
                          bool writable, int *ret_fd, size_t *ret_size_bytes);
/**
 * Map a part, followed by a private page of zeros, so that a string whose end a peer takes away
 * ends there.
 * @param offset  a multiple of the page size
 * @return TERN_OK; TERN_ENOMEM: a limit on the address space or on locked memory; TERN_EIO
 */
tern_status shm_map(const struct tern_host *host, int fd, size_t offset,
                    size_t size_bytes, bool writable, void **ret_address);
void shm_unmap(void *address, size_t size_bytes);

#endif
