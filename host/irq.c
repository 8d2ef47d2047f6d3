/*
 * Interrupts in a process, on whichever machine: they come where the program
 * lets them, so that being off is a flag that nothing looks at, kept for its
 * own sake, and there are no vectors: /proc/interrupts is empty.
 */
#include "kernel/irq.h"
#include "kernel/machine.h"

static unsigned long irq_off;

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

void irq_for_each(void (*visit)(const struct irq_desc *desc, void *arg),
		  void *arg)
{
}
