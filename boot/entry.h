/* Called by assembly only: boot/entry.c. */
#pragma once

#include "lib/types.h"

/* From multiboot2_entry.S; tags: the loader's information structure. */
void multiboot2_main(const void *tags) noreturn;
