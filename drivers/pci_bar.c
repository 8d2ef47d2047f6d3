/*
 * Base address registers (PCI 3.0 section 6.2.5.1): which ranges a function
 * decodes, and their mapping. Addresses are firmware's; a function that it
 * gave none (hot-plugged) is refused rather than placed by guess.
 */
#include "drivers/pci.h"

#include "arch/mmio.h"
#include "kernel/log.h"

#define BAR_IO	     0x1
#define BAR_WIDE     0x4 /* type 10b: the next BAR holds the upper half */
#define BAR_TYPE     0x6
#define BAR_PREFETCH 0x8

/* Writes ones, returns which of them stuck, puts the address back. */
static u32 bar_stuck_bits(const struct pci_dev *dev, u16 off)
{
	u32 addr = pci_read32(dev, off);
	u32 bits;

	pci_write32(dev, off, 0xffffffff);
	bits = pci_read32(dev, off);
	pci_write32(dev, off, addr);
	return bits;
}

static void bar_size_io(struct pci_bar *bar, u32 value, u32 bits)
{
	bar->io = true;
	bar->addr = value & ~3u;
	bits &= ~3u;
	/* The upper 16 bits of an I/O BAR may be wired to 0. */
	if (bits && !(bits >> 16))
		bits |= 0xffff0000;
	bar->size = (u32)(~bits + 1);
}

static void bar_size_mem(const struct pci_dev *dev, u16 off,
			 struct pci_bar *bar, u32 bits)
{
	u32 value = pci_read32(dev, off);
	u64 mask = 0xffffffff00000000 | (bits & ~0xfu);

	bar->prefetch = value & BAR_PREFETCH;
	bar->addr = value & ~0xfu;
	if (bar->wide) {
		bar->addr |= (u64)pci_read32(dev, off + 4) << 32;
		mask = (u64)bar_stuck_bits(dev, off + 4) << 32 | (u32)mask;
	}
	bar->size = ~mask + 1;
}

/* Returns how many BAR slots it took. */
static unsigned bar_size(struct pci_dev *dev, unsigned n, unsigned last)
{
	struct pci_bar *bar = &dev->bars[n];
	u16 off = PCI_BAR0 + 4 * n;
	u32 value = pci_read32(dev, off);
	u32 bits = bar_stuck_bits(dev, off);

	if (!bits)
		return 1;
	if (value & BAR_IO) {
		bar_size_io(bar, value, bits);
		return 1;
	}
	/* A 64-bit BAR in the last slot has no upper half: malformed. */
	bar->wide = (value & BAR_TYPE) == BAR_WIDE && n < last;
	bar_size_mem(dev, off, bar, bits);
	return bar->wide ? 2 : 1;
}

void pci_size_bars(struct pci_dev *dev)
{
	u16 command = pci_read16(dev, PCI_COMMAND);
	unsigned count;

	if (dev->header_type > 1)
		return;
	count = dev->header_type == 0 ? PCI_NR_BARS : 2;
	/* A range that is all ones for a moment must not answer. */
	pci_command(dev, 0, PCI_COMMAND_IO | PCI_COMMAND_MEM);
	for (unsigned n = 0; n < count;)
		n += bar_size(dev, n, count - 1);
	pci_command(dev, command & (PCI_COMMAND_IO | PCI_COMMAND_MEM), 0);
}

static const char *bar_fault(const struct pci_bar *bar)
{
	if (!bar->size)
		return "missing";
	if (bar->io)
		return "not memory";
	return bar->addr ? NULL : "unassigned";
}

void *pci_map_bar(const struct pci_dev *dev, unsigned n)
{
	const struct pci_bar *bar = &dev->bars[n];
	const char *fault = bar_fault(bar);
	void *map;

	if (fault) {
		pr_err("%02x:%02x.%u BAR%u is %s: device refused", dev->bus,
		       dev->slot, dev->fn, n, fault);
		return NULL;
	}
	map = mmio_map(bar->addr, bar->size);
	if (!map)
		pr_err("%02x:%02x.%u BAR%u cannot be mapped", dev->bus,
		       dev->slot, dev->fn, n);
	return map;
}
