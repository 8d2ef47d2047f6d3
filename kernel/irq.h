/*
 * Interrupt handlers and their statistics. A line may be shared: handlers
 * are asked in turn until all have answered. Hard irq context: mask,
 * schedule, return.
 */
#pragma once

#include "lib/list.h"
#include "lib/types.h"

enum irqreturn { IRQ_NONE, IRQ_HANDLED };

struct irq_action {
	struct list_head node;
	enum irqreturn (*handler)(void *arg);
	void *arg;
	const char *name; /* as in /proc/interrupts, e.g. "eth0-rx-0" */
};

/* One interrupt vector in use. */
struct irq_desc {
	struct list_head actions;
	char type[24]; /* "IO-APIC-11-level", "PCI-MSI", "PCI-MSIX" */
	u8 vector;
	u64 count;    /* interrupts */
	u64 spurious; /* that no handler claimed */
};

/* Calls visit for each vector that has a handler, in vector order. */
void irq_for_each(void (*visit)(const struct irq_desc *desc, void *arg),
		  void *arg);
