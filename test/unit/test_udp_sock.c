/*
 * net/ipv4/udp_sock.c and udp_output.c: what a program sees of UDP, through
 * the socket calls (conformance rows 35, 53, 56).
 */
#include "test/host/udp_user.h"

#include <stdlib.h>
#include <string.h>
#include "lib/errno.h"
#include "net/core/eth.h"
#include "net/ipv4/route.h"
#include "net/ipv4/udp_impl.h"
#include "test/host/machine_sim.h"

static void full_buffer_drops_and_counts(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound_socket(f, INADDR_ANY, 53);
	u32 sent = 0, got = 0;
	char buf[8];

	s->sk->rcvbuf = 4096;
	for (; sent < 100; sent++)
		rx_udp(f,
		       (struct udp){.sport = 4000, .dport = 53, .text = "x"});
	while (sock_recv(s, buf, sizeof(buf), 0) == 1)
		got++;
	assert_in_range(got, 1, 99);
	assert_int_equal(net_drops(f->net, DROP_UDP_RCVBUF), sent - got);
	assert_int_equal(net_mib(f->net, MIB_UDP_RcvbufErrors), sent - got);
	assert_int_equal(s->sk->rmem_alloc, 0);
	fixture_forget_drops(f);
	rx_udp(f, (struct udp){.sport = 4000, .dport = 53, .text = "again"});
	expect_text(s, "again");
	sock_close(s);
}

static void peek_and_trunc(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound_socket(f, INADDR_ANY, 53);
	char buf[4];
	struct iovec iov = {buf, 4};
	struct msghdr msg = {.iov = &iov, .iovlen = 1, .flags = MSG_PEEK};

	rx_udp(f, (struct udp){.sport = 4000, .dport = 53, .text = "abcdefgh"});
	assert_int_equal(sock_recvmsg(s, &msg), 4);
	assert_true(msg.flags & MSG_TRUNC);
	msg.flags = MSG_PEEK | MSG_TRUNC;
	assert_int_equal(sock_recvmsg(s, &msg), 8);
	msg.flags = 0;
	assert_int_equal(sock_recvmsg(s, &msg), 4);
	assert_true(msg.flags & MSG_TRUNC);
	assert_memory_equal(buf, "abcd", 4);
	expect_empty(s); /* the rest of a datagram is gone */
	sock_close(s);
}

static void gathers_and_scatters(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound_socket(f, INADDR_ANY, 53);
	struct sockaddr_in peer = addr_at(FIXTURE_PEER, 4000);
	char a[3], b[10];
	struct iovec out[] = {{"one ", 4}, {"", 0}, {"two", 3}};
	struct iovec in[] = {{a, 3}, {b, 10}};
	struct msghdr msg = {.name = &peer, .iov = out, .iovlen = 3};
	struct sk_buff *skb;

	assert_int_equal(sock_sendmsg(s, &msg), 7);
	skb = expect_sent(f, IPPROTO_UDP);
	assert_memory_equal((u8 *)sent_l4(skb) + 8, "one two", 7);
	consume_skb(skb);
	rx_udp(f, (struct udp){.sport = 4000, .dport = 53, .text = "12345"});
	msg = (struct msghdr){.iov = in, .iovlen = 2};
	assert_int_equal(sock_recvmsg(s, &msg), 5);
	assert_memory_equal(a, "123", 3);
	assert_memory_equal(b, "45", 2);
	assert_int_equal(msg.flags, 0);
	sock_close(s);
}

static void tos_is_the_programs(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound_socket(f, INADDR_ANY, 53);
	const struct sockaddr_in to = {AF_INET, BE16(4000), FIXTURE_PEER};
	struct sk_buff *skb;
	int tos = 0xb9;

	fixture_know_peer(f);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(sock_sendto(s, "x", 1, 0, &to), 1);
		skb = fixture_tx_ip(f);
		assert_int_equal(skb->data[ETH_HLEN + 1], i ? tos : 0);
		consume_skb(skb);
		assert_int_equal(
			sock_setsockopt(s, SOL_IP, IP_TOS, &tos, sizeof(tos)),
			0);
	}
	sock_close(s);
}

static void bind_follows_the_rules(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound_socket(f, INADDR_ANY, 53), *t = open_socket(f);

	assert_int_equal(bind_to(s, INADDR_ANY, 54), -EINVAL);
	assert_int_equal(bind_to(t, INADDR_ANY, 53), -EADDRINUSE);
	assert_int_equal(bind_to(t, FIXTURE_ADDR, 53), -EADDRINUSE);
	assert_int_equal(bind_to(t, IP4(10, 0, 0, 9), 54), -EADDRNOTAVAIL);
	set_option(t, SOL_SOCKET, SO_REUSEADDR, 1);
	assert_int_equal(bind_to(t, INADDR_ANY, 53), -EADDRINUSE);
	set_option(s, SOL_SOCKET, SO_REUSEADDR, 1);
	assert_int_equal(bind_to(t, INADDR_ANY, 53), 0);
	sock_close(s);
	sock_close(t);
	s = bound_socket(f, FIXTURE_ADDR, 53);
	t = bound_socket(f, IP4(127, 0, 0, 1), 53); /* another address */
	sock_close(s);
	sock_close(t);
}

static void port_0_binds_to_a_random_ephemeral_port(void **state)
{
	struct fixture *f = *state;
	struct socket *s[50];
	u32 ordered = 0;
	u16 last = 0;

	for (u32 i = 0; i < 50; i++) {
		struct sockaddr_in a;

		s[i] = bound_socket(f, INADDR_ANY, 0);
		assert_int_equal(sock_getname(s[i], &a, NULL), 0);
		assert_in_range(ntohs(a.port), UDP_PORT_MIN, UDP_PORT_MAX);
		ordered += ntohs(a.port) == last + 1;
		last = ntohs(a.port);
	}
	assert_true(ordered < 5);
	for (u32 i = 0; i < 50; i++)
		sock_close(s[i]);
}

static void sockets_are_bounded(void **state)
{
	struct fixture *f = *state;
	static struct socket *s[UDP_SOCK_MAX + 1];
	u32 n = 0;

	while (n <= UDP_SOCK_MAX &&
	       !sock_create(f->net, AF_INET, SOCK_DGRAM, 0, &s[n]))
		n++;
	assert_int_equal(n, UDP_SOCK_MAX);
	while (n)
		sock_close(s[--n]);
	s[0] = open_socket(f);
	sock_close(s[0]);
}

static void send_needs_a_destination(void **state)
{
	struct fixture *f = *state;
	struct socket *s = open_socket(f);
	struct sockaddr_in far = addr_at(IP4(8, 8, 8, 8), 53);
	struct sockaddr_in all = addr_at(INADDR_BROADCAST, 53);

	assert_int_equal(sock_send(s, "x", 1, 0), -EDESTADDRREQ);
	assert_int_equal(sock_sendto(s, "x", 1, 0, &far), -ENETUNREACH);
	assert_int_equal(sock_sendto(s, "x", 1, 0, &all), -EACCES);
	set_option(s, SOL_SOCKET, SO_BROADCAST, 1);
	assert_int_equal(sock_sendto(s, "x", 1, 0, &all), 1);
	consume_skb(expect_sent(f, IPPROTO_UDP));
	sock_close(s);
}

static void connect_fixes_the_peer_and_source(void **state)
{
	struct fixture *f = *state;
	struct socket *s = open_socket(f);
	struct sockaddr_in local, peer;
	struct sk_buff *skb;

	assert_int_equal(connect_to(s, IP4(8, 8, 8, 8), 53), -ENETUNREACH);
	assert_int_equal(connect_to(s, FIXTURE_PEER, 4000), 0);
	assert_int_equal(sock_getname(s, &local, &peer), 0);
	assert_true(be32_eq(local.addr, FIXTURE_ADDR));
	assert_in_range(ntohs(local.port), UDP_PORT_MIN, UDP_PORT_MAX);
	assert_int_equal(ntohs(peer.port), 4000);
	assert_int_equal(sock_send(s, "hi", 2, 0), 2);
	skb = expect_sent(f, IPPROTO_UDP);
	assert_int_equal(ntohs(((struct udphdr *)sent_l4(skb))->dest), 4000);
	consume_skb(skb);
	assert_int_equal(connect_to(s, FIXTURE_PEER, 4001), 0);
	assert_int_equal(sock_send(s, "hi", 2, 0), 2);
	skb = expect_sent(f, IPPROTO_UDP);
	assert_int_equal(ntohs(((struct udphdr *)sent_l4(skb))->dest), 4001);
	consume_skb(skb);
	sock_close(s);
}

static void way_follows_the_routes(void **state)
{
	struct fixture *f = *state;
	struct socket *s = open_socket(f);

	assert_int_equal(connect_to(s, FIXTURE_PEER, 4000), 0);
	assert_int_equal(sock_send(s, "hi", 2, 0), 2);
	consume_skb(expect_sent(f, IPPROTO_UDP));
	local_bh_disable();
	ip_clear_address(&f->dev);
	local_bh_enable();
	assert_true(sock_send(s, "hi", 2, 0) < 0);
	expect_silence(f);
	sock_close(s);
}

static void talks_to_itself_by_loopback(void **state)
{
	struct fixture *f = *state;
	const be32 own[] = {IP4(127, 0, 0, 1), FIXTURE_ADDR};

	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		struct socket *s = bound_socket(f, INADDR_ANY, 53),
			      *c = open_socket(f);
		struct sockaddr_in from;
		char buf[8];

		assert_int_equal(connect_to(c, own[i], 53), 0);
		assert_int_equal(sock_send(c, "ping", 4, 0), 4);
		fixture_settle(f);
		assert_int_equal(sock_recvfrom(s, buf, 8, 0, &from), 4);
		assert_true(be32_eq(from.addr, own[i]));
		assert_int_equal(sock_sendto(s, "pong", 4, 0, &from), 4);
		fixture_settle(f);
		expect_text(c, "pong");
		sock_close(s);
		/* And it learns that nobody is there any more. */
		assert_int_equal(sock_send(c, "ping", 4, 0), 4);
		fixture_settle(f);
		assert_int_equal(sock_recv(c, buf, 8, 0), -ECONNREFUSED);
		sock_close(c);
		expect_silence(f);
	}
	fixture_forget_drops(f);
}

static void longest_datagram_goes_both_ways(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound_socket(f, INADDR_ANY, 53);
	struct sockaddr_in peer = addr_at(FIXTURE_PEER, 4000);
	u8 *data = malloc(UDP_DATA_MAX + 1), *got = malloc(UDP_DATA_MAX);
	struct sk_buff *skb;

	for (u32 i = 0; i <= UDP_DATA_MAX; i++)
		data[i] = (u8)(i * 13 + i / 256);
	assert_int_equal(sock_sendto(s, data, UDP_DATA_MAX + 1, 0, &peer),
			 -EMSGSIZE);
	assert_int_equal(sock_sendto(s, data, UDP_DATA_MAX, 0, &peer),
			 UDP_DATA_MAX);
	/* Turn each fragment round and let it come back. */
	while ((skb = fixture_tx_ip(f)) != NULL) {
		struct iphdr *iph = sent_ip(skb);
		be32 saddr = iph->saddr;

		iph->saddr = iph->daddr;
		iph->daddr = saddr;
		if (!(ntohs(iph->frag_off) & IP_OFFSET)) {
			/* The sum is the same with the ports swapped. */
			struct udphdr *uh = (struct udphdr *)(iph + 1);

			uh->source = htons(4000);
			uh->dest = htons(53);
		}
		fixture_rx_ip(f, iph, ntohs(iph->tot_len));
		consume_skb(skb);
	}
	assert_int_equal(sock_recv(s, got, UDP_DATA_MAX, 0), UDP_DATA_MAX);
	assert_memory_equal(got, data, UDP_DATA_MAX);
	fixture_no_drop(f);
	sock_close(s);
	free(data);
	free(got);
}

static void send_buffer_is_bounded(void **state)
{
	struct fixture *f = *state;
	struct socket *s = open_socket(f);
	struct sockaddr_in nobody = addr_at(IP4(10, 0, 0, 77), 53);
	ssize_t n = 0;
	u32 sent = 0;

	s->sk->sndbuf = 4096;
	for (; sent < 1000; sent++) {
		n = sock_sendto(s, "x", 1, 0, &nobody); /* waits for ARP */
		if (n < 0)
			break;
	}
	assert_int_equal(n, -EAGAIN);
	assert_in_range(sent, 1, 16);
	assert_false(sock_poll(s) & EPOLLOUT);
	fixture_run_ms(f, 10000); /* the neighbour fails, all are dropped */
	assert_true(sock_poll(s) & EPOLLOUT);
	fixture_tx_purge(f);
	sock_close(s);
}

static void socket_in_flight_is_freed_later(void **state)
{
	struct fixture *f = *state;
	struct socket *s = open_socket(f);
	struct sockaddr_in nobody = addr_at(IP4(10, 0, 0, 77), 53);

	assert_int_equal(sock_sendto(s, "x", 1, 0, &nobody), 1);
	sock_close(s);
	assert_int_equal(f->net->sock_live, 1);
	fixture_run_ms(f, 10000);
	assert_int_equal(f->net->sock_live, 0);
	fixture_tx_purge(f);
}

static void close_frees_what_waits(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound_socket(f, INADDR_ANY, 53);

	for (u32 i = 0; i < 10; i++)
		rx_udp(f,
		       (struct udp){.sport = 4000, .dport = 53, .text = "x"});
	sock_close(s);
	assert_int_equal(f->net->skb_live, 0);
	fixture_no_drop(f);
}

static void shutdown_ends_each_way(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound_socket(f, INADDR_ANY, 53);
	char buf[4];

	assert_int_equal(sock_shutdown(s, SHUT_WR), -ENOTCONN);
	assert_int_equal(connect_to(s, FIXTURE_PEER, 4000), 0);
	assert_int_equal(sock_shutdown(s, SHUT_WR), 0);
	assert_int_equal(sock_send(s, "x", 1, 0), -EPIPE);
	expect_empty(s);
	rx_udp(f, (struct udp){.sport = 4000, .dport = 53, .text = "x"});
	assert_int_equal(sock_shutdown(s, SHUT_RD), 0);
	expect_text(s, "x");
	assert_int_equal(sock_recv(s, buf, 4, 0), 0);
	assert_true(sock_poll(s) & EPOLLHUP);
	sock_close(s);
}

static void options_of_no_kind_are_refused(void **state)
{
	struct fixture *f = *state;
	struct socket *s = open_socket(f);
	int v = 1;
	u32 len = sizeof(v);

	assert_int_equal(sock_setsockopt(s, IPPROTO_UDP, 1, &v, sizeof(v)),
			 -ENOPROTOOPT);
	assert_int_equal(sock_getsockopt(s, IPPROTO_UDP, 1, &v, &len),
			 -ENOPROTOOPT);
	assert_int_equal(sock_listen(s, 5), -EOPNOTSUPP);
	sock_close(s);
}

static void failing_memory_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in peer = addr_at(FIXTURE_PEER, 4000);

	for (u32 n = 1; n < 6; n++) {
		struct socket *s = NULL;

		sim_fail_alloc_after(n);
		if (!sock_create(f->net, AF_INET, SOCK_DGRAM, 0, &s)) {
			s->nonblock = true;
			(void)sock_sendto(s, "x", 1, 0, &peer);
			sock_close(s);
		}
		sim_fail_alloc_after(0);
		fixture_tx_purge(f);
		assert_int_equal(f->net->sock_live, 0);
		assert_int_equal(f->net->skb_live, 0);
	}
}

static void count_sock(struct sock *sk, void *arg)
{
	++*(u32 *)arg;
}

static void walk_shows_each_bound_socket(void **state)
{
	struct fixture *f = *state;
	struct socket *a = bound_socket(f, INADDR_ANY, 53),
		      *b = bound_socket(f, INADDR_ANY, 53 + UDP_BUCKETS);
	u32 n = 0;

	udp_walk(f->net, count_sock, &n);
	assert_int_equal(n, 2);
	sock_close(a);
	sock_close(b);
}

#define T(t)                                                                   \
	cmocka_unit_test_setup_teardown(t, fixture_setup_peer, udp_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(full_buffer_drops_and_counts),
		T(peek_and_trunc),
		T(gathers_and_scatters),
		T(tos_is_the_programs),
		T(bind_follows_the_rules),
		T(port_0_binds_to_a_random_ephemeral_port),
		T(sockets_are_bounded),
		T(send_needs_a_destination),
		T(connect_fixes_the_peer_and_source),
		T(way_follows_the_routes),
		T(talks_to_itself_by_loopback),
		T(longest_datagram_goes_both_ways),
		T(send_buffer_is_bounded),
		T(socket_in_flight_is_freed_later),
		T(close_frees_what_waits),
		T(shutdown_ends_each_way),
		T(options_of_no_kind_are_refused),
		T(failing_memory_leaves_nothing),
		T(walk_shows_each_bound_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
