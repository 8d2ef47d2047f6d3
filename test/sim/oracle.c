/*
 * What must hold after every event, for every connection, and what must have
 * come of it at the end. The numbers are of the RFCs, not of the code: what a
 * better congestion control may do is allowed.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "lib/byteorder.h"
#include "net/tcp/tcp_ecn.h"
#include "test/sim/world.h"

#define IW_BYTES 14600u /* RFC 6928 */
#define CWND_MAX (1u << 30)

static const char *who(const struct endpoint *end)
{
	return end->side ? "server" : "client";
}

/* `what` is wrong with this end. */
static void noreturn blame(const struct endpoint *end, const char *what)
{
	const struct tcp_sock *tp = end->tp;
	u32 number = (u32)(end->conn - end->conn->world->conns);

	world_fail(end->conn->world,
		   "connection %u, %s: %s (state %u, una %u nxt %u write %u "
		   "wnd %u cwnd %u ssthresh %u mss %u flight %u rto %u ca %u)",
		   number, who(end), what, tp->sk.state, tp->snd_una - tp->iss,
		   tp->snd_nxt - tp->iss, tp->write_seq - tp->iss, tp->snd_wnd,
		   tp->cwnd, tp->ssthresh, tp->mss, tcp_in_flight(tp),
		   tp->rto_ms, tp->ca_state);
}

static void check(const struct endpoint *end, bool holds, const char *what)
{
	if (!holds)
		blame(end, what);
}

/* PRR's states: cwnd is what the ACKs of a round trip make of it. */
static bool reducing(u8 ca_state)
{
	return ca_state == TCP_CA_CWR || ca_state == TCP_CA_RECOVERY;
}

/* What the next look compares with. */
static void remember(struct endpoint *end)
{
	const struct tcp_sock *tp = end->tp;
	struct watch *watch = &end->watch;

	watch->snd_una = tp->snd_una;
	watch->snd_nxt = tp->snd_nxt;
	watch->held = tp->snd_una + tp->sacked_bytes;
	watch->flight = tcp_in_flight(tp);
	watch->cwnd = tp->cwnd;
	if (tp->ca_state < TCP_CA_CWR && tp->cwnd >= watch->cwnd_before)
		watch->cwnd_before = 0;
	watch->ssthresh = tp->ssthresh;
	watch->ca_state = tp->ca_state;
	watch->tlp_out = tp->loss.tlp_out;
}

static void first_look(struct endpoint *end)
{
	const struct tcp_sock *tp = end->tp;

	end->watch = (struct watch){
		.seen = true,
		.edge = tp->snd_una + tp->snd_wnd,
		.offered = tp->rcv_wup + tp->rcv_wnd,
		.mss_max = tp->mss,
		.mss_min = tp->mss,
		.recovery_max = CWND_MAX,
	};
	remember(end);
}

/* RFC 9293 section 3.4: SND.UNA =< SND.NXT, and nothing that is not there. */
static void check_order(const struct endpoint *end)
{
	const struct tcp_sock *tp = end->tp;

	check(end, seq_leq(tp->snd_una, tp->snd_nxt), "SND.UNA > SND.NXT");
	check(end, seq_leq(tp->snd_nxt, tp->write_seq), "SND.NXT > end");
	check(end, seq_leq(tp->copied_seq, tp->rcv_nxt), "read > RCV.NXT");
}

/*
 * Never beyond the right edge that was ever offered (section 3.8.6), neither
 * as the sender knows it nor, but for the grain of its scale, as the receiver
 * does.
 */
static void check_window(struct endpoint *end)
{
	const struct tcp_sock *tp = end->tp;
	const struct endpoint *peer = &end->conn->end[!end->side];
	u32 edge = tp->snd_una + tp->snd_wnd;

	if (seq_gt(edge, end->watch.edge))
		end->watch.edge = edge;
	check(end, seq_leq(tp->snd_nxt, end->watch.edge),
	      "sent beyond the window");
	edge = tp->rcv_wup + tp->rcv_wnd;
	if (seq_gt(edge, end->watch.offered))
		end->watch.offered = edge;
	if (peer->watch.seen)
		check(end,
		      seq_leq(tp->snd_nxt,
			      peer->watch.offered + (1u << tp->snd_wscale)),
		      "sent beyond what was offered");
}

/*
 * New data leaves only while what is in flight is within cwnd; what limited
 * transmit (RFC 3042) sends is in place of what was SACKed, and a tail loss
 * probe asks no cwnd (RFC 8985 section 7.3).
 */
static void check_flight(struct endpoint *end)
{
	const struct tcp_sock *tp = end->tp;
	const struct watch *watch = &end->watch;
	u32 cwnd = MAX(tp->cwnd, watch->cwnd);
	u32 sent = tp->snd_nxt - watch->snd_nxt;
	bool probe = tp->loss.tlp_out && !watch->tlp_out;

	if (!sent || (sent <= watch->mss_max && probe))
		return;
	if (sent == 1 && tp->fin_queued) /* a FIN is nothing to congest with */
		return;
	check(end, tcp_in_flight(tp) <= cwnd + 3 * watch->mss_max,
	      "more in flight than cwnd");
}

/*
 * RFC 5681: cwnd begins with the initial window and grows by what has left
 * the network, each byte once: as in Linux, and in RFC 9937's DeliveredData,
 * that is what was SACKed, too, when an ACK brings both.
 */
static void check_cwnd(struct endpoint *end)
{
	const struct tcp_sock *tp = end->tp;
	const struct watch *watch = &end->watch;
	u32 held = tp->snd_una - tp->iss + tp->sacked_bytes;
	u64 most =
		(u64)MAX(IW_BYTES, 2 * watch->mss_max) + held + watch->mss_max;

	if (reducing(tp->ca_state))
		most = watch->recovery_max;
	check(end, tp->cwnd <= MIN(most, CWND_MAX), "cwnd too large");
	check(end,
	      reducing(tp->ca_state) ? tp->cwnd > 0
				     : tp->cwnd >= watch->mss_min,
	      "cwnd below a segment");
	check(end, tp->ssthresh >= 2 * watch->mss_min, "ssthresh too small");
}

/*
 * From one event to the next: in slow start cwnd grows by what was delivered,
 * in avoidance CUBIC's by half of it (RFC 9438 section 4.2), either to whole
 * segments. A reduction that was undone returns all that it took.
 */
static void check_growth(struct endpoint *end)
{
	const struct tcp_sock *tp = end->tp;
	const struct watch *watch = &end->watch;
	u32 held = tp->snd_una + tp->sacked_bytes;
	u32 more = MAX(tp->snd_una - watch->snd_una,
		       seq_gt(held, watch->held) ? held - watch->held : 0);
	u64 most;

	if (watch->cwnd >= watch->ssthresh && tp->cwnd >= tp->ssthresh)
		more /= 2;
	most = (u64)MAX(watch->cwnd, watch->cwnd_before) + more +
	       2 * watch->mss_max;
	check(end, reducing(tp->ca_state) || tp->cwnd <= most,
	      "cwnd grew too fast");
}

/*
 * RFC 9937: recovery, as the answer to ECE, begins with a retransmission
 * whatever cwnd is, then each ACK lets out no more than it delivered, or up to
 * ssthresh.
 */
static void note_recovery(struct endpoint *end)
{
	const struct tcp_sock *tp = end->tp;
	struct watch *watch = &end->watch;
	u32 flight;

	if (tp->cwnd < watch->cwnd || tp->ca_state > watch->ca_state)
		watch->cwnd_before = MAX(watch->cwnd_before, watch->cwnd);
	if (!reducing(tp->ca_state) ||
	    (reducing(watch->ca_state) && watch->recover == tp->recover))
		return;
	watch->recover = tp->recover;
	/* A needless time-out's marks may have gone with the same ACK. */
	flight = MAX(watch->flight, tcp_in_flight(tp));
	watch->recovery_max =
		MAX(watch->cwnd_before, MAX(watch->cwnd, flight)) +
		3 * watch->mss_max;
}

/*
 * RFC 3168 section 6.1.2: a mark is for what is in flight, which ends; what is
 * lost meanwhile is the same congestion.
 */
static void check_cwr(const struct endpoint *end)
{
	const struct tcp_sock *tp = end->tp;
	const struct watch *watch = &end->watch;
	bool same = watch->ca_state == TCP_CA_CWR &&
		    seq_lt(tp->snd_una, watch->recover);

	check(end, tp->ca_state != TCP_CA_CWR || tp->ecn_flags & TCP_ECN_OK,
	      "CWR without ECN");
	check(end,
	      tp->ca_state != TCP_CA_CWR ||
		      (seq_leq(tp->snd_una, tp->recover) &&
		       tp->snd_una != tp->snd_nxt),
	      "CWR without end");
	check(end, !same || tp->ca_state >= TCP_CA_CWR, "CWR ended early");
	check(end, !same || tp->ssthresh == watch->ssthresh,
	      "two reductions for one congestion");
}

static void check_congestion(struct endpoint *end)
{
	struct watch *watch = &end->watch;

	watch->mss_max = MAX(watch->mss_max, end->tp->mss);
	watch->mss_min = MIN(watch->mss_min, end->tp->mss);
	check_cwr(end);
	note_recovery(end);
	check_flight(end);
	check_cwnd(end);
	check_growth(end);
	remember(end);
}

/* RFC 6298, with the lower bound of 200 ms that tcp_rtt.c explains. */
static void check_rto(const struct endpoint *end)
{
	const struct tcp_sock *tp = end->tp;

	check(end, tp->rto_ms >= TCP_RTO_MIN_MS && tp->rto_ms <= TCP_RTO_MAX_MS,
	      "RTO out of bounds");
	check(end, tcp_rto_ms(tp) <= TCP_RTO_MAX_MS, "RTO backed off too far");
	check(end,
	      tp->rto_ms >= MIN((tp->srtt_us8 >> 3) / 1000, TCP_RTO_MAX_MS),
	      "RTO below SRTT");
}

/*
 * RFC 8985: a hole that was sent before what has arrived, and is not lost
 * yet, waits for RACK's reordering timer.
 */
static bool rack_waits(const struct tcp_sock *tp)
{
	const struct sk_buff *hole = skb_peek(&tp->rtx_queue);

	return tp->sack_ok &&
	       (tp->ca_state == TCP_CA_DISORDER ||
		tp->ca_state == TCP_CA_CWR) &&
	       tp->loss.rack.valid && hole && !tcp_cb(hole)->sacked &&
	       seq_lt(tcp_cb(hole)->tx_us, tp->loss.rack.xmit_us);
}

/* What waits for an answer, a window or memory waits for a timer too. */
static void check_timer(const struct endpoint *end)
{
	const struct tcp_sock *tp = end->tp;

	if (tp->snd_una != tp->write_seq)
		check(end,
		      tp->xmit_deadline_ms && timer_pending(&tp->xmit_timer),
		      "unacknowledged or unsent, and no timer");
	check(end, !tp->loss.deadline_ms || timer_pending(&tp->loss.timer),
	      "RACK or TLP without their timer");
	check(end, !rack_waits(tp) || tp->loss.deadline_ms,
	      "a hole that neither is lost nor has a timer");
	if (tp->ack_pending == TCP_ACK_DELAYED)
		check(end,
		      tp->delack_deadline_ms &&
			      timer_pending(&tp->delack_timer),
		      "a delayed ACK without its timer");
	if (tp->orphan && tp->sk.state == TCP_FIN_WAIT2)
		check(end,
		      tp->keep_deadline_ms && timer_pending(&tp->keep_timer),
		      "an orphan in FIN-WAIT-2 for ever");
}

static void look(struct endpoint *end)
{
	const struct tcp_sock *tp = end->tp;

	if (!tp || tp->sk.state == TCP_CLOSE)
		return;
	check_timer(end);
	check_rto(end);
	if (tp->sk.state == TCP_SYN_SENT || tp->sk.state == TCP_SYN_RECV)
		return;
	if (!end->watch.seen)
		first_look(end);
	check_order(end);
	check_window(end);
	check_congestion(end);
}

void oracle_look(struct world *w)
{
	for (u32 i = 0; i < w->sc->nr_conns; i++) {
		look(&w->conns[i].end[0]);
		look(&w->conns[i].end[1]);
	}
}

/* ---- the end ---- */

/* The errors that a network, its ends or no memory can give. */
static bool reported(int err)
{
	switch (-err) {
	case ETIMEDOUT:
	case ECONNRESET:
	case ECONNREFUSED:
	case EHOSTUNREACH:
	case ENOMEM:
	case ENOBUFS:
	case EPIPE:
		return true;
	default:
		return false;
	}
}

static void judge(struct world *w, const struct endpoint *end)
{
	u32 number = (u32)(end->conn - w->conns);

	switch (end->outcome) {
	case SUCCESS:
		w->figures.success++;
		return;
	case ABORTED:
		w->figures.aborted++;
		return;
	case FAILED:
		w->figures.failed++;
		if (!reported(end->err))
			world_fail(w, "connection %u, %s: error %d", number,
				   who(end), end->err);
		break;
	default:
		break;
	}
	if (scenario_must_succeed(w->sc, end->conn->params))
		world_fail(w,
			   "connection %u, %s: outcome %u, error %d, where "
			   "nothing is in the way",
			   number, who(end), end->outcome, end->err);
}

void oracle_outcomes(struct world *w)
{
	for (u32 i = 0; i < w->sc->nr_conns; i++) {
		w->figures.conns++;
		judge(w, &w->conns[i].end[0]);
		judge(w, &w->conns[i].end[1]);
	}
}
