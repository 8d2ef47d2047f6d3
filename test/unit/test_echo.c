/* app/echo.c, over the stack's own loopback. */
#include <string.h>
#include "kernel/task.h"
#include "app/echo.h"
#include "test/host/fixture.h"
#include "test/host/machine_sim.h"

struct bed {
	struct fixture *f;
	struct echo_server *echo;
	struct socket *sock; /* the client */
	bool stop;
};

static void echo_job(void *arg)
{
	struct bed *bed = arg;

	while (!bed->stop)
		(void)echo_one(bed->echo);
}

static int setup(void **state)
{
	static struct bed bed;
	int err = 0;

	bed = (struct bed){.f = fixture_create(FIXTURE_FEATURES)};
	bed.echo = echo_create(bed.f->net, &err);
	*state = &bed;
	if (err || !task_create("echo", echo_job, &bed))
		return -1;
	err = sock_create(bed.f->net, AF_INET, SOCK_DGRAM, 0, &bed.sock);
	bed.sock->nonblock = true;
	sim_settle();
	return err;
}

static const struct sockaddr_in echo_port = {AF_INET, BE16(7),
					     BE32(0x7f000001)};

static void say(struct bed *bed, const char *text)
{
	ssize_t len = (ssize_t)strlen(text);

	assert_int_equal(
		sock_sendto(bed->sock, text, (size_t)len, 0, &echo_port), len);
	sim_settle();
}

/* The task leaves with the next datagram. */
static int teardown(void **state)
{
	struct bed *bed = *state;

	bed->stop = true;
	sock_close(bed->sock);
	assert_int_equal(
		sock_create(bed->f->net, AF_INET, SOCK_DGRAM, 0, &bed->sock),
		0);
	say(bed, "stop");
	sock_close(bed->sock);
	echo_free(bed->echo);
	fixture_destroy(bed->f);
	return 0;
}

static void a_datagram_comes_back(void **state)
{
	struct bed *bed = *state;
	struct sockaddr_in from;
	char buf[16];

	say(bed, "hello");
	assert_int_equal(sock_recvfrom(bed->sock, buf, sizeof(buf), 0, &from),
			 5);
	assert_memory_equal(buf, "hello", 5);
	assert_int_equal(ntohs(from.port), 7);
	assert_int_equal(bed->echo->answered, 1);
}

static void an_empty_datagram_comes_back(void **state)
{
	struct bed *bed = *state;
	char buf[16];

	say(bed, "");
	assert_int_equal(sock_recv(bed->sock, buf, sizeof(buf), 0), 0);
}

static void a_reserved_port_has_no_answer(void **state)
{
	const struct sockaddr_in here = {AF_INET, BE16(1023), {0}};
	struct bed *bed = *state;
	char buf[16];

	assert_int_equal(sock_bind(bed->sock, &here), 0);
	say(bed, "ping");
	assert_int_equal(sock_recv(bed->sock, buf, sizeof(buf), 0), -EAGAIN);
	assert_int_equal(bed->echo->refused, 1);
	fixture_drop(bed->f, DROP_UDP_ECHO_LOOP);
}

static void without_memory_there_is_no_server(void **state)
{
	struct bed *bed = *state;
	struct echo_server *echo;
	int err;

	for (u64 n = 1; n < 4; n++) {
		sim_fail_alloc_after(n);
		echo = echo_create(bed->f->net, &err);
		sim_fail_alloc_after(0);
		assert_null(echo);
		assert_int_equal(err, -ENOMEM);
	}
	assert_null(echo_create(bed->f->net, &err));
	assert_int_equal(err, -EADDRINUSE);
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_datagram_comes_back),
		T(an_empty_datagram_comes_back),
		T(a_reserved_port_has_no_answer),
		T(without_memory_there_is_no_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
