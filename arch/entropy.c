/*
 * Raw seed: the CPU's own generator where there is one (RDSEED, RDRAND;
 * Intel SDM volume 1, 7.3.17), and always the low bits of how long loops and
 * port reads take. kernel/random.c mixes it and takes several rounds.
 */
#include "arch/cpu.h"
#include "arch/io.h"
#include "kernel/machine.h"
#include "lib/string.h"

#define HW_TRIES   10 /* either may be out of numbers for a moment */
#define JITTER	   16 /* timings a word */
#define DELAY_PORT 0x80

static bool rdseed(u64 *value)
{
	bool ok;

	__asm__ __volatile__("rdseed %0" : "=r"(*value), "=@ccc"(ok));
	return ok;
}

static bool rdrand(u64 *value)
{
	bool ok;

	__asm__ __volatile__("rdrand %0" : "=r"(*value), "=@ccc"(ok));
	return ok;
}

static u64 hardware(void)
{
	u64 value = 0;
	int i;

	for (i = 0; cpu_features.rdseed && i < HW_TRIES; i++)
		if (rdseed(&value))
			return value;
	for (i = 0; cpu_features.rdrand && i < HW_TRIES; i++)
		if (rdrand(&value))
			return value;
	return 0;
}

/* Rotates and multiplies each timing in, so that its noise spreads. */
static u64 jitter(void)
{
	u64 pool = rdtsc();
	int i;

	for (i = 0; i < JITTER; i++) {
		inb(DELAY_PORT);
		pool = (pool << 7 | pool >> 57) ^ rdtsc();
		pool *= 0x9e3779b97f4a7c15ull;
	}
	return pool;
}

void machine_entropy(void *buf, size_t len)
{
	u8 *to = buf;

	while (len) {
		u64 word = hardware() ^ jitter();
		size_t part = MIN(len, sizeof(word));

		memcpy(to, &word, part);
		to += part;
		len -= part;
	}
}
