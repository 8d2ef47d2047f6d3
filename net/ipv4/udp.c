/*
 * UDP input (RFC 768, RFC 1122 section 4.1): judge the datagram, find the
 * socket, queue it there. ICMP errors find theirs by the quoted ports.
 *
 *	| source port | destination port | length | checksum | data
 */
#include "net/ipv4/udp.h"

#include "lib/errno.h"
#include "net/core/netdev.h"
#include "net/ipv4/icmp.h"
#include "net/ipv4/ip.h"
#include "net/ipv4/udp_impl.h"

/* echo, daytime, qotd, chargen, time: services that answer anything. */
#define UDP_CHATTY                                                             \
	(1ull << 7 | 1ull << 13 | 1ull << 17 | 1ull << 19 | 1ull << 37)

static bool udp_is_chatty(u16 port)
{
	return port < 64 && (UDP_CHATTY >> port & 1);
}

/* A sum of 0 means none (RFC 768); the device may have done it. */
static inline bool udp_sum_is_good(const struct sk_buff *skb, u32 len)
{
	const struct iphdr *iph = ip_hdr(skb);
	csum_t sum;

	if (skb->ip_summed != CHECKSUM_NONE || !udp_hdr(skb)->check.raw)
		return true;
	sum = csum_pseudo(iph->saddr, iph->daddr, IPPROTO_UDP, (u16)len);
	return !csum_fold(ip_payload_sum(skb, len, sum)).raw;
}

static inline enum drop_reason udp_check(const struct sk_buff *skb)
{
	const struct udphdr *uh = udp_hdr(skb);
	u32 len;

	if (unlikely(skb_headlen(skb) < sizeof(*uh)))
		return DROP_UDP_SHORT;
	len = ntohs(uh->len);
	if (unlikely(len < sizeof(*uh) || len > skb->len))
		return DROP_UDP_BAD_LENGTH;
	if (unlikely(!udp_sum_is_good(skb, len)))
		return DROP_UDP_BAD_CHECKSUM;
	if (unlikely(!uh->dest.raw))
		return DROP_UDP_BAD_PORT;
	/* Two such services would keep each other busy for ever. */
	if (unlikely(udp_is_chatty(ntohs(uh->source)) &&
		     udp_is_chatty(ntohs(uh->dest))))
		return DROP_UDP_ECHO_LOOP;
	return DROP_NONE;
}

static void cold udp_refuse(struct sk_buff *skb, enum drop_reason why)
{
	NET_INC(skb->net, UDP_InErrors);
	if (why == DROP_UDP_BAD_CHECKSUM)
		NET_INC(skb->net, UDP_InCsumErrors);
	skb_drop(skb, why);
}

/* RFC 1122 section 4.1.3.1. data is at the UDP header. */
static void cold udp_no_port(struct sk_buff *skb, const struct udp_tuple *t)
{
	if (skb->pkt_type == PACKET_HOST) {
		NET_INC(skb->net, UDP_NoPorts);
		icmp_send(skb, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0);
	} else {
		NET_INC(skb->net, UDP_IgnoredMulti);
	}
	skb_drop(skb, udp_no_match(skb->net, t));
}

void udp_rcv(struct sk_buff *skb)
{
	enum drop_reason why = udp_check(skb);
	const struct udphdr *uh = udp_hdr(skb);
	const struct iphdr *iph = ip_hdr(skb);
	struct net *net = skb->net;
	struct udp_tuple t;
	struct udp_sock *us;

	if (unlikely(why))
		return udp_refuse(skb, why);
	skb_trim(skb, ntohs(uh->len));
	t = (struct udp_tuple){iph->daddr, iph->saddr, uh->dest, uh->source,
			       skb->dev->ifindex};
	us = udp_lookup(net, &t);
	if (unlikely(!us))
		return udp_no_port(skb, &t);
	__skb_pull(skb, sizeof(*uh));
	if (unlikely(!sock_queue_rcv(&us->sk, skb))) {
		NET_INC(net, UDP_RcvbufErrors);
		return udp_refuse(skb, DROP_UDP_RCVBUF);
	}
	NET_INC(net, UDP_InDatagrams);
}

/* RFC 1122 section 4.1.3.3. What is fatal for one datagram, or a hint. */
static void udp_err_tell(struct sock *sk, const struct icmp_notice *notice)
{
	if (notice->type != ICMP_DEST_UNREACH) {
		sk->err_soft = EHOSTUNREACH;
		return;
	}
	switch (notice->code) {
	case ICMP_PORT_UNREACH:
	case ICMP_PROT_UNREACH:
		sock_set_error(sk, ECONNREFUSED);
		return;
	case ICMP_NET_UNREACH:
		sk->err_soft = ENETUNREACH;
		return;
	case ICMP_FRAG_NEEDED:
		sk->err_soft = EMSGSIZE;
		return;
	}
	sk->err_soft = EHOSTUNREACH;
}

/*
 * Only a connected socket has one peer that an error can be about; but a
 * narrow path is known to none but us, who have set DF.
 */
enum drop_reason udp_err(struct net *net, const struct icmp_notice *notice)
{
	const struct udphdr *uh = (const struct udphdr *)notice->transport;
	struct udp_tuple t = {notice->saddr, notice->daddr, uh->source,
			      uh->dest, 0};
	struct udp_sock *us = udp_lookup(net, &t);

	if (us && notice->type == ICMP_DEST_UNREACH &&
	    notice->code == ICMP_FRAG_NEEDED)
		us->narrow_path = true;
	if (!us || !us->sk.dport.raw)
		return DROP_ICMP_NO_SOCKET;
	udp_err_tell(&us->sk, notice);
	return DROP_NONE;
}
