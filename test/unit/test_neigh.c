/* net/link/neigh.c: states, what waits, time. */
#include "test/host/neigh_user.h"

#include <string.h>
#include "lib/errno.h"
#include "net/core/eth.h"
#include "net/link/arp.h"
#include "test/host/machine_sim.h"

/* Frees what was sent; returns the number of ARP requests among it. */
static u32 requests(struct fixture *f, const u8 *dest)
{
	struct sk_buff *skb;
	u32 n = 0;

	while ((skb = fixture_tx(f)) != NULL) {
		const struct ethhdr *eth = (const struct ethhdr *)skb->data;

		if (ntohs(eth->type) == ETH_P_ARP &&
		    eth_addr_eq(eth->dest, dest))
			n++;
		consume_skb(skb);
	}
	return n;
}

static void first_packet_waits_and_is_not_lost(void **state)
{
	struct fixture *f = *state;
	struct neighbour *n = neigh_of(f, FIXTURE_PEER);
	struct sk_buff *skb;

	assert_int_equal(neigh_give(n, fixture_frame(f, 60, 1)), 0);
	assert_int_equal(n->state, NEIGH_INCOMPLETE);
	assert_int_equal(requests(f, fixture_bcast), 1);
	neigh_answer(n);
	skb = fixture_tx_ip(f);
	assert_non_null(skb);
	assert_int_equal(skb->data[ETH_HLEN], 1);
	consume_skb(skb);
	fixture_no_drop(f);
	neigh_release(n);
}

static void waiting_packets_keep_their_order(void **state)
{
	struct fixture *f = *state;
	struct neighbour *n = neigh_of(f, FIXTURE_PEER);

	for (u8 i = 1; i <= NEIGH_QUEUE_LEN; i++)
		neigh_give(n, fixture_frame(f, 60, i));
	neigh_answer(n);
	for (u8 i = 1; i <= NEIGH_QUEUE_LEN; i++) {
		struct sk_buff *skb = fixture_tx_ip(f);

		assert_int_equal(skb->data[ETH_HLEN], i);
		consume_skb(skb);
	}
	neigh_release(n);
}

static void oldest_of_too_many_is_dropped(void **state)
{
	struct fixture *f = *state;
	struct neighbour *n = neigh_of(f, FIXTURE_PEER);
	struct sk_buff *skb;

	for (u8 i = 0; i <= NEIGH_QUEUE_LEN; i++)
		neigh_give(n, fixture_frame(f, 60, i));
	fixture_drop(f, DROP_NEIGH_QUEUE_FULL);
	assert_int_equal(n->pending.qlen, NEIGH_QUEUE_LEN);
	neigh_answer(n);
	skb = fixture_tx_ip(f);
	assert_int_equal(skb->data[ETH_HLEN], 1);
	consume_skb(skb);
	neigh_release(n);
}

static void thousand_sends_cost_one_request_a_second(void **state)
{
	struct fixture *f = *state;
	struct neighbour *n = neigh_of(f, FIXTURE_PEER);

	for (int i = 0; i < 1000; i++) {
		neigh_give(n, fixture_frame(f, 60, 1));
		fixture_run_ms(f, 1);
	}
	assert_true(requests(f, fixture_bcast) <= 2);
	neigh_release(n);
}

static u32 told;

static void tell(struct sk_buff *skb)
{
	told++;
	assert_int_equal(skb->data[0], 7);
}

static void silence_fails_after_three_requests(void **state)
{
	struct fixture *f = *state;
	struct neighbour *n = neigh_of(f, FIXTURE_PEER);

	told = 0;
	f->net->arp->neigh_error = tell;
	assert_int_equal(neigh_give(n, fixture_frame(f, 60, 7)), 0);
	fixture_run_ms(f, 2900);
	assert_int_equal(requests(f, fixture_bcast), 3);
	fixture_no_drop(f);
	assert_int_equal(told, 0);
	fixture_run_ms(f, 200);
	fixture_drop(f, DROP_NEIGH_FAILED);
	assert_int_equal(told, 1);
	assert_int_equal(n->state, NEIGH_FAILED);
	assert_int_equal(requests(f, fixture_bcast), 0);
	neigh_release(n);
}

static void failed_neighbour_is_asked_again_when_used(void **state)
{
	struct fixture *f = *state;
	struct neighbour *n = neigh_of(f, FIXTURE_PEER);

	f->net->arp->neigh_error = NULL;
	neigh_give(n, fixture_frame(f, 60, 1));
	fixture_run_ms(f, 3500);
	requests(f, fixture_bcast);
	neigh_give(n, fixture_frame(f, 60, 2));
	assert_int_equal(requests(f, fixture_bcast), 1);
	neigh_answer(n);
	consume_skb(fixture_tx_ip(f));
	assert_int_equal(n->state, NEIGH_REACHABLE);
	neigh_release(n);
}

static void reachable_becomes_stale_after_30_seconds(void **state)
{
	struct fixture *f = *state;
	struct neighbour *n = neigh_of(f, FIXTURE_PEER);

	neigh_answer(n);
	fixture_run_ms(f, 29900);
	assert_int_equal(n->state, NEIGH_REACHABLE);
	fixture_run_ms(f, 200);
	assert_int_equal(n->state, NEIGH_STALE);
	assert_int_equal(requests(f, fixture_bcast), 0);
	neigh_release(n);
}

static void confirmation_keeps_it_reachable(void **state)
{
	struct fixture *f = *state;
	struct neighbour *n = neigh_of(f, FIXTURE_PEER);

	neigh_answer(n);
	for (int i = 0; i < 10; i++) {
		fixture_run_ms(f, 20000);
		neigh_confirm(n);
		assert_int_equal(n->state, NEIGH_REACHABLE);
	}
	assert_int_equal(fixture_tx_count(f), 0);
	fixture_run_ms(f, 61000);
	assert_int_equal(n->state, NEIGH_STALE);
	neigh_release(n);
}

static void stale_neighbour_is_used_at_once_and_probed_later(void **state)
{
	struct fixture *f = *state;
	struct neighbour *n = neigh_of(f, FIXTURE_PEER);

	neigh_answer(n);
	fixture_run_ms(f, 31000);
	neigh_give(n, fixture_frame(f, 60, 1));
	assert_int_equal(n->state, NEIGH_DELAY);
	consume_skb(fixture_tx_ip(f));
	fixture_run_ms(f, 4900);
	assert_int_equal(fixture_tx_count(f), 0);
	fixture_run_ms(f, 200);
	assert_int_equal(n->state, NEIGH_PROBE);
	assert_int_equal(requests(f, fixture_peer), 1);
	/* Still usable. */
	neigh_give(n, fixture_frame(f, 60, 2));
	assert_non_null(f->sent.next);
	assert_int_equal(fixture_tx_count(f), 1);
	neigh_answer(n);
	assert_int_equal(n->state, NEIGH_REACHABLE);
	neigh_release(n);
}

static void confirmation_spares_the_probe(void **state)
{
	struct fixture *f = *state;
	struct neighbour *n = neigh_of(f, FIXTURE_PEER);

	neigh_answer(n);
	fixture_run_ms(f, 31000);
	neigh_give(n, fixture_frame(f, 60, 1));
	neigh_confirm(n);
	fixture_run_ms(f, 6000);
	assert_int_equal(n->state, NEIGH_REACHABLE);
	assert_int_equal(requests(f, fixture_peer), 0);
	neigh_release(n);
}

/* Three by unicast, three by broadcast, then it has failed. */
static void dead_neighbour_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct neighbour *n = neigh_of(f, FIXTURE_PEER);

	neigh_answer(n);
	fixture_run_ms(f, 31000);
	neigh_give(n, fixture_frame(f, 60, 1));
	fixture_run_ms(f, 7900);
	assert_int_equal(requests(f, fixture_peer), 3);
	fixture_run_ms(f, 3000);
	assert_int_equal(requests(f, fixture_bcast), 3);
	fixture_run_ms(f, 1000);
	assert_int_equal(n->state, NEIGH_FAILED);
	neigh_release(n);
}

static void no_memory_for_an_entry_or_a_request(void **state)
{
	struct fixture *f = *state;
	struct neighbour *n;
	struct sk_buff *skb = fixture_frame(f, 60, 1);

	local_bh_disable();
	sim_fail_alloc_after(1);
	assert_null(neigh_lookup(&f->dev, FIXTURE_PEER));
	n = neigh_lookup(&f->dev, FIXTURE_PEER);
	sim_fail_alloc_after(1);
	assert_int_equal(neigh_output(n, skb), 0);
	sim_fail_alloc_after(0);
	fixture_drop(f, DROP_NO_BUFFER);
	local_bh_enable();
	/* The next request a second later goes out. */
	fixture_run_ms(f, 1100);
	assert_int_equal(requests(f, fixture_bcast), 1);
	neigh_release(n);
}

#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(first_packet_waits_and_is_not_lost),
		T(waiting_packets_keep_their_order),
		T(oldest_of_too_many_is_dropped),
		T(thousand_sends_cost_one_request_a_second),
		T(silence_fails_after_three_requests),
		T(failed_neighbour_is_asked_again_when_used),
		T(reachable_becomes_stale_after_30_seconds),
		T(confirmation_keeps_it_reachable),
		T(stale_neighbour_is_used_at_once_and_probed_later),
		T(confirmation_spares_the_probe),
		T(dead_neighbour_is_noticed),
		T(no_memory_for_an_entry_or_a_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
