/*
 * What a 64-bit loader needs to know of the kernel's ELF: a note with where
 * to enter, and how large and which version of struct boot_info is expected
 * there. The loader and the kernel are built from the same boot_info.h but
 * may come to a disk at different times.
 *
 *	note: name "barenet", type HANDOFF_NOTE, struct handoff_desc
 *	entry: 64-bit mode, interrupts off, rdi = struct boot_info below
 *	4 GiB, kernel and boot_info mapped virtual = physical
 */
#pragma once

#include "lib/types.h"

#define HANDOFF_NAME "barenet"
#define HANDOFF_NOTE 1
#define HANDOFF_ABI  2 /* plus one with each change of struct boot_info */

struct handoff_desc {
	u32 abi;
	u32 info_size; /* sizeof(struct boot_info) */
	u64 entry;
};

/* As it lies in the ELF; gABI, "Note Section". */
struct handoff_note {
	u32 name_size, desc_size, type;
	char name[8];
	struct handoff_desc desc;
} packed;

_Static_assert(sizeof(struct handoff_note) == 36, "no padding");
