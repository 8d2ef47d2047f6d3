/*
 * net/socket/proc_*.c: the texts are those of Linux's files, column by
 * column, and never longer than their buffer.
 */
#include <stdlib.h>
#include <string.h>
#include "lib/printf.h"
#include "net/core/net.h"
#include "net/ipv4/route.h"
#include "net/ipv4/udp.h"
#include "net/socket/proc.h"
#include "net/socket/socket.h"
#include "net/tcp/tcp_sock.h"
#include "test/host/fixture.h"
#include "test/host/machine_sim.h"

typedef size_t (*proc_fn)(struct net *net, char *buf, size_t size);

static char text[2 * 1024 * 1024];

static const char *show(struct fixture *f, proc_fn fn)
{
	size_t len = fn(f->net, text, sizeof(text));

	assert_int_equal(strlen(text), len);
	return text;
}

/* In parts of the least size. */
static const char *show_tcp(struct fixture *f)
{
	struct proc_pos pos = {0};
	char part[PROC_PART_MIN];
	size_t len = 0;

	while (!pos.end) {
		size_t n = proc_net_tcp(f->net, &pos, part, sizeof(part));

		assert_true(n < sizeof(part));
		assert_true(len + n < sizeof(text));
		memcpy(text + len, part, n);
		len += n;
	}
	text[len] = 0;
	return text;
}

static bool has(const char *line)
{
	return strstr(text, line) != NULL;
}

/* Line n of the text, terminated, in a buffer of its own. */
static const char *line(int n)
{
	static char out[512];
	const char *p = text, *end;

	while (n-- > 0)
		p = strchr(p, '\n') + 1;
	end = strchr(p, '\n');
	assert_non_null(end);
	snprintf(out, sizeof(out), "%.*s", (int)(end - p), p);
	return out;
}

static int count(const char *s, char c)
{
	int n = 0;

	for (; *s; s++)
		n += *s == c;
	return n;
}

#define STARTS(n, literal)                                                     \
	assert_int_equal(strncmp(line(n), literal, sizeof(literal) - 1), 0)

/* The value under a name in "Group: names\nGroup: values\n". */
static long value(const char *group, const char *name)
{
	char title[16], *names, *values, *n, *v, *save_n, *save_v;
	static char copy[sizeof(text)];
	long found = -1;

	snprintf(title, sizeof(title), "%s:", group);
	memcpy(copy, text, sizeof(copy));
	names = strstr(copy, title);
	assert_non_null(names);
	values = strchr(names, '\n');
	*values++ = 0;
	assert_int_equal(strncmp(values, title, strlen(title)), 0);
	*strchr(values, '\n') = 0;
	assert_int_equal(count(names, ' '), count(values, ' '));
	n = strtok_r(names, " ", &save_n);
	v = strtok_r(values, " ", &save_v);
	while (n && v) {
		if (!strcmp(n, name))
			found = strtol(v, NULL, 10);
		n = strtok_r(NULL, " ", &save_n);
		v = strtok_r(NULL, " ", &save_v);
	}
	return found;
}

static void net_dev_is_linuxs(void **state)
{
	struct fixture *f = *state;

	f->dev.stats = (struct net_device_stats){.rx_bytes = 41024415,
						 .rx_packets = 1515,
						 .rx_errors = 1,
						 .rx_dropped = 2,
						 .rx_fifo_errors = 3,
						 .rx_frame_errors = 4,
						 .rx_compressed = 5,
						 .multicast = 6,
						 .tx_bytes = 59372,
						 .tx_packets = 746,
						 .tx_errors = 7,
						 .tx_dropped = 8,
						 .tx_fifo_errors = 9,
						 .collisions = 10,
						 .tx_carrier_errors = 11,
						 .tx_compressed = 12};
	show(f, proc_net_dev);
	assert_string_equal(
		line(0),
		"Inter-|   Receive                                            "
		"    |  Transmit");
	assert_string_equal(
		line(1),
		" face |bytes    packets errs drop fifo frame compressed "
		"multicast|bytes    packets errs drop fifo colls carrier "
		"compressed");
	assert_true(has("\n    lo:       0       0    0    0    0     0"));
	assert_true(has("\n  eth0: 41024415    1515    1    2    3     4"
			"          5         6    59372     746    7    8    9"
			"    10      11         12\n"));
}

static void snmp_has_linuxs_columns(void **state)
{
	struct fixture *f = *state;

	NET_ADD(f->net, IP_InReceives, 7);
	NET_ADD(f->net, UDP_NoPorts, 8);
	NET_ADD(f->net, TCP_RetransSegs, 9);
	NET_ADD(f->net, ICMP_InEchos, 10);
	show(f, proc_net_snmp);
	assert_int_equal(value("Ip", "InReceives"), 7);
	assert_int_equal(value("Ip", "Forwarding"), 2);
	assert_int_equal(value("Ip", "DefaultTTL"), 64);
	assert_int_equal(value("Icmp", "InEchos"), 10);
	assert_int_equal(value("Tcp", "RetransSegs"), 9);
	assert_int_equal(value("Tcp", "RtoMin"), 200);
	assert_int_equal(value("Udp", "NoPorts"), 8);
	assert_int_equal(strncmp(text,
				 "Ip: Forwarding DefaultTTL InReceives "
				 "InHdrErrors ",
				 49),
			 0);
	f->net->ip_forward = true;
	show(f, proc_net_snmp);
	assert_int_equal(value("Ip", "Forwarding"), 1);
}

static void netstat_has_linuxs_columns(void **state)
{
	struct fixture *f = *state;

	NET_ADD(f->net, TCPEXT_ListenOverflows, 3);
	NET_ADD(f->net, IPEXT_InOctets, 4);
	show(f, proc_net_netstat);
	assert_int_equal(value("TcpExt", "ListenOverflows"), 3);
	assert_int_equal(value("TcpExt", "SyncookiesSent"), 0);
	assert_int_equal(value("IpExt", "InOctets"), 4);
}

static void softnet_stat_is_a_line_per_cpu(void **state)
{
	struct fixture *f = *state;

	f->net->softnet[0].processed = 0x1c;
	f->net->softnet[0].dropped = 2;
	f->net->softnet[0].time_squeeze = 3;
	show(f, proc_net_softnet_stat);
	assert_string_equal(
		line(0),
		"0000001c 00000002 00000003 00000000 00000000 00000000 "
		"00000000 00000000 00000000 00000000 00000000 00000000 "
		"00000000 00000000 00000000");
	assert_int_equal(count(text, '\n'), NR_CPUS);
}

static void softirqs_are_named(void **state)
{
	show(*state, proc_softirqs);
	assert_string_equal(line(0), "                    CPU0       ");
	STARTS(1, "          HI:");
	assert_true(has("\n      NET_RX: "));
	assert_int_equal(count(text, '\n'), 1 + NR_SOFTIRQS);
}

static void route_is_linuxs(void **state)
{
	struct fixture *f = *state;
	struct fib_route via = {
		.gateway = FIXTURE_PEER, .dev = &f->dev, .metric = 5};
	static char want[200];

	local_bh_disable();
	assert_int_equal(fib_add(f->net, &via), 0);
	local_bh_enable();
	show(f, proc_net_route);
	assert_int_equal(strlen(line(0)), 127);
	STARTS(0, "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\t"
		  "Mask\t\tMTU\tWindow\tIRTT   ");
	snprintf(want, sizeof(want), "%-127s\n",
		 "eth0\t00000000\t0200000A\t0003\t0\t0\t5\t00000000\t0\t0\t0");
	assert_true(has(want));
	snprintf(want, sizeof(want), "%-127s\n",
		 "eth0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0");
	assert_true(has(want));
}

static void arp_is_linuxs(void **state)
{
	struct fixture *f = *state;

	show(f, proc_net_arp);
	assert_string_equal(text, "IP address       HW type     Flags       "
				  "HW address            Mask     Device\n");
	fixture_know_peer(f);
	show(f, proc_net_arp);
	assert_string_equal(
		line(1),
		"10.0.0.2         0x1         0x6         02:00:00:00:00:02  "
		"   *        eth0");
}

static void udp_is_linuxs(void **state)
{
	const struct sockaddr_in here = {AF_INET, BE16(7), {0}};
	const struct sockaddr_in peer = {AF_INET, BE16(5000), FIXTURE_PEER};
	struct fixture *f = *state;
	struct socket *a, *b;

	assert_int_equal(sock_create(f->net, AF_INET, SOCK_DGRAM, 0, &a), 0);
	assert_int_equal(sock_bind(a, &here), 0);
	assert_int_equal(sock_create(f->net, AF_INET, SOCK_DGRAM, 0, &b), 0);
	assert_int_equal(sock_connect(b, &peer), 0);
	show(f, proc_net_udp);
	assert_int_equal(count(text, '\n'), 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(strlen(line(i)), 127);
	assert_true(has(": 00000000:0007 00000000:0000 07 00000000:00000000 "
			"00:00000000 00000000     0        0 0 1 0 0 "));
	assert_true(has(" 0200000A:1388 01 00000000:00000000 "));
	show(f, proc_net_sockstat);
	assert_true(has("\nUDP: inuse 2 mem 0\n"));
	assert_true(has("sockets: used 2\n"));
	sock_close(a);
	sock_close(b);
}

static void tcp_is_linuxs(void **state)
{
	const struct sockaddr_in here = {AF_INET, BE16(80), {0}};
	struct fixture *f = *state;
	struct socket *sock;

	show_tcp(f);
	assert_int_equal(strlen(line(0)), 149);
	STARTS(0, "  sl  local_address rem_address   st tx_queue rx_queue tr "
		  "tm->when retrnsmt   uid  timeout inode  ");
	assert_int_equal(sock_create(f->net, AF_INET, SOCK_STREAM, 0, &sock),
			 0);
	assert_int_equal(sock_bind(sock, &here), 0);
	assert_int_equal(sock_listen(sock, 5), 0);
	show_tcp(f);
	assert_int_equal(count(text, '\n'), 2);
	assert_int_equal(strlen(line(1)), 149);
	STARTS(1, "   0: 00000000:0050 00000000:0000 0A 00000000:00000000 ");
	sock_close(sock);
}

static void tcp_has_a_line_for_each_of_many(void **state)
{
	struct fixture *f = *state;
	static struct tcp_timewait all[10000];

	for (u32 i = 0; i < ARRAY_SIZE(all); i++) {
		all[i].conn = (struct tcp_conn){.raddr = htonl(i),
						.kind = TCP_CONN_TIMEWAIT};
		tcp_conn_insert(f->net->tcp, &all[i].conn);
	}
	show_tcp(f);
	assert_int_equal(strlen(text), 150 * (1 + ARRAY_SIZE(all)));
	assert_memory_equal(text + 150, "   0: ", 6);
	assert_memory_equal(text + 150 * 10000, "9999: ", 6);
	for (u32 i = 0; i < ARRAY_SIZE(all); i++)
		tcp_conn_remove(f->net->tcp, &all[i].conn);
}

static void drops_has_every_reason(void **state)
{
	struct fixture *f = *state;

	net_count_drop(f->net, DROP_UDP_NO_PORT);
	show(f, proc_drops);
	assert_int_equal(count(text, '\n'), DROP_MAX - 1);
	assert_true(has("\n         1 UDP_NO_PORT              nobody listens "
			"on the port\n"));
	for (u32 why = 1; why < DROP_MAX; why++)
		assert_true(has(drop_name(why)));
}

static void stat_counts_what_is_alive(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = alloc_skb(f->net, 10);

	show(f, proc_stat);
	assert_true(has("\nsk_buffs 1\nsockets 0\ntimers "));
	consume_skb(skb);
	show(f, proc_stat);
	assert_true(has("\nsk_buffs 0\n"));
}

/* Whatever the buffer: bounded, terminated, and the same length told. */
static void short_buffers_are_not_overrun(void **state)
{
	static const proc_fn all[] = {proc_net_dev,	proc_net_snmp,
				      proc_net_netstat, proc_net_softnet_stat,
				      proc_net_udp,	proc_net_arp,
				      proc_net_route,	proc_net_sockstat,
				      proc_interrupts,	proc_softirqs,
				      proc_slabinfo,	proc_drops,
				      proc_stat};
	struct fixture *f = *state;

	fixture_know_peer(f);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		size_t len = all[i](f->net, text, sizeof(text));
		size_t step = MAX(len / 50, 1);

		for (size_t size = 0; size <= len + 1; size += step) {
			char *buf = malloc(size);

			assert_int_equal(all[i](f->net, buf, size), len);
			if (size)
				assert_int_equal(strlen(buf),
						 MIN(len, size - 1));
			free(buf);
		}
	}
}

#define T(t) cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(net_dev_is_linuxs),
		T(snmp_has_linuxs_columns),
		T(netstat_has_linuxs_columns),
		T(softnet_stat_is_a_line_per_cpu),
		T(softirqs_are_named),
		T(route_is_linuxs),
		T(arp_is_linuxs),
		T(udp_is_linuxs),
		T(tcp_is_linuxs),
		T(tcp_has_a_line_for_each_of_many),
		T(drops_has_every_reason),
		T(stat_counts_what_is_alive),
		T(short_buffers_are_not_overrun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
