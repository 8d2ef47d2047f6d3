/* net/tcp/tcp_output.c: Nagle, PSH, cork, and how large segments are. */
#include "test/host/tcp_script.h"

/* ---- Nagle, PSH, cork ---- */

static void small_write_goes_at_once_with_psh(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	say(s, 100, 0);
	expect(f, TCP_ACK | TCP_PSH, 1, 1, 100);
	expect_nothing(f);
	script_end(f, s);
}

static void small_writes_wait_for_the_ack_together(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	say(s, 100, 0);
	expect_text(f, 1, 100);
	say(s, 50, 0);
	say(s, 30, 0);
	expect_nothing(f);
	peer_acks(f, 101);
	expect(f, TCP_ACK | TCP_PSH, 101, 1, 80);
	expect_nothing(f);
	script_end(f, s);
}

static void what_fills_a_segment_does_not_wait(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	say(s, 100, 0);
	expect_text(f, 1, 100);
	say(s, 1400, 0);
	expect_nothing(f);
	say(s, 100, 0);
	expect_text(f, 101, MSS);
	expect_nothing(f);
	peer_acks(f, 101);
	expect_text(f, 101 + MSS, 40);
	script_end(f, s);
}

/* Minshall: the end of a large write does not wait for its beginning. */
static void end_of_a_large_write_goes_at_once(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	say(s, 2 * MSS + 100, 0);
	expect(f, TCP_ACK, 1, 1, MSS);
	expect_text(f, 1 + MSS, MSS);
	expect(f, TCP_ACK | TCP_PSH, 1 + 2 * MSS, 1, 100);
	say(s, 10, 0);
	expect_nothing(f); /* but of such ends, one */
	script_end(f, s);
}

static void nodelay_sends_each_write(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	set_option(s, SOL_TCP, TCP_NODELAY, 1);
	for (u32 i = 0; i < 5; i++) {
		say(s, 10, 0);
		expect(f, TCP_ACK | TCP_PSH, 1 + 10 * i, 1, 10);
	}
	expect_nothing(f);
	script_end(f, s);
}

static void cork_holds_the_end_until_it_is_pulled(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	set_option(s, SOL_TCP, TCP_CORK, 1);
	say(s, MSS + 40, 0);
	expect_text(f, 1, MSS);
	say(s, 60, 0);
	expect_nothing(f);
	set_option(s, SOL_TCP, TCP_CORK, 0);
	expect(f, TCP_ACK | TCP_PSH, 1 + MSS, 1, 100);
	script_end(f, s);
}

static void forgotten_cork_leaks_after_rto(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	set_option(s, SOL_TCP, TCP_CORK, 1);
	say(s, 40, 0);
	fixture_run_ms(f->base, 199);
	expect_nothing(f);
	fixture_run_ms(f->base, 3);
	expect_text(f, 1, 40);
	script_end(f, s);
}

static void msg_more_waits_for_the_next_send(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	say(s, 100, MSG_MORE);
	say(s, 100, MSG_MORE);
	expect_nothing(f);
	say(s, 20, 0);
	expect(f, TCP_ACK | TCP_PSH, 1, 1, 220);
	expect_nothing(f);
	script_end(f, s);
}

/* ---- segment sizes ---- */

static void msg_more_waits_no_longer_than_for_an_ack(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	set_option(s, SOL_TCP, TCP_NODELAY, 1);
	say(s, 100, 0);
	expect_text(f, 1, 100);
	say(s, 50, MSG_MORE);
	expect_nothing(f);
	peer_acks(f, 101);
	expect(f, TCP_ACK, 101, 1, 50);
	script_end(f, s);
}

/* tcp(7): an explicit flush, even if TCP_CORK is set. */
static void nodelay_lets_out_of_the_cork(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	set_option(s, SOL_TCP, TCP_CORK, 1);
	say(s, 100, 0);
	expect_nothing(f);
	set_option(s, SOL_TCP, TCP_NODELAY, 1);
	expect(f, TCP_ACK | TCP_PSH, 1, 1, 100);
	say(s, 100, 0); /* it is a cork still */
	expect_nothing(f);
	script_end(f, s);
}

/* A receiver that collects segments hands them up at a PSH. */
static void every_second_segment_of_a_burst_has_a_psh(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	f->peer.wnd = 5 * MSS;
	s = peer_connect(f);
	tcp_of(s)->min_rtt_us = 10000;
	say(s, 9 * MSS, 0);
	for (u32 i = 0; i < 5; i++)
		expect(f, TCP_ACK | (i & 1 ? TCP_PSH : 0), 1 + i * MSS, 1, MSS);
	expect_nothing(f);
	f->peer.wnd = MSS;
	peer_acks(f, 1 + 5 * MSS);
	expect(f, TCP_ACK, 1 + 5 * MSS, 1, MSS);
	script_end(f, s);
}

static void a_cwnd_of_three_segments_needs_no_psh(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	tcp_of(s)->cwnd = 3 * MSS;
	say(s, 9 * MSS, 0);
	for (u32 i = 0; i < 3; i++)
		expect(f, TCP_ACK, 1 + i * MSS, 1, MSS);
	expect_nothing(f);
	script_end(f, s);
}

/* RFC 9293 section 3.9.1.1: the receiver's buffer need not fill up. */
static void long_write_has_a_psh_in_each_half_window(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	f->peer.wnd = 4 * MSS;
	s = peer_connect(f);
	tcp_of(s)->table->conf.push_segs = 1;
	say(s, 10 * MSS, 0);
	for (u32 i = 0; i < 8; i++) {
		expect(f, TCP_ACK | (i % 4 == 3 ? TCP_PSH : 0), 1 + i * MSS, 1,
		       MSS);
		if (i % 4 == 3)
			peer_acks(f, 1 + (i + 1) * MSS);
	}
	script_end(f, s);
}

static void write_of_half_a_window_has_one_psh(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	f->peer.wnd = 8 * MSS;
	s = peer_connect(f);
	tcp_of(s)->table->conf.push_segs = 1;
	say(s, 4 * MSS, 0);
	for (u32 i = 0; i < 4; i++)
		expect(f, TCP_ACK | (i == 3 ? TCP_PSH : 0), 1 + i * MSS, 1,
		       MSS);
	script_end(f, s);
}

static void no_mss_option_means_536(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	f->peer.mss = 0;
	s = peer_connect(f);
	say(s, 1200, 0);
	expect_text(f, 1, 536);
	expect_text(f, 537, 536);
	expect_text(f, 1073, 128);
	script_end(f, s);
}

static void timestamps_take_twelve_bytes(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	f->peer.ts = true;
	s = peer_connect(f);
	say(s, 3000, 0);
	expect_text(f, 1, 1448);
	assert_true(f->seen.opt.has_ts);
	assert_int_equal(f->seen.opt.tsecr, f->peer.tsval);
	expect_text(f, 1449, 1448);
	expect_text(f, 2897, 104);
	script_end(f, s);
}

static void mss_of_one_byte_counts_as_88(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	f->peer.mss = 1;
	s = peer_connect(f);
	say(s, 300, 0);
	expect_text(f, 1, 88);
	expect_text(f, 89, 88);
	expect_text(f, 177, 88);
	expect_text(f, 265, 36);
	script_end(f, s);
}

/* The segments' size, though a longer frame would fit the link. */
static void copied_text_is_cut_for_any_mss(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	f->peer.mss = 100;
	peer_is_wide(f);
	s = peer_connect(f);
	say(s, 1000, 0);
	for (u32 at = 0; at < 1000; at += 100)
		expect_text(f, 1 + at, 100);
	expect_nothing(f);
	script_end(f, s);
}

/* To a device that segments: near by in one, far away by runs. */
static void copied_text_goes_by_rtt(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_wide(f);
	struct sk_buff *skb;

	f->base->dev.features |= NETIF_F_TSO;
	say(s, 10 * MSS, 0);
	skb = fixture_tx_ip(f->base);
	assert_int_equal(skb_shinfo(skb)->gso_segs, 10);
	consume_skb(skb);
	peer_acks(f, 1 + 10 * MSS);
	tcp_of(s)->min_rtt_us = 10000;
	say(s, 10 * MSS, 0);
	for (u32 i = 0; i < 5; i++) {
		skb = fixture_tx_ip(f->base);
		assert_non_null(skb);
		assert_int_equal(skb_shinfo(skb)->gso_segs, 2);
		consume_skb(skb);
	}
	script_end(f, s);
}

static void static_content_is_cut_by_reference(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_wide(f);

	say(s, 100, MSG_MORE);
	say(s, 14000, MSG_STATIC);
	expect_full(f, 1, 9);
	expect_text(f, 1 + 9 * MSS, 14100 - 9 * MSS);
	expect_nothing(f);
	script_end(f, s);
}

static void device_that_segments_gets_one_frame(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_wide(f);
	struct sk_buff *skb;

	f->base->dev.features |= NETIF_F_TSO;
	say(s, 20 * MSS, MSG_STATIC);
	skb = fixture_tx_ip(f->base);
	assert_non_null(skb);
	assert_int_equal(skb->len, 14 + 20 + 20 + 10 * MSS);
	assert_int_equal(skb_shinfo(skb)->gso_size, MSS);
	assert_int_equal(skb_shinfo(skb)->gso_segs, 10);
	consume_skb(skb);
	assert_null(fixture_tx_ip(f->base));
	script_end(f, s);
}

static void segments_are_counted_one_by_one(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_wide(f);

	mib_rise(f, TCP_OutSegs);
	mib_rise(f, TCPEXT_TCPOrigDataSent);
	say(s, 9 * MSS + 1, MSG_STATIC);
	assert_int_equal(mib_rise(f, TCP_OutSegs), 10);
	assert_int_equal(mib_rise(f, TCPEXT_TCPOrigDataSent), 10);
	assert_int_equal(skip_sent(f), 10);
	script_end(f, s);
}

static void burst_is_one_tail_write(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	u32 before = f->base->flushes;

	say(s, 8 * MSS, 0);
	assert_int_equal(skip_sent(f), 8);
	assert_int_equal(f->base->flushes - before, 1);
	script_end(f, s);
}

#define T TCP_TEST

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(small_write_goes_at_once_with_psh),
		T(small_writes_wait_for_the_ack_together),
		T(what_fills_a_segment_does_not_wait),
		T(end_of_a_large_write_goes_at_once),
		T(nodelay_sends_each_write),
		T(cork_holds_the_end_until_it_is_pulled),
		T(forgotten_cork_leaks_after_rto),
		T(msg_more_waits_for_the_next_send),
		T(msg_more_waits_no_longer_than_for_an_ack),
		T(nodelay_lets_out_of_the_cork),
		T(every_second_segment_of_a_burst_has_a_psh),
		T(a_cwnd_of_three_segments_needs_no_psh),
		T(long_write_has_a_psh_in_each_half_window),
		T(write_of_half_a_window_has_one_psh),
		T(no_mss_option_means_536),
		T(timestamps_take_twelve_bytes),
		T(mss_of_one_byte_counts_as_88),
		T(copied_text_is_cut_for_any_mss),
		T(copied_text_goes_by_rtt),
		T(static_content_is_cut_by_reference),
		T(device_that_segments_gets_one_frame),
		T(segments_are_counted_one_by_one),
		T(burst_is_one_tail_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
