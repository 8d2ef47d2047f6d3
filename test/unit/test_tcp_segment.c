/* net/tcp/tcp_segment.c: cutting with frags, clones and no memory. */
#include "test/host/tcp_script.h"

#include <string.h>
#include "test/host/machine_sim.h"

#define SEQ 0xfffffc00u /* it wraps within most of these skbs */

struct cut {
	struct fixture *f;
	struct tcp_sock tp;
	struct sk_buff_head q;
};

static int setup(void **state)
{
	struct cut *c = test_calloc(1, sizeof(*c));

	c->f = fixture_create(NETIF_F_SG | NETIF_F_HW_CSUM);
	c->tp.mss = MSS;
	c->tp.table = c->f->net->tcp;
	skb_queue_head_init(&c->q);
	*state = c;
	return 0;
}

static int teardown(void **state)
{
	struct cut *c = *state;

	skb_queue_purge(&c->q, DROP_NONE);
	c->tp.table->memory -= c->tp.mem_charged;
	fixture_destroy(c->f);
	test_free(c);
	return 0;
}

/* The first `linear` bytes of the stream copied, the rest by frags. */
static struct sk_buff *make(struct cut *c, u32 linear, u32 frag, u32 count)
{
	const u8 *from = script_stream();
	struct sk_buff *skb = alloc_skb(c->f->net, linear);
	u32 at = linear;

	assert_non_null(skb);
	memcpy(skb_put(skb, linear), from, linear);
	for (u32 i = 0; i < count; i++) {
		struct skb_shared_info *shinfo = skb_shinfo(skb);

		/* Not merged, as if they came from different files. */
		shinfo->frags[shinfo->nr_frags++] =
			(struct skb_frag){from + at, frag};
		skb->len += frag;
		skb->data_len += frag;
		at += frag;
	}
	*tcp_cb(skb) = (struct tcp_skb_cb){
		.seq = SEQ,
		.end_seq = SEQ + skb->len + 1,
		.flags = TCP_ACK | TCP_PSH | TCP_FIN,
		.retrans = 3,
		.sacked = TCPCB_LOST,
		.tx_us = 77,
	};
	skb_queue_tail(&c->q, skb);
	return skb;
}

/* The same bytes in a block of its own. */
static struct sk_buff *make_block(struct cut *c, u32 len)
{
	struct sk_buff *skb = alloc_skb_with_block(c->f->net, len);

	assert_non_null(skb);
	memcpy(skb_shinfo(skb)->block->bytes, script_stream(), len);
	*tcp_cb(skb) = (struct tcp_skb_cb){.seq = SEQ, .end_seq = SEQ + len};
	skb_queue_tail(&c->q, skb);
	return skb;
}

/* It holds the bytes of the stream that its numbers say, in itself sound. */
static void check(const struct sk_buff *skb)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);
	u32 at = tcp_cb(skb)->seq - SEQ, frags = 0;
	u8 *bytes = test_malloc(skb->len + 1);

	skb_copy_bits(skb, 0, bytes, skb->len);
	assert_memory_equal(bytes, script_stream() + at, skb->len);
	test_free(bytes);
	for (u32 i = 0; i < shinfo->nr_frags; i++)
		frags += shinfo->frags[i].len;
	assert_int_equal(frags, skb->data_len);
	assert_ptr_equal(skb->tail, skb->data + skb_headlen(skb));
	assert_int_equal(skb->len + !!(tcp_cb(skb)->flags & TCP_FIN),
			 tcp_cb(skb)->end_seq - tcp_cb(skb)->seq);
}

static void check_rest(struct cut *c, struct sk_buff *skb, u32 len, u32 total)
{
	struct sk_buff *rest = skb_queue_next(&c->q, skb);

	assert_non_null(rest);
	assert_int_equal(c->q.qlen, 2);
	assert_int_equal(skb->len, len);
	assert_int_equal(rest->len, total - len);
	check(skb);
	check(rest);
	assert_int_equal(tcp_cb(skb)->flags,
			 TCP_ACK | (rest->len ? 0 : TCP_PSH));
	assert_int_equal(tcp_cb(rest)->flags,
			 TCP_ACK | TCP_FIN | (rest->len ? TCP_PSH : 0));
	assert_int_equal(tcp_cb(rest)->seq, tcp_cb(skb)->end_seq);
	assert_int_equal(tcp_cb(rest)->retrans, 3);
	assert_int_equal(tcp_cb(rest)->sacked, TCPCB_LOST);
	assert_int_equal(tcp_cb(rest)->tx_us, 77);
}

/* Every place: inside the linear part, at its end, in and between frags. */
static void cut_at_every_place(struct cut *c, bool cloned)
{
	u32 total = 100 + 3 * 40;

	for (u32 len = 0; len <= total; len++) {
		struct sk_buff *skb = make(c, 100, 40, 3);
		struct sk_buff *clone = cloned ? skb_clone(skb) : NULL;

		assert_true(tcp_fragment(&c->tp, &c->q, skb, len));
		check_rest(c, skb, len, total);
		if (clone) {
			assert_int_equal(clone->len, total);
			check(clone);
			consume_skb(clone);
		}
		skb_queue_purge(&c->q, DROP_NONE);
	}
}

static void cuts_at_every_place(void **state)
{
	cut_at_every_place(*state, false);
}

/* The clone, perhaps in a device's ring, keeps its bytes and frags. */
static void cuts_while_a_clone_lives(void **state)
{
	cut_at_every_place(*state, true);
}

static void cuts_linear_only(void **state)
{
	struct cut *c = *state;
	struct sk_buff *skb = make(c, 1460, 0, 0);
	struct sk_buff *clone = skb_clone(skb);

	assert_true(tcp_fragment(&c->tp, &c->q, skb, 500));
	check_rest(c, skb, 500, 1460);
	check(clone);
	consume_skb(clone);
}

static void fin_can_be_cut_off_alone(void **state)
{
	struct cut *c = *state;
	struct sk_buff *skb = make(c, 10, 0, 0), *rest;

	assert_true(tcp_fragment(&c->tp, &c->q, skb, 10));
	rest = skb_queue_next(&c->q, skb);
	assert_int_equal(rest->len, 0);
	assert_int_equal(tcp_cb(rest)->end_seq - tcp_cb(rest)->seq, 1);
	assert_true(tcp_cb(rest)->flags & TCP_FIN);
	assert_false(tcp_cb(skb)->flags & TCP_FIN);
}

static void pieces_of_pieces(void **state)
{
	struct cut *c = *state;
	struct sk_buff *skb = make(c, 137, 8000, 8);

	while (skb->len > MSS) {
		assert_true(tcp_fragment(&c->tp, &c->q, skb, MSS));
		check(skb);
		skb = skb_queue_next(&c->q, skb);
		check(skb);
	}
	assert_int_equal(c->q.qlen, (137 + 64000 + MSS - 1) / MSS);
}

static void trim_at_every_place(struct cut *c, bool cloned)
{
	u32 total = 100 + 3 * 40;

	for (u32 len = 1; len <= total; len++) {
		struct sk_buff *skb = make(c, 100, 40, 3);
		struct sk_buff *clone = cloned ? skb_clone(skb) : NULL;

		assert_true(tcp_trim_head(&c->tp, skb, len));
		assert_int_equal(tcp_cb(skb)->seq, SEQ + len);
		assert_int_equal(skb->len, total - len);
		check(skb);
		if (clone) {
			check(clone);
			consume_skb(clone);
		}
		skb_queue_purge(&c->q, DROP_NONE);
	}
}

static void trims_at_every_place(void **state)
{
	trim_at_every_place(*state, false);
}

static void trims_while_a_clone_lives(void **state)
{
	trim_at_every_place(*state, true);
}

/* The n-th allocation fails: nothing has changed, all is still there. */
static void no_memory_changes_nothing(void **state)
{
	struct cut *c = *state;

	for (u64 n = 1; n <= 4; n++) {
		struct sk_buff *skb = make(c, 100, 40, 3);
		struct sk_buff *clone = skb_clone(skb);
		bool cut, trimmed;

		sim_fail_alloc_after(n);
		cut = tcp_fragment(&c->tp, &c->q, skb, 130);
		sim_fail_alloc_after(0);
		assert_int_equal(c->q.qlen, cut ? 2 : 1);
		check(skb);
		check(clone);
		skb_queue_purge(&c->q, DROP_NONE);
		consume_skb(clone);

		skb = make(c, 100, 40, 3);
		clone = skb_clone(skb);
		sim_fail_alloc_after(n);
		trimmed = tcp_trim_head(&c->tp, skb, 130);
		sim_fail_alloc_after(0);
		assert_int_equal(tcp_cb(skb)->seq, SEQ + (trimmed ? 130 : 0));
		check(skb);
		check(clone);
		skb_queue_purge(&c->q, DROP_NONE);
		consume_skb(clone);
	}
}

/* Pieces of one block, freed in any order; clones of them last longest. */
static void pieces_of_a_block_keep_their_bytes(void **state)
{
	struct cut *c = *state;

	for (int i = 0; i < 100; i++) {
		struct sk_buff *skb = make_block(c, 32000), *clone;

		for (u32 n = 0; n < 20; n++) {
			clone = skb_clone(skb);
			assert_true(tcp_fragment(&c->tp, &c->q, skb, 1000));
			assert_true(tcp_trim_head(&c->tp, skb, 300));
			check(skb);
			check(clone);
			consume_skb(clone);
			if (sim_random() % 2)
				skb = skb_queue_next(&c->q, skb);
			else
				skb = skb_peek_tail(&c->q);
		}
		while ((skb = skb_peek(&c->q)) != NULL) {
			if (sim_random() % 2)
				skb = skb_peek_tail(&c->q);
			check(skb);
			skb_unlink(&c->q, skb);
			consume_skb(skb);
		}
	}
}

static void random_cuts_and_trims_keep_the_stream(void **state)
{
	struct cut *c = *state;
	struct sk_buff *clones[200];

	for (int i = 0; i < 200; i++) {
		struct sk_buff *skb = make(c, (u32)(sim_random() % 1000),
					   1 + (u32)(sim_random() % 8000),
					   (u32)(sim_random() % 9));
		u32 n = 0, seq = SEQ;

		while (skb->len > 1 && n < 100) {
			u32 len = 1 + (u32)(sim_random() % (skb->len - 1));

			if (sim_random() % 4 == 0)
				clones[n++] = skb_clone(skb);
			if (sim_random() % 4 == 0) {
				assert_true(tcp_trim_head(&c->tp, skb, len));
				continue;
			}
			assert_true(tcp_fragment(&c->tp, &c->q, skb, len));
			check(skb);
			if (sim_random() % 2)
				skb = skb_queue_next(&c->q, skb);
		}
		skb_queue_walk (&c->q, skb) {
			check(skb);
			assert_true(seq_geq(tcp_cb(skb)->seq, seq));
			seq = tcp_cb(skb)->end_seq;
		}
		while (n--) {
			check(clones[n]);
			consume_skb(clones[n]);
		}
		skb_queue_purge(&c->q, DROP_NONE);
	}
}

static void mss_is_the_least_of_all(void **state)
{
	struct tcp_sock *tp = &((struct cut *)*state)->tp;

	tp->sk.dst.mtu = 1500;
	tp->mss_peer = 9000;
	tcp_sync_mss(tp);
	assert_int_equal(tp->mss, 1460);
	tp->ts_ok = true;
	tcp_sync_mss(tp);
	assert_int_equal(tp->mss, 1448);
	tp->pmtu = 1400;
	tcp_sync_mss(tp);
	assert_int_equal(tp->mss, 1348);
	tp->user_mss = 1000;
	tcp_sync_mss(tp);
	assert_int_equal(tp->mss, 988);
	tp->mss_peer = 600;
	tcp_sync_mss(tp);
	assert_int_equal(tp->mss, 588);
}

/* CVE-2019-11479: an MSS of 1..87 would make a packet of every few bytes. */
static void tiny_mss_of_the_peer_has_a_floor(void **state)
{
	struct tcp_sock *tp = &((struct cut *)*state)->tp;

	tp->sk.dst.mtu = 1500;
	for (u16 mss = 1; mss <= 88; mss++) {
		tp->mss_peer = mss;
		tcp_sync_mss(tp);
		assert_int_equal(tp->mss, 88);
	}
	tp->mss_peer = 0; /* no option: MUST-15 */
	tcp_sync_mss(tp);
	assert_int_equal(tp->mss, 536);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(cuts_at_every_place),
		T(cuts_while_a_clone_lives),
		T(cuts_linear_only),
		T(fin_can_be_cut_off_alone),
		T(pieces_of_pieces),
		T(trims_at_every_place),
		T(trims_while_a_clone_lives),
		T(no_memory_changes_nothing),
		T(pieces_of_a_block_keep_their_bytes),
		T(random_cuts_and_trims_keep_the_stream),
		T(mss_is_the_least_of_all),
		T(tiny_mss_of_the_peer_has_a_floor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
