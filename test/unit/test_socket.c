/* net/socket/: the programs' calls, over a protocol without a network. */
#include <string.h>
#include "kernel/task.h"
#include "net/socket/socket.h"
#include "test/host/fake_stream.h"
#include "test/host/fixture.h"
#include "test/host/machine_sim.h"

static const struct sockaddr_in port_80 = {AF_INET, BE16(80), {0}};

static struct socket *listener(struct fixture *f)
{
	struct socket *sock = fake_socket(f);

	assert_int_equal(sock_bind(sock, &port_80), 0);
	assert_int_equal(sock_listen(sock, 5), 0);
	return sock;
}

static void create_refuses_what_is_not_there(void **state)
{
	struct fixture *f = *state;
	struct socket *sock;

	assert_int_equal(sock_create(f->net, 10, SOCK_STREAM, 0, &sock),
			 -EAFNOSUPPORT);
	assert_int_equal(sock_create(f->net, AF_INET, 77, 0, &sock),
			 -ESOCKTNOSUPPORT);
	assert_int_equal(sock_create(f->net, AF_INET, SOCK_STREAM, 17, &sock),
			 -EPROTONOSUPPORT);
	assert_int_equal(sock_create(f->net, AF_INET, SOCK_STREAM, 6, &sock),
			 0);
	sock_close(sock);
}

static void create_without_memory_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	struct socket *sock;

	sim_fail_alloc_after(1);
	assert_int_equal(sock_create(f->net, AF_INET, SOCK_STREAM, 0, &sock),
			 -ENOMEM);
	assert_int_equal(f->net->sock_live, 0);
}

static void bad_addresses_are_refused(void **state)
{
	struct sockaddr_in ipv6 = {.family = 10};
	struct socket *sock = fake_socket(*state);

	assert_int_equal(sock_bind(sock, NULL), -EFAULT);
	assert_int_equal(sock_bind(sock, &ipv6), -EAFNOSUPPORT);
	assert_int_equal(sock_connect(sock, NULL), -EFAULT);
	assert_int_equal(sock_connect(sock, &ipv6), -EAFNOSUPPORT);
	assert_int_equal(sock_sendto(sock, "x", 1, 0, &ipv6), -EAFNOSUPPORT);
	sock_close(sock);
}

static void bad_buffers_are_refused(void **state)
{
	struct iovec iov[IOV_MAX + 1] = {{NULL, 0}};
	struct msghdr msg = {.iov = iov, .iovlen = IOV_MAX + 1};
	struct fake_peer *peer;
	struct socket *sock = fake_connected(*state, &peer);
	char byte;

	assert_int_equal(sock_send(sock, NULL, 1, 0), -EFAULT);
	assert_int_equal(sock_recv(sock, NULL, 1, 0), -EFAULT);
	assert_int_equal(sock_sendmsg(sock, &msg), -EMSGSIZE);
	assert_int_equal(sock_send(sock, &byte, SIZE_MAX, 0), -EINVAL);
	sock_close(sock);
	fake_free(peer);
}

static void accept_wants_a_listener(void **state)
{
	struct socket *sock = fake_socket(*state), *child;
	int v;
	u32 len = sizeof(v);

	assert_int_equal(sock_accept(sock, &child, NULL), -EINVAL);
	assert_int_equal(sock_bind(sock, &port_80), 0);
	assert_int_equal(sock_listen(sock, 1), 0);
	assert_int_equal(
		sock_getsockopt(sock, SOL_SOCKET, SO_ACCEPTCONN, &v, &len), 0);
	assert_int_equal(v, 1);
	sock->nonblock = true;
	assert_int_equal(sock_accept(sock, &child, NULL), -EAGAIN);
	assert_int_equal(sock_connect(sock, &port_80), -EISCONN);
	sock_close(sock);
}

static void accept_gives_the_child_and_its_peer(void **state)
{
	struct socket *sock = listener(*state), *child;
	struct fake_peer *peer = fake_connect(sock);
	struct sockaddr_in from, name;

	assert_int_equal(sock_accept(sock, &child, &from), 0);
	assert_int_equal(ntohs(from.port), 40000);
	assert_int_equal(sock_getname(child, &name, &from), 0);
	assert_int_equal(ntohs(name.port), 80);
	assert_int_equal(ntohs(from.port), 40000);
	assert_int_equal(sock_getname(sock, NULL, &from), -ENOTCONN);
	sock_close(child);
	sock_close(sock);
	assert_true(peer->closed);
	fake_free(peer);
}

static void accept_without_memory_closes_the_child(void **state)
{
	struct socket *sock = listener(*state), *child;
	struct fake_peer *peer = fake_connect(sock);

	sim_fail_alloc_after(1);
	assert_int_equal(sock_accept(sock, &child, NULL), -ENOMEM);
	assert_true(peer->closed);
	sock_close(sock);
	fake_free(peer);
}

/* What a task did, for the test to look at. */
struct job {
	struct socket *sock, *child;
	char buf[64];
	ssize_t result;
	bool done;
};

static void accept_job(void *arg)
{
	struct job *job = arg;

	job->result = sock_accept(job->sock, &job->child, NULL);
	job->done = true;
}

static void blocking_accept_sleeps(void **state)
{
	struct job job = {.sock = listener(*state)};
	struct fake_peer *peer;

	assert_non_null(task_create("accept", accept_job, &job));
	sim_settle();
	assert_false(job.done);
	peer = fake_connect(job.sock);
	sim_settle();
	assert_true(job.done);
	assert_int_equal(job.result, 0);
	sock_close(job.child);
	sock_close(job.sock);
	fake_free(peer);
}

static void recv_job(void *arg)
{
	struct job *job = arg;

	job->result = sock_recv(job->sock, job->buf, 10, 0);
	job->done = true;
}

static void blocking_recv_sleeps(void **state)
{
	struct fake_peer *peer;
	struct job job = {.sock = fake_connected(*state, &peer)};

	assert_non_null(task_create("recv", recv_job, &job));
	sim_settle();
	assert_false(job.done);
	fake_send_text(peer, "hello");
	sim_settle();
	assert_int_equal(job.result, 5);
	assert_memory_equal(job.buf, "hello", 5);
	sock_close(job.sock);
	fake_free(peer);
}

static void recv_gives_up_at_its_timeout(void **state)
{
	struct fake_peer *peer;
	struct job job = {.sock = fake_connected(*state, &peer)};
	u64 ms = 500;

	assert_int_equal(sock_setsockopt(job.sock, SOL_SOCKET, SO_RCVTIMEO, &ms,
					 sizeof(ms)),
			 0);
	assert_non_null(task_create("recv", recv_job, &job));
	sim_run_ms(499);
	assert_false(job.done);
	sim_run_ms(2);
	assert_true(job.done);
	assert_int_equal(job.result, -EAGAIN);
	sock_close(job.sock);
	fake_free(peer);
}

static void recv_of_a_socket_closed_meanwhile_is_ebadf(void **state)
{
	struct fake_peer *peer;
	struct job job = {.sock = fake_connected(*state, &peer)};

	assert_non_null(task_create("recv", recv_job, &job));
	sim_settle();
	sock_close(job.sock);
	/* Nothing has come: the sleeper hears of the close itself. */
	sim_settle();
	assert_true(job.done);
	assert_int_equal(job.result, -EBADF);
	fake_free(peer);
}

static void waitall_job(void *arg)
{
	struct job *job = arg;
	struct iovec iov[] = {{job->buf, 3}, {job->buf + 3, 7}};
	struct msghdr msg = {.iov = iov, .iovlen = 2, .flags = MSG_WAITALL};

	job->result = sock_recvmsg(job->sock, &msg);
	job->done = true;
}

static void waitall_waits_for_all(void **state)
{
	struct fake_peer *peer;
	struct job job = {.sock = fake_connected(*state, &peer)};

	assert_non_null(task_create("recv", waitall_job, &job));
	fake_send_text(peer, "ab");
	sim_settle();
	fake_send_text(peer, "cdef");
	sim_settle();
	assert_false(job.done);
	fake_send_text(peer, "ghijKL");
	sim_settle();
	assert_int_equal(job.result, 10);
	assert_memory_equal(job.buf, "abcdefghij", 10);
	sock_close(job.sock);
	fake_free(peer);
}

static void waitall_ends_with_the_stream(void **state)
{
	struct fake_peer *peer;
	struct job job = {.sock = fake_connected(*state, &peer)};

	assert_non_null(task_create("recv", waitall_job, &job));
	fake_send_text(peer, "abcd");
	sim_settle();
	fake_fin(peer);
	sim_settle();
	assert_int_equal(job.result, 4);
	sock_close(job.sock);
	fake_free(peer);
}

static void send_job(void *arg)
{
	struct job *job = arg;
	struct iovec iov[] = {{"abc", 3}, {"", 0}, {"defgh", 5}};
	struct msghdr msg = {.iov = iov, .iovlen = 3};

	job->result = sock_sendmsg(job->sock, &msg);
	job->done = true;
}

static void blocking_send_ends_when_all_is_queued(void **state)
{
	struct fake_peer *peer;
	struct job job = {.sock = fake_connected(*state, &peer)};

	peer->window = 2;
	assert_non_null(task_create("send", send_job, &job));
	sim_settle();
	assert_false(job.done);
	fake_window(peer, 3);
	sim_settle();
	assert_false(job.done);
	fake_window(peer, 100);
	sim_settle();
	assert_int_equal(job.result, 8);
	assert_string_equal(peer->out, "abcdefgh");
	sock_close(job.sock);
	fake_free(peer);
}

static void nonblocking_send_takes_what_fits(void **state)
{
	struct fake_peer *peer;
	struct socket *sock = fake_connected(*state, &peer);

	peer->window = 2;
	assert_int_equal(sock_send(sock, "abcd", 4, MSG_DONTWAIT), 2);
	assert_int_equal(sock_send(sock, "cd", 2, MSG_DONTWAIT), -EAGAIN);
	sock_close(sock);
	fake_free(peer);
}

static void send_timeout_tells_what_was_sent(void **state)
{
	struct fake_peer *peer;
	struct job job = {.sock = fake_connected(*state, &peer)};
	u64 ms = 100;

	peer->window = 2;
	assert_int_equal(sock_setsockopt(job.sock, SOL_SOCKET, SO_SNDTIMEO, &ms,
					 sizeof(ms)),
			 0);
	assert_non_null(task_create("send", send_job, &job));
	sim_run_ms(200);
	assert_int_equal(job.result, 2);
	sock_close(job.sock);
	fake_free(peer);
}

static void connect_job(void *arg)
{
	struct job *job = arg;
	struct sockaddr_in to = {AF_INET, BE16(2), FIXTURE_PEER};

	job->result = sock_connect(job->sock, &to);
	job->done = true;
}

static void blocking_connect_waits_for_the_handshake(void **state)
{
	struct job job = {.sock = fake_socket(*state)};
	struct fake_peer *peer = fake_peer_of(job.sock);

	assert_non_null(task_create("connect", connect_job, &job));
	sim_settle();
	assert_false(job.done);
	fake_window(peer, 0);
	sim_settle();
	assert_true(job.done);
	assert_int_equal(job.result, 0);
	sock_close(job.sock);
	fake_free(peer);
}

static void blocking_connect_reports_the_refusal(void **state)
{
	struct job job = {.sock = fake_socket(*state)};
	struct fake_peer *peer = fake_peer_of(job.sock);

	assert_non_null(task_create("connect", connect_job, &job));
	sim_settle();
	fake_reset(peer, ECONNREFUSED);
	sim_settle();
	assert_int_equal(job.result, -ECONNREFUSED);
	sock_close(job.sock);
	fake_free(peer);
}

static void nonblocking_connect_is_in_progress(void **state)
{
	struct sockaddr_in to = {AF_INET, BE16(2), FIXTURE_PEER};
	struct socket *sock = fake_socket(*state);
	struct fake_peer *peer = fake_peer_of(sock);

	sock->nonblock = true;
	assert_int_equal(sock_connect(sock, &to), -EINPROGRESS);
	assert_int_equal(sock_connect(sock, &to), -EALREADY);
	assert_int_equal(sock_poll(sock) & EPOLLOUT, 0);
	fake_window(peer, 0);
	assert_true(sock_poll(sock) & EPOLLOUT);
	sock_close(sock);
	fake_free(peer);
}

static void shutdown_checks_how(void **state)
{
	struct fake_peer *peer;
	struct socket *sock = fake_connected(*state, &peer);

	assert_int_equal(sock_shutdown(sock, 3), -EINVAL);
	assert_int_equal(sock_shutdown(sock, -1), -EINVAL);
	assert_int_equal(sock_shutdown(sock, SHUT_WR), 0);
	assert_true(peer->shut);
	sock_close(sock);
	fake_free(peer);
}

#define T(t) cmocka_unit_test_setup_teardown(t, fake_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(create_refuses_what_is_not_there),
		T(create_without_memory_leaves_nothing),
		T(bad_addresses_are_refused),
		T(bad_buffers_are_refused),
		T(accept_wants_a_listener),
		T(accept_gives_the_child_and_its_peer),
		T(accept_without_memory_closes_the_child),
		T(blocking_accept_sleeps),
		T(blocking_recv_sleeps),
		T(recv_gives_up_at_its_timeout),
		T(recv_of_a_socket_closed_meanwhile_is_ebadf),
		T(waitall_waits_for_all),
		T(waitall_ends_with_the_stream),
		T(blocking_send_ends_when_all_is_queued),
		T(nonblocking_send_takes_what_fits),
		T(send_timeout_tells_what_was_sent),
		T(blocking_connect_waits_for_the_handshake),
		T(blocking_connect_reports_the_refusal),
		T(nonblocking_connect_is_in_progress),
		T(shutdown_checks_how),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
