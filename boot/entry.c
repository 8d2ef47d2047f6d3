/*
 * The C side of each way in: assembly calls here on the boot stack, with the
 * first 4 GiB mapped and interrupts off.
 */
#include "boot/entry.h"
#include "boot/boot_info.h"
#include "boot/handoff.h"
#include "boot/multiboot2.h"
#include "boot/pvh.h"

static struct boot_info info;

/* Found by the loader in boot/efi/, through the ELF's note segment. */
static const struct handoff_note note
	__attribute__((section(".note.barenet"), used)) aligned(4) = {
		.name_size = sizeof(HANDOFF_NAME),
		.desc_size = sizeof(struct handoff_desc),
		.type = HANDOFF_NOTE,
		.name = HANDOFF_NAME,
		.desc =
			{
				.abi = HANDOFF_ABI,
				.info_size = sizeof(struct boot_info),
				.entry = (u64)handoff_entry,
			},
};

void multiboot2_main(const void *tags)
{
	info.method = "multiboot2";
	multiboot2_read(&info, tags);
	kmain(&info);
}

void pvh_main(const void *start_info)
{
	info.method = "pvh";
	pvh_read(&info, start_info, pvh_mapped);
	kmain(&info);
}

void handoff_main(const struct boot_info *from)
{
	info = *from;
	info.method = "efi";
	kmain(&info);
}
