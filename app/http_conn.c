/*
 * The state machine of one connection: read, parse, answer, send. Input goes
 * on only when the answer before has been taken by the socket, so that a
 * client that does not read is held by its own receive window.
 */
#include "kernel/softirq.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "app/http_conn.h"

#define SEND_FLAGS (MSG_DONTWAIT | MSG_NOSIGNAL)
#define KEEP_FIRST 1024 /* bytes for a cut head, to begin with */

static const char continue_line[] = "HTTP/1.1 100 Continue\r\n\r\n";

/* Tells the epoll what the connection waits for; false: it had to close. */
static bool conn_watch(struct http_conn *conn, bool want_out)
{
	struct epoll_event event = {
		EPOLLIN | EPOLLRDHUP | EPOLLET | (want_out ? EPOLLOUT : 0),
		conn,
	};

	if (conn->watched && (conn->want_out || !want_out))
		return true;
	if (epoll_ctl(conn->srv->ep,
		      conn->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, conn->sock,
		      &event)) {
		http_conn_close(conn);
		return false;
	}
	conn->watched = true;
	conn->want_out = want_out;
	return true;
}

/*
 * RFC 9112 section 9.6: closing with input unread resets the connection, and
 * the peer may lose the answer. So: our end first, then theirs, for a while.
 * Input that comes after the close is TCP's (tcp_data_after_close); none may
 * come between the look and the close.
 */
static void conn_end(struct http_conn *conn)
{
	bool staged;

	local_bh_disable();
	staged = conn->unread || sock_poll(conn->sock) & EPOLLIN;
	if (staged && !sock_shutdown(conn->sock, SHUT_WR))
		http_conn_set(conn, CONN_LINGER);
	else
		http_conn_close(conn);
	local_bh_enable();
}

/* The answer is with the socket. */
static void conn_answered(struct http_conn *conn)
{
	http_out_free(conn);
	if (conn->closing) {
		conn_end(conn);
		return;
	}
	http_request_init(&conn->req);
	http_conn_set(conn, CONN_IDLE);
}

/*
 * The date in the page store moves on, and what is left of this answer must
 * not: it becomes the connection's own. False: no memory.
 */
static bool cold out_own(struct http_conn *conn)
{
	struct http_out *out = &conn->out;
	u8 *memory = http_hold(conn, (u32)out->left);

	if (!memory)
		return false;
	memcpy(memory, out->at, out->left);
	out->at = out->owned = memory;
	out->owned_size = (u32)out->left;
	return true;
}

/* The answer waits for room; always false. */
static bool cold conn_blocked(struct http_conn *conn)
{
	struct http_out *out = &conn->out;

	if (!out->constant && !out->owned && !out_own(conn)) {
		http_conn_close(conn);
		return false;
	}
	if (conn->state != CONN_SEND)
		http_conn_set(conn, CONN_SEND);
	(void)conn_watch(conn, true);
	return false;
}

/* The first piece has been sent. */
static void out_next(struct http_conn *conn)
{
	struct http_out *out = &conn->out;

	if (out->next_left) {
		out->constant = true;
		out->at = out->next;
		out->left = out->next_left;
		out->next_left = 0;
	} else if (unlikely(out->parts)) {
		http_next_part(conn);
	}
}

/*
 * Sends what the socket takes. MSG_MORE before the close lets the last bytes
 * and the FIN leave in one segment. False: blocked, or closed.
 */
static bool conn_flush(struct http_conn *conn)
{
	struct http_out *out = &conn->out;

	while (out->left) {
		bool more = out->next_left || conn->closing;
		ssize_t n = sock_send(conn->sock, out->at, out->left,
				      SEND_FLAGS | (more ? MSG_MORE : 0) |
					      (out->constant ? MSG_STATIC : 0));

		if (n == -EAGAIN)
			return conn_blocked(conn);
		if (n <= 0) {
			http_conn_close(conn);
			return false;
		}
		if (unlikely(conn->state == CONN_SEND))
			http_conn_moved(conn, (u32)n);
		out->at += n;
		out->left -= (u64)n;
		if (!out->left)
			out_next(conn);
	}
	conn_answered(conn);
	return true;
}

static void conn_answer(struct http_conn *conn)
{
	http_reply(conn);
	(void)conn_flush(conn);
}

/* An answer after which nothing more of the input is understood. */
static void conn_fail(struct http_conn *conn, u32 status)
{
	conn->closing = conn->unread = true;
	conn->status = (u16)status;
	conn_answer(conn);
}

/* RFC 9110 section 10.1.1: only for a body that we shall read. */
static bool conn_continue(struct http_conn *conn, bool body_begun)
{
	u32 len = sizeof(continue_line) - 1;

	if (!(conn->req.flags & HTTP_F_EXPECT) || body_begun)
		return true;
	if (sock_send(conn->sock, continue_line, len,
		      SEND_FLAGS | MSG_STATIC) == (ssize_t)len)
		return true;
	http_conn_close(conn);
	return false;
}

/* A whole head at data, `used` of `len` bytes: answer, or read its body. */
static void conn_head_done(struct http_conn *conn, const u8 *data, u32 used,
			   u32 len)
{
	struct http_request *req = &conn->req;

	conn->status = (u16)http_route(conn, data);
	conn->closing = !http_keep_alive(req);
	conn->unread = used < len;
	(void)http_body_init(&conn->body, req);
	if (http_body_done(&conn->body)) {
		conn_answer(conn);
		return;
	}
	/* The final status in place of 100: the body may never come. */
	if (conn->status != 200 && req->flags & HTTP_F_EXPECT) {
		conn_fail(conn, conn->status);
		return;
	}
	if (conn_continue(conn, used < len))
		http_conn_set(conn, CONN_BODY);
}

/* Bytes of a head eaten: 0 when it is cut, all when it is refused. */
static u32 conn_head(struct http_conn *conn, const u8 *data, u32 len)
{
	int result = http_parse_head(&conn->req, data, len);
	u32 used = conn->req.line;

	if (likely(result == HTTP_COMPLETE)) {
		conn_head_done(conn, data, used, len);
		return used;
	}
	if (result == HTTP_NEED_MORE) {
		if (conn->state != CONN_HEAD)
			http_conn_set(conn, CONN_HEAD);
		return 0;
	}
	conn_fail(conn, (u32)result);
	return len;
}

static u32 conn_body(struct http_conn *conn, const u8 *data, u32 len)
{
	u32 used;
	int result = http_body_eat(&conn->body, data, len, &used);

	http_conn_moved(conn, used);
	if (result == HTTP_COMPLETE) {
		conn->unread = used < len;
		conn_answer(conn);
	} else if (result != HTTP_NEED_MORE) {
		conn_fail(conn, (u32)result);
	}
	return used;
}

static void conn_drop_buf(struct http_conn *conn)
{
	http_release(conn->srv, conn->buf, conn->buf_size);
	conn->buf = NULL;
	conn->buf_size = conn->buf_len = 0;
}

/* Room for `need` bytes in conn->buf, what it holds kept. */
static bool conn_reserve(struct http_conn *conn, u32 need)
{
	u32 size = KEEP_FIRST;
	u8 *buf;

	need++; /* the parser's 0 */
	if (need <= conn->buf_size)
		return true;
	while (size < need)
		size *= 2;
	buf = http_hold(conn, size);
	if (!buf)
		return false;
	if (conn->buf) {
		memcpy(buf, conn->buf, conn->buf_len);
		http_release(conn->srv, conn->buf, conn->buf_size);
	}
	conn->buf = buf;
	conn->buf_size = size;
	return true;
}

/*
 * No memory for the input: said at once, or, when an answer is under way, by
 * the end behind it.
 */
static void conn_starved(struct http_conn *conn)
{
	if (conn->state == CONN_SEND)
		conn->closing = conn->unread = true;
	else
		conn_fail(conn, 503);
	if (conn->buf)
		conn_drop_buf(conn);
}

/* Keeps the rest of the input, which may lie in conn->buf itself. */
static void conn_keep(struct http_conn *conn, const u8 *rest, u32 len)
{
	if (!len || conn->state >= CONN_LINGER ||
	    (conn->state == CONN_SEND && conn->closing)) {
		if (conn->buf)
			conn_drop_buf(conn);
		return;
	}
	if (!conn_reserve(conn, len)) {
		conn_starved(conn);
		return;
	}
	memmove(conn->buf, rest, len);
	conn->buf[len] = 0;
	conn->buf_len = len;
}

/* Requests in data[0, len) until they are eaten or an answer blocks. */
static void conn_eat(struct http_conn *conn, const u8 *data, u32 len)
{
	u32 at = 0;

	while (at < len && conn->state < CONN_SEND) {
		u32 used = conn->state == CONN_BODY
				   ? conn_body(conn, data + at, len - at)
				   : conn_head(conn, data + at, len - at);

		if (!used)
			break;
		at += used;
	}
	if (conn->state != CONN_GONE)
		conn_keep(conn, data + at, len - at);
}

/* The end of input or an error; half-closed clients have had their answer. */
static bool conn_eof(struct http_conn *conn, ssize_t n)
{
	if (n == -EAGAIN)
		(void)conn_watch(conn, false);
	else
		http_conn_close(conn);
	return false;
}

/* Reads once, behind a cut head if there is one; false: no more for now. */
static bool conn_read(struct http_conn *conn)
{
	struct http_server *srv = conn->srv;
	u8 *buf = srv->in;
	u32 have = 0, room = HTTP_HEAD_MAX;
	ssize_t n;

	if (conn->buf_len) {
		if (!conn_reserve(conn, conn->buf_len + 1)) {
			conn_starved(conn);
			return conn->state == CONN_LINGER;
		}
		buf = conn->buf;
		have = conn->buf_len;
		room = conn->buf_size - 1 - have;
	}
	n = sock_recv(conn->sock, buf + have, room, MSG_DONTWAIT);
	if (n <= 0)
		return conn_eof(conn, n);
	buf[have + (u32)n] = 0;
	if (conn->state != CONN_LINGER)
		conn_eat(conn, buf, have + (u32)n);
	if (conn->state == CONN_GONE || conn->state == CONN_SEND)
		return false;
	/* Edge-triggered: a full read may have left something. */
	if ((u32)n < room && !conn->hung_up) {
		(void)conn_watch(conn, false);
		return false;
	}
	return true;
}

void http_conn_run(struct http_conn *conn)
{
	for (u32 i = 0; i < HTTP_ROUNDS; i++) {
		if (conn->state == CONN_SEND && !conn_flush(conn))
			return;
		if (conn->state == CONN_IDLE && conn->buf_len)
			conn_eat(conn, conn->buf, conn->buf_len);
		if (conn->state == CONN_GONE)
			return;
		if (conn->state != CONN_SEND && !conn_read(conn))
			return;
	}
	if (list_empty(&conn->again_node))
		list_add_tail(&conn->again_node, &conn->srv->again);
}

/* A state with a rate: another span of time if enough has moved. */
static bool conn_fast_enough(struct http_conn *conn, u32 least)
{
	if (conn->moved < least)
		return false;
	http_conn_set(conn, conn->state);
	return true;
}

void http_conn_expired(struct http_conn *conn)
{
	const struct http_config *config = &conn->srv->config;

	/*
	 * TCP reports room late, a third of its buffer at once: what the peer
	 * has taken until now is known by filling that room.
	 */
	if (conn->state == CONN_SEND) {
		http_conn_run(conn);
		if (conn->state != CONN_SEND ||
		    conn->deadline_ms > conn->srv->now_ms)
			return;
	}
	if (conn->state == CONN_BODY &&
	    conn_fast_enough(conn, config->body_least))
		return;
	if (conn->state == CONN_SEND &&
	    conn_fast_enough(conn, config->send_least))
		return;
	conn->srv->timeouts++;
	switch (conn->state) {
	case CONN_HEAD:
	case CONN_BODY:
		conn_fail(conn, 408);
		if (conn->buf)
			conn_drop_buf(conn);
		break;
	case CONN_SEND:
		http_conn_abort(conn);
		break;
	default:
		http_conn_close(conn);
		break;
	}
}
