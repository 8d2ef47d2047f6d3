/*
 * kernel/machine.h as a Linux process with the real clock. Interrupts are
 * what machine_idle finds when it sleeps: the timer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include "lib/errno.h"
#include "kernel/softirq.h"
#include "kernel/timer.h"
#include "test/host/fiber.h"

#define NS_PER_S 1000000000ull

static u64 armed_ns = UINT64_MAX;
static unsigned long irq_off;

u64 machine_now_ns(void)
{
	static u64 boot_ns;
	struct timespec ts;
	u64 now;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	now = (u64)ts.tv_sec * NS_PER_S + (u64)ts.tv_nsec;
	if (!boot_ns)
		boot_ns = now;
	return now - boot_ns;
}

s64 machine_wall_seconds(void)
{
	return (s64)time(NULL);
}

void machine_timer_arm(u64 deadline_ns)
{
	armed_ns = deadline_ns;
}

void machine_entropy(void *buf, size_t len)
{
	if (getrandom(buf, len, 0) != (ssize_t)len)
		abort();
}

void *machine_pages_alloc(unsigned order)
{
	return aligned_alloc(PAGE_SIZE << order, PAGE_SIZE << order);
}

void machine_pages_free(void *pages, unsigned order)
{
	free(pages);
}

unsigned long machine_irq_save(void)
{
	unsigned long was = irq_off;

	irq_off = 1;
	return was;
}

void machine_irq_restore(unsigned long flags)
{
	irq_off = flags;
}

void machine_irq_enable(void)
{
	irq_off = 0;
}

void machine_irq_disable(void)
{
	irq_off = 1;
}

void machine_idle(void)
{
	u64 now = machine_now_ns();
	u64 wait = armed_ns > now ? armed_ns - now : 0;
	struct timespec ts = {.tv_sec = 1};

	irq_off = 0;
	if (wait < NS_PER_S)
		ts = (struct timespec){.tv_nsec = (long)wait};
	nanosleep(&ts, NULL);
	if (machine_now_ns() < armed_ns)
		return;
	armed_ns = UINT64_MAX;
	timer_interrupt();
	do_softirq();
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
	fwrite(text, 1, len, stdout);
	fflush(stdout);
}

void machine_terminal_write(const char *text, size_t len)
{
}

void machine_dump(void)
{
}

void machine_watchdog_arm(u64 deadline_ns)
{
}

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

void machine_halt(void)
{
	abort();
}

void machine_poweroff(u8 code)
{
	exit(code);
}

void machine_reset(void)
{
	abort();
}

u32 mmio_read32(const volatile void *addr)
{
	return *(const volatile u32 *)addr;
}

void mmio_write32(volatile void *addr, u32 value)
{
	*(volatile u32 *)addr = value;
}

u64 machine_dma_addr(const void *ptr)
{
	return (uintptr_t)ptr;
}
