/* What this CPU can do, and the tables that it must have to run at all. */
#pragma once

#include "lib/types.h"

struct cpu_features {
	char brand[49];
	bool nx, pages_1g, rdrand, rdseed, tsc_deadline, tsc_invariant;
	u8 phys_bits;
};

extern struct cpu_features cpu_features;

/* Reads CPUID; what barenet cannot do without ends in a line and a halt. */
void cpu_init(void);

/* Segments, the task state segment and its stacks (arch/gdt.c). */
void gdt_init(void);

/* Interrupt stack table slots of the TSS, 1-based: SDM volume 3A, 7.14.5. */
enum ist_slot {
	IST_NONE,
	IST_DOUBLE_FAULT,
	IST_NMI,
	IST_MACHINE_CHECK,
	IST_PAGE_FAULT,
	IST_SLOTS
};

#define KERNEL_CS 0x08
#define KERNEL_DS 0x10
#define TSS_SEL	  0x18

/* Exceptions and all 256 vectors (arch/idt.c). */
void idt_init(void);
