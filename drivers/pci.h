/*
 * PCI: configuration space, the devices found in it, and drivers matched by
 * id (PCI Local Bus 3.0, chapter 6; PCI-to-PCI bridges 1.2, section 3.2).
 * Task context at boot, on one CPU.
 */
#pragma once

#include "kernel/irq.h"
#include "lib/list.h"

struct net;

#define PCI_NR_BARS	6
#define PCI_NR_BUSES	256
#define PCI_MAX_VECTORS 8 /* of one function, that we use */

/* Header fields by offset (PCI 3.0 section 6.1). */
#define PCI_ID		0x00
#define PCI_COMMAND	0x04
#define PCI_CLASS	0x08
#define PCI_HEADER	0x0c
#define PCI_BAR0	0x10
#define PCI_BRIDGE_BUS	0x18 /* primary, secondary, subordinate */
#define PCI_SUBSYSTEM	0x2c
#define PCI_CAP_POINTER 0x34
#define PCI_INTERRUPT	0x3c /* line, pin */

#define PCI_COMMAND_IO		 0x0001
#define PCI_COMMAND_MEM		 0x0002
#define PCI_COMMAND_MASTER	 0x0004
#define PCI_COMMAND_INTX_DISABLE 0x0400
#define PCI_STATUS_CAP_LIST	 0x0010

#define PCI_CLASS_ETHERNET 0x0200 /* class and subclass */
#define PCI_CLASS_BRIDGE   0x0604

enum pci_cap_id {
	PCI_CAP_PM = 0x01,
	PCI_CAP_MSI = 0x05,
	PCI_CAP_PCIE = 0x10,
	PCI_CAP_MSIX = 0x11,
};

enum pci_irq_mode {
	PCI_IRQ_AUTO, /* the best that device and machine can do */
	PCI_IRQ_INTX,
	PCI_IRQ_MSI,
	PCI_IRQ_MSIX,
};

struct pci_bar {
	u64 addr, size; /* addr 0: nobody assigned one; size 0: no BAR */
	bool io, wide, prefetch;
};

struct pci_id {
	u16 vendor, device; /* the table ends with vendor 0 */
	const void *data;   /* the driver's */
};

struct pci_dev {
	struct list_head node; /* on host->devs */
	struct net *net;       /* the stack that a NIC joins */
	u8 bus, slot, fn;
	u8 revision, header_type;
	u8 irq_line, irq_pin;
	u16 vendor, device;
	u32 class; /* class, subclass, interface: 24 bits */
	struct pci_bar bars[PCI_NR_BARS];
	u8 cap_pm, cap_msi, cap_pcie, cap_msix; /* offsets, 0: none */
	enum pci_irq_mode irq_mode;		/* in use; AUTO: none yet */
	int vectors[PCI_MAX_VECTORS];		/* of its actions, in order */
	unsigned nr_vectors;
	void *msix_table;
	const struct pci_driver *driver;
	void *priv; /* the driver's */
};

struct pci_driver {
	const char *name;
	const struct pci_id *ids;
	/*
	 * Bottom halves off. 0 when it drives the device; -errno with the
	 * device left quiet and a line in the log.
	 */
	int (*probe)(struct pci_dev *dev, const struct pci_id *id);
	void (*remove)(struct pci_dev *dev);
};

/* Every driver of this kernel, NULL at the end (drivers/drivers.c). */
extern const struct pci_driver *const pci_drivers[];

struct pci_host {
	struct list_head devs;
	struct net *net;
	bool bus_wanted[PCI_NR_BUSES];
	unsigned nr_devs;
};

/*
 * Finds every function of every bus, logs a line for each, then gives each
 * to the first driver that takes it. Returns how many have a driver.
 */
unsigned pci_scan(struct pci_host *host, struct net *net,
		  const struct pci_driver *const *drivers);

/* Removes the drivers from their devices and forgets these. */
void pci_release(struct pci_host *host);

u32 pci_read32(const struct pci_dev *dev, u16 off);
u16 pci_read16(const struct pci_dev *dev, u16 off);
u8 pci_read8(const struct pci_dev *dev, u16 off);
void pci_write32(const struct pci_dev *dev, u16 off, u32 value);
void pci_write16(const struct pci_dev *dev, u16 off, u16 value);
void pci_command(const struct pci_dev *dev, u16 set, u16 clear);

/* Fills dev->bars by writing ones, with the decoders off (6.2.5.1). */
void pci_size_bars(struct pci_dev *dev);

/* The BAR mapped for register access; NULL with a line that says why. */
void *pci_map_bar(const struct pci_dev *dev, unsigned n) must_check;

/* Walks the capability list, at most as far as one can be (6.7). */
void pci_find_caps(struct pci_dev *dev);

/*
 * Connects the device's interrupt in the wanted mode or else in the next
 * one that works: MSI-X with `count` vectors, one action each; MSI or INTx
 * with `single`. Returns the mode, or -errno. The device must be silent.
 */
int pci_irq_setup(struct pci_dev *dev, enum pci_irq_mode wanted,
		  struct irq_action *msix, unsigned count,
		  struct irq_action *single) must_check;

/* Masks the vectors and takes the actions off; arguments as for setup. */
void pci_irq_release(struct pci_dev *dev, struct irq_action *msix,
		     struct irq_action *single);

const char *pci_irq_mode_name(enum pci_irq_mode mode);
