/*
 * The programs' calls but for data transfer (transfer.c) and options
 * (option.c): create, bind, listen, accept, connect, shutdown, close. Each
 * checks its arguments, turns bottom halves off and asks the protocol.
 */
#include "kernel/slab.h"
#include "net/core/netdev.h"
#include "net/socket/block.h"
#include "net/socket/socket.h"
#include "net/tcp/tcp.h"

static struct socket *socket_wrap(struct sock *sk)
{
	struct socket *sock = kmalloc(sizeof(*sock));

	if (sock) {
		*sock = (struct socket){.sk = sk};
		sk->socket = sock;
	}
	return sock;
}

/* The protocol consumes the program's reference. */
static void sock_let_go(struct sock *sk)
{
	sk->dead = true;
	sk->socket = NULL;
	sk->proto->close(sk);
}

static int proto_find(struct net *net, int type, int protocol,
		      const struct proto **out)
{
	int err = -ESOCKTNOSUPPORT;

	for (u32 i = 0; i < NR_PROTOS; i++) {
		const struct proto *proto = net->protos[i];

		if (!proto || proto->type != type)
			continue;
		err = -EPROTONOSUPPORT;
		if (protocol && proto->protocol != protocol)
			continue;
		*out = proto;
		return 0;
	}
	return err;
}

int sock_create(struct net *net, int family, int type, int protocol,
		struct socket **out)
{
	const struct proto *proto;
	struct sock *sk;
	int err;

	if (family != AF_INET)
		return -EAFNOSUPPORT;
	err = proto_find(net, type, protocol, &proto);
	if (err)
		return err;
	err = -ENOMEM;
	local_bh_disable();
	sk = proto->create(net);
	if (sk) {
		*out = socket_wrap(sk);
		if (*out)
			err = 0;
		else
			sock_let_go(sk);
	}
	local_bh_enable();
	return err;
}

int sock_block_until(struct sock *sk, u64 deadline)
{
	u64 now = deadline ? clock_ms() : 0;

	if (now >= deadline)
		return -EAGAIN;
	(void)wait_sleep(&sk->wait, deadline - now);
	return sk->dead ? -EBADF : 0;
}

static int check_addr(const struct sockaddr_in *addr)
{
	if (!addr)
		return -EFAULT;
	return addr->family == AF_INET ? 0 : -EAFNOSUPPORT;
}

int sock_bind(struct socket *sock, const struct sockaddr_in *addr)
{
	struct sock *sk = sock->sk;
	int err = check_addr(addr);

	if (err)
		return err;
	local_bh_disable();
	err = sk->proto->bind(sk, addr);
	local_bh_enable();
	return err;
}

int sock_listen(struct socket *sock, int backlog)
{
	struct sock *sk = sock->sk;
	int err;

	if (!sk->proto->listen)
		return -EOPNOTSUPP;
	backlog = MIN(MAX(backlog, 1), SOMAXCONN);
	local_bh_disable();
	err = sk->proto->listen(sk, backlog);
	if (!err)
		sock->listening = true;
	local_bh_enable();
	return err;
}

/* The next child; sleeps for it when the deadline lets it. */
static int accept_child(struct sock *sk, u64 deadline, struct sock **child)
{
	int err = 0;

	sock_hold(sk);
	while (!err) {
		if (!sk->socket->listening) {
			err = -EINVAL;
			break;
		}
		*child = sk->proto->accept(sk);
		if (*child)
			break;
		err = sock_block(sk, deadline);
	}
	sock_put(sk);
	return err;
}

int sock_accept(struct socket *sock, struct socket **out,
		struct sockaddr_in *peer)
{
	struct sock *sk = sock->sk, *child = NULL;
	int err;

	if (!sk->proto->accept)
		return -EOPNOTSUPP;
	local_bh_disable();
	err = accept_child(sk,
			   sock->nonblock ? 0 : sock_deadline(sk->rcvtimeo_ms),
			   &child);
	if (!err) {
		if (peer)
			*peer = (struct sockaddr_in){AF_INET, child->dport,
						     child->daddr};
		*out = socket_wrap(child);
		if (!*out) {
			sock_let_go(child);
			err = -ENOMEM;
		}
	}
	local_bh_enable();
	return err;
}

/* Until the handshake's end, whichever it is. */
static int connect_wait(struct sock *sk, u64 deadline)
{
	int err = 0;

	sock_hold(sk);
	while (!err) {
		u32 events = sk->proto->poll(sk);

		if (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) {
			err = sock_error(sk);
			if (!err && !(events & EPOLLOUT))
				err = -ECONNABORTED;
			break;
		}
		err = sock_block(sk, deadline);
	}
	sock_put(sk);
	return err == -EAGAIN ? -EINPROGRESS : err;
}

int sock_connect(struct socket *sock, const struct sockaddr_in *addr)
{
	struct sock *sk = sock->sk;
	bool undo = addr && !addr->family && sk->type == SOCK_DGRAM;
	int err = undo ? 0 : check_addr(addr); /* AF_UNSPEC: no peer again */

	if (err)
		return err;
	if (!sk->proto->connect)
		return -EOPNOTSUPP;
	if (sock->listening)
		return -EISCONN;
	local_bh_disable();
	err = sk->proto->connect(sk, addr);
	if (err == -EINPROGRESS && !sock->nonblock)
		err = connect_wait(sk, sock_deadline(sk->sndtimeo_ms));
	local_bh_enable();
	return err;
}

int sock_shutdown(struct socket *sock, int how)
{
	struct sock *sk = sock->sk;
	int err;

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	local_bh_disable();
	err = sk->proto->shutdown(sk, how);
	if (!err && how != SHUT_WR)
		sock->listening = false;
	if (!err)
		wake_up(&sk->wait);
	local_bh_enable();
	return err;
}

void sock_close(struct socket *sock)
{
	struct sock *sk = sock->sk;

	local_bh_disable();
	sock_wake(sk, EPOLLFREE);
	sock_let_go(sk);
	local_bh_enable();
	kfree(sock);
}

int sock_getname(struct socket *sock, struct sockaddr_in *local,
		 struct sockaddr_in *peer)
{
	struct sock *sk = sock->sk;

	if (peer && !sk->dport.raw)
		return -ENOTCONN;
	if (local)
		*local = (struct sockaddr_in){AF_INET, sk->sport, sk->saddr};
	if (peer)
		*peer = (struct sockaddr_in){AF_INET, sk->dport, sk->daddr};
	return 0;
}

int sock_at_mark(struct socket *sock)
{
	if (sock->sk->proto != &tcp_proto)
		return -ENOTTY;
	return tcp_at_mark(sock->sk);
}

u32 sock_poll(struct socket *sock)
{
	u32 events;

	local_bh_disable();
	events = sock->sk->proto->poll(sock->sk);
	local_bh_enable();
	return events;
}

void sock_batch_begin(struct net *net)
{
	local_bh_disable();
	dev_tx_defer(net);
	local_bh_enable();
}

void sock_batch_end(struct net *net)
{
	local_bh_disable();
	dev_tx_flush(net);
	local_bh_enable();
}

void sock_count_echo_loop(struct net *net)
{
	local_bh_disable();
	net_count_drop(net, DROP_UDP_ECHO_LOOP);
	local_bh_enable();
}

void sock_interrupt(struct socket *sock, int err)
{
	local_bh_disable();
	if (!sock->sk->err)
		sock_set_error(sock->sk, err);
	local_bh_enable();
}
