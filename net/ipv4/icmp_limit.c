/*
 * The rate limit of ICMP errors: a token bucket for all and one by
 * destination. A spoofer who counts what is left in a bucket for all learns
 * which ports are open (CVE-2020-25705), so its level is blurred at random.
 */
#include "net/ipv4/icmp_limit.h"

#include "kernel/random.h"
#include "kernel/timer.h"

#define TOKEN 1000u /* in thousandths */

static void bucket_fill(struct token_bucket *b, u64 now_ms, u32 per_s,
			u32 burst)
{
	u64 milli = b->milli + (now_ms - b->last_ms) * per_s;

	b->milli = (u32)MIN(milli, burst * (u64)TOKEN);
	b->last_ms = now_ms;
}

/* One on average, between none and two. */
static u32 blurred_token(void)
{
	return random_below(2 * TOKEN + 1);
}

static struct token_bucket *host_bucket(struct net *net, be32 daddr)
{
	u64 hash = hsiphash_2u64(daddr.raw, 0, &net->hash_key);

	return &net->icmp->host[hash % ICMP_HOST_BUCKETS];
}

bool icmp_may_send(struct net *net, be32 daddr)
{
	struct token_bucket *host = host_bucket(net, daddr);
	struct token_bucket *global = &net->icmp->global;
	u64 now = clock_ms();

	bucket_fill(host, now, ICMP_HOST_PER_S, ICMP_HOST_BURST);
	bucket_fill(global, now, ICMP_GLOBAL_PER_S, ICMP_GLOBAL_BURST);
	if (host->milli < TOKEN) {
		NET_INC(net, ICMP_OutRateLimitHost);
		return false;
	}
	if (global->milli < 2 * TOKEN) {
		NET_INC(net, ICMP_OutRateLimitGlobal);
		return false;
	}
	global->milli -= blurred_token();
	host->milli -= TOKEN;
	return true;
}
