/*
 * net/ipv4/icmp_err.c, icmp_send.c and icmp_limit.c: errors received and sent
 * (conformance rows 42, 44 to 46, 52, threats 2, 15).
 */
#include "test/host/datagram.h"

#include <string.h>
#include "net/core/eth.h"
#include "net/ipv4/route.h"
#include "test/host/machine_sim.h"

static struct icmp_notice told;
static u32 told_count;

static enum drop_reason tell(struct net *net, const struct icmp_notice *notice)
{
	u8 sum = 0;

	told = *notice;
	told_count++;
	for (u32 i = 0; i < notice->len; i++)
		sum = (u8)(sum + notice->transport[i]); /* all readable */
	(void)sum;
	return DROP_NONE;
}

static const struct net_protocol teller = {.err = tell};

/* A packet of ours, as a router would quote it. */
static size_t build_quote(u8 *buf, const struct datagram *as)
{
	struct datagram d = *as;

	d.src = d.src.raw ? d.src : FIXTURE_ADDR;
	d.dst = d.dst.raw ? d.dst : IP4(8, 8, 8, 8);
	d.proto = d.proto ? d.proto : 200;
	d.data = "ports and more..";
	d.len = 16;
	return datagram_build(buf, &d);
}

static void expect_told(struct fixture *f, u32 count)
{
	assert_int_equal(told_count, count);
	told_count = 0;
	expect_silence(f);
}

static void error_reaches_its_transport(void **state)
{
	struct fixture *f = *state;
	static const u8 types[] = {ICMP_DEST_UNREACH, ICMP_TIME_EXCEEDED,
				   ICMP_PARAMETERPROB};
	u8 quote[64];
	u32 len = (u32)build_quote(quote, &(struct datagram){0});

	f->net->protocols[200] = &teller;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		fixture_rx_icmp(f, types[i], 1, quote, len);
		expect_told(f, 1);
		assert_int_equal(told.type, types[i]);
		assert_int_equal(told.code, 1);
		assert_int_equal(told.info, 0);
		assert_int_equal(told.len, 16);
		assert_true(be32_eq(told.saddr, FIXTURE_ADDR));
		assert_true(be32_eq(told.daddr, IP4(8, 8, 8, 8)));
		fixture_no_drop(f);
	}
	assert_int_equal(net_mib(f->net, MIB_ICMP_InDestUnreachs), 1);
	assert_int_equal(net_mib(f->net, MIB_ICMP_InTimeExcds), 1);
	assert_int_equal(net_mib(f->net, MIB_ICMP_InParmProbs), 1);
}

static void fragmentation_needed_carries_the_mtu(void **state)
{
	struct fixture *f = *state;
	u8 quote[64], icmp[128];
	u32 len = (u32)build_quote(quote, &(struct datagram){0});
	struct icmphdr *icmph = (struct icmphdr *)icmp;

	f->net->protocols[200] = &teller;
	len = (u32)icmp_build(icmp, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, quote,
			      len);
	icmph->info = htonl(0xdead0000 | 1400);
	icmph->checksum = htons(0);
	icmph->checksum = csum_fold(csum_partial(icmp, len, 0));
	fixture_rx_datagram(f, &(struct datagram){.data = icmp, .len = len});
	expect_told(f, 1);
	assert_int_equal(told.info, 1400);
}

static void quote_cut_at_every_byte_is_safe(void **state)
{
	struct fixture *f = *state;
	u8 quote[128], nops[40];
	u32 full;

	memset(nops, 1, sizeof(nops));
	f->net->protocols[200] = &teller;
	for (u32 optlen = 0; optlen <= 40; optlen += 4) {
		full = (u32)build_quote(
			quote,
			&(struct datagram){.options = nops, .optlen = optlen});
		for (u32 len = 0; len <= full; len++) {
			fixture_rx_icmp(f, ICMP_DEST_UNREACH, 3, quote, len);
			if (len >= 28 + optlen) {
				expect_told(f, 1);
				assert_int_equal(told.len, len - 20 - optlen);
				fixture_no_drop(f);
			} else {
				expect_told(f, 0);
				fixture_drop(f, DROP_ICMP_BAD_QUOTE);
			}
		}
	}
}

static void quote_must_be_of_a_packet_of_ours(void **state)
{
	struct fixture *f = *state;
	static const struct datagram bad[] = {
		{.src = {0x0900000a}}, /* 10.0.0.9 */
		{.src = {0x0100007f}}, /* 127.0.0.1: not who is told */
		{.frag = 1},	       /* no transport header there */
		{.frag = IP_MF | 100},
	};
	u8 quote[64];
	u32 len;

	f->net->protocols[200] = &teller;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		len = (u32)build_quote(quote, &bad[i]);
		fixture_rx_icmp(f, ICMP_DEST_UNREACH, 3, quote, len);
		expect_told(f, 0);
		fixture_drop(f, DROP_ICMP_BAD_QUOTE);
	}
	for (u32 i = 0; i < 16; i++) {
		len = (u32)build_quote(quote, &(struct datagram){0});
		quote[0] = (u8)(i << 4 | 5);
		fixture_rx_icmp(f, ICMP_DEST_UNREACH, 3, quote, len);
		expect_told(f, i == 4);
		quote[0] = (u8)(0x40 | i);
		fixture_rx_icmp(f, ICMP_DEST_UNREACH, 3, quote, len);
		expect_told(f, i >= 5 && i * 4 + 8 <= len);
	}
	len = (u32)build_quote(quote, &(struct datagram){0});
	put_be16(quote + 2, 27); /* shorter than what it holds */
	fixture_rx_icmp(f, ICMP_DEST_UNREACH, 3, quote, len);
	expect_told(f, 0);
}

static void quote_of_unknown_transport_is_dropped(void **state)
{
	struct fixture *f = *state;
	u8 quote[64];
	u32 len = (u32)build_quote(quote, &(struct datagram){.proto = 201});

	fixture_rx_icmp(f, ICMP_DEST_UNREACH, 3, quote, len);
	fixture_drop(f, DROP_ICMP_NO_SOCKET);
	/* An error about an ICMP message of ours: nobody waits for it. */
	len = (u32)build_quote(quote, &(struct datagram){.proto = 1});
	fixture_rx_icmp(f, ICMP_TIME_EXCEEDED, 0, quote, len);
	fixture_drop(f, DROP_ICMP_NO_SOCKET);
	expect_silence(f);
}

/* The answer to protocol 99 is "unreachable", unless forbidden. */
static void rx_99(struct fixture *f, const struct datagram *as)
{
	struct datagram d = *as;

	d.proto = 99;
	fixture_rx_datagram(f, &d);
}

static void quoted_bytes_are_unchanged(void **state)
{
	struct fixture *f = *state;
	static const u32 lens[] = {0, 1, 7, 8, 9, 100, 527, 528, 529, 1480};
	u8 packet[1500], data[1480];

	memset(data, 0x5a, sizeof(data));
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		u32 len = (u32)datagram_build(
			packet, &(struct datagram){.proto = 99,
						   .data = data,
						   .len = lens[i],
						   .tos = 0x28,
						   .id = 4711,
						   .frag = IP_DF});
		u32 quoted = MIN(len, 548u);
		struct sk_buff *skb;
		struct icmphdr *icmph;

		fixture_rx_ip(f, packet, len);
		skb = expect_sent(f, IPPROTO_ICMP);
		icmph = sent_l4(skb);
		assert_int_equal(icmph->type, ICMP_DEST_UNREACH);
		assert_int_equal(icmph->code, ICMP_PROT_UNREACH);
		assert_int_equal(icmph->info.raw, 0);
		assert_int_equal(sent_ip(skb)->tos, 0);
		assert_int_equal(skb->len, ETH_HLEN + 28 + quoted);
		assert_true(skb->len <= ETH_HLEN + 576);
		assert_memory_equal(icmph + 1, packet, quoted);
		consume_skb(skb);
		fixture_run_ms(f, 2000); /* more tokens */
	}
	assert_int_equal(net_mib(f->net, MIB_ICMP_OutDestUnreachs),
			 ARRAY_SIZE(lens));
}

static void error_comes_from_the_address_asked(void **state)
{
	struct fixture *f = *state;
	struct net_device other;
	struct sk_buff *skb;

	fixture_add_eth1(f, &other);
	rx_99(f, &(struct datagram){.dst = IP4(10, 1, 0, 1)});
	skb = expect_sent(f, IPPROTO_ICMP);
	assert_true(be32_eq(sent_ip(skb)->saddr, IP4(10, 1, 0, 1)));
	consume_skb(skb);
	unregister_netdev(&other);
}

static void sends_none_about(struct fixture *f, const struct datagram *d)
{
	fixture_rx_datagram(f, d);
	expect_silence(f);
}

static void no_error_about_what_rfc_1122_forbids(void **state)
{
	struct fixture *f = *state;
	u8 quote[64], icmp[64], frame[128], udp[64];
	u32 len = (u32)build_quote(quote, &(struct datagram){.proto = 99});
	const u16 ports[2] = {1000, 2000};

	/* an ICMP error, to whom nobody listens */
	len = (u32)icmp_build(icmp, ICMP_DEST_UNREACH, 2, quote, len);
	sends_none_about(f, &(struct datagram){.data = icmp, .len = len});
	/* broadcast and multicast */
	len = (u32)udp_build(udp, FIXTURE_PEER, INADDR_BROADCAST, ports, "x");
	sends_none_about(f, &(struct datagram){.dst = INADDR_BROADCAST,
					       .proto = 17,
					       .data = udp,
					       .len = len});
	len = (u32)udp_build(udp, FIXTURE_PEER, IP4(10, 0, 0, 255), ports, "x");
	sends_none_about(f, &(struct datagram){.dst = IP4(10, 0, 0, 255),
					       .proto = 17,
					       .data = udp,
					       .len = len});
	sends_none_about(
		f, &(struct datagram){.dst = IP4(224, 0, 0, 5), .proto = 99});
	/* unicast IP in a link broadcast */
	len = (u32)datagram_build(frame + ETH_HLEN,
				  &(struct datagram){.proto = 99});
	eth_fill((struct ethhdr *)frame, fixture_bcast, fixture_peer, ETH_P_IP);
	fixture_rx(f, frame, ETH_HLEN + len);
	expect_silence(f);
	/* sources that are no host */
	sends_none_about(
		f, &(struct datagram){.src = IP4(10, 0, 0, 255), .proto = 99});
	sends_none_about(f, &(struct datagram){.zero_src = true, .proto = 99});
	sends_none_about(
		f, &(struct datagram){.src = IP4(224, 1, 1, 1), .proto = 99});
	assert_int_equal(net_mib(f->net, MIB_ICMP_OutMsgs), 0);
}

/* icmp_send itself refuses too: ip_rcv is not its only caller. */
static void icmp_send_judges_by_itself(void **state)
{
	struct fixture *f = *state;
	static const struct datagram bad[] = {
		{.proto = 99, .frag = 5},
		{.proto = 99, .src = {0x010000e0}},
		{.proto = 99, .src = {0xff00000a}},
		{.proto = 99, .src = {0x0100007f}},
		{.proto = 99, .zero_src = true},
		{.proto = 99, .dst = {0xffffffff}},
		{.proto = 99, .dst = {0x010000e0}},
		{.proto = 1, .data = "\3\1\0\0\0\0\0\0", .len = 8},
		{.proto = 1, .data = "\15\0\0\0\0\0\0\0", .len = 8},
		{.proto = 1}, /* too short to know */
		{.proto = 99},
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		u8 buf[64];
		size_t len = datagram_build(buf, &bad[i]);
		struct sk_buff *skb = fixture_skb(f, buf, len);

		skb->dev = &f->dev;
		skb_reset_network_header(skb);
		local_bh_disable();
		icmp_send(skb, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0);
		local_bh_enable();
		consume_skb(skb);
		if (i + 1 < ARRAY_SIZE(bad))
			expect_silence(f);
		else
			expect_icmp(f, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH);
	}
}

static u32 errors_sent(struct fixture *f)
{
	u64 n = net_mib(f->net, MIB_ICMP_OutMsgs);
	static u64 before;
	u32 more = (u32)(n - before);

	before = n;
	fixture_tx_purge(f);
	return more;
}

static void errors_to_one_host_are_limited(void **state)
{
	struct fixture *f = *state;
	u32 n;

	(void)errors_sent(f);
	for (u32 i = 0; i < 1000; i++)
		rx_99(f, &(struct datagram){0});
	n = errors_sent(f);
	assert_in_range(n, 1, 6);
	assert_int_equal(net_mib(f->net, MIB_ICMP_OutRateLimitHost), 1000 - n);
	fixture_run_ms(f, 3000);
	for (u32 i = 0; i < 1000; i++)
		rx_99(f, &(struct datagram){0});
	assert_in_range(errors_sent(f), 3, 4);
	fixture_forget_drops(f);
}

static void errors_to_all_are_limited(void **state)
{
	struct fixture *f = *state;
	u32 n;

	assert_int_equal(
		ip_set_address(&f->dev, FIXTURE_ADDR, IP4(255, 0, 0, 0)), 0);
	(void)errors_sent(f);
	for (u32 i = 0; i < 20000; i++) { /* 20 kpps for a second */
		if (i % 20 == 0)
			fixture_run_ms(f, 1);
		rx_99(f, &(struct datagram){.src = IP4(10, 1, i >> 8, i)});
	}
	n = errors_sent(f);
	assert_in_range(n, 900, 1150);
	fixture_run_ms(f, 60000);
	fixture_tx_purge(f);
	fixture_forget_drops(f);
}

/* CVE-2020-25705: how many leave of a burst of 100 cannot be foretold. */
static void the_global_limit_is_blurred(void **state)
{
	struct fixture *f = *state;
	u32 least = UINT32_MAX, most = 0;

	assert_int_equal(
		ip_set_address(&f->dev, FIXTURE_ADDR, IP4(255, 0, 0, 0)), 0);
	for (u32 round = 0; round < 50; round++) {
		u64 limited = net_mib(f->net, MIB_ICMP_OutRateLimitGlobal);
		u64 sent = net_mib(f->net, MIB_ICMP_OutMsgs);

		fixture_run_ms(f, 10000);
		for (u32 i = 0; i < 200; i++)
			rx_99(f,
			      &(struct datagram){.src = IP4(10, 1, round, i)});
		sent = net_mib(f->net, MIB_ICMP_OutMsgs) - sent;
		limited =
			net_mib(f->net, MIB_ICMP_OutRateLimitGlobal) - limited;
		assert_true(limited > 100);
		least = MIN(least, (u32)sent);
		most = MAX(most, (u32)sent);
		fixture_tx_purge(f);
	}
	assert_in_range(least, 35, 49);
	assert_in_range(most, 51, 65);
	fixture_run_ms(f, 60000);
	fixture_tx_purge(f);
	fixture_forget_drops(f);
}

#define T(t)                                                                   \
	cmocka_unit_test_setup_teardown(t, fixture_setup_peer, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(error_reaches_its_transport),
		T(fragmentation_needed_carries_the_mtu),
		T(quote_cut_at_every_byte_is_safe),
		T(quote_must_be_of_a_packet_of_ours),
		T(quote_of_unknown_transport_is_dropped),
		T(quoted_bytes_are_unchanged),
		T(error_comes_from_the_address_asked),
		T(no_error_about_what_rfc_1122_forbids),
		T(icmp_send_judges_by_itself),
		T(errors_to_one_host_are_limited),
		T(errors_to_all_are_limited),
		T(the_global_limit_is_blurred),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
