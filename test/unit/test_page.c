/* kernel/page.c, taken in whole so that a test can start it over. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include "kernel/page.c"
#include "test/host/machine_sim.h"

#define MIB (1024ul * 1024)

static u8 *memory;

static int setup(void **state)
{
	sim_init();
	memset(&pages, 0, sizeof(pages));
	memory = aligned_alloc(16 * MIB, 16 * MIB);
	page_add_region(memory, 16 * MIB);
	return 0;
}

static int teardown(void **state)
{
	free(memory);
	sim_exit();
	return 0;
}

/* Takes all single pages; returns how many there were. */
static u64 drain(void **chain)
{
	u64 count = 0;
	void **page;

	for (*chain = NULL; (page = page_alloc(0)); count++) {
		*page = *chain;
		*chain = page;
	}
	return count;
}

static void give_back(void *chain)
{
	while (chain) {
		void *next = *(void **)chain;

		page_free(chain, 0);
		chain = next;
	}
}

static void metadata_takes_one_byte_a_page(void **state)
{
	assert_int_equal(page_total_bytes(), 16 * MIB - PAGE_SIZE);
	assert_int_equal(page_free_bytes(), page_total_bytes());
}

static void blocks_are_aligned_to_their_size(void **state)
{
	for (unsigned order = 0; order <= 10; order++) {
		uintptr_t block = (uintptr_t)page_alloc(order);

		assert_int_not_equal(block, 0);
		assert_int_equal(block % (PAGE_SIZE << order), 0);
		page_free((void *)block, order);
	}
}

static void blocks_do_not_overlap(void **state)
{
	u8 *blocks[64];

	for (int i = 0; i < 64; i++) {
		blocks[i] = page_alloc((unsigned)i % 4);
		memset(blocks[i], i, PAGE_SIZE << (i % 4));
	}
	for (int i = 0; i < 64; i++) {
		for (size_t at = 0; at < PAGE_SIZE << (i % 4); at += 512)
			assert_int_equal(blocks[i][at], i);
		page_free(blocks[i], (unsigned)i % 4);
	}
}

static void every_page_can_be_had(void **state)
{
	void *chain;

	assert_int_equal(drain(&chain), page_total_bytes() / PAGE_SIZE);
	assert_int_equal(page_free_bytes(), 0);
	give_back(chain);
	assert_int_equal(page_free_bytes(), page_total_bytes());
}

static void freed_neighbours_merge(void **state)
{
	void *big, *chain;

	big = page_alloc(11);
	assert_non_null(big);
	page_free(big, 11);
	drain(&chain);
	assert_null(page_alloc(1));
	give_back(chain);
	big = page_alloc(11);
	assert_non_null(big);
	page_free(big, 11);
}

static void null_when_none_is_large_enough(void **state)
{
	void *big = page_alloc(11);

	assert_null(page_alloc(11));
	assert_null(page_alloc(PAGE_MAX_ORDER + 1));
	page_free(big, 11);
}

static void regions_are_cut_to_whole_pages(void **state)
{
	u64 before = page_total_bytes();
	u8 *odd = aligned_alloc(PAGE_SIZE, 8 * PAGE_SIZE);

	page_add_region(odd + 1, 8 * PAGE_SIZE - 2);
	assert_int_equal(page_total_bytes() - before, 5 * PAGE_SIZE);
	page_add_region(odd, PAGE_SIZE);
	assert_int_equal(page_total_bytes() - before, 5 * PAGE_SIZE);
	free(odd);
}

static void random_use_loses_no_page(void **state)
{
	struct {
		u64 *at;
		unsigned order;
	} held[200] = {};

	for (int round = 0; round < 20000; round++) {
		unsigned i = (unsigned)(sim_random() % 200);

		if (held[i].at) {
			assert_int_equal(*held[i].at, i);
			page_free(held[i].at, held[i].order);
			held[i].at = NULL;
			continue;
		}
		held[i].order = (unsigned)(sim_random() % 6);
		held[i].at = page_alloc(held[i].order);
		if (held[i].at)
			*held[i].at = i;
	}
	for (unsigned i = 0; i < 200; i++)
		if (held[i].at)
			page_free(held[i].at, held[i].order);
	assert_int_equal(page_free_bytes(), page_total_bytes());
	held[0].at = page_alloc(11);
	assert_non_null(held[0].at);
}

static void memory_is_touched_when_it_is_needed(void **state)
{
	static const u8 mark[64] = {1, 2, 3};

	memset(&pages, 0, sizeof(pages));
	memcpy(memory + 8 * MIB, mark, sizeof(mark));
	page_add_region(memory, 16 * MIB);
	for (int i = 0; i < 100; i++)
		assert_non_null(page_alloc(0));
	assert_memory_equal(memory + 8 * MIB, mark, sizeof(mark));
	assert_non_null(page_alloc(PAGE_MAX_ORDER));
	assert_memory_not_equal(memory + 8 * MIB, mark, sizeof(mark));
}

static void free_twice(void *arg)
{
	void *page = page_alloc(0);

	page_free(page, 0);
	page_free(page, 0);
}

static void free_in_another_order(void *arg)
{
	page_free(page_alloc(0), 1);
}

static void wrong_frees_are_caught(void **state)
{
	assert_non_null(sim_expect_panic(free_twice, NULL));
	assert_non_null(sim_expect_panic(free_in_another_order, NULL));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(metadata_takes_one_byte_a_page),
		TEST(blocks_are_aligned_to_their_size),
		TEST(blocks_do_not_overlap),
		TEST(every_page_can_be_had),
		TEST(freed_neighbours_merge),
		TEST(null_when_none_is_large_enough),
		TEST(regions_are_cut_to_whole_pages),
		TEST(random_use_loses_no_page),
		TEST(memory_is_touched_when_it_is_needed),
		TEST(wrong_frees_are_caught),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
