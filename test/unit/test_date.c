/* lib/date.c against the C library, and app/http_date.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <time.h>
#include "app/http_date.h"
#include "lib/date.h"

static void check_second(u64 seconds)
{
	time_t t = (time_t)seconds;
	struct date date;
	struct tm tm;
	u64 back;

	gmtime_r(&t, &tm);
	date_from_unix(seconds, &date);
	if ((int)date.year != tm.tm_year + 1900 ||
	    date.month != tm.tm_mon + 1 || date.day != tm.tm_mday ||
	    date.hour != tm.tm_hour || date.minute != tm.tm_min ||
	    date.second != tm.tm_sec || date.weekday != tm.tm_wday)
		fail_msg("%llu", (unsigned long long)seconds);
	assert_true(date_to_unix(&date, &back));
	assert_true(back == seconds);
}

/* Every day from 1970 to 9999, at some second of it. */
static void every_day(void **state)
{
	for (u64 s = 0; s <= DATE_SECONDS_MAX; s += 86399)
		check_second(s);
	check_second(DATE_SECONDS_MAX);
}

static void days_that_do_not_exist(void **state)
{
	static const struct date dates[] = {
		{1969, 12, 31, 0, 0, 0, 0}, {2023, 2, 29, 0, 0, 0, 0},
		{1900, 2, 29, 0, 0, 0, 0},  {2100, 2, 29, 0, 0, 0, 0},
		{2024, 2, 30, 0, 0, 0, 0},  {2024, 4, 31, 0, 0, 0, 0},
		{2024, 0, 1, 0, 0, 0, 0},   {2024, 13, 1, 0, 0, 0, 0},
		{2024, 1, 0, 0, 0, 0, 0},   {2024, 1, 32, 0, 0, 0, 0},
		{2024, 1, 1, 24, 0, 0, 0},  {2024, 1, 1, 0, 60, 0, 0},
		{2024, 1, 1, 0, 0, 61, 0},  {10000, 1, 1, 0, 0, 0, 0},
		{1970, 1, 0, 0, 0, 0, 0},
	};
	u64 seconds;

	for (size_t i = 0; i < ARRAY_SIZE(dates); i++)
		if (date_to_unix(&dates[i], &seconds))
			fail_msg("%zu", i);
}

static void imf_fixdate_is_written(void **state)
{
	char text[HTTP_DATE_LEN + 1] = {0};

	http_date_write(784111777, text);
	assert_string_equal(text, "Sun, 06 Nov 1994 08:49:37 GMT");
	http_date_write(DATE_SECONDS_MAX, text);
	assert_string_equal(text, "Fri, 31 Dec 9999 23:59:59 GMT");
	http_date_write(0, text);
	assert_string_equal(text, "Thu, 01 Jan 1970 00:00:00 GMT");
}

/* RFC 9110 section 5.6.7. */
static void three_formats_are_read(void **state)
{
	static const struct {
		const char *text;
		u64 seconds;
	} samples[] = {
		{"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
		{"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
		{"Sun Nov  6 08:49:37 1994", 784111777},
		{"Wed, 29 Feb 2040 00:00:00 GMT", 2214086400},
		{"Wednesday, 29-Feb-40 00:00:00 GMT", 2214086400},
		{"Wed Feb 29 00:00:00 2040", 2214086400},
	};

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		const char *text = samples[i].text;
		u32 len = (u32)strlen(text);
		u64 seconds = 0;

		assert_true(http_date_read((const u8 *)text, len, &seconds));
		assert_true(seconds == samples[i].seconds);
		/* Nothing shorter is one. */
		for (u32 cut = 0; cut < len; cut++)
			assert_false(http_date_read((const u8 *)text, cut,
						    &seconds));
	}
}

static void other_text_is_no_date(void **state)
{
	static const char *const samples[] = {
		"",
		"0",
		"784111777",
		"Sun, 06 Nov 1994 08:49:37",
		"Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 06 Nov 1994 08:49:37 GMT ",
		"Sun, 06 nov 1994 08:49:37 GMT",
		"Sxn, 06 Nov 1994 08:49:37 GMT",
		"Sun, 6 Nov 1994 08:49:37 GMT",
		"Sun, 00 Nov 1994 08:49:37 GMT",
		"Sun, 31 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 24:49:37 GMT",
		"Sun, 06 Nov 1969 08:49:37 GMT",
		"Sun, 06 Nov 1994 08-49-37 GMT",
		"Sun, -6 Nov 1994 08:49:37 GMT",
		"Sun Nov 6 08:49:37 1994",
	};
	u64 seconds;

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
		if (http_date_read((const u8 *)samples[i],
				   (u32)strlen(samples[i]), &seconds))
			fail_msg("%s", samples[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_day),
		cmocka_unit_test(days_that_do_not_exist),
		cmocka_unit_test(imf_fixdate_is_written),
		cmocka_unit_test(three_formats_are_read),
		cmocka_unit_test(other_text_is_no_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
