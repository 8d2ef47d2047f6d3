/*
 * The acknowledgment field: RFC 9293 section 3.10.7.4, fifth step, with RFC
 * 5961 section 5 before it. What is acknowledged leaves the retransmission
 * queue, gives an RTT sample and moves the window; what the ACK means for
 * congestion is told to tcp_recovery.c.
 */
#include "kernel/machine.h"
#include "net/link/neigh.h"
#include "net/tcp/tcp_ecn.h"
#include "net/tcp/tcp_rate.h"

/* RFC 5961 section 5.2: [SND.UNA - MAX.SND.WND, SND.NXT], else suspicious. */
static enum drop_reason tcp_judge_ack(const struct tcp_sock *tp,
				      const struct tcp_seg *seg)
{
	if (unlikely(!(seg->flags & TCP_ACK)))
		return DROP_TCP_NO_ACK_FLAG;
	if (unlikely(seq_gt(seg->ack, tp->snd_nxt) ||
		     seq_lt(seg->ack, tp->snd_una - tp->max_window)))
		return DROP_TCP_BAD_ACK;
	return DROP_NONE;
}

/* What was marked, or sent in a recovery: what there is to learn. */
static noinline void tcp_learn_marked(struct tcp_sock *tp,
				      const struct tcp_skb_cb *cb,
				      struct tcp_acked *acked)
{
	if (cb->sacked & TCPCB_SACKED) {
		acked->delivered -= cb->end_seq - cb->seq;
	} else {
		acked->retrans |= cb->retrans != 0;
		tcp_note_arrival(tp, acked, cb);
	}
}

static inline bool tcp_is_marked(const struct tcp_sock *tp,
				 const struct tcp_skb_cb *cb)
{
	return cb->sacked | cb->retrans | tp->ca_state;
}

/* A GSO segment acknowledged in part: its front goes. */
static void tcp_clean_partial(struct tcp_sock *tp, struct sk_buff *skb,
			      struct tcp_acked *acked)
{
	struct tcp_skb_cb front = *tcp_cb(skb);
	u32 bytes = tp->snd_una - front.seq;

	if (!tcp_trim_head(tp, skb, bytes))
		return;
	front.end_seq = tp->snd_una;
	if (tcp_is_marked(tp, &front)) {
		tcp_learn_marked(tp, &front, acked);
	} else {
		acked->tx_us = front.tx_us;
		acked->rtt_ok = true;
	}
	tcp_forget_front(tp, tcp_cb(skb), bytes);
}

static void tcp_clean_rtx_queue(struct tcp_sock *tp, struct tcp_acked *acked)
{
	struct sk_buff *skb;
	struct tcp_skb_cb *cb;

	while ((skb = skb_peek(&tp->rtx_queue)) != NULL) {
		cb = tcp_cb(skb);
		if (seq_gt(cb->end_seq, tp->snd_una)) {
			if (seq_lt(cb->seq, tp->snd_una))
				tcp_clean_partial(tp, skb, acked);
			return;
		}
		if (unlikely(tcp_is_marked(tp, cb))) {
			tcp_learn_marked(tp, cb, acked);
			tcp_forget_marks(tp, skb);
		} else {
			acked->tx_us = cb->tx_us;
			acked->rtt_ok = true;
		}
		skb_unlink(&tp->rtx_queue, skb);
		tcp_free_sent(tp, skb);
	}
}

/*
 * RFC 6298 section 3 (Karn): no sample from what was retransmitted, unless
 * the echoed timestamp tells which transmission is answered.
 */
static void tcp_sample_rtt(struct tcp_sock *tp, const struct tcp_seg *seg,
			   const struct tcp_acked *acked, u64 now_ns)
{
	u32 ms;

	if (likely(acked->rtt_ok && !acked->retrans)) {
		tcp_rtt_sample(tp, (u32)(now_ns / 1000) - acked->tx_us);
		return;
	}
	if (!tp->ts_ok || !seg->opt.has_ts || !seg->opt.tsecr)
		return;
	ms = tcp_ts_now(tp->ts_offset) - seg->opt.tsecr;
	if (ms < TCP_RTO_MAX_MS)
		tcp_rtt_sample(tp, (ms ? ms : 1) * 1000);
}

/*
 * SND.WND by SND.WL1 and SND.WL2, so that an old segment does not shrink it.
 * One that acknowledges more is not old, though it may be a retransmission:
 * the earlier window from a new SND.UNA on would reach too far.
 */
static bool tcp_update_window(struct tcp_sock *tp, const struct tcp_seg *seg)
{
	u32 wnd = seg->wnd << tp->snd_wscale;
	bool changed;

	if (unlikely(seq_lt(seg->seq, tp->snd_wl1) ||
		     (seg->seq == tp->snd_wl1 &&
		      seq_lt(seg->ack, tp->snd_wl2))) &&
	    seq_leq(seg->ack, tp->snd_una))
		return false;
	changed = wnd != tp->snd_wnd;
	tp->snd_wl1 = seg->seq;
	tp->snd_wl2 = seg->ack;
	tp->snd_wnd = wnd;
	if (wnd > tp->max_window)
		tp->max_window = wnd;
	return changed;
}

static void tcp_drag_hint(const struct tcp_sock *tp, struct tcp_hint *hint)
{
	if (seq_lt(hint->seq, tp->snd_una))
		hint->skb = NULL;
}

/*
 * What lies 2 GiB behind compares as if it lay ahead. So what marks a place
 * that has been passed is taken along, and what was an undo's is none any
 * more.
 */
static cold void tcp_drag_marks(struct tcp_sock *tp)
{
	struct tcp_loss *loss = &tp->loss;
	u32 *const marks[] = {
		&tp->snd_sml,
		&tp->pmtu_told_seq,
		&tp->probe_end,
		&tp->recover,
		&tp->cwr_seq,
		&tp->dup_high,
		&tp->max_flight_seq,
		&tp->cubic.hystart.round_end,
		&loss->rack.dsack_round,
		&tp->rate.limit_seq,
	};

	for (u32 i = 0; i < ARRAY_SIZE(marks); i++)
		if (seq_lt(*marks[i], tp->snd_una))
			*marks[i] = tp->snd_una - 1;
	if (tp->ca_state < TCP_CA_RECOVERY)
		loss->undo_ok = false;
	tcp_drag_hint(tp, &loss->sack_hint);
	tcp_drag_hint(tp, &loss->rack_hint);
	tcp_drag_hint(tp, &loss->rtx_hint);
	tp->drag_seq = tp->snd_una + TCP_DRAG;
}

/* New data acknowledged: timers and the program hear of progress. */
static void tcp_ack_progress(struct tcp_sock *tp, const struct tcp_seg *seg)
{
	u32 bytes = seg->ack - tp->snd_una;
	struct tcp_acked acked = {
		.seg = seg,
		.bytes = bytes,
		.delivered = bytes,
	};
	u64 now_ns = machine_now_ns();

	if (unlikely(tp->ca_state != TCP_CA_OPEN))
		acked.high = acked.late = tp->loss.sack_high;
	tp->snd_una = seg->ack;
	tp->bytes_acked += acked.bytes;
	tcp_clean_rtx_queue(tp, &acked);
	if (unlikely(seq_geq(tp->snd_una, tp->drag_seq)))
		tcp_drag_marks(tp);
	if (unlikely(acked.bytes >= tp->mss_unproven))
		tp->mss_unproven = UINT32_MAX;
	if (unlikely(seg->opt.sack) && tp->sack_ok)
		tcp_sack_rcv(tp, &acked);
	tcp_sample_rtt(tp, seg, &acked, now_ns);
	tcp_rate_ack(tp, &acked, now_ns);
	tp->retransmits = 0;
	tp->backoff = 0;
	tp->more = false; /* MSG_MORE holds no longer than a round trip */
	tp->sk.err_soft = 0;
	if (tp->sk.dst.neigh)
		neigh_confirm(tp->sk.dst.neigh);
	tcp_congestion_ack(tp, &acked);
	if (skb_queue_empty(&tp->rtx_queue)) {
		tcp_rto_stop(tp); /* RFC 6298 section 5.2 */
		tp->rate.chained = false;
		if (skb_queue_empty(&tp->write_queue)) {
			tcp_chrono_set(tp, TCP_CHRONO_IDLE, now_ns);
			tp->rate.limit_seq = tp->snd_nxt;
		}
	} else {
		tcp_rto_restart_at(tp, now_ns); /* 5.3 */
		if (skb_queue_empty(&tp->write_queue))
			tcp_rate_check_app_limited(tp);
	}
	if (unlikely(tp->want_room))
		tcp_new_space(tp);
}

/* RFC 5681 section 2: the strict definition of a duplicate. */
static bool tcp_is_dupack(const struct tcp_sock *tp, const struct tcp_seg *seg,
			  bool window_changed)
{
	return seg->ack == tp->snd_una && !seg->len && !window_changed &&
	       !(seg->flags & (TCP_SYN | TCP_FIN)) &&
	       (tp->loss.tlp_out || !skb_queue_empty(&tp->rtx_queue));
}

/* Nothing new acknowledged: a duplicate, or an ACK with blocks, even old. */
static noinline void tcp_ack_again(struct tcp_sock *tp,
				   const struct tcp_seg *seg, bool dup)
{
	struct tcp_acked acked = {.seg = seg, .dup = dup};

	if (tp->ca_state != TCP_CA_OPEN)
		acked.high = acked.late = tp->loss.sack_high;
	if (seg->opt.sack && tp->sack_ok) {
		tcp_sack_rcv(tp, &acked);
		if (acked.rtt_ok)
			tcp_sample_rtt(tp, seg, &acked, machine_now_ns());
	} else if (!dup) {
		return;
	}
	tcp_congestion_ack(tp, &acked);
}

/* The peer lives; an open window ends the probing. */
static void tcp_ack_probes(struct tcp_sock *tp)
{
	tp->probes_out = 0;
	tp->keep_probes = 0;
	if (likely(!tp->probing) || !tp->snd_wnd)
		return;
	tp->probing = false;
	tp->backoff = 0;
	tcp_rto_stop(tp);
	if (!skb_queue_empty(&tp->rtx_queue))
		tcp_rto_restart(tp);
}

/* Our FIN has been acknowledged. */
static void tcp_ack_of_fin(struct tcp_sock *tp)
{
	switch (tp->sk.state) {
	case TCP_FIN_WAIT1:
		tcp_set_state(tp, TCP_FIN_WAIT2);
		tp->sk.shutdown |= SEND_SHUTDOWN;
		sock_wake(&tp->sk, EPOLLOUT);
		return;
	case TCP_CLOSING:
		tcp_time_wait(tp);
		return;
	case TCP_LAST_ACK:
		tcp_done(tp);
		return;
	default:
		return;
	}
}

void tcp_ack_syn(struct tcp_sock *tp, const struct tcp_seg *seg)
{
	struct tcp_acked acked = {0};

	tp->snd_una = seg->ack;
	tcp_clean_rtx_queue(tp, &acked);
	tcp_sample_rtt(tp, seg, &acked, machine_now_ns());
	tp->retransmits = 0;
	tp->backoff = 0;
	tcp_rto_stop(tp);
}

/* SYN-RECEIVED of a simultaneous open: the ACK of our SYN establishes. */
static enum drop_reason tcp_ack_handshake(struct tcp_sock *tp,
					  struct tcp_seg *seg)
{
	if (seq_leq(seg->ack, tp->snd_una) || seq_gt(seg->ack, tp->snd_nxt)) {
		tcp_send_reset(seg);
		return DROP_TCP_SYN_SENT_BAD;
	}
	tcp_ack_syn(tp, seg);
	tp->snd_wnd = tp->max_window = seg->wnd << tp->snd_wscale;
	tp->snd_wl1 = seg->seq;
	tp->snd_wl2 = seg->ack;
	tcp_set_state(tp, TCP_ESTABLISHED);
	tcp_finish_connect(tp);
	return DROP_NONE;
}

enum drop_reason tcp_check_ack(struct tcp_sock *tp, struct tcp_seg *seg)
{
	enum drop_reason why = tcp_judge_ack(tp, seg);
	bool changed;

	if (unlikely(why))
		return why;
	if (unlikely(tp->sk.state == TCP_SYN_RECV)) {
		why = tcp_ack_handshake(tp, seg);
		if (why)
			return why;
	}
	if (unlikely(seq_lt(seg->ack, tp->snd_una))) {
		tcp_ack_again(tp, seg, false);
		return DROP_NONE; /* old, but perhaps there is text */
	}
	changed = tcp_update_window(tp, seg);
	tcp_ack_probes(tp);
	if (unlikely(seg->flags & TCP_ECE))
		tcp_ecn_echoed(tp, seg);
	if (seg->ack != tp->snd_una)
		tcp_ack_progress(tp, seg);
	else if (unlikely(seg->opt.sack || tcp_is_dupack(tp, seg, changed)))
		tcp_ack_again(tp, seg, tcp_is_dupack(tp, seg, changed));
	if (unlikely(tp->fin_queued && tp->snd_una == tp->write_seq))
		tcp_ack_of_fin(tp);
	return DROP_NONE;
}
