/*
 * CPU features by CPUID (Intel SDM volume 2A, CPUID; AMD APM volume 3,
 * appendix E). Long mode itself was tested before C was reached.
 */
#include "arch/cpu.h"
#include "arch/io.h"
#include "kernel/log.h"
#include "kernel/machine.h"
#include "lib/string.h"

#define FEATURE_EDX_TSC	  (1u << 4)
#define FEATURE_EDX_APIC  (1u << 9)
#define FEATURE_ECX_TSCDL (1u << 24)
#define FEATURE_ECX_RDRND (1u << 30)
#define EXT7_EBX_RDSEED	  (1u << 18)
#define EXT81_EDX_NX	  (1u << 20)
#define EXT81_EDX_1G	  (1u << 26)
#define EXT87_EDX_INVTSC  (1u << 8)

struct cpu_features cpu_features;

static void read_brand(u32 max_ext)
{
	u32 leaf;

	if (max_ext < 0x80000004)
		return;
	for (leaf = 0; leaf < 3; leaf++) {
		struct cpuid r = cpuid(0x80000002 + leaf, 0);

		memcpy(cpu_features.brand + 16 * leaf, &r, sizeof(r));
	}
}

static void read_features(void)
{
	struct cpu_features *f = &cpu_features;
	u32 max = cpuid(0, 0).eax;
	u32 max_ext = cpuid(0x80000000, 0).eax;
	struct cpuid ext = cpuid(0x80000001, 0);
	u32 ecx = cpuid(1, 0).ecx;

	f->nx = ext.edx & EXT81_EDX_NX;
	f->pages_1g = ext.edx & EXT81_EDX_1G;
	f->rdrand = ecx & FEATURE_ECX_RDRND;
	f->tsc_deadline = ecx & FEATURE_ECX_TSCDL;
	f->rdseed = max >= 7 && (cpuid(7, 0).ebx & EXT7_EBX_RDSEED);
	f->tsc_invariant = max_ext >= 0x80000007 &&
			   (cpuid(0x80000007, 0).edx & EXT87_EDX_INVTSC);
	f->phys_bits = max_ext >= 0x80000008 ? cpuid(0x80000008, 0).eax : 36;
	read_brand(max_ext);
}

static void require(bool there, const char *what)
{
	if (there)
		return;
	pr_err("this CPU lacks what barenet needs: %s; halted", what);
	machine_halt();
}

void cpu_init(void)
{
	u32 edx = cpuid(1, 0).edx;

	read_features();
	require(edx & FEATURE_EDX_TSC, "time stamp counter");
	require(edx & FEATURE_EDX_APIC, "local APIC");
	require(cpu_features.nx, "no-execute pages (NX)");
	pr_info("cpu: %s", cpu_features.brand);
}
