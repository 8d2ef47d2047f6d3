/*
 * Vectors, their handlers, and the way of an interrupt: isr.S ->
 * irq_dispatch -> handlers -> end of interrupt -> irq_exit (softirqs).
 * Messages: Intel SDM volume 3A, 10.11.
 */
#include "arch/apic.h"
#include "arch/irq.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "kernel/softirq.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/text.h"

#define IRQ_FIRST   0x30
#define IRQ_VECTORS 64
#define LINES	    16
#define MSI_ADDRESS 0xfee00000u

/* So many in a row that nobody claims: the line would never fall again. */
#define NOBODY_CARES 100000

static struct irq_desc descs[IRQ_VECTORS];
static u8 vector_of_line[LINES];
static u32 gsi_of[IRQ_VECTORS];
static bool has_gsi[IRQ_VECTORS];
static u32 unclaimed[IRQ_VECTORS];

static bool in_use(const struct irq_desc *desc)
{
	return desc->vector && !list_empty(&desc->actions);
}

static struct irq_desc *desc_take(const char *type)
{
	unsigned i;

	for (i = 0; i < IRQ_VECTORS; i++) {
		struct irq_desc *desc = &descs[i];

		if (in_use(desc))
			continue;
		list_init(&desc->actions);
		desc->vector = IRQ_FIRST + i;
		desc->count = desc->spurious = 0;
		str_copy(desc->type, type, sizeof(desc->type));
		has_gsi[i] = false;
		unclaimed[i] = 0;
		return desc;
	}
	return NULL;
}

int irq_request_vector(struct irq_action *action, const char *type)
{
	unsigned long flags = machine_irq_save();
	struct irq_desc *desc = desc_take(type);

	if (desc)
		list_add_tail(&action->node, &desc->actions);
	machine_irq_restore(flags);
	return desc ? desc->vector : -ENOSPC;
}

static int line_open(u8 gsi, struct ioapic_route route,
		     struct irq_action *action)
{
	struct irq_desc *desc;
	char type[sizeof(desc->type)];
	int err;

	snprintf(type, sizeof(type), "IO-APIC-%u-%s", route.gsi,
		 route.edge ? "edge" : "level");
	desc = desc_take(type);
	if (!desc)
		return -ENOSPC;
	list_add_tail(&action->node, &desc->actions);
	route.vector = desc->vector;
	err = ioapic_enable(&route);
	if (err) {
		list_del(&action->node);
		return err;
	}
	gsi_of[desc->vector - IRQ_FIRST] = route.gsi;
	has_gsi[desc->vector - IRQ_FIRST] = true;
	vector_of_line[gsi] = desc->vector;
	return desc->vector;
}

int irq_request_gsi(u8 gsi, struct irq_action *action)
{
	unsigned long flags;
	int vector;

	if (gsi < 1 || gsi >= LINES || gsi == 2)
		return -EINVAL;
	flags = machine_irq_save();
	vector = vector_of_line[gsi];
	if (vector)
		list_add_tail(&action->node,
			      &descs[vector - IRQ_FIRST].actions);
	else
		vector = line_open(gsi, ioapic_route_of(gsi), action);
	machine_irq_restore(flags);
	return vector;
}

int irq_request_isa(u8 irq, struct irq_action *action)
{
	unsigned long flags;
	int vector = -EBUSY;

	if (irq < 1 || irq >= LINES || irq == 2)
		return -EINVAL;
	flags = machine_irq_save();
	if (!vector_of_line[irq])
		vector = line_open(irq, ioapic_route_of_isa(irq), action);
	machine_irq_restore(flags);
	return vector;
}

void irq_free(int vector, struct irq_action *action)
{
	unsigned long flags = machine_irq_save();
	unsigned i = vector - IRQ_FIRST, line;

	list_del(&action->node);
	if (list_empty(&descs[i].actions) && has_gsi[i]) {
		ioapic_mask(gsi_of[i]);
		for (line = 0; line < LINES; line++)
			if (vector_of_line[line] == vector)
				vector_of_line[line] = 0;
	}
	machine_irq_restore(flags);
}

void irq_msi_message(int vector, u64 *address, u32 *data)
{
	*address = MSI_ADDRESS | lapic_id() << 12;
	*data = vector;
}

/* A line that stays up would interrupt for ever: it is masked for good. */
static void nobody_cared(struct irq_desc *desc, unsigned i)
{
	desc->spurious++;
	if (++unclaimed[i] < NOBODY_CARES || !has_gsi[i])
		return;
	ioapic_mask(gsi_of[i]);
	unclaimed[i] = 0;
	pr_err("irq: nobody cared about %s, masked", desc->type);
}

static void run_handlers(struct irq_desc *desc, unsigned i)
{
	enum irqreturn result = IRQ_NONE;
	struct irq_action *action;

	desc->count++;
	list_for_each_entry (action, &desc->actions, node)
		result |= action->handler(action->arg);
	if (likely(result == IRQ_HANDLED))
		unclaimed[i] = 0;
	else
		nobody_cared(desc, i);
}

void irq_dispatch(u32 vector)
{
	unsigned i = vector - IRQ_FIRST;

	if (vector == SPURIOUS_VECTOR)
		return;
	if (likely(i < IRQ_VECTORS && in_use(&descs[i])))
		run_handlers(&descs[i], i);
	else
		WARN_ONCE(true, "irq: vector %u has no handler", vector);
	lapic_eoi();
	irq_exit();
}

void irq_for_each(void (*visit)(const struct irq_desc *desc, void *arg),
		  void *arg)
{
	unsigned i;

	for (i = 0; i < IRQ_VECTORS; i++)
		if (in_use(&descs[i]))
			visit(&descs[i], arg);
}
