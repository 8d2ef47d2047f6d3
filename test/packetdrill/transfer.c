/* Reading and writing: all forms of both are a list of pieces. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <netinet/in.h>
#include "test/packetdrill/adapter.h"

#define PIECES_MAX 64

struct transfer {
	struct file *file;
	struct iovec iov[PIECES_MAX]; /* what is left */
	u32 pieces;
	u32 flags;
	long done;
};

static long ask_recv(void *arg)
{
	struct transfer *t = arg;

	return stack_recv(t->file->sock, t->iov, t->pieces, t->flags);
}

/* Leaves of the list what lies behind its first n bytes. */
static void skip(struct transfer *t, size_t n)
{
	u32 gone = 0;

	while (gone < t->pieces && n >= t->iov[gone].iov_len)
		n -= t->iov[gone++].iov_len;
	t->pieces -= gone;
	memmove(t->iov, t->iov + gone, t->pieces * sizeof(t->iov[0]));
	if (t->pieces) {
		t->iov[0].iov_base = (char *)t->iov[0].iov_base + n;
		t->iov[0].iov_len -= n;
	}
}

/* A blocking write ends when all is queued (POSIX). */
static long ask_send(void *arg)
{
	struct transfer *t = arg;
	long n = stack_send(t->file->sock, t->iov, t->pieces, t->flags);

	if (n < 0)
		return n == -EAGAIN || !t->done ? n : t->done;
	t->done += n;
	skip(t, (size_t)n);
	return t->pieces ? -EAGAIN : t->done;
}

static long transfer(struct transfer *t, int fd, long (*ask)(void *arg))
{
	u64 until;
	long n;

	adapter_enter();
	t->file = file_find(fd);
	if (!t->file || !t->file->sock)
		return adapter_leave(-EBADF);
	until = t->file->nonblock || t->flags & MSG_DONTWAIT ? 0 : NEVER;
	n = adapter_retry(until, ask, t);
	return adapter_leave(n == -EAGAIN && t->done ? t->done : n);
}

static ssize_t transfer_iov(int fd, const struct iovec *iov, size_t n,
			    int flags, long (*ask)(void *arg))
{
	struct transfer t = {.pieces = (u32)n, .flags = (u32)flags};

	if (n > PIECES_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	memcpy(t.iov, iov, n * sizeof(*iov));
	return transfer(&t, fd, ask);
}

static ssize_t call_readv(void *ours, int fd, const struct iovec *iov, int n)
{
	return transfer_iov(fd, iov, (size_t)n, 0, ask_recv);
}

static ssize_t call_recv(void *ours, int fd, void *buf, size_t len, int flags)
{
	struct iovec iov = {buf, len};

	return transfer_iov(fd, &iov, 1, flags, ask_recv);
}

static ssize_t call_recvfrom(void *ours, int fd, void *buf, size_t len,
			     int flags, struct sockaddr *from,
			     socklen_t *fromlen)
{
	if (fromlen)
		*fromlen = 0;
	return call_recv(ours, fd, buf, len, flags);
}

static ssize_t call_read(void *ours, int fd, void *buf, size_t len)
{
	return call_recv(ours, fd, buf, len, 0);
}

static ssize_t call_recvmsg(void *ours, int fd, struct msghdr *msg, int flags)
{
	msg->msg_namelen = 0;
	msg->msg_controllen = 0;
	msg->msg_flags = 0;
	return transfer_iov(fd, msg->msg_iov, msg->msg_iovlen, flags, ask_recv);
}

static ssize_t call_writev(void *ours, int fd, const struct iovec *iov, int n)
{
	return transfer_iov(fd, iov, (size_t)n, 0, ask_send);
}

static ssize_t call_send(void *ours, int fd, const void *buf, size_t len,
			 int flags)
{
	struct iovec iov = {(void *)buf, len};

	return transfer_iov(fd, &iov, 1, flags, ask_send);
}

/* A stream's socket knows its peer. */
static ssize_t call_sendto(void *ours, int fd, const void *buf, size_t len,
			   int flags, const struct sockaddr *to,
			   socklen_t tolen)
{
	return call_send(ours, fd, buf, len, flags);
}

static ssize_t call_write(void *ours, int fd, const void *buf, size_t len)
{
	return call_send(ours, fd, buf, len, 0);
}

static ssize_t call_sendmsg(void *ours, int fd, const struct msghdr *msg,
			    int flags)
{
	return transfer_iov(fd, msg->msg_iov, msg->msg_iovlen, flags, ask_send);
}

void transfer_fill(struct packetdrill_interface *ifc)
{
	ifc->read = call_read;
	ifc->readv = call_readv;
	ifc->recv = call_recv;
	ifc->recvfrom = call_recvfrom;
	ifc->recvmsg = call_recvmsg;
	ifc->write = call_write;
	ifc->writev = call_writev;
	ifc->send = call_send;
	ifc->sendto = call_sendto;
	ifc->sendmsg = call_sendmsg;
}
