/* IPv4 datagrams for tests: see datagram.h. */
#include "test/host/datagram.h"

#include <string.h>
#include "net/core/eth.h"

size_t datagram_build(u8 *buf, const struct datagram *d)
{
	struct iphdr *iph = (struct iphdr *)buf;
	u32 hlen = (u32)sizeof(*iph) + d->optlen;

	*iph = (struct iphdr){
		.ver_ihl = (u8)(0x40 | hlen / 4),
		.tos = d->tos,
		.tot_len = htons((u16)(hlen + d->len)),
		.id = htons(d->id),
		.frag_off = htons(d->frag),
		.ttl = d->ttl || d->zero_ttl ? d->ttl : 64,
		.protocol = d->proto ? d->proto : IPPROTO_ICMP,
		.saddr = d->src.raw || d->zero_src ? d->src : FIXTURE_PEER,
		.daddr = d->dst.raw || d->zero_dst ? d->dst : FIXTURE_ADDR,
	};
	if (d->optlen)
		memcpy(iph + 1, d->options, d->optlen);
	if (d->len)
		memcpy(buf + hlen, d->data, d->len);
	datagram_fix(buf);
	return hlen + d->len;
}

void datagram_fix(u8 *ip)
{
	struct iphdr *iph = (struct iphdr *)ip;

	iph->check = htons(0);
	iph->check = csum_fold(csum_partial(ip, ip_hdrlen(iph), 0));
}

void fixture_rx_datagram(struct fixture *f, const struct datagram *d)
{
	u8 buf[65536];

	fixture_rx_ip(f, buf, datagram_build(buf, d));
}

size_t icmp_build(u8 *buf, u8 type, u8 code, const void *data, size_t len)
{
	struct icmphdr *icmph = (struct icmphdr *)buf;

	*icmph = (struct icmphdr){.type = type, .code = code};
	icmph->echo.id = htons(0x1234);
	icmph->echo.sequence = htons(7);
	if (len)
		memcpy(icmph + 1, data, len);
	icmph->checksum = csum_fold(csum_partial(buf, sizeof(*icmph) + len, 0));
	return sizeof(*icmph) + len;
}

void fixture_rx_icmp(struct fixture *f, u8 type, u8 code, const void *data,
		     u32 len)
{
	u8 buf[2048];

	fixture_rx_datagram(
		f, &(struct datagram){
			   .data = buf,
			   .len = (u32)icmp_build(buf, type, code, data, len)});
}

size_t udp_build(u8 *buf, be32 src, be32 dst, const u16 ports[2],
		 const char *text)
{
	struct udphdr *uh = (struct udphdr *)buf;
	size_t len = sizeof(*uh) + strlen(text);

	*uh = (struct udphdr){
		htons(ports[0]), htons(ports[1]), htons((u16)len), {0}};
	memcpy(uh + 1, text, strlen(text));
	uh->check = csum_fold(csum_partial(
		buf, len, csum_pseudo(src, dst, IPPROTO_UDP, (u16)len)));
	if (!uh->check.raw)
		uh->check.raw = 0xffff;
	return len;
}

void fixture_ping(struct fixture *f, size_t len)
{
	u8 data[65536], icmp[65536];

	for (size_t i = 0; i < len; i++)
		data[i] = (u8)i;
	fixture_rx_datagram(f, &(struct datagram){
				       .data = icmp,
				       .len = (u32)icmp_build(icmp, ICMP_ECHO,
							      0, data, len),
			       });
}

struct iphdr *sent_ip(const struct sk_buff *skb)
{
	return (struct iphdr *)(skb->data + ETH_HLEN);
}

void *sent_l4(const struct sk_buff *skb)
{
	return (u8 *)sent_ip(skb) + ip_hdrlen(sent_ip(skb));
}

static void check_l4_sum(const struct sk_buff *skb)
{
	const struct iphdr *iph = sent_ip(skb);
	u32 len = ntohs(iph->tot_len) - ip_hdrlen(iph);
	csum_t sum = 0;

	if (ntohs(iph->frag_off) & (IP_MF | IP_OFFSET))
		return;
	if (iph->protocol != IPPROTO_ICMP)
		sum = csum_pseudo(iph->saddr, iph->daddr, iph->protocol,
				  (u16)len);
	assert_int_equal(csum_fold(csum_partial(sent_l4(skb), len, sum)).raw,
			 0);
}

/* Frames below 60 bytes have been padded with zeros (threat 39). */
static void cut_padding(struct sk_buff *skb)
{
	u32 len = ETH_HLEN + ntohs(sent_ip(skb)->tot_len);

	assert_int_equal(skb->len, len < ETH_ZLEN ? ETH_ZLEN : len);
	for (u32 i = len; i < skb->len; i++)
		assert_int_equal(skb->data[i], 0);
	skb_trim(skb, len);
}

struct sk_buff *expect_sent(struct fixture *f, u8 proto)
{
	struct sk_buff *skb = fixture_tx_ip(f);

	assert_non_null(skb);
	assert_int_equal(fixture_tx_count(f), 0);
	assert_int_equal(skb->data_len, 0);
	cut_padding(skb);
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		skb_checksum_help(skb);
	assert_int_equal(sent_ip(skb)->protocol, proto);
	assert_int_equal(csum_fold(ip_sum20(sent_ip(skb))).raw, 0);
	check_l4_sum(skb);
	return skb;
}

void expect_pong(struct fixture *f)
{
	struct sk_buff *skb = expect_sent(f, IPPROTO_ICMP);

	assert_int_equal(((struct icmphdr *)sent_l4(skb))->type,
			 ICMP_ECHOREPLY);
	consume_skb(skb);
}

void expect_icmp(struct fixture *f, u8 type, u8 code)
{
	struct sk_buff *skb = expect_sent(f, IPPROTO_ICMP);
	struct icmphdr *icmph = sent_l4(skb);

	assert_int_equal(icmph->type, type);
	assert_int_equal(icmph->code, code);
	consume_skb(skb);
}

void expect_silence(struct fixture *f)
{
	assert_int_equal(fixture_tx_count(f), 0);
}
