/*
 * net/tcp/tcp_send.c: what sendmsg queues and in which form (RFC 9293
 * sections 3.7.4, 3.9.1.2; conformance rows 77, 97), through the socket
 * calls.
 */
#include "test/host/tcp_fixture.h"

#include <string.h>
#include "lib/errno.h"
#include "test/host/machine_sim.h"

static u8 content[300000]; /* static content, a pattern */

static int setup(void **state)
{
	for (u32 i = 0; i < sizeof(content); i++)
		content[i] = (u8)(i * 31 + i / 251);
	return tcp_fixture_setup(state);
}

static u32 queued(struct socket *s)
{
	return tcp_of(s)->write_queue.qlen;
}

/* A closed window keeps everything in write_queue, to be looked at. */
static struct socket *connect_closed(struct tcp_fixture *f)
{
	f->peer.wnd = 0;
	return peer_connect(f);
}

/* Opens the window, acknowledges all that comes; must be `want`. */
static void drain(struct tcp_fixture *f, const u8 *want, u32 len)
{
	u32 at = 0;

	f->peer.wnd = 65535;
	peer_send(f, TCP_ACK, 1, 1, NULL, 0);
	while (at < len) {
		if (!peer_receive(f)) {
			sim_run_ms(300); /* Nagle, perhaps */
			assert_true(peer_receive(f));
		}
		assert_int_equal(f->seen.seq_rel, 1 + at);
		assert_true(f->seen.len && at + f->seen.len <= len);
		assert_memory_equal(f->seen.data, want + at, f->seen.len);
		at += f->seen.len;
		peer_send(f, TCP_ACK, 1, 1 + at, NULL, 0);
	}
	expect_nothing(f);
}

static void a_write_is_sent_at_once_and_pushed(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	assert_int_equal(sock_send(s, "hello", 5, 0), 5);
	expect(f, TCP_PSH | TCP_ACK, 1, 1, 5);
	assert_memory_equal(f->seen.data, "hello", 5);
	assert_int_equal(sock_send(s, "", 0, 0), 0);
	expect_nothing(f);
	abort_socket(f, s);
}

/* Row 97: full segments, PSH on the last. */
static void a_long_write_makes_full_segments(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	tcp_of(s)->min_rtt_us = 10000;
	assert_int_equal(sock_send(s, content, 5000, 0), 5000);
	expect(f, TCP_ACK, 1, 1, 1460);
	expect(f, TCP_ACK | TCP_PSH, 1461, 1, 1460);
	expect(f, TCP_ACK, 2921, 1, 1460);
	expect(f, TCP_PSH | TCP_ACK, 4381, 1, 620);
	assert_memory_equal(f->seen.data, content + 4380, 620);
	abort_socket(f, s);
}

static void small_writes_share_an_sk_buff(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_closed(f);

	for (u32 i = 0; i < 200; i++)
		assert_int_equal(sock_send(s, content + i * 7, 7, 0), 7);
	assert_true(queued(s) <= 2);
	drain(f, content, 1400);
	abort_socket(f, s);
}

static void pieces_of_an_iovec_are_one_write(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	struct iovec iov[] = {{content, 10},
			      {NULL, 0},
			      {content + 10, 1},
			      {content + 11, 2000}};
	struct msghdr msg = {.iov = iov, .iovlen = 4};

	assert_int_equal(sock_sendmsg(s, &msg), 2011);
	expect(f, TCP_ACK, 1, 1, 1460);
	assert_memory_equal(f->seen.data, content, 1460);
	expect(f, TCP_PSH | TCP_ACK, 1461, 1, 551);
	assert_memory_equal(f->seen.data, content + 1460, 551);
	abort_socket(f, s);
}

static void more_holds_back_what_is_not_full(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	assert_int_equal(sock_send(s, content, 100, MSG_MORE), 100);
	expect_nothing(f);
	assert_int_equal(sock_send(s, content + 100, 1400, MSG_MORE), 1400);
	expect(f, TCP_ACK, 1, 1, 1460);
	expect_nothing(f);
	assert_int_equal(sock_send(s, content + 1500, 1, 0), 1);
	expect(f, TCP_PSH | TCP_ACK, 1461, 1, 41);
	assert_memory_equal(f->seen.data, content + 1460, 41);
	abort_socket(f, s);
}

/* A response: the header copied, the page pointed at, one sk_buff. */
static void a_header_and_static_content_are_one_sk_buff(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_closed(f);
	const struct skb_shared_info *shinfo;
	struct sk_buff *skb;

	memcpy(content, "HTTP/1.1", 8);
	assert_int_equal(sock_send(s, content, 200, MSG_MORE), 200);
	assert_int_equal(sock_send(s, content + 200, 5000, MSG_STATIC), 5000);
	assert_int_equal(queued(s), 1);
	skb = skb_peek(&tcp_of(s)->write_queue);
	shinfo = skb_shinfo(skb);
	assert_int_equal(skb_headlen(skb), 200);
	assert_int_equal(shinfo->nr_frags, 1);
	assert_ptr_equal(shinfo->frags[0].addr, content + 200);
	drain(f, content, 5200);
	abort_socket(f, s);
}

static void static_neighbours_are_one_frag(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_closed(f);
	const struct sk_buff *skb;

	for (u32 i = 0; i < 20; i++)
		assert_int_equal(sock_send(s, content + i * 1000, 1000,
					   MSG_STATIC | MSG_MORE),
				 1000);
	assert_int_equal(queued(s), 1);
	skb = skb_peek(&tcp_of(s)->write_queue);
	assert_int_equal(skb_shinfo(skb)->nr_frags, 1);
	drain(f, content, 20000);
	abort_socket(f, s);
}

static void short_static_pieces_are_copied(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_closed(f);

	assert_int_equal(sock_send(s, content, 256, MSG_STATIC), 256);
	assert_int_equal(skb_peek(&tcp_of(s)->write_queue)->data_len, 0);
	assert_int_equal(sock_send(s, content + 256, 257, MSG_STATIC), 257);
	assert_int_equal(queued(s), 1);
	assert_int_equal(skb_peek(&tcp_of(s)->write_queue)->data_len, 257);
	drain(f, content, 513);
	abort_socket(f, s);
}

/* Behind a frag nothing can be copied: the order must stay. */
static void copies_and_frags_keep_their_order(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_closed(f);
	u32 at = 0;

	for (u32 i = 0; i < 30; i++) {
		bool frag = i % 3 != 0;
		u32 len = frag ? 300 + i : 10 + i;

		assert_int_equal(
			sock_send(s, content + at, len, frag ? MSG_STATIC : 0),
			len);
		at += len;
	}
	drain(f, content, at);
	abort_socket(f, s);
}

/* More places than an sk_buff has frags for. */
static void scattered_static_content_goes_on_in_another(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_closed(f);
	static u8 want[60 * 300];

	for (u32 i = 0; i < 60; i++) {
		u32 from = (i * 7919) % 200000;

		memcpy(want + i * 300, content + from, 300);
		assert_int_equal(sock_send(s, content + from, 300, MSG_STATIC),
				 300);
	}
	assert_int_equal(queued(s), (60 + MAX_SKB_FRAGS - 1) / MAX_SKB_FRAGS);
	drain(f, want, sizeof(want));
	abort_socket(f, s);
}

static void long_static_content_is_cut_for_gso(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_closed(f);
	struct sk_buff *skb;

	assert_int_equal(sock_send(s, content, 200000, MSG_STATIC), 200000);
	skb_queue_walk (&tcp_of(s)->write_queue, skb)
		assert_true(skb->len <= TCP_GSO_MAX);
	assert_int_equal(queued(s), 4);
	assert_true(f->net->tcp->memory < 4096); /* heads only */
	drain(f, content, 200000);
	abort_socket(f, s);
}

static void the_buffer_fills_and_tells_when_there_is_room(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_closed(f);
	ssize_t n = sock_send(s, content, sizeof(content), 0);

	assert_in_range(n, TCP_SNDBUF_DEFAULT / 2, TCP_SNDBUF_DEFAULT);
	assert_int_equal(sock_send(s, "x", 1, 0), -EAGAIN);
	assert_int_equal(sock_poll(s), 0);
	assert_true(f->net->tcp->memory > (u64)n); /* the heads too */
	drain(f, content, (u32)n);
	assert_int_equal(sock_poll(s), EPOLLOUT);
	assert_int_equal(f->net->tcp->memory, 0);
	abort_socket(f, s);
}

struct hearer {
	struct sock_watch watch;
	u32 events, calls;
};

static void hear(struct sock_watch *watch, u32 events)
{
	struct hearer *h = container_of(watch, struct hearer, watch);

	h->events |= events;
	h->calls += (events & EPOLLOUT) != 0;
	if (events & EPOLLFREE)
		list_del(&watch->node);
}

static void writers_are_woken_once_a_third_is_free(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_closed(f);
	struct hearer h = {.watch.notify = hear};
	u32 n = (u32)sock_send(s, content, sizeof(content), MSG_STATIC);

	list_add_tail(&h.watch.node, &s->sk->watches);
	drain(f, content, n);
	assert_int_equal(h.calls, 1);
	abort_socket(f, s);
}

/* All was taken, but there is little room for more. */
static void who_has_polled_in_vain_is_woken_too(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_closed(f);
	struct hearer h = {.watch.notify = hear};

	assert_int_equal(sock_send(s, content, 200000, MSG_STATIC), 200000);
	assert_int_equal(sock_poll(s), 0);
	list_add_tail(&h.watch.node, &s->sk->watches);
	drain(f, content, 200000);
	assert_int_equal(h.calls, 1);
	abort_socket(f, s);
}

/* TCP_NOTSENT_LOWAT: the program waits for less, and that changes. */
static void another_lowat_wakes_who_waits_for_it(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_closed(f);
	struct hearer h = {.watch.notify = hear};

	set_option(s, SOL_TCP, TCP_NOTSENT_LOWAT, 100);
	assert_int_equal(sock_send(s, content, 1000, 0), 1000);
	assert_int_equal(sock_poll(s), 0);
	list_add_tail(&h.watch.node, &s->sk->watches);
	set_option(s, SOL_TCP, TCP_NOTSENT_LOWAT, 1000);
	assert_int_equal(h.calls, 0);
	set_option(s, SOL_TCP, TCP_NOTSENT_LOWAT, 1001);
	assert_int_equal(h.calls, 1);
	abort_socket(f, s);
}

/* Tiny unmerged sk_buffs count with what they take. */
static void overhead_counts_as_used(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);
	u32 n;

	set_option(s, SOL_TCP, TCP_NODELAY, 1);
	for (n = 0; n < 10000; n++)
		if (sock_send(s, "x", 1, 0) != 1)
			break;
	assert_true(n < TCP_SNDBUF_DEFAULT / TCP_SKB_OVERHEAD + 2000);
	abort_socket(f, s);
}

static void calls_on_the_wrong_state_fail(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = tcp_socket(f);

	assert_int_equal(sock_send(s, "x", 1, 0), -ENOTCONN);
	assert_int_equal(sock_send(f->listener, "x", 1, 0), -ENOTCONN);
	assert_int_equal(connect_to(s, FIXTURE_PEER, 80), -EINPROGRESS);
	assert_int_equal(sock_send(s, "x", 1, 0), -EAGAIN);
	sock_close(s);
	fixture_tx_purge(f->base);
}

static void after_the_peers_reset_writing_fails(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = peer_connect(f);

	peer_send(f, TCP_RST, 1, 0, NULL, 0);
	assert_int_equal(sock_send(s, "x", 1, 0), -ECONNRESET);
	assert_int_equal(sock_send(s, "x", 1, 0), -EPIPE);
	sock_close(s);
}

static void without_memory_a_write_is_short_or_fails(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_closed(f);

	sim_fail_alloc_every(1);
	assert_int_equal(sock_send(s, content, 5000, 0), -ENOBUFS);
	sim_fail_alloc_every(0);
	assert_int_equal(queued(s), 0);
	assert_int_equal(f->net->tcp->memory, 0);
	sim_fail_alloc_after(3); /* the second sk_buff */
	assert_int_equal(sock_send(s, content, 1900, 0), 1460);
	sim_fail_alloc_after(0);
	assert_int_equal(sock_send(s, content + 1460, 3540, 0), 3540);
	drain(f, content, 5000);
	sim_fail_alloc_after(1);
	assert_int_equal(sock_send(s, content, 5000, MSG_STATIC), -ENOBUFS);
	sim_fail_alloc_after(0);
	abort_socket(f, s);
}

/* The window is wide, but cwnd keeps most of it in write_queue. */
static struct socket *connect_slow(struct tcp_fixture *f)
{
	struct socket *s;

	f->peer.wscale_ok = true;
	f->peer.wscale = 7;
	s = peer_connect(f);
	tcp_of(s)->cwnd = 1460;
	return s;
}

/* Entries are as long as a block, in full segments, and what is left. */
static void a_long_copy_makes_few_entries(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_slow(f);
	const struct sk_buff *skb;

	assert_int_equal(sock_send(s, content, 65536, 0), 65536);
	assert_int_equal(queued(s), 3);
	skb = skb_peek(&tcp_of(s)->write_queue);
	assert_int_equal(skb->len, 21 * 1460); /* one has gone */
	assert_int_equal(skb_queue_next(&tcp_of(s)->write_queue, skb)->len,
			 22 * 1460);
	skb = skb_peek_tail(&tcp_of(s)->write_queue);
	assert_int_equal(skb->len, 65536 - 44 * 1460);
	assert_int_equal(skb->data_len, 0);
	tcp_of(s)->cwnd = 100000;
	drain(f, content, 65536);
	assert_int_equal(f->net->tcp->memory, 0);
	abort_socket(f, s);
}

/* What is not worth a block has none: one segment, and its tail. */
static void short_copies_have_no_block(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_closed(f);
	struct sk_buff *skb;

	assert_int_equal(sock_send(s, content, 10, 0), 10);
	assert_int_equal(sock_send(s, content + 10, 2909, 0), 2909);
	assert_int_equal(queued(s), 2);
	skb_queue_walk (&tcp_of(s)->write_queue, skb)
		assert_false(skb_has_block(skb));
	drain(f, content, 2919);
	abort_socket(f, s);
}

/* A segment that is not full is filled before a block follows. */
static void a_block_follows_a_full_segment(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_closed(f);
	const struct sk_buff *skb;

	assert_int_equal(sock_send(s, content, 100, 0), 100);
	assert_int_equal(sock_send(s, content + 100, 4900, 0), 4900);
	skb = skb_peek(&tcp_of(s)->write_queue);
	assert_int_equal(skb->len, 1460);
	skb = skb_queue_next(&tcp_of(s)->write_queue, skb);
	assert_true(skb_has_block(skb));
	assert_int_equal(skb->len, 2920);
	drain(f, content, 5000);
	abort_socket(f, s);
}

/* What is counted is what is held, at each step until all is free. */
static void blocks_are_counted_until_they_are_freed(void **state)
{
	struct tcp_fixture *f = *state;
	struct socket *s = connect_slow(f);
	struct tcp_sock *tp = tcp_of(s);
	struct sk_buff *skb;
	u64 counted;

	assert_int_equal(sock_send(s, content, 30000, 0), 30000);
	assert_true(f->net->tcp->memory >= 30000);
	assert_true(f->net->tcp->memory < 30000 + 6 * TCP_SKB_OVERHEAD + 2304);
	fixture_tx_purge(f->base);
	for (u32 at = 1460; at < 19 * 1460; at += 1460) {
		peer_send(f, TCP_ACK, 1, 1 + at, NULL, 0);
		tp->cwnd = 1460;
		fixture_tx_purge(f->base);
		counted = 0;
		skb_queue_walk (&tp->write_queue, skb)
			counted += skb->truesize;
		skb_queue_walk (&tp->rtx_queue, skb)
			counted += skb->truesize;
		assert_int_equal(f->net->tcp->memory, counted);
		assert_true(counted > 20 * 1460); /* the block is there */
	}
	peer_send(f, TCP_ACK, 1, 30001, NULL, 0);
	abort_socket(f, s);
	assert_int_equal(f->net->tcp->memory, 0);
}

/* The n-th allocation fails: a short write at most, and the right bytes. */
static void a_failed_allocation_loses_no_copied_byte(void **state)
{
	struct tcp_fixture *f = *state;

	for (u64 n = 1; n <= 14; n++) {
		struct socket *s;
		ssize_t len;

		peer_become(f, (u16)(41000 + n));
		s = connect_slow(f);
		sim_fail_alloc_after(n);
		len = sock_send(s, content, 50000, 0);
		sim_fail_alloc_after(0);
		assert_true(len > 0);
		tcp_of(s)->cwnd = 100000;
		drain(f, content, (u32)len);
		abort_socket(f, s);
	}
}

/* Over the stack's limit a socket gets no more than it needs to go on. */
static void the_stacks_memory_is_bounded(void **state)
{
	struct tcp_fixture *f = *state;
	struct tcp_table *t = f->net->tcp;
	struct socket *s = connect_closed(f);
	u64 max = t->memory_max;

	t->memory_max = 0;
	assert_int_equal(sock_send(s, content, 5000, 0), 1460);
	assert_int_equal(sock_send(s, content, 5000, 0), -EAGAIN);
	assert_true(mib_rise(f, TCPEXT_TCPMemoryPressures) > 0);
	t->memory_max = max;
	drain(f, content, 1460);
	abort_socket(f, s);
}

/* Nobody else would ever tell it, and no ACK comes for what is held back. */
static void a_refused_writer_is_told_of_room(void **state)
{
	struct tcp_fixture *f = *state;
	struct tcp_table *t = f->net->tcp;
	struct socket *s = peer_connect(f);
	struct hearer h = {.watch.notify = hear};
	u64 max = t->memory_max;

	list_add_tail(&h.watch.node, &s->sk->watches);
	assert_int_equal(sock_send(s, content, 100, MSG_MORE), 100);
	expect_nothing(f);
	t->memory_max = 0;
	assert_int_equal(sock_send(s, content, 5000, 0), -EAGAIN);
	expect(f, TCP_ACK, 1, 1, 100); /* the cork is drawn */
	t->memory_max = max;
	h.calls = 0;
	peer_send(f, TCP_ACK, 1, 101, NULL, 0);
	assert_int_equal(h.calls, 1);
	abort_socket(f, s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, setup, tcp_fixture_teardown)
		T(a_write_is_sent_at_once_and_pushed),
		T(a_long_write_makes_full_segments),
		T(small_writes_share_an_sk_buff),
		T(pieces_of_an_iovec_are_one_write),
		T(more_holds_back_what_is_not_full),
		T(a_header_and_static_content_are_one_sk_buff),
		T(static_neighbours_are_one_frag),
		T(short_static_pieces_are_copied),
		T(copies_and_frags_keep_their_order),
		T(scattered_static_content_goes_on_in_another),
		T(long_static_content_is_cut_for_gso),
		T(the_buffer_fills_and_tells_when_there_is_room),
		T(writers_are_woken_once_a_third_is_free),
		T(who_has_polled_in_vain_is_woken_too),
		T(overhead_counts_as_used),
		T(calls_on_the_wrong_state_fail),
		T(after_the_peers_reset_writing_fails),
		T(without_memory_a_write_is_short_or_fails),
		T(a_long_copy_makes_few_entries),
		T(short_copies_have_no_block),
		T(a_block_follows_a_full_segment),
		T(blocks_are_counted_until_they_are_freed),
		T(a_failed_allocation_loses_no_copied_byte),
		T(the_stacks_memory_is_bounded),
		T(a_refused_writer_is_told_of_room),
		T(another_lowat_wakes_who_waits_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
