/*
 * The small functions of kernel/machine.h on the metal. The larger ones:
 * tsc.c (clock), apic.c (timer), stack.c (stacks), entropy.c, serial.c
 * (console), backtrace.c, context.c.
 */
#include "arch/io.h"
#include "arch/paging.h"
#include "arch/serial.h"
#include "arch/stack.h"
#include "kernel/machine.h"
#include "kernel/page.h"

#define RFLAGS_IF (1u << 9)

void *machine_pages_alloc(unsigned order)
{
	return page_alloc(order);
}

void machine_pages_free(void *pages, unsigned order)
{
	page_free(pages, order);
}

unsigned long machine_irq_save(void)
{
	unsigned long flags;

	__asm__ __volatile__("pushfq\n\t"
			     "popq %0\n\t"
			     "cli"
			     : "=r"(flags)
			     :
			     : "memory");
	return flags;
}

void machine_irq_restore(unsigned long flags)
{
	if (flags & RFLAGS_IF)
		__asm__ __volatile__("sti" ::: "memory");
	else
		__asm__ __volatile__("cli" ::: "memory");
}

void machine_irq_enable(void)
{
	__asm__ __volatile__("sti" ::: "memory");
}

void machine_irq_disable(void)
{
	__asm__ __volatile__("cli" ::: "memory");
}

/* sti takes effect after the next instruction: nothing fits in between. */
void machine_idle(void)
{
	__asm__ __volatile__("sti\n\thlt" ::: "memory");
}

void machine_relax(void)
{
	__asm__ __volatile__("pause" ::: "memory");
}

void machine_halt(void)
{
	machine_irq_disable();
	serial_drain();
	for (;;)
		__asm__ __volatile__("cli\n\thlt" ::: "memory");
}

unsigned machine_cpu_id(void)
{
	return 0;
}

u32 mmio_read32(const volatile void *addr)
{
	u32 value;

	__asm__ __volatile__("movl %1, %0"
			     : "=r"(value)
			     : "m"(*(const volatile u32 *)addr)
			     : "memory");
	return value;
}

void mmio_write32(volatile void *addr, u32 value)
{
	__asm__ __volatile__("movl %1, %0"
			     : "=m"(*(volatile u32 *)addr)
			     : "r"(value)
			     : "memory");
}

/* Virtual is physical but for task stacks. */
u64 machine_dma_addr(const void *ptr)
{
	u64 addr = (u64)ptr;

	if (unlikely(addr >= STACK_WINDOW))
		return paging_translate(addr);
	return addr;
}
