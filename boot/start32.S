/*
 * The common way from 32-bit protected mode without paging, in which every
 * loader's entry ends up, to C in long mode (Intel SDM volume 3A, 9.8.5):
 *
 *	esi	what the C function takes: a pointer below 4 GiB
 *	edi	the C function, which does not return
 *
 * Segments are flat; interrupts are off from here on.
 */
#include "boot/start32.h"

	.set CR0_PE_WP_PG, 0x80010001
	.set CR4_PAE, 1 << 5
	.set MSR_EFER, 0xc0000080
	.set EFER_LME, 1 << 8
	.set EFLAGS_ID, 1 << 21
	.set CPUID_LONG_MODE, 1 << 29
	.set PAGE_TABLE, 0x03		/* present, writable */
	.set PAGE_2M, 0x83		/* and a large page */
	.set PAGES_2M, 2048		/* of the first 4 GiB */

	.set COM1, 0x3f8
	.set STACK_SIZE, 16384

	.section .text.start32, "ax"
	.code32
	.globl start32
start32:
	cli
	cld
	mov	$boot_stack_top, %esp
	mov	$text_no_long_mode, %ebp
	/* Without CPUID the ID flag cannot be changed: SDM volume 1, 3.4.3. */
	pushf
	mov	(%esp), %ecx
	xorl	$EFLAGS_ID, (%esp)
	popf
	pushf
	pop	%eax
	xor	%ecx, %eax
	test	$EFLAGS_ID, %eax
	jz	refuse
	mov	$0x80000000, %eax
	cpuid
	cmp	$0x80000001, %eax
	jb	refuse
	mov	$0x80000001, %eax
	cpuid
	test	$CPUID_LONG_MODE, %edx
	jz	refuse
	rdtsc				/* here the clock begins */
	mov	%eax, tsc_at_entry
	mov	%edx, tsc_at_entry + 4

	/* The first 4 GiB, virtual = physical, in pages of 2 MiB. */
	movl	$early_pdpt + PAGE_TABLE, early_pml4
	xor	%ecx, %ecx
	mov	$early_pd + PAGE_TABLE, %eax
1:	mov	%eax, early_pdpt(,%ecx,8)
	add	$4096, %eax
	inc	%ecx
	cmp	$4, %ecx
	jne	1b
	xor	%ecx, %ecx
	mov	$PAGE_2M, %eax
2:	mov	%eax, early_pd(,%ecx,8)
	add	$0x200000, %eax
	inc	%ecx
	cmp	$PAGES_2M, %ecx
	jne	2b

	mov	$CR4_PAE, %eax
	mov	%eax, %cr4
	mov	$early_pml4, %eax
	mov	%eax, %cr3
	mov	$MSR_EFER, %ecx
	rdmsr
	or	$EFER_LME, %eax
	wrmsr
	mov	$CR0_PE_WP_PG, %eax
	mov	%eax, %cr0
	lgdt	early_gdt_pointer
	ljmp	$EARLY_CS64, $entry64

/* Writes the text at ebp to the serial port and stops. */
	.globl refuse
refuse:
	mov	$uart_setup, %esi
	xor	%edx, %edx
3:	movb	(%esi), %dl
	movb	1(%esi), %al
	test	%edx, %edx
	jz	4f
	add	$COM1 - 1, %edx
	outb	%al, %dx
	xor	%edx, %edx
	add	$2, %esi
	jmp	3b
4:	movb	(%ebp), %bl
	test	%bl, %bl
	jz	6f
	mov	$100000, %ecx		/* a port that is not there */
	mov	$COM1 + 5, %edx
5:	inb	%dx, %al
	test	$0x20, %al
	loopz	5b
	mov	$COM1, %edx
	movb	%bl, %al
	outb	%al, %dx
	inc	%ebp
	jmp	4b
6:	hlt
	jmp	6b

	.code64
entry64:
	mov	$EARLY_DS, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	xor	%eax, %eax
	mov	%eax, %fs
	mov	%eax, %gs
	lldt	%ax
	mov	$boot_stack_top, %esp
	mov	%edi, %eax
	mov	%esi, %edi
	xor	%ebp, %ebp		/* the last frame of a backtrace */
	call	*%rax
	ud2

	.section .rodata.boot, "a"
text_no_long_mode:
	.asciz	"barenet: this CPU has no long mode (64 bits), halted\r\n"
/* Register + 1 and value: 115200 baud, 8N1, FIFO (see arch/serial.c). */
uart_setup:
	.byte	2, 0, 4, 0x80, 1, 1, 2, 0, 4, 3, 3, 7, 0, 0

	.balign 8
early_gdt:
	.quad	0
	.quad	0x00af9b000000ffff	/* EARLY_CS64 */
	.quad	0x00cf93000000ffff	/* EARLY_DS */
	.quad	0x00cf9b000000ffff	/* EARLY_CS32 */
	.globl early_gdt_pointer
early_gdt_pointer:
	.short	early_gdt_pointer - early_gdt - 1
	.quad	early_gdt		/* 32-bit lgdt reads the low half */

	.section .bss.early_tables, "aw", @nobits
	.balign 4096
early_pml4:
	.skip	4096
early_pdpt:
	.skip	4096
early_pd:
	.skip	4 * 4096

/* The boot stack, later that of the task "main", over its guard page. */
	.section .boot_stack, "aw", @nobits
	.balign 4096
	.globl boot_stack_guard, boot_stack_bottom, boot_stack_top
boot_stack_guard:
	.skip	4096
boot_stack_bottom:
	.skip	STACK_SIZE
boot_stack_top:

	.section .note.GNU-stack, "", @progbits
