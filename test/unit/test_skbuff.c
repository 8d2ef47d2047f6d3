/* net/core/skbuff.c and skb_data.c: memory and bytes of sk_buffs. */
#include "test/host/fixture.h"

#include <string.h>
#include "kernel/slab.h"
#include "test/host/machine_sim.h"

static const char text[] = "The quick brown fox jumps over the lazy dog.";
#define TEXT_LEN ((u32)sizeof(text) - 1)

/* text in a linear part and frags of the given lengths, the rest last. */
static struct sk_buff *make(struct fixture *f, u32 linear, u32 a, u32 b)
{
	struct sk_buff *skb = alloc_skb(f->net, linear);

	assert_non_null(skb);
	memcpy(skb_put(skb, linear), text, linear);

	assert_true(skb_add_frag(skb, text + linear, a));

	if (b) {
		static char other[64];

		memcpy(other, text + linear + a, b);
		assert_true(skb_add_frag(skb, other, b));
	}
	return skb;
}

static void new_skb_has_headroom_and_is_empty(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = alloc_skb(f->net, 100);

	assert_int_equal(skb->len, 0);
	assert_int_equal(skb_headroom(skb), SKB_HEADROOM);
	assert_true(skb_tailroom(skb) >= 100);
	assert_int_equal(skb->users, 1);
	assert_false(skb_cloned(skb));
	assert_false(skb_is_gso(skb));
	assert_null(skb->sk);
	assert_null(skb->dev);
	assert_int_equal(f->net->skb_live, 1);
	consume_skb(skb);
	assert_int_equal(f->net->skb_live, 0);
}

static void any_size_is_usable_to_its_last_byte(void **state)
{
	static const u32 sizes[] = {0,	  1,	239,   240,   241,   1984,
				    1985, 9000, 60000, 65247, 65248, 65536};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct sk_buff *skb = alloc_skb(f->net, sizes[i]);

		assert_non_null(skb);
		memset(skb_put(skb, sizes[i]), 0xaa, sizes[i]);
		assert_int_equal(skb_shinfo(skb)->nr_frags, 0);
		consume_skb(skb);
	}
}

static void too_long_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_null(alloc_skb(f->net, 128 * 1024));
	assert_null(alloc_skb(f->net, UINT32_MAX));
	assert_int_equal(f->net->skb_live, 0);
}

static void pull_push_put_trim_move_the_ends(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = alloc_skb(f->net, 64);

	memcpy(skb_put(skb, 10), "0123456789", 10);
	assert_memory_equal(skb_pull(skb, 4), "456789", 6);
	assert_memory_equal(skb_push(skb, 2), "23456789", 8);
	skb_trim(skb, 3);
	assert_int_equal(skb->len, 3);
	assert_ptr_equal(skb->tail, skb->data + 3);
	skb_trim(skb, 100);
	assert_int_equal(skb->len, 3);
	consume_skb(skb);
}

static void put_too_much(void *skb)
{
	skb_put(skb, 100000);
}

static void push_too_much(void *skb)
{
	skb_push(skb, SKB_HEADROOM + 1);
}

static void pull_too_much(void *skb)
{
	skb_pull(skb, 1);
}

static void own_arithmetic_errors_panic(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = alloc_skb(f->net, 64);

	assert_non_null(sim_expect_panic(put_too_much, skb));
	assert_non_null(sim_expect_panic(push_too_much, skb));
	assert_non_null(sim_expect_panic(pull_too_much, skb));
	consume_skb(skb);
}

static void head_lives_until_its_last_clone(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = alloc_skb(f->net, 64), *clone;

	memcpy(skb_put(skb, 5), "hello", 5);
	clone = skb_clone(skb);
	assert_true(skb_cloned(skb));
	assert_true(skb_cloned(clone));
	skb_pull(clone, 1);
	assert_int_equal(skb->len, 5);
	consume_skb(skb);
	assert_false(skb_cloned(clone));
	assert_memory_equal(clone->data, "ello", 4);
	consume_skb(clone);
}

static u32 destroyed;

static void count_destroyed(struct sk_buff *skb)
{
	destroyed++;
}

static void clone_does_not_inherit_the_owner(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = alloc_skb(f->net, 64), *clone;

	destroyed = 0;
	skb->destructor = count_destroyed;
	clone = skb_clone(skb);
	consume_skb(clone);
	assert_int_equal(destroyed, 0);
	consume_skb(skb);
	assert_int_equal(destroyed, 1);
}

static void orphan_gives_back_the_charge_once(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = alloc_skb(f->net, 64);

	destroyed = 0;
	skb->destructor = count_destroyed;
	skb_orphan(skb);
	consume_skb(skb);
	assert_int_equal(destroyed, 1);
}

static void reference_keeps_it_alive(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = skb_get(alloc_skb(f->net, 64));

	consume_skb(skb);
	assert_int_equal(f->net->skb_live, 1);
	consume_skb(skb);
	consume_skb(NULL);
}

static void copy_is_linear_and_keeps_headers(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = make(f, 12, 9, 23), *copy;

	skb_reset_mac_header(skb);
	skb_pull(skb, 4);
	skb_reset_network_header(skb);
	skb->protocol = htons(ETH_P_IP);
	skb_shinfo(skb)->gso_size = 7;
	copy = skb_copy(skb);
	assert_int_equal(copy->data_len, 0);
	assert_int_equal(copy->len, TEXT_LEN - 4);
	assert_memory_equal(copy->data, text + 4, TEXT_LEN - 4);
	assert_memory_equal(skb_mac_header(copy), text, 8);
	assert_ptr_equal(skb_network_header(copy), copy->data);
	assert_int_equal(ntohs(copy->protocol), ETH_P_IP);
	assert_int_equal(skb_shinfo(copy)->gso_size, 7);
	assert_true(skb_headroom(copy) >= SKB_HEADROOM);
	copy->data[0] = '!';
	assert_int_equal(skb->data[0], text[4]);
	consume_skb(skb);
	consume_skb(copy);
}

static void copy_keeps_a_long_headroom(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = alloc_skb(f->net, 1000), *copy;

	skb_reset_mac_header(skb);
	memcpy(skb_put(skb, 300), text, TEXT_LEN);
	skb_pull(skb, 290);
	copy = skb_copy_expand(skb, 50);
	assert_memory_equal(skb_mac_header(copy), text, TEXT_LEN);
	assert_true(skb_tailroom(copy) >= 50);
	consume_skb(skb);
	consume_skb(copy);
}

static void frags_are_appended_by_reference(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = alloc_skb(f->net, 0);
	char out[TEXT_LEN];

	for (u32 i = 0; i < MAX_SKB_FRAGS; i++)
		assert_true(skb_add_frag(skb, text + 2 * i, 1));
	assert_false(skb_add_frag(skb, text, 1));
	/* What continues the last one needs no new frag. */
	assert_true(skb_add_frag(skb, text + 2 * MAX_SKB_FRAGS - 1, 5));
	assert_int_equal(skb_shinfo(skb)->nr_frags, MAX_SKB_FRAGS);
	assert_int_equal(skb->len, MAX_SKB_FRAGS + 5);
	assert_int_equal(skb->data_len, skb->len);
	assert_int_equal(skb_tailroom(skb), 0);
	skb_copy_bits(skb, 7, out, 6);
	assert_memory_equal(out, text + 14, 6);
	consume_skb(skb);
}

static void copy_bits_crosses_every_boundary(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = make(f, 11, 8, TEXT_LEN - 19);
	char out[TEXT_LEN];

	for (u32 from = 0; from <= TEXT_LEN; from++) {
		for (u32 len = 0; from + len <= TEXT_LEN; len++) {
			skb_copy_bits(skb, from, out, len);
			assert_memory_equal(out, text + from, len);
		}
	}
	consume_skb(skb);
}

static void checksum_is_the_same_however_it_is_cut(void **state)
{
	struct fixture *f = *state;

	for (u32 a = 1; a < 12; a++) {
		struct sk_buff *skb = make(f, 9, a, TEXT_LEN - 9 - a);

		for (u32 from = 0; from < 15; from++) {
			u32 len = TEXT_LEN - from - 1;
			be16 want = csum_fold(
				csum_partial(text + from, len, 0x1234));
			be16 got =
				csum_fold(skb_checksum(skb, from, len, 0x1234));

			assert_int_equal(got.raw, want.raw);
		}
		consume_skb(skb);
	}
}

static void trim_cuts_frags(void **state)
{
	struct fixture *f = *state;

	for (u32 len = 0; len <= TEXT_LEN; len++) {
		struct sk_buff *skb = make(f, 10, 7, TEXT_LEN - 17);
		char out[TEXT_LEN];
		u32 sum = 0;

		skb_trim(skb, len);
		assert_int_equal(skb->len, len);
		for (u32 i = 0; i < skb_shinfo(skb)->nr_frags; i++)
			sum += skb_shinfo(skb)->frags[i].len;
		assert_int_equal(sum, skb->data_len);
		assert_int_equal(skb_headlen(skb), MIN(len, 10u));
		skb_copy_bits(skb, 0, out, len);
		assert_memory_equal(out, text, len);
		consume_skb(skb);
	}
}

static void trim_of_a_clone_leaves_the_original_alone(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = make(f, 10, 7, 20);
	struct sk_buff *clone = skb_clone(skb);
	char out[TEXT_LEN];

	skb_trim(clone, 12);
	skb_copy_bits(clone, 0, out, 12);
	assert_memory_equal(out, text, 12);
	skb_copy_bits(skb, 0, out, 37);
	assert_memory_equal(out, text, 37);
	consume_skb(clone);
	consume_skb(skb);
}

static void checksum_help_completes_a_seeded_field(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = make(f, 20, 5, TEXT_LEN - 25);
	csum_t seed = csum_pseudo(IP4(1, 2, 3, 4), IP4(5, 6, 7, 8), 6, 40);
	be16 folded = csum_fold(seed);

	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = (u16)(skb_headroom(skb) + 3);
	skb->csum_offset = 6;
	folded.raw = (u16)~folded.raw;
	memcpy(skb->data + 9, &folded, 2);
	skb_checksum_help(skb);
	assert_int_equal(skb->ip_summed, CHECKSUM_NONE);
	assert_int_equal(
		csum_fold(skb_checksum(skb, 3, skb->len - 3, seed)).raw, 0);
	consume_skb(skb);
}

static void checksum_of_zero_is_sent_as_all_ones(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = alloc_skb(f->net, 8);
	u16 field;

	memset(skb_put(skb, 8), 0, 8);
	memset(skb->data, 0xff, 2);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = (u16)skb_headroom(skb);
	skb->csum_offset = 6;
	skb_checksum_help(skb);
	memcpy(&field, skb->data + 6, 2);
	assert_int_equal(field, 0xffff);
	consume_skb(skb);
}

static void receive_buffer_becomes_an_skb(void **state)
{
	struct fixture *f = *state;
	u8 *buffer = skb_rx_buffer_alloc(f->net);
	struct sk_buff *skb;

	memset(buffer + SKB_RX_PAD, 0x5a, SKB_RX_SIZE);
	skb = build_skb(f->net, buffer, SKB_RX_SIZE);
	assert_ptr_equal(skb->data, buffer + SKB_RX_PAD);
	assert_int_equal(skb->len, SKB_RX_SIZE);
	assert_int_equal(skb->data[SKB_RX_SIZE - 1], 0x5a);
	consume_skb(skb);
	skb_rx_buffer_free(f->net, skb_rx_buffer_alloc(f->net));
}

static void out_of_memory_leaves_nothing_behind(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = alloc_skb(f->net, 10);
	u8 *buffer = skb_rx_buffer_alloc(f->net);

	for (u64 n = 1; n <= 2; n++) {
		sim_fail_alloc_after(n);
		assert_null(alloc_skb(f->net, 10));
		sim_fail_alloc_after(n);
		assert_null(skb_copy(skb));
	}
	sim_fail_alloc_after(1);
	assert_null(skb_clone(skb));
	sim_fail_alloc_after(1);
	assert_null(build_skb(f->net, buffer, 60));
	sim_fail_alloc_after(0);
	assert_false(skb_cloned(skb));
	assert_int_equal(f->net->skb_live, 1);
	skb_rx_buffer_free(f->net, buffer);
	consume_skb(skb);
}

static void drop_counts_its_reason(void **state)
{
	struct fixture *f = *state;

	skb_drop(alloc_skb(f->net, 1), DROP_IP_BAD_CHECKSUM);
	fixture_drop(f, DROP_IP_BAD_CHECKSUM);
	consume_skb(alloc_skb(f->net, 1));
	fixture_no_drop(f);
	assert_string_equal(drop_name(DROP_IP_BAD_CHECKSUM), "IP_BAD_CHECKSUM");
	assert_string_equal(drop_text(DROP_IP_BAD_CHECKSUM),
			    "header checksum wrong");
}

static void queue_keeps_order_and_length(void **state)
{
	struct fixture *f = *state;
	struct sk_buff_head q, more;
	struct sk_buff *skb[4];

	skb_queue_head_init(&q);
	skb_queue_head_init(&more);
	for (int i = 0; i < 4; i++)
		skb[i] = alloc_skb(f->net, 1);
	skb_queue_tail(&q, skb[1]);
	skb_queue_head(&q, skb[0]);
	skb_queue_tail(&more, skb[2]);
	skb_queue_after(&more, skb[2], skb[3]);
	skb_queue_splice_tail(&more, &q);
	assert_true(skb_queue_empty(&more));
	assert_int_equal(q.qlen, 4);
	assert_ptr_equal(skb_peek_tail(&q), skb[3]);
	for (int i = 0; i < 3; i++) {
		assert_ptr_equal(skb_dequeue(&q), skb[i]);
		consume_skb(skb[i]);
	}
	skb_queue_purge(&q, DROP_TCP_FLUSH);
	fixture_drop(f, DROP_TCP_FLUSH);
	assert_null(skb_dequeue(&q));
}

#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

/* A block, shared by two, one of which is gone: the other's bytes stay. */
static void a_block_lives_as_long_as_one_that_shows_it(void **state)
{
	struct fixture *f = *state;

	for (int order = 0; order < 2; order++) {
		u64 before = sim_live_objects();
		struct sk_buff *skb = alloc_skb_with_block(f->net, 3000);
		struct sk_buff *rest = alloc_skb(f->net, 0);
		u32 both = skb->truesize + rest->truesize;
		u8 *bytes = skb_shinfo(skb)->block->bytes, out[1000];

		memset(bytes, 'a', 2000);
		memset(bytes + 2000, 'b', 1000);
		skb_share_block(rest, skb);
		assert_true(skb_add_frag(rest, bytes + 2000, 1000));
		skb_trim(skb, 2000);
		assert_int_equal(skb->truesize + rest->truesize, both);
		assert_true(rest->truesize > 3000 && skb->truesize < 3000);
		consume_skb(order ? skb : rest);
		if (order)
			skb = rest;
		skb_copy_bits(skb, 0, out, 1000);
		assert_int_equal(out[0], order ? 'b' : 'a');
		assert_int_equal(out[999], order ? 'b' : 'a');
		consume_skb(skb);
		assert_int_equal(sim_live_objects(), before);
	}
}

/* A clone alone keeps it, too; without memory nothing is left behind. */
static void a_clone_keeps_the_block(void **state)
{
	struct fixture *f = *state;
	u64 before = sim_live_objects();
	struct sk_buff *skb = alloc_skb_with_block(f->net, 3000), *clone;
	u8 out[3000];

	memset(skb_shinfo(skb)->block->bytes, 'a', 3000);
	clone = skb_clone(skb);
	consume_skb(skb);
	skb_copy_bits(clone, 0, out, 3000);
	assert_int_equal(out[2999], 'a');
	consume_skb(clone);
	for (u64 n = 1; n <= 3; n++) {
		sim_fail_alloc_after(n);
		assert_null(alloc_skb_with_block(f->net, 3000));
		sim_fail_alloc_after(0);
	}
	assert_int_equal(sim_live_objects(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(new_skb_has_headroom_and_is_empty),
		T(any_size_is_usable_to_its_last_byte),
		T(too_long_is_refused),
		T(pull_push_put_trim_move_the_ends),
		T(own_arithmetic_errors_panic),
		T(head_lives_until_its_last_clone),
		T(clone_does_not_inherit_the_owner),
		T(orphan_gives_back_the_charge_once),
		T(reference_keeps_it_alive),
		T(copy_is_linear_and_keeps_headers),
		T(copy_keeps_a_long_headroom),
		T(frags_are_appended_by_reference),
		T(copy_bits_crosses_every_boundary),
		T(checksum_is_the_same_however_it_is_cut),
		T(trim_cuts_frags),
		T(trim_of_a_clone_leaves_the_original_alone),
		T(checksum_help_completes_a_seeded_field),
		T(checksum_of_zero_is_sent_as_all_ones),
		T(receive_buffer_becomes_an_skb),
		T(out_of_memory_leaves_nothing_behind),
		T(drop_counts_its_reason),
		T(queue_keeps_order_and_length),
		T(a_block_lives_as_long_as_one_that_shows_it),
		T(a_clone_keeps_the_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
