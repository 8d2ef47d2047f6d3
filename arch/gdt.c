/*
 * Flat segments and one task state segment (Intel SDM volume 3A, 3.4.5 and
 * 7.7): 64-bit mode uses the TSS only for the stacks of its interrupt stack
 * table. A fault that may come from a bad stack gets a stack of its own.
 */
#include "arch/cpu.h"

#define IST_STACK_SIZE 8192

struct tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7]; /* slot n is ist[n - 1] */
	u64 reserved2;
	u16 reserved3, io_map;
} packed;

_Static_assert(sizeof(struct tss) == 104, "SDM volume 3A, figure 7-11");

static u8 ist_stacks[IST_SLOTS - 1][IST_STACK_SIZE] aligned(16);
static struct tss tss;

static u64 gdt[] = {
	0,
	0x00af9b000000ffff, /* KERNEL_CS: 64-bit code */
	0x00cf93000000ffff, /* KERNEL_DS */
	0,
	0, /* TSS_SEL: 16 bytes */
};

static void set_tss_descriptor(void)
{
	u64 base = (u64)&tss;
	u64 limit = sizeof(tss) - 1;

	gdt[3] = limit | (base & 0xffffff) << 16 | 0x89ull << 40 |
		 (base >> 24 & 0xff) << 56;
	gdt[4] = base >> 32;
}

void gdt_init(void)
{
	struct {
		u16 limit;
		u64 base;
	} packed pointer = {sizeof(gdt) - 1, (u64)gdt};
	unsigned i;

	for (i = 0; i < IST_SLOTS - 1; i++)
		tss.ist[i] = (u64)ist_stacks[i] + IST_STACK_SIZE;
	tss.io_map = sizeof(tss);
	set_tss_descriptor();
	__asm__ __volatile__("lgdt %0\n\t"
			     "pushq %1\n\t"
			     "leaq 1f(%%rip), %%rax\n\t"
			     "pushq %%rax\n\t"
			     "lretq\n"
			     "1:\tmovl %2, %%eax\n\t"
			     "movl %%eax, %%ds\n\t"
			     "movl %%eax, %%es\n\t"
			     "movl %%eax, %%ss\n\t"
			     "ltr %w3"
			     :
			     : "m"(pointer), "i"(KERNEL_CS), "i"(KERNEL_DS),
			       "r"(TSS_SEL)
			     : "rax", "memory");
}
