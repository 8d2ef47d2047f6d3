/* kernel/timer.c: against a model that knows each expiry. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/softirq.h"
#include "kernel/timer.h"
#include "test/host/machine_sim.h"

#define COUNT 500
#define DAY   (24 * 3600 * 1000ull)

struct probe {
	struct timer timer;
	u64 expected_ms; /* 0: must not fire */
	u64 fired_ms;
	int fired;
};

static struct probe probes[COUNT];

static void probe_fires(struct timer *timer)
{
	struct probe *probe = container_of(timer, struct probe, timer);

	probe->fired++;
	probe->fired_ms = clock_ms();
	assert_int_equal(probe->fired_ms, probe->expected_ms);
	probe->expected_ms = 0;
}

static int setup(void **state)
{
	sim_init();
	memset(probes, 0, sizeof(probes));
	for (int i = 0; i < COUNT; i++)
		timer_setup(&probes[i].timer, probe_fires);
	return 0;
}

static int teardown(void **state)
{
	for (int i = 0; i < COUNT; i++)
		del_timer(&probes[i].timer);
	sim_exit();
	return 0;
}

static void probe_start(struct probe *probe, u64 delay_ms)
{
	probe->expected_ms = clock_ms() + MAX(delay_ms, 1);
	mod_timer(&probe->timer, delay_ms);
}

static void fires_once_at_its_time(void **state)
{
	probe_start(&probes[0], 200);
	sim_run_until(199);
	assert_int_equal(probes[0].fired, 0);
	assert_true(timer_pending(&probes[0].timer));
	sim_run_until(1000);
	assert_int_equal(probes[0].fired, 1);
	assert_int_equal(probes[0].fired_ms, 200);
	assert_false(timer_pending(&probes[0].timer));
}

static void no_delay_is_one_tick(void **state)
{
	probe_start(&probes[0], 0);
	sim_settle();
	assert_int_equal(probes[0].fired, 0);
	sim_run_until(1);
	assert_int_equal(probes[0].fired, 1);
}

static void never_fires_early_within_a_tick(void **state)
{
	sim_advance_ns(999999);
	mod_timer(&probes[0].timer, 1);
	probes[0].expected_ms = 2;
	sim_run_until(5);
	assert_int_equal(probes[0].fired, 1);
}

static void a_deleted_timer_does_not_fire(void **state)
{
	probe_start(&probes[0], 10);
	assert_true(del_timer(&probes[0].timer));
	assert_false(del_timer(&probes[0].timer));
	probes[0].expected_ms = 0;
	sim_run_until(100);
	assert_int_equal(probes[0].fired, 0);
	assert_int_equal(timers_live(), 0);
}

static void a_timer_moves_later_and_sooner(void **state)
{
	probe_start(&probes[0], 100);
	sim_run_until(50);
	probe_start(&probes[0], 100);
	sim_run_until(120);
	assert_int_equal(probes[0].fired, 0);
	probe_start(&probes[0], 5);
	sim_run_until(1000);
	assert_int_equal(probes[0].fired, 1);
	assert_int_equal(probes[0].fired_ms, 125);
}

/* Moved later by each packet: one slot, one early look, one shot. */
static void often_moved_later_fires_once_at_the_last_time(void **state)
{
	for (u64 ms = 0; ms < 5000; ms += 10) {
		sim_run_until(ms);
		probe_start(&probes[0], 200);
		assert_int_equal(timers_live(), 1);
	}
	sim_run_until(DAY);
	assert_int_equal(probes[0].fired, 1);
	assert_int_equal(probes[0].fired_ms, 5190);
}

static void distances_of_every_level_are_exact(void **state)
{
	u64 end = 0, distance = 1;

	for (int i = 0; i < 36; i++, distance *= 2) {
		probe_start(&probes[i], distance);
		probe_start(&probes[100 + i], distance + 1);
		probe_start(&probes[200 + i], distance - 1);
		end = distance + 1;
	}
	sim_run_until(end);
	for (int i = 0; i < 36; i++)
		assert_int_equal(probes[i].fired + probes[100 + i].fired +
					 probes[200 + i].fired,
				 3);
}

/* From just before a carry through all digits of the wheel's time. */
static void digits_carry_over(void **state)
{
	for (int bits = 6; bits <= 36; bits += 6) {
		sim_run_until((1ull << bits) - 3);
		for (int i = 0; i < 200; i++)
			probe_start(&probes[i], (u64)i);
		sim_run_ms(300);
		for (int i = 0; i < 200; i++)
			assert_int_equal(probes[i].expected_ms, 0);
	}
}

static u64 random_delay(void)
{
	return sim_random() % (1ull << (sim_random() % 24));
}

static void random_operations_agree_with_the_model(void **state)
{
	for (int round = 0; round < 100000; round++) {
		struct probe *probe = &probes[sim_random() % COUNT];

		switch (sim_random() % 4) {
		case 0:
		case 1:
			probe_start(probe, random_delay());
			break;
		case 2:
			assert_int_equal(del_timer(&probe->timer),
					 probe->expected_ms != 0);
			probe->expected_ms = 0;
			break;
		default:
			sim_run_ms(sim_random() % 50);
		}
	}
	sim_run_ms(1ull << 25);
	for (int i = 0; i < COUNT; i++)
		assert_int_equal(probes[i].expected_ms, 0);
	assert_int_equal(timers_live(), 0);
}

static u64 last_expiry;
static int fired_in_order;

static void must_fire_in_order(struct timer *timer)
{
	assert_true(timer->expires_ms >= last_expiry);
	last_expiry = timer->expires_ms;
	fired_in_order++;
}

static void a_far_jump_fires_all_in_order_of_expiry(void **state)
{
	last_expiry = 0;
	fired_in_order = 0;
	for (int i = 0; i < COUNT; i++) {
		timer_setup(&probes[i].timer, must_fire_in_order);
		mod_timer(&probes[i].timer, sim_random() % (30 * DAY));
	}
	sim_advance_ns(365 * DAY * 1000000);
	timer_interrupt();
	sim_settle();
	assert_int_equal(fired_in_order, COUNT);
}

static void restart_itself(struct timer *timer)
{
	if (++probes[0].fired < 10)
		mod_timer(timer, 7);
}

static void a_handler_may_restart_its_timer(void **state)
{
	timer_setup(&probes[0].timer, restart_itself);
	mod_timer(&probes[0].timer, 7);
	sim_run_until(69);
	assert_int_equal(probes[0].fired, 9);
	sim_run_until(1000);
	assert_int_equal(probes[0].fired, 10);
}

static void stop_the_others(struct timer *timer)
{
	probes[0].fired++;
	for (int i = 1; i < COUNT; i++)
		del_timer(&probes[i].timer);
}

static void a_handler_may_stop_timers_due_with_it(void **state)
{
	timer_setup(&probes[0].timer, stop_the_others);
	mod_timer(&probes[0].timer, 5);
	for (int i = 1; i < COUNT; i++)
		probe_start(&probes[i], 5 + (u64)i % 3);
	sim_run_until(100);
	assert_int_equal(probes[0].fired, 1);
	for (int i = 1; i < COUNT; i++)
		assert_int_equal(probes[i].fired, 0);
}

static void move_the_next(struct timer *timer)
{
	probe_start(&probes[1], 20);
	probe_start(&probes[2], 1);
}

static void a_handler_may_move_timers_due_with_it(void **state)
{
	timer_setup(&probes[0].timer, move_the_next);
	mod_timer(&probes[0].timer, 5);
	probe_start(&probes[1], 5);
	probe_start(&probes[2], 5);
	sim_run_until(100);
	assert_int_equal(probes[1].fired_ms, 25);
	assert_int_equal(probes[2].fired_ms, 6);
}

static void next_is_known_and_never_late(void **state)
{
	assert_true(timers_next_ns() == UINT64_MAX);
	probe_start(&probes[0], 40);
	assert_int_equal(timers_next_ns(), 40 * 1000000);
	probe_start(&probes[1], 5000);
	del_timer(&probes[0].timer);
	assert_true(timers_next_ns() <= 5000ull * 1000000);
	assert_true(timers_next_ns() >= 4096ull * 1000000);
}

static void for_ever_is_far_away(void **state)
{
	mod_timer(&probes[0].timer, UINT64_MAX);
	sim_run_until(1000 * DAY);
	assert_int_equal(probes[0].fired, 0);
	assert_true(del_timer(&probes[0].timer));
}

static void a_million_starts_and_stops(void **state)
{
	for (int i = 0; i < 1000000; i++) {
		struct probe *probe = &probes[i % COUNT];

		if (!del_timer(&probe->timer))
			mod_timer(&probe->timer, (u64)i * 7919 % 300000 + 1);
	}
	for (int i = 0; i < COUNT; i++)
		del_timer(&probes[i].timer);
	assert_int_equal(timers_live(), 0);
	assert_true(timers_next_ns() == UINT64_MAX);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fires_once_at_its_time),
		TEST(no_delay_is_one_tick),
		TEST(never_fires_early_within_a_tick),
		TEST(a_deleted_timer_does_not_fire),
		TEST(a_timer_moves_later_and_sooner),
		TEST(often_moved_later_fires_once_at_the_last_time),
		TEST(distances_of_every_level_are_exact),
		TEST(digits_carry_over),
		TEST(random_operations_agree_with_the_model),
		TEST(a_far_jump_fires_all_in_order_of_expiry),
		TEST(a_handler_may_restart_its_timer),
		TEST(a_handler_may_stop_timers_due_with_it),
		TEST(a_handler_may_move_timers_due_with_it),
		TEST(next_is_known_and_never_late),
		TEST(for_ever_is_far_away),
		TEST(a_million_starts_and_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
