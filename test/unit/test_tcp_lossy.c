/* A whole stream over a lossy wire, and with hardly any memory. */
#include "test/host/tcp_script.h"

#include <string.h>
#include "test/host/machine_sim.h"

#define LONG_STREAM 400000u

/* A receiver with an out-of-order queue, behind a lossy wire. */
struct receiver {
	bool have[LONG_STREAM + 2];
	u32 next; /* relative, the first byte missing */
	u32 loss; /* of 100 */
	u32 late; /* of 100: an ACK that is overtaken by the next */
};

/* The block that holds seq, RFC 2018 section 4. */
static u32 block_at(const struct receiver *r, u32 seq, u32 *edges)
{
	u32 start = seq, end = seq;

	while (start > r->next && r->have[start - 1])
		start--;
	while (r->have[end])
		end++;
	if (seq <= r->next || !r->have[seq])
		return 0;
	edges[0] = start;
	edges[1] = end;
	return 1;
}

/* The newest first, then some other; a duplicate as RFC 2883 has it. */
static void answer(struct tcp_fixture *f, const struct receiver *r, u32 seq,
		   u32 dup_len)
{
	u32 edges[6] = {seq, seq + dup_len}, count = dup_len ? 1 : 0;

	if (!f->peer.sack) {
		peer_acks(f, r->next);
		return;
	}
	count += block_at(r, seq, edges + 2 * count);
	for (u32 i = 0; i < 20 && count < 3; i++) {
		u32 at = r->next + (u32)(sim_random() % 60000);

		if (at <= LONG_STREAM)
			count += block_at(r, at, edges + 2 * count);
	}
	if (count)
		(peer_sacks)(f, r->next, count, edges);
	else
		peer_acks(f, r->next);
}

static void receive_all(struct tcp_fixture *f, struct receiver *r)
{
	const struct tcp_seen *seen = &f->seen;
	bool dup;
	u32 seq;

	while (peer_receive(f)) {
		if (sim_random() % 100 < r->loss || !seen->len)
			continue;
		assert_true(seen->seq_rel + seen->len <= LONG_STREAM + 1);
		assert_memory_equal(seen->data,
				    script_stream() + seen->seq_rel - 1,
				    seen->len);
		seq = seen->seq_rel;
		dup = r->have[seq];
		memset(r->have + seq, 1, seen->len);
		if (sim_random() % 100 < r->late)
			answer(f, r, seq, 0); /* from before it came */
		while (r->have[r->next])
			r->next++;
		if (sim_random() % 100 >= r->loss)
			answer(f, r, seq, dup ? seen->len : 0);
	}
}

/* Writes as there is room, in pieces of any size, copied and static. */
static void write_on(struct socket *s)
{
	struct tcp_sock *tp = tcp_of(s);
	u32 at = tp->write_seq - tp->iss;
	u32 len = 1 + (u32)(sim_random() % 20000);

	if (at > LONG_STREAM)
		return;
	len = MIN(len, LONG_STREAM + 1 - at);
	(void)sock_send(s, script_stream() + at - 1, len,
			sim_random() % 2 ? MSG_STATIC : 0);
}

static void gets_through(struct tcp_fixture *f, u32 loss, u64 fail_every)
{
	u64 timeouts;
	struct receiver *r = test_calloc(1, sizeof(*r));
	struct socket *s;
	u32 steps = 0;

	*r = (struct receiver){.next = 1, .loss = loss, .late = loss};
	s = connect_wide(f);
	while (r->next <= LONG_STREAM) {
		sim_fail_alloc_every(fail_every);
		write_on(s);
		fixture_run_ms(f->base, 5);
		sim_fail_alloc_every(0);
		receive_all(f, r);
		check_scoreboard(tcp_of(s));
		assert_true(++steps < 60000); /* five minutes */
	}
	timeouts = mib_rise(f, TCPEXT_TCPTimeouts);
	if (f->peer.sack && loss == 2 && !fail_every)
		assert_true(timeouts <= 3); /* hardly ever needed */
	fixture_run_ms(f->base, 130000);
	receive_all(f, r);
	peer_acks(f, r->next);
	assert_int_equal(tcp_of(s)->snd_una, tcp_of(s)->write_seq);
	script_end(f, s);
	test_free(r);
}

static void stream_gets_through_two_percent_loss(void **state)
{
	gets_through(*state, 2, 0);
}

static void stream_gets_through_twenty_percent_loss(void **state)
{
	gets_through(*state, 20, 0);
}

static void stream_gets_through_without_memory(void **state)
{
	gets_through(*state, 0, 7);
}

static void stream_gets_through_loss_without_memory(void **state)
{
	gets_through(*state, 5, 5);
}

static void with_sack(struct tcp_fixture *f, u32 loss, u64 fail_every)
{
	for (u32 round = 0; round < 8; round++) {
		peer_become(f, (u16)(41000 + round));
		f->peer.sack = true;
		f->peer.ts = round % 2;
		gets_through(f, loss, fail_every);
	}
}

static void sack_gets_through_two_percent_loss(void **state)
{
	with_sack(*state, 2, 0);
}

static void sack_gets_through_twenty_percent_loss(void **state)
{
	with_sack(*state, 20, 0);
}

static void sack_gets_through_loss_without_memory(void **state)
{
	with_sack(*state, 5, 5);
}

#define T TCP_TEST

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(stream_gets_through_two_percent_loss),
		T(stream_gets_through_twenty_percent_loss),
		T(stream_gets_through_without_memory),
		T(stream_gets_through_loss_without_memory),
		T(sack_gets_through_two_percent_loss),
		T(sack_gets_through_twenty_percent_loss),
		T(sack_gets_through_loss_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
