/*
 * net/ipv4/ip_frag.c: time, memory and ECN of what is put together
 * (conformance rows 24, 25, 34, threat 10).
 */
#include "test/host/pieces.h"

#include <string.h>
#include "net/core/eth.h"
#include "net/ipv4/ip_frag.h"
#include "net/ipv4/route.h"
#include "test/host/machine_sim.h"

static void expect_time_exceeded(struct fixture *f)
{
	struct sk_buff *skb = expect_sent(f, IPPROTO_ICMP);
	struct icmphdr *icmph = sent_l4(skb);
	const struct iphdr *quote = (const struct iphdr *)(icmph + 1);

	assert_int_equal(icmph->type, ICMP_TIME_EXCEEDED);
	assert_int_equal(icmph->code, ICMP_EXC_FRAGTIME);
	assert_int_equal(ntohs(quote->frag_off), IP_MF);
	assert_memory_equal(quote + 1, piece_bytes, 16);
	consume_skb(skb);
}

static void timeout_with_the_first_piece_is_told(void **state)
{
	struct fixture *f = *state;

	rx_piece(f, (struct piece){0, 16, true});
	rx_piece(f, (struct piece){32, 16, true});
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

	rx_piece(f, (struct piece){16, 16, true});
	fixture_run_ms(f, IP_FRAG_TIMEOUT_MS + 10);
	expect_silence(f);
	expect_nothing_held(f);
	fixture_drop(f, DROP_IP_FRAG_TIMEOUT);
}

/* A later piece does not prolong the life of the datagram. */
static void timeout_is_from_the_first_arrival(void **state)
{
	struct fixture *f = *state;

	rx_piece(f, (struct piece){16, 16, true});
	fixture_run_ms(f, 40000);
	rx_piece_as(f, (struct piece){16, 16, true},
		    (struct datagram){.id = 9});
	rx_piece(f, (struct piece){32, 16, true});
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
			rx_piece_as(
				f, (struct piece){i * 8, 8, i < 2},
				(struct datagram){.tos = (u8)(0x20 | tos[i])});
		if (ce && not_ect) {
			assert_int_equal(piece_taken.count, 0);
		} else {
			assert_int_equal(piece_taken.tos,
					 0x20 | (ce ? 3 : tos[0]));
			expect_whole(24);
		}
		expect_nothing_held(f);
	}
}

static void flood_of_first_pieces_is_bounded(void **state)
{
	struct fixture *f = *state;

	for (u32 i = 0; i < 20000; i++) {
		rx_piece_as(f, (struct piece){0, 1480, true},
			    (struct datagram){
				    .src = BE32(0x0b000000 +
						(u32)(sim_random() % 65536)),
				    .id = (u16)sim_random()});
		assert_true(ip_frag_mem(f->net) <= IP_FRAG_MEMORY);
		assert_true(ip_frag_count(f->net) <= IP_FRAG_DATAGRAMS);
	}
	/* An honest datagram still gets through, at once. */
	for (u32 i = 0; i < 6; i++)
		rx_piece(f,
			 (struct piece){i * 1480, i < 5 ? 1480 : 600, i < 5});
	expect_whole(8000);
}

/* One source cannot push the others out. */
static void each_source_has_a_share(void **state)
{
	struct fixture *f = *state;

	rx_piece(f, (struct piece){0, 16, true});
	for (u32 i = 0; i < 5000; i++)
		rx_piece_as(f, (struct piece){0, 1480, true},
			    (struct datagram){.src = IP4(10, 0, 0, 66),
					      .id = (u16)(i + 1)});
	assert_true(ip_frag_count(f->net) <= IP_FRAG_BY_SOURCE + 1);
	rx_piece(f, (struct piece){16, 16, false});
	expect_whole(32);
}

static void pieces_of_one_datagram_are_bounded(void **state)
{
	struct fixture *f = *state;

	for (u32 i = 0; i < IP_FRAG_PIECES; i++)
		rx_piece(f, (struct piece){i * 16, 8, true});
	assert_int_equal(ip_frag_count(f->net), 1);
	rx_piece(f, (struct piece){IP_FRAG_PIECES * 16, 8, true});
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
		size_t len = datagram_build(
			buf, &(struct datagram){.proto = PROTO,
						.id = (u16)n,
						.data = piece_bytes,
						.len = 16,
						.frag = IP_MF});
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

	rx_piece(f, (struct piece){0, 16, true});
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

		rx_piece_as(
			f,
			(struct piece){offset, (u32)(sim_random() % 40), more},
			(struct datagram){.id = (u16)(1 + sim_random() % 200)});
		assert_true(!piece_taken.count || piece_taken.right);
		memset(&piece_taken, 0, sizeof(piece_taken));
	}
	fixture_run_ms(f, IP_FRAG_TIMEOUT_MS + 1);
	fixture_tx_purge(f);
	expect_nothing_held(f);
}

static void fragmented_ping_is_answered_whole(void **state)
{
	struct fixture *f = *state;
	static u8 icmp[65536], reply[65536];
	u32 len = (u32)icmp_build(icmp, ICMP_ECHO, 0, piece_bytes, 65507);
	struct sk_buff *skb;

	for (u32 off = 0; off < len; off += 1480) {
		u32 n = MIN(1480u, len - off);

		rx_piece_as(f, (struct piece){off, n, off + n < len},
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
	assert_memory_equal(reply + 8, piece_bytes, 65507);
	fixture_no_drop(f);
}

#define T(t) cmocka_unit_test_setup_teardown(t, pieces_setup, pieces_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
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
