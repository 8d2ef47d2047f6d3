/* app/dhcp_msg.c: conformance rows 155 and 158, threats row 44. */
#include <stdlib.h>
#include <string.h>
#include "lib/errno.h"
#include "test/host/dhcp_server.h"

static const u8 mac[6] = {2, 0, 0, 0, 0, 1};
static const struct dhcp_script ack = {
	.type = DHCP_ACK, .xid = 0x01020304, .chaddr = mac, .lease_s = 3600};

/* In memory of exactly its size: each byte read too far is seen. */
static int parse(const u8 *msg, size_t len, struct dhcp_reply *out)
{
	u8 *copy = malloc(len ? len : 1);
	int err;

	memcpy(copy, msg, len);
	err = dhcp_parse(copy, len, out);
	free(copy);
	return err;
}

static void a_reply_is_understood(void **state)
{
	struct dhcp_reply r;
	u8 msg[DHCP_MSG_MAX];

	assert_int_equal(parse(msg, dhcp_script_write(msg, &ack), &r), 0);
	assert_int_equal(r.type, DHCP_ACK);
	assert_int_equal(r.xid, 0x01020304);
	assert_memory_equal(r.chaddr, mac, 6);
	assert_int_equal(r.yiaddr.raw, DHCP_LEASED.raw);
	assert_int_equal(r.server.raw, DHCP_HERE.raw);
	assert_int_equal(r.mask.raw, DHCP_MASK.raw);
	assert_int_equal(r.router.raw, DHCP_ROUTER.raw);
	assert_int_equal(r.dns[0].raw, DHCP_HERE.raw);
	assert_int_equal(r.dns[1].raw, 0);
	assert_int_equal(r.ntp[0].raw, DHCP_HERE.raw);
	assert_int_equal(r.lease_s, 3600);
	assert_int_equal(r.t1_s, 0);
}

static void every_cut_is_survived(void **state)
{
	struct dhcp_reply r;
	u8 msg[DHCP_MSG_MAX];
	size_t len = dhcp_script_write(msg, &ack);

	for (size_t cut = 0; cut < 243; cut++)
		assert_int_equal(parse(msg, cut, &r), -EBADMSG);
	for (size_t cut = 243; cut < len; cut++)
		(void)parse(msg, cut, &r);
}

static void the_fixed_part_must_be_right(void **state)
{
	static const size_t bytes[] = {0, 1, 2, 236, 237, 238, 239};
	struct dhcp_reply r;
	u8 msg[DHCP_MSG_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(bytes); i++) {
		size_t len = dhcp_script_write(msg, &ack);

		msg[bytes[i]] ^= 1;
		assert_int_equal(parse(msg, len, &r), -EBADMSG);
	}
}

static void pads_and_a_missing_end_are_allowed(void **state)
{
	struct dhcp_reply r;
	u8 msg[DHCP_MSG_MAX], type = DHCP_OFFER;
	size_t at = dhcp_head(msg, &ack);

	msg[at++] = 0;
	msg[at++] = 0;
	at = dhcp_option(msg, at, 53, &type, 1);
	msg[at++] = 0;
	at = dhcp_option_u32(msg, at, 51, 77);
	assert_int_equal(parse(msg, at, &r), 0);
	assert_int_equal(r.lease_s, 77);
	/* Nothing behind the end is looked at. */
	msg[at++] = 255;
	msg[at++] = 51;
	msg[at++] = 200;
	assert_int_equal(parse(msg, at, &r), 0);
}

static void wrong_lengths_are_refused(void **state)
{
	static const u8 codes[] = {1, 51, 53, 54, 58, 59, 52};
	static const u8 lists[] = {3, 6, 42};
	struct dhcp_reply r;
	u8 msg[DHCP_MSG_MAX], zeros[8] = {1}, type = DHCP_ACK;

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		for (u8 len = 1; len < 8; len++) {
			u8 right = codes[i] == 53 || codes[i] == 52 ? 1 : 4;
			size_t at = dhcp_head(msg, &ack);

			if (codes[i] != 53)
				at = dhcp_option(msg, at, 53, &type, 1);
			at = dhcp_option(msg, at, codes[i], zeros, len);
			assert_int_equal(parse(msg, at, &r),
					 len == right ? 0 : -EBADMSG);
		}
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		for (u8 len = 0; len < 8; len++) {
			size_t at = dhcp_head(msg, &ack);

			at = dhcp_option(msg, at, 53, &type, 1);
			at = dhcp_option(msg, at, lists[i], zeros, len);
			assert_int_equal(parse(msg, at, &r),
					 len % 4 ? -EBADMSG : 0);
		}
}

static void an_option_of_no_bytes_is_absent(void **state)
{
	struct dhcp_reply r;
	u8 msg[DHCP_MSG_MAX], type = DHCP_ACK;
	size_t at = dhcp_head(msg, &ack);

	at = dhcp_option(msg, at, 53, &type, 1);
	at = dhcp_option(msg, at, 51, "", 0);
	at = dhcp_option(msg, at, 12, "", 0);
	assert_int_equal(parse(msg, at, &r), 0);
	assert_int_equal(r.lease_s, 0);
	at = dhcp_head(msg, &ack);
	at = dhcp_option(msg, at, 53, "", 0);
	assert_int_equal(parse(msg, at, &r), -EBADMSG);
}

static void an_option_past_the_end_is_refused(void **state)
{
	struct dhcp_reply r;
	u8 msg[DHCP_MSG_MAX];
	size_t len = dhcp_script_write(msg, &ack) - 1;

	msg[len] = 12;
	assert_int_equal(parse(msg, len + 1, &r), -EBADMSG);
	msg[len + 1] = 1;
	assert_int_equal(parse(msg, len + 2, &r), -EBADMSG);
	msg[len + 1] = 255;
	assert_int_equal(parse(msg, len + 200, &r), -EBADMSG);
}

/* RFC 2132 section 9.3: more options in file and sname. */
static void overloaded_fields_are_read(void **state)
{
	struct dhcp_reply r;
	u8 msg[DHCP_MSG_MAX], type = DHCP_ACK;

	for (u8 overload = 0; overload < 6; overload++) {
		size_t at = dhcp_head(msg, &ack);

		at = dhcp_option(msg, at, 53, &type, 1);
		at = dhcp_option(msg, at, 52, &overload, 1);
		msg[dhcp_option_u32(msg, 108, 51, 1000)] = 255;
		msg[dhcp_option_u32(msg, 44, 58, 500)] = 255;
		if (overload > 3) {
			assert_int_equal(parse(msg, at, &r), -EBADMSG);
			continue;
		}
		assert_int_equal(parse(msg, at, &r), 0);
		assert_int_equal(r.lease_s, overload & 1 ? 1000 : 0);
		assert_int_equal(r.t1_s, overload & 2 ? 500 : 0);
	}
}

static void an_overloaded_field_is_bounded(void **state)
{
	struct dhcp_reply r;
	u8 msg[DHCP_MSG_MAX], type = DHCP_ACK, both = 3;
	size_t at = dhcp_head(msg, &ack);

	at = dhcp_option(msg, at, 53, &type, 1);
	at = dhcp_option(msg, at, 52, &both, 1);
	msg[108] = 12;
	msg[109] = 127; /* one more than is left of file */
	assert_int_equal(parse(msg, at, &r), -EBADMSG);
	msg[109] = 126;
	assert_int_equal(parse(msg, at, &r), 0);
	msg[44 + 63] = 12; /* the last byte of sname: no length */
	assert_int_equal(parse(msg, at, &r), -EBADMSG);
}

/* RFC 3396: the pieces of an option, over all areas, are one value. */
static void split_options_are_put_together(void **state)
{
	struct dhcp_reply r;
	u8 msg[DHCP_MSG_MAX], type = DHCP_ACK, both = 3;
	size_t at = dhcp_head(msg, &ack);

	at = dhcp_option(msg, at, 53, &type, 1);
	at = dhcp_option(msg, at, 15, "exam", 4);
	at = dhcp_option(msg, at, 51, "\0\0", 2);
	at = dhcp_option(msg, at, 52, &both, 1);
	at = dhcp_option(msg, at, 15, "ple.", 4);
	msg[dhcp_option(msg, 44, 51, "\1\2", 2)] = 255;
	msg[dhcp_option(msg, 108, 15, "org", 3)] = 255;
	assert_int_equal(parse(msg, at, &r), 0);
	assert_string_equal(r.domain, "example.org");
	assert_int_equal(r.lease_s, 0x102);
}

static void names_are_names_or_nothing(void **state)
{
	static const struct {
		const char *bytes;
		u8 len;
		const char *name;
	} names[] = {
		{"box-1.lan", 9, "box-1.lan"},
		{"box\0\0", 5, "box"},
		{"b x", 3, ""},
		{"a\0b", 3, ""},
		{"\0", 1, ""},
		{"caf\xc3\xa9", 5, ""},
		{"$(reboot)", 9, ""},
	};
	struct dhcp_reply r;
	u8 msg[DHCP_MSG_MAX], type = DHCP_ACK, big[200];

	memset(big, 'a', sizeof(big));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t at = dhcp_head(msg, &ack);

		at = dhcp_option(msg, at, 53, &type, 1);
		at = dhcp_option(msg, at, 12, names[i].bytes, names[i].len);
		assert_int_equal(parse(msg, at, &r), 0);
		assert_string_equal(r.hostname, names[i].name);
	}
	for (u8 len = 62; len < 70; len++) {
		size_t at = dhcp_head(msg, &ack);

		at = dhcp_option(msg, at, 53, &type, 1);
		at = dhcp_option(msg, at, 12, big, len);
		assert_int_equal(parse(msg, at, &r), 0);
		assert_int_equal(strlen(r.hostname), len < 64 ? len : 0);
	}
}

static void long_lists_are_cut(void **state)
{
	struct dhcp_reply r;
	u8 msg[DHCP_MSG_MAX], type = DHCP_ACK, list[252];
	size_t at = dhcp_head(msg, &ack);

	for (u8 i = 0; i < sizeof(list); i++)
		list[i] = i;
	at = dhcp_option(msg, at, 53, &type, 1);
	at = dhcp_option(msg, at, 6, list, sizeof(list));
	at = dhcp_option(msg, at, 3, list, sizeof(list));
	at = dhcp_option(msg, at, 6, list, 8);
	assert_int_equal(parse(msg, at, &r), 0);
	assert_int_equal(ntohl(r.dns[2]), 0x08090a0b);
	assert_int_equal(ntohl(r.router), 0x00010203);
}

/* Seeded noise behind a right head: no byte too far, no endless loop. */
static void noise_is_survived(void **state)
{
	struct dhcp_reply r;
	u8 msg[DHCP_MSG_MAX];

	srand(1);
	for (int i = 0; i < 20000; i++) {
		size_t len = dhcp_head(msg, &ack) + (size_t)rand() % 60;

		for (size_t at = 240; at < len; at++)
			msg[at] = (u8)(rand() % 3 ? rand() % 64 : rand());
		(void)parse(msg, len, &r);
	}
}

static void requests_have_their_fields(void **state)
{
	struct dhcp_request q = {
		.type = DHCP_REQUEST,
		.xid = 0xa1b2c3d4,
		.secs = 7,
		.requested = DHCP_LEASED,
		.server = DHCP_HERE,
		.hostname = "box",
	};
	u8 msg[DHCP_MSG_MAX], len;
	const u8 *list;

	memcpy(q.chaddr, mac, 6);
	assert_int_equal(dhcp_build(msg, &q), DHCP_MSG_MIN);
	assert_memory_equal(msg, "\1\1\6\0\xa1\xb2\xc3\xd4\0\7\0\0", 12);
	assert_int_equal(get_be32(msg + 12), 0);
	assert_memory_equal(msg + 28, mac, 6);
	assert_memory_equal(dhcp_find(msg, 300, 53, &len), "\3", 1);
	assert_int_equal(dhcp_find_u32(msg, 300, 50), ntohl(DHCP_LEASED));
	assert_int_equal(dhcp_find_u32(msg, 300, 54), ntohl(DHCP_HERE));
	assert_memory_equal(dhcp_find(msg, 300, 12, &len), "box", 3);
	list = dhcp_find(msg, 300, 55, &len);
	for (size_t i = 0; i < 6; i++)
		assert_non_null(memchr(list, "\1\3\6\x2a\x33\x3a"[i], len));
	q = (struct dhcp_request){.type = DHCP_DECLINE, .hostname = "box"};
	dhcp_build(msg, &q);
	assert_null(dhcp_find(msg, 300, 55, &len));
	assert_null(dhcp_find(msg, 300, 12, &len));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reply_is_understood),
		cmocka_unit_test(every_cut_is_survived),
		cmocka_unit_test(the_fixed_part_must_be_right),
		cmocka_unit_test(pads_and_a_missing_end_are_allowed),
		cmocka_unit_test(wrong_lengths_are_refused),
		cmocka_unit_test(an_option_of_no_bytes_is_absent),
		cmocka_unit_test(an_option_past_the_end_is_refused),
		cmocka_unit_test(overloaded_fields_are_read),
		cmocka_unit_test(an_overloaded_field_is_bounded),
		cmocka_unit_test(split_options_are_put_together),
		cmocka_unit_test(names_are_names_or_nothing),
		cmocka_unit_test(long_lists_are_cut),
		cmocka_unit_test(noise_is_survived),
		cmocka_unit_test(requests_have_their_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
