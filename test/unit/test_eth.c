/* net/core/eth.c and the delivery of rx.c: classes, types, taps. */
#include "test/host/fixture.h"

#include <string.h>
#include "net/core/eth.h"
#include "test/host/machine_sim.h"

static const u8 other_mac[ETH_ALEN] = {2, 0, 0, 0, 0, 99};
static const u8 group_mac[ETH_ALEN] = {0x01, 0x00, 0x5e, 0, 0, 1};
static const u8 zero_mac[ETH_ALEN];

/* What a receiver saw. */
struct seen {
	struct packet_type pt;
	u32 count;
	u8 pkt_type;
	u32 len;
	u8 first;
	bool change; /* writes into its sk_buff */
	struct sk_buff *kept;
	bool keep;
};

static void see(struct sk_buff *skb, struct packet_type *pt)
{
	struct seen *seen = container_of(pt, struct seen, pt);

	seen->count++;
	seen->pkt_type = skb->pkt_type;
	seen->len = skb->len;
	seen->first = skb->len ? skb->data[0] : 0;
	if (seen->change)
		skb_pull(skb, 1);
	if (seen->keep && !seen->kept)
		seen->kept = skb;
	else
		consume_skb(skb);
}

static void watch(struct fixture *f, struct seen *seen, u16 type)
{
	memset(seen, 0, sizeof(*seen));
	seen->pt.type = type;
	seen->pt.func = see;
	dev_add_pack(f->net, &seen->pt);
}

static void rx(struct fixture *f, const u8 *to, const u8 *from, u16 type)
{
	u8 frame[60] = {0};

	eth_fill((struct ethhdr *)frame, to, from, type);
	frame[ETH_HLEN] = 0xab;
	fixture_rx(f, frame, sizeof(frame));
}

static void class_is_told_from_the_destination(void **state)
{
	struct fixture *f = *state;
	struct seen seen;

	watch(f, &seen, 0x9999);
	rx(f, fixture_mac, fixture_peer, 0x9999);
	assert_int_equal(seen.pkt_type, PACKET_HOST);
	assert_int_equal(seen.len, 46);
	assert_int_equal(seen.first, 0xab);
	rx(f, fixture_bcast, fixture_peer, 0x9999);
	assert_int_equal(seen.pkt_type, PACKET_BROADCAST);
	rx(f, group_mac, fixture_peer, 0x9999);
	assert_int_equal(seen.pkt_type, PACKET_MULTICAST);
	assert_int_equal(seen.count, 3);
	fixture_no_drop(f);
	dev_remove_pack(&seen.pt);
}

static void frame_for_another_station_is_dropped(void **state)
{
	struct fixture *f = *state;
	struct seen seen;

	watch(f, &seen, 0x9999);
	rx(f, other_mac, fixture_peer, 0x9999);
	fixture_drop(f, DROP_ETH_OTHERHOST);
	assert_int_equal(seen.count, 0);
	dev_remove_pack(&seen.pt);
}

static void impossible_source_is_dropped(void **state)
{
	struct fixture *f = *state;

	rx(f, fixture_mac, group_mac, ETH_P_ARP);
	fixture_drop(f, DROP_ETH_SRC_MULTICAST);
	rx(f, fixture_mac, zero_mac, ETH_P_ARP);
	fixture_drop(f, DROP_ETH_SRC_MULTICAST);
	rx(f, fixture_mac, fixture_bcast, ETH_P_ARP);
	fixture_drop(f, DROP_ETH_SRC_MULTICAST);
}

static void unknown_type_is_counted(void **state)
{
	struct fixture *f = *state;

	rx(f, fixture_mac, fixture_peer, 0x86dd);
	fixture_drop(f, DROP_ETH_UNKNOWN_TYPE);
	rx(f, fixture_mac, fixture_peer, ETH_P_802_3_MIN);
	fixture_drop(f, DROP_ETH_UNKNOWN_TYPE);
	assert_int_equal(f->dev.stats.rx_dropped, 2);
}

static void length_field_is_not_a_type(void **state)
{
	struct fixture *f = *state;

	rx(f, fixture_mac, fixture_peer, 46);
	fixture_drop(f, DROP_ETH_802_3);
	rx(f, fixture_mac, fixture_peer, 1500);
	fixture_drop(f, DROP_ETH_802_3);
	rx(f, fixture_mac, fixture_peer, ETH_P_802_3_MIN - 1);
	fixture_drop(f, DROP_ETH_802_3);
	rx(f, fixture_mac, fixture_peer, ETH_P_ALL);
	fixture_drop(f, DROP_ETH_802_3);
}

static void frame_below_a_header_is_refused(void **state)
{
	struct fixture *f = *state;
	u8 frame[ETH_HLEN] = {0};

	for (size_t len = 0; len < ETH_HLEN; len++) {
		fixture_rx(f, frame, len);
		fixture_drop(f, DROP_ETH_SHORT);
	}
	eth_fill((struct ethhdr *)frame, fixture_mac, fixture_peer, 0x9999);
	fixture_rx(f, frame, ETH_HLEN);
	fixture_drop(f, DROP_ETH_UNKNOWN_TYPE);
}

static void tap_sees_everything_that_arrives(void **state)
{
	struct fixture *f = *state;
	struct seen tap;

	watch(f, &tap, ETH_P_ALL);
	rx(f, other_mac, fixture_peer, 0x9999);
	assert_int_equal(tap.pkt_type, PACKET_OTHERHOST);
	fixture_drop(f, DROP_ETH_OTHERHOST);
	rx(f, fixture_mac, fixture_peer, 0x9999);
	fixture_drop(f, DROP_ETH_UNKNOWN_TYPE);
	rx(f, fixture_mac, group_mac, 0x9999);
	fixture_drop(f, DROP_ETH_SRC_MULTICAST);
	assert_int_equal(tap.count, 3);
	dev_remove_pack(&tap.pt);
}

static void tap_of_another_device_sees_nothing(void **state)
{
	struct fixture *f = *state;
	struct seen tap;

	watch(f, &tap, ETH_P_ALL);
	tap.pt.dev = f->net->loopback;
	rx(f, fixture_mac, fixture_peer, 0x9999);
	assert_int_equal(tap.count, 0);
	dev_remove_pack(&tap.pt);
}

static void receiver_of_another_device_gets_nothing(void **state)
{
	struct fixture *f = *state;
	struct packet_type pt = {
		.type = 0x9999, .func = see, .dev = f->net->loopback};
	struct seen seen = {.pt = pt};

	dev_add_pack(f->net, &seen.pt);
	rx(f, fixture_mac, fixture_peer, 0x9999);
	fixture_drop(f, DROP_ETH_UNKNOWN_TYPE);
	assert_int_equal(seen.count, 0);
	dev_remove_pack(&seen.pt);
}

static void types_of_one_bucket_are_told_apart(void **state)
{
	struct fixture *f = *state;
	struct seen seen;

	watch(f, &seen, 0x9999);
	rx(f, fixture_mac, fixture_peer, 0x9989);
	fixture_drop(f, DROP_ETH_UNKNOWN_TYPE);
	assert_int_equal(seen.count, 0);
	dev_remove_pack(&seen.pt);
}

static void receivers_do_not_disturb_each_other(void **state)
{
	struct fixture *f = *state;
	struct seen tap1, tap2, rcv1, rcv2;

	watch(f, &tap1, ETH_P_ALL);
	watch(f, &tap2, ETH_P_ALL);
	watch(f, &rcv1, 0x9999);
	watch(f, &rcv2, 0x9999);
	tap1.change = tap2.change = rcv1.change = true;
	tap2.keep = true;
	rx(f, fixture_mac, fixture_peer, 0x9999);
	assert_int_equal(tap1.count, 1);
	assert_int_equal(rcv1.count, 1);
	assert_int_equal(rcv2.first, 0xab);
	assert_int_equal(rcv2.len, 46);
	assert_non_null(tap2.kept);
	assert_int_equal(tap2.kept->len, 45);
	consume_skb(tap2.kept);
	dev_remove_pack(&tap1.pt);
	dev_remove_pack(&tap2.pt);
	dev_remove_pack(&rcv1.pt);
	dev_remove_pack(&rcv2.pt);
}

static void one_receiver_costs_no_clone(void **state)
{
	struct fixture *f = *state;
	struct seen rcv;

	watch(f, &rcv, 0x9999);
	rcv.keep = true;
	rx(f, fixture_mac, fixture_peer, 0x9999);
	assert_false(skb_cloned(rcv.kept));
	assert_int_equal(f->net->skb_live, 1);
	consume_skb(rcv.kept);
	dev_remove_pack(&rcv.pt);
}

static void no_memory_for_a_tap_is_counted(void **state)
{
	struct fixture *f = *state;
	struct seen tap, rcv;
	u8 frame[60] = {0};
	struct sk_buff *skb;

	watch(f, &tap, ETH_P_ALL);
	watch(f, &rcv, 0x9999);
	eth_fill((struct ethhdr *)frame, fixture_mac, fixture_peer, 0x9999);
	skb = fixture_skb(f, frame, sizeof(frame));
	skb->protocol = eth_type_trans(skb, &f->dev);
	local_bh_disable();
	sim_fail_alloc_after(1);
	netif_receive_skb(skb);
	sim_fail_alloc_after(0);
	local_bh_enable();
	fixture_drop(f, DROP_NO_BUFFER);
	assert_int_equal(tap.count, 0);
	assert_int_equal(rcv.count, 1);
	dev_remove_pack(&tap.pt);
	dev_remove_pack(&rcv.pt);
}

static void tap_sees_what_is_sent(void **state)
{
	struct fixture *f = *state;
	struct seen tap;
	struct sk_buff *skb = alloc_skb(f->net, 60);

	watch(f, &tap, ETH_P_ALL);
	memset(skb_put(skb, 60), 0, 60);
	eth_fill((struct ethhdr *)skb->data, fixture_peer, fixture_mac, 0x9999);
	skb->data[ETH_HLEN] = 0xcd;
	skb->dev = &f->dev;
	local_bh_disable();
	dev_queue_xmit(skb);
	local_bh_enable();
	assert_int_equal(tap.count, 1);
	assert_int_equal(tap.pkt_type, PACKET_OUTGOING);
	assert_int_equal(tap.first, 0xcd);
	assert_int_equal(tap.len, 46);
	skb = fixture_tx(f);
	assert_int_equal(skb->len, 60);
	consume_skb(skb);
	dev_remove_pack(&tap.pt);
}

#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(class_is_told_from_the_destination),
		T(frame_for_another_station_is_dropped),
		T(impossible_source_is_dropped),
		T(unknown_type_is_counted),
		T(length_field_is_not_a_type),
		T(frame_below_a_header_is_refused),
		T(tap_sees_everything_that_arrives),
		T(tap_of_another_device_sees_nothing),
		T(receiver_of_another_device_gets_nothing),
		T(types_of_one_bucket_are_told_apart),
		T(receivers_do_not_disturb_each_other),
		T(one_receiver_costs_no_clone),
		T(no_memory_for_a_tap_is_counted),
		T(tap_sees_what_is_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
