/*
 * HTTP-date (RFC 9110 section 5.6.7): beside the one format that is sent two
 * obsolete ones are read, each described by a pattern.
 */
#include "lib/date.h"
#include "lib/string.h"
#include "app/http_date.h"

struct cursor {
	const u8 *at, *end;
};

/* Exactly `digits` digits; -1: not so. */
static int take_number(struct cursor *in, u32 digits)
{
	int value = 0;

	if ((size_t)(in->end - in->at) < digits)
		return -1;
	for (; digits; digits--, in->at++) {
		if (*in->at < '0' || *in->at > '9')
			return -1;
		value = value * 10 + (*in->at - '0');
	}
	return value;
}

/* The place of the next three letters in a list of such; -1: none. */
static int take_name(struct cursor *in, const char *list)
{
	if (in->end - in->at < 3)
		return -1;
	for (int i = 0; list[3 * i]; i++) {
		if (memcmp(in->at, list + 3 * i, 3))
			continue;
		in->at += 3;
		return i;
	}
	return -1;
}

/* The rest of a weekday's name: any letters. */
static void skip_letters(struct cursor *in)
{
	while (in->at < in->end && (*in->at | 0x20) >= 'a' &&
	       (*in->at | 0x20) <= 'z')
		in->at++;
}

/* asctime's day has a space for its first digit. */
static int take_day(struct cursor *in)
{
	if (in->at < in->end && *in->at == ' ') {
		in->at++;
		return take_number(in, 1);
	}
	return take_number(in, 2);
}

/* One element of a pattern: false when the text has something else. */
static bool take(struct cursor *in, char what, struct date *date)
{
	int value = -1;

	switch (what) {
	case 'w':
	case 'W':
		value = take_name(in, date_weekdays);
		if (what == 'W')
			skip_letters(in);
		return value >= 0;
	case 'd':
		date->day = (u8)(value = take_day(in));
		return value > 0;
	case 'm':
		date->month = (u8)((value = take_name(in, date_months)) + 1);
		return value >= 0;
	case 'Y':
		date->year = (u32)(value = take_number(in, 4));
		return value >= 0;
	case 'y': /* 70 to 99 are of the last century */
		value = take_number(in, 2);
		date->year = (u32)value + (value < 70 ? 2000 : 1900);
		return value >= 0;
	case 'H':
		date->hour = (u8)(value = take_number(in, 2));
		return value >= 0;
	case 'M':
		date->minute = (u8)(value = take_number(in, 2));
		return value >= 0;
	default:
		date->second = (u8)(value = take_number(in, 2));
		return value >= 0;
	}
}

static bool matches(const char *pattern, struct cursor in, struct date *date)
{
	for (; *pattern; pattern++) {
		if (*pattern == '%') {
			if (!take(&in, *++pattern, date))
				return false;
		} else if (in.at == in.end || *in.at++ != (u8)*pattern) {
			return false;
		}
	}
	return in.at == in.end;
}

bool http_date_read(const u8 *text, u32 len, u64 *seconds)
{
	static const char *const patterns[] = {
		"%w, %d %m %Y %H:%M:%S GMT", /* IMF-fixdate */
		"%W, %d-%m-%y %H:%M:%S GMT", /* RFC 850 */
		"%w %m %d %H:%M:%S %Y",	     /* asctime() */
	};
	struct cursor in = {text, text + len};

	for (u32 i = 0; i < ARRAY_SIZE(patterns); i++) {
		struct date date = {0};

		if (matches(patterns[i], in, &date))
			return date_to_unix(&date, seconds);
	}
	return false;
}
