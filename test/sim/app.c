/*
 * The programs: both ends of each connection write and read pieces of random
 * size at random times, pause, shut down, close or abort. What arrives is
 * compared with what the other end writes, byte by byte.
 */
#include <stdlib.h>
#include <string.h>
#include "test/host/machine_sim.h"
#include "test/sim/world.h"

#define PORT	    80
#define CLOSED_PORT 81
#define CALLS	    64 /* of one kind in a row */
#define READ_MAX    65536
#define KEEPIDLE_S  60
#define KEEPINTVL_S 20

/* ---- outcomes ---- */

static void finish(struct endpoint *end, enum outcome outcome, int err)
{
	if (end->sock)
		sock_close(end->sock);
	end->sock = NULL;
	end->shut = true;
	end->outcome = outcome;
	end->err = err;
}

static struct endpoint *other(const struct endpoint *end)
{
	return &end->conn->end[!end->side];
}

static struct world *world_of(const struct endpoint *end)
{
	return end->conn->world;
}

/* ---- options ---- */

/* Without memory an option is not set: that is no matter here. */
static void set(struct socket *sock, int level, int name, int value)
{
	(void)sock_setsockopt(sock, level, name, &value, sizeof(value));
}

static void set_buffers(struct socket *sock, const struct app_params *params)
{
	if (params->rcvbuf)
		set(sock, SOL_SOCKET, SO_RCVBUF, (int)params->rcvbuf);
	if (params->sndbuf)
		set(sock, SOL_SOCKET, SO_SNDBUF, (int)params->sndbuf);
}

static void set_options(struct socket *sock, const struct app_params *params)
{
	set_buffers(sock, params);
	if (params->user_timeout_ms)
		set(sock, SOL_TCP, TCP_USER_TIMEOUT,
		    (int)params->user_timeout_ms);
	set(sock, SOL_TCP, TCP_NODELAY, params->nodelay);
	set(sock, SOL_SOCKET, SO_KEEPALIVE, params->keepalive);
	set(sock, SOL_TCP, TCP_KEEPIDLE, KEEPIDLE_S);
	set(sock, SOL_TCP, TCP_KEEPINTVL, KEEPINTVL_S);
}

static void adopt(struct endpoint *end, struct socket *sock)
{
	sock->nonblock = true;
	end->sock = sock;
	end->tp = tcp_sk(sock->sk);
	sock_hold(sock->sk);
	set_options(sock, end->params);
}

/* ---- beginnings ---- */

static void client_start(struct world *w, struct conn *conn)
{
	struct sockaddr_in to = {AF_INET, htons(PORT), host_addr(0)};
	struct host *host = &w->hosts[conn->params->client];
	struct endpoint *end = &conn->end[0];
	struct socket *sock;
	int err;

	conn->started = true;
	if (conn->params->refused)
		to.port = htons(CLOSED_PORT);
	err = sock_create(host->net, AF_INET, SOCK_STREAM, 0, &sock);
	if (err) {
		finish(end, FAILED, err);
		return;
	}
	adopt(end, sock);
	err = sock_connect(sock, &to);
	conn->port = sock->sk->sport;
	if (err != -EINPROGRESS)
		finish(end, FAILED, err);
}

static struct conn *conn_of(struct world *w, const struct sockaddr_in *peer)
{
	for (u32 i = 0; i < w->sc->nr_conns; i++) {
		struct conn *conn = &w->conns[i];
		be32 addr = host_addr(conn->params->client);

		if (conn->started && conn->port.raw == peer->port.raw &&
		    be32_eq(addr, peer->addr))
			return conn;
	}
	world_fail(w, "a connection that nobody made");
}

static void pause_for(struct world *w, u64 *wake_ns, u32 ms_max)
{
	u32 us = rng_log(&w->app_rng, 1, ms_max * 1000);

	*wake_ns = machine_now_ns() + us * 1000ull;
}

static void server_accept(struct world *w)
{
	struct server *server = &w->server;
	struct sockaddr_in peer;
	struct socket *sock;
	struct conn *conn;

	while (machine_now_ns() >= server->wake_ns &&
	       !sock_accept(server->listener, &sock, &peer)) {
		conn = conn_of(w, &peer);
		if (conn->end[1].tp)
			world_fail(w, "a connection was accepted twice");
		adopt(&conn->end[1], sock);
		conn->end[1].connected = true;
		if (w->sc->accept_pause_ms)
			pause_for(w, &server->wake_ns, w->sc->accept_pause_ms);
	}
}

/* ---- the conversation ---- */

static void maybe_pause(struct endpoint *end)
{
	struct world *w = world_of(end);

	if (rng_chance(&w->app_rng, end->params->pause_chance))
		pause_for(w, &end->wake_ns, end->params->pause_ms_max);
}

/* There is more to do: no event may tell of it. */
static void rest(struct endpoint *end)
{
	end->wake_ns = machine_now_ns() + NS_PER_MS;
}

static bool paused(const struct endpoint *end)
{
	return machine_now_ns() < end->wake_ns;
}

/* Why the connection has gone. */
static int pending_error(struct endpoint *end)
{
	u32 len = sizeof(int);
	int err = 0;

	(void)sock_getsockopt(end->sock, SOL_SOCKET, SO_ERROR, &err, &len);
	return -err;
}

static bool check_connected(struct endpoint *end)
{
	u32 events = sock_poll(end->sock);

	if (events & (EPOLLERR | EPOLLHUP)) {
		finish(end, FAILED, pending_error(end));
		return false;
	}
	end->connected = events & EPOLLOUT;
	return end->connected;
}

static void check_read(struct endpoint *end, const u8 *bytes, u32 len)
{
	const struct endpoint *peer = other(end);
	u64 now = machine_now_ns();

	if (len > peer->sent - end->received)
		world_fail(world_of(end), "%u bytes more than were sent",
			   len - (peer->sent - end->received));
	if (memcmp(bytes, end->conn->bytes[peer->side] + end->received, len))
		world_fail(world_of(end), "a wrong byte in %u from %u on", len,
			   end->received);
	end->received += len;
	world_of(end)->figures.bytes += len;
	world_note(world_of(end), &now, sizeof(now));
	world_note(world_of(end), bytes, len);
}

/*
 * A FIN comes behind everything that its sender wrote. A server without the
 * memory to accept closes a connection that it has not seen.
 */
static void check_eof(struct endpoint *end)
{
	const struct endpoint *peer = other(end);
	bool unseen = !peer->tp && world_of(end)->sc->fail_every;

	if (end->received != peer->sent || (!peer->shut && !unseen))
		world_fail(world_of(end), "the stream ended %u bytes early",
			   peer->sent - end->received);
	end->eof = true;
}

static void app_read(struct endpoint *end)
{
	struct rng *rng = &world_of(end)->app_rng;
	u8 bytes[READ_MAX];
	ssize_t n;

	for (int i = 0; !end->eof && !paused(end); i++) {
		u32 most = rng_range(rng, 1, end->params->read_max);

		n = sock_recv(end->sock, bytes, MIN(most, READ_MAX), 0);
		if (n == -EAGAIN)
			return;
		if (n < 0) {
			finish(end, FAILED, (int)n);
			return;
		}
		if (n == 0)
			check_eof(end);
		else
			check_read(end, bytes, (u32)n);
		maybe_pause(end);
		if (i == CALLS)
			rest(end);
	}
}

static void app_write(struct endpoint *end)
{
	struct rng *rng = &world_of(end)->app_rng;
	ssize_t n;

	for (int i = 0; end->sent < end->params->total; i++) {
		u32 len = rng_range(rng, 1, end->params->write_max);
		u32 flags = rng_chance(rng, PERMYRIAD / 2) ? MSG_STATIC : 0;

		if (rng_chance(rng, PERMYRIAD / 16))
			flags |= MSG_MORE;
		if (paused(end))
			return;
		len = MIN(len, end->params->total - end->sent);
		n = sock_send(end->sock,
			      end->conn->bytes[end->side] + end->sent, len,
			      flags);
		if (n == -EAGAIN || n == -ENOMEM)
			return;
		if (n < 0) {
			finish(end, FAILED, (int)n);
			return;
		}
		end->sent += (u32)n;
		maybe_pause(end);
		if (i == CALLS)
			rest(end);
	}
}

static void app_abort(struct endpoint *end)
{
	const struct linger now = {.onoff = 1};

	if (end->params->ending == END_RESET)
		(void)sock_setsockopt(end->sock, SOL_SOCKET, SO_LINGER, &now,
				      sizeof(now));
	finish(end, ABORTED, 0);
}

static void app_shutdown(struct endpoint *end)
{
	int err = sock_shutdown(end->sock, SHUT_WR);

	end->shut = true;
	if (err)
		finish(end, FAILED, pending_error(end));
	else if (end->params->leave_ms)
		end->wake_ns =
			machine_now_ns() + end->params->leave_ms * NS_PER_MS;
}

static void app_end(struct endpoint *end)
{
	bool leaves = end->params->ending == END_CLOSE;

	if (end->sent < end->params->total || (end->params->waits && !end->eof))
		return;
	if (!end->shut && (!leaves || end->params->leave_ms))
		app_shutdown(end);
	if (end->sock && !paused(end) && (leaves || end->eof))
		finish(end, SUCCESS, 0);
}

static bool app_gives_up(const struct endpoint *end)
{
	return ending_aborts(end->params->ending) &&
	       (u64)end->sent + end->received >= end->params->abort_bytes;
}

static void app_step(struct endpoint *end)
{
	if (!end->sock || paused(end))
		return;
	if (!end->connected && !check_connected(end))
		return;
	if (app_gives_up(end)) {
		app_abort(end);
		return;
	}
	app_read(end);
	if (end->sock)
		app_write(end);
	if (end->sock)
		app_end(end);
}

void apps_step(struct world *w)
{
	for (u32 i = 0; i < w->sc->nr_conns; i++) {
		struct conn *conn = &w->conns[i];

		if (!conn->started &&
		    machine_now_ns() >= conn->params->start_ns)
			client_start(w, conn);
	}
	server_accept(w);
	for (u32 i = 0; i < w->sc->nr_conns; i++) {
		app_step(&w->conns[i].end[0]);
		app_step(&w->conns[i].end[1]);
	}
	sim_settle();
}

/* ---- times ---- */

static u64 later(u64 when_ns)
{
	return when_ns > machine_now_ns() ? when_ns : UINT64_MAX;
}

u64 apps_next_ns(const struct world *w)
{
	u64 next = later(w->server.wake_ns);

	for (u32 i = 0; i < w->sc->nr_conns; i++) {
		const struct conn *conn = &w->conns[i];

		if (!conn->started)
			next = MIN(next, conn->params->start_ns);
		for (int side = 0; side < 2; side++)
			if (conn->end[side].sock)
				next = MIN(next,
					   later(conn->end[side].wake_ns));
	}
	return next;
}

/*
 * A client that has closed in success leaves work to the server, as long as
 * its connection lives; any other's server may never have heard of it.
 */
static bool conn_done(const struct conn *conn)
{
	const struct endpoint *client = &conn->end[0], *server = &conn->end[1];

	if (client->outcome == RUNNING || server->sock)
		return false;
	return server->outcome != RUNNING || client->outcome != SUCCESS ||
	       client->tp->sk.state == TCP_CLOSE;
}

bool apps_done(const struct world *w)
{
	for (u32 i = 0; i < w->sc->nr_conns; i++)
		if (!conn_done(&w->conns[i]))
			return false;
	return true;
}

/* ---- life and death ---- */

static u8 *draw_bytes(u64 seed, u32 stream, u32 total)
{
	u32 words = total / 8 + 1;
	u64 *bytes = malloc(words * 8ull);
	struct rng rng = rng_stream(seed, 1000 + stream);

	for (u32 i = 0; i < words; i++)
		bytes[i] = rng_next(&rng);
	return (u8 *)bytes;
}

static void listen_on(struct world *w)
{
	struct sockaddr_in any = {AF_INET, htons(PORT), INADDR_ANY};
	struct socket *sock;

	if (sock_create(w->hosts[0].net, AF_INET, SOCK_STREAM, 0, &sock) ||
	    sock_bind(sock, &any) || sock_listen(sock, (int)w->sc->backlog))
		world_fail(w, "no listener");
	sock->nonblock = true;
	set_buffers(sock, &w->sc->conns[0].app[1]); /* its SYNs tell of them */
	w->server.listener = sock;
}

void apps_create(struct world *w)
{
	for (u32 i = 0; i < w->sc->nr_conns; i++) {
		struct conn *conn = &w->conns[i];

		conn->world = w;
		conn->params = &w->sc->conns[i];
		for (u32 side = 0; side < 2; side++) {
			conn->end[side].conn = conn;
			conn->end[side].side = side;
			conn->end[side].params = &conn->params->app[side];
			conn->bytes[side] =
				draw_bytes(w->sc->seed, 2 * i + side,
					   conn->params->app[side].total);
		}
	}
	listen_on(w);
}

void apps_release(struct world *w)
{
	sock_close(w->server.listener);
	local_bh_disable();
	for (u32 i = 0; i < w->sc->nr_conns; i++) {
		for (int side = 0; side < 2; side++) {
			struct endpoint *end = &w->conns[i].end[side];

			if (end->tp)
				sock_put(&end->tp->sk);
			end->tp = NULL;
		}
	}
	local_bh_enable();
}

/* MSG_STATIC: not before the last sk_buff is gone. */
void apps_destroy(struct world *w)
{
	for (u32 i = 0; i < w->sc->nr_conns; i++) {
		free(w->conns[i].bytes[0]);
		free(w->conns[i].bytes[1]);
	}
}
