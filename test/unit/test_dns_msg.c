/* app/dns_msg.c, dns_name.c: rows 160 to 165, threats row 6 (RFC 9267). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "app/dns_msg.h"
#include "lib/errno.h"

#define ID 0x1234

/* A message that is put together; offsets are those in it. */
struct msg {
	u8 data[4096];
	size_t len;
};

static void put(struct msg *m, const void *bytes, size_t len)
{
	memcpy(m->data + m->len, bytes, len);
	m->len += len;
}

static void put16(struct msg *m, u32 v)
{
	put_be16(m->data + m->len, (u16)v);
	m->len += 2;
}

static void put32(struct msg *m, u32 v)
{
	put_be32(m->data + m->len, v);
	m->len += 4;
}

static void put_name(struct msg *m, const char *text)
{
	struct dns_name name;

	assert_int_equal(dns_name_from_text(&name, text), 0);
	put(m, name.wire, name.len);
}

/* An answer's header and question, at 12. */
static void begin(struct msg *m, u16 flags, u16 answers, const char *name)
{
	m->len = 0;
	put16(m, ID);
	put16(m, flags);
	put16(m, 1);
	put16(m, answers);
	put32(m, 0);
	put_name(m, name);
	put16(m, 1);
	put16(m, 1);
}

static void put_fixed(struct msg *m, u16 type, u32 ttl, u16 len)
{
	put16(m, type);
	put16(m, 1);
	put32(m, ttl);
	put16(m, len);
}

static void put_a(struct msg *m, const char *name, u32 ttl, u32 addr)
{
	put_name(m, name);
	put_fixed(m, 1, ttl, 4);
	put32(m, addr);
}

static void put_alias(struct msg *m, const char *name, const char *to)
{
	struct dns_name target;

	assert_int_equal(dns_name_from_text(&target, to), 0);
	put_name(m, name);
	put_fixed(m, 5, 100, target.len);
	put(m, target.wire, target.len);
}

/* In memory of exactly its size. */
static int parse_as(const struct msg *m, u16 id, const char *asked,
		    struct dns_answer *out)
{
	struct dns_name name;
	u8 *copy = malloc(m->len ? m->len : 1);
	int err;

	assert_int_equal(dns_name_from_text(&name, asked), 0);
	memcpy(copy, m->data, m->len);
	err = dns_parse(copy, m->len, id, &name, out);
	free(copy);
	return err;
}

static int parse(const struct msg *m, struct dns_answer *out)
{
	return parse_as(m, ID, "www.example.org", out);
}

static void names_from_text(void **state)
{
	struct dns_name name;
	char text[300];

	assert_int_equal(dns_name_from_text(&name, "WwW.a-1._x."), 0);
	assert_int_equal(name.len, 12);
	assert_memory_equal(name.wire, "\3www\3a-1\2_x", 12);
	assert_int_equal(dns_name_from_text(&name, ""), -EINVAL);
	assert_int_equal(dns_name_from_text(&name, "."), -EINVAL);
	assert_int_equal(dns_name_from_text(&name, "a..b"), -EINVAL);
	assert_int_equal(dns_name_from_text(&name, ".a"), -EINVAL);
	assert_int_equal(dns_name_from_text(&name, "a b"), -EINVAL);
	for (size_t len = 1; len < 80; len++) {
		memset(text, 'x', len);
		text[len] = 0;
		assert_int_equal(dns_name_from_text(&name, text),
				 len <= 63 ? 0 : -EINVAL);
	}
	for (size_t i = 0; i < 299; i++)
		text[i] = i % 2 ? '.' : 'y';
	text[253] = 0; /* 127 labels of one letter: 255 bytes */
	assert_int_equal(dns_name_from_text(&name, text), 0);
	assert_int_equal(name.len, 255);
	text[253] = '.';
	text[255] = 0;
	assert_int_equal(dns_name_from_text(&name, text), -EINVAL);
}

static void a_query_is_written(void **state)
{
	struct dns_name name;
	u8 buf[DNS_QUERY_MAX];

	assert_int_equal(dns_name_from_text(&name, "a.bc"), 0);
	assert_int_equal(dns_build(buf, ID, &name), 12 + 6 + 4);
	assert_memory_equal(
		buf, "\x12\x34\1\0\0\1\0\0\0\0\0\0\1a\2bc\0\0\1\0\1", 22);
}

static void an_answer_is_read(void **state)
{
	struct dns_answer a;
	struct msg m;

	begin(&m, 0x8180, 3, "WWW.example.ORG");
	put_a(&m, "www.example.org", 300, 0xc0000201);
	put_a(&m, "other.example.org", 1, 0x7f000001);
	put_a(&m, "www.example.org", 200, 0xc0000202);
	assert_int_equal(parse(&m, &a), 0);
	assert_int_equal(a.count, 2);
	assert_int_equal(ntohl(a.addrs[0]), 0xc0000201);
	assert_int_equal(ntohl(a.addrs[1]), 0xc0000202);
	assert_int_equal(a.ttl_s, 200);
}

static void compressed_names_are_read(void **state)
{
	struct dns_answer a;
	struct msg m;

	begin(&m, 0x8180, 2, "www.example.org");
	put16(&m, 0xc00c);
	put_fixed(&m, 5, 100, 6);
	put(&m, "\3web\xc0\x10", 6); /* web.example.org */
	put16(&m, 0xc000 + (u32)m.len - 6);
	put_fixed(&m, 1, 50, 4);
	put32(&m, 0xc0000203);
	assert_int_equal(parse(&m, &a), 0);
	assert_int_equal(a.count, 1);
	assert_int_equal(a.aliases, 1);
	assert_int_equal(a.ttl_s, 50);
}

/* Row 163, RFC 5452 section 9.1. */
static void what_does_not_answer_the_query_is_ignored(void **state)
{
	struct dns_answer a;
	struct msg m;
	u32 taken = 0;

	begin(&m, 0x8180, 1, "www.example.org");
	put_a(&m, "www.example.org", 300, 0xc0000201);
	for (u32 id = 0; id < 65536; id++)
		taken += parse_as(&m, (u16)id, "www.example.org", &a) == 0;
	assert_int_equal(taken, 1);
	assert_int_equal(parse_as(&m, ID, "www.example.com", &a), -EAGAIN);
	assert_int_equal(parse_as(&m, ID, "ww.example.org", &a), -EAGAIN);
	m.data[2] = 1; /* a query */
	assert_int_equal(parse(&m, &a), -EAGAIN);
	m.data[2] = 0x89; /* another opcode */
	assert_int_equal(parse(&m, &a), -EAGAIN);
	m.data[2] = 0x81;
	m.data[5] = 0; /* no question */
	assert_int_equal(parse(&m, &a), -EAGAIN);
	m.data[5] = 2;
	assert_int_equal(parse(&m, &a), -EAGAIN);
	m.data[5] = 1;
	m.data[30] = 28; /* AAAA was not asked for */
	assert_int_equal(parse(&m, &a), -EAGAIN);
}

static void flags_are_told_apart(void **state)
{
	static const struct {
		u16 flags;
		int err;
	} cases[] = {{0x8183, -ENOENT},
		     {0x8182, -EIO},
		     {0x8185, -EIO},
		     {0x8380, -EMSGSIZE},
		     {0x8180, -ENOENT}};
	struct dns_answer a;
	struct msg m;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		begin(&m, cases[i].flags, 0, "www.example.org");
		assert_int_equal(parse(&m, &a), cases[i].err);
	}
}

static void every_cut_is_survived(void **state)
{
	struct dns_answer a;
	struct msg m;
	size_t len;

	begin(&m, 0x8180, 2, "www.example.org");
	put_alias(&m, "www.example.org", "x.example.org");
	put_a(&m, "x.example.org", 300, 0xc0000201);
	len = m.len;
	for (m.len = 0; m.len < len; m.len++)
		assert_true(parse(&m, &a) < 0);
	assert_int_equal(parse(&m, &a), 0);
}

/* Row 161: to itself, forwards, past the end, into the header, in rings. */
static void bad_pointers_are_refused(void **state)
{
	static const u32 to[] = {33, 34, 35, 45, 60, 4000, 0, 2, 11, 0x3fff};
	struct dns_answer a;
	struct msg m;

	for (size_t i = 0; i < ARRAY_SIZE(to); i++) {
		begin(&m, 0x8180, 1, "www.example.org");
		assert_int_equal(m.len, 33);
		put16(&m, 0xc000 | to[i]);
		put_fixed(&m, 1, 300, 4);
		put32(&m, 0xc0000201);
		assert_int_equal(parse(&m, &a), -EBADMSG);
	}
	/* A label, then back to its own beginning. */
	begin(&m, 0x8180, 1, "www.example.org");
	put(&m, "\1a\xc0\x21", 4);
	put_fixed(&m, 1, 300, 4);
	put32(&m, 0);
	assert_int_equal(parse(&m, &a), -EBADMSG);
	/* 01 and 10 in the upper bits are no label. */
	for (u8 head = 64; head < 192; head++) {
		m.data[33] = head;
		assert_int_equal(parse(&m, &a), -EBADMSG);
	}
}

/* In the question itself, where nothing lies behind yet. */
static void a_pointer_in_the_question_is_refused(void **state)
{
	struct dns_answer a;
	struct msg m = {.len = 0};

	put(&m, "\x12\x34\x81\x80\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1", 18);
	assert_int_equal(parse(&m, &a), -EAGAIN);
}

static void pointer_chains_are_bounded(void **state)
{
	struct dns_name name;
	u8 msg[300] = {0};

	for (unsigned hops = 1; hops < 40; hops++) {
		size_t at = 20 + 2 * (hops - 1);

		put_be16(msg + at, (u16)(0xc000 | (hops == 1 ? 12 : at - 2)));
		assert_int_equal(dns_name_read(msg, sizeof(msg), &at, &name),
				 hops <= DNS_POINTERS ? 0 : -EBADMSG);
	}
}

static void long_names_are_refused(void **state)
{
	struct dns_name name;
	u8 msg[400];
	size_t at = 12;

	memset(msg, 1, sizeof(msg)); /* labels of the byte 1 without end */
	assert_int_equal(dns_name_read(msg, sizeof(msg), &at, &name), -EBADMSG);
	at = 12;
	msg[12 + 254] = 0; /* 255 bytes */
	assert_int_equal(dns_name_read(msg, sizeof(msg), &at, &name), 0);
	assert_int_equal(name.len, 255);
	assert_int_equal(at, 12 + 255);
}

/* Row 162. */
static void rdlength_lies_are_refused(void **state)
{
	static const u16 lens[] = {0, 1, 3, 5, 8, 65535};
	struct dns_answer a;
	struct msg m;

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		begin(&m, 0x8180, 1, "www.example.org");
		put_name(&m, "www.example.org");
		put_fixed(&m, 1, 300, lens[i]);
		put32(&m, 0xc0000201);
		assert_int_equal(parse(&m, &a), -EBADMSG);
	}
	/* An alias shorter or longer than its data. */
	for (int off = -1; off <= 1; off += 2) {
		begin(&m, 0x8180, 1, "www.example.org");
		put_name(&m, "www.example.org");
		put_fixed(&m, 5, 300, (u16)(5 + off));
		put(&m, "\3abc\0\0", 6);
		assert_int_equal(parse(&m, &a), -EBADMSG);
	}
}

static void counts_are_not_trusted(void **state)
{
	struct dns_answer a;
	struct msg m;

	begin(&m, 0x8180, 65535, "www.example.org");
	put_a(&m, "www.example.org", 300, 0xc0000201);
	assert_int_equal(parse(&m, &a), -EBADMSG);
	m.data[7] = m.data[6] = 0; /* none, and yet one */
	assert_int_equal(parse(&m, &a), -ENOENT);
}

static void more_addresses_than_room_are_cut(void **state)
{
	struct dns_answer a;
	struct msg m;

	begin(&m, 0x8180, 50, "www.example.org");
	for (u32 i = 0; i < 50; i++)
		put_a(&m, "www.example.org", 300, i);
	assert_int_equal(parse(&m, &a), 0);
	assert_int_equal(a.count, DNS_ADDRS_MAX);
}

/* Row 164: eight in a row, in any order; not nine, and no ring. */
static void alias_chains_are_bounded(void **state)
{
	static const char *const names[] = {"www.example.org",
					    "a.x",
					    "b.x",
					    "c.x",
					    "d.x",
					    "e.x",
					    "f.x",
					    "g.x",
					    "h.x",
					    "i.x"};
	struct dns_answer a;
	struct msg m;

	for (size_t hops = 1; hops < 10; hops++) {
		begin(&m, 0x8180, (u16)(hops + 1), names[0]);
		put_a(&m, names[hops], 300, 0xc0000201);
		for (size_t i = hops; i > 0; i--)
			put_alias(&m, names[i - 1], names[i]);
		assert_int_equal(parse(&m, &a), hops <= 8 ? 0 : -ELOOP);
		if (hops <= 8)
			assert_int_equal(a.aliases, hops);
	}
	begin(&m, 0x8180, 2, names[0]);
	put_alias(&m, names[0], names[1]);
	put_alias(&m, names[1], names[0]);
	assert_int_equal(parse(&m, &a), -ELOOP);
	begin(&m, 0x8180, 1, names[0]);
	put_alias(&m, names[0], names[0]);
	assert_int_equal(parse(&m, &a), -ELOOP);
}

static void an_alias_without_address_is_told(void **state)
{
	struct dns_answer a;
	struct dns_name want;
	struct msg m;

	begin(&m, 0x8180, 1, "www.example.org");
	put_alias(&m, "www.example.org", "cdn.example.net");
	assert_int_equal(parse(&m, &a), 0);
	assert_int_equal(a.count, 0);
	assert_int_equal(dns_name_from_text(&want, "cdn.example.net"), 0);
	assert_true(dns_name_eq(&a.name, &want));
}

/* Row 165, RFC 2181 section 8. */
static void ttls_are_capped(void **state)
{
	static const u32 ttls[][2] = {{0, 0},	       {86400, 86400},
				      {86401, 86400},  {0x7fffffff, 86400},
				      {0x80000000, 0}, {0xffffffff, 0}};
	struct dns_answer a;
	struct msg m;

	for (size_t i = 0; i < ARRAY_SIZE(ttls); i++) {
		begin(&m, 0x8180, 1, "www.example.org");
		put_a(&m, "www.example.org", ttls[i][0], 1);
		assert_int_equal(parse(&m, &a), 0);
		assert_int_equal(a.ttl_s, ttls[i][1]);
	}
}

/* Each byte of a good answer with each of some values; seeded noise. */
static void noise_is_survived(void **state)
{
	static const u8 values[] = {0, 1, 0x3f, 0x40, 0x80, 0xc0, 0xff};
	struct dns_answer a;
	struct msg good, m;

	begin(&good, 0x8180, 2, "www.example.org");
	put(&good, "\xc0\x0c", 2);
	put_fixed(&good, 5, 100, 6);
	put(&good, "\3web\xc0\x10", 6);
	put(&good, "\xc0\x2d", 2);
	put_fixed(&good, 1, 50, 4);
	put32(&good, 0xc0000203);
	assert_int_equal(parse(&good, &a), 0);
	for (size_t at = 0; at < good.len; at++)
		for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
			m = good;
			m.data[at] = values[i];
			(void)parse(&m, &a);
		}
	srand(1);
	for (int i = 0; i < 20000; i++) {
		m = good;
		for (int j = rand() % 8; j >= 0; j--)
			m.data[33 + (size_t)rand() % (m.len - 33)] =
				(u8)(rand() % 2 ? 0xc0 : rand());
		(void)parse(&m, &a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_from_text),
		cmocka_unit_test(a_query_is_written),
		cmocka_unit_test(an_answer_is_read),
		cmocka_unit_test(compressed_names_are_read),
		cmocka_unit_test(what_does_not_answer_the_query_is_ignored),
		cmocka_unit_test(flags_are_told_apart),
		cmocka_unit_test(every_cut_is_survived),
		cmocka_unit_test(bad_pointers_are_refused),
		cmocka_unit_test(a_pointer_in_the_question_is_refused),
		cmocka_unit_test(pointer_chains_are_bounded),
		cmocka_unit_test(long_names_are_refused),
		cmocka_unit_test(rdlength_lies_are_refused),
		cmocka_unit_test(counts_are_not_trusted),
		cmocka_unit_test(more_addresses_than_room_are_cut),
		cmocka_unit_test(alias_chains_are_bounded),
		cmocka_unit_test(an_alias_without_address_is_told),
		cmocka_unit_test(ttls_are_capped),
		cmocka_unit_test(noise_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
