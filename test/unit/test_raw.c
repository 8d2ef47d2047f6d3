/* net/ipv4/raw.c: raw ICMP sockets, through the socket calls; IP_TTL. */
#include <string.h>
#include "lib/errno.h"
#include "net/ipv4/raw.h"
#include "test/host/machine_sim.h"
#include "test/host/udp_user.h"

static struct socket *raw_socket(struct fixture *f)
{
	struct socket *s;

	assert_int_equal(
		sock_create(f->net, AF_INET, SOCK_RAW, IPPROTO_ICMP, &s), 0);
	s->nonblock = true;
	return s;
}

/* An ICMP message from an address. */
static void rx_icmp(struct fixture *f, be32 src, u8 type, const char *text)
{
	u8 buf[600];
	size_t len = icmp_build(buf, type, 0, text, strlen(text));

	fixture_rx_datagram(
		f,
		&(struct datagram){.src = src, .data = buf, .len = (u32)len});
}

/* The next message in s has this type; its source. */
static be32 expect_message(struct socket *s, u8 type)
{
	struct sockaddr_in from;
	u8 buf[1024];
	ssize_t n = sock_recvfrom(s, buf, sizeof(buf), 0, &from);

	assert_in_range(n, 28, sizeof(buf));
	assert_int_equal(buf[0], 0x45);
	assert_int_equal(get_be16(buf + 2), n);
	assert_int_equal(buf[20], type);
	return from.addr;
}

static void only_icmp_is_offered(void **state)
{
	struct fixture *f = *state;
	struct socket *s;

	assert_int_equal(
		sock_create(f->net, AF_INET, SOCK_RAW, IPPROTO_UDP, &s),
		-EPROTONOSUPPORT);
}

static void a_message_comes_with_its_header(void **state)
{
	struct fixture *f = *state;
	struct socket *s = raw_socket(f);

	rx_icmp(f, FIXTURE_PEER, ICMP_ECHOREPLY, "abcd");
	fixture_no_drop(f);
	assert_true(be32_eq(expect_message(s, ICMP_ECHOREPLY), FIXTURE_PEER));
	expect_empty(s);
	sock_close(s);
	rx_icmp(f, FIXTURE_PEER, ICMP_ECHOREPLY, "abcd");
	fixture_drop(f, DROP_ICMP_UNKNOWN_TYPE);
}

static void an_echo_request_is_seen_and_answered(void **state)
{
	struct fixture *f = *state;
	struct socket *a = raw_socket(f), *b = raw_socket(f);

	fixture_ping(f, 64);
	expect_pong(f);
	expect_message(a, ICMP_ECHO);
	expect_message(b, ICMP_ECHO);
	sock_close(a);
	sock_close(b);
}

static void a_connected_one_hears_its_peer_and_errors(void **state)
{
	struct fixture *f = *state;
	struct socket *s = raw_socket(f);

	assert_int_equal(connect_to(s, FIXTURE_PEER, 0), 0);
	rx_icmp(f, IP4(10, 0, 0, 9), ICMP_ECHOREPLY, "abcd");
	expect_empty(s);
	rx_icmp(f, IP4(10, 0, 0, 9), ICMP_TIME_EXCEEDED, "too short");
	expect_message(s, ICMP_TIME_EXCEEDED);
	expect_empty(s);
	sock_close(s);
}

static void bad_messages_are_not_given(void **state)
{
	struct fixture *f = *state;
	struct socket *s = raw_socket(f);

	fixture_forget_drops(f);
	fixture_rx_datagram(f,
			    &(struct datagram){.data = "12345678", .len = 8});
	fixture_drop(f, DROP_ICMP_BAD_CHECKSUM);
	expect_empty(s);
	sock_close(s);
}

static void a_message_is_sent_in_a_header(void **state)
{
	struct fixture *f = *state;
	struct socket *s = raw_socket(f);
	struct sockaddr_in to = addr_at(FIXTURE_PEER, 0);
	int ttl = 3;
	struct sk_buff *skb;
	u8 buf[64];
	size_t len = icmp_build(buf, ICMP_ECHO, 0, "hello", 5);

	assert_int_equal(sock_send(s, buf, len, 0), -EDESTADDRREQ);
	assert_int_equal(sock_setsockopt(s, SOL_IP, IP_TTL, &ttl, sizeof(ttl)),
			 0);
	assert_int_equal(sock_sendto(s, buf, len, 0, &to), len);
	skb = expect_sent(f, IPPROTO_ICMP);
	assert_int_equal(sent_ip(skb)->ttl, 3);
	assert_true(be32_eq(sent_ip(skb)->saddr, FIXTURE_ADDR));
	assert_memory_equal(sent_l4(skb), buf, len);
	consume_skb(skb);
	assert_int_equal(net_mib(f->net, MIB_ICMP_OutEchos), 1);
	assert_int_equal(s->sk->wmem_alloc, 0);
	sock_close(s);
}

static void what_is_too_long_is_refused_or_cut(void **state)
{
	static u8 buf[65536];
	struct fixture *f = *state;
	struct socket *s = raw_socket(f);

	assert_int_equal(connect_to(s, FIXTURE_PEER, 0), 0);
	assert_int_equal(sock_send(s, buf, 65516, 0), -EMSGSIZE);
	assert_int_equal(sock_send(s, buf, 3000, 0), 3000);
	assert_int_equal(fixture_tx_count(f), 3);
	fixture_tx_purge(f);
	sock_close(s);
}

static void the_receive_buffer_is_bounded(void **state)
{
	struct fixture *f = *state;
	struct socket *s = raw_socket(f);
	u32 got = 0;
	char buf[64];

	s->sk->rcvbuf = 4096;
	for (u32 i = 0; i < 50; i++)
		rx_icmp(f, FIXTURE_PEER, ICMP_ECHOREPLY, "abcd");
	while (sock_recv(s, buf, sizeof(buf), 0) > 0)
		got++;
	assert_in_range(got, 1, 49);
	assert_int_equal(net_drops(f->net, DROP_RAW_RCVBUF), 50 - got);
	assert_int_equal(s->sk->rmem_alloc, 0);
	sock_close(s);
}

static void peek_and_trunc(void **state)
{
	struct fixture *f = *state;
	struct socket *s = raw_socket(f);
	u8 buf[8];

	rx_icmp(f, FIXTURE_PEER, ICMP_ECHOREPLY, "abcd");
	assert_int_equal(sock_recv(s, buf, 8, MSG_PEEK), 8);
	assert_int_equal(sock_recv(s, buf, 8, MSG_PEEK | MSG_TRUNC), 32);
	assert_int_equal(sock_recv(s, buf, 8, 0), 8);
	expect_empty(s);
	sock_close(s);
}

/* Nobody has the address: told after the neighbour's last try. */
static void a_silent_host_is_an_error(void **state)
{
	struct fixture *f = *state;
	struct socket *s = raw_socket(f);
	u8 buf[64];
	size_t len = icmp_build(buf, ICMP_ECHO, 0, "hello", 5);

	assert_int_equal(connect_to(s, IP4(10, 0, 0, 99), 0), 0);
	assert_int_equal(sock_send(s, buf, len, 0), len);
	fixture_run_ms(f, 5000);
	assert_true(sock_poll(s) & EPOLLERR);
	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), -EHOSTUNREACH);
	expect_empty(s);
	sock_close(s);
	fixture_tx_purge(f);
}

static void a_refused_peer_leaves_the_old_one(void **state)
{
	struct fixture *f = *state;
	struct socket *s = raw_socket(f);
	u8 buf[64];
	size_t len = icmp_build(buf, ICMP_ECHO, 0, "hello", 5);

	assert_int_equal(connect_to(s, FIXTURE_PEER, 0), 0);
	assert_int_equal(connect_to(s, IP4(10, 0, 0, 255), 0), -EACCES);
	assert_int_equal(sock_send(s, buf, len, 0), len);
	assert_int_equal(fixture_tx_count(f), 1);
	fixture_tx_purge(f);
	sock_close(s);
}

static void sockets_are_bounded(void **state)
{
	struct fixture *f = *state;
	struct socket *s[RAW_SOCK_MAX], *more;

	for (u32 i = 0; i < RAW_SOCK_MAX; i++)
		s[i] = raw_socket(f);
	assert_int_equal(
		sock_create(f->net, AF_INET, SOCK_RAW, IPPROTO_ICMP, &more),
		-ENOMEM);
	for (u32 i = 0; i < RAW_SOCK_MAX; i++)
		sock_close(s[i]);
	assert_int_equal(f->net->raw->count, 0);
}

static void failing_memory_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	struct socket *s = raw_socket(f);
	struct sockaddr_in to = addr_at(FIXTURE_PEER, 0);

	for (u64 n = 1; n < 6; n++) {
		/* The first two are of the frame itself. */
		sim_fail_alloc_after(n + 2);
		rx_icmp(f, FIXTURE_PEER, ICMP_ECHOREPLY, "abcd");
		sim_fail_alloc_after(n);
		(void)sock_sendto(s, "12345678", 8, 0, &to);
		sim_fail_alloc_after(0);
		fixture_tx_purge(f);
	}
	sock_close(s);
}

static void ttl_of_a_udp_socket(void **state)
{
	static const int bad[] = {0, 256, -2};
	struct fixture *f = *state;
	struct socket *s = open_socket(f);
	struct sockaddr_in to = addr_at(FIXTURE_PEER, 53);
	struct sk_buff *skb;
	u32 len = sizeof(int);
	int ttl = 0;

	assert_int_equal(sock_getsockopt(s, SOL_IP, IP_TTL, &ttl, &len), 0);
	assert_int_equal(ttl, 64);
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(sock_setsockopt(s, SOL_IP, IP_TTL, &bad[i],
						 sizeof(int)),
				 -EINVAL);
	for (ttl = 1; ttl <= 255; ttl += 127) {
		assert_int_equal(sock_setsockopt(s, SOL_IP, IP_TTL, &ttl, len),
				 0);
		assert_int_equal(sock_sendto(s, "x", 1, 0, &to), 1);
		skb = expect_sent(f, IPPROTO_UDP);
		assert_int_equal(sent_ip(skb)->ttl, ttl);
		consume_skb(skb);
	}
	ttl = -1;
	assert_int_equal(sock_setsockopt(s, SOL_IP, IP_TTL, &ttl, len), 0);
	assert_int_equal(sock_getsockopt(s, SOL_IP, IP_TTL, &ttl, &len), 0);
	assert_int_equal(ttl, 64);
	assert_int_equal(sock_setsockopt(s, SOL_IP, 99, &ttl, len),
			 -ENOPROTOOPT);
	sock_close(s);
}

#define T(t)                                                                   \
	cmocka_unit_test_setup_teardown(t, fixture_setup_peer, udp_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(only_icmp_is_offered),
		T(a_message_comes_with_its_header),
		T(an_echo_request_is_seen_and_answered),
		T(a_connected_one_hears_its_peer_and_errors),
		T(bad_messages_are_not_given),
		T(a_message_is_sent_in_a_header),
		T(what_is_too_long_is_refused_or_cut),
		T(a_refused_peer_leaves_the_old_one),
		T(the_receive_buffer_is_bounded),
		T(peek_and_trunc),
		T(a_silent_host_is_an_error),
		T(sockets_are_bounded),
		T(failing_memory_leaves_nothing),
		T(ttl_of_a_udp_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
