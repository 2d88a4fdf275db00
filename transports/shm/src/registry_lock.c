/* Locks on bytes of the registry's file. */
#include "registry_impl.h"

#include <errno.h>
#include <fcntl.h>

static struct flock lock_of(int64_t byte, short type)
{
	return (struct flock){
		.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1
	};
}

int byte_lock(int fd, int64_t byte, int kind)
{
	struct flock lock = lock_of(byte, kind == LOCK_SHARED ? F_RDLCK : F_WRLCK);
	int result;

	do {
		result = fcntl(fd, F_OFD_SETLK, &lock);
	} while (result != 0 && errno == EINTR);
	if (result == 0)
		return 0;
	return errno == EACCES ? EAGAIN : errno;
}

void byte_unlock(int fd, int64_t byte)
{
	struct flock lock = lock_of(byte, F_UNLCK);

	fcntl(fd, F_OFD_SETLK, &lock);
}

int byte_holder(int fd, int64_t byte)
{
	struct flock lock = lock_of(byte, F_WRLCK);

	/* An error is a bad descriptor, or a file system without locks: nobody is dead then. */
	if (fcntl(fd, F_OFD_GETLK, &lock) != 0 || lock.l_type == F_WRLCK)
		return LOCK_EXCLUSIVE;
	return lock.l_type == F_RDLCK ? LOCK_SHARED : LOCK_NONE;
}
