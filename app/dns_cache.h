/*
 * What the resolver has learned: addresses by name until their TTL is over,
 * at most DNS_CACHE_MAX names, the longest unused going first.
 */
#pragma once

#include "app/dns_msg.h"
#include "lib/list.h"

#define DNS_CACHE_MAX 256

struct dns_cache {
	struct list_head entries; /* the last used first */
	u32 count;
};

void dns_cache_init(struct dns_cache *cache);
void dns_cache_clear(struct dns_cache *cache);

/* Fills addrs with up to max; their number, 0: not known. */
unsigned dns_cache_find(struct dns_cache *cache, const struct dns_name *name,
			be32 *addrs, unsigned max);

/* answer has addresses for `name`. Without memory nothing is kept. */
void dns_cache_add(struct dns_cache *cache, const struct dns_name *name,
		   const struct dns_answer *answer);
