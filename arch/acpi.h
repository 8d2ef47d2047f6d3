/*
 * What barenet wants to know from ACPI's static tables (specification 6.4,
 * section 5.2). No AML is run.
 */
#pragma once

#include "lib/types.h"

struct acpi_ioapic {
	u64 base;
	u32 gsi_base;
};

/* MADT interrupt source override, section 5.2.12.5. */
struct acpi_override {
	u8 irq;
	u32 gsi;
	u16 flags;
};

/* MPS INTI flags, table 5.26. */
#define INTI_POLARITY_MASK 0x3
#define INTI_ACTIVE_LOW	   0x3
#define INTI_TRIGGER_MASK  0xc
#define INTI_EDGE	   0x4
#define INTI_LEVEL	   0xc

#define ACPI_IOAPICS   8
#define ACPI_OVERRIDES 24

struct acpi_info {
	bool found; /* a valid RSDP and root table */
	u64 lapic_base;
	struct acpi_ioapic ioapics[ACPI_IOAPICS];
	unsigned ioapic_count;
	struct acpi_override overrides[ACPI_OVERRIDES];
	unsigned override_count;
	u64 ecam_base; /* of bus 0 of segment 0; 0: none */
	u8 ecam_first_bus, ecam_last_bus;
	u16 pm_timer_port; /* 0: none */
	u16 pm1a_control, pm1b_control;
	u16 pm1a_event, pm1b_event; /* status; enable is half a block on */
	u8 pm1_event_len;
	u8 sci_irq;
	u16 smi_command; /* 0: always in ACPI mode */
	u8 acpi_enable;
	u16 reset_port; /* 0: none that is an I/O port */
	u8 reset_value;
	u8 s5_type_a, s5_type_b; /* SLP_TYP values of "soft off" */
	bool has_s5;
	u8 rtc_century; /* the CMOS byte that has it, 0: none */
};

extern struct acpi_info acpi_info;

/*
 * Reads the tables while the first 4 GiB are still mapped as at boot. A
 * table with a wrong checksum or length is as good as absent.
 */
void acpi_init(const void *rsdp, size_t rsdp_len);
