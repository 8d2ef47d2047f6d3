/*
 * Connections that have no tcp_sock of their own: listeners' half-open
 * requests and TIME-WAITs, and the answers that are sent for them.
 *
 *	SYN -> tcp_request -- ACK --> tcp_sock (child, on the accept queue)
 *				      tcp_sock -- closed first --> tcp_timewait
 */
#pragma once

#include "net/tcp/tcp_sock.h"

/* A half-open connection: what a SYN makes, RFC 4987's SYN cache. */
struct tcp_request {
	struct tcp_conn conn;
	struct list_head node; /* on listener->requests */
	struct tcp_sock *listener;
	struct timer timer;
	u32 irs, iss;
	u32 ts_recent, ts_offset;
	u32 snd_wnd; /* of the SYN */
	u16 mss;
	u8 snd_wscale, rcv_wscale;
	bool ts_ok, wscale_ok, sack_ok;
	u8 retries; /* the timer's turns */
	bool lost;  /* and there was no answer */
	bool waits; /* its ACK has come (TCP_DEFER_ACCEPT) */
	u8 replies; /* to odd segments, since the last timer */
	bool ecn_ok;
	u16 rcv_wnd; /* that the SYN-ACK offered */
	u32 sent_us; /* the SYN-ACK, for the first RTT sample */
};

_Static_assert(sizeof(struct tcp_request) == 128, "two cache lines");

struct tcp_timewait {
	struct tcp_conn conn;
	struct tcp_table *table;
	struct list_head node; /* on table->timewaits, in order of expiry */
	u64 expires_ms;
	u32 snd_nxt, rcv_nxt, rcv_wnd;
	u32 ts_recent, ts_offset;
	u64 ts_recent_ms;
	u64 challenge_ms;
	u8 rcv_wscale;
	bool ts_ok;
};

/* ---- tcp_reset.c: answers without a connection ---- */

/* RST by 3.10.7.1, unless the segment is a RST. Reads seg only. */
void tcp_send_reset(struct tcp_seg *seg);
/* An ACK or SYN-ACK from a request or TIME-WAIT. */
struct tcp_reply {
	be32 saddr, daddr;
	be16 sport, dport;
	u32 seq, ack;
	u16 wnd;
	u8 flags;
	u8 tos;
	u8 opt_len;
	const u8 *opt;
};
void tcp_send_reply(struct net *net, const struct tcp_reply *reply);

/* ---- tcp_listen.c ---- */

/* A segment for a listener (no connection matched). Consumes. */
void tcp_listen_rcv(struct tcp_sock *listener, struct tcp_seg *seg);
/* A segment for a half-open request. Consumes. */
void tcp_request_rcv(struct tcp_request *req, struct tcp_seg *seg);
/*
 * A SYN for it; isn_min as for tcp_request_make. Consumes. False: refused;
 * with isn_min, whose TIME-WAIT then has to stay.
 */
bool tcp_listen_syn(struct tcp_sock *listener, struct tcp_seg *seg,
		    const u32 *isn_min);
int tcp_listen(struct sock *sk, int backlog);
struct sock *tcp_accept(struct sock *sk);
void tcp_listen_stop(struct tcp_sock *listener);
/* More children than the program's backlog wait. */
static inline bool tcp_accept_is_full(const struct tcp_sock *listener)
{
	return listener->accept_count > listener->backlog;
}

/* ---- tcp_request.c ---- */

/*
 * Half-open, the SYN-ACK sent; false: no memory. Only reads seg. The ISN
 * does not lie below *isn_min; NULL: anywhere.
 */
bool tcp_request_make(struct tcp_sock *listener, const struct tcp_seg *seg,
		      const u32 *isn_min);
/* What a SYN for the listener says, without ISN and in no table. */
void tcp_request_fill(struct tcp_request *req, struct tcp_sock *listener,
		      const struct tcp_seg *seg);
/* To fail to send may end the request (a dead neighbour): call it last. */
void tcp_send_synack(struct tcp_request *req, u32 tsval);

/* ---- tcp_cookie.c: RFC 4987 section 3.6 ---- */

/* Answers a SYN and remembers nothing. Only reads seg. */
void tcp_cookie_send(struct tcp_sock *listener, const struct tcp_seg *seg);
/* An ACK without a connection: true and consumed when it has our cookie. */
bool tcp_cookie_rcv(struct tcp_sock *listener, struct tcp_seg *seg);

/* ---- tcp_child.c ---- */

/*
 * The ACK of our SYN, judged: the request becomes a child. Consumes seg. One
 * that is in no table (a cookie's) stays the caller's.
 */
void tcp_request_establish(struct tcp_request *req, struct tcp_seg *seg);
void tcp_request_free(struct tcp_request *req);
/* ICMP says that the peer cannot be reached. */
void tcp_request_err(struct tcp_request *req);

/* ---- tcp_timewait.c ---- */

/* Leaves a TIME-WAIT in tp's place and ends tp (tcp_done). */
void tcp_time_wait(struct tcp_sock *tp);
/*
 * A segment for it. Consumes. A SYN that may reopen the connection (RFC 6191)
 * and that a listener takes ends it; the ISN is above the old numbers.
 */
void tcp_timewait_rcv(struct tcp_timewait *tw, struct tcp_seg *seg);
void tcp_timewait_free(struct tcp_timewait *tw);
void tcp_timewait_expire(struct timer *timer); /* table->timewait_timer */
