/*
 * What the EFI loader judges without firmware: boot/efi/elf_check.c on a
 * small ELF built here and then spoilt in one place, always in a buffer of
 * exactly its size, and boot/efi/memmap.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "boot/boot_info.h"
#include "boot/efi/elf_check.h"
#include "boot/efi/memmap.h"
#include "boot/handoff.h"

struct program_header {
	u32 type, flags;
	u64 offset, vaddr, paddr, filesz, memsz, align;
};

/* Header, three program headers, the note, 256 bytes of text and data. */
static struct elf {
	u8 ident[16];
	u16 type, machine;
	u32 version;
	u64 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
	struct program_header text, data, notes;
	u32 other_note[6]; /* the Xen one comes before ours */
	struct handoff_note note;
	u8 bytes[256];
} packed elf;

#define TEXT 0x100000ull
#define DATA 0x103000ull

static struct elf_image image;

static int setup(void **state)
{
	const u64 bytes = offsetof(struct elf, bytes);

	elf = (struct elf){
		.ident = {0x7f, 'E', 'L', 'F', 2, 1, 1},
		.type = 2,
		.machine = 62,
		.phoff = offsetof(struct elf, text),
		.phentsize = sizeof(struct program_header),
		.phnum = 3,
		.text = {1, 5, bytes, TEXT, TEXT, 128, 128, 4096},
		.data = {1, 6, bytes + 128, DATA, DATA, 128, 0x2800, 4096},
		.notes = {4, 4, offsetof(struct elf, other_note), 0, 0,
			  sizeof(elf.other_note) + sizeof(elf.note), 0, 4},
		.other_note = {4, 8, 18, 0x6e6558, 0x100010, 0},
		.note = {sizeof(HANDOFF_NAME),
			 sizeof(struct handoff_desc),
			 HANDOFF_NOTE,
			 HANDOFF_NAME,
			 {HANDOFF_ABI, sizeof(struct boot_info), TEXT + 16}},
	};
	return 0;
}

static const char *check_bytes(size_t size)
{
	void *copy = malloc(size);
	const char *why;

	memcpy(copy, &elf, size);
	why = elf_check(copy, size, &image);
	free(copy);
	return why;
}

static const char *check(void)
{
	return check_bytes(sizeof(elf));
}

#define assert_refused(words)                                                  \
	do {                                                                   \
		const char *why = check();                                     \
		assert_non_null(why);                                          \
		if (!strstr(why, words))                                       \
			fail_msg("\"%s\" is not about %s", why, words);        \
	} while (0)

static void good_kernel_is_taken_apart(void **state)
{
	assert_null(check());
	assert_int_equal(image.count, 2);
	assert_int_equal(image.start, TEXT);
	assert_int_equal(image.end, DATA + 0x3000);
	assert_int_equal(image.entry, TEXT + 16);
	assert_true(image.segments[0].executable);
	assert_false(image.segments[1].executable);
	assert_int_equal(image.segments[1].file_size, 128);
	assert_int_equal(image.segments[1].size, 0x2800);
}

static void other_files_are_refused(void **state)
{
	memcpy(elf.ident, "MZ\x90", 3);
	assert_refused("not an ELF");
	setup(NULL);
	elf.ident[4] = 1; /* 32 bits */
	assert_refused("not for x86-64");
	setup(NULL);
	elf.ident[5] = 2; /* big endian */
	assert_refused("not for x86-64");
	setup(NULL);
	elf.machine = 183; /* AArch64 */
	assert_refused("not for x86-64");
	setup(NULL);
	elf.type = 3; /* a shared object */
	assert_refused("not a statically linked");
}

static void program_headers_must_be_in_the_file(void **state)
{
	elf.phoff = UINT64_MAX - 8;
	assert_refused("program headers");
	setup(NULL);
	elf.phnum = UINT16_MAX;
	assert_refused("program headers");
	setup(NULL);
	elf.phentsize = 32;
	assert_refused("program headers");
}

static void segments_must_be_in_the_file(void **state)
{
	elf.data.offset = UINT64_MAX;
	assert_refused("not in the file");
	setup(NULL);
	elf.data.filesz = elf.data.memsz = sizeof(elf);
	assert_refused("not in the file");
	setup(NULL);
	elf.data.memsz = 1; /* less than there is in the file */
	assert_refused("not in the file");
}

static void segments_must_be_in_memory_that_may_be_used(void **state)
{
	elf.text.paddr = 0x7c00;
	assert_refused("1 MiB");
	setup(NULL);
	elf.data.paddr = UINT64_MAX - 16;
	assert_refused("4 GiB");
	setup(NULL);
	elf.data.memsz = UINT64_MAX;
	assert_refused("4 GiB");
	setup(NULL);
	elf.data.paddr = 0xfffff000;
	assert_refused("4 GiB");
}

static void segments_must_not_overlap(void **state)
{
	elf.data.paddr = TEXT + 64;
	assert_refused("overlap");
	setup(NULL);
	elf.data.paddr = TEXT - 16;
	elf.text.paddr = TEXT;
	assert_non_null(check());
}

static void far_apart_is_too_much(void **state)
{
	elf.data.paddr = 0x40000000;
	assert_refused("too much");
}

static void nothing_to_load_is_refused(void **state)
{
	elf.text.type = elf.data.type = 0;
	assert_refused("nothing in it to load");
}

static void elf_of_others_is_refused(void **state)
{
	elf.notes.type = 0;
	assert_refused("not barenet");
	setup(NULL);
	memcpy(elf.note.name, "foreign", 8);
	assert_refused("not barenet");
	setup(NULL);
	elf.notes.offset = sizeof(elf);
	assert_refused("not barenet");
}

static void notes_that_run_over_are_not_followed(void **state)
{
	elf.other_note[0] = UINT32_MAX;
	assert_refused("not barenet");
	setup(NULL);
	elf.other_note[1] = UINT32_MAX;
	assert_refused("not barenet");
	setup(NULL);
	elf.notes.filesz -= 4;
	assert_refused("not barenet");
}

static void another_version_is_refused(void **state)
{
	elf.note.desc.abi++;
	assert_refused("another version");
	setup(NULL);
	elf.note.desc.info_size += 8;
	assert_refused("another version");
}

static void entry_must_be_code(void **state)
{
	elf.note.desc.entry = DATA;
	assert_refused("not in its code");
	setup(NULL);
	elf.note.desc.entry = TEXT + 128;
	assert_refused("not in its code");
	setup(NULL);
	elf.note.desc.entry = 0;
	assert_refused("not in its code");
}

static void every_cut_is_refused(void **state)
{
	size_t size;

	for (size = 0; size < sizeof(elf); size++)
		assert_non_null(check_bytes(size));
}

static void noise_is_survived(void **state)
{
	u32 seed = 7;
	unsigned round, i;

	for (round = 0; round < 20000; round++) {
		setup(NULL);
		for (i = 0; i < 4; i++) {
			u32 at;

			seed = seed * 1664525 + 1013904223;
			at = 16 +
			     (seed >> 8) % (offsetof(struct elf, bytes) - 16);
			((u8 *)&elf)[at] = seed >> 24;
		}
		(void)check();
	}
}

/* ---- memory map */

struct descriptor {
	u32 type, pad;
	u64 start, virt, pages, attribute, unknown; /* newer: 8 bytes more */
};

static struct boot_info info;

static u64 read_map(const struct descriptor *map, unsigned count)
{
	memset(&info, 0, sizeof(info));
	return efi_map_read(&info, map, count * sizeof(*map), sizeof(*map));
}

static void what_boot_services_had_is_free(void **state)
{
	static const struct descriptor map[] = {
		{.type = 7, .start = 0x0000, .pages = 1},  /* conventional */
		{.type = 3, .start = 0x1000, .pages = 2},  /* boot services */
		{.type = 2, .start = 0x3000, .pages = 1},  /* loader */
		{.type = 10, .start = 0x4000, .pages = 1}, /* ACPI NVS */
		{.type = 9, .start = 0x5000, .pages = 1},  /* ACPI tables */
		{.type = 5, .start = 0x6000, .pages = 1},  /* runtime */
		{.type = 11, .start = 0x7000, .pages = 1}, /* device */
		{.type = 8, .start = 0x9000, .pages = 1},  /* broken */
	};

	assert_int_equal(read_map(map, 8), 4 * PAGE_SIZE);
	assert_int_equal(info.range_count, 5);
	assert_int_equal(info.ranges[0].len, 0x4000);
	assert_int_equal(info.ranges[0].type, BOOT_MEMORY_USABLE);
	assert_int_equal(info.ranges[1].type, BOOT_MEMORY_ACPI_NVS);
	assert_int_equal(info.ranges[2].type, BOOT_MEMORY_ACPI);
	assert_int_equal(info.ranges[3].type, BOOT_MEMORY_RESERVED);
	assert_int_equal(info.ranges[3].len, 0x2000);
	assert_int_equal(info.ranges[4].type, BOOT_MEMORY_BAD);
}

static void huge_page_counts_are_counted_out(void **state)
{
	static const struct descriptor map[] = {
		{.type = 7, .start = 0x1000, .pages = UINT64_MAX},
		{.type = 7, .start = UINT64_MAX - 4095, .pages = 2},
	};

	read_map(map, 2);
	assert_int_equal(info.range_count, 0);
	assert_int_equal(info.ranges_lost, 2);
}

static void short_descriptors_are_not_read(void **state)
{
	u8 *map = calloc(1, 39);

	memset(&info, 0, sizeof(info));
	assert_int_equal(efi_map_read(&info, map, 39, 39), 0);
	assert_int_equal(efi_map_read(&info, map, 39, 0), 0);
	assert_int_equal(efi_map_read(&info, map, 39, 40), 0);
	free(map);
}

#define TEST(t) cmocka_unit_test_setup(t, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(good_kernel_is_taken_apart),
		TEST(other_files_are_refused),
		TEST(program_headers_must_be_in_the_file),
		TEST(segments_must_be_in_the_file),
		TEST(segments_must_be_in_memory_that_may_be_used),
		TEST(segments_must_not_overlap),
		TEST(far_apart_is_too_much),
		TEST(nothing_to_load_is_refused),
		TEST(elf_of_others_is_refused),
		TEST(notes_that_run_over_are_not_followed),
		TEST(another_version_is_refused),
		TEST(entry_must_be_code),
		TEST(every_cut_is_refused),
		TEST(noise_is_survived),
		TEST(what_boot_services_had_is_free),
		TEST(huge_page_counts_are_counted_out),
		TEST(short_descriptors_are_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
