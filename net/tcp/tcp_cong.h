/*
 * Congestion control: the table that an algorithm fills, and what the two
 * algorithms keep. Windows are bytes throughout.
 */
#pragma once

#include "lib/types.h"

struct tcp_sock;

/* Linux's numbers, as TCP_INFO shows them. */
enum tcp_ca_state {
	TCP_CA_OPEN,
	TCP_CA_DISORDER,
	TCP_CA_CWR, /* cwnd comes down for ECE */
	TCP_CA_RECOVERY,
	TCP_CA_LOSS
};

/* RFC 5681; a connection has one of them, chosen by name. */
struct tcp_congestion_ops {
	const char *name;
	void (*init)(struct tcp_sock *tp); /* may be NULL, as all below */
	/* acked bytes were newly acknowledged, not in recovery. Not NULL. */
	void (*cong_avoid)(struct tcp_sock *tp, u32 acked);
	/*
	 * The ssthresh after a congestion event, which this is; flight: RFC
	 * 5681's FlightSize. Not NULL.
	 */
	u32 (*ssthresh)(struct tcp_sock *tp, u32 flight);
	/* The event was a time-out. */
	void (*timeout)(struct tcp_sock *tp);
	/* The event was none: as before ssthresh(). */
	void (*undo)(struct tcp_sock *tp);
	/* A round trip sample. */
	void (*rtt_sample)(struct tcp_sock *tp, u32 rtt_us);
};

extern const struct tcp_congestion_ops tcp_reno, tcp_cubic;
/* NULL: there is none of this name. */
const struct tcp_congestion_ops *tcp_cong_find(const char *name);

/* Since the last congestion event: RFC 9438 section 4.1.2's variables. */
struct cubic_growth {
	u64 epoch_ms; /* when avoidance began, 0: it has not yet */
	u32 w_max;    /* cwnd of the last event, 0: none to remember */
	u32 origin;   /* where the curve is flat */
	u32 k_ms;     /* and when, after epoch_ms */
	u32 w_est;    /* what Reno would have */
	u32 cwnd_prior;
};

/* RFC 9406's variables. */
struct tcp_hystart {
	u32 round_end;		      /* SND.NXT when this round trip began */
	u32 curr_rtt_us, last_rtt_us; /* the least of this and of the last */
	u32 css_rtt_us; /* of the round that made it conservative */
	u8 samples;
	u8 css_rounds; /* left, this one among them; 0: ordinary slow start */
};

struct tcp_cubic {
	struct cubic_growth now, undo;
	u64 update_ms; /* when per_seg was computed, for which cwnd */
	u32 last_cwnd;
	u32 per_seg;   /* acknowledged bytes for one segment more */
	u32 est_acked; /* acknowledged since w_est was computed */
	struct tcp_hystart hystart;
};

/* What says that there is congestion. */
enum tcp_cong_sign { TCP_SIGN_LOSS, TCP_SIGN_TIMEOUT, TCP_SIGN_ECE };

/* ---- tcp_cong.c ---- */

#define CWND_MAX     (1u << 30)
#define SSTHRESH_INF 0x7fffffffu /* Linux's value */

void tcp_cong_init(struct tcp_sock *tp); /* IW when the handshake is over */
/* RFC 5681 section 4.1, before sending. */
void tcp_restart_after_idle(struct tcp_sock *tp);
/* Slow start's part: cwnd += acked; what is left over ssthresh. */
u32 tcp_slow_start(struct tcp_sock *tp, u32 acked);
/* Avoidance's: a segment for each per_seg bytes that are acknowledged. */
void tcp_cong_avoid_ai(struct tcp_sock *tp, u32 per_seg, u32 acked);
/*
 * A congestion event: ssthresh falls; what was before a loss is kept for an
 * undo. cwnd and the state are the caller's. acked: what has left FlightSize,
 * but belongs to it, with the ACK that tells of it.
 */
void tcp_cong_event(struct tcp_sock *tp, enum tcp_cong_sign sign, u32 acked);
/* It was none after all (RFC 3522, 3708, 5682): cwnd and ssthresh return. */
void tcp_cong_undo(struct tcp_sock *tp);

/* ---- tcp_hystart.c ---- */

void tcp_hystart_init(struct tcp_sock *tp);
void tcp_hystart_sample(struct tcp_sock *tp, u32 rtt_us);
/* How many of `acked` bytes slow start may add. */
u32 tcp_hystart_growth(const struct tcp_sock *tp, u32 acked);
