/*
 * What every way of booting hands to kmain: a loader's entry code fills one
 * boot_info from whatever its firmware gives it, and nothing later in the
 * kernel knows which loader it was. All of it is copied out of the loader's
 * own memory, which may be reused at once; modules stay where they are.
 */
#pragma once

#include "arch/display.h"
#include "lib/types.h"

/* The numbers are those of E820 and Multiboot2. */
enum boot_memory_type {
	BOOT_MEMORY_USABLE = 1,
	BOOT_MEMORY_RESERVED = 2,
	BOOT_MEMORY_ACPI = 3,
	BOOT_MEMORY_ACPI_NVS = 4,
	BOOT_MEMORY_BAD = 5,
};

struct boot_range {
	u64 start, len;
	enum boot_memory_type type;
};

struct boot_module {
	u64 start, len;
	char name[32];
};

#define BOOT_RANGES    128
#define BOOT_MODULES   4
#define BOOT_RSDP_SIZE 36 /* of ACPI 2.0 and later */
#define BOOT_RSDP_OLD  20 /* before */
#define BOOT_RSDP_REV  15 /* where its revision is: 2 and later are new */
#define BOOT_CMDLINE   1024
#define BOOT_ENTROPY   64

struct boot_info {
	const char *method; /* "multiboot2", "pvh", "efi" */
	char loader[48];    /* the loader's own name */
	char cmdline[BOOT_CMDLINE];
	struct boot_range ranges[BOOT_RANGES];
	unsigned range_count;
	unsigned ranges_lost; /* that did not fit, or made no sense */
	struct boot_module modules[BOOT_MODULES];
	unsigned module_count;
	u8 rsdp[BOOT_RSDP_SIZE];
	u32 rsdp_len; /* 0: the loader gave none */
	u8 entropy[BOOT_ENTROPY];
	u32 entropy_len;		/* 0: the loader gave none */
	struct framebuffer framebuffer; /* of type 0: there is none */
};

/*
 * Adds a part of the memory map; one that goes on where the last one ends
 * makes that longer. What does not fit or wraps is counted in ranges_lost.
 */
void boot_info_add_range(struct boot_info *info, u64 start, u64 len,
			 enum boot_memory_type type);

/* A new module without a name; NULL when it wraps or there are too many. */
struct boot_module *boot_info_add_module(struct boot_info *info, u64 start,
					 u64 len);

/* Text of at most `len` bytes into dst[size], always terminated. */
void boot_info_text(char *dst, size_t size, const void *text, size_t len);

/* The common way from here on: boot/kmain.c. Entropy is used and wiped. */
void kmain(struct boot_info *info) noreturn;
