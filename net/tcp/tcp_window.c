/*
 * The receive window (RFC 9293 section 3.8.6, RFC 7323 section 2): how much
 * the peer may send, and when it is told.
 *
 *	copied_seq    rcv_nxt               rcv_wup + rcv_wnd
 *	    |- unread -|--- tcp_rcv_wnd() ---|--- not yet offered ---|
 *	    |<------------------------ rcvbuf ---------------------->|
 */
#include "net/tcp/tcp_output.h"

#define BIT(n) (1u << (n))
#define TCP_MAY_RCV                                                            \
	(BIT(TCP_ESTABLISHED) | BIT(TCP_FIN_WAIT1) | BIT(TCP_FIN_WAIT2))

u32 tcp_rcv_space(const struct tcp_sock *tp)
{
	const struct sock *sk = &tp->sk;
	u32 used = tp->rcv_nxt - tp->copied_seq + tp->ofo_bytes;
	u32 truesize = 2 * sk->rcvbuf;

	if (unlikely(used >= sk->rcvbuf || sk->rmem_alloc >= truesize))
		return 0;
	/* Over the limit each may still hold one segment: others hoard. */
	if (unlikely(tcp_under_pressure(tp)))
		return sk->rmem_alloc ? 0 : MIN(sk->rcvbuf, 2 * tp->rcv_mss);
	return MIN(sk->rcvbuf - used, truesize - sk->rmem_alloc);
}

/*
 * The receiver's silly window avoidance (3.8.6.2.2): by this much the window
 * must be able to open before it does.
 */
static inline u32 tcp_window_step(const struct tcp_sock *tp)
{
	return MIN(tp->sk.rcvbuf / 2, tp->rcv_mss);
}

/*
 * A window that does not open keeps its right edge: never shrink (SHLD-14).
 * The scale's grain rounds up, so the edge creeps a little; when it has crept
 * an eighth of the buffer beyond what there is, it rounds down, and we still
 * take what any earlier ACK allowed (RFC 7323 section 2.4).
 */
static u32 tcp_window_keep(const struct tcp_sock *tp, u32 left, u32 space)
{
	u32 grain = BIT(tp->rcv_wscale), up = ALIGN_UP(left, grain);

	return up <= space + tp->sk.rcvbuf / 8 ? up : left;
}

static void tcp_count_zero_window(struct tcp_sock *tp, u32 wnd, u32 space)
{
	bool before = tp->rcv_wnd >> tp->rcv_wscale;
	bool now = wnd >> tp->rcv_wscale;
	struct net *net = tp->sk.net;

	if (!before && now)
		NET_INC(net, TCPEXT_TCPFromZeroWindowAdv);
	if (before && !now)
		NET_INC(net, TCPEXT_TCPToZeroWindowAdv);
	if (now && !space)
		NET_INC(net, TCPEXT_TCPWantZeroWindowAdv);
}

static noinline u32 tcp_new_window(struct tcp_sock *tp, u32 left)
{
	u32 space = tcp_rcv_space(tp);
	u32 wnd = space & ~(BIT(tp->rcv_wscale) - 1);

	if (wnd < left + tcp_window_step(tp))
		wnd = tcp_window_keep(tp, left, space);
	wnd = MIN(wnd, 65535u << tp->rcv_wscale);
	tcp_count_zero_window(tp, wnd, space);
	return wnd;
}

/* Mostly neither is it worth opening nor is there less than was offered. */
u16 tcp_select_window(struct tcp_sock *tp)
{
	u32 left = tcp_rcv_wnd(tp);
	u32 unread = tp->rcv_nxt - tp->copied_seq + tp->ofo_bytes;
	u32 grain = BIT(tp->rcv_wscale), wnd = ALIGN_UP(left, grain);

	if (unlikely(tp->sk.rcvbuf - unread - left >= tcp_window_step(tp) ||
		     !wnd))
		wnd = tcp_new_window(tp, left);
	tp->rcv_wnd = wnd;
	tp->rcv_wup = tp->rcv_nxt;
	return (u16)(wnd >> tp->rcv_wscale);
}

u8 tcp_pick_wscale(u32 rcvbuf)
{
	u8 shift = 0;

	while (shift < TCP_MAX_WSCALE && rcvbuf >> shift > 65535)
		shift++;
	return shift;
}

/*
 * The ACKs of arriving data tell of most reading. One of its own is worth a
 * window that had become small and that at least doubles.
 */
void tcp_read_some(struct tcp_sock *tp, u32 bytes)
{
	u32 left = tcp_rcv_wnd(tp), space;

	if (likely(left >= MAX(tp->sk.rcvbuf / 8, 2 * tp->rcv_mss)) || !bytes ||
	    !(BIT(tp->sk.state) & TCP_MAY_RCV))
		return;
	space = MIN(tcp_rcv_space(tp), 65535u << tp->rcv_wscale);
	if (space < 2 * left ||
	    space < left + MAX(tcp_window_step(tp), BIT(tp->rcv_wscale)))
		return;
	tcp_send_ack(tp);
}
