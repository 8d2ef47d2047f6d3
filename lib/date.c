/*
 * Dates are counted from 1 March of the year 0: the leap day is then a
 * year's last, and the lengths of the months follow one line, 153 days in
 * each five months. Periods: 400 years have 146097 days, 100 have 36524 (or
 * one more), 4 have 1461 (or one less).
 */
#include "lib/date.h"
#include "lib/string.h"

#define DAY_SECONDS  86400
#define DAYS_TO_1970 719468

const char date_weekdays[] = "SunMonTueWedThuFriSat";
const char date_months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

static u32 march_days(u32 month)
{
	return (153 * month + 2) / 5;
}

void date_from_unix(u64 seconds, struct date *out)
{
	u32 days = (u32)(seconds / DAY_SECONDS) + DAYS_TO_1970;
	u32 rest = (u32)(seconds % DAY_SECONDS);
	u32 year = days / 146097 * 400, part, month;

	out->weekday = (u8)((days + 3) % 7); /* 1 March 0: a Wednesday */
	days %= 146097;
	part = MIN(days / 36524, 3u);
	year += part * 100;
	days -= part * 36524;
	year += days / 1461 * 4;
	days %= 1461;
	part = MIN(days / 365, 3u);
	year += part;
	days -= part * 365;
	month = (5 * days + 2) / 153; /* 0: March */
	out->day = (u8)(days - march_days(month) + 1);
	out->month = (u8)(month < 10 ? month + 3 : month - 9);
	out->year = year + (month >= 10);
	out->hour = (u8)(rest / 3600);
	out->minute = (u8)(rest / 60 % 60);
	out->second = (u8)(rest % 60);
}

bool date_to_unix(const struct date *date, u64 *seconds)
{
	u32 year = date->year - (date->month <= 2);
	u32 month = (date->month + 9u) % 12, days;
	struct date same;

	if (date->year < 1970 || date->year > 9999 || !date->month ||
	    date->month > 12 || date->hour > 23 || date->minute > 59 ||
	    date->second > 60)
		return false;
	days = 365 * year + year / 4 - year / 100 + year / 400 +
	       march_days(month) + date->day - 1u - DAYS_TO_1970;
	*seconds = (u64)days * DAY_SECONDS + date->hour * 3600u +
		   date->minute * 60u + date->second;
	/* 30 February comes back as another day. */
	date_from_unix((u64)days * DAY_SECONDS, &same);
	return same.day == date->day && same.month == date->month;
}

static void put2(char *out, u32 value)
{
	out[0] = (char)('0' + value / 10);
	out[1] = (char)('0' + value % 10);
}

void http_date_write(u64 seconds, char out[HTTP_DATE_LEN])
{
	struct date date;

	date_from_unix(seconds, &date);
	memcpy(out, "Sun, 06 Nov 1994 08:49:37 GMT", HTTP_DATE_LEN);
	memcpy(out, date_weekdays + 3 * date.weekday, 3);
	put2(out + 5, date.day);
	memcpy(out + 8, date_months + 3 * (date.month - 1), 3);
	put2(out + 12, date.year / 100);
	put2(out + 14, date.year % 100);
	put2(out + 17, date.hour);
	put2(out + 20, date.minute);
	put2(out + 23, date.second);
}
