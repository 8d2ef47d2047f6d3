/* drivers/e1000: probe, configuration, interrupts, open and close. */
#include "test/host/e1000_fixture.h"

#include <stdlib.h>
#include <string.h>

static const struct pci_driver *const only_e1000[] = {&e1000_driver, NULL};

static int probe_e1000(void **state)
{
	return nic_probe(0x100e, PCI_IRQ_AUTO, state);
}

static int probe_82545(void **state)
{
	return nic_probe(0x100f, PCI_IRQ_AUTO, state);
}

static int probe_e1000e(void **state)
{
	return nic_probe(0x10d3, PCI_IRQ_AUTO, state);
}

/* Firmware left the receiver running: it must be off after the probe. */
static void probe_quiesces_the_device(void **state)
{
	struct nic_fixture *f = *state;

	assert_int_equal(model_reg(f->m, REG_RCTL), 0);
	assert_int_equal(model_reg(f->m, REG_TCTL) & 2, 0);
	assert_int_equal(model_reg(f->m, REG_IMS), 0);
	assert_int_equal(f->m->pci->cfg[1] & PCI_COMMAND_MASTER, 0);
	assert_true(model_first_write(f->m, REG_IMC) <
		    model_first_write(f->m, REG_RCTL));
	assert_true(model_first_write(f->m, REG_RCTL) <
		    model_first_write(f->m, REG_CTRL));
	assert_int_equal(f->m->nr_resets, 1);
	assert_memory_equal(f->dev->dev_addr, "\x52\x54\x00\x12\x34\x56", 6);
}

static void open_writes_rctl_once_and_last(void **state)
{
	struct nic_fixture *f = *state;
	int rctl;

	f->m->nr_writes = 0;
	nic_open(f);
	rctl = model_first_write(f->m, REG_RCTL);
	assert_int_equal(model_count_writes(f->m, REG_RCTL), 1);
	assert_int_equal(f->m->writes[rctl].value, 0x04008002);
	assert_true(model_last_write(f->m, REG_TCTL) < rctl);
	assert_true(model_last_write(f->m, REG_RDLEN) < rctl);
	assert_true(model_last_write(f->m, REG_RAH(0)) < rctl);
	assert_true(model_last_write(f->m, REG_RFCTL) < rctl);
	assert_true(model_first_write(f->m, REG_IMS) > rctl);
	assert_int_equal(model_reg(f->m, REG_RDT), E1000_RING_SIZE - 1);
	assert_int_equal(model_reg(f->m, REG_RDLEN), 4096);
	assert_true(f->m->pci->cfg[1] & PCI_COMMAND_MASTER);
	assert_true(netif_carrier_ok(f->dev));
}

static void e1000_unmasks_what_it_needs(void **state)
{
	struct nic_fixture *f = *state;

	assert_int_equal(model_reg(f->m, REG_IMS), 0xd4);
	assert_int_equal(f->nic->pci->irq_mode, PCI_IRQ_INTX);
	assert_int_equal(model_count_writes(f->m, REG_RFCTL), 0);
	assert_int_equal(f->m->pci->cfg[1] & PCI_COMMAND_INTX_DISABLE, 0);
}

static void e1000e_uses_three_vectors(void **state)
{
	struct nic_fixture *f = *state;

	assert_int_equal(f->nic->pci->irq_mode, PCI_IRQ_MSIX);
	assert_int_equal(irq_model_actions(), 3);
	assert_int_equal(model_reg(f->m, REG_IVAR), 0x000a0908);
	assert_int_equal(model_reg(f->m, REG_EIAC), 0x01500000);
	assert_int_equal(model_reg(f->m, REG_IMS), 0x01100004);
	assert_int_equal(model_reg(f->m, REG_RFCTL), 0x9000);
	assert_int_equal(model_reg(f->m, REG_TXDCTL),
			 model_reg(f->m, REG_TXDCTL1));
	assert_string_equal(f->nic->actions[0].name, "eth0-rx-0");
	assert_string_equal(f->nic->actions[1].name, "eth0-tx-0");
	assert_string_equal(f->nic->actions[2].name, "eth0");
}

static void promiscuous_is_taken_at_open(void **state)
{
	struct nic_fixture *f = *state;

	f->dev->flags |= IFF_PROMISC;
	nic_open(f);
	assert_int_equal(model_reg(f->m, REG_RCTL) & (RCTL_UPE | RCTL_MPE),
			 RCTL_UPE | RCTL_MPE);
}

/* The handler masks, schedules and is gone: one interrupt, one poll. */
static void interrupt_masks_until_the_poll_is_done(void **state)
{
	struct nic_fixture *f = *state;
	u64 interrupts = nic_stat(f, "interrupts"), polls = f->nic->napi.polls;

	local_bh_disable();
	for (int i = 0; i < 10; i++)
		nic_wire(f, 60);
	assert_int_equal(nic_stat(f, "interrupts"), interrupts + 1);
	assert_int_equal(model_reg(f->m, REG_IMS) & (INT_RXT0 | INT_RXQ0), 0);
	assert_int_equal(f->received, 0);
	local_bh_enable();
	nic_settle(f);
	assert_int_equal(f->received, 10);
	assert_int_equal(f->nic->napi.polls, polls + 1);
	assert_true(model_reg(f->m, REG_IMS) & (INT_RXT0 | INT_RXQ0));
}

static void msix_never_reads_the_cause(void **state)
{
	struct nic_fixture *f = *state;
	u64 reads = f->m->icr_reads;

	for (int i = 0; i < 100; i++)
		nic_rx(f, 60);
	assert_int_equal(f->received, 100);
	assert_int_equal(f->m->icr_reads, reads);
}

/* QEMU sends one more message at each throttle expiry. */
static void spurious_messages_do_no_harm(void **state)
{
	struct nic_fixture *f = *state;

	for (int i = 0; i < 10; i++) {
		irq_model_raise((int)((u32 *)f->m->msix)[2]);
		irq_model_raise((int)((u32 *)f->m->msix)[10]);
		nic_settle(f);
	}
	nic_rx(f, 60);
	assert_int_equal(f->received, 1);
	assert_true(netif_carrier_ok(f->dev));
}

static void shared_line_of_another_device_is_refused(void **state)
{
	struct nic_fixture *f = *state;

	assert_int_equal(irq_model_raise_line(f->m->line), 0);
	assert_int_equal(nic_stat(f, "interrupts_not_mine"), 1);
	/* TXQE is nearly always set, and is not ours: never unmasked. */
	f->m->regs[REG_ICR / 4] |= 2;
	assert_int_equal(irq_model_raise_line(f->m->line), 0);
	nic_rx(f, 60);
	assert_int_equal(f->received, 1);
}

/* While the poll has the device masked, a neighbour's interrupt comes. */
static void shared_line_does_not_lose_causes_while_masked(void **state)
{
	struct nic_fixture *f = *state;
	u64 reads;

	local_bh_disable();
	nic_wire(f, 60);
	reads = f->m->icr_reads;
	nic_wire(f, 60);
	assert_int_equal(irq_model_raise_line(f->m->line), 0);
	assert_int_equal(f->m->icr_reads, reads);
	local_bh_enable();
	nic_settle(f);
	assert_int_equal(f->received, 2);
}

static void link_change_reaches_the_stack(void **state)
{
	struct nic_fixture *f = *state;

	for (int i = 0; i < 3; i++) {
		model_set_link(f->m, false);
		nic_settle(f);
		assert_false(netif_carrier_ok(f->dev));
		model_set_link(f->m, true);
		nic_settle(f);
		assert_true(netif_carrier_ok(f->dev));
	}
	assert_int_equal(nic_stat(f, "link_changes"), 7);
	nic_rx(f, 60);
	assert_int_equal(f->received, 1);
	assert_non_null(strstr(sim_console(), "eth0: link down"));
	assert_non_null(
		strstr(sim_console(), "eth0: link up, 1000 Mb/s, full duplex"));
}

/* set_link on: LSC at once, STATUS.LU half a second later with another. */
static void late_link_up_is_noticed(void **state)
{
	struct nic_fixture *f = *state;

	model_set_link(f->m, false);
	nic_settle(f);
	model_set_link(f->m, false);
	nic_run_ms(f, 500);
	assert_false(netif_carrier_ok(f->dev));
	model_set_link(f->m, true);
	nic_settle(f);
	assert_true(netif_carrier_ok(f->dev));
}

static void busy_poll_masks_and_unmasks(void **state)
{
	struct nic_fixture *f = *state;
	u64 interrupts = nic_stat(f, "interrupts");

	f->dev->ops->ndo_busy_poll(f->dev, true);
	nic_rx(f, 60);
	assert_int_equal(nic_stat(f, "interrupts"), interrupts);
	assert_int_equal(f->received, 0);
	/* What came meanwhile interrupts as soon as it may. */
	f->dev->ops->ndo_busy_poll(f->dev, false);
	nic_settle(f);
	assert_int_equal(f->received, 1);
	assert_int_equal(nic_stat(f, "interrupts"), interrupts + 1);
}

static void link_change_during_busy_poll_is_not_lost(void **state)
{
	struct nic_fixture *f = *state;

	f->dev->ops->ndo_busy_poll(f->dev, true);
	model_set_link(f->m, false);
	nic_settle(f);
	f->dev->ops->ndo_busy_poll(f->dev, false);
	nic_settle(f);
	assert_false(netif_carrier_ok(f->dev));
	model_set_link(f->m, true);
	nic_settle(f);
	assert_true(netif_carrier_ok(f->dev));
}

/* Row 38, under traffic; teardown looks for leaks. */
static void opens_and_closes_1000_times(void **state)
{
	struct nic_fixture *f = *state;
	unsigned actions = irq_model_actions();

	for (int i = 0; i < 1000; i++) {
		f->m->reset_resets = i & 1;
		local_bh_disable();
		nic_wire(f, 1000);
		local_bh_enable();
		nic_tx(f, 60);
		if (i & 2)
			nic_settle(f);
		nic_close(f);
		assert_int_equal(model_reg(f->m, REG_RCTL), 0);
		assert_int_equal(model_reg(f->m, REG_IMS), 0);
		assert_int_equal(f->net->skb_live, 0);
		assert_false(netif_carrier_ok(f->dev));
		nic_open(f);
	}
	nic_rx(f, 60);
	assert_true(f->received >= 500);
	assert_int_equal(irq_model_actions(), actions);
}

static void closed_device_transmits_nothing(void **state)
{
	struct nic_fixture *f = *state;
	struct sk_buff *skb;

	nic_close(f);
	skb = nic_skb(f, 60);
	assert_int_equal(f->dev->ops->ndo_start_xmit(skb, f->dev),
			 NETDEV_TX_OK);
	assert_int_equal(f->net->skb_live, 0);
	assert_false(f->dev->ops->ndo_rx_pending(f->dev));
	assert_int_equal(irq_model_raise_line(f->m->line), 0);
}

static void open_without_memory_fails_and_can_be_repeated(void **state)
{
	struct nic_fixture *f = *state;

	for (u64 n = 1; n <= 4; n++) {
		local_bh_disable();
		sim_fail_alloc_after(n);
		assert_true(dev_open(f->dev) < 0);
		local_bh_enable();
	}
	nic_open(f);
	nic_rx(f, 60);
	assert_int_equal(f->received, 1);
}

static void open_without_any_buffer_recovers(void **state)
{
	struct nic_fixture *f = *state;

	local_bh_disable();
	assert_int_equal(e1000_rings_alloc(f->nic), 0);
	e1000_rings_free(f->nic);
	sim_fail_alloc_after(5);
	assert_int_equal(dev_open(f->dev), 0);
	local_bh_enable();
	nic_settle(f);
	assert_int_equal(model_rx_free(f->m), 0);
	nic_run_ms(f, 25);
	assert_int_equal(model_rx_free(f->m), E1000_RING_SIZE - 1);
}

static void two_nics_live_side_by_side(void **state)
{
	struct nic_fixture *f = *state;
	struct e1000_model *other = e1000_model_create(5, 0x10d3);
	struct pci_host host;
	struct net_device *dev;

	/* Same line as the first: slots 3 and 5. */
	f->m->pci->cfg[0] = 0xffffffff;
	local_bh_disable();
	assert_int_equal(pci_scan(&host, f->net, only_e1000), 1);
	f->m->pci->cfg[0] = 0x100e8086;
	dev = dev_get_by_name(f->net, "eth1");
	assert_non_null(dev);
	assert_int_equal(dev_open(dev), 0);
	local_bh_enable();
	nic_rx(f, 60);
	assert_int_equal(f->received, 1);
	assert_int_equal(dev->stats.rx_packets, 0);
	local_bh_disable();
	pci_release(&host);
	local_bh_enable();
	nic_rx(f, 60);
	assert_int_equal(f->received, 2);
	e1000_model_destroy(other);
}

/* A probe of a broken device: one clear line, and it is left quiet. */
static struct net *broken_net;

static int broken_setup(void **state)
{
	sim_init();
	pci_model_reset();
	*state = e1000_model_create(3, 0x10d3);
	broken_net = net_create();
	e1000_set_irq_mode(PCI_IRQ_AUTO);
	return 0;
}

static int broken_teardown(void **state)
{
	net_destroy(broken_net);
	sim_exit();
	assert_int_equal(sim_live_objects(), 0);
	assert_int_equal(sim_live_pages(), 0);
	assert_int_equal(irq_model_actions(), 0);
	e1000_model_destroy(*state);
	return 0;
}

static void expect_refusal(struct e1000_model *m, const char *line)
{
	struct pci_host host;

	local_bh_disable();
	assert_int_equal(pci_scan(&host, broken_net, only_e1000), 0);
	pci_release(&host);
	local_bh_enable();
	assert_non_null(strstr(sim_console(), line));
	assert_null(dev_get_by_name(broken_net, "eth0"));
	assert_int_equal(m->pci->cfg[1] & PCI_COMMAND_MASTER, 0);
}

static void reset_that_hangs_refuses_the_device(void **state)
{
	struct e1000_model *m = *state;

	m->reset_hangs = true;
	expect_refusal(m, "not usable: reset failed");
	assert_int_equal(model_reg(m, REG_RCTL), 0);
}

static void missing_mac_is_taken_from_the_eeprom(void **state)
{
	struct e1000_model *m = *state;
	struct pci_host host;

	m->regs[REG_RAL(0) / 4] = m->regs[REG_RAH(0) / 4] = 0;
	local_bh_disable();
	assert_int_equal(pci_scan(&host, broken_net, only_e1000), 1);
	assert_memory_equal(dev_get_by_name(broken_net, "eth0")->dev_addr,
			    "\x52\x54\x00\x12\x34\x56", 6);
	pci_release(&host);
	local_bh_enable();
}

static void invalid_mac_refuses_the_device(void **state)
{
	struct e1000_model *m = *state;

	m->regs[REG_RAL(0) / 4] = 0xffffffff;
	memset(m->eeprom, 0xff, sizeof(m->eeprom));
	expect_refusal(m, "not usable: no valid MAC address");
	assert_int_equal(model_reg(m, REG_RCTL), 0);
}

static void unassigned_bar_refuses_the_device(void **state)
{
	struct e1000_model *m = *state;

	m->pci->cfg[4] = 0;
	expect_refusal(m, "BAR0 is unassigned");
}

static void no_interrupt_refuses_the_device(void **state)
{
	struct e1000_model *m = *state;

	irq_model_fail(true);
	expect_refusal(m, "not usable: no interrupt");
	assert_int_equal(model_reg(m, REG_RCTL), 0);
}

static void no_memory_refuses_the_device(void **state)
{
	/* The first allocation is the bus's own note of the function. */
	sim_fail_alloc_after(2);
	expect_refusal(*state, "no memory");
}

#define T(test, setup, name)                                                   \
	{                                                                      \
#test name, test, setup, nic_teardown, NULL                    \
	}
#define BROKEN(test)                                                           \
	{                                                                      \
#test, test, broken_setup, broken_teardown, NULL               \
	}
#define ALL(test)                                                              \
	T(test, nic_setup_e1000, " (e1000)"),                                  \
		T(test, nic_setup_e1000e, " (MSI-X)"),                         \
		T(test, nic_setup_e1000e_msi, " (MSI)"),                       \
		T(test, nic_setup_e1000e_intx, " (INTx)")

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(probe_quiesces_the_device, probe_e1000, " (e1000)"),
		T(probe_quiesces_the_device, probe_82545, " (82545)"),
		T(probe_quiesces_the_device, probe_e1000e, " (e1000e)"),
		T(open_writes_rctl_once_and_last, probe_e1000, " (e1000)"),
		T(open_writes_rctl_once_and_last, probe_e1000e, " (e1000e)"),
		T(e1000_unmasks_what_it_needs, nic_setup_e1000, ""),
		T(e1000e_uses_three_vectors, nic_setup_e1000e, ""),
		T(promiscuous_is_taken_at_open, probe_e1000, ""),
		ALL(interrupt_masks_until_the_poll_is_done),
		T(msix_never_reads_the_cause, nic_setup_e1000e, ""),
		T(spurious_messages_do_no_harm, nic_setup_e1000e, ""),
		T(shared_line_of_another_device_is_refused, nic_setup_e1000,
		  " (e1000)"),
		T(shared_line_of_another_device_is_refused,
		  nic_setup_e1000e_intx, " (e1000e)"),
		T(shared_line_does_not_lose_causes_while_masked,
		  nic_setup_e1000, ""),
		ALL(link_change_reaches_the_stack),
		ALL(late_link_up_is_noticed),
		ALL(busy_poll_masks_and_unmasks),
		ALL(link_change_during_busy_poll_is_not_lost),
		ALL(opens_and_closes_1000_times),
		ALL(closed_device_transmits_nothing),
		T(open_without_memory_fails_and_can_be_repeated, probe_e1000,
		  ""),
		T(open_without_any_buffer_recovers, probe_e1000, ""),
		T(two_nics_live_side_by_side, nic_setup_e1000, ""),
		BROKEN(reset_that_hangs_refuses_the_device),
		BROKEN(missing_mac_is_taken_from_the_eeprom),
		BROKEN(invalid_mac_refuses_the_device),
		BROKEN(unassigned_bar_refuses_the_device),
		BROKEN(no_interrupt_refuses_the_device),
		BROKEN(no_memory_refuses_the_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
