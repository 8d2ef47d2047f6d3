/*
 * Binary buddy allocator. One byte a page says what begins there:
 *
 *	region  | meta bytes | ...... blocks ...... |
 *	meta[i]   FREE|order   on free list `order`, the node in the block
 *	          USED|order   handed out
 *	          0            inside a block
 *
 * A block of 2^order pages lies at a multiple of its size; its buddy is the
 * block whose page number differs in bit `order` alone.
 */
#include "kernel/page.h"
#include "kernel/lock.h"
#include "kernel/log.h"
#include "kernel/softirq.h"
#include "lib/string.h"

#define MAX_REGIONS 16
#define META_FREE   0x80
#define META_USED   0x40
#define LARGE_PAGES 512ul /* 2 MiB */

struct region {
	u64 first, pages;     /* page frame numbers */
	u64 fresh, fresh_end; /* free, in large blocks, not listed yet */
	u8 *meta;
};

static struct {
	struct spinlock lock;
	struct region regions[MAX_REGIONS];
	unsigned nr_regions;
	struct list_head free[PAGE_MAX_ORDER + 1];
	u32 nonempty; /* bit n: free[n] has a block */
	u64 free_pages, total_pages;
} pages;

static struct list_head *block_node(u64 pfn)
{
	return (struct list_head *)(pfn << PAGE_SHIFT);
}

static struct region *region_of(u64 pfn)
{
	for (unsigned i = 0; i < pages.nr_regions; i++) {
		struct region *r = &pages.regions[i];

		if (pfn - r->first < r->pages)
			return r;
	}
	return NULL;
}

static void list_block(struct region *r, u64 pfn, unsigned order)
{
	r->meta[pfn - r->first] = (u8)(META_FREE | order);
	list_add(block_node(pfn), &pages.free[order]);
	pages.nonempty |= 1u << order;
}

static void unlist_block(struct region *r, u64 pfn, unsigned order)
{
	r->meta[pfn - r->first] = 0;
	list_del(block_node(pfn));
	if (list_empty(&pages.free[order]))
		pages.nonempty &= ~(1u << order);
}

/* Merges the block with its free buddies, as far up as that goes. */
static void give_block(struct region *r, u64 pfn, unsigned order)
{
	while (order < PAGE_MAX_ORDER) {
		u64 buddy = (pfn ^ (1ul << order)) - r->first;

		if (buddy >= r->pages || r->meta[buddy] != (META_FREE | order))
			break;
		unlist_block(r, buddy + r->first, order);
		r->meta[pfn - r->first] = 0;
		pfn &= ~(1ul << order);
		order++;
	}
	list_block(r, pfn, order);
}

/* The largest block that alignment allows at pfn. */
static unsigned order_at(u64 pfn, u64 end)
{
	unsigned order = MIN(PAGE_MAX_ORDER, (unsigned)__builtin_ctzll(pfn));

	while ((1ul << order) > end - pfn)
		order--;
	return order;
}

static void give_range(struct region *r, u64 pfn, u64 end)
{
	while (pfn < end) {
		unsigned order = order_at(pfn, end);

		give_block(r, pfn, order);
		pfn += 1ul << order;
	}
}

/*
 * Lists a large block when nothing else fits: only then is its memory
 * touched, which a hypervisor has to find first. False: all are listed.
 */
static bool list_fresh(void)
{
	for (unsigned i = 0; i < pages.nr_regions; i++) {
		struct region *r = &pages.regions[i];
		u64 pfn = r->fresh;

		if (pfn == r->fresh_end)
			continue;
		r->fresh += 1ul << order_at(pfn, r->fresh_end);
		give_range(r, pfn, r->fresh);
		return true;
	}
	return false;
}

static void init_lists(void)
{
	for (unsigned i = 0; i <= PAGE_MAX_ORDER; i++)
		list_init(&pages.free[i]);
}

void page_add_region(void *start, size_t len)
{
	u64 first = ((uintptr_t)start + PAGE_SIZE - 1) >> PAGE_SHIFT;
	u64 end = ((uintptr_t)start + len) >> PAGE_SHIFT;
	struct region *r;
	u64 meta_pages;

	first = MAX(first, 1); /* page 0 would look like NULL */
	if (end <= first + 1)
		return;
	if (pages.nr_regions == MAX_REGIONS) {
		pr_warn("page: too many regions, %zu bytes unused", len);
		return;
	}
	local_bh_disable();
	if (!pages.nr_regions)
		init_lists();
	meta_pages = ALIGN_UP(end - first, PAGE_SIZE) >> PAGE_SHIFT;
	r = &pages.regions[pages.nr_regions++];
	r->meta = (u8 *)(first << PAGE_SHIFT);
	r->first = first + meta_pages;
	r->pages = end - r->first;
	r->fresh = MIN(ALIGN_UP(r->first, LARGE_PAGES), end);
	r->fresh_end = MAX(end & ~(LARGE_PAGES - 1), r->fresh);
	memset(r->meta, 0, r->pages);
	pages.total_pages += r->pages;
	pages.free_pages += r->pages;
	give_range(r, r->first, r->fresh);
	give_range(r, r->fresh_end, end);
	local_bh_enable();
}

/* The smallest block that is large enough, its upper halves given back. */
static void *take_block(unsigned order)
{
	struct region *r;
	unsigned have;
	u64 pfn;
	u32 fits;

	while (!(fits = pages.nonempty >> order << order))
		if (!list_fresh())
			return NULL;
	have = (unsigned)__builtin_ctz(fits);
	pfn = (uintptr_t)pages.free[have].next >> PAGE_SHIFT;
	r = region_of(pfn);
	unlist_block(r, pfn, have);
	while (have > order) {
		have--;
		list_block(r, pfn + (1ul << have), have);
	}
	r->meta[pfn - r->first] = (u8)(META_USED | order);
	pages.free_pages -= 1ul << order;
	return (void *)(pfn << PAGE_SHIFT);
}

/*
 * The clearing is not for the caller alone. Memory that firmware or a boot
 * loader has executed from is, under an emulator that translates code, slow
 * to write for as long as a byte of that code is left.
 */
void *page_alloc(unsigned order)
{
	void *block = NULL;

	if (order > PAGE_MAX_ORDER)
		return NULL;
	local_bh_disable();
	spin_lock(&pages.lock);
	block = take_block(order);
	spin_unlock(&pages.lock);
	local_bh_enable();
	if (block)
		memset(block, 0, PAGE_SIZE << order);
	return block;
}

void page_free(void *block, unsigned order)
{
	u64 pfn = (uintptr_t)block >> PAGE_SHIFT;
	struct region *r;

	local_bh_disable();
	spin_lock(&pages.lock);
	r = region_of(pfn);
	ASSERT(r && r->meta[pfn - r->first] == (META_USED | order));
	give_block(r, pfn, order);
	pages.free_pages += 1ul << order;
	spin_unlock(&pages.lock);
	local_bh_enable();
}

u64 page_free_bytes(void)
{
	return pages.free_pages << PAGE_SHIFT;
}

u64 page_total_bytes(void)
{
	return pages.total_pages << PAGE_SHIFT;
}
