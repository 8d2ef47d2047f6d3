/*
 * Device registers: map them here, then use mmio_read32 and mmio_write32 of
 * kernel/machine.h.
 */
#pragma once

#include "lib/types.h"

/*
 * Makes physical [phys, phys+len) accessible, uncached; any alignment. NULL
 * when that is no device memory or page tables are out. Task context.
 */
void *mmio_map(u64 phys, size_t len) must_check;
