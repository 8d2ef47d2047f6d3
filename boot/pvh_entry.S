/*
 * Direct boot (`qemu -kernel`, Xen PVH, cloud-hypervisor, Firecracker): the
 * ELF note XEN_ELFNOTE_PHYS32_ENTRY names an entry that is called in 32-bit
 * protected mode without paging, ebx = struct hvm_start_info (Xen's
 * docs/misc/pvh.pandoc, "x86/HVM direct boot ABI").
 */
	.set XEN_ELFNOTE_PHYS32_ENTRY, 18

	.section .note.Xen, "a", @note
	.balign 4
	.long	4			/* of the name with its end */
	.long	8			/* of the address */
	.long	XEN_ELFNOTE_PHYS32_ENTRY
	.asciz	"Xen"
	.quad	pvh_entry

	.section .text.pvh_entry, "ax"
	.code32
pvh_entry:
	mov	%ebx, %esi
	mov	$pvh_main, %edi
	jmp	start32

	.section .note.GNU-stack, "", @progbits
