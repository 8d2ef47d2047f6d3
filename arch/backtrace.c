/*
 * Walks frame records (System V ABI for x86-64, 3.2.2) and names the return
 * addresses by the table that tools/symbols.sh links in. Each record is
 * looked up in the page tables before it is read: the chain may be damaged.
 */
#include "arch/cpu.h"
#include "arch/paging.h"
#include "arch/trap.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "lib/string.h"

#define FRAMES_MAX 24

/*
 * The functions in order: the first one's address, the steps from each to the
 * next, and the names. A byte of a name from PAIRS on stands for two bytes,
 * each of which may again stand for two.
 */
#define PAIRS	 128
#define NAME_LEN 64
extern const u32 symbol_count, symbol_first;
extern const u16 symbol_steps[];
extern const u8 symbol_pairs[][2];
extern const u8 symbol_names[];
extern const u8 text_end[];

static size_t unpack(u8 byte, char name[NAME_LEN], size_t len)
{
	if (byte >= PAIRS) {
		len = unpack(symbol_pairs[byte - PAIRS][0], name, len);
		return unpack(symbol_pairs[byte - PAIRS][1], name, len);
	}
	if (len < NAME_LEN - 1)
		name[len++] = (char)byte;
	return len;
}

/* Returns where the function begins that addr is in. */
static u64 find_function(u64 addr, char name[NAME_LEN])
{
	const u8 *at = symbol_names;
	u64 start = symbol_first;
	size_t len = 0;

	for (u32 i = 0; i + 1 < symbol_count; i++) {
		if (start + symbol_steps[i] > addr)
			break;
		start += symbol_steps[i];
		at += strlen((const char *)at) + 1;
	}
	while (*at)
		len = unpack(*at++, name, len);
	name[len] = '\0';
	return start;
}

static bool is_text(u64 addr)
{
	return addr >= symbol_first && addr < (u64)text_end;
}

/*
 * The function is that of `call`: a call that does not return may be the last
 * of its function, and what is behind it another one.
 */
static void print_address(u64 addr, u64 call)
{
	char name[NAME_LEN];
	u64 start;

	if (!is_text(addr)) {
		log_line("  %#llx (no code)", (unsigned long long)addr);
		return;
	}
	start = find_function(call, name);
	log_line("  %#llx %s+%#llx", (unsigned long long)addr, name,
		 (unsigned long long)(addr - start));
}

void backtrace_from(u64 rip, u64 rbp)
{
	unsigned i;

	log_line("backtrace:");
	print_address(rip, rip);
	for (i = 0; i < FRAMES_MAX && rbp; i++) {
		const u64 *record = (const u64 *)rbp;

		if (rbp % 8 || !paging_is_mapped(rbp) ||
		    !paging_is_mapped(rbp + 8)) {
			log_line("  frame %#llx is no stack",
				 (unsigned long long)rbp);
			return;
		}
		if (!record[1])
			return;
		print_address(record[1], record[1] - 1);
		rbp = record[0];
	}
}

void machine_backtrace(void)
{
	const u64 *record = __builtin_frame_address(0);

	backtrace_from(record[1], record[0]);
}

/* What registers hold here: of the caller's those that calls leave alone. */
static inline void capture(struct trap_frame *frame)
{
	__asm__ __volatile__("movq %%r15, (%0)\n\t"
			     "movq %%r14, 8(%0)\n\t"
			     "movq %%r13, 16(%0)\n\t"
			     "movq %%r12, 24(%0)\n\t"
			     "movq %%r11, 32(%0)\n\t"
			     "movq %%r10, 40(%0)\n\t"
			     "movq %%r9, 48(%0)\n\t"
			     "movq %%r8, 56(%0)\n\t"
			     "movq %%rdi, 72(%0)\n\t"
			     "movq %%rsi, 80(%0)\n\t"
			     "movq %%rdx, 88(%0)\n\t"
			     "movq %%rcx, 96(%0)\n\t"
			     "movq %%rbx, 104(%0)\n\t"
			     "movq %%rax, 112(%0)\n\t"
			     "pushfq\n\t"
			     "popq 152(%0)\n\t"
			     :
			     : "r"(frame)
			     : "memory");
}

_Static_assert(offsetof(struct trap_frame, rax) == 112 &&
		       offsetof(struct trap_frame, rflags) == 152,
	       "as captured");

void machine_dump(void)
{
	const u64 *record = __builtin_frame_address(0);
	struct trap_frame frame = {.cs = KERNEL_CS, .ss = KERNEL_DS};

	capture(&frame);
	frame.rip = record[1];
	frame.rbp = record[0];
	frame.rsp = (u64)(record + 2);
	trap_print_registers(&frame);
	backtrace_from(frame.rip, frame.rbp);
}
