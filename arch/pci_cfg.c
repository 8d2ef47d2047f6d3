/*
 * PCI configuration mechanism #1 (PCI Local Bus 3.0, 3.2.2.3.2) and ECAM
 * (PCI Express Base 3.0, 7.2.2).
 */
#include "arch/acpi.h"
#include "arch/io.h"
#include "arch/mmio.h"
#include "arch/pci_cfg.h"
#include "kernel/log.h"
#include "kernel/machine.h"

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA    0xcfc
#define CONFIG_ENABLE  (1u << 31)
#define ECAM_BUS_SIZE  (1ull << 20)

#define PCI_COMMAND	0x04
#define COMMAND_MASTER	(1u << 2)
#define PCI_HEADER_TYPE 0x0e
#define HEADER_BRIDGE	1
#define HEADER_MULTI	0x80
#define PCI_SUBORDINATE 0x1a

static u8 *ecam; /* of bus 0 */

static u32 port_select(u8 bus, u8 slot, u8 fn, u16 off)
{
	u32 addr = CONFIG_ENABLE | (u32)bus << 16 | (slot & 31u) << 11 |
		   (fn & 7u) << 8 | (off & 0xfcu);

	outl(CONFIG_ADDRESS, addr);
	return CONFIG_DATA + (off & 3u);
}

/* Where ECAM has this register, NULL when ports must do. */
static u8 *ecam_at(u8 bus, u8 slot, u8 fn, u16 off)
{
	if (!ecam || bus < acpi_info.ecam_first_bus ||
	    bus > acpi_info.ecam_last_bus)
		return NULL;
	return ecam + ((u64)bus << 20 | (slot & 31u) << 15 | (fn & 7u) << 12 |
		       (off & 0xfffu));
}

u32 pci_cfg_read32(u8 bus, u8 slot, u8 fn, u16 off)
{
	const u8 *reg = ecam_at(bus, slot, fn, off);

	if (reg)
		return mmio_read32(reg);
	if (off > 0xff)
		return UINT32_MAX;
	return inl(port_select(bus, slot, fn, off));
}

void pci_cfg_write32(u8 bus, u8 slot, u8 fn, u16 off, u32 value)
{
	u8 *reg = ecam_at(bus, slot, fn, off);

	if (reg)
		mmio_write32(reg, value);
	else if (off <= 0xff)
		outl(port_select(bus, slot, fn, off), value);
}

void pci_cfg_write16(u8 bus, u8 slot, u8 fn, u16 off, u16 value)
{
	u8 *reg = ecam_at(bus, slot, fn, off);

	if (reg)
		*(volatile u16 *)reg = value;
	else if (off <= 0xff)
		outw(port_select(bus, slot, fn, off), value);
}

/* Believed only when it shows the same host bridge as the ports do. */
void pci_cfg_init(void)
{
	u64 first = acpi_info.ecam_first_bus;
	u64 buses = acpi_info.ecam_last_bus - first + 1;
	u32 bridge = pci_cfg_read32(0, 0, 0, 0);

	if (!acpi_info.ecam_base)
		return;
	if (!mmio_map(acpi_info.ecam_base + first * ECAM_BUS_SIZE,
		      buses * ECAM_BUS_SIZE))
		return;
	ecam = (u8 *)acpi_info.ecam_base;
	if (pci_cfg_read32(0, 0, 0, 0) == bridge)
		return;
	pr_warn("pci: ECAM at %p does not work, using ports", (void *)ecam);
	ecam = NULL;
}

/* Returns the last bus behind it when it is a bridge, else 0. */
static u8 stop_function(u8 bus, u8 slot, u8 fn)
{
	u8 type = pci_cfg_read8(bus, slot, fn, PCI_HEADER_TYPE);
	u16 command = pci_cfg_read16(bus, slot, fn, PCI_COMMAND);

	if ((type & ~HEADER_MULTI) == HEADER_BRIDGE)
		return pci_cfg_read8(bus, slot, fn, PCI_SUBORDINATE);
	if (command & COMMAND_MASTER)
		pci_cfg_write16(bus, slot, fn, PCI_COMMAND,
				command & ~COMMAND_MASTER);
	return 0;
}

static u8 stop_slot(u8 bus, u8 slot)
{
	u8 fn, last = 0, count = 8;

	if (!(pci_cfg_read8(bus, slot, 0, PCI_HEADER_TYPE) & HEADER_MULTI))
		count = 1;
	for (fn = 0; fn < count; fn++)
		if (pci_cfg_read32(bus, slot, fn, 0) != UINT32_MAX)
			last = MAX(last, stop_function(bus, slot, fn));
	return last;
}

void pci_cfg_stop_dma(void)
{
	unsigned bus, slot, last = 0;

	for (bus = 0; bus <= last; bus++)
		for (slot = 0; slot < 32; slot++)
			if (pci_cfg_read32(bus, slot, 0, 0) != UINT32_MAX)
				last = MAX(last, stop_slot(bus, slot));
}
