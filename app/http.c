/*
 * The server: its listening socket, one round of its work, and the task.
 */
#include "kernel/task.h"
#include "kernel/timer.h"
#include "lib/errno.h"
#include "app/http_conn.h"

const struct http_config http_default = {
	.port = 80,
	.conns_max = 4000,
	.mem_max = 4u << 20,
	.idle_ms = 30000,
	.head_ms = 10000,
	.body_ms = 10000,
	.body_least = 4096,
	.send_ms = 30000,
	.send_least = 2048,
	.linger_ms = 2000,
};

/*
 * What a client may send ahead: a body at most. The option counts half of it,
 * and TCP takes twice as much in buffers.
 */
#define RCVBUF (HTTP_BODY_MAX / 2)

static void take_client(struct http_server *srv, struct socket *sock)
{
	struct http_conn *conn = NULL;

	if (http_make_room(srv))
		conn = http_conn_new(srv, sock);
	if (!conn) {
		srv->refused++;
		http_reset(sock);
		sock_close(sock);
		return;
	}
	srv->accepted++;
	sock->nonblock = true;
	/* The request is often there already: no event is waited for. */
	http_conn_run(conn);
}

/* The listener is edge-triggered: on until it has none, or another turn. */
static void take_clients(struct http_server *srv)
{
	srv->accept_again = false;
	for (u32 i = 0; i < HTTP_BATCH; i++) {
		struct socket *sock;
		int err = sock_accept(srv->listener, &sock, NULL);

		if (err == -EAGAIN)
			return;
		if (!err)
			take_client(srv, sock);
	}
	srv->accept_again = true;
}

static void take_event(struct http_server *srv, const struct epoll_event *event)
{
	struct http_conn *conn = event->data;

	if (!conn) {
		take_clients(srv);
	} else if (conn->state != CONN_GONE) {
		if (event->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
			conn->hung_up = true;
		http_conn_run(conn);
	}
}

/* Another turn for those whose last one ended before their input did. */
static void take_again(struct http_server *srv)
{
	struct list_head turn = LIST_HEAD_INIT(turn);

	if (srv->accept_again)
		take_clients(srv);
	list_splice_tail(&srv->again, &turn);
	while (!list_empty(&turn)) {
		struct http_conn *conn =
			list_first(&turn, struct http_conn, again_node);

		list_del(&conn->again_node);
		http_conn_run(conn);
	}
}

static u64 next_wait(const struct http_server *srv, u64 timeout_ms)
{
	u64 now;

	if (srv->accept_again || !list_empty(&srv->again) || !timeout_ms)
		return 0;
	if (srv->due_ms == WAIT_FOREVER)
		return timeout_ms;
	now = clock_ms();
	return MIN(timeout_ms, srv->due_ms > now ? srv->due_ms - now : 0);
}

void http_poll(struct http_server *srv, u64 timeout_ms)
{
	struct epoll_event events[HTTP_BATCH];
	int n = epoll_wait(srv->ep, events, HTTP_BATCH,
			   next_wait(srv, timeout_ms));

	srv->now_ms = clock_ms();
	page_store_refresh(&srv->pages, srv->now_ms);
	sock_batch_begin(srv->net);
	for (int i = 0; i < n; i++)
		take_event(srv, &events[i]);
	take_again(srv);
	http_expire(srv);
	sock_batch_end(srv->net);
	http_free_gone(srv);
}

static int http_listen(struct http_server *srv)
{
	struct sockaddr_in addr = {AF_INET, htons(srv->config.port),
				   INADDR_ANY};
	struct epoll_event event = {EPOLLIN | EPOLLET, NULL};
	int on = 1, rcvbuf = RCVBUF, err;

	srv->ep = epoll_create();
	if (!srv->ep)
		return -ENOMEM;
	err = sock_create(srv->net, AF_INET, SOCK_STREAM, 0, &srv->listener);
	if (err)
		return err;
	srv->listener->nonblock = true;
	err = sock_setsockopt(srv->listener, SOL_SOCKET, SO_REUSEADDR, &on,
			      sizeof(on));
	if (!err)
		err = sock_setsockopt(srv->listener, SOL_SOCKET, SO_RCVBUF,
				      &rcvbuf, sizeof(rcvbuf));
	if (!err)
		err = sock_bind(srv->listener, &addr);
	if (!err)
		err = sock_listen(srv->listener, SOMAXCONN);
	if (!err)
		err = epoll_ctl(srv->ep, EPOLL_CTL_ADD, srv->listener, &event);
	return err;
}

struct http_server *http_create(struct net *net,
				const struct http_config *config, int *err)
{
	struct http_server *srv = kzalloc(sizeof(*srv));

	*err = -ENOMEM;
	if (!srv)
		return NULL;
	srv->net = net;
	srv->config = *config;
	srv->now_ms = clock_ms();
	srv->due_ms = WAIT_FOREVER;
	kmem_cache_init(&srv->conn_cache, "http_conn",
			sizeof(struct http_conn));
	for (u32 i = 0; i < CONN_STATES; i++)
		list_init(&srv->conns[i]);
	list_init(&srv->busy);
	list_init(&srv->again);
	list_init(&srv->gone);
	if (config->site)
		srv->site = site_open(config->site, config->site_len);
	*err = page_store_init(&srv->pages);
	if (!*err)
		*err = http_listen(srv);
	if (!*err)
		return srv;
	http_stop(srv);
	http_free(srv);
	return NULL;
}

void http_stop(struct http_server *srv)
{
	for (u32 i = 0; i < CONN_STATES; i++)
		while (!list_empty(&srv->conns[i]))
			http_conn_close(list_first(&srv->conns[i],
						   struct http_conn, node));
	http_free_gone(srv);
	if (srv->listener)
		sock_close(srv->listener);
	srv->listener = NULL;
	if (srv->ep)
		epoll_close(srv->ep);
	srv->ep = NULL;
}

void http_free(struct http_server *srv)
{
	if (srv->site)
		site_close(srv->site);
	page_store_free(&srv->pages);
	kmem_cache_destroy(&srv->conn_cache);
	kfree(srv);
}

static void http_task(void *arg)
{
	for (;;) {
		http_poll(arg, WAIT_FOREVER);
		/* A busy server never sleeps: others have their turn. */
		task_yield();
	}
}

int http_start(struct net *net, const struct http_config *config)
{
	int err;
	struct http_server *srv = http_create(net, config, &err);

	if (!srv)
		return err;
	if (task_create("http", http_task, srv))
		return 0;
	http_stop(srv);
	http_free(srv);
	return -ENOMEM;
}
