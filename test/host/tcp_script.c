/* Words for scripts about TCP's sending half: see tcp_script.h. */
#include "test/host/tcp_script.h"

#include <string.h>

static u8 stream[STREAM_MAX];

const u8 *script_stream(void)
{
	if (!stream[1])
		for (u32 i = 0; i < STREAM_MAX; i++)
			stream[i] = (u8)(i * 2654435761u >> 24);
	return stream;
}

void say(struct socket *s, u32 len, u32 flags)
{
	struct tcp_sock *tp = tcp_of(s);
	u32 at = tp->write_seq - tp->iss - 1;

	assert_true(at + len <= STREAM_MAX);
	assert_int_equal(sock_send(s, script_stream() + at, len, flags), len);
}

void(peer_sacks)(struct tcp_fixture *f, u32 ack_rel, u32 count,
		 const u32 *edges)
{
	struct tcp_sack_block blocks[TCP_SACK_BLOCKS];
	u8 opt[12 + 4 + 8 * TCP_SACK_BLOCKS];
	u32 ts = f->peer.ts ? 12 : 0;
	const struct peer_segment s = {
		.flags = TCP_ACK,
		.seq = f->peer.iss + 1,
		.ack = f->peer.guest_iss + ack_rel,
		.wnd = f->peer.wnd,
		.opt = opt,
		.opt_len = ts + 4 + 8 * count,
	};

	if (ts)
		tcp_write_ts(opt, f->peer.tsval, f->peer.tsecr);
	for (u32 i = 0; i < count; i++) {
		blocks[i].start = f->peer.guest_iss + edges[2 * i];
		blocks[i].end = f->peer.guest_iss + edges[2 * i + 1];
	}
	tcp_write_sack(opt + ts, blocks, count);
	peer_send_segment(f, &s);
}

struct socket *connect_after(struct tcp_fixture *f, u32 rtt_ms)
{
	peer_syn(f);
	expect(f, TCP_SYN | TCP_ACK, 0, 1, 0);
	fixture_run_ms(f->base, rtt_ms);
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	return tcp_accept_one(f);
}

struct socket *connect_ecn(struct tcp_fixture *f)
{
	struct socket *s;

	f->peer.syn_flags = TCP_ECE | TCP_CWR;
	peer_syn(f);
	expect(f, TCP_SYN | TCP_ACK | TCP_ECE, 0, 1, 0);
	assert_int_equal(f->seen.tos, 0);
	f->peer.syn_flags = 0;
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	s = tcp_accept_one(f);
	tcp_of(s)->quick_acks = 0;
	return s;
}

void expect_text_at(struct tcp_fixture *f, u32 seq_rel, u32 len,
		    const char *file, int line)
{
	const struct tcp_seen *seen = &f->seen;

	if (!peer_receive(f)) {
		print_error("nothing was sent, not %u+%u\n", seq_rel, len);
		_fail(file, line);
	}
	if (seen->seq_rel != seq_rel || seen->len != len ||
	    (seen->flags | TCP_PSH) != (TCP_ACK | TCP_PSH)) {
		print_error("sent %u+%u flags %x, not %u+%u\n", seen->seq_rel,
			    seen->len, seen->flags, seq_rel, len);
		_fail(file, line);
	}
	if (memcmp(seen->data, script_stream() + seq_rel - 1, len)) {
		print_error("wrong bytes at %u+%u\n", seq_rel, len);
		_fail(file, line);
	}
}

void expect_full_at(struct tcp_fixture *f, u32 seq_rel, u32 count,
		    const char *file, int line)
{
	for (u32 i = 0; i < count; i++)
		expect_text_at(f, seq_rel + i * MSS, MSS, file, line);
}

u32 skip_sent(struct tcp_fixture *f)
{
	u32 count = 0;

	while (peer_receive(f))
		count++;
	return count;
}

u32 wait_sent(struct tcp_fixture *f, u32 ms)
{
	for (u32 passed = 0; passed <= ms; passed++) {
		if (peer_receive(f))
			return passed;
		fixture_run_ms(f->base, 1);
	}
	return UINT32_MAX;
}

void wait_timeout(struct tcp_fixture *f)
{
	u64 before = net_mib(f->net, MIB_TCPEXT_TCPTimeouts);
	u32 steps = 0;

	while (net_mib(f->net, MIB_TCPEXT_TCPTimeouts) == before) {
		fixture_run_ms(f->base, 5);
		assert_true(++steps < 2000);
	}
}

void script_shift_iss(struct tcp_fixture *f, struct socket *s, u32 iss)
{
	struct tcp_sock *tp = tcp_of(s);
	u32 by = iss - tp->iss;

	script_skip(f, s, by);
	tp->snd_sml += by;
	tp->recover += by;
	tp->max_flight_seq += by;
	tp->drag_seq += by;
	tp->rate.limit_seq += by;
}

void script_skip(struct tcp_fixture *f, struct socket *s, u32 by)
{
	struct tcp_sock *tp = tcp_of(s);

	assert_int_equal(tp->snd_una, tp->write_seq);
	tp->iss += by;
	tp->snd_una += by;
	tp->snd_nxt += by;
	tp->write_seq += by;
	tp->snd_wl2 += by;
	f->peer.guest_iss += by;
}

void script_end(struct tcp_fixture *f, struct socket *s)
{
	struct tcp_sock *tp = tcp_of(s);

	skip_sent(f);
	if (tp->sk.state != TCP_CLOSE)
		peer_send(f, TCP_RST, tp->rcv_nxt - f->peer.iss, 0, NULL, 0);
	assert_int_equal(tp->sk.state, TCP_CLOSE);
	sock_close(s);
	skip_sent(f);
}

static void watch_step(struct tcp_fixture *f, struct watch *w, u64 start)
{
	while (peer_receive(f)) {
		if (w->count == WATCH_MAX)
			continue;
		w->at[w->count] = clock_ms() - start;
		w->seq_rel[w->count] = f->seen.seq_rel;
		w->len[w->count] = f->seen.len;
		w->flags[w->count] = f->seen.flags;
		w->count++;
	}
}

struct watch watch(struct tcp_fixture *f, u64 ms, u64 step)
{
	u64 start = clock_ms();
	struct watch w = {0};

	while (clock_ms() < start + ms) {
		fixture_run_ms(f->base, step);
		watch_step(f, &w, start);
	}
	return w;
}

void check_scoreboard(struct tcp_sock *tp)
{
	u32 lost = 0, retrans = 0, sacked = 0, skbs = 0, resent = 0, space;
	struct tcp_skb_cb *cb;
	struct sk_buff *skb;

	skb_queue_walk (&tp->rtx_queue, skb) {
		cb = tcp_cb(skb);
		space = cb->end_seq - cb->seq;
		lost += cb->sacked & TCPCB_LOST ? space : 0;
		retrans += cb->sacked & TCPCB_RETRANS ? space : 0;
		resent += cb->sacked & TCPCB_RETRANS ? 1 : 0;
		sacked += cb->sacked & TCPCB_SACKED ? space : 0;
		skbs += cb->sacked & TCPCB_SACKED ? 1 : 0;
		if (cb->sacked & TCPCB_SACKED)
			assert_int_equal(cb->sacked, TCPCB_SACKED);
		if (cb->sacked & TCPCB_RETRANS)
			assert_true(cb->sacked & TCPCB_LOST);
	}
	list_for_each_entry (cb, &tp->loss.resent, resent)
		resent--;
	assert_int_equal(resent, 0);
	assert_int_equal(tp->lost_bytes, lost);
	assert_int_equal(tp->retrans_bytes, retrans);
	assert_int_equal(tp->loss.sacked_skbs, skbs);
	if (tp->sack_ok)
		assert_int_equal(tp->sacked_bytes, sacked);
	if (tp->sack_ok && tp->ca_state == TCP_CA_OPEN)
		assert_int_equal(sacked | lost, 0);
	assert_true(tcp_in_flight(tp) <= tp->snd_nxt - tp->snd_una);
}
