/*
 * The PC's clock of the time of day (Motorola MC146818, data sheet and ACPI
 * 6.4 section 4.8.2.4), which is taken to run in UTC.
 */
#pragma once

#include "lib/types.h"

#define RTC_B_24H    0x02
#define RTC_B_BINARY 0x04

/* As the chip has them: BCD or binary, 12 or 24 hours, by status_b. */
struct rtc_regs {
	u8 second, minute, hour, day, month, year;
	u8 century; /* 0: the chip has none */
	u8 status_b;
};

/* Seconds since 1970; 0 when it makes no date. Pure. */
s64 rtc_decode(const struct rtc_regs *regs);
