/*
 * kernel/machine.h in a process, for libbarenet: memory is the C library's,
 * the clock is real or stands still until it is moved. No call of the library
 * sleeps, so there is one context and no task; interrupts are what bn_step
 * and bn_advance let happen.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include "host/host.h"
#include "host/splitmix.h"
#include "kernel/machine.h"
#include "kernel/timer.h"
#include "lib/errno.h"
#include "lib/units.h"

static struct {
	u64 now_ns, armed_ns;
	u64 random_state;
	bool is_virtual;
} machine = {.armed_ns = UINT64_MAX};

/* The real clock begins at 1 s: a time of 0 stands for "never" in places. */
static u64 real_ns(void)
{
	static u64 start_ns;
	struct timespec ts;
	u64 now;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	now = (u64)ts.tv_sec * NS_PER_S + (u64)ts.tv_nsec;
	if (!start_ns)
		start_ns = now - NS_PER_S;
	return now - start_ns;
}

u64 machine_now_ns(void)
{
	return machine.is_virtual ? machine.now_ns : real_ns();
}

s64 machine_wall_seconds(void)
{
	return machine.is_virtual ? 0 : (s64)time(NULL);
}

/* A program that calls too seldom is its own affair. */
void machine_watchdog_arm(u64 deadline_ns)
{
}

void machine_timer_arm(u64 deadline_ns)
{
	machine.armed_ns = deadline_ns;
}

void machine_virtual(u64 seed)
{
	machine.is_virtual = true;
	machine.now_ns = 0;
	machine.armed_ns = UINT64_MAX;
	machine.random_state = seed;
}

bool machine_is_virtual(void)
{
	return machine.is_virtual;
}

u64 machine_armed_ns(void)
{
	return machine.armed_ns;
}

void machine_set_ns(u64 now_ns)
{
	machine.now_ns = now_ns;
}

void machine_timer_check(void)
{
	if (machine_now_ns() < machine.armed_ns)
		return;
	machine.armed_ns = UINT64_MAX;
	timer_interrupt();
}

void machine_entropy(void *buf, size_t len)
{
	u8 *to = buf;

	if (!machine.is_virtual) {
		if (getrandom(buf, len, 0) != (ssize_t)len)
			abort();
		return;
	}
	while (len--)
		*to++ = (u8)splitmix64(&machine.random_state);
}

void *machine_pages_alloc(unsigned order)
{
	return aligned_alloc(PAGE_SIZE << order, PAGE_SIZE << order);
}

void machine_pages_free(void *pages, unsigned order)
{
	free(pages);
}

void machine_relax(void)
{
	__builtin_ia32_pause();
}

unsigned machine_cpu_id(void)
{
	return 0;
}

void machine_console_write(const char *text, size_t len)
{
	fwrite(text, 1, len, stderr);
}

void machine_terminal_write(const char *text, size_t len)
{
}

/* Nobody types. */
int machine_console_listen(void)
{
	return -ENODEV;
}

bool machine_console_room(size_t len)
{
	return true;
}

void machine_backtrace(void)
{
}

void machine_dump(void)
{
}

void machine_halt(void)
{
	abort();
}

void machine_reset(void)
{
	abort();
}

void machine_poweroff(u8 code)
{
	exit(code);
}

/* Tasks: there are none, so what could only sleep is our mistake. */

void *machine_stack_alloc(size_t size)
{
	return NULL;
}

void machine_stack_free(void *stack, size_t size)
{
}

void machine_context_init(struct machine_context *ctx, void *stack, size_t size,
			  void (*entry)(void *), void *arg)
{
	abort();
}

void machine_context_destroy(struct machine_context *ctx)
{
}

void machine_switch(struct machine_context *from, struct machine_context *to)
{
	abort();
}

void machine_idle(void)
{
	abort();
}
