/* net/core/sock.c: references, charges, wake-ups, iovec copies. */
#include <string.h>
#include "net/core/sock.h"
#include "test/host/fixture.h"
#include "test/host/machine_sim.h"

static u32 destroyed;

static void note_destroy(struct sock *sk)
{
	destroyed++;
}

static const struct proto plain = {.name = "PLAIN",
				   .type = SOCK_DGRAM,
				   .protocol = 200,
				   .destroy = note_destroy};

static struct sock *new_sock(struct fixture *f, struct sock *sk)
{
	destroyed = 0;
	sock_init(sk, f->net, &plain);
	return sk;
}

static struct sk_buff *new_skb(struct fixture *f, const char *text)
{
	struct sk_buff *skb = alloc_skb(f->net, (u32)strlen(text));

	memcpy(skb_put(skb, (u32)strlen(text)), text, strlen(text));
	return skb;
}

static void last_put_destroys_and_purges(void **state)
{
	struct fixture *f = *state;
	u64 live = f->net->sock_live;
	struct sock sk;

	new_sock(f, &sk);
	assert_int_equal(f->net->sock_live, live + 1);
	assert_true(sock_queue_rcv(&sk, new_skb(f, "left behind")));
	sock_hold(&sk);
	sock_put(&sk);
	assert_int_equal(destroyed, 0);
	sock_put(&sk);
	assert_int_equal(destroyed, 1);
	assert_int_equal(f->net->sock_live, live);
	assert_int_equal(f->net->skb_live, 0);
}

static void init_gives_linux_defaults(void **state)
{
	struct sock sk;

	memset(&sk, 0xaa, sizeof(sk));
	new_sock(*state, &sk);
	assert_int_equal(sk.rcvbuf, 212992);
	assert_int_equal(sk.sndbuf, 212992);
	assert_int_equal(sk.rcvtimeo_ms, WAIT_FOREVER);
	assert_int_equal(sk.type, SOCK_DGRAM);
	assert_int_equal(sk.protocol, 200);
	assert_int_equal(sk.err, 0);
	assert_true(skb_queue_empty(&sk.receive_queue));
	sock_put(&sk);
}

static void full_receive_buffer_refuses(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *a = new_skb(f, "a"), *b = new_skb(f, "b");
	struct sock sk;

	new_sock(f, &sk);
	sk.rcvbuf = 1; /* one may always go over */
	assert_true(sock_queue_rcv(&sk, a));
	assert_int_equal(sk.rmem_alloc, a->truesize);
	assert_false(sock_queue_rcv(&sk, b));
	consume_skb(b);
	assert_ptr_equal(sock_dequeue(&sk), a);
	assert_int_equal(sk.rmem_alloc, 0);
	consume_skb(a);
	assert_null(sock_dequeue(&sk));
	sock_put(&sk);
}

static void error_is_reported_once(void **state)
{
	struct sock sk;

	new_sock(*state, &sk);
	sock_set_error(&sk, 111);
	assert_int_equal(sock_error(&sk), -111);
	assert_int_equal(sock_error(&sk), 0);
	sock_put(&sk);
}

struct witness {
	struct sock_watch watch;
	u32 events, calls;
	bool leave;
};

static void witness_notify(struct sock_watch *watch, u32 events)
{
	struct witness *w = container_of(watch, struct witness, watch);

	w->events |= events;
	w->calls++;
	if (w->leave)
		list_del(&watch->node);
}

static void wake_tells_each_watch_even_one_that_leaves(void **state)
{
	struct witness a = {.watch.notify = witness_notify, .leave = true};
	struct witness b = {.watch.notify = witness_notify};
	struct sock sk;

	new_sock(*state, &sk);
	list_add_tail(&a.watch.node, &sk.watches);
	list_add_tail(&b.watch.node, &sk.watches);
	sock_wake(&sk, EPOLLIN);
	sock_wake(&sk, EPOLLOUT);
	assert_int_equal(a.events, EPOLLIN);
	assert_int_equal(b.events, EPOLLIN | EPOLLOUT);
	list_del(&b.watch.node);
	sock_put(&sk);
}

static void packet_in_flight_keeps_the_sock(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = new_skb(f, "in flight");
	struct sock sk;

	new_sock(f, &sk);
	skb_set_owner_w(skb, &sk);
	assert_int_equal(sk.wmem_alloc, skb->truesize);
	sock_put(&sk);
	assert_int_equal(destroyed, 0);
	consume_skb(skb);
	assert_int_equal(destroyed, 1);
}

static void writers_are_told_at_half(void **state)
{
	struct witness w = {.watch.notify = witness_notify};
	struct fixture *f = *state;
	struct sk_buff *skb[4];
	struct sock sk;

	new_sock(f, &sk);
	list_add_tail(&w.watch.node, &sk.watches);
	for (int i = 0; i < 4; i++) {
		skb[i] = new_skb(f, "x");
		skb_set_owner_w(skb[i], &sk);
	}
	sk.sndbuf = 4 * skb[0]->truesize;
	consume_skb(skb[0]);
	assert_int_equal(w.calls, 0);
	consume_skb(skb[1]);
	assert_int_equal(w.calls, 1);
	assert_int_equal(w.events, EPOLLOUT);
	consume_skb(skb[2]);
	consume_skb(skb[3]);
	assert_int_equal(w.calls, 1);
	list_del(&w.watch.node);
	sock_put(&sk);
}

static void iovecs_copy_over_their_borders(void **state)
{
	char a[3], b[1], c[4], all[9] = {0};
	struct iovec iov[] = {{a, 3}, {NULL, 0}, {b, 1}, {c, 4}};
	struct msghdr msg = {.iov = iov, .iovlen = 4};

	assert_int_equal(iov_length(&msg), 8);
	assert_int_equal(iov_copy_to(&msg, 0, "abcdefgh", 8), 8);
	assert_memory_equal(a, "abc", 3);
	assert_memory_equal(b, "d", 1);
	assert_memory_equal(c, "efgh", 4);
	assert_int_equal(iov_copy_from(&msg, 2, all, 3), 3);
	assert_string_equal(all, "cde");
	assert_int_equal(iov_copy_from(&msg, 6, all, 8), 2);
	assert_memory_equal(all, "gh", 2);
	assert_int_equal(iov_copy_to(&msg, 8, "x", 1), 0);
	assert_int_equal(iov_copy_to(&msg, 7, "XY", 2), 1);
	assert_int_equal(c[3], 'X');
}

static void skb_copies_linear_and_frags(void **state)
{
	static const char stay[] = "frag";
	struct fixture *f = *state;
	struct sk_buff *skb = new_skb(f, "linear");
	char a[4], b[8] = {0};
	struct iovec iov[] = {{a, 4}, {b, 7}};
	struct msghdr msg = {.iov = iov, .iovlen = 2};

	assert_true(skb_add_frag(skb, stay, 4));
	assert_int_equal(skb_copy_to_iov(skb, 1, 9, &msg, 1), 9);
	assert_memory_equal(a + 1, "ine", 3);
	assert_string_equal(b, "arfrag");
	consume_skb(skb);
}

#define T(t) cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(last_put_destroys_and_purges),
		T(init_gives_linux_defaults),
		T(full_receive_buffer_refuses),
		T(error_is_reported_once),
		T(wake_tells_each_watch_even_one_that_leaves),
		T(packet_in_flight_keeps_the_sock),
		T(writers_are_told_at_half),
		T(iovecs_copy_over_their_borders),
		T(skb_copies_linear_and_frags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
