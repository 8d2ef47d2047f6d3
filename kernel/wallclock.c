/* The wall clock (kernel/wallclock.h): an offset to the monotonic one. */
#include "kernel/wallclock.h"
#include "kernel/machine.h"
#include "lib/string.h"

static struct {
	bool set;
	s64 offset_ns; /* of 1970 to boot */
	s64 text_of;   /* the second of `text`; 0: none yet */
	char text[HTTP_DATE_LEN + 1];
} clock;

void wallclock_init(void)
{
	s64 seconds = machine_wall_seconds();

	memset(&clock, 0, sizeof(clock));
	if (seconds > 0)
		wallclock_set_ns(seconds * 1000000000);
}

bool wallclock_is_set(void)
{
	return clock.set;
}

s64 wallclock_ns(void)
{
	return clock.set ? clock.offset_ns + (s64)machine_now_ns() : 0;
}

void wallclock_set_ns(s64 now_ns)
{
	clock.offset_ns = now_ns - (s64)machine_now_ns();
	clock.set = true;
}

size_t wallclock_http_date(char *buf, size_t size)
{
	s64 now = wallclock_seconds();

	if (!clock.set || size <= HTTP_DATE_LEN)
		return 0;
	if (now != clock.text_of) {
		http_date_write(MIN((u64)MAX(now, 0), DATE_SECONDS_MAX),
				clock.text);
		clock.text_of = now;
	}
	memcpy(buf, clock.text, sizeof(clock.text));
	return HTTP_DATE_LEN;
}
