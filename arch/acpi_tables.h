/* ACPI tables as they lie in memory: specification 6.4, section 5.2. */
#pragma once

#include "lib/types.h"

struct acpi_rsdp { /* 5.2.5.3; the first 20 bytes are ACPI 1.0's */
	char signature[8];
	u8 checksum;
	char oem[6];
	u8 revision;
	u32 rsdt;
	u32 length;
	u64 xsdt;
	u8 checksum_all;
	u8 reserved[3];
} packed;

struct acpi_header { /* 5.2.6 */
	char signature[4];
	u32 length;
	u8 revision, checksum;
	char oem[6], oem_table[8];
	u32 oem_revision, creator, creator_revision;
} packed;

struct acpi_madt { /* 5.2.12 */
	struct acpi_header head;
	u32 lapic_base, flags;
} packed;

struct madt_entry {
	u8 type, length;
} packed;

enum madt_type {
	MADT_IOAPIC = 1,
	MADT_OVERRIDE = 2,
	MADT_LAPIC_BASE = 5,
};

struct madt_ioapic { /* 5.2.12.3 */
	struct madt_entry entry;
	u8 id, reserved;
	u32 base, gsi_base;
} packed;

struct madt_override { /* 5.2.12.5 */
	struct madt_entry entry;
	u8 bus, irq;
	u32 gsi;
	u16 flags;
} packed;

struct madt_lapic_base { /* 5.2.12.8 */
	struct madt_entry entry;
	u16 reserved;
	u64 base;
} packed;

struct mcfg_entry { /* PCI Firmware specification 3.2, table 4-3 */
	u64 base;
	u16 segment;
	u8 first_bus, last_bus;
	u32 reserved;
} packed;

struct acpi_mcfg {
	struct acpi_header head;
	u64 reserved;
	struct mcfg_entry entries[];
} packed;

struct acpi_address { /* 5.2.3.2, generic address structure */
	u8 space, width, offset, access;
	u64 address;
} packed;

#define ACPI_SPACE_IO	1
#define FADT_RESET_REG	(1u << 10) /* of flags: table 5.10 */
#define FADT_REVISION_2 2	   /* has the reset register */

struct acpi_fadt { /* 5.2.9, as far as it is used */
	struct acpi_header head;
	u32 facs, dsdt;
	u8 reserved1[2];
	u16 sci_irq;
	u32 smi_command;
	u8 acpi_enable, acpi_disable;
	u8 reserved2[2];
	u32 pm1a_event, pm1b_event;
	u32 pm1a_control, pm1b_control;
	u32 pm2_control, pm_timer;
	u8 reserved3[8];
	u8 pm1_event_len;
	u8 reserved4[19];
	u8 century;
	u8 reserved5[3];
	u32 flags;
	/* From revision 2 on: */
	struct acpi_address reset_reg;
	u8 reset_value;
} packed;

#define FADT_SIZE_V1 offsetof(struct acpi_fadt, reset_reg)

_Static_assert(sizeof(struct acpi_rsdp) == 36, "5.2.5.3");
_Static_assert(sizeof(struct acpi_header) == 36, "5.2.6");
_Static_assert(sizeof(struct madt_ioapic) == 12, "5.2.12.3");
_Static_assert(sizeof(struct madt_override) == 10, "5.2.12.5");
_Static_assert(sizeof(struct madt_lapic_base) == 12, "5.2.12.8");
_Static_assert(sizeof(struct mcfg_entry) == 16, "table 4-3");
_Static_assert(offsetof(struct acpi_fadt, pm1a_control) == 64, "5.2.9");
_Static_assert(offsetof(struct acpi_fadt, pm_timer) == 76, "5.2.9");
_Static_assert(offsetof(struct acpi_fadt, pm1_event_len) == 88, "5.2.9");
_Static_assert(offsetof(struct acpi_fadt, century) == 108, "5.2.9");
_Static_assert(offsetof(struct acpi_fadt, flags) == 112, "5.2.9");
_Static_assert(offsetof(struct acpi_fadt, reset_value) == 128, "5.2.9");
