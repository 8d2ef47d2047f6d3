/*
 * net/tcp/tcp_input.c, tcp_ack.c, tcp_data.c, tcp_ofo.c: what an established
 * connection does with segments (RFC 9293 section 3.10.7.4, RFC 5961, 7323).
 */
#include "test/host/tcp_script.h"

#include <string.h>
#include "net/link/neigh.h"
#include "test/host/machine_sim.h"

static void reads(struct socket *s, const char *text)
{
	char buf[256] = "";
	ssize_t n = sock_recv(s, buf, sizeof(buf), MSG_DONTWAIT);

	assert_int_equal(n, strlen(text));
	assert_memory_equal(buf, text, (size_t)n);
}

static void reads_nothing(struct socket *s)
{
	char c;

	assert_int_equal(sock_recv(s, &c, 1, MSG_DONTWAIT), -EAGAIN);
}

/* RFC 5961 section 3.2: of all numbers in the window one resets. */
static void only_the_exact_rst_resets(void **state)
{
	static const u32 off[] = {2, 100, 30000, 60000};
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	char c;

	for (size_t i = 0; i < ARRAY_SIZE(off); i++) {
		peer_send(f, TCP_RST, off[i], 0, NULL, 0);
		fixture_drop(f->base, DROP_TCP_BAD_RST);
		expect(f, TCP_ACK, 1, 1, 0);
	}
	peer_send(f, TCP_RST, 0, 0, NULL, 0); /* left of the window: silence */
	fixture_drop(f->base, DROP_TCP_OLD_SEQUENCE);
	expect_nothing(f);
	assert_int_equal(tcp_of(s)->sk.state, TCP_ESTABLISHED);
	peer_send(f, TCP_RST, 1, 0, NULL, 0);
	fixture_drop(f->base, DROP_TCP_RESET);
	assert_int_equal(sock_recv(s, &c, 1, 0), -ECONNRESET);
	abort_socket(f, s);
}

/* RFC 5961 section 4.2: wherever it lies. */
static void a_syn_is_challenged(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	peer_send(f, TCP_SYN, 1, 0, NULL, 0);
	fixture_drop(f->base, DROP_TCP_BAD_SYN);
	expect(f, TCP_ACK, 1, 1, 0);
	peer_send(f, TCP_SYN, 500, 0, NULL, 0);
	expect(f, TCP_ACK, 1, 1, 0);
	peer_send(f, TCP_SYN, 0, 0, NULL, 0); /* the old one again */
	expect(f, TCP_ACK, 1, 1, 0);
	assert_int_equal(tcp_of(s)->sk.state, TCP_ESTABLISHED);
	abort_socket(f, s);
}

/* Half-open: the peer has forgotten us, timestamps too (figure 10). */
static void a_rebooted_peer_is_challenged(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	f->peer.ts = true;
	s = peer_connect(f);
	f->peer.ts = false;
	f->peer.iss += 0x1000000;
	peer_syn(f);
	assert_int_equal(skip_sent(f), 1);
	abort_socket(f, s);
}

/* RFC 5961 section 5.2: [SND.UNA - MAX.SND.WND, SND.NXT]. */
static void acks_outside_of_what_was_sent_are_refused(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	u32 most = tcp_of(s)->max_window;

	peer_send(f, TCP_ACK, 1, 2, "evil", 4);
	fixture_drop(f->base, DROP_TCP_BAD_ACK);
	expect(f, TCP_ACK, 1, 1, 0);
	peer_send(f, TCP_ACK, 1, 0u - most, "evil", 4);
	fixture_drop(f->base, DROP_TCP_BAD_ACK);
	expect(f, TCP_ACK, 1, 1, 0);
	reads_nothing(s);
	peer_send(f, TCP_ACK, 1, 1 - most, "old", 3); /* old, but possible */
	reads(s, "old");
	peer_send(f, 0, 4, 1, "x", 1);
	fixture_drop(f->base, DROP_TCP_NO_ACK_FLAG);
	abort_socket(f, s);
}

/* RFC 7323 section 5.3; what is refused must not move TS.Recent. */
static void timestamps_protect_against_old_segments(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;
	u32 good;

	f->peer.ts = true;
	s = peer_connect(f);
	good = f->peer.tsval;
	f->peer.tsval = good - 1;
	peer_send(f, TCP_ACK, 1, 1, "old", 3);
	fixture_drop(f->base, DROP_TCP_PAWS);
	f->peer.tsval = good + 0x40000000; /* blind: its ACK is a guess */
	peer_send(f, TCP_ACK, 1, 0x12345678, NULL, 0);
	fixture_drop(f->base, DROP_TCP_BAD_ACK);
	f->peer.tsval = good + 1;
	peer_send(f, TCP_ACK, 1, 1, "new", 3);
	reads(s, "new");
	f->peer.ts = false;
	peer_send(f, TCP_ACK, 4, 1, "bare", 4);
	fixture_drop(f->base, DROP_TCP_NO_TIMESTAMP);
	f->peer.ts = true;
	abort_socket(f, s);
}

/* SND.WL1: the segment was overtaken, and so was its window. */
static void an_older_segments_window_does_not_count(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	f->peer.wnd = 9000;
	peer_send(f, TCP_ACK, 4, 1, "def", 3);
	f->peer.wnd = 5000;
	peer_send(f, TCP_ACK, 1, 1, "abc", 3);
	assert_int_equal(tcp_of(s)->snd_wnd, 9000);
	peer_send(f, TCP_ACK, 7, 1, NULL, 0);
	assert_int_equal(tcp_of(s)->snd_wnd, 5000);
	abort_socket(f, s);
}

/* RFC 7323 section 4.3: cases (A), (B) and (C) of its end. */
static void the_earliest_timestamp_is_echoed(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;
	u32 t0;
	int off = 0;

	f->peer.ts = true;
	s = peer_connect(f);
	sock_setsockopt(s, SOL_TCP, TCP_QUICKACK, &off, sizeof(off));
	t0 = f->peer.tsval;
	f->peer.tsval = t0 + 1;
	peer_send(f, TCP_ACK, 1, 1, "a", 1); /* its ACK is delayed */
	f->peer.tsval = t0 + 2;
	peer_send(f, TCP_ACK, 2, 1, "b", 1);
	sim_run_ms(300);
	expect(f, TCP_ACK, 1, 3, 0);
	assert_int_equal(f->seen.opt.tsecr, t0 + 1);
	f->peer.tsval = t0 + 3;
	peer_send(f, TCP_ACK, 4, 1, "d", 1); /* behind a hole */
	expect(f, TCP_ACK, 1, 3, 0);
	assert_int_equal(f->seen.opt.tsecr, t0 + 1);
	f->peer.tsval = t0 + 4;
	peer_send(f, TCP_ACK, 3, 1, "c", 1); /* fills it */
	expect(f, TCP_ACK, 1, 5, 0);
	assert_int_equal(f->seen.opt.tsecr, t0 + 4);
	reads(s, "abcd");
	abort_socket(f, s);
}

/* RFC 7323 section 5.5: after 24 days of silence nothing is old. */
static void timestamps_age(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	f->peer.ts = true;
	s = peer_connect(f);
	sim_advance_ns(25ull * 24 * 3600 * 1000000000);
	f->peer.tsval -= 5;
	peer_send(f, TCP_ACK, 1, 1, "late", 4);
	reads(s, "late");
	abort_socket(f, s);
}

/* Table 6 of RFC 9293: four cases, and their edges. */
static void the_window_accepts_what_touches_it(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	u32 wnd = tcp_rcv_wnd(tcp_of(s));

	peer_send(f, TCP_ACK, 1 + wnd, 1, "x", 1);
	fixture_drop(f->base, DROP_TCP_OUT_OF_WINDOW);
	expect(f, TCP_ACK, 1, 1, 0);
	peer_send(f, TCP_ACK, 0, 1, "x", 1); /* a keepalive's byte */
	fixture_drop(f->base, DROP_TCP_OLD_SEQUENCE);
	expect(f, TCP_ACK, 1, 1, 0);
	peer_send(f, TCP_ACK, 0, 1, "xy", 2); /* half of it is new */
	reads(s, "y");
	peer_send(f, TCP_ACK, wnd, 1, "z", 1); /* the last of the window */
	expect(f, TCP_ACK, 1, 2, 0);
	assert_int_equal(tcp_of(s)->ofo_queue.qlen, 1);
	abort_socket(f, s);
}

/* SHLD-31; RFC 5681 section 4.2: an ACK at once, for a gap and its closing. */
static void early_text_waits_for_the_gap(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	peer_send(f, TCP_ACK, 4, 1, "def", 3);
	expect(f, TCP_ACK, 1, 1, 0);
	peer_send(f, TCP_ACK, 10, 1, "jkl", 3);
	expect(f, TCP_ACK, 1, 1, 0);
	peer_send(f, TCP_ACK, 7, 1, "ghi", 3);
	expect(f, TCP_ACK, 1, 1, 0);
	reads_nothing(s);
	peer_send(f, TCP_ACK, 1, 1, "abc", 3);
	expect(f, TCP_ACK, 1, 13, 0);
	reads(s, "abcdefghijkl");
	abort_socket(f, s);
}

/* Threat 32: the first bytes to arrive win, from any side. */
static void overlaps_do_not_rewrite(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	peer_send(f, TCP_ACK, 4, 1, "def", 3);
	peer_send(f, TCP_ACK, 4, 1, "DEF", 3);	   /* the same range */
	peer_send(f, TCP_ACK, 5, 1, "EFgh", 4);	   /* from the right */
	peer_send(f, TCP_ACK, 3, 1, "cDEFGHi", 7); /* all of it */
	peer_send(f, TCP_ACK, 2, 1, "bC", 2);	   /* from the left */
	peer_send(f, TCP_ACK, 1, 1, "aBCDEFGHIJ", 10);
	peer_send(f, TCP_ACK, 1, 1, "aBCDEFGHIJ", 10);
	skip_sent(f);
	reads(s, "abcdefghIJ"); /* capitals came second */
	abort_socket(f, s);
}

static void a_fin_waits_for_the_text_before_it(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	char c;

	peer_send(f, TCP_ACK | TCP_FIN, 4, 1, "def", 3);
	expect(f, TCP_ACK, 1, 1, 0);
	assert_int_equal(tcp_of(s)->sk.state, TCP_ESTABLISHED);
	peer_send(f, TCP_ACK, 1, 1, "abc", 3);
	expect(f, TCP_ACK, 1, 8, 0);
	assert_int_equal(tcp_of(s)->sk.state, TCP_CLOSE_WAIT);
	reads(s, "abcdef");
	assert_int_equal(sock_recv(s, &c, 1, 0), 0);
	abort_socket(f, s);
}

static void a_bare_fin_ahead_of_a_gap_counts_later(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	peer_send(f, TCP_ACK | TCP_FIN, 4, 1, NULL, 0);
	assert_int_equal(tcp_of(s)->sk.state, TCP_ESTABLISHED);
	peer_send(f, TCP_ACK, 1, 1, "abc", 3);
	assert_int_equal(tcp_of(s)->sk.state, TCP_CLOSE_WAIT);
	reads(s, "abc");
	abort_socket(f, s);
}

/* SegmentSmack: bounded by count, and what is in order still gets in. */
static void the_early_queue_is_bounded(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	for (u32 i = 0; i < TCP_OFO_MAX + 1; i++)
		peer_send(f, TCP_ACK, 3 + 2 * i, 1, "x", 1);
	skip_sent(f);
	fixture_drop(f->base, DROP_TCP_OFO_FULL);
	assert_int_equal(tcp_of(s)->ofo_queue.qlen, TCP_OFO_MAX);
	peer_send(f, TCP_ACK, 1, 1, "ab", 2);
	reads(s, "abx");
	abort_socket(f, s);
}

/* A mark and nothing else: the data stays in line (URGENT/11). */
static void urgent_pointers_are_harmless(void **state)
{
	static const u16 pointers[] = {0, 1, 3, 4, 1000, 65535};
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	for (u32 i = 0; i < ARRAY_SIZE(pointers); i++) {
		struct peer_segment seg = {
			.flags = TCP_ACK | TCP_URG,
			.seq = f->peer.iss + 1 + 3 * i,
			.ack = f->peer.guest_iss + 1,
			.wnd = 8000,
			.urg = pointers[i],
			.data = "abc",
			.len = 3,
		};

		peer_send_segment(f, &seg);
		if (pointers[i] == 3) { /* the third byte is marked */
			reads(s, "ab");
			reads(s, "c");
			continue;
		}
		reads(s, "abc");
	}
	abort_socket(f, s);
}

/* MUST-30 to -33: the program hears of it, and finds where it is. */
static void urgent_text_is_a_mark_in_the_stream(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	struct peer_segment seg = {
		.flags = TCP_ACK | TCP_URG,
		.seq = f->peer.iss + 1,
		.ack = f->peer.guest_iss + 1,
		.wnd = 8000,
		.urg = 7, /* behind 'U', which comes in the next segment */
		.data = "abcd",
		.len = 4,
	};
	int v = 0;
	u32 len = sizeof(v);
	char c;

	assert_false(sock_poll(s) & EPOLLPRI);
	peer_send_segment(f, &seg);
	assert_true(sock_poll(s) & EPOLLPRI);
	reads(s, "abcd");
	assert_int_equal(sock_at_mark(s), 0);
	peer_send(f, TCP_ACK, 5, 1, "efUgh", 5);
	reads(s, "ef");
	assert_int_equal(sock_at_mark(s), 1);
	assert_int_equal(sock_recv(s, &c, 1, MSG_OOB), -EINVAL);
	reads(s, "Ugh");
	assert_int_equal(sock_at_mark(s), 0);
	assert_false(sock_poll(s) & EPOLLPRI);
	assert_int_equal(sock_send(s, "x", 1, MSG_OOB), -EOPNOTSUPP);
	assert_int_equal(sock_getsockopt(s, SOL_SOCKET, SO_OOBINLINE, &v, &len),
			 0);
	assert_int_equal(v, 1);
	abort_socket(f, s);
}

/* MUST-6: by their length; MUST-7: never a loop, never a read too far. */
static void options_of_any_kind_are_skipped_or_refused(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	u32 seq = 1;

	for (u32 len = 0; len <= 8; len++) {
		u8 opt[8] = {253, (u8)len, 1, 1, 1, 1, 1, 1};
		struct peer_segment seg = {
			.flags = TCP_ACK,
			.seq = f->peer.iss + seq,
			.ack = f->peer.guest_iss + 1,
			.wnd = 8000,
			.opt = opt,
			.opt_len = sizeof(opt),
			.data = "x",
			.len = 1,
		};

		peer_send_segment(f, &seg);
		if (len < 2) {
			fixture_drop(f->base, DROP_TCP_BAD_OPTION);
			continue;
		}
		reads(s, "x");
		seq++;
	}
	abort_socket(f, s);
}

static void small_segments_are_read_in_order(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	char text[101] = "";

	for (u32 i = 0; i < 100; i++) {
		text[i] = (char)('a' + i % 26);
		peer_send(f, TCP_ACK, 1 + i, 1, text + i, 1);
	}
	skip_sent(f);
	reads(s, text);
	assert_int_equal(tcp_of(s)->sk.rmem_alloc, 0);
	abort_socket(f, s);
}

/* A socket that is connected again starts with an empty queue. */
static void connecting_again_forgets_unread_text(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_accept(f, 7777);
	char buf[16];
	int err;

	peer_send(f, TCP_ACK, 1, 1, "unread", 6);
	peer_send(f, TCP_RST, 7, 1, NULL, 0);
	fixture_tx_purge(f->base);
	err = connect_to(s, FIXTURE_PEER, 7778);
	if (err != -EINPROGRESS) /* the reset is told first */
		err = connect_to(s, FIXTURE_PEER, 7778);
	assert_int_equal(err, -EINPROGRESS);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), MSG_DONTWAIT), -EAGAIN);
	assert_int_equal(tcp_of(s)->sk.rmem_alloc, 0);
	abort_socket(f, s);
}

/* RFC 1122 section 2.3.2.1: what is acknowledged arrived through it. */
static void progress_confirms_the_neighbour(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	struct neighbour *n = tcp_of(s)->sk.dst.neigh;

	say(s, 10, 0);
	n->confirmed = false;
	peer_acks(f, 1); /* nothing new */
	assert_false(n->confirmed);
	peer_acks(f, 11);
	assert_true(n->confirmed);
	script_end(f, s);
}

int main(void)
{
#define T TCP_TEST
	const struct CMUnitTest tests[] = {
		T(only_the_exact_rst_resets),
		T(a_syn_is_challenged),
		T(a_rebooted_peer_is_challenged),
		T(acks_outside_of_what_was_sent_are_refused),
		T(timestamps_protect_against_old_segments),
		T(an_older_segments_window_does_not_count),
		T(the_earliest_timestamp_is_echoed),
		T(timestamps_age),
		T(the_window_accepts_what_touches_it),
		T(early_text_waits_for_the_gap),
		T(overlaps_do_not_rewrite),
		T(a_fin_waits_for_the_text_before_it),
		T(a_bare_fin_ahead_of_a_gap_counts_later),
		T(the_early_queue_is_bounded),
		T(urgent_pointers_are_harmless),
		T(urgent_text_is_a_mark_in_the_stream),
		T(options_of_any_kind_are_skipped_or_refused),
		T(small_segments_are_read_in_order),
		T(connecting_again_forgets_unread_text),
		T(progress_confirms_the_neighbour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
