/*
 * Raw sockets for ICMP, as Linux's raw(7) has them: what is sent gets its IP
 * header here, what is received is given with it. A connected socket hears
 * only of its peer. Task context with bottom halves off, but for the ways in.
 */
#include "net/ipv4/raw.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/ipv4/icmp.h"
#include "net/ipv4/ip.h"
#include "net/ipv4/route.h"

#define RAW_DATA_MAX (65535u - (u32)sizeof(struct iphdr))

struct raw_sock {
	struct sock sk; /* must be first; saddr, daddr 0: any */
	struct list_head node;
	be32 dst_for; /* what sk.dst is the way to */
};

static struct raw_sock *raw_sk(struct sock *sk)
{
	return container_of(sk, struct raw_sock, sk);
}

int raw_init(struct net *net)
{
	net->raw = kzalloc(sizeof(*net->raw));
	if (!net->raw)
		return -ENOMEM;
	list_init(&net->raw->socks);
	return 0;
}

void raw_exit(struct net *net)
{
	kfree(net->raw);
	net->raw = NULL;
}

static struct sock *raw_create(struct net *net)
{
	struct raw_sock *rs;

	if (net->raw->count >= RAW_SOCK_MAX)
		return NULL;
	rs = kzalloc(sizeof(*rs));
	if (!rs)
		return NULL;
	sock_init(&rs->sk, net, &raw_proto);
	list_add_tail(&rs->node, &net->raw->socks);
	net->raw->count++;
	return &rs->sk;
}

static void raw_destroy(struct sock *sk)
{
	kfree(raw_sk(sk));
}

static void raw_close(struct sock *sk)
{
	list_del(&raw_sk(sk)->node);
	sk->net->raw->count--;
	dst_release(&sk->dst);
	skb_queue_purge(&sk->receive_queue, DROP_NONE);
	sk->rmem_alloc = 0;
	sock_put(sk);
}

static int raw_bind(struct sock *sk, const struct sockaddr_in *addr)
{
	if (addr->addr.raw && !ip_is_local(sk->net, addr->addr))
		return -EADDRNOTAVAIL;
	sk->saddr = addr->addr;
	return 0;
}

static int raw_connect(struct sock *sk, const struct sockaddr_in *addr)
{
	int err;

	dst_release(&sk->dst);
	raw_sk(sk)->dst_for = addr->addr;
	err = route_output(sk->net, addr->addr, sk->saddr, &sk->dst);
	if (err)
		return err;
	if (sk->dst.type == DST_BROADCAST && !sk->broadcast)
		return -EACCES;
	sk->saddr = sk->dst.saddr;
	sk->daddr = addr->addr;
	return 0;
}

static int raw_get_way(struct sock *sk, const struct msghdr *msg, be32 *daddr)
{
	be32 to = msg->name ? msg->name->addr : sk->daddr;

	if (!to.raw)
		return -EDESTADDRREQ;
	if (msg->name && msg->name->family != AF_INET)
		return -EAFNOSUPPORT;
	*daddr = to;
	if (be32_eq(to, raw_sk(sk)->dst_for) && dst_valid(sk->net, &sk->dst))
		return 0;
	dst_release(&sk->dst);
	raw_sk(sk)->dst_for = to;
	return route_output(sk->net, to, sk->saddr, &sk->dst);
}

static void raw_count_out(struct sock *sk, const struct sk_buff *skb)
{
	NET_INC(sk->net, ICMP_OutMsgs);
	if (skb->len && skb->data[0] == ICMP_ECHO)
		NET_INC(sk->net, ICMP_OutEchos);
}

static int raw_send(struct sock *sk, const struct msghdr *msg, be32 daddr,
		    u32 len)
{
	const struct ip_meta meta = {
		.protocol = sk->protocol,
		.ttl = sk->ttl,
		.df = len + sizeof(struct iphdr) <= sk->dst.mtu,
	};
	be32 saddr = sk->saddr.raw ? sk->saddr : sk->dst.saddr;
	struct sk_buff *skb;

	if (sk->dst.type == DST_BROADCAST && !sk->broadcast)
		return -EACCES;
	skb = alloc_skb(sk->net, len);
	if (!skb)
		return -ENOBUFS;
	skb_reset_transport_header(skb);
	iov_copy_from(msg, 0, skb_put(skb, len), len);
	skb_set_owner_w(skb, sk);
	raw_count_out(sk, skb);
	return ip_build_and_send(skb, &sk->dst, saddr, daddr, &meta);
}

static ssize_t raw_sendmsg(struct sock *sk, struct msghdr *msg)
{
	size_t len = iov_length(msg);
	be32 daddr;
	int err;

	if (sk->err)
		return sock_error(sk);
	if (len > RAW_DATA_MAX)
		return -EMSGSIZE;
	if (sk->wmem_alloc >= sk->sndbuf)
		return -EAGAIN;
	err = raw_get_way(sk, msg, &daddr);
	if (!err)
		err = raw_send(sk, msg, daddr, (u32)len);
	return err ? err : (ssize_t)len;
}

/* A message that has come says more than the error: it goes first. */
static ssize_t raw_recvmsg(struct sock *sk, struct msghdr *msg)
{
	struct sk_buff *skb = skb_peek(&sk->receive_queue);
	u32 asked = msg->flags, whole, len;

	if (!skb)
		return sk->err ? sock_error(sk) : -EAGAIN;
	whole = skb->len;
	len = (u32)MIN((size_t)whole, iov_length(msg));
	if (msg->name)
		*msg->name = (struct sockaddr_in){
			AF_INET, {0}, ((const struct iphdr *)skb->data)->saddr};
	msg->flags = len < whole ? MSG_TRUNC : 0;
	skb_copy_to_iov(skb, 0, len, msg, 0);
	if (!(asked & MSG_PEEK)) {
		sock_unlink(sk, skb);
		consume_skb(skb);
	}
	return asked & MSG_TRUNC ? whole : len;
}

static int raw_shutdown(struct sock *sk, int how)
{
	return -EOPNOTSUPP;
}

static u32 raw_poll(struct sock *sk)
{
	u32 events = 0;

	if (!skb_queue_empty(&sk->receive_queue))
		events |= EPOLLIN;
	if (sk->err)
		events |= EPOLLERR;
	if (sk->wmem_alloc < sk->sndbuf)
		events |= EPOLLOUT;
	return events;
}

const struct proto raw_proto = {
	.name = "RAW",
	.type = SOCK_RAW,
	.protocol = IPPROTO_ICMP,
	.create = raw_create,
	.close = raw_close,
	.bind = raw_bind,
	.connect = raw_connect,
	.sendmsg = raw_sendmsg,
	.recvmsg = raw_recvmsg,
	.shutdown = raw_shutdown,
	.poll = raw_poll,
	.destroy = raw_destroy,
};

/* An error comes from any router on the way, so errors pass. */
static bool raw_wants(const struct sock *sk, const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	bool reply = skb->data[0] == ICMP_ECHOREPLY;

	if (sk->saddr.raw && !be32_eq(sk->saddr, iph->daddr))
		return false;
	return !sk->daddr.raw || !reply || be32_eq(sk->daddr, iph->saddr);
}

bool raw_deliver(struct sk_buff *skb)
{
	struct raw_sock *rs, *next;
	bool given = false;

	list_for_each_entry_safe (rs, next, &skb->net->raw->socks, node) {
		struct sk_buff *copy;

		if (!raw_wants(&rs->sk, skb))
			continue;
		given = true;
		copy = skb_copy(skb);
		if (!copy) {
			net_count_drop(skb->net, DROP_NO_BUFFER);
			continue;
		}
		skb_push(copy, (u32)(copy->data - (u8 *)ip_hdr(copy)));
		if (!sock_queue_rcv(&rs->sk, copy))
			skb_drop(copy, DROP_RAW_RCVBUF);
	}
	return given;
}

enum drop_reason raw_err(struct net *net, const struct icmp_notice *notice)
{
	struct raw_sock *rs, *next;
	bool told = false;

	list_for_each_entry_safe (rs, next, &net->raw->socks, node) {
		if (!be32_eq(rs->sk.daddr, notice->daddr))
			continue;
		told = true;
		if (notice->type == ICMP_DEST_UNREACH &&
		    notice->code != ICMP_FRAG_NEEDED)
			sock_set_error(&rs->sk, EHOSTUNREACH);
	}
	return told ? DROP_NONE : DROP_ICMP_NO_SOCKET;
}

void raw_walk(struct net *net, void (*visit)(struct sock *sk, void *arg),
	      void *arg)
{
	struct raw_sock *rs;

	list_for_each_entry (rs, &net->raw->socks, node)
		visit(&rs->sk, arg);
}
