/*
 * Interrupt and exception entry (Intel SDM volume 3A, 6.14). Vectors below
 * 32 are exceptions: all registers are saved into a struct trap_frame and
 * trap() does not return, but for NMI. The others are interrupts: only what
 * a C function may change is saved, below a frame record (rbp, rip) so that
 * a backtrace walks through.
 */
	.set FIRST_IRQ, 32

	.section .text.isr, "ax"

/* Vectors 32 to 255, 16 bytes each. */
	.balign 16
	.globl isr_irq_entries
isr_irq_entries:
	.set vector, FIRST_IRQ
	.rept 256 - FIRST_IRQ
	.balign 16
	push	%rbp
	push	%rdi
	mov	$vector, %edi
	jmp	irq_common
	.set vector, vector + 1
	.endr

	.balign 16
irq_common:
	lea	8(%rsp), %rbp
	push	%rax
	push	%rcx
	push	%rdx
	push	%rsi
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	sub	$8, %rsp		/* the ABI's 16-byte alignment */
	cld
	call	irq_dispatch
	add	$8, %rsp
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rsi
	pop	%rdx
	pop	%rcx
	pop	%rax
	pop	%rdi
	pop	%rbp
	iretq

/* Vectors 0 to 31, 16 bytes each; 0 stands in for a missing error code. */
	.balign 16
	.globl isr_trap_entries
isr_trap_entries:
	.set vector, 0
	.rept FIRST_IRQ
	.balign 16
	.if vector != 8 && (vector < 10 || vector > 14) && vector != 17 && \
	    vector != 21 && vector != 29 && vector != 30
	push	$0
	.endif
	push	$vector
	jmp	trap_common
	.set vector, vector + 1
	.endr

	.balign 16
trap_common:
	push	%rax
	push	%rbx
	push	%rcx
	push	%rdx
	push	%rsi
	push	%rdi
	push	%rbp
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	cld
	mov	%rsp, %rdi
	call	trap
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rbp
	pop	%rdi
	pop	%rsi
	pop	%rdx
	pop	%rcx
	pop	%rbx
	pop	%rax
	add	$16, %rsp
	iretq

	.section .note.GNU-stack, "", @progbits
