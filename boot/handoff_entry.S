/*
 * For loaders that run in long mode, as the one in boot/efi/: rdi points to
 * a struct boot_info below 4 GiB (boot/handoff.h). What the firmware has set
 * up (page tables of 4 or 5 levels, its own segments) is left behind: out of
 * long mode (Intel SDM volume 3A, 9.8.5.4) and into it again by start32.
 */
#include "boot/start32.h"

	.set CR0_PG_BIT, 31
	.set CR4_PCIDE_CET, 1 << 17 | 1 << 23	/* neither without paging */
	.set MSR_EFER, 0xc0000080
	.set EFER_LME_BIT, 8

	.section .text.handoff_entry, "ax"
	.code64
	.globl handoff_entry
handoff_entry:
	cli
	cld
	mov	%rdi, %rsi
	mov	$handoff_main, %edi
	mov	$boot_stack_top, %esp
	mov	%cr4, %rax
	and	$~(CR4_PCIDE_CET), %rax
	mov	%rax, %cr4
	lgdt	early_gdt_pointer
	pushq	$EARLY_CS32
	pushq	$leave_long_mode
	lretq

	.code32
leave_long_mode:
	mov	$EARLY_DS, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	%cr0, %eax
	btr	$CR0_PG_BIT, %eax
	mov	%eax, %cr0
	mov	$MSR_EFER, %ecx
	rdmsr
	btr	$EFER_LME_BIT, %eax
	wrmsr
	jmp	start32

	.section .note.GNU-stack, "", @progbits
