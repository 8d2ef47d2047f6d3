/*
 * Finding and repairing losses: what is kept for it, and who calls whom.
 *
 *	tcp_sack_send.c   what we tell of what we hold beyond a gap
 *	tcp_sack.c	  what the peer tells, judged: marks in the queue
 *	tcp_scoreboard.c  the marks and their sums
 *	tcp_recovery.c	  the states, and what an ACK does to them
 *	  tcp_newreno.c	    without SACK: counting duplicates (RFC 6582)
 *	  tcp_rack.c	    with it: what is lost, by time (RFC 8985)
 *	  tcp_tlp.c	    a lost tail: probes (RFC 8985 section 7)
 *	  tcp_prr.c	    how much may go meanwhile (RFC 9937)
 *	  tcp_undo.c	    it was no loss (RFC 3522, 3708, 5682)
 *	tcp_retransmit.c  what is marked lost goes again
 */
#pragma once

#include "kernel/timer.h"
#include "net/core/skbuff.h"

struct tcphdr;
struct tcp_seg;
struct tcp_sock;

#define TCP_REORDERING	   3u /* segments: DupThresh */
#define TCP_REORDERING_MAX 300u
#define TCP_SACK_BLOCKS	   4	/* as many as fit into 40 bytes of options */
#define TCP_SACK_STEPS	   1024 /* of the queue that one walk takes */

/* In skb->cb while a queue of the connection holds it. */
struct tcp_skb_cb {
	u32 seq, end_seq;
	u32 tx_us;  /* last transmission, RTT and RACK */
	u32 charge; /* memory counted for it: its head, not its frags */
	u8 flags;
	u8 sacked;		 /* TCPCB_x */
	u8 retrans;		 /* times retransmitted */
	bool run_end;		 /* had a PSH as a run's last one */
	struct list_head resent; /* on loss.resent with TCPCB_RETRANS */
};

_Static_assert(sizeof(struct tcp_skb_cb) <= SKB_CB_SIZE, "skb->cb");

#define TCPCB_SACKED  1
#define TCPCB_LOST    2
#define TCPCB_RETRANS 4 /* lost, and a retransmission is in flight */

static inline struct tcp_skb_cb *tcp_cb(const struct sk_buff *skb)
{
	return (struct tcp_skb_cb *)skb->cb;
}

/* [start, end) of the sequence space, RFC 2018 section 3. */
struct tcp_sack_block {
	u32 start, end;
};

/* What the next ACK tells of the out-of-order queue, the newest first. */
struct tcp_rcv_sack {
	struct tcp_sack_block blocks[TCP_SACK_BLOCKS];
	struct tcp_sack_block dup; /* received twice, RFC 2883 */
	u8 count;		   /* of blocks */
	bool dup_due;		   /* told once, before the blocks */
	u8 due;			   /* both together */
	u8 len;			   /* of the option in the segment being made */
	u8 ack_pending;		   /* what it was before that segment */
	u64 ack_deadline_ms;	   /* the same */
};

/* A place in the retransmission queue; good while seq >= SND.UNA. */
struct tcp_hint {
	struct sk_buff *skb; /* NULL: the first */
	u32 seq;
};

/* The segment sent last of those that have arrived, RFC 8985 section 5.2. */
struct tcp_rack {
	u32 xmit_us, end_seq, rtt_us;
	bool valid;
	u8 reo_steps;	 /* of min_rtt / 4: RACK.reo_wnd_mult */
	u8 reo_persist;	 /* recoveries until that is 1 again */
	u32 dsack_round; /* SND.NXT when it grew */
};

struct tcp_loss {
	struct tcp_hint sack_hint; /* where the last walk was */
	/* The scoreboard; all but the last two mean nothing in OPEN. */
	struct tcp_hint rack_hint, rtx_hint;
	struct tcp_sack_block seen[TCP_SACK_BLOCKS]; /* of the last ACK */
	u32 seen_count;
	u32 sack_high;		 /* the end of the highest SACKed */
	u32 sacked_skbs;	 /* with TCPCB_SACKED */
	struct list_head resent; /* tcp_skb_cb.resent, the oldest first */

	struct tcp_rack rack;
	u32 reordering; /* segments that one was seen to come late by */
	u32 reord_seen; /* times */

	u32 prr_delivered, prr_resent; /* bytes in this recovery */
	u32 prr_flight;		       /* when it began: RecoverFS */

	bool tlp_out;	  /* a probe was sent and not answered yet */
	bool tlp_retrans; /* it was old data */
	u32 tlp_high;	  /* SND.NXT then */

	bool undo_ok;	 /* prior_cwnd and prior_ssthresh may come back */
	bool frto;	 /* the first ACK after a time-out is still to come */
	u32 undo_marker; /* SND.UNA when they were reduced */
	u32 undo_bytes;	 /* sent again and not told by a DSACK */
	u32 resent_ts;	 /* our timestamp of the first of them */

	struct timer timer; /* TLP or RACK's reordering: tcp_tlp_has_timer() */
	u64 deadline_ms;    /* 0: off */
};

/* tcp_rate.h: the sample being taken, and the last one that counted. */
struct tcp_rate {
	bool timing;	     /* the segment of end_seq, sent at tx_us */
	bool timing_limited; /* by the program */
	bool valid;	     /* it will be one */
	bool chained;	     /* both intervals began with the last one */
	u32 end_seq, tx_us;
	u32 first_tx_us, prior_us, prior_delivered;
	u32 limit_seq; /* the program limits what goes before it is delivered */
	u32 delivered, interval_us; /* the rate; 0: none yet */
	u32 known;		    /* bytes that cannot make it faster */
	bool app_limited;
};

#define TCP_UNDO_NONE UINT32_MAX /* undo_bytes: nothing was sent again */

/* What one ACK has said, gathered on its way to tcp_congestion_ack. */
struct tcp_acked {
	const struct tcp_seg *seg;
	u32 bytes;	/* acknowledged: SND.UNA has moved by them */
	u32 delivered;	/* the same, and SACKed now, but not SACKed before */
	u32 sacked;	/* SACKed now */
	u32 tx_us;	/* of the newest segment sent once and now arrived */
	u32 now_us;	/* 0: not asked for yet */
	u32 high;	/* loss.sack_high as it was */
	u32 late;	/* the lowest sent once and arrived now, below high */
	u16 steps;	/* of the queue walked */
	bool rtt_ok;	/* tx_us is valid */
	bool retrans;	/* a retransmitted segment was acknowledged (Karn) */
	bool original;	/* data never retransmitted has arrived */
	bool dup;	/* a duplicate by RFC 5681 section 2 */
	bool dsack_tlp; /* our probe's data had arrived before */
	bool newly_lost;
};

/* When the ACK came, in us. */
static inline u32 tcp_acked_now(struct tcp_acked *acked)
{
	if (!acked->now_us)
		acked->now_us = (u32)(machine_now_ns() / 1000);
	return acked->now_us;
}

/* ---- tcp_options.c ---- */

/* The blocks of the option at options.sack, as they are; their count. */
u32 tcp_read_sack(const struct tcphdr *th, u8 offset,
		  struct tcp_sack_block *blocks);
/* Writes nop,nop,SACK (4 + 8 * count bytes). */
void tcp_write_sack(u8 *to, const struct tcp_sack_block *blocks, u32 count);

/* ---- tcp_sack_send.c ---- */

/* A segment was kept beyond a gap. */
void tcp_sack_add(struct tcp_sock *tp, u32 start, u32 end);
/* Nothing is held any more. */
void tcp_sack_clear(struct tcp_sock *tp);
/* RCV.NXT has moved over some of it. */
void tcp_sack_advance(struct tcp_sock *tp);
/* This text came twice (RFC 2883): the next ACK says so. */
void tcp_sack_dup(struct tcp_sock *tp, u32 start, u32 end);
/* The option's bytes beside this much payload, no-operations and all. */
u32 tcp_sack_len(struct tcp_sock *tp, u32 payload);
/*
 * The segment that was asked for is made: the option comes behind the
 * timestamps. If it had no room, the ACK that is due stays due.
 */
void tcp_put_sack(struct tcp_sock *tp, struct tcphdr *th);

/* ---- tcp_scoreboard.c ---- */

void tcp_loss_init(struct tcp_sock *tp); /* the rest of it being 0 */
/* Leaving OPEN: nothing is marked. */
void tcp_scoreboard_reset(struct tcp_sock *tp);
struct sk_buff *tcp_hint_skb(struct tcp_sock *tp, const struct tcp_hint *hint);
void tcp_hint_set(struct tcp_hint *hint, struct sk_buff *skb);
void tcp_mark_sacked(struct tcp_sock *tp, struct sk_buff *skb,
		     struct tcp_acked *acked);
/* Lost, or, when it was sent again already, that is lost too. */
void tcp_mark_lost(struct tcp_sock *tp, struct sk_buff *skb);
/* A time-out's: all but what is SACKED; that too when the peer reneges. */
void tcp_mark_all_lost(struct tcp_sock *tp);
void tcp_mark_resent(struct tcp_sock *tp, struct sk_buff *skb);
/* Nothing is lost after all. */
void tcp_unmark_lost(struct tcp_sock *tp);
/* The segment leaves the queue: its marks leave the sums. */
void tcp_forget_marks(struct tcp_sock *tp, struct sk_buff *skb);
/* Its first bytes do. */
void tcp_forget_front(struct tcp_sock *tp, const struct tcp_skb_cb *cb,
		      u32 bytes);
/* What the arrival of a marked, or in recovery of any, segment says. */
void tcp_note_arrival(struct tcp_sock *tp, struct tcp_acked *acked,
		      const struct tcp_skb_cb *cb);
/* RFC 6675 section 4: as much is SACKED as DupThresh segments. */
bool tcp_sacked_enough(const struct tcp_sock *tp);
/* Segments were seen out of order, from seq to the highest SACKED. */
void tcp_note_reordering(struct tcp_sock *tp, u32 seq, u32 high);

/* ---- tcp_sack.c ---- */

/* Takes the blocks of acked->seg; the queue is clean up to SND.UNA. */
void tcp_sack_rcv(struct tcp_sock *tp, struct tcp_acked *acked);

/* ---- tcp_recovery.c, tcp_newreno.c ---- */

/* What the ACK says to congestion control. */
void tcp_congestion_ack(struct tcp_sock *tp, struct tcp_acked *acked);
void tcp_reno_ack(struct tcp_sock *tp, struct tcp_acked *acked);
void tcp_enter_loss(struct tcp_sock *tp); /* RTO, RFC 5681 eq. 4 */
/* What is longer than the MSS now was lost, and not by congestion. */
void tcp_enter_too_big(struct tcp_sock *tp);
void tcp_enter_recovery(struct tcp_sock *tp);
void tcp_end_recovery(struct tcp_sock *tp);
/* ECE on an ACK that has not moved SND.UNA yet: cwnd is to come down. */
void tcp_enter_cwr(struct tcp_sock *tp);
/* What CWR was for has been acknowledged, and more, or nothing is left. */
bool tcp_cwr_is_over(const struct tcp_sock *tp);
void tcp_end_cwr(struct tcp_sock *tp);
void tcp_to_open(struct tcp_sock *tp);
/* cwnd after an ACK, by the state that it has led to from `before`. */
void tcp_cwnd_ack(struct tcp_sock *tp, const struct tcp_acked *acked,
		  u8 before);

/* ---- tcp_prr.c ---- */

void tcp_prr_start(struct tcp_sock *tp);
void tcp_prr(struct tcp_sock *tp, const struct tcp_acked *acked);

/* ---- tcp_rack.c ---- */

void tcp_rack_arrival(struct tcp_sock *tp, struct tcp_acked *acked,
		      const struct tcp_skb_cb *cb);
/* Marks what is lost by now; the timer waits for what may yet be. */
void tcp_rack_detect(struct tcp_sock *tp, u32 now_us);
void tcp_rack_dsack(struct tcp_sock *tp);
void tcp_rack_recovered(struct tcp_sock *tp);
void tcp_rack_timeout(struct tcp_sock *tp);

/* ---- tcp_tlp.c ---- */

/* Nothing is late or lost: the timer is for probes. */
bool tcp_tlp_has_timer(const struct tcp_sock *tp);
/* New data was sent, more than a segment is in flight. */
void tcp_tlp_start(struct tcp_sock *tp);
/*
 * A probe in place of a time-out, after silence since then; false: none is
 * due.
 */
bool tcp_tlp_send(struct tcp_sock *tp, u64 since_ms);
void tcp_tlp_ack(struct tcp_sock *tp, const struct tcp_acked *acked);
void tcp_tlp_timeout(struct tcp_sock *tp);

/* ---- tcp_timer.c ---- */

/* RACK's and TLP's timer. */
void tcp_loss_timer_start(struct tcp_sock *tp, u64 delay_ms);

/* ---- tcp_undo.c ---- */

void tcp_undo_start(struct tcp_sock *tp);
void tcp_undo_resent(struct tcp_sock *tp, u32 bytes, u64 now_ns);
void tcp_undo_dsack(struct tcp_sock *tp, const struct tcp_sack_block *dsack);
/* True: the loss was none; the windows are what they were. */
bool tcp_try_undo(struct tcp_sock *tp, const struct tcp_acked *acked);
