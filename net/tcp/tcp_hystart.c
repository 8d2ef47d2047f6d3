/*
 * HyStart (Ha and Rhee, "Taming the elephants", 2011; as in Linux): ends slow
 * start before it overflows the path. Two signs, either suffices:
 *
 *	- ACKs that follow each other closely stretch over half of the round
 *	  trip: the path is as full as it gets;
 *	- the round trip has become longer by an eighth: a queue builds up.
 */
#include "net/tcp/tcp_sock.h"

#define HYSTART_MIN_SEGS  16u /* below this window no sign counts */
#define HYSTART_SAMPLES	  8u
#define HYSTART_DELAY_MIN 4000u /* us */
#define HYSTART_DELAY_MAX 16000u
#define HYSTART_ACK_US	  2000u /* closer than this is a train */
#define HYSTART_SLACK_US  1000u /* what a receiver may hold back */

void tcp_hystart_init(struct tcp_sock *tp)
{
	tp->cubic.hystart = (struct tcp_hystart){.round_end = tp->snd_una};
}

static void hystart_new_round(struct tcp_sock *tp, u32 now_us)
{
	struct tcp_hystart *h = &tp->cubic.hystart;

	h->round_end = tp->snd_nxt;
	h->round_us = h->last_ack_us = now_us;
	h->curr_rtt_us = UINT32_MAX;
	h->samples = 0;
}

static bool hystart_train(const struct tcp_sock *tp, struct tcp_hystart *h,
			  u32 now_us)
{
	if (now_us - h->last_ack_us > HYSTART_ACK_US)
		return false;
	h->last_ack_us = now_us;
	return now_us - h->round_us > (tp->min_rtt_us + HYSTART_SLACK_US) / 2;
}

static bool hystart_delay(const struct tcp_sock *tp, struct tcp_hystart *h,
			  u32 rtt_us)
{
	u32 more = MIN(MAX(tp->min_rtt_us / 8, HYSTART_DELAY_MIN),
		       HYSTART_DELAY_MAX);

	h->curr_rtt_us = MIN(h->curr_rtt_us, rtt_us);
	if (h->samples < HYSTART_SAMPLES) {
		h->samples++;
		return false;
	}
	return h->curr_rtt_us > tp->min_rtt_us + more;
}

static noinline void hystart_look(struct tcp_sock *tp, u32 rtt_us)
{
	struct tcp_hystart *h = &tp->cubic.hystart;
	struct net *net = tp->sk.net;
	u32 now_us;

	if (h->found || tp->ca_state != TCP_CA_OPEN)
		return;
	now_us = (u32)(machine_now_ns() / 1000);
	if (seq_gt(tp->snd_una, h->round_end))
		hystart_new_round(tp, now_us);
	if (hystart_train(tp, h, now_us)) {
		NET_INC(net, TCPEXT_TCPHystartTrainDetect);
		NET_ADD(net, TCPEXT_TCPHystartTrainCwnd, tp->cwnd / tp->mss);
	} else if (hystart_delay(tp, h, rtt_us)) {
		NET_INC(net, TCPEXT_TCPHystartDelayDetect);
		NET_ADD(net, TCPEXT_TCPHystartDelayCwnd, tp->cwnd / tp->mss);
	} else {
		return;
	}
	h->found = true;
	tp->ssthresh = tp->cwnd;
}

void tcp_hystart_sample(struct tcp_sock *tp, u32 rtt_us)
{
	if (tp->cwnd < tp->ssthresh && tp->cwnd >= HYSTART_MIN_SEGS * tp->mss)
		hystart_look(tp, rtt_us);
}
