/*
 * The answers that are prebuilt: small constant pages, the head of the big
 * one, and statuses, for each way a connection can go on. The date in their
 * heads is written anew each second, so they are copied when sent: what is
 * in flight, or will be retransmitted, must never change.
 *
 *	room | status line, Server, Date: | date | rest of the head | body
 *	     ^ data                       ^ date
 */
#pragma once

#include "app/pages.h"

struct page_text {
	u8 *memory; /* PAGE_HEAD_MAX bytes, then the body */
	u8 *data;   /* the head, which ends there */
	u8 *date;   /* in it, if the store is dated */
	u32 head_len, len;
};

struct page_store {
	/* Pages; then statuses, of one line each or the head alone. */
	struct page_text texts[PAGES_CONSTANT + PAGES_STATUS][PAGE_MODES];
	u8 *big;	/* NULL: nobody has asked yet */
	bool dated;	/* the heads have a date */
	u64 refresh_ms; /* when it is an old one */
};

/* The text of a PAGE_SMALL, the head of PAGE_BIG. */
const struct page_text *page_text(const struct page_store *store,
				  const struct page *page, enum page_mode mode);

/* What needs no memory to be said: 200 to OPTIONS, and failures. */
const struct page_text *page_status(const struct page_store *store, u32 status,
				    enum page_mode mode);

/* The body of /1m, made if need be; NULL without memory. */
const u8 *page_big(struct page_store *store);

/* 0 or -ENOMEM; page_store_free ends it in both cases. */
int page_store_init(struct page_store *store) must_check;
void page_store_free(struct page_store *store);

void page_store_refresh_now(struct page_store *store, u64 now_ms);

/* The date becomes that of now. */
static inline void page_store_refresh(struct page_store *store, u64 now_ms)
{
	if (unlikely(now_ms >= store->refresh_ms))
		page_store_refresh_now(store, now_ms);
}
