/*
 * net/ipv4/ip_reasm.c: which pieces make a datagram and which do not
 * (conformance rows 24, 26 to 31, threats 1, 33, 34).
 */
#include "test/host/pieces.h"

#include <string.h>
#include "net/core/eth.h"
#include "net/ipv4/ip_frag.h"
#include "net/ipv4/route.h"
#include "test/host/machine_sim.h"

static void two_pieces_make_a_datagram(void **state)
{
	struct fixture *f = *state;

	rx_piece(f, (struct piece){0, 16, true});
	assert_int_equal(piece_taken.count, 0);
	assert_int_equal(ip_frag_count(f->net), 1);
	rx_piece(f, (struct piece){16, 5, false});
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
			assert_int_equal(piece_taken.count, 0);
			rx_piece(f, p[i]);
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
			rx_piece(f, p[i]);
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
		for (u32 i = 0; i < 10 && !piece_taken.count; i++, seen++)
			rx_piece(f, p[i]);
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

	f->net->protocols[201] = &piece_taker;
	for (u32 i = 0; i < ARRAY_SIZE(as); i++)
		rx_piece_as(f, (struct piece){0, 8, true}, as[i]);
	assert_int_equal(ip_frag_count(f->net), 4);
	for (u32 i = 0; i < ARRAY_SIZE(as); i++) {
		rx_piece_as(f, (struct piece){8, 9, false}, as[i]);
		expect_whole(17);
	}
	expect_nothing_held(f);
}

/* Sends base, then evil; then whatever would complete it: nothing comes. */
static void expect_overlap(struct fixture *f, struct piece evil, const u8 *data)
{
	rx_piece(f, (struct piece){0, 32, true});
	rx_piece(f, (struct piece){48, 32, true});
	fixture_no_drop(f);
	rx_piece_as(f, evil, (struct datagram){.data = data});
	assert_int_equal(ip_frag_mem(f->net), 0);
	fixture_forget_drops(f);
	rx_piece(f, (struct piece){32, 16, true});
	fixture_drop(f, DROP_IP_FRAG_OVERLAP);
	rx_piece(f, (struct piece){80, 8, false});
	fixture_drop(f, DROP_IP_FRAG_OVERLAP);
	rx_piece(f, (struct piece){0, 32, true});
	fixture_drop(f, DROP_IP_FRAG_OVERLAP);
	assert_int_equal(piece_taken.count, 0);
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
	expect_overlap(f, (struct piece){0, 32, true}, piece_bytes + 1);
	assert_int_equal(net_mib(f->net, MIB_IP_ReasmFails),
			 ARRAY_SIZE(evil) + 1);
}

static void nothing_may_follow_the_last(void **state)
{
	struct fixture *f = *state;
	static const struct piece evil[] = {
		{40, 8, true},
		{40, 8, false},
		{48, 8, true},
		{32, 16, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(evil); i++) {
		rx_piece_as(f, (struct piece){32, 8, false},
			    (struct datagram){.id = (u16)(100 + i)});
		rx_piece_as(f, evil[i],
			    (struct datagram){.id = (u16)(100 + i)});
		fixture_forget_drops(f);
		rx_piece_as(f, (struct piece){0, 32, true},
			    (struct datagram){.id = (u16)(100 + i)});
		fixture_drop(f, DROP_IP_FRAG_OVERLAP);
	}
	assert_int_equal(piece_taken.count, 0);
}

static void ping_of_death_is_refused(void **state)
{
	struct fixture *f = *state;

	rx_piece(f, (struct piece){8189 * 8, 100, false});
	fixture_drop(f, DROP_IP_FRAG_TOO_LONG);
	rx_piece(f, (struct piece){8191 * 8, 8, true});
	fixture_drop(f, DROP_IP_FRAG_TOO_LONG);
	rx_piece(f, (struct piece){8189 * 8, 4, false}); /* 20 + 65512 + 4 */
	fixture_drop(f, DROP_IP_FRAG_TOO_LONG);
	expect_nothing_held(f);
	rx_piece(f, (struct piece){8189 * 8, 3, false}); /* 65535: may come */
	fixture_no_drop(f);
	assert_int_equal(ip_frag_count(f->net), 1);
}

/* Fits without the first piece's options, but not with them. */
static void options_count_for_the_whole_length(void **state)
{
	struct fixture *f = *state;
	static const u8 nops[8] = {1, 1, 1, 1, 1, 1, 1, 1};

	for (u32 i = 1; i < 44; i++)
		rx_piece(f, (struct piece){i * 1480, 1480, true});
	rx_piece(f, (struct piece){44 * 1480, 65515 - 44 * 1480, false});
	fixture_no_drop(f);
	rx_piece_as(f, (struct piece){0, 1480, true},
		    (struct datagram){.options = nops, .optlen = 8});
	assert_int_equal(piece_taken.count, 0);
	assert_int_equal(net_drops(f->net, DROP_IP_FRAG_TOO_LONG), 45);
	expect_nothing_held(f);
}

static void options_of_the_first_piece_are_kept(void **state)
{
	struct fixture *f = *state;
	static const u8 nops[4] = {1, 1, 1, 0};

	rx_piece(f, (struct piece){8, 8, false});
	rx_piece_as(f, (struct piece){0, 8, true},
		    (struct datagram){.options = nops, .optlen = 4});
	expect_whole(16);
}

static void lengths_but_the_last_are_multiples_of_8(void **state)
{
	struct fixture *f = *state;
	static const u32 lens[] = {0, 1, 2,  3,	 4,    5,    6,	  7,
				   8, 9, 15, 16, 1479, 1480, 1481};

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		rx_piece_as(f, (struct piece){24, lens[i], true},
			    (struct datagram){.id = (u16)(200 + i)});
		if (lens[i] % 8 || !lens[i])
			fixture_drop(f, DROP_IP_FRAG_BAD_LENGTH);
		else
			fixture_no_drop(f);
	}
	rx_piece(f, (struct piece){24, 0, false});
	fixture_drop(f, DROP_IP_FRAG_BAD_LENGTH);
}

static void tcp_header_must_be_in_the_first_piece(void **state)
{
	struct fixture *f = *state;
	const struct datagram tcp = {.proto = IPPROTO_TCP};

	rx_piece_as(f, (struct piece){0, 8, true}, tcp);
	fixture_drop(f, DROP_IP_FRAGMENT);
	rx_piece_as(f, (struct piece){0, 16, true}, tcp);
	fixture_drop(f, DROP_IP_FRAGMENT);
	rx_piece_as(f, (struct piece){8, 32, true}, tcp);
	fixture_drop(f, DROP_IP_FRAGMENT);
	rx_piece_as(f, (struct piece){0, 24, true}, tcp);
	fixture_no_drop(f);
	assert_int_equal(ip_frag_count(f->net), 1);
}

#define T(t) cmocka_unit_test_setup_teardown(t, pieces_setup, pieces_teardown)

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
