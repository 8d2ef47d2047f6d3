/*
 * The table of connections: their number, their states and deadlines. Each
 * state has one delay, so that appending to its list keeps the list in order:
 * a deadline costs two list operations and no timer.
 */
#include "kernel/timer.h"
#include "app/http_conn.h"

#define STALL_MS   1000 /* without progress: may be given up for another */
#define STEP_LEAST 64	/* bytes at once; less is no progress */
#define SHED_LOOKS 16	/* at stalled ones, for one newcomer */

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

static void conn_got_on(struct http_conn *conn)
{
	conn->moved_ms = conn->srv->now_ms;
	list_del(&conn->busy_node);
	list_add_tail(&conn->busy_node, &conn->srv->busy);
}

void http_conn_moved(struct http_conn *conn, u32 n)
{
	conn->moved += n;
	if (n >= STEP_LEAST && !list_empty(&conn->busy_node))
		conn_got_on(conn);
}

void http_conn_set(struct http_conn *conn, enum http_state state)
{
	struct http_server *srv = conn->srv;

	conn->state = state;
	conn->moved = 0;
	conn->deadline_ms = srv->now_ms + state_ms(&srv->config, state);
	if (conn->deadline_ms < srv->due_ms)
		srv->due_ms = conn->deadline_ms;
	list_del(&conn->node);
	list_add_tail(&conn->node, &srv->conns[state]);
	if (unlikely(state == CONN_BODY || state == CONN_SEND)) {
		if (list_empty(&conn->busy_node))
			conn_got_on(conn);
	} else if (unlikely(!list_empty(&conn->busy_node))) {
		list_del(&conn->busy_node);
	}
}

struct http_conn *http_conn_new(struct http_server *srv, struct socket *sock)
{
	struct http_conn *conn = kmem_cache_alloc(&srv->conn_cache);

	if (!conn)
		return NULL;
	*conn = (struct http_conn){.srv = srv, .sock = sock};
	list_init(&conn->node);
	list_init(&conn->again_node);
	list_init(&conn->busy_node);
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
	list_del(&conn->busy_node);
	list_del(&conn->node);
	list_add_tail(&conn->node, &srv->gone);
}

void http_reset(struct socket *sock)
{
	struct linger now = {.onoff = 1, .seconds = 0};

	(void)sock_setsockopt(sock, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

void http_conn_abort(struct http_conn *conn)
{
	http_reset(conn->sock);
	http_conn_close(conn);
}

/* The longest idle, or the slowest to leave or to ask. */
static bool shed_waiting(struct http_server *srv)
{
	static const enum http_state states[] = {CONN_IDLE, CONN_LINGER,
						 CONN_HEAD};

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

/*
 * Gives up the one that has been without progress for longest; false: none
 * has for long. Room and input may not have been reported yet: it has one
 * more turn first, and may get on, or end in another state.
 */
static bool shed_stalled(struct http_server *srv)
{
	struct http_conn *conn;

	if (list_empty(&srv->busy))
		return false;
	conn = list_first(&srv->busy, struct http_conn, busy_node);
	if (srv->now_ms - conn->moved_ms < STALL_MS)
		return false;
	http_conn_run(conn);
	if (!list_empty(&conn->busy_node) &&
	    srv->now_ms - conn->moved_ms >= STALL_MS) {
		srv->shed++;
		http_conn_abort(conn);
	}
	return true;
}

bool http_make_room(struct http_server *srv)
{
	for (u32 i = 0; srv->count >= srv->config.conns_max; i++) {
		if (shed_waiting(srv))
			continue;
		if (i >= SHED_LOOKS || !shed_stalled(srv))
			return false;
	}
	return true;
}

bool http_shed_head(struct http_conn *conn)
{
	struct http_server *srv = conn->srv;
	struct http_conn *other;

	list_for_each_entry (other, &srv->conns[CONN_HEAD], node) {
		if (other == conn || !other->buf)
			continue;
		srv->shed++;
		http_conn_close(other);
		return true;
	}
	return false;
}

/* Those of one state; the next one left is returned. */
static u64 expire_state(struct http_server *srv, struct list_head *list)
{
	while (!list_empty(list)) {
		struct http_conn *conn =
			list_first(list, struct http_conn, node);

		if (conn->deadline_ms > srv->now_ms)
			return conn->deadline_ms;
		http_conn_expired(conn);
	}
	return WAIT_FOREVER;
}

/*
 * Deadlines mostly move on, so due_ms is early rather than exact: it is set
 * right here, once it has come.
 */
void http_expire(struct http_server *srv)
{
	if (srv->now_ms < srv->due_ms)
		return;
	srv->due_ms = WAIT_FOREVER;
	for (u32 state = 0; state < CONN_STATES; state++) {
		u64 next = expire_state(srv, &srv->conns[state]);

		srv->due_ms = MIN(srv->due_ms, next);
	}
}

void http_free_gone(struct http_server *srv)
{
	while (!list_empty(&srv->gone)) {
		struct http_conn *conn =
			list_first(&srv->gone, struct http_conn, node);

		list_del(&conn->node);
		kmem_cache_free(&srv->conn_cache, conn);
	}
}
