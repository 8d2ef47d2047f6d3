/*
 * The page allocator: a binary buddy over the memory that boot hands in.
 * Freed neighbours merge; page metadata is one byte a page, taken from the
 * region itself.
 */
#pragma once

#include "lib/types.h"

#define PAGE_MAX_ORDER 11 /* 8 MiB blocks at most */

/* Adds [start, start+len) of usable memory, mapped; a few regions at most. */
void page_add_region(void *start, size_t len);

/* 2^order pages, aligned to their size, zeroed; NULL if none. */
void *page_alloc(unsigned order);
void page_free(void *pages, unsigned order);

/* Free and managed bytes. */
u64 page_free_bytes(void);
u64 page_total_bytes(void);
