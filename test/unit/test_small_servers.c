/* app/small_servers.c, over the stack's own loopback. */
#include <string.h>
#include "kernel/task.h"
#include "app/echo.h"
#include "app/small_servers.h"
#include "test/host/fixture.h"
#include "test/host/machine_sim.h"

struct bed {
	struct fixture *f;
	struct socket *listener, *sock; /* the client's */
	bool echo, served;
	u32 turns; /* of another task */
	u8 buf[256];
};

/* One connection, as one turn of the server's task. */
static void serve(void *arg)
{
	struct bed *bed = arg;
	struct socket *sock;

	assert_int_equal(sock_accept(bed->listener, &sock, NULL), 0);
	small_serve(sock, bed->echo, bed->buf, sizeof(bed->buf));
	bed->served = true;
}

static int setup(void **state)
{
	static const struct sockaddr_in any = {AF_INET, BE16(ECHO_PORT), {0}};
	static struct bed bed;
	int err;

	bed = (struct bed){.f = fixture_create(FIXTURE_FEATURES)};
	*state = &bed;
	err = sock_create(bed.f->net, AF_INET, SOCK_STREAM, 0, &bed.listener);
	err = err ? err : sock_bind(bed.listener, &any);
	return err ? err : sock_listen(bed.listener, 1);
}

static void connect_to(struct bed *bed, bool echo)
{
	static const struct sockaddr_in to = {AF_INET, BE16(ECHO_PORT),
					      BE32(0x7f000001)};

	bed->echo = echo;
	assert_non_null(task_create("serve", serve, bed));
	assert_int_equal(
		sock_create(bed->f->net, AF_INET, SOCK_STREAM, 0, &bed->sock),
		0);
	assert_int_equal(sock_connect(bed->sock, &to), 0);
	bed->sock->nonblock = true;
	sim_settle();
}

static int teardown(void **state)
{
	struct bed *bed = *state;

	sock_close(bed->sock);
	sim_settle();
	assert_true(bed->served);
	sock_close(bed->listener);
	fixture_run_ms(bed->f, 120000); /* TIME-WAIT */
	fixture_destroy(bed->f);
	return 0;
}

static void echo_returns_what_it_got(void **state)
{
	struct bed *bed = *state;
	char sent[5000], got[5000];
	size_t have = 0;

	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = (char)(i * 7 + i / 256);
	connect_to(bed, true);
	assert_int_equal(sock_send(bed->sock, sent, sizeof(sent), 0),
			 sizeof(sent));
	for (int turn = 0; turn < 100 && have < sizeof(got); turn++) {
		ssize_t n =
			sock_recv(bed->sock, got + have, sizeof(got) - have, 0);

		have += n > 0 ? (size_t)n : 0;
		fixture_run_ms(bed->f, 10);
	}
	assert_int_equal(have, sizeof(got));
	assert_memory_equal(got, sent, sizeof(got));
}

static void discard_takes_all_and_says_nothing(void **state)
{
	struct bed *bed = *state;
	char bytes[5000] = {0};

	connect_to(bed, false);
	assert_int_equal(sock_send(bed->sock, bytes, sizeof(bytes), 0),
			 sizeof(bytes));
	fixture_run_ms(bed->f, 1000);
	assert_int_equal(sock_recv(bed->sock, bytes, 1, 0), -EAGAIN);
	assert_int_equal(sock_shutdown(bed->sock, SHUT_WR), 0);
	fixture_run_ms(bed->f, 10);
	assert_int_equal(sock_recv(bed->sock, bytes, 1, 0), 0);
}

static void count_turns(void *arg)
{
	struct bed *bed = arg;

	for (; !bed->served; bed->turns++)
		task_yield();
}

static void others_run_beside_a_stream(void **state)
{
	struct bed *bed = *state;
	char bytes[5000] = {0};

	connect_to(bed, false);
	assert_int_equal(sock_send(bed->sock, bytes, sizeof(bytes), 0),
			 sizeof(bytes));
	assert_int_equal(sock_shutdown(bed->sock, SHUT_WR), 0);
	assert_non_null(task_create("other", count_turns, bed));
	sim_settle();
	assert_true(bed->turns >= sizeof(bytes) / sizeof(bed->buf));
}

static void a_silent_peer_is_left_after_a_minute(void **state)
{
	struct bed *bed = *state;

	connect_to(bed, true);
	fixture_run_ms(bed->f, SMALL_IDLE_MS - 1000);
	assert_false(bed->served);
	fixture_run_ms(bed->f, 2000);
	assert_true(bed->served);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(echo_returns_what_it_got, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			discard_takes_all_and_says_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(others_run_beside_a_stream,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_silent_peer_is_left_after_a_minute, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
