/*
 * Socket options. packetdrill's own assertions call libc's getsockopt, not
 * the table's: this library is loaded a second time by LD_PRELOAD and its
 * getsockopt takes libc's place.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/syscall.h>
#include "test/packetdrill/adapter.h"

#ifndef TCP_CC_INFO
#define TCP_CC_INFO 26
#endif
#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif

/* Linux's own numbers, which mean nothing here: as many zeros. */
static bool is_internal(int level, int name)
{
	return (level == SOL_SOCKET && name == SO_MEMINFO) ||
	       (level == SOL_TCP && name == TCP_CC_INFO);
}

static int do_getsockopt(const struct file *file, int level, int name,
			 void *value, socklen_t *len)
{
	u32 given = *len;
	int err;

	if (is_internal(level, name)) {
		memset(value, 0, *len);
		*len = name == TCP_CC_INFO ? 0 : *len;
		return 0;
	}
	err = stack_getsockopt(file->sock, level, name, value, &given);
	*len = given;
	return err;
}

static int call_getsockopt(void *ours, int fd, int level, int name, void *value,
			   socklen_t *len)
{
	struct file *file;

	adapter_enter();
	file = file_find(fd);
	return (int)adapter_leave(
		file && file->sock
			? do_getsockopt(file, level, name, value, len)
			: -EBADF);
}

/*
 * Linux looks for a new route then, and so does barenet here. It has no
 * IP_MTU_DISCOVER: a program cannot choose how it learns of a path's MTU.
 */
static int set_ip_option(const struct file *file, int name, const void *value,
			 socklen_t len)
{
	stack_forget_routes();
	if (name == IP_MTU_DISCOVER)
		return 0;
	return stack_setsockopt(file->sock, SOL_IP, name, value, len);
}

static int do_setsockopt(const struct file *file, int level, int name,
			 const void *value, socklen_t len)
{
	if (level == SOL_IP)
		return set_ip_option(file, name, value, len);
	return stack_setsockopt(file->sock, level, name, value, len);
}

static int call_setsockopt(void *ours, int fd, int level, int name,
			   const void *value, socklen_t len)
{
	struct file *file;

	adapter_enter();
	file = file_find(fd);
	return (int)adapter_leave(
		file && file->sock
			? do_setsockopt(file, level, name, value, len)
			: -EBADF);
}

__attribute__((visibility("default"))) int
getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	if (file_find(fd))
		return call_getsockopt(NULL, fd, level, name, value, len);
	return (int)syscall(SYS_getsockopt, fd, level, name, value, len);
}

static int call_pipe(void *ours, int fds[2])
{
	errno = ENOSYS;
	return -1;
}

static ssize_t call_splice(void *ours, int from, off_t *from_off, int to,
			   off_t *to_off, size_t len, unsigned flags)
{
	errno = ENOSYS;
	return -1;
}

void options_fill(struct packetdrill_interface *ifc)
{
	ifc->getsockopt = call_getsockopt;
	ifc->setsockopt = call_setsockopt;
	ifc->pipe = call_pipe;
	ifc->splice = call_splice;
}
