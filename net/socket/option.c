/*
 * setsockopt and getsockopt: SOL_SOCKET here, with Linux's values and bounds
 * (socket(7)), and IP_TOS and IP_TTL; every other level is the protocol's.
 */
#include "lib/string.h"
#include "net/core/netdev.h"
#include "net/ipv4/ip.h"
#include "net/socket/socket.h"

#define BUF_MAX	   212992 /* Linux's wmem_max, rmem_max: before doubling */
#define SNDBUF_MIN 4608
#define RCVBUF_MIN 2304

/* Linux doubles what is asked for: half of it pays for the overhead. */
static u32 buf_size(int asked, u32 least)
{
	u32 size = MIN((u32)MAX(asked, 0), BUF_MAX) * 2;

	return MAX(size, least);
}

/* 0 means for ever, as a zero struct timeval does. */
static int set_timeout(u64 *timeout_ms, const void *value, u32 len)
{
	u64 ms;

	if (len < sizeof(ms))
		return -EINVAL;
	memcpy(&ms, value, sizeof(ms));
	*timeout_ms = ms ? ms : WAIT_FOREVER;
	return 0;
}

static int set_linger(struct sock *sk, const void *value, u32 len)
{
	struct linger linger;

	if (len < sizeof(linger))
		return -EINVAL;
	memcpy(&linger, value, sizeof(linger));
	linger.onoff = !!linger.onoff;
	if (linger.onoff && linger.seconds < 0)
		return -EINVAL;
	sk->linger = linger;
	return 0;
}

/* An empty name takes it back. The way is looked for again. */
static int set_device(struct sock *sk, const char *value, u32 len)
{
	char name[IFNAMSIZ] = "";
	struct net_device *dev;

	if (sk->type != SOCK_DGRAM)
		return -ENOPROTOOPT;
	memcpy(name, value, MIN(len, (u32)IFNAMSIZ - 1));
	dev = name[0] ? dev_get_by_name(sk->net, name) : NULL;
	if (name[0] && !dev)
		return -ENODEV;
	sk->bound_dev_if = dev ? dev->ifindex : 0;
	sk->dst.gen = 0;
	return 0;
}

static int set_keepalive(struct sock *sk, int on)
{
	sk->keepalive = on != 0;
	/* The protocol starts or stops its timer; it may have none. */
	if (sk->proto->setsockopt)
		(void)sk->proto->setsockopt(sk, SOL_SOCKET, SO_KEEPALIVE, &on,
					    sizeof(on));
	return 0;
}

static int set_int(struct sock *sk, int name, int v)
{
	switch (name) {
	case SO_REUSEADDR:
		sk->reuseaddr = v != 0;
		return 0;
	case SO_BROADCAST:
		sk->broadcast = v != 0;
		return 0;
	case SO_SNDBUF:
		sk->sndbuf = buf_size(v, SNDBUF_MIN);
		sk->sndbuf_locked = true;
		sock_wake(sk, EPOLLOUT);
		return 0;
	case SO_RCVBUF:
		sk->rcvbuf = buf_size(v, RCVBUF_MIN);
		sk->rcvbuf_locked = true;
		return 0;
	case SO_KEEPALIVE:
		return set_keepalive(sk, v);
	case SO_OOBINLINE:
		return v ? 0 : -EINVAL;
	}
	return -ENOPROTOOPT; /* SO_TYPE and others are read only */
}

static int set_socket_option(struct sock *sk, int name, const void *value,
			     u32 len)
{
	int v;

	switch (name) {
	case SO_RCVTIMEO:
		return set_timeout(&sk->rcvtimeo_ms, value, len);
	case SO_SNDTIMEO:
		return set_timeout(&sk->sndtimeo_ms, value, len);
	case SO_LINGER:
		return set_linger(sk, value, len);
	case SO_BINDTODEVICE:
		return set_device(sk, value, len);
	}
	if (len < sizeof(v))
		return -EINVAL;
	memcpy(&v, value, sizeof(v));
	return set_int(sk, name, v);
}

/* A byte will do; the two bits of ECN are TCP's. */
static int set_tos(struct sock *sk, const void *value, u32 len)
{
	if (!len)
		return -EINVAL;
	sk->tos = *(const u8 *)value;
	if (sk->type == SOCK_STREAM)
		sk->tos &= (u8)~IPTOS_ECN_MASK;
	return 0;
}

/* 1 to 255, or -1 for the default. */
static int set_ttl(struct sock *sk, const void *value, u32 len)
{
	int ttl;

	if (len < sizeof(ttl))
		return -EINVAL;
	memcpy(&ttl, value, sizeof(ttl));
	if (ttl != -1 && (ttl < 1 || ttl > 255))
		return -EINVAL;
	sk->ttl = ttl < 0 ? 0 : (u8)ttl;
	return 0;
}

/* ip(7); the TTL is for datagrams only. */
static int set_ip_option(struct sock *sk, int name, const void *value, u32 len)
{
	if (name == IP_TOS)
		return set_tos(sk, value, len);
	if (name == IP_TTL && sk->type != SOCK_STREAM)
		return set_ttl(sk, value, len);
	return -ENOPROTOOPT;
}

int sock_setsockopt(struct socket *sock, int level, int name, const void *value,
		    u32 len)
{
	struct sock *sk = sock->sk;
	int err = -ENOPROTOOPT;

	if (!value)
		return -EFAULT;
	local_bh_disable();
	if (level == SOL_SOCKET)
		err = set_socket_option(sk, name, value, len);
	else if (level == SOL_IP)
		err = set_ip_option(sk, name, value, len);
	else if (sk->proto->setsockopt)
		err = sk->proto->setsockopt(sk, level, name, value, len);
	local_bh_enable();
	return err;
}

static int get_int(struct socket *sock, int name, int *v)
{
	struct sock *sk = sock->sk;

	switch (name) {
	case SO_REUSEADDR:
		*v = sk->reuseaddr;
		return 0;
	case SO_TYPE:
		*v = sk->type;
		return 0;
	case SO_ERROR:
		*v = -sock_error(sk);
		return 0;
	case SO_BROADCAST:
		*v = sk->broadcast;
		return 0;
	case SO_SNDBUF:
		*v = (int)sk->sndbuf;
		return 0;
	case SO_RCVBUF:
		*v = (int)sk->rcvbuf;
		return 0;
	case SO_KEEPALIVE:
		*v = sk->keepalive;
		return 0;
	case SO_OOBINLINE:
		*v = 1;
		return 0;
	case SO_PROTOCOL:
		*v = sk->protocol;
		return 0;
	case SO_DOMAIN:
		*v = AF_INET;
		return 0;
	case SO_ACCEPTCONN:
		*v = sock->listening;
		return 0;
	}
	return -ENOPROTOOPT;
}

static int give(void *value, u32 *len, const void *from, u32 size)
{
	if (*len < size)
		return -EINVAL;
	memcpy(value, from, size);
	*len = size;
	return 0;
}

static int give_timeout(void *value, u32 *len, u64 timeout_ms)
{
	u64 ms = timeout_ms == WAIT_FOREVER ? 0 : timeout_ms;

	return give(value, len, &ms, sizeof(ms));
}

/* As much as there is room for; what is queued the protocol knows. */
static int give_meminfo(struct sock *sk, void *value, u32 *len)
{
	u32 info[SK_MEMINFO_VARS] = {
		[SK_MEMINFO_RMEM_ALLOC] = sk->rmem_alloc,
		[SK_MEMINFO_RCVBUF] = sk->rcvbuf,
		[SK_MEMINFO_WMEM_ALLOC] = sk->wmem_alloc,
		[SK_MEMINFO_SNDBUF] = sk->sndbuf,
	};
	u32 *queued = &info[SK_MEMINFO_WMEM_QUEUED], size = sizeof(*queued);

	if (sk->proto->getsockopt)
		(void)sk->proto->getsockopt(sk, SOL_SOCKET, SO_MEMINFO, queued,
					    &size);
	*len = MIN(*len, sizeof(info));
	memcpy(value, info, *len);
	return 0;
}

static int get_socket_option(struct socket *sock, int name, void *value,
			     u32 *len)
{
	struct sock *sk = sock->sk;
	int v, err;

	switch (name) {
	case SO_RCVTIMEO:
		return give_timeout(value, len, sk->rcvtimeo_ms);
	case SO_SNDTIMEO:
		return give_timeout(value, len, sk->sndtimeo_ms);
	case SO_MEMINFO:
		return give_meminfo(sk, value, len);
	case SO_LINGER:
		return give(value, len, &sk->linger, sizeof(sk->linger));
	}
	if (*len < sizeof(v))
		return -EINVAL;
	err = get_int(sock, name, &v);
	return err ? err : give(value, len, &v, sizeof(v));
}

/* A byte for who has room for no more. */
static int get_ip_option(const struct sock *sk, int name, void *value, u32 *len)
{
	int v = sk->tos;

	if (name == IP_TTL && sk->type != SOCK_STREAM)
		v = sk->ttl ? sk->ttl : IPDEFTTL;
	else if (name != IP_TOS)
		return -ENOPROTOOPT;
	if (!*len)
		return -EINVAL;
	*len = *len < sizeof(v) ? 1 : sizeof(v);
	memcpy(value, &v, *len);
	return 0;
}

int sock_getsockopt(struct socket *sock, int level, int name, void *value,
		    u32 *len)
{
	struct sock *sk = sock->sk;
	int err = -ENOPROTOOPT;

	if (!value || !len)
		return -EFAULT;
	local_bh_disable();
	if (level == SOL_SOCKET)
		err = get_socket_option(sock, name, value, len);
	else if (level == SOL_IP)
		err = get_ip_option(sk, name, value, len);
	else if (sk->proto->getsockopt)
		err = sk->proto->getsockopt(sk, level, name, value, len);
	local_bh_enable();
	return err;
}
