/*
 * Interrupts and the NAPI poll. A handler masks, schedules and returns: with
 * MSI-X the device masks by itself (EIAC, 82574 7.4.5) and nothing is read;
 * on INTx and MSI the cause register is read, which also clears it.
 */
#include "drivers/e1000/e1000.h"

#include "drivers/e1000/hw.h"
#include "kernel/log.h"
#include "lib/errno.h"
#include "lib/printf.h"

static enum pci_irq_mode wanted_mode = PCI_IRQ_AUTO;

void e1000_set_irq_mode(enum pci_irq_mode mode)
{
	wanted_mode = mode;
}

/* Hard irq. RXQ0 or TXQ0; the message masked its own cause. */
static enum irqreturn e1000_msix_ring(void *arg)
{
	struct e1000 *nic = arg;

	nic->stats.interrupts++;
	napi_schedule(&nic->napi);
	return IRQ_HANDLED;
}

/*
 * Hard irq. EIAC clears OTHER but not what it stands for, and LSC left set
 * would raise OTHER again at each IMS write. Reading ICR instead would lose
 * ring causes on some models.
 */
static enum irqreturn e1000_msix_other(void *arg)
{
	struct e1000 *nic = arg;

	nic->stats.interrupts++;
	e1000_write(nic, REG_ICR, INT_OTHER | INT_OTHER_CAUSES);
	nic->link_event = true;
	napi_schedule(&nic->napi);
	return IRQ_HANDLED;
}

/*
 * Hard irq, on a line that others may share. With everything masked it
 * cannot be us, and reading ICR then would lose the causes of frames that
 * the running poll has not seen.
 */
static enum irqreturn e1000_intr(void *arg)
{
	struct e1000 *nic = arg;
	u32 icr;

	if (!nic->ims)
		goto not_mine;
	icr = e1000_read(nic, REG_ICR);
	if (!(icr & nic->ims))
		goto not_mine;
	nic->ims = 0;
	e1000_write(nic, REG_IMC, INT_ALL);
	nic->stats.interrupts++;
	if (icr & INT_LSC)
		nic->link_event = true;
	napi_schedule(&nic->napi);
	return IRQ_HANDLED;

not_mine:
	nic->stats.interrupts_not_mine++;
	return IRQ_NONE;
}

/*
 * Unmasks what the device may raise. Hard irqs are off, because between the
 * shadow and the register our own handler must not look.
 */
static void e1000_irq_enable(struct e1000 *nic)
{
	bool tx = nic->dev.tx_stopped;
	unsigned long flags;

	if (nic->pci->irq_mode == PCI_IRQ_MSIX) {
		e1000_write(nic, REG_IMS, E1000_IMS_MSIX | (tx ? INT_TXQ0 : 0));
		return;
	}
	flags = machine_irq_save();
	nic->ims = E1000_IMS_SINGLE | (tx ? INT_TXDW : 0);
	e1000_write(nic, REG_IMS, nic->ims);
	machine_irq_restore(flags);
}

void e1000_irq_start(struct e1000 *nic)
{
	nic->busy_poll = false;
	e1000_irq_enable(nic);
}

void e1000_irq_stop(struct e1000 *nic)
{
	unsigned long flags = machine_irq_save();

	nic->ims = 0;
	e1000_write(nic, REG_IMC, INT_ALL);
	e1000_flush(nic);
	machine_irq_restore(flags);
}

/* The ring is full: only now does a transmit interrupt. */
void e1000_irq_want_tx(struct e1000 *nic)
{
	unsigned long flags = machine_irq_save();
	u32 cause = INT_TXQ0;

	if (nic->pci->irq_mode != PCI_IRQ_MSIX) {
		cause = INT_TXDW;
		nic->ims |= cause;
	}
	e1000_write(nic, REG_IMS, cause);
	machine_irq_restore(flags);
}

/* Link changes still interrupt where they have a vector of their own. */
void e1000_busy_poll(struct net_device *dev, bool on)
{
	struct e1000 *nic = dev->priv;

	if (!nic->up || on == nic->busy_poll)
		return;
	nic->busy_poll = on;
	if (!on)
		e1000_irq_enable(nic);
	else if (nic->pci->irq_mode == PCI_IRQ_MSIX)
		e1000_write(nic, REG_IMC, INT_RXQ0);
	else
		e1000_irq_stop(nic);
}

/*
 * Softirq. Restores the masks after a pass that ended under budget; when the
 * idle loop polls, only what it does not look at.
 */
static void e1000_poll_done(struct e1000 *nic)
{
	if (likely(!nic->busy_poll))
		e1000_irq_enable(nic);
	else if (nic->pci->irq_mode == PCI_IRQ_MSIX && nic->link_handled)
		e1000_write(nic, REG_IMS, INT_OTHER | INT_LSC);
	nic->link_handled = false;
}

static const char *link_speed(u32 status)
{
	static const char *const speeds[] = {"10", "100", "1000", "1000"};

	return speeds[(status & STATUS_SPEED) >> 6];
}

/* Softirq or task. QEMU reports link up 500 ms after the event, again. */
void e1000_link_check(struct e1000 *nic)
{
	u32 status = e1000_read(nic, REG_STATUS);
	bool link = status & STATUS_LU;

	nic->link_event = false;
	if (link == netif_carrier_ok(&nic->dev))
		return;
	nic->stats.link_changes++;
	if (!link) {
		pr_info("%s: link down", nic->dev.name);
		netif_carrier_off(&nic->dev);
		return;
	}
	pr_info("%s: link up, %s Mb/s, %s duplex", nic->dev.name,
		link_speed(status), status & STATUS_FD ? "full" : "half");
	netif_carrier_on(&nic->dev);
}

/*
 * Frames that came after the interrupt have set its cause again, and would
 * interrupt once more for nothing. The cause is cleared before the last look
 * at the ring, so that what comes after it does interrupt.
 */
static int e1000_ack_rx(struct e1000 *nic, int budget)
{
	bool msix = nic->pci->irq_mode == PCI_IRQ_MSIX;

	e1000_write(nic, REG_ICR, msix ? INT_RXQ0 : INT_RXT0 | INT_RXDMT0);
	return e1000_clean_rx(nic, budget);
}

/*
 * NAPI poll, softirq. The interrupt stays masked while there is work and is
 * armed again only when a pass ends under budget.
 */
int e1000_poll(struct napi_struct *napi, int budget)
{
	struct e1000 *nic = container_of(napi, struct e1000, napi);
	int done;

	if (unlikely(nic->link_event)) {
		nic->link_handled = true;
		e1000_link_check(nic);
	}
	done = e1000_clean_rx(nic, budget);
	if (done > 1 && done < budget && !nic->busy_poll)
		done += e1000_ack_rx(nic, budget - done);
	e1000_clean_tx(nic);
	e1000_refill_rx(nic);
	if (done < budget && napi_complete_done(napi, done))
		e1000_poll_done(nic);
	return done;
}

static void set_action(struct irq_action *action, struct e1000 *nic,
		       enum irqreturn (*handler)(void *), const char *name)
{
	action->handler = handler;
	action->arg = nic;
	action->name = name;
}

int e1000_irq_setup(struct e1000 *nic)
{
	static const char *const names[] = {"-rx-0", "-tx-0", ""};
	int mode;

	for (unsigned i = 0; i < E1000_NR_VEC; i++) {
		snprintf(nic->irq_names[i], sizeof(nic->irq_names[i]), "%s%s",
			 nic->dev.name, names[i]);
		set_action(&nic->actions[i], nic, e1000_msix_ring,
			   nic->irq_names[i]);
	}
	nic->actions[E1000_VEC_OTHER].handler = e1000_msix_other;
	set_action(&nic->single, nic, e1000_intr, nic->dev.name);
	mode = pci_irq_setup(nic->pci, wanted_mode, nic->actions, E1000_NR_VEC,
			     &nic->single);
	return mode < 0 ? mode : 0;
}

void e1000_irq_release(struct e1000 *nic)
{
	pci_irq_release(nic->pci, nic->actions, &nic->single);
}
