/*
 * Segments and calls at random against the whole of TCP: nothing that the
 * wire says or memory refuses may panic, leak, or keep a connection for ever.
 * A failing seed is printed; the same seed is the same run.
 */
#include "test/host/tcp_fixture.h"

#include <string.h>
#include "lib/errno.h"
#include "net/ipv4/icmp.h"
#include "net/ipv4/ip.h"
#include "test/host/machine_sim.h"

#define PORTS 4
#define SOCKS 6
#define STEPS 4000
#define SEEDS 12

struct chaos {
	struct tcp_fixture *f;
	struct tcp_peer peers[PORTS];
	u32 next_seq[PORTS], next_ack[PORTS]; /* relative, a good guess */
	struct socket *socks[SOCKS];
	u64 random;
	bool memory_fails;
};

static const u8 text[4096];

static u32 below(struct chaos *c, u32 n)
{
	c->random = c->random * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)(c->random >> 33) % n;
}

/* Mostly right, sometimes near, sometimes anywhere. */
static u32 about(struct chaos *c, u32 right)
{
	switch (below(c, 8)) {
	case 0:
		return right + below(c, 5) - 2;
	case 1:
		return right + below(c, 200000) - 100000;
	case 2:
		return below(c, 0x7fffffff) * 2;
	default:
		return right;
	}
}

static u8 some_flags(struct chaos *c)
{
	static const u8 usual[] = {TCP_ACK,	      TCP_ACK,
				   TCP_ACK,	      TCP_ACK | TCP_PSH,
				   TCP_SYN,	      TCP_FIN | TCP_ACK,
				   TCP_RST,	      TCP_RST | TCP_ACK,
				   TCP_SYN | TCP_ACK, TCP_ACK | TCP_URG};

	if (!below(c, 10))
		return (u8)below(c, 256);
	return usual[below(c, ARRAY_SIZE(usual))];
}

/* What the peer of that port hears is taken as it comes. */
static void listen_in(struct chaos *c)
{
	struct tcp_fixture *f = c->f;
	struct sk_buff *skb;

	while ((skb = fixture_tx_ip(f->base)) != NULL) {
		const struct tcphdr *th = (const void *)(skb->data + 34);
		u32 i = ntohs(th->dest) - PEER_PORT;
		u32 len = ntohs(((struct iphdr *)(skb->data + 14))->tot_len) -
			  20u - (th->doff >> 4) * 4u;

		if (i < PORTS) {
			if (th->flags & TCP_SYN)
				c->peers[i].guest_iss = ntohl(th->seq);
			c->next_seq[i] = ntohl(th->ack_seq) - c->peers[i].iss;
			c->next_ack[i] =
				ntohl(th->seq) + len + !!(th->flags & TCP_FIN) +
				!!(th->flags & TCP_SYN) - c->peers[i].guest_iss;
			c->peers[i].server_port = ntohs(th->source);
		}
		consume_skb(skb);
	}
}

static void segment(struct chaos *c, u32 i)
{
	struct tcp_fixture *f = c->f;
	u8 flags = some_flags(c);
	u32 len = below(c, 3) ? 0 : below(c, 1400);

	f->peer = c->peers[i];
	f->peer.wnd = (u16)(below(c, 4) ? 65535 : below(c, 3000));
	f->peer.tsval = about(c, f->peer.tsval);
	if (flags == TCP_SYN && below(c, 2)) {
		f->peer.iss = about(c, f->peer.iss);
		peer_syn(f);
		c->peers[i].iss = f->peer.iss;
		c->peers[i].server_port = SERVER_PORT;
	} else {
		peer_send(f, flags, about(c, c->next_seq[i]),
			  about(c, c->next_ack[i]), text, len);
	}
}

static void error_message(struct chaos *c, u32 i)
{
	struct icmp_notice notice = {
		.type = (u8)(below(c, 2) ? ICMP_DEST_UNREACH : below(c, 20)),
		.code = (u8)below(c, 17),
		.info = below(c, 3000),
		.saddr = FIXTURE_ADDR,
		.daddr = FIXTURE_PEER,
		.len = 8,
	};
	struct tcphdr th = {
		.source = htons(c->peers[i].server_port),
		.dest = htons(c->peers[i].port),
		.seq = htonl(c->peers[i].guest_iss + about(c, c->next_ack[i]) -
			     1),
	};

	notice.transport = (const u8 *)&th;
	local_bh_disable();
	tcp_err(c->f->net, &notice);
	local_bh_enable();
}

static struct socket *open_one(struct chaos *c)
{
	struct socket *s = NULL;
	u16 port;

	if (below(c, 12)) {
		if (sock_accept(c->f->listener, &s, NULL))
			return NULL;
	} else if (!sock_create(c->f->net, AF_INET, SOCK_STREAM, 0, &s)) {
		s->nonblock = true;
		port = (u16)(PEER_PORT + below(c, PORTS));
		if (connect_to(s, FIXTURE_PEER, port) != -EINPROGRESS) {
			sock_close(s);
			s = NULL;
		}
	}
	if (s)
		s->nonblock = true;
	return s;
}

static void set_some_option(struct chaos *c, struct socket *s)
{
	static const int names[] = {TCP_NODELAY,     TCP_CORK,	   TCP_MAXSEG,
				    TCP_KEEPIDLE,    TCP_QUICKACK, TCP_LINGER2,
				    TCP_USER_TIMEOUT};
	int v = (int)below(c, 200);

	(void)sock_setsockopt(s, SOL_TCP, names[below(c, ARRAY_SIZE(names))],
			      &v, sizeof(v));
	v &= 1;
	(void)sock_setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, &v, sizeof(v));
}

static void call(struct chaos *c, struct socket **s)
{
	static u8 buf[8192];
	u32 flags = below(c, 3) ? 0 : MSG_MORE;

	switch (below(c, 9)) {
	case 0:
	case 1:
		(void)sock_send(*s, text, below(c, sizeof(text)), flags);
		return;
	case 2:
		(void)sock_send(*s, text, below(c, sizeof(text)),
				flags | MSG_STATIC);
		return;
	case 3:
	case 4:
		(void)sock_recv(*s, buf, below(c, sizeof(buf)),
				below(c, 5) ? 0 : MSG_PEEK);
		return;
	case 5:
		set_some_option(c, *s);
		return;
	case 6:
		(void)sock_shutdown(*s, (int)below(c, 3));
		return;
	case 7:
		assert_false(sock_poll(*s) & ~0x201fu);
		return;
	default:
		sock_close(*s);
		*s = NULL;
	}
}

static void program(struct chaos *c)
{
	struct socket **s = &c->socks[below(c, SOCKS)];

	if (*s)
		call(c, s);
	else
		*s = open_one(c);
}

/* The peer's own work, the first two for a segment, must not fail. */
static void let_fail(struct chaos *c, u32 spared)
{
	if (c->memory_fails && below(c, 2))
		sim_fail_alloc_after(1 + spared + below(c, 6));
}

static void step(struct chaos *c)
{
	switch (below(c, 8)) {
	case 0:
	case 1:
	case 2:
		let_fail(c, 0);
		program(c);
		break;
	case 3:
		let_fail(c, 0);
		sim_run_ms(below(c, 10) ? below(c, 50) : below(c, 5000));
		break;
	case 4:
		let_fail(c, 0);
		if (!below(c, 4))
			error_message(c, below(c, PORTS));
		break;
	default:
		let_fail(c, 2);
		segment(c, below(c, PORTS));
	}
	sim_fail_alloc_after(0);
	if (below(c, 3))
		listen_in(c);
}

static void begin(struct chaos *c, struct tcp_fixture *f, u64 seed)
{
	*c = (struct chaos){.f = f, .random = seed * 0x9e3779b97f4a7c15ull};
	for (u32 i = 0; i < PORTS; i++) {
		c->peers[i] = f->peer;
		c->peers[i].port = (u16)(PEER_PORT + i);
		c->peers[i].iss = 0u - below(c, 10000);
		c->peers[i].ts = i & 1;
		c->peers[i].wscale_ok = i & 2;
		c->peers[i].wscale = (u8)below(c, 15);
	}
}

/* All of it must end: the peer is silent from now on. */
static void finish(struct chaos *c)
{
	struct tcp_fixture *f = c->f;
	struct socket *s;

	for (u32 i = 0; i < SOCKS; i++)
		if (c->socks[i])
			sock_close(c->socks[i]);
	while (!sock_accept(f->listener, &s, NULL))
		sock_close(s);
	for (u32 i = 0; i < 100; i++) {
		fixture_tx_purge(f->base);
		sim_run_ms(30000);
	}
	fixture_tx_purge(f->base);
	assert_int_equal(f->net->sock_live, 1);
	assert_int_equal(f->net->tcp->memory, 0);
	assert_int_equal(f->net->tcp->orphan_count, 0);
	assert_int_equal(net_mib(f->net, MIB_TCP_CurrEstab), 0);
}

static void run(struct tcp_fixture *f, bool memory_fails)
{
	struct chaos c;

	for (u64 seed = 1; seed <= SEEDS; seed++) {
		print_message("seed %u\n", (unsigned)seed);
		begin(&c, f, seed);
		c.memory_fails = memory_fails;
		for (u32 i = 0; i < STEPS; i++)
			step(&c);
		finish(&c);
	}
}

static void nothing_panics_or_stays(void **state)
{
	run(*state, false);
}

static void not_without_memory_either(void **state)
{
	run(*state, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T TCP_TEST
		T(nothing_panics_or_stays),
		T(not_without_memory_either),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
