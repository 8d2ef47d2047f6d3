/*
 * net/ipv4/ip_input.c and ip_options.c: which datagrams are for us
 * (conformance rows 14 to 23, 36, 39; threats 1, 4, 35, 36).
 */
#include "test/host/datagram.h"

#include <stdlib.h>
#include <string.h>
#include "kernel/slab.h"
#include "net/core/eth.h"
#include "net/ipv4/ip_options.h"
#include "net/ipv4/route.h"
#include "test/host/machine_sim.h"

/* An echo request of 4 data bytes: 32 bytes in all. */
static size_t build_echo(u8 *buf, const struct datagram *as)
{
	struct datagram d = *as;
	u8 icmp[12];

	d.data = icmp;
	d.len = (u32)icmp_build(icmp, ICMP_ECHO, 0, "ping", 4);
	return datagram_build(buf, &d);
}

static void rx_echo(struct fixture *f, const struct datagram *as)
{
	u8 buf[128];

	fixture_rx_ip(f, buf, build_echo(buf, as));
}

static void drops_echo(struct fixture *f, const struct datagram *as,
		       enum drop_reason why)
{
	rx_echo(f, as);
	expect_silence(f);
	fixture_drop(f, why);
}

static void answers_only_version_4(void **state)
{
	struct fixture *f = *state;
	u8 buf[64];
	size_t len = build_echo(buf, &(struct datagram){0});

	for (u8 version = 0; version < 16; version++) {
		buf[0] = (u8)(version << 4 | 5);
		datagram_fix(buf);
		fixture_rx_ip(f, buf, len);
		if (version == 4) {
			expect_pong(f);
			fixture_no_drop(f);
		} else {
			expect_silence(f);
			fixture_drop(f, DROP_IP_BAD_VERSION);
		}
	}
	assert_int_equal(net_mib(f->net, MIB_IP_InReceives), 16);
	assert_int_equal(net_mib(f->net, MIB_IP_InHdrErrors), 15);
	assert_int_equal(net_mib(f->net, MIB_IP_InDelivers), 1);
}

static void drops_every_single_bit_flip(void **state)
{
	struct fixture *f = *state;
	u8 buf[64];
	size_t len = build_echo(buf, &(struct datagram){0});

	for (u32 bit = 0; bit < 160; bit++) {
		buf[bit / 8] ^= (u8)(1u << bit % 8);
		fixture_rx_ip(f, buf, len);
		buf[bit / 8] ^= (u8)(1u << bit % 8);
		expect_silence(f);
	}
	fixture_forget_drops(f);
	assert_int_equal(net_mib(f->net, MIB_IP_InHdrErrors), 160);
	assert_int_equal(net_mib(f->net, MIB_IP_InDelivers), 0);
}

static void bad_checksum_has_its_counter(void **state)
{
	struct fixture *f = *state;
	u8 buf[64];
	size_t len = build_echo(buf, &(struct datagram){0});

	buf[8] ^= 1;
	fixture_rx_ip(f, buf, len);
	fixture_drop(f, DROP_IP_BAD_CHECKSUM);
	assert_int_equal(net_mib(f->net, MIB_IPEXT_InCsumErrors), 1);
}

/* RFC 791 section 3.1, as a model beside the code. */
static enum drop_reason model(u32 ihl, u32 tot_len, u32 frame_len)
{
	if (frame_len < 20)
		return DROP_IP_SHORT;
	if (ihl < 5 || ihl * 4 > frame_len)
		return DROP_IP_BAD_IHL;
	if (tot_len < ihl * 4 || tot_len > frame_len)
		return DROP_IP_BAD_LENGTH;
	return DROP_IP_NO_PROTOCOL;
}

static void judges_all_corners_of_the_lengths(void **state)
{
	struct fixture *f = *state;
	u8 buf[128] = {0};

	for (u32 ihl = 0; ihl < 16; ihl++)
		for (u32 tot_len = 0; tot_len <= 72; tot_len++)
			for (u32 len = 0; len <= 72; len += len < 16 ? 5 : 1) {
				memset(buf, 0, sizeof(buf));
				datagram_build(
					buf, &(struct datagram){.proto = 200});
				buf[0] = (u8)(0x40 | ihl);
				put_be16(buf + 2, (u16)tot_len);
				if (ihl >= 5)
					datagram_fix(buf);
				fixture_rx_ip(f, buf, len);
				fixture_drop(f, model(ihl, tot_len, len));
				fixture_tx_purge(f);
			}
}

static void truncated_is_counted_apart(void **state)
{
	struct fixture *f = *state;
	u8 buf[64];
	size_t len = build_echo(buf, &(struct datagram){0});

	fixture_rx_ip(f, buf, len - 1);
	fixture_drop(f, DROP_IP_BAD_LENGTH);
	assert_int_equal(net_mib(f->net, MIB_IPEXT_InTruncatedPkts), 1);
	assert_int_equal(net_mib(f->net, MIB_IP_InHdrErrors), 0);
}

static void cuts_link_padding(void **state)
{
	struct fixture *f = *state;
	u8 buf[64] = {0};
	size_t len = build_echo(buf, &(struct datagram){0});
	struct sk_buff *skb;

	memset(buf + len, 0xee, 46 - len);
	fixture_rx_ip(f, buf, 46);
	skb = expect_sent(f, IPPROTO_ICMP);
	assert_int_equal(skb->len, ETH_HLEN + len);
	consume_skb(skb);
}

/* The short way for known addresses lets nothing more through. */
static void known_addresses_are_judged_the_same(void **state)
{
	struct fixture *f = *state;
	u8 buf[64] = {0}, frame[128];
	size_t len = build_echo(buf, &(struct datagram){0});
	struct sk_buff *skb;

	fixture_rx_ip(f, buf, len);
	expect_pong(f);
	for (u32 bit = 0; bit < 160; bit++) {
		buf[bit / 8] ^= (u8)(1u << bit % 8);
		fixture_rx_ip(f, buf, len);
		buf[bit / 8] ^= (u8)(1u << bit % 8);
		expect_silence(f);
	}
	for (u32 tot_len = 0; tot_len < 64; tot_len++) {
		put_be16(buf + 2, (u16)tot_len);
		datagram_fix(buf);
		fixture_forget_drops(f);
		fixture_rx_ip(f, buf, len);
		if (tot_len < 20 || tot_len > len)
			fixture_drop(f, DROP_IP_BAD_LENGTH);
		fixture_tx_purge(f);
	}
	put_be16(buf + 2, (u16)len);
	datagram_fix(buf);
	fixture_rx_ip(f, buf, 46); /* padded */
	skb = expect_sent(f, IPPROTO_ICMP);
	assert_int_equal(skb->len, ETH_HLEN + len);
	consume_skb(skb);
	memcpy(frame + ETH_HLEN, buf, len);
	eth_fill((struct ethhdr *)frame, fixture_bcast, fixture_peer, ETH_P_IP);
	fixture_forget_drops(f);
	fixture_rx(f, frame, ETH_HLEN + len);
	fixture_drop(f, DROP_IP_UNICAST_IN_BROADCAST);
}

static void known_addresses_are_forgotten_with_the_address(void **state)
{
	struct fixture *f = *state;

	rx_echo(f, &(struct datagram){0});
	expect_pong(f);
	assert_int_equal(ip_set_address(&f->dev, IP4(10, 0, 0, 3),
					IP4(255, 255, 255, 0)),
			 0);
	fixture_tx_purge(f);
	fixture_forget_drops(f);
	drops_echo(f, &(struct datagram){0}, DROP_IP_NOT_MINE);
	rx_echo(f, &(struct datagram){.dst = IP4(10, 0, 0, 3)});
	assert_int_equal(
		ip_set_address(&f->dev, FIXTURE_PEER, IP4(255, 255, 255, 0)),
		0);
	fixture_tx_purge(f);
	fixture_forget_drops(f);
	drops_echo(f, &(struct datagram){.dst = IP4(10, 0, 0, 3)},
		   DROP_IP_OWN_SOURCE);
}

static void foreign_destination_is_not_mine(void **state)
{
	struct fixture *f = *state;
	const be32 others[] = {IP4(10, 0, 0, 2), IP4(10, 0, 1, 1),
			       IP4(1, 2, 3, 4), IP4(250, 0, 0, 1)};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		drops_echo(f, &(struct datagram){.dst = others[i]},
			   DROP_IP_NOT_MINE);
	assert_int_equal(net_mib(f->net, MIB_IP_InAddrErrors), 4);
}

static void bad_sources_are_dropped(void **state)
{
	struct fixture *f = *state;
	const be32 bad[] = {IP4(224, 0, 0, 1),	     IP4(239, 9, 9, 9),
			    IP4(255, 255, 255, 255), IP4(0, 1, 2, 3),
			    IP4(10, 0, 0, 255),	     IP4(10, 0, 0, 0),
			    IP4(240, 0, 0, 1)};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		drops_echo(f, &(struct datagram){.src = bad[i]},
			   DROP_IP_BAD_SOURCE);
	drops_echo(f, &(struct datagram){.zero_src = true}, DROP_IP_BAD_SOURCE);
}

static void loopback_addresses_are_not_for_wires(void **state)
{
	struct fixture *f = *state;

	drops_echo(f, &(struct datagram){.src = IP4(127, 0, 0, 1)},
		   DROP_IP_LOOPBACK_ON_WIRE);
	drops_echo(f, &(struct datagram){.dst = IP4(127, 0, 0, 1)},
		   DROP_IP_LOOPBACK_ON_WIRE);
	drops_echo(f, &(struct datagram){.dst = IP4(127, 255, 255, 255)},
		   DROP_IP_LOOPBACK_ON_WIRE);
}

static void own_source_from_the_wire_is_dropped(void **state)
{
	struct fixture *f = *state;
	struct net_device other;

	drops_echo(f, &(struct datagram){.src = FIXTURE_ADDR},
		   DROP_IP_OWN_SOURCE);
	fixture_add_eth1(f, &other);
	drops_echo(f, &(struct datagram){.src = IP4(10, 1, 0, 1)},
		   DROP_IP_OWN_SOURCE);
	unregister_netdev(&other);
}

static void answers_to_another_own_address(void **state)
{
	struct fixture *f = *state;
	struct net_device other;
	struct sk_buff *skb;

	fixture_add_eth1(f, &other);
	rx_echo(f, &(struct datagram){.dst = IP4(10, 1, 0, 1)});
	skb = expect_sent(f, IPPROTO_ICMP);
	assert_true(be32_eq(sent_ip(skb)->saddr, IP4(10, 1, 0, 1)));
	consume_skb(skb);
	unregister_netdev(&other);
}

static void ttl_0_and_1_for_me_are_answered(void **state)
{
	struct fixture *f = *state;

	rx_echo(f, &(struct datagram){.zero_ttl = true});
	expect_pong(f);
	rx_echo(f, &(struct datagram){.ttl = 1});
	expect_pong(f);
}

static void unicast_in_a_link_broadcast_is_dropped(void **state)
{
	struct fixture *f = *state;
	u8 frame[128];
	size_t len = build_echo(frame + ETH_HLEN, &(struct datagram){0});

	eth_fill((struct ethhdr *)frame, fixture_bcast, fixture_peer, ETH_P_IP);
	fixture_rx(f, frame, ETH_HLEN + len);
	expect_silence(f);
	fixture_drop(f, DROP_IP_UNICAST_IN_BROADCAST);
}

static void every_form_of_broadcast_is_known(void **state)
{
	struct fixture *f = *state;
	const be32 forms[] = {IP4(255, 255, 255, 255), IP4(10, 0, 0, 255),
			      IP4(10, 0, 0, 0), IP4(0, 0, 0, 0)};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		drops_echo(
			f,
			&(struct datagram){.dst = forms[i], .zero_dst = true},
			DROP_ICMP_BROADCAST);
		fixture_rx_datagram(f, &(struct datagram){.dst = forms[i],
							  .zero_dst = true,
							  .proto = 99});
		fixture_drop(f, DROP_IP_BROADCAST);
	}
	assert_int_equal(net_mib(f->net, MIB_IPEXT_InBcastPkts), 8);
	expect_silence(f);
}

static void multicast_that_nobody_joined_is_dropped(void **state)
{
	struct fixture *f = *state;

	drops_echo(f, &(struct datagram){.dst = IP4(224, 0, 0, 1)},
		   DROP_IP_BROADCAST);
	assert_int_equal(net_mib(f->net, MIB_IPEXT_InMcastPkts), 1);
}

static void forwards_nothing(void **state)
{
	struct fixture *f = *state;

	f->net->ip_forward = false;
	drops_echo(f, &(struct datagram){.dst = IP4(10, 0, 0, 77)},
		   DROP_IP_NOT_MINE);
	assert_int_equal(net_mib(f->net, MIB_IP_ForwDatagrams), 0);
}

static void unknown_options_are_ignored(void **state)
{
	struct fixture *f = *state;
	static const u8 options[][8] = {
		{0x5e, 8, 1, 2, 3, 4, 5, 6}, {0, 0, 0, 0, 0, 0, 0, 0},
		{1, 1, 1, 1, 1, 1, 1, 1},    {1, 0x5e, 2, 0, 0x83, 0, 0, 0},
		{7, 7, 4, 0, 0, 0, 0, 0},    {68, 8, 5, 0, 0, 0, 0, 0},
		{148, 4, 0, 0, 0, 0, 0, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		rx_echo(f,
			&(struct datagram){.options = options[i], .optlen = 8});
		expect_pong(f);
		fixture_no_drop(f);
	}
}

static void malformed_options_are_dropped(void **state)
{
	struct fixture *f = *state;
	static const u8 options[][4] = {
		{0x5e, 0, 0, 0}, {0x5e, 1, 0, 0}, {0x5e, 5, 0, 0}, {1, 1, 1, 7},
		{7, 3, 0, 0},	 {68, 4, 4, 0},	  {7, 255, 4, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		drops_echo(
			f,
			&(struct datagram){.options = options[i], .optlen = 4},
			DROP_IP_BAD_OPTION);
	assert_int_equal(net_mib(f->net, MIB_IP_InHdrErrors), 7);
}

static void source_routes_are_refused_in_silence(void **state)
{
	struct fixture *f = *state;
	u8 options[40] = {131};

	for (u8 len = 3; len <= 40; len++) {
		options[1] = len;
		options[2] = 4;
		options[0] = len & 1 ? 131 : 137;
		drops_echo(f,
			   &(struct datagram){.options = options, .optlen = 40},
			   DROP_IP_SOURCE_ROUTE);
	}
}

/* What the code should say of one option of `kind` in `room` bytes. */
static enum drop_reason option_model(u8 kind, u32 len, u32 ptr, u32 room)
{
	u32 least = kind == 7 ? 3 : 4;

	if (len < 2 || len > room)
		return DROP_IP_BAD_OPTION;
	if (kind == 131 || kind == 137)
		return DROP_IP_SOURCE_ROUTE;
	if (len < least || ptr < least + 1 || (ptr <= len && ptr + 3 > len))
		return DROP_IP_BAD_OPTION;
	return DROP_NONE;
}

static void judges_all_lengths_and_pointers(void **state)
{
	static const u8 kinds[] = {131, 137, 7, 68};
	/* Its own allocation: AddressSanitizer sees an overrun. */
	u8 *opt = malloc(40);

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		for (u32 len = 0; len < 256; len++)
			for (u32 ptr = 0; ptr < 256; ptr++) {
				memset(opt, 1, 40);
				opt[0] = kinds[k];
				opt[1] = (u8)len;
				opt[2] = (u8)ptr;
				assert_int_equal(
					ip_options_check(opt, 40),
					option_model(kinds[k], len, ptr, 40));
			}
	free(opt);
}

static void random_options_stay_in_bounds(void **state)
{
	for (u32 round = 0; round < 200000; round++) {
		u32 len = (u32)(sim_random() % 10 + 1) * 4;
		u8 *opt = malloc(len);
		static const u8 kinds[] = {0, 1, 7, 68, 131, 137, 94, 148};

		for (u32 i = 0; i < len; i++)
			opt[i] = sim_random() % 3 ? (u8)(sim_random() % 12)
						  : kinds[sim_random() %
							  ARRAY_SIZE(kinds)];
		(void)ip_options_check(opt, len);
		free(opt);
	}
}

static void unknown_protocol_is_unreachable(void **state)
{
	struct fixture *f = *state;

	fixture_rx_datagram(
		f,
		&(struct datagram){.proto = 4, .data = "12345678", .len = 8});
	expect_icmp(f, ICMP_DEST_UNREACH, ICMP_PROT_UNREACH);
	fixture_drop(f, DROP_IP_NO_PROTOCOL);
	assert_int_equal(net_mib(f->net, MIB_IP_InUnknownProtos), 1);
}

static void counts_octets_and_ecn(void **state)
{
	struct fixture *f = *state;

	rx_echo(f, &(struct datagram){0});
	rx_echo(f, &(struct datagram){.tos = 2});
	fixture_tx_purge(f);
	assert_int_equal(net_mib(f->net, MIB_IPEXT_InOctets), 64);
	assert_int_equal(net_mib(f->net, MIB_IPEXT_InNoECTPkts), 1);
	assert_int_equal(net_mib(f->net, MIB_IP_InReceives), 2);
}

/* Headers of random bytes behind a right checksum: nothing breaks or leaks. */
static void random_headers_do_no_harm(void **state)
{
	struct fixture *f = *state;

	for (u32 round = 0; round < 50000; round++) {
		u8 buf[100];
		size_t len = 20 + sim_random() % 80;

		for (size_t i = 0; i < sizeof(buf); i++)
			buf[i] = (u8)sim_random();
		buf[0] = (u8)(0x40 | (5 + sim_random() % 4));
		put_be16(buf + 2, (u16)(len - sim_random() % 2));
		if (sim_random() % 8) {
			memcpy(buf + 12, &(u32){FIXTURE_PEER.raw}, 4);
			memcpy(buf + 16, &(u32){FIXTURE_ADDR.raw}, 4);
		}
		if (sim_random() % 2)
			buf[6] = buf[7] = 0;
		if (sim_random() % 2)
			buf[9] = sim_random() % 2 ? 1 : 17;
		datagram_fix(buf);
		fixture_rx_ip(f, buf, len);
		fixture_tx_purge(f);
	}
}

static void device_without_address_gets_broadcasts_only(void **state)
{
	struct fixture *f = *state;
	u8 frame[128];
	size_t len;

	ip_clear_address(&f->dev);
	drops_echo(f, &(struct datagram){0}, DROP_IP_NOT_MINE);
	len = build_echo(frame + ETH_HLEN,
			 &(struct datagram){.dst = IP4(255, 255, 255, 255)});
	eth_fill((struct ethhdr *)frame, fixture_bcast, fixture_peer, ETH_P_IP);
	fixture_rx(f, frame, ETH_HLEN + len);
	fixture_drop(f, DROP_ICMP_BROADCAST);
}

#define T(t)                                                                   \
	cmocka_unit_test_setup_teardown(t, fixture_setup_peer, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(answers_only_version_4),
		T(drops_every_single_bit_flip),
		T(bad_checksum_has_its_counter),
		T(judges_all_corners_of_the_lengths),
		T(truncated_is_counted_apart),
		T(cuts_link_padding),
		T(known_addresses_are_judged_the_same),
		T(known_addresses_are_forgotten_with_the_address),
		T(foreign_destination_is_not_mine),
		T(bad_sources_are_dropped),
		T(loopback_addresses_are_not_for_wires),
		T(own_source_from_the_wire_is_dropped),
		T(answers_to_another_own_address),
		T(ttl_0_and_1_for_me_are_answered),
		T(unicast_in_a_link_broadcast_is_dropped),
		T(every_form_of_broadcast_is_known),
		T(multicast_that_nobody_joined_is_dropped),
		T(forwards_nothing),
		T(unknown_options_are_ignored),
		T(malformed_options_are_dropped),
		T(source_routes_are_refused_in_silence),
		T(judges_all_lengths_and_pointers),
		T(random_options_stay_in_bounds),
		T(unknown_protocol_is_unreachable),
		T(counts_octets_and_ecn),
		T(random_headers_do_no_harm),
		T(device_without_address_gets_broadcasts_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
