/*
 * Object memory: caches of one size with a per-CPU free list in front, and
 * kmalloc on size classes of them. Task (with or without bottom halves) and
 * softirq; never hard irq. NULL when the machine has no page left.
 *
 * A host test links test/host/slab_host.c instead, which gives every object
 * its own malloc so that AddressSanitizer sees each byte too far.
 */
#pragma once

#include "kernel/softirq.h"
#include "lib/list.h"

struct kmem_cache {
	const char *name;
	u32 size;  /* of an object, multiple of 16; of 64 from 128 on */
	u32 order; /* pages of one slab, as a power of two */
	u32 per_slab;
	u32 batch; /* objects moved at once between a CPU and the slabs */
	void *free[NR_CPUS];
	s32 room[NR_CPUS]; /* free[] may be longer by that; at most 2 batches */
	u64 taken; /* objects out of their slabs: handed out, or on a CPU */
	u64 slabs;
	u32 empty_slabs;	  /* with no object taken: one is kept */
	struct list_head partial; /* struct slab with objects, empty last */
	struct list_head node;	  /* on the list of all caches in use */
};

void kmem_cache_init(struct kmem_cache *cache, const char *name, u32 size);
void *kmem_cache_alloc(struct kmem_cache *cache) must_check;
void kmem_cache_free(struct kmem_cache *cache, void *object);

/* Gives every slab back; no object may be live (asserted). */
void kmem_cache_destroy(struct kmem_cache *cache);

/* Objects handed out. */
u64 kmem_cache_live(const struct kmem_cache *cache);

/* Calls visit for each cache that has ever had an object, for /slabinfo. */
void kmem_cache_for_each(void (*visit)(const struct kmem_cache *cache,
				       void *arg),
			 void *arg);

/* Up to KMALLOC_MAX bytes, 16-aligned; 64-aligned from 64 on. */
#define KMALLOC_MAX (64u * 1024)
void *kmalloc(size_t size) must_check;
void *kzalloc(size_t size) must_check;
void kfree(void *object);

/* Bytes of all slabs and big objects. */
u64 slab_bytes(void);
