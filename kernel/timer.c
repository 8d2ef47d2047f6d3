/*
 * A hierarchical timing wheel (Varghese and Lauck, 1987, scheme 7): 64 slots
 * a level, slots of 1 ms, 64 ms, 4 s, ... A timer stands at the level of the
 * highest 6-bit digit in which its expiry differs from the wheel's time, in
 * the slot of that digit:
 *
 *	now     = 3 . 17 . 40		expires = 3 . 21 .  5
 *	level       2    1    0		    -> level 1, slot 21
 *
 * So every used slot lies ahead, the earliest is the lowest bit of the lowest
 * level in use, and a slot whose time has come is dealt out again: what is
 * due fires, the rest falls to a lower level. A timer moved later stays where
 * it is and is dealt with when its old slot comes.
 */
#include "kernel/timer.h"
#include "kernel/log.h"
#include "kernel/softirq.h"
#include "lib/units.h"

#define DIGIT_BITS 6
#define SLOTS	   64u
#define LEVELS	   7u
#define MAX_MS	   ((1ull << (DIGIT_BITS * LEVELS)) - 1) /* 139 years */
#define DUE	   (LEVELS * SLOTS) /* the list that is being dealt out */
#define NEVER	   UINT64_MAX

struct wheel {
	u64 now_ms;   /* all timers up to here have been dealt with */
	u64 armed_ms; /* the machine will interrupt then, or NEVER */
	u64 live;
	u64 used[LEVELS]; /* bit n: slot n is not empty */
	struct list_head slots[DUE + 1];
};

static struct wheel wheels[NR_CPUS];
static struct softirq_action timer_action;

static void slot_add(struct wheel *w, struct timer *timer)
{
	u64 when = MAX(timer->expires_ms, w->now_ms + 1);
	unsigned top_bit = 63u - (unsigned)__builtin_clzll(when ^ w->now_ms);
	unsigned level = top_bit / DIGIT_BITS;
	unsigned slot = (when >> (level * DIGIT_BITS)) % SLOTS;

	w->used[level] |= 1ull << slot;
	list_add_tail(&timer->node, &w->slots[level * SLOTS + slot]);
}

/* A node whose neighbours are one and the same was alone: that is its head. */
static void slot_del(struct wheel *w, struct timer *timer)
{
	struct list_head *head = timer->node.next;
	bool alone = head == timer->node.prev;

	list_del(&timer->node);
	if (alone && head != &w->slots[DUE]) {
		size_t i = (size_t)(head - w->slots);

		w->used[i / SLOTS] &= ~(1ull << (i % SLOTS));
	}
}

/* The first used slot and the time it begins; NEVER when there is none. */
static u64 next_slot(const struct wheel *w, unsigned *index)
{
	for (unsigned level = 0; level < LEVELS; level++) {
		unsigned shift = level * DIGIT_BITS, slot;
		u64 above;

		if (!w->used[level])
			continue;
		slot = (unsigned)__builtin_ctzll(w->used[level]);
		above = w->now_ms >> (shift + DIGIT_BITS);
		*index = level * SLOTS + slot;
		return (above << DIGIT_BITS | slot) << shift;
	}
	return NEVER;
}

static void arm(struct wheel *w, u64 when_ms)
{
	if (when_ms >= w->armed_ms)
		return;
	w->armed_ms = when_ms;
	machine_timer_arm(when_ms * NS_PER_MS);
}

void mod_timer_at(struct timer *timer, u64 expires_ms)
{
	struct wheel *w = &wheels[cpu_id()];

	expires_ms = MIN(expires_ms, MAX_MS);
	if (timer_pending(timer)) {
		bool later = expires_ms >= timer->expires_ms;

		if (!later)
			slot_del(w, timer);
		timer->expires_ms = expires_ms;
		if (later)
			return;
	} else {
		timer->expires_ms = expires_ms;
		w->live++;
	}
	slot_add(w, timer);
	arm(w, expires_ms);
}

void mod_timer(struct timer *timer, u64 delay_ms)
{
	u64 now = (machine_now_ns() + NS_PER_MS - 1) / NS_PER_MS;

	mod_timer_at(timer, now + MIN(MAX(delay_ms, 1), MAX_MS));
}

bool del_timer(struct timer *timer)
{
	struct wheel *w = &wheels[cpu_id()];

	if (!timer_pending(timer))
		return false;
	slot_del(w, timer);
	w->live--;
	return true;
}

/* Handlers may start, move and stop any timer, those on this list too. */
static void deal_out(struct wheel *w)
{
	struct list_head *due = &w->slots[DUE];

	while (!list_empty(due)) {
		struct timer *timer = list_first(due, struct timer, node);

		list_del(&timer->node);
		if (timer->expires_ms > w->now_ms) {
			slot_add(w, timer);
			continue;
		}
		w->live--;
		timer->fn(timer);
	}
}

static void run_until(struct wheel *w, u64 target_ms)
{
	unsigned i;

	for (;;) {
		u64 when = next_slot(w, &i);

		if (when > target_ms)
			break;
		w->now_ms = when;
		w->used[i / SLOTS] &= ~(1ull << (i % SLOTS));
		list_splice_tail(&w->slots[i], &w->slots[DUE]);
		deal_out(w);
	}
	w->now_ms = MAX(w->now_ms, target_ms);
}

/* TIMER softirq. The machine is asked again once, after all handlers. */
static void run_timers(void *arg)
{
	struct wheel *w = &wheels[cpu_id()];
	unsigned slot;

	w->armed_ms = 0;
	run_until(w, MIN(clock_ms(), MAX_MS));
	w->armed_ms = NEVER;
	arm(w, next_slot(w, &slot));
}

void timer_interrupt(void)
{
	raise_softirq(TIMER_SOFTIRQ);
}

u64 timers_next_ns(void)
{
	unsigned slot;
	u64 when = next_slot(&wheels[cpu_id()], &slot);

	return when == NEVER ? NEVER : when * NS_PER_MS;
}

u64 timers_live(void)
{
	u64 live = 0;

	for (unsigned cpu = 0; cpu < NR_CPUS; cpu++)
		live += wheels[cpu].live;
	return live;
}

void timers_init(void)
{
	for (unsigned cpu = 0; cpu < NR_CPUS; cpu++) {
		struct wheel *w = &wheels[cpu];

		*w = (struct wheel){.now_ms = clock_ms(), .armed_ms = NEVER};
		for (unsigned i = 0; i <= DUE; i++)
			list_init(&w->slots[i]);
	}
	timer_action.fn = run_timers;
	open_softirq(TIMER_SOFTIRQ, &timer_action);
}
