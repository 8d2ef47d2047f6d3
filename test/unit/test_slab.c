/* kernel/slab.c itself, in place of test/host/slab_host.c. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "kernel/slab.c"
#include "test/host/machine_sim.h"

static struct kmem_cache cache;
static u64 live_at_start;

static u64 kmalloc_live(void)
{
	u64 live = 0;

	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		live += kmem_cache_live(&classes[i]);
	return live + big_objects;
}

static int setup(void **state)
{
	sim_init();
	kmem_cache_init(&cache, "test", 200);
	live_at_start = kmalloc_live();
	return 0;
}

static int teardown(void **state)
{
	kmem_cache_destroy(&cache);
	assert_int_equal(kmalloc_live(), live_at_start);
	sim_exit();
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		kmem_cache_destroy(&classes[i]);
	assert_int_equal(sim_live_pages(), 0);
	return 0;
}

static void sizes_are_rounded_up_for_alignment(void **state)
{
	struct kmem_cache small, large;

	kmem_cache_init(&small, "small", 17);
	kmem_cache_init(&large, "large", 200);
	assert_int_equal(small.size, 32);
	assert_int_equal(large.size, 256);
}

static void the_object_freed_last_comes_first(void **state)
{
	void *a = kmem_cache_alloc(&cache), *b = kmem_cache_alloc(&cache);

	kmem_cache_free(&cache, b);
	kmem_cache_free(&cache, a);
	assert_ptr_equal(kmem_cache_alloc(&cache), a);
	assert_ptr_equal(kmem_cache_alloc(&cache), b);
	kmem_cache_free(&cache, a);
	kmem_cache_free(&cache, b);
}

static void objects_do_not_overlap(void **state)
{
	enum { COUNT = 1000 };
	u8 *objects[COUNT];

	for (int i = 0; i < COUNT; i++) {
		objects[i] = kmem_cache_alloc(&cache);
		assert_int_equal((uintptr_t)objects[i] % 64, 0);
		memset(objects[i], i, cache.size);
	}
	assert_int_equal(kmem_cache_live(&cache), COUNT);
	for (int i = 0; i < COUNT; i++) {
		for (u32 at = 0; at < cache.size; at++)
			assert_int_equal(objects[i][at], (u8)i);
		kmem_cache_free(&cache, objects[i]);
	}
	assert_int_equal(kmem_cache_live(&cache), 0);
}

static void empty_slabs_go_back_but_one(void **state)
{
	enum { COUNT = 4000 };
	void *objects[COUNT];

	for (int i = 0; i < COUNT; i++)
		objects[i] = kmem_cache_alloc(&cache);
	assert_true(cache.slabs >= COUNT / cache.per_slab);
	for (int i = 0; i < COUNT; i++)
		kmem_cache_free(&cache, objects[i]);
	assert_true(cache.empty_slabs <= 1);
	assert_true(cache.slabs <= 2 + 2 * cache.batch / cache.per_slab + 1);
	assert_in_range(cache.room[0], 0, 2 * cache.batch);
}

static void a_steady_load_takes_no_new_slab(void **state)
{
	void *objects[100];
	u64 slabs;

	for (int i = 0; i < 100; i++)
		objects[i] = kmem_cache_alloc(&cache);
	slabs = cache.slabs;
	for (int round = 0; round < 10000; round++) {
		int i = (int)(sim_random() % 100);

		kmem_cache_free(&cache, objects[i]);
		objects[i] = kmem_cache_alloc(&cache);
	}
	assert_int_equal(cache.slabs, slabs);
	for (int i = 0; i < 100; i++)
		kmem_cache_free(&cache, objects[i]);
}

static void random_use_keeps_contents_and_loses_nothing(void **state)
{
	enum { COUNT = 3000 };
	static u32 *objects[COUNT];

	for (int round = 0; round < 200000; round++) {
		u32 i = (u32)(sim_random() % COUNT);

		if (objects[i]) {
			assert_int_equal(objects[i][49], i);
			kmem_cache_free(&cache, objects[i]);
			objects[i] = NULL;
		} else {
			objects[i] = kmem_cache_alloc(&cache);
			objects[i][49] = i;
		}
	}
	for (u32 i = 0; i < COUNT; i++) {
		if (objects[i])
			kmem_cache_free(&cache, objects[i]);
		objects[i] = NULL;
	}
	assert_int_equal(kmem_cache_live(&cache), 0);
}

static void null_without_pages_and_well_again_after(void **state)
{
	void *object;

	sim_fail_alloc_after(1);
	object = kmem_cache_alloc(&cache);
	assert_null(object);
	object = kmem_cache_alloc(&cache);
	assert_non_null(object);
	kmem_cache_free(&cache, object);
}

static void kmalloc_gives_every_size_its_room(void **state)
{
	for (size_t size = 1; size <= KMALLOC_MAX; size += 1 + size / 40) {
		u8 *a = kmalloc(size), *b = kmalloc(size);
		size_t align = size < 64 ? 16 : 64;

		assert_non_null(a);
		assert_non_null(b);
		assert_int_equal((uintptr_t)a % align, 0);
		memset(a, 1, size);
		memset(b, 2, size);
		assert_int_equal(a[0], 1);
		assert_int_equal(a[size - 1], 1);
		kfree(a);
		kfree(b);
	}
}

static void kmalloc_takes_the_smallest_class(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		void *exact = kmalloc(classes[i].size);
		void *over = kmalloc(classes[i].size + 1);

		assert_ptr_equal(slab_of(exact)->cache, &classes[i]);
		if (i + 1 < ARRAY_SIZE(classes))
			assert_ptr_equal(slab_of(over)->cache, &classes[i + 1]);
		kfree(exact);
		kfree(over);
	}
}

static void kmalloc_ends_at_its_maximum(void **state)
{
	u8 *largest = kmalloc(KMALLOC_MAX);

	assert_non_null(largest);
	assert_int_equal(big_objects, 1);
	kfree(largest);
	assert_int_equal(big_objects, 0);
	assert_null(kmalloc(KMALLOC_MAX + 1));
	kfree(NULL);
}

static void kzalloc_clears_used_memory(void **state)
{
	u8 *used = kmalloc(100), *clear;

	memset(used, 0xff, 100);
	kfree(used);
	clear = kzalloc(100);
	for (int i = 0; i < 100; i++)
		assert_int_equal(clear[i], 0);
	kfree(clear);
}

static void count_one(const struct kmem_cache *c, void *arg)
{
	if (c == &cache)
		++*(int *)arg;
}

static void a_used_cache_is_listed(void **state)
{
	int found = 0;

	kmem_cache_for_each(count_one, &found);
	assert_int_equal(found, 0);
	kmem_cache_free(&cache, kmem_cache_alloc(&cache));
	kmem_cache_for_each(count_one, &found);
	assert_int_equal(found, 1);
	assert_true(slab_bytes() >= SLAB_SIZE);
}

static void free_twice(void *arg)
{
	void *object = kmalloc(32);

	kfree(object);
	*(int *)arg = 1;
	kfree(object);
}

static void an_immediate_double_free_is_caught(void **state)
{
	int freed_once = 0;

	assert_non_null(sim_expect_panic(free_twice, &freed_once));
	assert_int_equal(freed_once, 1);
}

static void destroy_leaking(void *arg)
{
	kmem_cache_destroy(&cache);
}

static void destroying_a_cache_with_live_objects_is_caught(void **state)
{
	void *object = kmem_cache_alloc(&cache);

	assert_non_null(sim_expect_panic(destroy_leaking, NULL));
	kmem_cache_free(&cache, object);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sizes_are_rounded_up_for_alignment),
		TEST(the_object_freed_last_comes_first),
		TEST(objects_do_not_overlap),
		TEST(empty_slabs_go_back_but_one),
		TEST(a_steady_load_takes_no_new_slab),
		TEST(random_use_keeps_contents_and_loses_nothing),
		TEST(null_without_pages_and_well_again_after),
		TEST(kmalloc_gives_every_size_its_room),
		TEST(kmalloc_takes_the_smallest_class),
		TEST(kmalloc_ends_at_its_maximum),
		TEST(kzalloc_clears_used_memory),
		TEST(a_used_cache_is_listed),
		TEST(an_immediate_double_free_is_caught),
		TEST(destroying_a_cache_with_live_objects_is_caught),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
