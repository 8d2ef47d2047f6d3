/*
 * What may be sent now: the peer's window, cwnd, Nagle's rule and the
 * sender's silly window avoidance (RFC 9293 sections 3.7.4 and 3.8.6.2.1).
 *
 *	write_queue -- tcp_write_xmit --> rtx_queue -- acknowledged --> freed
 *	               quota, cut         (a clone goes to IP)
 */
#include "lib/errno.h"
#include "lib/units.h"
#include "net/core/netdev.h"
#include "net/tcp/tcp_rate.h"

#define TCP_NEAR_US 128 /* each of RTT halves what is sent as one */

#define BIT(n) (1u << (n))
#define TCP_MAY_SEND                                                           \
	(BIT(TCP_ESTABLISHED) | BIT(TCP_CLOSE_WAIT) | BIT(TCP_FIN_WAIT1) |     \
	 BIT(TCP_CLOSING) | BIT(TCP_LAST_ACK))

u32 tcp_in_flight(const struct tcp_sock *tp)
{
	s32 bytes = (s32)(tp->snd_nxt - tp->snd_una - tp->sacked_bytes -
			  tp->lost_bytes + tp->retrans_bytes);

	return bytes > 0 ? (u32)bytes : 0;
}

/* With nothing in flight one segment may always go. */
static inline u32 tcp_cwnd_left(const struct tcp_sock *tp)
{
	u32 flight = tcp_in_flight(tp);

	if (unlikely(!flight))
		return MAX(tp->cwnd, tp->mss);
	return tp->cwnd > flight ? tp->cwnd - flight : 0;
}

/*
 * Nagle in Minshall's form: of the small segments one is on its way; a large
 * write's last one does not wait for the acknowledgment of the full ones.
 * Only the end of the queue waits, for only there something can be added.
 */
static inline bool tcp_small_waits(const struct tcp_sock *tp,
				   const struct sk_buff *skb)
{
	bool idle = skb_queue_empty(&tp->rtx_queue);

	if (likely(idle && !tp->cork && !tp->more))
		return false;
	if (tcp_cb(skb)->flags & TCP_FIN ||
	    skb_queue_next(&tp->write_queue, skb))
		return false;
	if (tp->cork || tp->more)
		return true;
	return !tp->nodelay &&
	       seq_between(tp->snd_sml, tp->snd_una + 1, tp->snd_nxt);
}

/*
 * A window that does not take all of it: whole segments, or at least half of
 * the largest window there was (3.8.6.2.1 (1), (3)). The override time-out
 * (4) is the probe timer's.
 */
static u32 tcp_cut_len(const struct tcp_sock *tp, u32 limit, bool by_cwnd)
{
	if (limit >= tp->mss)
		return limit - limit % tp->mss;
	if (by_cwnd || limit < tp->max_window / 2)
		return 0;
	return limit;
}

/* How much of the first unsent skb goes now, FIN counted; 0: it waits. */
static u32 tcp_send_len(struct tcp_sock *tp, const struct sk_buff *skb)
{
	u32 need = tcp_skb_space(skb), wnd = tcp_wnd_left(tp);
	u32 cwnd = skb->len ? tcp_cwnd_left(tp) : need; /* a bare FIN */
	u32 limit = MIN(wnd, cwnd), tail;

	if (unlikely(limit < need)) {
		if (limit == skb->len && limit <= tp->mss)
			return limit; /* all but the FIN */
		tp->cwnd_limited = cwnd < wnd;
		return tcp_cut_len(tp, MIN(limit, TCP_GSO_MAX), cwnd < wnd);
	}
	tail = skb->len;
	if (unlikely(tail > tp->mss)) {
		if (need > TCP_GSO_MAX)
			return tcp_cut_len(tp, TCP_GSO_MAX, false);
		tail %= tp->mss;
	}
	if (unlikely(tail && tail != tp->mss && tcp_small_waits(tp, skb)))
		return skb->len - tail;
	return need;
}

/*
 * What this round trip has used of cwnd: one that the program does not fill
 * must not grow (RFC 7661's concern).
 */
static inline void tcp_note_flight(struct tcp_sock *tp)
{
	u32 flight = tp->snd_nxt - tp->snd_una;

	if (flight > tp->max_flight ||
	    seq_geq(tp->snd_una, tp->max_flight_seq)) {
		tp->max_flight = flight;
		tp->max_flight_seq = tp->snd_nxt;
	}
}

/* It has been sent for the first time. */
static inline void tcp_sent_new(struct tcp_sock *tp, struct sk_buff *skb,
				u64 now_ns)
{
	u32 segs = skb_shinfo(skb)->gso_segs;

	skb_unlink(&tp->write_queue, skb);
	skb_queue_tail(&tp->rtx_queue, skb);
	tp->snd_nxt = tcp_cb(skb)->end_seq;
	tp->data_segs_out += segs;
	if (skb->len != segs * tp->mss)
		tp->snd_sml = tp->snd_nxt;
	NET_ADD(tp->sk.net, TCPEXT_TCPOrigDataSent, segs);
	tcp_note_flight(tp);
	if (unlikely(tp->probing))
		tp->backoff = 0;
	if (!tp->xmit_deadline_ms || unlikely(tp->probing))
		tcp_rto_restart_at(tp, now_ns); /* RFC 6298 section 5.1 */
	tcp_rate_sent(tp, tcp_cb(skb));
}

/* The first len of the first unsent skb. False: no memory, it stays. */
static inline bool tcp_write_one(struct tcp_sock *tp, struct sk_buff *skb,
				 u32 len, u64 now_ns)
{
	if (unlikely(len != tcp_skb_space(skb)) &&
	    !tcp_fragment(tp, &tp->write_queue, skb, len))
		return false;
	if (unlikely(tcp_transmit_skb(tp, skb, now_ns) == -ENOMEM))
		return false;
	tcp_sent_new(tp, skb, now_ns);
	return true;
}

/* The same with psh, TCP_PSH or 0, which it lacks when it goes again alone. */
static noinline bool tcp_write_psh(struct tcp_sock *tp, struct sk_buff *skb,
				   u32 len, u8 psh, u64 now_ns)
{
	struct tcp_skb_cb *cb = tcp_cb(skb);
	u8 flags;
	bool sent;

	if (len != tcp_skb_space(skb) &&
	    !tcp_fragment(tp, &tp->write_queue, skb, len))
		return false;
	flags = cb->flags;
	cb->flags |= psh;
	cb->run_end = psh;
	sent = tcp_write_one(tp, skb, len, now_ns);
	cb->flags = flags;
	return sent;
}

/*
 * A receiver that collects segments does so until a PSH (GRO): one for every
 * second full segment keeps its ACKs coming as RFC 1122 section 4.2.3.2 wants
 * them. A near peer's come soon anyway, and copied text may go in longer runs.
 */
static u32 tcp_run_max(const struct tcp_sock *tp, const struct sk_buff *skb)
{
	u32 most = MIN(tp->cwnd / 2, tp->table->conf.push_segs * tp->mss);

	if (skb_has_block(skb))
		most += TCP_GSO_MAX >> MIN(tp->min_rtt_us / TCP_NEAR_US, 31u);
	return most;
}

/* `run`: bytes since the last PSH. */
static bool tcp_ends_run(const struct tcp_sock *tp, const struct sk_buff *skb,
			 u32 len, u32 *run)
{
	u32 most = tcp_run_max(tp, skb);
	u32 bytes = *run + len;

	*run = bytes + tp->mss > most ? 0 : bytes;
	return !*run && bytes > tp->mss;
}

/* Of the len bytes what this run has room for. */
static u32 tcp_run_len(const struct tcp_sock *tp, const struct sk_buff *skb,
		       u32 len, u32 run)
{
	u32 most = tcp_run_max(tp, skb);

	most -= most % tp->mss;
	return most > run + tp->mss ? MIN(len, most - run) : MIN(len, tp->mss);
}

/* One of many, with a PSH where it ends a run; copied text is cut there. */
static noinline bool tcp_write_run(struct tcp_sock *tp, struct sk_buff *skb,
				   u32 len, u32 *run, u64 now_ns)
{
	if (skb_has_block(skb))
		len = tcp_run_len(tp, skb, len, *run);
	if (tcp_ends_run(tp, skb, len, run))
		return tcp_write_psh(tp, skb, len, TCP_PSH, now_ns);
	return tcp_write_one(tp, skb, len, now_ns);
}

/*
 * Something is or was left over, or the program has been refused some. `len`:
 * what might have been sent of skb, had there been memory.
 */
static noinline void tcp_write_ends(struct tcp_sock *tp,
				    const struct sk_buff *skb, u32 len,
				    u64 now_ns)
{
	tcp_chrono_wait(tp, skb, now_ns);
	if (tp->want_room)
		tcp_new_space(tp);
	if (!skb || tp->xmit_deadline_ms)
		return;
	if (len)
		tcp_memory_wait(tp);
	else
		tcp_probe_start(tp);
}

/* A longer segment than others, to see whether it arrives. */
static cold void tcp_write_probe(struct tcp_sock *tp, u64 now_ns)
{
	u32 len = tcp_pmtu_probe(tp, now_ns / NS_PER_MS);
	u16 mss = tp->mss;

	if (!len)
		return;
	tp->mss = (u16)len;
	if (!tcp_write_psh(tp, skb_peek(&tp->write_queue), len, 0, now_ns))
		tp->pmtu_probe = 0;
	tp->mss = mss;
}

/* More than one segment, and not static content that goes as one. */
static inline bool tcp_has_many(const struct tcp_sock *tp)
{
	return tp->write_queue.qlen > 1 || skb_has_block(tp->write_queue.next);
}

static noinline void tcp_write_xmit(struct tcp_sock *tp)
{
	bool many = tcp_has_many(tp);
	u64 now_ns = machine_now_ns(), now_ms = now_ns / NS_PER_MS;
	struct sk_buff *skb;
	u32 len = 0, run = 0;
	bool sent;

	if (unlikely(!(BIT(tp->sk.state) & TCP_MAY_SEND)))
		return;
	tp->cwnd_limited = false;
	if (now_ms - tp->last_send_ms > tp->rto_ms)
		tcp_restart_after_idle(tp);
	if (unlikely(many))
		dev_tx_defer(tp->sk.net);
	if (unlikely(tp->pmtu))
		tcp_write_probe(tp, now_ns);
	while ((skb = skb_peek(&tp->write_queue)) != NULL) {
		len = tcp_send_len(tp, skb);
		if (!len)
			break;
		if (unlikely(many))
			sent = tcp_write_run(tp, skb, len, &run, now_ns);
		else
			sent = tcp_write_one(tp, skb, len, now_ns);
		if (!sent)
			break;
		tp->last_send_ms = now_ms;
	}
	if (unlikely(many))
		dev_tx_flush(tp->sk.net);
	if (tp->max_flight > tp->mss && !tp->loss.deadline_ms)
		tcp_tlp_start(tp);
	if (tp->chrono == TCP_CHRONO_IDLE) {
		tp->chrono = TCP_CHRONO_BUSY;
		tp->chrono_start_ns = now_ns;
	}
	if (unlikely(skb || tp->want_room || tp->chrono != TCP_CHRONO_BUSY))
		tcp_write_ends(tp, skb, len, now_ns);
}

/* Our FIN when no text was there to carry it; later if there is no memory. */
static void tcp_queue_fin(struct tcp_sock *tp)
{
	struct sk_buff *skb;

	if (tp->snd_nxt == tp->write_seq ||
	    !skb_queue_empty(&tp->write_queue) ||
	    !(BIT(tp->sk.state) & TCP_MAY_SEND))
		return;
	skb = alloc_skb(tp->sk.net, 0);
	if (!skb) {
		if (!tp->xmit_deadline_ms)
			tcp_memory_wait(tp);
		return;
	}
	*tcp_cb(skb) = (struct tcp_skb_cb){
		.seq = tp->write_seq - 1,
		.end_seq = tp->write_seq,
		.flags = TCP_FIN,
	};
	skb_queue_tail(&tp->write_queue, skb);
}

static noinline void tcp_push_special(struct tcp_sock *tp)
{
	if (tp->lost_bytes > tp->retrans_bytes)
		tcp_retransmit_lost(tp);
	if (tp->fin_queued)
		tcp_queue_fin(tp);
	/* The peer's FIN has not come with its ACK of ours. */
	if (tp->sk.state == TCP_FIN_WAIT2 && tp->orphan &&
	    !tp->keep_deadline_ms)
		tcp_keepalive_start(tp, tp->linger2_ms);
}

static inline void tcp_push_data(struct tcp_sock *tp)
{
	if (unlikely(tp->lost_bytes || tp->fin_queued))
		tcp_push_special(tp);
	if (!skb_queue_empty(&tp->write_queue))
		tcp_write_xmit(tp);
}

void tcp_push(struct tcp_sock *tp)
{
	tcp_push_data(tp);
	if (unlikely(tp->ack_pending == TCP_ACK_NOW))
		tcp_send_ack(tp);
}

/* What the timers ask for: when was the peer last heard? */
static inline bool tcp_needs_heard(const struct tcp_sock *tp)
{
	return tp->sk.keepalive || !tp->snd_wnd;
}

void tcp_push_and_ack(struct tcp_sock *tp)
{
	if (unlikely(tcp_needs_heard(tp)))
		tp->last_heard_ms = clock_ms();
	tcp_push_data(tp);
	if (tp->ack_pending == TCP_ACK_NOW)
		tcp_send_ack(tp);
	else if (tp->ack_pending == TCP_ACK_DELAYED)
		tcp_delack_start(tp);
}

void tcp_send_fin(struct tcp_sock *tp)
{
	struct tcp_skb_cb *last;

	if (tp->fin_queued)
		return;
	tp->fin_queued = true;
	tp->write_seq++;
	if (!skb_queue_empty(&tp->write_queue)) {
		last = tcp_cb(tp->write_queue.prev);
		last->flags |= TCP_FIN;
		last->end_seq++;
	}
	tcp_push(tp);
}

bool tcp_write_wakeup(struct tcp_sock *tp)
{
	struct sk_buff *skb = skb_peek(&tp->write_queue);
	u32 wnd = tcp_wnd_left(tp);
	u64 now_ns = machine_now_ns();
	u32 len;
	u8 psh;

	if (!skb || !wnd || !(BIT(tp->sk.state) & TCP_MAY_SEND))
		return false;
	len = MIN(MIN(wnd, tp->mss), tcp_skb_space(skb));
	psh = len == tp->write_seq - tp->snd_nxt ? TCP_PSH : 0; /* MUST-61 */
	if (!tcp_write_psh(tp, skb, len, psh, now_ns))
		return false;
	tp->last_send_ms = now_ns / NS_PER_MS;
	return true;
}
