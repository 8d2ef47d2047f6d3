/*
 * Walks frame records (System V ABI for x86-64, 3.2.2) and names the return
 * addresses by the table that tools/symbols.sh links in. Each record is
 * looked up in the page tables before it is read: the chain may be damaged.
 */
#include "arch/paging.h"
#include "arch/trap.h"
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

static void print_address(u64 addr)
{
	char name[NAME_LEN];
	u64 start;

	if (!is_text(addr)) {
		trap_print("  %#llx (no code)\n", (unsigned long long)addr);
		return;
	}
	start = find_function(addr, name);
	trap_print("  %#llx %s+%#llx\n", (unsigned long long)addr, name,
		   (unsigned long long)(addr - start));
}

void backtrace_from(u64 rip, u64 rbp)
{
	unsigned i;

	trap_print("backtrace:\n");
	print_address(rip);
	for (i = 0; i < FRAMES_MAX && rbp; i++) {
		const u64 *record = (const u64 *)rbp;

		if (rbp % 8 || !paging_is_mapped(rbp) ||
		    !paging_is_mapped(rbp + 8)) {
			trap_print("  frame %#llx is no stack\n",
				   (unsigned long long)rbp);
			return;
		}
		if (!record[1])
			return;
		print_address(record[1]);
		rbp = record[0];
	}
}

void machine_backtrace(void)
{
	const u64 *record = __builtin_frame_address(0);

	backtrace_from(record[1], record[0]);
}
