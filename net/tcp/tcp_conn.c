/*
 * A connection's life and death: its memory, its state (RFC 9293 section
 * 3.3.2, figure 5) and its end. References: the program (or the accept queue
 * before it) has one, the 4-tuple table has one.
 */
#include "kernel/log.h"
#include "lib/string.h"
#include "net/ipv4/route.h"
#include "net/tcp/tcp_output.h"

#define BIT(state) (1u << TCP_##state)

/* Where each state may go; CLOSE is open to all. */
static const u16 tcp_moves[TCP_NR_STATES] = {
	[TCP_CLOSE] = BIT(LISTEN) | BIT(SYN_SENT) | BIT(SYN_RECV),
	[TCP_LISTEN] = BIT(CLOSE),
	[TCP_SYN_SENT] = BIT(SYN_RECV) | BIT(ESTABLISHED) | BIT(CLOSE),
	[TCP_SYN_RECV] = BIT(ESTABLISHED) | BIT(FIN_WAIT1) | BIT(CLOSE),
	[TCP_ESTABLISHED] = BIT(FIN_WAIT1) | BIT(CLOSE_WAIT) | BIT(CLOSE),
	[TCP_FIN_WAIT1] = BIT(FIN_WAIT2) | BIT(CLOSING) | BIT(CLOSE),
	[TCP_FIN_WAIT2] = BIT(CLOSE), /* its TIME-WAIT is another object */
	[TCP_CLOSING] = BIT(CLOSE),
	[TCP_CLOSE_WAIT] = BIT(LAST_ACK) | BIT(CLOSE),
	[TCP_LAST_ACK] = BIT(CLOSE),
};

static inline bool tcp_is_open(u32 state)
{
	return (1u << state) & (BIT(ESTABLISHED) | BIT(CLOSE_WAIT));
}

/* RFC 4022: tcpCurrEstab, tcpEstabResets. */
void tcp_set_state(struct tcp_sock *tp, enum tcp_state state)
{
	struct net *net = tp->sk.net;
	u32 old = tp->sk.state;

	ASSERT(tcp_moves[old] & (1u << state));
	tp->sk.state = (u8)state;
	if (tcp_is_open(state) && !tcp_is_open(old))
		NET_INC(net, TCP_CurrEstab);
	if (!tcp_is_open(old) || tcp_is_open(state))
		return;
	NET_DEC(net, TCP_CurrEstab);
	if (state == TCP_CLOSE)
		NET_INC(net, TCP_EstabResets);
}

/* What a connection begins with, all else being 0. */
static void tcp_sock_begin(struct tcp_sock *tp)
{
	tp->mss_peer = tp->mss = TCP_MSS_DEFAULT;
	tp->mss_unproven = tp->mss;
	tp->rcv_mss = TCP_MSS_DEFAULT;
	tp->read_max = INT32_MAX;
	tp->quick_acks = TCP_QUICKACKS;
	tcp_rtt_init(tp);
	tcp_loss_init(tp);
}

void tcp_sock_renew(struct tcp_sock *tp)
{
	tp->sk.shutdown = 0;
	tp->sk.rx_dst = (struct dst_input){0}; /* it was another peer's */
	tp->pmtu = tp->pmtu_told = tp->pmtu_probe = 0;
	tp->fin_queued = tp->fin_rcvd = tp->urg_seen = false;
	tp->syn_lost = false;
	tp->retransmits = tp->backoff = 0;
	tp->probes_out = tp->keep_probes = 0;
	tp->ack_pending = TCP_ACK_NONE;
	tp->unacked_bytes = 0;
	tp->total_retrans = 0;
	tp->bytes_acked = tp->bytes_received = tp->delivered_ce = 0;
	tp->bytes_sent = tp->bytes_retrans = 0;
	tp->segs_in = tp->segs_out = 0;
	tp->data_segs_in = tp->data_segs_out = 0;
	tp->ofo_segs_in = tp->dsacks_in = 0;
	tp->total_rto = tp->total_rto_recoveries = 0;
	tp->total_rto_ms = 0;
	tp->rto_start_ms = 0;
	tp->chrono = 0;
	memset(tp->chrono_ns, 0, sizeof(tp->chrono_ns));
	memset(&tp->rate, 0, sizeof(tp->rate));
	tp->dupacks = 0;
	tcp_sack_clear(tp);
	tp->ca_state = TCP_CA_OPEN;
	tp->retrans_bytes = tp->lost_bytes = tp->sacked_bytes = 0;
	memset(&tp->loss, 0, offsetof(struct tcp_loss, timer));
	tcp_sock_begin(tp);
}

static void tcp_sock_setup(struct tcp_sock *tp, struct net *net)
{
	memset((u8 *)tp + sizeof(tp->sk), 0, sizeof(*tp) - sizeof(tp->sk));
	sock_init(&tp->sk, net, &tcp_proto);
	tp->sk.state = TCP_CLOSE;
	tp->table = net->tcp;
	tp->sk.rcvbuf = tp->table->conf.rmem_default;
	tp->sk.sndbuf = tp->table->conf.wmem_default;
	tp->conn.kind = TCP_CONN_SOCK;
	tp->cong = tp->table->conf.cong;
	skb_queue_head_init(&tp->rtx_queue);
	skb_queue_head_init(&tp->write_queue);
	skb_queue_head_init(&tp->ofo_queue);
	list_init(&tp->requests);
	list_init(&tp->accept_queue);
	list_init(&tp->accept_node);
	tp->syn_retries = TCP_SYN_RETRIES;
	tp->keep_cnt = TCP_KEEPCNT_MAX;
	tp->keep_idle_ms = TCP_KEEPIDLE_MS;
	tp->keep_intvl_ms = TCP_KEEPINTVL_MS;
	tp->linger2_ms = TCP_FIN_TIMEOUT_MS;
	tcp_timers_setup(tp);
	tcp_sock_begin(tp);
}

struct tcp_sock *tcp_sock_alloc(struct net *net)
{
	struct tcp_table *t = net->tcp;
	struct tcp_sock *tp;

	if (unlikely(t->sock_count >= t->sock_max))
		return NULL;
	tp = kmem_cache_alloc(&t->sock_cache);
	if (unlikely(!tp))
		return NULL;
	tcp_sock_setup(tp, net);
	t->sock_count++;
	return tp;
}

struct sock *tcp_create(struct net *net)
{
	struct tcp_sock *tp = tcp_sock_alloc(net);

	return tp ? &tp->sk : NULL;
}

/* The last reference has gone, and with it the receive queue. */
void tcp_destroy(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_table *t = tp->table;

	ASSERT(sk->state == TCP_CLOSE && hlist_unhashed(&tp->conn.node));
	tcp_unbind(tp);
	dst_release(&sk->dst);
	t->memory -= tp->mem_charged;
	t->sock_count--;
	kmem_cache_free(&t->sock_cache, tp);
}

void tcp_mem_charge(struct tcp_sock *tp, s64 bytes)
{
	tp->mem_charged += (u64)bytes;
	tp->table->memory += (u64)bytes;
}

void tcp_finish_connect(struct tcp_sock *tp)
{
	u64 now_ns = machine_now_ns();

	if (tp->sk.state != TCP_ESTABLISHED)
		tcp_set_state(tp, TCP_ESTABLISHED);
	tcp_pmtu_start(tp);
	tcp_cong_init(tp);
	if (unlikely(tp->rto_start_ms))
		tcp_rto_over(tp); /* of the SYN */
	tcp_autotune_init(tp, now_ns);
	tp->last_recv_ns = now_ns;
	if (tp->sk.keepalive)
		tcp_keepalive_begin(tp);
	sock_wake(&tp->sk, EPOLLOUT);
}

void tcp_free_first(struct tcp_sock *tp, struct sk_buff_head *queue)
{
	tcp_free_sent(tp, skb_dequeue(queue));
}

static void tcp_purge_sent(struct tcp_sock *tp, struct sk_buff_head *queue)
{
	while (!skb_queue_empty(queue))
		tcp_free_first(tp, queue);
}

/* What was received stays: the program may still read it. */
void tcp_done(struct tcp_sock *tp)
{
	struct sock *sk = &tp->sk;
	bool hashed = !hlist_unhashed(&tp->conn.node);

	if (sk->state == TCP_SYN_SENT || sk->state == TCP_SYN_RECV)
		NET_INC(sk->net, TCP_AttemptFails);
	if (sk->state != TCP_CLOSE)
		tcp_set_state(tp, TCP_CLOSE);
	tcp_timers_stop(tp);
	tcp_purge_sent(tp, &tp->rtx_queue);
	tcp_purge_sent(tp, &tp->write_queue);
	tcp_ofo_purge(tp);
	tp->snd_una = tp->snd_nxt = tp->write_seq;
	dst_release(&sk->dst);
	if (tp->orphan) {
		tp->orphan = false;
		list_del(&tp->accept_node);
		tp->table->orphan_count--;
	}
	tcp_conn_remove(tp->table, &tp->conn);
	sk->shutdown = RCV_SHUTDOWN | SEND_SHUTDOWN;
	if (!sk->dead)
		sock_wake(sk, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLHUP |
				      (sk->err ? EPOLLERR : 0));
	if (hashed)
		sock_put(sk);
}

void tcp_abort(struct tcp_sock *tp, int err)
{
	tp->sk.err = err;
	tcp_done(tp);
}
