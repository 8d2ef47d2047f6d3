/* See e1000_model.h. Registers and interrupts; the rings: e1000_rings.c. */
#include "test/host/e1000_model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "drivers/pci.h"
#include "test/host/e1000_rings.h"
#include "test/host/machine_sim.h"

#define READ_COST_NS 10000 /* waits are by register reads */
#define OTHER_MASK   INT_OTHER_CAUSES

static const u8 station[6] = {0x52, 0x54, 0, 0x12, 0x34, 0x56};

u32 model_reg(const struct e1000_model *m, u32 reg)
{
	return m->regs[reg / 4];
}

static void set_reg(struct e1000_model *m, u32 reg, u32 value)
{
	m->regs[reg / 4] = value;
}

static bool msix_on(const struct e1000_model *m)
{
	return m->is_82574 && m->pci->cfg[0xa0 / 4] >> 31;
}

static bool msi_on(const struct e1000_model *m)
{
	return m->is_82574 && m->pci->cfg[0xd0 / 4] >> 16 & 1;
}

/* One message for each cause that is set, unmasked and has a vector. */
static void send_message(struct e1000_model *m, u32 cause, unsigned field)
{
	u32 vector = model_reg(m, REG_IVAR) >> field;
	const u32 *entry = (const u32 *)(m->msix + (vector & 7) * 16);

	if (!(model_reg(m, REG_ICR) & model_reg(m, REG_IMS) & cause) ||
	    !(vector & 8) || entry[3] & 1)
		return;
	if (model_reg(m, REG_EIAC) & cause) {
		m->regs[REG_ICR / 4] &= ~cause;
		m->regs[REG_IMS / 4] &= ~cause;
	}
	m->messages++;
	irq_model_raise((int)entry[2]);
}

static void update_msix(struct e1000_model *m)
{
	if (model_reg(m, REG_ICR) & OTHER_MASK)
		m->regs[REG_ICR / 4] |= INT_OTHER;
	send_message(m, INT_RXQ0, 0);
	send_message(m, INT_TXQ0, 8);
	send_message(m, INT_OTHER, 16);
}

static void update_msi(struct e1000_model *m)
{
	u32 up = model_reg(m, REG_ICR) & model_reg(m, REG_IMS);

	if (up && !m->line_up) {
		m->line_up = up;
		m->messages++;
		irq_model_raise(m->pci->cfg[0xdc / 4] & 0xffff);
	}
	m->line_up = model_reg(m, REG_ICR) & model_reg(m, REG_IMS);
}

/* A level: it interrupts until it falls, and a stuck one is a mistake. */
static void update_line(struct e1000_model *m)
{
	if (m->pci->cfg[1] & PCI_COMMAND_INTX_DISABLE)
		return;
	for (int i = 0; model_reg(m, REG_ICR) & model_reg(m, REG_IMS); i++) {
		assert(i < 10);
		m->line_raises++;
		irq_model_raise_line(m->line);
	}
}

void model_irq_poll(struct e1000_model *m)
{
	m->again = true;
	if (m->updating || !irq_model_enabled())
		return;
	m->updating = true;
	while (m->again) {
		m->again = false;
		if (msix_on(m))
			update_msix(m);
		else if (msi_on(m))
			update_msi(m);
		else
			update_line(m);
	}
	m->updating = false;
}

void model_cause(struct e1000_model *m, u32 cause)
{
	if (msix_on(m)) {
		cause |= cause & INT_RXT0 ? INT_RXQ0 : 0;
		cause |= cause & INT_TXDW ? INT_TXQ0 : 0;
		cause &= ~(INT_RXT0 | INT_TXDW);
	}
	m->regs[REG_ICR / 4] |= cause;
	model_irq_poll(m);
}

static u32 read_icr(struct e1000_model *m)
{
	u32 icr = model_reg(m, REG_ICR);

	m->icr_reads++;
	if (!msix_on(m) || !model_reg(m, REG_IMS))
		set_reg(m, REG_ICR, 0);
	if (!msix_on(m) && msi_on(m))
		m->line_up = 0;
	return icr;
}

static u32 read_status(const struct e1000_model *m)
{
	u32 status = STATUS_FD | 0x80 | (m->link ? STATUS_LU : 0);

	if (m->is_82574 && !(model_reg(m, REG_CTRL) & CTRL_GIO_DISABLE))
		status |= STATUS_GIO;
	return status;
}

static u32 model_read(void *arg, u32 off)
{
	struct e1000_model *m = arg;

	assert(m->pci->cfg[1] & PCI_COMMAND_MEM);
	sim_advance_ns(READ_COST_NS);
	switch (off) {
	case REG_ICR:
		return read_icr(m);
	case REG_STATUS:
		return read_status(m);
	default:
		return model_reg(m, off);
	}
}

static void write_ctrl(struct e1000_model *m, u32 value)
{
	if (value & CTRL_RST) {
		m->nr_resets++;
		if (!m->reset_hangs)
			value &= ~CTRL_RST;
		if (m->reset_resets) {
			set_reg(m, REG_RCTL, 0);
			set_reg(m, REG_TCTL, 0);
			set_reg(m, REG_IMS, 0);
			set_reg(m, REG_IVAR, 0);
			set_reg(m, REG_EIAC, 0);
			set_reg(m, REG_RDLEN, 0);
			value = 0x00140240;
		}
	}
	set_reg(m, REG_CTRL, value);
}

static void write_eerd(struct e1000_model *m, u32 value)
{
	unsigned shift = m->is_82574 ? 2 : 8;
	u32 done = m->is_82574 ? EERD_DONE_82574 : EERD_DONE_8254X;

	set_reg(m, REG_EERD, value);
	if (value & EERD_START)
		set_reg(m, REG_EERD,
			(u32)m->eeprom[value >> shift & 63] << 16 | done);
}

static void write_icr(struct e1000_model *m, u32 value)
{
	if (value & INT_OTHER)
		value |= OTHER_MASK;
	m->regs[REG_ICR / 4] &= ~value;
}

static void note_write(struct e1000_model *m, u32 reg, u32 value)
{
	if (m->nr_writes < MODEL_WRITES_MAX)
		m->writes[m->nr_writes++] = (struct model_write){reg, value};
}

static void model_write(void *arg, u32 off, u32 value)
{
	struct e1000_model *m = arg;

	assert(m->pci->cfg[1] & PCI_COMMAND_MEM && off < MODEL_REGS_LEN);
	note_write(m, off, value);
	switch (off) {
	case REG_CTRL:
		write_ctrl(m, value);
		break;
	case REG_EERD:
		write_eerd(m, value);
		break;
	case REG_ICR:
		write_icr(m, value);
		break;
	case REG_IMS:
		m->regs[REG_IMS / 4] |= value;
		break;
	case REG_IMC:
		m->regs[REG_IMS / 4] &= ~value;
		break;
	case REG_STATUS:
		break;
	default:
		set_reg(m, off, value);
	}
	if (off == REG_RDT)
		m->rx_tail_writes++;
	if (off == REG_TDT) {
		m->tx_tail_writes++;
		if (!m->tx_hang && !m->tx_manual)
			model_tx_run(m, UINT32_MAX);
	}
	model_irq_poll(m);
}

static u32 msix_read(void *arg, u32 off)
{
	return ((const u32 *)((struct e1000_model *)arg)->msix)[off / 4];
}

static void msix_write(void *arg, u32 off, u32 value)
{
	((u32 *)((struct e1000_model *)arg)->msix)[off / 4] = value;
}

static void set_up_pci(struct e1000_model *m, u8 slot, u16 device)
{
	u64 at = 0xfe000000 + (u64)slot * 0x100000;

	m->pci =
		pci_model_add(0, slot, 0, 0x8086 | (u32)device << 16, 0x020000);
	pci_model_bar(m->pci, 0, at, MODEL_REGS_LEN, 0);
	m->pci->bar_mem[0] = m->bar;
	m->pci->cfg[1] |= 0x0103;
	m->pci->cfg[0x3c / 4] = 0x0100 | m->line;
	pci_model_mmio(&(struct mmio_model){m->bar, MODEL_REGS_LEN, model_read,
					    model_write, m});
	if (!m->is_82574)
		return;
	pci_model_bar(m->pci, 3, at + 0x80000, MODEL_MSIX_LEN, 0);
	m->pci->bar_mem[3] = m->msix;
	pci_model_cap(m->pci, PCI_CAP_MSIX, 0xa0, 4);
	m->pci->cfg[0xa4 / 4] = 3;
	pci_model_cap(m->pci, PCI_CAP_PCIE, 0xe0, 1);
	pci_model_cap(m->pci, PCI_CAP_MSI, 0xd0, 0x80);
	pci_model_cap(m->pci, PCI_CAP_PM, 0xc8, 2);
	pci_model_mmio(&(struct mmio_model){m->msix, MODEL_MSIX_LEN, msix_read,
					    msix_write, m});
}

/* As firmware's network boot leaves it: receiving, somewhere. */
static void set_up_regs(struct e1000_model *m)
{
	u32 low, high = 0;

	memcpy(&low, station, 4);
	memcpy(&high, station + 4, 2);
	memcpy(m->eeprom, station, 6);
	m->link = true;
	set_reg(m, REG_RAL(0), low);
	set_reg(m, REG_RAH(0), high | RAH_VALID);
	set_reg(m, REG_CTRL, 0x00140240);
	set_reg(m, REG_EECD, 0x00000300);
	set_reg(m, REG_RCTL, 0x0400801a);
	set_reg(m, REG_TCTL, 0x000400fa);
}

struct e1000_model *e1000_model_create(u8 slot, u16 device)
{
	struct e1000_model *m = calloc(1, sizeof(*m));

	m->is_82574 = device == 0x10d3;
	m->line = 10 + (slot & 1);
	m->bar = aligned_alloc(4096, MODEL_REGS_LEN);
	m->msix = calloc(1, MODEL_MSIX_LEN);
	set_up_pci(m, slot, device);
	set_up_regs(m);
	return m;
}

void e1000_model_destroy(struct e1000_model *m)
{
	for (unsigned i = 0; i < MODEL_SENT_KEPT; i++)
		free(m->sent[i].data);
	free(m->bar);
	free(m->msix);
	free(m);
}

/* Up: STATUS.LU and LSC come together, 500 ms later in QEMU. */
void model_set_link(struct e1000_model *m, bool up)
{
	m->link = up;
	model_cause(m, INT_LSC);
}

int model_first_write(const struct e1000_model *m, u32 reg)
{
	for (unsigned i = 0; i < m->nr_writes; i++)
		if (m->writes[i].reg == reg)
			return (int)i;
	return -1;
}

int model_last_write(const struct e1000_model *m, u32 reg)
{
	for (unsigned i = m->nr_writes; i; i--)
		if (m->writes[i - 1].reg == reg)
			return (int)i - 1;
	return -1;
}

unsigned model_count_writes(const struct e1000_model *m, u32 reg)
{
	unsigned count = 0;

	for (unsigned i = 0; i < m->nr_writes; i++)
		count += m->writes[i].reg == reg;
	return count;
}
