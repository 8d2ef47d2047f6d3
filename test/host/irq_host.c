/* A process has no interrupt vectors: /proc/interrupts is empty. */
#include "kernel/irq.h"

void irq_for_each(void (*visit)(const struct irq_desc *desc, void *arg),
		  void *arg)
{
}
