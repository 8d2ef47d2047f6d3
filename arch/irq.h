/*
 * Interrupts for drivers: a vector of one's own for messages (MSI, MSI-X),
 * or a shared wired line. Task context.
 */
#pragma once

#include "kernel/irq.h"

#define SPURIOUS_VECTOR 0xff

/*
 * Gives the action a vector of its own; type: "PCI-MSI", "PCI-MSIX". The
 * vector, or -ENOSPC.
 */
int irq_request_vector(struct irq_action *action, const char *type) must_check;

/*
 * Adds the action to a PCI interrupt line, 1 to 15 (config byte 0x3C), level
 * triggered and shared. The vector, or -EINVAL, -ENODEV, -ENOSPC.
 */
int irq_request_gsi(u8 gsi, struct irq_action *action) must_check;

/*
 * The same for a device of the ISA kind (a serial port): edge triggered, and
 * its own. -EBUSY when the line is in use.
 */
int irq_request_isa(u8 irq, struct irq_action *action) must_check;

/* Takes the action off again; a line without actions is masked. */
void irq_free(int vector, struct irq_action *action);

/* What a device must write where to raise the vector on this CPU. */
void irq_msi_message(int vector, u64 *address, u32 *data);

/* Called by isr.S, interrupts off. */
void irq_dispatch(u32 vector);
