/* TCP for wget and telnet: see stream.h. */
#include "app/shell/stream.h"

#include "kernel/timer.h"

#define CONNECT_MS 10000
#define LOOK_MS	   100 /* how often ^C is looked for */

int stream_connect(struct shell *sh, be32 addr, u16 port, struct socket **out)
{
	struct sockaddr_in to = {AF_INET, htons(port), addr};
	u64 timeout = CONNECT_MS;
	int err = sock_create(sh->net, AF_INET, SOCK_STREAM, 0, out);

	if (err)
		return err;
	(void)sock_setsockopt(*out, SOL_SOCKET, SO_SNDTIMEO, &timeout,
			      sizeof(timeout));
	err = sock_connect(*out, &to);
	if (err)
		sock_close(*out);
	return err;
}

ssize_t stream_recv(struct shell *sh, struct socket *sock, void *buf,
		    size_t size, u64 timeout_ms)
{
	u64 end = clock_ms() + timeout_ms;

	for (;;) {
		u64 now = clock_ms(), wait = LOOK_MS;
		ssize_t n;

		if (sh_interrupted(sh))
			return -EINTR;
		wait = now < end ? MIN(wait, end - now) : 1;
		(void)sock_setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &wait,
				      sizeof(wait));
		n = sock_recv(sock, buf, size, 0);
		if (n != -EAGAIN || now >= end)
			return n;
	}
}
