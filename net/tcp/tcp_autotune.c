/*
 * Buffers that grow to what the path takes, until the program has set their
 * size: a program that reads as quickly as text arrives shall not be slowed
 * by its window ("dynamic right-sizing", Fisk and Feng, 2001), nor one that
 * writes by its send buffer.
 *
 *	window    |- quarter read in a round trip -|------------- - - --|
 *	doubled   |-----------------------------------------------------...
 *
 * A sender in slow start doubles in each round trip. A window that is told
 * now is used up to by what comes two round trips later, so a quarter.
 */
#include "net/tcp/tcp_sock.h"

#define RCV_RTT_SEGS 16u /* between two samples by timestamp */
#define LOOK_PART    4u	 /* of the window is read between two looks */

/* No growth for anyone when half of what all may have is taken. */
static bool tcp_may_grow(const struct tcp_sock *tp)
{
	return tp->table->memory < tp->table->memory_max / 2;
}

/* With timestamps less than a full segment tells nothing. */
void tcp_autotune_init(struct tcp_sock *tp, u64 now_ns)
{
	tp->rcv_rtt_us = 0;
	tp->rcv_rtt_seq = tp->rcv_nxt + (tp->ts_ok ? tp->rcv_mss : 0);
	tp->rcv_space_seq = tp->copied_seq + tp->sk.rcvbuf / LOOK_PART;
	tp->rcv_space_us = tp->rcv_rtt_mark_us = (u32)(now_ns / 1000);
}

/*
 * The sender's idle time is in a timestamp's sample too: one that is much
 * longer counts as four times as long.
 */
static u32 tcp_rcv_rtt_smooth(u32 rtt_us, u32 sample_us)
{
	if (!rtt_us || sample_us < rtt_us)
		return sample_us;
	return rtt_us + (MIN(sample_us, 4 * rtt_us) - rtt_us) / 8;
}

/*
 * Without timestamps: what lies behind the window's right edge cannot come
 * before the sender has heard of more, a round trip later. It may come much
 * later, so the least counts.
 */
void tcp_rcv_rtt_measure(struct tcp_sock *tp, const struct tcp_seg *seg)
{
	u32 now_us = tcp_now_us(), ms, window_us;

	if (tp->ts_ok && seg->opt.tsecr) {
		ms = tcp_ts_now(tp->ts_offset) - seg->opt.tsecr;
		if (seg->len >= tp->rcv_mss && ms < TCP_RTO_MAX_MS)
			tp->rcv_rtt_us = tcp_rcv_rtt_smooth(tp->rcv_rtt_us,
							    MAX(ms, 1u) * 1000);
		tp->rcv_rtt_seq = tp->rcv_nxt + RCV_RTT_SEGS * tp->rcv_mss;
		return;
	}
	window_us = now_us - tp->rcv_rtt_mark_us;
	if (tp->rcv_nxt != tp->irs + 1 + seg->len &&
	    (!tp->rcv_rtt_us || window_us < tp->rcv_rtt_us))
		tp->rcv_rtt_us = MAX(window_us, 1u);
	tp->rcv_rtt_mark_us = now_us;
	tp->rcv_rtt_seq = tp->rcv_wup + tp->rcv_wnd;
}

void tcp_rcv_space_adjust(struct tcp_sock *tp)
{
	u32 now_us = tcp_now_us(), elapsed_us = now_us - tp->rcv_space_us;
	u32 most = tcp_rcvbuf_max(tp);

	if (elapsed_us <= tp->rcv_rtt_us && tp->sk.rcvbuf < most &&
	    tcp_may_grow(tp))
		tp->sk.rcvbuf = MIN(tp->sk.rcvbuf * 2, most);
	tp->rcv_space_seq = tp->copied_seq + tp->sk.rcvbuf / LOOK_PART;
	tp->rcv_space_us = now_us;
}

/* Two windows: one in flight, one to take its place as ACKs come. */
static void tcp_sndbuf_expand(struct tcp_sock *tp)
{
	u64 segs = 2ull * tp->cwnd / tp->mss;
	u64 want = segs * (tp->mss + TCP_SKB_OVERHEAD);

	if (tp->sk.sndbuf_locked || !tcp_may_grow(tp))
		return;
	want = MIN(want, (u64)tp->table->conf.wmem_max);
	tp->sk.sndbuf = MAX(tp->sk.sndbuf, (u32)want);
}

void tcp_new_space(struct tcp_sock *tp)
{
	tcp_sndbuf_expand(tp);
	if (!tcp_writable(tp))
		return;
	tp->want_room = false;
	sock_wake(&tp->sk, EPOLLOUT);
}
