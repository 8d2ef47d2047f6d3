/*
 * The task switch: a cooperative call, so the System V ABI's callee-saved
 * registers (3.2.1) and the stack pointer are all there is to keep.
 */
	.text
	.globl machine_switch
	.type machine_switch, @function
/* machine_switch(from: rdi, to: rsi); `sp` is first in machine_context. */
machine_switch:
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, (%rdi)
	mov	(%rsi), %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	ret

/* Where a new context comes in: entry in r12, its argument in r13. */
	.globl context_start
	.type context_start, @function
context_start:
	mov	%r13, %rdi
	xor	%ebp, %ebp		/* the last frame of a backtrace */
	call	*%r12
	ud2

	.section .note.GNU-stack, "", @progbits
