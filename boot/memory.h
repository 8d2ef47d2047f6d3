/* From a loader's memory map to usable RAM. */
#pragma once

#include "boot/boot_info.h"

struct mem_range {
	u64 start, end; /* page aligned, end exclusive */
};

#define MEM_RANGES  64 /* while computing */
#define MEM_REGIONS 15 /* at most, the largest, of the result */

/*
 * Usable memory from 1 MiB on, in order and without overlap, minus what the
 * map also calls something else, minus the modules and [image, image_end).
 * Pure: no I/O. Returns how many ranges there are in out[MEM_RANGES], not
 * more than MEM_REGIONS.
 */
unsigned memory_usable(const struct boot_info *info, u64 image, u64 image_end,
		       struct mem_range *out);

/* Hands all of it to the page allocator and turns our own paging on. */
void memory_init(const struct boot_info *info);
