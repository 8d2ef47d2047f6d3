/* kernel/panic.c and watchdog.c: the report, the stop, and lockups. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "boot/cmdline.h"
#include "kernel/panic.h"
#include "kernel/task.h"
#include "kernel/watchdog.h"
#include "test/host/machine_sim.h"

static int setup(void **state)
{
	sim_init();
	panic_set_timeout(0);
	return 0;
}

static int teardown(void **state)
{
	panic_set_timeout(0);
	sim_exit();
	return 0;
}

static bool printed(const char *text)
{
	return strstr(sim_console(), text) != NULL;
}

static void do_panic(void *arg)
{
	panic("%s", (const char *)arg);
}

static void report_has_all_its_parts(void **state)
{
	pr_info("something before");
	assert_string_equal(sim_expect_panic(do_panic, "why"), "why");
	assert_true(printed("panic: why\n"));
	assert_true(printed("backtrace:\n"));
	assert_true(printed("task: main\n"));
	assert_true(printed("  [    0.000000] something before\n"));
	assert_true(printed("counters: uptime_ms 0 timers "));
	assert_true(printed("*** halted after panic: why\n"));
	assert_false(printed("reset\n"));
}

static void report_shows_the_last_lines_only(void **state)
{
	for (int i = 0; i < 100; i++)
		pr_info("line %d.", i);
	sim_console_clear();
	sim_expect_panic(do_panic, "why");
	assert_true(printed("last 64 log lines:\n"));
	assert_false(printed("line 35."));
	assert_true(printed("line 36."));
	assert_true(printed("line 99."));
}

static void the_report_does_not_push_lines_out_of_the_ring(void **state)
{
	char text[LOG_LINE_LEN];
	u32 next = 0, last = 0;

	while (log_read(&next, text))
		last = next;
	sim_expect_panic(do_panic, "why");
	assert_int_equal(log_read(&next, text), 0);
	assert_int_equal(next, last);
}

struct notifier {
	struct panic_notifier base;
	bool fault;
	unsigned calls;
};

static void notified(struct panic_notifier *base)
{
	struct notifier *notifier = container_of(base, struct notifier, base);

	notifier->calls++;
	log_line("notified");
	if (notifier->fault)
		panic("in the report");
}

static void notifiers_are_called_while_they_are_added(void **state)
{
	struct notifier a = {.base.call = notified}, b = a;

	panic_notifier_add(&a.base);
	panic_notifier_add(&b.base);
	sim_expect_panic(do_panic, "why");
	panic_notifier_del(&a.base);
	sim_expect_panic(do_panic, "why");
	panic_notifier_del(&b.base);
	sim_expect_panic(do_panic, "why");
	assert_int_equal(a.calls, 1);
	assert_int_equal(b.calls, 2);
}

static void a_fault_in_the_report_ends_it(void **state)
{
	struct notifier bad = {.base.call = notified, .fault = true};

	panic_notifier_add(&bad.base);
	sim_expect_panic(do_panic, "why");
	panic_notifier_del(&bad.base);
	assert_int_equal(bad.calls, 1);
	assert_true(printed("*** another fault in the crash report"));
	assert_false(printed("in the report\n"));
	assert_false(printed("*** halted"));
}

static void a_negative_timeout_resets_at_once(void **state)
{
	panic_set_timeout(-1);
	sim_expect_panic(do_panic, "why");
	assert_true(printed("*** reset in 0 s after panic: why\nreset\n"));
}

static void panic_values(void **state)
{
	static const char *const bad[] = {"",	 "-",	    "x",	  "1x",
					  "--1", "1000001", "9999999999", " 1"};
	s32 seconds = 7;

	assert_true(panic_parse("0", &seconds));
	assert_int_equal(seconds, 0);
	assert_true(panic_parse("30", &seconds));
	assert_int_equal(seconds, 30);
	assert_true(panic_parse("-1", &seconds));
	assert_int_equal(seconds, -1);
	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(panic_parse(bad[i], &seconds));
	assert_int_equal(seconds, -1);
}

static void crash_values(void **state)
{
	enum crash_kind kind = CRASH_NONE;

	assert_true(crash_parse("stack", &kind));
	assert_int_equal(kind, CRASH_STACK);
	assert_false(crash_parse("", &kind));
	assert_false(crash_parse("stac", &kind));
}

struct counting_sink {
	struct log_sink base;
	unsigned lines;
};

static void count_line(struct log_sink *base, const char *text, size_t len)
{
	assert_int_equal(strlen(text), len);
	container_of(base, struct counting_sink, base)->lines++;
}

static void sinks_hear_each_line(void **state)
{
	struct counting_sink sink = {.base.line = count_line};

	log_add_sink(&sink.base);
	pr_info("one");
	pr_debug("not shown");
	log_line("two");
	log_del_sink(&sink.base);
	pr_info("three");
	assert_int_equal(sink.lines, 2);
}

static void log_read_jumps_over_what_is_lost(void **state)
{
	char text[LOG_LINE_LEN];
	u32 next = 0;

	while (log_read(&next, text))
		;
	for (int i = 0; i < LOG_LINES + 5; i++)
		log_line("line %d.", i);
	assert_int_equal(log_read(&next, text), strlen("line 5."));
	assert_string_equal(text, "line 5.");
}

/* What happens between two ticks is the argument. */
static void tick(bool progress)
{
	struct softirq_cpu *sc = &softirq_cpus[cpu_id()];

	if (progress) {
		sc->switches++;
		sc->sections++;
	}
	watchdog_tick();
}

static void a_task_that_does_not_yield_is_reported_once(void **state)
{
	u64 before = watchdog_lockups();

	watchdog_start();
	tick(false);
	assert_int_equal(watchdog_lockups(), before);
	for (int i = 0; i < 10; i++)
		tick(false);
	assert_int_equal(watchdog_lockups(), before + 1);
	assert_true(printed("soft lockup: task main has run"));
	tick(true);
	tick(false);
	tick(false);
	assert_int_equal(watchdog_lockups(), before + 2);
}

static void progress_and_idleness_are_no_lockup(void **state)
{
	struct softirq_cpu *sc = &softirq_cpus[cpu_id()];
	u64 before = watchdog_lockups();

	watchdog_start();
	for (int i = 0; i < 10; i++) {
		task_yield();
		tick(false);
	}
	assert_true(sc->watched);
	sc->idle = true;
	tick(false);
	assert_false(sc->watched);
	sc->idle = false;
	watchdog_touch(sc);
	assert_true(sc->watched);
	assert_int_equal(watchdog_lockups(), before);
}

static void a_long_softirq_is_reported_by_name(void **state)
{
	struct softirq_cpu *sc = &softirq_cpus[cpu_id()];
	u64 before = watchdog_lockups();

	watchdog_start();
	sc->running = NET_RX_SOFTIRQ + 1;
	for (int i = 0; i < 10; i++)
		tick(false);
	sc->running = 0;
	assert_int_equal(watchdog_lockups(), before + 1);
	assert_true(printed("soft lockup: softirq NET_RX has run"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(report_has_all_its_parts),
		TEST(report_shows_the_last_lines_only),
		TEST(the_report_does_not_push_lines_out_of_the_ring),
		TEST(notifiers_are_called_while_they_are_added),
		TEST(a_fault_in_the_report_ends_it),
		TEST(a_negative_timeout_resets_at_once),
		TEST(panic_values),
		TEST(crash_values),
		TEST(sinks_hear_each_line),
		TEST(log_read_jumps_over_what_is_lost),
		TEST(a_task_that_does_not_yield_is_reported_once),
		TEST(progress_and_idleness_are_no_lockup),
		TEST(a_long_softirq_is_reported_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
