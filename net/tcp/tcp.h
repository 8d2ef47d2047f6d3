/*
 * TCP (RFC 9293): the wire header and what the rest of the stack calls.
 * What TCP's own files share is in tcp_sock.h.
 */
#pragma once

#include "lib/byteorder.h"
#include "net/core/protocol.h"
#include "net/core/sock.h"

struct tcphdr {
	be16 source, dest;
	be32 seq, ack_seq;
	u8 doff; /* data offset in words, high 4 bits */
	u8 flags;
	be16 window;
	be16 check;
	be16 urg_ptr;
} packed;

_Static_assert(sizeof(struct tcphdr) == 20, "RFC 9293 section 3.1");

enum tcp_flags {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
	TCP_ECE = 0x40,
	TCP_CWR = 0x80,
};

/* Linux's numbers, as /proc/net/tcp shows them. */
enum tcp_state {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT,
	TCP_SYN_RECV,
	TCP_FIN_WAIT1,
	TCP_FIN_WAIT2,
	TCP_TIME_WAIT,
	TCP_CLOSE,
	TCP_CLOSE_WAIT,
	TCP_LAST_ACK,
	TCP_LISTEN,
	TCP_CLOSING,
	TCP_NEW_SYN_RECV, /* a request: half-open, no socket yet */
	TCP_NR_STATES
};

/* Socket options: Linux's level, names and values. */
#define SOL_TCP		  6
#define TCP_NODELAY	  1
#define TCP_MAXSEG	  2
#define TCP_CORK	  3
#define TCP_KEEPIDLE	  4
#define TCP_KEEPINTVL	  5
#define TCP_KEEPCNT	  6
#define TCP_SYNCNT	  7
#define TCP_LINGER2	  8
#define TCP_DEFER_ACCEPT  9
#define TCP_WINDOW_CLAMP  10
#define TCP_INFO	  11
#define TCP_QUICKACK	  12
#define TCP_CONGESTION	  13
#define TCP_USER_TIMEOUT  18
#define TCP_NOTSENT_LOWAT 25
#define TCP_CC_INFO	  26

#define TCPI_OPT_TIMESTAMPS 1
#define TCPI_OPT_SACK	    2
#define TCPI_OPT_WSCALE	    4
#define TCPI_OPT_ECN	    8
#define TCPI_OPT_ECN_SEEN   16

/* Of the bits behind the scales: tcpi_delivery_rate_app_limited. */
#define TCPI_FLAG_APP_LIMITED 1

/*
 * TCP_INFO: Linux's struct tcp_info. Always 0, for nothing here measures it:
 * pacing rates, fackets, rehash and AccECN's counters. Segments are bytes by
 * snd_mss, rounded up.
 */
struct tcp_info {
	u8 state, ca_state, retransmits, probes, backoff, options;
	u8 wscales; /* the peer's in the low 4 bits, ours in the high */
	u8 flags;   /* TCPI_FLAG_x */
	u32 rto_us, ato_us, snd_mss, rcv_mss;
	u32 unacked, sacked, lost, retrans, fackets; /* segments */
	u32 last_data_sent, last_ack_sent;	     /* ms ago */
	u32 last_data_recv, last_ack_recv;
	u32 pmtu, rcv_ssthresh, rtt_us, rttvar_us;
	u32 snd_ssthresh, snd_cwnd; /* segments */
	u32 advmss, reordering, rcv_rtt_us, rcv_space, total_retrans;
	u64 pacing_rate, max_pacing_rate;
	u64 bytes_acked, bytes_received;
	u32 segs_out, segs_in;
	u32 notsent_bytes, min_rtt_us;
	u32 data_segs_in, data_segs_out;
	u64 delivery_rate; /* bytes a second */
	u64 busy_time_us, rwnd_limited_us, sndbuf_limited_us;
	u32 delivered, delivered_ce;
	u64 bytes_sent, bytes_retrans;
	u32 dsack_dups, reord_seen, rcv_ooopack, snd_wnd, rcv_wnd, rehash;
	u16 total_rto, total_rto_recoveries;
	u32 total_rto_time, received_ce;
	u32 delivered_e1_bytes, delivered_e0_bytes, delivered_ce_bytes;
	u32 received_e1_bytes, received_e0_bytes, received_ce_bytes;
	u16 accecn_fail_mode, accecn_opt_seen;
};

_Static_assert(sizeof(struct tcp_info) == 280, "linux/tcp.h");

extern const struct proto tcp_proto;
struct tcp_congestion_ops;

/* What Linux has in /proc/sys/net/ipv4/tcp_*; for sockets yet to be made. */
struct tcp_conf {
	const struct tcp_congestion_ops *cong;
	bool slow_start_after_idle;
	/* Buffers: as they begin, and to where they grow by themselves. */
	u32 rmem_default, rmem_max, wmem_default, wmem_max;
	bool timestamps, sack;
	u8 push_segs; /* tcp_min_tso_segs: a PSH for so many in a row */
	u8 ecn;	      /* RFC 3168: 0 no, 1 asked and accepted, 2 accepted */
};

int tcp_init(struct net *net) must_check;
void tcp_exit(struct net *net);
/* For sockets yet to be made, "cubic" or "reno". False: no such. */
bool tcp_set_default_congestion(struct net *net, const char *name);
/* RFC 3168: 0 off, 1 asked for and accepted, 2 accepted (the default). */
void tcp_set_ecn(struct net *net, u8 mode);

/* The IP protocol handler: data at the TCP header. Softirq. Consumes. */
void tcp_rcv(struct sk_buff *skb);
/* As net_protocol says it; half-open and TIME-WAIT ones are not found. */
void tcp_early_demux(struct sk_buff *skb);
/* The next byte to read is where the peer's urgent text ends. Task. */
bool tcp_at_mark(const struct sock *sk);
enum drop_reason tcp_err(struct net *net, const struct icmp_notice *notice);

/* One line of /proc/net/tcp. */
struct tcp_entry {
	be32 saddr, daddr;
	be16 sport, dport;
	u8 state;
	u8 timer; /* 0 none, 1 retransmit, 2 keepalive, 3 TIME-WAIT, 4 probe */
	u64 timer_ms;		/* until it fires */
	u32 tx_queue, rx_queue; /* bytes; of a listener: backlog, accepted */
	u32 retransmits;
};

/* Calls visit for listeners, requests, connections and TIME-WAITs. */
void tcp_walk(struct net *net,
	      void (*visit)(const struct tcp_entry *entry, void *arg),
	      void *arg);

/* Where a walk goes on; all zero: at its beginning. */
struct tcp_pos {
	u32 next;    /* bucket: of the listeners, behind them of the others */
	u32 buckets; /* that there were when it began */
};

/*
 * The same in steps of a bucket, between which the tables may change and
 * grow: who is there all the time is visited exactly once. Bottom halves are
 * off. False: that was the last one.
 */
bool tcp_walk_some(struct net *net, struct tcp_pos *pos,
		   void (*visit)(const struct tcp_entry *entry, void *arg),
		   void *arg);

/* What /proc/net/sockstat and leak checks ask. */
struct tcp_usage {
	u32 inuse, orphans, tw, requests;
	u64 memory; /* bytes in socket queues */
};

void tcp_usage(const struct net *net, struct tcp_usage *usage);
