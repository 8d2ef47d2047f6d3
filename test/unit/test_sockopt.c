/* net/socket/option.c: SOL_SOCKET with Linux's values and bounds. */
#include <string.h>
#include "net/socket/socket.h"
#include "test/host/fake_stream.h"
#include "test/host/fixture.h"

static int get_int(struct socket *sock, int name)
{
	int v = -1;
	u32 len = sizeof(v);

	assert_int_equal(sock_getsockopt(sock, SOL_SOCKET, name, &v, &len), 0);
	return v;
}

static int set_int(struct socket *sock, int name, int v)
{
	return sock_setsockopt(sock, SOL_SOCKET, name, &v, sizeof(v));
}

static void buffer_sizes_are_doubled_and_bounded(void **state)
{
	static const struct {
		int asked, sndbuf, rcvbuf;
	} cases[] = {
		{10000, 20000, 20000},	 {1, 4608, 2304},
		{-5, 4608, 2304},	 {1 << 30, 425984, 425984},
		{INT32_MIN, 4608, 2304},
	};
	struct socket *sock = fake_socket(*state);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(set_int(sock, SO_SNDBUF, cases[i].asked), 0);
		assert_int_equal(get_int(sock, SO_SNDBUF), cases[i].sndbuf);
		assert_int_equal(set_int(sock, SO_RCVBUF, cases[i].asked), 0);
		assert_int_equal(get_int(sock, SO_RCVBUF), cases[i].rcvbuf);
	}
	sock_close(sock);
}

static void options_read_back(void **state)
{
	static const int names[] = {SO_REUSEADDR, SO_BROADCAST, SO_KEEPALIVE};
	struct linger in = {7, 3}, out = {0, 0};
	struct socket *sock = fake_socket(*state);
	u32 len = sizeof(out);
	u64 ms = 9;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_int_equal(get_int(sock, names[i]), 0);
		assert_int_equal(set_int(sock, names[i], 5), 0);
		assert_int_equal(get_int(sock, names[i]), 1);
	}
	assert_int_equal(get_int(sock, SO_TYPE), SOCK_STREAM);
	assert_int_equal(
		sock_setsockopt(sock, SOL_SOCKET, SO_LINGER, &in, sizeof(in)),
		0);
	assert_int_equal(
		sock_getsockopt(sock, SOL_SOCKET, SO_LINGER, &out, &len), 0);
	assert_int_equal(out.onoff, 1);
	assert_int_equal(out.seconds, 3);
	len = sizeof(ms);
	assert_int_equal(
		sock_getsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &ms, &len), 0);
	assert_int_equal(ms, 0); /* for ever */
	sock_close(sock);
}

static void bad_options_are_refused(void **state)
{
	struct socket *sock = fake_socket(*state);
	u32 len = 2;
	int v = 1;

	assert_int_equal(set_int(sock, SO_TYPE, 1), -ENOPROTOOPT);
	assert_int_equal(set_int(sock, 9999, 1), -ENOPROTOOPT);
	assert_int_equal(sock_setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &v, 2),
			 -EINVAL);
	assert_int_equal(
		sock_setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, NULL, 4),
		-EFAULT);
	assert_int_equal(sock_setsockopt(sock, 6, 1, &v, 4), -ENOPROTOOPT);
	assert_int_equal(sock_getsockopt(sock, SOL_SOCKET, SO_TYPE, &v, &len),
			 -EINVAL);
	assert_int_equal(sock_getsockopt(sock, 6, 1, &v, &len), -ENOPROTOOPT);
	sock_close(sock);
}

static void so_error_is_read_once(void **state)
{
	struct fake_peer *peer;
	struct socket *sock = fake_connected(*state, &peer);

	fake_reset(peer, ECONNRESET);
	assert_int_equal(get_int(sock, SO_ERROR), ECONNRESET);
	assert_int_equal(get_int(sock, SO_ERROR), 0);
	sock_close(sock);
	fake_free(peer);
}

#define T(t) cmocka_unit_test_setup_teardown(t, fake_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(buffer_sizes_are_doubled_and_bounded),
		T(options_read_back),
		T(bad_options_are_refused),
		T(so_error_is_read_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
