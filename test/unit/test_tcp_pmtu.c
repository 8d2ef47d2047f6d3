/*
 * net/tcp/tcp_pmtu.c: RFC 1191, RFC 5927 section 7, RFC 4821 (conformance
 * rows 149 to 152, threat 20).
 */
#include "test/host/tcp_script.h"

#include "net/ipv4/icmp.h"
#include "test/host/machine_sim.h"

#define RAISE_MS (10 * 60 * 1000)
#define BASE_MSS 1024u

/* A router's word about the segment at seq_rel. */
static enum drop_reason too_big(struct tcp_fixture *f, u32 mtu, u32 seq_rel)
{
	struct tcphdr th = {
		.source = htons(f->peer.server_port),
		.dest = htons(f->peer.port),
		.seq = htonl(f->peer.guest_iss + seq_rel),
	};
	struct icmp_notice notice = {
		.type = ICMP_DEST_UNREACH,
		.code = ICMP_FRAG_NEEDED,
		.info = mtu,
		.saddr = FIXTURE_ADDR,
		.daddr = FIXTURE_PEER,
		.transport = (const u8 *)&th,
		.len = 8,
	};

	return tcp_err(f->net, &notice);
}

static u32 pmtu(struct socket *s)
{
	struct tcp_info info;
	u32 len = sizeof(info);

	assert_int_equal(sock_getsockopt(s, SOL_TCP, TCP_INFO, &info, &len), 0);
	return info.pmtu;
}

/* All of it arrives: this MSS has been seen to work. */
static struct socket *with_proof(struct tcp_fixture *f)
{
	struct socket *s = connect_wide(f);

	say(s, MSS, 0);
	expect_full(f, 1, 1);
	peer_acks(f, 1 + MSS);
	return s;
}

/* Row 151: what flows is evidence against it. */
static void a_forged_mtu_does_nothing_to_what_flows(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = with_proof(f);

	for (u32 i = 1; i < 100; i++) {
		say(s, 2 * MSS, 0);
		expect_full(f, 1 + (2 * i - 1) * MSS, 2);
		assert_int_equal(too_big(f, 68, 1 + (2 * i - 1) * MSS),
				 DROP_NONE);
		assert_int_equal(tcp_of(s)->mss, MSS);
		expect_nothing(f);
		peer_acks(f, 1 + (2 * i + 1) * MSS);
	}
	assert_int_equal(pmtu(s), 1500);
	script_end(f, s);
}

/* Row 149: 552 at least, never more than now; old routers say 0. */
static void a_path_is_never_too_short(void **state)
{
	static const u16 mtus[][2] = {
		{0, 552},   {20, 552},	{67, 552},    {68, 552},
		{551, 552}, {552, 552}, {1400, 1400}, {9000, 1500},
	};
	struct tcp_fixture *f = *state;

	for (u32 i = 0; i < ARRAY_SIZE(mtus); i++) {
		struct socket *s;

		peer_become(f, (u16)(41000 + i));
		s = peer_connect(f);
		say(s, MSS, 0);
		expect_full(f, 1, 1);
		too_big(f, mtus[i][0], 1);
		assert_int_equal(pmtu(s), mtus[i][1]);
		assert_int_equal(tcp_of(s)->mss, mtus[i][1] - 40);
		script_end(f, s);
		sim_run_ms(RAISE_MS);
	}
}

static void a_timeout_is_believed(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = with_proof(f);

	say(s, MSS, 0);
	expect_full(f, 1 + MSS, 1);
	too_big(f, 1000, 1 + MSS);
	expect_nothing(f);
	sim_run_ms(1100);
	expect_text(f, 1 + MSS, 960);
	assert_int_equal(pmtu(s), 1000);
	peer_acks(f, 1 + MSS + 960);
	expect_text(f, 1 + MSS + 960, MSS - 960);
	script_end(f, s);
}

/* The segment has arrived, a later one times out: for another reason. */
static void a_timeout_of_something_else_is_none(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = with_proof(f);

	say(s, 2 * MSS, 0);
	expect_full(f, 1 + MSS, 2);
	too_big(f, 1000, 1 + MSS);
	peer_acks(f, 1 + 2 * MSS);
	sim_run_ms(1100);
	expect_full(f, 1 + 2 * MSS, 1);
	assert_int_equal(pmtu(s), 1500);
	script_end(f, s);
}

static void another_connection_knows_it(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	say(s, MSS, 0);
	expect_full(f, 1, 1);
	too_big(f, 1000, 1);
	expect_text(f, 1, 960);
	script_end(f, s);
	peer_become(f, PEER_PORT + 1);
	peer_syn(f);
	expect(f, TCP_SYN | TCP_ACK, 0, 1, 0);
	assert_int_equal(f->seen.opt.mss, 1460); /* what we take */
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	s = tcp_accept_one(f);
	assert_int_equal(tcp_of(s)->mss, 960);
	script_end(f, s);
	sim_run_ms(RAISE_MS);
	peer_become(f, PEER_PORT + 2);
	s = peer_connect(f);
	assert_int_equal(tcp_of(s)->mss, 1460);
	script_end(f, s);
}

/* None of them has arrived, one router has spoken: all go again, at once. */
static void all_that_was_too_long_goes_again(void **state)
{
	struct tcp_fixture *f = *state;

	peer_is_wide(f);
	for (u32 sack = 0; sack < 2; sack++) {
		struct socket *s;
		struct tcp_sock *tp;
		u32 cwnd;

		f->peer.sack = sack;
		peer_become(f, (u16)(41000 + sack));
		s = peer_connect(f);
		tp = tcp_of(s);
		say(s, 3 * MSS, 0);
		expect_full(f, 1, 3);
		cwnd = tp->cwnd;
		too_big(f, 1000, 1 + MSS);
		check_scoreboard(tp);
		for (u32 at = 0; at < 3 * MSS; at += 960)
			expect_text(f, 1 + at, MIN(960u, 3 * MSS - at));
		expect_nothing(f);
		assert_int_equal(tp->cwnd, cwnd);
		peer_acks(f, 1 + 3 * MSS);
		assert_int_equal(tp->ca_state, TCP_CA_OPEN);
		assert_int_equal(tp->ssthresh, SSTHRESH_INF);
		script_end(f, s);
		sim_run_ms(RAISE_MS); /* nobody knows it any more */
	}
}

/* The path took 1,000 bytes; cwnd is as at the start. */
static struct socket *narrow(struct tcp_fixture *f)
{
	struct socket *s = connect_wide(f);

	say(s, MSS, 0);
	expect_full(f, 1, 1);
	too_big(f, 1000, 1);
	expect_text(f, 1, 960);
	peer_acks(f, 1 + MSS);
	skip_sent(f);
	return s;
}

/* Rows 149, 150: not before ten minutes, and then by one segment. */
static void after_ten_minutes_a_longer_one_is_tried(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = narrow(f);
	u32 at = 1 + MSS;

	sim_run_ms(RAISE_MS - 10000);
	say(s, 9600, 0);
	for (u32 i = 0; i < 10; i++)
		expect_text(f, at + i * 960, 960);
	at += 9600;
	peer_acks(f, at);
	sim_run_ms(10001);
	say(s, 9600, 0);
	expect_text(f, at, MSS);
	expect_text(f, at + MSS, 960);
	assert_int_equal(pmtu(s), 1000);
	skip_sent(f);
	at += 9600;
	peer_acks(f, at);
	say(s, 960, 0);
	expect_text(f, at, 960);
	peer_acks(f, at + 960);
	say(s, 2 * MSS, 0);
	expect_full(f, at + 960, 2);
	assert_int_equal(pmtu(s), 1500);
	assert_int_equal(mib_rise(f, TCPEXT_TCPMTUPSuccess), 1);
	script_end(f, s);
}

/*
 * A probe of MSS is lost, with nothing else, and sent again in two pieces.
 * Returns cwnd of before.
 */
static u32 lose_a_probe(struct tcp_fixture *f, struct socket *s, bool mark)
{
	struct tcp_sock *tp = tcp_of(s);
	u32 at = 1 + MSS, cwnd;

	sim_run_ms(RAISE_MS + 1);
	say(s, 12000, 0);
	cwnd = tp->cwnd;
	expect_text(f, at, MSS);
	skip_sent(f);
	for (u32 i = 0; i < 3; i++)
		peer_acks(f, at);
	while (f->seen.seq_rel != at)
		assert_true(peer_receive(f));
	assert_int_equal(f->seen.len, 960);
	assert_true(tp->cwnd < cwnd);
	if (mark)
		tcp_cong_event(tp, TCP_SIGN_ECE, 0);
	peer_acks(f, at + 960);
	skip_sent(f);
	peer_acks(f, tp->snd_nxt - f->peer.guest_iss);
	skip_sent(f);
	peer_acks(f, tp->snd_nxt - f->peer.guest_iss);
	say(s, 960, 0);
	assert_int_equal(mib_rise(f, TCPEXT_TCPMTUPFail), 1);
	return cwnd;
}

/* Row 152. */
static void the_loss_of_a_probe_is_not_congestion(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = narrow(f);
	struct tcp_sock *tp = tcp_of(s);
	u32 ssthresh = tp->ssthresh;

	assert_true(lose_a_probe(f, s, false) <= tp->cwnd);
	assert_int_equal(tp->ssthresh, ssthresh);
	assert_int_equal(pmtu(s), 1000);
	script_end(f, s);
}

/* Nor does CUBIC take its window for the path's. */
static void the_loss_of_a_probe_leaves_cubic_as_it_was(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = narrow(f);
	struct tcp_sock *tp = tcp_of(s);
	const struct cubic_growth before = {.w_max = 90 * MSS,
					    .cwnd_prior = 90 * MSS};

	assert_int_equal(
		sock_setsockopt(s, SOL_TCP, TCP_CONGESTION, "cubic", 5), 0);
	tp->cubic.now = before;
	lose_a_probe(f, s, false);
	assert_int_equal(tp->cubic.now.w_max, before.w_max);
	assert_int_equal(tp->cubic.now.cwnd_prior, before.cwnd_prior);
	script_end(f, s);
}

/* A mark beside it is what it is. */
static void the_loss_of_a_probe_hides_no_mark(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = narrow(f);

	assert_true(lose_a_probe(f, s, true) > tcp_of(s)->cwnd);
	script_end(f, s);
}

/* Nothing longer than 1,300 bytes arrives, and nobody says so. */
static void black_hole_takes(struct tcp_fixture *f, u32 *rcv)
{
	bool heard = false;

	while (peer_receive(f)) {
		if (f->seen.len + 40 > 1300)
			continue;
		heard = true;
		if (f->seen.seq_rel == *rcv)
			*rcv += f->seen.len;
	}
	if (heard)
		peer_acks(f, *rcv);
}

static void a_black_hole_is_found_and_measured(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_wide(f);
	u32 rcv = 1, total = 0;
	u64 start = clock_ms();

	while (rcv < 600000 && clock_ms() < start + 60000) {
		while (total < 600000 && tcp_writable(tcp_of(s))) {
			say(s, 20000, 0);
			total += 20000;
		}
		fixture_run_ms(f->base, 10);
		black_hole_takes(f, &rcv);
	}
	assert_int_equal(rcv, 1 + total);
	assert_in_range(tcp_of(s)->mss, 1260 - 31, 1260);
	assert_int_equal(pmtu(s), tcp_of(s)->mss + 40);
	assert_true(clock_ms() - start < 20000);
	script_end(f, s);
}

/* The first to go are what the base takes; small ones prove nothing. */
static void small_segments_that_time_out_are_not_blamed(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	say(s, BASE_MSS, 0);
	sim_run_ms(20000);
	assert_int_equal(pmtu(s), 1500);
	script_end(f, s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T TCP_TEST
		T(a_forged_mtu_does_nothing_to_what_flows),
		T(a_path_is_never_too_short),
		T(a_timeout_is_believed),
		T(a_timeout_of_something_else_is_none),
		T(another_connection_knows_it),
		T(all_that_was_too_long_goes_again),
		T(after_ten_minutes_a_longer_one_is_tried),
		T(the_loss_of_a_probe_is_not_congestion),
		T(the_loss_of_a_probe_leaves_cubic_as_it_was),
		T(the_loss_of_a_probe_hides_no_mark),
		T(a_black_hole_is_found_and_measured),
		T(small_segments_that_time_out_are_not_blamed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
