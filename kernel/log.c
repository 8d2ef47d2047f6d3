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

struct log_entry {
	char text[LOG_LINE_LEN]; /* terminated, no newline */
	u32 len;		 /* 0: being written */
};

static struct log_entry ring[LOG_LINES];
static u32 next_line; /* of all lines ever; mod LOG_LINES */
static enum log_level threshold = LOG_INFO;
static struct log_sink *sinks;
static const struct log_guest *guest;

void log_set_level(enum log_level most_verbose)
{
	threshold = most_verbose;
}

void log_set_guest(const struct log_guest *who)
{
	guest = who;
}

/* Since the start, and the time of day once that is known. */
static int write_time(char *line)
{
	u64 us = machine_now_ns() / 1000;
	u32 day_s = (u32)(wallclock_seconds() % 86400);
	int len = scnprintf(line, LOG_LINE_LEN, "[%5u.%06u",
			    (u32)(us / 1000000), (u32)(us % 1000000));

	if (wallclock_is_set())
		len += scnprintf(line + len, LOG_LINE_LEN - (size_t)len,
				 " %02u:%02u:%02u", day_s / 3600,
				 day_s / 60 % 60, day_s % 60);
	memcpy(line + len, "] ", 2);
	return len + 2;
}

/* An interrupt's line does not come between a line and its end. */
static void print_line(const char *line, size_t len)
{
	unsigned long flags = machine_irq_save();

	if (guest && !panicking)
		guest->before(guest->arg);
	machine_console_write(line, len);
	machine_console_write("\n", 1);
	machine_irq_restore(flags);
}

void log_add_sink(struct log_sink *sink)
{
	unsigned long flags = machine_irq_save();

	sink->next = sinks;
	sinks = sink;
	machine_irq_restore(flags);
}

void log_del_sink(struct log_sink *sink)
{
	unsigned long flags = machine_irq_save();
	struct log_sink **at = &sinks;

	while (*at && *at != sink)
		at = &(*at)->next;
	if (*at)
		*at = sink->next;
	machine_irq_restore(flags);
}

/* The place of a new line. The last lines before a crash are kept. */
static struct log_entry *entry_take(void)
{
	static struct log_entry of_crash;
	struct log_entry *entry = &of_crash;
	u32 n;

	if (!panicking) {
		n = __atomic_fetch_add(&next_line, 1, __ATOMIC_RELAXED);
		entry = &ring[n % LOG_LINES];
	}
	WRITE_ONCE(entry->len, 0);
	barrier();
	return entry;
}

/* `len` bytes are there already: the time. */
static void write_line(struct log_entry *entry, int len, const char *fmt,
		       va_list ap)
{
	struct log_sink *sink;

	len += vsnprintf(entry->text + len, LOG_LINE_LEN - (size_t)len, fmt,
			 ap);
	len = MIN(len, LOG_LINE_LEN - 1);
	barrier();
	WRITE_ONCE(entry->len, (u32)len);
	print_line(entry->text, (size_t)len);
	for (sink = sinks; sink; sink = sink->next)
		sink->line(sink, entry->text, (size_t)len);
}

void log_at(enum log_level level, const char *fmt, ...)
{
	struct log_entry *entry;
	va_list ap;
	int len;

	if (level > threshold)
		return;
	entry = entry_take();
	len = write_time(entry->text);
	va_start(ap, fmt);
	write_line(entry, len, fmt, ap);
	va_end(ap);
}

void log_line(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(entry_take(), 0, fmt, ap);
	va_end(ap);
}

void log_walk(void (*line)(const char *text, void *arg), void *arg)
{
	u32 end = next_line;

	for (u32 i = end > LOG_LINES ? end - LOG_LINES : 0; i != end; i++)
		line(ring[i % LOG_LINES].text, arg);
}

size_t log_read(u32 *next, char text[LOG_LINE_LEN])
{
	unsigned long flags = machine_irq_save();
	const struct log_entry *entry;
	size_t len = 0;

	if (next_line - *next > LOG_LINES)
		*next = next_line - LOG_LINES;
	entry = &ring[*next % LOG_LINES];
	if (*next != next_line)
		len = entry->len;
	if (len) {
		memcpy(text, entry->text, len + 1);
		++*next;
	}
	machine_irq_restore(flags);
	return len;
}
