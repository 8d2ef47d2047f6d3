/* Echo and discard over TCP: see app/small_servers.h. Task context. */
#include "app/small_servers.h"

#include "app/echo.h"
#include "kernel/machine.h"
#include "kernel/slab.h"
#include "kernel/task.h"

#define BUF_ORDER 4
#define BUF_SIZE  (PAGE_SIZE << BUF_ORDER)

/* Each task of a server accepts for itself from the one listener. */
struct small_task {
	struct socket *listener;
	bool echo;
	u8 buf[]; /* BUF_SIZE less the above */
};

static bool send_all(struct socket *sock, const u8 *at, size_t left)
{
	while (left) {
		ssize_t n = sock_send(sock, at, left, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		at += n;
		left -= (size_t)n;
	}
	return true;
}

void small_serve(struct socket *sock, bool echo, u8 *buf, size_t size)
{
	u64 idle_ms = SMALL_IDLE_MS;
	ssize_t n = 0;

	if (!sock_setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &idle_ms,
			     sizeof(idle_ms)) &&
	    !sock_setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &idle_ms,
			     sizeof(idle_ms)))
		do {
			n = sock_recv(sock, buf, size, 0);
			/* Under a stream others have their turn. */
			task_yield();
		} while (n > 0 && (!echo || send_all(sock, buf, (size_t)n)));
	sock_close(sock);
}

static void serve_for_ever(void *arg)
{
	struct small_task *task = arg;
	size_t size = BUF_SIZE - sizeof(*task);
	struct socket *sock;

	for (;;) {
		if (!sock_accept(task->listener, &sock, NULL))
			small_serve(sock, task->echo, task->buf, size);
		else
			task_sleep_ms(100); /* no memory: it may come back */
	}
}

static int start_task(struct socket *listener, bool echo)
{
	struct small_task *task = machine_pages_alloc(BUF_ORDER);

	if (!task)
		return -ENOMEM;
	*task = (struct small_task){.listener = listener, .echo = echo};
	if (task_create(echo ? "echo-tcp" : "discard", serve_for_ever, task))
		return 0;
	machine_pages_free(task, BUF_ORDER);
	return -ENOMEM;
}

static int start_server(struct net *net, u16 port, bool echo)
{
	struct sockaddr_in addr = {AF_INET, htons(port), INADDR_ANY};
	struct socket *sock;
	int err = sock_create(net, AF_INET, SOCK_STREAM, 0, &sock);

	if (err)
		return err;
	err = sock_bind(sock, &addr);
	if (!err)
		err = sock_listen(sock, SMALL_TASKS);
	if (!err)
		err = start_task(sock, echo);
	if (err) {
		sock_close(sock);
		return err;
	}
	/* With one task it serves; the others are for more at a time. */
	for (int i = 1; i < SMALL_TASKS && !err; i++)
		err = start_task(sock, echo);
	return err;
}

int small_servers_start(struct net *net)
{
	int err = start_server(net, ECHO_PORT, true);

	return err ? err : start_server(net, DISCARD_PORT, false);
}
