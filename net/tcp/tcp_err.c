/*
 * What ICMP says about our segments, believed as far as RFC 5927 advises: a
 * quotation must name bytes in flight (section 4.1), a hard error ends only
 * what is not established yet (5.2), an MTU is tcp_pmtu.c's to judge (7).
 */
#include "lib/errno.h"
#include "net/ipv4/icmp.h"
#include "net/tcp/tcp_sock.h"

#define ICMP_SR_FAILED	  5
#define ICMP_NET_UNKNOWN  6
#define ICMP_HOST_UNKNOWN 7
#define ICMP_NET_ANO	  9

/* What RFC 9293 section 3.9.2.2 calls hard is so of these two codes. */
static bool tcp_err_is_hard(const struct icmp_notice *notice)
{
	return notice->type == ICMP_DEST_UNREACH &&
	       (notice->code == ICMP_PROT_UNREACH ||
		notice->code == ICMP_PORT_UNREACH);
}

static int tcp_err_number(const struct icmp_notice *notice)
{
	if (notice->type == ICMP_PARAMETERPROB)
		return EPROTO;
	if (notice->type != ICMP_DEST_UNREACH)
		return EHOSTUNREACH;
	switch (notice->code) {
	case ICMP_NET_UNREACH:
	case ICMP_NET_UNKNOWN:
	case ICMP_NET_ANO:
		return ENETUNREACH;
	case ICMP_PROT_UNREACH:
		return ENOPROTOOPT;
	case ICMP_PORT_UNREACH:
		return ECONNREFUSED;
	case ICMP_SR_FAILED:
		return EOPNOTSUPP;
	}
	return EHOSTUNREACH;
}

static void tcp_err_sock(struct tcp_sock *tp, const struct icmp_notice *notice,
			 u32 seq)
{
	if (notice->type == ICMP_DEST_UNREACH &&
	    notice->code == ICMP_FRAG_NEEDED) {
		tcp_pmtu_told(tp, notice->info, seq);
		return;
	}
	if (tcp_err_is_hard(notice) && tp->sk.state == TCP_SYN_SENT) {
		tcp_abort(tp, tcp_err_number(notice));
		return;
	}
	tp->sk.err_soft = tcp_err_number(notice);
}

/* Half-open: a peer that cannot be reached does not come back soon. */
static void tcp_err_request(struct tcp_request *req,
			    const struct icmp_notice *notice)
{
	if (notice->type == ICMP_DEST_UNREACH &&
	    notice->code != ICMP_FRAG_NEEDED)
		tcp_request_err(req);
}

static bool tcp_err_in_flight(const struct tcp_conn *conn, u32 seq)
{
	const struct tcp_request *req;
	const struct tcp_sock *tp;

	switch (conn->kind) {
	case TCP_CONN_SOCK:
		tp = container_of(conn, struct tcp_sock, conn);
		return seq - tp->snd_una < tp->snd_nxt - tp->snd_una;
	case TCP_CONN_REQUEST:
		req = container_of(conn, struct tcp_request, conn);
		return seq == req->iss;
	default:
		return false; /* nothing of a TIME-WAIT is in flight */
	}
}

enum drop_reason tcp_err(struct net *net, const struct icmp_notice *notice)
{
	const struct tcphdr *th = (const void *)notice->transport;
	struct tcp_conn *conn = tcp_conn_find(
		net->tcp, notice->saddr, th->source, notice->daddr, th->dest);
	u32 seq = ntohl(th->seq);

	if (!conn)
		return DROP_ICMP_NO_SOCKET;
	if (!tcp_err_in_flight(conn, seq)) {
		NET_INC(net, TCPEXT_OutOfWindowIcmps);
		return DROP_ICMP_BAD_QUOTE;
	}
	if (conn->kind == TCP_CONN_SOCK)
		tcp_err_sock(container_of(conn, struct tcp_sock, conn), notice,
			     seq);
	else
		tcp_err_request(container_of(conn, struct tcp_request, conn),
				notice);
	return DROP_NONE;
}
