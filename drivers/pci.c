/*
 * PCI enumeration: one pass over the buses in ascending order. Firmware has
 * numbered them so that a bridge's secondary bus lies above its primary, so
 * a bridge only marks its bus as wanted and nothing recurses.
 */
#include "drivers/pci.h"

#include "arch/pci_cfg.h"
#include "kernel/log.h"
#include "kernel/slab.h"
#include "kernel/softirq.h"
#include "lib/errno.h"
#include "lib/printf.h"

#define PCI_NR_SLOTS	 32
#define PCI_NR_FUNCTIONS 8
#define PCI_MULTI_FN	 0x80
#define PCI_LINE_LEN	 200

u32 pci_read32(const struct pci_dev *dev, u16 off)
{
	return pci_cfg_read32(dev->bus, dev->slot, dev->fn, off & ~3u);
}

u16 pci_read16(const struct pci_dev *dev, u16 off)
{
	return (u16)(pci_read32(dev, off) >> (off & 2) * 8);
}

u8 pci_read8(const struct pci_dev *dev, u16 off)
{
	return (u8)(pci_read32(dev, off) >> (off & 3) * 8);
}

void pci_write32(const struct pci_dev *dev, u16 off, u32 value)
{
	pci_cfg_write32(dev->bus, dev->slot, dev->fn, off & ~3u, value);
}

void pci_write16(const struct pci_dev *dev, u16 off, u16 value)
{
	pci_cfg_write16(dev->bus, dev->slot, dev->fn, off, value);
}

void pci_command(const struct pci_dev *dev, u16 set, u16 clear)
{
	u16 command = pci_read16(dev, PCI_COMMAND);

	pci_write16(dev, PCI_COMMAND, (command & ~clear) | set);
}

/* "128K", "16M" or "64". */
static int pci_print_size(char *buf, size_t room, u64 size)
{
	if (size >= 1 << 20)
		return scnprintf(buf, room, " %lluM",
				 (unsigned long long)size >> 20);
	if (size >= 1 << 10)
		return scnprintf(buf, room, " %lluK",
				 (unsigned long long)size >> 10);
	return scnprintf(buf, room, " %llu", (unsigned long long)size);
}

static int pci_print_bars(const struct pci_dev *dev, char *buf, size_t room)
{
	int len = 0;

	for (unsigned i = 0; i < PCI_NR_BARS; i++) {
		const struct pci_bar *bar = &dev->bars[i];

		if (!bar->size)
			continue;
		len += scnprintf(buf + len, room - len, " BAR%u %s%s %llx", i,
				 bar->io ? "io" : "mem", bar->wide ? "64" : "",
				 (unsigned long long)bar->addr);
		len += pci_print_size(buf + len, room - len, bar->size);
	}
	return len;
}

/*
 * 00:03.0 8086:10d3 class 020000 BAR0 mem feb80000 128K caps PM MSI
 * For loglevel=debug: a character on the serial console takes a machine 87
 * us and QEMU up to 15, and these lines have most of a boot's.
 */
static void pci_log(const struct pci_dev *dev)
{
	char line[PCI_LINE_LEN];
	size_t room = sizeof(line);
	int len;

	len = scnprintf(line, room, "%02x:%02x.%u %04x:%04x class %06x",
			dev->bus, dev->slot, dev->fn, dev->vendor, dev->device,
			dev->class);
	len += pci_print_bars(dev, line + len, room - len);
	if (dev->cap_pm || dev->cap_msi || dev->cap_pcie || dev->cap_msix)
		scnprintf(line + len, room - len, " caps%s%s%s%s",
			  dev->cap_pm ? " PM" : "", dev->cap_msi ? " MSI" : "",
			  dev->cap_pcie ? " PCIe" : "",
			  dev->cap_msix ? " MSI-X" : "");
	pr_debug("%s", line);
}

static void pci_read_header(struct pci_dev *dev)
{
	u32 id = pci_read32(dev, PCI_ID);
	u32 class = pci_read32(dev, PCI_CLASS);
	u32 interrupt = pci_read32(dev, PCI_INTERRUPT);

	dev->vendor = (u16)id;
	dev->device = (u16)(id >> 16);
	dev->class = class >> 8;
	dev->revision = (u8) class;
	dev->header_type = (pci_read32(dev, PCI_HEADER) >> 16) & 0x7f;
	dev->irq_line = (u8)interrupt;
	dev->irq_pin = (u8)(interrupt >> 8);
}

/* A bus number at or below its own bridge's was never assigned. */
static void pci_want_secondary(struct pci_host *host, const struct pci_dev *dev)
{
	u8 secondary = (u8)(pci_read32(dev, PCI_BRIDGE_BUS) >> 8);

	if (secondary > dev->bus)
		host->bus_wanted[secondary] = true;
	else
		pr_warn("%02x:%02x.%u bridge without a secondary bus", dev->bus,
			dev->slot, dev->fn);
}

static void pci_add(struct pci_host *host, u8 bus, u8 slot, u8 fn)
{
	struct pci_dev *dev = kzalloc(sizeof(*dev));

	if (!dev) {
		pr_err("%02x:%02x.%u left out: no memory", bus, slot, fn);
		return;
	}
	dev->bus = bus;
	dev->slot = slot;
	dev->fn = fn;
	dev->net = host->net;
	pci_read_header(dev);
	pci_find_caps(dev);
	list_add_tail(&dev->node, &host->devs);
	host->nr_devs++;
	if (dev->class >> 8 == PCI_CLASS_BRIDGE && dev->header_type == 1)
		pci_want_secondary(host, dev);
}

/* An absent function reads as all ones (PCI 3.0 section 6.1). */
static bool pci_present(u8 bus, u8 slot, u8 fn)
{
	u16 vendor = (u16)pci_cfg_read32(bus, slot, fn, PCI_ID);

	return vendor != 0xffff && vendor != 0;
}

static void pci_scan_slot(struct pci_host *host, u8 bus, u8 slot)
{
	u8 type, functions;

	if (!pci_present(bus, slot, 0))
		return;
	type = (u8)(pci_cfg_read32(bus, slot, 0, PCI_HEADER) >> 16);
	functions = type & PCI_MULTI_FN ? PCI_NR_FUNCTIONS : 1;
	for (u8 fn = 0; fn < functions; fn++)
		if (pci_present(bus, slot, fn))
			pci_add(host, bus, slot, fn);
}

static const struct pci_id *pci_match(const struct pci_dev *dev,
				      const struct pci_driver *driver)
{
	for (const struct pci_id *id = driver->ids; id->vendor; id++)
		if (id->vendor == dev->vendor && id->device == dev->device)
			return id;
	return NULL;
}

static bool pci_is_wanted(const struct pci_dev *dev,
			  const struct pci_driver *const *drivers)
{
	for (; *drivers; drivers++)
		if (pci_match(dev, *drivers))
			return true;
	return false;
}

/* A driver that refuses has said why; the next may still want the device. */
static bool pci_probe(struct pci_dev *dev,
		      const struct pci_driver *const *drivers)
{
	bool matched = false;

	for (; *drivers; drivers++) {
		const struct pci_id *id = pci_match(dev, *drivers);

		if (!id)
			continue;
		matched = true;
		if ((*drivers)->probe(dev, id) == 0) {
			dev->driver = *drivers;
			return true;
		}
	}
	if (!matched && dev->class >> 8 == PCI_CLASS_ETHERNET)
		pr_warn("%02x:%02x.%u %04x:%04x Ethernet: no driver", dev->bus,
			dev->slot, dev->fn, dev->vendor, dev->device);
	return false;
}

unsigned pci_scan(struct pci_host *host, struct net *net,
		  const struct pci_driver *const *drivers)
{
	struct pci_dev *dev;
	unsigned driven = 0;

	list_init(&host->devs);
	host->net = net;
	host->nr_devs = 0;
	for (unsigned bus = 0; bus < PCI_NR_BUSES; bus++)
		host->bus_wanted[bus] = bus == 0;
	for (unsigned bus = 0; bus < PCI_NR_BUSES; bus++)
		for (u8 slot = 0; host->bus_wanted[bus] && slot < PCI_NR_SLOTS;
		     slot++)
			pci_scan_slot(host, (u8)bus, slot);
	local_bh_disable();
	list_for_each_entry (dev, &host->devs, node) {
		/* Others keep their ranges; moving them costs QEMU 3 ms. */
		if (pci_is_wanted(dev, drivers))
			pci_size_bars(dev);
		pci_log(dev);
		driven += pci_probe(dev, drivers);
	}
	local_bh_enable();
	return driven;
}

void pci_release(struct pci_host *host)
{
	struct pci_dev *dev, *next;

	local_bh_disable();
	list_for_each_entry_safe (dev, next, &host->devs, node) {
		if (dev->driver)
			dev->driver->remove(dev);
		list_del(&dev->node);
		kfree(dev);
	}
	local_bh_enable();
	host->nr_devs = 0;
}
