/*
 * The watchdog: see kernel/watchdog.h. Progress is counted where it is made
 * (task.c, softirq.c), with one addition each; the clock is not read there.
 * Ticks are counted and not time: a host that stops this machine for seconds
 * makes one tick late.
 */
#include "kernel/watchdog.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "kernel/task.h"
#include "lib/units.h"

struct progress {
	u64 switches, sections;
	u32 task_ticks, softirq_ticks; /* without any */
	u64 lockups;
};

static struct progress cpus[NR_CPUS];

static void arm(void)
{
	machine_watchdog_arm(machine_now_ns() + WATCHDOG_PERIOD_MS * NS_PER_MS);
}

void watchdog_start(void)
{
	struct softirq_cpu *sc = &softirq_cpus[cpu_id()];
	struct progress *p = &cpus[cpu_id()];

	sc->watched = true;
	p->switches = sc->switches;
	p->sections = sc->sections;
	p->task_ticks = p->softirq_ticks = 0;
	arm();
}

static void report(struct progress *p, const char *kind, const char *name)
{
	p->lockups++;
	pr_err("watchdog: soft lockup: %s %s has run for over %u ms", kind,
	       name, WATCHDOG_PERIODS * WATCHDOG_PERIOD_MS);
	machine_backtrace();
}

/* True: a softirq runs, and is to be blamed for whatever stands still. */
static bool check_softirq(struct progress *p, const struct softirq_cpu *sc)
{
	if (!sc->running || sc->sections != p->sections) {
		p->sections = sc->sections;
		p->softirq_ticks = 0;
		return sc->running;
	}
	if (++p->softirq_ticks == WATCHDOG_PERIODS)
		report(p, "softirq", softirq_names[sc->running - 1]);
	return true;
}

static void check_task(struct progress *p, const struct softirq_cpu *sc)
{
	if (sc->idle || sc->switches != p->switches) {
		p->switches = sc->switches;
		p->task_ticks = 0;
		return;
	}
	if (++p->task_ticks == WATCHDOG_PERIODS)
		report(p, "task", task_current()->name);
}

void watchdog_tick(void)
{
	struct softirq_cpu *sc = &softirq_cpus[cpu_id()];
	struct progress *p = &cpus[cpu_id()];

	if (!check_softirq(p, sc)) {
		check_task(p, sc);
		if (sc->idle) {
			sc->watched = false;
			return;
		}
	}
	arm();
}

u64 watchdog_lockups(void)
{
	u64 sum = 0;

	for (unsigned cpu = 0; cpu < NR_CPUS; cpu++)
		sum += cpus[cpu].lockups;
	return sum;
}
