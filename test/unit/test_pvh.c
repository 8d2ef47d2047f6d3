/*
 * boot/pvh.c on what QEMU gives and on what nobody should: each structure is
 * an allocation of exactly its size, and "physical memory" is a list of
 * them, so that a read past any of them is caught.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "boot/pvh.h"

#define MAGIC 0x336ec578

struct start_info {
	u32 magic, version, flags, module_count;
	u64 modules, cmdline, rsdp, memory_map;
	u32 memory_map_count, reserved;
};

#define SIZE_V0 40
#define SIZE_V1 56
#define BLOCKS	8

static struct block {
	u8 *data;
	u64 len;
} blocks[BLOCKS];
static unsigned block_count;

static struct boot_info info;
static struct start_info start;

static const void *memory(u64 addr, u64 len)
{
	unsigned i;

	for (i = 0; i < block_count; i++) {
		u64 off = addr - (u64)blocks[i].data;

		if (off < blocks[i].len && len <= blocks[i].len - off)
			return blocks[i].data + off;
	}
	return NULL;
}

/* A copy of the bytes in memory of their own; its address. */
static u64 put(const void *data, u64 len)
{
	struct block *b = &blocks[block_count++];

	b->data = malloc(len);
	b->len = len;
	memcpy(b->data, data, len);
	return (u64)b->data;
}

static int setup(void **state)
{
	memset(&info, 0, sizeof(info));
	start = (struct start_info){.magic = MAGIC, .version = 1};
	return 0;
}

static int teardown(void **state)
{
	while (block_count)
		free(blocks[--block_count].data);
	return 0;
}

static void read_start(u64 size)
{
	pvh_read(&info, (const void *)put(&start, size), memory);
}

static void put_cmdline(const char *text)
{
	start.cmdline = put(text, strlen(text) + 1);
}

static void all_of_it_is_read(void **state)
{
	struct {
		u64 addr, size;
		u32 type, reserved;
	} map[] = {
		{0, 0x9fc00, 1, 0},
		{0x100000, 0x3f00000, 1, 0},
		{0xb0000000, 0x10000000, 2, 0},
	};
	char site[100] = "tar", rsdp[36] = "RSD PTR ";
	u64 module[4] = {put(site, sizeof(site)), sizeof(site),
			 put("site.tar", 9), 0};

	rsdp[15] = 2;
	start.rsdp = put(rsdp, sizeof(rsdp));
	start.modules = put(module, sizeof(module));
	start.module_count = 1;
	start.memory_map = put(map, sizeof(map));
	start.memory_map_count = 3;
	put_cmdline("ip=10.0.2.15");
	read_start(SIZE_V1);
	assert_string_equal(info.loader, "direct boot");
	assert_string_equal(info.cmdline, "ip=10.0.2.15");
	assert_int_equal(info.rsdp_len, 36);
	assert_int_equal(info.module_count, 1);
	assert_int_equal(info.modules[0].start, module[0]);
	assert_int_equal(info.modules[0].len, 100);
	assert_string_equal(info.modules[0].name, "site.tar");
	assert_int_equal(info.range_count, 3);
	assert_int_equal(info.ranges[1].start, 0x100000);
	assert_int_equal(info.ranges[2].type, BOOT_MEMORY_RESERVED);
}

static void module_without_a_name_gets_one(void **state)
{
	u64 module[4] = {put("x", 1), 1, 0, 0};

	start.modules = put(module, sizeof(module));
	start.module_count = 1;
	read_start(SIZE_V1);
	assert_string_equal(info.modules[0].name, "site.tar");
}

static void wrong_magic_reads_nothing(void **state)
{
	start.magic++;
	put_cmdline("ip=10.0.2.15");
	read_start(SIZE_V1);
	assert_string_equal(info.loader, "nobody known");
	assert_string_equal(info.cmdline, "");
}

static void no_start_info_at_all(void **state)
{
	pvh_read(&info, NULL, memory);
	assert_string_equal(info.loader, "nobody known");
	pvh_read(&info, (const void *)UINT64_MAX, memory);
	assert_int_equal(info.range_count, 0);
}

/* Version 0 ends before the memory map: nothing behind it is read. */
static void version_0_has_no_memory_map(void **state)
{
	start.version = 0;
	put_cmdline("loglevel=err");
	read_start(SIZE_V0);
	assert_string_equal(info.cmdline, "loglevel=err");
	assert_int_equal(info.range_count, 0);
}

static void version_1_cut_short_is_as_version_0(void **state)
{
	put_cmdline("loglevel=err");
	read_start(SIZE_V0);
	assert_string_equal(info.cmdline, "loglevel=err");
	assert_int_equal(info.range_count, 0);
}

static void cmdline_without_end_is_cut_where_memory_ends(void **state)
{
	start.cmdline = put("endless", 7);
	read_start(SIZE_V1);
	assert_string_equal(info.cmdline, "endless");
}

static void long_cmdline_is_cut(void **state)
{
	char text[BOOT_CMDLINE + 100];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	put_cmdline(text);
	read_start(SIZE_V1);
	assert_int_equal(strlen(info.cmdline), BOOT_CMDLINE - 1);
}

static void cmdline_outside_of_memory_is_empty(void **state)
{
	start.cmdline = 0x123;
	read_start(SIZE_V1);
	assert_string_equal(info.cmdline, "");
	start.cmdline = UINT64_MAX;
	read_start(SIZE_V1);
	assert_string_equal(info.cmdline, "");
}

static void map_count_beyond_the_map_gives_what_is_there(void **state)
{
	u64 map[6] = {0x100000, 0x1000, 1, 0x200000, 0x1000, 1};

	start.memory_map = put(map, sizeof(map));
	start.memory_map_count = UINT32_MAX;
	read_start(SIZE_V1);
	assert_int_equal(info.range_count, 2);
}

static void map_that_wraps_is_counted_out(void **state)
{
	u64 map[6] = {UINT64_MAX - 5, 0x1000, 1, 0x200000, 0x1000, 1};

	start.memory_map = put(map, sizeof(map));
	start.memory_map_count = 2;
	read_start(SIZE_V1);
	assert_int_equal(info.range_count, 1);
	assert_int_equal(info.ranges_lost, 1);
}

static void map_of_too_many_parts_is_counted_out(void **state)
{
	u64 map[3 * 200];
	unsigned i;

	for (i = 0; i < 200; i++) {
		map[3 * i] = 0x100000 + i * 0x2000;
		map[3 * i + 1] = 0x1000;
		map[3 * i + 2] = 1;
	}
	start.memory_map = put(map, sizeof(map));
	start.memory_map_count = 200;
	read_start(SIZE_V1);
	assert_int_equal(info.range_count, BOOT_RANGES);
	assert_int_equal(info.ranges_lost, 200 - BOOT_RANGES);
}

static void modules_outside_of_memory_are_left_out(void **state)
{
	u64 modules[3][4] = {
		{0x5000, 0x1000, 0, 0},
		{UINT64_MAX, UINT64_MAX, UINT64_MAX, 0},
		{put("x", 1), 2, 0, 0},
	};

	start.modules = put(modules, sizeof(modules));
	start.module_count = UINT32_MAX;
	read_start(SIZE_V1);
	assert_int_equal(info.module_count, 0);
}

static void more_modules_than_places_are_left_out(void **state)
{
	u64 modules[6][4], at = put("x", 1);
	unsigned i;

	for (i = 0; i < 6; i++)
		memcpy(modules[i], (u64[4]){at, 1, 0, 0}, 32);
	start.modules = put(modules, sizeof(modules));
	start.module_count = 6;
	read_start(SIZE_V1);
	assert_int_equal(info.module_count, BOOT_MODULES);
}

static void old_rsdp_has_20_bytes(void **state)
{
	char rsdp[20] = "RSD PTR ";

	start.rsdp = put(rsdp, sizeof(rsdp));
	read_start(SIZE_V1);
	assert_int_equal(info.rsdp_len, 20);
}

static void new_rsdp_cut_short_is_an_old_one(void **state)
{
	char rsdp[20] = "RSD PTR ";

	rsdp[15] = 2;
	start.rsdp = put(rsdp, sizeof(rsdp));
	read_start(SIZE_V1);
	assert_int_equal(info.rsdp_len, 20);
}

static void rsdp_outside_of_memory_is_none(void **state)
{
	start.rsdp = 0xe0000;
	read_start(SIZE_V1);
	assert_int_equal(info.rsdp_len, 0);
}

/* Whatever bytes stand in it, nothing but `memory` may be read. */
static void noise_is_survived(void **state)
{
	u32 seed = 1;
	unsigned round, i;

	for (round = 0; round < 2000; round++) {
		u8 *raw = (u8 *)&start;

		setup(NULL);
		for (i = 4; i < sizeof(start); i++) {
			seed = seed * 1664525 + 1013904223;
			if (seed >> 30)
				raw[i] = seed >> 24;
		}
		if (round & 1)
			start.memory_map = put(raw, sizeof(start));
		if (round & 2)
			start.modules = put(raw, sizeof(start));
		read_start(SIZE_V1);
		teardown(NULL);
	}
}

static void only_the_first_4_gib_are_mapped(void **state)
{
	assert_null(pvh_mapped(0, 1));
	assert_ptr_equal(pvh_mapped(0x1000, 1), (void *)0x1000);
	assert_non_null(pvh_mapped((1ull << 32) - 16, 16));
	assert_null(pvh_mapped((1ull << 32) - 16, 17));
	assert_null(pvh_mapped(1ull << 32, 1));
	assert_null(pvh_mapped(1, UINT64_MAX));
	assert_null(pvh_mapped(UINT64_MAX, 2));
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_of_it_is_read),
		TEST(module_without_a_name_gets_one),
		TEST(wrong_magic_reads_nothing),
		TEST(no_start_info_at_all),
		TEST(version_0_has_no_memory_map),
		TEST(version_1_cut_short_is_as_version_0),
		TEST(cmdline_without_end_is_cut_where_memory_ends),
		TEST(long_cmdline_is_cut),
		TEST(cmdline_outside_of_memory_is_empty),
		TEST(map_count_beyond_the_map_gives_what_is_there),
		TEST(map_that_wraps_is_counted_out),
		TEST(map_of_too_many_parts_is_counted_out),
		TEST(modules_outside_of_memory_are_left_out),
		TEST(more_modules_than_places_are_left_out),
		TEST(old_rsdp_has_20_bytes),
		TEST(new_rsdp_cut_short_is_an_old_one),
		TEST(rsdp_outside_of_memory_is_none),
		TEST(noise_is_survived),
		TEST(only_the_first_4_gib_are_mapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
