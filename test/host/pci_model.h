/*
 * A PCI bus in memory: configuration spaces with BARs that can be sized,
 * capabilities, register ranges with a device model behind them, and the
 * interrupt vectors of arch/irq.h. It stands in for arch/ in driver tests.
 */
#pragma once

#include "kernel/irq.h"
#include "lib/types.h"

#define PCI_MODEL_BARS 6

struct pci_model_fn {
	u8 bus, slot, fn;
	u32 cfg[64];
	u32 bar_mask[PCI_MODEL_BARS];  /* writable address bits */
	void *bar_mem[PCI_MODEL_BARS]; /* what mmio_map returns */
	u32 last_sized_command; /* command register when ones were written */
};

/* Registers behind [base, base+len). */
struct mmio_model {
	u8 *base;
	size_t len;
	u32 (*read)(void *arg, u32 off);
	void (*write)(void *arg, u32 off, u32 value);
	void *arg;
};

/* Forgets all functions, ranges and interrupts. */
void pci_model_reset(void);

struct pci_model_fn *pci_model_add(u8 bus, u8 slot, u8 fn, u32 id, u32 class);

/* A bridge header (type 1) to bus `secondary`. */
struct pci_model_fn *pci_model_add_bridge(u8 bus, u8 slot, u8 secondary);

/* flags: the low bits of the BAR (1 I/O, 4 64-bit, 8 prefetchable). */
void pci_model_bar(struct pci_model_fn *f, unsigned n, u64 addr, u64 size,
		   u32 flags);

/* Chains a capability at offset `at`; `body` is the rest of its first word. */
void pci_model_cap(struct pci_model_fn *f, u8 id, u8 at, u16 body);

void pci_model_mmio(const struct mmio_model *m);

/* Runs the handlers of a vector, or of a line, as arch/irq.c would. */
unsigned irq_model_raise(int vector);
unsigned irq_model_raise_line(u8 line);

/* Whether the CPU would take an interrupt now. */
bool irq_model_enabled(void);

/* Actions that are requested and not freed. */
unsigned irq_model_actions(void);

/* The next requests fail. */
void irq_model_fail(bool fail);

/* Register accesses so far, for counting exits. */
u64 mmio_model_reads(void);
u64 mmio_model_writes(void);
