/*
 * GRUB's way in. The header (Multiboot2 specification 2.0, section 3.1) asks
 * for the memory map, the RSDP, the command line and a screen; the loader
 * enters in 32-bit protected mode without paging (section 3.3), also on UEFI,
 * whose boot services it has left by then.
 */
	.set MAGIC, 0xe85250d6
	.set LOADER_MAGIC, 0x36d76289
	.set TAG_COMMAND_LINE, 1
	.set TAG_LOADER_NAME, 2
	.set TAG_MODULE, 3
	.set TAG_MEMORY_MAP, 6
	.set TAG_FRAMEBUFFER, 8
	.set TAG_ACPI_OLD, 14
	.set TAG_ACPI_NEW, 15

	.set CONSOLE_TEXT, 1 << 1

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
	.long TAG_MEMORY_MAP, TAG_FRAMEBUFFER, TAG_ACPI_OLD, TAG_ACPI_NEW
request_end:
	/* Text on the console will do, and what it is shall be told. */
	.balign 8
	.short 4, 1
	.long 12
	.long CONSOLE_TEXT
	/* A framebuffer of any size where there is no text (UEFI): optional. */
	.balign 8
	.short 5, 1
	.long 20
	.long 0, 0, 32
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
	mov	$text_no_multiboot2, %ebp
	cmp	$LOADER_MAGIC, %eax
	jne	refuse
	mov	%ebx, %esi		/* the information structure */
	mov	$multiboot2_main, %edi
	jmp	start32

	.section .rodata.boot, "a"
text_no_multiboot2:
	.asciz	"barenet: not started by a Multiboot2 loader, halted\r\n"

	.section .note.GNU-stack, "", @progbits
