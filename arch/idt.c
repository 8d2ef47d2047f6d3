/* The interrupt descriptor table (Intel SDM volume 3A, 6.10 and 6.14.1). */
#include "arch/cpu.h"
#include "arch/trap.h"

#define ENTRY_SIZE	16 /* of the code in isr.S, a vector */
#define INTERRUPT_GATE	0x8e
#define EXCEPTION_COUNT 32
#define VECTORS		256

struct gate {
	u16 offset_low, selector;
	u8 ist, type;
	u16 offset_mid;
	u32 offset_high, reserved;
};

_Static_assert(sizeof(struct gate) == 16, "SDM volume 3A, figure 6-8");

extern const u8 isr_trap_entries[], isr_irq_entries[];

static struct gate idt[VECTORS] aligned(16);

static enum ist_slot stack_of(unsigned vector)
{
	switch (vector) {
	case TRAP_NMI:
		return IST_NMI;
	case TRAP_DOUBLE_FAULT:
		return IST_DOUBLE_FAULT;
	case TRAP_PAGE_FAULT:
		return IST_PAGE_FAULT;
	case TRAP_MACHINE_CHECK:
		return IST_MACHINE_CHECK;
	}
	return IST_NONE;
}

static void set_gate(unsigned vector, const u8 *code)
{
	u64 offset = (u64)code;

	idt[vector] = (struct gate){
		.offset_low = offset,
		.offset_mid = offset >> 16,
		.offset_high = offset >> 32,
		.selector = KERNEL_CS,
		.ist = stack_of(vector),
		.type = INTERRUPT_GATE,
	};
}

void idt_init(void)
{
	struct {
		u16 limit;
		u64 base;
	} packed pointer = {sizeof(idt) - 1, (u64)idt};
	unsigned v;

	for (v = 0; v < EXCEPTION_COUNT; v++)
		set_gate(v, isr_trap_entries + v * ENTRY_SIZE);
	for (; v < VECTORS; v++)
		set_gate(v,
			 isr_irq_entries + (v - EXCEPTION_COUNT) * ENTRY_SIZE);
	__asm__ __volatile__("lidt %0" : : "m"(pointer));
}
