/*
 * Options of level SOL_TCP with Linux's names, units and bounds (tcp(7)),
 * and SO_KEEPALIVE's timer.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/tcp/tcp_sock.h"

#define TCP_SECONDS_MAX 32767
#define TCP_COUNT_MAX	127
#define TCP_CA_NAME_MAX 16
#define TCP_CLAMP_MIN	1152 /* Linux's SOCK_MIN_RCVBUF / 2 */

/* TCP_MAXSEG, in Linux's bounds; 0: the path decides. */
static int tcp_set_maxseg(struct tcp_sock *tp, int v)
{
	if (v && (v < (int)TCP_MIN_SND_MSS || v > 32767))
		return -EINVAL;
	tp->user_mss = (u16)v;
	return 0;
}

/* What waited for company goes at once, even out of a cork (tcp(7)). */
static int tcp_set_flag(struct tcp_sock *tp, bool *flag, bool on, bool push)
{
	bool cork;

	*flag = on;
	if (push) {
		cork = tp->cork;
		tp->more = tp->cork = false;
		tcp_push(tp);
		tp->cork = cork;
	}
	return 0;
}

static int tcp_set_seconds(u32 *ms, int v)
{
	if (v < 1 || v > TCP_SECONDS_MAX)
		return -EINVAL;
	*ms = (u32)v * 1000;
	return 0;
}

static int tcp_set_count(u8 *count, int v)
{
	if (v < 1 || v > TCP_COUNT_MAX)
		return -EINVAL;
	*count = (u8)v;
	return 0;
}

static bool tcp_is_connected(const struct tcp_sock *tp)
{
	return tp->sk.state != TCP_CLOSE && tp->sk.state != TCP_LISTEN &&
	       tp->sk.state != TCP_SYN_SENT;
}

static int tcp_set_keepidle(struct tcp_sock *tp, int v)
{
	int err = tcp_set_seconds(&tp->keep_idle_ms, v);

	if (!err && tp->sk.keepalive && tcp_is_connected(tp))
		tcp_keepalive_start(tp, tp->keep_idle_ms);
	return err;
}

static int tcp_set_keepalive(struct tcp_sock *tp, int on)
{
	if (!tcp_is_connected(tp))
		return 0;
	if (on)
		tcp_keepalive_begin(tp);
	else
		tcp_keepalive_stop(tp);
	return 0;
}

/* How long an orphan may stay in FIN-WAIT-2; at most Linux's two minutes. */
static int tcp_set_linger2(struct tcp_sock *tp, int v)
{
	if (v < 0)
		tp->linger2_ms = 0; /* not at all */
	else
		tp->linger2_ms =
			v ? (u32)MIN(v, 120) * 1000 : TCP_FIN_TIMEOUT_MS;
	return 0;
}

static int tcp_set_quickack(struct tcp_sock *tp, int on)
{
	tp->quick_acks = on ? TCP_QUICKACKS : 0;
	if (on && tp->ack_pending == TCP_ACK_DELAYED && tcp_is_connected(tp))
		tcp_send_ack(tp);
	return 0;
}

static int tcp_set_user_timeout(struct tcp_sock *tp, int ms)
{
	if (ms < 0)
		return -EINVAL;
	tp->user_timeout_ms = (u32)ms;
	return 0;
}

static int tcp_set_notsent_lowat(struct tcp_sock *tp, int v)
{
	tp->notsent_lowat = (u32)v;
	tcp_new_space(tp);
	return 0;
}

/* The window is what the receive buffer has room for: that is clamped. */
static int tcp_set_window_clamp(struct tcp_sock *tp, int v)
{
	if (v < 0 || (!v && tp->sk.state != TCP_CLOSE))
		return -EINVAL;
	tp->sk.rcvbuf_locked = v != 0;
	if (v)
		tp->sk.rcvbuf = (u32)MAX(v, TCP_CLAMP_MIN);
	return 0;
}

/* In seconds; kept as so many SYN-ACKs, 1, 2, 4 ... seconds apart. */
static int tcp_set_defer_accept(struct tcp_sock *tp, int v)
{
	u8 count = 0;

	while (v > 0 && count < TCP_SYNACK_RETRIES && (1 << count) - 1 < v)
		count++;
	tp->defer_accept = count;
	return 0;
}

static int tcp_set_congestion(struct tcp_sock *tp, const void *value, u32 len)
{
	const struct tcp_congestion_ops *cong;
	char name[TCP_CA_NAME_MAX] = "";

	if (!len)
		return -EINVAL;
	memcpy(name, value, MIN(len, sizeof(name) - 1));
	cong = tcp_cong_find(name);
	if (!cong)
		return -ENOENT;
	tp->cong = cong;
	tp->cwnd_acked = 0;
	if (cong->init && tcp_is_connected(tp))
		cong->init(tp);
	return 0;
}

static int tcp_set_int(struct tcp_sock *tp, int name, int v)
{
	switch (name) {
	case TCP_NODELAY:
		return tcp_set_flag(tp, &tp->nodelay, v, v);
	case TCP_CORK:
		return tcp_set_flag(tp, &tp->cork, v, !v);
	case TCP_MAXSEG:
		return tcp_set_maxseg(tp, v);
	case TCP_KEEPIDLE:
		return tcp_set_keepidle(tp, v);
	case TCP_KEEPINTVL:
		return tcp_set_seconds(&tp->keep_intvl_ms, v);
	case TCP_KEEPCNT:
		return tcp_set_count(&tp->keep_cnt, v);
	case TCP_SYNCNT:
		return tcp_set_count(&tp->syn_retries, v);
	case TCP_LINGER2:
		return tcp_set_linger2(tp, v);
	case TCP_DEFER_ACCEPT:
		return tcp_set_defer_accept(tp, v);
	case TCP_WINDOW_CLAMP:
		return tcp_set_window_clamp(tp, v);
	case TCP_QUICKACK:
		return tcp_set_quickack(tp, v);
	case TCP_NOTSENT_LOWAT:
		return tcp_set_notsent_lowat(tp, v);
	case TCP_USER_TIMEOUT:
		return tcp_set_user_timeout(tp, v);
	}
	return -ENOPROTOOPT;
}

int tcp_setsockopt(struct sock *sk, int level, int name, const void *value,
		   u32 len)
{
	struct tcp_sock *tp = tcp_sk(sk);
	int v;

	if (level == SOL_TCP && name == TCP_CONGESTION)
		return tcp_set_congestion(tp, value, len);
	if (len < sizeof(v))
		return -EINVAL;
	memcpy(&v, value, sizeof(v));
	if (level == SOL_SOCKET && name == SO_KEEPALIVE)
		return tcp_set_keepalive(tp, v);
	return level == SOL_TCP ? tcp_set_int(tp, name, v) : -ENOPROTOOPT;
}

static int tcp_get_int(const struct tcp_sock *tp, int name, int *v)
{
	switch (name) {
	case TCP_NODELAY:
		*v = tp->nodelay;
		return 0;
	case TCP_CORK:
		*v = tp->cork;
		return 0;
	case TCP_MAXSEG:
		*v = !tcp_is_connected(tp) && tp->user_mss ? tp->user_mss
							   : tp->mss;
		return 0;
	case TCP_KEEPIDLE:
		*v = (int)(tp->keep_idle_ms / 1000);
		return 0;
	case TCP_KEEPINTVL:
		*v = (int)(tp->keep_intvl_ms / 1000);
		return 0;
	case TCP_KEEPCNT:
		*v = tp->keep_cnt;
		return 0;
	case TCP_SYNCNT:
		*v = tp->syn_retries;
		return 0;
	case TCP_LINGER2:
		*v = tp->linger2_ms ? (int)(tp->linger2_ms / 1000) : -1;
		return 0;
	case TCP_DEFER_ACCEPT:
		*v = (1 << tp->defer_accept) - 1;
		return 0;
	case TCP_WINDOW_CLAMP:
		*v = (int)tcp_rcvbuf_max(tp);
		return 0;
	case TCP_NOTSENT_LOWAT:
		*v = (int)tp->notsent_lowat;
		return 0;
	case TCP_QUICKACK:
		*v = tp->quick_acks != 0;
		return 0;
	case TCP_USER_TIMEOUT:
		*v = (int)tp->user_timeout_ms;
		return 0;
	}
	return -ENOPROTOOPT;
}

/* As much as the program has room for, as Linux does. */
static int tcp_give(void *value, u32 *len, const void *from, u32 size)
{
	*len = MIN(*len, size);
	memcpy(value, from, *len);
	return 0;
}

static int tcp_give_info(struct tcp_sock *tp, void *value, u32 *len)
{
	struct tcp_info info;

	tcp_fill_info(tp, &info);
	return tcp_give(value, len, &info, sizeof(info));
}

static int tcp_give_congestion(struct tcp_sock *tp, void *value, u32 *len)
{
	char name[TCP_CA_NAME_MAX] = "";

	str_copy(name, tp->cong->name, sizeof(name));
	return tcp_give(value, len, name, sizeof(name));
}

int tcp_getsockopt(struct sock *sk, int level, int name, void *value, u32 *len)
{
	struct tcp_sock *tp = tcp_sk(sk);
	int v, err;

	if (level == SOL_SOCKET && name == SO_MEMINFO) {
		v = (int)tcp_wmem_used(tp);
		return tcp_give(value, len, &v, sizeof(v));
	}
	if (level != SOL_TCP)
		return -ENOPROTOOPT;
	if (name == TCP_CC_INFO) { /* ours have none */
		*len = 0;
		return 0;
	}
	if (name == TCP_INFO)
		return tcp_give_info(tp, value, len);
	if (name == TCP_CONGESTION)
		return tcp_give_congestion(tp, value, len);
	err = tcp_get_int(tp, name, &v);
	return err ? err : tcp_give(value, len, &v, sizeof(v));
}
