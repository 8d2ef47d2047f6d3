/*
 * Reads the tags that a Multiboot2 loader leaves (specification 2.0, section
 * 3.4) into a boot_info. Every length is checked against what contains it: a
 * tag that does not fit is left out, and nothing behind the end is read.
 */
#include "boot/boot_info.h"
#include "boot/multiboot2.h"
#include "lib/string.h"

enum tag_type {
	TAG_END = 0,
	TAG_COMMAND_LINE = 1,
	TAG_LOADER_NAME = 2,
	TAG_MODULE = 3,
	TAG_MEMORY_MAP = 6,
	TAG_FRAMEBUFFER = 8,
	TAG_ACPI_OLD = 14,
	TAG_ACPI_NEW = 15,
};

struct tag {
	u32 type;
	u32 size; /* with this header, without the padding to 8 */
};

struct tag_module {
	struct tag tag;
	u32 start, end;
	char name[];
};

struct tag_memory_map {
	struct tag tag;
	u32 entry_size;
	u32 entry_version;
};

struct tag_framebuffer {
	struct tag tag;
	u64 addr;
	u32 pitch, width, height;
	u8 bpp, type;
	u16 reserved;
};

enum { FB_INDEXED, FB_RGB, FB_EGA_TEXT };

struct memory_entry {
	u64 start, len;
	u32 type, zero;
};

_Static_assert(sizeof(struct tag_module) == 16, "section 3.6.6");
_Static_assert(sizeof(struct tag_memory_map) == 16, "section 3.6.8");
_Static_assert(sizeof(struct tag_framebuffer) == 32, "section 3.6.12");
_Static_assert(sizeof(struct memory_entry) == 24, "section 3.6.8");

#define INFO_SIZE_MAX (1024 * 1024)

static void read_module(struct boot_info *info, const struct tag_module *mod)
{
	struct boot_module *out;

	if (mod->tag.size < sizeof(*mod) || mod->end < mod->start)
		return;
	out = boot_info_add_module(info, mod->start, mod->end - mod->start);
	if (out)
		boot_info_text(out->name, sizeof(out->name), mod->name,
			       mod->tag.size - sizeof(*mod));
}

static void read_range(struct boot_info *info, const struct memory_entry *entry)
{
	boot_info_add_range(info, entry->start, entry->len, entry->type);
}

static void read_memory_map(struct boot_info *info,
			    const struct tag_memory_map *map)
{
	u32 off;

	if (map->tag.size < sizeof(*map) ||
	    map->entry_size < sizeof(struct memory_entry))
		return;
	for (off = sizeof(*map); map->tag.size - off >= map->entry_size;
	     off += map->entry_size)
		read_range(info, (const void *)((const u8 *)map + off));
}

/* The new RSDP is a superset of the old one and wins over it. */
static void read_rsdp(struct boot_info *info, const struct tag *tag)
{
	u32 len = MIN(tag->size - (u32)sizeof(*tag), (u32)BOOT_RSDP_SIZE);

	if (len <= info->rsdp_len)
		return;
	memcpy(info->rsdp, tag + 1, len);
	info->rsdp_len = len;
}

static void read_framebuffer(struct boot_info *info,
			     const struct tag_framebuffer *tag)
{
	struct framebuffer *fb = &info->framebuffer;

	if (tag->tag.size < sizeof(*tag) || tag->type == FB_INDEXED ||
	    tag->type > FB_EGA_TEXT)
		return;
	fb->type = tag->type == FB_RGB ? FRAMEBUFFER_RGB : FRAMEBUFFER_TEXT;
	fb->addr = tag->addr;
	fb->pitch = tag->pitch;
	fb->width = tag->width;
	fb->height = tag->height;
	fb->bpp = tag->bpp;
}

static void read_tag(struct boot_info *info, const struct tag *tag)
{
	size_t len = tag->size - sizeof(*tag);

	switch ((enum tag_type)tag->type) {
	case TAG_COMMAND_LINE:
		boot_info_text(info->cmdline, sizeof(info->cmdline), tag + 1,
			       len);
		break;
	case TAG_LOADER_NAME:
		boot_info_text(info->loader, sizeof(info->loader), tag + 1,
			       len);
		break;
	case TAG_MODULE:
		read_module(info, (const struct tag_module *)tag);
		break;
	case TAG_MEMORY_MAP:
		read_memory_map(info, (const struct tag_memory_map *)tag);
		break;
	case TAG_FRAMEBUFFER:
		read_framebuffer(info, (const struct tag_framebuffer *)tag);
		break;
	case TAG_ACPI_OLD:
	case TAG_ACPI_NEW:
		read_rsdp(info, tag);
		break;
	case TAG_END:
		break;
	}
}

void multiboot2_read(struct boot_info *info, const void *tags)
{
	u32 total = MIN(*(const u32 *)tags, (u32)INFO_SIZE_MAX);
	u32 off = 8; /* behind the total size and a reserved word */

	while (off <= total && total - off >= sizeof(struct tag)) {
		const struct tag *tag = (const void *)((const u8 *)tags + off);

		if (tag->type == TAG_END || tag->size < sizeof(*tag) ||
		    tag->size > total - off)
			return;
		read_tag(info, tag);
		off += ALIGN_UP(tag->size, 8u);
	}
}
