/*
 * boot/memory.c on maps as firmware gives them and worse, and the tag parser
 * of boot/multiboot2.c in buffers of exactly the size that the tags claim.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "boot/memory.h"
#include "boot/multiboot2.h"

#define MIB	  0x100000ull
#define IMAGE	  (1 * MIB)
#define IMAGE_END (1 * MIB + 0x23000)

static struct boot_info info;
static struct mem_range ranges[MEM_RANGES];

static int setup(void **state)
{
	memset(&info, 0, sizeof(info));
	return 0;
}

static void range(u64 start, u64 end, enum boot_memory_type type)
{
	info.ranges[info.range_count++] =
		(struct boot_range){start, end - start, type};
}

static unsigned usable(void)
{
	return memory_usable(&info, IMAGE, IMAGE_END, ranges);
}

static void assert_range(unsigned i, u64 start, u64 end)
{
	assert_int_equal(ranges[i].start, start);
	assert_int_equal(ranges[i].end, end);
}

static void image_and_low_memory_are_left_out(void **state)
{
	range(0, 0x9fc00, BOOT_MEMORY_USABLE);
	range(MIB, 64 * MIB, BOOT_MEMORY_USABLE);
	assert_int_equal(usable(), 1);
	assert_range(0, IMAGE_END, 64 * MIB);
}

static void neighbours_and_overlaps_become_one(void **state)
{
	range(32 * MIB, 64 * MIB, BOOT_MEMORY_USABLE);
	range(4 * MIB, 16 * MIB, BOOT_MEMORY_USABLE);
	range(16 * MIB, 32 * MIB, BOOT_MEMORY_USABLE);
	range(5 * MIB, 6 * MIB, BOOT_MEMORY_USABLE);
	assert_int_equal(usable(), 1);
	assert_range(0, 4 * MIB, 64 * MIB);
}

static void reserved_wins_over_usable(void **state)
{
	range(4 * MIB, 8 * MIB, BOOT_MEMORY_USABLE);
	range(5 * MIB + 1, 6 * MIB + 1, BOOT_MEMORY_RESERVED);
	assert_int_equal(usable(), 2);
	assert_range(0, 4 * MIB, 5 * MIB);
	assert_range(1, 6 * MIB + PAGE_SIZE, 8 * MIB);
}

static void a_reserved_block_may_swallow_several(void **state)
{
	range(2 * MIB, 3 * MIB, BOOT_MEMORY_USABLE);
	range(4 * MIB, 5 * MIB, BOOT_MEMORY_USABLE);
	range(6 * MIB, 7 * MIB, BOOT_MEMORY_USABLE);
	range(8 * MIB, 9 * MIB, BOOT_MEMORY_USABLE);
	range(1 * MIB, 7 * MIB, BOOT_MEMORY_ACPI);
	assert_int_equal(usable(), 1);
	assert_range(0, 8 * MIB, 9 * MIB);
}

static void reserved_to_the_last_byte_is_cut(void **state)
{
	range(2 * MIB, 64 * MIB, BOOT_MEMORY_USABLE);
	range(32 * MIB, UINT64_MAX, BOOT_MEMORY_RESERVED);
	assert_int_equal(usable(), 1);
	assert_range(0, 2 * MIB, 32 * MIB);
}

static void part_pages_are_not_used(void **state)
{
	range(2 * MIB + 1, 2 * MIB + 2 * PAGE_SIZE - 1, BOOT_MEMORY_USABLE);
	range(4 * MIB + 1, 4 * MIB + PAGE_SIZE, BOOT_MEMORY_USABLE);
	assert_int_equal(usable(), 0);
}

static void modules_are_left_alone(void **state)
{
	range(2 * MIB, 8 * MIB, BOOT_MEMORY_USABLE);
	info.modules[0].start = 4 * MIB;
	info.modules[0].len = 5;
	info.module_count = 1;
	assert_int_equal(usable(), 2);
	assert_range(0, 2 * MIB, 4 * MIB);
	assert_range(1, 4 * MIB + PAGE_SIZE, 8 * MIB);
}

static void of_many_pieces_the_largest_are_kept(void **state)
{
	unsigned i, count;

	for (i = 0; i < 60; i++)
		range((10 + 4 * i) * MIB,
		      (10 + 4 * i) * MIB + (i + 1) * PAGE_SIZE,
		      BOOT_MEMORY_USABLE);
	count = usable();
	assert_int_equal(count, MEM_REGIONS);
	assert_range(0, (10 + 4 * 45) * MIB,
		     (10 + 4 * 45) * MIB + 46 * PAGE_SIZE);
}

/* A list of tags, grown by hand and then parsed from an exact copy. */
static u8 tags[4096];
static u32 tags_len;

static void tag(u32 type, u32 size, const void *body, u32 body_len)
{
	memcpy(tags + tags_len, &type, 4);
	memcpy(tags + tags_len + 4, &size, 4);
	memcpy(tags + tags_len + 8, body, body_len);
	tags_len += (8 + body_len + 7) & ~7u;
}

static int tags_setup(void **state)
{
	memset(&info, 0, sizeof(info));
	memset(tags, 0, sizeof(tags));
	tags_len = 8;
	return 0;
}

static void read_tags(u32 total)
{
	void *copy = malloc(total);

	memcpy(tags, &total, 4);
	memcpy(copy, tags, total);
	multiboot2_read(&info, copy);
	free(copy);
}

static void framebuffer_tag_is_taken_when_it_is_whole(void **state)
{
	struct {
		u64 addr;
		u32 pitch, width, height;
		u8 bpp, type, reserved[2];
	} fb = {0xb8000, 160, 80, 25, 16, 2, {0, 0}};

	tag(8, 8 + 16, &fb, 16);
	read_tags(tags_len);
	assert_int_equal(info.framebuffer.type, FRAMEBUFFER_NONE);
	tag(8, 8 + sizeof(fb), &fb, sizeof(fb));
	read_tags(tags_len);
	assert_int_equal(info.framebuffer.type, FRAMEBUFFER_TEXT);
	assert_int_equal(info.framebuffer.addr, 0xb8000);
	assert_int_equal(info.framebuffer.width, 80);
	assert_int_equal(info.framebuffer.bpp, 16);
}

static void tags_fill_the_boot_info(void **state)
{
	struct {
		u32 entry_size, version;
		u64 start, len;
		u32 type, zero;
	} map = {24, 0, MIB, 2 * MIB, 1, 0};
	struct {
		u32 start, end;
		char name[6];
	} module = {0x200000, 0x200100, "files"};

	tag(1, 8 + 8, "ip=dhcp", 8);
	tag(2, 8 + 5, "GRUB", 5);
	tag(3, 8 + 14, &module, 14);
	tag(6, 8 + sizeof(map), &map, sizeof(map));
	tag(77, 8 + 3, "abc", 3);
	tag(14, 8 + 20, "RSD PTR 123456789012", 20);
	tag(0, 8, "", 0);
	read_tags(tags_len);
	assert_string_equal(info.cmdline, "ip=dhcp");
	assert_string_equal(info.loader, "GRUB");
	assert_int_equal(info.module_count, 1);
	assert_int_equal(info.modules[0].len, 0x100);
	assert_string_equal(info.modules[0].name, "files");
	assert_int_equal(info.range_count, 1);
	assert_int_equal(info.ranges[0].start, MIB);
	assert_int_equal(info.rsdp_len, 20);
}

static void new_rsdp_wins_in_either_order(void **state)
{
	u8 rsdp[36] = {1};

	tag(15, 8 + 36, rsdp, 36);
	tag(14, 8 + 20, "RSD PTR 123456789012", 20);
	read_tags(tags_len);
	assert_int_equal(info.rsdp_len, 36);
	assert_int_equal(info.rsdp[0], 1);
}

static void text_without_end_is_terminated(void **state)
{
	char text[2000];

	memset(text, 'x', sizeof(text));
	tag(1, 8 + sizeof(text), text, sizeof(text));
	read_tags(tags_len);
	assert_int_equal(strlen(info.cmdline), BOOT_CMDLINE - 1);
}

static void tags_that_do_not_fit_end_the_list(void **state)
{
	tag(1, 8 + 100, "cut", 4);
	read_tags(tags_len);
	assert_string_equal(info.cmdline, "");
	tags_setup(NULL);
	tag(1, 3, "short", 6);
	read_tags(tags_len);
	assert_string_equal(info.cmdline, "");
}

/* Nothing may be read behind the total size, wherever it cuts. */
static void every_cut_is_survived(void **state)
{
	u32 map[8] = {24, 0, 0x100000, 0, 0x200000, 0, 1, 0}, all, total;

	tag(2, 8 + 5, "GRUB", 5);
	tag(6, 8 + sizeof(map), map, sizeof(map));
	tag(3, 8 + 4, "abcd", 4);
	tag(1, 8 + 5, "last", 5);
	all = tags_len;
	for (total = 8; total <= all; total++) {
		memset(&info, 0, sizeof(info));
		read_tags(total);
	}
	assert_string_equal(info.cmdline, "last");
}

static void wrapping_ranges_are_counted_out(void **state)
{
	u32 map[8] = {24, 0, 0xffffffff, 0xffffffff, 2, 0, 1, 0};

	tag(6, 8 + sizeof(map), map, sizeof(map));
	read_tags(tags_len);
	assert_int_equal(info.range_count, 0);
	assert_int_equal(info.ranges_lost, 1);
}

#define MEMORY_TEST(t) cmocka_unit_test_setup(t, setup)
#define TAG_TEST(t)    cmocka_unit_test_setup(t, tags_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		MEMORY_TEST(image_and_low_memory_are_left_out),
		MEMORY_TEST(neighbours_and_overlaps_become_one),
		MEMORY_TEST(reserved_wins_over_usable),
		MEMORY_TEST(a_reserved_block_may_swallow_several),
		MEMORY_TEST(reserved_to_the_last_byte_is_cut),
		MEMORY_TEST(part_pages_are_not_used),
		MEMORY_TEST(modules_are_left_alone),
		MEMORY_TEST(of_many_pieces_the_largest_are_kept),
		TAG_TEST(tags_fill_the_boot_info),
		TAG_TEST(framebuffer_tag_is_taken_when_it_is_whole),
		TAG_TEST(new_rsdp_wins_in_either_order),
		TAG_TEST(text_without_end_is_terminated),
		TAG_TEST(tags_that_do_not_fit_end_the_list),
		TAG_TEST(every_cut_is_survived),
		TAG_TEST(wrapping_ranges_are_counted_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
