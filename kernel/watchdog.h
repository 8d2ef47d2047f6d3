/*
 * The soft lockup watchdog: a task that has not yielded, or a softirq that
 * has not ended, for a second is reported once, with a backtrace. The timer
 * interrupt looks twice a second, while something runs: an idle machine is
 * not woken for it. What spins with interrupts off is not seen.
 *
 *	idle --softirq--> armed --tick--> idle ? disarmed : armed again
 */
#pragma once

#include "kernel/softirq.h"

#define WATCHDOG_PERIOD_MS 500
#define WATCHDOG_PERIODS   2 /* without progress: a lockup */

void watchdog_start(void);

/* Each way out of idle is by a softirq: those call it as they begin. */
static inline void watchdog_touch(const struct softirq_cpu *sc)
{
	if (unlikely(!sc->watched))
		watchdog_start();
}

/* Hard irq: its deadline has come. */
void watchdog_tick(void);

/* Reports since boot. */
u64 watchdog_lockups(void);
