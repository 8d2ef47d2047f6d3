/* The resolver's cache: see dns_cache.h. 256 names are found by looking. */
#include "app/dns_cache.h"
#include "kernel/slab.h"
#include "kernel/timer.h"
#include "lib/string.h"

struct dns_entry {
	struct list_head node;
	u64 expires_ms;
	unsigned count;
	be32 addrs[DNS_ADDRS_MAX];
	struct dns_name name;
};

void dns_cache_init(struct dns_cache *cache)
{
	list_init(&cache->entries);
	cache->count = 0;
}

static void entry_free(struct dns_cache *cache, struct dns_entry *entry)
{
	list_del(&entry->node);
	cache->count--;
	kfree(entry);
}

void dns_cache_clear(struct dns_cache *cache)
{
	while (!list_empty(&cache->entries))
		entry_free(cache,
			   list_first(&cache->entries, struct dns_entry, node));
}

static struct dns_entry *entry_of(struct dns_cache *cache,
				  const struct dns_name *name)
{
	struct dns_entry *entry;

	list_for_each_entry (entry, &cache->entries, node)
		if (dns_name_eq(&entry->name, name))
			return entry;
	return NULL;
}

unsigned dns_cache_find(struct dns_cache *cache, const struct dns_name *name,
			be32 *addrs, unsigned max)
{
	struct dns_entry *entry = entry_of(cache, name);
	unsigned count;

	if (!entry)
		return 0;
	if (clock_ms() >= entry->expires_ms) {
		entry_free(cache, entry);
		return 0;
	}
	list_del(&entry->node);
	list_add(&entry->node, &cache->entries);
	count = MIN(entry->count, max);
	memcpy(addrs, entry->addrs, count * sizeof(*addrs));
	return count;
}

void dns_cache_add(struct dns_cache *cache, const struct dns_name *name,
		   const struct dns_answer *answer)
{
	struct dns_entry *entry = entry_of(cache, name);

	if (entry)
		entry_free(cache, entry);
	if (!answer->ttl_s || !answer->count) /* RFC 1035: not to be kept */
		return;
	if (cache->count == DNS_CACHE_MAX)
		entry_free(cache,
			   list_last(&cache->entries, struct dns_entry, node));
	entry = kmalloc(sizeof(*entry));
	if (!entry)
		return;
	entry->expires_ms = clock_ms() + answer->ttl_s * 1000ull;
	entry->count = answer->count;
	memcpy(entry->addrs, answer->addrs, sizeof(entry->addrs));
	entry->name = *name;
	list_add(&entry->node, &cache->entries);
	cache->count++;
}
