/* drivers/e1000/rx.c against the model: every way in for a frame. */
#include "test/host/e1000_fixture.h"

#include <string.h>

static void small_frame_is_copied_and_the_buffer_stays(void **state)
{
	struct nic_fixture *f = *state;
	u8 *buffer = f->nic->rx.info[0].buffer;

	nic_rx(f, 60);
	assert_int_equal(f->received, 1);
	assert_int_equal(f->last_len, 60 - ETH_HLEN);
	assert_int_equal(f->last_head_kind, SKB_HEAD_SMALL);
	assert_int_equal(nic_stat(f, "rx_copybreak"), 1);
	assert_ptr_equal(f->nic->rx.info[0].buffer, buffer);
}

static void copybreak_can_be_switched_off(void **state)
{
	struct nic_fixture *f = *state;

	f->nic->rx.copybreak = 0;
	nic_rx(f, 60);
	assert_int_equal(f->received, 1);
	assert_int_equal(nic_stat(f, "rx_copybreak"), 0);
	assert_null(f->nic->rx.info[0].buffer);
}

static void large_frame_goes_up_in_its_buffer(void **state)
{
	struct nic_fixture *f = *state;

	f->hold = true;
	nic_rx(f, 1514);
	assert_int_equal(f->last_len, 1500);
	assert_int_equal(f->last_head_kind, SKB_HEAD_LARGE);
	assert_int_equal(nic_stat(f, "rx_copybreak"), 0);
	assert_null(f->nic->rx.info[0].buffer);
	assert_int_equal(f->dev->stats.rx_packets, 1);
	assert_int_equal(f->dev->stats.rx_bytes, 1514);
}

static void every_length_arrives_whole(void **state)
{
	struct nic_fixture *f = *state;

	for (u32 len = 60; len <= 1514; len++)
		nic_rx(f, len);
	assert_int_equal(f->received, 1514 - 60 + 1);
	assert_int_equal(f->corrupt, 0);
}

static void ring_carries_100000_frames_without_loss(void **state)
{
	struct nic_fixture *f = *state;
	u64 failed = 0;

	for (u32 i = 0; i < 100000; i++) {
		failed += !nic_wire(f, i % 10 ? 60 + i % 100 : 1514);
		if (i % 37 == 0)
			nic_settle(f);
	}
	nic_settle(f);
	assert_int_equal(failed, 0);
	assert_int_equal(f->received, 100000);
	assert_true(nic_stat(f, "rx_tail_writes") <= 100000 / 16 + 1);
}

static void buffers_are_given_in_batches(void **state)
{
	struct nic_fixture *f = *state;
	u64 before = f->m->rx_tail_writes;

	for (int i = 0; i < 15; i++)
		nic_rx(f, 60);
	assert_int_equal(f->m->rx_tail_writes, before);
	nic_rx(f, 60);
	assert_int_equal(f->m->rx_tail_writes, before + 1);
	assert_int_equal(model_rx_free(f->m), E1000_RING_SIZE - 1);
}

static void frame_over_several_descriptors_is_skipped(void **state)
{
	struct nic_fixture *f = *state;

	nic_rx(f, 5000);
	assert_int_equal(f->received, 0);
	assert_int_equal(nic_stat(f, "rx_long_discard"), 1);
	assert_int_equal(net_drops(f->net, DROP_RX_LONG_FRAME), 1);
	nic_rx(f, 100);
	assert_int_equal(f->received, 1);
}

static void error_frames_are_dropped(void **state)
{
	struct nic_fixture *f = *state;
	static const u8 errors[] = {0x01, 0x02, 0x04, 0x10, 0x80};

	for (unsigned i = 0; i < ARRAY_SIZE(errors); i++) {
		f->m->rx_errors = errors[i];
		nic_rx(f, 100);
	}
	assert_int_equal(f->received, 0);
	assert_int_equal(net_drops(f->net, DROP_RX_FRAME_ERROR), 5);
	assert_int_equal(f->dev->stats.rx_errors, 5);
	nic_rx(f, 100);
	assert_int_equal(f->received, 1);
}

static void impossible_lengths_are_dropped(void **state)
{
	struct nic_fixture *f = *state;
	static const u32 lies[] = {1, 13, 2049, 4096, 65535};

	for (unsigned i = 0; i < ARRAY_SIZE(lies); i++) {
		f->m->rx_len_lie = lies[i];
		nic_rx(f, 100);
	}
	assert_int_equal(f->received, 0);
	assert_int_equal(net_drops(f->net, DROP_RX_BAD_LENGTH), 5);
	assert_int_equal(nic_stat(f, "rx_length_errors"), 5);
}

static void good_checksum_is_believed(void **state)
{
	struct nic_fixture *f = *state;

	f->m->rx_status = RXD_TCPCS | 0x40;
	nic_rx(f, 100);
	assert_int_equal(f->last_summed, CHECKSUM_UNNECESSARY);
	f->m->rx_status = RXD_UDPCS;
	nic_rx(f, 1000);
	assert_int_equal(f->last_summed, CHECKSUM_UNNECESSARY);
	assert_int_equal(nic_stat(f, "rx_csum_offload_good"), 2);
	nic_rx(f, 100);
	assert_int_equal(f->last_summed, CHECKSUM_NONE);
}

static void bad_checksum_is_left_to_the_stack(void **state)
{
	struct nic_fixture *f = *state;

	f->m->rx_status = RXD_TCPCS;
	f->m->rx_errors = RXD_ERR_TCPE;
	nic_rx(f, 100);
	assert_int_equal(f->received, 1);
	assert_int_equal(f->last_summed, CHECKSUM_NONE);
	f->m->rx_status = RXD_TCPCS;
	f->m->rx_errors = RXD_ERR_IPE;
	nic_rx(f, 100);
	assert_int_equal(f->last_summed, CHECKSUM_NONE);
	assert_int_equal(nic_stat(f, "rx_csum_offload_errors"), 2);
}

static void checksum_bits_without_meaning_are_ignored(void **state)
{
	struct nic_fixture *f = *state;

	f->m->rx_status = RXD_IXSM | RXD_TCPCS;
	nic_rx(f, 100);
	assert_int_equal(f->last_summed, CHECKSUM_NONE);
}

/* The e1000 leaves old status bits where it does not set them. */
static void status_of_an_earlier_frame_does_not_linger(void **state)
{
	struct nic_fixture *f = *state;

	f->m->rx_status = RXD_TCPCS;
	for (int i = 0; i < E1000_RING_SIZE; i++)
		nic_rx(f, 60);
	f->m->rx_status = 0;
	nic_rx(f, 60);
	assert_int_equal(f->last_summed, CHECKSUM_NONE);
}

static void small_frame_without_memory_is_counted(void **state)
{
	struct nic_fixture *f = *state;

	sim_fail_alloc_after(1);
	nic_rx(f, 60);
	assert_int_equal(f->received, 0);
	assert_int_equal(net_drops(f->net, DROP_NO_BUFFER), 1);
	nic_rx(f, 60);
	assert_int_equal(f->received, 1);
}

static void large_frame_without_memory_keeps_its_buffer(void **state)
{
	struct nic_fixture *f = *state;

	sim_fail_alloc_after(1);
	nic_rx(f, 1514);
	assert_int_equal(f->received, 0);
	assert_non_null(f->nic->rx.info[0].buffer);
	assert_int_equal(f->dev->stats.rx_dropped, 1);
}

/* No buffer can be had until the ring is dry; then memory comes back. */
static void dry_ring_is_refilled_by_the_timer(void **state)
{
	struct nic_fixture *f = *state;

	f->hold = true;
	local_bh_disable();
	while (nic_wire(f, 1000))
		;
	while (e1000_rx_pending(f->nic)) {
		e1000_clean_rx(f->nic, NAPI_POLL_WEIGHT);
		sim_fail_alloc_every(1);
		e1000_refill_rx(f->nic);
		sim_fail_alloc_every(0);
	}
	sim_fail_alloc_every(1);
	local_bh_enable();
	nic_run_ms(f, 100);
	assert_int_equal(f->received, E1000_RING_SIZE - 1);
	assert_int_equal(model_rx_free(f->m), 0);
	assert_true(nic_stat(f, "alloc_rx_buff_failed") >= 4);
	assert_false(nic_wire(f, 1000));
	sim_fail_alloc_every(0);
	nic_run_ms(f, 25);
	assert_int_equal(model_rx_free(f->m), E1000_RING_SIZE - 1);
	nic_rx(f, 1000);
	assert_int_equal(f->received, E1000_RING_SIZE);
}

/* Row 36. */
static void overrun_recovers_and_is_counted(void **state)
{
	struct nic_fixture *f = *state;

	local_bh_disable();
	while (nic_wire(f, 60))
		;
	assert_false(nic_wire(f, 60));
	local_bh_enable();
	nic_settle(f);
	assert_int_equal(f->received, E1000_RING_SIZE - 1);
	nic_rx(f, 60);
	assert_int_equal(f->received, E1000_RING_SIZE);
	f->dev->ops->ndo_get_stats(f->dev);
	assert_int_equal(f->dev->stats.rx_fifo_errors, 2);
	f->dev->ops->ndo_get_stats(f->dev);
	assert_int_equal(f->dev->stats.rx_fifo_errors, 2);
}

static void pending_is_seen_without_register_access(void **state)
{
	struct nic_fixture *f = *state;
	u64 reads;

	f->dev->ops->ndo_busy_poll(f->dev, true);
	reads = mmio_model_reads() + mmio_model_writes();
	assert_false(f->dev->ops->ndo_rx_pending(f->dev));
	nic_wire(f, 60);
	assert_true(f->dev->ops->ndo_rx_pending(f->dev));
	local_bh_disable();
	napi_schedule(&f->nic->napi);
	local_bh_enable();
	sim_settle();
	assert_int_equal(f->received, 1);
	assert_false(f->dev->ops->ndo_rx_pending(f->dev));
	assert_int_equal(mmio_model_reads() + mmio_model_writes(), reads);
	f->dev->ops->ndo_busy_poll(f->dev, false);
	nic_rx(f, 60);
	assert_int_equal(f->received, 2);
}

static void data_path_reads_no_register(void **state)
{
	struct nic_fixture *f = *state;
	u64 reads = mmio_model_reads(), writes = mmio_model_writes();

	for (int i = 0; i < 160; i++) {
		nic_wire(f, 60);
		if (i % 16 == 15)
			nic_settle(f);
	}
	nic_settle(f);
	assert_int_equal(f->received, 160);
	assert_int_equal(mmio_model_reads(), reads);
	/* At most an IMS write a frame (they come singly here), and tails. */
	assert_true(mmio_model_writes() - writes <= 160 + 160 / 16);
}

#define BOTH(test)                                                             \
	{#test " (e1000)", test, nic_setup_e1000, nic_teardown, NULL},         \
	{                                                                      \
#test " (e1000e)", test, nic_setup_e1000e, nic_teardown, NULL  \
	}
#define EXT(test)                                                              \
	{                                                                      \
#test " (e1000e)", test, nic_setup_e1000e, nic_teardown, NULL  \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(small_frame_is_copied_and_the_buffer_stays),
		BOTH(copybreak_can_be_switched_off),
		BOTH(large_frame_goes_up_in_its_buffer),
		BOTH(every_length_arrives_whole),
		BOTH(ring_carries_100000_frames_without_loss),
		BOTH(buffers_are_given_in_batches),
		BOTH(frame_over_several_descriptors_is_skipped),
		BOTH(error_frames_are_dropped),
		BOTH(impossible_lengths_are_dropped),
		EXT(good_checksum_is_believed),
		EXT(bad_checksum_is_left_to_the_stack),
		EXT(checksum_bits_without_meaning_are_ignored),
		BOTH(status_of_an_earlier_frame_does_not_linger),
		BOTH(small_frame_without_memory_is_counted),
		BOTH(large_frame_without_memory_keeps_its_buffer),
		BOTH(dry_ring_is_refilled_by_the_timer),
		BOTH(overrun_recovers_and_is_counted),
		BOTH(pending_is_seen_without_register_access),
		EXT(data_path_reads_no_register),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
