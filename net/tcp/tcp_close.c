/*
 * CLOSE (RFC 9293 section 3.10.4): the program lets go, the connection ends
 * in its own time, as an orphan. What would lose data is told to the peer
 * by a RST instead of a FIN (RFC 2525 section 2.17).
 *
 *	ESTABLISHED, SYN-RECEIVED -FIN-> FIN-WAIT-1   CLOSE-WAIT -FIN-> LAST-ACK
 */
#include "lib/errno.h"
#include "net/tcp/tcp_sock.h"

/* Sends our FIN behind all data, if it has not been; else nothing. */
static void tcp_close_send_side(struct tcp_sock *tp)
{
	tp->sk.shutdown |= SEND_SHUTDOWN;
	switch (tp->sk.state) {
	case TCP_SYN_RECV:
	case TCP_ESTABLISHED:
		tcp_set_state(tp, TCP_FIN_WAIT1);
		break;
	case TCP_CLOSE_WAIT:
		tcp_set_state(tp, TCP_LAST_ACK);
		break;
	default:
		return;
	}
	tcp_send_fin(tp);
}

/* What was not read; true when there was something. */
bool tcp_purge_unread(struct tcp_sock *tp)
{
	struct sock *sk = &tp->sk;
	bool unread = !skb_queue_empty(&sk->receive_queue);
	struct sk_buff *skb;

	while ((skb = skb_dequeue(&sk->receive_queue)) != NULL) {
		sk->rmem_alloc -= skb->truesize;
		tcp_mem_charge(tp, -(s64)skb->truesize);
		consume_skb(skb);
	}
	return unread;
}

static void tcp_close_by_reset(struct tcp_sock *tp)
{
	tcp_send_active_reset(tp);
	tcp_done(tp);
}

/* ABORT, section 3.10.5: who has both FINs is not told, or lacks our text. */
static void tcp_close_abort(struct tcp_sock *tp)
{
	bool finished =
		tp->sk.state == TCP_CLOSING || tp->sk.state == TCP_LAST_ACK;

	if (finished && tp->snd_nxt == tp->write_seq)
		tcp_done(tp);
	else
		tcp_close_by_reset(tp);
}

/*
 * Nobody waits for it: it may take neither much memory nor for ever. Over the
 * limit the oldest goes, which has had the most time.
 */
static void tcp_orphan(struct tcp_sock *tp)
{
	struct tcp_table *t = tp->table;

	if (tp->sk.state == TCP_CLOSE)
		return;
	tp->orphan = true;
	t->orphan_count++;
	list_add_tail(&tp->accept_node, &t->orphans);
	if (tp->sk.state == TCP_FIN_WAIT2)
		tcp_keepalive_start(tp, tp->linger2_ms);
	else
		tcp_keepalive_stop(tp);
	if (likely(t->orphan_count <= TCP_ORPHANS_MAX &&
		   t->memory <= t->memory_max))
		return;
	NET_INC(t->net, TCPEXT_TCPAbortOnMemory);
	tcp_close_by_reset(
		list_first(&t->orphans, struct tcp_sock, accept_node));
}

static void tcp_close_connection(struct tcp_sock *tp)
{
	const struct linger *linger = &tp->sk.linger;
	struct net *net = tp->sk.net;

	if (unlikely(tcp_purge_unread(tp))) {
		NET_INC(net, TCPEXT_TCPAbortOnClose);
		tcp_close_by_reset(tp);
		return;
	}
	if (unlikely(linger->onoff && !linger->seconds)) {
		NET_INC(net, TCPEXT_TCPAbortOnData);
		tcp_close_abort(tp);
		return;
	}
	tcp_close_send_side(tp);
	tcp_orphan(tp);
}

void tcp_close(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tcp_unbind(tp);
	switch (sk->state) {
	case TCP_LISTEN:
		tcp_listen_stop(tp);
		break;
	case TCP_CLOSE:
		tcp_purge_unread(tp);
		break;
	case TCP_SYN_SENT:
		tcp_done(tp);
		break;
	default:
		tcp_close_connection(tp);
		break;
	}
	sk->shutdown = RCV_SHUTDOWN | SEND_SHUTDOWN;
	sock_put(sk);
}

/* A listener that must not read listens no more, as in Linux. */
static int tcp_shutdown_other(struct tcp_sock *tp, int how)
{
	switch (tp->sk.state) {
	case TCP_LISTEN:
		if (how != SHUT_WR)
			tcp_listen_stop(tp);
		return 0;
	case TCP_SYN_SENT:
		tcp_abort(tp, ECONNRESET);
		return 0;
	default:
		return -ENOTCONN;
	}
}

int tcp_shutdown(struct sock *sk, int how)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (sk->state == TCP_CLOSE || sk->state == TCP_LISTEN ||
	    sk->state == TCP_SYN_SENT)
		return tcp_shutdown_other(tp, how);
	if (how != SHUT_WR)
		sk->shutdown |= RCV_SHUTDOWN;
	if (how != SHUT_RD)
		tcp_close_send_side(tp);
	sock_wake(sk, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLHUP);
	return 0;
}
