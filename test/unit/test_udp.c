/*
 * net/ipv4/udp*.c through the socket calls, none of them blocking
 * (conformance rows 35, 53 to 57; threats 1, 36).
 */
#include "test/host/datagram.h"

#include <stdlib.h>
#include <string.h>
#include "lib/errno.h"
#include "net/core/eth.h"
#include "net/ipv4/route.h"
#include "net/ipv4/udp_impl.h"
#include "net/socket/socket.h"
#include "test/host/machine_sim.h"

static int setup(void **state)
{
	fixture_setup(state);
	fixture_know_peer(*state);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(f->net->sock_live, 0);
	return fixture_teardown(state);
}

static struct sockaddr_in at(be32 addr, u16 port)
{
	return (struct sockaddr_in){AF_INET, htons(port), addr};
}

static struct socket *open_socket(struct fixture *f)
{
	struct socket *s;

	assert_int_equal(sock_create(f->net, AF_INET, SOCK_DGRAM, 0, &s), 0);
	s->nonblock = true;
	return s;
}

static int bind_to(struct socket *s, be32 addr, u16 port)
{
	struct sockaddr_in a = at(addr, port);

	return sock_bind(s, &a);
}

static struct socket *bound(struct fixture *f, be32 addr, u16 port)
{
	struct socket *s = open_socket(f);

	assert_int_equal(bind_to(s, addr, port), 0);
	return s;
}

static int connect_to(struct socket *s, be32 addr, u16 port)
{
	struct sockaddr_in a = at(addr, port);

	return sock_connect(s, &a);
}

struct udp {
	be32 src, dst; /* 0: the peer, eth0 */
	u16 sport, dport;
	const char *text;
};

static void rx(struct fixture *f, struct udp u)
{
	u8 buf[2048];
	const u16 ports[2] = {u.sport, u.dport};
	be32 src = u.src.raw ? u.src : FIXTURE_PEER;
	be32 dst = u.dst.raw ? u.dst : FIXTURE_ADDR;

	fixture_rx_datagram(f, &(struct datagram){
		.proto = IPPROTO_UDP, .src = src, .dst = dst, .data = buf,
		.len = (u32)udp_build(buf, src, dst, ports, u.text)});
}

static void expect_text(struct socket *s, const char *text)
{
	char buf[2048];
	ssize_t n = sock_recv(s, buf, sizeof(buf), 0);

	assert_int_equal(n, strlen(text));
	assert_memory_equal(buf, text, (size_t)n);
}

static void expect_empty(struct socket *s)
{
	char buf[8];

	assert_int_equal(sock_recv(s, buf, sizeof(buf), 0), -EAGAIN);
}

static void datagram_reaches_its_socket(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound(f, INADDR_ANY, 53);
	struct sockaddr_in from;
	char buf[16];

	assert_int_equal(sock_poll(s), EPOLLOUT);
	rx(f, (struct udp){.sport = 4000, .dport = 53, .text = "hello"});
	assert_int_equal(sock_poll(s), EPOLLIN | EPOLLOUT);
	assert_int_equal(sock_recvfrom(s, buf, sizeof(buf), 0, &from), 5);
	assert_memory_equal(buf, "hello", 5);
	assert_int_equal(from.family, AF_INET);
	assert_int_equal(ntohs(from.port), 4000);
	assert_true(be32_eq(from.addr, FIXTURE_PEER));
	expect_empty(s);
	fixture_no_drop(f);
	assert_int_equal(net_mib(f->net, MIB_UDP_InDatagrams), 1);
	sock_close(s);
}

static void empty_datagram_is_a_datagram(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound(f, INADDR_ANY, 53);

	rx(f, (struct udp){.sport = 4000, .dport = 53, .text = ""});
	expect_text(s, "");
	expect_empty(s);
	sock_close(s);
}

static void echo_goes_back(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound(f, INADDR_ANY, 7777);
	struct sockaddr_in from;
	struct sk_buff *skb;
	struct udphdr *uh;
	char buf[16];

	rx(f, (struct udp){.sport = 4000, .dport = 7777, .text = "ball"});
	assert_int_equal(sock_recvfrom(s, buf, sizeof(buf), 0, &from), 4);
	assert_int_equal(sock_sendto(s, buf, 4, 0, &from), 4);
	skb = expect_sent(f, IPPROTO_UDP);
	uh = sent_l4(skb);
	assert_int_equal(ntohs(uh->source), 7777);
	assert_int_equal(ntohs(uh->dest), 4000);
	assert_int_equal(ntohs(uh->len), 12);
	assert_memory_equal(uh + 1, "ball", 4);
	assert_true(be32_eq(sent_ip(skb)->saddr, FIXTURE_ADDR));
	assert_true(be32_eq(sent_ip(skb)->daddr, FIXTURE_PEER));
	consume_skb(skb);
	assert_int_equal(net_mib(f->net, MIB_UDP_OutDatagrams), 1);
	sock_close(s);
}

static void answers_from_the_address_asked(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound(f, INADDR_ANY, 53);
	struct net_device other;
	struct sockaddr_in from, elsewhere = at(FIXTURE_PEER, 4001);
	struct sk_buff *skb;
	char buf[16];

	fixture_add_dev(f, &other, "eth1");
	assert_int_equal(ip_set_address(&other, IP4(10, 1, 0, 1),
					IP4(255, 255, 0, 0)), 0);
	rx(f, (struct udp){.dst = IP4(10, 1, 0, 1), .sport = 4000, .dport = 53,
			   .text = "q"});
	assert_int_equal(sock_recvfrom(s, buf, sizeof(buf), 0, &from), 1);
	assert_int_equal(sock_sendto(s, "a", 1, 0, &from), 1);
	skb = expect_sent(f, IPPROTO_UDP);
	assert_true(be32_eq(sent_ip(skb)->saddr, IP4(10, 1, 0, 1)));
	consume_skb(skb);
	assert_int_equal(sock_sendto(s, "b", 1, 0, &elsewhere), 1);
	skb = expect_sent(f, IPPROTO_UDP);
	assert_true(be32_eq(sent_ip(skb)->saddr, FIXTURE_ADDR));
	consume_skb(skb);
	sock_close(s);
	unregister_netdev(&other);
}

static void best_match_is_connected_then_bound_then_any(void **state)
{
	struct fixture *f = *state;
	struct socket *any = open_socket(f), *addr = open_socket(f),
		      *conn = open_socket(f);
	int one = 1;

	assert_int_equal(sock_setsockopt(any, SOL_SOCKET, SO_REUSEADDR, &one,
					 sizeof(one)), 0);
	assert_int_equal(sock_setsockopt(addr, SOL_SOCKET, SO_REUSEADDR, &one,
					 sizeof(one)), 0);
	assert_int_equal(sock_setsockopt(conn, SOL_SOCKET, SO_REUSEADDR, &one,
					 sizeof(one)), 0);
	assert_int_equal(bind_to(conn, INADDR_ANY, 53), 0);
	assert_int_equal(bind_to(addr, FIXTURE_ADDR, 53), 0);
	assert_int_equal(bind_to(any, INADDR_ANY, 53), 0);
	assert_int_equal(connect_to(conn, FIXTURE_PEER, 4000), 0);
	rx(f, (struct udp){.sport = 4000, .dport = 53, .text = "conn"});
	rx(f, (struct udp){.sport = 4001, .dport = 53, .text = "addr"});
	rx(f, (struct udp){.dst = INADDR_BROADCAST, .sport = 4002, .dport = 53,
			   .text = "any"});
	expect_text(conn, "conn");
	expect_text(addr, "addr");
	expect_text(any, "any");
	expect_empty(conn);
	expect_empty(addr);
	expect_empty(any);
	sock_close(any);
	sock_close(addr);
	sock_close(conn);
}

static void broadcast_is_for_the_wildcard_only(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound(f, FIXTURE_ADDR, 53);

	rx(f, (struct udp){.dst = IP4(10, 0, 0, 255), .sport = 1, .dport = 53,
			   .text = "x"});
	fixture_drop(f, DROP_UDP_NO_PORT);
	expect_empty(s);
	expect_silence(f);
	assert_int_equal(net_mib(f->net, MIB_UDP_IgnoredMulti), 1);
	assert_int_equal(net_mib(f->net, MIB_UDP_NoPorts), 0);
	sock_close(s);
}

static void closed_port_is_unreachable(void **state)
{
	struct fixture *f = *state;

	rx(f, (struct udp){.sport = 4000, .dport = 9, .text = "x"});
	expect_icmp(f, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH);
	fixture_drop(f, DROP_UDP_NO_PORT);
	assert_int_equal(net_mib(f->net, MIB_UDP_NoPorts), 1);
}

static void strangers_cannot_reach_a_connected_socket(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound(f, INADDR_ANY, 53);

	assert_int_equal(connect_to(s, FIXTURE_PEER, 4000), 0);
	rx(f, (struct udp){.sport = 4001, .dport = 53, .text = "x"});
	fixture_drop(f, DROP_UDP_NOT_CONNECTED_PEER);
	expect_icmp(f, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH);
	rx(f, (struct udp){.src = IP4(10, 0, 0, 9), .sport = 4000, .dport = 53,
			   .text = "x"});
	fixture_drop(f, DROP_UDP_NOT_CONNECTED_PEER);
	expect_empty(s);
	fixture_tx_purge(f);
	sock_close(s);
	fixture_run_ms(f, 10000);
	fixture_tx_purge(f);
	fixture_forget_drops(f);
}

/* RFC 768: at least 8, at most what IP brought; less is cut. */
static void judges_all_length_fields(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound(f, INADDR_ANY, 53);
	const u32 real = 8 + 6;

	for (u32 len = 0; len <= 40; len++) {
		u8 buf[64] = {0};
		struct udphdr *uh = (struct udphdr *)buf;
		u8 got[64];

		*uh = (struct udphdr){htons(4000), htons(53), htons((u16)len),
				      {0}};
		memcpy(uh + 1, "abcdef", 6);
		fixture_rx_datagram(f, &(struct datagram){
			.proto = 17, .data = buf, .len = real});
		if (len >= 8 && len <= real) {
			fixture_no_drop(f);
			assert_int_equal(sock_recv(s, got, sizeof(got), 0),
					 len - 8);
		} else {
			fixture_drop(f, DROP_UDP_BAD_LENGTH);
			expect_empty(s);
		}
		expect_silence(f);
	}
	sock_close(s);
}

static void shorter_than_a_header_is_dropped(void **state)
{
	struct fixture *f = *state;

	for (u32 len = 0; len < 8; len++) {
		fixture_rx_datagram(f, &(struct datagram){
			.proto = 17, .data = "\0\1\0\1\0\10\0\0", .len = len});
		fixture_drop(f, DROP_UDP_SHORT);
	}
	assert_int_equal(net_mib(f->net, MIB_UDP_InErrors), 8);
}

static void every_bit_flip_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound(f, INADDR_ANY, 53);
	const u16 ports[2] = {4000, 53};
	u8 buf[64];
	u32 len = (u32)udp_build(buf, FIXTURE_PEER, FIXTURE_ADDR, ports, "odd");

	for (u32 bit = 0; bit < len * 8; bit++) {
		buf[bit / 8] ^= (u8)(1u << bit % 8);
		fixture_rx_datagram(f, &(struct datagram){
			.proto = 17, .data = buf, .len = len});
		buf[bit / 8] ^= (u8)(1u << bit % 8);
		expect_empty(s);
		expect_silence(f);
	}
	assert_int_equal(net_mib(f->net, MIB_UDP_InDatagrams), 0);
	assert_true(net_mib(f->net, MIB_UDP_InCsumErrors) > len * 8 - 17);
	fixture_forget_drops(f);
	sock_close(s);
}

static void zero_checksum_means_none(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound(f, INADDR_ANY, 53);

	fixture_rx_datagram(f, &(struct datagram){
		.proto = 17, .data = "\17\240\0\65\0\12\0\0ok", .len = 10});
	expect_text(s, "ok");
	sock_close(s);
}

/* Data whose sum computes to 0: sent as FFFF, by software and by device. */
static void computed_zero_is_sent_as_all_ones(void **state)
{
	struct fixture *f = *state;
	static const u32 features[] = {0, NETIF_F_HW_CSUM};
	struct sockaddr_in peer = at(FIXTURE_PEER, 4000);

	for (size_t i = 0; i < ARRAY_SIZE(features); i++) {
		struct socket *s = bound(f, INADDR_ANY, 53);
		u32 zeros = 0;

		f->dev.features = features[i];
		for (u32 word = 0; word < 65536; word++) {
			u8 data[2];
			struct sk_buff *skb;
			struct udphdr *uh;

			put_be16(data, (u16)word);
			assert_int_equal(sock_sendto(s, data, 2, 0, &peer), 2);
			skb = expect_sent(f, IPPROTO_UDP);
			uh = sent_l4(skb);
			assert_int_not_equal(uh->check.raw, 0);
			zeros += uh->check.raw == 0xffff;
			consume_skb(skb);
		}
		assert_in_range(zeros, 1, 2);
		sock_close(s);
	}
}

static void port_0_is_nobody(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in a = at(FIXTURE_PEER, 0);
	struct socket *s = open_socket(f);

	rx(f, (struct udp){.sport = 4000, .dport = 0, .text = "x"});
	fixture_drop(f, DROP_UDP_BAD_PORT);
	assert_int_equal(sock_sendto(s, "x", 1, 0, &a), -EINVAL);
	assert_int_equal(sock_connect(s, &a), -EINVAL);
	sock_close(s);
}

static void small_servers_do_not_talk_to_each_other(void **state)
{
	struct fixture *f = *state;
	static const u16 chatty[] = {7, 13, 17, 19, 37};
	struct socket *s = bound(f, INADDR_ANY, 7);

	for (size_t i = 0; i < ARRAY_SIZE(chatty); i++) {
		rx(f, (struct udp){.sport = chatty[i], .dport = 7,
				   .text = "x"});
		fixture_drop(f, DROP_UDP_ECHO_LOOP);
	}
	expect_empty(s);
	rx(f, (struct udp){.sport = 8, .dport = 7, .text = "x"});
	expect_text(s, "x");
	sock_close(s);
}

static void full_buffer_drops_and_counts(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound(f, INADDR_ANY, 53);
	u32 sent = 0, got = 0;
	char buf[8];

	s->sk->rcvbuf = 4096;
	for (; sent < 100; sent++)
		rx(f, (struct udp){.sport = 4000, .dport = 53, .text = "x"});
	while (sock_recv(s, buf, sizeof(buf), 0) == 1)
		got++;
	assert_in_range(got, 1, 99);
	assert_int_equal(net_drops(f->net, DROP_UDP_RCVBUF), sent - got);
	assert_int_equal(net_mib(f->net, MIB_UDP_RcvbufErrors), sent - got);
	assert_int_equal(s->sk->rmem_alloc, 0);
	fixture_forget_drops(f);
	rx(f, (struct udp){.sport = 4000, .dport = 53, .text = "again"});
	expect_text(s, "again");
	sock_close(s);
}

static void peek_and_trunc(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound(f, INADDR_ANY, 53);
	char buf[4];
	struct iovec iov = {buf, 4};
	struct msghdr msg = {.iov = &iov, .iovlen = 1, .flags = MSG_PEEK};

	rx(f, (struct udp){.sport = 4000, .dport = 53, .text = "abcdefgh"});
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
	struct socket *s = bound(f, INADDR_ANY, 53);
	struct sockaddr_in peer = at(FIXTURE_PEER, 4000);
	char a[3], b[10];
	struct iovec out[] = {{"one ", 4}, {"", 0}, {"two", 3}};
	struct iovec in[] = {{a, 3}, {b, 10}};
	struct msghdr msg = {.name = &peer, .iov = out, .iovlen = 3};
	struct sk_buff *skb;

	assert_int_equal(sock_sendmsg(s, &msg), 7);
	skb = expect_sent(f, IPPROTO_UDP);
	assert_memory_equal((u8 *)sent_l4(skb) + 8, "one two", 7);
	consume_skb(skb);
	rx(f, (struct udp){.sport = 4000, .dport = 53, .text = "12345"});
	msg = (struct msghdr){.iov = in, .iovlen = 2};
	assert_int_equal(sock_recvmsg(s, &msg), 5);
	assert_memory_equal(a, "123", 3);
	assert_memory_equal(b, "45", 2);
	assert_int_equal(msg.flags, 0);
	sock_close(s);
}

static void bind_follows_the_rules(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound(f, INADDR_ANY, 53), *t = open_socket(f);
	int one = 1;

	assert_int_equal(bind_to(s, INADDR_ANY, 54), -EINVAL);
	assert_int_equal(bind_to(t, INADDR_ANY, 53), -EADDRINUSE);
	assert_int_equal(bind_to(t, FIXTURE_ADDR, 53), -EADDRINUSE);
	assert_int_equal(bind_to(t, IP4(10, 0, 0, 9), 54), -EADDRNOTAVAIL);
	sock_setsockopt(t, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	assert_int_equal(bind_to(t, INADDR_ANY, 53), -EADDRINUSE);
	sock_setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	assert_int_equal(bind_to(t, INADDR_ANY, 53), 0);
	sock_close(s);
	sock_close(t);
	s = bound(f, FIXTURE_ADDR, 53);
	t = bound(f, IP4(127, 0, 0, 1), 53); /* another address */
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

		s[i] = bound(f, INADDR_ANY, 0);
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
	struct sockaddr_in far = at(IP4(8, 8, 8, 8), 53);
	struct sockaddr_in all = at(INADDR_BROADCAST, 53);
	int one = 1;

	assert_int_equal(sock_send(s, "x", 1, 0), -EDESTADDRREQ);
	assert_int_equal(sock_sendto(s, "x", 1, 0, &far), -ENETUNREACH);
	assert_int_equal(sock_sendto(s, "x", 1, 0, &all), -EACCES);
	sock_setsockopt(s, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
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

/* The wire tells of a datagram of s that its port is closed. */
static void rx_unreachable(struct fixture *f, u16 lport, u16 fport, u8 code)
{
	u8 quote[64], icmp[128], udp[16];
	const u16 ports[2] = {lport, fport};
	u32 len = (u32)udp_build(udp, FIXTURE_ADDR, FIXTURE_PEER, ports, "");

	len = (u32)datagram_build(quote, &(struct datagram){
		.src = FIXTURE_ADDR, .dst = FIXTURE_PEER, .proto = 17,
		.data = udp, .len = len});
	len = (u32)icmp_build(icmp, ICMP_DEST_UNREACH, code, quote, len);
	fixture_rx_datagram(f, &(struct datagram){.data = icmp, .len = len});
}

static void connected_socket_is_refused_once(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound(f, INADDR_ANY, 50);
	char buf[4];

	assert_int_equal(connect_to(s, FIXTURE_PEER, 4000), 0);
	rx_unreachable(f, 50, 4000, ICMP_PORT_UNREACH);
	assert_true(sock_poll(s) & EPOLLERR);
	assert_int_equal(sock_recv(s, buf, 4, 0), -ECONNREFUSED);
	expect_empty(s);
	assert_int_equal(sock_send(s, "x", 1, 0), 1);
	consume_skb(expect_sent(f, IPPROTO_UDP));
	rx_unreachable(f, 50, 4000, ICMP_PORT_UNREACH);
	assert_int_equal(sock_send(s, "x", 1, 0), -ECONNREFUSED);
	expect_silence(f);
	/* Nobody's, or only a hint. */
	rx_unreachable(f, 50, 4001, ICMP_PORT_UNREACH);
	rx_unreachable(f, 51, 4000, ICMP_PORT_UNREACH);
	rx_unreachable(f, 50, 4000, ICMP_HOST_UNREACH);
	assert_false(sock_poll(s) & EPOLLERR);
	fixture_forget_drops(f);
	sock_close(s);
}

static void unconnected_socket_hears_of_no_error(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound(f, INADDR_ANY, 50);

	rx_unreachable(f, 50, 4000, ICMP_PORT_UNREACH);
	assert_int_equal(sock_poll(s), EPOLLOUT);
	fixture_drop(f, DROP_ICMP_NO_SOCKET);
	sock_close(s);
}

static void talks_to_itself_by_loopback(void **state)
{
	struct fixture *f = *state;
	const be32 own[] = {IP4(127, 0, 0, 1), FIXTURE_ADDR};

	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		struct socket *s = bound(f, INADDR_ANY, 53),
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
	struct socket *s = bound(f, INADDR_ANY, 53);
	struct sockaddr_in peer = at(FIXTURE_PEER, 4000);
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
	struct sockaddr_in nobody = at(IP4(10, 0, 0, 77), 53);
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
	struct sockaddr_in nobody = at(IP4(10, 0, 0, 77), 53);

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
	struct socket *s = bound(f, INADDR_ANY, 53);

	for (u32 i = 0; i < 10; i++)
		rx(f, (struct udp){.sport = 4000, .dport = 53, .text = "x"});
	sock_close(s);
	assert_int_equal(f->net->skb_live, 0);
	fixture_no_drop(f);
}

static void shutdown_ends_each_way(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound(f, INADDR_ANY, 53);
	char buf[4];

	assert_int_equal(sock_shutdown(s, SHUT_WR), -ENOTCONN);
	assert_int_equal(connect_to(s, FIXTURE_PEER, 4000), 0);
	assert_int_equal(sock_shutdown(s, SHUT_WR), 0);
	assert_int_equal(sock_send(s, "x", 1, 0), -EPIPE);
	expect_empty(s);
	rx(f, (struct udp){.sport = 4000, .dport = 53, .text = "x"});
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
	struct sockaddr_in peer = at(FIXTURE_PEER, 4000);

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
	struct socket *a = bound(f, INADDR_ANY, 53),
		      *b = bound(f, INADDR_ANY, 53 + UDP_BUCKETS);
	u32 n = 0;

	udp_walk(f->net, count_sock, &n);
	assert_int_equal(n, 2);
	sock_close(a);
	sock_close(b);
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(datagram_reaches_its_socket),
		T(empty_datagram_is_a_datagram),
		T(echo_goes_back),
		T(answers_from_the_address_asked),
		T(best_match_is_connected_then_bound_then_any),
		T(broadcast_is_for_the_wildcard_only),
		T(closed_port_is_unreachable),
		T(strangers_cannot_reach_a_connected_socket),
		T(judges_all_length_fields),
		T(shorter_than_a_header_is_dropped),
		T(every_bit_flip_is_noticed),
		T(zero_checksum_means_none),
		T(computed_zero_is_sent_as_all_ones),
		T(port_0_is_nobody),
		T(small_servers_do_not_talk_to_each_other),
		T(full_buffer_drops_and_counts),
		T(peek_and_trunc),
		T(gathers_and_scatters),
		T(bind_follows_the_rules),
		T(port_0_binds_to_a_random_ephemeral_port),
		T(sockets_are_bounded),
		T(send_needs_a_destination),
		T(connect_fixes_the_peer_and_source),
		T(way_follows_the_routes),
		T(connected_socket_is_refused_once),
		T(unconnected_socket_hears_of_no_error),
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
