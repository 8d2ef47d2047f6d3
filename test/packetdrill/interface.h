/*
 * The table of calls that packetdrill asks a stack's library to fill in: its
 * members in packetdrill's order, each with libc's semantics (-1 and errno)
 * behind a first argument that is ours. Unused members may not be NULL.
 */
#pragma once

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>

struct packetdrill_interface {
	void *userdata;
	void (*free)(void *ours);
	int (*socket)(void *ours, int domain, int type, int protocol);
	int (*bind)(void *ours, int fd, const struct sockaddr *addr,
		    socklen_t len);
	int (*listen)(void *ours, int fd, int backlog);
	int (*accept)(void *ours, int fd, struct sockaddr *addr,
		      socklen_t *len);
	int (*connect)(void *ours, int fd, const struct sockaddr *addr,
		       socklen_t len);
	ssize_t (*read)(void *ours, int fd, void *buf, size_t len);
	ssize_t (*readv)(void *ours, int fd, const struct iovec *iov, int n);
	ssize_t (*recv)(void *ours, int fd, void *buf, size_t len, int flags);
	ssize_t (*recvfrom)(void *ours, int fd, void *buf, size_t len,
			    int flags, struct sockaddr *from,
			    socklen_t *fromlen);
	ssize_t (*recvmsg)(void *ours, int fd, struct msghdr *msg, int flags);
	ssize_t (*write)(void *ours, int fd, const void *buf, size_t len);
	ssize_t (*writev)(void *ours, int fd, const struct iovec *iov, int n);
	ssize_t (*send)(void *ours, int fd, const void *buf, size_t len,
			int flags);
	ssize_t (*sendto)(void *ours, int fd, const void *buf, size_t len,
			  int flags, const struct sockaddr *to,
			  socklen_t tolen);
	ssize_t (*sendmsg)(void *ours, int fd, const struct msghdr *msg,
			   int flags);
	int (*fcntl)(void *ours, int fd, int cmd, ...);
	int (*ioctl)(void *ours, int fd, unsigned long request, ...);
	int (*close)(void *ours, int fd);
	int (*shutdown)(void *ours, int fd, int how);
	int (*getsockopt)(void *ours, int fd, int level, int name, void *value,
			  socklen_t *len);
	int (*setsockopt)(void *ours, int fd, int level, int name,
			  const void *value, socklen_t len);
	int (*poll)(void *ours, struct pollfd *fds, nfds_t n, int timeout_ms);
	/* An IP packet for the stack; it has been dealt with on return. */
	int (*netdev_send)(void *ours, const void *packet, size_t len);
	/* The next IP packet of the stack, *len 0: none will come. */
	int (*netdev_receive)(void *ours, void *packet, size_t *len,
			      long long *sent_us);
	int (*usleep)(void *ours, unsigned us);
	int (*gettimeofday)(void *ours, struct timeval *tv, void *zone);
	int (*epoll_create)(void *ours, int size);
	int (*epoll_ctl)(void *ours, int epfd, int op, int fd,
			 struct epoll_event *event);
	int (*epoll_wait)(void *ours, int epfd, struct epoll_event *events,
			  int max, int timeout_ms);
	int (*pipe)(void *ours, int fds[2]);
	ssize_t (*splice)(void *ours, int from, off_t *from_off, int to,
			  off_t *to_off, size_t len, unsigned flags);
};

/* `flags` is packetdrill's --so_flags, NULL without one. */
void packetdrill_interface_init(const char *flags,
				struct packetdrill_interface *ifc);
