/* The calls that make, connect and end sockets, and epoll. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include "test/packetdrill/adapter.h"

/* What `ask` functions get. */
struct request {
	struct file *file, *made;
	const struct sockaddr_in *to;
	struct sockaddr_in peer;
	struct epoll_event *event;
};

static struct file *find_socket(int fd)
{
	struct file *file = file_find(fd);

	return file && file->sock ? file : NULL;
}

static u64 patience(const struct file *file)
{
	return file->nonblock ? 0 : NEVER;
}

static int do_socket(int type, int protocol)
{
	struct file *file = file_open();
	int err;

	if (!file)
		return -EMFILE;
	err = stack_socket(type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), protocol,
			   &file->sock);
	if (err) {
		file_close(file);
		return err;
	}
	file->nonblock = type & SOCK_NONBLOCK;
	return file->fd;
}

static int call_socket(void *ours, int domain, int type, int protocol)
{
	if (domain != AF_INET) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	adapter_enter();
	return (int)adapter_leave(do_socket(type, protocol));
}

static int call_bind(void *ours, int fd, const struct sockaddr *addr,
		     socklen_t len)
{
	struct file *file;

	adapter_enter();
	file = find_socket(fd);
	return (int)adapter_leave(file ? stack_bind(file->sock, addr) : -EBADF);
}

static int call_listen(void *ours, int fd, int backlog)
{
	struct file *file;

	adapter_enter();
	file = find_socket(fd);
	return (int)adapter_leave(file ? stack_listen(file->sock, backlog)
				       : -EBADF);
}

static long ask_accept(void *arg)
{
	struct request *req = arg;

	return stack_accept(req->file->sock, &req->made->sock, &req->peer);
}

static long do_accept(struct request *req)
{
	long err;

	if (!req->file)
		return -EBADF;
	req->made = file_open();
	if (!req->made)
		return -EMFILE;
	err = adapter_retry(patience(req->file), ask_accept, req);
	if (!err)
		return req->made->fd;
	file_close(req->made);
	return err;
}

static int call_accept(void *ours, int fd, struct sockaddr *addr,
		       socklen_t *len)
{
	struct request req = {0};
	long n;

	adapter_enter();
	req.file = find_socket(fd);
	n = do_accept(&req);
	if (n >= 0 && addr) {
		memcpy(addr, &req.peer, MIN(*len, sizeof(req.peer)));
		*len = sizeof(req.peer);
	}
	return (int)adapter_leave(n);
}

static long ask_connected(void *arg)
{
	return stack_connected(((struct request *)arg)->file->sock);
}

static int call_connect(void *ours, int fd, const struct sockaddr *addr,
			socklen_t len)
{
	struct request req = {0};
	long err = -EBADF;

	adapter_enter();
	req.file = find_socket(fd);
	if (req.file)
		err = stack_connect(req.file->sock, addr);
	if (err == -EINPROGRESS && !req.file->nonblock)
		err = adapter_retry(NEVER, ask_connected, &req);
	return (int)adapter_leave(err);
}

static int call_shutdown(void *ours, int fd, int how)
{
	struct file *file;

	adapter_enter();
	file = find_socket(fd);
	return (int)adapter_leave(file ? stack_shutdown(file->sock, how)
				       : -EBADF);
}

static int call_close(void *ours, int fd)
{
	struct file *file;

	adapter_enter();
	file = file_find(fd);
	if (file)
		file_close(file);
	return (int)adapter_leave(file ? 0 : -EBADF);
}

static long do_fcntl(struct file *file, int cmd, long arg)
{
	if (!file)
		return -EBADF;
	if (cmd == F_GETFL)
		return O_RDWR | (file->nonblock ? O_NONBLOCK : 0);
	if (cmd != F_SETFL)
		return -EINVAL;
	file->nonblock = arg & O_NONBLOCK;
	return 0;
}

static int call_fcntl(void *ours, int fd, int cmd, ...)
{
	va_list args;
	long arg;

	va_start(args, cmd);
	arg = va_arg(args, long);
	va_end(args);
	adapter_enter();
	return (int)adapter_leave(do_fcntl(file_find(fd), cmd, arg));
}

static int do_ioctl(struct file *file, unsigned long request, int *out)
{
	if (!file)
		return -EBADF;
	switch (request) {
	case SIOCINQ:
		*out = stack_inq(file->sock);
		return 0;
	case SIOCOUTQ:
		*out = stack_outq(file->sock);
		return 0;
	default:
		return -EINVAL;
	}
}

static int call_ioctl(void *ours, int fd, unsigned long request, ...)
{
	va_list args;
	int *out;

	va_start(args, request);
	out = va_arg(args, int *);
	va_end(args);
	adapter_enter();
	return (int)adapter_leave(do_ioctl(find_socket(fd), request, out));
}

static long do_epoll_create(void)
{
	struct file *file = file_open();

	if (!file)
		return -EMFILE;
	file->ep = stack_epoll_create();
	return file->fd;
}

static int call_epoll_create(void *ours, int size)
{
	adapter_enter();
	return (int)adapter_leave(do_epoll_create());
}

static int call_epoll_ctl(void *ours, int epfd, int op, int fd,
			  struct epoll_event *event)
{
	struct file *ep, *file;
	int err = -EBADF;

	adapter_enter();
	ep = file_find(epfd);
	file = find_socket(fd);
	if (ep && ep->ep && file)
		err = stack_epoll_ctl(ep->ep, op, file->sock, event->events,
				      event->data.u64);
	return (int)adapter_leave(err);
}

static long ask_epoll(void *arg)
{
	struct request *req = arg;
	u64 data = 0;
	u32 events = 0;
	int n = stack_epoll_wait(req->file->ep, &events, &data);

	if (!n)
		return -EAGAIN;
	req->event->events = events;
	req->event->data.u64 = data;
	return n;
}

static u64 deadline(int timeout_ms)
{
	if (timeout_ms < 0)
		return NEVER;
	return stack_now_us() + (u64)timeout_ms * 1000;
}

static int call_epoll_wait(void *ours, int epfd, struct epoll_event *events,
			   int max, int timeout_ms)
{
	struct request req = {.event = events};
	long n = -EBADF;

	adapter_enter();
	req.file = file_find(epfd);
	if (req.file && req.file->ep)
		n = adapter_retry(deadline(timeout_ms), ask_epoll, &req);
	return (int)adapter_leave(n == -EAGAIN ? 0 : n);
}

struct poll_request {
	struct pollfd *fds;
	nfds_t n;
};

/* The low bits of epoll's events are poll's. */
static long ask_poll(void *arg)
{
	struct poll_request *req = arg;
	long ready = 0;

	for (nfds_t i = 0; i < req->n; i++) {
		struct pollfd *pfd = &req->fds[i];
		struct file *file = find_socket(pfd->fd);
		u32 wanted = (u32)pfd->events | POLLERR | POLLHUP;

		pfd->revents = file ? (short)(stack_poll(file->sock) & wanted)
				    : POLLNVAL;
		ready += pfd->revents != 0;
	}
	return ready ? ready : -EAGAIN;
}

static int call_poll(void *ours, struct pollfd *fds, nfds_t n, int timeout_ms)
{
	struct poll_request req = {fds, n};
	long ready;

	adapter_enter();
	ready = adapter_retry(deadline(timeout_ms), ask_poll, &req);
	return (int)adapter_leave(ready == -EAGAIN ? 0 : ready);
}

void calls_fill(struct packetdrill_interface *ifc)
{
	ifc->socket = call_socket;
	ifc->bind = call_bind;
	ifc->listen = call_listen;
	ifc->accept = call_accept;
	ifc->connect = call_connect;
	ifc->shutdown = call_shutdown;
	ifc->close = call_close;
	ifc->fcntl = call_fcntl;
	ifc->ioctl = call_ioctl;
	ifc->epoll_create = call_epoll_create;
	ifc->epoll_ctl = call_epoll_ctl;
	ifc->epoll_wait = call_epoll_wait;
	ifc->poll = call_poll;
}
