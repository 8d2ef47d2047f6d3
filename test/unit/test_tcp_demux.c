/*
 * Early demux (net/ipv4/ip_input.c, tcp_early_demux): a connection's socket
 * is found before the addresses are judged, remembers that they were good,
 * and is held by the packet until it has it.
 */
#include "test/host/tcp_fixture.h"

#include <string.h>
#include "net/ipv4/fib.h"
#include "net/ipv4/ip.h"
#include "test/host/datagram.h"
#include "test/host/machine_sim.h"

/* Sees what early demux does, and may act before the segment is delivered. */
static struct {
	u32 asked, delivered;
	struct sock *sk; /* found by the last */
	u32 refcnt;	 /* while the packet has it */
	struct tcp_sock *abort;
} spy;

static void spy_demux(struct sk_buff *skb)
{
	tcp_early_demux(skb);
	spy.asked++;
	spy.sk = skb->sk;
	spy.refcnt = skb->sk ? skb->sk->refcnt : 0;
}

static void spy_rcv(struct sk_buff *skb)
{
	spy.delivered++;
	if (spy.abort)
		tcp_abort(spy.abort, ECONNABORTED);
	tcp_rcv(skb);
}

static const struct net_protocol spy_protocol = {
	.rcv = spy_rcv, .err = tcp_err, .early_demux = spy_demux};

static int setup(void **state)
{
	struct tcp_fixture *f;

	tcp_fixture_setup(state);
	f = *state;
	memset(&spy, 0, sizeof(spy));
	f->net->protocols[IPPROTO_TCP] = &spy_protocol;
	return 0;
}

static void reads(struct socket *s, const char *text)
{
	char buf[64];
	ssize_t n = sock_recv(s, buf, sizeof(buf), MSG_DONTWAIT);

	assert_int_equal(n, strlen(text));
	assert_memory_equal(buf, text, (size_t)n);
}

/* The peer's next segment as bytes, with the addresses' checksum. */
static u32 segment(struct tcp_fixture *f, u8 *to, be32 addr, const char *text)
{
	u32 len = (u32)(sizeof(struct tcphdr) + strlen(text));
	struct tcphdr *th = (void *)to;

	*th = (struct tcphdr){
		.source = htons(f->peer.port),
		.dest = htons(f->peer.server_port),
		.seq = htonl(f->peer.iss + 1),
		.ack_seq = htonl(f->peer.guest_iss + 1),
		.doff = sizeof(*th) / 4 << 4,
		.flags = TCP_ACK,
		.window = htons(8000),
	};
	memcpy(th + 1, text, strlen(text));
	th->check = csum_fold(
		csum_partial(th, len,
			     csum_pseudo(addr.raw ? addr : FIXTURE_PEER,
					 addr.raw ? addr : FIXTURE_ADDR,
					 IPPROTO_TCP, (u16)len)));
	return len;
}

static void a_connections_segment_brings_its_socket(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	u32 refcnt = s->sk->refcnt;

	peer_send(f, TCP_ACK, 1, 1, "abc", 3);
	assert_ptr_equal(spy.sk, s->sk);
	assert_int_equal(spy.refcnt, refcnt + 1);
	assert_int_equal(s->sk->refcnt, refcnt);
	reads(s, "abc");
	abort_socket(f, s);
}

static void a_listeners_handshake_brings_none(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	assert_int_equal(spy.asked, 2);
	assert_null(spy.sk);
	abort_socket(f, s);
}

static void an_unknown_segment_brings_none(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	f->peer.server_port++;
	peer_send(f, TCP_ACK, 1, 1, "abc", 3);
	fixture_drop(f->base, DROP_TCP_NO_SOCKET);
	assert_int_equal(spy.asked, 3);
	assert_null(spy.sk);
	fixture_tx_purge(f->base);
	abort_socket(f, s);
}

static void time_wait_brings_none(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	sock_close(s);
	expect(f, TCP_ACK | TCP_FIN, 1, 1, 0);
	peer_send(f, TCP_ACK | TCP_FIN, 1, 2, NULL, 0);
	assert_non_null(spy.sk);
	expect(f, TCP_ACK, 2, 2, 0);
	peer_send(f, TCP_ACK | TCP_FIN, 1, 2, NULL, 0);
	assert_null(spy.sk);
	expect(f, TCP_ACK, 2, 2, 0);
}

/* The header ends inside the ports, or behind them. */
static void too_short_a_segment_brings_none(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	u8 bytes[64];

	segment(f, bytes, INADDR_ANY, "");
	for (u32 len = 0; len < sizeof(struct tcphdr); len++) {
		fixture_rx_datagram(f->base,
				    &(struct datagram){.proto = IPPROTO_TCP,
						       .data = bytes,
						       .len = len});
		fixture_drop(f->base, DROP_TCP_SHORT);
		assert_null(spy.sk);
	}
	abort_socket(f, s);
}

/* They are looked up when they are whole, and when IP is through with them. */
static void fragments_and_options_are_not_asked_about(void **state)
{
	static const u8 nops[4] = {1, 1, 1, 1};
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	u8 bytes[64];
	u32 len = segment(f, bytes, INADDR_ANY, "abcdefgh");
	struct datagram d = {.proto = IPPROTO_TCP, .data = bytes, .len = 24};

	spy.asked = spy.delivered = 0;
	d.frag = IP_MF;
	fixture_rx_datagram(f->base, &d);
	assert_int_equal(spy.delivered, 0);
	d.frag = 24 / 8;
	d.data = bytes + 24;
	d.len = len - 24;
	fixture_rx_datagram(f->base, &d);
	assert_int_equal(spy.delivered, 1);
	reads(s, "abcdefgh");
	d = (struct datagram){.proto = IPPROTO_TCP,
			      .data = bytes,
			      .len = len,
			      .options = nops,
			      .optlen = sizeof(nops)};
	fixture_rx_datagram(f->base, &d);
	assert_int_equal(spy.delivered, 2);
	assert_int_equal(spy.asked, 0);
	abort_socket(f, s);
}

/* The packet is all that still holds it; the segment finds nobody. */
static void a_socket_may_end_before_it_is_given_the_packet(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	tcp_fixture_unlisten(f);
	spy.abort = tcp_of(s);
	peer_send(f, TCP_ACK, 1, 1, "abc", 3);
	assert_ptr_equal(spy.sk, s->sk);
	fixture_drop(f->base, DROP_TCP_NO_SOCKET);
	expect_rst(f, 1);
	assert_int_equal(s->sk->refcnt, 1);
	sock_close(s);
}

static void a_bad_segment_lets_go_of_the_socket(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	u32 refcnt = s->sk->refcnt;
	u8 bytes[64];
	u32 len = segment(f, bytes, INADDR_ANY, "abc");

	bytes[len - 1] ^= 1;
	fixture_rx_datagram(f->base, &(struct datagram){.proto = IPPROTO_TCP,
							.data = bytes,
							.len = len});
	fixture_drop(f->base, DROP_TCP_BAD_CHECKSUM);
	assert_ptr_equal(spy.sk, s->sk);
	assert_int_equal(s->sk->refcnt, refcnt);
	abort_socket(f, s);
}

/* Not by the cache of all: that has forgotten, and is not asked. */
static void a_connection_remembers_its_way_in(void **state)
{
	struct tcp_fixture *f = *state;
	struct ip_input_entry *input = f->net->fib->input;
	struct socket *s = peer_connect(f);

	peer_send(f, TCP_ACK, 1, 1, "abc", 3);
	memset(input, 0, sizeof(f->net->fib->input));
	peer_send(f, TCP_ACK, 4, 1, "def", 3);
	reads(s, "abcdef");
	for (u32 i = 0; i < 1 << INPUT_CACHE_BITS; i++)
		assert_int_equal(input[i].dst.gen, 0);
	abort_socket(f, s);
}

/* Nor does it learn from the cache alone. */
static void a_connection_learns_when_the_cache_has_forgotten(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	assert_int_equal(s->sk->rx_dst.gen, 0);
	memset(f->net->fib->input, 0, sizeof(f->net->fib->input));
	peer_send(f, TCP_ACK, 1, 1, "abc", 3);
	assert_int_equal(s->sk->rx_dst.gen, f->net->route_gen);
	assert_ptr_equal(s->sk->rx_dst.dev, &f->base->dev);
	abort_socket(f, s);
}

static void an_address_that_has_gone_is_not_ours_any_more(void **state)
{
	const be32 mask = IP4(255, 255, 255, 0);
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	u32 refcnt = s->sk->refcnt;

	peer_send(f, TCP_ACK, 1, 1, "abc", 3);
	assert_int_equal(ip_set_address(&f->base->dev, IP4(10, 0, 0, 3), mask),
			 0);
	fixture_forget_drops(f->base);
	peer_send(f, TCP_ACK, 4, 1, "def", 3);
	fixture_drop(f->base, DROP_IP_NOT_MINE);
	assert_ptr_equal(spy.sk, s->sk);
	assert_int_equal(s->sk->refcnt, refcnt);
	reads(s, "abc");
	abort_socket(f, s);
}

static void a_new_route_asks_again(void **state)
{
	struct tcp_fixture *f = *state;
	const struct fib_route route = {.dest = IP4(10, 9, 0, 0),
					.mask = IP4(255, 255, 0, 0),
					.gateway = FIXTURE_PEER,
					.dev = &f->base->dev};
	struct socket *s = peer_connect(f);

	peer_send(f, TCP_ACK, 1, 1, "abc", 3);
	assert_int_equal(fib_add(f->net, &route), 0);
	assert_int_not_equal(s->sk->rx_dst.gen, f->net->route_gen);
	peer_send(f, TCP_ACK, 4, 1, "def", 3);
	assert_int_equal(s->sk->rx_dst.gen, f->net->route_gen);
	reads(s, "abcdef");
	abort_socket(f, s);
}

/* What is good on lo is a forgery on a wire, be the connection known. */
static void another_device_is_judged_for_itself(void **state)
{
	const be32 self = IP4(127, 0, 0, 1);
	struct tcp_fixture *f = *state;
	struct sockaddr_in addr = addr_at(self, SERVER_PORT);
	struct socket *client = tcp_socket(f), *s;
	u8 bytes[64];
	u32 len, refcnt;

	assert_int_equal(sock_connect(client, &addr), -EINPROGRESS);
	fixture_settle(f->base);
	assert_int_equal(sock_accept(f->listener, &s, NULL), 0);
	assert_int_equal(sock_send(client, "abc", 3, 0), 3);
	fixture_settle(f->base);
	assert_ptr_equal(s->sk->rx_dst.dev, f->net->loopback);
	refcnt = s->sk->refcnt;
	f->peer.port = ntohs(client->sk->sport);
	len = segment(f, bytes, self, "forged");
	fixture_forget_drops(f->base);
	fixture_rx_datagram(f->base, &(struct datagram){.src = self,
							.dst = self,
							.proto = IPPROTO_TCP,
							.data = bytes,
							.len = len});
	fixture_drop(f->base, DROP_IP_LOOPBACK_ON_WIRE);
	assert_ptr_equal(spy.sk, s->sk);
	assert_int_equal(s->sk->refcnt, refcnt);
	reads(s, "abc");
	abort_socket(f, client);
	abort_socket(f, s);
}

/* It was the way from another peer. */
static void connecting_again_forgets_the_way_in(void **state)
{
	struct sockaddr_in addr = addr_at(FIXTURE_PEER, 9001);
	struct tcp_fixture *f = *state;
	struct socket *s = peer_accept(f, 9000);
	int err;

	peer_send(f, TCP_RST, 1, 0, NULL, 0);
	assert_int_not_equal(s->sk->rx_dst.gen, 0);
	err = sock_connect(s, &addr);
	if (err != -EINPROGRESS) /* the reset is told first */
		err = sock_connect(s, &addr);
	assert_int_equal(err, -EINPROGRESS);
	assert_int_equal(s->sk->rx_dst.gen, 0);
	abort_socket(f, s);
}

int main(void)
{
#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, setup, tcp_fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(a_connections_segment_brings_its_socket),
		T(a_listeners_handshake_brings_none),
		T(an_unknown_segment_brings_none),
		T(time_wait_brings_none),
		T(too_short_a_segment_brings_none),
		T(fragments_and_options_are_not_asked_about),
		T(a_socket_may_end_before_it_is_given_the_packet),
		T(a_bad_segment_lets_go_of_the_socket),
		T(a_connection_remembers_its_way_in),
		T(a_connection_learns_when_the_cache_has_forgotten),
		T(an_address_that_has_gone_is_not_ours_any_more),
		T(a_new_route_asks_again),
		T(another_device_is_judged_for_itself),
		T(connecting_again_forgets_the_way_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
