/* Exceptions: what the CPU and isr.S leave on the stack. */
#pragma once

#include "lib/types.h"

enum trap_vector {
	TRAP_NMI = 2,
	TRAP_DOUBLE_FAULT = 8,
	TRAP_PAGE_FAULT = 14,
	TRAP_MACHINE_CHECK = 18,
};

struct trap_frame {
	u64 r15, r14, r13, r12, r11, r10, r9, r8;
	u64 rbp, rdi, rsi, rdx, rcx, rbx, rax;
	u64 vector, error_code;
	u64 rip, cs, rflags, rsp, ss; /* by the CPU */
};

_Static_assert(sizeof(struct trap_frame) == 22 * 8, "as isr.S pushes it");

/* Called by isr.S for vectors 0 to 31; returns for an NMI only. */
void trap(const struct trap_frame *frame);

/* Function names from the frame record at `rbp` outwards, a line each. */
void backtrace_from(u64 rip, u64 rbp);

/* Its registers, and the control registers of now. */
void trap_print_registers(const struct trap_frame *frame);
