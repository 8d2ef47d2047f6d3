/*
 * Console input and output. The interrupt writes `head`, the reader `tail`;
 * wake-ups go by a softirq, because wait queues are not for hard irq.
 */
#include "kernel/console.h"

#include "kernel/machine.h"
#include "kernel/softirq.h"
#include "kernel/timer.h"
#include "kernel/wait.h"
#include "lib/errno.h"

#define CHUNK 128

static struct {
	u8 ring[CONSOLE_RING];
	u32 head, tail; /* of all bytes ever; mod CONSOLE_RING */
	bool nudged;	/* and no read has ended since */
	u64 lost;
	struct wait_queue wait; /* readers and writers */
	struct softirq_action action;
} console;

static void console_wake(void *arg)
{
	wake_up(&console.wait);
}

void console_init(void)
{
	console.head = console.tail = 0;
	console.nudged = false;
	console.lost = 0;
	wait_queue_init(&console.wait);
	console.action.fn = console_wake;
	open_softirq(HI_SOFTIRQ, &console.action);
}

void console_input(u8 byte)
{
	u32 head = console.head;

	if (head - READ_ONCE(console.tail) == CONSOLE_RING) {
		console.lost++;
		return;
	}
	console.ring[head % CONSOLE_RING] = byte;
	barrier();
	WRITE_ONCE(console.head, head + 1);
	raise_softirq(HI_SOFTIRQ);
}

void console_drained(u32 lost)
{
	console.lost += lost;
	raise_softirq(HI_SOFTIRQ);
}

void console_nudge(void)
{
	WRITE_ONCE(console.nudged, true);
	raise_softirq(HI_SOFTIRQ);
}

static int console_take(void)
{
	int byte;

	if (console.tail == READ_ONCE(console.head))
		return -ETIMEDOUT;
	barrier();
	byte = console.ring[console.tail % CONSOLE_RING];
	WRITE_ONCE(console.tail, console.tail + 1);
	return byte;
}

int console_read(u64 timeout_ms)
{
	int byte;

	local_bh_disable();
	byte = console_take();
	if (byte < 0 && timeout_ms) {
		if (!READ_ONCE(console.nudged))
			(void)wait_sleep(&console.wait, timeout_ms);
		WRITE_ONCE(console.nudged, false);
		byte = console_take();
	}
	local_bh_enable();
	return byte;
}

/* A newline may take two places. */
void console_write(const char *text, size_t len)
{
	while (len) {
		size_t part = MIN(len, (size_t)CHUNK);

		local_bh_disable();
		wait_event(&console.wait, machine_console_room(2 * CHUNK));
		local_bh_enable();
		machine_terminal_write(text, part);
		text += part;
		len -= part;
	}
}

u64 console_lost(void)
{
	return console.lost;
}
