/* net/link/neigh_table.c: bounds, eviction, ageing out, fixed addresses. */
#include "test/host/neigh_user.h"

#include <string.h>
#include "lib/errno.h"
#include "net/core/eth.h"
#include "net/link/arp.h"

static void unused_entries_are_forgotten(void **state)
{
	struct fixture *f = *state;
	struct neighbour *n = neigh_of(f, FIXTURE_PEER);

	neigh_answer(n);
	neigh_release(n);
	fixture_run_ms(f, 200000);
	assert_int_equal(f->net->arp->count, 0);
	assert_null(neigh_find(&f->dev, FIXTURE_PEER));
	assert_false(timer_pending(&f->net->arp->gc));
}

static void entries_used_now_and_then_are_kept(void **state)
{
	struct fixture *f = *state;
	struct neighbour *n = neigh_of(f, FIXTURE_PEER);

	neigh_answer(n);
	neigh_release(n);
	for (int i = 0; i < 20; i++) {
		fixture_run_ms(f, 40000);
		assert_ptr_equal(neigh_find(&f->dev, FIXTURE_PEER), n);
		neigh_release(neigh_of(f, FIXTURE_PEER));
	}
}

static void entries_in_use_are_not_forgotten(void **state)
{
	struct fixture *f = *state;
	struct neighbour *n = neigh_of(f, FIXTURE_PEER);

	neigh_answer(n);
	fixture_run_ms(f, 1000000);
	assert_ptr_equal(neigh_find(&f->dev, FIXTURE_PEER), n);
	neigh_release(n);
}

static void same_address_is_the_same_entry(void **state)
{
	struct fixture *f = *state;
	struct neighbour *a = neigh_of(f, FIXTURE_PEER),
			 *b = neigh_of(f, FIXTURE_PEER);
	struct neighbour *c = neigh_of(f, IP4(10, 0, 0, 3));

	assert_ptr_equal(a, b);
	assert_ptr_not_equal(a, c);
	assert_int_equal(a->refcnt, 2);
	neigh_release(a);
	neigh_release(b);
	neigh_release(c);
}

static void unresolved_entries_give_way_first(void **state)
{
	struct fixture *f = *state;
	struct neighbour *n;

	/* The resolved one is the oldest of all. */
	n = neigh_of(f, FIXTURE_PEER);
	neigh_answer(n);
	neigh_release(n);
	for (u32 i = 0; i < 3 * NEIGH_TABLE_MAX; i++) {
		n = neigh_of(f, BE32(0x0a010000 + i));
		neigh_give(n, fixture_frame(f, 60, 1));
		neigh_release(n);
		fixture_tx_purge(f);
	}
	assert_int_equal(f->net->arp->count, NEIGH_TABLE_MAX);
	assert_non_null(neigh_find(&f->dev, FIXTURE_PEER));
	assert_int_equal(f->net->arp->evicted, 2 * NEIGH_TABLE_MAX + 1);
	assert_int_equal(net_drops(f->net, DROP_NEIGH_TABLE_FULL),
			 2 * NEIGH_TABLE_MAX + 1);
	/* The last one used is still there, the first is not. */
	assert_non_null(neigh_find(&f->dev,
				   BE32(0x0a010000 + 3 * NEIGH_TABLE_MAX - 1)));
	assert_null(neigh_find(&f->dev, BE32(0x0a010000)));
}

static void table_full_of_used_entries_refuses(void **state)
{
	struct fixture *f = *state;
	static struct neighbour *held[NEIGH_TABLE_MAX];

	for (u32 i = 0; i < NEIGH_TABLE_MAX; i++)
		held[i] = neigh_of(f, BE32(0x0a010000 + i));
	local_bh_disable();
	assert_null(neigh_lookup(&f->dev, FIXTURE_PEER));
	local_bh_enable();
	fixture_drop(f, DROP_NEIGH_TABLE_FULL);
	neigh_release(held[5]);
	neigh_release(neigh_of(f, FIXTURE_PEER));
	for (u32 i = 0; i < NEIGH_TABLE_MAX; i++) {
		if (i != 5)
			neigh_release(held[i]);
	}
}

static void chains_stay_short_under_related_addresses(void **state)
{
	struct fixture *f = *state;

	for (u32 i = 0; i < NEIGH_TABLE_MAX; i++)
		neigh_release(neigh_of(f, BE32(0x0a000100 + i * 256)));
	for (u32 i = 0; i < ARP_HASH_SIZE; i++) {
		struct neighbour *n;
		u32 len = 0;

		hlist_for_each_entry (n, &f->net->arp->hash[i], hash_node)
			len++;
		assert_true(len <= 16);
	}
}

static void broadcast_and_multicast_need_no_arp(void **state)
{
	static const u8 group[ETH_ALEN] = {1, 0, 0x5e, 0x7f, 1, 2};
	struct fixture *f = *state;
	static const be32 all[] = {IP4(255, 255, 255, 255), IP4(10, 0, 0, 255),
				   IP4(10, 0, 0, 0)};
	struct neighbour *n;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		n = neigh_of(f, all[i]);
		assert_int_equal(n->state, NEIGH_PERMANENT);
		assert_memory_equal(n->header.dest, fixture_bcast, ETH_ALEN);
		assert_memory_equal(n->header.source, fixture_mac, ETH_ALEN);
		neigh_release(n);
	}
	n = neigh_of(f, IP4(224, 255, 1, 2));
	assert_memory_equal(n->header.dest, group, ETH_ALEN);
	neigh_give(n, fixture_frame(f, 60, 1));
	assert_int_equal(fixture_tx_count(f), 1);
	neigh_release(n);
}

static void static_entry_is_never_changed_nor_evicted(void **state)
{
	struct fixture *f = *state;
	struct neighbour *n;

	fixture_know_peer(f);
	fixture_know_peer(f);
	for (u32 i = 0; i < 2 * NEIGH_TABLE_MAX; i++)
		neigh_release(neigh_of(f, BE32(0x0a010000 + i)));
	fixture_run_ms(f, 500000);
	n = neigh_of(f, FIXTURE_PEER);
	assert_int_equal(n->state, NEIGH_PERMANENT);
	assert_int_equal(n->refcnt, 2);
	local_bh_disable();
	neigh_verify(n);
	neigh_flush_dev(&f->dev);
	local_bh_enable();
	assert_int_equal(n->state, NEIGH_PERMANENT);
	neigh_release(n);
}

static void holder_of_a_gone_device_is_told(void **state)
{
	struct fixture *f = *state;
	struct net_device dev;
	struct neighbour *n;

	fixture_add_dev(f, &dev, "eth%d");
	local_bh_disable();
	n = neigh_lookup(&dev, FIXTURE_PEER);
	neigh_output(n, fixture_frame(f, 60, 1));
	unregister_netdev(&dev);
	local_bh_enable();
	fixture_drop(f, DROP_NETDEV_SHUTDOWN);
	assert_int_equal(neigh_give(n, fixture_frame(f, 60, 2)), -ENETDOWN);
	fixture_drop(f, DROP_TX_NO_DEV);
	neigh_release(n);
	assert_int_equal(f->net->arp->count, 0);
}

static void lost_carrier_forgets_the_neighbours(void **state)
{
	struct fixture *f = *state;
	struct neighbour *n = neigh_of(f, FIXTURE_PEER);

	neigh_answer(n);
	neigh_release(n);
	local_bh_disable();
	netif_carrier_off(&f->dev);
	netif_carrier_on(&f->dev);
	local_bh_enable();
	assert_null(neigh_find(&f->dev, FIXTURE_PEER));
}

static void count_visit(const struct neighbour *n, void *arg)
{
	(*(u32 *)arg)++;
}

static void walk_visits_each_entry(void **state)
{
	struct fixture *f = *state;
	u32 visits = 0;

	for (u32 i = 2; i < 12; i++)
		neigh_release(neigh_of(f, BE32(0x0a000000 + i)));
	neigh_walk(f->net, count_visit, &visits);
	assert_int_equal(visits, 10);
}

#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(unused_entries_are_forgotten),
		T(entries_used_now_and_then_are_kept),
		T(entries_in_use_are_not_forgotten),
		T(same_address_is_the_same_entry),
		T(unresolved_entries_give_way_first),
		T(table_full_of_used_entries_refuses),
		T(chains_stay_short_under_related_addresses),
		T(broadcast_and_multicast_need_no_arp),
		T(static_entry_is_never_changed_nor_evicted),
		T(holder_of_a_gone_device_is_told),
		T(lost_carrier_forgets_the_neighbours),
		T(walk_visits_each_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
