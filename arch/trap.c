/*
 * Exceptions (Intel SDM volume 3A, 6.15): each is a mistake of ours or of
 * the hardware, so the handler says all it knows and ends the machine, as
 * kernel/panic.h says.
 */
#include "arch/io.h"
#include "arch/paging.h"
#include "arch/trap.h"
#include "kernel/panic.h"
#include "kernel/task.h"
#include "lib/printf.h"

extern u8 boot_stack_guard[], boot_stack_bottom[];

static const char *const names[] = {
	"divide error",
	"debug",
	"NMI",
	"breakpoint",
	"overflow",
	"bound range exceeded",
	"invalid opcode",
	"no FPU",
	"double fault",
	"coprocessor overrun",
	"invalid TSS",
	"segment not present",
	"stack segment fault",
	"general protection",
	"page fault",
	"reserved",
	"x87 error",
	"alignment check",
	"machine check",
	"SIMD error",
	"virtualization",
	"control protection",
};

#define HEX(v) ((unsigned long long)(v))

void trap_print_registers(const struct trap_frame *f)
{
	log_line("rip %016llx rsp %016llx rflags %08llx cs %llx ss %llx",
		 HEX(f->rip), HEX(f->rsp), HEX(f->rflags), HEX(f->cs),
		 HEX(f->ss));
	log_line("rax %016llx rbx %016llx rcx %016llx", HEX(f->rax),
		 HEX(f->rbx), HEX(f->rcx));
	log_line("rdx %016llx rsi %016llx rdi %016llx", HEX(f->rdx),
		 HEX(f->rsi), HEX(f->rdi));
	log_line("rbp %016llx r8  %016llx r9  %016llx", HEX(f->rbp), HEX(f->r8),
		 HEX(f->r9));
	log_line("r10 %016llx r11 %016llx r12 %016llx", HEX(f->r10),
		 HEX(f->r11), HEX(f->r12));
	log_line("r13 %016llx r14 %016llx r15 %016llx", HEX(f->r13),
		 HEX(f->r14), HEX(f->r15));
	log_line("cr0 %08llx cr2 %016llx cr3 %08llx cr4 %08llx",
		 HEX(READ_CR(0)), HEX(READ_CR(2)), HEX(READ_CR(3)),
		 HEX(READ_CR(4)));
}

static const char *task_name(void)
{
	const struct task *task = task_current();

	return task ? task->name : "none";
}

static bool is_stack_guard(u64 addr)
{
	return (addr >= (u64)boot_stack_guard &&
		addr < (u64)boot_stack_bottom) ||
	       paging_is_stack_guard(addr);
}

/* Error code bits: SDM volume 3A, figure 4-12. */
static void print_page_fault(u64 error, u64 addr)
{
	const char *act = error & 16 ? "execute" : error & 2 ? "write" : "read";

	log_line("cannot %s %#llx: %s", act, HEX(addr),
		 error & 8   ? "reserved bit in a page table"
		 : error & 1 ? "no right to"
			     : "not mapped");
}

static void describe(const struct trap_frame *frame, char *text, size_t size)
{
	u64 v = frame->vector;

	if (v == TRAP_PAGE_FAULT && is_stack_guard(READ_CR(2)))
		snprintf(text, size, "stack overflow in task %s: guard page",
			 task_name());
	else
		snprintf(text, size, "exception %llu: %s, error code %#llx",
			 HEX(v), v < ARRAY_SIZE(names) ? names[v] : "reserved",
			 HEX(frame->error_code));
}

/* An NMI may come in the middle of a report, and is no reason for one. */
static void trap_nmi(const struct trap_frame *frame)
{
	if (panicking)
		return;
	log_line("NMI in task %s", task_name());
	trap_print_registers(frame);
	backtrace_from(frame->rip, frame->rbp);
}

void trap(const struct trap_frame *frame)
{
	char reason[96];

	if (frame->vector == TRAP_NMI) {
		trap_nmi(frame);
		return;
	}
	describe(frame, reason, sizeof(reason));
	panic_begin(reason);
	if (frame->vector == TRAP_PAGE_FAULT)
		print_page_fault(frame->error_code, READ_CR(2));
	trap_print_registers(frame);
	backtrace_from(frame->rip, frame->rbp);
	panic_end(reason);
}
