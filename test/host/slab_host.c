/*
 * kernel/slab.h over malloc: an object each, of exactly its size, so that
 * AddressSanitizer sees a byte too far and every use after free.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/log.h"
#include "kernel/slab.h"
#include "test/host/machine_sim.h"

static u64 live_objects, live_bytes;
static struct list_head caches = LIST_HEAD_INIT(caches);

static void *object_alloc(size_t size)
{
	size_t align = size < 64 ? 16 : 64;
	void *object = NULL;

	if (sim_alloc_fails() || posix_memalign(&object, align, size))
		return NULL;
	live_objects++;
	live_bytes += malloc_usable_size(object);
	return object;
}

static void object_free(void *object)
{
	live_objects--;
	live_bytes -= malloc_usable_size(object);
	free(object);
}

void kmem_cache_init(struct kmem_cache *cache, const char *name, u32 size)
{
	*cache = (struct kmem_cache){.name = name, .size = ALIGN_UP(size, 16u)};
	list_init(&cache->node);
}

void *kmem_cache_alloc(struct kmem_cache *cache)
{
	void *object = object_alloc(cache->size);

	if (!object)
		return NULL;
	cache->taken++;
	if (list_empty(&cache->node))
		list_add_tail(&cache->node, &caches);
	return object;
}

void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	ASSERT(cache->taken);
	cache->taken--;
	object_free(object);
}

void kmem_cache_destroy(struct kmem_cache *cache)
{
	ASSERT(!cache->taken);
	list_del(&cache->node);
}

u64 kmem_cache_live(const struct kmem_cache *cache)
{
	return cache->taken;
}

void kmem_cache_for_each(void (*visit)(const struct kmem_cache *cache,
				       void *arg),
			 void *arg)
{
	struct kmem_cache *cache;

	list_for_each_entry (cache, &caches, node)
		visit(cache, arg);
}

void *kmalloc(size_t size)
{
	return size > KMALLOC_MAX ? NULL : object_alloc(size);
}

void *kzalloc(size_t size)
{
	void *object = kmalloc(size);

	if (object)
		memset(object, 0, size);
	return object;
}

void kfree(void *object)
{
	if (object)
		object_free(object);
}

u64 slab_bytes(void)
{
	return live_bytes;
}

u64 sim_live_objects(void)
{
	return live_objects;
}
