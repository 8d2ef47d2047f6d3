/*
 * net/ipv4/ip_output.c, ip_fragment.c and ip_id.c: the header, its id, and
 * fragments (conformance rows 19, 20, 32, 33; checklist rows 79, 82).
 */
#include "test/host/datagram.h"

#include <stdlib.h>
#include <string.h>
#include "lib/errno.h"
#include "net/ipv4/ip_id.h"
#include "net/ipv4/route.h"
#include "test/host/machine_sim.h"

static struct sk_buff *make(struct fixture *f, u32 len)
{
	struct sk_buff *skb = alloc_skb(f->net, len);
	u8 *data = skb_put(skb, len);

	for (u32 i = 0; i < len; i++)
		data[i] = (u8)(i * 7 + i / 256);
	return skb;
}

static int send_to(struct fixture *f, be32 daddr, u32 len,
		   const struct ip_meta *meta)
{
	struct dst_entry dst;
	int err;

	local_bh_disable();
	err = route_output(f->net, daddr, INADDR_ANY, &dst);
	if (!err) {
		err = ip_build_and_send(make(f, len), &dst, dst.saddr, daddr,
					meta);
		dst_release(&dst);
	}
	local_bh_enable();
	return err;
}

static const struct ip_meta plain = {.protocol = 200};
static const struct ip_meta with_df = {.protocol = 200, .df = true};

static void header_is_as_told(void **state)
{
	struct fixture *f = *state;
	const struct ip_meta meta = {
		.protocol = 99, .tos = 0x10, .ttl = 7, .df = true};
	struct sk_buff *skb;
	struct iphdr *iph;

	assert_int_equal(send_to(f, FIXTURE_PEER, 60, &meta), 0);
	skb = fixture_tx_ip(f);
	iph = sent_ip(skb);
	assert_int_equal(iph->ver_ihl, 0x45);
	assert_int_equal(iph->tos, 0x10);
	assert_int_equal(ntohs(iph->tot_len), 80);
	assert_int_equal(ntohs(iph->id), 0);
	assert_int_equal(ntohs(iph->frag_off), IP_DF);
	assert_int_equal(iph->ttl, 7);
	assert_int_equal(iph->protocol, 99);
	assert_true(be32_eq(iph->saddr, FIXTURE_ADDR));
	assert_true(be32_eq(iph->daddr, FIXTURE_PEER));
	assert_int_equal(ip_fast_csum(iph, 5).raw, 0);
	assert_memory_equal(skb->data, fixture_peer, 6);
	consume_skb(skb);
	assert_int_equal(net_mib(f->net, MIB_IP_OutRequests), 1);
	assert_int_equal(net_mib(f->net, MIB_IPEXT_OutOctets), 80);
}

static void checksum_is_right_for_random_headers(void **state)
{
	struct fixture *f = *state;

	for (u32 i = 0; i < 3000; i++) {
		const struct ip_meta meta = {
			.protocol = (u8)sim_random(),
			.tos = (u8)sim_random(),
			.ttl = (u8)sim_random(),
			.df = sim_random() & 1,
		};
		struct sk_buff *skb;

		assert_int_equal(send_to(f, FIXTURE_PEER,
					 40 + (u32)(sim_random() % 1400),
					 &meta),
				 0);
		skb = fixture_tx_ip(f);
		assert_int_equal(ip_fast_csum(sent_ip(skb), 5).raw, 0);
		assert_int_not_equal(sent_ip(skb)->ttl, 0);
		consume_skb(skb);
	}
}

static void ids_of_one_pair_do_not_repeat(void **state)
{
	struct fixture *f = *state;
	u32 hash = ip_id_hash(f->net, FIXTURE_ADDR, FIXTURE_PEER);
	static bool seen[65536];
	u16 id = 0;

	memset(seen, 0, sizeof(seen));
	for (u32 i = 0; i < 65536; i++) {
		id = ip_next_id(f->net, hash);
		assert_false(seen[id]);
		seen[id] = true;
	}
	assert_int_equal(ip_next_id(f->net, hash), (u16)(id + 1));
}

static u16 id_to(struct fixture *f, u32 host)
{
	return ip_next_id(f->net, ip_id_hash(f->net, FIXTURE_ADDR,
					     BE32(0x01000000 + host)));
}

/* RFC 7739: what one peer sees tells nothing of the ids of another. */
static void ids_of_other_pairs_are_unrelated(void **state)
{
	struct fixture *f = *state;
	u32 near = 0;

	for (u32 i = 0; i < 1000; i++) {
		u16 a = id_to(f, i), b = id_to(f, i + 1);

		near += (u16)(b - a) < 256;
	}
	assert_true(near < 30); /* 4 expected of chance */
}

static void without_df_there_is_an_id(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb;
	u16 first;

	assert_int_equal(send_to(f, FIXTURE_PEER, 60, &plain), 0);
	skb = fixture_tx_ip(f);
	first = ntohs(sent_ip(skb)->id);
	assert_int_equal(ntohs(sent_ip(skb)->frag_off), 0);
	consume_skb(skb);
	assert_int_equal(send_to(f, FIXTURE_PEER, 60, &plain), 0);
	skb = fixture_tx_ip(f);
	assert_int_equal(ntohs(sent_ip(skb)->id), (u16)(first + 1));
	consume_skb(skb);
}

static void df_is_never_fragmented(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(send_to(f, FIXTURE_PEER, 1480, &with_df), 0);
	fixture_tx_purge(f);
	assert_int_equal(send_to(f, FIXTURE_PEER, 1481, &with_df), -EMSGSIZE);
	expect_silence(f);
	fixture_drop(f, DROP_IP_DF_TOO_BIG);
	assert_int_equal(net_mib(f->net, MIB_IP_FragFails), 1);
}

/* Puts the fragments sent together and compares with make(). */
static void expect_fragments(struct fixture *f, u32 len, u32 mtu)
{
	static u8 whole[65536];
	struct sk_buff *skb = fixture_tx_ip(f), *want;
	u32 have = 0, first_id = ntohs(sent_ip(skb)->id);

	for (; skb; skb = fixture_tx_ip(f)) {
		const struct iphdr *iph = sent_ip(skb);
		u32 off = (ntohs(iph->frag_off) & IP_OFFSET) * 8;
		u32 n = ntohs(iph->tot_len) - 20u;
		bool more = ntohs(iph->frag_off) & IP_MF;

		assert_true(ntohs(iph->tot_len) <= mtu);
		assert_int_equal(ip_fast_csum(iph, 5).raw, 0);
		assert_int_equal(ntohs(iph->id), first_id);
		assert_int_equal(off, have);
		assert_true(!more || n % 8 == 0);
		assert_int_equal(more, off + n < len);
		memcpy(whole + off, iph + 1, n);
		have += n;
		consume_skb(skb);
	}
	assert_int_equal(have, len);
	want = make(f, len);
	assert_memory_equal(whole, want->data, len);
	consume_skb(want);
}

static void fragments_hold_every_byte_once(void **state)
{
	struct fixture *f = *state;
	static const u32 sizes[] = {1481, 1482, 1488, 2960,
				    2961, 4000, 8192, 65515};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		assert_int_equal(send_to(f, FIXTURE_PEER, sizes[i], &plain), 0);
		expect_fragments(f, sizes[i], 1500);
	}
	assert_int_equal(net_mib(f->net, MIB_IP_FragOKs), ARRAY_SIZE(sizes));
}

static void odd_mtus_are_rounded_to_8(void **state)
{
	struct fixture *f = *state;

	for (u32 mtu = 68; mtu < 84; mtu++) {
		f->dev.mtu = mtu;
		assert_int_equal(send_to(f, FIXTURE_PEER, 500, &plain), 0);
		expect_fragments(f, 500, mtu);
	}
}

static void longer_than_a_datagram_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(send_to(f, FIXTURE_PEER, 65516, &plain), -EMSGSIZE);
	fixture_drop(f, DROP_IP_DF_TOO_BIG);
}

static void failing_memory_leaves_nothing(void **state)
{
	struct fixture *f = *state;

	for (u32 n = 1; n < 12; n++) {
		struct sk_buff *skb = make(f, 5000);
		struct dst_entry dst;

		local_bh_disable();
		assert_int_equal(
			route_output(f->net, FIXTURE_PEER, INADDR_ANY, &dst),
			0);
		sim_fail_alloc_after(n);
		(void)ip_build_and_send(skb, &dst, dst.saddr, FIXTURE_PEER,
					&plain);
		sim_fail_alloc_after(0);
		dst_release(&dst);
		local_bh_enable();
		fixture_tx_purge(f);
		assert_int_equal(f->net->skb_live, 0);
	}
	assert_true(net_mib(f->net, MIB_IP_FragFails) > 0);
}

/* The pseudo-header's sum was left to the device, but nobody sums a piece. */
static void checksum_is_completed_before_the_cut(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = make(f, 3000);
	struct dst_entry dst;
	csum_t sum = csum_pseudo(FIXTURE_ADDR, FIXTURE_PEER, 17, 3000);

	skb_reset_transport_header(skb);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb->transport_header;
	skb->csum_offset = 6;
	memcpy(skb->data + 6, &(u16){(u16)~csum_fold(sum).raw}, 2);
	local_bh_disable();
	assert_int_equal(route_output(f->net, FIXTURE_PEER, INADDR_ANY, &dst),
			 0);
	assert_int_equal(ip_build_and_send(skb, &dst, dst.saddr, FIXTURE_PEER,
					   &(struct ip_meta){.protocol = 17}),
			 0);
	dst_release(&dst);
	local_bh_enable();
	while ((skb = fixture_tx_ip(f)) != NULL) {
		u32 n = ntohs(sent_ip(skb)->tot_len) - 20u;

		assert_int_equal(skb->ip_summed, CHECKSUM_NONE);
		sum = csum_partial(sent_ip(skb) + 1, n, sum);
		consume_skb(skb);
	}
	assert_int_equal(csum_fold(sum).raw, 0);
}

static void own_address_never_reaches_the_wire(void **state)
{
	struct fixture *f = *state;
	const be32 own[] = {FIXTURE_ADDR, IP4(127, 0, 0, 1), IP4(127, 9, 9, 9)};

	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		assert_int_equal(send_to(f, own[i], 100, &plain), 0);
		fixture_settle(f);
		assert_int_equal(fixture_tx_count(f), 0);
	}
	/* They came back in, and so did the errors about protocol 200. */
	assert_int_equal(net_mib(f->net, MIB_IP_InUnknownProtos), 3);
	assert_int_equal(net_mib(f->net, MIB_ICMP_InDestUnreachs), 3);
}

static void stale_way_is_looked_up_again(void **state)
{
	struct fixture *f = *state;
	struct dst_entry dst;
	struct sk_buff *skb;

	local_bh_disable();
	assert_int_equal(route_output(f->net, FIXTURE_PEER, INADDR_ANY, &dst),
			 0);
	f->net->route_gen++;
	assert_int_equal(ip_build_and_send(make(f, 50), &dst, FIXTURE_ADDR,
					   FIXTURE_PEER, &plain),
			 0);
	assert_true(dst_valid(f->net, &dst));
	ip_clear_address(&f->dev);
	assert_int_equal(ip_build_and_send(make(f, 50), &dst, FIXTURE_ADDR,
					   FIXTURE_PEER, &plain),
			 -EINVAL);
	fixture_drop(f, DROP_IP_NO_ROUTE);
	local_bh_enable();
	skb = fixture_tx_ip(f);
	assert_non_null(skb);
	consume_skb(skb);
	dst_release(&dst);
}

static void multicast_stays_on_the_link(void **state)
{
	struct fixture *f = *state;
	static const u8 mac[6] = {0x01, 0, 0x5e, 1, 2, 3};
	struct sk_buff *skb;

	assert_int_equal(send_to(f, IP4(239, 129, 2, 3), 60, &plain), 0);
	skb = fixture_tx_ip(f);
	assert_int_equal(sent_ip(skb)->ttl, 1);
	assert_memory_equal(skb->data, mac, 6);
	consume_skb(skb);
	assert_int_equal(net_mib(f->net, MIB_IPEXT_OutMcastPkts), 1);
	assert_int_equal(send_to(f, INADDR_BROADCAST, 60, &plain), 0);
	skb = fixture_tx_ip(f);
	assert_memory_equal(skb->data, fixture_bcast, 6);
	consume_skb(skb);
	assert_int_equal(net_mib(f->net, MIB_IPEXT_OutBcastPkts), 1);
}

/* A connected sock as TCP has one. */
static void sock_as_tcp(struct fixture *f, struct sock *sk)
{
	*sk = (struct sock){
		.net = f->net,
		.protocol = IPPROTO_TCP,
		.saddr = FIXTURE_ADDR,
		.daddr = FIXTURE_PEER,
	};
}

static void short_way_routes_once(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb;
	struct iphdr *iph;
	struct sock sk;

	sock_as_tcp(f, &sk);
	local_bh_disable();
	assert_int_equal(ip_queue_xmit(&sk, make(f, 40)), 0);
	assert_true(dst_valid(f->net, &sk.dst));
	local_bh_enable();
	skb = fixture_tx_ip(f);
	iph = sent_ip(skb);
	assert_int_equal(ntohs(iph->frag_off), IP_DF);
	assert_int_equal(ntohs(iph->id), 0);
	assert_int_equal(iph->ttl, 64);
	assert_int_equal(iph->protocol, 6);
	assert_int_equal(ip_fast_csum(iph, 5).raw, 0);
	consume_skb(skb);
	local_bh_disable();
	assert_int_equal(ip_queue_xmit(&sk, make(f, 1481)), -EMSGSIZE);
	fixture_drop(f, DROP_IP_DF_TOO_BIG);
	local_bh_enable();
	dst_release(&sk.dst);
}

static void short_way_without_a_route_says_so(void **state)
{
	struct fixture *f = *state;
	struct sock sk;

	sock_as_tcp(f, &sk);
	sk.daddr = IP4(9, 9, 9, 9);
	local_bh_disable();
	assert_int_equal(ip_queue_xmit(&sk, make(f, 40)), -ENETUNREACH);
	local_bh_enable();
	fixture_drop(f, DROP_IP_NO_ROUTE);
	assert_null(sk.dst.dev);
}

static void gso_passes_whole(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb;
	struct sock sk;

	f->dev.features |= NETIF_F_TSO;
	sock_as_tcp(f, &sk);
	skb = make(f, 40000);
	skb_shinfo(skb)->gso_size = 1460;
	local_bh_disable();
	assert_int_equal(ip_queue_xmit(&sk, skb), 0);
	local_bh_enable();
	skb = fixture_tx_ip(f);
	assert_int_equal(ntohs(sent_ip(skb)->tot_len), 40020);
	consume_skb(skb);
	dst_release(&sk.dst);
}

static u32 notices;

static enum drop_reason count_notice(struct net *net,
				     const struct icmp_notice *notice)
{
	assert_int_equal(notice->type, ICMP_DEST_UNREACH);
	assert_int_equal(notice->code, ICMP_HOST_UNREACH);
	assert_true(be32_eq(notice->saddr, FIXTURE_ADDR));
	assert_true(be32_eq(notice->daddr, IP4(10, 0, 0, 66)));
	assert_int_equal(notice->len, 60);
	notices++;
	return DROP_NONE;
}

static void failed_neighbour_is_told_to_the_transport(void **state)
{
	struct fixture *f = *state;
	static const struct net_protocol proto = {.err = count_notice};

	notices = 0;
	f->net->protocols[200] = &proto;
	assert_int_equal(send_to(f, IP4(10, 0, 0, 66), 60, &plain), 0);
	fixture_run_ms(f, 10000);
	assert_int_equal(notices, 1);
	fixture_drop(f, DROP_NEIGH_FAILED);
	fixture_tx_purge(f);
}

#define T(t)                                                                   \
	cmocka_unit_test_setup_teardown(t, fixture_setup_peer, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(header_is_as_told),
		T(checksum_is_right_for_random_headers),
		T(ids_of_one_pair_do_not_repeat),
		T(ids_of_other_pairs_are_unrelated),
		T(without_df_there_is_an_id),
		T(df_is_never_fragmented),
		T(fragments_hold_every_byte_once),
		T(odd_mtus_are_rounded_to_8),
		T(longer_than_a_datagram_is_refused),
		T(failing_memory_leaves_nothing),
		T(checksum_is_completed_before_the_cut),
		T(own_address_never_reaches_the_wire),
		T(stale_way_is_looked_up_again),
		T(multicast_stays_on_the_link),
		T(short_way_routes_once),
		T(short_way_without_a_route_says_so),
		T(gso_passes_whole),
		T(failed_neighbour_is_told_to_the_transport),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
