/*
 * The page allocator and the page tables each need the other: memory below
 * 4 GiB, which the boot tables map, goes first and holds the new tables; the
 * rest follows when they are in use.
 */
#include "arch/display.h"
#include "arch/paging.h"
#include "boot/memory.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "kernel/page.h"

#define BOOT_MAPPED_END (1ull << 32)
#define MIN_MEMORY	(2560ull << 10) /* below it HTTP stands still */

extern u8 image_start[], image_end[];

/* The part of each range that is in [from, to), to the page allocator. */
static void add_regions(const struct mem_range *ranges, unsigned count,
			u64 from, u64 to)
{
	unsigned i;

	for (i = 0; i < count; i++) {
		u64 start = MAX(ranges[i].start, from);
		u64 end = MIN(ranges[i].end, to);

		if (start < end)
			page_add_region((void *)start, end - start);
	}
}

static void map_ram(u64 start, u64 end, enum page_rights rights)
{
	if (paging_map(start, start, end - start, rights))
		panic("memory: cannot map %#llx-%#llx",
		      (unsigned long long)start, (unsigned long long)end);
}

/* Nothing of ours writes there: files are sent from where they lie. */
static void map_modules(const struct boot_info *info)
{
	unsigned i;

	for (i = 0; i < info->module_count; i++) {
		const struct boot_module *m = &info->modules[i];

		if (m->len)
			map_ram(m->start & ~(PAGE_SIZE - 1),
				ALIGN_UP(m->start + m->len, PAGE_SIZE), PAGE_R);
	}
}

void memory_init(const struct boot_info *info)
{
	struct mem_range ranges[MEM_RANGES];
	unsigned count =
		memory_usable(info, (u64)image_start, (u64)image_end, ranges);
	unsigned i;

	if (info->ranges_lost)
		pr_warn("memory: %u entries of the map left out",
			info->ranges_lost);
	add_regions(ranges, count, 0, BOOT_MAPPED_END);
	if (page_total_bytes() < MIN_MEMORY) {
		pr_err("memory: %llu KiB are too little, %llu are needed: "
		       "halted",
		       (unsigned long long)page_total_bytes() >> 10,
		       (unsigned long long)MIN_MEMORY >> 10);
		machine_halt();
	}
	paging_init();
	for (i = 0; i < count; i++)
		map_ram(ranges[i].start, ranges[i].end, PAGE_RW);
	map_modules(info);
	paging_enable();
	display_map(&info->framebuffer);
	add_regions(ranges, count, BOOT_MAPPED_END, UINT64_MAX);
	pr_info("memory: %llu KiB usable",
		(unsigned long long)page_total_bytes() >> 10);
}
