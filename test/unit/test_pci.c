/* drivers/pci.c, pci_bar.c and msi.c on a bus in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "drivers/pci.h"
#include "kernel/log.h"
#include "kernel/softirq.h"
#include "lib/errno.h"
#include "test/host/machine_sim.h"
#include "test/host/pci_model.h"

static struct pci_host host;
static struct pci_dev *probed[8];
static unsigned nr_probed, nr_removed;
static int probe_result;
static u8 registers[4096];

static int fake_probe(struct pci_dev *dev, const struct pci_id *id)
{
	probed[nr_probed++] = dev;
	dev->priv = (void *)id->data;
	return probe_result;
}

static void fake_remove(struct pci_dev *dev)
{
	nr_removed++;
}

static const struct pci_id fake_ids[] = {
	{0x1234, 0x0001, "one"},
	{0x1234, 0x0002, "two"},
	{0, 0, NULL},
};

static const struct pci_driver fake = {"fake", fake_ids, fake_probe,
				       fake_remove};
static const struct pci_driver *const drivers[] = {&fake, NULL};

static u32 mem_read(void *arg, u32 off)
{
	return *(u32 *)(registers + off);
}

static void mem_write(void *arg, u32 off, u32 value)
{
	*(u32 *)(registers + off) = value;
}

static int setup(void **state)
{
	log_set_level(LOG_DEBUG);
	sim_init();
	pci_model_reset();
	memset(registers, 0, sizeof(registers));
	pci_model_mmio(&(struct mmio_model){registers, sizeof(registers),
					    mem_read, mem_write, NULL});
	nr_probed = nr_removed = 0;
	probe_result = 0;
	return 0;
}

static int teardown(void **state)
{
	local_bh_disable();
	pci_release(&host);
	local_bh_enable();
	assert_int_equal(irq_model_actions(), 0);
	sim_exit();
	assert_int_equal(sim_live_objects(), 0);
	return 0;
}

static unsigned scan(void)
{
	unsigned driven;

	local_bh_disable();
	driven = pci_scan(&host, NULL, drivers);
	local_bh_enable();
	return driven;
}

static struct pci_dev *first_dev(void)
{
	assert_false(list_empty(&host.devs));
	return list_first(&host.devs, struct pci_dev, node);
}

static void assert_logged(const char *text)
{
	if (!strstr(sim_console(), text))
		fail_msg("not in the log: %s\n%s", text, sim_console());
}

static void empty_bus_has_no_devices(void **state)
{
	assert_int_equal(scan(), 0);
	assert_int_equal(host.nr_devs, 0);
}

static void id_table_matches(void **state)
{
	pci_model_add(0, 1, 0, 0x00021234, 0x020000);
	pci_model_add(0, 2, 0, 0x00031234, 0x030000);
	pci_model_add(0, 31, 0, 0x00011234, 0x020000);
	assert_int_equal(scan(), 2);
	assert_int_equal(nr_probed, 2);
	assert_string_equal(probed[0]->priv, "two");
	assert_string_equal(probed[1]->priv, "one");
	assert_int_equal(probed[1]->slot, 31);
	local_bh_disable();
	pci_release(&host);
	local_bh_enable();
	assert_int_equal(nr_removed, 2);
}

static void ethernet_without_driver_is_reported(void **state)
{
	pci_model_add(0, 4, 0, 0x816810ec, 0x020000);
	pci_model_add(0, 5, 0, 0x11111234, 0x030000);
	assert_int_equal(scan(), 0);
	assert_logged("00:04.0 10ec:8168 Ethernet: no driver");
	assert_null(strstr(sim_console(), "00:05.0 1234:1111 Ethernet"));
}

static void refused_device_is_not_removed(void **state)
{
	pci_model_add(0, 1, 0, 0x00011234, 0x020000);
	probe_result = -ENODEV;
	assert_int_equal(scan(), 0);
	local_bh_disable();
	pci_release(&host);
	local_bh_enable();
	assert_int_equal(nr_removed, 0);
}

static void functions_are_found_only_where_there_are_several(void **state)
{
	struct pci_model_fn *single;

	pci_model_add(0, 1, 0, 0x00011234, 0x020000);
	pci_model_add(0, 1, 7, 0x00021234, 0x020000);
	single = pci_model_add(0, 2, 0, 0x00011234, 0x020000);
	pci_model_add(0, 2, 1, 0x00021234, 0x020000);
	single->cfg[3] = 0; /* an answer to every function is a single one */
	scan();
	assert_int_equal(host.nr_devs, 3);
}

static void devices_behind_bridges_are_found(void **state)
{
	pci_model_add_bridge(0, 1, 1);
	pci_model_add_bridge(1, 0, 5);
	pci_model_add(5, 3, 0, 0x00011234, 0x020000);
	assert_int_equal(scan(), 1);
	assert_int_equal(probed[0]->bus, 5);
	assert_logged("05:03.0 1234:0001 class 020000");
}

static void bridge_loops_end(void **state)
{
	pci_model_add_bridge(0, 1, 0);
	pci_model_add_bridge(0, 2, 3);
	pci_model_add_bridge(3, 0, 3);
	pci_model_add_bridge(3, 1, 2);
	pci_model_add_bridge(0, 3, 3);
	scan();
	assert_int_equal(host.nr_devs, 5);
	assert_logged("00:01.0 bridge without a secondary bus");
}

static void line_looks_like_lspci(void **state)
{
	struct pci_model_fn *f = pci_model_add(0, 3, 0, 0x00011234, 0x020000);

	pci_model_bar(f, 0, 0xfeb80000, 128 << 10, 0);
	pci_model_bar(f, 2, 0xc000, 32, 1);
	pci_model_bar(f, 3, 0xfeb00000, 16 << 10, 0);
	pci_model_cap(f, PCI_CAP_MSIX, 0xa0, 4);
	pci_model_cap(f, PCI_CAP_PCIE, 0xe0, 1);
	pci_model_cap(f, PCI_CAP_MSI, 0xd0, 0x80);
	pci_model_cap(f, PCI_CAP_PM, 0xc8, 2);
	scan();
	assert_logged("00:03.0 1234:0001 class 020000 BAR0 mem feb80000 128K "
		      "BAR2 io c000 32 BAR3 mem feb00000 16K "
		      "caps PM MSI PCIe MSI-X");
}

static void bars_are_sized_with_the_decoders_off(void **state)
{
	struct pci_model_fn *f = pci_model_add(0, 3, 0, 0x00011234, 0x020000);
	struct pci_dev *dev;

	f->cfg[1] = 0x00100107;
	pci_model_bar(f, 0, 0xfeb80000, 128 << 10, 8);
	pci_model_bar(f, 1, 0x1200000000, 1ull << 33, 4);
	pci_model_bar(f, 3, 0xe000, 64, 1);
	f->bar_mask[3] &= 0xffff;
	scan();
	dev = first_dev();
	assert_int_equal(f->last_sized_command & 3, 0);
	assert_int_equal(f->cfg[1] & 0xffff, 0x0107);
	assert_int_equal(f->cfg[4], 0xfeb80008);
	assert_int_equal(dev->bars[0].size, 128 << 10);
	assert_true(dev->bars[0].prefetch);
	assert_int_equal(dev->bars[1].addr, 0x1200000000);
	assert_int_equal(dev->bars[1].size, 1ull << 33);
	assert_true(dev->bars[1].wide);
	assert_int_equal(dev->bars[2].size, 0);
	assert_true(dev->bars[3].io);
	assert_int_equal(dev->bars[3].size, 64);
}

static void wide_bar_in_the_last_slot_reads_no_further(void **state)
{
	struct pci_model_fn *f = pci_model_add(0, 3, 0, 0x00011234, 0x020000);

	f->cfg[9] = 0xfe000004;
	f->bar_mask[5] = 0xfffff000;
	f->cfg[10] = 0x12345678;
	scan();
	assert_false(first_dev()->bars[5].wide);
	assert_int_equal(first_dev()->bars[5].size, 4096);
	assert_int_equal(f->cfg[10], 0x12345678);
}

static void unusable_bars_are_refused(void **state)
{
	struct pci_model_fn *f = pci_model_add(0, 3, 0, 0x00011234, 0x020000);

	pci_model_bar(f, 0, 0, 4096, 0);
	pci_model_bar(f, 1, 0xc000, 64, 1);
	scan();
	assert_null(pci_map_bar(first_dev(), 0));
	assert_logged("00:03.0 BAR0 is unassigned: device refused");
	assert_null(pci_map_bar(first_dev(), 1));
	assert_logged("00:03.0 BAR1 is not memory: device refused");
	assert_null(pci_map_bar(first_dev(), 2));
	assert_logged("00:03.0 BAR2 is missing: device refused");
}

static void capability_loops_end(void **state)
{
	struct pci_model_fn *f = pci_model_add(0, 3, 0, 0x00011234, 0x020000);

	pci_model_cap(f, PCI_CAP_MSI, 0x50, 0);
	pci_model_cap(f, PCI_CAP_PM, 0x60, 0);
	f->cfg[0x50 / 4] |= 0x6000; /* and back */
	scan();
	assert_int_equal(first_dev()->cap_msi, 0x50);
	assert_int_equal(first_dev()->cap_pm, 0x60);
}

static void capabilities_count_only_with_the_status_bit(void **state)
{
	struct pci_model_fn *f = pci_model_add(0, 3, 0, 0x00011234, 0x020000);

	pci_model_cap(f, PCI_CAP_MSI, 0x50, 0);
	f->cfg[1] = 0;
	scan();
	assert_int_equal(first_dev()->cap_msi, 0);
}

/* Interrupts: a function with everything. */

static unsigned calls[4];

static enum irqreturn count(void *arg)
{
	calls[(uintptr_t)arg]++;
	return IRQ_HANDLED;
}

static struct irq_action msix[3] = {
	{.handler = count, .arg = (void *)0, .name = "zero"},
	{.handler = count, .arg = (void *)1, .name = "one"},
	{.handler = count, .arg = (void *)2, .name = "two"},
};
static struct irq_action single = {.handler = count, .arg = (void *)3};

static struct pci_model_fn *add_full(void)
{
	struct pci_model_fn *f = pci_model_add(0, 3, 0, 0x00011234, 0x020000);

	memset(calls, 0, sizeof(calls));
	pci_model_bar(f, 3, 0xfeb00000, 4096, 0);
	f->bar_mem[3] = registers;
	pci_model_cap(f, PCI_CAP_MSIX, 0xa0, 4);
	f->cfg[0xa4 / 4] = 3 | 0x100;
	pci_model_cap(f, PCI_CAP_MSI, 0xd0, 0x80);
	f->cfg[0x3c / 4] = 0x010b;
	scan();
	return f;
}

static void msix_gets_a_vector_for_each_action(void **state)
{
	struct pci_model_fn *f = add_full();
	u32 *table = (u32 *)(registers + 0x100);

	assert_int_equal(
		pci_irq_setup(first_dev(), PCI_IRQ_AUTO, msix, 3, &single),
		PCI_IRQ_MSIX);
	assert_int_equal(f->cfg[0xa0 / 4] >> 30, 2);
	assert_true(f->cfg[1] & PCI_COMMAND_INTX_DISABLE);
	for (int i = 0; i < 5; i++)
		assert_int_equal(table[4 * i + 3], i < 3 ? 0 : 1);
	assert_int_equal(table[0], 0xfee00000);
	irq_model_raise((int)table[4 * 1 + 2]);
	irq_model_raise((int)table[4 * 2 + 2]);
	assert_int_equal(calls[1], 1);
	assert_int_equal(calls[2], 1);
	pci_irq_release(first_dev(), msix, &single);
	assert_int_equal(table[3], 1);
	assert_int_equal(irq_model_actions(), 0);
}

static void msix_with_too_few_entries_falls_back_to_msi(void **state)
{
	struct pci_model_fn *f = add_full();

	f->cfg[0xa0 / 4] &= 0xffff;
	assert_int_equal(
		pci_irq_setup(first_dev(), PCI_IRQ_MSIX, msix, 3, &single),
		PCI_IRQ_MSI);
	pci_irq_release(first_dev(), msix, &single);
}

static void msix_table_beyond_its_bar_is_not_believed(void **state)
{
	struct pci_model_fn *f = add_full();

	f->cfg[0xa4 / 4] = 3 | 0xff0;
	assert_int_equal(
		pci_irq_setup(first_dev(), PCI_IRQ_AUTO, msix, 3, &single),
		PCI_IRQ_MSI);
	pci_irq_release(first_dev(), msix, &single);
	f->cfg[0xa4 / 4] = 7;
	assert_int_equal(
		pci_irq_setup(first_dev(), PCI_IRQ_AUTO, msix, 3, &single),
		PCI_IRQ_MSI);
	pci_irq_release(first_dev(), msix, &single);
}

static void msi_writes_address_and_data(void **state)
{
	struct pci_model_fn *f = add_full();

	f->cfg[0xd0 / 4] |= 0x00700000; /* firmware granted messages */
	assert_int_equal(
		pci_irq_setup(first_dev(), PCI_IRQ_MSI, msix, 3, &single),
		PCI_IRQ_MSI);
	assert_int_equal(f->cfg[0xd4 / 4], 0xfee00000);
	assert_int_equal(f->cfg[0xd8 / 4], 0);
	assert_int_equal(f->cfg[0xd0 / 4] >> 16 & 0x71, 1);
	irq_model_raise((int)f->cfg[0xdc / 4]);
	assert_int_equal(calls[3], 1);
	pci_irq_release(first_dev(), msix, &single);
}

static void msi_of_32_bits_has_its_data_earlier(void **state)
{
	struct pci_model_fn *f = add_full();

	f->cfg[0xd0 / 4] &= ~0x00800000u;
	f->cfg[0xdc / 4] = 0x77;
	assert_int_equal(
		pci_irq_setup(first_dev(), PCI_IRQ_MSI, msix, 3, &single),
		PCI_IRQ_MSI);
	irq_model_raise((int)f->cfg[0xd8 / 4]);
	assert_int_equal(calls[3], 1);
	assert_int_equal(f->cfg[0xdc / 4], 0x77);
	pci_irq_release(first_dev(), msix, &single);
}

static void intx_uses_the_line_register(void **state)
{
	struct pci_model_fn *f = add_full();

	f->cfg[1] |= PCI_COMMAND_INTX_DISABLE;
	assert_int_equal(
		pci_irq_setup(first_dev(), PCI_IRQ_INTX, msix, 3, &single),
		PCI_IRQ_INTX);
	assert_int_equal(f->cfg[1] & PCI_COMMAND_INTX_DISABLE, 0);
	irq_model_raise_line(11);
	assert_int_equal(calls[3], 1);
	pci_irq_release(first_dev(), msix, &single);
}

static void unusable_lines_are_refused(void **state)
{
	static const u8 lines[] = {0, 2, 16, 255};
	struct pci_dev *dev;

	add_full();
	dev = first_dev();
	for (unsigned i = 0; i < ARRAY_SIZE(lines); i++) {
		dev->irq_line = lines[i];
		assert_int_equal(
			pci_irq_setup(dev, PCI_IRQ_INTX, msix, 3, &single),
			-ENODEV);
	}
	assert_logged("00:03.0 has no usable interrupt line (255)");
	assert_int_equal(dev->irq_mode, PCI_IRQ_AUTO);
}

static void no_vectors_left_is_an_error(void **state)
{
	add_full();
	irq_model_fail(true);
	assert_true(pci_irq_setup(first_dev(), PCI_IRQ_AUTO, msix, 3, &single) <
		    0);
	irq_model_fail(false);
}

static void no_memory_for_a_function_is_survived(void **state)
{
	pci_model_add(0, 1, 0, 0x00011234, 0x020000);
	pci_model_add(0, 2, 0, 0x00021234, 0x020000);
	sim_fail_alloc_after(1);
	assert_int_equal(scan(), 1);
	assert_logged("00:01.0 left out: no memory");
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(empty_bus_has_no_devices),
		T(id_table_matches),
		T(ethernet_without_driver_is_reported),
		T(refused_device_is_not_removed),
		T(functions_are_found_only_where_there_are_several),
		T(devices_behind_bridges_are_found),
		T(bridge_loops_end),
		T(line_looks_like_lspci),
		T(bars_are_sized_with_the_decoders_off),
		T(wide_bar_in_the_last_slot_reads_no_further),
		T(unusable_bars_are_refused),
		T(capability_loops_end),
		T(capabilities_count_only_with_the_status_bit),
		T(msix_gets_a_vector_for_each_action),
		T(msix_with_too_few_entries_falls_back_to_msi),
		T(msix_table_beyond_its_bar_is_not_believed),
		T(msi_writes_address_and_data),
		T(msi_of_32_bits_has_its_data_earlier),
		T(intx_uses_the_line_register),
		T(unusable_lines_are_refused),
		T(no_vectors_left_is_an_error),
		T(no_memory_for_a_function_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
