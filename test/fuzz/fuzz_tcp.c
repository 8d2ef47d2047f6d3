/*
 * TCP with a state: an input is a list of segments from the peer, calls of
 * the program, time that passes and memory that fails, on one connection
 * whose side the first byte chooses. Numbers in a segment are small distances
 * from where they matter. All that is sent is judged by tcp_fixture.c, and
 * after the last byte nothing may be left.
 */
#include <string.h>
#include "kernel/log.h"
#include "test/fuzz/fuzz.h"
#include "test/host/machine_sim.h"
#include "test/host/tcp_fixture.h"

#define STEPS_MAX 400
#define TEXT_MAX  65536u
#define RX_ALLOCS 2	    /* of the fixture, for a frame that arrives */
#define ORPHAN_MS 20000000u /* longer than an orphan lives */
#define FAR	  1448	    /* a byte's distance may count in segments */

struct reader {
	const u8 *at, *end;
};

struct run {
	struct reader in;
	struct tcp_fixture *f;
	struct socket *s; /* the connection, while the program has it */
	u32 fail;	  /* the next step's n-th allocation; 0: none */
};

static u8 text[TEXT_MAX];

void fuzz_init(void)
{
	log_set_level(LOG_ERR);
	for (u32 i = 0; i < TEXT_MAX; i++)
		text[i] = (u8)(i * 31 + i / 256);
}

static u8 get8(struct run *r)
{
	return r->in.at < r->in.end ? *r->in.at++ : 0;
}

static u32 get16(struct run *r)
{
	u32 high = get8(r);

	return high << 8 | get8(r);
}

static u32 get32(struct run *r)
{
	u32 high = get16(r);

	return high << 16 | get16(r);
}

/* ---- the peer ---- */

static u32 distance(struct run *r, bool far)
{
	return (u32)((s8)get8(r) * (far ? FAR : 1));
}

/* Where the peer is in its own numbers, as far as it can know. */
static u32 pick_seq(struct run *r)
{
	const struct tcp_sock *tp = r->s ? tcp_of(r->s) : NULL;
	u32 next = tp && tp->irs ? tp->rcv_nxt : r->f->peer.iss + 1;
	u8 how = get8(r);

	switch (how % 8) {
	case 5:
		return get32(r);
	case 6:
		return r->f->peer.iss + distance(r, how & 0x80);
	case 7:
		return next + (tp ? tcp_rcv_wnd(tp) : 0) +
		       distance(r, how & 0x80);
	default:
		return next + (how % 8 ? distance(r, how & 0x80) : 0);
	}
}

static u32 pick_ack(struct run *r)
{
	const struct tcp_sock *tp = r->s ? tcp_of(r->s) : NULL;
	u32 iss = r->f->peer.guest_iss;
	u8 how = get8(r);

	switch (how % 8) {
	case 5:
		return get32(r);
	case 6:
		return iss + distance(r, how & 0x80);
	case 7:
		return (tp ? tp->snd_una : iss) + distance(r, how & 0x80);
	default:
		return (tp ? tp->snd_nxt : iss + 1) +
		       (how % 8 ? distance(r, how & 0x80) : 0);
	}
}

static u32 add_sack(struct run *r, u8 *opt)
{
	u32 blocks = 1 + get8(r) % 4;
	u32 una = r->s ? tcp_of(r->s)->snd_una : r->f->peer.guest_iss;

	opt[0] = opt[1] = 1;
	opt[2] = 5;
	opt[3] = (u8)(2 + 8 * blocks);
	for (u32 i = 0; i < blocks; i++) {
		u32 left = una + get8(r) * (u32)FAR / 4;

		put_be32(opt + 4 + 8 * i, left);
		put_be32(opt + 8 + 8 * i, left + get8(r) * (u32)FAR / 4);
	}
	return 4 + 8 * blocks;
}

static u32 pick_options(struct run *r, u8 *opt)
{
	struct tcp_peer *peer = &r->f->peer;
	struct tcp_options syn = {.mss = 1460, .has_ts = true, .wscale = 7};
	u32 len;

	switch (get8(r) % 5) {
	case 1:
		peer->tsval += distance(r, false);
		tcp_write_ts(opt, peer->tsval, peer->tsecr);
		return 12;
	case 2:
		len = get8(r) % 11 * 4;
		for (u32 i = 0; i < len; i++)
			opt[i] = get8(r);
		return len;
	case 3:
		return add_sack(r, opt);
	case 4:
		syn.mss = (u16)get16(r);
		syn.tsval = peer->tsval;
		syn.has_wscale = syn.has_sack_ok = syn.mss & 1;
		return tcp_write_syn_options(opt, &syn);
	default:
		return 0;
	}
}

static void segment(struct run *r)
{
	struct peer_segment seg = {.flags = get8(r)};
	u8 opt[40];

	seg.seq = pick_seq(r);
	seg.ack = pick_ack(r);
	seg.wnd = (u16)get16(r);
	seg.opt = opt;
	seg.opt_len = pick_options(r, opt);
	seg.data = text;
	seg.len = get8(r);
	if (seg.len & 0x80)
		seg.len = MIN((seg.len & 0x7f) * 64, 8000u);
	if (seg.flags & TCP_URG)
		seg.urg = (u16)get16(r);
	peer_send_segment(r->f, &seg);
}

/* ---- the program ---- */

static void accept_one(struct run *r)
{
	struct socket *s;

	if (!r->f->listener || sock_accept(r->f->listener, &s, NULL))
		return;
	s->nonblock = true;
	if (r->s)
		sock_close(s);
	else
		r->s = s;
}

static void option(struct run *r)
{
	u8 bytes[16];
	int level = get8(r) % 2 ? SOL_TCP : SOL_SOCKET, name = get8(r) % 64;
	u32 len = get8(r) % sizeof(bytes);

	for (u32 i = 0; i < sizeof(bytes); i++)
		bytes[i] = get8(r);
	if (name == TCP_USER_TIMEOUT)
		bytes[3] = 0; /* within ORPHAN_MS */
	(void)sock_setsockopt(r->s, level, name, bytes, len);
	(void)sock_getsockopt(r->s, level, name, bytes, &len);
}

static void hang_up(struct run *r)
{
	if (r->s)
		sock_close(r->s);
	r->s = NULL;
}

static void call(struct run *r)
{
	static u8 buf[TEXT_MAX];
	u8 what = get8(r);

	if (!r->s) {
		accept_one(r);
		return;
	}
	switch (what % 8) {
	case 0:
	case 1:
		(void)sock_send(r->s, text, get16(r),
				(what & 0x80 ? MSG_STATIC : 0) |
					(what & 0x40 ? MSG_MORE : 0));
		return;
	case 2:
	case 3:
		(void)sock_recv(r->s, buf, get16(r),
				what & 0x80 ? MSG_PEEK : 0);
		return;
	case 4:
		(void)sock_shutdown(r->s, get8(r) % 4);
		return;
	case 5:
		option(r);
		return;
	case 6:
		(void)sock_poll(r->s);
		return;
	default:
		hang_up(r);
	}
}

/* ---- a run ---- */

static void check(const struct run *r)
{
	const struct tcp_sock *tp = r->s ? tcp_of(r->s) : NULL;

	if (!tp || tp->sk.state == TCP_CLOSE || tp->sk.state == TCP_LISTEN)
		return;
	FUZZ_CHECK(seq_leq(tp->snd_una, tp->snd_nxt));
	FUZZ_CHECK(seq_leq(tp->snd_nxt, tp->write_seq));
	FUZZ_CHECK(seq_leq(tp->copied_seq, tp->rcv_nxt));
	FUZZ_CHECK(tp->snd_una == tp->write_seq || tp->xmit_deadline_ms);
	FUZZ_CHECK(tp->rto_ms >= TCP_RTO_MIN_MS &&
		   tp->rto_ms <= TCP_RTO_MAX_MS);
	FUZZ_CHECK(tp->cwnd || tp->sk.state != TCP_ESTABLISHED);
}

static void step(struct run *r)
{
	u8 what = get8(r);

	if (r->fail)
		sim_fail_alloc_after(r->fail + (what % 8 < 3 ? RX_ALLOCS : 0));
	r->fail = 0;
	switch (what % 8) {
	case 0:
	case 1:
	case 2:
		segment(r);
		break;
	case 3:
		fixture_run_ms(r->f->base, 1u << get8(r) % 18);
		break;
	case 4:
	case 5:
	case 6:
		call(r);
		break;
	default:
		r->fail = get8(r) % 16;
	}
	sim_fail_alloc_after(0);
	while (peer_receive(r->f))
		;
	check(r);
}

static void begin(struct run *r)
{
	u8 how = get8(r);

	r->f->peer.ts = how & 2;
	r->f->peer.wscale_ok = how & 4;
	r->f->peer.wscale = how >> 4;
	if (how & 1) {
		r->s = tcp_socket(r->f);
		FUZZ_CHECK(connect_to(r->s, FIXTURE_PEER, PEER_PORT) ==
			   -EINPROGRESS);
		r->f->peer.server_port = ntohs(r->s->sk->sport);
		FUZZ_CHECK(peer_receive(r->f));
	} else if (!(how & 8)) {
		r->s = peer_connect(r->f);
	}
}

void fuzz_one(const u8 *data, size_t size)
{
	struct run r = {.in = {data, data + size}};

	FUZZ_CHECK(!tcp_fixture_setup((void **)&r.f));
	begin(&r);
	for (int i = 0; i < STEPS_MAX && r.in.at < r.in.end; i++)
		step(&r);
	hang_up(&r);
	tcp_fixture_unlisten(r.f);
	fixture_run_ms(r.f->base, ORPHAN_MS);
	tcp_fixture_teardown((void **)&r.f);
}
