/*
 * Undoing what was done for a loss that was none. It shows
 *
 *	- by the timestamp of an ACK that the original and not the
 *	  retransmission brought about (Eifel, RFC 3522 and 4015);
 *	- when each retransmission has been told to be a duplicate (RFC 3708);
 *	- when the first ACK after a time-out is for data that was not sent
 *	  again (F-RTO with SACK, RFC 5682 section 3).
 */
#include "lib/units.h"
#include "net/tcp/tcp_output.h"

/* The windows are about to be reduced: what they were is in tp->prior_x. */
void tcp_undo_start(struct tcp_sock *tp)
{
	tp->loss.undo_ok = true;
	tp->loss.undo_marker = tp->snd_una;
	tp->loss.undo_bytes = TCP_UNDO_NONE;
}

void tcp_undo_resent(struct tcp_sock *tp, u32 bytes, u64 now_ns)
{
	struct tcp_loss *loss = &tp->loss;

	if (!loss->undo_ok)
		return;
	if (loss->undo_bytes == TCP_UNDO_NONE) {
		loss->undo_bytes = 0;
		loss->resent_ts = (u32)(now_ns / NS_PER_MS) + tp->ts_offset;
	}
	loss->undo_bytes += bytes;
}

void tcp_undo_dsack(struct tcp_sock *tp, const struct tcp_sack_block *dsack)
{
	struct tcp_loss *loss = &tp->loss;

	if (loss->undo_ok && loss->undo_bytes != TCP_UNDO_NONE &&
	    seq_gt(dsack->end, loss->undo_marker) &&
	    seq_leq(dsack->end, tp->recover))
		loss->undo_bytes -=
			MIN(loss->undo_bytes, dsack->end - dsack->start);
}

/* RFC 3522 section 3.2 steps 3 and 4: it echoes what was sent before. */
static bool tcp_ack_of_original(const struct tcp_sock *tp,
				const struct tcp_acked *acked)
{
	const struct tcp_options *opt = &acked->seg->opt;

	if (tp->ca_state < TCP_CA_RECOVERY || !acked->bytes)
		return false;
	if (tp->loss.undo_bytes == TCP_UNDO_NONE)
		return seq_geq(tp->snd_una, tp->recover);
	return tp->ts_ok && opt->has_ts && opt->tsecr &&
	       seq_lt(opt->tsecr, tp->loss.resent_ts);
}

static bool tcp_timeout_was_spurious(const struct tcp_sock *tp,
				     const struct tcp_acked *acked)
{
	return tp->ca_state == TCP_CA_LOSS && tp->loss.frto && acked->original;
}

static void tcp_undo(struct tcp_sock *tp)
{
	tcp_unmark_lost(tp);
	tcp_cong_undo(tp);
	tp->loss.undo_ok = tp->loss.frto = false;
	if (tp->ca_state >= TCP_CA_RECOVERY)
		tcp_to_open(tp);
}

/* Which Linux calls by these names. */
static void tcp_count_undo(const struct tcp_sock *tp, bool by_dsack)
{
	struct net *net = tp->sk.net;

	if (tp->ca_state == TCP_CA_LOSS)
		NET_INC(net, TCPEXT_TCPLossUndo);
	else if (by_dsack)
		NET_INC(net, TCPEXT_TCPDSACKUndo);
	else if (seq_geq(tp->snd_una, tp->recover))
		NET_INC(net, TCPEXT_TCPFullUndo);
	else
		NET_INC(net, TCPEXT_TCPPartialUndo);
}

bool tcp_try_undo(struct tcp_sock *tp, const struct tcp_acked *acked)
{
	bool by_dsack = !tp->loss.undo_bytes;

	if (!tp->loss.undo_ok)
		return false;
	if (tcp_timeout_was_spurious(tp, acked))
		NET_INC(tp->sk.net, TCPEXT_TCPSpuriousRTOs);
	else if (!by_dsack && !tcp_ack_of_original(tp, acked))
		return false;
	else if (!by_dsack && tp->sack_ok) /* what we missed came late */
		tcp_note_reordering(tp, tp->snd_una - acked->bytes,
				    acked->high);
	tcp_count_undo(tp, by_dsack);
	tcp_undo(tp);
	return true;
}
