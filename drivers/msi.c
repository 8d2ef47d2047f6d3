/*
 * Capabilities (PCI 3.0 section 6.7) and interrupts: MSI-X (6.8.2), MSI
 * (6.8.1) or the INTx line that firmware wrote to the configuration header.
 */
#include "drivers/pci.h"

#include "arch/irq.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "lib/errno.h"

/* 192 bytes of device-specific space, 4 for the shortest capability. */
#define PCI_MAX_CAPS 48

#define MSI_CONTROL	 2
#define MSI_ENABLE	 0x0001
#define MSI_MULTIPLE	 0x0070 /* messages granted */
#define MSI_64BIT	 0x0080
#define MSI_ADDRESS	 4
#define MSI_ADDRESS_HIGH 8

#define MSIX_CONTROL	   2
#define MSIX_SIZE	   0x07ff /* table entries - 1 */
#define MSIX_MASK_ALL	   0x4000
#define MSIX_ENABLE	   0x8000
#define MSIX_TABLE	   4
#define MSIX_TABLE_BIR	   0x7
#define MSIX_ENTRY_LEN	   16
#define MSIX_ENTRY_DATA	   8
#define MSIX_ENTRY_CONTROL 12
#define MSIX_ENTRY_MASKED  1

static void pci_note_cap(struct pci_dev *dev, u8 id, u8 at)
{
	switch (id) {
	case PCI_CAP_PM:
		dev->cap_pm = at;
		break;
	case PCI_CAP_MSI:
		dev->cap_msi = at;
		break;
	case PCI_CAP_PCIE:
		dev->cap_pcie = at;
		break;
	case PCI_CAP_MSIX:
		dev->cap_msix = at;
		break;
	default:
		break;
	}
}

void pci_find_caps(struct pci_dev *dev)
{
	u8 at;

	if (!(pci_read16(dev, PCI_COMMAND + 2) & PCI_STATUS_CAP_LIST))
		return;
	at = pci_read8(dev, PCI_CAP_POINTER) & ~3u;
	for (unsigned i = 0; i < PCI_MAX_CAPS && at >= 0x40; i++) {
		u16 cap = pci_read16(dev, at);

		pci_note_cap(dev, (u8)cap, at);
		at = (u8)(cap >> 8) & ~3u;
	}
}

static void *msix_entry(const struct pci_dev *dev, unsigned n)
{
	return (u8 *)dev->msix_table + n * MSIX_ENTRY_LEN;
}

static void msix_write_entry(void *entry, int vector)
{
	u64 address;
	u32 data;

	irq_msi_message(vector, &address, &data);
	mmio_write32(entry, (u32)address);
	mmio_write32((u8 *)entry + 4, (u32)(address >> 32));
	mmio_write32((u8 *)entry + MSIX_ENTRY_DATA, data);
	mmio_write32((u8 *)entry + MSIX_ENTRY_CONTROL, 0);
}

static void msix_mask(const struct pci_dev *dev, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		mmio_write32((u8 *)msix_entry(dev, i) + MSIX_ENTRY_CONTROL,
			     MSIX_ENTRY_MASKED);
}

static int msix_map_table(struct pci_dev *dev, unsigned count)
{
	u16 control = pci_read16(dev, dev->cap_msix + MSIX_CONTROL);
	u32 table = pci_read32(dev, dev->cap_msix + MSIX_TABLE);
	unsigned entries = (control & MSIX_SIZE) + 1, bir;
	u8 *bar;

	bir = table & MSIX_TABLE_BIR;
	table &= ~MSIX_TABLE_BIR;
	if (entries < count || bir >= PCI_NR_BARS ||
	    dev->bars[bir].size < table + (u64)entries * MSIX_ENTRY_LEN)
		return -ENODEV;
	bar = pci_map_bar(dev, bir);
	if (!bar)
		return -ENODEV;
	dev->msix_table = bar + table;
	msix_mask(dev, entries);
	return 0;
}

/* Asks for a vector and notes it for the release. */
static int pci_take_vector(struct pci_dev *dev, struct irq_action *action,
			   const char *type)
{
	int vector = irq_request_vector(action, type);

	if (vector >= 0)
		dev->vectors[dev->nr_vectors++] = vector;
	return vector;
}

static void pci_free_vectors(struct pci_dev *dev, struct irq_action *actions)
{
	for (unsigned i = 0; i < dev->nr_vectors; i++)
		irq_free(dev->vectors[i], &actions[i]);
	dev->nr_vectors = 0;
}

/*
 * The enable bit is set once and never cleared again, because QEMU 7.2
 * aborts when it changes while a moderation timer of an e1000e runs.
 */
static void msix_enable(const struct pci_dev *dev)
{
	u16 control = pci_read16(dev, dev->cap_msix + MSIX_CONTROL);

	pci_write16(dev, dev->cap_msix + MSIX_CONTROL,
		    (control & ~MSIX_MASK_ALL) | MSIX_ENABLE);
	pci_command(dev, PCI_COMMAND_INTX_DISABLE, 0);
}

static int msix_setup(struct pci_dev *dev, struct irq_action *actions,
		      unsigned count)
{
	int err;

	if (!dev->cap_msix || !count || count > PCI_MAX_VECTORS)
		return -ENODEV;
	pci_command(dev, PCI_COMMAND_MEM, 0);
	err = msix_map_table(dev, count);
	if (err)
		return err;
	for (unsigned i = 0; i < count; i++) {
		int vector = pci_take_vector(dev, &actions[i], "PCI-MSIX");

		if (vector < 0) {
			pci_free_vectors(dev, actions);
			return vector;
		}
		msix_write_entry(msix_entry(dev, i), vector);
	}
	msix_enable(dev);
	return 0;
}

static int msi_setup(struct pci_dev *dev, struct irq_action *action)
{
	u8 cap = dev->cap_msi;
	u64 address;
	u32 data;
	u16 control;
	int vector;

	if (!cap)
		return -ENODEV;
	vector = pci_take_vector(dev, action, "PCI-MSI");
	if (vector < 0)
		return vector;
	irq_msi_message(vector, &address, &data);
	control = pci_read16(dev, cap + MSI_CONTROL);
	pci_write32(dev, cap + MSI_ADDRESS, (u32)address);
	if (control & MSI_64BIT)
		pci_write32(dev, cap + MSI_ADDRESS_HIGH, (u32)(address >> 32));
	pci_write16(dev, cap + (control & MSI_64BIT ? 12 : 8), (u16)data);
	pci_write16(dev, cap + MSI_CONTROL,
		    (control & ~MSI_MULTIPLE) | MSI_ENABLE);
	pci_command(dev, PCI_COMMAND_INTX_DISABLE, 0);
	return 0;
}

/*
 * Without AML, the line register is right on every machine and firmware
 * that was measured: IOAPIC pin = line, level, shared with other devices.
 */
static int intx_setup(struct pci_dev *dev, struct irq_action *action)
{
	int vector;

	if (!dev->irq_pin || !dev->irq_line || dev->irq_line > 15 ||
	    dev->irq_line == 2) {
		pr_err("%02x:%02x.%u has no usable interrupt line (%u)",
		       dev->bus, dev->slot, dev->fn, dev->irq_line);
		return -ENODEV;
	}
	vector = irq_request_gsi(dev->irq_line, action);
	if (vector < 0)
		return vector;
	dev->vectors[dev->nr_vectors++] = vector;
	pci_command(dev, 0, PCI_COMMAND_INTX_DISABLE);
	return 0;
}

int pci_irq_setup(struct pci_dev *dev, enum pci_irq_mode wanted,
		  struct irq_action *msix, unsigned count,
		  struct irq_action *single)
{
	int err = -ENODEV;

	if (wanted == PCI_IRQ_AUTO || wanted == PCI_IRQ_MSIX) {
		err = msix_setup(dev, msix, count);
		dev->irq_mode = PCI_IRQ_MSIX;
	}
	if (err && wanted != PCI_IRQ_INTX) {
		err = msi_setup(dev, single);
		dev->irq_mode = PCI_IRQ_MSI;
	}
	if (err) {
		err = intx_setup(dev, single);
		dev->irq_mode = PCI_IRQ_INTX;
	}
	if (err < 0) {
		dev->irq_mode = PCI_IRQ_AUTO;
		return err;
	}
	return dev->irq_mode;
}

void pci_irq_release(struct pci_dev *dev, struct irq_action *msix,
		     struct irq_action *single)
{
	pci_command(dev, PCI_COMMAND_INTX_DISABLE, 0);
	if (dev->irq_mode == PCI_IRQ_MSIX)
		msix_mask(dev, dev->nr_vectors);
	pci_free_vectors(dev, dev->irq_mode == PCI_IRQ_MSIX ? msix : single);
	dev->irq_mode = PCI_IRQ_AUTO;
}

const char *pci_irq_mode_name(enum pci_irq_mode mode)
{
	static const char *const names[] = {"none", "INTx", "MSI", "MSI-X"};

	return names[mode];
}
