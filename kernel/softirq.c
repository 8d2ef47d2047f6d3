/*
 * Softirqs. bh_count is the lock between a CPU's tasks and its bottom halves:
 * above zero, do_softirq goes away and whoever takes it back to zero looks
 * at `pending` afterwards, so that nothing raised in between is lost.
 */
#include "kernel/softirq.h"
#include "kernel/log.h"
#include "kernel/task.h"
#include "kernel/watchdog.h"
#include "lib/units.h"

struct softirq_cpu softirq_cpus[NR_CPUS];

const char *const softirq_names[NR_SOFTIRQS] = {
	[HI_SOFTIRQ] = "HI",
	[TIMER_SOFTIRQ] = "TIMER",
	[NET_TX_SOFTIRQ] = "NET_TX",
	[NET_RX_SOFTIRQ] = "NET_RX",
};

static struct list_head actions[NR_SOFTIRQS] = {
	LIST_HEAD_INIT(actions[0]),
	LIST_HEAD_INIT(actions[1]),
	LIST_HEAD_INIT(actions[2]),
	LIST_HEAD_INIT(actions[3]),
};

static struct wait_queue ksoftirqd_wait[NR_CPUS];
static struct task *ksoftirqd[NR_CPUS];

void open_softirq(enum softirq_nr nr, struct softirq_action *action)
{
	local_bh_disable();
	if (action->node.next)
		list_del(&action->node);
	list_add_tail(&action->node, &actions[nr]);
	local_bh_enable();
}

void close_softirq(struct softirq_action *action)
{
	local_bh_disable();
	if (action->node.next)
		list_del(&action->node);
	local_bh_enable();
}

/* One pass, in the enum's order, over what was pending when it began. */
static void run_pending(struct softirq_cpu *sc)
{
	u32 pending = __atomic_exchange_n(&sc->pending, 0, __ATOMIC_RELAXED);

	sc->sections++;
	for (; pending; pending &= pending - 1) {
		unsigned nr = (unsigned)__builtin_ctz(pending);
		struct softirq_action *action, *next;

		sc->running = (u8)(nr + 1);
		sc->count[nr]++;
		list_for_each_entry_safe (action, next, &actions[nr], node)
			action->fn(action->arg);
	}
	sc->running = 0;
}

/* Leaves the rest to ksoftirqd, so that tasks have a turn under a flood. */
static void defer(struct softirq_cpu *sc, u64 now_ns)
{
	unsigned cpu = cpu_id();

	sc->deferred_until_ns = now_ns + SOFTIRQ_DEFER_MS * NS_PER_MS;
	wake_up(&ksoftirqd_wait[cpu]);
}

/*
 * The clock is read only when a second pass is due: the first is bounded by
 * the handlers' own budgets.
 */
static bool enough(struct softirq_cpu *sc, unsigned passes, u64 *deadline_ns)
{
	u64 now = machine_now_ns();

	if (passes == 1)
		*deadline_ns = now + SOFTIRQ_MAX_MS * NS_PER_MS;
	if (passes <= SOFTIRQ_MAX_RESTART && now < *deadline_ns)
		return false;
	if (!ksoftirqd[cpu_id()])
		return false;
	defer(sc, now);
	return true;
}

static void run_softirqs(struct softirq_cpu *sc)
{
	u64 deadline_ns = 0;
	unsigned passes = 0;
	bool stop = false;

	watchdog_touch(sc);
	do {
		sc->bh_count = 1;
		barrier();
		run_pending(sc);
		if (READ_ONCE(sc->pending))
			stop = enough(sc, ++passes, &deadline_ns);
		barrier();
		sc->bh_count = 0;
		barrier();
	} while (READ_ONCE(sc->pending) && !stop);
}

/*
 * Work given to ksoftirqd is not taken back, unless a task has kept the CPU
 * for so long that the network would stand still.
 */
static bool deferred(struct softirq_cpu *sc)
{
	return unlikely(sc->deferred_until_ns) &&
	       machine_now_ns() < sc->deferred_until_ns;
}

void do_softirq(void)
{
	struct softirq_cpu *sc = &softirq_cpus[cpu_id()];

	if (!sc->bh_count && READ_ONCE(sc->pending) && !deferred(sc))
		run_softirqs(sc);
}

void irq_exit(void)
{
	struct softirq_cpu *sc = &softirq_cpus[cpu_id()];

	if (sc->bh_count || !sc->pending || deferred(sc))
		return;
	machine_irq_enable();
	run_softirqs(sc);
	machine_irq_disable();
}

static void ksoftirqd_main(void *arg)
{
	struct softirq_cpu *sc = &softirq_cpus[cpu_id()];

	for (;;) {
		local_bh_disable();
		wait_event(&ksoftirqd_wait[cpu_id()], sc->deferred_until_ns);
		sc->deferred_until_ns = 0;
		sc->ksoftirqd_runs++;
		local_bh_enable(); /* runs what is pending */
		task_yield();
	}
}

void softirq_init(void)
{
	unsigned cpu = cpu_id();

	wait_queue_init(&ksoftirqd_wait[cpu]);
	softirq_cpus[cpu].deferred_until_ns = 0;
	ksoftirqd[cpu] = task_create("ksoftirqd", ksoftirqd_main, NULL);
	if (!ksoftirqd[cpu])
		pr_warn("softirq: no memory for ksoftirqd");
}
