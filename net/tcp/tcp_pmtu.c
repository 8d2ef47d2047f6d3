/*
 * How long a packet the path takes. ICMP tells (RFC 1191), but anyone may
 * have sent it: what contradicts our own experience is believed only when
 * the segment that it names times out (RFC 5927 section 7.2). Where no ICMP
 * comes, time-outs in a row make smaller segments (RFC 4821 section 7.7), and
 * longer ones are tried again with segments of data (section 7.3):
 *
 *	TCP_MIN_PMTU ... pmtu ... probe ... pmtu_high ... the device's MTU
 *		     known to fit    ^	 perhaps
 *
 * What ICMP told is kept for a while by destination, for the next connection.
 */
#include "kernel/log.h"
#include "net/ipv4/ip.h"
#include "net/tcp/tcp_output.h"

#define BASE_PMTU    (1024u + TCP_IP_HEADERS) /* Linux's tcp_base_mss */
#define RAISE_MS     (10 * 60 * 1000u)	      /* RFC 1191 section 6.3 */
#define BLACK_HOLE   2u /* time-outs in a row, before this one */
#define CLOSE_ENOUGH 32u
#define PROBE_BEHIND 4u /* segments that show the loss of a probe */
#define PROBE_PIECES 2u /* of a lost one */
#define PROVEN	     UINT32_MAX

/* The most that could be: by the device, and by the peer's MSS. */
static u32 pmtu_limit(const struct tcp_sock *tp)
{
	return MIN(MIN(tp->sk.dst.mtu, IP_LEN_MAX),
		   tp->mss_peer + TCP_IP_HEADERS);
}

static u32 pmtu_now(const struct tcp_sock *tp)
{
	return tp->pmtu ? MIN(tp->pmtu, pmtu_limit(tp)) : pmtu_limit(tp);
}

static u32 pmtu_payload(const struct tcp_sock *tp, u32 mtu)
{
	return mtu - TCP_IP_HEADERS - (tp->ts_ok ? TCP_TS_LEN : 0);
}

/* From now on: mtu fits; what is above it up to high may be tried. */
static void pmtu_set(struct tcp_sock *tp, u32 mtu, u32 high)
{
	tp->pmtu = mtu < pmtu_limit(tp) ? (u16)mtu : 0;
	tp->pmtu_high = (u16)high;
	tp->pmtu_raise_ms = clock_ms() + RAISE_MS;
	tp->pmtu_told = 0;
	tp->pmtu_probe = 0;
	tcp_sync_mss(tp);
}

/* ---- by destination ---- */

static struct tcp_pmtu *pmtu_slot(const struct tcp_sock *tp)
{
	u32 hash = tp->sk.daddr.raw * 0x9e3779b1u;

	return &tp->table->pmtus[hash >> (32 - TCP_PMTU_BITS)];
}

void tcp_pmtu_start(struct tcp_sock *tp)
{
	const struct tcp_pmtu *known = pmtu_slot(tp);

	if (likely(!be32_eq(known->addr, tp->sk.daddr) ||
		   clock_ms() >= known->until_ms)) {
		tcp_sync_mss(tp);
		return;
	}
	pmtu_set(tp, known->mtu, known->mtu);
	tp->pmtu_raise_ms = known->until_ms;
}

/* ---- down ---- */

static void pmtu_believe(struct tcp_sock *tp, u32 mtu)
{
	pmtu_set(tp, mtu, mtu);
	*pmtu_slot(tp) = (struct tcp_pmtu){
		.until_ms = tp->pmtu_raise_ms,
		.addr = tp->sk.daddr,
		.mtu = (u16)mtu,
	};
}

void tcp_pmtu_told(struct tcp_sock *tp, u32 mtu, u32 seq)
{
	const struct sk_buff *head = skb_peek(&tp->rtx_queue);

	mtu = MAX(mtu, TCP_MIN_PMTU);
	if (mtu >= pmtu_now(tp))
		return;
	if (tp->mss_unproven == PROVEN) {
		tp->pmtu_told = (u16)mtu;
		tp->pmtu_told_seq = seq;
		return;
	}
	pmtu_believe(tp, mtu);
	if (head && head->len > tp->mss) {
		tcp_enter_too_big(tp);
		tcp_push(tp);
	}
}

void tcp_pmtu_timeout(struct tcp_sock *tp)
{
	const struct sk_buff *head = skb_peek(&tp->rtx_queue);
	u32 now = pmtu_now(tp);
	u32 mtu = now > BASE_PMTU ? BASE_PMTU : TCP_MIN_PMTU;

	if (tp->pmtu_told && seq_leq(tp->snd_una, tp->pmtu_told_seq)) {
		pmtu_believe(tp, tp->pmtu_told);
		return;
	}
	tp->pmtu_told = 0;
	if (tp->retransmits < BLACK_HOLE || mtu >= now || !head ||
	    head->len <= pmtu_payload(tp, mtu))
		return;
	NET_INC(tp->sk.net, TCPEXT_TCPMTUPFail);
	pmtu_set(tp, mtu, now - 1);
}

/* ---- and up ---- */

/*
 * All of the probe has arrived, as it was or in pieces. Its loss was not one
 * by congestion (RFC 4821 section 7.6.2), unless there was more than that.
 */
static void pmtu_judge_probe(struct tcp_sock *tp)
{
	u32 lost = tp->total_retrans - tp->probe_retrans;

	if (!lost) {
		NET_INC(tp->sk.net, TCPEXT_TCPMTUPSuccess);
		pmtu_set(tp, tp->pmtu_probe, tp->pmtu_high);
		return;
	}
	NET_INC(tp->sk.net, TCPEXT_TCPMTUPFail);
	tp->pmtu_high = (u16)(tp->pmtu_probe - 1);
	tp->pmtu_probe = 0;
	if (lost > PROBE_PIECES || !tp->loss.undo_ok ||
	    tp->cong_events != tp->probe_events + 1)
		return;
	tcp_cong_undo(tp);
	tp->loss.undo_ok = false;
}

/* The whole way up at once, then by halves; 0: it is known well enough. */
static u32 pmtu_next(const struct tcp_sock *tp)
{
	u32 high = MIN(tp->pmtu_high, pmtu_limit(tp));

	if (high < tp->pmtu + CLOSE_ENOUGH)
		return 0;
	return high == pmtu_limit(tp) ? high : (tp->pmtu + high) / 2;
}

/* Bytes of the unsent go behind those in `to`, until it has len. */
static void pmtu_gather(struct tcp_sock *tp, struct sk_buff *to, u32 len)
{
	while (to->len < len) {
		struct sk_buff *skb = skb_peek(&tp->write_queue);
		u32 part = MIN(skb->len, len - to->len);

		skb_copy_bits(skb, 0, skb_put(to, part), part);
		if (part < skb->len) {
			ASSERT(tcp_trim_head(tp, skb, part));
			break;
		}
		tcp_free_first(tp, &tp->write_queue);
	}
}

/* The first unsent skb is len long, or longer. False: no memory. */
static bool pmtu_make_probe(struct tcp_sock *tp, u32 len)
{
	const struct sk_buff *head = skb_peek(&tp->write_queue);
	struct tcp_skb_cb cb = *tcp_cb(head);
	struct sk_buff *probe;

	if (head->len >= len)
		return true;
	probe = alloc_skb(tp->sk.net, len);
	if (!probe)
		return false;
	cb.end_seq = cb.seq + len;
	cb.charge = probe->truesize;
	*tcp_cb(probe) = cb;
	tcp_mem_charge(tp, probe->truesize);
	pmtu_gather(tp, probe, len);
	skb_queue_head(&tp->write_queue, probe);
	return true;
}

/* With enough behind it that its loss is seen without a time-out. */
static bool pmtu_may_probe(const struct tcp_sock *tp, u32 len)
{
	u32 need = len + PROBE_BEHIND * tp->mss;

	return tp->ca_state == TCP_CA_OPEN &&
	       tp->write_seq - tp->snd_nxt > need && tcp_wnd_left(tp) >= need &&
	       tcp_in_flight(tp) + need <= tp->cwnd;
}

u32 tcp_pmtu_probe(struct tcp_sock *tp, u64 now_ms)
{
	u32 mtu, len;

	if (tp->pmtu_probe) {
		if (seq_lt(tp->snd_una, tp->probe_end) ||
		    tp->ca_state != TCP_CA_OPEN)
			return 0;
		pmtu_judge_probe(tp);
	}
	if (!tp->pmtu)
		return 0;
	if (now_ms >= tp->pmtu_raise_ms) {
		tp->pmtu_high = (u16)pmtu_limit(tp);
		tp->pmtu_raise_ms = now_ms + RAISE_MS;
	}
	mtu = pmtu_next(tp);
	if (!mtu)
		return 0;
	len = pmtu_payload(tp, mtu);
	if (!pmtu_may_probe(tp, len) || !pmtu_make_probe(tp, len))
		return 0;
	tp->pmtu_probe = (u16)mtu;
	tp->probe_end = tp->snd_nxt + len;
	tp->probe_retrans = tp->total_retrans;
	tp->probe_events = tp->cong_events;
	return len;
}
