/*
 * Reads the real-time clock. The chip changes its registers once a second,
 * and says so a little before: read while it does not, twice, until both
 * readings are the same.
 */
#include "arch/rtc.h"
#include "arch/acpi.h"
#include "arch/io.h"
#include "kernel/machine.h"
#include "lib/string.h"

#define CMOS_INDEX 0x70
#define CMOS_DATA  0x71

#define RTC_SECOND   0x00
#define RTC_MINUTE   0x02
#define RTC_HOUR     0x04
#define RTC_DAY	     0x07
#define RTC_MONTH    0x08
#define RTC_YEAR     0x09
#define RTC_STATUS_A 0x0a
#define RTC_STATUS_B 0x0b
#define RTC_A_UPDATE 0x80

#define UPDATE_NS 10000000 /* an update takes 2 ms at most */
#define TRIES	  8

static u8 cmos_read(u8 index)
{
	outb(CMOS_INDEX, index);
	return inb(CMOS_DATA);
}

/* False: it is updating all the time, that is, there is no clock. */
static bool wait_update(void)
{
	u64 end = machine_now_ns() + UPDATE_NS;

	while (cmos_read(RTC_STATUS_A) & RTC_A_UPDATE)
		if (machine_now_ns() > end)
			return false;
	return true;
}

static void read_regs(struct rtc_regs *regs)
{
	u8 century = acpi_info.rtc_century;

	regs->second = cmos_read(RTC_SECOND);
	regs->minute = cmos_read(RTC_MINUTE);
	regs->hour = cmos_read(RTC_HOUR);
	regs->day = cmos_read(RTC_DAY);
	regs->month = cmos_read(RTC_MONTH);
	regs->year = cmos_read(RTC_YEAR);
	regs->century = century ? cmos_read(century) : 0;
	regs->status_b = cmos_read(RTC_STATUS_B);
}

s64 machine_wall_seconds(void)
{
	struct rtc_regs first, second;

	for (int i = 0; i < TRIES; i++) {
		if (!wait_update())
			return 0;
		read_regs(&first);
		if (!wait_update())
			return 0;
		read_regs(&second);
		if (!memcmp(&first, &second, sizeof(first)))
			return rtc_decode(&first);
	}
	return 0;
}
