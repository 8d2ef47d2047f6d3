/*
 * The end: soft off (ACPI 6.4, 16.1.7: SLP_TYP and SLP_EN of PM1 control,
 * 4.8.3.2), reset (4.8.3.6), and the power button (4.8.3.1), which an
 * interrupt tells us of once the machine is in ACPI mode (4.8.2.5).
 */
#include "arch/power.h"
#include "arch/acpi.h"
#include "arch/io.h"
#include "arch/irq.h"
#include "arch/pci_cfg.h"
#include "arch/serial.h"
#include "kernel/log.h"
#include "kernel/machine.h"

#define DEBUG_EXIT     0xf4
#define PM1_SCI_EN     (1u << 0)
#define PM1_SLP_TYP    (7u << 10)
#define PM1_SLP_SHIFT  10
#define PM1_SLP_EN     (1u << 13)
#define PM1_BUTTON     (1u << 8) /* of PM1 status, and of PM1 enable */
#define MODE_TRIES     1000000
#define RESET_CONTROL  0xcf9 /* of Intel's chipsets */
#define RESET_ARM      0x02
#define RESET_FULL     0x06
#define KEYBOARD       0x64
#define KEYBOARD_RESET 0xfe

static bool in_acpi_mode(void)
{
	return inw(acpi_info.pm1a_control) & PM1_SCI_EN;
}

/* Takes the power hardware over from the BIOS; bounded by the loop. */
static bool enter_acpi_mode(void)
{
	unsigned tries;

	if (!acpi_info.pm1a_control)
		return false;
	if (in_acpi_mode() || !acpi_info.smi_command || !acpi_info.acpi_enable)
		return true;
	outb(acpi_info.smi_command, acpi_info.acpi_enable);
	for (tries = 0; tries < MODE_TRIES; tries++)
		if (in_acpi_mode())
			return true;
	return false;
}

static void sleep_s5(u16 control, u8 type)
{
	u16 value = inw(control) & ~(PM1_SLP_TYP | PM1_SLP_EN);

	value |= (u16)(type << PM1_SLP_SHIFT) & PM1_SLP_TYP;
	outw(control, value);
	outw(control, value | PM1_SLP_EN);
}

void machine_poweroff(u8 code)
{
	machine_irq_disable();
	serial_drain();
	outb(DEBUG_EXIT, code);
	if (acpi_info.has_s5 && enter_acpi_mode()) {
		sleep_s5(acpi_info.pm1a_control, acpi_info.s5_type_a);
		if (acpi_info.pm1b_control)
			sleep_s5(acpi_info.pm1b_control, acpi_info.s5_type_b);
	}
	machine_halt();
}

/* Some of these reset no more than the CPU: devices must stop before. */
void machine_reset(void)
{
	struct {
		u16 limit;
		u64 base;
	} packed no_idt = {0, 0};

	machine_irq_disable();
	serial_drain();
	pci_cfg_stop_dma();
	if (acpi_info.reset_port)
		outb(acpi_info.reset_port, acpi_info.reset_value);
	outb(RESET_CONTROL, RESET_ARM);
	outb(RESET_CONTROL, RESET_FULL);
	outb(KEYBOARD, KEYBOARD_RESET);
	__asm__ __volatile__("lidt %0\n\tint3" : : "m"(no_idt));
	machine_halt();
}

/* True when the button was it; status bits are cleared by writing ones. */
static bool button_pressed(u16 block)
{
	if (!block || !(inw(block) & PM1_BUTTON))
		return false;
	outw(block, PM1_BUTTON);
	return true;
}

/* Hard irq. Nothing comes after it, so it is all done here. */
static enum irqreturn sci_irq(void *arg)
{
	if (!button_pressed(acpi_info.pm1a_event) &&
	    !button_pressed(acpi_info.pm1b_event))
		return IRQ_NONE;
	pr_info("power button: off");
	machine_poweroff(0);
}

/* Only the button may interrupt: nobody would clear the other events. */
static void button_enable(u16 block)
{
	if (!block)
		return;
	outw(block, PM1_BUTTON);
	outw(block + acpi_info.pm1_event_len / 2, PM1_BUTTON);
}

void power_button_init(void)
{
	static struct irq_action action = {
		.handler = sci_irq,
		.name = "power button",
	};

	if (!acpi_info.has_s5 || !acpi_info.pm1a_event ||
	    acpi_info.pm1_event_len < 4 || !enter_acpi_mode())
		return;
	if (irq_request_gsi(acpi_info.sci_irq, &action) < 0)
		return;
	button_enable(acpi_info.pm1a_event);
	button_enable(acpi_info.pm1b_event);
}
