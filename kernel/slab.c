/*
 * Object memory. A slab is a block of 64 KiB at a multiple of its size, so
 * that any object finds its slab, and so its cache, by its address:
 *
 *	| struct slab | object | object | ...                  64 KiB |
 *
 * A CPU's free list stands in front: alloc and free pop and push there, and
 * only a batch at a time goes from and to the slabs. An object that begins a
 * block itself is a big kmalloc: no slab, the block is all its own.
 */
#include "kernel/slab.h"
#include "kernel/lock.h"
#include "kernel/log.h"
#include "lib/string.h"

#define SLAB_ORDER 4u
#define SLAB_SIZE  (PAGE_SIZE << SLAB_ORDER)
#define SLAB_MAGIC 0x51ab51abu
#define BATCH_MAX  64u
#define BATCH_SIZE 16384u /* bytes that a batch holds at most */

struct slab {
	struct kmem_cache *cache;
	void *free; /* objects that came back */
	u32 taken;  /* objects that are out */
	u32 fresh;  /* objects from here on were never out */
	u32 magic;
	bool listed; /* on cache->partial: has an object to give */
	struct list_head node;
};

/* Objects begin at the next cache line. */
#define HEADER ALIGN_UP(sizeof(struct slab), CACHE_LINE)

static struct spinlock lock; /* of slabs and of the list of caches */
static struct list_head caches = LIST_HEAD_INIT(caches);
static u64 big_objects;

static struct slab *slab_of(const void *object)
{
	return (struct slab *)((uintptr_t)object & ~(SLAB_SIZE - 1));
}

static void *next_of(void *object)
{
	return *(void **)object;
}

static void set_next(void *object, void *next)
{
	*(void **)object = next;
}

/* Objects on a CPU's free list. */
static u32 free_count(const struct kmem_cache *cache, unsigned cpu)
{
	return 2 * cache->batch - (u32)cache->room[cpu];
}

static void set_free_count(struct kmem_cache *cache, unsigned cpu, u32 count)
{
	cache->room[cpu] = (s32)(2 * cache->batch - count);
}

void kmem_cache_init(struct kmem_cache *cache, const char *name, u32 size)
{
	size = size < 128 ? ALIGN_UP(MAX(size, 16u), 16u) : ALIGN_UP(size, 64u);
	*cache = (struct kmem_cache){
		.name = name, .size = size, .order = SLAB_ORDER};
	cache->per_slab = (u32)(SLAB_SIZE - HEADER) / size;
	ASSERT(cache->per_slab);
	cache->batch = MIN(MAX(BATCH_SIZE / size, 1u), BATCH_MAX);
	for (unsigned cpu = 0; cpu < NR_CPUS; cpu++)
		set_free_count(cache, cpu, 0);
	list_init(&cache->partial);
	list_init(&cache->node);
}

static struct slab *slab_create(struct kmem_cache *cache)
{
	struct slab *slab = machine_pages_alloc(SLAB_ORDER);

	if (!slab)
		return NULL;
	*slab = (struct slab){
		.cache = cache, .magic = SLAB_MAGIC, .listed = true};
	list_add(&slab->node, &cache->partial);
	cache->slabs++;
	cache->empty_slabs++;
	if (list_empty(&cache->node))
		list_add_tail(&cache->node, &caches);
	return slab;
}

static void slab_destroy(struct kmem_cache *cache, struct slab *slab)
{
	list_del(&slab->node);
	slab->magic = 0;
	cache->slabs--;
	cache->empty_slabs--;
	machine_pages_free(slab, SLAB_ORDER);
}

static void *slab_take(struct kmem_cache *cache, struct slab *slab)
{
	void *object = slab->free;

	if (object)
		slab->free = next_of(object);
	else
		object = (u8 *)slab + HEADER + (u64)slab->fresh++ * cache->size;
	if (slab->taken++ == 0)
		cache->empty_slabs--;
	if (slab->taken == cache->per_slab) {
		list_del(&slab->node);
		slab->listed = false;
	}
	cache->taken++;
	return object;
}

/* Empty slabs stand last on the list; beyond one they are given back. */
static void slab_give(struct kmem_cache *cache, void *object)
{
	struct slab *slab = slab_of(object);

	ASSERT(slab->magic == SLAB_MAGIC && slab->cache == cache);
	set_next(object, slab->free);
	slab->free = object;
	cache->taken--;
	if (!slab->listed) {
		list_add(&slab->node, &cache->partial);
		slab->listed = true;
	}
	if (--slab->taken)
		return;
	list_del(&slab->node);
	list_add_tail(&slab->node, &cache->partial);
	if (cache->empty_slabs++)
		slab_destroy(cache, slab);
}

/* Fills the CPU's empty list with a batch; one object less is no failure. */
static noinline void *refill(struct kmem_cache *cache, unsigned cpu)
{
	void *first = NULL;
	u32 count = 0;

	spin_lock(&lock);
	while (count < cache->batch) {
		struct slab *slab =
			list_first(&cache->partial, struct slab, node);
		void *object;

		if (list_empty(&cache->partial)) {
			slab = count ? NULL : slab_create(cache);
			if (!slab)
				break;
		}
		object = slab_take(cache, slab);
		set_next(object, first);
		first = object;
		count++;
	}
	spin_unlock(&lock);
	if (!count)
		return NULL;
	cache->free[cpu] = next_of(first);
	set_free_count(cache, cpu, count - 1);
	return first;
}

/* Keeps the objects that were freed last, which are warm in the cache. */
static noinline void flush(struct kmem_cache *cache, unsigned cpu, u32 keep)
{
	void **end = &cache->free[cpu];
	void *object, *next;

	for (u32 i = 0; i < keep; i++)
		end = (void **)*end;
	object = *end;
	*end = NULL;
	set_free_count(cache, cpu, keep);
	spin_lock(&lock);
	for (; object; object = next) {
		next = next_of(object);
		slab_give(cache, object);
	}
	spin_unlock(&lock);
}

void *kmem_cache_alloc(struct kmem_cache *cache)
{
	unsigned cpu = cpu_id();
	void *object;

	local_bh_disable();
	object = cache->free[cpu];
	if (likely(object)) {
		cache->free[cpu] = next_of(object);
		cache->room[cpu]++;
	} else {
		object = refill(cache, cpu);
	}
	local_bh_enable();
	return object;
}

void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	unsigned cpu = cpu_id();

	local_bh_disable();
	ASSERT(object != cache->free[cpu]);
	set_next(object, cache->free[cpu]);
	cache->free[cpu] = object;
	if (unlikely(--cache->room[cpu] < 0))
		flush(cache, cpu, cache->batch);
	local_bh_enable();
}

u64 kmem_cache_live(const struct kmem_cache *cache)
{
	u64 live = cache->taken;

	for (unsigned cpu = 0; cpu < NR_CPUS; cpu++)
		live -= free_count(cache, cpu);
	return live;
}

void kmem_cache_destroy(struct kmem_cache *cache)
{
	struct slab *slab, *next;

	local_bh_disable();
	for (unsigned cpu = 0; cpu < NR_CPUS; cpu++)
		flush(cache, cpu, 0);
	ASSERT(!cache->taken);
	list_for_each_entry_safe (slab, next, &cache->partial, node)
		slab_destroy(cache, slab);
	list_del(&cache->node);
	local_bh_enable();
}

void kmem_cache_for_each(void (*visit)(const struct kmem_cache *cache,
				       void *arg),
			 void *arg)
{
	struct kmem_cache *cache;

	list_for_each_entry (cache, &caches, node)
		visit(cache, arg);
}

u64 slab_bytes(void)
{
	struct kmem_cache *cache;
	u64 slabs = big_objects;

	list_for_each_entry (cache, &caches, node)
		slabs += cache->slabs;
	return slabs * SLAB_SIZE;
}

/*
 * kmalloc's classes. From 6528 on they are the largest multiples of 64 of
 * which 10, 7, 5, 4, 3 and 2 fit into a slab.
 */
#define CLASS_BATCH(bytes) MIN(BATCH_SIZE / (bytes) + 1, BATCH_MAX)
#define CLASS(n, bytes)                                                        \
	[n] = {                                                                \
		.name = "kmalloc-" #bytes,                                     \
		.size = bytes,                                                 \
		.order = SLAB_ORDER,                                           \
		.per_slab = (SLAB_SIZE - HEADER) / (bytes),                    \
		.batch = CLASS_BATCH(bytes),                                   \
		.room = {[0 ... NR_CPUS - 1] = 2 * CLASS_BATCH(bytes)},        \
		.partial = LIST_HEAD_INIT(classes[n].partial),                 \
		.node = LIST_HEAD_INIT(classes[n].node),                       \
	}

static struct kmem_cache classes[] = {
	CLASS(0, 16),	  CLASS(1, 32),	    CLASS(2, 48),     CLASS(3, 64),
	CLASS(4, 128),	  CLASS(5, 192),    CLASS(6, 256),    CLASS(7, 384),
	CLASS(8, 512),	  CLASS(9, 768),    CLASS(10, 1024),  CLASS(11, 1536),
	CLASS(12, 2048),  CLASS(13, 3072),  CLASS(14, 4096),  CLASS(15, 6528),
	CLASS(16, 9344),  CLASS(17, 13056), CLASS(18, 16320), CLASS(19, 21824),
	CLASS(20, 32704),
};

#define SMALL_MAX    1024u
#define SMALL(bytes) (((bytes) + 15) / 16)

/* The class of a small size, by sixteens. */
static const u8 small_class[SMALL(SMALL_MAX) + 1] = {
	[0 ... SMALL(16)] = 0,
	[SMALL(16) + 1 ... SMALL(32)] = 1,
	[SMALL(32) + 1 ... SMALL(48)] = 2,
	[SMALL(48) + 1 ... SMALL(64)] = 3,
	[SMALL(64) + 1 ... SMALL(128)] = 4,
	[SMALL(128) + 1 ... SMALL(192)] = 5,
	[SMALL(192) + 1 ... SMALL(256)] = 6,
	[SMALL(256) + 1 ... SMALL(384)] = 7,
	[SMALL(384) + 1 ... SMALL(512)] = 8,
	[SMALL(512) + 1 ... SMALL(768)] = 9,
	[SMALL(768) + 1 ... SMALL(1024)] = 10,
};

static void *big_alloc(void)
{
	void *object = machine_pages_alloc(SLAB_ORDER);

	if (object)
		__atomic_fetch_add(&big_objects, 1, __ATOMIC_RELAXED);
	return object;
}

static void big_free(void *object)
{
	machine_pages_free(object, SLAB_ORDER);
	__atomic_fetch_sub(&big_objects, 1, __ATOMIC_RELAXED);
}

void *kmalloc(size_t size)
{
	unsigned n = 11;

	if (likely(size <= SMALL_MAX))
		return kmem_cache_alloc(&classes[small_class[SMALL(size)]]);
	if (size > KMALLOC_MAX)
		return NULL;
	while (n < ARRAY_SIZE(classes) && classes[n].size < size)
		n++;
	if (n == ARRAY_SIZE(classes))
		return big_alloc();
	return kmem_cache_alloc(&classes[n]);
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
	struct slab *slab = slab_of(object);

	if (!object)
		return;
	if (object == slab)
		return big_free(object);
	ASSERT(slab->magic == SLAB_MAGIC);
	kmem_cache_free(slab->cache, object);
}
