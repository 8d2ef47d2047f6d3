/*
 * PCI configuration space, by ECAM where the MCFG table has it (offsets up
 * to 0xFFF), else by ports CF8/CFC (up to 0xFF). What is not there reads as
 * all ones, as on the bus. Offsets must be multiples of the width.
 */
#pragma once

#include "lib/types.h"

/*
 * Takes bus mastership from every device: firmware may have left a network
 * card receiving into memory that is about to be ours. A driver gives it
 * back to its own device. Works before pci_cfg_init and before paging.
 */
void pci_cfg_stop_dma(void);

/* Turns to ECAM where that works. */
void pci_cfg_init(void);

u32 pci_cfg_read32(u8 bus, u8 slot, u8 fn, u16 off);
void pci_cfg_write32(u8 bus, u8 slot, u8 fn, u16 off, u32 value);

static inline u16 pci_cfg_read16(u8 bus, u8 slot, u8 fn, u16 off)
{
	return pci_cfg_read32(bus, slot, fn, off & ~3u) >> 8 * (off & 2);
}

static inline u8 pci_cfg_read8(u8 bus, u8 slot, u8 fn, u16 off)
{
	return pci_cfg_read32(bus, slot, fn, off & ~3u) >> 8 * (off & 3);
}

/* Only this half of the word is written: no bit beside it is disturbed. */
void pci_cfg_write16(u8 bus, u8 slot, u8 fn, u16 off, u16 value);
