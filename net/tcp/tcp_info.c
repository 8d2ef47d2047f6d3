/* TCP_INFO: a connection's numbers, laid out as Linux's struct tcp_info. */
#include "net/tcp/tcp_ecn.h"

static u32 tcp_info_segs(const struct tcp_sock *tp, u32 bytes)
{
	return (bytes + tp->mss - 1) / tp->mss;
}

static u32 tcp_info_since(u64 then_ms)
{
	u64 now = clock_ms();

	return then_ms ? (u32)MIN(now - then_ms, (u64)UINT32_MAX) : 0;
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
	info->last_data_recv = tcp_info_since(tp->last_recv_ms);
	info->last_ack_recv = info->last_data_recv;
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
		.snd_ssthresh = tcp_info_segs(tp, tp->ssthresh),
		.snd_cwnd = tp->cwnd / tp->mss,
		.advmss = tp->mss_peer,
		.reordering = 3,
		.rcv_space = tp->sk.rcvbuf,
		.total_retrans = tp->total_retrans,
	};
	tcp_info_flight(tp, info);
}
