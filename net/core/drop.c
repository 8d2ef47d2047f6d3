/* Names and sentences of the drop reasons, and their counters. */
#include "net/core/drop.h"

#include "net/core/net.h"
#include "net/core/skbuff.h"

static const char *const names[DROP_MAX] = {[DROP_NONE] = "NONE",
#define DROP_NAME(name, text) [DROP_##name] = #name,
					    DROP_REASONS(DROP_NAME)
#undef DROP_NAME
};

static const char *const texts[DROP_MAX] = {[DROP_NONE] = "not dropped",
#define DROP_TEXT(name, text) [DROP_##name] = text,
					    DROP_REASONS(DROP_TEXT)
#undef DROP_TEXT
};

const char *drop_name(enum drop_reason why)
{
	return why < DROP_MAX ? names[why] : "?";
}

const char *drop_text(enum drop_reason why)
{
	return why < DROP_MAX ? texts[why] : "?";
}

void net_count_drop(struct net *net, enum drop_reason why)
{
	net->counters[cpu_id()].drops[why]++;
}

u64 net_drops(const struct net *net, enum drop_reason why)
{
	u64 sum = 0;

	for (unsigned cpu = 0; cpu < NR_CPUS; cpu++)
		sum += net->counters[cpu].drops[why];
	return sum;
}
