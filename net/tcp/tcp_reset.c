/*
 * Answers of no or half a connection: RST (RFC 9293 section 3.10.7.1), the
 * SYN-ACK of a request, the ACK of a TIME-WAIT. Header and options only, by
 * the route cache. Softirq.
 */
#include "lib/string.h"
#include "net/core/netdev.h"
#include "net/ipv4/ip.h"
#include "net/ipv4/route.h"
#include "net/tcp/tcp_sock.h"

static void tcp_fill_reply(struct sk_buff *skb, const struct tcp_reply *reply)
{
	u32 len = (u32)sizeof(struct tcphdr) + reply->opt_len;
	struct tcphdr *th = skb_put(skb, len);
	csum_t sum =
		csum_pseudo(reply->saddr, reply->daddr, IPPROTO_TCP, (u16)len);

	th->source = reply->sport;
	th->dest = reply->dport;
	th->seq = htonl(reply->seq);
	th->ack_seq = htonl(reply->ack);
	th->doff = (u8)(len / 4 << 4);
	th->flags = reply->flags;
	th->window = htons(reply->wnd);
	th->check.raw = (u16)~csum_fold(sum).raw;
	th->urg_ptr.raw = 0;
	if (reply->opt_len)
		memcpy(th + 1, reply->opt, reply->opt_len);
	skb_reset_transport_header(skb);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb->transport_header;
	skb->csum_offset = offsetof(struct tcphdr, check);
}

void tcp_send_reply(struct net *net, const struct tcp_reply *reply)
{
	const struct ip_meta meta = {
		.protocol = IPPROTO_TCP,
		.tos = reply->tos,
		.df = true,
	};
	struct dst_entry *dst = route_reply(net, reply->daddr, reply->saddr);
	struct sk_buff *skb;

	if (unlikely(!dst))
		return;
	skb = alloc_skb(net, sizeof(struct tcphdr) + reply->opt_len);
	if (unlikely(!skb))
		return;
	tcp_fill_reply(skb, reply);
	NET_INC(net, TCP_OutSegs);
	(void)ip_build_and_send(skb, dst, reply->saddr, reply->daddr, &meta);
}

/* RFC 9293 section 3.10.7.1; a RST is never answered. */
void tcp_send_reset(struct tcp_seg *seg)
{
	const struct iphdr *iph = ip_hdr(seg->skb);
	struct tcp_reply reply = {
		.saddr = iph->daddr,
		.daddr = iph->saddr,
		.sport = seg->th->dest,
		.dport = seg->th->source,
		.flags = TCP_RST,
	};

	if (seg->flags & TCP_RST)
		return;
	if (seg->flags & TCP_ACK) {
		reply.seq = seg->ack;
	} else {
		reply.flags |= TCP_ACK;
		reply.ack = seg->end_seq;
	}
	NET_INC(seg->skb->net, TCP_OutRsts);
	tcp_send_reply(seg->skb->net, &reply);
}
