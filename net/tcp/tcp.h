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
#define SOL_TCP		 6
#define TCP_NODELAY	 1
#define TCP_MAXSEG	 2
#define TCP_CORK	 3
#define TCP_KEEPIDLE	 4
#define TCP_KEEPINTVL	 5
#define TCP_KEEPCNT	 6
#define TCP_SYNCNT	 7
#define TCP_LINGER2	 8
#define TCP_DEFER_ACCEPT 9
#define TCP_INFO	 11
#define TCP_QUICKACK	 12
#define TCP_CONGESTION	 13
#define TCP_USER_TIMEOUT 18

#define TCPI_OPT_TIMESTAMPS 1
#define TCPI_OPT_SACK	    2
#define TCPI_OPT_WSCALE	    4

/* TCP_INFO: Linux's struct tcp_info up to and with tcpi_total_retrans. */
struct tcp_info {
	u8 state, ca_state, retransmits, probes, backoff, options;
	u8 wscales; /* the peer's in the low 4 bits, ours in the high */
	u8 flags;   /* always 0 */
	u32 rto_us, ato_us, snd_mss, rcv_mss;
	u32 unacked, sacked, lost, retrans, fackets; /* segments */
	u32 last_data_sent, last_ack_sent;	     /* ms ago */
	u32 last_data_recv, last_ack_recv;
	u32 pmtu, rcv_ssthresh, rtt_us, rttvar_us;
	u32 snd_ssthresh, snd_cwnd; /* segments */
	u32 advmss, reordering, rcv_rtt_us, rcv_space, total_retrans;
};

_Static_assert(sizeof(struct tcp_info) == 104, "linux/tcp.h");

extern const struct proto tcp_proto;

/* What Linux has in /proc/sys/net/ipv4/tcp_*; for connections yet to be. */
struct tcp_conf {
	bool timestamps;
	u8 push_segs; /* tcp_min_tso_segs: a PSH for so many in a row */
};

int tcp_init(struct net *net) must_check;
void tcp_exit(struct net *net);

/* The IP protocol handler: data at the TCP header. Softirq. Consumes. */
void tcp_rcv(struct sk_buff *skb);
void tcp_err(struct net *net, const struct icmp_notice *notice);

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

/* What /proc/net/sockstat and leak checks ask. */
struct tcp_usage {
	u32 inuse, orphans, tw, requests;
	u64 memory; /* bytes in socket queues */
};

void tcp_usage(const struct net *net, struct tcp_usage *usage);
