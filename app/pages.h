/*
 * What the server has to show. Small constant pages are built once, head and
 * body in one piece of memory for each way a connection can go on, so that
 * an answer is one sock_send by reference. The others are written when asked
 * for.
 */
#pragma once

#include "lib/types.h"

struct net;

enum page_kind {
	PAGE_SMALL, /* constant, prebuilt */
	PAGE_BIG,   /* /1m: constant, made at the first request */
	PAGE_TEXT,  /* made for each request by text() */
	PAGE_STAT,  /* the same, with the server's own numbers */
};

struct page {
	const char *path;
	u32 path_len;
	enum page_kind kind;
	const char *type;
	/* PAGE_SMALL: its body; fills buf[size]. */
	void (*body)(char *buf, size_t size);
	u32 body_len; /* PAGE_SMALL and PAGE_BIG */
	/* As snprintf: the length that the whole text has. */
	size_t (*text)(struct net *net, char *buf, size_t size);
};

/* How a connection goes on after the answer. */
enum page_mode {
	MODE_KEEP,    /* HTTP/1.1: nothing to say */
	MODE_KEEP_10, /* "Connection: keep-alive" */
	MODE_CLOSE,   /* "Connection: close" */
	PAGE_MODES
};

#define PAGES_SMALL  2
#define PAGES_STATUS 18
#define PAGE_BIG_LEN (1u << 20)
#define PAGE_ALLOW   "GET, HEAD, OPTIONS"

/* A head, and a body behind it or elsewhere. */
struct page_text {
	const u8 *data;
	u32 head_len, len;
};

struct page_store {
	struct page_text small[PAGES_SMALL][PAGE_MODES];
	struct page_text big_head[PAGE_MODES];
	/* One line each, "404 Not Found"; of 200 and 503 the head alone. */
	struct page_text status[PAGES_STATUS][PAGE_MODES];
	u8 *big; /* NULL: nobody has asked yet */
};

/* By exact path; NULL: 404. */
const struct page *page_find(const void *path, u32 len);

/* The prebuilt text of a PAGE_SMALL. */
const struct page_text *page_small(const struct page_store *store,
				   const struct page *page,
				   enum page_mode mode);

/* What needs no memory to be said: 200 to OPTIONS, and failures. */
const struct page_text *page_status(const struct page_store *store, u32 status,
				    enum page_mode mode);

/* The body of /1m, made if need be; NULL without memory. */
const u8 *page_big(struct page_store *store);

/* 0 or -ENOMEM; page_store_free ends it in both cases. */
int page_store_init(struct page_store *store) must_check;
void page_store_free(struct page_store *store);

struct page_head {
	u32 status;
	const char *type; /* NULL: none is sent */
	u32 length;
	enum page_mode mode;
	bool constant; /* may be kept by caches */
	bool allow;    /* with the list of methods */
};

#define PAGE_HEAD_MAX 320

/* Writes the status line and fields; returns the length, < size. */
u32 page_build_head(char *buf, u32 size, const struct page_head *head);

/* "Not Found". */
const char *http_reason(u32 status);

/* The Connection field of a mode, or "". */
const char *page_connection(enum page_mode mode);
