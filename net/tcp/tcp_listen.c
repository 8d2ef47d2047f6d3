/*
 * A listening socket (RFC 9293 section 3.10.7.2): what a segment without a
 * connection means to it, and the children that wait to be accepted.
 *
 *	SYN -> request (tcp_request.c) -> ACK -> child -> accept_queue
 */
#include "lib/errno.h"
#include "net/tcp/tcp_sock.h"

#define TCP_SYN_QUEUE_MIN 256u /* however short the program's backlog is */

int tcp_listen(struct sock *sk, int backlog)
{
	struct tcp_sock *tp = tcp_sk(sk);
	int err = 0;

	if (sk->state != TCP_LISTEN) {
		if (sk->state != TCP_CLOSE || sk->dport.raw)
			return -EINVAL;
		if (!sk->sport.raw)
			err = tcp_bind_port(tp, sk->saddr, (be16){0});
		if (!err)
			err = tcp_bind_listen(tp);
		if (err)
			return err;
		sk->shutdown = 0;
		tcp_set_state(tp, TCP_LISTEN);
	}
	tp->backlog = (u32)backlog;
	return 0;
}

struct sock *tcp_accept(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk), *child;

	if (list_empty(&tp->accept_queue))
		return NULL;
	child = list_first(&tp->accept_queue, struct tcp_sock, accept_node);
	list_del(&child->accept_node);
	child->listener = NULL;
	tp->accept_count--;
	return &child->sk;
}

/* Nobody will ever read them: the peers are told by a RST. */
static void tcp_drop_unaccepted(struct tcp_sock *listener)
{
	struct sock *sk;

	while ((sk = tcp_accept(&listener->sk)) != NULL) {
		sk->dead = true;
		if (sk->state != TCP_CLOSE) {
			tcp_send_active_reset(tcp_sk(sk));
			tcp_done(tcp_sk(sk));
		}
		sock_put(sk);
	}
}

/* The half-open ones go in silence: a SYN again finds the port closed. */
void tcp_listen_stop(struct tcp_sock *listener)
{
	while (!list_empty(&listener->requests))
		tcp_request_free(list_first(&listener->requests,
					    struct tcp_request, node));
	tcp_drop_unaccepted(listener);
	tcp_unbind(listener);
	tcp_set_state(listener, TCP_CLOSE);
}

/*
 * One that takes a TIME-WAIT's place (isn_min) needs no more memory than
 * that; all others must fit into the queue.
 */
static bool tcp_syn_queue_is_full(const struct tcp_sock *listener)
{
	u32 limit = MAX(listener->backlog, TCP_SYN_QUEUE_MIN);

	return listener->request_count >= MIN(limit, TCP_SYN_QUEUE_MAX);
}

/* The one place that decides what a SYN gets when there are many. */
static enum drop_reason tcp_syn_take(struct tcp_sock *listener,
				     struct tcp_seg *seg, const u32 *isn_min)
{
	if (unlikely(tcp_accept_is_full(listener))) {
		NET_INC(listener->sk.net, TCPEXT_ListenOverflows);
		return DROP_TCP_LISTEN_OVERFLOW;
	}
	if (unlikely(!isn_min && tcp_syn_queue_is_full(listener))) {
		tcp_cookie_send(listener, seg);
		return DROP_NONE;
	}
	return likely(tcp_request_make(listener, seg, isn_min))
		       ? DROP_NONE
		       : DROP_NO_BUFFER;
}

bool tcp_listen_syn(struct tcp_sock *listener, struct tcp_seg *seg,
		    const u32 *isn_min)
{
	enum drop_reason why = tcp_syn_take(listener, seg, isn_min);

	if (unlikely(why)) {
		NET_INC(listener->sk.net, TCPEXT_ListenDrops);
		skb_drop(seg->skb, why);
		return false;
	}
	/* Its text, if any, the peer sends again once it is established. */
	consume_skb(seg->skb);
	return true;
}

void tcp_listen_rcv(struct tcp_sock *listener, struct tcp_seg *seg)
{
	/* First: an incoming RST is ignored. */
	if (unlikely(seg->flags & TCP_RST)) {
		skb_drop(seg->skb, DROP_TCP_LISTEN_BAD);
		return;
	}
	/* Second: any acknowledgment is bad, unless it brings a cookie. */
	if (unlikely(seg->flags & TCP_ACK)) {
		if (!(seg->flags & TCP_SYN) && tcp_cookie_rcv(listener, seg))
			return;
		tcp_send_reset(seg);
		skb_drop(seg->skb, DROP_TCP_LISTEN_BAD);
		return;
	}
	/* Third: a SYN. SYN with FIN is nobody's in earnest. */
	if (likely((seg->flags & (TCP_SYN | TCP_FIN)) == TCP_SYN)) {
		(void)tcp_listen_syn(listener, seg, NULL);
		return;
	}
	/* Fourth: anything else. */
	skb_drop(seg->skb, DROP_TCP_LISTEN_BAD);
}
