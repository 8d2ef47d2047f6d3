/*
 * Reads Xen's struct hvm_start_info (docs/misc/pvh.pandoc, and its
 * public/arch-x86/hvm/start_info.h) into a boot_info. It is a tree of
 * physical addresses:
 *
 *	start_info --+--> modules[nr]  --> command line of each
 *	             +--> command line
 *	             +--> RSDP
 *	             +--> memory map[nr], from version 1 on
 *
 * Each is looked up whole before a byte of it is read; what lies outside of
 * memory, or makes no sense, is as good as absent.
 */
#include "boot/pvh.h"
#include "lib/string.h"

#define START_MAGIC 0x336ec578
#define MAPPED_END  (1ull << 32)
#define ENTRIES_MAX 4096

struct start_info {
	u32 magic, version, flags, module_count;
	u64 modules, cmdline, rsdp;
	u64 memory_map; /* this and the rest: since version 1 */
	u32 memory_map_count, reserved;
};

struct module_entry {
	u64 addr, size, cmdline, reserved;
};

struct memory_entry {
	u64 addr, size;
	u32 type, reserved;
};

#define START_SIZE_V0 offsetof(struct start_info, memory_map)

_Static_assert(START_SIZE_V0 == 40, "hvm_start_info, version 0");
_Static_assert(sizeof(struct start_info) == 56, "hvm_start_info, version 1");
_Static_assert(sizeof(struct module_entry) == 32, "hvm_modlist_entry");
_Static_assert(sizeof(struct memory_entry) == 24, "hvm_memmap_table_entry");

const void *pvh_mapped(u64 addr, u64 len)
{
	if (!addr || len > MAPPED_END || addr > MAPPED_END - len)
		return NULL;
	return (const void *)addr;
}

static const void *list_entry_at(u64 list, u64 i, u64 size, pvh_memory memory)
{
	return list ? memory(list + i * size, size) : NULL;
}

/* How long the text is nobody says: byte by byte to its end or ours. */
static void read_text(char *dst, size_t size, u64 addr, pvh_memory memory)
{
	size_t i;

	dst[0] = '\0';
	for (i = 0; addr && i < size - 1; i++) {
		const char *c = memory(addr + i, 1);

		if (!c || !*c)
			break;
		dst[i] = *c;
		dst[i + 1] = '\0';
	}
}

static void read_module(struct boot_info *info, const void *at,
			pvh_memory memory)
{
	struct module_entry entry;
	struct boot_module *mod;

	memcpy(&entry, at, sizeof(entry));
	if (entry.size && !memory(entry.addr, entry.size))
		return;
	mod = boot_info_add_module(info, entry.addr, entry.size);
	if (!mod)
		return;
	read_text(mod->name, sizeof(mod->name), entry.cmdline, memory);
	/* QEMU's -initrd comes without a name; the site is what it is for. */
	if (!mod->name[0])
		memcpy(mod->name, "site.tar", sizeof("site.tar"));
}

static void read_range(struct boot_info *info, const void *at)
{
	struct memory_entry entry;

	memcpy(&entry, at, sizeof(entry));
	boot_info_add_range(info, entry.addr, entry.size, entry.type);
}

/* Each entry by itself: of a list with a wrong count, the good part. */
static void read_lists(struct boot_info *info, const struct start_info *start,
		       pvh_memory memory)
{
	const void *at;
	u64 i;

	for (i = 0; i < MIN(start->module_count, (u32)ENTRIES_MAX); i++) {
		at = list_entry_at(start->modules, i,
				   sizeof(struct module_entry), memory);
		if (!at)
			break;
		read_module(info, at, memory);
	}
	for (i = 0; i < MIN(start->memory_map_count, (u32)ENTRIES_MAX); i++) {
		at = list_entry_at(start->memory_map, i,
				   sizeof(struct memory_entry), memory);
		if (!at)
			break;
		read_range(info, at);
	}
}

static void read_rsdp(struct boot_info *info, u64 addr, pvh_memory memory)
{
	const u8 *rsdp = memory(addr, BOOT_RSDP_OLD);
	u32 len = BOOT_RSDP_SIZE;

	if (!rsdp)
		return;
	if (rsdp[BOOT_RSDP_REV] < 2 || !memory(addr, BOOT_RSDP_SIZE))
		len = BOOT_RSDP_OLD;
	memcpy(info->rsdp, rsdp, len);
	info->rsdp_len = len;
}

void pvh_read(struct boot_info *info, const void *start_info, pvh_memory memory)
{
	static const char known[] = "direct boot", unknown[] = "nobody known";
	u64 addr = (u64)start_info;
	const void *at = memory(addr, START_SIZE_V0);
	struct start_info start = {0};

	memcpy(info->loader, unknown, sizeof(unknown));
	if (!at)
		return;
	memcpy(&start, at, START_SIZE_V0);
	if (start.magic != START_MAGIC)
		return;
	memcpy(info->loader, known, sizeof(known));
	at = start.version >= 1 ? memory(addr, sizeof(start)) : NULL;
	if (at)
		memcpy(&start, at, sizeof(start));
	read_text(info->cmdline, sizeof(info->cmdline), start.cmdline, memory);
	read_rsdp(info, start.rsdp, memory);
	read_lists(info, &start, memory);
}
