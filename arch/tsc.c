/*
 * The TSC's rate (Intel SDM volume 3B, 17.17). A hypervisor that tells it is
 * believed (CPUID leaf 40000010h, of VMware's and KVM's interface); else it
 * is measured against the ACPI PM timer (ACPI 6.4, 4.8.3.3) or channel 2 of
 * the 8254, the median of several windows, and CPUID leaf 15h is taken when
 * it agrees. Reading the clock is one multiplication.
 */
#include "arch/acpi.h"
#include "arch/apic.h"
#include "arch/io.h"
#include "arch/tsc.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "lib/units.h"

#define PM_TIMER_HZ    3579545
#define PIT_HZ	       1193182
#define PIT_CHANNEL2   0x42
#define PIT_COMMAND    0x43
#define PIT_CH2_MODE0  0xb0 /* channel 2, low then high byte, mode 0 */
#define PIT_CH2_LATCH  0x80
#define PORT_B	       0x61
#define PORT_B_GATE2   0x01
#define PORT_B_SPEAKER 0x02

#define WINDOWS	    3
#define WINDOW_PART 500 /* of a second: 2 ms at least */
#define TRIES	    5

#define FEATURE_ECX_HYPERVISOR (1u << 31)
#define HYPERVISOR_LEAF	       0x40000000
#define HYPERVISOR_CLOCKS      0x40000010 /* eax: TSC, ebx: APIC timer, kHz */
#define LAPIC_DIVIDER	       16	  /* as set in arch/apic.c */

struct stamp {
	u64 tsc;
	u32 ref; /* the known timer */
	u32 lapic;
};

u64 tsc_at_entry;

static struct stamp begun[WINDOWS];
static u64 ns_per_tsc; /* 32.32 fixed point */
static u64 tsc_per_ns; /* 32.32 fixed point */

static u32 ref_hz(void)
{
	return acpi_info.pm_timer_port ? PM_TIMER_HZ : PIT_HZ;
}

/* Both timers may be cut to 16 or 24 bits: ticks from one to another. */
static u32 ref_since(u32 from, u32 to)
{
	return (to - from) & (acpi_info.pm_timer_port ? 0xffffff : 0xffff);
}

static void ref_start(void)
{
	if (acpi_info.pm_timer_port)
		return;
	outb(PORT_B, (inb(PORT_B) & ~PORT_B_SPEAKER) | PORT_B_GATE2);
	outb(PIT_COMMAND, PIT_CH2_MODE0);
	outb(PIT_CHANNEL2, 0xff);
	outb(PIT_CHANNEL2, 0xff);
}

static u32 ref_read(void)
{
	u32 low;

	if (acpi_info.pm_timer_port)
		return inl(acpi_info.pm_timer_port);
	outb(PIT_COMMAND, PIT_CH2_LATCH);
	low = inb(PIT_CHANNEL2);
	return 0xffff - (low | (u32)inb(PIT_CHANNEL2) << 8);
}

/* Reads all three at once, as near as it goes: the quickest of a few. */
static struct stamp stamp_take(void)
{
	struct stamp best = {0};
	u64 best_took = UINT64_MAX;
	int i;

	for (i = 0; i < TRIES; i++) {
		u64 before = rdtsc();
		u32 ref = ref_read();
		u64 took = rdtsc() - before;

		if (took >= best_took)
			continue;
		best_took = took;
		best.tsc = before + took / 2;
		best.ref = ref;
		best.lapic = lapic_count();
	}
	return best;
}

void tsc_begin(void)
{
	ref_start();
	lapic_count_start();
	for (int i = 0; i < WINDOWS; i++)
		begun[i] = stamp_take();
}

static void wait_window(void)
{
	u32 window = ref_hz() / WINDOW_PART;
	u64 tries = 5000000; /* a timer that stands still */

	/* The PIT's 16 bits may have wrapped since: from now on, then. */
	if (!acpi_info.pm_timer_port)
		tsc_begin();
	while (ref_since(begun[WINDOWS - 1].ref, ref_read()) < window)
		if (!--tries)
			panic("tsc: the reference timer stands still");
}

static u64 median(u64 hz[WINDOWS])
{
	int i, j;

	for (i = 1; i < WINDOWS; i++)
		for (j = i; j && hz[j] < hz[j - 1]; j--) {
			u64 swap = hz[j];

			hz[j] = hz[j - 1];
			hz[j - 1] = swap;
		}
	return hz[WINDOWS / 2];
}

/* What CPUID 15h says, if it is within half a percent of the measurement. */
static u64 refine(u64 measured)
{
	struct cpuid r = {0};
	u64 hz;

	if (cpuid(0, 0).eax >= 0x15)
		r = cpuid(0x15, 0);
	if (!r.eax || !r.ebx || !r.ecx)
		return measured;
	hz = (u64)r.ecx * r.ebx / r.eax;
	if (hz < measured - measured / 200 || hz > measured + measured / 200)
		return measured;
	return hz;
}

struct clock_rates {
	u64 tsc_hz, lapic_hz;
	const char *by;
};

static bool hypervisor_tells(struct clock_rates *rates)
{
	struct cpuid r;

	if (!(cpuid(1, 0).ecx & FEATURE_ECX_HYPERVISOR) ||
	    cpuid(HYPERVISOR_LEAF, 0).eax < HYPERVISOR_CLOCKS ||
	    cpuid(HYPERVISOR_LEAF, 0).eax > HYPERVISOR_LEAF + 0xffff)
		return false;
	r = cpuid(HYPERVISOR_CLOCKS, 0);
	if (!r.eax || !r.ebx)
		return false;
	rates->tsc_hz = r.eax * 1000ull;
	rates->lapic_hz = r.ebx * 1000ull / LAPIC_DIVIDER;
	rates->by = "the hypervisor";
	return true;
}

static void measure(struct clock_rates *rates)
{
	u64 tsc_hz[WINDOWS], lapic_hz[WINDOWS];
	int i;

	wait_window();
	for (i = 0; i < WINDOWS; i++) {
		struct stamp a = begun[i], b = stamp_take();
		u32 ticks = ref_since(a.ref, b.ref);

		tsc_hz[i] = (b.tsc - a.tsc) * ref_hz() / ticks;
		lapic_hz[i] = (u64)(b.lapic - a.lapic) * ref_hz() / ticks;
	}
	rates->tsc_hz = refine(median(tsc_hz));
	rates->lapic_hz = median(lapic_hz);
	rates->by = acpi_info.pm_timer_port ? "the PM timer" : "the PIT";
}

void tsc_init(void)
{
	struct clock_rates rates;
	u64 hz;

	if (!hypervisor_tells(&rates))
		measure(&rates);
	hz = rates.tsc_hz;
	if (hz < 1000000)
		panic("tsc: %llu Hz makes no clock", (unsigned long long)hz);
	tsc_per_ns = (hz / NS_PER_S << 32) + ((hz % NS_PER_S << 32) / NS_PER_S);
	ns_per_tsc = (NS_PER_S << 32) / hz;
	lapic_timer_init(rates.lapic_hz);
	pr_info("clock: TSC %llu kHz, by %s", (unsigned long long)hz / 1000,
		rates.by);
}

u64 machine_now_ns(void)
{
	return (unsigned __int128)(rdtsc() - tsc_at_entry) * ns_per_tsc >> 32;
}

u64 tsc_of_ns(u64 ns)
{
	if (ns == UINT64_MAX)
		return 0;
	return tsc_at_entry + (u64)((unsigned __int128)ns * tsc_per_ns >> 32);
}
