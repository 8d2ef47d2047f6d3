/*
 * Files of the file system that the loader came from: EFI_LOADED_IMAGE
 * (UEFI 2.10, 9.1), EFI_SIMPLE_FILE_SYSTEM (13.4), EFI_FILE (13.5).
 */
#include "boot/efi/loader.h"

#define LOW_MAX 0xffffffffull

static EFI_STATUS open_volume(EFI_HANDLE image, EFI_FILE_PROTOCOL **root)
{
	EFI_GUID loaded_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
	EFI_GUID fs_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
	EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *fs;
	EFI_LOADED_IMAGE_PROTOCOL *loaded;
	EFI_STATUS status;

	status = BS->HandleProtocol(image, &loaded_guid, (void **)&loaded);
	if (!EFI_ERROR(status))
		status = BS->HandleProtocol(loaded->DeviceHandle, &fs_guid,
					    (void **)&fs);
	if (!EFI_ERROR(status))
		status = fs->OpenVolume(fs, root);
	if (EFI_ERROR(status))
		Print(L"barenet: no file system where I was loaded from: %r\n",
		      status);
	return status == EFI_NOT_FOUND ? EFI_LOAD_ERROR : status;
}

/* A firmware's GetInfo wants room for the name: seeking is simpler. */
static EFI_STATUS size_of(EFI_FILE_PROTOCOL *file, UINT64 *size)
{
	EFI_STATUS status = file->SetPosition(file, UINT64_MAX);

	if (!EFI_ERROR(status))
		status = file->GetPosition(file, size);
	if (!EFI_ERROR(status))
		status = file->SetPosition(file, 0);
	return status;
}

static EFI_STATUS read_whole(EFI_FILE_PROTOCOL *file, const CHAR16 *path,
			     struct efi_file *out)
{
	EFI_PHYSICAL_ADDRESS at = LOW_MAX;
	EFI_STATUS status;
	UINT64 size;
	UINTN len;

	status = size_of(file, &size);
	if (EFI_ERROR(status)) {
		Print(L"barenet: cannot read %s: %r\n", path, status);
		return EFI_LOAD_ERROR;
	}
	/* At least one page, so that an empty file has an address too. */
	out->pages = size ? EFI_SIZE_TO_PAGES(size) : 1;
	status = BS->AllocatePages(AllocateMaxAddress, EfiLoaderData,
				   out->pages, &at);
	if (EFI_ERROR(status)) {
		Print(L"barenet: too little memory for %s, %ld bytes\n", path,
		      size);
		return EFI_OUT_OF_RESOURCES;
	}
	out->data = (void *)at;
	out->size = len = size;
	status = file->Read(file, &len, out->data);
	if (!EFI_ERROR(status) && len == size)
		return EFI_SUCCESS;
	Print(L"barenet: cannot read %s: %ld of %ld bytes: %r\n", path,
	      (UINT64)len, size, status);
	file_free(out);
	return EFI_LOAD_ERROR;
}

EFI_STATUS file_read(EFI_HANDLE image, const CHAR16 *path, struct efi_file *out)
{
	EFI_FILE_PROTOCOL *root, *file;
	EFI_STATUS status = open_volume(image, &root);

	if (EFI_ERROR(status))
		return status;
	status = root->Open(root, &file, (CHAR16 *)path, EFI_FILE_MODE_READ, 0);
	root->Close(root);
	if (status == EFI_NOT_FOUND)
		return status;
	if (EFI_ERROR(status)) {
		Print(L"barenet: cannot open %s: %r\n", path, status);
		return EFI_LOAD_ERROR;
	}
	status = read_whole(file, path, out);
	file->Close(file);
	return status;
}

void file_free(struct efi_file *file)
{
	BS->FreePages((EFI_PHYSICAL_ADDRESS)file->data, file->pages);
}
