/* What the registers of the real-time clock mean: see arch/rtc.h. No I/O. */
#include "arch/rtc.h"
#include "lib/date.h"

#define HOUR_PM 0x80 /* in 12-hour mode */
#define INVALID 0xff

static u8 number(const struct rtc_regs *regs, u8 value)
{
	if (regs->status_b & RTC_B_BINARY)
		return value;
	if ((value & 15) > 9 || value >> 4 > 9)
		return INVALID;
	return (u8)((value >> 4) * 10 + (value & 15));
}

/* 12 am is hour 0, 12 pm is hour 12. */
static u8 hour_of(const struct rtc_regs *regs)
{
	u8 hour;

	if (regs->status_b & RTC_B_24H)
		return number(regs, regs->hour);
	hour = number(regs, regs->hour & (u8)~HOUR_PM);
	if (hour < 1 || hour > 12)
		return INVALID;
	return (u8)(hour % 12 + (regs->hour & HOUR_PM ? 12 : 0));
}

/* A century that cannot be is as good as none. */
static u32 year_of(const struct rtc_regs *regs)
{
	u8 century = number(regs, regs->century);
	u8 year = number(regs, regs->year);

	if (year > 99)
		return 0;
	if (century >= 19 && century <= 21)
		return century * 100u + year;
	return year + (year < 70 ? 2000u : 1900u);
}

s64 rtc_decode(const struct rtc_regs *regs)
{
	const struct date date = {
		.year = year_of(regs),
		.month = number(regs, regs->month),
		.day = number(regs, regs->day),
		.hour = hour_of(regs),
		.minute = number(regs, regs->minute),
		.second = number(regs, regs->second),
	};
	u64 seconds;

	return date_to_unix(&date, &seconds) ? (s64)seconds : 0;
}
