/* lib/printf.c: each conversion, its flags, and what is cut. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>
#include "lib/byteorder.h"
#include "lib/printf.h"

#pragma GCC diagnostic ignored "-Wformat-truncation"
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"

/* Formats into a buffer that is just large enough, and compares. */
#define assert_format(expected, ...)                                           \
	do {                                                                   \
		char text[sizeof(expected)];                                   \
		int len = snprintf(text, sizeof(text), __VA_ARGS__);           \
		assert_string_equal(text, expected);                           \
		assert_int_equal(len, sizeof(expected) - 1);                   \
	} while (0)

static void prints_signed_numbers(void **state)
{
	assert_format("0 -1 42", "%d %d %i", 0, -1, 42);
	assert_format("-2147483648", "%d", INT32_MIN);
	assert_format("-9223372036854775808", "%lld", (long long)INT64_MIN);
	assert_format("+5 -5", "%+d %+d", 5, -5);
}

static void prints_unsigned_and_hex(void **state)
{
	assert_format("4294967295", "%u", UINT32_MAX);
	assert_format("18446744073709551615", "%lu", UINT64_MAX);
	assert_format("dead BEEF 0", "%x %X %x", 0xdead, 0xbeef, 0);
	assert_format("0x1f", "%#x", 0x1f);
	assert_format("123", "%zu", (size_t)123);
}

static void length_words_cut_the_argument(void **state)
{
	int wide = 0x12345, negative = 0x1ffff;

	assert_format("45 2345", "%hhx %hx", (u8)wide, (u16)wide);
	assert_format("-1", "%hd", (s16)negative);
}

static void pads_to_the_width(void **state)
{
	assert_format("   42|42   |00042", "%5d|%-5d|%05d", 42, 42, 42);
	assert_format("-0042", "%05d", -42);
	assert_format("  007", "%5.3d", 7);
	assert_format("    x|x    ", "%5s|%-5s", "x", "x");
	assert_format("   42|42   ", "%*d|%*d", 5, 42, -5, 42);
}

static void precision_bounds_a_string(void **state)
{
	const char unterminated[3] = {'a', 'b', 'c'};

	assert_format("ab", "%.*s", 2, "abcdef");
	assert_format("abc", "%.3s", unterminated);
	assert_format("(null)", "%s", (char *)NULL);
}

static void prints_characters_and_percent(void **state)
{
	assert_format("a%b", "%c%%%c", 'a', 'b');
}

static void prints_pointers(void **state)
{
	assert_format("0xffff8000deadbeef", "%p",
		      (void *)0xffff8000deadbeefull);
	assert_format("0", "%p", (void *)NULL);
}

static void prints_network_addresses(void **state)
{
	const u8 mac[6] = {0x52, 0x54, 0, 0x12, 0x34, 0x56};
	be32 addr = BE32(0x0a000201);

	assert_format("10.0.2.1", "%pI4", (void *)&addr);
	assert_format("52:54:00:12:34:56", "%pM", (void *)mac);
	assert_format("10.0.2.1  |", "%-10pI4|", (void *)&addr);
	assert_format("to 10.0.2.1:80", "to %pI4:%u", (void *)&addr, 80);
}

static void returns_the_length_of_the_whole_text(void **state)
{
	char text[4];

	assert_int_equal(snprintf(text, sizeof(text), "%s", "abcdef"), 6);
	assert_string_equal(text, "abc");
	assert_int_equal(snprintf(NULL, 0, "%d", 12345), 5);
}

static void scnprintf_returns_what_is_there(void **state)
{
	char text[4];

	assert_int_equal(scnprintf(text, sizeof(text), "%s", "abcdef"), 3);
	assert_int_equal(scnprintf(text, sizeof(text), "ab"), 2);
	assert_int_equal(scnprintf(text, 0, "ab"), 0);
	assert_int_equal(scnprintf(text, 1, "ab"), 0);
	assert_string_equal(text, "");
}

static void a_trailing_percent_ends_the_text(void **state)
{
	const char *volatile fmt = "50%";
	char text[8];

	assert_int_equal(snprintf(text, sizeof(text), fmt), 3);
	assert_string_equal(text, "50%");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_signed_numbers),
		cmocka_unit_test(prints_unsigned_and_hex),
		cmocka_unit_test(length_words_cut_the_argument),
		cmocka_unit_test(pads_to_the_width),
		cmocka_unit_test(precision_bounds_a_string),
		cmocka_unit_test(prints_characters_and_percent),
		cmocka_unit_test(prints_pointers),
		cmocka_unit_test(prints_network_addresses),
		cmocka_unit_test(returns_the_length_of_the_whole_text),
		cmocka_unit_test(scnprintf_returns_what_is_there),
		cmocka_unit_test(a_trailing_percent_ends_the_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
