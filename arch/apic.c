/*
 * The local APIC (Intel SDM volume 3A, chapter 10): xAPIC by memory, or by
 * MSR when firmware has left it in x2APIC mode. Its timer is used one-shot,
 * or by TSC deadline (10.5.4.1) where the CPU can.
 */
#include "arch/apic.h"
#include "arch/cpu.h"
#include "arch/io.h"
#include "arch/irq.h"
#include "arch/mmio.h"
#include "arch/tsc.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "kernel/timer.h"
#include "kernel/watchdog.h"

enum lapic_reg {
	LAPIC_ID = 0x020,
	LAPIC_TPR = 0x080,
	LAPIC_EOI = 0x0b0,
	LAPIC_SVR = 0x0f0,
	LAPIC_LVT_TIMER = 0x320,
	LAPIC_LVT_LINT0 = 0x350,
	LAPIC_LVT_ERROR = 0x370,
	LAPIC_TIMER_INITIAL = 0x380,
	LAPIC_TIMER_CURRENT = 0x390,
	LAPIC_TIMER_DIVIDE = 0x3e0,
};

#define APIC_BASE_X2APIC  (1u << 10)
#define APIC_BASE_ENABLE  (1u << 11)
#define APIC_BASE_ADDRESS 0x000ffffffffff000ull
#define X2APIC_MSR	  0x800
#define SVR_ENABLE	  (1u << 8)
#define LVT_MASKED	  (1u << 16)
#define LVT_TSC_DEADLINE  (2u << 17)
#define DIVIDE_BY_16	  0x3
#define PIC1_DATA	  0x21
#define PIC2_DATA	  0xa1

static u8 *lapic; /* NULL in x2APIC mode */
static bool use_deadline;
static u64 counts_per_ns; /* of the timer, 32.32 fixed point */
static u64 armed_ns = UINT64_MAX, watchdog_ns = UINT64_MAX;

static u32 lapic_read(enum lapic_reg reg)
{
	if (!lapic)
		return rdmsr(X2APIC_MSR + reg / 16);
	return mmio_read32(lapic + reg);
}

static void lapic_write(enum lapic_reg reg, u32 value)
{
	if (!lapic)
		wrmsr(X2APIC_MSR + reg / 16, value);
	else
		mmio_write32(lapic + reg, value);
}

u32 lapic_id(void)
{
	u32 id = lapic_read(LAPIC_ID);

	return lapic ? id >> 24 : id;
}

void lapic_eoi(void)
{
	lapic_write(LAPIC_EOI, 0);
}

/* The MADT's address is where it should be; the MSR says where it is. */
void lapic_init(u64 base)
{
	u64 msr = rdmsr(MSR_APIC_BASE);

	outb(PIC1_DATA, 0xff);
	outb(PIC2_DATA, 0xff);
	if (!(msr & APIC_BASE_ENABLE))
		wrmsr(MSR_APIC_BASE,
		      (msr & ~APIC_BASE_ADDRESS) | base | APIC_BASE_ENABLE);
	msr = rdmsr(MSR_APIC_BASE);
	if (!(msr & APIC_BASE_X2APIC))
		lapic = (u8 *)(msr & APIC_BASE_ADDRESS);
	if ((u64)lapic >> 32)
		panic("apic: registers at %#llx", (unsigned long long)msr);
	lapic_write(LAPIC_TPR, 0);
	lapic_write(LAPIC_LVT_LINT0, LVT_MASKED);
	lapic_write(LAPIC_LVT_ERROR, LVT_MASKED);
	lapic_write(LAPIC_LVT_TIMER, LVT_MASKED);
	lapic_write(LAPIC_TIMER_DIVIDE, DIVIDE_BY_16);
	lapic_write(LAPIC_SVR, SVR_ENABLE | SPURIOUS_VECTOR);
	lapic_eoi(); /* what firmware may have left in service */
}

void lapic_map(void)
{
	if (lapic && !mmio_map((u64)lapic, PAGE_SIZE))
		panic("apic: cannot map %p", (void *)lapic);
}

void lapic_count_start(void)
{
	lapic_write(LAPIC_TIMER_INITIAL, UINT32_MAX);
}

u32 lapic_count(void)
{
	return UINT32_MAX - lapic_read(LAPIC_TIMER_CURRENT);
}

/* Waits longer than the counter holds end early and are armed again. */
static void arm_count(u64 deadline_ns)
{
	u64 now = machine_now_ns();
	u64 wait = deadline_ns > now ? deadline_ns - now : 0;
	u64 count;

	wait = MIN(wait, 1000000000ull);
	count = (u64)((unsigned __int128)wait * counts_per_ns >> 32) + 1;
	lapic_write(LAPIC_TIMER_INITIAL, MIN(count, (u64)UINT32_MAX));
}

/* One timer for two deadlines: the earlier one. */
static void arm_earliest(void)
{
	u64 deadline_ns = MIN(armed_ns, watchdog_ns);

	if (use_deadline)
		wrmsr(MSR_TSC_DEADLINE, tsc_of_ns(deadline_ns));
	else
		arm_count(deadline_ns);
}

void machine_timer_arm(u64 deadline_ns)
{
	armed_ns = deadline_ns;
	arm_earliest();
}

/* The device needs to hear of it only when it comes first. */
void machine_watchdog_arm(u64 deadline_ns)
{
	watchdog_ns = deadline_ns;
	if (deadline_ns < armed_ns)
		arm_earliest();
}

static enum irqreturn timer_irq(void *arg)
{
	u64 now = machine_now_ns();

	if (now >= armed_ns) {
		armed_ns = UINT64_MAX;
		timer_interrupt();
	}
	if (now >= watchdog_ns) {
		watchdog_ns = UINT64_MAX;
		watchdog_tick();
	}
	if (MIN(armed_ns, watchdog_ns) != UINT64_MAX)
		arm_earliest();
	return IRQ_HANDLED;
}

void lapic_timer_init(u64 hz)
{
	static struct irq_action action = {
		.handler = timer_irq,
		.name = "timer",
	};
	int vector = irq_request_vector(&action, "LAPIC");

	if (vector < 0 || !hz)
		panic("apic: no timer");
	counts_per_ns = (hz << 32) / 1000000000;
	use_deadline = cpu_features.tsc_deadline;
	lapic_write(LAPIC_TIMER_INITIAL, 0);
	lapic_write(LAPIC_LVT_TIMER,
		    vector | (use_deadline ? LVT_TSC_DEADLINE : 0));
	/* The mode must be set before the MSR is written: SDM 10.5.4.1. */
	__asm__ __volatile__("mfence" ::: "memory");
}
