/*
 * Explicit Congestion Notification (RFC 3168): a router marks instead of
 * dropping, the receiver echoes the mark, the sender slows down.
 */
#pragma once

#include "net/tcp/tcp_sock.h"

/* tcp_sock.ecn_flags; 0: ECN is not spoken here. */
enum {
	TCP_ECN_OK = 1,
	TCP_ECN_QUEUE_CWR = 2,	/* the next new text tells: I slowed down */
	TCP_ECN_DEMAND_CWR = 4, /* CE came: ECE on all ACKs until CWR comes */
	TCP_ECN_SEEN = 8,	/* a segment with ECT came */
};

/* The flags that ask for it, in a SYN. */
#define TCP_ECN_SETUP (TCP_ECE | TCP_CWR)

/* A SYN asks for it as RFC 3168 section 6.1.1 wants it, and we answer. */
bool tcp_ecn_wanted(const struct tcp_table *t, const struct tcp_seg *seg);
/* The flags of a SYN or SYN-ACK of a tcp_sock. */
u8 tcp_ecn_syn(const struct tcp_sock *tp, u8 flags);
/* The peer's SYN or SYN-ACK agrees, or does not. */
void tcp_ecn_learn(struct tcp_sock *tp, u8 flags);
/* Before skb, its TCP header in front, goes to IP: its flags and its TOS. */
u8 tcp_ecn_send(struct tcp_sock *tp, const struct sk_buff *skb, u32 seq,
		u8 flags);
/* An acceptable segment: its CE mark and its CWR. */
void tcp_ecn_receive(struct tcp_sock *tp, const struct tcp_seg *seg);
/* An ACK with ECE, not an old one; before it moves SND.UNA. */
void tcp_ecn_echoed(struct tcp_sock *tp, const struct tcp_seg *seg);
