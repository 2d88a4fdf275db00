/* Network namespaces by system calls, links in them by ip(8). */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netns.h"
#include "suite.h"

/* Loopback has neither of these flags in a new namespace; Cyclone DDS wants both. */
static bool loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	bool ok = false;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	if (ioctl(fd, SIOCGIFFLAGS, &request) == 0) {
		request.ifr_flags = (short)(request.ifr_flags | IFF_UP | IFF_MULTICAST);
		ok = ioctl(fd, SIOCSIFFLAGS, &request) == 0;
	}
	close(fd);
	return ok;
}

static bool ip_available(void)
{
	return access("/sbin/ip", X_OK) == 0 || access("/usr/sbin/ip", X_OK) == 0 ||
	       access("/bin/ip", X_OK) == 0;
}

/* Processes on one host find each other in shared memory, too. */
static bool shm_of_our_own(void)
{
	return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") ==
	               0;
}

void netns_isolate(void)
{
	int flags = CLONE_NEWNET | CLONE_NEWNS | (geteuid() == 0 ? 0 : CLONE_NEWUSER);

	if (unshare(flags) != 0)
		suite_skip("no network namespace can be made here: %s", strerror(errno));
	if (!shm_of_our_own())
		suite_skip("no /dev/shm of the test's own can be mounted here: %s",
		           strerror(errno));
	if (!loopback_up())
		suite_skip("loopback could not be brought up in a namespace: %s",
		           strerror(errno));
}

void netns_need_root(void)
{
	struct netns probe;

	if (geteuid() != 0)
		suite_skip("needs root, to make network namespaces");
	if (!ip_available())
		suite_skip("needs ip(8) of the package iproute2");
	if (!netns_create(&probe))
		suite_skip("no network namespace can be made here (a container without "
		           "CAP_SYS_ADMIN?)");
	netns_destroy(&probe);
}

/* In a child, so that the test's own threads stay where they are: the namespace is opened
 * through the child's /proc entry while it waits. */
bool netns_create(struct netns *ret_netns)
{
	char path[64], byte = 0;
	int ready[2] = { -1, -1 }, done[2] = { -1, -1 };
	int fd = -1;

	ret_netns->fd = -1;
	if (pipe2(ready, O_CLOEXEC) != 0 || pipe2(done, O_CLOEXEC) != 0)
		goto out;
	pid_t pid = fork();
	if (pid < 0)
		goto out;
	if (pid == 0) {
		close(done[1]);
		if (unshare(CLONE_NEWNET) != 0 || !loopback_up())
			_exit(1);
		if (write(ready[1], &byte, 1) == 1 && read(done[0], &byte, 1) >= 0)
			_exit(0);
		_exit(1);
	}
	close(ready[1]);
	ready[1] = -1;
	if (read(ready[0], &byte, 1) == 1) {
		snprintf(path, sizeof path, "/proc/%d/ns/net", (int)pid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	close(done[1]);
	done[1] = -1;
	waitpid(pid, NULL, 0);
out:
	if (fd < 0)
		fprintf(stderr, "netns: no namespace could be made: %s\n",
		        strerror(errno));
	for (int i = 0; i < 2; i++) {
		if (ready[i] >= 0)
			close(ready[i]);
		if (done[i] >= 0)
			close(done[i]);
	}
	ret_netns->fd = fd;
	return fd >= 0;
}

bool netns_ip(const struct netns *netns, const char *format, ...)
{
	char command[512] = "PATH=/usr/sbin:/sbin:/usr/bin:/bin exec ip ";
	size_t used = strlen(command);
	int status = -1;
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(command + used, sizeof command - used, format, arguments);
	va_end(arguments);
	if (length < 0 || (size_t)length >= sizeof command - used)
		return false;
	pid_t pid = fork();
	if (pid == 0) {
		if (!netns_enter_fd(netns->fd))
			_exit(126);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
		fprintf(stderr, "netns: failed: ip %s\n", command + used);
		return false;
	}
	return true;
}

static bool configure_end(const struct netns *netns, const char *interface,
                          const char *address)
{
	return netns_ip(netns, "address add %s dev %s", address, interface) &&
	       netns_ip(netns, "link set %s up", interface) &&
	       netns_ip(netns, "route add 224.0.0.0/4 dev %s", interface);
}

bool netns_join(const struct netns *a, const char *address_a, const struct netns *b,
                const char *address_b, const char *interface)
{
	/* Both ends are made inside: no interface of the real host is ever touched. */
	return netns_ip(a, "link add %s type veth peer name %s netns /proc/%d/fd/%d",
	                interface, interface, (int)getpid(), b->fd) &&
	       configure_end(a, interface, address_a) &&
	       configure_end(b, interface, address_b);
}

void netns_destroy(struct netns *netns)
{
	if (netns->fd >= 0)
		close(netns->fd);
	netns->fd = -1;
}

int netns_open(const struct netns *netns)
{
	return fcntl(netns->fd, F_DUPFD_CLOEXEC, 3);
}

bool netns_enter_fd(int fd)
{
	return setns(fd, CLONE_NEWNET) == 0;
}
