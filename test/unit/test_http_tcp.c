/*
 * The HTTP server over the real TCP and the loopback device: what a browser
 * would see, and what is left when it has gone.
 */
#include <stdlib.h>
#include <string.h>
#include "kernel/task.h"
#include "lib/printf.h"
#include "app/http.h"
#include "test/host/fixture.h"
#include "test/host/machine_sim.h"

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define BUF (2u << 20)

struct bed {
	struct fixture *f;
	struct http_server *srv;
	u64 boot_sockets;
	bool stop;
	char *buf;
	size_t len;
};

static void server_job(void *arg)
{
	struct bed *bed = arg;

	while (!bed->stop) {
		http_poll(bed->srv, 50);
		task_yield();
	}
}

static int setup(void **state)
{
	static struct bed bed;
	int err = 0;

	bed = (struct bed){.f = fixture_create(FIXTURE_FEATURES)};
	bed.buf = malloc(BUF);
	bed.srv = http_create(bed.f->net, &http_default, &err);
	*state = &bed;
	if (err || !task_create("http", server_job, &bed))
		return -1;
	sim_settle();
	bed.boot_sockets = bed.f->net->sock_live;
	return 0;
}

/* Two minutes: no TIME-WAIT, timer or packet may be left. */
static int teardown(void **state)
{
	struct bed *bed = *state;

	sim_run_ms(130000);
	assert_int_equal(bed->f->net->sock_live, bed->boot_sockets);
	assert_int_equal(bed->f->net->skb_live, 0);
	bed->stop = true;
	sim_run_ms(100);
	http_stop(bed->srv);
	sim_run_ms(1000);
	http_free(bed->srv);
	free(bed->buf);
	fixture_destroy(bed->f);
	return 0;
}

static struct socket *browse(struct bed *bed)
{
	const struct sockaddr_in to = {AF_INET, BE16(80), BE32(0x7f000001)};
	struct socket *sock;
	int err;

	assert_int_equal(
		sock_create(bed->f->net, AF_INET, SOCK_STREAM, 0, &sock), 0);
	sock->nonblock = true;
	err = sock_connect(sock, &to);
	assert_true(err == 0 || err == -EINPROGRESS);
	sim_settle();
	assert_true(sock_poll(sock) & EPOLLOUT);
	return sock;
}

/* Reads what comes until nothing does for a while; true at the end. */
static bool read_on(struct bed *bed, struct socket *sock)
{
	u32 quiet = 0;

	while (quiet < 20) {
		ssize_t n = sock_recv(sock, bed->buf + bed->len,
				      BUF - 1 - bed->len, 0);

		if (n == 0)
			return true;
		if (n > 0) {
			bed->len += (size_t)n;
			quiet = 0;
			continue;
		}
		assert_int_equal(n, -EAGAIN);
		sim_run_ms(10);
		quiet++;
	}
	return false;
}

static void put(struct socket *sock, const char *text)
{
	size_t len = strlen(text);

	assert_int_equal(sock_send(sock, text, len, 0), len);
	sim_settle();
}

/* True when the server has ended the connection. */
static bool ask(struct bed *bed, struct socket *sock, const char *text)
{
	bool end;

	put(sock, text);
	bed->len = 0;
	end = read_on(bed, sock);
	bed->buf[bed->len] = 0;
	return end;
}

static u32 responses(const struct bed *bed)
{
	const char *p = bed->buf;
	u32 n = 0;

	while ((p = strstr(p, "HTTP/1.1 200 OK\r\n"))) {
		n++;
		p++;
	}
	return n;
}

static void front_page(void **state)
{
	struct bed *bed = *state;
	struct socket *sock = browse(bed);

	for (int i = 0; i < 3; i++) {
		assert_false(ask(bed, sock, GET));
		assert_int_equal(responses(bed), 1);
		assert_non_null(strstr(bed->buf, "</html>"));
	}
	sock_close(sock);
}

static void connection_close(void **state)
{
	struct bed *bed = *state;

	for (int i = 0; i < 50; i++) {
		struct socket *sock = browse(bed);

		assert_true(ask(bed, sock, "GET /1k HTTP/1.0\r\n\r\n"));
		assert_int_equal(responses(bed), 1);
		assert_memory_equal(bed->buf + bed->len - 16,
				    "00003f0 barenet\n", 16);
		sock_close(sock);
	}
}

static void a_mebibyte_is_whole(void **state)
{
	struct bed *bed = *state;
	struct socket *sock = browse(bed);
	const char *body;

	assert_false(ask(bed, sock, "GET /1m HTTP/1.1\r\nHost: a\r\n\r\n"));
	body = strstr(bed->buf, "\r\n\r\n") + 4;
	assert_int_equal(bed->buf + bed->len - body, 1 << 20);
	for (size_t at = 0; at < 1 << 20; at += 16)
		assert_int_equal(strtoul(body + at, NULL, 16), at);
	sock_close(sock);
}

static void many_keep_alive_connections(void **state)
{
	struct bed *bed = *state;
	struct socket *socks[200];

	for (size_t i = 0; i < ARRAY_SIZE(socks); i++)
		socks[i] = browse(bed);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(socks); i++) {
			ssize_t n =
				sock_send(socks[i], GET, sizeof(GET) - 1, 0);

			assert_int_equal(n, sizeof(GET) - 1);
		}
		sim_settle();
		for (size_t i = 0; i < ARRAY_SIZE(socks); i++) {
			bed->len =
				(size_t)sock_recv(socks[i], bed->buf, BUF, 0);
			bed->buf[bed->len] = 0;
			assert_int_equal(responses(bed), 1);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(socks); i++)
		sock_close(socks[i]);
}

static void pipelined_in_one_write_and_byte_by_byte(void **state)
{
	size_t len = sizeof(GET) - 1;
	struct bed *bed = *state;
	struct socket *sock = browse(bed);
	char *text = malloc(1000 * len + 1);

	for (int i = 0; i < 1000; i++)
		memcpy(text + (size_t)i * len, GET, len + 1);
	assert_false(ask(bed, sock, text));
	assert_int_equal(responses(bed), 1000);
	for (size_t i = 0; i < 20 * len; i++) {
		assert_int_equal(sock_send(sock, text + i, 1, 0), 1);
		sim_settle();
	}
	bed->len = 0;
	assert_false(read_on(bed, sock));
	bed->buf[bed->len] = 0;
	assert_int_equal(responses(bed), 20);
	free(text);
	sock_close(sock);
}

static void a_half_closed_client_has_its_answer(void **state)
{
	struct bed *bed = *state;
	struct socket *sock = browse(bed);

	put(sock, GET);
	assert_int_equal(sock_shutdown(sock, SHUT_WR), 0);
	bed->len = 0;
	assert_true(read_on(bed, sock));
	bed->buf[bed->len] = 0;
	assert_int_equal(responses(bed), 1);
	sock_close(sock);
}

/* Row 176: the 413 is readable though the body was not read. */
static void a_refusal_survives_the_unread_body(void **state)
{
	struct bed *bed = *state;
	struct socket *sock = browse(bed);
	char block[4096];

	memset(block, 'b', sizeof(block));
	put(sock, "POST / HTTP/1.1\r\nHost: a\r\n"
		  "Content-Length: 1000000\r\n\r\n");
	for (int i = 0; i < 100; i++) {
		(void)sock_send(sock, block, sizeof(block), 0);
		sim_settle();
	}
	bed->len = 0;
	assert_true(read_on(bed, sock));
	bed->buf[bed->len] = 0;
	assert_int_equal(strncmp(bed->buf, "HTTP/1.1 413 ", 13), 0);
	sock_close(sock);
}

/*
 * The largest body in small pieces, and whole in segments that fill the
 * loopback's packets; the receive buffer is as large as it.
 */
static void uploads_are_taken(void **state)
{
	struct bed *bed = *state;
	struct socket *sock = browse(bed);
	char block[8192];

	memset(block, 'b', sizeof(block));
	for (u32 piece = 512; piece <= sizeof(block); piece *= 4) {
		put(sock, "POST / HTTP/1.1\r\nHost: a\r\n"
			  "Content-Length: 65536\r\n\r\n");
		for (u32 sent = 0; sent < 65536; sent += piece) {
			assert_int_equal(sock_send(sock, block, piece, 0),
					 piece);
			sim_settle();
		}
		bed->len = 0;
		assert_false(read_on(bed, sock));
		bed->buf[bed->len] = 0;
		assert_int_equal(strncmp(bed->buf, "HTTP/1.1 405 ", 13), 0);
	}
	sock_close(sock);
}

static void proc_net_tcp_shows_the_connection(void **state)
{
	struct bed *bed = *state;
	struct socket *sock = browse(bed);

	assert_false(ask(bed, sock,
			 "GET /proc/net/tcp HTTP/1.1\r\n"
			 "Host: a\r\n\r\n"));
	assert_non_null(strstr(bed->buf, ": 00000000:0050 00000000:0000 0A "));
	assert_non_null(strstr(bed->buf, ": 0100007F:0050 0100007F:"));
	sock_close(sock);
}

static void an_idle_connection_is_ended(void **state)
{
	struct bed *bed = *state;
	struct socket *sock = browse(bed);
	char byte;

	assert_false(ask(bed, sock, GET));
	sim_run_ms(29000);
	assert_int_equal(sock_recv(sock, &byte, 1, 0), -EAGAIN);
	sim_run_ms(2000);
	assert_int_equal(sock_recv(sock, &byte, 1, 0), 0);
	sock_close(sock);
}

/* Row 25: it asks for a mebibyte and never reads. */
static void a_stalled_reader_is_reset(void **state)
{
	struct bed *bed = *state;
	struct socket *sock = browse(bed);
	int err = 0;
	u32 len = sizeof(err);

	put(sock, "GET /1m HTTP/1.1\r\nHost: a\r\n\r\n");
	sim_run_ms(70000);
	assert_int_equal(
		sock_getsockopt(sock, SOL_SOCKET, SO_ERROR, &err, &len), 0);
	assert_int_equal(err, ECONNRESET);
	sock_close(sock);
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(front_page),
		T(connection_close),
		T(a_mebibyte_is_whole),
		T(many_keep_alive_connections),
		T(pipelined_in_one_write_and_byte_by_byte),
		T(a_half_closed_client_has_its_answer),
		T(a_refusal_survives_the_unread_body),
		T(uploads_are_taken),
		T(proc_net_tcp_shows_the_connection),
		T(an_idle_connection_is_ended),
		T(a_stalled_reader_is_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
