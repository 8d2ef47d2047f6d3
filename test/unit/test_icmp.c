/*
 * net/ipv4/icmp.c: echo, and what is not answered (conformance rows 43, 47 to
 * 51, threats 2, 19, 36).
 */
#include "test/host/datagram.h"

#include <string.h>
#include "net/core/eth.h"
#include "net/ipv4/route.h"
#include "test/host/machine_sim.h"

static void echo_of(struct fixture *f, u32 len)
{
	struct sk_buff *skb;
	struct icmphdr *icmph;

	fixture_ping(f, len);
	skb = expect_sent(f, IPPROTO_ICMP);
	icmph = sent_l4(skb);
	assert_int_equal(icmph->type, ICMP_ECHOREPLY);
	assert_int_equal(icmph->code, 0);
	assert_int_equal(ntohs(icmph->echo.id), 0x1234);
	assert_int_equal(ntohs(icmph->echo.sequence), 7);
	assert_true(be32_eq(sent_ip(skb)->saddr, FIXTURE_ADDR));
	assert_true(be32_eq(sent_ip(skb)->daddr, FIXTURE_PEER));
	assert_int_equal(sent_ip(skb)->ttl, 64);
	assert_int_equal(skb->len, ETH_HLEN + 20 + 8 + len);
	for (u32 i = 0; i < len; i++)
		assert_int_equal(((u8 *)(icmph + 1))[i], (u8)i);
	consume_skb(skb);
	fixture_no_drop(f);
}

static void echo_comes_back_with_its_data(void **state)
{
	static const u32 sizes[] = {0, 1, 2, 3, 8, 56, 64, 1471, 1472};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		echo_of(f, sizes[i]);
	assert_int_equal(net_mib(f->net, MIB_ICMP_InEchos), ARRAY_SIZE(sizes));
	assert_int_equal(net_mib(f->net, MIB_ICMP_OutEchoReps),
			 ARRAY_SIZE(sizes));
	assert_int_equal(net_mib(f->net, MIB_ICMP_OutMsgs), ARRAY_SIZE(sizes));
}

/* RFC 1624, for all values of the checksum field. */
static void checksum_stays_right_for_all_words(void **state)
{
	struct fixture *f = *state;

	for (u32 word = 0; word < 65536; word++) {
		u8 data[2];

		put_be16(data, (u16)word);
		fixture_rx_icmp(f, ICMP_ECHO, 0, data, 2);
		expect_pong(f);
	}
}

static void long_echo_is_answered_in_fragments(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb;
	u32 n = 0;

	f->dev.mtu = 576;
	fixture_ping(f, 1472);
	while ((skb = fixture_tx_ip(f)) != NULL) {
		consume_skb(skb);
		n++;
	}
	assert_int_equal(n, 3);
	assert_int_equal(net_mib(f->net, MIB_IP_FragCreates), 3);
}

static void df_is_reflected(void **state)
{
	struct fixture *f = *state;
	u8 buf[64];
	u32 len = (u32)icmp_build(buf, ICMP_ECHO, 0, "abcd", 4);
	struct sk_buff *skb;

	fixture_rx_datagram(f, &(struct datagram){.data = buf,
						  .len = len,
						  .frag = IP_DF,
						  .tos = 0xff});
	skb = expect_sent(f, IPPROTO_ICMP);
	assert_int_equal(ntohs(sent_ip(skb)->frag_off), IP_DF);
	assert_int_equal(ntohs(sent_ip(skb)->id), 0);
	assert_int_equal(sent_ip(skb)->tos, 0xfc); /* no ECN */
	consume_skb(skb);
	fixture_rx_datagram(f, &(struct datagram){.data = buf, .len = len});
	skb = expect_sent(f, IPPROTO_ICMP);
	assert_int_equal(ntohs(sent_ip(skb)->frag_off), 0);
	consume_skb(skb);
}

static void options_of_the_request_are_not_returned(void **state)
{
	struct fixture *f = *state;
	u8 buf[64], options[40];
	struct sk_buff *skb;

	memset(options, 1, sizeof(options));
	fixture_rx_datagram(
		f, &(struct datagram){
			   .data = buf,
			   .len = (u32)icmp_build(buf, ICMP_ECHO, 0, "abcd", 4),
			   .options = options,
			   .optlen = 40});
	skb = expect_sent(f, IPPROTO_ICMP);
	assert_int_equal(sent_ip(skb)->ver_ihl, 0x45);
	consume_skb(skb);
}

static void bad_checksum_is_dropped(void **state)
{
	struct fixture *f = *state;
	u8 buf[64];
	u32 len = (u32)icmp_build(buf, ICMP_ECHO, 0, "abcdefg", 7);

	for (u32 bit = 0; bit < len * 8; bit++) {
		buf[bit / 8] ^= (u8)(1u << bit % 8);
		fixture_rx_datagram(
			f, &(struct datagram){.data = buf, .len = len});
		buf[bit / 8] ^= (u8)(1u << bit % 8);
		fixture_drop(f, DROP_ICMP_BAD_CHECKSUM);
		expect_silence(f);
	}
	assert_int_equal(net_mib(f->net, MIB_ICMP_InCsumErrors), len * 8);
	assert_int_equal(net_mib(f->net, MIB_ICMP_InErrors), len * 8);
}

static void shorter_than_a_header_is_dropped(void **state)
{
	struct fixture *f = *state;
	u8 zeros[8] = {0};

	for (u32 len = 0; len < 8; len++) {
		fixture_rx_datagram(
			f, &(struct datagram){.data = zeros, .len = len});
		fixture_drop(f, DROP_ICMP_SHORT);
	}
	expect_silence(f);
}

static void only_echo_is_answered(void **state)
{
	struct fixture *f = *state;

	for (u32 type = 0; type < 256; type++)
		for (u32 code = 0; code <= 16; code++) {
			fixture_rx_icmp(f, (u8)type, (u8)code,
					"0123456789abcdef", 16);
			if (type == ICMP_ECHO)
				expect_pong(f);
			else
				expect_silence(f);
		}
	assert_int_equal(net_mib(f->net, MIB_ICMP_InTimestamps), 17);
	assert_int_equal(net_mib(f->net, MIB_ICMP_InAddrMasks), 17);
	assert_int_equal(net_mib(f->net, MIB_ICMP_InSrcQuenchs), 17);
}

static void redirect_changes_nothing(void **state)
{
	struct fixture *f = *state;
	u8 data[64];
	u32 gen = f->net->route_gen;

	datagram_build(data, &(struct datagram){.src = FIXTURE_ADDR,
						.dst = IP4(8, 8, 8, 8),
						.proto = 17,
						.data = "12345678",
						.len = 8});
	fixture_rx_icmp(f, ICMP_REDIRECT, 1, data, 28);
	fixture_drop(f, DROP_ICMP_REDIRECT);
	assert_int_equal(f->net->route_gen, gen);
	assert_int_equal(net_mib(f->net, MIB_ICMP_InRedirects), 1);
}

/* An echo request in buf[128]; *tap shares its bytes. */
static struct sk_buff *shared_echo(struct fixture *f, u8 *buf,
				   struct sk_buff **tap)
{
	u8 icmp[64];
	u32 len = (u32)icmp_build(icmp, ICMP_ECHO, 0, "abcd", 4);
	struct sk_buff *skb;

	len = (u32)datagram_build(buf,
				  &(struct datagram){.data = icmp, .len = len});
	skb = fixture_skb(f, buf, len);
	skb->dev = &f->dev;
	skb_reset_network_header(skb);
	*tap = skb_clone(skb);
	return skb;
}

static void shared_bytes_are_not_written(void **state)
{
	struct fixture *f = *state;
	u8 buf[128];
	struct sk_buff *tap, *skb = shared_echo(f, buf, &tap);

	local_bh_disable();
	ip_rcv(skb);
	local_bh_enable();
	expect_pong(f);
	assert_memory_equal(tap->data, buf, tap->len);
	consume_skb(tap);
}

static void no_memory_is_a_drop(void **state)
{
	struct fixture *f = *state;
	u8 buf[128];
	struct sk_buff *tap, *skb = shared_echo(f, buf, &tap);

	local_bh_disable();
	sim_fail_alloc_after(1);
	ip_rcv(skb);
	sim_fail_alloc_after(0);
	local_bh_enable();
	fixture_drop(f, DROP_NO_BUFFER);
	consume_skb(tap);
}

#define T(t)                                                                   \
	cmocka_unit_test_setup_teardown(t, fixture_setup_peer, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(echo_comes_back_with_its_data),
		T(checksum_stays_right_for_all_words),
		T(long_echo_is_answered_in_fragments),
		T(df_is_reflected),
		T(options_of_the_request_are_not_returned),
		T(bad_checksum_is_dropped),
		T(shorter_than_a_header_is_dropped),
		T(only_echo_is_answered),
		T(redirect_changes_nothing),
		T(shared_bytes_are_not_written),
		T(no_memory_is_a_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
