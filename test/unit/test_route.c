/*
 * net/ipv4/fib.c, route.c and inetdevice.c: addresses, longest prefix, and
 * the way to a destination (conformance rows 19, 35 to 37).
 */
#include "test/host/datagram.h"

#include <stdlib.h>
#include <string.h>
#include "lib/errno.h"
#include "net/ipv4/fib.h"
#include "net/link/neigh.h"
#include "test/host/machine_sim.h"

static be32 mask_of(u32 prefix_len)
{
	return BE32(prefix_len ? ~0u << (32 - prefix_len) : 0);
}

static int add(struct fixture *f, be32 dest, u32 prefix_len, be32 gateway)
{
	return fib_add(f->net, &(struct fib_route){
				       .dest = dest,
				       .mask = mask_of(prefix_len),
				       .gateway = gateway,
				       .dev = &f->dev,
			       });
}

static int route(struct fixture *f, be32 daddr, be32 saddr,
		 struct dst_entry *dst)
{
	int err;

	local_bh_disable();
	err = route_output(f->net, daddr, saddr, dst);
	local_bh_enable();
	return err;
}

static void expect_nexthop(struct fixture *f, be32 daddr, be32 nexthop)
{
	struct dst_entry dst;

	assert_int_equal(route(f, daddr, INADDR_ANY, &dst), 0);
	assert_int_equal(ntohl(dst.nexthop), ntohl(nexthop));
	assert_true(be32_eq(dst.neigh->addr, nexthop));
	dst_release(&dst);
}

static void address_makes_the_connected_route(void **state)
{
	struct fixture *f = *state;
	struct dst_entry dst;

	assert_int_equal(route(f, FIXTURE_PEER, INADDR_ANY, &dst), 0);
	assert_ptr_equal(dst.dev, &f->dev);
	assert_int_equal(dst.type, DST_UNICAST);
	assert_int_equal(dst.mtu, 1500);
	assert_true(be32_eq(dst.saddr, FIXTURE_ADDR));
	assert_true(be32_eq(dst.nexthop, FIXTURE_PEER));
	assert_true(dst_valid(f->net, &dst));
	dst_release(&dst);
	assert_false(dst_valid(f->net, &dst));
}

static void refuses_masks_with_holes(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		ip_set_address(&f->dev, IP4(10, 0, 0, 1), IP4(255, 0, 255, 0)),
		-EINVAL);
	assert_int_equal(
		ip_set_address(&f->dev, IP4(10, 0, 0, 1), IP4(0, 0, 0, 255)),
		-EINVAL);
	assert_int_equal(
		ip_set_address(&f->dev, IP4(10, 0, 0, 1), IP4(0, 0, 0, 0)),
		-EINVAL);
	assert_true(be32_eq(f->dev.ip->addr, FIXTURE_ADDR));
}

static void refuses_addresses_no_host_can_have(void **state)
{
	struct fixture *f = *state;
	const be32 bad[] = {IP4(0, 0, 0, 0),   IP4(0, 1, 2, 3),
			    IP4(127, 0, 0, 1), IP4(224, 0, 0, 1),
			    IP4(240, 0, 0, 1), IP4(255, 255, 255, 255),
			    IP4(10, 0, 0, 0),  IP4(10, 0, 0, 255)};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(ip_set_address(&f->dev, bad[i], mask_of(24)),
				 -EINVAL);
}

static void both_ends_of_a_31_are_hosts(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ip_set_address(&f->dev, IP4(10, 9, 0, 0), mask_of(31)),
			 0);
	expect_nexthop(f, IP4(10, 9, 0, 1), IP4(10, 9, 0, 1));
}

static void an_address_belongs_to_one_device(void **state)
{
	struct fixture *f = *state;
	struct net_device other;

	fixture_add_dev(f, &other, "eth1");
	assert_int_equal(ip_set_address(&other, FIXTURE_ADDR, mask_of(24)),
			 -EINVAL);
	assert_int_equal(ip_set_address(&other, IP4(10, 5, 0, 1), mask_of(16)),
			 0);
	assert_ptr_equal(ip_dev_of(f->net, IP4(10, 5, 0, 1)), &other);
	assert_true(ip_is_local(f->net, IP4(10, 5, 0, 1)));
	unregister_netdev(&other);
	assert_false(ip_is_local(f->net, IP4(10, 5, 0, 1)));
	assert_null(ip_dev_of(f->net, IP4(10, 5, 0, 1)));
}

static void changing_the_address_changes_the_routes(void **state)
{
	struct fixture *f = *state;
	struct dst_entry dst;
	u32 gen = f->net->route_gen;

	assert_int_equal(ip_set_address(&f->dev, FIXTURE_ADDR, mask_of(24)), 0);
	assert_int_equal(f->net->route_gen, gen); /* the same: nothing to do */
	assert_int_equal(
		ip_set_address(&f->dev, IP4(192, 168, 7, 1), mask_of(24)), 0);
	assert_int_not_equal(f->net->route_gen, gen);
	assert_int_equal(route(f, FIXTURE_PEER, INADDR_ANY, &dst),
			 -ENETUNREACH);
	assert_false(ip_is_local(f->net, FIXTURE_ADDR));
	expect_nexthop(f, IP4(192, 168, 7, 9), IP4(192, 168, 7, 9));
}

static void default_gateway_takes_the_rest(void **state)
{
	struct fixture *f = *state;
	struct dst_entry dst;

	assert_int_equal(route(f, IP4(8, 8, 8, 8), INADDR_ANY, &dst),
			 -ENETUNREACH);
	assert_int_equal(net_mib(f->net, MIB_IP_OutNoRoutes), 1);
	assert_int_equal(add(f, INADDR_ANY, 0, IP4(10, 0, 0, 254)), 0);
	expect_nexthop(f, IP4(8, 8, 8, 8), IP4(10, 0, 0, 254));
	expect_nexthop(f, FIXTURE_PEER, FIXTURE_PEER);
	assert_int_equal(fib_del(f->net, INADDR_ANY, mask_of(0)), 0);
	assert_int_equal(fib_del(f->net, INADDR_ANY, mask_of(0)), -ENOENT);
	assert_int_equal(route(f, IP4(8, 8, 8, 8), INADDR_ANY, &dst),
			 -ENETUNREACH);
}

static void gateway_finds_its_device(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		fib_add(f->net,
			&(struct fib_route){.gateway = IP4(10, 0, 0, 254)}),
		0);
	expect_nexthop(f, IP4(8, 8, 8, 8), IP4(10, 0, 0, 254));
}

static void bad_routes_are_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(add(f, INADDR_ANY, 0, IP4(9, 9, 9, 9)), -ENETUNREACH);
	assert_int_equal(add(f, INADDR_ANY, 0, FIXTURE_ADDR), -EINVAL);
	assert_int_equal(add(f, INADDR_ANY, 0, IP4(224, 0, 0, 1)), -EINVAL);
	assert_int_equal(add(f, IP4(10, 7, 0, 1), 16, INADDR_ANY), -EINVAL);
	assert_int_equal(
		fib_add(f->net, &(struct fib_route){.dest = IP4(10, 7, 0, 0),
						    .mask = IP4(255, 0, 255, 0),
						    .dev = &f->dev}),
		-EINVAL);
	assert_int_equal(
		fib_add(f->net, &(struct fib_route){.dest = IP4(10, 7, 0, 0),
						    .mask = mask_of(16)}),
		-EINVAL);
	assert_int_equal(add(f, IP4(10, 0, 0, 0), 24, INADDR_ANY), -EEXIST);
}

static void lower_metric_wins(void **state)
{
	struct fixture *f = *state;
	struct fib_route r = {.gateway = IP4(10, 0, 0, 254), .metric = 100};

	assert_int_equal(fib_add(f->net, &r), 0);
	r.gateway = IP4(10, 0, 0, 253);
	r.metric = 10;
	assert_int_equal(fib_add(f->net, &r), 0);
	expect_nexthop(f, IP4(8, 8, 8, 8), IP4(10, 0, 0, 253));
}

static void table_is_bounded(void **state)
{
	struct fixture *f = *state;
	int err = 0;
	u32 n = 0;

	for (; n < 1000 && !err; n++)
		err = add(f, IP4(20, n >> 8, n & 255, 0), 24, FIXTURE_PEER);
	assert_int_equal(err, -ENOSPC);
	assert_int_equal(n, FIB_MAX_ROUTES); /* one was the connected one */
}

/* The longest prefix by looking at all. */
static be32 brute_force(const struct fib_route *r, u32 n, be32 daddr)
{
	const struct fib_route *best = NULL;

	for (u32 i = 0; i < n; i++)
		if ((daddr.raw & r[i].mask.raw) == r[i].dest.raw &&
		    (!best || ntohl(r[i].mask) > ntohl(best->mask)))
			best = &r[i];
	return best ? best->gateway : INADDR_ANY;
}

static void longest_prefix_agrees_with_brute_force(void **state)
{
	struct fixture *f = *state;
	static const u8 lengths[] = {0, 1, 8, 9, 15, 16, 17, 24, 30, 31, 32};
	struct fib_route r[100];
	u32 n = 0;

	while (n < ARRAY_SIZE(r)) {
		be32 mask = mask_of(lengths[sim_random() % sizeof(lengths)]);
		be32 dest = BE32((u32)sim_random() & 0x0f0f0f0f);

		r[n] = (struct fib_route){
			.dest = {dest.raw & mask.raw},
			.mask = mask,
			.gateway = IP4(10, 0, 0, 100 + n),
		};
		n += fib_add(f->net, &r[n]) == 0;
	}
	for (u32 i = 0; i < 1000000; i++) {
		be32 daddr = BE32((u32)sim_random() & 0x0f0f0f0f);
		const struct fib_route *got =
			fib_lookup(f->net->fib, daddr, NULL);
		be32 want = brute_force(r, n, daddr);

		if ((ntohl(daddr) >> 8) == 0x0a0000)
			continue; /* the connected route */
		assert_int_equal(got ? ntohl(got->gateway) : 0, ntohl(want));
	}
}

static void routes_over_a_closed_device_are_skipped(void **state)
{
	struct fixture *f = *state;
	struct net_device other;

	fixture_add_dev(f, &other, "eth1");
	assert_int_equal(ip_set_address(&other, IP4(10, 5, 0, 1), mask_of(16)),
			 0);
	assert_int_equal(add(f, INADDR_ANY, 0, IP4(10, 0, 0, 254)), 0);
	expect_nexthop(f, IP4(10, 5, 9, 9), IP4(10, 5, 9, 9));
	local_bh_disable();
	dev_close(&other);
	local_bh_enable();
	expect_nexthop(f, IP4(10, 5, 9, 9), IP4(10, 0, 0, 254));
	unregister_netdev(&other);
}

static void own_addresses_go_to_the_loopback(void **state)
{
	struct fixture *f = *state;
	const be32 own[] = {FIXTURE_ADDR, IP4(127, 0, 0, 1), IP4(127, 1, 2, 3)};
	struct dst_entry dst;

	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		assert_int_equal(route(f, own[i], INADDR_ANY, &dst), 0);
		assert_ptr_equal(dst.dev, f->net->loopback);
		assert_int_equal(dst.type, DST_LOCAL);
		assert_true(be32_eq(dst.saddr, own[i]));
		dst_release(&dst);
	}
}

static void source_must_be_our_own(void **state)
{
	struct fixture *f = *state;
	struct dst_entry dst;

	assert_int_equal(route(f, FIXTURE_PEER, IP4(10, 0, 0, 9), &dst),
			 -EINVAL);
	assert_int_equal(route(f, FIXTURE_PEER, IP4(127, 0, 0, 1), &dst),
			 -EINVAL);
	assert_null(dst.dev);
	assert_int_equal(route(f, FIXTURE_PEER, FIXTURE_ADDR, &dst), 0);
	dst_release(&dst);
}

static void broadcast_and_multicast_have_their_types(void **state)
{
	struct fixture *f = *state;
	struct dst_entry dst;

	assert_int_equal(route(f, INADDR_BROADCAST, INADDR_ANY, &dst), 0);
	assert_int_equal(dst.type, DST_BROADCAST);
	assert_ptr_equal(dst.dev, &f->dev);
	dst_release(&dst);
	assert_int_equal(route(f, IP4(10, 0, 0, 255), INADDR_ANY, &dst), 0);
	assert_int_equal(dst.type, DST_BROADCAST);
	dst_release(&dst);
	assert_int_equal(route(f, IP4(239, 1, 2, 3), INADDR_ANY, &dst), 0);
	assert_int_equal(dst.type, DST_MULTICAST);
	dst_release(&dst);
	assert_int_equal(route(f, IP4(0, 0, 0, 1), INADDR_ANY, &dst),
			 -ENETUNREACH);
}

static void without_address_only_broadcast_leaves(void **state)
{
	struct fixture *f = *state;
	struct dst_entry dst;

	ip_clear_address(&f->dev);
	assert_int_equal(route(f, INADDR_BROADCAST, INADDR_ANY, &dst), 0);
	assert_int_equal(dst.saddr.raw, 0);
	dst_release(&dst);
	assert_int_equal(route(f, IP4(224, 0, 0, 1), INADDR_ANY, &dst),
			 -ENETUNREACH);
}

static void reply_cache_follows_the_generation(void **state)
{
	struct fixture *f = *state;
	struct dst_entry *a, *b;

	local_bh_disable();
	a = route_reply(f->net, FIXTURE_PEER, FIXTURE_ADDR);
	b = route_reply(f->net, FIXTURE_PEER, FIXTURE_ADDR);
	assert_non_null(a);
	assert_ptr_equal(a, b);
	assert_int_equal(add(f, INADDR_ANY, 0, IP4(10, 0, 0, 254)), 0);
	assert_false(dst_valid(f->net, a));
	b = route_reply(f->net, FIXTURE_PEER, FIXTURE_ADDR);
	assert_true(dst_valid(f->net, b));
	assert_null(route_reply(f->net, FIXTURE_PEER, IP4(9, 9, 9, 9)));
	ip_clear_address(&f->dev);
	assert_null(route_reply(f->net, FIXTURE_PEER, FIXTURE_ADDR));
	local_bh_enable();
}

static void every_change_bumps_the_generation(void **state)
{
	struct fixture *f = *state;
	u32 gen = f->net->route_gen;

	assert_int_equal(add(f, INADDR_ANY, 0, IP4(10, 0, 0, 254)), 0);
	assert_int_not_equal(f->net->route_gen, gen);
	gen = f->net->route_gen;
	assert_int_equal(fib_del(f->net, INADDR_ANY, mask_of(0)), 0);
	assert_int_not_equal(f->net->route_gen, gen);
	gen = f->net->route_gen;
	ip_clear_address(&f->dev);
	assert_int_not_equal(f->net->route_gen, gen);
}

static void out_of_memory_leaves_no_address(void **state)
{
	struct fixture *f = *state;
	struct dst_entry dst;

	sim_fail_alloc_after(1);
	assert_int_equal(ip_set_address(&f->dev, IP4(10, 3, 0, 1), mask_of(8)),
			 -ENOMEM);
	assert_null(f->dev.ip);
	assert_int_equal(ip_set_address(&f->dev, FIXTURE_ADDR, mask_of(24)), 0);
	sim_fail_alloc_after(1);
	assert_int_equal(route(f, IP4(10, 0, 0, 77), INADDR_ANY, &dst),
			 -ENOBUFS);
	sim_fail_alloc_after(0);
}

static void count_route(const struct fib_route *r, void *arg)
{
	++*(u32 *)arg;
}

static void walk_shows_each_route(void **state)
{
	struct fixture *f = *state;
	u32 n = 0;

	assert_int_equal(add(f, INADDR_ANY, 0, IP4(10, 0, 0, 254)), 0);
	fib_walk(f->net, count_route, &n);
	assert_int_equal(n, 2);
}

#define T(t) cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(address_makes_the_connected_route),
		T(refuses_masks_with_holes),
		T(refuses_addresses_no_host_can_have),
		T(both_ends_of_a_31_are_hosts),
		T(an_address_belongs_to_one_device),
		T(changing_the_address_changes_the_routes),
		T(default_gateway_takes_the_rest),
		T(gateway_finds_its_device),
		T(bad_routes_are_refused),
		T(lower_metric_wins),
		T(table_is_bounded),
		T(longest_prefix_agrees_with_brute_force),
		T(routes_over_a_closed_device_are_skipped),
		T(own_addresses_go_to_the_loopback),
		T(source_must_be_our_own),
		T(broadcast_and_multicast_have_their_types),
		T(without_address_only_broadcast_leaves),
		T(reply_cache_follows_the_generation),
		T(every_change_bumps_the_generation),
		T(out_of_memory_leaves_no_address),
		T(walk_shows_each_route),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
