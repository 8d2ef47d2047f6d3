/* The values of panic= and crash=: see boot/cmdline.h. Pure. */
#include "boot/cmdline.h"
#include "lib/string.h"
#include "lib/text.h"

#define PANIC_SECONDS_MAX 1000000

bool panic_parse(const char *value, s32 *seconds)
{
	bool negative = *value == '-';
	u32 number;

	value += negative;
	if (!parse_u32(&value, PANIC_SECONDS_MAX, &number) || *value)
		return false;
	*seconds = negative ? -(s32)number : (s32)number;
	return true;
}

bool crash_parse(const char *value, enum crash_kind *kind)
{
	static const char *const names[] = {
		[CRASH_PANIC] = "panic",
		[CRASH_ASSERT] = "assert",
		[CRASH_NULL] = "null",
		[CRASH_STACK] = "stack",
		[CRASH_EXEC] = "exec",
		[CRASH_NESTED] = "nested",
		[CRASH_SOFTLOCKUP] = "softlockup",
		[CRASH_SOFTIRQ] = "softirq",
		[CRASH_SOFTIRQ_PANIC] = "softirqpanic",
	};

	for (unsigned i = CRASH_PANIC; i < ARRAY_SIZE(names); i++) {
		if (strcmp(value, names[i]))
			continue;
		*kind = i;
		return true;
	}
	return false;
}
