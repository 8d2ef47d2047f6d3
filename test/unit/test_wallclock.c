/* The time of day: the PC's clock chip, the clock, the text for HTTP. */
#include <string.h>
#include "arch/rtc.h"
#include "kernel/wallclock.h"
#include "test/host/fixture.h"
#include "test/host/machine_sim.h"

static int setup(void **state)
{
	sim_init();
	return 0;
}

static int teardown(void **state)
{
	sim_exit();
	return 0;
}

static const struct rtc_regs bcd = {
	.second = 0x37,
	.minute = 0x49,
	.hour = 0x08,
	.day = 0x06,
	.month = 0x11,
	.year = 0x94,
	.century = 0x19,
	.status_b = RTC_B_24H,
};

static void the_chip_speaks_bcd_or_binary(void **state)
{
	struct rtc_regs binary = {
		.second = 37,
		.minute = 49,
		.hour = 8,
		.day = 6,
		.month = 11,
		.year = 94,
		.century = 19,
		.status_b = RTC_B_24H | RTC_B_BINARY,
	};

	assert_int_equal(rtc_decode(&bcd), 784111777);
	assert_int_equal(rtc_decode(&binary), 784111777);
}

static void twelve_hours_and_pm(void **state)
{
	static const struct {
		u8 chip, hour;
	} hours[] = {{0x12, 0},	 {0x01, 1},  {0x11, 11},
		     {0x92, 12}, {0x81, 13}, {0x91, 23}};

	for (size_t i = 0; i < ARRAY_SIZE(hours); i++) {
		struct rtc_regs regs = bcd;

		regs.status_b = 0;
		regs.hour = hours[i].chip;
		assert_int_equal(rtc_decode(&regs),
				 784111777 + (hours[i].hour - 8) * 3600);
	}
}

static void without_a_century_one_is_guessed(void **state)
{
	struct rtc_regs regs = bcd;

	regs.century = 0;
	assert_int_equal(rtc_decode(&regs), 784111777);
	regs.century = 0x77; /* some other byte of the CMOS */
	assert_int_equal(rtc_decode(&regs), 784111777);
	regs.year = 0x24;
	regs.month = 0x02;
	regs.day = 0x29;
	assert_int_equal(rtc_decode(&regs), 1709196577);
}

/* Any value of any register: a time, or 0. */
static void nonsense_is_no_time(void **state)
{
	struct rtc_regs regs = bcd;

	for (size_t at = 0; at < sizeof(regs); at++)
		for (u32 value = 0; value < 256; value++) {
			regs = bcd;
			((u8 *)&regs)[at] = (u8)value;
			assert_true(rtc_decode(&regs) >= 0);
		}
	regs = bcd;
	regs.month = 0x13;
	assert_int_equal(rtc_decode(&regs), 0);
	regs = bcd;
	regs.day = 0x31;
	assert_int_equal(rtc_decode(&regs), 0);
	regs = bcd;
	regs.second = 0x3a;
	assert_int_equal(rtc_decode(&regs), 0);
	memset(&regs, 0xff, sizeof(regs));
	assert_int_equal(rtc_decode(&regs), 0);
}

static void the_clock_goes_with_the_machine(void **state)
{
	char text[HTTP_DATE_LEN + 1];

	assert_false(wallclock_is_set());
	assert_int_equal(wallclock_ns(), 0);
	assert_int_equal(wallclock_http_date(text, sizeof(text)), 0);
	sim_set_wall_seconds(784111777);
	assert_true(wallclock_is_set());
	sim_run_ms(1500);
	assert_int_equal(wallclock_ns(), 784111778500000000);
	assert_int_equal(wallclock_http_date(text, sizeof(text)), 29);
	assert_string_equal(text, "Sun, 06 Nov 1994 08:49:38 GMT");
	assert_int_equal(wallclock_http_date(text, 29), 0);
	wallclock_set_ns(1000000000);
	sim_run_ms(1000);
	assert_int_equal(wallclock_seconds(), 2);
	assert_int_equal(wallclock_http_date(text, sizeof(text)), 29);
	assert_string_equal(text, "Thu, 01 Jan 1970 00:00:02 GMT");
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_chip_speaks_bcd_or_binary),    T(twelve_hours_and_pm),
		T(without_a_century_one_is_guessed), T(nonsense_is_no_time),
		T(the_clock_goes_with_the_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
