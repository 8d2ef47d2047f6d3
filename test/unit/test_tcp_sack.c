/*
 * net/tcp/tcp_sack.c and tcp_scoreboard.c: the peer's blocks and our marks
 * (RFC 2018 section 5, RFC 6675; conformance rows 126 to 128; threats 11, 12),
 * against a slow model, too.
 */
#include "test/host/tcp_script.h"

#include <string.h>
#include "test/host/machine_sim.h"

#define SEG(n) (1 + ((n)-1) * MSS) /* its first byte */

/* `segs` full segments in flight, 10 ms ago. */
static struct socket *flight(struct tcp_fixture *f, u32 segs, u32 flags)
{
	struct socket *s = connect_sacking(f, 10);
	struct tcp_sock *tp = tcp_of(s);

	script_shift_iss(f, s, 0u - segs * MSS / 2); /* it wraps */
	tp->sk.sndbuf = 4 * STREAM_MAX;
	tp->cwnd = segs * MSS;
	tp->last_send_ms = clock_ms(); /* or it would be a restart */
	for (u32 i = 0; i < segs; i += 10)
		say(s, 10 * MSS, flags);
	assert_true(tp->snd_nxt - tp->snd_una + tp->mss > segs * MSS);
	skip_sent(f);
	fixture_run_ms(f->base, 10);
	return s;
}

static void check_sums(struct socket *s, u32 sacked, u32 lost)
{
	check_scoreboard(tcp_of(s));
	assert_int_equal(tcp_of(s)->sacked_bytes, sacked * MSS);
	assert_int_equal(tcp_of(s)->lost_bytes, lost * MSS);
}

static void blocks_mark_what_they_hold(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 10, 0);

	peer_sacks(f, SEG(1), SEG(3), SEG(4));
	check_sums(s, 1, 0);
	peer_sacks(f, SEG(1), SEG(6), SEG(8), SEG(3), SEG(4));
	check_sums(s, 3, 4); /* the third: 1, 2, 4, 5 are lost */
	peer_acks(f, SEG(4));
	check_sums(s, 2, 2);
	peer_acks(f, SEG(11));
	check_sums(s, 0, 0);
	assert_int_equal(tcp_of(s)->ca_state, TCP_CA_OPEN);
	script_end(f, s);
}

/* One long skb: cut where the blocks begin and end, at full segments. */
static void long_segments_are_cut_at_the_edges(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 10, MSG_STATIC);

	assert_int_equal(tcp_of(s)->rtx_queue.qlen, 1);
	peer_sacks(f, SEG(1), SEG(3), SEG(5));
	check_sums(s, 2, 0);
	assert_int_equal(tcp_of(s)->rtx_queue.qlen, 3);
	skip_sent(f);
	peer_acks(f, SEG(11));
	check_sums(s, 0, 0);
	script_end(f, s);
}

/* A segment held in part is not held: no cut is finer than a segment. */
static void odd_edges_make_no_dust(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 10, MSG_STATIC);

	for (u32 i = 1; i < 400; i++)
		peer_sacks(f, SEG(1), SEG(4) + i, SEG(4) + i + 1);
	assert_int_equal(tcp_of(s)->rtx_queue.qlen, 1);
	check_sums(s, 0, 0);
	peer_sacks(f, SEG(1), SEG(3) + 700, SEG(6) + 700);
	check_sums(s, 2, 0); /* 4 and 5 */
	peer_sacks(f, SEG(1), SEG(3) + 700, SEG(7));
	check_scoreboard(tcp_of(s));
	assert_int_equal(tcp_of(s)->sacked_bytes, 3 * MSS); /* and 6 */
	script_end(f, s);
}

static void what_was_not_sent_or_is_old_does_not_count(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 10, 0);
	const u32 end = SEG(11);

	peer_acks(f, SEG(3));
	skip_sent(f);
	peer_sacks(f, SEG(3), end, end + 1);
	peer_sacks(f, SEG(3), SEG(4), end + 1);
	peer_sacks(f, SEG(3), SEG(5), SEG(4));
	peer_sacks(f, SEG(3), SEG(5), SEG(5));
	peer_sacks(f, SEG(3), SEG(3), SEG(5)); /* contradicts the ACK */
	peer_sacks(f, SEG(3), SEG(1), SEG(5));
	peer_sacks(f, SEG(3), SEG(1) - 0x40000000, SEG(5));
	check_sums(s, 0, 0);
	assert_true(mib_rise(f, TCPEXT_TCPSACKDiscard) >= 4);
	script_end(f, s);
}

/* RFC 2883: what lies more than a window back arrived long ago. */
static void dsack_of_long_ago_does_not_count(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;
	u32 n;

	f->peer.sack = true; /* its window is 65,535 bytes: 44 segments */
	s = peer_connect(f);
	for (n = 1; n < 91; n += 10) {
		say(s, 10 * MSS, 0);
		skip_sent(f);
		peer_acks(f, SEG(n + 10));
	}
	peer_sacks(f, SEG(n), SEG(n - 45), SEG(n - 44));
	assert_int_equal(tcp_of(s)->dsacks_in, 0);
	assert_int_equal(mib_rise(f, TCPEXT_TCPSACKDiscard), 1);
	peer_sacks(f, SEG(n), SEG(n - 44), SEG(n - 43));
	assert_int_equal(tcp_of(s)->dsacks_in, 1);
	script_end(f, s);
}

static void without_permission_blocks_do_not_count(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	s = peer_connect(f);
	say(s, 5 * MSS, 0);
	skip_sent(f);
	peer_sacks(f, SEG(1), SEG(2), SEG(3));
	assert_int_equal(tcp_of(s)->loss.sacked_skbs, 0);
	script_end(f, s);
}

/* ---- time-outs ---- */

static void timeout_keeps_what_was_sacked(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 10, 0);

	peer_sacks(f, SEG(1), SEG(3), SEG(5));
	skip_sent(f);
	wait_timeout(f);
	assert_int_equal(tcp_of(s)->ca_state, TCP_CA_LOSS);
	assert_int_equal(tcp_of(s)->sacked_bytes, 2 * MSS);
	skip_sent(f);
	peer_sacks(f, SEG(2), SEG(3), SEG(5));
	expect_full(f, SEG(2), 1);
	expect_full(f, SEG(5), 1); /* 3 and 4 need not go */
	check_scoreboard(tcp_of(s));
	script_end(f, s);
}

/* RFC 2018 section 8: the peer has thrown away what it had SACKed. */
static void reneging_is_seen_at_the_timeout(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 10, 0);

	peer_sacks(f, SEG(1), SEG(3), SEG(11));
	skip_sent(f);
	peer_acks(f, SEG(3));
	skip_sent(f);
	wait_timeout(f);
	assert_int_equal(mib_rise(f, TCPEXT_TCPSACKReneging), 1);
	check_sums(s, 0, 8);
	expect_full(f, SEG(3), 1);
	for (u32 i = 4; i <= 11; i++) {
		peer_acks(f, SEG(i));
		skip_sent(f);
	}
	check_sums(s, 0, 0);
	assert_int_equal(tcp_of(s)->ca_state, TCP_CA_OPEN);
	script_end(f, s);
}

static struct tcp_info info_of(struct socket *s)
{
	struct tcp_info info;
	u32 len = sizeof(info);

	assert_int_equal(sock_getsockopt(s, SOL_TCP, TCP_INFO, &info, &len), 0);
	return info;
}

static void info_shows_the_scoreboard(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 10, 0);
	struct tcp_info info;

	say(s, 5 * MSS, 0);
	info = info_of(s);
	assert_int_equal(info.unacked, 10);
	assert_int_equal(info.notsent_bytes, 5 * MSS);
	assert_int_equal(info.snd_wnd, 65535u << 7);
	assert_in_range(info.last_data_sent, 9, 11);
	peer_sacks(f, SEG(1), SEG(4), SEG(8));
	info = info_of(s);
	assert_int_equal(info.ca_state, TCP_CA_RECOVERY);
	assert_int_equal(info.sacked, 4);
	assert_int_equal(info.lost, 3);
	assert_in_range(info.retrans, 1, 2);
	assert_int_equal(info.total_retrans, info.retrans);
	assert_int_equal(info.snd_ssthresh, 5);
	assert_int_equal(info.reordering, 3);
	peer_sacks(f, SEG(8), SEG(1), SEG(2));
	info = info_of(s);
	assert_int_equal(info.dsack_dups, 1);
	assert_int_equal(info.sacked + info.lost + info.retrans, 0);
	script_end(f, s);
}

/* ---- attackers ---- */

/* Threat 12: ten thousand alternating blocks. */
static void alternating_blocks_cost_a_bounded_walk(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 400, MSG_STATIC);
	struct tcp_sock *tp = tcp_of(s);

	for (u32 i = 0; i < 10000; i++) {
		u32 left = 2 + i % 150, right = 398 - i % 150;

		peer_sacks(f, 1, SEG(left), SEG(left + 1), SEG(right),
			   SEG(right + 1), SEG(200), SEG(201));
		if (i % 16 == 0)
			skip_sent(f);
	}
	assert_true(tp->rtx_queue.qlen <= 400 + 20);
	check_scoreboard(tp);
	script_end(f, s);
}

/* A block over more skbs than one ACK may walk: the next ACKs go on. */
static void a_long_block_is_walked_in_parts(void **state)
{
	struct tcp_fixture *f = *state;
	u32 mss = 536, end, last;
	struct socket *s;
	struct tcp_sock *tp;

	f->peer.mss = (u16)mss;
	f->net->tcp->memory_max = 64u << 20;
	s = flight(f, 700, 0);
	tp = tcp_of(s);
	end = tp->snd_nxt - tp->iss;
	assert_true(tp->rtx_queue.qlen > TCP_SACK_STEPS);
	do {
		last = tp->sacked_bytes;
		peer_sacks(f, 1, 1 + mss, end);
		assert_true(tp->sacked_bytes - last <=
			    TCP_SACK_STEPS * 2 * mss);
		check_scoreboard(tp);
		skip_sent(f);
	} while (tp->sacked_bytes != last);
	assert_int_equal(tp->sacked_bytes, end - 1 - mss);
	script_end(f, s);
}

/* Threat 12, CVE-2019-11478: pieces cost memory. */
static void pieces_are_bounded_by_the_send_buffer(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = flight(f, 400, MSG_STATIC);
	struct tcp_sock *tp = tcp_of(s);

	tp->sk.sndbuf = 220 * MSS; /* 400 of them with 200 skbs is too much */
	for (u32 i = 2; i < 400; i += 2)
		peer_sacks(f, 1, SEG(i), SEG(i + 1));
	assert_true(mib_rise(f, TCPEXT_TCPWqueueTooBig) > 0);
	assert_true(tcp_wmem_used(tp) <= 2 * tp->sk.sndbuf + TCP_SKB_OVERHEAD);
	check_scoreboard(tp);
	script_end(f, s);
}

/* More segments in flight than a walk goes from both ends to the middle. */
#define SMALL	     100u
#define SMALL_SEGS   (5 * TCP_SACK_STEPS)
#define SMALL_SEG(n) (1 + (n)*SMALL)

static struct socket *many_in_flight(struct tcp_fixture *f)
{
	struct socket *s;
	struct tcp_sock *tp;

	peer_is_wide(f);
	f->peer.sack = true;
	s = connect_after(f, 20);
	tp = tcp_of(s);
	tp->nodelay = true;
	tp->sk.sndbuf = 16 << 20;
	tp->cwnd = 1 << 20;
	for (u32 i = 0; i < SMALL_SEGS; i++)
		say(s, SMALL, 0);
	skip_sent(f);
	fixture_run_ms(f->base, 20);
	return s;
}

static void a_hole_in_the_middle_is_found_in_the_end(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = many_in_flight(f);
	struct tcp_sock *tp = tcp_of(s);
	u32 middle = SMALL_SEGS / 2;

	for (u32 i = 1; i <= 4; i++)
		peer_sacks(f, 1, SMALL_SEG(middle), SMALL_SEG(middle + i));
	assert_int_equal(tp->sacked_bytes, 4 * SMALL);
	assert_int_equal(tp->ca_state, TCP_CA_RECOVERY);
	check_scoreboard(tp);
	script_end(f, s);
}

/* A block that grows to the front by more than one ACK may walk. */
static void a_block_grows_backwards_in_parts(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = many_in_flight(f);
	struct tcp_sock *tp = tcp_of(s);
	u32 back = SMALL_SEGS - 100;

	peer_sacks(f, 1, SMALL_SEG(back), SMALL_SEG(back + 1));
	for (u32 i = 0; i < 6; i++)
		peer_sacks(f, 1, SMALL_SEG(1), SMALL_SEG(back + 1));
	assert_int_equal(tp->sacked_bytes, back * SMALL);
	check_scoreboard(tp);
	script_end(f, s);
}

/* Two blocks that both grow: the way is not from the one to the other. */
static void both_ends_grow(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = many_in_flight(f);
	struct tcp_sock *tp = tcp_of(s);
	u32 back = SMALL_SEGS - 100;

	for (u32 i = 1; i <= 20; i++) {
		peer_sacks(f, 1, SMALL_SEG(1), SMALL_SEG(1 + i),
			   SMALL_SEG(back), SMALL_SEG(back + i));
		assert_int_equal(tp->sacked_bytes, 2 * i * SMALL);
		skip_sent(f);
	}
	check_scoreboard(tp);
	script_end(f, s);
}

/* ---- against a slow model ---- */

#define SEGS 60u

struct model {
	bool sacked[SEGS + 2]; /* by number, from 1 */
	u32 una;	       /* the first not acknowledged */
};

/* A segment is SACKed when one block has held all of it. */
static void model_take(struct model *m, u32 start, u32 end)
{
	if (start >= end || end > SEG(SEGS + 1) || start <= SEG(m->una))
		return;
	for (u32 i = m->una; i <= SEGS; i++)
		if (start <= SEG(i) && SEG(i + 1) <= end)
			m->sacked[i] = true;
}

static void check_model(struct tcp_sock *tp, const struct model *m)
{
	struct sk_buff *skb;

	skb_queue_walk (&tp->rtx_queue, skb) {
		u32 from = tcp_cb(skb)->seq - tp->iss;
		u32 to = tcp_cb(skb)->end_seq - tp->iss;
		bool sacked = tcp_cb(skb)->sacked & TCPCB_SACKED;

		for (u32 i = 1; i <= SEGS; i++)
			if (SEG(i) >= from && SEG(i + 1) <= to)
				assert_int_equal(m->sacked[i], sacked);
	}
	check_scoreboard(tp);
}

static u32 random_edge(const struct model *m)
{
	u32 at = SEG(m->una + (u32)(sim_random() % (SEGS + 2 - m->una)));

	return sim_random() % 3 ? at : at + (u32)(sim_random() % MSS);
}

static void one_random_ack(struct tcp_fixture *f, struct model *m)
{
	u32 edges[6], count = 1 + (u32)(sim_random() % 3);

	if (sim_random() % 30 == 0 && m->una < SEGS) {
		m->una += 1 + (u32)(sim_random() % (SEGS - m->una)) / 4;
		while (m->sacked[m->una]) /* or it would be reneging */
			m->una++;
	}
	for (u32 i = 0; i < 2 * count; i++)
		edges[i] = random_edge(m);
	if (sim_random() % 2) { /* blocks grow, and are told again */
		edges[0] = SEG(m->una + 1) + MSS;
		edges[1] = edges[0] + (u32)(sim_random() % (20 * MSS));
	}
	if (edges[0] < SEG(m->una) ||
	    (count > 1 && edges[0] >= edges[2] && edges[1] <= edges[3]))
		count = 1; /* the first would be a DSACK */
	for (u32 i = 0; i < count; i++)
		model_take(m, edges[2 * i], edges[2 * i + 1]);
	(peer_sacks)(f, SEG(m->una), count, edges);
}

static void random_blocks_agree_with_the_model(void **state)
{
	struct tcp_fixture *f = *state;

	for (u32 round = 0; round < 80; round++) {
		struct model m = {.una = 1};
		struct socket *s;

		peer_become(f, (u16)(42000 + round));
		f->peer.ts = false;
		s = flight(f, SEGS, round % 2 ? MSG_STATIC : 0);
		for (u32 i = 0; i < 120 && m.una < SEGS - 4; i++) {
			one_random_ack(f, &m);
			check_model(tcp_of(s), &m);
			if (sim_random() % 4 == 0)
				fixture_run_ms(f->base, 3);
			if (sim_random() % 3)
				skip_sent(f); /* else the device has them */
		}
		script_end(f, s);
	}
}

/* ---- a peer that lies ---- */

static u32 any_edge(struct tcp_sock *tp)
{
	u32 flight = tp->snd_nxt - tp->snd_una;
	u32 una = tp->snd_una - tp->iss;

	switch (sim_random() % 8) {
	case 0:
		return (u32)sim_random();
	case 1:
		return una - (u32)(sim_random() % (4 * MSS));
	case 2:
		return una + flight + (u32)(sim_random() % 3);
	default:
		return una + (u32)(sim_random() % (flight + 1));
	}
}

static void any_ack(struct tcp_fixture *f, struct tcp_sock *tp)
{
	u32 edges[6], count = 1 + (u32)(sim_random() % 3);
	u32 ack = tp->snd_una - tp->iss;

	if (sim_random() % 8 == 0)
		ack += (u32)(sim_random() % (tp->snd_nxt - tp->snd_una + 1));
	else if (sim_random() % 8 == 0)
		ack -= (u32)(sim_random() % 3000);
	for (u32 i = 0; i < 2 * count; i++)
		edges[i] = any_edge(tp);
	f->peer.tsecr -= (u32)(sim_random() % 3) * 50;
	if (sim_random() % 4)
		(peer_sacks)(f, ack, count, edges);
	else
		peer_acks(f, ack);
}

static void scoreboard_survives_any_ack(void **state)
{
	struct tcp_fixture *f = *state;

	for (u32 round = 0; round < 30; round++) {
		struct tcp_sock *tp;
		struct socket *s;

		peer_become(f, (u16)(43000 + round));
		f->peer.ts = round % 3 == 0;
		s = flight(f, 20, round % 2 ? MSG_STATIC : 0);
		tp = tcp_of(s);
		for (u32 i = 0; i < 600; i++) {
			if (tp->write_seq - tp->snd_nxt < 20 * MSS &&
			    tp->write_seq - tp->iss < STREAM_MAX - 20 * MSS)
				say(s, 10 * MSS,
				    sim_random() % 2 ? 0 : MSG_STATIC);
			any_ack(f, tp);
			check_scoreboard(tp);
			assert_true(tp->cwnd >= tp->mss);
			assert_int_equal(tp->sk.state, TCP_ESTABLISHED);
			if (sim_random() % 8 == 0)
				fixture_run_ms(f->base, sim_random() % 400);
			check_scoreboard(tp);
			if (sim_random() % 3)
				skip_sent(f);
		}
		script_end(f, s);
	}
}

#define T TCP_TEST

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(blocks_mark_what_they_hold),
		T(long_segments_are_cut_at_the_edges),
		T(odd_edges_make_no_dust),
		T(what_was_not_sent_or_is_old_does_not_count),
		T(without_permission_blocks_do_not_count),
		T(timeout_keeps_what_was_sacked),
		T(reneging_is_seen_at_the_timeout),
		T(info_shows_the_scoreboard),
		T(alternating_blocks_cost_a_bounded_walk),
		T(a_long_block_is_walked_in_parts),
		T(a_hole_in_the_middle_is_found_in_the_end),
		T(a_block_grows_backwards_in_parts),
		T(both_ends_grow),
		T(pieces_are_bounded_by_the_send_buffer),
		T(random_blocks_agree_with_the_model),
		T(scoreboard_survives_any_ack),
		T(dsack_of_long_ago_does_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
