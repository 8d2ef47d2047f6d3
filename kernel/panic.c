/*
 * The crash report: see kernel/panic.h. Nothing here allocates, waits for
 * anything but time, or trusts more than it must.
 */
#include "kernel/panic.h"
#include "kernel/machine.h"
#include "kernel/page.h"
#include "kernel/slab.h"
#include "kernel/softirq.h"
#include "kernel/task.h"
#include "kernel/watchdog.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "lib/units.h"

typedef unsigned long long ull;

bool panicking;

static struct panic_notifier *notifiers;
static s32 timeout_s;
static bool nested;

void panic_notifier_add(struct panic_notifier *notifier)
{
	notifier->next = notifiers;
	notifiers = notifier;
}

void panic_notifier_del(struct panic_notifier *notifier)
{
	struct panic_notifier **at = &notifiers;

	while (*at && *at != notifier)
		at = &(*at)->next;
	if (*at)
		*at = notifier->next;
}

void panic_set_timeout(s32 seconds)
{
	timeout_s = seconds;
}

/* Whoever sees the screen may want to read it before it is gone. */
static void stop(void) noreturn;
static void stop(void)
{
	u64 start = machine_now_ns();

	if (!timeout_s)
		machine_halt();
	while (timeout_s > 0 &&
	       machine_now_ns() - start < (u64)timeout_s * NS_PER_S)
		machine_relax();
	machine_reset();
}

/* The console alone: the second time not even that. */
static void give_up(void) noreturn;
static void give_up(void)
{
	static const char text[] =
		"*** another fault in the crash report: given up\n";

	if (!nested) {
		nested = true;
		machine_console_write(text, sizeof(text) - 1);
	}
	stop();
}

void panic_begin(const char *reason)
{
	machine_irq_save();
	if (panicking)
		give_up();
	panicking = true;
	nested = false;
	softirq_cpus[cpu_id()].bh_count++; /* never again a softirq */
	log_at(LOG_ERR, "%s", reason);
}

static void count(const char *text, void *arg)
{
	++*(u32 *)arg;
}

static void replay_line(const char *text)
{
	machine_terminal_write(text, strnlen(text, LOG_LINE_LEN));
	machine_terminal_write("\n", 1);
}

static void replay(const char *text, void *arg)
{
	u32 *skip = arg;

	if (*skip) {
		--*skip;
		return;
	}
	machine_terminal_write("  ", 2);
	replay_line(text);
}

/* Screens and sinks have shown these lines already. */
static void report_lines(void)
{
	char title[32];
	u32 lines = 0, skip;

	log_walk(count, &lines);
	skip = lines > PANIC_LINES ? lines - PANIC_LINES : 0;
	snprintf(title, sizeof(title), "last %u log lines:", lines - skip);
	replay_line(title);
	log_walk(replay, &skip);
}

static void report_task(void)
{
	const struct task *task = task_current();
	const struct softirq_cpu *sc = &softirq_cpus[cpu_id()];

	log_line("task: %s%s%s", task ? task->name : "none",
		 sc->running ? ", in softirq " : "",
		 sc->running ? softirq_names[sc->running - 1] : "");
}

static void report_counters(void)
{
	struct panic_notifier *notifier;

	log_line("counters: uptime_ms %llu timers %llu soft_lockups %llu",
		 (ull)clock_ms(), (ull)timers_live(), (ull)watchdog_lockups());
	log_line("  slab_bytes %llu free_bytes %llu total_bytes %llu",
		 (ull)slab_bytes(), (ull)page_free_bytes(),
		 (ull)page_total_bytes());
	for (notifier = notifiers; notifier; notifier = notifier->next)
		notifier->call(notifier);
}

void panic_end(const char *reason)
{
	report_task();
	report_lines();
	report_counters();
	if (!timeout_s)
		log_line("*** halted after %s", reason);
	else
		log_line("*** reset in %d s after %s", MAX(timeout_s, 0),
			 reason);
	stop();
}

void panic(const char *fmt, ...)
{
	char reason[LOG_LINE_LEN] = "panic: ";
	size_t len = strlen(reason);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason + len, sizeof(reason) - len, fmt, ap);
	va_end(ap);
	panic_begin(reason);
	machine_dump();
	panic_end(reason);
}
