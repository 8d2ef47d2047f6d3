/*
 * The telnet server: it asks the client to send each key by itself (WILL
 * ECHO, WILL SUPPRESS-GO-AHEAD: RFC 857, 858) and reads over what else the
 * client says. Sessions are few, and end when their user says nothing.
 */
#include "app/shell/telnetd.h"

#include "kernel/slab.h"
#include "kernel/task.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "app/shell/shell_start.h"

#define IAC  255
#define DONT 254
#define WILL 251
#define SB   250
#define SE   240
#define INTR 244 /* interrupt process: ^C */

#define ECHO		1
#define GO_AHEAD	3
#define SEND_TIMEOUT_MS 30000
#define OUT_SIZE	512

struct telnetd {
	struct shell_host *host;
	struct socket *listener;
	u32 sessions;
};

struct session {
	struct shell_io io; /* must be first */
	struct telnetd *server;
	struct socket *sock;
	enum telnet_state state;
	bool gone;
	u8 in[64];
	u32 in_len, in_at;
	struct shell shell;
};

static int filter_command(enum telnet_state *state, u8 byte)
{
	*state = TELNET_DATA;
	if (byte >= WILL && byte <= DONT)
		*state = TELNET_OPTION;
	else if (byte == SB)
		*state = TELNET_SUB;
	else if (byte == INTR)
		return 3;
	return byte == IAC ? IAC : -1;
}

int telnet_filter(enum telnet_state *state, u8 byte)
{
	switch (*state) {
	case TELNET_IAC:
		return filter_command(state, byte);
	case TELNET_OPTION:
		*state = TELNET_DATA;
		return -1;
	case TELNET_SUB:
		if (byte == IAC)
			*state = TELNET_SUB_IAC;
		return -1;
	case TELNET_SUB_IAC:
		*state = byte == SE ? TELNET_DATA : TELNET_SUB;
		return -1;
	case TELNET_CR:
		*state = TELNET_DATA;
		if (byte == '\n' || byte == '\0')
			return -1;
		break;
	case TELNET_DATA:
		break;
	}
	if (byte == IAC)
		*state = TELNET_IAC;
	else if (byte == '\r')
		*state = TELNET_CR;
	return byte == IAC ? -1 : byte;
}

static int fill_input(struct session *s, u64 timeout_ms)
{
	u64 wait = MIN(timeout_ms, (u64)TELNET_IDLE_MS);
	ssize_t n;

	(void)sock_setsockopt(s->sock, SOL_SOCKET, SO_RCVTIMEO, &wait,
			      sizeof(wait));
	task_yield(); /* a user may type without a pause */
	n = sock_recv(s->sock, s->in, sizeof(s->in), wait ? 0 : MSG_DONTWAIT);
	if (n == -EAGAIN)
		return timeout_ms > TELNET_IDLE_MS ? -EPIPE : -ETIMEDOUT;
	if (n <= 0) {
		s->gone = true;
		return -EPIPE;
	}
	s->in_len = (u32)n;
	s->in_at = 0;
	return 0;
}

static int session_read(struct shell_io *io, u64 timeout_ms)
{
	struct session *s = container_of(io, struct session, io);

	for (;;) {
		int byte, err = 0;

		if (s->gone)
			return -EPIPE;
		if (s->in_at == s->in_len)
			err = fill_input(s, timeout_ms);
		if (err)
			return err;
		byte = telnet_filter(&s->state, s->in[s->in_at++]);
		if (byte >= 0)
			return byte;
	}
}

static void session_send(struct session *s, const void *bytes, size_t len)
{
	if (!s->gone && sock_send(s->sock, bytes, len, 0) != (ssize_t)len)
		s->gone = true;
}

/* Lines end in CR LF on the wire. */
static void session_write(struct shell_io *io, const char *text, size_t len)
{
	struct session *s = container_of(io, struct session, io);
	char out[OUT_SIZE];
	size_t fill = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			out[fill++] = '\r';
		out[fill++] = text[i];
		if (fill + 2 > sizeof(out)) {
			session_send(s, out, fill);
			fill = 0;
		}
	}
	if (fill)
		session_send(s, out, fill);
}

static void session_task(void *arg)
{
	static const u8 hello[] = {IAC, WILL, ECHO, IAC, WILL, GO_AHEAD};
	struct session *s = arg;

	session_send(s, hello, sizeof(hello));
	shell_run(&s->shell);
	sock_close(s->sock);
	s->server->sessions--;
	kfree(s);
}

static struct session *session_new(struct telnetd *d, struct socket *sock)
{
	struct session *s;
	u64 timeout = SEND_TIMEOUT_MS;
	int on = 1;

	if (d->sessions == TELNET_SESSIONS)
		return NULL;
	s = kzalloc(sizeof(*s));
	if (!s)
		return NULL;
	s->io = (struct shell_io){session_read, session_write};
	s->server = d;
	s->sock = sock;
	shell_init(&s->shell, d->host, &s->io);
	(void)sock_setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &timeout,
			      sizeof(timeout));
	(void)sock_setsockopt(sock, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	return s;
}

static void take_user(struct telnetd *d, struct socket *sock)
{
	static const char sorry[] = "Too many users\r\n";
	struct session *s = session_new(d, sock);

	if (s && task_create("telnet", session_task, s)) {
		d->sessions++;
		return;
	}
	kfree(s);
	(void)sock_send(sock, sorry, sizeof(sorry) - 1, MSG_DONTWAIT);
	sock_close(sock);
}

int telnetd_one(struct telnetd *d)
{
	struct socket *sock;
	int err = sock_accept(d->listener, &sock, NULL);

	if (!err)
		take_user(d, sock);
	return err;
}

static void telnetd_task(void *arg)
{
	for (;;) {
		if (telnetd_one(arg))
			task_sleep_ms(100); /* no memory: it may come back */
		task_yield();
	}
}

static int telnetd_listen(struct telnetd *d)
{
	struct sockaddr_in addr = {AF_INET, htons(TELNET_PORT), INADDR_ANY};
	int err = sock_create(d->host->net, AF_INET, SOCK_STREAM, 0,
			      &d->listener);

	if (err)
		return err;
	err = sock_bind(d->listener, &addr);
	return err ? err : sock_listen(d->listener, TELNET_SESSIONS);
}

struct telnetd *telnetd_create(struct shell_host *host, int *err)
{
	struct telnetd *d = kzalloc(sizeof(*d));

	*err = -ENOMEM;
	if (!d)
		return NULL;
	d->host = host;
	*err = telnetd_listen(d);
	if (!*err)
		return d;
	telnetd_free(d);
	return NULL;
}

void telnetd_free(struct telnetd *d)
{
	if (d->listener)
		sock_close(d->listener);
	kfree(d);
}

int telnetd_start(struct shell_host *host)
{
	int err;
	struct telnetd *d = telnetd_create(host, &err);

	if (d && !task_create("telnetd", telnetd_task, d)) {
		telnetd_free(d);
		err = -ENOMEM;
	}
	return err;
}
