/* net/core/gso.c: segmentation in software. */
#include "test/host/fixture.h"

#include <string.h>
#include "lib/checksum.h"
#include "net/core/eth.h"
#include "test/host/machine_sim.h"

#define OPT   12 /* a timestamp option */
#define HDRS  (ETH_HLEN + 20 + 20 + OPT)
#define SEQ   0xfffff000u /* wraps in the middle */
#define IP_ID 0xfffe

enum { FIN = 1, PSH = 8, ACK = 16, CWR = 128 };

static u8 payload[20000];

static void fill(void)
{
	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (u8)(i * 7 + i / 256);
}

/* `linear` bytes copied, then frags of `frag` bytes, `len` in all. */
static struct sk_buff *big(struct fixture *f, u32 linear, u32 frag, u32 len)
{
	struct sk_buff *skb = alloc_skb(f->net, linear);
	u8 *h;

	assert_non_null(skb);
	memcpy(skb_put(skb, linear), payload, linear);
	h = skb_push(skb, HDRS);
	memset(h, 0, HDRS);
	eth_fill((struct ethhdr *)h, fixture_peer, fixture_mac, ETH_P_IP);
	h += ETH_HLEN;
	h[0] = 0x45;
	put_be16(h + 2, (u16)(len + HDRS - ETH_HLEN));
	put_be16(h + 4, IP_ID);
	h[8] = 64;
	h[9] = 6;
	memcpy(h + 12, &FIXTURE_ADDR, 4);
	memcpy(h + 16, &FIXTURE_PEER, 4);
	h += 20;
	put_be32(h + 4, SEQ);
	h[12] = (20 + OPT) / 4 << 4;
	h[13] = FIN | PSH | ACK | CWR;
	memset(h + 20, 0xee, OPT);
	for (u32 at = linear; at < len; at += frag) {
		struct skb_shared_info *shinfo = skb_shinfo(skb);
		u32 now = MIN(frag, len - at);

		/* By hand: neighbours in memory would be merged. */
		shinfo->frags[shinfo->nr_frags++] =
			(struct skb_frag){payload + at, now};
		skb->len += now;
		skb->data_len += now;
	}
	skb->dev = &f->dev;
	skb->ip_summed = CHECKSUM_PARTIAL;
	return skb;
}

static u32 segments(struct sk_buff *skb, struct sk_buff **out)
{
	u32 n = 0;

	for (; skb; n++) {
		out[n] = skb;
		skb = skb->next;
		out[n]->next = NULL;
	}
	return n;
}

static void free_all(struct sk_buff **segs, u32 n)
{
	while (n--)
		consume_skb(segs[n]);
}

/* Completes the checksum and verifies both, the payload and the sequence. */
static void check_segment(struct sk_buff *seg, u32 offset, u32 len, u32 index)
{
	u8 *ip = seg->data + ETH_HLEN, *tcp = ip + 20;
	u8 *out = test_malloc(len + 1);
	be32 saddr, daddr;
	csum_t sum;

	assert_int_equal(seg->len, HDRS + len);
	assert_int_equal(get_be16(ip + 2), seg->len - ETH_HLEN);
	assert_int_equal(get_be16(ip + 4), (u16)(IP_ID + index));
	assert_int_equal(ip_fast_csum(ip, 5).raw, 0);
	assert_int_equal(get_be32(tcp + 4), SEQ + offset);
	assert_int_equal(tcp[20], 0xee);
	assert_int_equal(seg->ip_summed, CHECKSUM_PARTIAL);
	assert_ptr_equal(skb_transport_header(seg), tcp);
	skb_checksum_help(seg);
	memcpy(&saddr, ip + 12, 4);
	memcpy(&daddr, ip + 16, 4);
	sum = csum_pseudo(saddr, daddr, 6, (u16)(seg->len - ETH_HLEN - 20));
	assert_int_equal(csum_fold(skb_checksum(seg, ETH_HLEN + 20,
						seg->len - ETH_HLEN - 20, sum))
				 .raw,
			 0);
	skb_copy_bits(seg, HDRS, out, len);
	assert_memory_equal(out, payload + offset, len);
	test_free(out);
}

static void split(struct fixture *f, u32 linear, u32 frag, u32 len, u32 mss)
{
	struct sk_buff *skb = big(f, linear, frag, len), *segs[64];
	u32 n, want = len ? (len + mss - 1) / mss : 1;

	skb_shinfo(skb)->gso_size = (u16)mss;
	n = segments(skb_gso_segment(skb), segs);
	assert_int_equal(n, want);
	for (u32 i = 0; i < n; i++)
		check_segment(segs[i], i * mss, MIN(mss, len - i * mss), i);
	free_all(segs, n);
}

static void linear_payload_is_split(void **state)
{
	split(*state, 5000, 1, 5000, 1448);
}

static void frags_are_split_without_copying(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = big(f, 0, 3000, 9000), *segs[16];
	u32 n;

	skb_shinfo(skb)->gso_size = 1448;
	n = segments(skb_gso_segment(skb), segs);
	assert_int_equal(n, 7);
	for (u32 i = 0; i < n; i++) {
		assert_int_equal(skb_headlen(segs[i]), HDRS);
		assert_ptr_equal(skb_shinfo(segs[i])->frags[0].addr,
				 payload + i * 1448);
	}
	free_all(segs, n);
}

static void any_cut_gives_the_same_bytes(void **state)
{
	static const u32 linears[] = {0, 1, 100, 535, 536, 537, 1500};
	static const u32 frags[] = {401, 536, 1000, 2999};

	for (size_t i = 0; i < ARRAY_SIZE(linears); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(frags); j++)
			split(*state, linears[i], frags[j],
			      linears[i] + frags[j] * 5, 536);
	}
}

static void exact_multiple_has_no_empty_last_segment(void **state)
{
	split(*state, 2896, 1, 2896, 1448);
}

static void less_than_one_mss_is_one_segment(void **state)
{
	split(*state, 10, 1, 10, 1448);
}

static void fin_and_psh_only_on_the_last_cwr_only_on_the_first(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = big(f, 3000, 1, 3000), *segs[8];
	u32 n;

	skb_shinfo(skb)->gso_size = 1000;
	n = segments(skb_gso_segment(skb), segs);
	assert_int_equal(n, 3);
	assert_int_equal(segs[0]->data[ETH_HLEN + 33], ACK | CWR);
	assert_int_equal(segs[1]->data[ETH_HLEN + 33], ACK);
	assert_int_equal(segs[2]->data[ETH_HLEN + 33], ACK | FIN | PSH);
	free_all(segs, n);
}

static void no_memory_loses_all_and_leaks_nothing(void **state)
{
	struct fixture *f = *state;

	for (u64 at = 1; at <= 6; at++) {
		struct sk_buff *skb = big(f, 1000, 1000, 3000);

		skb_shinfo(skb)->gso_size = 1000;
		sim_fail_alloc_after(at);
		assert_null(skb_gso_segment(skb));
		sim_fail_alloc_after(0);
		fixture_drop(f, DROP_NO_BUFFER);
	}
	assert_int_equal(f->net->skb_live, 0);
}

static void headers_that_do_not_fit_are_refused(void **state)
{
	struct fixture *f = *state;
	static const struct {
		u32 at;
		u8 byte;
	} bad[] = {{ETH_HLEN, 0x44}, {ETH_HLEN, 0x4f}, {ETH_HLEN + 32, 0xf0}};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct sk_buff *skb = big(f, 0, 1000, 2000);

		skb->data[bad[i].at] = bad[i].byte;
		skb_shinfo(skb)->gso_size = 1000;
		assert_null(skb_gso_segment(skb));
		fixture_drop(f, DROP_NO_BUFFER);
	}
}

static void device_without_tso_gets_frames(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = big(f, 0, 3000, 9000), *out;
	u32 at = 0;

	skb_shinfo(skb)->gso_size = 1448;
	local_bh_disable();
	assert_int_equal(dev_queue_xmit(skb), 0);
	local_bh_enable();
	/* One tail write for all of them. */
	assert_int_equal(f->flushes, 1);
	for (u32 i = 0; (out = fixture_tx(f)) != NULL; i++) {
		u32 len = out->len - HDRS;

		assert_true(out->xmit_more);
		check_segment(out, at, len, i);
		at += len;
		consume_skb(out);
	}
	assert_int_equal(at, 9000);
}

static void device_with_tso_gets_it_whole(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = big(f, 0, 3000, 9000);

	f->dev.features |= NETIF_F_TSO;
	skb_shinfo(skb)->gso_size = 1448;
	local_bh_disable();
	assert_int_equal(dev_queue_xmit(skb), 0);
	local_bh_enable();
	assert_int_equal(fixture_tx_count(f), 1);
}

static void device_with_nothing_gets_linear_checksummed_frames(void **state)
{
	struct fixture *f = *state;
	struct sk_buff *skb = big(f, 100, 3000, 3100), *out;
	u32 n = 0;

	f->dev.features = 0;
	skb_shinfo(skb)->gso_size = 1448;
	local_bh_disable();
	assert_int_equal(dev_queue_xmit(skb), 0);
	local_bh_enable();
	while ((out = fixture_tx(f)) != NULL) {
		csum_t sum = csum_pseudo(FIXTURE_ADDR, FIXTURE_PEER, 6,
					 (u16)(out->len - ETH_HLEN - 20));

		assert_int_equal(out->data_len, 0);
		assert_int_equal(out->ip_summed, CHECKSUM_NONE);
		assert_int_equal(
			csum_fold(csum_partial(out->data + ETH_HLEN + 20,
					       out->len - ETH_HLEN - 20, sum))
				.raw,
			0);
		n++;
		consume_skb(out);
	}
	assert_int_equal(n, 3);
}

#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(linear_payload_is_split),
		T(frags_are_split_without_copying),
		T(any_cut_gives_the_same_bytes),
		T(exact_multiple_has_no_empty_last_segment),
		T(less_than_one_mss_is_one_segment),
		T(fin_and_psh_only_on_the_last_cwr_only_on_the_first),
		T(no_memory_loses_all_and_leaks_nothing),
		T(headers_that_do_not_fit_are_refused),
		T(device_without_tso_gets_frames),
		T(device_with_tso_gets_it_whole),
		T(device_with_nothing_gets_linear_checksummed_frames),
	};

	fill();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
