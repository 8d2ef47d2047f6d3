/*
 * kernel/machine.h as a simulation. There are no real interrupts: the timer
 * "interrupts" where the test or the idle task lets the clock run up to the
 * armed deadline. See machine_sim.h.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host/splitmix.h"
#include "kernel/log.h"
#include "kernel/random.h"
#include "kernel/softirq.h"
#include "kernel/task.h"
#include "kernel/timer.h"
#include "kernel/wallclock.h"
#include "lib/units.h"
#include "test/host/fiber.h"
#include "test/host/machine_sim.h"

#define RELAX_NS     100
#define CONSOLE_SIZE (64 * 1024)

/* cmocka's, where the program has it: ends the running test. */
void _fail(const char *file, int line) __attribute__((weak));

static struct {
	u64 now_ns, armed_ns;
	u64 random_state;
	s64 wall_seconds;
	u64 live_pages;
	u64 fail_after, fail_every, allocs, failed;
	char console[CONSOLE_SIZE];
	size_t console_len;
	bool console_held;
	bool expecting;
	jmp_buf halted;
} sim = {.armed_ns = UINT64_MAX, .random_state = 1};

u64 machine_now_ns(void)
{
	return sim.now_ns;
}

void machine_timer_arm(u64 deadline_ns)
{
	sim.armed_ns = deadline_ns;
}

/* The watchdog's tests call its tick themselves. */
void machine_watchdog_arm(u64 deadline_ns)
{
}

s64 machine_wall_seconds(void)
{
	return sim.wall_seconds;
}

void sim_set_wall_seconds(s64 seconds)
{
	sim.wall_seconds = seconds;
	wallclock_init();
}

u64 sim_random(void)
{
	return splitmix64(&sim.random_state);
}

void machine_entropy(void *buf, size_t len)
{
	for (u8 *p = buf; len; len--)
		*p++ = (u8)sim_random();
}

void sim_seed(u64 seed)
{
	sim.random_state = seed;
	random_init();
}

/* Memory. */

void sim_fail_alloc_after(u64 n)
{
	sim.fail_after = n;
}

void sim_fail_alloc_every(u64 n)
{
	sim.fail_every = n;
	sim.allocs = 0;
}

bool sim_alloc_fails(void)
{
	bool fails = sim.fail_after && --sim.fail_after == 0;

	if (sim.fail_every && ++sim.allocs % sim.fail_every == 0)
		fails = true;
	sim.failed += fails;
	return fails;
}

u64 sim_allocs_failed(void)
{
	return sim.failed;
}

u64 sim_live_pages(void)
{
	return sim.live_pages;
}

void *machine_pages_alloc(unsigned order)
{
	size_t size = PAGE_SIZE << order;
	void *pages = sim_alloc_fails() ? NULL : aligned_alloc(size, size);

	if (pages)
		sim.live_pages += 1ull << order;
	return pages;
}

void machine_pages_free(void *pages, unsigned order)
{
	sim.live_pages -= 1ull << order;
	free(pages);
}

static void fire_timer(void)
{
	sim.now_ns = MAX(sim.now_ns, sim.armed_ns);
	sim.armed_ns = UINT64_MAX;
	timer_interrupt();
}

/* Every task sleeps: time passes up to the next timer. */
void machine_idle(void)
{
	machine_irq_enable();
	if (sim.armed_ns == UINT64_MAX)
		panic("sim: every task sleeps and no timer is armed");
	fire_timer();
	do_softirq();
}

/* Spinning takes time, so that a wait by the clock alone ends. */
void machine_relax(void)
{
	sim_advance_ns(RELAX_NS);
}

unsigned machine_cpu_id(void)
{
	return 0;
}

/* Console and halting. */

void machine_console_write(const char *text, size_t len)
{
	static int verbose = -1;
	size_t half = CONSOLE_SIZE / 2;

	if (verbose < 0)
		verbose = getenv("SIM_VERBOSE") != NULL;
	if (verbose)
		fwrite(text, 1, len, stdout);
	len = MIN(len, half - 1);
	if (sim.console_len + len >= CONSOLE_SIZE) {
		memmove(sim.console, sim.console + half,
			sim.console_len - half);
		sim.console_len -= half;
	}
	memcpy(sim.console + sim.console_len, text, len);
	sim.console_len += len;
	sim.console[sim.console_len] = '\0';
}

const char *sim_console(void)
{
	return sim.console;
}

void sim_console_clear(void)
{
	sim.console_len = 0;
	sim.console[0] = '\0';
}

void machine_terminal_write(const char *text, size_t len)
{
	machine_console_write(text, len);
}

int machine_console_listen(void)
{
	return 0;
}

bool machine_console_room(size_t len)
{
	return !sim.console_held;
}

void sim_console_hold(bool hold)
{
	sim.console_held = hold;
}

void machine_backtrace(void)
{
	log_line("backtrace:");
}

void machine_dump(void)
{
	machine_backtrace();
}

static void halt_on_main(void)
{
	if (sim.expecting)
		longjmp(sim.halted, 1);
	fflush(stdout);
	fprintf(stderr, "%s", sim.console);
	panicking = false;
	if (_fail)
		_fail("machine_halt", 0);
	abort();
}

void machine_halt(void)
{
	fiber_call_on_main(halt_on_main);
}

/* A test expects these as it expects a halt, and looks at the console. */
void machine_poweroff(u8 code)
{
	char line[32];
	int len = snprintf(line, sizeof(line), "power off, code %u\n", code);

	machine_console_write(line, (size_t)len);
	machine_halt();
}

void machine_reset(void)
{
	machine_console_write("reset\n", 6);
	machine_halt();
}

static const char *panic_reason(void)
{
	static char reason[256];
	const char *at = NULL, *next = sim.console;
	size_t len;

	while ((next = strstr(next, "panic: "))) {
		next += strlen("panic: ");
		at = next;
	}
	if (!at)
		return "";
	len = strcspn(at, "\n");
	len = MIN(len, sizeof(reason) - 1);
	memcpy(reason, at, len);
	reason[len] = '\0';
	return reason;
}

const char *sim_expect_panic(void (*fn)(void *arg), void *arg)
{
	struct softirq_cpu *sc = &softirq_cpus[cpu_id()];
	const char *volatile reason = NULL;
	volatile u32 bh_count = sc->bh_count;
	volatile unsigned long irq_flags = machine_irq_save();

	machine_irq_restore(irq_flags);
	sim.expecting = true;
	if (setjmp(sim.halted))
		reason = panic_reason();
	else
		fn(arg);
	sim.expecting = false;
	panicking = false;
	sc->bh_count = bh_count;
	machine_irq_restore(irq_flags);
	return reason;
}

/* Time. */

void sim_advance_ns(u64 ns)
{
	sim.now_ns += ns;
}

void sim_settle(void)
{
	do {
		do_softirq();
		tasks_run_ready();
	} while (softirq_cpus[cpu_id()].pending);
}

u64 sim_next_ns(void)
{
	return sim.armed_ns;
}

void sim_run_until_ns(u64 end_ns)
{
	sim_settle();
	while (sim.armed_ns <= end_ns) {
		fire_timer();
		sim_settle();
	}
	sim.now_ns = MAX(sim.now_ns, end_ns);
}

void sim_run_until(u64 ms)
{
	sim_run_until_ns(ms * NS_PER_MS);
}

void sim_run_ms(u64 ms)
{
	sim_run_until(clock_ms() + ms);
}

void sim_init(void)
{
	struct softirq_cpu *sc = &softirq_cpus[cpu_id()];

	memset(sc, 0, sizeof(*sc));
	sim.now_ns = 0;
	sim.armed_ns = UINT64_MAX;
	machine_irq_enable();
	sim.fail_after = sim.fail_every = sim.failed = 0;
	sim.console_held = false;
	panicking = false;
	log_set_guest(NULL);
	sim_console_clear();
	tasks_init();
	timers_init();
	softirq_init();
	sim_seed(1);
	sim_set_wall_seconds(0);
	sim_settle();
}

void sim_exit(void)
{
	sim_fail_alloc_after(0);
	sim_fail_alloc_every(0);
	tasks_destroy();
	ASSERT(timers_live() == 0);
}

/* Devices: a driver's test brings its own. */

__attribute__((weak)) u32 mmio_read32(const volatile void *addr)
{
	return *(const volatile u32 *)addr;
}

__attribute__((weak)) void mmio_write32(volatile void *addr, u32 value)
{
	*(volatile u32 *)addr = value;
}

__attribute__((weak)) u64 machine_dma_addr(const void *ptr)
{
	return (uintptr_t)ptr;
}
