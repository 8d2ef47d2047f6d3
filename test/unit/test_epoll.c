/* net/socket/epoll.c, over a protocol without a network. */
#include <string.h>
#include "kernel/task.h"
#include "net/socket/epoll.h"
#include "test/host/fake_stream.h"
#include "test/host/fixture.h"
#include "test/host/machine_sim.h"

#define N 100

struct bed {
	struct fixture *f;
	struct epoll *ep;
	struct socket *sock[N];
	struct fake_peer *peer[N];
};

static int setup(void **state)
{
	static struct bed bed;

	bed = (struct bed){.f = fixture_create(FIXTURE_FEATURES)};
	fake_install(bed.f->net);
	bed.ep = epoll_create();
	*state = &bed;
	return !bed.ep;
}

static void shut(struct bed *bed, int i)
{
	if (bed->sock[i])
		sock_close(bed->sock[i]);
	bed->sock[i] = NULL;
}

static int teardown(void **state)
{
	struct bed *bed = *state;

	for (int i = 0; i < N; i++) {
		shut(bed, i);
		if (bed->peer[i])
			fake_free(bed->peer[i]);
	}
	epoll_close(bed->ep);
	fixture_destroy(bed->f);
	return 0;
}

static void open_socket(struct bed *bed, int i)
{
	bed->sock[i] = fake_connected(bed->f, &bed->peer[i]);
}

static int ctl(struct bed *bed, int op, int i, u32 events)
{
	struct epoll_event event = {events, &bed->sock[i]};

	return epoll_ctl(bed->ep, op, bed->sock[i], &event);
}

static void watch(struct bed *bed, int i, u32 events)
{
	open_socket(bed, i);
	assert_int_equal(ctl(bed, EPOLL_CTL_ADD, i, events), 0);
}

/* What is ready now; the index of the only one in *which. */
static int ready(struct bed *bed, u32 *events, int *which)
{
	struct epoll_event got[N];
	int n = epoll_wait(bed->ep, got, N, 0);

	if (n == 1) {
		*events = got[0].events;
		*which = (int)((struct socket **)got[0].data - bed->sock);
	}
	return n;
}

static void level_triggered_stays_until_read(void **state)
{
	struct bed *bed = *state;
	char byte[8];
	u32 events;
	int which;

	watch(bed, 0, EPOLLIN);
	assert_int_equal(ready(bed, &events, &which), 0);
	fake_send_text(bed->peer[0], "x");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(ready(bed, &events, &which), 1);
		assert_int_equal(events, EPOLLIN);
		assert_int_equal(which, 0);
	}
	assert_int_equal(sock_recv(bed->sock[0], byte, 8, 0), 1);
	assert_int_equal(ready(bed, &events, &which), 0);
}

static void edge_triggered_tells_each_arrival_once(void **state)
{
	struct bed *bed = *state;
	u32 events;
	int which;

	watch(bed, 0, EPOLLIN | EPOLLET);
	for (int i = 0; i < 3; i++) {
		fake_send_text(bed->peer[0], "x");
		assert_int_equal(ready(bed, &events, &which), 1);
		assert_int_equal(ready(bed, &events, &which), 0);
	}
}

static void oneshot_sleeps_until_modified(void **state)
{
	struct bed *bed = *state;
	u32 events;
	int which;

	watch(bed, 0, EPOLLIN | EPOLLONESHOT);
	fake_send_text(bed->peer[0], "x");
	assert_int_equal(ready(bed, &events, &which), 1);
	fake_reset(bed->peer[0], ECONNRESET);
	assert_int_equal(ready(bed, &events, &which), 0);
	assert_int_equal(ctl(bed, EPOLL_CTL_MOD, 0, EPOLLIN | EPOLLONESHOT), 0);
	assert_int_equal(ready(bed, &events, &which), 1);
}

static void what_was_there_before_the_add_is_told(void **state)
{
	struct bed *bed = *state;
	u32 events;
	int which;

	open_socket(bed, 0);
	fake_send_text(bed->peer[0], "x");
	assert_int_equal(ctl(bed, EPOLL_CTL_ADD, 0, EPOLLIN | EPOLLET), 0);
	assert_int_equal(ready(bed, &events, &which), 1);
}

static void unwanted_events_are_not_told_but_errors_are(void **state)
{
	struct bed *bed = *state;
	u32 events;
	int which;

	watch(bed, 0, EPOLLRDHUP);
	fake_send_text(bed->peer[0], "x");
	assert_int_equal(ready(bed, &events, &which), 0);
	fake_reset(bed->peer[0], ECONNRESET);
	assert_int_equal(ready(bed, &events, &which), 1);
	assert_int_equal(events, EPOLLERR | EPOLLHUP);
}

static void an_event_that_has_passed_is_not_told(void **state)
{
	struct bed *bed = *state;
	char byte[8];
	u32 events;
	int which;

	watch(bed, 0, EPOLLIN);
	fake_send_text(bed->peer[0], "x");
	assert_int_equal(sock_recv(bed->sock[0], byte, 8, 0), 1);
	assert_int_equal(ready(bed, &events, &which), 0);
}

static void ctl_refuses_nonsense(void **state)
{
	struct epoll_event event = {0, NULL};
	struct bed *bed = *state;

	open_socket(bed, 0);
	assert_int_equal(ctl(bed, EPOLL_CTL_DEL, 0, 0), -ENOENT);
	assert_int_equal(ctl(bed, EPOLL_CTL_MOD, 0, 0), -ENOENT);
	assert_int_equal(ctl(bed, 4, 0, 0), -EINVAL);
	assert_int_equal(epoll_ctl(bed->ep, EPOLL_CTL_ADD, bed->sock[0], NULL),
			 -EFAULT);
	assert_int_equal(ctl(bed, EPOLL_CTL_ADD, 0, EPOLLIN), 0);
	assert_int_equal(ctl(bed, EPOLL_CTL_ADD, 0, EPOLLIN), -EEXIST);
	assert_int_equal(epoll_wait(bed->ep, &event, 0, 0), -EINVAL);
	assert_int_equal(ctl(bed, EPOLL_CTL_DEL, 0, 0), 0);
	assert_int_equal(ctl(bed, EPOLL_CTL_ADD, 0, EPOLLIN), 0);
}

static void add_without_memory(void **state)
{
	struct bed *bed = *state;

	open_socket(bed, 0);
	sim_fail_alloc_after(1);
	assert_int_equal(ctl(bed, EPOLL_CTL_ADD, 0, EPOLLIN), -ENOMEM);
	assert_int_equal(ctl(bed, EPOLL_CTL_ADD, 0, EPOLLIN), 0);
}

static void closed_socket_leaves_by_itself(void **state)
{
	struct bed *bed = *state;
	u32 events;
	int which;

	watch(bed, 0, EPOLLIN);
	watch(bed, 1, EPOLLIN);
	fake_send_text(bed->peer[0], "x");
	fake_send_text(bed->peer[1], "x");
	shut(bed, 0);
	assert_int_equal(ready(bed, &events, &which), 1);
	assert_int_equal(which, 1);
}

static void one_socket_in_two_epolls(void **state)
{
	struct epoll *other = epoll_create();
	struct epoll_event event = {EPOLLIN, NULL};
	struct bed *bed = *state;
	u32 events;
	int which;

	watch(bed, 0, EPOLLIN);
	assert_int_equal(epoll_ctl(other, EPOLL_CTL_ADD, bed->sock[0], &event),
			 0);
	fake_send_text(bed->peer[0], "x");
	assert_int_equal(epoll_wait(other, &event, 1, 0), 1);
	assert_int_equal(ready(bed, &events, &which), 1);
	epoll_close(other);
	assert_int_equal(ready(bed, &events, &which), 1);
}

/* With room for fewer than are ready, each has its turn. */
static void a_short_array_is_fair(void **state)
{
	struct epoll_event got[10];
	struct bed *bed = *state;
	u32 seen[N] = {0};

	for (int i = 0; i < N; i++) {
		watch(bed, i, EPOLLIN);
		fake_send_text(bed->peer[i], "x");
	}
	for (int round = 0; round < 2 * N / 10; round++) {
		assert_int_equal(epoll_wait(bed->ep, got, 10, 0), 10);
		for (int i = 0; i < 10; i++)
			seen[(struct socket **)got[i].data - bed->sock]++;
	}
	for (int i = 0; i < N; i++)
		assert_int_equal(seen[i], 2);
}

struct waiter {
	struct epoll *ep;
	u64 timeout_ms, woke_ms;
	int n;
	bool done;
};

static void wait_job(void *arg)
{
	struct waiter *w = arg;
	struct epoll_event got[4];

	w->n = epoll_wait(w->ep, got, 4, w->timeout_ms);
	w->woke_ms = clock_ms();
	w->done = true;
}

static void wait_sleeps_until_an_event(void **state)
{
	struct bed *bed = *state;
	struct waiter w = {.ep = bed->ep, .timeout_ms = WAIT_FOREVER};

	watch(bed, 0, EPOLLIN);
	assert_non_null(task_create("wait", wait_job, &w));
	sim_run_ms(1000);
	assert_false(w.done);
	fake_send_text(bed->peer[0], "x");
	sim_settle();
	assert_true(w.done);
	assert_int_equal(w.n, 1);
}

static void wait_ends_at_its_timeout(void **state)
{
	struct bed *bed = *state;
	struct waiter w = {.ep = bed->ep, .timeout_ms = 250};
	u64 start = clock_ms();

	assert_non_null(task_create("wait", wait_job, &w));
	sim_run_ms(1000);
	assert_true(w.done);
	assert_int_equal(w.n, 0);
	assert_in_range(w.woke_ms - start, 250, 252);
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(level_triggered_stays_until_read),
		T(edge_triggered_tells_each_arrival_once),
		T(oneshot_sleeps_until_modified),
		T(what_was_there_before_the_add_is_told),
		T(unwanted_events_are_not_told_but_errors_are),
		T(an_event_that_has_passed_is_not_told),
		T(ctl_refuses_nonsense),
		T(add_without_memory),
		T(closed_socket_leaves_by_itself),
		T(one_socket_in_two_epolls),
		T(a_short_array_is_fair),
		T(wait_sleeps_until_an_event),
		T(wait_ends_at_its_timeout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
