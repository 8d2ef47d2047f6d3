/*
 * The C side of each way in: assembly calls here on the boot stack, with the
 * first 4 GiB mapped and interrupts off.
 */
#include "boot/boot_info.h"
#include "boot/entry.h"
#include "boot/multiboot2.h"

static struct boot_info info;

void multiboot2_main(const void *tags)
{
	info.method = "multiboot2";
	multiboot2_read(&info, tags);
	kmain(&info);
}
