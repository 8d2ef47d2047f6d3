/*
 * Exceptions (Intel SDM volume 3A, 6.15): each is a mistake of ours or of
 * the hardware, so the handler says all it knows on the console and halts.
 */
#include <stdarg.h>
#include "arch/io.h"
#include "arch/paging.h"
#include "arch/trap.h"
#include "kernel/machine.h"
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

void trap_print(const char *fmt, ...)
{
	char line[160];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	machine_console_write(line, MIN((size_t)len, sizeof(line) - 1));
}

#define HEX(v) ((unsigned long long)(v))

static void print_registers(const struct trap_frame *f)
{
	trap_print("rip %016llx rsp %016llx rflags %08llx cs %llx ss %llx\n",
		   HEX(f->rip), HEX(f->rsp), HEX(f->rflags), HEX(f->cs),
		   HEX(f->ss));
	trap_print("rax %016llx rbx %016llx rcx %016llx rdx %016llx\n",
		   HEX(f->rax), HEX(f->rbx), HEX(f->rcx), HEX(f->rdx));
	trap_print("rsi %016llx rdi %016llx rbp %016llx r8  %016llx\n",
		   HEX(f->rsi), HEX(f->rdi), HEX(f->rbp), HEX(f->r8));
	trap_print("r9  %016llx r10 %016llx r11 %016llx r12 %016llx\n",
		   HEX(f->r9), HEX(f->r10), HEX(f->r11), HEX(f->r12));
	trap_print("r13 %016llx r14 %016llx r15 %016llx\n", HEX(f->r13),
		   HEX(f->r14), HEX(f->r15));
	trap_print("cr0 %08llx cr2 %016llx cr3 %08llx cr4 %08llx\n",
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

	if (is_stack_guard(addr))
		trap_print("stack overflow in task %s: guard page\n",
			   task_name());
	trap_print("cannot %s %#llx: %s\n", act, HEX(addr),
		   error & 8   ? "reserved bit in a page table"
		   : error & 1 ? "no right to"
			       : "not mapped");
}

void trap(const struct trap_frame *frame)
{
	static bool dying;
	u64 v = frame->vector;

	if (dying)
		machine_halt();
	dying = v != TRAP_NMI;
	trap_print("\n*** exception %llu: %s, error code %#llx, task %s\n",
		   HEX(v), v < ARRAY_SIZE(names) ? names[v] : "reserved",
		   HEX(frame->error_code), task_name());
	if (v == TRAP_PAGE_FAULT)
		print_page_fault(frame->error_code, READ_CR(2));
	print_registers(frame);
	backtrace_from(frame->rip, frame->rbp);
	if (v == TRAP_NMI)
		return;
	trap_print("*** halted\n");
	machine_halt();
}
