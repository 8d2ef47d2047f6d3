/* net/core/xmit.c: the way out. */
#include "test/host/fixture.h"

#include <string.h>
#include "lib/errno.h"
#include "net/core/eth.h"
#include "test/host/machine_sim.h"

static u8 sent_mark(struct fixture *f)
{
	struct sk_buff *skb = fixture_tx(f);
	u8 mark = skb ? skb->data[0] : 0;

	consume_skb(skb);
	return mark;
}

static void frame_goes_straight_to_the_driver(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = fixture_frame(f, 100, 7);

	assert_int_equal(fixture_xmit(skb), 0);
	assert_ptr_equal(fixture_tx(f), skb);
	assert_int_equal(skb->len, 100);
	assert_false(skb->xmit_more);
	assert_int_equal(f->flushes, 0);
	consume_skb(skb);
}

static void device_that_is_down_drops(void **state)
{
	struct fixture *f = *state;

	local_bh_disable();
	dev_close(&f->dev);
	local_bh_enable();
	assert_int_equal(fixture_xmit(fixture_frame(f, 60, 1)), -ENETDOWN);
	fixture_drop(f, DROP_DEV_DOWN);
	assert_int_equal(f->dev.stats.tx_dropped, 1);
}

static void device_without_carrier_drops(void **state)
{
	struct fixture *f = *state;

	local_bh_disable();
	netif_carrier_off(&f->dev);
	local_bh_enable();
	assert_int_equal(fixture_xmit(fixture_frame(f, 60, 1)), -ENETDOWN);
	fixture_drop(f, DROP_TX_NO_DEV);
}

static void longer_than_the_mtu_is_dropped(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_xmit(fixture_frame(f, ETH_HLEN + 1500, 1)), 0);
	assert_int_equal(fixture_xmit(fixture_frame(f, ETH_HLEN + 1501, 2)),
			 -EMSGSIZE);
	fixture_drop(f, DROP_TX_TOO_LONG);
	assert_int_equal(sent_mark(f), 1);
	assert_int_equal(sent_mark(f), 0);
}

static void short_frame_is_padded_with_zeros(void **state)
{
	struct fixture *f = *state;
	static const u8 zeros[ETH_ZLEN];

	for (u32 len = ETH_HLEN; len <= ETH_ZLEN; len++) {
		struct sk_buff *skb = alloc_skb(f->net, 100);

		/* What lay in the memory before must not be seen. */
		memset(skb->data, 0x5a, 100);
		memset(skb_put(skb, len), 0x11, len);
		skb->dev = &f->dev;
		fixture_xmit(skb);
		skb = fixture_tx(f);
		assert_int_equal(skb->len, ETH_ZLEN);
		assert_int_equal(skb->data[len - 1], 0x11);
		assert_memory_equal(skb->data + len, zeros, ETH_ZLEN - len);
		consume_skb(skb);
	}
}

static void padding_a_clone_does_not_touch_its_original(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = fixture_frame(f, 100, 0x77),
		       *clone = skb_clone(skb);
	static const u8 zeros[10];

	skb_trim(clone, 50);
	fixture_xmit(clone);
	for (u32 i = 0; i < 100; i++)
		assert_int_equal(skb->data[i], 0x77);
	clone = fixture_tx(f);
	assert_int_equal(clone->len, ETH_ZLEN);
	assert_int_equal(clone->data[49], 0x77);
	assert_memory_equal(clone->data + 50, zeros, 10);
	consume_skb(clone);
	consume_skb(skb);
}

static void short_frame_without_tailroom_is_padded(void **state)
{
	struct fixture *f = *state;
	u8 bytes[43];
	struct sk_buff *skb;

	memset(bytes, 9, sizeof(bytes));
	skb = fixture_skb(f, bytes, sizeof(bytes));
	skb->dev = &f->dev;
	fixture_xmit(skb);
	skb = fixture_tx(f);
	assert_int_equal(skb->len, ETH_ZLEN);
	assert_int_equal(skb->data[42], 9);
	assert_int_equal(skb->data[43] | skb->data[59], 0);
	consume_skb(skb);
}

static void short_frame_with_frags_is_padded(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = fixture_frame(f, 40, 1);

	assert_true(skb_add_frag(skb, "abc", 3));
	fixture_xmit(skb);
	skb = fixture_tx(f);
	assert_int_equal(skb->len, ETH_ZLEN);
	assert_int_equal(skb->data_len, 0);
	assert_memory_equal(skb->data + 40, "abc\0\0", 5);
	consume_skb(skb);
}

static void padding_does_not_change_a_pending_checksum(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = fixture_frame(f, 45, 3);
	be16 want = csum_fold(csum_partial(skb->data + 34, 11, 0));
	be16 got;

	f->dev.features = 0;
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = (u16)(skb_headroom(skb) + 34);
	skb->csum_offset = 6;
	fixture_xmit(skb);
	skb = fixture_tx(f);
	assert_int_equal(skb->ip_summed, CHECKSUM_NONE);
	memcpy(&got, skb->data + 40, 2);
	assert_int_equal(got.raw, want.raw);
	consume_skb(skb);
}

static void no_memory_to_adapt_drops(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = fixture_frame(f, 100, 1);

	assert_true(skb_add_frag(skb, "abc", 3));
	f->dev.features = 0;
	sim_fail_alloc_after(1);
	assert_int_equal(fixture_xmit(skb), -ENOBUFS);
	sim_fail_alloc_after(0);
	fixture_drop(f, DROP_NO_BUFFER);
}

static void frags_stay_where_the_device_can_gather(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = fixture_frame(f, 60, 1);

	assert_true(skb_add_frag(skb, "abc", 3));
	fixture_xmit(skb);
	assert_ptr_equal(fixture_tx(f), skb);
	assert_int_equal(skb->data_len, 3);
	consume_skb(skb);
}

static void frames_wait_while_the_queue_is_stopped(void **state)
{
	struct fixture *f = *state;

	f->room = 1;
	for (u8 i = 1; i <= 5; i++)
		assert_int_equal(fixture_xmit(fixture_frame(f, 60, i)), 0);
	assert_int_equal(fixture_tx_count(f), 1);
	assert_int_equal(f->dev.tx_queue.qlen, 4);
	fixture_wake(f, 100);
	for (u8 i = 1; i <= 5; i++)
		assert_int_equal(sent_mark(f), i);
	assert_int_equal(f->dev.tx_queued, 4);
	assert_int_equal(f->dev.tx_restarts, 1);
	assert_int_equal(f->flushes, 1);
	fixture_no_drop(f);
}

static void busy_driver_gets_the_frame_again(void **state)
{
	struct fixture *f = *state;

	f->room = 0;
	assert_int_equal(fixture_xmit(fixture_frame(f, 60, 1)), 0);
	assert_int_equal(fixture_xmit(fixture_frame(f, 60, 2)), 0);
	assert_int_equal(f->dev.tx_requeues, 1);
	fixture_wake(f, 0);
	assert_int_equal(f->dev.tx_requeues, 2);
	fixture_wake(f, 10);
	assert_int_equal(sent_mark(f), 1);
	assert_int_equal(sent_mark(f), 2);
	fixture_no_drop(f);
}

static void tiny_ring_loses_nothing(void **state)
{
	struct fixture *f = *state;

	f->room = 2;
	for (u8 i = 1; i <= 200; i++)
		assert_int_equal(fixture_xmit(fixture_frame(f, 60, i)), 0);
	for (u8 i = 1; i <= 200; i++) {
		if (!fixture_tx_count(f))
			fixture_wake(f, 2);
		assert_int_equal(sent_mark(f), i);
	}
	fixture_no_drop(f);
}

static void nothing_overtakes_what_waits(void **state)
{
	struct fixture *f = *state;

	f->room = 1;
	fixture_xmit(fixture_frame(f, 60, 1));
	fixture_xmit(fixture_frame(f, 60, 2));
	local_bh_disable();
	f->room = 10;
	netif_wake_queue(&f->dev);
	/* NET_TX has not run yet. */
	dev_queue_xmit(fixture_frame(f, 60, 3));
	local_bh_enable();
	fixture_settle(f);
	assert_int_equal(sent_mark(f), 1);
	assert_int_equal(sent_mark(f), 2);
	assert_int_equal(sent_mark(f), 3);
}

static void long_backlog_is_sent_in_several_turns(void **state)
{
	struct fixture *f = *state;

	f->room = 0;
	for (int i = 0; i < 200; i++)
		fixture_xmit(fixture_frame(f, 60, 1));
	fixture_wake(f, 1000);
	assert_int_equal(fixture_tx_count(f), 200);
	assert_int_equal(f->flushes, 4);
}

static void full_queue_drops_the_newest(void **state)
{
	struct fixture *f = *state;

	f->room = 0;
	for (int i = 0; i < TX_QUEUE_LEN; i++)
		assert_int_equal(fixture_xmit(fixture_frame(f, 60, 1)), 0);
	assert_int_equal(fixture_xmit(fixture_frame(f, 60, 2)), -ENOBUFS);
	fixture_drop(f, DROP_TX_DEV_FULL);
	assert_int_equal(f->dev.stats.tx_dropped, 1);
}

static void deferred_frames_cost_one_flush(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb;

	local_bh_disable();
	dev_tx_defer(f->net);
	dev_tx_defer(f->net);
	for (int i = 0; i < 3; i++)
		dev_queue_xmit(fixture_frame(f, 60, 1));
	dev_tx_flush(f->net);
	assert_int_equal(f->flushes, 0);
	dev_tx_flush(f->net);
	assert_int_equal(f->flushes, 1);
	dev_tx_defer(f->net);
	dev_tx_flush(f->net);
	assert_int_equal(f->flushes, 1);
	local_bh_enable();
	skb = fixture_tx(f);
	assert_true(skb->xmit_more);
	consume_skb(skb);
}

static void each_device_is_flushed_once(void **state)
{
	struct fixture *f = *state;
	struct net_device dev;
	struct sk_buff *skb;

	local_bh_disable();
	fixture_add_dev(f, &dev, "eth%d");
	dev_tx_defer(f->net);
	for (int i = 0; i < 4; i++) {
		skb = fixture_frame(f, 60, 1);
		skb->dev = i & 1 ? &dev : &f->dev;
		dev_queue_xmit(skb);
	}
	dev_tx_flush(f->net);
	assert_int_equal(f->flushes, 2);
	unregister_netdev(&dev);
	local_bh_enable();
}

#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(frame_goes_straight_to_the_driver),
		T(device_that_is_down_drops),
		T(device_without_carrier_drops),
		T(longer_than_the_mtu_is_dropped),
		T(short_frame_is_padded_with_zeros),
		T(padding_a_clone_does_not_touch_its_original),
		T(short_frame_without_tailroom_is_padded),
		T(short_frame_with_frags_is_padded),
		T(padding_does_not_change_a_pending_checksum),
		T(no_memory_to_adapt_drops),
		T(frags_stay_where_the_device_can_gather),
		T(frames_wait_while_the_queue_is_stopped),
		T(busy_driver_gets_the_frame_again),
		T(tiny_ring_loses_nothing),
		T(nothing_overtakes_what_waits),
		T(long_backlog_is_sent_in_several_turns),
		T(full_queue_drops_the_newest),
		T(deferred_frames_cost_one_flush),
		T(each_device_is_flushed_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
