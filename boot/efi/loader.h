/*
 * The EFI application that loads barenet: BOOTX64.EFI. Built by gnu-efi for
 * the firmware's world (position independent, its calling convention); only
 * elf_check.c and memmap.c know nothing of firmware and are tested on the
 * host. Functions return EFI_SUCCESS, or what goes back to the firmware
 * after a sentence on its console.
 */
#pragma once

#include <efi/efi.h>
#include <efi/efilib.h>

#include "boot/boot_info.h"
#include "boot/efi/elf_check.h"

/* From gnu-efi's start code, in the calling convention of the kernel. */
EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table);

struct efi_file {
	void *data; /* whole pages, in the loader's memory */
	UINTN size, pages;
};

/*
 * Reads a file of the file system that we were loaded from into memory below
 * 4 GiB. EFI_NOT_FOUND without a word when there is none; any other error
 * has been said.
 */
EFI_STATUS file_read(EFI_HANDLE image, const CHAR16 *path,
		     struct efi_file *out) must_check;
void file_free(struct efi_file *file);

/* Puts the segments at their physical addresses, which it claims first. */
EFI_STATUS kernel_place(const struct efi_file *file,
			const struct elf_image *elf) must_check;

/* RSDP, entropy and screen, as far as the firmware has them. */
void tables_read(struct boot_info *info);

/*
 * Memory map, ExitBootServices, jump. Returns only what ExitBootServices
 * refuses for good; from its first call on the console is not used.
 */
EFI_STATUS kernel_enter(EFI_HANDLE image, struct boot_info *info,
			const struct elf_image *elf) must_check;
