/* Filling a boot_info, for all who read what a loader left. No I/O. */
#include "boot/boot_info.h"
#include "lib/string.h"

void boot_info_add_range(struct boot_info *info, u64 start, u64 len,
			 enum boot_memory_type type)
{
	struct boot_range *last = NULL;

	if (start + len < start) {
		info->ranges_lost++;
		return;
	}
	if (info->range_count)
		last = &info->ranges[info->range_count - 1];
	if (last && last->type == type && last->start + last->len == start) {
		last->len += len;
		return;
	}
	if (info->range_count == BOOT_RANGES) {
		info->ranges_lost++;
		return;
	}
	info->ranges[info->range_count++] =
		(struct boot_range){start, len, type};
}

struct boot_module *boot_info_add_module(struct boot_info *info, u64 start,
					 u64 len)
{
	struct boot_module *mod = &info->modules[info->module_count];

	if (start + len < start || info->module_count == BOOT_MODULES)
		return NULL;
	info->module_count++;
	mod->start = start;
	mod->len = len;
	mod->name[0] = '\0';
	return mod;
}

void boot_info_text(char *dst, size_t size, const void *text, size_t len)
{
	len = strnlen(text, MIN(len, size - 1));
	memcpy(dst, text, len);
	dst[len] = '\0';
}
