/*
 * UDP output (RFC 768, RFC 1122 section 4.1): the way, one copy from the
 * program's memory, the header and its checksum. Task context.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/inetdevice.h"
#include "net/ipv4/ip.h"
#include "net/ipv4/route.h"
#include "net/ipv4/udp_impl.h"

/* Where one datagram goes. */
struct udp_dest {
	be32 saddr, daddr; /* saddr 0: the way decides */
	be16 dport;
};

/*
 * RFC 1122 section 4.1.3.5: a server bound to any address answers from the
 * address that was asked.
 */
static be32 udp_source_for(const struct udp_sock *us, be32 daddr, be16 dport)
{
	if (us->sk.saddr.raw || !be32_eq(us->last_peer.addr, daddr) ||
	    !be16_eq(us->last_peer.port, dport))
		return us->sk.saddr;
	return us->last_local;
}

static int udp_get_dest(const struct udp_sock *us, const struct msghdr *msg,
			struct udp_dest *dest)
{
	const struct sockaddr_in *name = msg->name;

	if (!name) {
		if (!us->sk.dport.raw)
			return -EDESTADDRREQ;
		*dest = (struct udp_dest){us->sk.saddr, us->sk.daddr,
					  us->sk.dport};
		return 0;
	}
	if (name->family != AF_INET)
		return -EAFNOSUPPORT;
	if (!name->port.raw)
		return -EINVAL;
	*dest = (struct udp_dest){udp_source_for(us, name->addr, name->port),
				  name->addr, name->port};
	return 0;
}

int udp_find_way(struct udp_sock *us, be32 daddr, be32 saddr)
{
	struct sock *sk = &us->sk;
	struct net_device *dev;

	dst_release(&sk->dst);
	if (likely(!sk->bound_dev_if))
		return route_output(sk->net, daddr, saddr, &sk->dst);
	dev = dev_get_by_index(sk->net, sk->bound_dev_if);
	if (!dev)
		return -ENODEV;
	return route_output_dev(dev, daddr, saddr, &sk->dst);
}

/* The socket keeps the last way: a server that answers one peer finds it. */
static int udp_route(struct udp_sock *us, const struct udp_dest *dest)
{
	struct sock *sk = &us->sk;
	int err;

	if (likely(dst_valid(sk->net, &sk->dst) &&
		   be32_eq(us->dst_for, dest->daddr) &&
		   be32_eq(us->dst_from, dest->saddr)))
		return 0;
	err = udp_find_way(us, dest->daddr, dest->saddr);
	if (err)
		return err;
	us->dst_for = dest->daddr;
	us->dst_from = dest->saddr;
	return 0;
}

/*
 * The device completes the sum, or dev_queue_xmit does: the field holds the
 * pseudo-header's. Fragments are summed over the whole before they are cut,
 * by the same rule. A sum of 0 is sent as FFFF (RFC 768).
 */
static void udp_checksum(struct sk_buff *skb, const struct dst_entry *dst,
			 be32 saddr, be32 daddr)
{
	struct udphdr *uh = (struct udphdr *)skb->data;
	csum_t sum = csum_pseudo(saddr, daddr, IPPROTO_UDP, (u16)skb->len);

	if ((dst->dev->features & NETIF_F_HW_CSUM) &&
	    skb->len + sizeof(struct iphdr) <= dst->mtu) {
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = skb->transport_header;
		skb->csum_offset = offsetof(struct udphdr, check);
		uh->check.raw = (u16)~csum_fold(sum).raw;
		return;
	}
	uh->check = csum_fold(csum_partial(skb->data, skb->len, sum));
	if (!uh->check.raw)
		uh->check.raw = 0xffff;
}

static struct sk_buff *udp_make(struct sock *sk, const struct msghdr *msg,
				size_t len, be16 dport)
{
	struct sk_buff *skb =
		alloc_skb(sk->net, sizeof(struct udphdr) + (u32)len);
	struct udphdr *uh;

	if (!skb)
		return NULL;
	skb_reset_transport_header(skb);
	uh = skb_put(skb, (u32)(sizeof(*uh) + len));
	uh->source = sk->sport;
	uh->dest = dport;
	uh->len = htons((u16)(sizeof(*uh) + len));
	uh->check.raw = 0;
	if (likely(msg->iovlen == 1))
		memcpy(uh + 1, msg->iov->base, len);
	else
		iov_copy_from(msg, 0, uh + 1, len);
	skb_set_owner_w(skb, sk);
	return skb;
}

/*
 * What fits our link goes with DF, so without an id (RFC 6864 section 4.1),
 * until a router on the way of this socket says that it has to fragment.
 */
static inline const struct ip_meta *udp_meta(const struct udp_sock *us,
					     size_t len)
{
	static const struct ip_meta whole = {.protocol = IPPROTO_UDP,
					     .df = true},
				    pieces = {.protocol = IPPROTO_UDP};
	const size_t headers = sizeof(struct iphdr) + sizeof(struct udphdr);

	if (likely(!us->narrow_path && len + headers <= us->sk.dst.mtu))
		return &whole;
	return &pieces;
}

static int udp_send_one(struct sock *sk, const struct msghdr *msg, size_t len,
			const struct udp_dest *dest)
{
	struct dst_entry *dst = &sk->dst;
	be32 saddr = dest->saddr.raw ? dest->saddr : dst->saddr;
	struct ip_meta meta = *udp_meta(udp_sk(sk), len);
	struct sk_buff *skb;

	meta.ttl = sk->ttl;
	meta.tos = sk->tos;
	if (dst->type == DST_BROADCAST && !sk->broadcast)
		return -EACCES;
	skb = udp_make(sk, msg, len, dest->dport);
	if (!skb) {
		NET_INC(sk->net, UDP_SndbufErrors);
		return -ENOBUFS;
	}
	udp_checksum(skb, dst, saddr, dest->daddr);
	NET_INC(sk->net, UDP_OutDatagrams);
	return ip_build_and_send(skb, dst, saddr, dest->daddr, &meta);
}

ssize_t udp_sendmsg(struct sock *sk, struct msghdr *msg)
{
	struct udp_sock *us = udp_sk(sk);
	size_t len = iov_length(msg);
	struct udp_dest dest;
	int err;

	if (sk->err)
		return sock_error(sk);
	if (sk->shutdown & SEND_SHUTDOWN)
		return -EPIPE;
	if (len > UDP_DATA_MAX)
		return -EMSGSIZE;
	err = udp_get_dest(us, msg, &dest);
	if (!err && !sk->sport.raw)
		err = udp_get_port(us, INADDR_ANY, (be16){0});
	if (err)
		return err;
	if (sk->wmem_alloc >= sk->sndbuf)
		return -EAGAIN;
	err = udp_route(us, &dest);
	if (!err)
		err = udp_send_one(sk, msg, len, &dest);
	return err ? err : (ssize_t)len;
}
