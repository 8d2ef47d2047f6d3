/* See pci_model.h: configuration space, MMIO dispatch and interrupts. */
#include "test/host/pci_model.h"

#include <assert.h>
#include <string.h>
#include "arch/irq.h"
#include "arch/mmio.h"
#include "arch/pci_cfg.h"
#include "drivers/pci.h"
#include "kernel/machine.h"
#include "kernel/softirq.h"
#include "lib/errno.h"

#define MAX_FNS	    64
#define MAX_RANGES  8
#define MAX_VECTORS 32
#define FIRST	    0x30

static struct pci_model_fn fns[MAX_FNS];
static unsigned nr_fns;
static struct mmio_model ranges[MAX_RANGES];
static unsigned nr_ranges;
static struct list_head vectors[MAX_VECTORS];
static bool vector_used[MAX_VECTORS];
static int line_vector[16];
static unsigned nr_actions;
static bool fail_requests;
static u64 nr_reads, nr_writes;

void pci_model_reset(void)
{
	memset(fns, 0, sizeof(fns));
	nr_fns = nr_ranges = nr_actions = 0;
	memset(vector_used, 0, sizeof(vector_used));
	memset(line_vector, 0, sizeof(line_vector));
	fail_requests = false;
	nr_reads = nr_writes = 0;
}

struct pci_model_fn *pci_model_add(u8 bus, u8 slot, u8 fn, u32 id, u32 class)
{
	struct pci_model_fn *f = &fns[nr_fns++];

	assert(nr_fns <= MAX_FNS);
	f->bus = bus;
	f->slot = slot;
	f->fn = fn;
	f->cfg[0] = id;
	f->cfg[2] = class << 8;
	if (fn) /* its function 0 says that there are several */
		for (unsigned i = 0; i < nr_fns; i++)
			if (fns[i].bus == bus && fns[i].slot == slot)
				fns[i].cfg[3] |= 0x800000;
	return f;
}

struct pci_model_fn *pci_model_add_bridge(u8 bus, u8 slot, u8 secondary)
{
	struct pci_model_fn *f =
		pci_model_add(bus, slot, 0, 0x000c1b36, 0x060400);

	f->cfg[3] |= 0x010000;
	f->cfg[6] = bus | (u32)secondary << 8 | 0xff0000;
	return f;
}

void pci_model_bar(struct pci_model_fn *f, unsigned n, u64 addr, u64 size,
		   u32 flags)
{
	u64 mask = ~(size - 1);

	f->cfg[4 + n] = (u32)addr | flags;
	f->bar_mask[n] = (u32)mask;
	if (flags & 4) {
		f->cfg[5 + n] = (u32)(addr >> 32);
		f->bar_mask[n + 1] = (u32)(mask >> 32);
	}
}

void pci_model_cap(struct pci_model_fn *f, u8 id, u8 at, u16 body)
{
	u8 *bytes = (u8 *)f->cfg;

	f->cfg[at / 4] = (u32)body << 16 | (u32)bytes[0x34] << 8 | id;
	bytes[0x34] = at;
	f->cfg[1] |= 0x100000;
}

static struct pci_model_fn *find(u8 bus, u8 slot, u8 fn)
{
	for (unsigned i = 0; i < nr_fns; i++)
		if (fns[i].bus == bus && fns[i].slot == slot && fns[i].fn == fn)
			return &fns[i];
	return NULL;
}

u32 pci_cfg_read32(u8 bus, u8 slot, u8 fn, u16 off)
{
	struct pci_model_fn *f = find(bus, slot, fn);

	assert(off % 4 == 0 && off < 256);
	return f ? f->cfg[off / 4] : 0xffffffff;
}

static void write_bar(struct pci_model_fn *f, unsigned n, u32 value)
{
	u32 low = f->cfg[4 + n] & ~f->bar_mask[n];

	if (value == 0xffffffff)
		f->last_sized_command = f->cfg[1] & 0xffff;
	if (!f->bar_mask[n])
		return;
	/* What is below the size keeps its flags and reads 0 beside them. */
	f->cfg[4 + n] = (value & f->bar_mask[n]) | (low & 0xf);
}

void pci_cfg_write32(u8 bus, u8 slot, u8 fn, u16 off, u32 value)
{
	struct pci_model_fn *f = find(bus, slot, fn);

	assert(f && off % 4 == 0 && off < 256);
	if (off == PCI_COMMAND)
		f->cfg[1] =
			((f->cfg[1] & ~value) & 0xffff0000) | (value & 0xffff);
	else if (off >= PCI_BAR0 && off < PCI_BAR0 + 4 * PCI_MODEL_BARS)
		write_bar(f, (off - PCI_BAR0) / 4u, value);
	else if (off != PCI_ID && off != PCI_CLASS)
		f->cfg[off / 4] = value;
}

void pci_cfg_write16(u8 bus, u8 slot, u8 fn, u16 off, u16 value)
{
	struct pci_model_fn *f = find(bus, slot, fn);
	u8 *bytes = f ? (u8 *)f->cfg : NULL;

	assert(f && off % 2 == 0 && off < 256);
	assert(off < PCI_BAR0 || off >= PCI_BAR0 + 4 * PCI_MODEL_BARS);
	memcpy(bytes + off, &value, 2);
}

void *mmio_map(u64 phys, size_t len)
{
	for (unsigned i = 0; i < nr_fns; i++)
		for (unsigned n = 0; n < PCI_MODEL_BARS; n++)
			if (fns[i].bar_mem[n] &&
			    (fns[i].cfg[4 + n] & ~0xfu) == (u32)phys)
				return fns[i].bar_mem[n];
	return NULL;
}

void pci_model_mmio(const struct mmio_model *m)
{
	assert(nr_ranges < MAX_RANGES);
	ranges[nr_ranges++] = *m;
}

static const struct mmio_model *range_of(const volatile void *addr)
{
	const u8 *at = (const u8 *)addr;

	assert(((uintptr_t)addr & 3) == 0);
	for (unsigned i = 0; i < nr_ranges; i++)
		if (at >= ranges[i].base && at < ranges[i].base + ranges[i].len)
			return &ranges[i];
	assert(!"access outside of any device");
	return NULL;
}

u32 mmio_read32(const volatile void *addr)
{
	const struct mmio_model *m = range_of(addr);

	nr_reads++;
	return m->read(m->arg, (u32)((const u8 *)addr - m->base));
}

void mmio_write32(volatile void *addr, u32 value)
{
	const struct mmio_model *m = range_of(addr);

	nr_writes++;
	m->write(m->arg, (u32)((volatile u8 *)addr - m->base), value);
}

u64 machine_dma_addr(const void *ptr)
{
	return (u64)(uintptr_t)ptr;
}

u64 mmio_model_reads(void)
{
	return nr_reads;
}

u64 mmio_model_writes(void)
{
	return nr_writes;
}

void irq_model_fail(bool fail)
{
	fail_requests = fail;
}

int irq_request_vector(struct irq_action *action, const char *type)
{
	for (int i = 0; i < MAX_VECTORS && !fail_requests; i++) {
		if (vector_used[i])
			continue;
		vector_used[i] = true;
		list_init(&vectors[i]);
		list_add_tail(&action->node, &vectors[i]);
		nr_actions++;
		return FIRST + i;
	}
	return -ENOSPC;
}

int irq_request_gsi(u8 gsi, struct irq_action *action)
{
	assert(gsi >= 1 && gsi <= 15 && gsi != 2);
	if (!line_vector[gsi])
		return line_vector[gsi] = irq_request_vector(action, "line");
	list_add_tail(&action->node, &vectors[line_vector[gsi] - FIRST]);
	nr_actions++;
	return line_vector[gsi];
}

void irq_free(int vector, struct irq_action *action)
{
	list_del(&action->node);
	nr_actions--;
	if (!list_empty(&vectors[vector - FIRST]))
		return;
	vector_used[vector - FIRST] = false;
	for (unsigned i = 0; i < ARRAY_SIZE(line_vector); i++)
		if (line_vector[i] == vector)
			line_vector[i] = 0;
}

void irq_msi_message(int vector, u64 *address, u32 *data)
{
	*address = 0xfee00000;
	*data = (u32)vector;
}

unsigned irq_model_actions(void)
{
	return nr_actions;
}

bool irq_model_enabled(void)
{
	unsigned long flags = machine_irq_save();

	machine_irq_restore(flags);
	return flags == 0;
}

unsigned irq_model_raise(int vector)
{
	unsigned long flags = machine_irq_save();
	struct irq_action *action;
	unsigned handled = 0;

	assert(vector >= FIRST && vector < FIRST + MAX_VECTORS);
	if (vector_used[vector - FIRST])
		list_for_each_entry (action, &vectors[vector - FIRST], node)
			handled += action->handler(action->arg) == IRQ_HANDLED;
	irq_exit();
	machine_irq_restore(flags);
	return handled;
}

unsigned irq_model_raise_line(u8 line)
{
	return line_vector[line] ? irq_model_raise(line_vector[line]) : 0;
}
