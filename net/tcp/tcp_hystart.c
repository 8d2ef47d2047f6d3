/*
 * HyStart++ (RFC 9406): ends slow start before it overflows the path. When
 * the round trip becomes longer by an eighth, a queue may be building up, so
 * cwnd goes on at a quarter of the pace, in conservative slow start (CSS). If
 * the round trip gets short again, it was jitter, and slow start resumes;
 * after five rounds it was not, and avoidance begins.
 *
 * Only of the first slow start: later ones end at ssthresh (section 4.3).
 */
#include "net/tcp/tcp_sock.h"

#define MIN_RTT_THRESH	   4000u /* us */
#define MAX_RTT_THRESH	   16000u
#define MIN_RTT_DIVISOR	   8u
#define N_RTT_SAMPLE	   8u
#define CSS_ROUNDS	   5u
#define CSS_GROWTH_DIVISOR 4u
#define LOW_WINDOW	   16u /* segments; below, growth can do no harm */

void tcp_hystart_init(struct tcp_sock *tp)
{
	tp->cubic.hystart = (struct tcp_hystart){
		.round_end = tp->snd_una - 1, /* over */
		.curr_rtt_us = UINT32_MAX,
	};
}

/* Section 4.2: what a round begins with. One in CSS may be the last. */
static void hystart_new_round(struct tcp_sock *tp, struct tcp_hystart *h)
{
	struct net *net = tp->sk.net;

	h->round_end = tp->snd_nxt;
	h->last_rtt_us = h->curr_rtt_us;
	h->curr_rtt_us = UINT32_MAX;
	h->samples = 0;
	if (!h->css_rounds || --h->css_rounds)
		return;
	tp->ssthresh = tp->cwnd;
	NET_INC(net, TCPEXT_TCPHystartDelayDetect);
	NET_ADD(net, TCPEXT_TCPHystartDelayCwnd, tp->cwnd / tp->mss);
}

static bool hystart_longer(const struct tcp_hystart *h)
{
	u32 more = MIN(MAX(h->last_rtt_us / MIN_RTT_DIVISOR, MIN_RTT_THRESH),
		       MAX_RTT_THRESH);

	return h->last_rtt_us != UINT32_MAX &&
	       h->curr_rtt_us >= h->last_rtt_us + more;
}

static noinline void hystart_look(struct tcp_sock *tp, u32 rtt_us)
{
	struct tcp_hystart *h = &tp->cubic.hystart;

	if (seq_gt(tp->snd_una, h->round_end))
		hystart_new_round(tp, h);
	h->curr_rtt_us = MIN(h->curr_rtt_us, rtt_us);
	if (h->samples < N_RTT_SAMPLE - 1) {
		h->samples++;
		return;
	}
	if (h->css_rounds) {
		if (h->curr_rtt_us < h->css_rtt_us)
			h->css_rounds = 0;
	} else if (hystart_longer(h)) {
		h->css_rtt_us = h->curr_rtt_us;
		h->css_rounds = CSS_ROUNDS;
	}
}

void tcp_hystart_sample(struct tcp_sock *tp, u32 rtt_us)
{
	if (tp->ssthresh == SSTHRESH_INF && tp->cwnd >= LOW_WINDOW * tp->mss &&
	    tp->ca_state == TCP_CA_OPEN)
		hystart_look(tp, rtt_us);
}

u32 tcp_hystart_growth(const struct tcp_sock *tp, u32 acked)
{
	bool css = tp->cubic.hystart.css_rounds && tp->ssthresh == SSTHRESH_INF;

	return css ? acked / CSS_GROWTH_DIVISOR : acked;
}
