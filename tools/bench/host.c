/*
 * Instructions per operation of the stack alone: frames are handed to a
 * device without any offload, so checksums are in software both ways, and
 * callgrind counts what happens inside measured(). tools/bench/host.sh runs
 * each case and divides. usage: bench CASE COUNT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/echo.h"
#include "app/http.h"
#include "kernel/softirq.h"
#include "lib/checksum.h"
#include "net/core/net.h"
#include "net/core/netdev.h"
#include "net/ipv4/route.h"
#include "net/tcp/tcp_sock.h"
#include "test/host/machine_sim.h"

#define SERVER	  0x0a000001u /* 10.0.0.1 */
#define CLIENT	  0x0a000002u
#define ELSEWHERE 0x0b000001u /* by way of CLIENT */
#define CONNS	  1000u

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

static struct net_device dev;
static u8 last[80]; /* the last frame that left, its headers */
static u32 last_len, sent;

/* The scripted client's side of one connection. */
static struct client {
	u32 addr;
	u16 port, dport;
	u32 seq, ack, tsecr;
} tcp = {.addr = CLIENT, .dport = 80};

static enum netdev_tx xmit(struct sk_buff *skb, struct net_device *d)
{
	/* The headers: all that the scripted client looks at. */
	last_len = skb->len;
	memcpy(last, skb->data, 80);
	sent++;
	consume_skb(skb);
	return NETDEV_TX_OK;
}

static int up_down(struct net_device *d)
{
	return 0;
}

static const struct net_device_ops ops = {
	.ndo_open = up_down, .ndo_stop = up_down, .ndo_start_xmit = xmit};

/*
 * What runs when frames have been delivered: the case's program, called on
 * the caller's stack as the metal does it (a task that was idle is woken
 * without a switch).
 */
static void (*program)(void);
static struct http_server *http;
static struct echo_server *echo;
static struct socket *sink;

static void run_http(void)
{
	http_poll(http, 0);
}

static void run_echo(void)
{
	(void)echo_one(echo);
}

/* Reads all there is (RFC 863). */
static void run_sink(void)
{
	static char buf[16384];

	while (sock_recv(sink, buf, sizeof(buf), 0) > 0)
		;
}

/* What callgrind counts: from the driver's hand-over to the program's end. */
void measured(const u8 *frame, u32 len);
void noinline measured(const u8 *frame, u32 len)
{
	struct sk_buff *skb;

	local_bh_disable();
	skb = alloc_skb(dev.net, len);
	skb->dev = &dev;
	memcpy(skb_put(skb, len), frame, len);
	skb->protocol = eth_type_trans(skb, &dev);
	netif_receive_skb(skb);
	local_bh_enable();
	if (program)
		program();
}

static u32 ip_frame(u8 *f, u8 proto, u32 len)
{
	u8 *ip = f + ETH_HLEN;

	memcpy(f, "\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\0", ETH_HLEN);
	memset(ip, 0, 20);
	ip[0] = 0x45;
	put_be16(ip + 2, (u16)(20 + len));
	put_be16(ip + 6, 0x4000);
	ip[8] = 64;
	ip[9] = proto;
	put_be32(ip + 12, tcp.addr);
	put_be32(ip + 16, SERVER);
	be16 sum = csum_fold(csum_partial(ip, 20, 0));
	memcpy(ip + 10, &sum, 2);
	return ETH_HLEN + 20 + len;
}

static void l4_sum(u8 *f, u8 proto, u32 len, u32 at)
{
	u8 *l4 = f + ETH_HLEN + 20;
	csum_t seed = proto == 1 ? 0
				 : csum_pseudo(htonl(tcp.addr), BE32(SERVER),
					       proto, (u16)len);
	be16 sum = csum_fold(csum_partial(l4, len, seed));

	memcpy(l4 + at, &sum, 2);
}

/* Sends a segment with timestamps, as Linux would, and takes the answer. */
static void segment(u8 flags, const char *data, u32 len)
{
	u8 f[2048];
	u8 *th = f + ETH_HLEN + 20;
	u32 opt = flags & SYN ? 20 : 12;
	static u32 tsval = 1000;

	memset(th, 0, 60);
	put_be16(th, tcp.port);
	put_be16(th + 2, tcp.dport);
	put_be32(th + 4, tcp.seq);
	put_be32(th + 8, flags & ACK ? tcp.ack : 0);
	th[12] = (u8)((20 + opt) / 4 << 4);
	th[13] = flags;
	put_be16(th + 14, 64240);
	if (flags & SYN) {
		memcpy(th + 20, "\2\4\5\xb4\4\2\x8\xa\0\0\0\0\0\0\0\0\1\3\3\7",
		       20);
		put_be32(th + 28, tsval++);
	} else {
		memcpy(th + 20, "\1\1\x8\xa", 4);
		put_be32(th + 24, tsval++);
		put_be32(th + 28, tcp.tsecr);
	}
	memcpy(th + 20 + opt, data, len);
	u32 total = ip_frame(f, 6, 20 + opt + len);
	l4_sum(f, 6, 20 + opt + len, 16);
	sent = 0;
	measured(f, total);
	tcp.seq += len + !!(flags & (SYN | FIN));
	if (sent) {
		u8 *lt = last + ETH_HLEN + 20;
		u32 ipl = get_be16(last + ETH_HLEN + 2);

		tcp.ack = get_be32(lt + 4) + ipl - 20 - (u32)(lt[12] >> 4) * 4 +
			  (lt[13] & SYN ? 1 : 0) + (lt[13] & FIN ? 1 : 0);
		tcp.tsecr = get_be32(last + (lt[13] & SYN ? 62 : 58));
	}
}

static void connect_to(u16 port)
{
	void (*woken)(void) = program;

	tcp.port = port;
	tcp.seq = 1000000u * port;
	last_len = 0;
	program = NULL; /* a SYN wakes nobody */
	segment(SYN, "", 0);
	program = woken;
	if (sent != 1)
		exit((fprintf(stderr, "no SYN-ACK\n"), 1));
	segment(ACK, "", 0);
}

static const char request[] = "GET / HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n";
static const char request_close[] =
	"GET / HTTP/1.0\r\nHost: 10.0.0.1\r\n\r\n"; /* as ab sends it */

static void run_udp(u32 n)
{
	u8 f[128];
	u8 *uh = f + ETH_HLEN + 20;

	memset(f, 'x', sizeof(f));
	put_be16(uh, 4000);
	put_be16(uh + 2, 7);
	put_be16(uh + 4, 8 + 32);
	put_be16(uh + 6, 0);
	l4_sum(f, 17, 40, 6);
	u32 len = ip_frame(f, 17, 40);
	program = run_echo;
	for (u32 i = 0; i < n; i++)
		measured(f, len);
}

static void run_icmp(u32 n)
{
	u8 f[128];
	u8 *ih = f + ETH_HLEN + 20;

	memset(f, 'x', sizeof(f));
	memcpy(ih, "\x8\0\0\0\0\1\0\1", 8);
	l4_sum(f, 1, 64, 2);
	u32 len = ip_frame(f, 1, 64);
	for (u32 i = 0; i < n; i++)
		measured(f, len);
}

/* An upload: full segments, each read by the program. */
static void run_segment(u32 n)
{
	static char data[1448];
	struct sockaddr_in any = {.family = AF_INET, .port = BE16(9)};
	struct socket *listener;

	if (sock_create(dev.net, AF_INET, SOCK_STREAM, 0, &listener) ||
	    sock_bind(listener, &any) || sock_listen(listener, 8))
		exit((fprintf(stderr, "no listener\n"), 1));
	memset(data, 'a', sizeof(data));
	tcp.dport = 9;
	connect_to(20000);
	if (sock_accept(listener, &sink, NULL))
		exit((fprintf(stderr, "no connection\n"), 1));
	sink->nonblock = true;
	program = run_sink;
	for (u32 i = 0; i < n; i++)
		segment(ACK, data, sizeof(data));
}

static void run_get(u32 n)
{
	program = run_http;
	connect_to(20001);
	for (u32 i = 0; i < n; i++)
		segment(PSH | ACK, request, sizeof(request) - 1);
}

/* Requests of 1,000 connections, each in its turn. */
static void run_get_in_turn(u32 n, u32 peers)
{
	static struct client clients[CONNS];

	program = run_http;
	for (u32 i = 0; i < CONNS; i++) {
		tcp.addr = ELSEWHERE + i % peers;
		connect_to((u16)(20000 + i));
		clients[i] = tcp;
	}
	for (u32 i = 0; i < n; i++) {
		tcp = clients[i % CONNS];
		segment(PSH | ACK, request, sizeof(request) - 1);
		clients[i % CONNS] = tcp;
	}
}

static void run_conns(u32 n)
{
	run_get_in_turn(n, 1);
}

static void run_peers(u32 n)
{
	run_get_in_turn(n, CONNS);
}

static void run_connect(u32 n)
{
	for (u32 i = 0; i < n; i++) {
		program = run_http;
		connect_to((u16)(1024 + i % 60000));
		segment(PSH | ACK, request_close, sizeof(request_close) - 1);
		program = NULL; /* the server has closed: nothing wakes it */
		segment(FIN | ACK, "", 0);
		sim_run_ms(1);
	}
}

void measured_lookup(const struct tcp_conn *want);
void noinline measured_lookup(const struct tcp_conn *want)
{
	if (tcp_conn_find(dev.net->tcp, want->laddr, want->lport, want->raddr,
			  want->rport) != want)
		exit((fprintf(stderr, "not found\n"), 1));
}

/* Segments of so many connections, each in its turn. */
static void run_lookup(u32 n, u32 conns)
{
	struct tcp_conn *all = calloc(conns, sizeof(*all));

	for (u32 i = 0; i < conns; i++) {
		all[i] = (struct tcp_conn){.laddr = BE32(SERVER),
					   .raddr = htonl(CLIENT + i / 60000),
					   .lport = BE16(80),
					   .rport = htons((u16)(i % 60000))};
		tcp_conn_insert(dev.net->tcp, &all[i]);
	}
	for (u32 i = 0; i < n; i++)
		measured_lookup(&all[(u64)i * 7919 % conns]);
}

static void run_lookup10(u32 n)
{
	run_lookup(n, 10);
}

static void run_lookup1000(u32 n)
{
	run_lookup(n, 1000);
}

static void run_lookup100000(u32 n)
{
	run_lookup(n, 100000);
}

/* The client's ARP reply, so that answers leave at once. */
static void answer_arp(void)
{
	u8 f[ETH_ZLEN] = "\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\x06"
			 "\0\1\x08\0\6\4\0\2\x02\0\0\0\0\2";

	put_be32(f + 28, CLIENT);
	memcpy(f + 32, "\x02\0\0\0\0\1", ETH_ALEN);
	put_be32(f + 38, SERVER);
	measured(f, sizeof(f));
}

static void start(void)
{
	struct fib_route others = {.gateway = BE32(CLIENT), .dev = &dev};
	struct net *net;
	int err;

	sim_init();
	sim_set_wall_seconds(1700000000);
	net = net_create();
	memcpy(dev.name, "eth%d", 6);
	memcpy(dev.dev_addr, "\x02\0\0\0\0\1", ETH_ALEN);
	dev.ops = &ops;
	dev.mtu = ETH_DATA_LEN;
	dev.flags = IFF_BROADCAST;
	dev.features = NETIF_F_SG;
	local_bh_disable();
	if (!net || register_netdev(net, &dev) ||
	    ip_set_address(&dev, BE32(SERVER), BE32(0xffffff00)) ||
	    dev_open(&dev) || fib_add(net, &others))
		exit((fprintf(stderr, "no stack\n"), 1));
	netif_carrier_on(&dev);
	local_bh_enable();
	http = http_create(net, &http_default, &err);
	echo = echo_create(net, &err);
	if (!http || !echo)
		exit((fprintf(stderr, "no programs\n"), 1));
	run_icmp(1);
	answer_arp();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(u32 n);
	} cases[] = {{"udp", run_udp},
		     {"icmp", run_icmp},
		     {"segment", run_segment},
		     {"get", run_get},
		     {"connect", run_connect},
		     {"conns", run_conns},
		     {"peers", run_peers},
		     {"lookup10", run_lookup10},
		     {"lookup1000", run_lookup1000},
		     {"lookup100000", run_lookup100000}};
	u32 n = argc > 2 ? (u32)atoi(argv[2]) : 1;

	start();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (argc > 1 && !strcmp(argv[1], cases[i].name)) {
			cases[i].run(n);
			printf("%s %u, last answer %u bytes\n", argv[1], n,
			       last_len);
			return 0;
		}
	}
	return 1;
}
