/* net/core/napi.c and the backlog of rx.c. */
#include "test/host/fixture.h"

#include <string.h>
#include "net/core/eth.h"
#include "test/host/machine_sim.h"

/* A poll instance that has `left` frames to do. */
struct source {
	struct napi_struct napi;
	int left;     /* work that waits */
	int overwork; /* returned on top of the budget */
	bool early;   /* completes although its weight is used up */
	bool again;   /* is scheduled by an interrupt while it polls */
	u64 takes_ns;
	int polls;
	int completed;
	struct source *wakes; /* scheduled by an interrupt meanwhile */
};

static struct source *order[64];
static int polled;

static int source_poll(struct napi_struct *napi, int budget)
{
	struct source *s = container_of(napi, struct source, napi);
	int work = MIN(s->left, budget);

	if (polled < 64)
		order[polled++] = s;
	s->polls++;
	s->left -= work;
	sim_advance_ns(s->takes_ns);
	if (s->wakes)
		napi_schedule(&s->wakes->napi);
	if (s->again) {
		s->again = false;
		napi_schedule(napi);
	}
	if ((work < budget || s->early) && napi_complete_done(napi, work))
		s->completed++;
	return work + s->overwork;
}

static void source_add(struct fixture *f, struct source *s, int left)
{
	memset(s, 0, sizeof(*s));
	polled = 0;
	local_bh_disable();
	netif_napi_add(&f->dev, &s->napi, source_poll, NAPI_POLL_WEIGHT);
	napi_enable(&s->napi);
	local_bh_enable();
	s->left = left;
}

static void source_del(struct source *s)
{
	local_bh_disable();
	netif_napi_del(&s->napi);
	local_bh_enable();
}

static void schedule(struct source *s)
{
	local_bh_disable();
	napi_schedule(&s->napi);
	local_bh_enable();
}

static void under_weight_completes_after_one_poll(void **state)
{
	struct source s;

	source_add(*state, &s, 10);
	schedule(&s);
	sim_settle();
	assert_int_equal(s.polls, 1);
	assert_int_equal(s.completed, 1);
	assert_int_equal(s.napi.state, 0);
	assert_int_equal(s.napi.work, 10);
	source_del(&s);
}

static void exactly_the_weight_is_polled_again(void **state)
{
	struct source s;

	source_add(*state, &s, NAPI_POLL_WEIGHT);
	schedule(&s);
	sim_settle();
	assert_int_equal(s.polls, 2);
	assert_int_equal(s.completed, 1);
	source_del(&s);
}

static void disabled_instance_is_not_scheduled(void **state)
{
	struct source s;

	source_add(*state, &s, 1);
	local_bh_disable();
	napi_disable(&s.napi);
	local_bh_enable();
	schedule(&s);
	sim_settle();
	assert_int_equal(s.polls, 0);
	local_bh_disable();
	napi_enable(&s.napi);
	local_bh_enable();
	schedule(&s);
	sim_settle();
	assert_int_equal(s.polls, 1);
	source_del(&s);
}

static void disable_takes_it_off_the_poll_list(void **state)
{
	struct source s;

	source_add(*state, &s, 1);
	local_bh_disable();
	napi_schedule(&s.napi);
	napi_disable(&s.napi);
	local_bh_enable();
	sim_settle();
	assert_int_equal(s.polls, 0);
	source_del(&s);
}

static void scheduled_twice_is_polled_once(void **state)
{
	struct source s;

	source_add(*state, &s, 1);
	local_bh_disable();
	assert_true(napi_schedule_prep(&s.napi));
	__napi_schedule(&s.napi);
	local_bh_enable();
	sim_settle();
	assert_int_equal(s.polls, 1);
	source_del(&s);
}

static void interrupt_during_poll_is_not_lost(void **state)
{
	struct source s;

	source_add(*state, &s, 1);
	s.again = true;
	schedule(&s);
	sim_settle();
	/* The first complete said no: polled again, then armed. */
	assert_int_equal(s.polls, 2);
	assert_int_equal(s.completed, 1);
	source_del(&s);
}

static void busy_instances_take_turns(void **state)
{
	struct source a, b;

	source_add(*state, &a, 200);
	source_add(*state, &b, 200);
	local_bh_disable();
	napi_schedule(&a.napi);
	napi_schedule(&b.napi);
	local_bh_enable();
	sim_settle();
	assert_int_equal(polled, 8);
	for (int i = 0; i < polled; i++)
		assert_ptr_equal(order[i], i & 1 ? &b : &a);
	source_del(&a);
	source_del(&b);
}

static void newcomer_goes_before_who_wants_another_turn(void **state)
{
	struct source busy, newcomer;

	source_add(*state, &busy, 100);
	source_add(*state, &newcomer, 1);
	busy.wakes = &newcomer;
	schedule(&busy);
	sim_settle();
	assert_ptr_equal(order[0], &busy);
	assert_ptr_equal(order[1], &newcomer);
	assert_ptr_equal(order[2], &busy);
	source_del(&busy);
	source_del(&newcomer);
}

static void budget_ends_the_pass_and_the_next_goes_on(void **state)
{
	struct fixture *f = *state;
	struct source s[6];

	for (int i = 0; i < 6; i++)
		source_add(f, &s[i], NAPI_POLL_WEIGHT + 1);
	local_bh_disable();
	for (int i = 0; i < 6; i++)
		napi_schedule(&s[i].napi);
	local_bh_enable();
	sim_settle();
	/* 300 / 64: the first pass ends after five; the sixth is next. */
	for (int i = 0; i < 12; i++)
		assert_ptr_equal(order[i], &s[i % 6]);
	assert_true(f->net->softnet[0].time_squeeze >= 1);
	for (int i = 0; i < 6; i++)
		source_del(&s[i]);
}

static void slow_polls_are_squeezed_by_the_clock(void **state)
{
	struct fixture *f = *state;
	struct source a, b, c;

	source_add(f, &a, 1);
	source_add(f, &b, 1);
	source_add(f, &c, 1);
	a.takes_ns = b.takes_ns = 3 * 1000000;
	local_bh_disable();
	napi_schedule(&a.napi);
	napi_schedule(&b.napi);
	napi_schedule(&c.napi);
	local_bh_enable();
	sim_settle();
	assert_int_equal(f->net->softnet[0].time_squeeze, 1);
	assert_int_equal(c.polls, 1);
	source_del(&a);
	source_del(&b);
	source_del(&c);
}

static void work_over_weight_is_warned_of_once(void **state)
{
	struct source s;

	source_add(*state, &s, NAPI_POLL_WEIGHT + 5);
	sim_console_clear();
	s.overwork = 1;
	schedule(&s);
	sim_settle();
	assert_non_null(strstr(sim_console(), "eth0: poll returned 65 of 64"));
	assert_null(strstr(strstr(sim_console(), "of 64") + 5, "of 64"));
	source_del(&s);
}

static void completing_with_the_weight_used_up_is_survived(void **state)
{
	struct source s;

	source_add(*state, &s, NAPI_POLL_WEIGHT);
	s.early = true;
	schedule(&s);
	sim_settle();
	assert_int_equal(s.polls, 1);
	assert_true(list_empty(&s.napi.poll_list));
	source_del(&s);
}

static void weight_over_64_is_cut(void **state)
{
	struct fixture *f = *state;
	struct napi_struct napi;

	local_bh_disable();
	netif_napi_add(&f->dev, &napi, source_poll, 1000);
	assert_int_equal(napi.weight, NAPI_POLL_WEIGHT);
	netif_napi_del(&napi);
	local_bh_enable();
	assert_non_null(strstr(sim_console(), "weight 1000"));
}

/* Sends `left` frames from poll. */
static int sending_poll(struct napi_struct *napi, int budget)
{
	struct source *s = container_of(napi, struct source, napi);
	int work = 0;

	for (; s->left && work < budget; work++, s->left--) {
		struct sk_buff *skb = alloc_skb(napi->dev->net, 60);

		skb->dev = napi->dev;
		memset(skb_put(skb, 60), 0, 60);
		dev_queue_xmit(skb);
	}
	if (work < budget)
		napi_complete(napi);
	return work;
}

static void replies_of_one_pass_cost_one_flush(void **state)
{
	struct fixture *f = *state;
	struct source s;

	source_add(f, &s, 20);
	s.napi.poll = sending_poll;
	schedule(&s);
	sim_settle();
	assert_int_equal(fixture_tx_count(f), 20);
	assert_int_equal(f->flushes, 1);
	source_del(&s);
}

static u32 received;

static void count_received(struct sk_buff *skb, struct packet_type *pt)
{
	received++;
	consume_skb(skb);
}

static struct sk_buff *test_frame(struct fixture *f)
{
	struct sk_buff *skb = alloc_skb(f->net, 60);

	eth_fill(skb_put(skb, 60), fixture_mac, fixture_peer, 0x9999);
	skb->protocol = eth_type_trans(skb, &f->dev);
	return skb;
}

static void netif_rx_delivers_from_the_softirq(void **state)
{
	struct fixture *f = *state;
	struct packet_type pt = {.type = 0x9999, .func = count_received};

	received = 0;
	local_bh_disable();
	dev_add_pack(f->net, &pt);
	for (int i = 0; i < 100; i++)
		netif_rx(test_frame(f));
	assert_int_equal(received, 0);
	local_bh_enable();
	sim_settle();
	assert_int_equal(received, 100);
	assert_int_equal(f->net->softnet[0].backlog.polls, 2);
	assert_int_equal(f->net->softnet[0].processed, 100);
	dev_remove_pack(&pt);
}

static void full_backlog_drops_and_counts(void **state)
{
	struct fixture *f = *state;

	local_bh_disable();
	for (int i = 0; i <= NETDEV_MAX_BACKLOG; i++)
		netif_rx(test_frame(f));
	fixture_drop(f, DROP_BACKLOG_FULL);
	assert_int_equal(f->net->softnet[0].dropped, 1);
	assert_int_equal(f->dev.stats.rx_dropped, 1);
	dev_flush_backlog(&f->dev);
	local_bh_enable();
}

static void closing_the_device_flushes_its_backlog(void **state)
{
	struct fixture *f = *state;

	local_bh_disable();
	netif_rx(test_frame(f));
	dev_close(&f->dev);
	fixture_drop(f, DROP_NETDEV_SHUTDOWN);
	local_bh_enable();
	assert_int_equal(f->net->skb_live, 0);
}

#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(under_weight_completes_after_one_poll),
		T(exactly_the_weight_is_polled_again),
		T(disabled_instance_is_not_scheduled),
		T(disable_takes_it_off_the_poll_list),
		T(scheduled_twice_is_polled_once),
		T(interrupt_during_poll_is_not_lost),
		T(busy_instances_take_turns),
		T(newcomer_goes_before_who_wants_another_turn),
		T(budget_ends_the_pass_and_the_next_goes_on),
		T(slow_polls_are_squeezed_by_the_clock),
		T(work_over_weight_is_warned_of_once),
		T(completing_with_the_weight_used_up_is_survived),
		T(weight_over_64_is_cut),
		T(replies_of_one_pass_cost_one_flush),
		T(netif_rx_delivers_from_the_softirq),
		T(full_backlog_drops_and_counts),
		T(closing_the_device_flushes_its_backlog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
