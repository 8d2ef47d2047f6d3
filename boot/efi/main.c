/*
 * \EFI\BOOT\BOOTX64.EFI: what UEFI starts from a disk by itself (UEFI 2.10,
 * 3.5.1.1). On the same file system it looks for
 *
 *	\barenet.elf	the kernel, stripped or not
 *	\barenet.cfg	its command line, if there is one
 *	\site.tar	a module for it, if there is one
 *
 * and whatever is wrong costs a sentence and goes back to the firmware, which
 * tries the next boot option.
 */
#include "boot/efi/loader.h"
#include "lib/string.h"

#define LOW_MAX 0xffffffffull

static EFI_STATUS load_kernel(EFI_HANDLE image, struct elf_image *elf)
{
	struct efi_file file;
	EFI_STATUS status = file_read(image, L"\\barenet.elf", &file);
	const char *why;

	if (status == EFI_NOT_FOUND)
		Print(L"barenet: there is no \\barenet.elf beside this "
		      L"loader's \\EFI folder\n");
	if (EFI_ERROR(status))
		return status;
	why = elf_check(file.data, file.size, elf);
	if (why) {
		Print(L"barenet: \\barenet.elf is %a\n", why);
		status = EFI_LOAD_ERROR;
	} else {
		status = kernel_place(&file, elf);
	}
	file_free(&file);
	return status;
}

static EFI_STATUS read_cmdline(EFI_HANDLE image, struct boot_info *info)
{
	struct efi_file file;
	EFI_STATUS status = file_read(image, L"\\barenet.cfg", &file);

	if (status == EFI_NOT_FOUND)
		return EFI_SUCCESS;
	if (EFI_ERROR(status))
		return status;
	if (file.size >= sizeof(info->cmdline))
		Print(L"barenet: \\barenet.cfg is cut to %d bytes\n",
		      (int)sizeof(info->cmdline) - 1);
	boot_info_text(info->cmdline, sizeof(info->cmdline), file.data,
		       file.size);
	file_free(&file);
	return EFI_SUCCESS;
}

/* Stays where it was read to; kmain gets its place. */
static EFI_STATUS read_site(EFI_HANDLE image, struct boot_info *info)
{
	static const char name[] = "site.tar";
	struct efi_file file;
	struct boot_module *mod;
	EFI_STATUS status = file_read(image, L"\\site.tar", &file);

	if (status == EFI_NOT_FOUND)
		return EFI_SUCCESS;
	if (EFI_ERROR(status))
		return status;
	mod = boot_info_add_module(info, (u64)file.data, file.size);
	if (mod)
		memcpy(mod->name, name, sizeof(name));
	Print(L"barenet: site.tar, %d bytes\n", (int)file.size);
	return EFI_SUCCESS;
}

/* Where the kernel's entry, which knows 32-bit addresses, can read it. */
static struct boot_info *info_alloc(void)
{
	EFI_PHYSICAL_ADDRESS at = LOW_MAX;
	UINTN pages = EFI_SIZE_TO_PAGES(sizeof(struct boot_info));

	if (EFI_ERROR(BS->AllocatePages(AllocateMaxAddress, EfiLoaderData,
					pages, &at))) {
		Print(L"barenet: too little memory for the boot information\n");
		return NULL;
	}
	memset((void *)at, 0, sizeof(struct boot_info));
	return (void *)at;
}

/* The revision's low half is ten times the number behind the point. */
static void name_loader(struct boot_info *info)
{
	static const char name[] = "BOOTX64.EFI on UEFI 2.";
	u32 minor = (ST->Hdr.Revision & 0xffff) / 10 % 100;
	char *p = info->loader + sizeof(name) - 1;

	memcpy(info->loader, name, sizeof(name));
	if (minor >= 10)
		*p++ = (char)('0' + minor / 10);
	*p++ = (char)('0' + minor % 10);
	*p = '\0';
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	struct elf_image elf;
	struct boot_info *info;
	EFI_STATUS status;

	InitializeLib(image, table);
	Print(L"barenet: EFI loader\n");
	info = info_alloc();
	if (!info)
		return EFI_OUT_OF_RESOURCES;
	name_loader(info);
	status = load_kernel(image, &elf);
	if (!EFI_ERROR(status))
		status = read_cmdline(image, info);
	if (!EFI_ERROR(status))
		status = read_site(image, info);
	if (!EFI_ERROR(status)) {
		tables_read(info);
		Print(L"barenet: starting at %lx\n", elf.entry);
		status = kernel_enter(image, info, &elf);
	}
	Print(L"barenet: not started: %r\n", status);
	return status;
}
