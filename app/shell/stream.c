/* Sockets whose waits end with ^C: see stream.h. */
#include "app/shell/stream.h"

#include "kernel/task.h"

#define CONNECT_MS 10000
#define SEND_MS	   10000
#define LOOK_MS	   100 /* how often ^C is looked for */

static void set_timeout(struct socket *sock, int name, u64 ms)
{
	(void)sock_setsockopt(sock, SOL_SOCKET, name, &ms, sizeof(ms));
}

/* The end of a handshake that is under way. */
static int wait_connected(struct shell *sh, struct socket *sock)
{
	u64 end = clock_ms() + CONNECT_MS;
	int err = -ETIMEDOUT;
	u32 len = sizeof(err);

	while (!(sock_poll(sock) & (EPOLLOUT | EPOLLERR | EPOLLHUP))) {
		if (sh_interrupted(sh))
			return -EINTR;
		if (clock_ms() >= end)
			return -ETIMEDOUT;
		task_sleep_ms(LOOK_MS);
	}
	(void)sock_getsockopt(sock, SOL_SOCKET, SO_ERROR, &err, &len);
	return -err;
}

int stream_connect(struct shell *sh, be32 addr, u16 port, struct socket **out)
{
	struct sockaddr_in to = {AF_INET, htons(port), addr};
	int err = sock_create(sh->net, AF_INET, SOCK_STREAM, 0, out);

	if (err)
		return err;
	set_timeout(*out, SO_SNDTIMEO, LOOK_MS);
	err = sock_connect(*out, &to);
	if (err == -EINPROGRESS)
		err = wait_connected(sh, *out);
	if (err)
		sock_close(*out);
	else
		set_timeout(*out, SO_SNDTIMEO, SEND_MS);
	return err;
}

ssize_t stream_recv(struct shell *sh, struct socket *sock, void *buf,
		    size_t size, u64 deadline_ms)
{
	for (;;) {
		u64 now = clock_ms();
		bool last = now >= deadline_ms;
		ssize_t n;

		if (sh_interrupted(sh))
			return -EINTR;
		if (!last)
			set_timeout(sock, SO_RCVTIMEO,
				    MIN((u64)LOOK_MS, deadline_ms - now));
		n = sock_recv(sock, buf, size, last ? MSG_DONTWAIT : 0);
		task_yield(); /* under a flood others have their turn */
		if (n != -EAGAIN || last)
			return n;
	}
}
