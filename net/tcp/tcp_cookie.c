/*
 * SYN cookies (RFC 4987 section 3.6): when the SYN queue is full, what a SYN
 * has said is put into the SYN-ACK, and the ACK brings it back.
 *
 *	ISN	secret of the 4-tuple + the peer's ISN + minute << 24
 *		+ (MAC of the 4-tuple, the peer's ISN and the minute
 *		   + index of the MSS) mod 2^24
 *	TSval	the clock, but for its low six bits:
 *		| ECN | SACK | window scale, 15: none |
 *
 * So the numbers grow with time, as RFC 9293 section 3.4.1 wants, and one who
 * has not seen the SYN-ACK guesses right once in 2^28. Without timestamps
 * only the MSS is kept.
 */
#include "net/ipv4/ip.h"
#include "net/tcp/tcp_sock.h"

#define COOKIE_MINUTES 2u /* good in its own minute and the next */
#define COOKIE_MINUTE  60000u
#define COOKIE_MASK    0xffffffu
#define TS_WSCALE      0x0fu /* as a value: no window scale */
#define TS_SACK	       0x10u
#define TS_ECN	       0x20u
#define TS_MASK	       0x3fu

/*
 * The least, and an MTU of 256, so that no peer gets more than it asked for;
 * what every path takes; through two tunnels, one, none (Ethernet).
 */
static const u16 cookie_mss[] = {TCP_MIN_SND_MSS, 216, 536, 1300, 1400, 1460};

static u32 cookie_minute(void)
{
	return (u32)(clock_ms() / COOKIE_MINUTE);
}

static u32 cookie_mac(const struct tcp_table *t, const struct tcp_conn *conn,
		      u32 irs, u32 minute)
{
	const u64 words[] = {
		tcp_conn_addrs(conn),
		(u64)irs << 32 | tcp_conn_ports(conn),
		minute,
	};

	return (u32)siphash(words, sizeof(words), &t->isn_key) & COOKIE_MASK;
}

static u32 cookie_make(const struct tcp_request *req, u32 secret, u32 index)
{
	u32 minute = cookie_minute();
	u32 mac =
		cookie_mac(req->listener->table, &req->conn, req->irs, minute);

	return secret + req->irs + (minute << 24) +
	       ((mac + index) & COOKIE_MASK);
}

/* The MSS, or 0: it is none of ours, or too old. */
static u16 cookie_check(const struct tcp_request *req, u32 secret, u32 cookie)
{
	u32 diff = cookie - secret - req->irs, minute = cookie_minute();
	u32 age = (minute - (diff >> 24)) & 0xff, index;

	if (age >= COOKIE_MINUTES)
		return 0;
	index = (diff - cookie_mac(req->listener->table, &req->conn, req->irs,
				   minute - age)) &
		COOKIE_MASK;
	return index < ARRAY_SIZE(cookie_mss) ? cookie_mss[index] : 0;
}

/* The largest that is not too large. */
static u32 cookie_mss_index(u16 mss)
{
	u32 index = ARRAY_SIZE(cookie_mss) - 1;

	while (index && cookie_mss[index] > mss)
		index--;
	return index;
}

/* At most 64 ms ago: the connection's own clock is never behind it. */
static u32 cookie_tsval(const struct tcp_request *req)
{
	u32 now = tcp_ts_now(req->ts_offset), tsval = now & ~TS_MASK;

	tsval |= req->wscale_ok ? req->snd_wscale : TS_WSCALE;
	if (req->sack_ok)
		tsval |= TS_SACK;
	if (req->ecn_ok)
		tsval |= TS_ECN;
	return seq_gt(tsval, now) ? tsval - TS_MASK - 1 : tsval;
}

void tcp_cookie_send(struct tcp_sock *listener, const struct tcp_seg *seg)
{
	struct net *net = listener->sk.net;
	struct tcp_numbers numbers;
	struct tcp_request req;

	tcp_request_fill(&req, listener, seg);
	if (!req.ts_ok)
		req.wscale_ok = req.sack_ok = req.ecn_ok = false;
	numbers = tcp_numbers(listener->table, &req.conn);
	req.ts_offset = numbers.ts_offset;
	req.iss =
		cookie_make(&req, numbers.ts_offset, cookie_mss_index(req.mss));
	listener->cookie_until_ms = clock_ms() + COOKIE_MINUTES * COOKIE_MINUTE;
	NET_INC(net, TCPEXT_TCPReqQFullDoCookies);
	NET_INC(net, TCPEXT_SyncookiesSent);
	tcp_send_synack(&req, cookie_tsval(&req));
}

/* The request as its SYN had made it; the window is that of the ACK. */
static bool cookie_open(struct tcp_request *req, const struct tcp_seg *seg)
{
	struct tcp_numbers numbers =
		tcp_numbers(req->listener->table, &req->conn);
	u32 bits = seg->opt.tsecr & TS_MASK;

	req->irs = seg->seq - 1;
	req->iss = seg->ack - 1;
	req->ts_offset = numbers.ts_offset;
	req->replies = 1; /* when the SYN-ACK was sent is not known */
	req->mss = cookie_check(req, numbers.ts_offset, req->iss);
	req->sack_ok = req->ts_ok && bits & TS_SACK;
	req->wscale_ok = req->ts_ok && (bits & TS_WSCALE) <= TCP_MAX_WSCALE;
	req->snd_wscale = req->wscale_ok ? bits & TS_WSCALE : 0;
	req->rcv_wscale =
		req->wscale_ok ? tcp_pick_wscale(tcp_rcvbuf_max(req->listener))
			       : 0;
	req->ecn_ok = req->ts_ok && bits & TS_ECN;
	return req->mss != 0;
}

bool tcp_cookie_rcv(struct tcp_sock *listener, struct tcp_seg *seg)
{
	struct net *net = listener->sk.net;
	struct tcp_request req;

	if (clock_ms() >= listener->cookie_until_ms)
		return false;
	tcp_request_fill(&req, listener, seg);
	if (!cookie_open(&req, seg)) {
		NET_INC(net, TCPEXT_SyncookiesFailed);
		return false;
	}
	NET_INC(net, TCPEXT_SyncookiesRecv);
	tcp_request_establish(&req, seg);
	return true;
}
