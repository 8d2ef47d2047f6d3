/*
 * Softirqs: the bottom half. A hard irq raises; the work runs on irq exit,
 * when bottom halves are enabled again, or in ksoftirqd once it has taken
 * 2 ms or 10 restarts. Order within a run is the enum's.
 */
#pragma once

#include "kernel/cpu.h"
#include "lib/list.h"

enum softirq_nr {
	HI_SOFTIRQ,
	TIMER_SOFTIRQ,
	NET_TX_SOFTIRQ,
	NET_RX_SOFTIRQ,
	NR_SOFTIRQS
};

#define SOFTIRQ_MAX_MS	    2
#define SOFTIRQ_MAX_RESTART 10
#define SOFTIRQ_DEFER_MS    10 /* ksoftirqd must have run by then */

/*
 * One handler of a softirq; several may share a number (one per stack).
 * Opening one that is open is harmless.
 */
struct softirq_action {
	struct list_head node;
	void (*fn)(void *arg);
	void *arg;
};

struct softirq_cpu {
	u32 pending;		/* bit n: softirq n is raised */
	u32 bh_count;		/* > 0: bottom halves are off (or running) */
	u64 count[NR_SOFTIRQS]; /* runs, for /proc/softirqs */
	u64 ksoftirqd_runs;
	u64 deferred_until_ns; /* ksoftirqd has the work; 0: it has not */
	u64 sections;	       /* passes begun, for the watchdog */
	u64 switches;	       /* times that a task gave way, likewise */
	u8 running;	       /* softirq number + 1; 0: none */
	bool idle;	       /* halted, but for what interrupts */
	bool watched;	       /* the watchdog is armed */
};

extern struct softirq_cpu softirq_cpus[NR_CPUS];
extern const char *const softirq_names[NR_SOFTIRQS];

void open_softirq(enum softirq_nr nr, struct softirq_action *action);
void close_softirq(struct softirq_action *action);

/* Starts the ksoftirqd task; before that, overlong work just continues. */
void softirq_init(void);

/* Runs what is pending, unless bottom halves are off. Not in hard irq. */
void do_softirq(void);

/* The irq entry code calls it last, interrupts off. */
void irq_exit(void);

/* Any context; from hard irq or softirq it runs when that ends. */
static inline void raise_softirq(enum softirq_nr nr)
{
	__atomic_fetch_or(&softirq_cpus[cpu_id()].pending, 1u << nr,
			  __ATOMIC_RELAXED);
}

static inline void local_bh_disable(void)
{
	softirq_cpus[cpu_id()].bh_count++;
	barrier();
}

/* Runs pending softirqs when this was the outermost. */
static inline void local_bh_enable(void)
{
	struct softirq_cpu *sc = &softirq_cpus[cpu_id()];

	barrier();
	if (--sc->bh_count == 0 && unlikely(READ_ONCE(sc->pending)))
		do_softirq();
}

static inline bool in_softirq(void)
{
	return softirq_cpus[cpu_id()].bh_count != 0;
}
