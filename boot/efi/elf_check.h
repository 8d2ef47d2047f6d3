/* Is this file a kernel of ours, and what goes where? No I/O, no firmware. */
#pragma once

#include "lib/types.h"

struct elf_segment {
	u64 offset, file_size; /* in the file */
	u64 addr, size;	       /* in memory; behind file_size: zeros */
	bool executable;
};

#define ELF_SEGMENTS 8
#define ELF_SPAN_MAX (64ull << 20)

struct elf_image {
	struct elf_segment segments[ELF_SEGMENTS];
	unsigned count;
	u64 start, end; /* of all segments, page aligned */
	u64 entry;	/* 64-bit, see boot/handoff.h */
};

/*
 * Fills *out from the whole file at `file`, which may be of any size and
 * content. NULL when all is well, else a sentence that says what is wrong.
 */
const char *elf_check(const void *file, size_t size, struct elf_image *out);
