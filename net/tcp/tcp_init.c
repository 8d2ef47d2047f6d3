/*
 * TCP of one stack: its table's beginning and end, and what the socket layer
 * may ask of a connection (net->protos[SOCK_STREAM]).
 */
#include "kernel/log.h"
#include "kernel/page.h"
#include "kernel/random.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/tcp/tcp_sock.h"

#define TCP_MEMORY_MIN (4ull << 20)
#define TCP_MEMORY_MAX (256ull << 20)
#define TCP_SOCK_MIN   1024u
#define TCP_SOCK_MAX   (TCP_SEGS * TCP_SEG_BUCKETS)
#define TCP_SOCK_COST  2048u /* a tcp_sock and its program's state */

/* A quarter of what is free for queues: the rest of the machine must live. */
static u64 tcp_memory_limit(void)
{
	return MIN(MAX(page_free_bytes() / 4, TCP_MEMORY_MIN), TCP_MEMORY_MAX);
}

/* Half of what is free may go for connections. */
static u32 tcp_sock_limit(void)
{
	u64 fit = page_free_bytes() / 2 / TCP_SOCK_COST;

	return (u32)MIN(MAX(fit, TCP_SOCK_MIN), TCP_SOCK_MAX);
}

static void tcp_table_setup(struct tcp_table *t, struct net *net)
{
	t->net = net;
	t->buckets = TCP_SEG_BUCKETS;
	t->bucket_mask = TCP_SEG_BUCKETS - 1;
	t->memory_max = tcp_memory_limit();
	t->conf = (struct tcp_conf){
		.cong = &tcp_cubic,
		.slow_start_after_idle = true,
		.timestamps = true,
		.sack = true,
		.push_segs = 2,
		.rmem_default = TCP_RCVBUF_DEFAULT,
		.rmem_max = (u32)MIN(t->memory_max / 4, TCP_RCVBUF_MAX),
		.wmem_default = TCP_SNDBUF_DEFAULT,
		.wmem_max = (u32)MIN(t->memory_max / 4, TCP_SNDBUF_MAX),
		.ecn = 2,
	};
	t->sock_max = tcp_sock_limit();
	kmem_cache_init(&t->sock_cache, "tcp_sock", sizeof(struct tcp_sock));
	kmem_cache_init(&t->request_cache, "tcp_request",
			sizeof(struct tcp_request));
	kmem_cache_init(&t->timewait_cache, "tcp_timewait",
			sizeof(struct tcp_timewait));
	list_init(&t->timewaits);
	list_init(&t->orphans);
	timer_setup(&t->timewait_timer, tcp_timewait_expire);
	random_bytes(&t->isn_key, sizeof(t->isn_key));
	random_bytes(&t->port_key, sizeof(t->port_key));
	t->next_port = random_u32();
}

int tcp_init(struct net *net)
{
	struct tcp_table *t = kzalloc(sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->segs[0] = kzalloc(TCP_SEG_BUCKETS * sizeof(*t->segs[0]));
	if (!t->segs[0]) {
		kfree(t);
		return -ENOMEM;
	}
	tcp_table_setup(t, net);
	net->tcp = t;
	return 0;
}

bool tcp_set_default_congestion(struct net *net, const char *name)
{
	const struct tcp_congestion_ops *cong = tcp_cong_find(name);

	if (cong)
		net->tcp->conf.cong = cong;
	return cong != NULL;
}

void tcp_set_ecn(struct net *net, u8 mode)
{
	net->tcp->conf.ecn = mode;
}

static void tcp_conn_kill(struct tcp_conn *conn)
{
	switch (conn->kind) {
	case TCP_CONN_SOCK:
		tcp_done(container_of(conn, struct tcp_sock, conn));
		return;
	case TCP_CONN_REQUEST:
		tcp_request_free(container_of(conn, struct tcp_request, conn));
		return;
	default:
		tcp_timewait_free(
			container_of(conn, struct tcp_timewait, conn));
	}
}

/* The programs have closed theirs: what is left are orphans and TIME-WAITs. */
void tcp_exit(struct net *net)
{
	struct tcp_table *t = net->tcp;

	for (u32 i = 0; i < t->buckets; i++) {
		struct hlist_head *bucket = tcp_bucket_at(t, i);

		while (bucket->first)
			tcp_conn_kill(container_of(bucket->first,
						   struct tcp_conn, node));
	}
	del_timer(&t->timewait_timer);
	ASSERT(!t->memory && !t->orphan_count && !t->conn_count);
	kmem_cache_destroy(&t->timewait_cache);
	kmem_cache_destroy(&t->request_cache);
	kmem_cache_destroy(&t->sock_cache);
	for (u32 i = 0; i < TCP_SEGS; i++)
		kfree(t->segs[i]);
	kfree(t);
	net->tcp = NULL;
}

const struct proto tcp_proto = {
	.name = "TCP",
	.type = SOCK_STREAM,
	.protocol = IPPROTO_TCP,
	.create = tcp_create,
	.close = tcp_close,
	.bind = tcp_bind,
	.connect = tcp_connect,
	.listen = tcp_listen,
	.accept = tcp_accept,
	.sendmsg = tcp_sendmsg,
	.recvmsg = tcp_recvmsg,
	.shutdown = tcp_shutdown,
	.poll = tcp_poll,
	.setsockopt = tcp_setsockopt,
	.getsockopt = tcp_getsockopt,
	.destroy = tcp_destroy,
};
