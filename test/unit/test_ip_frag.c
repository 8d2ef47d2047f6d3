/*
 * net/ipv4/ip_frag.c and ip_reasm.c: fragments (conformance rows 24 to 34,
 * threats 1, 10, 33, 34). Datagrams are UDP-like, protocol 200, whose
 * receiver is `taker` below: what it gets is compared byte for byte.
 */
#include "test/host/datagram.h"

#include <stdlib.h>
#include <string.h>
#include "net/core/eth.h"
#include "net/ipv4/ip_frag.h"
#include "net/ipv4/route.h"
#include "test/host/machine_sim.h"

#define PROTO 200

static u8 pattern[65536 + 256];

/* What the last whole datagram was. */
static struct {
	u32 count, len;
	u8 tos;
	bool right; /* the bytes are pattern's */
} taken;

static void take(struct sk_buff *skb)
{
	taken.count++;
	taken.len = skb->len;
	taken.tos = ip_hdr(skb)->tos;
	taken.right = !skb->data_len && !memcmp(skb->data, pattern, skb->len);
	assert_int_equal(ip_fast_csum(ip_hdr(skb),
				      ip_hdrlen(ip_hdr(skb)) / 4).raw, 0);
	assert_int_equal(ntohs(ip_hdr(skb)->tot_len),
			 ip_hdrlen(ip_hdr(skb)) + skb->len);
	assert_int_equal(ntohs(ip_hdr(skb)->frag_off), 0);
	consume_skb(skb);
}

static const struct net_protocol taker = {.rcv = take};

static int setup(void **state)
{
	struct fixture *f;

	fixture_setup(state);
	f = *state;
	fixture_know_peer(f);
	f->net->protocols[PROTO] = &taker;
	memset(&taken, 0, sizeof(taken));
	for (u32 i = 0; i < sizeof(pattern); i++)
		pattern[i] = (u8)(i * 31 + i / 251);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	expect_silence(f);
	return fixture_teardown(state);
}

struct piece {
	u32 offset, len;
	bool more;
};

static void rx_as(struct fixture *f, struct piece p, struct datagram d)
{
	d.proto = d.proto ? d.proto : PROTO;
	d.id = d.id ? d.id : 77;
	d.frag = (u16)(p.offset / 8 | (p.more ? IP_MF : 0));
	d.data = d.data ? d.data : pattern + p.offset;
	d.len = p.len;
	fixture_rx_datagram(f, &d);
}

static void rx(struct fixture *f, struct piece p)
{
	rx_as(f, p, (struct datagram){0});
}

static void expect_whole(u32 len)
{
	assert_int_equal(taken.count, 1);
	assert_int_equal(taken.len, len);
	assert_true(taken.right);
	memset(&taken, 0, sizeof(taken));
}

static void expect_nothing_held(struct fixture *f)
{
	assert_int_equal(ip_frag_mem(f->net), 0);
	assert_int_equal(ip_frag_count(f->net), 0);
	assert_int_equal(f->net->skb_live, f->sent.qlen);
}

static void two_pieces_make_a_datagram(void **state)
{
	struct fixture *f = *state;

	rx(f, (struct piece){0, 16, true});
	assert_int_equal(taken.count, 0);
	assert_int_equal(ip_frag_count(f->net), 1);
	rx(f, (struct piece){16, 5, false});
	expect_whole(21);
	expect_nothing_held(f);
	fixture_no_drop(f);
	assert_int_equal(net_mib(f->net, MIB_IP_ReasmReqds), 2);
	assert_int_equal(net_mib(f->net, MIB_IP_ReasmOKs), 1);
}

static void permute(struct fixture *f, struct piece *p, u32 n, u32 k)
{
	if (k == n) {
		u32 total = 0;

		for (u32 i = 0; i < n; i++) {
			assert_int_equal(taken.count, 0);
			rx(f, p[i]);
			total += p[i].len;
		}
		expect_whole(total);
		expect_nothing_held(f);
		return;
	}
	for (u32 i = k; i < n; i++) {
		struct piece t = p[k];

		p[k] = p[i];
		p[i] = t;
		permute(f, p, n, k + 1);
		t = p[k];
		p[k] = p[i];
		p[i] = t;
	}
}

static void every_order_is_right(void **state)
{
	struct fixture *f = *state;

	for (u32 n = 2; n <= 6; n++) {
		struct piece p[6];

		for (u32 i = 0; i < n; i++)
			p[i] = (struct piece){i * 24, i == n - 1 ? 7 : 24,
					      i < n - 1};
		permute(f, p, n, 0);
	}
	fixture_no_drop(f);
}

static void shuffle(struct piece *p, u32 n)
{
	for (u32 i = n - 1; i > 0; i--) {
		u32 j = (u32)(sim_random() % (i + 1));
		struct piece t = p[i];

		p[i] = p[j];
		p[j] = t;
	}
}

static void longest_datagram_in_45_pieces_any_order(void **state)
{
	struct fixture *f = *state;
	struct piece p[45];

	for (u32 round = 0; round < 20; round++) {
		for (u32 i = 0; i < 45; i++)
			p[i] = (struct piece){i * 1480,
					      i < 44 ? 1480 : 65515 - 44 * 1480,
					      i < 44};
		shuffle(p, 45);
		for (u32 i = 0; i < 45; i++)
			rx(f, p[i]);
		expect_whole(65515);
		expect_nothing_held(f);
	}
}

/* Twice each, in any order: the second of a pair says nothing new. */
static void exact_duplicates_do_no_harm(void **state)
{
	struct fixture *f = *state;

	for (u32 round = 0; round < 200; round++) {
		struct piece p[10];
		u32 seen = 0;

		for (u32 i = 0; i < 10; i++)
			p[i] = (struct piece){i / 2 * 16, 16, i / 2 < 4};
		shuffle(p, 10);
		for (u32 i = 0; i < 10 && !taken.count; i++, seen++)
			rx(f, p[i]);
		assert_true(seen >= 5);
		expect_whole(80);
		expect_nothing_held(f);
		assert_int_equal(net_drops(f->net, DROP_IP_FRAG_OVERLAP), 0);
	}
}

static void key_is_source_destination_protocol_and_id(void **state)
{
	struct fixture *f = *state;
	static const struct datagram as[] = {
		{.id = 5},
		{.id = 6},
		{.id = 5, .proto = 201},
		{.id = 5, .src = {0x0300000a}}, /* 10.0.0.3 */
	};

	f->net->protocols[201] = &taker;
	for (u32 i = 0; i < ARRAY_SIZE(as); i++)
		rx_as(f, (struct piece){0, 8, true}, as[i]);
	assert_int_equal(ip_frag_count(f->net), 4);
	for (u32 i = 0; i < ARRAY_SIZE(as); i++) {
		rx_as(f, (struct piece){8, 9, false}, as[i]);
		expect_whole(17);
	}
	expect_nothing_held(f);
}

/* Sends base, then evil; then whatever would complete it: nothing comes. */
static void expect_overlap(struct fixture *f, struct piece evil,
			   const u8 *data)
{
	rx(f, (struct piece){0, 32, true});
	rx(f, (struct piece){48, 32, true});
	fixture_no_drop(f);
	rx_as(f, evil, (struct datagram){.data = data});
	assert_int_equal(ip_frag_mem(f->net), 0);
	fixture_forget_drops(f);
	rx(f, (struct piece){32, 16, true});
	fixture_drop(f, DROP_IP_FRAG_OVERLAP);
	rx(f, (struct piece){80, 8, false});
	fixture_drop(f, DROP_IP_FRAG_OVERLAP);
	rx(f, (struct piece){0, 32, true});
	fixture_drop(f, DROP_IP_FRAG_OVERLAP);
	assert_int_equal(taken.count, 0);
	fixture_run_ms(f, IP_FRAG_TIMEOUT_MS + 1);
	expect_nothing_held(f);
	fixture_forget_drops(f);
}

static void overlap_spoils_the_datagram(void **state)
{
	struct fixture *f = *state;
	static const struct piece evil[] = {
		{24, 16, true},	 /* over the left one's end */
		{40, 16, true},	 /* over the right one's start */
		{8, 8, true},	 /* inside */
		{0, 96, true},	 /* around all */
		{32, 48, true},	 /* gap and the right one */
		{0, 24, true},	 /* a shorter beginning (teardrop) */
		{8, 4, false},	 /* a last piece inside (bonk) */
		{40, 8, false},	 /* a last piece before the last (jolt) */
		{24, 24, true},	 /* left one's end and the gap */
		{56, 3, false},	 /* end inside of the right one */
		{48, 32, false}, /* one again, but as the last */
	};

	for (size_t i = 0; i < ARRAY_SIZE(evil); i++)
		expect_overlap(f, evil[i], NULL);
	expect_overlap(f, (struct piece){0, 32, true}, pattern + 1);
	assert_int_equal(net_mib(f->net, MIB_IP_ReasmFails),
			 ARRAY_SIZE(evil) + 1);
}

static void nothing_may_follow_the_last(void **state)
{
	struct fixture *f = *state;
	static const struct piece evil[] = {
		{40, 8, true}, {40, 8, false}, {48, 8, true}, {32, 16, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(evil); i++) {
		rx_as(f, (struct piece){32, 8, false},
		      (struct datagram){.id = (u16)(100 + i)});
		rx_as(f, evil[i], (struct datagram){.id = (u16)(100 + i)});
		fixture_forget_drops(f);
		rx_as(f, (struct piece){0, 32, true},
		      (struct datagram){.id = (u16)(100 + i)});
		fixture_drop(f, DROP_IP_FRAG_OVERLAP);
	}
	assert_int_equal(taken.count, 0);
}

static void ping_of_death_is_refused(void **state)
{
	struct fixture *f = *state;

	rx(f, (struct piece){8189 * 8, 100, false});
	fixture_drop(f, DROP_IP_FRAG_TOO_LONG);
	rx(f, (struct piece){8191 * 8, 8, true});
	fixture_drop(f, DROP_IP_FRAG_TOO_LONG);
	rx(f, (struct piece){8189 * 8, 4, false}); /* 20 + 65512 + 4 */
	fixture_drop(f, DROP_IP_FRAG_TOO_LONG);
	expect_nothing_held(f);
	rx(f, (struct piece){8189 * 8, 3, false}); /* 65535: may come */
	fixture_no_drop(f);
	assert_int_equal(ip_frag_count(f->net), 1);
}

/* Fits without the first piece's options, but not with them. */
static void options_count_for_the_whole_length(void **state)
{
	struct fixture *f = *state;
	static const u8 nops[8] = {1, 1, 1, 1, 1, 1, 1, 1};

	for (u32 i = 1; i < 44; i++)
		rx(f, (struct piece){i * 1480, 1480, true});
	rx(f, (struct piece){44 * 1480, 65515 - 44 * 1480, false});
	fixture_no_drop(f);
	rx_as(f, (struct piece){0, 1480, true},
	      (struct datagram){.options = nops, .optlen = 8});
	assert_int_equal(taken.count, 0);
	assert_int_equal(net_drops(f->net, DROP_IP_FRAG_TOO_LONG), 45);
	expect_nothing_held(f);
}

static void options_of_the_first_piece_are_kept(void **state)
{
	struct fixture *f = *state;
	static const u8 nops[4] = {1, 1, 1, 0};

	rx(f, (struct piece){8, 8, false});
	rx_as(f, (struct piece){0, 8, true},
	      (struct datagram){.options = nops, .optlen = 4});
	expect_whole(16);
}

static void lengths_but_the_last_are_multiples_of_8(void **state)
{
	struct fixture *f = *state;
	static const u32 lens[] = {0,  1,  2,  3,  4,    5,    6,   7,
				   8,  9,  15, 16, 1479, 1480, 1481};

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		rx_as(f, (struct piece){24, lens[i], true},
		      (struct datagram){.id = (u16)(200 + i)});
		if (lens[i] % 8 || !lens[i])
			fixture_drop(f, DROP_IP_FRAG_BAD_LENGTH);
		else
			fixture_no_drop(f);
	}
	rx(f, (struct piece){24, 0, false});
	fixture_drop(f, DROP_IP_FRAG_BAD_LENGTH);
}

static void tcp_header_must_be_in_the_first_piece(void **state)
{
	struct fixture *f = *state;
	const struct datagram tcp = {.proto = IPPROTO_TCP};

	rx_as(f, (struct piece){0, 8, true}, tcp);
	fixture_drop(f, DROP_IP_FRAGMENT);
	rx_as(f, (struct piece){0, 16, true}, tcp);
	fixture_drop(f, DROP_IP_FRAGMENT);
	rx_as(f, (struct piece){8, 32, true}, tcp);
	fixture_drop(f, DROP_IP_FRAGMENT);
	rx_as(f, (struct piece){0, 24, true}, tcp);
	fixture_no_drop(f);
	assert_int_equal(ip_frag_count(f->net), 1);
}

static void expect_time_exceeded(struct fixture *f)
{
	struct sk_buff *skb = expect_sent(f, IPPROTO_ICMP);
	struct icmphdr *icmph = sent_l4(skb);
	const struct iphdr *quote = (const struct iphdr *)(icmph + 1);

	assert_int_equal(icmph->type, ICMP_TIME_EXCEEDED);
	assert_int_equal(icmph->code, ICMP_EXC_FRAGTIME);
	assert_int_equal(ntohs(quote->frag_off), IP_MF);
	assert_memory_equal(quote + 1, pattern, 16);
	consume_skb(skb);
}

static void timeout_with_the_first_piece_is_told(void **state)
{
	struct fixture *f = *state;

	rx(f, (struct piece){0, 16, true});
	rx(f, (struct piece){32, 16, true});
	fixture_run_ms(f, IP_FRAG_TIMEOUT_MS - 10);
	expect_silence(f);
	assert_int_equal(ip_frag_count(f->net), 1);
	fixture_run_ms(f, 20);
	expect_time_exceeded(f);
	expect_nothing_held(f);
	assert_int_equal(net_drops(f->net, DROP_IP_FRAG_TIMEOUT), 2);
	assert_int_equal(net_mib(f->net, MIB_IP_ReasmTimeout), 1);
	assert_int_equal(net_mib(f->net, MIB_IP_ReasmFails), 1);
}

static void timeout_without_it_is_silent(void **state)
{
	struct fixture *f = *state;

	rx(f, (struct piece){16, 16, true});
	fixture_run_ms(f, IP_FRAG_TIMEOUT_MS + 10);
	expect_silence(f);
	expect_nothing_held(f);
	fixture_drop(f, DROP_IP_FRAG_TIMEOUT);
}

/* A later piece does not prolong the life of the datagram. */
static void timeout_is_from_the_first_arrival(void **state)
{
	struct fixture *f = *state;

	rx(f, (struct piece){16, 16, true});
	fixture_run_ms(f, 40000);
	rx_as(f, (struct piece){16, 16, true}, (struct datagram){.id = 9});
	rx(f, (struct piece){32, 16, true});
	fixture_run_ms(f, 20001);
	assert_int_equal(ip_frag_count(f->net), 1);
	fixture_run_ms(f, 40000);
	expect_nothing_held(f);
}

static void ecn_of_the_pieces_is_combined(void **state)
{
	struct fixture *f = *state;

	for (u32 n = 0; n < 64; n++) {
		u8 tos[3] = {n & 3, n >> 2 & 3, n >> 4};
		bool ce = tos[0] == 3 || tos[1] == 3 || tos[2] == 3;
		bool not_ect = !tos[0] || !tos[1] || !tos[2];

		for (u32 i = 0; i < 3; i++)
			rx_as(f, (struct piece){i * 8, 8, i < 2},
			      (struct datagram){.tos = (u8)(0x20 | tos[i])});
		if (ce && not_ect) {
			assert_int_equal(taken.count, 0);
		} else {
			assert_int_equal(taken.tos, 0x20 | (ce ? 3 : tos[0]));
			expect_whole(24);
		}
		expect_nothing_held(f);
	}
}

static void flood_of_first_pieces_is_bounded(void **state)
{
	struct fixture *f = *state;

	for (u32 i = 0; i < 20000; i++) {
		rx_as(f, (struct piece){0, 1480, true}, (struct datagram){
			.src = BE32(0x0b000000 + (u32)(sim_random() % 65536)),
			.id = (u16)sim_random()});
		assert_true(ip_frag_mem(f->net) <= IP_FRAG_MEMORY);
		assert_true(ip_frag_count(f->net) <= IP_FRAG_DATAGRAMS);
	}
	/* An honest datagram still gets through, at once. */
	for (u32 i = 0; i < 6; i++)
		rx(f, (struct piece){i * 1480, i < 5 ? 1480 : 600, i < 5});
	expect_whole(8000);
}

/* One source cannot push the others out. */
static void each_source_has_a_share(void **state)
{
	struct fixture *f = *state;

	rx(f, (struct piece){0, 16, true});
	for (u32 i = 0; i < 5000; i++)
		rx_as(f, (struct piece){0, 1480, true}, (struct datagram){
			.src = IP4(10, 0, 0, 66), .id = (u16)(i + 1)});
	assert_true(ip_frag_count(f->net) <= IP_FRAG_BY_SOURCE + 1);
	rx(f, (struct piece){16, 16, false});
	expect_whole(32);
}

static void pieces_of_one_datagram_are_bounded(void **state)
{
	struct fixture *f = *state;

	for (u32 i = 0; i < IP_FRAG_PIECES; i++)
		rx(f, (struct piece){i * 16, 8, true});
	assert_int_equal(ip_frag_count(f->net), 1);
	rx(f, (struct piece){IP_FRAG_PIECES * 16, 8, true});
	assert_int_equal(ip_frag_count(f->net), 0);
	assert_int_equal(net_drops(f->net, DROP_IP_FRAG_MEMORY),
			 IP_FRAG_PIECES + 1);
	expect_nothing_held(f);
}

static void failing_memory_leaves_nothing(void **state)
{
	struct fixture *f = *state;

	for (u32 n = 1; n < 8; n++) {
		u8 buf[64];
		size_t len = datagram_build(buf, &(struct datagram){
			.proto = PROTO, .id = (u16)n, .data = pattern,
			.len = 16, .frag = IP_MF});
		struct sk_buff *skb = fixture_skb(f, buf, len);
		struct sk_buff *last;

		skb->dev = &f->dev;
		skb_reset_network_header(skb);
		put_be16(buf + 6, 2);
		datagram_fix(buf);
		last = fixture_skb(f, buf, len);
		last->dev = &f->dev;
		skb_reset_network_header(last);
		local_bh_disable();
		sim_fail_alloc_after(n);
		ip_rcv(skb);
		ip_rcv(last);
		sim_fail_alloc_after(0);
		local_bh_enable();
	}
	fixture_run_ms(f, IP_FRAG_TIMEOUT_MS + 1);
	fixture_tx_purge(f);
	expect_nothing_held(f);
}

static void device_that_goes_takes_its_pieces_along(void **state)
{
	struct fixture *f = *state;

	rx(f, (struct piece){0, 16, true});
	local_bh_disable();
	ip_clear_address(&f->dev);
	local_bh_enable();
	expect_nothing_held(f);
}

/* Random pieces of random datagrams: bounded, in bounds, never wrong bytes. */
static void random_pieces_never_make_wrong_bytes(void **state)
{
	struct fixture *f = *state;

	for (u32 i = 0; i < 30000; i++) {
		u32 offset = (u32)(sim_random() % 8) * 8;
		bool more = sim_random() % 3;

		rx_as(f, (struct piece){offset, (u32)(sim_random() % 40), more},
		      (struct datagram){.id = (u16)(1 + sim_random() % 200)});
		assert_true(!taken.count || taken.right);
		memset(&taken, 0, sizeof(taken));
	}
	fixture_run_ms(f, IP_FRAG_TIMEOUT_MS + 1);
	fixture_tx_purge(f);
	expect_nothing_held(f);
}

static void fragmented_ping_is_answered_whole(void **state)
{
	struct fixture *f = *state;
	static u8 icmp[65536], reply[65536];
	u32 len = (u32)icmp_build(icmp, ICMP_ECHO, 0, pattern, 65507);
	struct sk_buff *skb;

	for (u32 off = 0; off < len; off += 1480) {
		u32 n = MIN(1480u, len - off);

		rx_as(f, (struct piece){off, n, off + n < len},
		      (struct datagram){.proto = IPPROTO_ICMP,
					.data = icmp + off});
	}
	while ((skb = fixture_tx_ip(f)) != NULL) {
		const struct iphdr *iph = sent_ip(skb);

		memcpy(reply + (ntohs(iph->frag_off) & IP_OFFSET) * 8, iph + 1,
		       ntohs(iph->tot_len) - 20u);
		consume_skb(skb);
	}
	assert_int_equal(reply[0], ICMP_ECHOREPLY);
	assert_int_equal(csum_fold(csum_partial(reply, len, 0)).raw, 0);
	assert_memory_equal(reply + 8, pattern, 65507);
	fixture_no_drop(f);
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(two_pieces_make_a_datagram),
		T(every_order_is_right),
		T(longest_datagram_in_45_pieces_any_order),
		T(exact_duplicates_do_no_harm),
		T(key_is_source_destination_protocol_and_id),
		T(overlap_spoils_the_datagram),
		T(nothing_may_follow_the_last),
		T(ping_of_death_is_refused),
		T(options_count_for_the_whole_length),
		T(options_of_the_first_piece_are_kept),
		T(lengths_but_the_last_are_multiples_of_8),
		T(tcp_header_must_be_in_the_first_piece),
		T(timeout_with_the_first_piece_is_told),
		T(timeout_without_it_is_silent),
		T(timeout_is_from_the_first_arrival),
		T(ecn_of_the_pieces_is_combined),
		T(flood_of_first_pieces_is_bounded),
		T(each_source_has_a_share),
		T(pieces_of_one_datagram_are_bounded),
		T(failing_memory_leaves_nothing),
		T(device_that_goes_takes_its_pieces_along),
		T(random_pieces_never_make_wrong_bytes),
		T(fragmented_ping_is_answered_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
