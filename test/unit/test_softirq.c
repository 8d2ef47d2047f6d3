/* kernel/softirq.c: order, locking out, limits, ksoftirqd. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>
#include "kernel/softirq.h"
#include "kernel/task.h"
#include "test/host/machine_sim.h"

static char order[64];
static int runs, again;
static u64 cost_ns;
static struct softirq_action hi, tx, rx, rx2;

static struct softirq_cpu *sc(void)
{
	return &softirq_cpus[cpu_id()];
}

static void note(void *arg)
{
	strcat(order, arg);
}

/* Raises itself again `again` times, each run costing cost_ns. */
static void raise_again(void *arg)
{
	runs++;
	sim_advance_ns(cost_ns);
	if (again-- > 0)
		raise_softirq(NET_RX_SOFTIRQ);
}

static int setup(void **state)
{
	sim_init();
	order[0] = '\0';
	runs = again = 0;
	cost_ns = 0;
	hi = (struct softirq_action){.fn = note, .arg = "h"};
	tx = (struct softirq_action){.fn = note, .arg = "t"};
	rx = (struct softirq_action){.fn = note, .arg = "r"};
	rx2 = (struct softirq_action){.fn = note, .arg = "R"};
	open_softirq(HI_SOFTIRQ, &hi);
	open_softirq(NET_TX_SOFTIRQ, &tx);
	open_softirq(NET_RX_SOFTIRQ, &rx);
	return 0;
}

static int teardown(void **state)
{
	close_softirq(&hi);
	close_softirq(&tx);
	close_softirq(&rx);
	close_softirq(&rx2);
	assert_int_equal(sc()->bh_count, 0);
	sim_exit();
	return 0;
}

static void runs_in_the_order_of_the_enum(void **state)
{
	raise_softirq(NET_RX_SOFTIRQ);
	raise_softirq(NET_TX_SOFTIRQ);
	raise_softirq(HI_SOFTIRQ);
	raise_softirq(NET_RX_SOFTIRQ);
	do_softirq();
	assert_string_equal(order, "htr");
	assert_int_equal(sc()->pending, 0);
}

static void runs_are_counted(void **state)
{
	u64 before = sc()->count[NET_RX_SOFTIRQ];

	raise_softirq(NET_RX_SOFTIRQ);
	do_softirq();
	do_softirq();
	assert_int_equal(sc()->count[NET_RX_SOFTIRQ] - before, 1);
}

static void two_actions_share_a_number(void **state)
{
	open_softirq(NET_RX_SOFTIRQ, &rx2);
	open_softirq(NET_RX_SOFTIRQ, &rx2);
	raise_softirq(NET_RX_SOFTIRQ);
	do_softirq();
	assert_string_equal(order, "rR");
	close_softirq(&rx);
	raise_softirq(NET_RX_SOFTIRQ);
	do_softirq();
	assert_string_equal(order, "rRR");
}

static void waits_for_the_outermost_bh_enable(void **state)
{
	local_bh_disable();
	local_bh_disable();
	raise_softirq(NET_RX_SOFTIRQ);
	do_softirq();
	irq_exit();
	local_bh_enable();
	assert_string_equal(order, "");
	local_bh_enable();
	assert_string_equal(order, "r");
}

static void see_context(void *arg)
{
	*(bool *)arg = in_softirq();
}

static void handlers_run_with_bottom_halves_off(void **state)
{
	bool inside = false;

	hi.fn = see_context;
	hi.arg = &inside;
	raise_softirq(HI_SOFTIRQ);
	do_softirq();
	assert_true(inside);
	assert_false(in_softirq());
}

static void see_interrupts(void *arg)
{
	unsigned long off = machine_irq_save();

	*(unsigned long *)arg = off;
	machine_irq_restore(off);
}

static void irq_exit_runs_with_interrupts_on(void **state)
{
	unsigned long off = 7;

	hi.fn = see_interrupts;
	hi.arg = &off;
	raise_softirq(HI_SOFTIRQ);
	machine_irq_disable();
	irq_exit();
	assert_int_equal(off, 0);
	assert_int_equal(machine_irq_save(), 1);
	machine_irq_enable();
}

static void raised_by_a_handler_runs_in_the_next_pass(void **state)
{
	rx.fn = raise_again;
	again = 3;
	raise_softirq(NET_RX_SOFTIRQ);
	do_softirq();
	assert_int_equal(runs, 4);
}

static void after_ten_restarts_the_rest_is_ksoftirqds(void **state)
{
	rx.fn = raise_again;
	again = 100;
	raise_softirq(NET_RX_SOFTIRQ);
	do_softirq();
	assert_int_equal(runs, 1 + SOFTIRQ_MAX_RESTART);
	assert_true(sc()->pending);
	do_softirq();
	assert_int_equal(runs, 1 + SOFTIRQ_MAX_RESTART);
	sim_settle();
	assert_int_equal(runs, 101);
	assert_int_equal(sc()->ksoftirqd_runs, 9);
}

static void after_two_milliseconds_the_rest_is_ksoftirqds(void **state)
{
	rx.fn = raise_again;
	again = 5;
	cost_ns = 1500000;
	raise_softirq(NET_RX_SOFTIRQ);
	do_softirq();
	assert_int_equal(runs, 3);
	sim_settle();
	assert_int_equal(runs, 6);
}

static void count_turns(void *arg)
{
	int *turns = arg;

	while (*turns < 1000 && again > 0) {
		(*turns)++;
		task_yield();
	}
}

static void tasks_have_turns_under_a_flood(void **state)
{
	int turns = 0;

	task_create("worker", count_turns, &turns);
	rx.fn = raise_again;
	again = 200;
	raise_softirq(NET_RX_SOFTIRQ);
	sim_settle();
	assert_true(turns >= 200 / (SOFTIRQ_MAX_RESTART + 1) - 1);
}

static void a_task_that_never_yields_cannot_stop_softirqs(void **state)
{
	rx.fn = raise_again;
	again = 20;
	raise_softirq(NET_RX_SOFTIRQ);
	do_softirq();
	sim_advance_ns(SOFTIRQ_DEFER_MS * 1000000ull);
	irq_exit();
	assert_int_equal(runs, 21);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(runs_in_the_order_of_the_enum),
		TEST(runs_are_counted),
		TEST(two_actions_share_a_number),
		TEST(waits_for_the_outermost_bh_enable),
		TEST(handlers_run_with_bottom_halves_off),
		TEST(irq_exit_runs_with_interrupts_on),
		TEST(raised_by_a_handler_runs_in_the_next_pass),
		TEST(after_ten_restarts_the_rest_is_ksoftirqds),
		TEST(after_two_milliseconds_the_rest_is_ksoftirqds),
		TEST(tasks_have_turns_under_a_flood),
		TEST(a_task_that_never_yields_cannot_stop_softirqs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
