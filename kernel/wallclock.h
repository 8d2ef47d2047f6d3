/*
 * The time of day: UTC, from the machine's clock at boot, stepped by SNTP
 * later. It may not be known at all. Any context but hard irq.
 */
#pragma once

#include "lib/date.h"

/* Takes the machine's time of day, if it has one. */
void wallclock_init(void);

bool wallclock_is_set(void);

/* Nanoseconds since 1970; 0 when it is not set. */
s64 wallclock_ns(void);
void wallclock_set_ns(s64 now_ns);

static inline s64 wallclock_seconds(void)
{
	return wallclock_ns() / 1000000000;
}

/*
 * The date as HTTP writes it (RFC 9110 section 6.6.1), made once a second:
 * HTTP_DATE_LEN and the text in buf, terminated; 0 when there is no clock or
 * no room.
 */
size_t wallclock_http_date(char *buf, size_t size);
