/*
 * A connection's timers: retransmission (RFC 6298 section 5) or window probe
 * (RFC 9293 section 3.8.6.1), RACK and TLP, delayed ACK, keepalive and
 * FIN-WAIT-2.
 *
 * They are lazy: a deadline is a number that each ACK may move; the wheel's
 * entry is only touched when it would fire too late. One that fires too
 * early goes back for the rest; deadline 0 is off. Handlers: softirq.
 */
#include "lib/errno.h"
#include "lib/units.h"
#include "net/tcp/tcp_output.h"

/* Rounded up: a timer is never early. */
static inline void tcp_deadline_at(struct timer *timer, u64 *deadline,
				   u64 now_ns, u64 delay_ms)
{
	u64 when = (now_ns + NS_PER_MS - 1) / NS_PER_MS + delay_ms;

	*deadline = when;
	if (unlikely(!timer_pending(timer) || when < timer->expires_ms))
		mod_timer_at(timer, when);
}

static void tcp_deadline(struct timer *timer, u64 *deadline, u64 delay_ms)
{
	tcp_deadline_at(timer, deadline, machine_now_ns(), delay_ms);
}

/* Whether it is time; if not, the entry goes on for what is left. */
static bool tcp_deadline_passed(struct timer *timer, u64 *deadline)
{
	if (!*deadline)
		return false;
	if (clock_ms() < *deadline) {
		mod_timer_at(timer, *deadline);
		return false;
	}
	*deadline = 0;
	return true;
}

/* A user timeout (RFC 5482) is not overslept by a long backoff. */
static noinline u64 tcp_rto_backed_off(const struct tcp_sock *tp)
{
	u64 delay = tcp_rto_ms(tp), passed;

	if (!tp->user_timeout_ms)
		return delay;
	passed = clock_ms() - tp->retrans_start_ms;
	if (passed >= tp->user_timeout_ms)
		return 1;
	return MIN(delay, tp->user_timeout_ms - passed);
}

static inline u64 tcp_rto_delay(const struct tcp_sock *tp)
{
	return likely(!tp->backoff) ? tp->rto_ms : tcp_rto_backed_off(tp);
}

void tcp_rto_restart_at(struct tcp_sock *tp, u64 now_ns)
{
	tp->probing = false;
	tcp_deadline_at(&tp->xmit_timer, &tp->xmit_deadline_ms, now_ns,
			tcp_rto_delay(tp));
}

void tcp_rto_restart(struct tcp_sock *tp)
{
	tcp_rto_restart_at(tp, machine_now_ns());
}

void tcp_rto_stop(struct tcp_sock *tp)
{
	tp->xmit_deadline_ms = 0;
	tp->probing = false;
}

void tcp_probe_start(struct tcp_sock *tp)
{
	if (!tp->probing) {
		tp->backoff = 0;
		tp->probes_out = 0;
		tp->retrans_start_ms = clock_ms();
	}
	tp->probing = true;
	tcp_deadline(&tp->xmit_timer, &tp->xmit_deadline_ms, tcp_rto_delay(tp));
}

/* That there is none says nothing of the peer: no backoff, no probe. */
void tcp_memory_wait(struct tcp_sock *tp)
{
	tcp_probe_start(tp);
	tcp_deadline(&tp->xmit_timer, &tp->xmit_deadline_ms,
		     MIN(tcp_rto_delay(tp), TCP_RESOURCE_MS));
}

void tcp_delack_start(struct tcp_sock *tp)
{
	if (!tp->delack_deadline_ms)
		tcp_deadline(&tp->delack_timer, &tp->delack_deadline_ms,
			     TCP_DELACK_MS);
}

void tcp_delack_stop(struct tcp_sock *tp)
{
	tp->delack_deadline_ms = 0;
}

void tcp_keepalive_start(struct tcp_sock *tp, u64 delay_ms)
{
	tcp_deadline(&tp->keep_timer, &tp->keep_deadline_ms, delay_ms);
}

void tcp_keepalive_begin(struct tcp_sock *tp)
{
	tp->last_heard_ms = clock_ms();
	tcp_keepalive_start(tp, tp->keep_idle_ms);
}

void tcp_keepalive_stop(struct tcp_sock *tp)
{
	tp->keep_deadline_ms = 0;
}

void tcp_loss_timer_start(struct tcp_sock *tp, u64 delay_ms)
{
	tcp_deadline(&tp->loss.timer, &tp->loss.deadline_ms, delay_ms);
}

static void tcp_timed_out(struct tcp_sock *tp)
{
	NET_INC(tp->sk.net, TCPEXT_TCPAbortOnTimeout);
	tcp_abort(tp, tp->sk.err_soft ? tp->sk.err_soft : ETIMEDOUT);
}

/* R2, by count: 15 from 200 ms on are 924 s (RFC 9293 section 3.8.3). */
static u32 tcp_retries_max(const struct tcp_sock *tp)
{
	if (tcp_in_handshake(tp))
		return tp->syn_retries;
	return tp->orphan ? TCP_ORPHAN_RETRIES : TCP_RETRIES2;
}

/*
 * A peer that shrank its window to nothing over data in flight is being
 * probed by our retransmissions; while it answers, it lives (MUST-37).
 */
static bool tcp_shrunk_but_alive(const struct tcp_sock *tp)
{
	return !tp->snd_wnd && !tp->orphan && !tcp_in_handshake(tp) &&
	       clock_ms() - tp->last_heard_ms < 2 * TCP_RTO_MAX_MS;
}

static bool tcp_gives_up(const struct tcp_sock *tp)
{
	if (tp->user_timeout_ms)
		return tp->retransmits &&
		       clock_ms() - tp->retrans_start_ms >= tp->user_timeout_ms;
	return tp->retransmits >= tcp_retries_max(tp) &&
	       !tcp_shrunk_but_alive(tp);
}

/* R1 is passed: perhaps the way is dead. It is looked for again. */
static void tcp_suspect_route(struct tcp_sock *tp)
{
	tp->sk.dst.gen = tp->sk.net->route_gen - 1;
}

static void tcp_resend_syn(struct tcp_sock *tp)
{
	tp->syn_lost = true;
	if (skb_queue_empty(&tp->rtx_queue))
		tcp_send_syn(tp); /* there was no memory for it */
	else
		(void)tcp_retransmit_head(tp);
}

/*
 * RFC 6298 5.4 to 5.6. One that cannot be sent for want of memory or because
 * the device still has it counts like one that was lost.
 */
static void tcp_retransmit_timeout(struct tcp_sock *tp)
{
	if (skb_queue_empty(&tp->rtx_queue) && !tcp_in_handshake(tp))
		return;
	if (!tp->retransmits && !tp->loss.tlp_out)
		tp->retrans_start_ms = clock_ms() - tcp_rto_ms(tp);
	if (tcp_gives_up(tp)) {
		tcp_timed_out(tp);
		return;
	}
	NET_INC(tp->sk.net, TCPEXT_TCPTimeouts);
	tcp_rto_count(tp);
	if (!tcp_in_handshake(tp)) {
		tcp_pmtu_timeout(tp);
		tcp_enter_loss(tp);
	}
	if (tp->retransmits < UINT8_MAX)
		tp->retransmits++;
	if (tp->retransmits == TCP_RETRIES1)
		tcp_suspect_route(tp);
	if (tcp_in_handshake(tp))
		tcp_resend_syn(tp);
	else
		(void)tcp_retransmit_head(tp);
	if (tp->backoff < UINT8_MAX)
		tp->backoff++;
	tcp_rto_restart(tp);
}

/*
 * An orphan has nobody who could wait: a peer that answers probes but never
 * opens its window does not keep it (VU#723308).
 */
static bool tcp_probes_in_vain(const struct tcp_sock *tp)
{
	if (tp->user_timeout_ms &&
	    clock_ms() - tp->retrans_start_ms >= tp->user_timeout_ms)
		return true;
	if (tp->orphan && tp->backoff >= TCP_ORPHAN_RETRIES)
		return true;
	return tp->probes_out >= tcp_retries_max(tp);
}

/* Also what was held back for other reasons goes now: memory, cork, SWS. */
static void tcp_probe_timeout(struct tcp_sock *tp)
{
	if (skb_queue_empty(&tp->write_queue)) {
		tp->probing = false;
		tcp_push(tp);
		return;
	}
	if (tcp_probes_in_vain(tp)) {
		tcp_timed_out(tp);
		return;
	}
	if (tcp_write_wakeup(tp)) {
		tcp_push(tp);
		return;
	}
	if (tcp_wnd_left(tp)) {
		tcp_memory_wait(tp);
		return;
	}
	NET_INC(tp->sk.net, TCPEXT_TCPWinProbe);
	tcp_send_probe(tp);
	tp->probes_out++;
	if (tp->backoff < UINT8_MAX)
		tp->backoff++;
	tcp_probe_start(tp);
}

static void tcp_xmit_timer(struct timer *timer)
{
	struct tcp_sock *tp = container_of(timer, struct tcp_sock, xmit_timer);

	if (!tcp_deadline_passed(timer, &tp->xmit_deadline_ms))
		return;
	sock_hold(&tp->sk);
	if (tp->probing)
		tcp_probe_timeout(tp);
	else if (!tcp_tlp_send(tp, clock_ms() - tcp_rto_ms(tp)))
		tcp_retransmit_timeout(tp);
	sock_put(&tp->sk);
}

static void tcp_loss_timer(struct timer *timer)
{
	struct tcp_sock *tp = container_of(timer, struct tcp_sock, loss.timer);

	if (!tcp_deadline_passed(timer, &tp->loss.deadline_ms))
		return;
	sock_hold(&tp->sk);
	if (tcp_tlp_has_timer(tp))
		tcp_tlp_timeout(tp);
	else if (tp->sack_ok)
		tcp_rack_timeout(tp);
	sock_put(&tp->sk);
}

static void tcp_delack_timer(struct timer *timer)
{
	struct tcp_sock *tp =
		container_of(timer, struct tcp_sock, delack_timer);

	if (!tcp_deadline_passed(timer, &tp->delack_deadline_ms) ||
	    tp->ack_pending == TCP_ACK_NONE)
		return;
	NET_INC(tp->sk.net, TCPEXT_DelayedACKs);
	tcp_send_ack(tp);
}

/* RFC 9293 section 3.8.4, MUST-24 to -29. */
static void tcp_keepalive(struct tcp_sock *tp)
{
	u64 idle = clock_ms() - tp->last_heard_ms;

	if (tcp_unacked_or_unsent(tp)) { /* the other timer looks after it */
		tcp_keepalive_start(tp, tp->keep_idle_ms);
		return;
	}
	if (!tp->keep_probes && idle < tp->keep_idle_ms) {
		tcp_keepalive_start(tp, tp->keep_idle_ms - idle);
		return;
	}
	if (tp->user_timeout_ms ? tp->keep_probes && idle >= tp->user_timeout_ms
				: tp->keep_probes >= tp->keep_cnt) {
		tcp_send_active_reset(tp);
		tcp_timed_out(tp);
		return;
	}
	NET_INC(tp->sk.net, TCPEXT_TCPKeepAlive);
	tcp_send_probe(tp);
	tp->keep_probes++;
	tcp_keepalive_start(tp, tp->keep_intvl_ms);
}

static void tcp_keep_timer(struct timer *timer)
{
	struct tcp_sock *tp = container_of(timer, struct tcp_sock, keep_timer);

	if (!tcp_deadline_passed(timer, &tp->keep_deadline_ms))
		return;
	sock_hold(&tp->sk);
	if (tp->orphan && tp->sk.state == TCP_FIN_WAIT2)
		tcp_done(tp); /* the peer's FIN does not come */
	else if (tp->sk.keepalive && !tcp_in_handshake(tp) &&
		 tp->sk.state != TCP_CLOSE && tp->sk.state != TCP_LISTEN)
		tcp_keepalive(tp);
	sock_put(&tp->sk);
}

void tcp_timers_setup(struct tcp_sock *tp)
{
	timer_setup(&tp->xmit_timer, tcp_xmit_timer);
	timer_setup(&tp->loss.timer, tcp_loss_timer);
	timer_setup(&tp->delack_timer, tcp_delack_timer);
	timer_setup(&tp->keep_timer, tcp_keep_timer);
}

void tcp_timers_stop(struct tcp_sock *tp)
{
	tcp_rto_stop(tp);
	tcp_delack_stop(tp);
	tcp_keepalive_stop(tp);
	tp->loss.deadline_ms = 0;
	del_timer(&tp->loss.timer);
	del_timer(&tp->xmit_timer);
	del_timer(&tp->delack_timer);
	del_timer(&tp->keep_timer);
}
