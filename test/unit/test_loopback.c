/* net/core/loopback.c, and the beginning and end of a stack (init.c). */
#include "test/host/fixture.h"

#include <string.h>
#include "net/core/eth.h"
#include "net/link/neigh.h"
#include "test/host/machine_sim.h"

static struct sk_buff *arrived;
static u32 arrivals;

static void keep(struct sk_buff *skb, struct packet_type *pt)
{
	arrivals++;
	consume_skb(arrived);
	arrived = skb;
}

static struct packet_type test_type;

static int setup(void **state)
{
	struct fixture *f;

	fixture_setup(state);
	f = *state;
	arrivals = 0;
	test_type = (struct packet_type){.type = 0x9999, .func = keep};
	dev_add_pack(f->net, &test_type);
	return 0;
}

static int teardown(void **state)
{
	dev_remove_pack(&test_type);
	consume_skb(arrived);
	arrived = NULL;
	return fixture_teardown(state);
}

static struct sk_buff *lo_frame(struct fixture *f, u32 len)
{
	struct sk_buff *skb = alloc_skb(f->net, len);

	memset(skb_put(skb, len), 0x42, len);
	memset(skb_push(skb, ETH_HLEN), 0, ETH_HLEN);
	((struct ethhdr *)skb->data)->type = htons(0x9999);
	skb->dev = f->net->loopback;
	return skb;
}

static void send(struct fixture *f, struct sk_buff *skb)
{
	local_bh_disable();
	assert_int_equal(dev_queue_xmit(skb), 0);
	assert_int_equal(arrivals, 0);
	local_bh_enable();
	fixture_settle(f);
}

static void lo_is_up(void **state)
{
	struct fixture *f = *state;
	struct net_device *lo = dev_get_by_name(f->net, "lo");

	assert_non_null(lo);
	assert_ptr_equal(lo, f->net->loopback);
	assert_int_equal(lo->ifindex, 1);
	assert_int_equal(lo->mtu, 65536);
	assert_true(lo->flags & IFF_UP && lo->flags & IFF_LOOPBACK);
	assert_true(netif_carrier_ok(lo));
}

static void what_is_sent_comes_back(void **state)
{
	struct fixture *f = *state;

	send(f, lo_frame(f, 100));
	assert_int_equal(arrivals, 1);
	assert_int_equal(arrived->len, 100);
	assert_int_equal(arrived->data[99], 0x42);
	assert_int_equal(arrived->pkt_type, PACKET_HOST);
	assert_ptr_equal(arrived->dev, f->net->loopback);
	assert_int_equal(f->net->loopback->stats.rx_packets, 1);
	assert_int_equal(f->net->loopback->stats.tx_bytes, 114);
}

static void short_frames_are_not_padded(void **state)
{
	struct fixture *f = *state;

	send(f, lo_frame(f, 3));
	assert_int_equal(arrived->len, 3);
}

static void pending_checksum_counts_as_checked(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = lo_frame(f, 100);

	skb->ip_summed = CHECKSUM_PARTIAL;
	send(f, skb);
	assert_int_equal(arrived->ip_summed, CHECKSUM_UNNECESSARY);
}

/* Whoever receives relies on linear bytes, as a NIC would deliver them. */
static void static_content_arrives_linear(void **state)
{
	static const u8 content[40000] = {1, 2, 3};
	struct fixture *f = *state;
	struct sk_buff *skb = lo_frame(f, 40);

	assert_true(skb_add_frag(skb, content, sizeof(content)));
	send(f, skb);
	assert_int_equal(arrivals, 1);
	assert_int_equal(arrived->len, 40 + sizeof(content));
	assert_int_equal(arrived->data_len, 0);
	assert_memory_equal(arrived->data + 40, content, sizeof(content));
}

static u32 released;

static void release(struct sk_buff *skb)
{
	released++;
}

static void sender_is_not_charged_while_it_waits(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = lo_frame(f, 40);

	released = 0;
	skb->destructor = release;
	local_bh_disable();
	dev_queue_xmit(skb);
	assert_int_equal(released, 1);
	local_bh_enable();
	fixture_settle(f);
	assert_int_equal(released, 1);
}

static void neighbours_on_lo_need_no_arp(void **state)
{
	struct fixture *f = *state;
	struct neighbour *n;
	struct sk_buff *skb = alloc_skb(f->net, 100);

	memset(skb_put(skb, 100), 0, 100);
	local_bh_disable();
	n = neigh_lookup(f->net->loopback, IP4(127, 0, 0, 1));
	assert_int_equal(n->state, NEIGH_PERMANENT);
	assert_int_equal(neigh_output(n, skb), 0);
	neigh_put(n);
	local_bh_enable();
	fixture_settle(f);
	assert_int_equal(fixture_tx_count(f), 0);
	assert_int_equal(f->net->loopback->stats.rx_packets, 1);
	fixture_forget_drops(f);
}

/* Every allocation on the way may fail: all of it is given back. */
static void stack_without_memory_is_not_created(void **state)
{
	struct fixture *f = *state;
	u64 live = sim_live_objects();
	struct net *net = NULL;
	u64 n;

	for (n = 1; n < 200 && !net; n++) {
		sim_fail_alloc_after(n);
		net = net_create();
		sim_fail_alloc_after(0);
		if (!net)
			assert_int_equal(sim_live_objects(), live);
	}
	assert_non_null(net);
	assert_true(n > 4);
	net_destroy(net);
	assert_int_equal(sim_live_objects(), live);
	assert_non_null(f->net);
}

static void two_stacks_do_not_meet(void **state)
{
	struct fixture *f = *state;
	struct net *other = net_create();
	struct sk_buff *skb;

	assert_non_null(other);
	send(f, lo_frame(f, 100));
	assert_int_equal(arrivals, 1);
	skb = alloc_skb(other, 60);
	memset(skb_put(skb, 60), 0x99, 60);
	skb->dev = other->loopback;
	local_bh_disable();
	dev_queue_xmit(skb);
	local_bh_enable();
	fixture_settle(f);
	assert_int_equal(arrivals, 1);
	assert_int_equal(net_drops(other, DROP_ETH_UNKNOWN_TYPE), 1);
	fixture_no_drop(f);
	net_destroy(other);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(lo_is_up),
		T(what_is_sent_comes_back),
		T(short_frames_are_not_padded),
		T(pending_checksum_counts_as_checked),
		T(static_content_arrives_linear),
		T(sender_is_not_charged_while_it_waits),
		T(neighbours_on_lo_need_no_arp),
		T(stack_without_memory_is_not_created),
		T(two_stacks_do_not_meet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
