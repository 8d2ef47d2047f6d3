/*
 * Firmware's memory maps come unsorted, in fragments and with overlaps. What
 * is usable is computed as a sorted list of ranges from which all else is
 * cut out.
 */
#include "boot/memory.h"

#define LOW_END 0x100000ull /* real-mode and firmware leftovers below */
#define TOP_END (1ull << 46)

struct list {
	struct mem_range *ranges;
	unsigned count;
};

static void insert(struct list *l, unsigned at, struct mem_range r)
{
	unsigned i;

	if (r.start >= r.end || l->count == MEM_RANGES)
		return;
	for (i = l->count++; i > at; i--)
		l->ranges[i] = l->ranges[i - 1];
	l->ranges[at] = r;
}

static void remove(struct list *l, unsigned at)
{
	unsigned i;

	l->count--;
	for (i = at; i < l->count; i++)
		l->ranges[i] = l->ranges[i + 1];
}

/* Adds a range, joining it with all that it touches. */
static void join(struct list *l, struct mem_range r)
{
	unsigned i = 0;

	if (r.start >= r.end)
		return;
	while (i < l->count && l->ranges[i].end < r.start)
		i++;
	while (i < l->count && l->ranges[i].start <= r.end) {
		r.start = MIN(r.start, l->ranges[i].start);
		r.end = MAX(r.end, l->ranges[i].end);
		remove(l, i);
	}
	insert(l, i, r);
}

static void cut(struct list *l, u64 start, u64 end)
{
	unsigned i;

	start &= ~(PAGE_SIZE - 1);
	end = ALIGN_UP(MIN(end, TOP_END), PAGE_SIZE);
	/* Backwards: what is inserted has been looked at. */
	for (i = l->count; i-- > 0;) {
		struct mem_range r = l->ranges[i];

		if (r.end <= start || r.start >= end)
			continue;
		remove(l, i);
		insert(l, i, (struct mem_range){MAX(end, r.start), r.end});
		insert(l, i, (struct mem_range){r.start, MIN(start, r.end)});
	}
}

static void cut_unusable(struct list *l, const struct boot_info *info)
{
	unsigned i;

	for (i = 0; i < info->range_count; i++) {
		const struct boot_range *r = &info->ranges[i];

		if (r->type != BOOT_MEMORY_USABLE && r->len)
			cut(l, r->start, r->start + r->len);
	}
	for (i = 0; i < info->module_count; i++)
		cut(l, info->modules[i].start,
		    info->modules[i].start + info->modules[i].len);
}

static void remove_smallest(struct list *l)
{
	unsigned i, least = 0;

	for (i = 1; i < l->count; i++)
		if (l->ranges[i].end - l->ranges[i].start <
		    l->ranges[least].end - l->ranges[least].start)
			least = i;
	remove(l, least);
}

unsigned memory_usable(const struct boot_info *info, u64 image, u64 image_end,
		       struct mem_range *out)
{
	struct list l = {out, 0};
	unsigned i;

	for (i = 0; i < info->range_count; i++) {
		const struct boot_range *r = &info->ranges[i];
		u64 start = MAX(r->start, LOW_END);
		u64 end = MIN(r->start + r->len, TOP_END);

		if (r->type == BOOT_MEMORY_USABLE && start < end)
			join(&l, (struct mem_range){ALIGN_UP(start, PAGE_SIZE),
						    end & ~(PAGE_SIZE - 1)});
	}
	cut_unusable(&l, info);
	cut(&l, image, image_end);
	while (l.count > MEM_REGIONS)
		remove_smallest(&l);
	return l.count;
}
