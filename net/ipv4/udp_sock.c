/*
 * UDP sockets: struct proto for SOCK_DGRAM. All of it: task context, bottom
 * halves off; blocking is net/socket's affair.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/ipv4/ip.h"
#include "net/ipv4/route.h"
#include "net/ipv4/udp_impl.h"

static struct sock *udp_create(struct net *net)
{
	struct udp_sock *us;

	if (net->udp->count >= UDP_SOCK_MAX)
		return NULL;
	us = kzalloc(sizeof(*us));
	if (!us)
		return NULL;
	sock_init(&us->sk, net, &udp_proto);
	net->udp->count++;
	return &us->sk;
}

static void udp_destroy(struct sock *sk)
{
	kfree(udp_sk(sk));
}

static void udp_close(struct sock *sk)
{
	udp_unhash(udp_sk(sk));
	dst_release(&sk->dst);
	sk->dead = true;
	sk->net->udp->count--;
	/* What is in flight holds the rest until it is sent. */
	skb_queue_purge(&sk->receive_queue, DROP_NONE);
	sk->rmem_alloc = 0;
	sock_put(sk);
}

static int udp_bind(struct sock *sk, const struct sockaddr_in *addr)
{
	int err;

	if (addr->family != AF_INET)
		return -EAFNOSUPPORT;
	if (sk->sport.raw)
		return -EINVAL;
	if (addr->addr.raw && !ip_is_local(sk->net, addr->addr))
		return -EADDRNOTAVAIL;
	err = udp_get_port(udp_sk(sk), addr->addr, addr->port);
	if (!err)
		sk->bound_port = addr->port.raw != 0;
	return err;
}

/* Datagrams of others that wait are the program's to read, as in Linux. */
static void udp_disconnect(struct sock *sk)
{
	sk->daddr = INADDR_ANY;
	sk->dport = (be16){0};
	if (!udp_sk(sk)->bound_addr)
		sk->saddr = INADDR_ANY;
}

/* As connect in TCP, but nothing is sent: the way, and a port. */
static int udp_connect_route(struct udp_sock *us,
			     const struct sockaddr_in *addr)
{
	struct sock *sk = &us->sk;
	int err;

	err = udp_find_way(us, addr->addr, sk->saddr);
	if (err)
		return err;
	if (sk->dst.type == DST_BROADCAST && !sk->broadcast)
		return -EACCES;
	us->dst_for = addr->addr;
	us->dst_from = sk->saddr;
	return sk->sport.raw ? 0 : udp_get_port(us, sk->saddr, (be16){0});
}

/* Family 0 (AF_UNSPEC) takes the connection back. */
static int udp_connect(struct sock *sk, const struct sockaddr_in *addr)
{
	struct udp_sock *us = udp_sk(sk);
	int err;

	if (addr->family != AF_INET && addr->family != 0)
		return -EAFNOSUPPORT;
	if (addr->family == AF_INET && !addr->port.raw)
		return -EINVAL;
	udp_disconnect(sk);
	if (addr->family == 0)
		return 0;
	err = udp_connect_route(us, addr);
	if (err)
		return err;
	if (!sk->saddr.raw)
		sk->saddr = us->dst_from = sk->dst.saddr;
	sk->daddr = addr->addr;
	sk->dport = addr->port;
	return 0;
}

static inline struct sockaddr_in udp_peer(const struct sk_buff *skb)
{
	return (struct sockaddr_in){AF_INET, udp_hdr(skb)->source,
				    ip_hdr(skb)->saddr};
}

/* Takes the datagram off the queue: it is what an answer may follow. */
static inline void udp_eat(struct udp_sock *us, struct sk_buff *skb)
{
	us->last_peer = udp_peer(skb);
	/* A broadcast address is no source. */
	us->last_local =
		skb->pkt_type == PACKET_HOST ? ip_hdr(skb)->daddr : INADDR_ANY;
	sock_unlink(&us->sk, skb);
	consume_skb(skb);
}

/* Copies one datagram out; its length, or what fitted. */
static noinline ssize_t udp_give(struct udp_sock *us, struct sk_buff *skb,
				 struct msghdr *msg)
{
	u32 asked = msg->flags, whole = skb->len;
	u32 len = (u32)MIN((size_t)whole, iov_length(msg));

	if (msg->name)
		*msg->name = udp_peer(skb);
	msg->flags = skb->pkt_type == PACKET_HOST ? 0 : MSG_BCAST;
	if (unlikely(len < whole))
		msg->flags |= MSG_TRUNC;
	skb_copy_to_iov(skb, 0, len, msg, 0);
	if (likely(!(asked & MSG_PEEK)))
		udp_eat(us, skb);
	return unlikely(asked & MSG_TRUNC) ? whole : len;
}

static ssize_t udp_recvmsg(struct sock *sk, struct msghdr *msg)
{
	struct sk_buff *skb = skb_peek(&sk->receive_queue);

	if (unlikely(sk->err))
		return sock_error(sk);
	if (!skb)
		return sk->shutdown & RCV_SHUTDOWN ? 0 : -EAGAIN;
	return udp_give(udp_sk(sk), skb, msg);
}

static int udp_shutdown(struct sock *sk, int how)
{
	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	if (!sk->dport.raw)
		return -ENOTCONN;
	sk->shutdown |= (u8)(how + 1);
	sock_wake(sk, EPOLLIN | EPOLLOUT | EPOLLHUP);
	return 0;
}

static u32 udp_poll(struct sock *sk)
{
	u32 events = 0;

	if (!skb_queue_empty(&sk->receive_queue))
		events |= EPOLLIN;
	if (sk->shutdown & RCV_SHUTDOWN)
		events |= EPOLLIN | EPOLLRDHUP;
	if (sk->shutdown == (RCV_SHUTDOWN | SEND_SHUTDOWN))
		events |= EPOLLHUP;
	if (sk->err)
		events |= EPOLLERR;
	if (sk->wmem_alloc < sk->sndbuf)
		events |= EPOLLOUT;
	return events;
}

const struct proto udp_proto = {
	.name = "UDP",
	.type = SOCK_DGRAM,
	.protocol = IPPROTO_UDP,
	.create = udp_create,
	.close = udp_close,
	.bind = udp_bind,
	.connect = udp_connect,
	.sendmsg = udp_sendmsg,
	.recvmsg = udp_recvmsg,
	.shutdown = udp_shutdown,
	.poll = udp_poll,
	.destroy = udp_destroy,
};
