/*
 * net/tcp/tcp_sockopt.c, tcp_info.c, tcp_walk.c: options with Linux's names
 * and bounds, TCP_INFO, and what /proc/net/tcp is made of.
 */
#include "test/host/tcp_fixture.h"

#include <string.h>
#include "lib/errno.h"
#include "test/host/machine_sim.h"

static int set(struct socket *s, int name, int v)
{
	return sock_setsockopt(s, SOL_TCP, name, &v, sizeof(v));
}

static int get(struct socket *s, int name)
{
	int v = -12345;
	u32 len = sizeof(v);

	assert_int_equal(sock_getsockopt(s, SOL_TCP, name, &v, &len), 0);
	assert_int_equal(len, sizeof(v));
	return v;
}

struct bounds {
	int name, initial, low, high; /* low - 1 and high + 1 are refused */
};

/* TCP_SYNCNT is one more than Linux's: 3 minutes at least (MUST-23). */
static const struct bounds bounds[] = {
	{TCP_KEEPIDLE, 7200, 1, 32767}, {TCP_KEEPINTVL, 75, 1, 32767},
	{TCP_KEEPCNT, 9, 1, 127},	{TCP_SYNCNT, 7, 1, 127},
	{TCP_MAXSEG, 536, 88, 32767},
};

static void numbers_have_linuxs_defaults_and_bounds(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = tcp_socket(f);

	for (u32 i = 0; i < ARRAY_SIZE(bounds); i++) {
		const struct bounds *b = &bounds[i];

		assert_int_equal(get(s, b->name), b->initial);
		assert_int_equal(set(s, b->name, b->low - 1), -EINVAL);
		assert_int_equal(set(s, b->name, b->high + 1), -EINVAL);
		assert_int_equal(set(s, b->name, -1), -EINVAL);
		assert_int_equal(get(s, b->name), b->initial);
		assert_int_equal(set(s, b->name, b->low), 0);
		assert_int_equal(get(s, b->name), b->low);
		assert_int_equal(set(s, b->name, b->high), 0);
		assert_int_equal(get(s, b->name), b->high);
	}
	assert_int_equal(get(s, TCP_LINGER2), 60);
	assert_int_equal(set(s, TCP_LINGER2, 1000), 0);
	assert_int_equal(get(s, TCP_LINGER2), 120);
	assert_int_equal(set(s, TCP_LINGER2, 0), 0);
	assert_int_equal(get(s, TCP_LINGER2), 60);
	assert_int_equal(set(s, TCP_LINGER2, -5), 0);
	assert_int_equal(get(s, TCP_LINGER2), -1);
	assert_int_equal(set(s, TCP_USER_TIMEOUT, -1), -EINVAL);
	assert_int_equal(set(s, TCP_USER_TIMEOUT, 30000), 0);
	assert_int_equal(get(s, TCP_USER_TIMEOUT), 30000);
	sock_close(s);
}

/* As in Linux, what was set before the accept holds behind it. */
static void a_child_has_what_its_listener_had(void **state)
{
	static const struct {
		int name, value;
	} options[] = {
		{TCP_KEEPIDLE, 11},	   {TCP_KEEPINTVL, 12},
		{TCP_KEEPCNT, 13},	   {TCP_LINGER2, 14},
		{TCP_USER_TIMEOUT, 15000}, {TCP_NOTSENT_LOWAT, 16000},
		{TCP_NODELAY, 1},	   {TCP_CORK, 1},
	};
	struct tcp_fixture *f = *state;
	char name[16] = "";
	u32 len = sizeof(name);
	struct socket *s;

	for (u32 i = 0; i < ARRAY_SIZE(options); i++)
		assert_int_equal(
			set(f->listener, options[i].name, options[i].value), 0);
	assert_int_equal(set(f->listener, TCP_MAXSEG, 700), 0);
	assert_int_equal(sock_setsockopt(f->listener, SOL_TCP, TCP_CONGESTION,
					 "cubic", 5),
			 0);
	s = peer_connect(f);
	for (u32 i = 0; i < ARRAY_SIZE(options); i++)
		assert_int_equal(get(s, options[i].name), options[i].value);
	assert_int_equal(get(s, TCP_MAXSEG), 700);
	sock_getsockopt(s, SOL_TCP, TCP_CONGESTION, name, &len);
	assert_string_equal(name, "cubic");
	abort_socket(f, s);
}

static void flags_are_0_or_1(void **state)
{
	static const int names[] = {TCP_NODELAY, TCP_CORK};
	struct tcp_fixture *f = *state;
	struct socket *s = tcp_socket(f);

	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		assert_int_equal(get(s, names[i]), 0);
		assert_int_equal(set(s, names[i], 77), 0);
		assert_int_equal(get(s, names[i]), 1);
		assert_int_equal(set(s, names[i], 0), 0);
		assert_int_equal(get(s, names[i]), 0);
	}
	sock_close(s);
}

static void what_is_unknown_or_too_short_is_refused(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = tcp_socket(f);
	int v = 1;
	u32 len = sizeof(v);

	assert_int_equal(set(s, 99, 1), -ENOPROTOOPT);
	assert_int_equal(sock_getsockopt(s, SOL_TCP, 99, &v, &len),
			 -ENOPROTOOPT);
	assert_int_equal(sock_setsockopt(s, 17, 1, &v, 4), -ENOPROTOOPT);
	assert_int_equal(sock_setsockopt(s, SOL_TCP, TCP_NODELAY, &v, 3),
			 -EINVAL);
	assert_int_equal(sock_setsockopt(s, SOL_TCP, TCP_NODELAY, NULL, 4),
			 -EFAULT);
	sock_close(s);
}

static void congestion_control_has_a_name(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;
	char name[16] = "x";
	u32 len = sizeof(name);

	assert_true(tcp_set_default_congestion(f->net, "cubic"));
	assert_false(tcp_set_default_congestion(f->net, "bic"));
	s = tcp_socket(f);

	assert_int_equal(
		sock_getsockopt(s, SOL_TCP, TCP_CONGESTION, name, &len), 0);
	assert_string_equal(name, "cubic");
	assert_int_equal(sock_setsockopt(s, SOL_TCP, TCP_CONGESTION, "reno", 4),
			 0);
	assert_int_equal(sock_setsockopt(s, SOL_TCP, TCP_CONGESTION,
					 "a name that is far too long", 27),
			 -ENOENT);
	assert_int_equal(sock_setsockopt(s, SOL_TCP, TCP_CONGESTION, "", 0),
			 -EINVAL);
	sock_close(s);
}

/* Row 77: Nagle is the default and can be turned off. */
static void nodelay_sends_what_waits(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	assert_int_equal(sock_send(s, "a", 1, 0), 1);
	expect(f, TCP_PSH | TCP_ACK, 1, 1, 1);
	assert_int_equal(sock_send(s, "b", 1, 0), 1);
	expect_nothing(f);
	assert_int_equal(set(s, TCP_NODELAY, 1), 0);
	expect(f, TCP_PSH | TCP_ACK, 2, 1, 1);
	assert_int_equal(sock_send(s, "c", 1, 0), 1);
	expect(f, TCP_PSH | TCP_ACK, 3, 1, 1);
	abort_socket(f, s);
}

static void the_cork_holds_until_it_is_drawn(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	assert_int_equal(set(s, TCP_CORK, 1), 0);
	assert_int_equal(sock_send(s, "abc", 3, 0), 3);
	assert_int_equal(sock_send(s, "def", 3, 0), 3);
	expect_nothing(f);
	assert_int_equal(set(s, TCP_CORK, 0), 0);
	expect(f, TCP_PSH | TCP_ACK, 1, 1, 6);
	abort_socket(f, s);
}

static void quickack_sends_an_ack_that_waits(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	peer_send(f, TCP_ACK, 1, 1, "x", 1);
	expect_nothing(f);
	assert_int_equal(set(s, TCP_QUICKACK, 1), 0);
	expect(f, TCP_ACK, 1, 2, 0);
	assert_int_equal(get(s, TCP_QUICKACK), 1);
	assert_int_equal(set(s, TCP_QUICKACK, 0), 0);
	assert_int_equal(get(s, TCP_QUICKACK), 0);
	abort_socket(f, s);
}

static void keepalive_runs_while_it_is_on(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	assert_int_equal(set(s, TCP_KEEPIDLE, 10), 0);
	sim_run_ms(20000);
	expect_nothing(f);
	set_option(s, SOL_SOCKET, SO_KEEPALIVE, 1);
	sim_run_ms(10100);
	expect(f, TCP_ACK, 0, 1, 0); /* an old number */
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	sim_run_ms(5000);
	assert_int_equal(set(s, TCP_KEEPIDLE, 3), 0); /* from now on */
	sim_run_ms(3100);
	expect(f, TCP_ACK, 0, 1, 0);
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	set_option(s, SOL_SOCKET, SO_KEEPALIVE, 0);
	sim_run_ms(60000);
	expect_nothing(f);
	abort_socket(f, s);
}

static void info_describes_the_connection(void **state)
{
	struct tcp_fixture *f = *state;
	struct tcp_info info;
	struct socket *s;
	u32 len = sizeof(info);

	f->peer.ts = f->peer.wscale_ok = true;
	f->peer.wscale = 5;
	peer_syn(f);
	expect(f, TCP_SYN | TCP_ACK, 0, 1, 0);
	sim_run_ms(40);
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	s = tcp_accept_one(f);
	assert_int_equal(sock_send(s, "hello", 5, 0), 5);
	assert_int_equal(sock_getsockopt(s, SOL_TCP, TCP_INFO, &info, &len), 0);
	assert_int_equal(len, 280);
	assert_int_equal(info.state, TCP_ESTABLISHED);
	assert_int_equal(info.options, TCPI_OPT_TIMESTAMPS | TCPI_OPT_WSCALE);
	assert_int_equal(info.wscales & 15, 5);
	assert_int_equal(info.snd_mss, 1448);
	assert_int_equal(info.pmtu, 1500);
	assert_int_equal(info.snd_cwnd, 10);
	assert_int_equal(info.snd_ssthresh, 0x7fffffff);
	assert_int_equal(info.advmss, 1460);
	assert_int_equal(info.unacked, 1);
	assert_in_range(info.rtt_us, 39000, 42000);
	assert_in_range(info.rttvar_us, 19500, 21000);
	assert_true(info.rto_us >= 200000);
	assert_int_equal(info.ato_us, 40000);
	assert_int_equal(info.rcv_mss, 536);
	assert_in_range(info.rcv_wnd, 65535, TCP_RCVBUF_DEFAULT);
	assert_true(info.rcv_ssthresh >= info.rcv_wnd);
	/* A program with an older, shorter structure gets its part. */
	len = 8;
	memset(&info, 0x55, sizeof(info));
	assert_int_equal(sock_getsockopt(s, SOL_TCP, TCP_INFO, &info, &len), 0);
	assert_int_equal(len, 8);
	assert_int_equal(info.rto_us, 0x55555555);
	abort_socket(f, s);
}

/* Offsets that programs compiled for Linux rely on. */
static void info_is_laid_out_as_in_linux(void **state)
{
	assert_int_equal(offsetof(struct tcp_info, rto_us), 8);
	assert_int_equal(offsetof(struct tcp_info, unacked), 24);
	assert_int_equal(offsetof(struct tcp_info, last_data_sent), 44);
	assert_int_equal(offsetof(struct tcp_info, pmtu), 60);
	assert_int_equal(offsetof(struct tcp_info, rtt_us), 68);
	assert_int_equal(offsetof(struct tcp_info, snd_cwnd), 80);
	assert_int_equal(offsetof(struct tcp_info, total_retrans), 100);
	assert_int_equal(offsetof(struct tcp_info, bytes_acked), 120);
	assert_int_equal(offsetof(struct tcp_info, segs_out), 136);
	assert_int_equal(offsetof(struct tcp_info, min_rtt_us), 148);
	assert_int_equal(offsetof(struct tcp_info, delivery_rate), 160);
	assert_int_equal(offsetof(struct tcp_info, busy_time_us), 168);
	assert_int_equal(offsetof(struct tcp_info, delivered), 192);
	assert_int_equal(offsetof(struct tcp_info, bytes_sent), 200);
	assert_int_equal(offsetof(struct tcp_info, reord_seen), 220);
	assert_int_equal(offsetof(struct tcp_info, rcv_wnd), 232);
	assert_int_equal(offsetof(struct tcp_info, accecn_opt_seen), 278);
}

static struct tcp_info info_of(struct socket *s)
{
	struct tcp_info info;
	u32 len = sizeof(info);

	assert_int_equal(sock_getsockopt(s, SOL_TCP, TCP_INFO, &info, &len), 0);
	return info;
}

static void info_counts_bytes_and_segments(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	struct tcp_info info;

	assert_int_equal(sock_send(s, "hello", 5, 0), 5);
	sim_run_ms(250); /* again */
	peer_send(f, TCP_ACK, 1, 6, "abc", 3);
	sim_run_ms(100);
	info = info_of(s);
	assert_int_equal(info.bytes_acked, 5);
	assert_int_equal(info.bytes_received, 3);
	assert_int_equal(info.bytes_sent, 10);
	assert_int_equal(info.bytes_retrans, 5);
	assert_int_equal(info.data_segs_in, 1);
	assert_int_equal(info.data_segs_out, 1);
	assert_int_equal(info.segs_in, 2);
	assert_int_equal(info.segs_out, 3); /* the last is an ACK */
	assert_int_equal(info.delivered, 2);
	assert_int_equal(info.total_retrans, 1);
	abort_socket(f, s);
}

/* A SYN's time-out ends with the answer. */
static void info_counts_a_lost_syn(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = syn_sent(f, 7, TCP_SYN);
	struct tcp_info info;

	sim_run_ms(1500);
	fixture_tx_purge(f->base);
	peer_send(f, TCP_SYN | TCP_ACK, 0, 1, NULL, 0);
	sim_run_ms(3000);
	info = info_of(s);
	assert_int_equal(info.total_rto, 1);
	assert_int_equal(info.total_rto_recoveries, 1);
	assert_in_range(info.total_rto_time, 470, 510);
	abort_socket(f, s);
}

/* Two time-outs in a row, at 200 and 600 ms; another one later. */
static void info_counts_timeouts(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	struct tcp_info info;

	assert_int_equal(sock_send(s, "hello", 5, 0), 5);
	sim_run_ms(700);
	fixture_tx_purge(f->base);
	info = info_of(s);
	assert_in_range(info.total_rto_time, 470, 510);
	assert_int_equal(info.retransmits, 2);
	assert_int_equal(info.backoff, 2);
	sim_run_ms(100);
	peer_send(f, TCP_ACK, 1, 6, NULL, 0);
	sim_run_ms(5000);
	info = info_of(s);
	assert_int_equal(info.total_rto, 2);
	assert_int_equal(info.total_rto_recoveries, 1);
	assert_in_range(info.total_rto_time, 570, 610);
	assert_int_equal(sock_send(s, "again", 5, 0), 5);
	sim_run_ms(1100);
	info = info_of(s);
	assert_true(info.total_rto > 2);
	assert_int_equal(info.total_rto_recoveries, 2);
	abort_socket(f, s);
}

/* tcp/tcp_info/tcp-info-last_data_recv.pkt */
static void info_knows_when_text_came(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	sim_run_ms(10);
	s = peer_connect(f);
	sim_run_ms(1000);
	assert_in_range(info_of(s).last_data_recv, 990, 1010);
	peer_send(f, TCP_ACK, 1, 1, "x", 1);
	sim_run_ms(10);
	assert_in_range(info_of(s).last_data_recv, 0, 12);
	sim_run_ms(500);
	assert_in_range(info_of(s).last_data_recv, 450, 520);
	assert_in_range(info_of(s).last_ack_recv, 450, 520);
	abort_socket(f, s);
}

/* tcp/tcp_info/tcp-info-rwnd-limited.pkt */
/* The shortest of ours; and the peer's, by what its text echoes. */
static void info_knows_both_round_trips(void **state)
{
	struct tcp_fixture *f = *state;
	static const u8 text[1448];
	struct tcp_info info;
	struct socket *s;

	f->peer.ts = true;
	s = peer_connect(f);
	tcp_rtt_init(tcp_of(s));
	for (u32 i = 1; i <= 3; i++) {
		assert_int_equal(sock_send(s, "hello", 5, 0), 5);
		sim_run_ms(i == 2 ? 30 : 70);
		assert_true(peer_receive(f));
		peer_send(f, TCP_ACK, 1, 1 + 5 * i, NULL, 0);
	}
	info = info_of(s);
	assert_in_range(info.min_rtt_us, 30000, 31000);
	assert_true(info.rtt_us > 50000);
	assert_int_equal(info.rcv_rtt_us, 0);
	sim_run_ms(20);
	peer_send(f, TCP_ACK, 1, 16, text, sizeof(text));
	info = info_of(s);
	assert_in_range(info.rcv_rtt_us, 90000, 92000);
	abort_socket(f, s);
}

static void info_knows_the_buffers_size(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	assert_int_equal(info_of(s).rcv_space, TCP_RCVBUF_DEFAULT);
	abort_socket(f, s);
}

/* Window probes that were not answered. */
static void info_counts_probes(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	f->peer.wnd = 0;
	s = peer_connect(f);
	assert_int_equal(sock_send(s, "hello", 5, 0), 5);
	assert_int_equal(info_of(s).probes, 0);
	sim_run_ms(1000); /* at 200 and 600 */
	assert_int_equal(info_of(s).probes, 2);
	fixture_tx_purge(f->base);
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	assert_int_equal(info_of(s).probes, 0);
	abort_socket(f, s);
}

static void info_knows_what_text_waited_for(void **state)
{
	struct tcp_fixture *f = *state;
	static const u8 text[1000];
	struct socket *s;

	f->peer.wnd = 0;
	s = peer_connect(f);
	assert_int_equal(sock_send(s, text, 1000, 0), 1000);
	sim_run_ms(100);
	assert_in_range(info_of(s).rwnd_limited_us, 98000, 110000);
	sim_run_ms(100);
	fixture_tx_purge(f->base);
	f->peer.wnd = 2000;
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	expect(f, TCP_PSH | TCP_ACK, 1, 1, 1000);
	sim_run_ms(30);
	f->peer.wnd = 10;
	peer_send(f, TCP_ACK, 1, 1001, NULL, 0);
	sim_run_ms(50); /* nothing to send: neither */
	assert_int_equal(sock_send(s, text, 1000, 0), 1000);
	sim_run_ms(100);
	f->peer.wnd = 2000;
	peer_send(f, TCP_ACK, 1, 1001, NULL, 0);
	assert_in_range(info_of(s).rwnd_limited_us, 298000, 310000);
	assert_in_range(info_of(s).busy_time_us, 328000, 340000);
	assert_int_equal(info_of(s).sndbuf_limited_us, 0);
	abort_socket(f, s);
}

static void info_knows_a_send_buffer_that_is_too_small(void **state)
{
	struct tcp_fixture *f = *state;
	static const u8 text[1 << 16];
	struct socket *s = peer_connect(f);

	set_option(s, SOL_SOCKET, SO_SNDBUF, 3000);
	while (sock_send(s, text, sizeof(text), 0) > 0)
		;
	sim_run_ms(100);
	assert_in_range(info_of(s).sndbuf_limited_us, 90000, 110000);
	assert_in_range(info_of(s).busy_time_us, 90000, 110000);
	abort_socket(f, s);
}

static void meminfo_is_nine_numbers(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	u32 info[12], len = sizeof(info);

	peer_send(f, TCP_ACK, 1, 1, "abc", 3);
	assert_int_equal(sock_send(s, "hello", 5, 0), 5);
	assert_int_equal(sock_getsockopt(s, SOL_SOCKET, SO_MEMINFO, info, &len),
			 0);
	assert_int_equal(len, 36);
	assert_true(info[SK_MEMINFO_RMEM_ALLOC] > 3);
	assert_int_equal(info[SK_MEMINFO_RCVBUF], TCP_RCVBUF_DEFAULT);
	assert_int_equal(info[SK_MEMINFO_SNDBUF], TCP_SNDBUF_DEFAULT);
	assert_int_equal(info[SK_MEMINFO_WMEM_QUEUED], 5 + TCP_SKB_OVERHEAD);
	abort_socket(f, s);
}

static void lowat_bounds_what_is_unsent(void **state)
{
	struct tcp_fixture *f = *state;
	static const u8 text[1 << 16];
	struct socket *s;
	u32 total = 0, events;
	ssize_t n;

	f->peer.wscale_ok = true;
	f->peer.wscale = 7;
	s = peer_connect(f);
	assert_int_equal(get(s, TCP_NOTSENT_LOWAT), 0);
	assert_int_equal(set(s, TCP_NOTSENT_LOWAT, 4000), 0);
	assert_int_equal(get(s, TCP_NOTSENT_LOWAT), 4000);
	while ((n = sock_send(s, text, sizeof(text), 0)) > 0)
		total += (u32)n;
	assert_int_equal(n, -EAGAIN);
	assert_in_range(total, 10 * 1460 + 4000, 10 * 1460 + 4000 + 1460);
	assert_false(sock_poll(s) & EPOLLOUT);
	fixture_tx_purge(f->base);
	peer_send(f, TCP_ACK, 1, 1 + 2 * 1460, NULL, 0);
	events = sock_poll(s);
	assert_true(events & EPOLLOUT);
	assert_int_equal(set(s, TCP_NOTSENT_LOWAT, 0), 0);
	assert_int_equal(get(s, TCP_NOTSENT_LOWAT), 0);
	abort_socket(f, s);
}

static void clamp_bounds_the_window(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	assert_int_equal(set(f->listener, TCP_WINDOW_CLAMP, 0), -EINVAL);
	abort_socket(f, s);
	assert_int_equal(set(f->listener, TCP_WINDOW_CLAMP, 5000), 0);
	assert_int_equal(get(f->listener, TCP_WINDOW_CLAMP), 5000);
	peer_become(f, PEER_PORT + 1);
	peer_syn(f);
	expect(f, TCP_SYN | TCP_ACK, 0, 1, 0);
	assert_int_equal(f->seen.wnd, 5000);
}

/* TCP_DEFER_ACCEPT: 1, 3, 7 ... seconds; then it is accepted as it is. */
static void accept_waits_for_text(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	assert_int_equal(get(f->listener, TCP_DEFER_ACCEPT), 0);
	assert_int_equal(set(f->listener, TCP_DEFER_ACCEPT, 2), 0);
	assert_int_equal(get(f->listener, TCP_DEFER_ACCEPT), 3);
	peer_handshake(f);
	assert_int_equal(sock_accept(f->listener, &s, NULL), -EAGAIN);
	assert_int_equal(mib_rise(f, TCPEXT_TCPDeferAcceptDrop), 1);
	peer_send(f, TCP_ACK, 1, 1, "hi", 2);
	abort_socket(f, tcp_accept_one(f));
	peer_become(f, PEER_PORT + 1);
	peer_handshake(f);
	sim_run_ms(3500);
	fixture_tx_purge(f->base);
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	s = tcp_accept_one(f);
	assert_int_equal(tcp_of(s)->cwnd, 10 * 1460); /* no SYN was lost */
	abort_socket(f, s);
}

/* Its ACK has come: no SYN-ACK again, and neither a loss nor a round trip. */
static void the_wait_for_text_is_no_loss(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	assert_int_equal(set(f->listener, TCP_DEFER_ACCEPT, 7), 0);
	for (u32 ms = 500; ms < 4000; ms += 3000) {
		peer_become(f, (u16)(41000 + ms));
		peer_handshake(f);
		sim_run_ms(ms);
		expect_nothing(f);
		peer_send(f, TCP_ACK, 1, 1, "hi", 2);
		s = tcp_accept_one(f);
		assert_int_equal(tcp_of(s)->cwnd, 10 * 1460);
		assert_int_equal(tcp_of(s)->srtt_us8, 0);
		assert_int_equal(tcp_of(s)->rto_ms, 1000);
		abort_socket(f, s);
	}
}

/* Its peer says nothing, but that is the end of it. */
static void a_fin_ends_the_wait_for_text(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s;

	assert_int_equal(set(f->listener, TCP_DEFER_ACCEPT, 7), 0);
	peer_handshake(f);
	peer_send(f, TCP_ACK | TCP_FIN, 1, 1, NULL, 0);
	s = tcp_accept_one(f);
	assert_int_equal(tcp_of(s)->sk.state, TCP_CLOSE_WAIT);
	abort_socket(f, s);
}

static void info_of_a_listener_shows_its_queue(void **state)
{
	struct tcp_fixture *f = *state;
	struct tcp_info info;
	u32 len = sizeof(info);

	peer_handshake(f);
	sock_getsockopt(f->listener, SOL_TCP, TCP_INFO, &info, &len);
	assert_int_equal(info.state, TCP_LISTEN);
	assert_int_equal(info.unacked, 1);
	assert_int_equal(info.sacked, 128);
	abort_socket(f, tcp_accept_one(f));
}

struct census {
	u32 count[TCP_NR_STATES];
	struct tcp_entry last[TCP_NR_STATES];
};

static void take(const struct tcp_entry *entry, void *arg)
{
	struct census *c = arg;

	c->count[entry->state]++;
	c->last[entry->state] = *entry;
}

static void each_connection_is_shown_once(void **state)
{
	struct tcp_fixture *f = *state;
	struct census c = {.count = {0}};
	struct tcp_usage usage;
	struct socket *s = peer_connect(f);
	const struct tcp_entry *e;

	peer_send(f, TCP_ACK, 1, 1, "abc", 3);
	assert_int_equal(sock_send(s, "hello", 5, 0), 5);
	peer_become(f, PEER_PORT + 1);
	fixture_tx_purge(f->base);
	peer_syn(f);
	fixture_tx_purge(f->base);
	tcp_walk(f->net, take, &c);
	assert_int_equal(c.count[TCP_LISTEN], 1);
	assert_int_equal(c.count[TCP_ESTABLISHED], 1);
	assert_int_equal(c.count[TCP_NEW_SYN_RECV], 1);
	e = &c.last[TCP_ESTABLISHED];
	assert_int_equal(e->tx_queue, 5);
	assert_int_equal(e->rx_queue, 3);
	assert_int_equal(e->timer, 1);
	assert_int_equal(ntohs(e->sport), SERVER_PORT);
	assert_int_equal(ntohs(e->dport), PEER_PORT);
	e = &c.last[TCP_NEW_SYN_RECV];
	assert_int_equal(e->timer, 1);
	assert_in_range(e->timer_ms, 900, 1001);
	assert_int_equal(c.last[TCP_LISTEN].tx_queue, 128);
	tcp_usage(f->net, &usage);
	assert_int_equal(usage.inuse, 2);
	assert_int_equal(usage.requests, 1);
	assert_true(usage.memory > 8);
	abort_socket(f, s);
}

static void a_timewait_is_shown_with_its_time(void **state)
{
	struct tcp_fixture *f = *state;
	struct census c = {.count = {0}};

	sock_close(peer_connect(f));
	expect(f, TCP_FIN | TCP_ACK, 1, 1, 0);
	peer_send(f, TCP_FIN | TCP_ACK, 1, 2, NULL, 0);
	expect(f, TCP_ACK, 2, 2, 0);
	sim_run_ms(10000);
	tcp_walk(f->net, take, &c);
	assert_int_equal(c.count[TCP_TIME_WAIT], 1);
	assert_int_equal(c.last[TCP_TIME_WAIT].timer, 3);
	assert_in_range(c.last[TCP_TIME_WAIT].timer_ms, 49990, 50010);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T TCP_TEST
		T(numbers_have_linuxs_defaults_and_bounds),
		T(a_child_has_what_its_listener_had),
		T(flags_are_0_or_1),
		T(what_is_unknown_or_too_short_is_refused),
		T(congestion_control_has_a_name),
		T(nodelay_sends_what_waits),
		T(the_cork_holds_until_it_is_drawn),
		T(quickack_sends_an_ack_that_waits),
		T(keepalive_runs_while_it_is_on),
		T(info_describes_the_connection),
		cmocka_unit_test(info_is_laid_out_as_in_linux),
		T(info_counts_bytes_and_segments),
		T(info_counts_timeouts),
		T(info_counts_a_lost_syn),
		T(info_knows_when_text_came),
		T(info_knows_what_text_waited_for),
		T(info_knows_a_send_buffer_that_is_too_small),
		T(meminfo_is_nine_numbers),
		T(lowat_bounds_what_is_unsent),
		T(clamp_bounds_the_window),
		T(accept_waits_for_text),
		T(the_wait_for_text_is_no_loss),
		T(a_fin_ends_the_wait_for_text),
		T(info_of_a_listener_shows_its_queue),
		T(each_connection_is_shown_once),
		T(a_timewait_is_shown_with_its_time),
		T(info_knows_both_round_trips),
		T(info_knows_the_buffers_size),
		T(info_counts_probes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
