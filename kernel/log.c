/*
 * The log. Each line begins with the time since boot and, if it is known,
 * that of the day, UTC: "[   12.034567 08:49:37] ". A line takes its place in
 * the ring first and is written there, so a line from an interrupt in the
 * middle of another has a place of its own.
 */
#include "kernel/log.h"
#include "kernel/machine.h"
#include "kernel/wallclock.h"
#include "lib/printf.h"
#include "lib/string.h"

#define LINE_LEN 192

static char lines[LOG_LINES][LINE_LEN]; /* terminated, no newline */
static u32 next_line;			/* of all lines ever; mod LOG_LINES */
static enum log_level threshold = LOG_INFO;

bool panicking;

void log_set_level(enum log_level most_verbose)
{
	threshold = most_verbose;
}

static int write_time(char *line)
{
	u64 us = machine_now_ns() / 1000;
	u32 day_s = (u32)(wallclock_seconds() % 86400);
	int len = scnprintf(line, LINE_LEN, "[%5u.%06u", (u32)(us / 1000000),
			    (u32)(us % 1000000));

	if (wallclock_is_set())
		len += scnprintf(line + len, LINE_LEN, " %02u:%02u:%02u",
				 day_s / 3600, day_s / 60 % 60, day_s % 60);
	memcpy(line + len, "] ", 2);
	return len + 2;
}

static void write_line(const char *fmt, va_list ap)
{
	u32 n = __atomic_fetch_add(&next_line, 1, __ATOMIC_RELAXED);
	char *line = lines[n % LOG_LINES];
	int len = write_time(line);

	len += vsnprintf(line + len, LINE_LEN - (size_t)len, fmt, ap);
	len = MIN(len, LINE_LEN - 1);
	machine_console_write(line, (size_t)len);
	machine_console_write("\n", 1);
}

void log_at(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	if (level > threshold)
		return;
	va_start(ap, fmt);
	write_line(fmt, ap);
	va_end(ap);
}

void log_walk(void (*line)(const char *text, void *arg), void *arg)
{
	u32 end = next_line;

	for (u32 i = end > LOG_LINES ? end - LOG_LINES : 0; i != end; i++)
		line(lines[i % LOG_LINES], arg);
}

void panic(const char *fmt, ...)
{
	char reason[LINE_LEN];
	va_list ap;

	machine_irq_save();
	if (panicking)
		machine_halt();
	panicking = true;
	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	log_at(LOG_ERR, "panic: %s", reason);
	machine_backtrace();
	machine_halt();
}
