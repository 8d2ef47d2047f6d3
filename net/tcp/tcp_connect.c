/*
 * The active OPEN (RFC 9293 section 3.10.1): a way, a port, and the SYN. The
 * program hears of the end by EPOLLOUT or EPOLLERR.
 */
#include "lib/errno.h"
#include "net/ipv4/route.h"
#include "net/tcp/tcp_ecn.h"

static int tcp_may_connect(struct sock *sk, const struct sockaddr_in *addr)
{
	switch (sk->state) {
	case TCP_CLOSE:
		break;
	case TCP_SYN_SENT:
	case TCP_SYN_RECV:
		return -EALREADY;
	default:
		return -EISCONN;
	}
	if (sk->err)
		return sock_error(sk);
	return addr->port.raw ? 0 : -EINVAL;
}

/* MUST-46: no connection to a broadcast or multicast address. */
static int tcp_connect_route(struct sock *sk, be32 daddr, be32 saddr)
{
	int err;

	dst_release(&sk->dst);
	err = route_output(sk->net, daddr, saddr, &sk->dst);
	if (err)
		return err;
	if (sk->dst.type == DST_UNICAST || sk->dst.type == DST_LOCAL)
		return 0;
	dst_release(&sk->dst);
	return -ENETUNREACH;
}

/* A port of the program's own choice must be free for this peer. */
static int tcp_connect_port(struct tcp_sock *tp, const struct sockaddr_in *addr)
{
	struct sock *sk = &tp->sk;

	if (hlist_unhashed(&tp->bind_node))
		return tcp_bind_ephemeral(tp, addr->addr, addr->port);
	if (tcp_conn_find(tp->table, sk->saddr, sk->sport, addr->addr,
			  addr->port))
		return -EADDRNOTAVAIL;
	return 0;
}

/* TCB of a SYN that is not sent yet; it offers all that we can. */
static void tcp_connect_setup(struct tcp_sock *tp)
{
	struct sock *sk = &tp->sk;
	struct tcp_conn *conn = &tp->conn;
	struct tcp_numbers numbers;

	tcp_purge_unread(tp); /* of the connection before */
	tcp_sock_renew(tp);
	conn->laddr = sk->saddr;
	conn->raddr = sk->daddr;
	conn->lport = sk->sport;
	conn->rport = sk->dport;
	numbers = tcp_numbers(tp->table, conn);
	tp->iss = numbers.isn;
	tp->ts_offset = numbers.ts_offset;
	tp->snd_una = tp->snd_nxt = tp->write_seq = tp->iss;
	tp->recover = tp->iss;
	tp->snd_wnd = tp->max_window = 0;
	tp->rcv_nxt = tp->copied_seq = tp->rcv_wup = 0;
	tp->rcv_wnd = 0;
	tp->opener = tp->wscale_ok = true;
	tp->sack_ok = tp->table->conf.sack;
	tp->ts_ok = tp->table->conf.timestamps;
	tp->ecn_flags = tp->table->conf.ecn == 1 ? TCP_ECN_OK : 0;
	tp->ts_recent = 0;
	tp->snd_wscale = 0;
	tp->rcv_wscale = tcp_pick_wscale(tcp_rcvbuf_max(tp));
	tcp_sync_mss(tp);
}

/* What connect has filled in, for an attempt that did not begin. */
static int tcp_connect_undo(struct sock *sk, be32 saddr, int err)
{
	dst_release(&sk->dst);
	sk->saddr = saddr;
	if (hlist_unhashed(&tcp_sk(sk)->bind_node))
		sk->sport = (be16){0};
	sk->daddr = (be32){0};
	sk->dport = (be16){0};
	return err;
}

/* The address of an earlier attempt's route is not the program's. */
static be32 tcp_bound_addr(const struct tcp_sock *tp)
{
	if (hlist_unhashed(&tp->bind_node))
		return INADDR_ANY;
	return tp->sk.saddr;
}

int tcp_connect(struct sock *sk, const struct sockaddr_in *addr)
{
	struct tcp_sock *tp = tcp_sk(sk);
	be32 bound = tcp_bound_addr(tp);
	int err = tcp_may_connect(sk, addr);

	if (err)
		return err;
	err = tcp_connect_route(sk, addr->addr, bound);
	if (err)
		return tcp_connect_undo(sk, bound, err);
	sk->saddr = sk->dst.saddr;
	err = tcp_connect_port(tp, addr);
	if (err)
		return tcp_connect_undo(sk, bound, err);
	sk->daddr = addr->addr;
	sk->dport = addr->port;
	tcp_connect_setup(tp);
	tcp_conn_insert(tp->table, &tp->conn);
	sock_hold(sk);
	tcp_set_state(tp, TCP_SYN_SENT);
	NET_INC(sk->net, TCP_ActiveOpens);
	tcp_send_syn(tp);
	return -EINPROGRESS;
}
