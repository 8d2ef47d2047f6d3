/* Called by assembly only: boot/entry.c. */
#pragma once

#include "lib/types.h"

struct boot_info;

/* From multiboot2_entry.S; tags: the loader's information structure. */
void multiboot2_main(const void *tags) noreturn;

/* From pvh_entry.S; start_info: struct hvm_start_info. */
void pvh_main(const void *start_info) noreturn;

/* From handoff_entry.S; `from` lies in the loader's memory. */
void handoff_main(const struct boot_info *from) noreturn;

/* 64-bit, called by nobody here: its address is in the note. */
void handoff_entry(void);
