/* net/tcp/tcp_ecn.c: RFC 3168, both roles. */
#include "test/host/tcp_script.h"

#include "net/ipv4/ip.h"
#include "test/host/machine_sim.h"

#define SETUP (TCP_ECE | TCP_CWR)

/* ---- negotiation ---- */

struct offer {
	u8 mode, flags, tos; /* ours; the peer's SYN */
	bool yes;
};

static void syn_is_answered(void **state)
{
	static const struct offer offers[] = {
		{2, SETUP, 0, true},
		{1, SETUP, 0, true},
		{0, SETUP, 0, false},
		{2, TCP_ECE, 0, false},
		{2, TCP_CWR, 0, false},
		{2, 0, 0, false},
		{2, SETUP, INET_ECN_ECT_0, false},
		{2, SETUP, 0xfc, true},
	};
	struct tcp_fixture *f = *state;

	for (u32 i = 0; i < ARRAY_SIZE(offers); i++) {
		const struct offer *o = &offers[i];

		tcp_set_ecn(f->net, o->mode);
		f->peer.syn_flags = o->flags;
		f->peer.tos = o->tos;
		peer_syn(f);
		expect(f, TCP_SYN | TCP_ACK | (o->yes ? TCP_ECE : 0), 0, 1, 0);
		assert_int_equal(f->seen.tos, 0);
		peer_send(f, TCP_RST, 1, 0, NULL, 0);
		peer_become(f, (u16)(PEER_PORT + 1 + i));
	}
}

static void answer_syn(struct tcp_fixture *f, u8 flags)
{
	struct peer_segment s = {
		.flags = TCP_SYN | TCP_ACK | flags,
		.seq = f->peer.iss,
		.ack = f->peer.guest_iss + 1,
		.wnd = 65535,
	};

	peer_send_segment(f, &s);
	expect(f, TCP_ACK, 1, 1, 0);
}

/* tcp/ecn/ecn-uses-ect0.pkt; and an answer that reflects what it got. */
static void client_asks_and_uses_ect0(void **state)
{
	static const struct offer answers[] = {
		{1, TCP_ECE, 0, true},
		{1, SETUP, 0, false},
		{1, TCP_CWR, 0, false},
		{1, 0, 0, false},
	};
	struct tcp_fixture *f = *state;
	struct socket *s;

	tcp_set_ecn(f->net, 1);
	for (u32 i = 0; i < ARRAY_SIZE(answers); i++) {
		s = syn_sent(f, 99, TCP_SYN | SETUP);
		assert_int_equal(f->seen.tos, 0);
		answer_syn(f, answers[i].flags);
		assert_int_equal(f->seen.tos, 0);
		assert_int_equal(sock_send(s, "a", 1, 0), 1);
		expect(f, TCP_PSH | TCP_ACK, 1, 1, 1);
		assert_int_equal(f->seen.tos,
				 answers[i].yes ? INET_ECN_ECT_0 : 0);
		script_end(f, s);
	}
}

static void client_does_not_ask_by_default(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = syn_sent(f, 99, TCP_SYN);

	answer_syn(f, TCP_ECE);
	assert_int_equal(tcp_of(s)->ecn_flags, 0);
	script_end(f, s);
}

/* Section 6.1.1.1. */
static void syn_is_repeated_without_asking(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	tcp_set_ecn(f->net, 1);
	s = syn_sent(f, 99, TCP_SYN | SETUP);
	sim_run_ms(1010);
	expect(f, TCP_SYN, 0, 0 - f->peer.iss, 0);
	answer_syn(f, 0);
	assert_int_equal(tcp_of(s)->ecn_flags, 0);
	script_end(f, s);
}

/* ---- sending ---- */

static void only_new_text_is_ect(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_ecn(f);

	say(s, 10, 0);
	expect_text(f, 1, 10);
	assert_int_equal(f->seen.tos, INET_ECN_ECT_0);
	sim_run_ms(1100);
	expect_text(f, 1, 10); /* again */
	assert_int_equal(f->seen.tos, 0);
	peer_send(f, TCP_ACK, 1, 11, "x", 1);
	sim_run_ms(50);
	expect(f, TCP_ACK, 11, 2, 0); /* bare */
	assert_int_equal(f->seen.tos, 0);
	script_end(f, s);
}

static void tos_of_the_program_stays(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_ecn(f);
	u8 tos = 0xb9;
	int v = 0;
	u32 len = sizeof(v);

	assert_int_equal(sock_setsockopt(s, SOL_IP, IP_TOS, &tos, 1), 0);
	say(s, 10, 0);
	expect_text(f, 1, 10);
	assert_int_equal(f->seen.tos, 0xb8 | INET_ECN_ECT_0);
	peer_send(f, TCP_ACK, 1, 11, "x", 1);
	sim_run_ms(50);
	expect(f, TCP_ACK, 11, 2, 0);
	assert_int_equal(f->seen.tos, 0xb8);
	assert_int_equal(sock_getsockopt(s, SOL_IP, IP_TOS, &v, &len), 0);
	assert_int_equal(v, 0xb8);
	assert_int_equal(len, 4);
	assert_int_equal(sock_getsockopt(s, SOL_IP, 99, &v, &len),
			 -ENOPROTOOPT);
	script_end(f, s);
}

static void syn_ack_has_the_listeners_tos(void **state)
{
	struct tcp_fixture *f = *state;
	u8 tos = 0x10;
	struct socket *s;

	assert_int_equal(sock_setsockopt(f->listener, SOL_IP, IP_TOS, &tos, 1),
			 0);
	peer_syn(f);
	expect(f, TCP_SYN | TCP_ACK, 0, 1, 0);
	assert_int_equal(f->seen.tos, 0x10);
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	s = tcp_accept_one(f);
	say(s, 10, 0);
	expect_text(f, 1, 10);
	assert_int_equal(f->seen.tos, 0x10);
	script_end(f, s);
}

/* Ten segments of forty. */
static struct socket *first_flight(struct tcp_fixture *f)
{
	struct socket *s;

	peer_is_wide(f);
	s = connect_ecn(f);
	say(s, 40 * MSS, 0);
	expect_full(f, 1, 10);
	return s;
}

/* The last event was 2 GiB ago: its number lies ahead of SND.UNA again. */
static void an_event_of_long_ago_hides_no_other(void **state)
{
	struct tcp_fixture *f = *state;

	for (u32 loss = 0; loss < 2; loss++) {
		struct socket *s;

		peer_become(f, (u16)(41000 + loss));
		s = first_flight(f);
		tcp_of(s)->cwr_seq = tcp_of(s)->snd_una + INT32_MAX;
		peer_send(f, loss ? TCP_ACK : TCP_ACK | TCP_ECE, 1, 1 + MSS,
			  NULL, 0);
		for (u32 i = 0; loss && i < 3; i++)
			peer_acks(f, 1 + MSS);
		assert_true(tcp_of(s)->ssthresh <= 6 * MSS);
		skip_sent(f);
		script_end(f, s);
	}
}

/* A hole of two segments that were only late: sent again, and told so. */
static void hole_that_was_none(struct tcp_fixture *f, u32 una, u8 ece)
{
	const u32 end = 1 + 10 * MSS;

	fixture_run_ms(f->base, 1); /* less would not be late */
	skip_sent(f);
	peer_sacks(f, una, una + 2 * MSS, end);
	expect_text(f, una, MSS);
	skip_sent(f);
	peer_acks(f, end);
	skip_sent(f);
	peer_send(f, TCP_ACK | ece, 1, end + MSS, NULL, 0);
	skip_sent(f);
	peer_sacks(f, end + MSS, una, una + MSS);
	peer_sacks(f, end + MSS, una + MSS, una + 2 * MSS);
}

/* What is undone is the loss, and not the mark before or behind it. */
static void an_undo_leaves_a_mark_alone(void **state)
{
	struct tcp_fixture *f = *state;

	f->peer.sack = true;
	for (u32 first = 0; first < 2; first++) {
		struct socket *s;
		struct tcp_sock *tp;

		peer_become(f, (u16)(41000 + first));
		s = first_flight(f);
		tp = tcp_of(s);
		if (first)
			peer_send(f, TCP_ACK | TCP_ECE, 1, 1 + MSS, NULL, 0);
		hole_that_was_none(f, 1 + first * MSS, first ? 0 : TCP_ECE);
		assert_true(tp->cwnd < 7 * MSS);
		assert_true(tp->ssthresh <= 5 * MSS);
		script_end(f, s);
	}
}

/* An undone loss has cost nothing, so the next one is not its echo. */
static void a_loss_behind_an_undo_counts(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;
	struct tcp_sock *tp;

	peer_is_wide(f);
	f->peer.sack = true;
	s = connect_ecn(f);
	tp = tcp_of(s);
	say(s, 40 * MSS, 0);
	expect_full(f, 1, 10);
	fixture_run_ms(f->base, 1);
	peer_sacks(f, 1, 1 + MSS, 1 + 5 * MSS);
	peer_sacks(f, 1 + 5 * MSS, 1, 1 + MSS);
	assert_int_equal(tp->ca_state, TCP_CA_OPEN);
	assert_int_equal(tp->ssthresh, SSTHRESH_INF);
	fixture_run_ms(f->base, 1);
	peer_sacks(f, 1 + 5 * MSS, 1 + 6 * MSS, 1 + 10 * MSS);
	assert_int_equal(tp->ca_state, TCP_CA_RECOVERY);
	assert_true(tp->ssthresh <= 10 * MSS);
	skip_sent(f);
	script_end(f, s);
}

static void echo_from_one_who_has_no_ecn_is_nothing(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	say(s, 10, 0);
	expect_text(f, 1, 10);
	peer_send(f, TCP_ACK | TCP_ECE, 1, 11, NULL, 0);
	assert_int_equal(tcp_of(s)->cwnd, 10 * MSS);
	script_end(f, s);
}

/* ---- receiving ---- */

static void mark_is_echoed_until_cwr(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_ecn(f);

	f->peer.tos = INET_ECN_ECT_0;
	peer_send(f, TCP_ACK, 1, 1, "a", 1);
	expect_nothing(f);
	f->peer.tos = INET_ECN_CE;
	peer_send(f, TCP_ACK, 2, 1, "b", 1);
	expect(f, TCP_ACK | TCP_ECE, 1, 3, 0);
	f->peer.tos = INET_ECN_ECT_0;
	peer_send(f, TCP_ACK, 3, 1, "c", 1);
	say(s, 5, 0);
	expect(f, TCP_ACK | TCP_PSH | TCP_ECE, 1, 4, 5);
	peer_send(f, TCP_ACK | TCP_CWR, 4, 6, "d", 1);
	expect(f, TCP_ACK, 6, 5, 0);
	/* CWR and a mark again, in one. */
	f->peer.tos = INET_ECN_CE;
	peer_send(f, TCP_ACK | TCP_CWR, 5, 6, "e", 1);
	expect(f, TCP_ACK | TCP_ECE, 6, 6, 0);
	script_end(f, s);
}

static void mark_without_ecn_is_nothing(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	f->peer.tos = INET_ECN_CE;
	peer_send(f, TCP_ACK, 1, 1, "a", 1);
	say(s, 5, 0);
	expect(f, TCP_ACK | TCP_PSH, 1, 2, 5);
	script_end(f, s);
}

static void info_tells_of_it(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_ecn(f);
	struct tcp_info info;
	u32 len = sizeof(info);

	sock_getsockopt(s, SOL_TCP, TCP_INFO, &info, &len);
	assert_int_equal(info.options & (TCPI_OPT_ECN | TCPI_OPT_ECN_SEEN),
			 TCPI_OPT_ECN);
	f->peer.tos = INET_ECN_ECT_1;
	peer_send(f, TCP_ACK, 1, 1, "a", 1);
	sock_getsockopt(s, SOL_TCP, TCP_INFO, &info, &len);
	assert_int_equal(info.options & (TCPI_OPT_ECN | TCPI_OPT_ECN_SEEN),
			 TCPI_OPT_ECN | TCPI_OPT_ECN_SEEN);
	script_end(f, s);
}

/* Text acknowledged by ACKs with ECE, in segments. */
static void info_counts_what_was_marked(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = first_flight(f);
	struct tcp_info info;
	u32 len = sizeof(info);

	peer_send(f, TCP_ACK, 1, 1 + 2 * MSS, NULL, 0);
	peer_send(f, TCP_ACK | TCP_ECE, 1, 1 + 5 * MSS, NULL, 0);
	sock_getsockopt(s, SOL_TCP, TCP_INFO, &info, &len);
	assert_int_equal(info.delivered_ce, 3);
	script_end(f, s);
}

#define T TCP_TEST

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(syn_is_answered),
		T(client_asks_and_uses_ect0),
		T(client_does_not_ask_by_default),
		T(syn_is_repeated_without_asking),
		T(only_new_text_is_ect),
		T(tos_of_the_program_stays),
		T(syn_ack_has_the_listeners_tos),
		T(an_event_of_long_ago_hides_no_other),
		T(an_undo_leaves_a_mark_alone),
		T(a_loss_behind_an_undo_counts),
		T(echo_from_one_who_has_no_ecn_is_nothing),
		T(mark_is_echoed_until_cwr),
		T(mark_without_ecn_is_nothing),
		T(info_tells_of_it),
		T(info_counts_what_was_marked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
