/*
 * Soft off: ACPI 6.4, section 4.8.3.2. Reset: the port 0xCF9 of Intel's
 * chipsets, then the keyboard controller, then a triple fault.
 */
#include "arch/acpi.h"
#include "arch/io.h"
#include "arch/power.h"
#include "kernel/machine.h"

#define DEBUG_EXIT     0xf4
#define SLP_TYP_SHIFT  10
#define SLP_EN	       (1u << 13)
#define RESET_CONTROL  0xcf9
#define RESET_FULL     0x06
#define KEYBOARD       0x64
#define KEYBOARD_RESET 0xfe

void machine_poweroff(u8 code)
{
	outb(DEBUG_EXIT, code);
	if (acpi_info.has_s5 && acpi_info.pm1a_control)
		outw(acpi_info.pm1a_control,
		     acpi_info.s5_type_a << SLP_TYP_SHIFT | SLP_EN);
	if (acpi_info.has_s5 && acpi_info.pm1b_control)
		outw(acpi_info.pm1b_control,
		     acpi_info.s5_type_b << SLP_TYP_SHIFT | SLP_EN);
	machine_halt();
}

void machine_reset(void)
{
	struct {
		u16 limit;
		u64 base;
	} packed no_idt = {0, 0};

	machine_irq_disable();
	outb(RESET_CONTROL, RESET_FULL);
	outb(KEYBOARD, KEYBOARD_RESET);
	__asm__ __volatile__("lidt %0\n\tint3" : : "m"(no_idt));
	machine_halt();
}
