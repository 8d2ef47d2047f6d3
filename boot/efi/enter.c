/*
 * From UEFI to the kernel: its place in memory, what else the firmware
 * knows, and ExitBootServices (UEFI 2.10, 7.4.6), after which nothing of the
 * firmware is used.
 */
#include "boot/efi/loader.h"
#include "boot/efi/memmap.h"
#include "lib/string.h"

#define EXIT_TRIES	  8
#define SPARE_DESCRIPTORS 32 /* allocating the map's room may add some */
#define MIN_MEMORY	  (4ull << 20)

struct efi_map {
	void *data;
	UINTN room, size, key, stride;
};

EFI_STATUS kernel_place(const struct efi_file *file,
			const struct elf_image *elf)
{
	EFI_PHYSICAL_ADDRESS at = elf->start;
	UINTN pages = (elf->end - elf->start) / PAGE_SIZE;
	EFI_STATUS status;
	unsigned i;

	/* Code: newer firmware forbids execution in data pages. */
	status = BS->AllocatePages(AllocateAddress, EfiLoaderCode, pages, &at);
	if (EFI_ERROR(status)) {
		Print(L"barenet: the kernel's place, %lx to %lx, is taken by "
		      L"the firmware or no memory: %r\n",
		      elf->start, elf->end, status);
		return status == EFI_NOT_FOUND ? EFI_OUT_OF_RESOURCES : status;
	}
	memset((void *)elf->start, 0, elf->end - elf->start);
	for (i = 0; i < elf->count; i++) {
		const struct elf_segment *s = &elf->segments[i];

		memcpy((void *)s->addr, (u8 *)file->data + s->offset,
		       s->file_size);
	}
	Print(L"barenet: kernel at %lx to %lx\n", elf->start, elf->end);
	return EFI_SUCCESS;
}

/* The RSDP: UEFI 2.10, 4.6.1.1; the newer of the two tables if it is there. */
static void read_rsdp(struct boot_info *info)
{
	EFI_GUID new_guid = ACPI_20_TABLE_GUID, old_guid = ACPI_TABLE_GUID;
	UINTN i;

	for (i = 0; i < ST->NumberOfTableEntries; i++) {
		const EFI_CONFIGURATION_TABLE *t = &ST->ConfigurationTable[i];
		const u8 *rsdp = t->VendorTable;
		u32 len = BOOT_RSDP_OLD;

		if (memcmp(&t->VendorGuid, &new_guid, sizeof(new_guid)) == 0 &&
		    rsdp[BOOT_RSDP_REV] >= 2)
			len = BOOT_RSDP_SIZE;
		else if (memcmp(&t->VendorGuid, &old_guid, sizeof(old_guid)))
			continue;
		if (len <= info->rsdp_len)
			continue;
		memcpy(info->rsdp, rsdp, len);
		info->rsdp_len = len;
	}
}

/* EFI_RNG_PROTOCOL: UEFI 2.10, 37.5. */
static void read_entropy(struct boot_info *info)
{
	EFI_GUID guid = EFI_RNG_PROTOCOL_GUID;
	EFI_RNG_PROTOCOL *rng;

	if (EFI_ERROR(BS->LocateProtocol(&guid, NULL, (void **)&rng)) ||
	    EFI_ERROR(rng->GetRNG(rng, NULL, BOOT_ENTROPY, info->entropy)))
		return;
	info->entropy_len = BOOT_ENTROPY;
}

/* The mode that the console is in: UEFI 2.10, 12.9. */
static void read_framebuffer(struct boot_info *info)
{
	EFI_GUID guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
	const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *mode;
	EFI_GRAPHICS_OUTPUT_PROTOCOL *gop;

	if (EFI_ERROR(BS->LocateProtocol(&guid, NULL, (void **)&gop)) ||
	    !gop->Mode || !gop->Mode->Info)
		return;
	mode = gop->Mode->Info;
	if (mode->PixelFormat != PixelRedGreenBlueReserved8BitPerColor &&
	    mode->PixelFormat != PixelBlueGreenRedReserved8BitPerColor)
		return;
	info->framebuffer = (struct framebuffer){
		.type = FRAMEBUFFER_RGB,
		.addr = gop->Mode->FrameBufferBase,
		.pitch = mode->PixelsPerScanLine * 4,
		.width = mode->HorizontalResolution,
		.height = mode->VerticalResolution,
		.bpp = 32,
	};
}

void tables_read(struct boot_info *info)
{
	read_rsdp(info);
	read_entropy(info);
	read_framebuffer(info);
	Print(L"barenet: ACPI tables %a, %d bytes of entropy\n",
	      info->rsdp_len ? "found" : "not found", (int)info->entropy_len);
}

static EFI_STATUS map_get(struct efi_map *map)
{
	UINT32 version;

	map->size = map->room;
	return BS->GetMemoryMap(&map->size, map->data, &map->key, &map->stride,
				&version);
}

/* Room for the map with some to spare: later nothing may be allocated. */
static EFI_STATUS map_alloc(struct efi_map *map)
{
	EFI_STATUS status;

	memset(map, 0, sizeof(*map));
	status = map_get(map);
	if (status != EFI_BUFFER_TOO_SMALL)
		return EFI_ERROR(status) ? status : EFI_DEVICE_ERROR;
	map->room = map->size + SPARE_DESCRIPTORS * map->stride;
	return BS->AllocatePool(EfiLoaderData, map->room, &map->data);
}

/* Is there enough to run in once the firmware has left its memory? */
static EFI_STATUS check_memory(const struct efi_map *map,
			       struct boot_info *info)
{
	u64 usable = efi_map_read(info, map->data, map->size, map->stride);

	if (usable >= MIN_MEMORY)
		return EFI_SUCCESS;
	Print(L"barenet: %ld KiB of memory are too little, %ld are needed\n",
	      usable >> 10, MIN_MEMORY >> 10);
	return EFI_OUT_OF_RESOURCES;
}

/*
 * The map must be the newest: an event between GetMemoryMap and
 * ExitBootServices makes its key stale. Then both again, and nothing else.
 */
static EFI_STATUS exit_boot_services(EFI_HANDLE image, struct efi_map *map)
{
	EFI_STATUS status = EFI_DEVICE_ERROR;
	unsigned i;

	for (i = 0; i < EXIT_TRIES; i++) {
		status = map_get(map);
		if (EFI_ERROR(status))
			return status;
		status = BS->ExitBootServices(image, map->key);
		if (status != EFI_INVALID_PARAMETER)
			return status;
	}
	return status;
}

EFI_STATUS kernel_enter(EFI_HANDLE image, struct boot_info *info,
			const struct elf_image *elf)
{
	void (*entry)(struct boot_info * info) __attribute__((sysv_abi));
	struct efi_map map;
	EFI_STATUS status = map_alloc(&map);

	if (!EFI_ERROR(status))
		status = map_get(&map);
	if (!EFI_ERROR(status))
		status = check_memory(&map, info);
	if (!EFI_ERROR(status))
		status = exit_boot_services(image, &map);
	if (EFI_ERROR(status))
		return status;
	__asm__ __volatile__("cli" ::: "memory");
	info->range_count = info->ranges_lost = 0;
	efi_map_read(info, map.data, map.size, map.stride);
	entry = (void *)elf->entry;
	entry(info);
	return EFI_ABORTED;
}
