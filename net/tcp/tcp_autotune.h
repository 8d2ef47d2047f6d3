/* Buffers that grow with the path: see tcp_autotune.c. */
#pragma once

#include "net/tcp/tcp_sock.h"

/* To what the receive buffer may grow. */
static inline u32 tcp_rcvbuf_max(const struct tcp_sock *tp)
{
	if (tp->sk.rcvbuf_locked)
		return tp->sk.rcvbuf;
	return MAX(tp->sk.rcvbuf, tp->table->conf.rmem_max);
}

/* The handshake is over. */
void tcp_autotune_init(struct tcp_sock *tp, u64 now_ns);
/* Text up to RCV.NXT has come, rcv_rtt_seq or more. */
void tcp_rcv_rtt_measure(struct tcp_sock *tp, const struct tcp_seg *seg);
/* The program has read half of a window since the last time. */
void tcp_rcv_space_adjust(struct tcp_sock *tp);
/* A program waits for room in the send buffer, and there may be some. */
void tcp_new_space(struct tcp_sock *tp);
