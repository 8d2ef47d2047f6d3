/*
 * What TCP's files share: the connection, its half-open and TIME-WAIT forms,
 * a received segment's parsed header, and who calls whom.
 *
 *	tcp_input.c   tcp_rcv -> lookup -> by kind and state -> steps
 *	  tcp_ack.c   tcp_check_ack	tcp_data.c   tcp_take_text, FIN
 *	  tcp_loss.h	losses, by SACK or not	   tcp_ofo.c out of order
 *	tcp_output.c  tcp_push -> tcp_write_xmit -> tcp_transmit_skb -> IP
 *	tcp_timer.c   retransmit, probe, delayed ACK, keepalive, FIN-WAIT-2
 *	tcp_listen.c  requests and accept queue	   tcp_timewait.c
 */
#pragma once

#include "kernel/timer.h"
#include "net/tcp/tcp.h"
#include "net/tcp/tcp_loss.h"
#include "net/tcp/tcp_cong.h"
#include "net/tcp/tcp_seq.h"
#include "net/tcp/tcp_table.h"

/* Policy, with Linux's values where it has them. */
#define TCP_MSS_DEFAULT	    536u /* no option (RFC 9293 MUST-15) */
#define TCP_MIN_SND_MSS	    88u	 /* a peer's smaller MSS counts as this */
#define TCP_MIN_PMTU	    552u
#define TCP_TS_LEN	    12u /* nop, nop and the timestamp option */
#define TCP_IP_HEADERS	    40u /* both, without options */
#define TCP_MAX_WSCALE	    14u
#define TCP_INIT_CWND	    10u	  /* segments, RFC 6928 */
#define TCP_RTO_INIT_MS	    1000u /* RFC 6298 section 2.1 */
#define TCP_RTO_MIN_MS	    200u
#define TCP_RTO_MAX_MS	    120000u
#define TCP_DELACK_MS	    40u
#define TCP_RESOURCE_MS	    500u /* until memory is asked for again */
#define TCP_QUICKACKS	    16u	 /* ACKs sent at once at the start */
#define TCP_SYN_RETRIES	    7u	 /* 247 s: 3 minutes at least (MUST-23) */
#define TCP_SYNACK_RETRIES  5u
#define TCP_RETRIES1	    3u	/* R1: ask for the next hop again */
#define TCP_RETRIES2	    15u /* R2: give up */
#define TCP_ORPHAN_RETRIES  8u
#define TCP_KEEPIDLE_MS	    7200000u
#define TCP_KEEPINTVL_MS    75000u
#define TCP_KEEPCNT_MAX	    9u
#define TCP_FIN_TIMEOUT_MS  60000u
#define TCP_TIMEWAIT_MS	    60000u
#define TCP_PAWS_IDLE_MS    (24ull * 24 * 3600 * 1000) /* RFC 7323 5.5 */
#define TCP_TIMEWAIT_MAX    16384u
#define TCP_ORPHANS_MAX	    4096u
#define TCP_SYN_QUEUE_MAX   1024u
#define TCP_CHALLENGE_PER_S 10u	 /* a connection's own limit, RFC 5961 */
#define TCP_OFO_MAX	    256u /* segments out of order */
#define TCP_GSO_MAX	    65000u
#define TCP_SKB_OVERHEAD    704u /* an sk_buff and a small head */
#define TCP_REQUEST_REPLIES 3u	 /* beside the timer's, for each of its turns */
#define TCP_INVALID_MS	    500u /* an ACK to odd segments of TIME-WAIT */
#define TCP_RCVBUF_DEFAULT  (256u * 1024)
#define TCP_SNDBUF_DEFAULT  (256u * 1024)
#define TCP_RCVBUF_MAX	    (6u << 20) /* Linux's tcp_rmem[2] */
#define TCP_SNDBUF_MAX	    (4u << 20)
#define TCP_DRAG	    (1u << 30) /* bytes, a half of what compares */

/* What both SYNs' options agreed on, and what a segment carried. */
struct tcp_options {
	u16 mss;   /* 0: no option */
	u8 wscale; /* 0..14 */
	bool has_wscale, has_sack_ok, has_ts;
	u8 sack; /* where its option begins in the header, 0: nowhere */
	u32 tsval, tsecr;
};

/* A received segment, parsed: lives on the stack while it is processed. */
struct tcp_seg {
	struct sk_buff *skb;
	const struct tcphdr *th;
	struct tcp_options opt;
	u32 seq, end_seq; /* end_seq counts SYN and FIN */
	u32 ack;
	u32 len; /* payload bytes */
	u32 wnd; /* as in the header, unscaled */
	u8 flags;
};

/* Flags of what the next push has to do with ACKs. */
enum tcp_ack_pending { TCP_ACK_NONE, TCP_ACK_DELAYED, TCP_ACK_NOW };

struct tcp_sock {
	struct sock sk; /* first */
	struct tcp_conn conn;
	struct tcp_table *table;
	struct hlist_node bind_node; /* by local port: bound or listening */

	/* Send sequence space, RFC 9293 section 3.3.1. */
	u32 iss, snd_una, snd_nxt, write_seq; /* write_seq: end of queued */
	u32 snd_wnd, snd_wl1, snd_wl2, max_window;
	u32 snd_sml; /* end of the last small segment sent: Nagle's */

	/* Receive sequence space. */
	u32 irs, rcv_nxt, copied_seq;
	u32 rcv_wnd, rcv_wup; /* window last advertised, and at which seq */
	u32 rcv_up;
	u32 last_ack_sent; /* RFC 7323: Last.ACK.sent */
	u32 rcv_rtt_us;	   /* as the receiver sees it, 0: not known */
	u32 rcv_rtt_seq, rcv_rtt_mark_us; /* the next sample */
	u32 rcv_space_seq; /* read so far, look whether it was quick */
	u32 rcv_space_us;  /* when the last look was */
	bool urg_seen;	   /* and not read past */
	u32 read_max;	   /* by one call: up to the mark */

	/* Options. */
	bool ts_ok, sack_ok, wscale_ok;
	u8 snd_wscale, rcv_wscale;
	u32 ts_recent, ts_offset;
	u64 ts_recent_ms; /* clock_ms() when ts_recent was taken */
	u16 mss_peer;	  /* from its SYN, or the default */
	u16 mss;	  /* payload of a full segment now */
	u16 user_mss;	  /* TCP_MAXSEG */
	u32 rcv_mss;	  /* largest segment seen: for ACK decisions */

	/* The path's MTU, tcp_pmtu.c. */
	u32 mss_unproven;    /* so much acked shows that mss arrives */
	u16 pmtu, pmtu_high; /* fits (0: the device's); may fit */
	u16 pmtu_told;	     /* by ICMP, about the segment at told_seq */
	u16 pmtu_probe;	     /* in flight, up to probe_end; 0: none */
	u32 pmtu_told_seq, probe_end;
	u32 probe_retrans, probe_events; /* when it was sent */
	u64 pmtu_raise_ms;		 /* then try longer ones again */

	/* Queues: sent and unacknowledged; not yet sent; out of order. */
	struct sk_buff_head rtx_queue, write_queue, ofo_queue;
	u32 ofo_bytes;
	struct tcp_rcv_sack rcv_sack;

	/* RTT, RFC 6298, microseconds. srtt is scaled by 8, rttvar by 4. */
	u32 srtt_us8, rttvar_us4, min_rtt_us;
	u32 rto_ms;
	u8 backoff;
	u8 retransmits; /* RTOs in a row without progress */
	bool syn_lost;	/* RFC 6298 5.7, RFC 5681 3.1: IW 1 */

	/* Congestion and recovery, bytes. */
	const struct tcp_congestion_ops *cong;
	u32 cwnd, ssthresh, cwnd_acked; /* cwnd_acked: avoidance's counter */
	u32 prior_cwnd, prior_ssthresh; /* for an undo */
	u32 cong_events;		/* reductions, ever */
	struct tcp_cubic cubic;
	u32 retrans_bytes; /* retransmitted and neither acked nor lost */
	u32 lost_bytes, sacked_bytes;
	u32 recover;  /* RFC 6582: snd_nxt when recovery began */
	u32 cwr_seq;  /* snd_nxt at the last congestion event */
	u32 drag_seq; /* when SND.UNA is here, what marks a place is dragged */
	u32 dup_high; /* snd_nxt when this run of duplicates began */
	u32 max_flight, max_flight_seq; /* most in flight of this round trip */
	u8 dupacks;
	u8 ca_state;
	u8 ecn_flags;	      /* tcp_ecn.h */
	bool cwnd_limited;    /* the last write stopped at cwnd */
	u64 last_send_ms;     /* data, for the restart after idle */
	u64 last_recv_ns;     /* when text was acknowledged last */
	u64 last_heard_ms;    /* any segment; kept when a timer asks for it */
	u64 retrans_start_ms; /* since when there is no progress */
	u32 total_retrans;
	/* For TCP_INFO: bytes, segments, times. */
	u64 bytes_acked, bytes_received, bytes_sent, bytes_retrans;
	struct tcp_rate rate;
	u64 delivered_ce; /* acknowledged by ACKs with ECE */
	u32 segs_in, segs_out, data_segs_in, data_segs_out;
	u32 ofo_segs_in, dsacks_in;
	u16 total_rto, total_rto_recoveries;
	u32 total_rto_ms;
	u64 rto_start_ms; /* of the recovery that lasts, 0: none */
	u8 chrono;	  /* enum tcp_chrono */
	u64 chrono_start_ns, chrono_ns[4];

	/* Timers: one wheel entry each, deadlines move without touching it. */
	struct timer xmit_timer, delack_timer, keep_timer;
	u64 xmit_deadline_ms, delack_deadline_ms, keep_deadline_ms; /* 0: off */
	bool probing; /* xmit_timer is the persist timer */
	u8 probes_out, keep_probes;

	/* Acknowledging. */
	u8 ack_pending; /* enum tcp_ack_pending */
	u8 quick_acks;
	bool opener;	   /* the connection is ours, not a listener's */
	u32 unacked_bytes; /* received since the last ACK was sent */

	/* Challenge ACKs: this connection's budget, RFC 5961 section 7. */
	u64 challenge_ms;
	u8 challenge_count;

	/* Set by the program. */
	bool nodelay, cork;
	u8 syn_retries, keep_cnt;
	u32 keep_idle_ms, keep_intvl_ms, user_timeout_ms, linger2_ms;
	u32 notsent_lowat; /* unsent bytes that are enough, 0: any */
	u8 defer_accept;   /* SYN-ACKs until a bare ACK is accepted */
	bool want_room;	   /* there was none: wake the program when there is */
	bool more;	   /* the last send had MSG_MORE */

	bool fin_queued; /* our FIN has its place at write_seq - 1 */
	bool fin_rcvd;
	bool orphan;
	u64 mem_charged; /* by tcp_mem_charge: what the end gives back */

	struct tcp_loss loss; /* tcp_loss.h */

	/* A listener's: half-open requests, and children not accepted yet. */
	struct list_head requests, accept_queue;
	u32 request_count, accept_count, backlog;
	u64 cookie_until_ms; /* an ACK may bring a SYN cookie */
	/* A child's place in the latter; an orphan's among the orphans. */
	struct list_head accept_node;
	struct tcp_sock *listener; /* a child's, while it waits there */
};

static inline struct tcp_sock *tcp_sk(const struct sock *sk)
{
	return (struct tcp_sock *)sk;
}

/* ---- tcp_isn.c: RFC 6528, and RFC 7323's per-connection offset ---- */

struct tcp_numbers {
	u32 isn, ts_offset;
};

struct tcp_numbers tcp_numbers(const struct tcp_table *t,
			       const struct tcp_conn *conn);

/* ---- tcp_options.c ---- */

/* False: malformed (length 0, 1 or past the end). Unknown ones are skipped. */
bool tcp_parse_options(const struct tcphdr *th, struct tcp_options *opt);
/* Writes a SYN's options; returns their length, a multiple of 4. */
u32 tcp_write_syn_options(u8 *to, const struct tcp_options *opt);
/* Writes nop,nop,TS: TCP_TS_LEN bytes. */
void tcp_write_ts(u8 *to, u32 tsval, u32 tsecr);

/* The timestamp clock: 1 ms (RFC 7323 section 5.4). */
static inline u32 tcp_ts_now(u32 offset)
{
	return (u32)clock_ms() + offset;
}

/* For round trips: wraps after 71 minutes. */
static inline u32 tcp_now_us(void)
{
	return (u32)(machine_now_ns() / 1000);
}

/* ---- tcp_input.c ---- */

/*
 * A full socket's segment; dispatch by state. Consumes seg->skb and a
 * reference of tp.
 */
void tcp_sock_rcv(struct tcp_sock *tp, struct tcp_seg *seg);

/* ---- tcp_ack.c ---- */

/*
 * RFC 9293 3.10.7.4 fifth step. Judges first (RFC 5961 section 5), then
 * cleans the retransmission queue, samples the RTT, moves the window and the
 * congestion state. DROP_NONE: go on with the text.
 */
enum drop_reason tcp_check_ack(struct tcp_sock *tp, struct tcp_seg *seg);
/* The ACK of our own SYN: SND.UNA moves, the first RTT sample. */
void tcp_ack_syn(struct tcp_sock *tp, const struct tcp_seg *seg);
/* New MSS from ICMP or a route: resegments nothing, future sends use it. */
void tcp_sync_mss(struct tcp_sock *tp);

/* ---- tcp_data.c, tcp_ofo.c ---- */

/*
 * Seventh step: takes over seg->skb when it queues it (then NULLs it). On
 * return the FIN flag of seg says whether a FIN is in order now: it is
 * cleared when it was early or old, and set when a gap before one closed.
 */
enum drop_reason tcp_take_text(struct tcp_sock *tp, struct tcp_seg *seg);
/* Eighth step. */
void tcp_check_fin(struct tcp_sock *tp, const struct tcp_seg *seg);
/* Keeps an early segment; DROP_NONE: taken over. */
enum drop_reason tcp_ofo_add(struct tcp_sock *tp, struct tcp_seg *seg);
/* Moves what has become contiguous to the receive queue; true: a FIN too. */
bool tcp_ofo_drain(struct tcp_sock *tp);
/* To the receive queue's tail, joined to the last one when small. */
void tcp_queue_text(struct tcp_sock *tp, struct sk_buff *skb);
void tcp_ofo_purge(struct tcp_sock *tp);

/* ---- tcp_window.c ---- */

/* The window to advertise now, scaled value for the header; updates rcv_wnd. */
u16 tcp_select_window(struct tcp_sock *tp);
/* Bytes of free receive space that the window may offer. */
u32 tcp_rcv_space(const struct tcp_sock *tp);
/* The rcv_wscale for a SYN of a socket whose rcvbuf may become this. */
u8 tcp_pick_wscale(u32 rcvbuf);
/* The program has read: is a window update worth an ACK (RFC 9293 3.8.6.2.2) */
void tcp_read_some(struct tcp_sock *tp, u32 bytes);

/* What is left of the window that the peer holds: RCV.WND. */
static inline u32 tcp_rcv_wnd(const struct tcp_sock *tp)
{
	s32 left = (s32)(tp->rcv_wup + tp->rcv_wnd - tp->rcv_nxt);

	return left > 0 ? (u32)left : 0;
}

/* ---- tcp_output.c, tcp_segment.c ---- */

/* Sends what Nagle, the windows and cwnd allow; then a due ACK, if any. */
void tcp_push(struct tcp_sock *tp);
/* Ends a received segment's or a call's work: data, ACK now, or delayed. */
void tcp_push_and_ack(struct tcp_sock *tp);
void tcp_send_ack(struct tcp_sock *tp);
/* At most TCP_CHALLENGE_PER_S a connection; one more counts as skipped. */
void tcp_send_challenge_ack(struct tcp_sock *tp, enum mib_item skipped);
void tcp_send_fin(struct tcp_sock *tp); /* queues it behind all data */
void tcp_send_syn(struct tcp_sock *tp); /* SYN, or SYN-ACK when crossed */
void tcp_send_active_reset(struct tcp_sock *tp);
/* Keepalive and window probe: one old byte's sequence, no data. */
void tcp_send_probe(struct tcp_sock *tp);
/* Retransmits the first unacked skb (a full-size part of it). 0 or -errno. */
int tcp_retransmit_head(struct tcp_sock *tp);
int tcp_retransmit_skb(struct tcp_sock *tp, struct sk_buff *skb);
/* Cuts skb (on q) to len bytes; the rest follows it. False: no memory. */
bool tcp_fragment(struct tcp_sock *tp, struct sk_buff_head *q,
		  struct sk_buff *skb, u32 len);
/* Removes len acked bytes from the front. False: no memory (keep it all). */
bool tcp_trim_head(struct tcp_sock *tp, struct sk_buff *skb, u32 len);
u32 tcp_in_flight(const struct tcp_sock *tp);

/* ---- tcp_pmtu.c ---- */

/* The handshake is over: what is known of the path, and the MSS from it. */
void tcp_pmtu_start(struct tcp_sock *tp);
/* ICMP: the segment at seq, in flight, was too long for a link with mtu. */
void tcp_pmtu_told(struct tcp_sock *tp, u32 mtu, u32 seq);
/* The retransmission timer: before anything is sent again. */
void tcp_pmtu_timeout(struct tcp_sock *tp);
/* The length of a probe that the caller has to send now, mostly 0. */
u32 tcp_pmtu_probe(struct tcp_sock *tp, u64 now_ms);

/* ---- tcp_timer.c ---- */

void tcp_timers_setup(struct tcp_sock *tp);
void tcp_timers_stop(struct tcp_sock *tp);
void tcp_rto_restart(struct tcp_sock *tp); /* 5.1, 5.3: now + RTO */
void tcp_rto_stop(struct tcp_sock *tp);
void tcp_probe_start(struct tcp_sock *tp); /* the persist timer */
/* The same soon, for there was no memory. */
void tcp_memory_wait(struct tcp_sock *tp);
void tcp_delack_start(struct tcp_sock *tp);
void tcp_delack_stop(struct tcp_sock *tp);
void tcp_keepalive_start(struct tcp_sock *tp, u64 delay_ms);
/* From now on: the peer counts as heard, which nobody had noted. */
void tcp_keepalive_begin(struct tcp_sock *tp);
void tcp_keepalive_stop(struct tcp_sock *tp);

/* ---- tcp_rtt.c: RFC 6298 ---- */

void tcp_rtt_init(struct tcp_sock *tp);
void tcp_rtt_sample(struct tcp_sock *tp, u32 rtt_us);
u32 tcp_rto_ms(const struct tcp_sock *tp); /* with backoff, capped */

/* ---- tcp_conn.c: life and death ---- */

/* A new socket in CLOSE with its defaults, or NULL. */
struct tcp_sock *tcp_sock_alloc(struct net *net);
struct sock *tcp_create(struct net *net);
void tcp_destroy(struct sock *sk);
/* A connection's fields as at birth; what the program has set stays. */
void tcp_sock_renew(struct tcp_sock *tp);
/* Asserts that the move is legal (a table); keeps CurrEstab. */
void tcp_set_state(struct tcp_sock *tp, enum tcp_state state);
/* The handshake is over: cong, mss, timers, wake. */
void tcp_finish_connect(struct tcp_sock *tp);
/* To CLOSE: timers off, queues purged, tables left, references dropped. */
void tcp_done(struct tcp_sock *tp);
/* RST received, time-out...: reports err to the program, then tcp_done. */
void tcp_abort(struct tcp_sock *tp, int err);
/* Charges and uncharges queue memory of the table. */
void tcp_mem_charge(struct tcp_sock *tp, s64 bytes);

/*
 * Send memory is what the heads take: static content is nobody's memory.
 * Each skb remembers its charge. A socket's own measure is another one: the
 * bytes from SND.UNA to WRITE_SEQ.
 */
static inline u32 tcp_unacked_or_unsent(const struct tcp_sock *tp)
{
	return tp->write_seq - tp->snd_una;
}

/* The same with what the sk_buffs themselves take: SO_SNDBUF's measure. */
static inline u32 tcp_wmem_used(const struct tcp_sock *tp)
{
	return tcp_unacked_or_unsent(tp) +
	       (tp->rtx_queue.qlen + tp->write_queue.qlen) * TCP_SKB_OVERHEAD;
}

/*
 * All sockets together hold too much. Then only one that has nothing queued
 * may send: no ACK would ever tell it of room.
 */
static inline bool tcp_under_pressure(const struct tcp_sock *tp)
{
	return tp->table->memory >= tp->table->memory_max;
}

static inline u32 tcp_unsent(const struct tcp_sock *tp)
{
	return tp->write_seq - tp->snd_nxt;
}

/* TCP_NOTSENT_LOWAT. */
static inline bool tcp_unsent_is_enough(const struct tcp_sock *tp)
{
	return tp->notsent_lowat && tcp_unsent(tp) >= tp->notsent_lowat;
}

/* Worth telling the program: a third of the send buffer is free. */
static inline bool tcp_writable(const struct tcp_sock *tp)
{
	u32 used;

	if (likely(!tcp_unacked_or_unsent(tp)))
		return true;
	used = tcp_wmem_used(tp);
	return used <= tp->sk.sndbuf - tp->sk.sndbuf / 3 &&
	       likely(!tcp_unsent_is_enough(tp)) &&
	       likely(!tcp_under_pressure(tp));
}

/* An skb of rtx_queue or write_queue, already unlinked: uncharged, freed. */
static inline void tcp_free_sent(struct tcp_sock *tp, struct sk_buff *skb)
{
	tcp_mem_charge(tp, -(s64)tcp_cb(skb)->charge);
	consume_skb(skb);
}

/* The first of such a queue. */
void tcp_free_first(struct tcp_sock *tp, struct sk_buff_head *queue);

/* ---- tcp_close.c ---- */

void tcp_close(struct sock *sk);
/* Frees what the program has not read; true when there was something. */
bool tcp_purge_unread(struct tcp_sock *tp);
int tcp_shutdown(struct sock *sk, int how);

/* ---- tcp_send.c, tcp_recv.c, tcp_sockopt.c ---- */

ssize_t tcp_sendmsg(struct sock *sk, struct msghdr *msg);
ssize_t tcp_recvmsg(struct sock *sk, struct msghdr *msg);
/* The urgent mark has come, moved or been read. */
void tcp_note_mark(struct tcp_sock *tp);
int tcp_setsockopt(struct sock *sk, int level, int name, const void *value,
		   u32 len);
int tcp_getsockopt(struct sock *sk, int level, int name, void *value, u32 *len);
void tcp_fill_info(const struct tcp_sock *tp, struct tcp_info *info);
u32 tcp_poll(struct sock *sk);

/* ---- tcp_connect.c ---- */

int tcp_connect(struct sock *sk, const struct sockaddr_in *addr);

#include "net/tcp/tcp_autotune.h"
#include "net/tcp/tcp_half.h"
