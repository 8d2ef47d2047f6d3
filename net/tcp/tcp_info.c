/*
 * TCP_INFO: a connection's numbers, laid out as Linux's struct tcp_info, and
 * the time that it spends waiting for what (tcpi_busy_time and its parts).
 */
#include "lib/string.h"
#include "net/tcp/tcp_ecn.h"
#include "net/tcp/tcp_output.h"

#define NS_PER_MS 1000000u

/* ---- the times ---- */

void tcp_chrono_wait(struct tcp_sock *tp, const struct sk_buff *skb, u64 now_ns)
{
	u8 chrono = TCP_CHRONO_BUSY;

	if (!skb && tp->want_room) /* all is sent, and the program has more */
		chrono = TCP_CHRONO_SNDBUF;
	else if (skb && !tp->cwnd_limited &&
		 tcp_wnd_left(tp) < MIN(tcp_skb_space(skb), tp->mss))
		chrono = TCP_CHRONO_RWND;
	if (chrono != tp->chrono)
		tcp_chrono_set(tp, chrono, now_ns);
}

static u64 tcp_info_chrono_us(const struct tcp_sock *tp, u32 chrono)
{
	u64 ns = tp->chrono_ns[chrono];

	if (tp->chrono == chrono)
		ns += machine_now_ns() - tp->chrono_start_ns;
	return ns / 1000;
}

static void tcp_info_times(const struct tcp_sock *tp, struct tcp_info *info)
{
	info->rwnd_limited_us = tcp_info_chrono_us(tp, TCP_CHRONO_RWND);
	info->sndbuf_limited_us = tcp_info_chrono_us(tp, TCP_CHRONO_SNDBUF);
	info->busy_time_us = tcp_info_chrono_us(tp, TCP_CHRONO_BUSY) +
			     info->rwnd_limited_us + info->sndbuf_limited_us;
}

/* ---- time-outs, as Linux counts them ---- */

void tcp_rto_count(struct tcp_sock *tp)
{
	tp->total_rto++;
	if (tp->rto_start_ms)
		return;
	tp->total_rto_recoveries++;
	tp->rto_start_ms = clock_ms();
}

void tcp_rto_over(struct tcp_sock *tp)
{
	if (tp->rto_start_ms)
		tp->total_rto_ms += (u32)(clock_ms() - tp->rto_start_ms);
	tp->rto_start_ms = 0;
}

static void tcp_info_rto(const struct tcp_sock *tp, struct tcp_info *info)
{
	info->total_rto = tp->total_rto;
	info->total_rto_recoveries = tp->total_rto_recoveries;
	info->total_rto_time = tp->total_rto_ms;
	if (tp->rto_start_ms)
		info->total_rto_time += (u32)(clock_ms() - tp->rto_start_ms);
}

/* ---- the rest ---- */

static u32 tcp_info_segs(const struct tcp_sock *tp, u64 bytes)
{
	return (u32)((bytes + tp->mss - 1) / tp->mss);
}

static u32 tcp_info_since(u64 then_ms)
{
	u64 now = clock_ms();

	return then_ms ? (u32)MIN(now - then_ms, (u64)UINT32_MAX) : 0;
}

/*
 * Text is not stamped as it comes, but as its ACK goes; one that is still
 * owed tells when the oldest came.
 */
static u32 tcp_info_last_recv(const struct tcp_sock *tp)
{
	if (tp->unacked_bytes && tp->delack_deadline_ms)
		return tcp_info_since(tp->delack_deadline_ms - TCP_DELACK_MS);
	return tcp_info_since(tp->last_recv_ns / NS_PER_MS);
}

static u8 tcp_info_options(const struct tcp_sock *tp)
{
	u8 options = 0;

	if (tp->ts_ok)
		options |= TCPI_OPT_TIMESTAMPS;
	if (tp->sack_ok)
		options |= TCPI_OPT_SACK;
	if (tp->wscale_ok)
		options |= TCPI_OPT_WSCALE;
	if (tp->ecn_flags & TCP_ECN_OK)
		options |= TCPI_OPT_ECN;
	if (tp->ecn_flags & TCP_ECN_SEEN)
		options |= TCPI_OPT_ECN_SEEN;
	return options;
}

/* As in Linux, a listener shows its queue where others show their flight. */
static void tcp_info_flight(const struct tcp_sock *tp, struct tcp_info *info)
{
	if (tp->sk.state == TCP_LISTEN) {
		info->unacked = tp->accept_count;
		info->sacked = tp->backlog;
		return;
	}
	info->unacked = tcp_info_segs(tp, tp->snd_nxt - tp->snd_una);
	info->sacked = tcp_info_segs(tp, tp->sacked_bytes);
	info->lost = tcp_info_segs(tp, tp->lost_bytes);
	info->retrans = tcp_info_segs(tp, tp->retrans_bytes);
	info->last_data_sent = tcp_info_since(tp->last_send_ms);
	info->last_data_recv = tcp_info_last_recv(tp);
	info->last_ack_recv = info->last_data_recv;
	info->notsent_bytes = tp->write_seq - tp->snd_nxt;
	/* Their SYN or ours counts as one. */
	info->delivered =
		1 + tcp_info_segs(tp, tp->bytes_acked + tp->sacked_bytes);
	info->delivered_ce = tcp_info_segs(tp, tp->delivered_ce);
}

static void tcp_info_rate(const struct tcp_sock *tp, struct tcp_info *info)
{
	const struct tcp_rate *rate = &tp->rate;

	if (!rate->interval_us)
		return;
	info->delivery_rate =
		(u64)rate->delivered * 1000000 / rate->interval_us;
	if (rate->app_limited)
		info->flags |= TCPI_FLAG_APP_LIMITED;
}

static void tcp_info_counts(const struct tcp_sock *tp, struct tcp_info *info)
{
	info->bytes_acked = tp->bytes_acked;
	info->bytes_received = tp->bytes_received;
	info->bytes_sent = tp->bytes_sent;
	info->bytes_retrans = tp->bytes_retrans;
	info->segs_in = tp->segs_in;
	info->segs_out = tp->segs_out;
	info->data_segs_in = tp->data_segs_in;
	info->data_segs_out = tp->data_segs_out;
	info->dsack_dups = tp->dsacks_in;
	info->reord_seen = tp->loss.reord_seen;
	info->rcv_ooopack = tp->ofo_segs_in;
	info->snd_wnd = tp->snd_wnd;
	info->rcv_wnd = tcp_rcv_wnd(tp);
}

void tcp_fill_info(const struct tcp_sock *tp, struct tcp_info *info)
{
	*info = (struct tcp_info){
		.state = tp->sk.state,
		.ca_state = tp->ca_state,
		.retransmits = tp->retransmits,
		.probes = tp->probes_out,
		.backoff = tp->backoff,
		.options = tcp_info_options(tp),
		.wscales = (u8)(tp->snd_wscale | tp->rcv_wscale << 4),
		.rto_us = tp->rto_ms * 1000,
		.ato_us = TCP_DELACK_MS * 1000,
		.snd_mss = tp->mss,
		.rcv_mss = tp->rcv_mss,
		.pmtu = tp->pmtu ? tp->pmtu : tp->sk.dst.mtu,
		.rcv_ssthresh = tp->rcv_wnd,
		.rtt_us = tp->srtt_us8 >> 3,
		.rttvar_us = tp->rttvar_us4 >> 2,
		.snd_ssthresh = tp->ssthresh / tp->mss,
		.snd_cwnd = tp->cwnd / tp->mss,
		.advmss = tcp_advmss(tp),
		.reordering = tp->loss.reordering,
		.rcv_rtt_us = tp->rcv_rtt_us,
		.rcv_space = tp->sk.rcvbuf,
		.total_retrans = tp->total_retrans,
		.min_rtt_us = tp->min_rtt_us,
	};
	if (tp->ssthresh == SSTHRESH_INF)
		info->snd_ssthresh = SSTHRESH_INF;
	tcp_info_flight(tp, info);
	tcp_info_counts(tp, info);
	tcp_info_times(tp, info);
	tcp_info_rto(tp, info);
	tcp_info_rate(tp, info);
}
