/* The scripted peer of TCP's tests: see tcp_fixture.h. */
#include "test/host/tcp_fixture.h"

#include <stdlib.h>
#include <string.h>
#include "net/core/eth.h"
#include "net/ipv4/ip.h"

struct packet {
	struct iphdr ip;
	struct tcphdr tcp;
	u8 rest[];
} packed;

struct tcp_sock *tcp_of(struct socket *sock)
{
	return tcp_sk(sock->sk);
}

struct socket *tcp_socket(struct tcp_fixture *f)
{
	struct socket *s;

	assert_int_equal(sock_create(f->net, AF_INET, SOCK_STREAM, 0, &s), 0);
	s->nonblock = true;
	return s;
}

void abort_socket(struct tcp_fixture *f, struct socket *s)
{
	const struct linger now = {1, 0};

	assert_int_equal(
		sock_setsockopt(s, SOL_SOCKET, SO_LINGER, &now, sizeof(now)),
		0);
	sock_close(s);
	fixture_tx_purge(f->base);
}

static struct socket *listen_on(struct tcp_fixture *f, u16 port)
{
	struct socket *s = tcp_socket(f);

	assert_int_equal(bind_to(s, INADDR_ANY, port), 0);
	assert_int_equal(sock_listen(s, 128), 0);
	return s;
}

int tcp_fixture_setup(void **state)
{
	struct tcp_fixture *f = test_calloc(1, sizeof(*f));

	f->base = fixture_create(FIXTURE_FEATURES);
	f->net = f->base->net;
	/* Scripts count by RFC 5681, whose numbers are plain. */
	assert_true(tcp_set_default_congestion(f->net, "reno"));
	fixture_know_peer(f->base);
	f->peer = (struct tcp_peer){
		.port = PEER_PORT,
		.server_port = SERVER_PORT,
		.iss = 0x10000000,
		.mss = 1460,
		.wnd = 65535,
		.tsval = 1000000,
	};
	f->listener = listen_on(f, SERVER_PORT);
	*state = f;
	return 0;
}

void tcp_fixture_unlisten(struct tcp_fixture *f)
{
	if (f->listener)
		sock_close(f->listener);
	f->listener = NULL;
}

/* Sockets that a test left open would be its mistake. */
int tcp_fixture_teardown(void **state)
{
	struct tcp_fixture *f = *state;
	struct tcp_usage usage;

	tcp_fixture_unlisten(f);
	fixture_tx_purge(f->base);
	tcp_usage(f->net, &usage);
	assert_int_equal(usage.inuse, usage.orphans);
	assert_int_equal(f->net->sock_live,
			 usage.inuse + usage.requests + usage.tw);
	if (!usage.orphans)
		assert_int_equal(usage.memory, 0);
	fixture_destroy(f->base);
	test_free(f);
	return 0;
}

void peer_become(struct tcp_fixture *f, u16 port)
{
	f->peer.port = port;
	f->peer.iss += 0x01234567;
	f->peer.guest_iss = 0;
	f->peer.tsecr = 0;
}

/* ---- the peer sends ---- */

static void packet_checksums(struct packet *p, u32 tcp_len)
{
	p->ip.check = ip_fast_csum(&p->ip, 5);
	p->tcp.check =
		csum_fold(csum_partial(&p->tcp, tcp_len,
				       csum_pseudo(p->ip.saddr, p->ip.daddr,
						   IPPROTO_TCP, (u16)tcp_len)));
}

void peer_send_segment(struct tcp_fixture *f, const struct peer_segment *s)
{
	u32 tcp_len = (u32)sizeof(struct tcphdr) + s->opt_len + s->len;
	struct packet *p = test_calloc(1, sizeof(struct iphdr) + tcp_len);

	p->ip = (struct iphdr){
		.ver_ihl = 0x45,
		.tos = f->peer.tos,
		.tot_len = htons((u16)(sizeof(p->ip) + tcp_len)),
		.frag_off = htons(IP_DF),
		.ttl = 64,
		.protocol = IPPROTO_TCP,
		.saddr = FIXTURE_PEER,
		.daddr = FIXTURE_ADDR,
	};
	p->tcp = (struct tcphdr){
		.source = htons(f->peer.port),
		.dest = htons(f->peer.server_port),
		.seq = htonl(s->seq),
		.ack_seq = htonl(s->ack),
		.doff = (u8)((20 + s->opt_len) / 4 << 4),
		.flags = s->flags,
		.window = htons(s->wnd),
		.urg_ptr = htons(s->urg),
	};
	if (s->opt_len)
		memcpy(p->rest, s->opt, s->opt_len);
	if (s->len)
		memcpy(p->rest + s->opt_len, s->data, s->len);
	packet_checksums(p, tcp_len);
	fixture_rx_ip(f->base, p, sizeof(p->ip) + tcp_len);
	test_free(p);
}

static void peer_send_syn(struct tcp_fixture *f, u8 flags, u32 ack)
{
	struct tcp_peer *peer = &f->peer;
	const struct tcp_options opt = {
		.mss = peer->mss,
		.has_sack_ok = peer->sack,
		.has_ts = peer->ts,
		.tsval = peer->tsval,
		.tsecr = flags & TCP_ACK ? peer->tsecr : 0,
		.has_wscale = peer->wscale_ok,
		.wscale = peer->wscale,
	};
	u8 bytes[40];
	struct peer_segment s = {
		.flags = flags | peer->syn_flags,
		.seq = peer->iss,
		.ack = ack,
		.wnd = peer->wnd,
		.opt = bytes,
		.opt_len = tcp_write_syn_options(bytes, &opt),
	};

	peer_send_segment(f, &s);
}

void peer_syn(struct tcp_fixture *f)
{
	peer_send_syn(f, TCP_SYN, 0);
}

void(peer_send)(struct tcp_fixture *f, u8 flags, u32 seq_rel, u32 ack_rel,
		const struct iovec *text)
{
	struct tcp_peer *peer = &f->peer;
	u8 ts[12];
	struct peer_segment s = {
		.flags = flags,
		.seq = peer->iss + seq_rel,
		.ack = flags & TCP_ACK ? peer->guest_iss + ack_rel : 0,
		.wnd = peer->wnd,
		.data = text->base,
		.len = (u32)text->len,
	};

	if (peer->ts) {
		tcp_write_ts(ts, peer->tsval, peer->tsecr);
		s.opt = ts;
		s.opt_len = sizeof(ts);
	}
	peer_send_segment(f, &s);
}

/* ---- the stack sends ---- */

/* Ends with the checksum in the segment, whoever was to compute it. */
static void judge_checksum(struct sk_buff *skb, const struct iphdr *ip)
{
	csum_t sum =
		csum_pseudo(ip->saddr, ip->daddr, IPPROTO_TCP, (u16)skb->len);

	if (skb->ip_summed == CHECKSUM_PARTIAL)
		skb_checksum_help(skb);
	assert_int_equal(csum_fold(skb_checksum(skb, 0, skb->len, sum)).raw, 0);
}

/* skb's data at the IP header; moves it to the TCP header. */
static void judge_ip(struct tcp_fixture *f, struct sk_buff *skb)
{
	const struct iphdr *ip = (const void *)skb->data;

	assert_int_equal(ip->ver_ihl, 0x45);
	assert_int_equal(ip->protocol, IPPROTO_TCP);
	assert_int_equal(ip_fast_csum(ip, 5).raw, 0);
	assert_int_equal(ip->saddr.raw, FIXTURE_ADDR.raw);
	assert_int_equal(ip->daddr.raw, FIXTURE_PEER.raw);
	assert_true(ntohs(ip->tot_len) <= 1500);
	assert_true(ntohs(ip->tot_len) <= skb->len);
	f->seen.tos = ip->tos;
	skb_trim(skb, ntohs(ip->tot_len)); /* padding of a short frame */
	skb_pull(skb, sizeof(*ip));
	judge_checksum(skb, ip);
}

static void see_sacks(struct tcp_fixture *f, const struct tcphdr *th)
{
	struct tcp_seen *seen = &f->seen;

	seen->sack_count = 0;
	if (seen->opt.sack)
		seen->sack_count =
			tcp_read_sack(th, seen->opt.sack, seen->sacks);
	for (u32 i = 0; i < seen->sack_count; i++) {
		seen->sacks[i].start -= f->peer.iss;
		seen->sacks[i].end -= f->peer.iss;
	}
}

static void see_tcp(struct tcp_fixture *f, struct sk_buff *skb)
{
	const struct tcphdr *th = (const void *)skb->data;
	u32 hlen = (th->doff >> 4) * 4u;
	struct tcp_seen *seen = &f->seen;

	assert_int_equal(ntohs(th->source), f->peer.server_port);
	assert_int_equal(ntohs(th->dest), f->peer.port);
	assert_int_equal(th->urg_ptr.raw, 0);
	assert_true(hlen >= 20 && hlen <= skb->len);
	assert_true(tcp_parse_options(th, &seen->opt));
	see_sacks(f, th);
	seen->flags = th->flags;
	seen->seq = ntohl(th->seq);
	seen->ack = ntohl(th->ack_seq);
	seen->wnd = ntohs(th->window);
	seen->len = skb->len - hlen;
	skb_copy_bits(skb, hlen, seen->data, seen->len);
	if (seen->flags & TCP_SYN)
		f->peer.guest_iss = seen->seq;
	if (seen->opt.has_ts)
		f->peer.tsecr = seen->opt.tsval;
	seen->seq_rel = seen->seq - f->peer.guest_iss;
	seen->ack_rel = seen->ack - f->peer.iss;
}

bool peer_receive(struct tcp_fixture *f)
{
	struct sk_buff *skb = fixture_tx_ip(f->base);

	if (!skb)
		return false;
	skb_pull(skb, ETH_HLEN);
	judge_ip(f, skb);
	see_tcp(f, skb);
	consume_skb(skb);
	return true;
}

static void flags_text(u8 flags, char *text)
{
	static const char names[] = "FSRPAUEC";

	for (int i = 0; i < 8; i++)
		if (flags >> i & 1)
			*text++ = names[i];
	*text = 0;
}

static void describe(const char *what, u8 flags, u32 seq, u32 ack, u32 len)
{
	char text[9];

	flags_text(flags, text);
	print_error("%s: %s seq %u ack %u len %u\n", what, text, seq, ack, len);
}

static void must_receive(struct tcp_fixture *f, const char *file, int line)
{
	if (peer_receive(f))
		return;
	print_error("nothing was sent\n");
	_fail(file, line);
}

void expect_at(struct tcp_fixture *f, const struct tcp_expect *want)
{
	const struct tcp_seen *seen = &f->seen;

	must_receive(f, want->file, want->line);
	if (seen->flags == want->flags && seen->seq_rel == want->seq_rel &&
	    seen->ack_rel == want->ack_rel && seen->len == want->len)
		return;
	describe("expected", want->flags, want->seq_rel, want->ack_rel,
		 want->len);
	describe("    sent", seen->flags, seen->seq_rel, seen->ack_rel,
		 seen->len);
	_fail(want->file, want->line);
}

void expect_rst_at(struct tcp_fixture *f, u32 seq_rel, const char *file,
		   int line)
{
	must_receive(f, file, line);
	if (f->seen.flags & TCP_RST && f->seen.seq_rel == seq_rel)
		return;
	describe("no RST", f->seen.flags, f->seen.seq_rel, f->seen.ack_rel,
		 f->seen.len);
	_fail(file, line);
}

void expect_nothing_at(struct tcp_fixture *f, const char *file, int line)
{
	if (!peer_receive(f))
		return;
	describe("unexpected", f->seen.flags, f->seen.seq_rel, f->seen.ack_rel,
		 f->seen.len);
	_fail(file, line);
}

/* ---- whole handshakes ---- */

void peer_handshake(struct tcp_fixture *f)
{
	peer_syn(f);
	expect(f, TCP_SYN | TCP_ACK, 0, 1, 0);
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	expect_nothing(f);
}

struct socket *tcp_accept_one(struct tcp_fixture *f)
{
	struct socket *s = NULL;
	struct sockaddr_in from;

	assert_int_equal(sock_accept(f->listener, &s, &from), 0);
	assert_int_equal(from.addr.raw, FIXTURE_PEER.raw);
	s->nonblock = true;
	return s;
}

struct socket *peer_connect(struct tcp_fixture *f)
{
	peer_handshake(f);
	return tcp_accept_one(f);
}

void close_first(struct tcp_fixture *f)
{
	sock_close(peer_connect(f));
	expect(f, TCP_FIN | TCP_ACK, 1, 1, 0);
	peer_send(f, TCP_FIN | TCP_ACK, 1, 2, NULL, 0);
	expect(f, TCP_ACK, 2, 2, 0);
	fixture_forget_drops(f->base);
}

struct socket *start_connect(struct tcp_fixture *f, u16 port)
{
	struct socket *s = tcp_socket(f);

	assert_int_equal(connect_to(s, FIXTURE_PEER, port), -EINPROGRESS);
	f->peer.port = port;
	f->peer.server_port = ntohs(s->sk->sport);
	return s;
}

struct socket *syn_sent(struct tcp_fixture *f, u16 port, u8 flags)
{
	struct socket *s = start_connect(f, port);

	expect(f, flags, 0, 0 - f->peer.iss, 0);
	return s;
}

struct socket *peer_accept(struct tcp_fixture *f, u16 port)
{
	struct socket *s = syn_sent(f, port, TCP_SYN);

	peer_send_syn(f, TCP_SYN | TCP_ACK, f->peer.guest_iss + 1);
	expect(f, TCP_ACK, 1, 1, 0);
	assert_int_equal(tcp_of(s)->sk.state, TCP_ESTABLISHED);
	return s;
}

u64 mib_rise_of(struct tcp_fixture *f, enum mib_item item)
{
	u64 now = net_mib(f->net, item), rise = now - f->mib[item];

	f->mib[item] = now;
	return rise;
}
