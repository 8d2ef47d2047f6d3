/*
 * lib/string.c under other names (the program itself has the sanitizer's),
 * against loops over single bytes; and lib/text.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#define memcpy	bn_memcpy
#define memmove bn_memmove
#define memset	bn_memset
#define memcmp	bn_memcmp
#define memchr	bn_memchr
#define strlen	bn_strlen
#define strnlen bn_strnlen
#define strcmp	bn_strcmp
#define strncmp bn_strncmp
#define strchr	bn_strchr
#include "lib/string.c"

#define AREA 512
#define LEN  150

static u8 area[AREA], expected[AREA];

static void fill_areas(void)
{
	for (int i = 0; i < AREA; i++)
		area[i] = expected[i] = (u8)(i * 7 + (i >> 8));
}

static void assert_areas_equal(void)
{
	for (int i = 0; i < AREA; i++)
		assert_int_equal(area[i], expected[i]);
}

static void reference_move(size_t to, size_t from, size_t len)
{
	u8 copy[AREA];

	for (size_t i = 0; i < len; i++)
		copy[i] = expected[from + i];
	for (size_t i = 0; i < len; i++)
		expected[to + i] = copy[i];
}

static void memcpy_copies_any_length_and_alignment(void **state)
{
	for (size_t len = 0; len <= LEN; len++) {
		for (size_t to = 0; to < 9; to++) {
			fill_areas();
			reference_move(to, 300 + len % 8, len);
			assert_ptr_equal(
				memcpy(area + to, area + 300 + len % 8, len),
				area + to);
			assert_areas_equal();
		}
	}
}

static void memcpy_stays_inside_both_buffers(void **state)
{
	for (size_t len = 1; len <= LEN; len++) {
		u8 *from = calloc(1, len), *to = malloc(len);

		memcpy(to, from, len);
		memmove(to, from, len);
		memset(to, 1, len);
		free(from);
		free(to);
	}
}

static void memmove_overlaps_in_both_directions(void **state)
{
	for (size_t len = 0; len <= LEN; len++) {
		for (size_t to = 100; to <= 200; to += 3) {
			fill_areas();
			reference_move(to, 150, len);
			memmove(area + to, area + 150, len);
			assert_areas_equal();
		}
	}
}

static void memmove_by_one_byte_overlaps(void **state)
{
	for (size_t len = 0; len <= LEN; len++) {
		for (size_t to = 99; to <= 101; to++) {
			fill_areas();
			reference_move(to, 100, len);
			memmove(area + to, area + 100, len);
			assert_areas_equal();
		}
	}
}

static void memset_fills_exactly(void **state)
{
	for (size_t len = 0; len <= LEN; len++) {
		for (size_t to = 0; to < 9; to++) {
			fill_areas();
			for (size_t i = 0; i < len; i++)
				expected[to + i] = 0xa5;
			assert_ptr_equal(memset(area + to, 0x1a5, len),
					 area + to);
			assert_areas_equal();
		}
	}
}

static void memcmp_orders_by_first_difference(void **state)
{
	u8 a[40], b[40];

	for (size_t at = 0; at < 40; at++) {
		memset(a, 0x55, sizeof(a));
		memset(b, 0x55, sizeof(b));
		assert_int_equal(memcmp(a, b, 40), 0);
		b[at] = 0xfe;
		assert_true(memcmp(a, b, 40) < 0);
		assert_true(memcmp(b, a, 40) > 0);
		assert_int_equal(memcmp(a, b, at), 0);
	}
}

static void memchr_finds_the_first(void **state)
{
	u8 a[40];

	for (size_t at = 0; at < 40; at++) {
		memset(a, 0x81, sizeof(a));
		assert_null(memchr(a, 0x80, 40));
		for (size_t i = at; i < 40; i++)
			a[i] = i % 2 == at % 2 ? 0x80 : 0x7f;
		assert_ptr_equal(memchr(a, 0x80, 40), a + at);
		assert_null(memchr(a, 0x80, at));
	}
}

static void strlen_and_strnlen_count(void **state)
{
	assert_int_equal(strlen(""), 0);
	assert_int_equal(strlen("barenet"), 7);
	assert_int_equal(strnlen("barenet", 3), 3);
	assert_int_equal(strnlen("bar", 10), 3);
}

static void strcmp_orders_as_unsigned_bytes(void **state)
{
	assert_int_equal(strcmp("a", "a"), 0);
	assert_true(strcmp("a", "ab") < 0);
	assert_true(strcmp("\xff", "a") > 0);
	assert_int_equal(strncmp("abc", "abd", 2), 0);
	assert_true(strncmp("abc", "abd", 3) < 0);
	assert_int_equal(strncmp("a", "b", 0), 0);
}

static void strchr_finds_also_the_terminator(void **state)
{
	const char *s = "a=b=c";

	assert_ptr_equal(strchr(s, '='), s + 1);
	assert_ptr_equal(strchr(s, '\0'), s + 5);
	assert_null(strchr(s, 'x'));
}

static void str_copy_cuts_and_terminates(void **state)
{
	char buf[4] = "xxx";

	assert_int_equal(str_copy(buf, "ab", sizeof(buf)), 2);
	assert_int_equal(strcmp(buf, "ab"), 0);
	assert_int_equal(str_copy(buf, "abcdef", sizeof(buf)), 6);
	assert_int_equal(strcmp(buf, "abc"), 0);
	assert_int_equal(str_copy(buf, "x", 0), 1);
	assert_int_equal(strcmp(buf, "abc"), 0);
}

static void mem_case_eq_ignores_case_of_letters_only(void **state)
{
	assert_true(mem_case_eq("Content-Length", "cONTENT-lENGTH", 14));
	assert_false(mem_case_eq("[", "{", 1));
	assert_false(mem_case_eq("@", "`", 1));
	assert_false(mem_case_eq("ab", "ac", 2));
	assert_true(mem_case_eq("a", "b", 0));
}

static void parse_u32_reads_and_moves(void **state)
{
	const char *s = "8080/x";
	u32 value = 0;

	assert_true(parse_u32(&s, 65535, &value));
	assert_int_equal(value, 8080);
	assert_int_equal(*s, '/');
	assert_false(parse_u32(&s, 65535, &value));
	assert_int_equal(*s, '/');
	assert_int_equal(value, 8080);
}

static void parse_u32_refuses_more_than_max(void **state)
{
	const char *s = "65536", *big = "4294967295";
	const char *huge = "99999999999999999999999999";
	u32 value = 7;

	assert_false(parse_u32(&s, 65535, &value));
	assert_int_equal(value, 7);
	assert_false(parse_u32(&huge, UINT32_MAX, &value));
	assert_true(parse_u32(&big, UINT32_MAX, &value));
	assert_int_equal(value, UINT32_MAX);
}

static void parse_ipv4_reads_four_bytes(void **state)
{
	static const char *const bad[] = {"",		"10.0.2",  "10.0.2.",
					  "10.0.2.256", "10..2.3", "a.0.0.1"};
	const char *s = "10.0.2.15/24";
	be32 addr;

	assert_true(parse_ipv4(&s, &addr));
	assert_int_equal(ntohl(addr), 0x0a00020f);
	assert_string_equal(s, "/24");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		s = bad[i];
		assert_false(parse_ipv4(&s, &addr));
		assert_ptr_equal(s, bad[i]);
	}
}

static void host_text_has_no_other_characters(void **state)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

	for (int c = 0; c < 256; c++) {
		char text[] = {'a', (char)c, 'z'};
		bool host = c && strchr(good, c);

		assert_int_equal(is_host_char((char)c), host);
		assert_int_equal(is_host_text(text, 3), host || c == '.');
	}
	assert_true(is_host_text("", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memcpy_copies_any_length_and_alignment),
		cmocka_unit_test(memcpy_stays_inside_both_buffers),
		cmocka_unit_test(memmove_overlaps_in_both_directions),
		cmocka_unit_test(memmove_by_one_byte_overlaps),
		cmocka_unit_test(memset_fills_exactly),
		cmocka_unit_test(memcmp_orders_by_first_difference),
		cmocka_unit_test(memchr_finds_the_first),
		cmocka_unit_test(strlen_and_strnlen_count),
		cmocka_unit_test(strcmp_orders_as_unsigned_bytes),
		cmocka_unit_test(strchr_finds_also_the_terminator),
		cmocka_unit_test(str_copy_cuts_and_terminates),
		cmocka_unit_test(mem_case_eq_ignores_case_of_letters_only),
		cmocka_unit_test(host_text_has_no_other_characters),
		cmocka_unit_test(parse_u32_reads_and_moves),
		cmocka_unit_test(parse_u32_refuses_more_than_max),
		cmocka_unit_test(parse_ipv4_reads_four_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
