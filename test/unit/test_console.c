/* kernel/console.c: keys in, text out, both bounded. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>
#include "kernel/console.h"
#include "kernel/softirq.h"
#include "kernel/task.h"
#include "lib/errno.h"
#include "test/host/machine_sim.h"

static int got;
static bool done;

static int setup(void **state)
{
	sim_init();
	console_init();
	got = 0;
	done = false;
	return 0;
}

static int teardown(void **state)
{
	assert_int_equal(softirq_cpus[cpu_id()].bh_count, 0);
	sim_exit();
	return 0;
}

static void read_one(void *arg)
{
	got = console_read(1000);
	done = true;
}

static void a_key_wakes_its_reader(void **state)
{
	task_create("reader", read_one, NULL);
	sim_settle();
	assert_false(done);
	console_input('x');
	sim_settle();
	assert_true(done);
	assert_int_equal(got, 'x');
}

static void a_reader_waits_no_longer_than_it_said(void **state)
{
	task_create("reader", read_one, NULL);
	sim_run_ms(999);
	assert_false(done);
	sim_run_ms(1);
	assert_true(done);
	assert_int_equal(got, -ETIMEDOUT);
	assert_int_equal(console_read(0), -ETIMEDOUT);
}

/* The sleep that it would have ended has not begun. */
static void a_nudge_ends_the_next_wait_too(void **state)
{
	console_nudge();
	sim_settle();
	task_create("reader", read_one, NULL);
	sim_settle();
	assert_true(done);
	assert_int_equal(got, -ETIMEDOUT);
	done = false;
	task_create("reader", read_one, NULL);
	sim_settle();
	assert_false(done);
	console_nudge();
	sim_settle();
	assert_true(done);
}

static void keys_keep_their_order_and_are_bounded(void **state)
{
	for (u32 i = 0; i < CONSOLE_RING + 3; i++)
		console_input((u8)i);
	assert_int_equal(console_lost(), 3);
	for (u32 i = 0; i < CONSOLE_RING; i++)
		assert_int_equal(console_read(0), (u8)i);
	assert_int_equal(console_read(0), -ETIMEDOUT);
	sim_settle();
}

static void write_much(void *arg)
{
	char text[1000];

	memset(text, 'y', sizeof(text));
	console_write(text, sizeof(text));
	done = true;
}

static void a_writer_waits_for_a_slow_line(void **state)
{
	sim_console_hold(true);
	task_create("writer", write_much, NULL);
	sim_run_ms(60000);
	assert_false(done);
	assert_string_equal(sim_console(), "");
	sim_console_hold(false);
	console_drained(0);
	sim_settle();
	assert_true(done);
	assert_int_equal(strlen(sim_console()), 1000);
}

static void what_the_line_lost_is_counted(void **state)
{
	console_drained(5);
	console_drained(2);
	sim_settle();
	assert_int_equal(console_lost(), 7);
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_key_wakes_its_reader),
		T(a_nudge_ends_the_next_wait_too),
		T(a_reader_waits_no_longer_than_it_said),
		T(keys_keep_their_order_and_are_bounded),
		T(a_writer_waits_for_a_slow_line),
		T(what_the_line_lost_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
