/* kernel/random.c, taken in whole to see the pool. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "kernel/random.c"
#include "test/host/machine_sim.h"

static int setup(void **state)
{
	sim_init();
	return 0;
}

static int teardown(void **state)
{
	sim_exit();
	return 0;
}

static void one_seed_is_one_sequence(void **state)
{
	u64 first[100];

	sim_seed(42);
	for (int i = 0; i < 100; i++)
		first[i] = random_u64();
	sim_seed(42);
	for (int i = 0; i < 100; i++)
		assert_true(random_u64() == first[i]);
	sim_seed(43);
	assert_true(random_u64() != first[0]);
}

static void numbers_do_not_repeat_over_refills(void **state)
{
	u64 seen[1000];

	for (int i = 0; i < 1000; i++) {
		seen[i] = random_u64();
		assert_true(seen[i]);
		for (int j = 0; j < i; j++)
			assert_true(seen[i] != seen[j]);
	}
}

static void every_bit_is_even(void **state)
{
	int ones[32] = {};

	for (int i = 0; i < 10000; i++) {
		u32 value = random_u32();

		for (int bit = 0; bit < 32; bit++)
			ones[bit] += value >> bit & 1;
	}
	for (int bit = 0; bit < 32; bit++)
		assert_in_range(ones[bit], 4700, 5300);
}

static void below_is_even_and_below(void **state)
{
	int counts[10] = {};

	for (int i = 0; i < 10000; i++) {
		u32 value = random_below(10);

		assert_true(value < 10);
		counts[value]++;
	}
	for (int i = 0; i < 10; i++)
		assert_in_range(counts[i], 850, 1150);
	assert_int_equal(random_below(1), 0);
}

static void bytes_fill_any_length_exactly(void **state)
{
	for (size_t len = 0; len < 1500; len += 7) {
		u8 buf[1600];
		int zeros = 0;

		memset(buf, 0, sizeof(buf));
		random_bytes(buf, len);
		for (size_t i = 0; i < len; i++)
			zeros += !buf[i];
		assert_true(zeros <= (int)(5 + len / 64));
		for (size_t i = len; i < sizeof(buf); i++)
			assert_int_equal(buf[i], 0);
	}
}

static void what_was_handed_out_is_wiped(void **state)
{
	struct pool *pool = &pools[0];
	u8 buf[100];

	random_bytes(buf, sizeof(buf));
	(void)random_u32();
	(void)random_u64();
	for (u32 i = 0; i < pool->pos; i++)
		assert_int_equal(pool->out[i], 0);
}

static void a_refill_erases_the_key(void **state)
{
	u32 key[CHACHA_KEY_WORDS];
	u8 buf[POOL_BYTES];

	memcpy(key, pools[0].key, sizeof(key));
	random_bytes(buf, sizeof(buf));
	assert_memory_not_equal(key, pools[0].key, sizeof(key));
}

static void draw_a_pool(u8 buf[2 * POOL_BYTES])
{
	random_bytes(buf, 2 * POOL_BYTES);
}

static void reseeds_after_a_minute_of_use(void **state)
{
	u8 without[2 * POOL_BYTES], with[2 * POOL_BYTES];

	sim_seed(7);
	draw_a_pool(without);
	sim_seed(7);
	sim_advance_ns(RESEED_NS);
	draw_a_pool(with);
	assert_memory_equal(with, without, POOL_BYTES - KEY_BYTES);
	assert_memory_not_equal(with + POOL_BYTES, without + POOL_BYTES,
				POOL_BYTES);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_seed_is_one_sequence),
		TEST(numbers_do_not_repeat_over_refills),
		TEST(every_bit_is_even),
		TEST(below_is_even_and_below),
		TEST(bytes_fill_any_length_exactly),
		TEST(what_was_handed_out_is_wiped),
		TEST(a_refill_erases_the_key),
		TEST(reseeds_after_a_minute_of_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
