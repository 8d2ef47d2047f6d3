/*
 * net/ipv4/udp.c and udp_table.c: which datagram reaches which socket, and
 * ICMP errors (conformance rows 35, 53 to 57; threats 1, 36).
 */
#include "test/host/udp_user.h"

#include <stdlib.h>
#include <string.h>
#include "lib/errno.h"
#include "net/core/eth.h"
#include "net/ipv4/route.h"
#include "net/ipv4/udp_impl.h"
#include "test/host/machine_sim.h"

static void datagram_reaches_its_socket(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound_socket(f, INADDR_ANY, 53);
	struct sockaddr_in from;
	char buf[16];

	assert_int_equal(sock_poll(s), EPOLLOUT);
	rx_udp(f, (struct udp){.sport = 4000, .dport = 53, .text = "hello"});
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
	struct socket *s = bound_socket(f, INADDR_ANY, 53);

	rx_udp(f, (struct udp){.sport = 4000, .dport = 53, .text = ""});
	expect_text(s, "");
	expect_empty(s);
	sock_close(s);
}

static void echo_goes_back(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound_socket(f, INADDR_ANY, 7777);
	struct sockaddr_in from;
	struct sk_buff *skb;
	struct udphdr *uh;
	char buf[16];

	rx_udp(f, (struct udp){.sport = 4000, .dport = 7777, .text = "ball"});
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
	struct socket *s = bound_socket(f, INADDR_ANY, 53);
	struct net_device other;
	struct sockaddr_in from, elsewhere = addr_at(FIXTURE_PEER, 4001);
	struct sk_buff *skb;
	char buf[16];

	fixture_add_eth1(f, &other);
	rx_udp(f, (struct udp){.dst = IP4(10, 1, 0, 1),
			       .sport = 4000,
			       .dport = 53,
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

	set_option(any, SOL_SOCKET, SO_REUSEADDR, 1);
	set_option(addr, SOL_SOCKET, SO_REUSEADDR, 1);
	set_option(conn, SOL_SOCKET, SO_REUSEADDR, 1);
	assert_int_equal(bind_to(conn, INADDR_ANY, 53), 0);
	assert_int_equal(bind_to(addr, FIXTURE_ADDR, 53), 0);
	assert_int_equal(bind_to(any, INADDR_ANY, 53), 0);
	assert_int_equal(connect_to(conn, FIXTURE_PEER, 4000), 0);
	rx_udp(f, (struct udp){.sport = 4000, .dport = 53, .text = "conn"});
	rx_udp(f, (struct udp){.sport = 4001, .dport = 53, .text = "addr"});
	rx_udp(f, (struct udp){.dst = INADDR_BROADCAST,
			       .sport = 4002,
			       .dport = 53,
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
	struct socket *s = bound_socket(f, FIXTURE_ADDR, 53);

	rx_udp(f, (struct udp){.dst = IP4(10, 0, 0, 255),
			       .sport = 1,
			       .dport = 53,
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

	rx_udp(f, (struct udp){.sport = 4000, .dport = 9, .text = "x"});
	expect_icmp(f, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH);
	fixture_drop(f, DROP_UDP_NO_PORT);
	assert_int_equal(net_mib(f->net, MIB_UDP_NoPorts), 1);
}

static void strangers_cannot_reach_a_connected_socket(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound_socket(f, INADDR_ANY, 53);

	assert_int_equal(connect_to(s, FIXTURE_PEER, 4000), 0);
	rx_udp(f, (struct udp){.sport = 4001, .dport = 53, .text = "x"});
	fixture_drop(f, DROP_UDP_NOT_CONNECTED_PEER);
	expect_icmp(f, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH);
	rx_udp(f, (struct udp){.src = IP4(10, 0, 0, 9),
			       .sport = 4000,
			       .dport = 53,
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
	struct socket *s = bound_socket(f, INADDR_ANY, 53);
	const u32 real = 8 + 6;

	for (u32 len = 0; len <= 40; len++) {
		u8 buf[64] = {0};
		struct udphdr *uh = (struct udphdr *)buf;
		u8 got[64];

		*uh = (struct udphdr){
			htons(4000), htons(53), htons((u16)len), {0}};
		memcpy(uh + 1, "abcdef", 6);
		fixture_rx_datagram(f, &(struct datagram){.proto = 17,
							  .data = buf,
							  .len = real});
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
		fixture_rx_datagram(
			f, &(struct datagram){.proto = 17,
					      .data = "\0\1\0\1\0\10\0\0",
					      .len = len});
		fixture_drop(f, DROP_UDP_SHORT);
	}
	assert_int_equal(net_mib(f->net, MIB_UDP_InErrors), 8);
}

static void every_bit_flip_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound_socket(f, INADDR_ANY, 53);
	const u16 ports[2] = {4000, 53};
	u8 buf[64];
	u32 len = (u32)udp_build(buf, FIXTURE_PEER, FIXTURE_ADDR, ports, "odd");

	for (u32 bit = 0; bit < len * 8; bit++) {
		buf[bit / 8] ^= (u8)(1u << bit % 8);
		fixture_rx_datagram(f, &(struct datagram){.proto = 17,
							  .data = buf,
							  .len = len});
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
	struct socket *s = bound_socket(f, INADDR_ANY, 53);

	fixture_rx_datagram(
		f, &(struct datagram){.proto = 17,
				      .data = "\17\240\0\65\0\12\0\0ok",
				      .len = 10});
	expect_text(s, "ok");
	sock_close(s);
}

/* Data whose sum computes to 0: sent as FFFF, by software and by device. */
static void computed_zero_is_sent_as_all_ones(void **state)
{
	struct fixture *f = *state;
	static const u32 features[] = {0, NETIF_F_HW_CSUM};
	struct sockaddr_in peer = addr_at(FIXTURE_PEER, 4000);

	for (size_t i = 0; i < ARRAY_SIZE(features); i++) {
		struct socket *s = bound_socket(f, INADDR_ANY, 53);
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
	struct sockaddr_in a = addr_at(FIXTURE_PEER, 0);
	struct socket *s = open_socket(f);

	rx_udp(f, (struct udp){.sport = 4000, .dport = 0, .text = "x"});
	fixture_drop(f, DROP_UDP_BAD_PORT);
	assert_int_equal(sock_sendto(s, "x", 1, 0, &a), -EINVAL);
	assert_int_equal(sock_connect(s, &a), -EINVAL);
	sock_close(s);
}

static void small_servers_do_not_talk_to_each_other(void **state)
{
	struct fixture *f = *state;
	static const u16 chatty[] = {7, 13, 17, 19, 37};
	struct socket *s = bound_socket(f, INADDR_ANY, 7);

	for (size_t i = 0; i < ARRAY_SIZE(chatty); i++) {
		rx_udp(f, (struct udp){
				  .sport = chatty[i], .dport = 7, .text = "x"});
		fixture_drop(f, DROP_UDP_ECHO_LOOP);
	}
	expect_empty(s);
	rx_udp(f, (struct udp){.sport = 8, .dport = 7, .text = "x"});
	expect_text(s, "x");
	sock_close(s);
}

/* The wire tells of a datagram of s that its port is closed. */
static void rx_unreachable(struct fixture *f, u16 lport, u16 fport, u8 code)
{
	u8 quote[64], icmp[128], udp[16];
	const u16 ports[2] = {lport, fport};
	u32 len = (u32)udp_build(udp, FIXTURE_ADDR, FIXTURE_PEER, ports, "");

	len = (u32)datagram_build(quote, &(struct datagram){.src = FIXTURE_ADDR,
							    .dst = FIXTURE_PEER,
							    .proto = 17,
							    .data = udp,
							    .len = len});
	len = (u32)icmp_build(icmp, ICMP_DEST_UNREACH, code, quote, len);
	fixture_rx_datagram(f, &(struct datagram){.data = icmp, .len = len});
}

static void connected_socket_is_refused_once(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound_socket(f, INADDR_ANY, 50);
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

/* What the next datagram of s has in the fragment field; 600 bytes. */
static u16 sent_frag_off(struct fixture *f, struct socket *s)
{
	struct sockaddr_in peer = addr_at(FIXTURE_PEER, 4000);
	char data[600] = "";
	struct sk_buff *skb;
	u16 frag_off;

	assert_int_equal(sock_sendto(s, data, sizeof(data), 0, &peer), 600);
	skb = expect_sent(f, IPPROTO_UDP);
	frag_off = ntohs(sent_ip(skb)->frag_off);
	assert_true(!sent_ip(skb)->id.raw == (frag_off == IP_DF));
	consume_skb(skb);
	return frag_off;
}

/* RFC 6864 section 4.1; and no black hole behind a router that says so. */
static void df_is_set_until_the_path_is_narrow(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound_socket(f, INADDR_ANY, 50);
	struct socket *other = bound_socket(f, INADDR_ANY, 51);

	assert_int_equal(sent_frag_off(f, s), IP_DF);
	rx_unreachable(f, 50, 4000, ICMP_PORT_UNREACH);
	assert_int_equal(sent_frag_off(f, s), IP_DF);
	rx_unreachable(f, 50, 4000, ICMP_FRAG_NEEDED);
	assert_int_equal(sent_frag_off(f, s), 0);
	assert_int_equal(sent_frag_off(f, other), IP_DF);
	fixture_forget_drops(f);
	sock_close(other);
	sock_close(s);
}

static void unconnected_socket_hears_of_no_error(void **state)
{
	struct fixture *f = *state;
	struct socket *s = bound_socket(f, INADDR_ANY, 50);

	rx_unreachable(f, 50, 4000, ICMP_PORT_UNREACH);
	assert_int_equal(sock_poll(s), EPOLLOUT);
	fixture_drop(f, DROP_ICMP_NO_SOCKET);
	sock_close(s);
}

#define T(t)                                                                   \
	cmocka_unit_test_setup_teardown(t, fixture_setup_peer, udp_teardown)

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
		T(connected_socket_is_refused_once),
		T(df_is_set_until_the_path_is_narrow),
		T(unconnected_socket_hears_of_no_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
