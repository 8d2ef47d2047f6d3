/* Multiboot2: what the loader's tags say. */
#pragma once

#include "boot/boot_info.h"

/*
 * Adds what the tags at `tags` (8-aligned) say to a zeroed boot_info. Pure:
 * no I/O.
 */
void multiboot2_read(struct boot_info *info, const void *tags);
