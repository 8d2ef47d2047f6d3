/*
 * What TCP's sending half shares among its own files: from a queued skb to a
 * segment, and the rules of who may send how much (RFC 9293 section 3.8).
 */
#pragma once

#include "net/tcp/tcp_sock.h"

/* What one skb takes of the sequence space: payload, SYN and FIN. */
static inline u32 tcp_skb_space(const struct sk_buff *skb)
{
	return tcp_cb(skb)->end_seq - tcp_cb(skb)->seq;
}

/* Bytes that the peer's window still takes; it may have shrunk. */
static inline u32 tcp_wnd_left(const struct tcp_sock *tp)
{
	s32 left = (s32)(tp->snd_una + tp->snd_wnd - tp->snd_nxt);

	return left > 0 ? (u32)left : 0;
}

/*
 * Sends a copy of an skb of rtx_queue or write_queue, which stays there.
 * -ENOMEM and -EBUSY (the last copy is still with the device): nothing was
 * sent. Other errors: it was lost on its way out.
 */
int tcp_transmit_skb(struct tcp_sock *tp, struct sk_buff *skb, u64 now_ns);

static inline bool tcp_in_handshake(const struct tcp_sock *tp)
{
	return tp->sk.state == TCP_SYN_SENT || tp->sk.state == TCP_SYN_RECV;
}

/* SND.UNA has reached what was SND.NXT when recovery or loss began. */
static inline bool tcp_recovery_is_over(const struct tcp_sock *tp)
{
	return tp->ca_state >= TCP_CA_RECOVERY &&
	       seq_geq(tp->snd_una, tp->recover);
}

/* tcp_rto_restart for those who have the time. */
void tcp_rto_restart_at(struct tcp_sock *tp, u64 now_ns);

/* Retransmits what is marked lost, as far as cwnd allows. */
void tcp_retransmit_lost(struct tcp_sock *tp);

/*
 * The probe timer's: whatever fits into the window goes, if anything does
 * (the override time-out of RFC 9293 section 3.8.6.2.1), then true.
 */
bool tcp_write_wakeup(struct tcp_sock *tp);
