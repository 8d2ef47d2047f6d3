/*
 * net/tcp/tcp_options.c: RFC 9293 section 3.1, RFC 7323 section 2 and 3,
 * RFC 2018 section 2 (conformance rows 60 to 63, 136; threats 1, 3).
 */
#include "test/host/fixture.h"

#include <stdlib.h>
#include <string.h>
#include "net/tcp/tcp_sock.h"

/* A header of exactly its size, so that ASan sees the byte behind it. */
static struct tcphdr *header(u8 flags, const void *opt, u32 len)
{
	struct tcphdr *th = test_malloc(sizeof(*th) + len);

	assert_true(len % 4 == 0 && len <= 40);
	memset(th, 0, sizeof(*th));
	th->doff = (u8)((20 + len) / 4 << 4);
	th->flags = flags;
	memcpy(th + 1, opt, len);
	return th;
}

static bool parse(u8 flags, const void *opt, u32 len, struct tcp_options *out)
{
	struct tcphdr *th = header(flags, opt, len);
	bool ok = tcp_parse_options(th, out);

	test_free(th);
	return ok;
}

static void no_options_leave_nothing_set(void **state)
{
	struct tcp_options opt;

	memset(&opt, 0xff, sizeof(opt));
	assert_true(parse(TCP_SYN, "", 0, &opt));
	assert_int_equal(opt.mss, 0);
	assert_false(opt.has_ts || opt.has_wscale || opt.has_sack_ok);
}

static void a_syn_of_linux_is_understood(void **state)
{
	static const u8 bytes[20] = {2, 4, 0x05, 0xb4, 4, 2, 8, 10, 1, 2,
				     3, 4, 5,	 6,    7, 8, 1, 3,  3, 7};
	struct tcp_options opt;

	assert_true(parse(TCP_SYN, bytes, sizeof(bytes), &opt));
	assert_int_equal(opt.mss, 1460);
	assert_true(opt.has_sack_ok && opt.has_ts && opt.has_wscale);
	assert_int_equal(opt.tsval, 0x01020304);
	assert_int_equal(opt.tsecr, 0x05060708);
	assert_int_equal(opt.wscale, 7);
}

static void options_count_at_any_alignment(void **state)
{
	for (u32 pad = 0; pad < 4; pad++) {
		u8 bytes[24] = {1, 1, 1, 1};
		struct tcp_options opt;

		memcpy(bytes + pad, "\2\4\4\0\10\12\0\0\0\1\0\0\0\2\3\3\5", 17);
		assert_true(parse(TCP_SYN, bytes, sizeof(bytes), &opt));
		assert_int_equal(opt.mss, 1024);
		assert_int_equal(opt.tsval, 1);
		assert_int_equal(opt.tsecr, 2);
		assert_int_equal(opt.wscale, 5);
	}
}

static void nothing_counts_behind_the_end_of_the_list(void **state)
{
	static const u8 bytes[8] = {1, 0, 2, 4, 5, 0xb4, 8, 1};
	struct tcp_options opt;

	assert_true(parse(TCP_SYN, bytes, sizeof(bytes), &opt));
	assert_int_equal(opt.mss, 0);
}

static void what_only_a_syn_may_say_is_ignored_later(void **state)
{
	static const u8 bytes[12] = {2, 4, 5, 0xb4, 3, 3, 7, 4, 2, 0, 0, 0};
	struct tcp_options opt;

	assert_true(parse(TCP_ACK, bytes, sizeof(bytes), &opt));
	assert_int_equal(opt.mss, 0);
	assert_false(opt.has_wscale || opt.has_sack_ok);
}

/* Each counts with its own length and in its place only; what follows does. */
static void a_pair_means_nothing_but_its_option(u8 kind, u8 len, u8 flags)
{
	bool syn = flags & TCP_SYN;
	u8 bytes[40] = {kind, len};
	struct tcp_options opt;

	memcpy(bytes + len, "\2\4\5\264", 4);
	assert_true(parse(flags, bytes, 40, &opt));
	assert_int_equal(opt.mss, syn ? 1460 : 0);
	assert_int_equal(opt.has_wscale, syn && kind == 3 && len == 3);
	assert_int_equal(opt.has_sack_ok, syn && kind == 4 && len == 2);
	assert_int_equal(opt.has_ts, kind == 8 && len == 10);
}

static void every_pair_leaves_the_next_option_readable(void **state)
{
	for (u32 kind = 2; kind <= 255; kind++)
		for (u32 len = 2; len <= 36; len++) {
			a_pair_means_nothing_but_its_option((u8)kind, (u8)len,
							    TCP_SYN);
			a_pair_means_nothing_but_its_option((u8)kind, (u8)len,
							    TCP_ACK);
		}
}

static void a_window_scale_over_14_counts_as_14(void **state)
{
	for (u32 shift = 0; shift <= 255; shift++) {
		u8 bytes[4] = {1, 3, 3, (u8)shift};
		struct tcp_options opt;

		assert_true(parse(TCP_SYN, bytes, sizeof(bytes), &opt));
		assert_int_equal(opt.wscale, MIN(shift, 14));
	}
}

/* RFC 9293 MUST-6, MUST-7: step over, or refuse; never loop, never read on. */
static void every_kind_with_every_length_is_handled(void **state)
{
	for (u32 kind = 2; kind <= 255; kind++) {
		for (u32 len = 0; len <= 255; len++) {
			u8 bytes[40] = {(u8)kind, (u8)len};
			struct tcp_options opt;
			bool ok = parse(TCP_SYN, bytes, 40, &opt);

			assert_int_equal(ok, len >= 2 && len <= 40);
			if (kind == 2 && len != 4)
				assert_int_equal(opt.mss, 0);
			if (kind == 8)
				assert_int_equal(opt.has_ts, len == 10);
			assert_int_equal(opt.sack, 0); /* not in a SYN */
		}
	}
}

/* RFC 2018 section 3: 8 * n + 2, what does not fit is malformed. */
static void every_kind_with_every_length_may_be_a_sack(void **state)
{
	for (u32 kind = 0; kind <= 255; kind++) {
		for (u32 len = 0; len <= 255; len++) {
			u8 bytes[40] = {1, 1, (u8)kind, (u8)len};
			bool whole = len > 2 && len <= 34 && len % 8 == 2;
			struct tcp_options opt;
			bool ok = parse(TCP_ACK, bytes, 40, &opt);

			if (kind > 1)
				assert_int_equal(ok, len >= 2 && len <= 38);
			assert_int_equal(opt.sack, kind == 5 && whole ? 22 : 0);
		}
	}
}

static void sack_blocks_are_written_and_read_back(void **state)
{
	for (u32 count = 1; count <= 4; count++) {
		struct tcp_sack_block out[4], back[4];
		struct tcp_options opt;
		struct tcphdr *th;
		u8 bytes[40];

		for (u32 i = 0; i < count; i++)
			out[i] = (struct tcp_sack_block){~i, ~i + 0x1234};
		tcp_write_sack(bytes, out, count);
		assert_memory_equal(bytes, "\1\1\5", 3);
		th = header(TCP_ACK, bytes, 4 + 8 * count);
		assert_true(tcp_parse_options(th, &opt));
		assert_int_equal(opt.sack, 22);
		assert_int_equal(tcp_read_sack(th, opt.sack, back), count);
		assert_memory_equal(back, out, count * sizeof(out[0]));
		test_free(th);
	}
}

static void a_kind_without_its_length_is_refused(void **state)
{
	static const u8 bytes[4] = {1, 1, 1, 2};
	struct tcp_options opt;

	assert_false(parse(TCP_SYN, bytes, sizeof(bytes), &opt));
}

/* Any bytes in any header: no read beyond it (ASan), no endless loop. */
static void random_bytes_are_survived(void **state)
{
	srand(1);
	for (u32 i = 0; i < 200000; i++) {
		u8 bytes[40];
		struct tcp_options opt;

		for (u32 n = 0; n < sizeof(bytes); n++)
			bytes[n] = (u8)(rand() % 13);
		parse(TCP_SYN, bytes, (u32)rand() % 11 * 4, &opt);
		assert_true(opt.wscale <= 14);
	}
}

static void assert_written(const struct tcp_options *opt, const void *want,
			   u32 want_len)
{
	u8 bytes[40];
	u32 len = tcp_write_syn_options(bytes, opt);

	assert_int_equal(len, want_len);
	assert_memory_equal(bytes, want, want_len);
}

static void syn_options_are_written_in_linuxs_order(void **state)
{
	struct tcp_options opt = {.mss = 1460};

	assert_written(&opt, "\2\4\x05\xb4", 4);
	opt.has_wscale = true;
	opt.wscale = 7;
	assert_written(&opt, "\2\4\x05\xb4\1\3\3\7", 8);
	opt.has_sack_ok = true;
	assert_written(&opt, "\2\4\x05\xb4\1\1\4\2\1\3\3\7", 12);
	opt.has_ts = true;
	opt.tsval = 0x01020304;
	opt.tsecr = 0x05060708;
	assert_written(&opt, "\2\4\x05\xb4\4\2\10\12\1\2\3\4\5\6\7\10\1\3\3\7",
		       20);
	opt.has_sack_ok = false;
	assert_written(&opt, "\2\4\x05\xb4\1\1\10\12\1\2\3\4\5\6\7\10\1\3\3\7",
		       20);
}

static void what_is_written_is_read_back(void **state)
{
	for (u32 bits = 0; bits < 16; bits++) {
		struct tcp_options opt, back;
		u8 bytes[40];

		memset(&opt, 0, sizeof(opt));
		opt.mss = bits & 1 ? 536 : 0;
		opt.has_wscale = bits & 2;
		opt.wscale = bits & 2 ? 14 : 0;
		opt.has_ts = bits & 4;
		opt.tsval = bits & 4 ? 0xfffffff0 : 0;
		opt.tsecr = bits & 4 ? 1 : 0;
		opt.has_sack_ok = bits & 8;
		memset(&back, 0, sizeof(back));
		assert_true(parse(TCP_SYN, bytes,
				  tcp_write_syn_options(bytes, &opt), &back));
		assert_int_equal(back.mss, opt.mss);
		assert_int_equal(back.wscale, opt.wscale);
		assert_int_equal(back.has_wscale, opt.has_wscale);
		assert_int_equal(back.has_ts, opt.has_ts);
		assert_int_equal(back.tsval, opt.tsval);
		assert_int_equal(back.tsecr, opt.tsecr);
		assert_int_equal(back.has_sack_ok, opt.has_sack_ok);
	}
}

static void timestamps_take_12_bytes(void **state)
{
	u8 bytes[12];

	tcp_write_ts(bytes, 0x11223344, 0x55667788);
	assert_memory_equal(bytes, "\1\1\10\12\x11\x22\x33\x44\x55\x66\x77\x88",
			    12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_options_leave_nothing_set),
		cmocka_unit_test(a_syn_of_linux_is_understood),
		cmocka_unit_test(options_count_at_any_alignment),
		cmocka_unit_test(nothing_counts_behind_the_end_of_the_list),
		cmocka_unit_test(what_only_a_syn_may_say_is_ignored_later),
		cmocka_unit_test(every_pair_leaves_the_next_option_readable),
		cmocka_unit_test(a_window_scale_over_14_counts_as_14),
		cmocka_unit_test(every_kind_with_every_length_is_handled),
		cmocka_unit_test(every_kind_with_every_length_may_be_a_sack),
		cmocka_unit_test(sack_blocks_are_written_and_read_back),
		cmocka_unit_test(a_kind_without_its_length_is_refused),
		cmocka_unit_test(random_bytes_are_survived),
		cmocka_unit_test(syn_options_are_written_in_linuxs_order),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(timestamps_take_12_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
