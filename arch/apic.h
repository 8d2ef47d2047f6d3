/*
 * Interrupt controllers: the local APIC with its timer (arch/apic.c), the
 * I/O APICs (arch/ioapic.c) and the 8259s, which are only silenced.
 */
#pragma once

#include "lib/types.h"

/*
 * Enables it and silences the 8259s; halts with a line if it cannot. The
 * boot page tables show its registers, later ones by lapic_map.
 */
void lapic_init(u64 base);
void lapic_map(void);
void lapic_eoi(void);
u32 lapic_id(void);

/* Timer counts since lapic_count_start, for calibration; it counts down. */
void lapic_count_start(void);
u32 lapic_count(void);

/* From now on machine_timer_arm works. `hz`: of the counts above. */
void lapic_timer_init(u64 hz);

/* Maps all I/O APICs that ACPI names, and masks every input. */
void ioapic_init(void);

struct ioapic_route {
	u32 gsi;
	u8 vector;
	bool edge, active_low;
};

/*
 * Where the ISA interrupt `irq` comes in. A PCI interrupt line (config byte
 * 0x3C) counts as one: level, active high, unless the MADT says otherwise.
 */
struct ioapic_route ioapic_route_of(u8 irq);

/* The same for a device on the ISA bus: edge, unless the MADT says level. */
struct ioapic_route ioapic_route_of_isa(u8 irq);

/* Sends it to this CPU, unmasked; -ENODEV when no I/O APIC has the input. */
int ioapic_enable(const struct ioapic_route *route) must_check;
void ioapic_mask(u32 gsi);
