/*
 * UDP echo (RFC 862). A datagram from one of the old small services (echo
 * itself, daytime, chargen, ...) would be answered there again, for ever:
 * such sources are refused, and broadcasts, which many would answer.
 */
#include "kernel/machine.h"
#include "kernel/slab.h"
#include "kernel/task.h"
#include "app/echo.h"

#define RESERVED_PORTS 1024
#define BUF_ORDER      4
#define BUF_SIZE       (PAGE_SIZE << BUF_ORDER)
#define BURST	       64 /* datagrams, as a NAPI poll takes */

static int echo_open(struct echo_server *echo)
{
	struct sockaddr_in addr = {AF_INET, htons(ECHO_PORT), INADDR_ANY};
	int err;

	echo->buf = machine_pages_alloc(BUF_ORDER);
	if (!echo->buf)
		return -ENOMEM;
	err = sock_create(echo->net, AF_INET, SOCK_DGRAM, 0, &echo->sock);
	return err ? err : sock_bind(echo->sock, &addr);
}

struct echo_server *echo_create(struct net *net, int *err)
{
	struct echo_server *echo = kzalloc(sizeof(*echo));

	*err = -ENOMEM;
	if (!echo)
		return NULL;
	echo->net = net;
	*err = echo_open(echo);
	if (!*err)
		return echo;
	echo_free(echo);
	return NULL;
}

/* What would come back for ever, or from everybody who heard it. */
static bool refused(const struct msghdr *msg)
{
	return ntohs(msg->name->port) < RESERVED_PORTS ||
	       msg->flags & MSG_BCAST;
}

int echo_one(struct echo_server *echo)
{
	struct sockaddr_in peer;
	struct iovec iov = {echo->buf, BUF_SIZE};
	struct msghdr msg = {.name = &peer, .iov = &iov, .iovlen = 1};
	ssize_t n = sock_recvmsg(echo->sock, &msg);

	if (n < 0)
		return (int)n;
	if (refused(&msg)) {
		echo->refused++;
		sock_count_echo_loop(echo->net);
		return 0;
	}
	/* Back as it came. */
	iov.len = (size_t)n;
	msg.flags = MSG_DONTWAIT;
	n = sock_sendmsg(echo->sock, &msg);
	if (n < 0)
		return (int)n;
	echo->answered++;
	return 0;
}

void echo_free(struct echo_server *echo)
{
	if (echo->sock)
		sock_close(echo->sock);
	if (echo->buf)
		machine_pages_free(echo->buf, BUF_ORDER);
	kfree(echo);
}

/* Others have their turn while it sleeps, and at the latest after a burst. */
static void echo_task(void *arg)
{
	for (u32 n = 1;; n++) {
		/* An error is about one datagram: the next may go. */
		(void)echo_one(arg);
		if (n % BURST == 0)
			task_yield();
	}
}

int echo_start(struct net *net)
{
	int err;
	struct echo_server *echo = echo_create(net, &err);

	if (!echo)
		return err;
	if (task_create("echo", echo_task, echo))
		return 0;
	echo_free(echo);
	return -ENOMEM;
}
