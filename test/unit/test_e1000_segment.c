/*
 * drivers/e1000/tx_segment.c against the model: each segment of a long frame
 * is compared with what the frame says.
 */
#include "test/host/e1000_fixture.h"

#include <string.h>

#define MAX_PAYLOAD 65000
#define FIRST_SEQ   0xffffff00u /* it wraps soon */

enum { FIN = 0x01, PSH = 0x08, ACK = 0x10, CWR = 0x80 };

struct frame_spec {
	u32 linear, frags[MAX_SKB_FRAGS]; /* bytes of payload */
	u32 mss;
	u16 id;
	u8 flags;
	bool may_fragment;
	u32 options; /* bytes of TCP options */
	u32 ip_options;
};

static u8 bulk[MAX_PAYLOAD];

static u32 hlen_of(const struct frame_spec *spec)
{
	return 54 + spec->options + spec->ip_options;
}

static u32 payload_of(const struct frame_spec *spec)
{
	u32 payload = spec->linear;

	for (int i = 0; i < MAX_SKB_FRAGS; i++)
		payload += spec->frags[i];
	return payload;
}

static u32 segments_of(const struct frame_spec *spec)
{
	return (payload_of(spec) + spec->mss - 1) / spec->mss;
}

static u16 seed_of(const u8 *ip, u32 l4_len)
{
	return (u16)~csum_fold(
		       csum_partial(ip + 12, 8, BE16(6).raw + BE16(l4_len).raw))
		.raw;
}

static void make_headers(u8 *frame, const struct frame_spec *spec)
{
	u32 ihl = 20 + spec->ip_options, payload = payload_of(spec);
	u8 *ip = frame + 14, *tcp = ip + ihl;
	u16 seed;

	memset(frame, 0x5a, 12);
	put_be16(frame + 12, 0x0800);
	memset(ip, 1, hlen_of(spec) - 14); /* options: NOP */
	memset(ip, 0, 20);
	ip[0] = (u8)(0x40 | ihl / 4);
	put_be16(ip + 2, (u16)(hlen_of(spec) - 14 + payload));
	put_be16(ip + 4, spec->id);
	ip[6] = spec->may_fragment ? 0 : 0x40;
	ip[8] = 64;
	ip[9] = 6;
	memcpy(ip + 12, "\x0a\x00\x02\x0f\x0a\x00\x02\x02", 8);
	put_be16(tcp, 80);
	put_be16(tcp + 2, 40000);
	put_be32(tcp + 4, FIRST_SEQ);
	put_be32(tcp + 8, 0x12345678);
	tcp[12] = (u8)((20 + spec->options) / 4 << 4);
	tcp[13] = spec->flags;
	seed = seed_of(ip, 20 + spec->options + payload);
	memcpy(tcp + 16, &seed, 2);
}

/* skb_add_frag would join what lies side by side. */
static void add_frag(struct sk_buff *skb, const u8 *addr, u32 len)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);

	shinfo->frags[shinfo->nr_frags++] = (struct skb_frag){addr, len};
	skb->len += len;
	skb->data_len += len;
}

static struct sk_buff *make(struct nic_fixture *f,
			    const struct frame_spec *spec)
{
	struct sk_buff *skb = alloc_skb(f->net, hlen_of(spec) + spec->linear);
	u8 *frame;
	u32 at = spec->linear;

	assert_non_null(skb);
	for (u32 i = 0; i < sizeof(bulk); i++)
		bulk[i] = (u8)(i * 31 >> 3 ^ i >> 11);
	frame = skb_put(skb, hlen_of(spec) + spec->linear);
	make_headers(frame, spec);
	memcpy(frame + hlen_of(spec), bulk, spec->linear);
	for (int i = 0; i < MAX_SKB_FRAGS && spec->frags[i]; i++) {
		add_frag(skb, bulk + at, spec->frags[i]);
		at += spec->frags[i];
	}
	skb->dev = f->dev;
	skb->protocol = htons(0x0800);
	skb->network_header = (u16)(frame + 14 - skb->head);
	skb->transport_header =
		(u16)(skb->network_header + 20 + spec->ip_options);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb->transport_header;
	skb->csum_offset = 16;
	skb_shinfo(skb)->gso_size = (u16)spec->mss;
	skb_shinfo(skb)->gso_segs = (u16)segments_of(spec);
	return skb;
}

static u16 id_of(const struct frame_spec *spec, u32 index)
{
	if (!spec->id && !spec->may_fragment)
		return 0;
	return (u16)(spec->id + index);
}

static u8 flags_of(const struct frame_spec *spec, u32 index)
{
	u8 flags = spec->flags;

	if (index)
		flags &= (u8)~CWR;
	if (index + 1 < segments_of(spec))
		flags &= (u8) ~(FIN | PSH);
	return flags;
}

static void check_segment(const struct model_frame *sent,
			  const struct frame_spec *spec, u32 index)
{
	u32 at = index * spec->mss, left = payload_of(spec) - at;
	u32 len = left < spec->mss ? left : spec->mss;
	u32 hlen = hlen_of(spec), ihl = 20 + spec->ip_options;
	const u8 *ip = sent->data + 14, *tcp = ip + ihl;
	u32 l4_len = hlen - 14 - ihl + len;
	u8 expect[160];

	assert_false(sent->tso);
	assert_int_equal(sent->len, MAX(hlen + len, (u32)ETH_ZLEN));
	assert_int_equal(ip_fast_csum(ip, ihl / 4).raw, 0);
	assert_int_equal((u16)~csum_fold(csum_partial(tcp, l4_len, 0)).raw,
			 (u16)~seed_of(ip, l4_len));
	make_headers(expect, spec);
	put_be16(expect + 16, (u16)(hlen - 14 + len));
	put_be16(expect + 18, id_of(spec, index));
	memcpy(expect + 24, ip + 10, 2);
	put_be32(expect + 14 + ihl + 4, FIRST_SEQ + at);
	expect[14 + ihl + 13] = flags_of(spec, index);
	memcpy(expect + 14 + ihl + 16, tcp + 16, 2);
	assert_memory_equal(sent->data, expect, hlen);
	assert_memory_equal(sent->data + hlen, bulk + at, len);
	for (u32 i = hlen + len; i < sent->len; i++)
		assert_int_equal(sent->data[i], 0);
}

static void check_from(struct nic_fixture *f, u64 first,
		       const struct frame_spec *spec)
{
	for (u32 i = 0; i < segments_of(spec); i++)
		check_segment(model_sent(f->m, first + i), spec, i);
}

/* One frame, sent at once, by one tail write and without a core segment. */
static void send(struct nic_fixture *f, struct frame_spec spec)
{
	u64 first = f->m->nr_sent, packets = f->dev->stats.tx_packets;
	u64 bytes = f->dev->stats.tx_bytes, kicks = f->m->tx_tail_writes;
	u64 by_stack = nic_stat(f, "tx_gso_by_stack");

	nic_xmit(f, make(f, &spec));
	assert_int_equal(f->m->nr_sent - first, segments_of(&spec));
	check_from(f, first, &spec);
	assert_int_equal(f->m->bad_seeds, 0);
	assert_int_equal(f->m->tx_tail_writes - kicks, 1);
	assert_int_equal(nic_stat(f, "tx_gso_by_stack"), by_stack);
	assert_int_equal(f->dev->stats.tx_packets - packets,
			 segments_of(&spec));
	assert_int_equal(f->dev->stats.tx_bytes - bytes,
			 payload_of(&spec) +
				 hlen_of(&spec) * segments_of(&spec));
	assert_int_equal(f->net->skb_live, 0);
}

static void linear_payload_is_segmented(void **state)
{
	struct nic_fixture *f = *state;

	send(f, (struct frame_spec){.linear = 5000, .mss = 1460, .flags = ACK});
	assert_int_equal(nic_stat(f, "tx_gso"), 1);
	assert_int_equal(nic_stat(f, "tx_gso_segments"), 4);
	/* A header and a piece of payload: nothing between. */
	assert_int_equal(model_sent(f->m, 0)->descriptors, 2);
}

static void exact_multiple_has_no_empty_segment(void **state)
{
	send(*state,
	     (struct frame_spec){.linear = 2920, .mss = 1460, .flags = ACK});
	send(*state, (struct frame_spec){.frags = {14600},
					 .mss = 1460,
					 .flags = ACK | PSH});
}

static void one_segment_keeps_all_flags(void **state)
{
	send(*state, (struct frame_spec){.linear = 1000,
					 .mss = 1460,
					 .flags = ACK | PSH | FIN | CWR});
}

static void frag_payload_is_segmented_where_it_lies(void **state)
{
	struct nic_fixture *f = *state;

	send(f, (struct frame_spec){.frags = {64000},
				    .mss = 1448,
				    .flags = ACK,
				    .options = 12});
	assert_int_equal(model_sent(f->m, 7)->descriptors, 2);
	assert_int_equal(f->m->nr_contexts, 1);
}

static void segments_cross_ranges_of_memory(void **state)
{
	struct nic_fixture *f = *state;

	send(f,
	     (struct frame_spec){.linear = 100,
				 .frags = {1, 2000, 3, 1460, 700, 60, 5000, 9},
				 .mss = 1460,
				 .flags = ACK | PSH});
	assert_int_equal(model_sent(f->m, 0)->descriptors, 4);
	for (u32 cut = 1; cut < 1600; cut += 13)
		send(f, (struct frame_spec){.linear = cut,
					    .frags = {1600 - cut, cut, 1500},
					    .mss = 1448,
					    .flags = ACK,
					    .options = 12});
}

static void every_mss_and_tail(void **state)
{
	for (u32 mss = 60; mss < 1460; mss += 97)
		for (u32 tail = 0; tail < 12; tail++)
			send(*state,
			     (struct frame_spec){.linear = 7,
						 .frags = {mss * 3 + tail},
						 .mss = mss,
						 .id = 77,
						 .flags = ACK | FIN});
}

/* Padded to 60 bytes, so summed by the driver. */
static void short_last_segment_is_padded(void **state)
{
	struct nic_fixture *f = *state;

	for (u32 tail = 1; tail < 8; tail++) {
		u64 last = f->m->nr_sent + 1;

		send(f, (struct frame_spec){.frags = {1460 + tail},
					    .mss = 1460,
					    .flags = ACK | FIN});
		assert_int_equal(model_sent(f->m, last)->len,
				 tail < 6 ? 60 : 54 + tail);
		assert_int_equal(model_sent(f->m, last)->descriptors,
				 tail < 7 ? 1 : 2);
	}
}

static void single_short_segments(void **state)
{
	for (u32 payload = 1; payload < 20; payload++)
		send(*state, (struct frame_spec){.linear = payload,
						 .mss = 1460,
						 .flags = ACK | PSH});
}

static void flags_are_on_the_segments_they_belong_to(void **state)
{
	struct nic_fixture *f = *state;

	send(f, (struct frame_spec){.frags = {4000},
				    .mss = 1460,
				    .flags = ACK | PSH | FIN | CWR});
	assert_int_equal(model_sent(f->m, 0)->data[47], ACK | CWR);
	assert_int_equal(model_sent(f->m, 1)->data[47], ACK);
	assert_int_equal(model_sent(f->m, 2)->data[47], ACK | PSH | FIN);
}

static void ids_count_but_atomic_zeros_stay(void **state)
{
	struct nic_fixture *f = *state;
	struct frame_spec spec = {
		.frags = {4000}, .mss = 1460, .flags = ACK, .id = 0xffff};

	send(f, spec);
	assert_int_equal(get_be16(model_sent(f->m, 2)->data + 18), 1);
	spec.id = 0;
	send(f, spec);
	assert_int_equal(get_be16(model_sent(f->m, 5)->data + 18), 0);
	spec.may_fragment = true;
	send(f, spec);
	assert_int_equal(get_be16(model_sent(f->m, 8)->data + 18), 2);
}

static void longest_header_of_a_slot(void **state)
{
	send(*state, (struct frame_spec){.frags = {4000},
					 .mss = 1300,
					 .options = 40,
					 .ip_options = 32,
					 .flags = ACK});
}

/* More than the stack itself could build. */
static void header_longer_than_a_slot_is_dropped(void **state)
{
	struct nic_fixture *f = *state;
	struct frame_spec spec = {.frags = {4000},
				  .mss = 1300,
				  .options = 40,
				  .ip_options = 40,
				  .id = 5,
				  .flags = ACK};

	nic_xmit(f, make(f, &spec));
	assert_int_equal(f->m->nr_sent, 0);
	assert_int_equal(net_drops(f->net, DROP_TX_TOO_LONG), 1);
	assert_int_equal(f->net->skb_live, 0);
}

/* 150 segments need more descriptors than the ring has. */
static void frame_larger_than_the_ring(void **state)
{
	struct nic_fixture *f = *state;
	struct frame_spec spec = {
		.frags = {30000}, .mss = 200, .id = 5, .flags = ACK | PSH};

	nic_xmit(f, make(f, &spec));
	nic_settle(f);
	assert_int_equal(f->m->nr_sent, 150);
	check_from(f, 0, &spec);
	assert_int_equal(nic_stat(f, "tx_gso_by_stack"), 1);
	assert_int_equal(f->dev->stats.tx_packets, 150);
	assert_int_equal(f->net->skb_live, 0);
}

/* Several short segments, or a sum to be made from nothing. */
static void unusual_frames_are_left_to_the_stack(void **state)
{
	struct nic_fixture *f = *state;
	struct frame_spec tiny = {
		.linear = 12, .mss = 4, .id = 5, .flags = ACK | PSH};
	struct frame_spec whole = {
		.frags = {4000}, .mss = 1460, .id = 5, .flags = ACK};
	struct sk_buff *skb = make(f, &whole);

	nic_xmit(f, make(f, &tiny));
	assert_int_equal(f->m->nr_sent, 3);
	check_from(f, 0, &tiny);
	skb->ip_summed = CHECKSUM_NONE;
	nic_xmit(f, skb);
	assert_int_equal(f->m->nr_sent, 6);
	check_from(f, 3, &whole);
	assert_int_equal(nic_stat(f, "tx_gso_by_stack"), 2);
	assert_int_equal(f->net->skb_live, 0);
}

static void frame_larger_than_the_ring_without_memory(void **state)
{
	struct nic_fixture *f = *state;
	struct frame_spec spec = {.frags = {30000}, .mss = 200, .flags = ACK};
	struct sk_buff *skb = make(f, &spec);

	sim_fail_alloc_after(20);
	nic_xmit(f, skb);
	sim_fail_alloc_after(0);
	assert_int_equal(f->m->nr_sent, 0);
	assert_int_equal(f->dev->stats.tx_dropped, 1);
	assert_int_equal(f->net->skb_live, 0);
}

/* It is the stack that knows what to do with it: a drop for each. */
static void segments_larger_than_the_link_are_dropped(void **state)
{
	struct nic_fixture *f = *state;
	struct frame_spec spec = {.frags = {4000}, .mss = 1500, .flags = ACK};

	nic_xmit(f, make(f, &spec));
	assert_int_equal(net_drops(f->net, DROP_TX_TOO_LONG), 2);
	assert_int_equal(f->m->nr_sent, 1);
	assert_int_equal(f->net->skb_live, 0);
}

static void nothing_is_allocated(void **state)
{
	struct nic_fixture *f = *state;
	struct frame_spec spec = {
		.linear = 3, .frags = {60000}, .mss = 1460, .flags = ACK};
	struct sk_buff *skb = make(f, &spec);
	u64 failed = sim_allocs_failed();

	sim_fail_alloc_every(1);
	nic_xmit(f, skb);
	sim_fail_alloc_every(0);
	assert_int_equal(sim_allocs_failed(), failed);
	assert_int_equal(f->m->nr_sent, segments_of(&spec));
	check_from(f, 0, &spec);
}

static void ring_wraps_at_every_place(void **state)
{
	struct nic_fixture *f = *state;

	/* 2 descriptors a segment and 1 more when the payload is cut. */
	for (u32 i = 0; i < 600; i++)
		send(f, (struct frame_spec){.linear = i % 3 * 700,
					    .frags = {6000 + i},
					    .mss = 1448,
					    .options = 12,
					    .flags = ACK});
}

/* With a slow device the slots of the first are not the second's. */
static void headers_live_until_their_descriptor_is_done(void **state)
{
	struct nic_fixture *f = *state;
	struct frame_spec first = {.frags = {40000}, .mss = 1460, .flags = ACK};
	struct frame_spec second = {.linear = 900,
				    .frags = {40000},
				    .mss = 1448,
				    .options = 12,
				    .id = 9,
				    .flags = ACK | PSH};
	struct frame_spec third = second;

	third.frags[0] = 30000;
	f->m->tx_manual = true;
	nic_xmit(f, make(f, &first));
	nic_xmit(f, make(f, &second));
	assert_int_equal(f->m->nr_sent, 0);
	model_tx_run(f->m, 2 * segments_of(&first) + 30);
	nic_xmit(f, make(f, &third));
	f->m->tx_manual = false;
	model_tx_run(f->m, UINT32_MAX);
	nic_run_ms(f, 20);
	check_from(f, 0, &first);
	check_from(f, segments_of(&first), &second);
	check_from(f, segments_of(&first) + segments_of(&second), &third);
	assert_int_equal(f->m->bad_seeds, 0);
	assert_int_equal(f->net->skb_live, 0);
}

static int destroyed;

static void count_destroyed(struct sk_buff *skb)
{
	destroyed++;
}

static void skb_is_freed_once_after_its_last_descriptor(void **state)
{
	struct nic_fixture *f = *state;
	struct frame_spec spec = {.frags = {20000}, .mss = 1460, .flags = ACK};
	struct sk_buff *skb = make(f, &spec);

	destroyed = 0;
	skb->destructor = count_destroyed;
	f->m->tx_manual = true;
	nic_xmit(f, skb);
	model_tx_run(f->m, 20);
	nic_run_ms(f, 15);
	assert_int_equal(f->m->nr_sent, 9);
	assert_int_equal(destroyed, 0);
	model_tx_run(f->m, UINT32_MAX);
	nic_run_ms(f, 15);
	assert_int_equal(f->m->nr_sent, 14);
	assert_int_equal(destroyed, 1);
	assert_int_equal(f->net->skb_live, 0);
	assert_int_equal(f->nic->tx.ntc, f->nic->tx.ntu);
}

/* Given back, and sent when there is room for all of it: not sooner. */
static void frame_that_does_not_fit_now_waits(void **state)
{
	struct nic_fixture *f = *state;
	struct frame_spec spec = {
		.frags = {9800}, .mss = 100, .id = 3, .flags = ACK};

	f->m->tx_manual = true;
	for (int i = 0; i < 100; i++)
		nic_tx(f, 60);
	nic_xmit(f, make(f, &spec)); /* 199 descriptors of 155 */
	nic_tx(f, 77);
	assert_true(f->dev->tx_stopped);
	assert_int_equal(nic_stat(f, "tx_busy"), 1);
	assert_int_equal(f->nic->tx.ntu, 100);
	model_tx_run(f->m, 20);
	nic_run_ms(f, 11);
	assert_int_equal(e1000_tx_unused(&f->nic->tx), 175);
	assert_true(f->dev->tx_stopped);
	assert_int_equal(nic_stat(f, "tx_busy"), 1);
	f->m->tx_manual = false;
	model_tx_run(f->m, UINT32_MAX);
	nic_settle(f);
	assert_false(f->dev->tx_stopped);
	assert_int_equal(f->m->nr_sent, 100 + 98 + 1);
	check_from(f, 100, &spec);
	assert_int_equal(model_sent(f->m, 198)->len, 77);
	assert_int_equal(f->net->skb_live, 0);
}

/* The count is what is needed at most: a full ring is not overrun. */
static void random_frames_to_a_slow_device(void **state)
{
	struct nic_fixture *f = *state;
	u64 segments = 0;

	f->m->tx_manual = true;
	for (u32 i = 0; i < 3000; i++) {
		struct frame_spec spec = {
			.linear = (u32)sim_random() % 3000,
			.frags = {1 + (u32)sim_random() % 9000,
				  1 + (u32)sim_random() % 90,
				  1 + (u32)sim_random() % 20000},
			.mss = 300 + (u32)sim_random() % 1100,
			.flags = ACK | PSH};

		segments += segments_of(&spec);
		nic_xmit(f, make(f, &spec));
		model_tx_run(f->m, (u32)sim_random() % 100);
		nic_settle(f);
		if (f->dev->tx_queue.qlen > 500) {
			model_tx_run(f->m, UINT32_MAX);
			nic_run_ms(f, 11);
		}
	}
	f->m->tx_manual = false;
	model_tx_run(f->m, UINT32_MAX);
	nic_run_ms(f, 1000);
	assert_true(nic_stat(f, "tx_busy") > 10);
	assert_int_equal(f->m->nr_sent, segments);
	assert_int_equal(f->m->bad_seeds, 0);
	assert_int_equal(f->dev->stats.tx_dropped, 0);
	assert_int_equal(f->net->skb_live, 0);
}

static void context_is_shared_with_single_frames(void **state)
{
	struct nic_fixture *f = *state;
	struct frame_spec single = {.linear = 900, .mss = 1460, .flags = ACK};
	struct sk_buff *skb = make(f, &single);

	skb_shinfo(skb)->gso_size = 0;
	nic_xmit(f, skb);
	send(f,
	     (struct frame_spec){.frags = {9000}, .mss = 1460, .flags = ACK});
	send(f, (struct frame_spec){.frags = {9000}, .mss = 700, .flags = ACK});
	assert_int_equal(f->m->nr_contexts, 1);
}

static void closing_frees_what_was_not_sent(void **state)
{
	struct nic_fixture *f = *state;
	struct frame_spec spec = {.frags = {20000}, .mss = 1460, .flags = ACK};

	f->m->tx_manual = true;
	for (int i = 0; i < 20; i++)
		nic_xmit(f, make(f, &spec));
	model_tx_run(f->m, 40);
	nic_close(f);
	assert_int_equal(f->net->skb_live, 0);
}

static void hang_in_the_middle_is_survived(void **state)
{
	struct nic_fixture *f = *state;
	struct frame_spec spec = {.frags = {20000}, .mss = 1460, .flags = ACK};

	f->m->tx_manual = true;
	nic_xmit(f, make(f, &spec));
	nic_run_ms(f, 2500);
	assert_int_equal(nic_stat(f, "resets"), 1);
	assert_int_equal(f->net->skb_live, 0);
	f->m->tx_manual = false;
	send(f, spec);
}

#define TEST(test)                                                             \
	cmocka_unit_test_setup_teardown(test, nic_setup_e1000e, nic_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(linear_payload_is_segmented),
		TEST(exact_multiple_has_no_empty_segment),
		TEST(one_segment_keeps_all_flags),
		TEST(frag_payload_is_segmented_where_it_lies),
		TEST(segments_cross_ranges_of_memory),
		TEST(every_mss_and_tail),
		TEST(short_last_segment_is_padded),
		TEST(single_short_segments),
		TEST(flags_are_on_the_segments_they_belong_to),
		TEST(ids_count_but_atomic_zeros_stay),
		TEST(longest_header_of_a_slot),
		TEST(header_longer_than_a_slot_is_dropped),
		TEST(frame_larger_than_the_ring),
		TEST(unusual_frames_are_left_to_the_stack),
		TEST(frame_larger_than_the_ring_without_memory),
		TEST(segments_larger_than_the_link_are_dropped),
		TEST(nothing_is_allocated),
		TEST(ring_wraps_at_every_place),
		TEST(headers_live_until_their_descriptor_is_done),
		TEST(skb_is_freed_once_after_its_last_descriptor),
		TEST(frame_that_does_not_fit_now_waits),
		TEST(random_frames_to_a_slow_device),
		TEST(context_is_shared_with_single_frames),
		TEST(closing_frees_what_was_not_sent),
		TEST(hang_in_the_middle_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
