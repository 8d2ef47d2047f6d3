/*
 * net/tcp/tcp_sack_send.c: what our ACKs tell of the out-of-order queue (RFC
 * 2018 section 4, conformance row 125) and of duplicates (RFC 2883, 129).
 */
#include "test/host/tcp_script.h"

#include <string.h>
#include "test/host/machine_sim.h"

static struct socket *sack_connect(struct tcp_fixture *f)
{
	f->peer.sack = true;
	return peer_connect(f);
}

static void hear(struct tcp_fixture *f, u32 start, u32 end)
{
	peer_send(f, TCP_ACK, start, 1, script_stream() + start, end - start);
}

/* The next ACK, with these blocks: start, end, start, end... */
static void expect_sacks(struct tcp_fixture *f, u32 ack, u32 count,
			 const u32 *edges)
{
	expect(f, TCP_ACK, 1, ack, 0);
	assert_int_equal(f->seen.sack_count, count);
	for (u32 i = 0; i < count; i++) {
		assert_int_equal(f->seen.sacks[i].start, edges[2 * i]);
		assert_int_equal(f->seen.sacks[i].end, edges[2 * i + 1]);
	}
}

#define EDGES(...) ((const u32[]){__VA_ARGS__})

static void sack_is_permitted_to_who_offers_it(void **state)
{
	struct tcp_fixture *f = *state;

	f->peer.sack = true;
	peer_syn(f);
	expect(f, TCP_SYN | TCP_ACK, 0, 1, 0);
	assert_true(f->seen.opt.has_sack_ok);
	peer_become(f, 40001);
	f->peer.sack = false;
	peer_syn(f);
	expect(f, TCP_SYN | TCP_ACK, 0, 1, 0);
	assert_false(f->seen.opt.has_sack_ok);
}

static void our_syn_offers_it(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	f->peer.sack = true;
	s = peer_accept(f, 2000);
	assert_true(tcp_of(s)->sack_ok);
	script_end(f, s);
	f->peer.sack = false;
	s = peer_accept(f, 2001);
	assert_false(tcp_of(s)->sack_ok);
	script_end(f, s);
}

static void without_permission_there_are_no_blocks(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	hear(f, 101, 201);
	expect_sacks(f, 1, 0, NULL);
	hear(f, 101, 201);
	expect_sacks(f, 1, 0, NULL);
	script_end(f, s);
}

static void newest_block_is_the_first(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = sack_connect(f);

	hear(f, 101, 201);
	expect_sacks(f, 1, 1, EDGES(101, 201));
	hear(f, 501, 601);
	expect_sacks(f, 1, 2, EDGES(501, 601, 101, 201));
	hear(f, 301, 401);
	expect_sacks(f, 1, 3, EDGES(301, 401, 501, 601, 101, 201));
	hear(f, 201, 301); /* joins two */
	expect_sacks(f, 1, 2, EDGES(101, 401, 501, 601));
	script_end(f, s);
}

static void four_blocks_fit_and_three_beside_timestamps(void **state)
{
	struct tcp_fixture *f = *state;

	for (int ts = 0; ts < 2; ts++) {
		struct socket *s;

		peer_become(f, (u16)(41000 + ts));
		f->peer.ts = ts;
		s = sack_connect(f);
		for (u32 i = 1; i <= 9; i++) {
			hear(f, i * 200, i * 200 + 100);
			expect(f, TCP_ACK, 1, 1, 0);
			assert_int_equal(f->seen.sack_count,
					 MIN(i, ts ? 3u : 4u));
			assert_int_equal(f->seen.sacks[0].start, i * 200);
		}
		script_end(f, s);
	}
}

static void filled_gap_takes_its_block_away(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = sack_connect(f);

	hear(f, 101, 201);
	hear(f, 301, 401);
	skip_sent(f);
	hear(f, 1, 101);
	expect_sacks(f, 201, 1, EDGES(301, 401));
	hear(f, 201, 301);
	expect_sacks(f, 401, 0, NULL);
	script_end(f, s);
}

static void early_fin_is_in_its_block(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = sack_connect(f);

	peer_send(f, TCP_ACK | TCP_FIN, 101, 1, script_stream() + 101, 100);
	expect_sacks(f, 1, 1, EDGES(101, 202));
	script_end(f, s);
}

/* RFC 2883 section 4.1.1 to 4.2.2, the figures' cases. */
static void old_text_again_is_told_once(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = sack_connect(f);

	hear(f, 1, 1001);
	skip_sent(f);
	hear(f, 1, 501);
	expect_sacks(f, 1001, 1, EDGES(1, 501));
	assert_int_equal(mib_rise(f, TCPEXT_TCPDSACKOldSent), 1);
	hear(f, 2001, 2501);
	expect_sacks(f, 1001, 1, EDGES(2001, 2501));
	hear(f, 501, 1001);
	expect_sacks(f, 1001, 2, EDGES(501, 1001, 2001, 2501));
	hear(f, 2501, 3001);
	expect_sacks(f, 1001, 1, EDGES(2001, 3001));
	script_end(f, s);
}

static void duplicate_beyond_the_gap_comes_before_its_block(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = sack_connect(f);

	hear(f, 501, 1501);
	hear(f, 2001, 2501);
	skip_sent(f);
	hear(f, 1001, 1501);
	expect_sacks(f, 1, 3, EDGES(1001, 1501, 501, 1501, 2001, 2501));
	assert_int_equal(mib_rise(f, TCPEXT_TCPDSACKOfoSent), 1);
	script_end(f, s);
}

static void half_old_segment_tells_its_old_half(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = sack_connect(f);

	hear(f, 1, 1001);
	hear(f, 2001, 3001);
	skip_sent(f);
	hear(f, 501, 1501);
	expect_sacks(f, 1501, 2, EDGES(501, 1001, 2001, 3001));
	hear(f, 1501, 2501); /* its end is held already */
	expect_sacks(f, 3001, 1, EDGES(2001, 2501));
	script_end(f, s);
}

static void a_short_segment_has_room_for_blocks(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = sack_connect(f);

	peer_acks(f, 1);
	hear(f, 101, 201);
	skip_sent(f);
	say(s, 2 * MSS + 100, 0);
	expect_full(f, 1, 2);
	assert_int_equal(f->seen.sack_count, 0);
	expect_text(f, 1 + 2 * MSS, 100);
	assert_int_equal(f->seen.sack_count, 1);
	expect_nothing(f);
	script_end(f, s);
}

/* They have no room for blocks: a bare ACK with them follows. */
static void full_segments_do_not_swallow_the_ack(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = sack_connect(f);

	say(s, 20 * MSS, 0);
	expect_full(f, 1, 10);
	peer_send(f, TCP_ACK, 301, 1 + MSS, script_stream() + 301, 100);
	expect_full(f, 1 + 10 * MSS, 2);
	expect(f, TCP_ACK, 1 + 12 * MSS, 1, 0);
	assert_int_equal(f->seen.sack_count, 1);
	expect_nothing(f);
	script_end(f, s);
}

/* There was no memory for the ACK: then it comes when it is due, as always. */
static void full_segments_do_not_put_it_off(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = sack_connect(f);
	struct tcp_sock *tp = tcp_of(s);

	for (u32 n = 3; tp->ack_pending != TCP_ACK_DELAYED; n++) {
		assert_true(n < 10);
		sim_fail_alloc_after(n);
		hear(f, 101, 201);
		sim_fail_alloc_after(0);
		skip_sent(f);
	}
	fixture_run_ms(f->base, 25);
	say(s, 2 * MSS, 0);
	expect_full(f, 1, 2);
	assert_int_equal(f->seen.sack_count, 0);
	expect_nothing(f);
	fixture_run_ms(f->base, 20);
	expect_text(f, 1 + MSS, MSS); /* a tail loss probe */
	expect(f, TCP_ACK, 1 + 2 * MSS, 1, 0);
	assert_true(f->seen.sack_count > 0);
	expect_nothing(f);
	script_end(f, s);
}

/* What was thrown away for want of memory is not said to be held. */
static void a_new_connection_has_no_blocks(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = sack_connect(f);

	hear(f, 101, 201);
	script_end(f, s);
	peer_become(f, 40001);
	s = sack_connect(f);
	hear(f, 301, 401);
	expect_sacks(f, 1, 1, EDGES(301, 401));
	script_end(f, s);
}

/* ---- against a slow model: a byte is held or it is not ---- */

#define RANGE 6000u

static void check_blocks(struct tcp_fixture *f, const bool *held, u32 seq)
{
	const struct tcp_seen *seen = &f->seen;
	bool told = false;
	u32 next = 1;

	while (held[next])
		next++;
	assert_int_equal(seen->ack_rel, next);
	for (u32 i = 0; i < seen->sack_count; i++) {
		const struct tcp_sack_block *b = &seen->sacks[i];

		assert_true(b->start < b->end && b->end <= RANGE);
		for (u32 at = b->start; at < b->end; at++)
			assert_true(held[at]);
		if (i) /* the first may be a DSACK */
			assert_true(b->start > next);
		told |= i < 2 && b->start <= seq && seq < b->end;
	}
	if (seq > next) /* the newest: first, or behind a DSACK */
		assert_true(told);
}

static void random_segments_agree_with_the_model(void **state)
{
	struct tcp_fixture *f = *state;

	for (u32 round = 0; round < 60; round++) {
		bool held[RANGE + 1] = {false};
		struct socket *s;

		peer_become(f, (u16)(42000 + round));
		f->peer.iss = 0u - 3000; /* wraps */
		f->peer.ts = round % 2;
		s = sack_connect(f);
		for (u32 i = 0; i < 60; i++) {
			u32 seq = 1 + (u32)(sim_random() % (RANGE - 600));
			u32 len = 1 + (u32)(sim_random() % 500);

			hear(f, seq, seq + len);
			memset(held + seq, 1, len);
			fixture_run_ms(f->base, 50);
			while (peer_receive(f))
				;
			check_blocks(f, held, seq);
		}
		script_end(f, s);
	}
}

#define T TCP_TEST

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(sack_is_permitted_to_who_offers_it),
		T(our_syn_offers_it),
		T(without_permission_there_are_no_blocks),
		T(newest_block_is_the_first),
		T(four_blocks_fit_and_three_beside_timestamps),
		T(filled_gap_takes_its_block_away),
		T(early_fin_is_in_its_block),
		T(old_text_again_is_told_once),
		T(duplicate_beyond_the_gap_comes_before_its_block),
		T(half_old_segment_tells_its_old_half),
		T(a_short_segment_has_room_for_blocks),
		T(full_segments_do_not_swallow_the_ack),
		T(full_segments_do_not_put_it_off),
		T(a_new_connection_has_no_blocks),
		T(random_segments_agree_with_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
