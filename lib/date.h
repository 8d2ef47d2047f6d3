/*
 * Seconds since 1970 and dates of the Gregorian calendar, UTC. Leap seconds
 * are not counted, as in POSIX.
 */
#pragma once

#include "lib/types.h"

struct date {
	u32 year;
	u8 month, day; /* from 1 */
	u8 hour, minute, second;
	u8 weekday; /* 0: Sunday */
};

/* "SunMon..." and "JanFeb...": three letters each. */
extern const char date_weekdays[], date_months[];

#define DATE_SECONDS_MAX 253402300799ull /* the end of the year 9999 */

/* seconds <= DATE_SECONDS_MAX. */
void date_from_unix(u64 seconds, struct date *out);

#define HTTP_DATE_LEN 29 /* "Sun, 06 Nov 1994 08:49:37 GMT" */

/* RFC 9110 section 5.6.7, not terminated. seconds <= DATE_SECONDS_MAX. */
void http_date_write(u64 seconds, char out[HTTP_DATE_LEN]);

/*
 * False for a day or a time that does not exist, and before 1970. The weekday
 * is not looked at; second 60 is the first one of the next minute.
 */
bool date_to_unix(const struct date *date, u64 *seconds);
