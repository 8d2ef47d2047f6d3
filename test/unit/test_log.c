/* kernel/log.c: lines, levels, the ring, and panics. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/log.h"
#include "kernel/task.h"
#include "test/host/machine_sim.h"

struct walk {
	int count;
	char first[256], last[256];
};

static void remember(const char *text, void *arg)
{
	struct walk *walk = arg;

	if (!walk->count++)
		strncpy(walk->first, text, sizeof(walk->first) - 1);
	strncpy(walk->last, text, sizeof(walk->last) - 1);
}

static int setup(void **state)
{
	sim_init();
	return 0;
}

static int teardown(void **state)
{
	log_set_level(LOG_INFO);
	sim_exit();
	return 0;
}

static void a_line_has_its_time_before_it(void **state)
{
	sim_advance_ns(12 * 1000000000ull + 34567890);
	pr_info("eth%d: link up", 0);
	assert_string_equal(sim_console(), "[   12.034567] eth0: link up\n");
}

static void a_known_time_of_day_follows_it(void **state)
{
	sim_set_wall_seconds(784111777); /* 08:49:37 */
	sim_advance_ns(2000000000);
	pr_info("late");
	assert_string_equal(sim_console(), "[    2.000000 08:49:39] late\n");
}

static void more_verbose_levels_are_left_out(void **state)
{
	pr_debug("unseen");
	assert_string_equal(sim_console(), "");
	log_set_level(LOG_DEBUG);
	pr_debug("seen");
	assert_non_null(strstr(sim_console(), "seen"));
	log_set_level(LOG_ERR);
	pr_warn("hidden");
	assert_null(strstr(sim_console(), "hidden"));
}

static void the_ring_keeps_the_last_lines(void **state)
{
	struct walk walk = {};

	for (int i = 0; i < LOG_LINES + 10; i++)
		pr_info("line %d.", i);
	log_walk(remember, &walk);
	assert_int_equal(walk.count, LOG_LINES);
	assert_non_null(strstr(walk.first, "line 10."));
	assert_non_null(strstr(walk.last, "line 137."));
}

static void a_long_line_is_cut_and_ended(void **state)
{
	char text[500];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	pr_info("%s", text);
	pr_info("next");
	assert_true(strcspn(sim_console(), "\n") < 200);
	assert_non_null(strstr(sim_console(), "x\n[    0.000000] next\n"));
}

static void do_panic(void *arg)
{
	panic("lost %d frames", 3);
}

static void a_panic_tells_the_reason_and_halts(void **state)
{
	const char *reason = sim_expect_panic(do_panic, NULL);

	assert_non_null(reason);
	assert_string_equal(reason, "lost 3 frames");
}

static void panic_in_panic(void *arg)
{
	panicking = true;
	panic("never printed");
}

static void a_panic_inside_a_panic_halts_at_once(void **state)
{
	assert_non_null(sim_expect_panic(panic_in_panic, NULL));
	assert_null(strstr(sim_console(), "never printed"));
}

static void assert_one(void *arg)
{
	ASSERT(*(int *)arg == 1);
}

static void a_failed_assertion_names_itself(void **state)
{
	int value = 1;

	assert_null(sim_expect_panic(assert_one, &value));
	value = 2;
	assert_non_null(strstr(sim_expect_panic(assert_one, &value),
			       "*(int *)arg == 1"));
}

static void panic_in_a_task(void *arg)
{
	task_create("bad", do_panic, NULL);
	tasks_run_ready();
}

static void a_panic_in_a_task_is_caught_as_well(void **state)
{
	assert_string_equal(sim_expect_panic(panic_in_a_task, NULL),
			    "lost 3 frames");
}

static bool warn(int value)
{
	return WARN_ONCE(value > 1, "value %d is odd", value);
}

static void a_warning_comes_once_a_place(void **state)
{
	assert_false(warn(1));
	assert_true(warn(2));
	assert_non_null(strstr(sim_console(), "value 2"));
	assert_true(warn(3));
	assert_null(strstr(sim_console(), "value 3"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_line_has_its_time_before_it),
		TEST(a_known_time_of_day_follows_it),
		TEST(more_verbose_levels_are_left_out),
		TEST(the_ring_keeps_the_last_lines),
		TEST(a_long_line_is_cut_and_ended),
		TEST(a_panic_tells_the_reason_and_halts),
		TEST(a_panic_inside_a_panic_halts_at_once),
		TEST(a_failed_assertion_names_itself),
		TEST(a_panic_in_a_task_is_caught_as_well),
		TEST(a_warning_comes_once_a_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
