/*
 * The stack's sockets, never blocking. Some of what the scripts ask Linux
 * for is an ioctl or a sysctl there: it is answered from the connection.
 */
#include <string.h>
#include "net/socket/epoll.h"
#include "net/socket/socket.h"
#include "net/tcp/tcp_sock.h"
#include "test/host/machine_sim.h"
#include "test/packetdrill/net.h"
#include "test/packetdrill/stack.h"

static void set_flag(const char *name, bool *flag)
{
	u64 value;

	if (sysctl_read(name, &value, 1) == 1)
		*flag = value != 0;
}

static void set_sizes(const char *name, u32 *size, u32 *most)
{
	u64 values[3]; /* least, default, most */

	if (sysctl_read(name, values, 3) != 3)
		return;
	*size = (u32)values[1];
	*most = (u32)values[2];
}

static void apply_sysctls(void)
{
	struct tcp_conf *conf = &stack_net()->tcp->conf;
	u64 value;

	set_sizes("tcp_rmem", &conf->rmem_default, &conf->rmem_max);
	set_sizes("tcp_wmem", &conf->wmem_default, &conf->wmem_max);
	set_flag("tcp_timestamps", &conf->timestamps);
	set_flag("tcp_sack", &conf->sack);
	set_flag("tcp_slow_start_after_idle", &conf->slow_start_after_idle);
	if (sysctl_read("tcp_min_tso_segs", &value, 1) == 1)
		conf->push_segs = (u8)value;
	if (sysctl_read("tcp_ecn", &value, 1) == 1)
		conf->ecn = (u8)value;
}

int stack_socket(int type, int protocol, struct socket **out)
{
	int err;

	apply_sysctls();
	err = sock_create(stack_net(), AF_INET, type, protocol, out);
	if (!err)
		(*out)->nonblock = true;
	return err;
}

int stack_bind(struct socket *sock, const void *addr)
{
	return sock_bind(sock, addr);
}

int stack_listen(struct socket *sock, int backlog)
{
	return sock_listen(sock, backlog);
}

int stack_accept(struct socket *sock, struct socket **out, void *peer)
{
	int err = sock_accept(sock, out, peer);

	if (!err)
		(*out)->nonblock = true;
	return err;
}

int stack_connect(struct socket *sock, const void *addr)
{
	int err = sock_connect(sock, addr);

	sim_settle();
	return err;
}

int stack_connected(struct socket *sock)
{
	u32 events = sock_poll(sock);
	int err;

	if (!(events & (EPOLLOUT | EPOLLERR | EPOLLHUP)))
		return -EAGAIN;
	err = sock_error(sock->sk);
	if (err)
		return err;
	return events & EPOLLOUT ? 0 : -ECONNABORTED;
}

ssize_t stack_recv(struct socket *sock, void *iov, u32 iovlen, u32 flags)
{
	struct msghdr msg = {.iov = iov, .iovlen = iovlen, .flags = flags};
	ssize_t n = sock_recvmsg(sock, &msg);

	sim_settle();
	return n;
}

ssize_t stack_send(struct socket *sock, void *iov, u32 iovlen, u32 flags)
{
	struct msghdr msg = {.iov = iov, .iovlen = iovlen, .flags = flags};
	ssize_t n = sock_sendmsg(sock, &msg);

	sim_settle();
	return n;
}

int stack_shutdown(struct socket *sock, int how)
{
	int err = sock_shutdown(sock, how);

	sim_settle();
	return err;
}

void stack_close(struct socket *sock)
{
	sock_close(sock);
	sim_settle();
}

u32 stack_poll(struct socket *sock)
{
	return sock_poll(sock);
}

/* Scripts look at fields that came into Linux later: as zeros. */
static int get_info(struct socket *sock, void *value, u32 *len)
{
	u32 given = *len;
	int err;

	memset(value, 0, *len);
	err = sock_getsockopt(sock, SOL_TCP, TCP_INFO, value, &given);
	return err;
}

int stack_getsockopt(struct socket *sock, int level, int name, void *value,
		     u32 *len)
{
	if (level == SOL_TCP && name == TCP_INFO)
		return get_info(sock, value, len);
	return sock_getsockopt(sock, level, name, value, len);
}

int stack_setsockopt(struct socket *sock, int level, int name,
		     const void *value, u32 len)
{
	int err = sock_setsockopt(sock, level, name, value, len);

	sim_settle();
	return err;
}

int stack_inq(struct socket *sock)
{
	const struct tcp_sock *tp = tcp_sk(sock->sk);

	return (int)(tp->rcv_nxt - tp->copied_seq) - tp->fin_rcvd;
}

int stack_outq(struct socket *sock)
{
	return (int)tcp_unacked_or_unsent(tcp_sk(sock->sk));
}

struct epoll *stack_epoll_create(void)
{
	return epoll_create();
}

void stack_epoll_close(struct epoll *ep)
{
	epoll_close(ep);
}

int stack_epoll_ctl(struct epoll *ep, int op, struct socket *sock, u32 events,
		    u64 data)
{
	struct epoll_event event = {events, (void *)data};

	return epoll_ctl(ep, op, sock, &event);
}

int stack_epoll_wait(struct epoll *ep, u32 *events, u64 *data)
{
	struct epoll_event event;
	int n = epoll_wait(ep, &event, 1, 0);

	if (n == 1) {
		*events = event.events;
		*data = (u64)event.data;
	}
	return n;
}
