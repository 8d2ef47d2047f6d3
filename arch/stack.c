/* The stack window of arch/stack.h: machine_stack_alloc and _free. */
#include "arch/paging.h"
#include "arch/stack.h"
#include "kernel/machine.h"
#include "kernel/page.h"

static u64 used[STACK_SLOTS / 64];

/* The low end of slot's stack. */
static u64 stack_at(unsigned slot, size_t size)
{
	return STACK_WINDOW + (slot + 1) * STACK_SLOT -
	       ALIGN_UP(size, PAGE_SIZE);
}

static int slot_take(void)
{
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(used); i++) {
		unsigned bit;

		if (used[i] == UINT64_MAX)
			continue;
		bit = __builtin_ctzll(~used[i]);
		used[i] |= 1ull << bit;
		return i * 64 + bit;
	}
	return -1;
}

static void slot_give(unsigned slot)
{
	used[slot / 64] &= ~(1ull << slot % 64);
}

void *machine_stack_alloc(size_t size)
{
	unsigned order = page_order(size);
	void *pages;
	int slot;

	if (size + PAGE_SIZE > STACK_SLOT)
		return NULL;
	pages = page_alloc(order);
	if (!pages)
		return NULL;
	slot = slot_take();
	if (slot >= 0) {
		u64 at = stack_at(slot, size);

		if (paging_map(at, (u64)pages, ALIGN_UP(size, PAGE_SIZE),
			       PAGE_RW) == 0)
			return (void *)at;
		paging_unmap(at, ALIGN_UP(size, PAGE_SIZE));
		slot_give(slot);
	}
	page_free(pages, order);
	return NULL;
}

void machine_stack_free(void *stack, size_t size)
{
	u64 at = (u64)stack;
	u64 pages = paging_translate(at);

	paging_unmap(at, ALIGN_UP(size, PAGE_SIZE));
	slot_give((at - STACK_WINDOW) / STACK_SLOT);
	page_free((void *)pages, page_order(size));
}
