/*
 * Timers: a hierarchical wheel per CPU with ticks of 1 ms. Add, move and
 * cancel cost the same whatever the number of timers; handlers run in the
 * TIMER softirq. Tickless: the machine is asked for the next expiry only.
 */
#pragma once

#include "kernel/machine.h"
#include "lib/list.h"

struct timer {
	struct list_head node;
	u64 expires_ms; /* in clock_ms() time */
	void (*fn)(struct timer *timer);
};

/* Milliseconds since boot. */
static inline u64 clock_ms(void)
{
	return machine_now_ns() / 1000000;
}

void timers_init(void);

static inline void timer_setup(struct timer *timer, void (*fn)(struct timer *))
{
	list_init(&timer->node);
	timer->expires_ms = 0;
	timer->fn = fn;
}

static inline bool timer_pending(const struct timer *timer)
{
	return !list_empty(&timer->node);
}

/*
 * (Re)starts the timer to fire `delay_ms` from now, at least one tick on and
 * never early. A pending timer is moved; moving it later costs one store. A
 * timer belongs to the CPU that started it. Any context with bottom halves
 * off, or softirq.
 */
void mod_timer(struct timer *timer, u64 delay_ms);

/* The same for callers that have the time already: fires at expires_ms. */
void mod_timer_at(struct timer *timer, u64 expires_ms);

/* Stops it; true when it was pending. The handler will not run after. */
bool del_timer(struct timer *timer);

/* The timer interrupt: raises TIMER_SOFTIRQ. */
void timer_interrupt(void);

/* When the next timer is due in ns (an early bound), UINT64_MAX if none. */
u64 timers_next_ns(void);

/* Timers that are pending now, for leak checks. */
u64 timers_live(void);
