/*
 * 4-level paging (Intel SDM volume 3A, 4.5) with the largest pages that fit:
 * 1 GiB where the CPU has them, 2 MiB, 4 KiB at the edges.
 */
#include "arch/cpu.h"
#include "arch/io.h"
#include "arch/mmio.h"
#include "arch/paging.h"
#include "arch/stack.h"
#include "kernel/log.h"
#include "kernel/page.h"
#include "lib/errno.h"
#include "lib/string.h"

#define PTE_PRESENT   (1ull << 0)
#define PTE_WRITE     (1ull << 1)
#define PTE_PWT	      (1ull << 3)
#define PTE_PCD	      (1ull << 4)
#define PTE_LARGE     (1ull << 7)
#define PTE_NX	      (1ull << 63)
#define PTE_ADDR      0x000ffffffffff000ull
#define PTE_RIGHTS    (PTE_WRITE | PTE_PWT | PTE_PCD | PTE_NX)
#define TABLE_ENTRIES 512

#define CR0_WP	 (1ull << 16)
#define EFER_NXE (1ull << 11)

extern u8 image_start[], text_end[], rodata_end[], image_end[];
extern u8 boot_stack_guard[], boot_stack_bottom[];

static u64 *root;

static const u64 rights_bits[] = {
	[PAGE_RX] = 0,
	[PAGE_R] = PTE_NX,
	[PAGE_RW] = PTE_NX | PTE_WRITE,
	/* PCD and PWT: uncached whatever the MTRRs say (SDM 3A, 11.5.2). */
	[PAGE_MMIO] = PTE_NX | PTE_WRITE | PTE_PCD | PTE_PWT,
};

static u64 page_size(int level)
{
	return PAGE_SIZE << 9 * level;
}

static u64 *entry_of(u64 *table, u64 virt, int level)
{
	return &table[virt / page_size(level) % TABLE_ENTRIES];
}

static bool is_leaf(u64 entry, int level)
{
	return (entry & PTE_PRESENT) && (level == 0 || (entry & PTE_LARGE));
}

/* The table behind an entry, made when the entry is empty. */
static u64 *table_below(u64 *entry)
{
	u64 *table;

	if (*entry)
		return (u64 *)(*entry & PTE_ADDR);
	table = page_alloc(0);
	if (!table)
		return NULL;
	memset(table, 0, PAGE_SIZE);
	*entry = (u64)table | PTE_PRESENT | PTE_WRITE;
	return table;
}

static bool fits(int level, u64 addrs, u64 len)
{
	if (level == 0)
		return true;
	return level <= (cpu_features.pages_1g ? 2 : 1) &&
	       !(addrs & (page_size(level) - 1)) && len >= page_size(level);
}

/* Does the page of this entry show phys at virt, with these rights? */
static bool same_page(u64 entry, int level, u64 offset, u64 phys, u64 bits)
{
	u64 base = entry & PTE_ADDR & ~(page_size(level) - 1);

	return base + offset == phys && (entry & PTE_RIGHTS) == bits;
}

/* Maps one page; stores how much of the range that was. */
static int map_page(u64 virt, u64 phys, u64 bits, u64 *len)
{
	u64 *table = root;
	int level;

	for (level = 3;; level--) {
		u64 *entry = entry_of(table, virt, level);
		u64 offset = virt & (page_size(level) - 1);

		if (is_leaf(*entry, level)) {
			*len = page_size(level) - offset;
			return same_page(*entry, level, offset, phys, bits)
				       ? 0
				       : -EEXIST;
		}
		if (!*entry && fits(level, virt | phys, *len)) {
			*entry = phys | bits | PTE_PRESENT |
				 (level ? PTE_LARGE : 0);
			*len = page_size(level);
			return 0;
		}
		table = table_below(entry);
		if (!table)
			return -ENOMEM;
	}
}

int paging_map(u64 virt, u64 phys, u64 len, enum page_rights rights)
{
	while (len) {
		u64 done = len;
		int err = map_page(virt, phys, rights_bits[rights], &done);

		if (err)
			return err;
		done = MIN(done, len);
		virt += done;
		phys += done;
		len -= done;
	}
	return 0;
}

/* The entry that maps virt and its level; NULL when nothing does. */
static u64 *leaf_of(u64 virt, int *level)
{
	u64 *table = root ? root : (u64 *)(READ_CR(3) & PTE_ADDR);

	if (virt >> 47)
		return NULL;
	for (*level = 3;; --*level) {
		u64 *entry = entry_of(table, virt, *level);

		if (!(*entry & PTE_PRESENT))
			return NULL;
		if (is_leaf(*entry, *level))
			return entry;
		table = (u64 *)(*entry & PTE_ADDR);
	}
}

void paging_unmap(u64 virt, u64 len)
{
	u64 end = virt + len;
	int level;

	for (; virt < end; virt += PAGE_SIZE) {
		u64 *entry = leaf_of(virt, &level);

		if (!entry || level != 0)
			continue;
		*entry = 0;
		__asm__ __volatile__("invlpg (%0)" : : "r"(virt) : "memory");
	}
}

u64 paging_translate(u64 virt)
{
	int level;
	u64 *entry = leaf_of(virt, &level);
	u64 mask;

	if (!entry)
		return UINT64_MAX;
	mask = page_size(level) - 1;
	return (*entry & PTE_ADDR & ~mask) + (virt & mask);
}

bool paging_is_mapped(u64 virt)
{
	int level;

	return leaf_of(virt, &level) != NULL;
}

bool paging_is_stack_guard(u64 virt)
{
	return virt >= STACK_WINDOW &&
	       virt < STACK_WINDOW + STACK_SLOTS * STACK_SLOT &&
	       !paging_is_mapped(virt);
}

void *mmio_map(u64 phys, size_t len)
{
	u64 start = phys & ~(PAGE_SIZE - 1);
	u64 end = ALIGN_UP(phys + len, PAGE_SIZE);
	int err;

	if (!start || end <= start || end > STACK_WINDOW ||
	    end > 1ull << cpu_features.phys_bits)
		return NULL;
	err = paging_map(start, start, end - start, PAGE_MMIO);
	if (err) {
		pr_err("mmio: cannot map %#llx: error %d",
		       (unsigned long long)phys, err);
		return NULL;
	}
	return (void *)phys;
}

static void map_image(const u8 *from, const u8 *to, enum page_rights rights)
{
	if (paging_map((u64)from, (u64)from, to - from, rights))
		panic("paging: no memory for the page tables");
}

void paging_init(void)
{
	u64 *table = page_alloc(0);

	if (!table)
		panic("paging: no memory for the page tables");
	memset(table, 0, PAGE_SIZE);
	root = table;
	map_image(image_start, text_end, PAGE_RX);
	map_image(text_end, rodata_end, PAGE_R);
	map_image(rodata_end, boot_stack_guard, PAGE_RW);
	map_image(boot_stack_bottom, image_end, PAGE_RW);
}

void paging_enable(void)
{
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
	WRITE_CR(0, READ_CR(0) | CR0_WP);
	WRITE_CR(3, (u64)root);
}
