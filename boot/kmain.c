/*
 * The boot order. Each step needs those before it; ACPI's tables are read
 * while the boot page tables still show all of the first 4 GiB.
 */
#include "arch/acpi.h"
#include "arch/apic.h"
#include "arch/cpu.h"
#include "arch/display.h"
#include "arch/pci_cfg.h"
#include "arch/power.h"
#include "arch/serial.h"
#include "arch/tsc.h"
#include "boot/boot_info.h"
#include "boot/memory.h"
#include "boot/start.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "kernel/random.h"
#include "kernel/softirq.h"
#include "kernel/task.h"
#include "kernel/timer.h"
#include "kernel/wallclock.h"
#include "lib/string.h"
#include "net/core/busy_poll.h"

/* Nothing below depends on interrupts; they come on at the end. */
static void machine_init(const struct boot_info *info)
{
	cpu_init();
	gdt_init();
	idt_init();
	acpi_init(info->rsdp, info->rsdp_len);
	pci_cfg_stop_dma();
	lapic_init(acpi_info.lapic_base);
	tsc_begin();
	memory_init(info);
	lapic_map();
	ioapic_init();
	tsc_init();
	pci_cfg_init();
}

static void log_modules(const struct boot_info *info)
{
	unsigned i;

	for (i = 0; i < info->module_count; i++)
		pr_info("module: %s, %llu bytes", info->modules[i].name,
			(unsigned long long)info->modules[i].len);
	if (info->entropy_len)
		pr_info("random: %u bytes from the loader", info->entropy_len);
}

static void log_date(void)
{
	char date[HTTP_DATE_LEN + 1];

	if (wallclock_http_date(date, sizeof(date)))
		pr_info("time: %s, by the machine's clock", date);
}

void kmain(struct boot_info *info)
{
	struct net *net;

	serial_init();
	display_start(&info->framebuffer);
	pr_info("barenet, booted by %s (%s)", info->loader, info->method);
	pr_info("command line: %s", info->cmdline);
	log_modules(info);
	machine_init(info);
	timers_init();
	tasks_init();
	softirq_init();
	random_init();
	wallclock_init();
	log_date();
	random_mix(info->entropy, info->entropy_len);
	memset(info->entropy, 0, sizeof(info->entropy));
	machine_irq_enable();
	net = barenet_start(info);
	power_button_init();
	display_defer();
	tasks_run(net ? net_busy_poll : NULL, net);
}
