/*
 * EFI_MEMORY_DESCRIPTOR (UEFI 2.10, 7.2.3) to boot_info. What each type means
 * after ExitBootServices: table 7.10.
 */
#include "boot/efi/memmap.h"
#include "lib/string.h"

enum efi_type {
	EFI_LOADER_CODE = 1,
	EFI_LOADER_DATA = 2,
	EFI_BOOT_CODE = 3,
	EFI_BOOT_DATA = 4,
	EFI_CONVENTIONAL = 7,
	EFI_UNUSABLE = 8,
	EFI_ACPI_RECLAIM = 9,
	EFI_ACPI_NVS = 10,
};

struct descriptor {
	u32 type, pad;
	u64 start, virt, pages, attribute;
};

_Static_assert(sizeof(struct descriptor) == 40, "UEFI 7.2.3");

static enum boot_memory_type type_of(u32 type)
{
	switch ((enum efi_type)type) {
	case EFI_LOADER_CODE:
	case EFI_LOADER_DATA:
	case EFI_BOOT_CODE:
	case EFI_BOOT_DATA:
	case EFI_CONVENTIONAL:
		return BOOT_MEMORY_USABLE;
	case EFI_ACPI_RECLAIM:
		return BOOT_MEMORY_ACPI;
	case EFI_ACPI_NVS:
		return BOOT_MEMORY_ACPI_NVS;
	case EFI_UNUSABLE:
		return BOOT_MEMORY_BAD;
	}
	return BOOT_MEMORY_RESERVED;
}

u64 efi_map_read(struct boot_info *info, const void *map, size_t size,
		 size_t stride)
{
	struct descriptor d;
	u64 usable = 0;
	size_t off;

	if (stride < sizeof(d))
		return 0;
	for (off = 0; size - off >= stride; off += stride) {
		enum boot_memory_type type;

		memcpy(&d, (const u8 *)map + off, sizeof(d));
		if (d.pages > UINT64_MAX / PAGE_SIZE) {
			info->ranges_lost++;
			continue;
		}
		type = type_of(d.type);
		boot_info_add_range(info, d.start, d.pages * PAGE_SIZE, type);
		if (type == BOOT_MEMORY_USABLE)
			usable += d.pages * PAGE_SIZE;
	}
	return usable;
}
