/* app/shell/telnetd.c: users over the stack's own loopback. */
#include <string.h>
#include "app/shell/shell_start.h"
#include "app/shell/telnetd.h"
#include "kernel/task.h"
#include "test/host/fixture.h"
#include "test/host/machine_sim.h"

struct bed {
	struct fixture *f;
	struct shell_host host;
	struct telnetd *server;
	bool stop;
	u32 turns; /* of another task */
	char text[8192];
};

static void server_job(void *arg)
{
	struct bed *bed = arg;

	while (!bed->stop)
		(void)telnetd_one(bed->server);
}

static int setup(void **state)
{
	static struct bed bed;
	void *fixture;
	int err = fixture_setup(&fixture);

	memset(&bed, 0, sizeof(bed));
	bed.f = fixture;
	bed.host.net = bed.f->net;
	memcpy(bed.host.name, "box", 4);
	bed.server = telnetd_create(&bed.host, &err);
	*state = &bed;
	if (err || !task_create("telnetd", server_job, &bed))
		return -1;
	sim_settle();
	return 0;
}

static struct socket *call(struct bed *bed)
{
	static const struct sockaddr_in here = {AF_INET, BE16(TELNET_PORT),
						BE32(0x7f000001)};
	struct socket *sock;

	assert_int_equal(
		sock_create(bed->f->net, AF_INET, SOCK_STREAM, 0, &sock), 0);
	assert_int_equal(sock_connect(sock, &here), 0);
	sock->nonblock = true;
	sim_run_ms(100);
	return sock;
}

static void say(struct socket *sock, const char *text)
{
	ssize_t len = (ssize_t)strlen(text);

	assert_int_equal(sock_send(sock, text, (size_t)len, 0), len);
	sim_run_ms(100);
}

/* What has come so far, terminated. */
static const char *hear(struct bed *bed, struct socket *sock)
{
	ssize_t n = sock_recv(sock, bed->text, sizeof(bed->text) - 1, 0);

	bed->text[MAX(n, 0)] = '\0';
	return bed->text;
}

static void assert_over(struct bed *bed, struct socket *sock)
{
	char byte;

	assert_int_equal(sock_recv(sock, &byte, 1, 0), 0);
	sock_close(sock);
}

/* The last call ends the server; its caller may be sent away. */
static int teardown(void **state)
{
	struct bed *bed = *state;
	void *fixture = bed->f;
	struct socket *last;

	bed->stop = true;
	last = call(bed);
	sock_close(last);
	sim_run_ms(200000); /* FIN-WAIT-2 and TIME-WAIT */
	telnetd_free(bed->server);
	return fixture_teardown(&fixture);
}

static void a_user_is_greeted_and_served(void **state)
{
	struct bed *bed = *state;
	struct socket *user = call(bed);

	assert_string_equal(hear(bed, user), "\xff\xfb\x01\xff\xfb\x03"
					     "barenet> ");
	say(user, "hostname\r\n");
	assert_string_equal(hear(bed, user), "hostname\r\nbox\r\nbarenet> ");
	say(user, "exit\r\n");
	assert_string_equal(hear(bed, user), "exit\r\n");
	assert_over(bed, user);
}

static void count_turns(void *arg)
{
	struct bed *bed = arg;

	for (; !bed->stop; bed->turns++)
		task_yield();
}

/* 10,000 commands of telnet that mean nothing, in one piece. */
static void others_run_beside_a_noisy_user(void **state)
{
	struct bed *bed = *state;
	struct socket *user = call(bed);
	u8 nops[20000];
	char text[64];

	for (size_t i = 0; i < sizeof(nops); i += 2) {
		nops[i] = 255;
		nops[i + 1] = 241;
	}
	(void)hear(bed, user);
	assert_int_equal(sock_send(user, nops, sizeof(nops), 0), sizeof(nops));
	assert_int_equal(sock_send(user, "\004", 1, 0), 1);
	assert_non_null(task_create("other", count_turns, bed));
	while (sock_recv(user, text, sizeof(text), 0) < 0 && bed->turns < 10000)
		task_yield();
	bed->stop = true;
	assert_in_range(bed->turns, 300, 9999);
	sim_run_ms(100);
	sock_close(user);
}

static void users_are_bounded(void **state)
{
	struct bed *bed = *state;
	struct socket *users[TELNET_SESSIONS], *late;

	for (u32 i = 0; i < TELNET_SESSIONS; i++)
		users[i] = call(bed);
	late = call(bed);
	assert_string_equal(hear(bed, late), "Too many users\r\n");
	assert_over(bed, late);
	sock_close(users[0]);
	sim_run_ms(100);
	users[0] = call(bed);
	assert_non_null(strstr(hear(bed, users[0]), "barenet> "));
	for (u32 i = 0; i < TELNET_SESSIONS; i++)
		sock_close(users[i]);
	sim_run_ms(100);
}

static void a_silent_user_is_logged_out(void **state)
{
	struct bed *bed = *state;
	struct socket *user = call(bed);

	sim_run_ms(TELNET_IDLE_MS - 1000);
	say(user, " ");
	sim_run_ms(TELNET_IDLE_MS - 1000);
	(void)hear(bed, user);
	sim_run_ms(2000);
	assert_over(bed, user);
}

static void one_who_goes_ends_a_command(void **state)
{
	struct bed *bed = *state;
	struct socket *user = call(bed);

	say(user, "ping 127.0.0.1\r\n");
	assert_non_null(strstr(hear(bed, user), "icmp_seq=1"));
	sock_close(user);
	sim_run_ms(3000);
	user = call(bed);
	say(user, "netstat -wan\r\n");
	assert_null(strstr(hear(bed, user), "\nraw"));
	sock_close(user);
	sim_run_ms(100);
}

/* The user's own calls may be what fails: another comes after each. */
static void missing_memory_leaves_nothing(void **state)
{
	struct bed *bed = *state;

	for (u64 n = 1; n < 12; n++) {
		struct socket *user = call(bed);

		sim_fail_alloc_after(n);
		(void)sock_send(user, "ps\r\n", 4, 0);
		sim_run_ms(100);
		sim_fail_alloc_after(0);
		sock_close(user);
		sim_run_ms(100);
	}
	a_user_is_greeted_and_served(state);
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_user_is_greeted_and_served),
		T(others_run_beside_a_noisy_user),
		T(users_are_bounded),
		T(a_silent_user_is_logged_out),
		T(one_who_goes_ends_a_command),
		T(missing_memory_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
