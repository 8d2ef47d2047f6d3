/* Direct boot by PVH: what struct hvm_start_info says. */
#pragma once

#include "boot/boot_info.h"

/*
 * The `len` bytes at the physical address, NULL when they are not there.
 * Nothing that a loader's structure points to is read in any other way.
 */
typedef const void *(*pvh_memory)(u64 addr, u64 len);

/* Adds to a zeroed boot_info what start_info says. Pure but for `memory`. */
void pvh_read(struct boot_info *info, const void *start_info,
	      pvh_memory memory);

/* The memory that the boot page tables show: the first 4 GiB. */
const void *pvh_mapped(u64 addr, u64 len);
