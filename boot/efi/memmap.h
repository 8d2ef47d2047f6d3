/* From UEFI's memory map to that of boot_info. No I/O, no firmware. */
#pragma once

#include "boot/boot_info.h"

/*
 * Adds the descriptors in map[size], each `stride` bytes (more than we know
 * of, as a rule), as the kernel will find them: what belonged to loaders and
 * boot services is free. Returns how many bytes of all that are usable.
 */
u64 efi_map_read(struct boot_info *info, const void *map, size_t size,
		 size_t stride);
