/*
 * From GRUB to C. The header (Multiboot2 specification 2.0, section 3.1)
 * asks for the memory map, the RSDP and the command line; the loader enters
 * in 32-bit protected mode without paging (section 3.3), also on UEFI, whose
 * boot services it has left by then. Long mode: Intel SDM volume 3A, 9.8.5.
 */
	.set MAGIC, 0xe85250d6
	.set LOADER_MAGIC, 0x36d76289
	.set TAG_COMMAND_LINE, 1
	.set TAG_LOADER_NAME, 2
	.set TAG_MODULE, 3
	.set TAG_MEMORY_MAP, 6
	.set TAG_ACPI_OLD, 14
	.set TAG_ACPI_NEW, 15

	.set CR0_PE_WP_PG, 0x80010001
	.set CR4_PAE, 1 << 5
	.set MSR_EFER, 0xc0000080
	.set EFER_LME, 1 << 8
	.set EFLAGS_ID, 1 << 21
	.set CPUID_LONG_MODE, 1 << 29
	.set PAGE_TABLE, 0x03		/* present, writable */
	.set PAGE_2M, 0x83		/* and a large page */

	.set COM1, 0x3f8
	.set STACK_SIZE, 16384

	.section .boot, "ax"
	.balign 8
header:
	.long MAGIC, 0, header_end - header
	.long -(MAGIC + header_end - header)
	/* Information request, optional: what is missing is reported in C. */
	.balign 8
request:
	.short 1, 1
	.long request_end - request
	.long TAG_COMMAND_LINE, TAG_LOADER_NAME, TAG_MODULE
	.long TAG_MEMORY_MAP, TAG_ACPI_OLD, TAG_ACPI_NEW
request_end:
	/* Modules on page boundaries. */
	.balign 8
	.short 6, 0
	.long 8
	.balign 8
	.short 0, 0
	.long 8
header_end:

	.code32
	.globl multiboot2_entry
multiboot2_entry:
	cli
	cld
	mov	$boot_stack_top, %esp
	mov	%ebx, %esi		/* the information structure */
	mov	$text_no_multiboot2, %ebp
	cmp	$LOADER_MAGIC, %eax
	jne	refuse

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
	cmp	$2048, %ecx
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
	ljmp	$8, $entry64

/* Writes the text at ebp to the serial port and stops. */
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
	mov	$16, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	xor	%eax, %eax
	mov	%eax, %fs
	mov	%eax, %gs
	lldt	%ax
	mov	$boot_stack_top, %esp
	mov	%esi, %edi
	xor	%ebp, %ebp		/* the last frame of a backtrace */
	call	multiboot2_main
	ud2

	.section .rodata.boot, "a"
text_no_multiboot2:
	.asciz	"barenet: not started by a Multiboot2 loader, halted\r\n"
text_no_long_mode:
	.asciz	"barenet: this CPU has no long mode (64 bits), halted\r\n"
/* Register + 1 and value: 115200 baud, 8N1, FIFO (see arch/serial.c). */
uart_setup:
	.byte	2, 0, 4, 0x80, 1, 1, 2, 0, 4, 3, 3, 7, 0, 0

	.balign 8
early_gdt:
	.quad	0
	.quad	0x00af9b000000ffff	/* 64-bit code */
	.quad	0x00cf93000000ffff	/* data */
early_gdt_pointer:
	.short	early_gdt_pointer - early_gdt - 1
	.long	early_gdt

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
