/* Crashes on purpose: see boot/crash_test.h. */
#include "boot/crash_test.h"

#include "kernel/machine.h"
#include "kernel/panic.h"
#include "kernel/softirq.h"
#include "kernel/task.h"

#define DELAY_MS 100
#define SPIN_NS	 2500000000ull

static void spin(void *arg)
{
	u64 start = machine_now_ns();

	while (machine_now_ns() - start < SPIN_NS)
		machine_relax();
}

static void panic_here(void *arg)
{
	panic("crash=softirqpanic");
}

struct crash_action {
	struct softirq_action action;
	void (*fn)(void *arg);
};

/* What it reports raises this softirq again, for the screen. */
static void crash_once(void *arg)
{
	struct crash_action *crash = arg;

	close_softirq(&crash->action);
	crash->fn(NULL);
}

static void crash_softirq(void (*fn)(void *arg))
{
	struct crash_action crash = {{.fn = crash_once, .arg = &crash}, fn};

	local_bh_disable();
	open_softirq(HI_SOFTIRQ, &crash.action);
	raise_softirq(HI_SOFTIRQ);
	local_bh_enable();
}

static noinline u32 recurse(u32 depth)
{
	volatile u32 here[64];

	here[depth % 64] = depth;
	if (here[depth % 64] != depth)
		return 0;
	return recurse(depth + 1) + here[depth % 64];
}

/* An address that the compiler does not know. */
static noinline u8 *pointer(u64 addr)
{
	__asm__ __volatile__("" : "+r"(addr));
	return (u8 *)addr;
}

static void crash_exec(void)
{
	static u8 data[16];

	((void (*)(void))pointer((u64)data))();
}

static void fault_in_report(struct panic_notifier *notifier)
{
	*pointer(0) = 1;
}

static void crash_nested(void)
{
	static struct panic_notifier notifier = {.call = fault_in_report};

	panic_notifier_add(&notifier);
	panic("crash=nested");
}

static void crash_main(void *arg)
{
	enum crash_kind kind = (u64)arg;

	task_sleep_ms(DELAY_MS);
	pr_warn("crash test: on purpose");
	if (kind == CRASH_PANIC)
		panic("crash=%s", "panic");
	ASSERT(kind != CRASH_ASSERT);
	if (kind == CRASH_NULL)
		*pointer(0) = 1;
	if (kind == CRASH_STACK)
		recurse(0);
	if (kind == CRASH_EXEC)
		crash_exec();
	if (kind == CRASH_NESTED)
		crash_nested();
	if (kind == CRASH_SOFTLOCKUP)
		spin(NULL);
	if (kind == CRASH_SOFTIRQ)
		crash_softirq(spin);
	if (kind == CRASH_SOFTIRQ_PANIC)
		crash_softirq(panic_here);
	pr_warn("crash test: survived");
}

void crash_test_start(enum crash_kind kind)
{
	if (kind && !task_create("crash", crash_main, (void *)(u64)kind))
		pr_err("crash test: no memory for its task");
}
