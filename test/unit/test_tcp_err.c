/*
 * net/tcp/tcp_err.c: ICMP errors about our segments (RFC 5927, RFC 1191,
 * RFC 6633; conformance rows 92 to 94, 148; threats 20, 21).
 */
#include "test/host/tcp_fixture.h"

#include <string.h>
#include "lib/errno.h"
#include "net/ipv4/icmp.h"
#include "net/ipv4/ip.h"
#include "test/host/machine_sim.h"

struct message {
	struct iphdr ip;
	struct icmphdr icmp;
	struct iphdr quote;
	be16 source, dest;
	be32 seq;
} packed;

/* A router tells of a segment of ours with that sequence number. */
static void icmp(struct tcp_fixture *f, u8 type, u8 code, u32 info, u32 seq)
{
	struct message m = {
		.ip = {.ver_ihl = 0x45,
		       .tot_len = htons(sizeof(m)),
		       .ttl = 64,
		       .protocol = IPPROTO_ICMP,
		       .saddr = IP4(10, 0, 0, 99),
		       .daddr = FIXTURE_ADDR},
		.icmp = {.type = type, .code = code, .info = htonl(info)},
		.quote = {.ver_ihl = 0x45,
			  .tot_len = htons(1500),
			  .ttl = 60,
			  .protocol = IPPROTO_TCP,
			  .saddr = FIXTURE_ADDR,
			  .daddr = FIXTURE_PEER},
		.source = htons(f->peer.server_port),
		.dest = htons(f->peer.port),
		.seq = htonl(seq),
	};

	m.ip.check = ip_fast_csum(&m.ip, 5);
	m.icmp.checksum =
		csum_fold(csum_partial(&m.icmp, sizeof(m) - sizeof(m.ip), 0));
	fixture_rx_ip(f->base, &m, sizeof(m));
}

static void unreachable(struct tcp_fixture *f, u8 code, u32 seq_rel)
{
	icmp(f, ICMP_DEST_UNREACH, code, 0, f->peer.guest_iss + seq_rel);
}

static u64 drops(struct tcp_fixture *f, enum drop_reason why)
{
	return net_drops(f->net, why);
}

/* Five bytes are in flight: 1 to 5. */
static struct socket *with_flight(struct tcp_fixture *f)
{
	struct socket *s = peer_connect(f);

	assert_int_equal(sock_send(s, "hello", 5, 0), 5);
	expect(f, TCP_PSH | TCP_ACK, 1, 1, 5);
	return s;
}

/* Row 148. */
static void only_what_is_in_flight_is_believed(void **state)
{
	static const u32 wrong[] = {0, 6, 7, 1000000, 0x80000000};
	struct tcp_fixture *f = *state;
	struct socket *s = with_flight(f);

	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		u64 before = drops(f, DROP_ICMP_BAD_QUOTE);

		unreachable(f, ICMP_HOST_UNREACH, wrong[i]);
		assert_int_equal(drops(f, DROP_ICMP_BAD_QUOTE), before + 1);
		assert_int_equal(s->sk->err_soft, 0);
	}
	for (u32 seq = 1; seq <= 5; seq++) {
		s->sk->err_soft = 0;
		unreachable(f, ICMP_HOST_UNREACH, seq);
		assert_int_equal(s->sk->err_soft, EHOSTUNREACH);
	}
	abort_socket(f, s);
}

/* SHLD-25: it is the reason, unless something has arrived since. */
static void a_soft_error_is_why_it_timed_out(void **state)
{
	struct tcp_fixture *f = *state;
	int ms = 5000;

	for (u32 progress = 0; progress < 2; progress++) {
		struct socket *s;
		char c;

		peer_become(f, (u16)(41000 + progress));
		s = with_flight(f);
		sock_setsockopt(s, SOL_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms));
		unreachable(f, ICMP_HOST_UNREACH, 1);
		if (progress)
			peer_send(f, TCP_ACK, 1, 3, NULL, 0);
		sim_run_ms(6000);
		fixture_tx_purge(f->base);
		assert_int_equal(sock_recv(s, &c, 1, 0),
				 progress ? -ETIMEDOUT : -EHOSTUNREACH);
		abort_socket(f, s);
	}
}

static void errors_about_nobody_are_counted(void **state)
{
	struct tcp_fixture *f = *state;
	u64 before = drops(f, DROP_ICMP_NO_SOCKET);

	unreachable(f, ICMP_PORT_UNREACH, 0);
	assert_int_equal(drops(f, DROP_ICMP_NO_SOCKET), before + 1);
}

/* Rows 92, 93: nothing resets an established connection. */
static void no_error_ends_an_established_connection(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = with_flight(f);
	u32 seq = f->peer.guest_iss + 1;
	char buf[4];

	for (u32 code = 0; code < 16; code++)
		if (code != ICMP_FRAG_NEEDED)
			unreachable(f, (u8)code, 1);
	icmp(f, ICMP_TIME_EXCEEDED, 0, 0, seq);
	icmp(f, ICMP_TIME_EXCEEDED, 1, 0, seq);
	icmp(f, ICMP_PARAMETERPROB, 0, 0, seq);
	assert_int_equal(tcp_of(s)->sk.state, TCP_ESTABLISHED);
	assert_int_equal(s->sk->err_soft, EPROTO);
	assert_int_equal(sock_poll(s), EPOLLOUT);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), -EAGAIN);
	expect_nothing(f);
	abort_socket(f, s);
}

static void soft_errors_have_their_numbers(void **state)
{
	static const int want[] = {ENETUNREACH,
				   EHOSTUNREACH,
				   ENOPROTOOPT,
				   ECONNREFUSED,
				   0,
				   EOPNOTSUPP,
				   ENETUNREACH,
				   EHOSTUNREACH,
				   EHOSTUNREACH,
				   ENETUNREACH,
				   EHOSTUNREACH};
	struct tcp_fixture *f = *state;
	struct socket *s = with_flight(f);

	for (u32 code = 0; code < ARRAY_SIZE(want); code++) {
		s->sk->err_soft = 0;
		unreachable(f, (u8)code, 1);
		assert_int_equal(s->sk->err_soft, want[code]);
	}
	abort_socket(f, s);
}

static void a_hard_error_refuses_a_connect(void **state)
{
	struct tcp_fixture *f = *state;

	for (u8 code = ICMP_PROT_UNREACH; code <= ICMP_PORT_UNREACH; code++) {
		struct socket *s = syn_sent(f, 80, TCP_SYN);
		int err;
		u32 len = sizeof(err);

		unreachable(f, code, 1); /* not our SYN */
		assert_int_equal(tcp_of(s)->sk.state, TCP_SYN_SENT);
		unreachable(f, code, 0);
		assert_int_equal(tcp_of(s)->sk.state, TCP_CLOSE);
		sock_getsockopt(s, SOL_SOCKET, SO_ERROR, &err, &len);
		assert_int_equal(err, code == ICMP_PORT_UNREACH ? ECONNREFUSED
								: ENOPROTOOPT);
		sock_close(s);
	}
}

static void a_soft_error_does_not(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = syn_sent(f, 80, TCP_SYN);

	unreachable(f, ICMP_HOST_UNREACH, 0);
	unreachable(f, ICMP_NET_UNREACH, 0);
	assert_int_equal(tcp_of(s)->sk.state, TCP_SYN_SENT);
	assert_int_equal(s->sk->err_soft, ENETUNREACH);
	abort_socket(f, s);
}

static void a_half_open_peer_that_is_not_there_is_forgotten(void **state)
{
	struct tcp_fixture *f = *state;

	peer_syn(f);
	expect(f, TCP_SYN | TCP_ACK, 0, 1, 0);
	unreachable(f, ICMP_PORT_UNREACH, 1);
	icmp(f, ICMP_TIME_EXCEEDED, 0, 0, f->peer.guest_iss);
	assert_int_equal(tcp_requests(f), 1);
	unreachable(f, ICMP_HOST_UNREACH, 0);
	assert_int_equal(tcp_requests(f), 0);
	assert_int_equal(f->net->sock_live, 1);
}

static void source_quench_is_ignored(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = with_flight(f);
	u32 cwnd = tcp_of(s)->cwnd;

	icmp(f, ICMP_SOURCE_QUENCH, 0, 0, f->peer.guest_iss + 1);
	assert_int_equal(tcp_of(s)->cwnd, cwnd);
	assert_int_equal(s->sk->err_soft, 0);
	abort_socket(f, s);
}

static void too_big(struct tcp_fixture *f, u32 mtu)
{
	icmp(f, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, mtu,
	     f->peer.guest_iss + 1);
}

/* RFC 1191: what was too long is sent again in pieces that fit. */
static void a_smaller_path_makes_smaller_segments(void **state)
{
	static u8 text[4000];
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	assert_int_equal(sock_send(s, text, 1460, 0), 1460);
	expect(f, TCP_PSH | TCP_ACK, 1, 1, 1460);
	too_big(f, 1000);
	assert_int_equal(tcp_of(s)->mss, 960);
	expect(f, TCP_ACK, 1, 1, 960);
	expect(f, TCP_PSH | TCP_ACK, 961, 1, 500);
	peer_send(f, TCP_ACK, 1, 1461, NULL, 0);
	assert_int_equal(sock_send(s, text, 1920, 0), 1920);
	expect(f, TCP_ACK, 1461, 1, 960);
	expect(f, TCP_PSH | TCP_ACK, 2421, 1, 960);
	abort_socket(f, s);
}

/* Threat 20: not below 552, and never up again. */
static void the_path_has_a_floor_and_only_shrinks(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = with_flight(f);

	too_big(f, 1500);
	too_big(f, 9000);
	assert_int_equal(tcp_of(s)->mss, 1460);
	too_big(f, 1400);
	assert_int_equal(tcp_of(s)->mss, 1360);
	too_big(f, 1401);
	assert_int_equal(tcp_of(s)->mss, 1360);
	too_big(f, 68);
	assert_int_equal(tcp_of(s)->mss, TCP_MIN_PMTU - 40);
	too_big(f, 0);
	assert_int_equal(tcp_of(s)->mss, TCP_MIN_PMTU - 40);
	expect_nothing(f); /* what was in flight fits */
	assert_int_equal(s->sk->err_soft, 0);
	abort_socket(f, s);
}

static void an_error_about_a_timewait_is_ignored(void **state)
{
	struct tcp_fixture *f = *state;

	close_first(f);
	for (u32 seq = 0; seq < 4; seq++)
		unreachable(f, ICMP_PORT_UNREACH, seq);
	assert_int_equal(f->net->tcp->timewait_count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T TCP_TEST
		T(only_what_is_in_flight_is_believed),
		T(a_soft_error_is_why_it_timed_out),
		T(errors_about_nobody_are_counted),
		T(no_error_ends_an_established_connection),
		T(soft_errors_have_their_numbers),
		T(a_hard_error_refuses_a_connect),
		T(a_soft_error_does_not),
		T(a_half_open_peer_that_is_not_there_is_forgotten),
		T(source_quench_is_ignored),
		T(a_smaller_path_makes_smaller_segments),
		T(the_path_has_a_floor_and_only_shrinks),
		T(an_error_about_a_timewait_is_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
