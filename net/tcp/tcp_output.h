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
/*
 * Whether cwnd was what held the program back: only then it may grow. In slow
 * start one used to more than its half is about to be.
 */
static inline bool tcp_is_cwnd_limited(const struct tcp_sock *tp)
{
	if (tp->cwnd_limited)
		return true;
	return tp->cwnd < tp->ssthresh && tp->cwnd < 2 * tp->max_flight;
}

/* The MSS option of our SYN (RFC 9293 section 3.7.1, MUST-67). */
u16 tcp_advmss(const struct tcp_sock *tp);

/*
 * What the text to send waits for: tcp_info.c counts the time. The first
 * call is for a change; the second finds out, with the first unsent skb.
 */
enum tcp_chrono {
	TCP_CHRONO_IDLE, /* there is none */
	TCP_CHRONO_BUSY, /* the network */
	TCP_CHRONO_RWND,
	TCP_CHRONO_SNDBUF,
};

static inline void tcp_chrono_set(struct tcp_sock *tp, u8 chrono, u64 now_ns)
{
	tp->chrono_ns[tp->chrono] += now_ns - tp->chrono_start_ns;
	tp->chrono_start_ns = now_ns;
	tp->chrono = chrono;
}

/* TCP_INFO's account of time-outs: one has come; all it lost is repaired. */
void tcp_rto_count(struct tcp_sock *tp);
void tcp_rto_over(struct tcp_sock *tp);
void tcp_chrono_wait(struct tcp_sock *tp, const struct sk_buff *skb,
		     u64 now_ns);

/* tcp_rto_restart for those who have the time. */
void tcp_rto_restart_at(struct tcp_sock *tp, u64 now_ns);

/* Retransmits what is marked lost, as far as cwnd allows. */
void tcp_retransmit_lost(struct tcp_sock *tp);

/*
 * The probe timer's: whatever fits into the window goes, if anything does
 * (the override time-out of RFC 9293 section 3.8.6.2.1), then true.
 */
bool tcp_write_wakeup(struct tcp_sock *tp);
