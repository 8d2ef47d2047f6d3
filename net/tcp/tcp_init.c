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

#define TCP_CONN_BUCKETS 4096u
#define TCP_MEMORY_MIN	 (4ull << 20)
#define TCP_MEMORY_MAX	 (256ull << 20)

/* A quarter of what is free for queues: the rest of the machine must live. */
static u64 tcp_memory_limit(void)
{
	return MIN(MAX(page_free_bytes() / 4, TCP_MEMORY_MIN), TCP_MEMORY_MAX);
}

static void tcp_table_setup(struct tcp_table *t, struct net *net)
{
	t->net = net;
	t->conn_mask = TCP_CONN_BUCKETS - 1;
	t->conf = (struct tcp_conf){
		.timestamps = true,
		.push_segs = 2,
	};
	t->memory_max = tcp_memory_limit();
	kmem_cache_init(&t->sock_cache, "tcp_sock", sizeof(struct tcp_sock));
	kmem_cache_init(&t->request_cache, "tcp_request",
			sizeof(struct tcp_request));
	kmem_cache_init(&t->timewait_cache, "tcp_timewait",
			sizeof(struct tcp_timewait));
	list_init(&t->timewaits);
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
	t->conns = kzalloc(TCP_CONN_BUCKETS * sizeof(*t->conns));
	if (!t->conns) {
		kfree(t);
		return -ENOMEM;
	}
	tcp_table_setup(t, net);
	net->tcp = t;
	return 0;
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

	for (u32 i = 0; i <= t->conn_mask; i++)
		while (t->conns[i].first)
			tcp_conn_kill(container_of(t->conns[i].first,
						   struct tcp_conn, node));
	del_timer(&t->timewait_timer);
	ASSERT(!t->memory && !t->orphan_count && !t->conn_count);
	kmem_cache_destroy(&t->timewait_cache);
	kmem_cache_destroy(&t->request_cache);
	kmem_cache_destroy(&t->sock_cache);
	kfree(t->conns);
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
