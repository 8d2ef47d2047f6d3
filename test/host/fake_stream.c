/* A stream protocol whose far end is a test. */
#include <stdlib.h>
#include <string.h>
#include "lib/errno.h"
#include "test/host/fake_stream.h"

#define FAKE_PORT_REFUSED 1
#define FAKE_PORT_LATER	  2 /* connects when the test says so */

struct fake_sock {
	struct sock sk;
	struct fake_peer *peer;
	char *in;
	size_t in_len;
	bool fin, connecting;
	struct list_head queue; /* a listener's children */
	struct list_head node;
};

static struct fake_sock *fake(struct sock *sk)
{
	return (struct fake_sock *)sk;
}

static const struct proto fake_proto;

static struct sock *fake_create(struct net *net)
{
	struct fake_sock *fs = calloc(1, sizeof(*fs));

	sock_init(&fs->sk, net, &fake_proto);
	fs->peer = calloc(1, sizeof(*fs->peer));
	fs->peer->fs = fs;
	fs->peer->out = calloc(1, 1);
	fs->peer->window = SIZE_MAX / 2;
	list_init(&fs->queue);
	list_init(&fs->node);
	return &fs->sk;
}

/* A peer that the test never saw is freed with its socket. */
static void fake_close(struct sock *sk)
{
	struct fake_sock *fs = fake(sk), *child, *tmp;

	list_for_each_entry_safe (child, tmp, &fs->queue, node) {
		list_del(&child->node);
		child->sk.proto->close(&child->sk);
	}
	fs->peer->closed = true;
	fs->peer->reset = sk->linger.onoff && !sk->linger.seconds;
	sock_put(sk);
}

static void fake_destroy(struct sock *sk)
{
	struct fake_sock *fs = fake(sk);

	fs->peer->fs = NULL;
	if (!sk->dport.raw)
		fake_free(fs->peer);
	free(fs->in);
	free(fs);
}

static int fake_bind(struct sock *sk, const struct sockaddr_in *addr)
{
	sk->sport = addr->port;
	sk->saddr = addr->addr;
	return 0;
}

static int fake_connect_out(struct sock *sk, const struct sockaddr_in *addr)
{
	if (fake(sk)->connecting)
		return -EALREADY;
	if (sk->dport.raw)
		return -EISCONN;
	if (ntohs(addr->port) == FAKE_PORT_REFUSED)
		return -ECONNREFUSED;
	sk->daddr = addr->addr;
	sk->dport = addr->port;
	fake(sk)->connecting = ntohs(addr->port) == FAKE_PORT_LATER;
	return fake(sk)->connecting ? -EINPROGRESS : 0;
}

static int fake_listen(struct sock *sk, int backlog)
{
	return sk->sport.raw ? 0 : -EINVAL;
}

static struct sock *fake_accept(struct sock *sk)
{
	struct fake_sock *fs = fake(sk), *child;

	if (list_empty(&fs->queue))
		return NULL;
	child = list_first(&fs->queue, struct fake_sock, node);
	list_del(&child->node);
	return &child->sk;
}

static ssize_t fake_sendmsg(struct sock *sk, struct msghdr *msg)
{
	struct fake_peer *peer = fake(sk)->peer;
	size_t len = iov_length(msg);

	if (sk->err)
		return sock_error(sk);
	peer->sends++;
	peer->last_flags = msg->flags;
	if (len > peer->window)
		len = peer->window;
	if (!len)
		return -EAGAIN;
	peer->out = realloc(peer->out, peer->out_len + len + 1);
	iov_copy_from(msg, 0, peer->out + peer->out_len, len);
	peer->out_len += len;
	peer->out[peer->out_len] = 0;
	peer->window -= len;
	return (ssize_t)len;
}

static ssize_t fake_recvmsg(struct sock *sk, struct msghdr *msg)
{
	struct fake_sock *fs = fake(sk);
	size_t n;

	fs->peer->recvs++;
	if (sk->err)
		return sock_error(sk);
	if (!fs->in_len)
		return fs->fin ? 0 : -EAGAIN;
	n = iov_copy_to(msg, 0, fs->in, fs->in_len);
	if (!(msg->flags & MSG_PEEK)) {
		/* An input buffer of exactly its size, for ASan. */
		char *rest = malloc(fs->in_len - n + 1);

		memcpy(rest, fs->in + n, fs->in_len - n);
		free(fs->in);
		fs->in = rest;
		fs->in_len -= n;
	}
	msg->flags = 0;
	return (ssize_t)n;
}

static int fake_shutdown(struct sock *sk, int how)
{
	sk->shutdown |= (u8)(how + 1);
	if (how != SHUT_RD)
		fake(sk)->peer->shut = true;
	return 0;
}

static u32 fake_poll(struct sock *sk)
{
	struct fake_sock *fs = fake(sk);
	u32 events = 0;

	if (fs->in_len || fs->fin || sk->err || !list_empty(&fs->queue))
		events |= EPOLLIN;
	if (fs->fin)
		events |= EPOLLRDHUP;
	if (sk->err)
		events |= EPOLLERR | EPOLLHUP;
	if (fs->peer->window && !fs->connecting)
		events |= EPOLLOUT;
	return events;
}

static int fake_setsockopt(struct sock *sk, int level, int name,
			   const void *value, u32 len)
{
	return -ENOPROTOOPT;
}

static const struct proto fake_proto = {
	.name = "FAKE",
	.type = SOCK_STREAM,
	.protocol = 6,
	.create = fake_create,
	.close = fake_close,
	.bind = fake_bind,
	.connect = fake_connect_out,
	.listen = fake_listen,
	.accept = fake_accept,
	.sendmsg = fake_sendmsg,
	.recvmsg = fake_recvmsg,
	.shutdown = fake_shutdown,
	.poll = fake_poll,
	.setsockopt = fake_setsockopt,
	.destroy = fake_destroy,
};

void fake_install(struct net *net)
{
	u32 i = 0;

	while (net->protos[i] && net->protos[i]->type != SOCK_STREAM)
		i++;
	net->protos[i] = &fake_proto;
}

struct fake_peer *fake_connect(struct socket *listener)
{
	struct sock *lsk = listener->sk;
	struct fake_sock *child = fake(fake_create(lsk->net));

	child->sk.sport = lsk->sport;
	child->sk.saddr = BE32(0x0a000001);
	child->sk.daddr = BE32(0x0a000002);
	child->sk.dport = BE16(40000);
	local_bh_disable();
	list_add_tail(&child->node, &fake(lsk)->queue);
	sock_wake(lsk, EPOLLIN);
	local_bh_enable();
	return child->peer;
}

void fake_free(struct fake_peer *peer)
{
	free(peer->out);
	free(peer);
}

void fake_send(struct fake_peer *peer, const void *bytes, size_t len)
{
	struct fake_sock *fs = peer->fs;
	char *in;

	if (!fs)
		return;
	in = malloc(fs->in_len + len + 1);
	if (fs->in_len)
		memcpy(in, fs->in, fs->in_len);
	memcpy(in + fs->in_len, bytes, len);
	free(fs->in);
	fs->in = in;
	fs->in_len += len;
	local_bh_disable();
	sock_wake(&fs->sk, EPOLLIN);
	local_bh_enable();
}

void fake_send_text(struct fake_peer *peer, const char *text)
{
	fake_send(peer, text, strlen(text));
}

void fake_fin(struct fake_peer *peer)
{
	if (!peer->fs)
		return;
	peer->fs->fin = true;
	local_bh_disable();
	sock_wake(&peer->fs->sk, EPOLLIN | EPOLLRDHUP);
	local_bh_enable();
}

void fake_reset(struct fake_peer *peer, int err)
{
	if (!peer->fs)
		return;
	local_bh_disable();
	sock_set_error(&peer->fs->sk, err);
	local_bh_enable();
}

void fake_window(struct fake_peer *peer, size_t n)
{
	peer->window += n;
	if (!peer->fs)
		return;
	peer->fs->connecting = false;
	local_bh_disable();
	sock_wake(&peer->fs->sk, EPOLLOUT);
	local_bh_enable();
}

void fake_clear(struct fake_peer *peer)
{
	peer->out_len = 0;
	peer->out[0] = 0;
}

struct fake_peer *fake_peer_of(struct socket *sock)
{
	return fake(sock->sk)->peer;
}

int fake_setup(void **state)
{
	int err = fixture_setup(state);
	struct fixture *f = *state;

	fake_install(f->net);
	return err;
}

struct socket *fake_socket(struct fixture *f)
{
	struct socket *sock;

	assert_int_equal(sock_create(f->net, AF_INET, SOCK_STREAM, 0, &sock),
			 0);
	return sock;
}

struct socket *fake_connected(struct fixture *f, struct fake_peer **peer)
{
	const struct sockaddr_in to = {AF_INET, BE16(5000), FIXTURE_PEER};
	struct socket *sock = fake_socket(f);

	assert_int_equal(sock_connect(sock, &to), 0);
	*peer = fake_peer_of(sock);
	return sock;
}
