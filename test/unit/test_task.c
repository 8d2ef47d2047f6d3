/* kernel/task.c: switching, sleeping, waking, and the end of a task. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>
#include "kernel/log.h"
#include "kernel/slab.h"
#include "kernel/softirq.h"
#include "kernel/task.h"
#include "lib/errno.h"
#include "test/host/machine_sim.h"

static char order[128];
static struct wait_queue queue;
static bool condition;
static int result;
static u64 woke_ms, objects_at_start;

static int setup(void **state)
{
	sim_init();
	objects_at_start = sim_live_objects();
	order[0] = '\0';
	condition = false;
	result = 1;
	woke_ms = 0;
	wait_queue_init(&queue);
	return 0;
}

static int teardown(void **state)
{
	assert_int_equal(softirq_cpus[cpu_id()].bh_count, 0);
	sim_exit();
	assert_int_equal(sim_live_objects(), 0);
	return 0;
}

static void note(const char *text)
{
	strcat(order, text);
}

static void note_arg(void *arg)
{
	note(arg);
}

static void note_thrice(void *arg)
{
	for (int i = 0; i < 3; i++) {
		note(arg);
		task_yield();
	}
}

static void sleep_on_queue(void *arg)
{
	local_bh_disable();
	result = wait_sleep(&queue, *(u64 *)arg);
	local_bh_enable();
	woke_ms = clock_ms();
}

static void wait_for_condition(void *arg)
{
	local_bh_disable();
	wait_event(&queue, condition);
	local_bh_enable();
	note(arg);
}

static void a_new_task_runs_in_its_turn(void **state)
{
	task_create("a", note_arg, "a");
	task_create("b", note_arg, "b");
	assert_string_equal(order, "");
	tasks_run_ready();
	assert_string_equal(order, "ab");
}

static void yielding_tasks_take_turns(void **state)
{
	task_create("a", note_thrice, "a");
	task_create("b", note_thrice, "b");
	tasks_run_ready();
	assert_string_equal(order, "ababab");
}

static void note_name(void *arg)
{
	note(task_current()->name);
}

static void the_current_task_is_the_one_that_runs(void **state)
{
	assert_string_equal(task_current()->name, "main");
	task_create("worker", note_name, NULL);
	task_create("a name that is too long", note_name, NULL);
	tasks_run_ready();
	assert_string_equal(order, "workera name that is ");
}

static void an_ended_task_is_freed(void **state)
{
	for (int i = 0; i < 20; i++)
		task_create("brief", note_arg, "x");
	tasks_run_ready();
	assert_int_equal(strlen(order), 20);
	assert_int_equal(sim_live_objects(), objects_at_start);
}

static void sleep_50_ms(void *arg)
{
	task_sleep_ms(50);
	woke_ms = clock_ms();
}

static void sleeps_for_the_time_asked(void **state)
{
	task_create("sleeper", sleep_50_ms, NULL);
	sim_run_until(49);
	assert_int_equal(woke_ms, 0);
	sim_run_until(1000);
	assert_int_equal(woke_ms, 50);
}

static void wake_up_ends_a_wait(void **state)
{
	u64 timeout = 1000;

	task_create("waiter", sleep_on_queue, &timeout);
	sim_run_until(20);
	wake_up(&queue);
	sim_run_until(30);
	assert_int_equal(result, 0);
	assert_int_equal(woke_ms, 20);
	assert_int_equal(timers_live(), 0);
	assert_true(list_empty(&queue.waiters));
}

static void a_wait_times_out(void **state)
{
	u64 timeout = 30;

	task_create("waiter", sleep_on_queue, &timeout);
	sim_run_until(1000);
	assert_int_equal(result, -ETIMEDOUT);
	assert_int_equal(woke_ms, 30);
	assert_true(list_empty(&queue.waiters));
}

static void no_time_to_wait_is_no_wait(void **state)
{
	u64 timeout = 0;

	task_create("waiter", sleep_on_queue, &timeout);
	tasks_run_ready();
	assert_int_equal(result, -ETIMEDOUT);
	assert_int_equal(woke_ms, 0);
}

static void waiting_for_ever_needs_no_timer(void **state)
{
	u64 timeout = WAIT_FOREVER;

	task_create("waiter", sleep_on_queue, &timeout);
	sim_run_until(100);
	assert_int_equal(timers_live(), 0);
	wake_up(&queue);
	sim_settle();
	assert_int_equal(result, 0);
}

static void wake_up_wakes_all_in_order(void **state)
{
	task_create("a", wait_for_condition, "a");
	task_create("b", wait_for_condition, "b");
	tasks_run_ready();
	condition = true;
	wake_up(&queue);
	tasks_run_ready();
	assert_string_equal(order, "ab");
}

static void a_wake_up_without_the_condition_sleeps_again(void **state)
{
	task_create("a", wait_for_condition, "a");
	tasks_run_ready();
	wake_up(&queue);
	tasks_run_ready();
	assert_string_equal(order, "");
	condition = true;
	wake_up(&queue);
	tasks_run_ready();
	assert_string_equal(order, "a");
}

static void wake_from_softirq(void *arg)
{
	condition = true;
	wake_up(&queue);
}

static void no_wake_up_is_lost_between_test_and_sleep(void **state)
{
	struct softirq_action action = {.fn = wake_from_softirq};

	open_softirq(HI_SOFTIRQ, &action);
	local_bh_disable();
	assert_false(condition);
	raise_softirq(HI_SOFTIRQ); /* an interrupt comes here */
	wait_event(&queue, condition);
	local_bh_enable();
	assert_true(condition);
	close_softirq(&action);
}

static void a_blocking_main_lets_time_pass(void **state)
{
	task_sleep_ms(70);
	assert_int_equal(clock_ms(), 70);
}

static void wake_main(void *arg)
{
	task_sleep_ms(25);
	local_bh_disable();
	wake_up(&queue);
	local_bh_enable();
}

static void a_task_wakes_main(void **state)
{
	task_create("waker", wake_main, NULL);
	local_bh_disable();
	assert_int_equal(wait_sleep(&queue, 1000), 0);
	local_bh_enable();
	assert_int_equal(clock_ms(), 25);
}

static void many_tasks_sleep_and_wake(void **state)
{
	u64 timeouts[100];

	for (int i = 0; i < 100; i++) {
		timeouts[i] = 1 + (u64)i;
		assert_non_null(task_create("t", sleep_on_queue, &timeouts[i]));
	}
	sim_run_until(200);
	assert_int_equal(woke_ms, 100);
	assert_int_equal(sim_live_objects(), objects_at_start);
}

static void count_one(const struct task *task, void *arg)
{
	note(task->name);
	note(" ");
}

static void tasks_are_listed_oldest_first(void **state)
{
	task_create("a", note_arg, "");
	tasks_for_each(count_one, NULL);
	assert_string_equal(order, "main ksoftirqd a ");
}

static void no_memory_is_no_task(void **state)
{
	sim_fail_alloc_after(1);
	assert_null(task_create("a", note_arg, "a"));
	tasks_run_ready();
	assert_string_equal(order, "");
}

static void sleep_with_bh_on(void *arg)
{
	(void)wait_sleep(&queue, 10);
}

static void sleeping_with_bottom_halves_on_is_caught(void **state)
{
	assert_non_null(sim_expect_panic(sleep_with_bh_on, NULL));
}

static int polls;

static bool poll_until_bored(void *arg)
{
	if (++polls == 3)
		panic("polled enough");
	return polls < 2;
}

static void run_for_ever(void *arg)
{
	task_create("a", note_arg, "a");
	task_create("sleeper", sleep_50_ms, NULL);
	tasks_run(poll_until_bored, NULL);
}

static void tasks_run_polls_before_it_halts(void **state)
{
	polls = 0;
	assert_string_equal(sim_expect_panic(run_for_ever, NULL),
			    "polled enough");
	assert_string_equal(order, "a");
	assert_int_equal(woke_ms, 50);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_task_runs_in_its_turn),
		TEST(yielding_tasks_take_turns),
		TEST(the_current_task_is_the_one_that_runs),
		TEST(an_ended_task_is_freed),
		TEST(sleeps_for_the_time_asked),
		TEST(wake_up_ends_a_wait),
		TEST(a_wait_times_out),
		TEST(no_time_to_wait_is_no_wait),
		TEST(waiting_for_ever_needs_no_timer),
		TEST(wake_up_wakes_all_in_order),
		TEST(a_wake_up_without_the_condition_sleeps_again),
		TEST(no_wake_up_is_lost_between_test_and_sleep),
		TEST(a_blocking_main_lets_time_pass),
		TEST(a_task_wakes_main),
		TEST(many_tasks_sleep_and_wake),
		TEST(tasks_are_listed_oldest_first),
		TEST(no_memory_is_no_task),
		TEST(sleeping_with_bottom_halves_on_is_caught),
		TEST(tasks_run_polls_before_it_halts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
