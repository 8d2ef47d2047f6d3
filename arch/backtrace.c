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
 * symbol_addrs is in order; symbol_names holds the names in that order. A
 * byte from PAIRS on stands for two, each of which may again stand for two.
 */
#define PAIRS	 128
#define NAME_LEN 64
extern const u32 symbol_count;
extern const u32 symbol_addrs[];
extern const u8 symbol_pairs[][2];
extern const u8 symbol_names[];
extern const u8 image_start[], text_end[];

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

static const char *name_of(u32 index, char name[NAME_LEN])
{
	const u8 *at = symbol_names;
	size_t len = 0;

	while (index--)
		at += strlen((const char *)at) + 1;
	while (*at)
		len = unpack(*at++, name, len);
	name[len] = '\0';
	return name;
}

static bool is_text(u64 addr)
{
	return addr >= (u64)image_start && addr < (u64)text_end;
}

static void print_address(u64 addr)
{
	char name[NAME_LEN];
	u32 lo = 0, hi = symbol_count;

	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (symbol_addrs[mid] <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo || !is_text(addr)) {
		trap_print("  %#llx (no code)\n", (unsigned long long)addr);
		return;
	}
	trap_print("  %#llx %s+%#llx\n", (unsigned long long)addr,
		   name_of(lo - 1, name),
		   (unsigned long long)(addr - symbol_addrs[lo - 1]));
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
