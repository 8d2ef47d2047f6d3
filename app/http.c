/*
 * The server around the connections: accepting them, their number and their
 * deadlines, and the task. Each state has one delay, so that appending to its
 * list keeps the list in order: a deadline costs two list operations and no
 * timer.
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

static u32 state_ms(const struct http_config *config, enum http_state state)
{
	switch (state) {
	case CONN_HEAD:
		return config->head_ms;
	case CONN_BODY:
		return config->body_ms;
	case CONN_SEND:
		return config->send_ms;
	case CONN_LINGER:
		return config->linger_ms;
	default:
		return config->idle_ms;
	}
}

void http_conn_set(struct http_conn *conn, enum http_state state)
{
	struct http_server *srv = conn->srv;

	conn->state = state;
	conn->moved = 0;
	conn->deadline_ms = srv->now_ms + state_ms(&srv->config, state);
	list_del(&conn->node);
	list_add_tail(&conn->node, &srv->conns[state]);
}

struct http_conn *http_conn_new(struct http_server *srv, struct socket *sock)
{
	struct http_conn *conn = kmem_cache_alloc(&srv->conn_cache);

	if (!conn)
		return NULL;
	*conn = (struct http_conn){.srv = srv, .sock = sock};
	list_init(&conn->node);
	list_init(&conn->again_node);
	http_conn_set(conn, CONN_IDLE);
	srv->count++;
	return conn;
}

/* The struct stays until the batch is over: an event may still name it. */
void http_conn_close(struct http_conn *conn)
{
	struct http_server *srv = conn->srv;

	if (conn->state == CONN_GONE)
		return;
	conn->state = CONN_GONE;
	sock_close(conn->sock);
	conn->sock = NULL;
	http_out_free(conn);
	if (conn->buf)
		http_release(srv, conn->buf, conn->buf_size);
	conn->buf = NULL;
	srv->count--;
	list_del(&conn->again_node);
	list_del(&conn->node);
	list_add_tail(&conn->node, &srv->gone);
}

static void sock_reset(struct socket *sock)
{
	struct linger now = {.onoff = 1, .seconds = 0};

	(void)sock_setsockopt(sock, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

void http_conn_abort(struct http_conn *conn)
{
	sock_reset(conn->sock);
	http_conn_close(conn);
}

/* Room for one more: the longest idle goes, or the slowest to ask. */
static bool make_room(struct http_server *srv)
{
	static const enum http_state states[] = {CONN_IDLE, CONN_LINGER,
						 CONN_HEAD};

	if (srv->count < srv->config.conns_max)
		return true;
	for (u32 i = 0; i < ARRAY_SIZE(states); i++) {
		struct list_head *list = &srv->conns[states[i]];

		if (list_empty(list))
			continue;
		srv->shed++;
		http_conn_close(list_first(list, struct http_conn, node));
		return true;
	}
	return false;
}

static void take_client(struct http_server *srv, struct socket *sock)
{
	struct http_conn *conn = NULL;

	if (make_room(srv))
		conn = http_conn_new(srv, sock);
	if (!conn) {
		srv->refused++;
		sock_reset(sock);
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

static void expire(struct http_server *srv)
{
	for (u32 state = 0; state < CONN_STATES; state++) {
		struct list_head *list = &srv->conns[state];

		while (!list_empty(list)) {
			struct http_conn *conn =
				list_first(list, struct http_conn, node);

			if (conn->deadline_ms > srv->now_ms)
				break;
			http_conn_expired(conn);
		}
	}
}

static void free_gone(struct http_server *srv)
{
	while (!list_empty(&srv->gone)) {
		struct http_conn *conn =
			list_first(&srv->gone, struct http_conn, node);

		list_del(&conn->node);
		kmem_cache_free(&srv->conn_cache, conn);
	}
}

static u64 next_wait(const struct http_server *srv, u64 timeout_ms)
{
	u64 now = clock_ms();

	if (srv->accept_again || !list_empty(&srv->again))
		return 0;
	for (u32 state = 0; state < CONN_STATES; state++) {
		const struct list_head *list = &srv->conns[state];
		u64 at;

		if (list_empty(list))
			continue;
		at = list_first(list, struct http_conn, node)->deadline_ms;
		timeout_ms = MIN(timeout_ms, at > now ? at - now : 0);
	}
	return timeout_ms;
}

void http_poll(struct http_server *srv, u64 timeout_ms)
{
	struct epoll_event events[HTTP_BATCH];
	int n = epoll_wait(srv->ep, events, HTTP_BATCH,
			   next_wait(srv, timeout_ms));

	srv->now_ms = clock_ms();
	sock_batch_begin(srv->net);
	for (int i = 0; i < n; i++)
		take_event(srv, &events[i]);
	take_again(srv);
	expire(srv);
	sock_batch_end(srv->net);
	free_gone(srv);
}

static int http_listen(struct http_server *srv)
{
	struct sockaddr_in addr = {AF_INET, htons(srv->config.port),
				   INADDR_ANY};
	struct epoll_event event = {EPOLLIN | EPOLLET, NULL};
	int on = 1, err;

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
	kmem_cache_init(&srv->conn_cache, "http_conn",
			sizeof(struct http_conn));
	for (u32 i = 0; i < CONN_STATES; i++)
		list_init(&srv->conns[i]);
	list_init(&srv->again);
	list_init(&srv->gone);
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
	free_gone(srv);
	if (srv->listener)
		sock_close(srv->listener);
	srv->listener = NULL;
	if (srv->ep)
		epoll_close(srv->ep);
	srv->ep = NULL;
}

void http_free(struct http_server *srv)
{
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
