/* drivers/e1000/tx.c against the model: every way out for a frame. */
#include "test/host/e1000_fixture.h"

#include <string.h>

static void linear_frame_goes_out_unchanged(void **state)
{
	struct nic_fixture *f = *state;
	struct sk_buff *skb = nic_skb(f, 100);
	u8 frame[100];

	memcpy(frame, skb->data, 100);
	nic_xmit(f, skb);
	assert_int_equal(f->m->nr_sent, 1);
	assert_int_equal(model_sent(f->m, 0)->len, 100);
	assert_memory_equal(model_sent(f->m, 0)->data, frame, 100);
	assert_int_equal(f->m->tx_tail_writes, 1);
	assert_int_equal(f->dev->stats.tx_packets, 1);
	assert_int_equal(f->dev->stats.tx_bytes, 100);
	/* The device has finished within the tail write: nothing is held. */
	assert_int_equal(f->net->skb_live, 0);
	assert_false(timer_pending(&f->nic->reclaim_timer));
}

static void frags_are_gathered(void **state)
{
	struct nic_fixture *f = *state;
	static u8 first[700], second[600];
	struct sk_buff *skb = nic_skb(f, 60);
	u8 frame[1360];

	memset(first, 0xa1, sizeof(first));
	memset(second, 0xb2, sizeof(second));
	memcpy(frame, skb->data, 60);
	memcpy(frame + 60, first, 700);
	memcpy(frame + 760, second, 600);
	assert_true(skb_add_frag(skb, first, 700));
	assert_true(skb_add_frag(skb, second, 600));
	nic_xmit(f, skb);
	assert_int_equal(f->m->nr_sent, 1);
	assert_int_equal(model_sent(f->m, 0)->descriptors, 3);
	assert_int_equal(model_sent(f->m, 0)->len, 1360);
	assert_memory_equal(model_sent(f->m, 0)->data, frame, 1360);
}

static void ring_carries_100000_frames(void **state)
{
	struct nic_fixture *f = *state;

	for (u32 i = 0; i < 100000; i++)
		nic_tx(f, 60 + i % 1400);
	assert_int_equal(f->m->nr_sent, 100000);
	assert_int_equal(f->net->skb_live, 0);
	assert_int_equal(nic_stat(f, "tx_reclaim_timer"), 0);
}

/* Ethernet, IPv4 and TCP headers of a frame with this much payload. */
static struct sk_buff *tcp_skb(struct nic_fixture *f, u32 payload)
{
	struct sk_buff *skb = nic_skb(f, 54 + payload);
	u8 *ip = skb->data + 14, *tcp = ip + 20;
	be16 seed;

	put_be16(skb->data + 12, 0x0800);
	memset(ip, 0, 40);
	ip[0] = 0x45;
	put_be16(ip + 2, 40 + payload);
	ip[9] = 6;
	memcpy(ip + 12, "\x0a\x00\x00\x01\x0a\x00\x00\x02", 8);
	put_be16(tcp, 80);
	put_be16(tcp + 4, 0xffff); /* the sequence number will wrap */
	put_be16(tcp + 6, 0xff00);
	tcp[12] = 5 << 4;
	tcp[13] = 0x19; /* FIN, PSH, ACK */
	seed = csum_fold(
		csum_partial(ip + 12, 8, BE16(6).raw + BE16(20 + payload).raw));
	seed.raw = (u16)~seed.raw;
	memcpy(tcp + 16, &seed, 2);
	skb->network_header = (u16)(ip - skb->head);
	skb->transport_header = (u16)(tcp - skb->head);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb->transport_header;
	skb->csum_offset = 16;
	return skb;
}

static u32 tcp_sum_of(const struct model_frame *frame)
{
	const u8 *ip = frame->data + 14;
	u32 len = get_be16(ip + 2) - 20u;
	csum_t sum = csum_partial(ip + 12, 8, BE16(6).raw + BE16(len).raw);

	return csum_fold(csum_partial(ip + 20, len, sum)).raw;
}

static void checksum_is_inserted(void **state)
{
	struct nic_fixture *f = *state;

	nic_xmit(f, tcp_skb(f, 333));
	assert_int_equal(f->m->nr_sent, 1);
	assert_int_equal(tcp_sum_of(model_sent(f->m, 0)), 0);
	assert_int_equal(nic_stat(f, "tx_csum_offload"), 1);
}

/* To the 82574 of QEMU, padding would look like payload. */
static void checksum_of_a_padded_frame_is_right(void **state)
{
	struct nic_fixture *f = *state;

	for (u32 payload = 0; payload < 12; payload++) {
		nic_xmit(f, tcp_skb(f, payload));
		assert_true(model_sent(f->m, payload)->len >= ETH_ZLEN);
		assert_int_equal(tcp_sum_of(model_sent(f->m, payload)), 0);
	}
}

static void context_is_sent_only_when_the_kind_changes(void **state)
{
	struct nic_fixture *f = *state;
	struct sk_buff *udp;

	for (int i = 0; i < 5; i++)
		nic_xmit(f, tcp_skb(f, 100 + i));
	nic_tx(f, 100);
	nic_xmit(f, tcp_skb(f, 500));
	assert_int_equal(f->m->nr_contexts, 1);
	udp = tcp_skb(f, 100);
	udp->csum_offset = 6;
	nic_xmit(f, udp);
	assert_int_equal(f->m->nr_contexts, 2);
	nic_xmit(f, tcp_skb(f, 100));
	assert_int_equal(f->m->nr_contexts, 3);
	assert_int_equal(tcp_sum_of(model_sent(f->m, 8)), 0);
}

static void far_checksum_is_computed_in_software(void **state)
{
	struct nic_fixture *f = *state;
	struct sk_buff *skb = nic_skb(f, 600);

	memset(skb->data + 14, 0x11, 586);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = (u16)(skb_headroom(skb) + 300);
	skb->csum_offset = 16;
	nic_xmit(f, skb);
	assert_int_equal(f->m->nr_sent, 1);
	assert_int_equal(f->m->nr_contexts, 0);
	assert_int_not_equal(model_sent(f->m, 0)->data[316], 0x11);
}

/* 20000 bytes of payload, most of it in one frag that is cut in pieces. */
static struct sk_buff *tso_skb(struct nic_fixture *f, const u8 *bulk, u32 mss)
{
	struct sk_buff *skb = tcp_skb(f, 100);

	assert_true(skb_add_frag(skb, bulk, 19900));
	skb_shinfo(skb)->gso_size = (u16)mss;
	skb_shinfo(skb)->gso_segs = (u16)((20000 + mss - 1) / mss);
	return skb;
}

static void tso_check(struct nic_fixture *f, u32 mss)
{
	static u8 bulk[19900];
	u32 segments = (20000 + mss - 1) / mss, total = 0;

	for (u32 i = 0; i < sizeof(bulk); i++)
		bulk[i] = (u8)(i * 31 >> 3);
	nic_xmit(f, tso_skb(f, bulk, mss));
	assert_int_equal(f->m->nr_sent, segments);
	for (u32 i = 0; i < segments; i++) {
		const struct model_frame *seg = model_sent(f->m, i);
		u32 payload = seg->len - 54;

		assert_int_equal(seg->tso, !f->m->is_82574);
		assert_int_equal(get_be16(seg->data + 16), 40 + payload);
		assert_int_equal(ip_fast_csum(seg->data + 14, 5).raw, 0);
		assert_int_equal(tcp_sum_of(seg), 0);
		assert_int_equal(get_be32(seg->data + 38), 0xffffff00 + total);
		assert_int_equal(seg->data[47] & 1, i == segments - 1);
		if (total >= 100)
			assert_memory_equal(seg->data + 54, bulk + total - 100,
					    payload);
		total += payload;
	}
	assert_int_equal(total, 20000);
	assert_int_equal(f->dev->stats.tx_packets, segments);
	assert_int_equal(f->dev->stats.tx_bytes, 20000 + 54 * segments);
	assert_int_equal(f->net->skb_live, 0);
}

static void tso_makes_segments(void **state)
{
	tso_check(*state, 1460);
}

static void tso_of_small_segments_uses_small_pieces(void **state)
{
	tso_check(*state, 536);
}

static void checksum_after_tso_gets_a_new_context(void **state)
{
	struct nic_fixture *f = *state;
	static u8 bulk[19900];

	nic_xmit(f, tcp_skb(f, 100));
	nic_xmit(f, tso_skb(f, bulk, 1460));
	nic_xmit(f, tcp_skb(f, 100));
	assert_int_equal(f->m->nr_contexts, 3);
	assert_int_equal(tcp_sum_of(model_sent(f->m, f->m->nr_sent - 1)), 0);
}

/* QEMU 7.2 would make fragments: the driver has to segment. */
static void e1000e_is_not_asked_for_tso(void **state)
{
	struct nic_fixture *f = *state;
	static u8 bulk[19900];

	assert_true(f->dev->features & NETIF_F_TSO);
	nic_xmit(f, tso_skb(f, bulk, 1460));
	assert_int_equal(f->m->nr_sent, 14);
	assert_false(model_sent(f->m, 0)->tso);
	assert_int_equal(f->m->tx_tail_writes, 1);
	assert_int_equal(tcp_sum_of(model_sent(f->m, 13)), 0);
}

static void deferred_frames_cost_one_tail_write(void **state)
{
	struct nic_fixture *f = *state;

	local_bh_disable();
	dev_tx_defer(f->net);
	for (int i = 0; i < 20; i++)
		(void)dev_queue_xmit(nic_skb(f, 60));
	assert_int_equal(f->m->tx_tail_writes, 0);
	assert_int_equal(f->m->nr_sent, 0);
	dev_tx_flush(f->net);
	local_bh_enable();
	assert_int_equal(f->m->tx_tail_writes, 1);
	assert_int_equal(f->m->nr_sent, 20);
	assert_int_equal(f->net->skb_live, 0);
}

static void long_deferral_does_not_overfill_the_ring(void **state)
{
	struct nic_fixture *f = *state;

	local_bh_disable();
	dev_tx_defer(f->net);
	for (int i = 0; i < 1000; i++)
		(void)dev_queue_xmit(nic_skb(f, 60));
	dev_tx_flush(f->net);
	local_bh_enable();
	nic_settle(f);
	assert_int_equal(f->m->nr_sent, 1000);
	assert_int_equal(f->m->tx_tail_writes, 5);
	assert_int_equal(f->dev->stats.tx_dropped, 0);
}

static void full_ring_stops_and_the_interrupt_wakes_it(void **state)
{
	struct nic_fixture *f = *state;
	u64 interrupts = nic_stat(f, "interrupts");

	f->m->tx_manual = true;
	for (int i = 0; i < 300; i++)
		nic_tx(f, 60);
	assert_true(f->dev->tx_stopped);
	assert_true(e1000_tx_unused(&f->nic->tx) < 32);
	assert_int_equal(nic_stat(f, "interrupts"), interrupts);
	f->m->tx_manual = false;
	model_tx_run(f->m, UINT32_MAX);
	nic_settle(f);
	assert_false(f->dev->tx_stopped);
	assert_int_equal(f->m->nr_sent, 300);
	assert_int_equal(nic_stat(f, "interrupts"), interrupts + 1);
	assert_true(nic_stat(f, "tx_restart") >= 1);
	assert_int_equal(f->net->skb_live, 0);
}

static void frame_that_does_not_fit_now_is_given_back(void **state)
{
	struct nic_fixture *f = *state;
	static u8 bulk[19900];

	f->m->tx_manual = true;
	while (e1000_tx_unused(&f->nic->tx) > 34)
		nic_tx(f, 60);
	for (int i = 0; i < 4; i++)
		nic_xmit(f, tso_skb(f, bulk, 536)); /* 22 descriptors */
	assert_true(f->dev->tx_stopped);
	f->m->tx_manual = false;
	model_tx_run(f->m, UINT32_MAX);
	nic_settle(f);
	assert_int_equal(f->m->frame_len, 0);
	assert_false(f->dev->tx_stopped);
	assert_int_equal(nic_stat(f, "tx_tso"), 4);
	assert_int_equal(f->net->skb_live, 0);
}

static void no_interrupt_for_transmits_in_the_normal_case(void **state)
{
	struct nic_fixture *f = *state;
	u64 interrupts = nic_stat(f, "interrupts");

	for (int i = 0; i < 100; i++)
		nic_tx(f, 60);
	nic_run_ms(f, 100);
	assert_int_equal(nic_stat(f, "interrupts"), interrupts);
}

/* A device that sends later: the frame does not stay for ever. */
static void timer_reclaims_what_nothing_else_does(void **state)
{
	struct nic_fixture *f = *state;

	f->m->tx_manual = true;
	nic_tx(f, 60);
	assert_int_equal(f->net->skb_live, 1);
	assert_true(timer_pending(&f->nic->reclaim_timer));
	model_tx_run(f->m, UINT32_MAX);
	nic_run_ms(f, 11);
	assert_int_equal(f->net->skb_live, 0);
	assert_false(timer_pending(&f->nic->reclaim_timer));
}

static void hang_resets_the_device_and_traffic_resumes(void **state)
{
	struct nic_fixture *f = *state;

	f->m->tx_hang = true;
	for (int i = 0; i < 3; i++)
		nic_tx(f, 60);
	nic_run_ms(f, 1500);
	assert_int_equal(nic_stat(f, "resets"), 0);
	f->m->tx_hang = false;
	nic_run_ms(f, 1000);
	assert_int_equal(nic_stat(f, "resets"), 1);
	assert_int_equal(f->net->skb_live, 0);
	assert_int_equal(net_drops(f->net, DROP_NETDEV_SHUTDOWN), 3);
	nic_tx(f, 60);
	nic_rx(f, 60);
	assert_int_equal(f->m->nr_sent, 1);
	assert_int_equal(f->received, 1);
}

static void stopped_queue_that_hangs_is_reset_by_the_watchdog(void **state)
{
	struct nic_fixture *f = *state;

	f->m->tx_hang = true;
	for (int i = 0; i < 300; i++)
		nic_tx(f, 60);
	assert_true(f->dev->tx_stopped);
	f->m->tx_hang = false;
	f->dev->ops->ndo_tx_timeout(f->dev);
	nic_settle(f);
	assert_int_equal(nic_stat(f, "resets"), 1);
	assert_false(f->dev->tx_stopped);
	assert_true(f->m->nr_sent > 50);
	assert_int_equal(f->net->skb_live, 0);
}

static void link_down_is_no_hang(void **state)
{
	struct nic_fixture *f = *state;

	f->m->tx_hang = true;
	nic_tx(f, 60);
	model_set_link(f->m, false);
	nic_run_ms(f, 10000);
	assert_int_equal(nic_stat(f, "resets"), 0);
	nic_close(f);
	assert_int_equal(f->net->skb_live, 0);
}

#define BOTH(test)                                                             \
	{#test " (e1000)", test, nic_setup_e1000, nic_teardown, NULL},         \
	{                                                                      \
#test " (e1000e)", test, nic_setup_e1000e, nic_teardown, NULL  \
	}
#define OLD(test)                                                              \
	{                                                                      \
#test " (e1000)", test, nic_setup_e1000, nic_teardown, NULL    \
	}
#define NEW(test)                                                              \
	{                                                                      \
#test " (e1000e)", test, nic_setup_e1000e, nic_teardown, NULL  \
	}
#define MSI(test)                                                              \
	{                                                                      \
#test " (MSI)", test, nic_setup_e1000e_msi, nic_teardown, NULL \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(linear_frame_goes_out_unchanged),
		BOTH(frags_are_gathered),
		BOTH(ring_carries_100000_frames),
		BOTH(checksum_is_inserted),
		BOTH(checksum_of_a_padded_frame_is_right),
		BOTH(context_is_sent_only_when_the_kind_changes),
		BOTH(far_checksum_is_computed_in_software),
		BOTH(tso_makes_segments),
		BOTH(tso_of_small_segments_uses_small_pieces),
		OLD(checksum_after_tso_gets_a_new_context),
		NEW(e1000e_is_not_asked_for_tso),
		BOTH(deferred_frames_cost_one_tail_write),
		BOTH(long_deferral_does_not_overfill_the_ring),
		BOTH(full_ring_stops_and_the_interrupt_wakes_it),
		MSI(full_ring_stops_and_the_interrupt_wakes_it),
		OLD(frame_that_does_not_fit_now_is_given_back),
		BOTH(no_interrupt_for_transmits_in_the_normal_case),
		BOTH(timer_reclaims_what_nothing_else_does),
		BOTH(hang_resets_the_device_and_traffic_resumes),
		BOTH(stopped_queue_that_hangs_is_reset_by_the_watchdog),
		BOTH(link_down_is_no_hang),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
