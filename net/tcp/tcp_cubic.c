/*
 * CUBIC (RFC 9438) in integers: bytes and milliseconds.
 *
 *	cwnd |             :       ___/     W(t) = C (t - K)^3 + origin
 *	     |   ..........:__----'  :
 *	     |  :   _--'''           :      C = 0.4 segments/s^3
 *	     |  | /                  :      K = cbrt((origin - cwnd) / C)
 *	     |  |/                   :
 *	     +--+----------+---------+- t   event: cwnd *= beta = 0.7
 *	        0          K
 *
 * As in Linux the curve is not followed from ACK to ACK: once in a round trip
 * or in 1/32 s it says how many bytes are worth one segment more.
 */
#include "net/tcp/tcp_output.h"

#define CUBIC_TICK_MS 31u
/* t^3 and K^3 in ms^3 for each segment: 1e9 / C. */
#define CUBIC_MS3 2500000000u
/* Such a distance is 112,000 segments, and d^3 * mss still fits into u64. */
#define CUBIC_D_MAX 65535u
/* Without a goal: not less than a segment for so many. */
#define CUBIC_BLIND_SEGS 20u

static u32 cubic_srtt_ms(const struct tcp_sock *tp)
{
	return (tp->srtt_us8 >> 3) / 1000;
}

/* A bit of the root for each three of a, from the highest. */
static u32 cubic_root(u64 a)
{
	u64 root = 0, next;

	for (s32 shift = 63; shift >= 0; shift -= 3) {
		root *= 2;
		next = 3 * root * (root + 1) + 1;
		if (a >> shift >= next) {
			a -= next << shift;
			root++;
		}
	}
	return (u32)root;
}

static void cubic_init(struct tcp_sock *tp)
{
	tp->cubic = (struct tcp_cubic){0};
	tcp_hystart_init(tp);
}

/* Section 4.2: avoidance begins, at or below the last event's window. */
static void cubic_start_epoch(struct tcp_sock *tp, u64 now_ms)
{
	struct cubic_growth *g = &tp->cubic.now;
	u64 below = g->w_max > tp->cwnd ? g->w_max - tp->cwnd : 0;

	g->epoch_ms = now_ms;
	g->origin = tp->cwnd + (u32)below;
	g->k_ms = cubic_root(below * CUBIC_MS3 / tp->mss);
	g->w_est = tp->cwnd;
}

/*
 * Section 5.8: the time in which cwnd was not what limited is not the
 * curve's. A flow that fills its window hears an ACK in each round trip.
 */
static void cubic_skip_gap(struct tcp_sock *tp, u64 now_ms)
{
	struct tcp_cubic *c = &tp->cubic;
	u64 gap = now_ms - c->update_ms;
	u64 usual = CUBIC_TICK_MS + cubic_srtt_ms(tp);

	if (gap > usual)
		c->now.epoch_ms += gap - usual;
}

/*
 * Section 4.3: what Reno with this beta would have, alpha being 3 (1 - beta)
 * / (1 + beta) = 9/17 until the old window is reached.
 */
static void cubic_estimate_reno(struct tcp_sock *tp)
{
	struct tcp_cubic *c = &tp->cubic;
	u64 more = (u64)c->est_acked * tp->mss / tp->cwnd;

	if (c->now.w_est < c->now.cwnd_prior)
		more = more * 9 / 17;
	c->now.w_est = (u32)MIN(c->now.w_est + more, CWND_MAX);
	c->est_acked = 0;
}

/* Where the curve will be in a round trip (section 4.2). */
static u64 cubic_target(const struct tcp_sock *tp, u64 now_ms)
{
	const struct cubic_growth *g = &tp->cubic.now;
	u64 t = now_ms - g->epoch_ms + cubic_srtt_ms(tp);
	bool before = t < g->k_ms;
	u64 d = MIN(before ? g->k_ms - t : t - g->k_ms, CUBIC_D_MAX);
	u64 offset = d * d * d * tp->mss / CUBIC_MS3;

	if (!before)
		return g->origin + offset;
	return g->origin > offset ? g->origin - offset : 0;
}

/* In a round trip cwnd bytes are acknowledged: they shall reach the target. */
static u32 cubic_per_seg(const struct tcp_sock *tp, u64 target)
{
	const struct cubic_growth *g = &tp->cubic.now;
	u64 per_seg = 100ull * tp->cwnd;

	if (target > tp->cwnd) /* at most half as much again (4.2) */
		per_seg = MAX((u64)tp->cwnd * tp->mss / (target - tp->cwnd),
			      2ull * tp->mss);
	/* Nothing is known yet of where the end is. */
	if (!g->w_max)
		per_seg = MIN(per_seg, CUBIC_BLIND_SEGS * tp->mss);
	return (u32)MIN(per_seg, (u64)INT32_MAX);
}

static void cubic_update(struct tcp_sock *tp, u32 acked)
{
	struct tcp_cubic *c = &tp->cubic;
	u64 now_ms = clock_ms(), target;

	c->est_acked += acked;
	if (c->now.epoch_ms && c->last_cwnd == tp->cwnd &&
	    now_ms - c->update_ms <= MIN(CUBIC_TICK_MS, cubic_srtt_ms(tp)))
		return;
	if (c->now.epoch_ms)
		cubic_skip_gap(tp, now_ms);
	else
		cubic_start_epoch(tp, now_ms);
	c->update_ms = now_ms;
	c->last_cwnd = tp->cwnd;
	cubic_estimate_reno(tp);
	target = cubic_target(tp, now_ms);
	/* The Reno-friendly region (4.3), by whole segments as Linux. */
	if (c->now.w_est >= tp->cwnd + tp->mss)
		target = MAX(target, (u64)c->now.w_est);
	c->per_seg = cubic_per_seg(tp, target);
}

static noinline void cubic_grow(struct tcp_sock *tp, u32 acked)
{
	if (tp->cwnd < tp->ssthresh) {
		acked = tcp_slow_start(tp, tcp_hystart_growth(tp, acked));
		if (!acked)
			return;
	}
	cubic_update(tp, acked);
	tcp_cong_avoid_ai(tp, tp->cubic.per_seg, acked);
}

static void cubic_cong_avoid(struct tcp_sock *tp, u32 acked)
{
	if (tcp_is_cwnd_limited(tp))
		cubic_grow(tp, acked);
}

/*
 * Sections 4.6 and 4.7: a flow that did not get back to its old maximum
 * leaves more room for the others.
 */
static u32 cubic_ssthresh(struct tcp_sock *tp, u32 flight)
{
	struct tcp_cubic *c = &tp->cubic;
	u32 cwnd = tp->cwnd;

	c->undo = c->now;
	c->now.w_max = cwnd < c->now.w_max ? cwnd / 20 * 17 : cwnd;
	c->now.cwnd_prior = cwnd;
	c->now.epoch_ms = 0;
	c->est_acked = 0;
	return MAX((u32)((u64)cwnd * 7 / 10), 2u * tp->mss);
}

/* Section 4.8: the next epoch has K = 0, and slow start comes first. */
static void cubic_timeout(struct tcp_sock *tp)
{
	tp->cubic.now.w_max = 0;
}

/* Section 4.9. */
static void cubic_undo(struct tcp_sock *tp)
{
	tp->cubic.now = tp->cubic.undo;
}

const struct tcp_congestion_ops tcp_cubic = {
	.name = "cubic",
	.init = cubic_init,
	.cong_avoid = cubic_cong_avoid,
	.ssthresh = cubic_ssthresh,
	.timeout = cubic_timeout,
	.undo = cubic_undo,
	.rtt_sample = tcp_hystart_sample,
};
