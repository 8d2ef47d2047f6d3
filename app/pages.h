/*
 * What the server has to show, and the heads of its answers. Small constant
 * pages are prebuilt (page_store.c); the others are written when asked for.
 */
#pragma once

#include "lib/date.h"
#include "net/socket/proc.h"

enum page_kind {
	PAGE_SMALL, /* constant, prebuilt */
	PAGE_BIG,   /* /1m: constant, made at the first request */
	PAGE_TEXT,  /* made for each request by text() */
	PAGE_STAT,  /* the same, with the server's own numbers */
	PAGE_PARTS, /* of any length, made by part() as it is sent */
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
	/* PAGE_PARTS: see proc_net_tcp. */
	size_t (*part)(struct net *net, struct proc_pos *pos, char *buf,
		       size_t size);
};

/* How a connection goes on after the answer. */
enum page_mode {
	MODE_KEEP,    /* HTTP/1.1: nothing to say */
	MODE_KEEP_10, /* "Connection: keep-alive" */
	MODE_CLOSE,   /* "Connection: close" */
	PAGE_MODES
};

#define PAGES_CONSTANT 3 /* of PAGE_SMALL and PAGE_BIG: the first ones */
#define PAGES_STATUS   18
#define PAGE_BIG_LEN   (1u << 20)
#define PAGE_ALLOW     "GET, HEAD, OPTIONS"

/* By exact path; NULL: 404. */
const struct page *page_find(const void *path, u32 len);

/* By number: the constant pages, and the statuses that there are. */
const struct page *page_constant(u32 i);
u32 page_status_at(u32 i);

/* Lines of 16 bytes, each with its own offset; size a multiple of 16. */
void page_offset_lines(char *buf, size_t size);

struct page_head {
	u32 status;
	const char *type; /* NULL: none is sent */
	u32 length;
	const char *coding; /* in place of a length: its field, or "" */
	enum page_mode mode;
	bool constant; /* may be kept by caches */
	bool allow;    /* with the list of methods */
};

#define PAGE_HEAD_MAX 320

/* Writes the status line and fields; returns the length, < size. */
u32 page_build_head(char *buf, u32 size, const struct page_head *head);

/* Where the date is in a head that has one. */
u32 page_date_at(u32 status);

#define PAGE_DATE_LEN (6 + HTTP_DATE_LEN + 2)

/*
 * The Date field with its line end, "" when there is no clock (RFC 9110
 * section 6.6.1). Returns buf.
 */
const char *page_date(char buf[PAGE_DATE_LEN + 1]);

/* "Not Found". */
const char *http_reason(u32 status);

/* The Connection field of a mode, or "". */
const char *page_connection(enum page_mode mode);
